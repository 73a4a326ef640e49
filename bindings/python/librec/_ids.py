# SPDX-License-Identifier: Apache-2.0
"""External ids: the lists that librec keeps, as NumPy arrays and back to rows."""
from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ._arguments import Int32s, Texts, int64s, pointer, room
from ._errors import InvalidError, NotFoundError, check
from ._librec import ffi, lib


def is_text(handle: Any) -> bool:
    """Whether the ids are text."""
    return bool(lib.rec_ids_get_kind(handle) == lib.REC_IDS_TEXT)


def ids_array(handle: Any) -> npt.NDArray[Any]:
    """All ids by row: int64, or an object array of str."""
    n = lib.rec_ids_count(handle)
    if not is_text(handle):
        values = np.empty(n, np.int64)
        check(lib.glue_ids_integers(handle, room(values, "int64_t[]")))
        return values
    offsets = np.empty(n + 1, np.int64)
    buffer = bytearray(max(1, lib.glue_ids_text(handle, ffi.NULL, ffi.NULL)))
    lib.glue_ids_text(handle, room(buffer, "char[]"), room(offsets, "int64_t[]"))
    out = np.empty(n, object)
    if n:
        out[:] = bytes(buffer[:-1]).decode("utf-8", "surrogateescape").split("\0")
    return out


def numeric(values: npt.NDArray[Any]) -> bool:
    """Whether the values are whole numbers."""
    return values.dtype.kind in "iu"


def rows_of(handle: Any, values: Any) -> Int32s:
    """The row of each id, -1 where there is none."""
    array = np.asarray(values)
    rows = np.empty(array.shape, np.int32)
    if not array.size:
        return rows
    if numeric(array):
        lib.glue_find_integers(handle, pointer(int64s(array), "int64_t[]"), array.size, room(rows, "int32_t[]"))
    else:
        texts = Texts.encode(array.ravel().tolist())
        lib.glue_find_texts(handle, texts.pointers, array.size, room(rows, "int32_t[]"))
    return rows


def known_rows(handle: Any, values: Any, what: str) -> Int32s:
    """As rows_of; an unknown id is an error that names it."""
    rows = rows_of(handle, values)
    if (rows < 0).any():
        unknown = np.asarray(values).ravel()[int(np.argmax(rows.ravel() < 0))]
        raise NotFoundError(f"there is no {what} {str(unknown)!r} in the model")
    return rows


def make_ids(values: Any) -> Any:
    """A list of ids from whole numbers or text; an owner of the handle."""
    array, out = np.asarray(values), ffi.new("rec_ids **")
    if array.ndim != 1:
        raise InvalidError(f"ids have {array.ndim} dimensions; 1 was expected")
    if numeric(array):
        check(lib.rec_ids_from_integers(out, pointer(int64s(array), "int64_t[]"), array.size))
    else:
        texts = Texts.encode(array.tolist())
        check(lib.rec_ids_from_text(out, texts.pointers, len(texts)))
    return ffi.gc(out[0], lib.rec_ids_free)
