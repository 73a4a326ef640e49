# SPDX-License-Identifier: Apache-2.0
"""A look into a saved file, and at the library itself."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

from ._arguments import Path, path_bytes
from ._errors import check, text
from ._librec import ffi, lib
from ._views import view


class SavedFile:
    """A container file, mapped: what it holds, its metadata, its arrays; of models, ratings, features, or any safetensors file.

    kind      "model", "ratings", "features", "text", or "arrays" for a safetensors file of another writer
    metadata  a dict of strings
    """

    def __init__(self, path: Path) -> None:
        out = ffi.new("rec_file **")
        check(lib.rec_file_open(out, path_bytes(path)))
        self._handle = ffi.gc(out[0], lib.rec_file_free)
        self.kind = text(lib.rec_file_kind(self._handle))
        self.metadata: dict[str, str] = {}
        key, value = ffi.new("const char **"), ffi.new("const char **")
        for index in range(lib.rec_file_metadata_count(self._handle)):
            check(lib.rec_file_metadata_at(self._handle, index, key, value))
            self.metadata[text(key[0])] = text(value[0])

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Read-only views by name."""
        row, found = ffi.new("rec_array *", lib.rec_array_usual()), {}
        for index in range(lib.rec_file_array_count(self._handle)):
            check(lib.rec_file_array_at(self._handle, index, row))
            found[text(row.name)] = view(row, self._handle)
        return found

    def verify(self) -> None:
        """Check everything against its checksums and bounds; damage is an error that says where."""
        check(lib.rec_file_verify(self._handle))

    def __repr__(self) -> str:
        return f"<librec.SavedFile: {self.kind}, {lib.rec_file_array_count(self._handle)} arrays>"


class Host(NamedTuple):
    """The library as it runs here."""

    version: str
    kernels: str
    threads: int
    blocks: int


def host() -> Host:
    """The library's version, the kernels it has chosen ("avx2", ...), the processors it uses, and how many blocks of memory it holds now."""
    return Host(text(lib.rec_version()), text(lib.rec_host_kernels()), int(lib.rec_host_threads()), int(lib.rec_host_blocks()))


