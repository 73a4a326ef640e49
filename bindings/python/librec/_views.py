# SPDX-License-Identifier: Apache-2.0
"""The library's arrays as NumPy's, without copies."""
from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ._librec import ffi, lib

_DTYPES: dict[int, np.dtype[Any]] = {lib.REC_F32: np.dtype(np.float32), lib.REC_F64: np.dtype(np.float64), lib.REC_I32: np.dtype(np.int32),
                                     lib.REC_I64: np.dtype(np.int64), lib.REC_U8: np.dtype(np.uint8), lib.REC_F16: np.dtype(np.float16),
                                     lib.REC_BF16: np.dtype(np.uint16)}  # NumPy has no bfloat16: its bits


def view(row: Any, owner: Any) -> npt.NDArray[Any]:
    """A rec_array, read-only; it holds its owner, which keeps the memory."""
    dtype, n = _DTYPES[row.type], row.rows * row.columns
    data = ffi.gc(ffi.cast("char *", row.data), lambda _: owner and None)
    flat = np.frombuffer(ffi.buffer(data, n * dtype.itemsize), dtype) if n else np.empty(0, dtype)
    flat.flags.writeable = False
    return flat.reshape(row.rows, row.columns) if row.dimensions == 2 else flat
