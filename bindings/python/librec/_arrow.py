# SPDX-License-Identifier: Apache-2.0
"""Columns of data frames through the Arrow C data interface, without Arrow: only the layouts that ids, ratings and times come in."""
from __future__ import annotations

import ctypes
from typing import Any, Iterator, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from ._arguments import Texts
from ._errors import InvalidError
from ._librec import ffi

Column = Union[npt.NDArray[Any], Texts]

_NUMBERS = {"c": "i1", "C": "u1", "s": "i2", "S": "u2", "i": "i4", "I": "u4", "l": "i8", "L": "u8", "f": "f4", "g": "f8"}
_SECONDS = {"tss": 1, "tsm": 10**3, "tsu": 10**6, "tsn": 10**9}
_VIEW = np.dtype([("length", "<i4"), ("prefix", "V4"), ("buffer", "<i4"), ("offset", "<i4")])

_get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_get_pointer.restype = ctypes.c_void_p
_get_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class _Strings:
    """Strings as bytes and their bounds, before NULs are put between them."""

    def __init__(self, data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> None:
        self.data, self.starts, self.lengths = data, starts, lengths

    def take(self, codes: npt.NDArray[Any]) -> "_Strings":
        return _Strings(self.data, self.starts[codes], self.lengths[codes])

    def spread(self, before: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """All strings, each followed by a NUL; before: where each begins in the result."""
        out = np.zeros(int(before[-1] + self.lengths[-1] + 1) if len(before) else 1, np.uint8)
        total = int(self.lengths.sum())
        within = np.arange(total) - np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        out[within + np.repeat(before, self.lengths)] = self.data[within + np.repeat(self.starts, self.lengths)]
        return out


def _buffer(array: Any, index: int, kind: str, count: int, first: int = 0) -> npt.NDArray[Any]:
    """`count` elements of a buffer, copied: the producer frees it."""
    dtype = np.dtype(kind) if kind != "view" else _VIEW
    if array.buffers[index] == ffi.NULL or count == 0:
        return np.zeros(count, dtype)
    address = ffi.cast("char *", array.buffers[index]) + first * dtype.itemsize
    return np.frombuffer(ffi.buffer(address, count * dtype.itemsize), dtype).copy()


def _offsets(array: Any, kind: str, n: int) -> _Strings:
    bounds = _buffer(array, 1, kind, n + 1, array.offset).astype(np.int64)
    return _Strings(_buffer(array, 2, "u1", int(bounds[-1])), bounds[:-1], np.diff(bounds))


def _views(array: Any, n: int) -> _Strings:
    """Strings of at most 12 bytes stand in the views themselves, longer ones in one of several buffers."""
    views = _buffer(array, 1, "view", n, array.offset)
    lengths = views["length"].astype(np.int64)
    n_data = array.n_buffers - 3
    sizes = _buffer(array, array.n_buffers - 1, "i8", n_data)
    parts = [views.view(np.uint8)] + [_buffer(array, 2 + b, "u1", int(sizes[b])) for b in range(n_data)]
    bases = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(part) for part in parts])])[1:-1]
    starts = np.arange(n, dtype=np.int64) * 16 + 4
    long = lengths > 12
    starts[long] = bases[views["buffer"][long]] + views["offset"][long]
    return _Strings(np.concatenate(parts), starts, lengths)


def _missing(array: Any) -> bool:
    if array.null_count == 0 or array.n_buffers == 0 or array.buffers[0] == ffi.NULL:
        return False
    bits = np.unpackbits(_buffer(array, 0, "u1", (array.offset + array.length + 7) // 8), bitorder="little")
    return not bits[array.offset : array.offset + array.length].all()


def _chunk(schema: Any, array: Any, name: str) -> Union[npt.NDArray[Any], _Strings]:
    """One column of one batch."""
    code, n = bytes(ffi.string(schema.format)).decode(), array.length
    if _missing(array):
        raise InvalidError(f'column "{name}" has missing values; a value in every row was expected')
    if schema.dictionary != ffi.NULL:
        codes = _buffer(array, 1, _NUMBERS[code], n, array.offset)
        values = _chunk(schema.dictionary, array.dictionary, name)
        return values.take(codes) if isinstance(values, _Strings) else values[codes]
    if code in _NUMBERS:
        return _buffer(array, 1, _NUMBERS[code], n, array.offset)
    if code in ("u", "U"):
        return _offsets(array, "i4" if code == "u" else "i8", n)
    if code == "vu":
        return _views(array, n)
    if code[:3] in _SECONDS:
        return _buffer(array, 1, "i8", n, array.offset) // _SECONDS[code[:3]]
    if code == "tdD":
        return _buffer(array, 1, "i4", n, array.offset).astype(np.int64) * 86400
    raise InvalidError(f'column "{name}" has the Arrow type "{code}"; text, numbers, dictionaries of them, or times were expected')


def _join(chunks: Sequence[Union[npt.NDArray[Any], _Strings]]) -> Column:
    strings = [chunk for chunk in chunks if isinstance(chunk, _Strings)]
    if not strings:
        return np.concatenate([chunk for chunk in chunks if not isinstance(chunk, _Strings)]) if chunks else np.zeros(0)
    pieces, starts, used = [], [], 0
    for chunk in strings:
        before = used + np.cumsum(chunk.lengths + 1) - (chunk.lengths + 1)
        pieces.append(chunk.spread(before - used))
        starts.append(before)
        used += len(pieces[-1])
    return Texts(np.concatenate(pieces).tobytes(), np.concatenate(starts))


def _batches(stream: Any) -> Iterator[Any]:
    while True:
        batch = ffi.new("struct ArrowArray *")
        if stream.get_next(stream, batch):
            raise InvalidError(f"the frame's Arrow stream failed: {ffi.string(stream.get_last_error(stream)).decode()}")
        if batch.release == ffi.NULL:
            return
        try:
            yield batch
        finally:
            if batch.release != ffi.NULL:
                batch.release(batch)


def columns(frame: Any, names: Sequence[str]) -> Optional[list[Column]]:
    """The named columns of a frame; None when it has no Arrow stream to offer."""
    if not hasattr(frame, "__arrow_c_stream__"):
        return None
    try:
        capsule = frame.__arrow_c_stream__()
    except ImportError:
        return None
    stream = ffi.cast("struct ArrowArrayStream *", _get_pointer(capsule, b"arrow_array_stream"))
    schema = ffi.new("struct ArrowSchema *")
    if stream.get_schema(stream, schema):
        raise InvalidError("the frame's Arrow stream has no schema")
    try:
        present = [bytes(ffi.string(schema.children[c].name)).decode() for c in range(schema.n_children)]
        places = [present.index(name) for name in names]
        chunks: list[list[Any]] = [[] for _ in names]
        for batch in _batches(stream):
            for out, place, name in zip(chunks, places, names):
                out.append(_chunk(schema.children[place], batch.children[place], name))
        return [_join(parts) for parts in chunks]
    finally:
        if schema.release != ffi.NULL:
            schema.release(schema)
