# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays and Python strings as C arguments, without copies where the layout allows."""
from __future__ import annotations

import os
from typing import Any, Iterable, Sequence, Union

import numpy as np
import numpy.typing as npt

from ._errors import InvalidError
from ._librec import ffi

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Path = Union[str, "os.PathLike[str]"]


def int32s(values: Any, what: str) -> Int32s:
    """Rows as a contiguous array; numbers that are not whole, or too large, are errors."""
    array = np.asarray(values)
    if array.dtype == np.int32 and array.flags.c_contiguous:
        return array
    if array.size and array.dtype.kind not in "iu":
        raise InvalidError(f"{what} has elements of {array.dtype}; whole numbers were expected")
    if array.size and (int(array.max()) > 2**31 - 1 or int(array.min()) < -(2**31)):
        raise InvalidError(f"{what} reaches from {array.min()} to {array.max()}; numbers of 32 bits were expected")
    return np.ascontiguousarray(array, np.int32)


def int64s(values: Any) -> Int64s:
    """Whole numbers as a contiguous array."""
    return np.ascontiguousarray(values, np.int64)


def floats(values: Any) -> Floats:
    """Numbers as a contiguous array in single precision."""
    return np.ascontiguousarray(values, np.float32)


def per_item(values: Any, n_items: int) -> Floats:
    """Factors of the items, one each."""
    found = floats(values)
    if found.shape != (n_items,):
        raise InvalidError(f"item_factors has {found.size} numbers; one for each of {n_items} items was expected")
    return found


def pointer(array: Any, kind: str) -> Any:
    """The array as `kind` (such as "int32_t[]"), kept alive with what is returned; NULL for None."""
    return ffi.NULL if array is None else ffi.from_buffer(kind, array)


def room(array: Any, kind: str) -> Any:
    """The array as a place to write to."""
    return ffi.from_buffer(kind, array, require_writable=True)


class Texts:
    """n strings as the array of pointers that C takes; keep it while the pointers are used."""

    def __init__(self, buffer: bytes, starts: Int64s) -> None:
        self.buffer = ffi.from_buffer("char[]", buffer)
        base = int(ffi.cast("uintptr_t", self.buffer))
        self._addresses = (starts + base).astype(np.uintp)
        self.pointers = ffi.cast("const char *const *", ffi.from_buffer("uintptr_t[]", self._addresses))

    def __len__(self) -> int:
        return len(self._addresses)

    @classmethod
    def encode(cls, values: Iterable[Any], what: str = "an id") -> "Texts":
        """From Python strings; other values by their str()."""
        pieces = [str(value).encode("utf-8") for value in values]
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces)) + 1
        buffer = b"\0".join(pieces) + b"\0"
        if buffer.count(b"\0") != len(pieces) + (not pieces):
            raise InvalidError(f"{what} holds a NUL character; text without it was expected")
        return cls(buffer, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)[:-1]]) if pieces else np.zeros(0, np.int64))


def path_bytes(path: Path) -> bytes:
    """A path as the system has it."""
    return os.fsencode(path)


def names(values: Union[str, Sequence[str]]) -> bytes:
    """Names as librec takes them: separated by commas."""
    return (values if isinstance(values, str) else ",".join(values)).encode()
