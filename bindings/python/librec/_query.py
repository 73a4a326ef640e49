# SPDX-License-Identifier: Apache-2.0
"""What is asked of a ranking: filters, what somebody has, a moment; and the scratch memory that each thread keeps."""
from __future__ import annotations

import threading
from typing import Any, Optional

import numpy as np
import scipy.sparse as sparse

from ._arguments import Floats, Int32s, floats, int32s, int64s, pointer
from ._errors import InvalidError, check
from ._librec import ffi, lib


class _Scratch(threading.local):
    """A workspace of librec's for each thread that asks: its queries allocate nothing."""

    def __init__(self) -> None:
        out = ffi.new("rec_workspace **")
        check(lib.rec_workspace_create(out))
        self.handle = ffi.gc(out[0], lib.rec_workspace_free)


scratch = _Scratch()


class Query:
    """A rec_query and what must live as long. Items are rows; `never` may be None, `only` too: all of them."""

    __slots__ = ("struct", "_alive")

    def __init__(self, leave_out: bool, never: Optional[Int32s] = None, only: Optional[Int32s] = None, time: Optional[int] = None,
                 context: Optional[Int32s] = None, factors: Optional[Floats] = None) -> None:
        struct = self.struct = ffi.new("rec_query *", _USUAL)
        struct.workspace = scratch.handle
        self._alive: list[Any] = [struct.workspace]
        if not leave_out:
            struct.flags = lib.REC_QUERY_WITH_SEEN
        if never is not None:
            self.leave_out(never)
        if only is not None:
            # An empty list is one too, so it must not be NULL.
            struct.only, struct.n_only = self._hold(only if len(only) else np.zeros(1, np.int32), "int32_t[]"), len(only)
        if time is not None:
            struct.flags |= lib.REC_QUERY_AT_TIME
            struct.time = time
        if factors is not None:
            struct.item_factors = self._hold(factors, "float[]")
        if context is not None and len(context):
            struct.context, struct.n_context = self._hold(context, "int32_t[]"), len(context)

    def _hold(self, array: Any, kind: str) -> Any:
        held = ffi.from_buffer(kind, array)
        self._alive.append(held)
        return held

    def leave_out(self, rows: Int32s) -> None:
        """Never these items."""
        setattr(self.struct, "except", self._hold(rows, "int32_t[]"))
        self.struct.n_except = len(rows)

    def leave_out_too(self, rows: Int32s) -> None:
        """Never these items, besides those that were named before, and in place of what the model knows of the user."""
        before = self.struct.n_except
        self.struct.flags |= lib.REC_QUERY_WITH_SEEN
        if before:
            named = np.frombuffer(ffi.buffer(getattr(self.struct, "except"), before * 4), np.int32)
            rows = np.concatenate([named, rows])
        self.leave_out(rows)

    def fold_in(self, rows: Int32s, values: Floats) -> None:
        """Ask for somebody who has these items."""
        if not len(rows):
            rows, values = np.zeros(1, np.int32), np.zeros(1, np.float32)
            self.struct.n_history = 0
        else:
            self.struct.n_history = len(rows)
        self.struct.history, self.struct.history_ratings = self._hold(rows, "int32_t[]"), self._hold(values, "float[]")


_USUAL = lib.rec_query_usual()


class Rows:
    """What each of n users has: a sparse row of items each, as CSR."""

    __slots__ = ("starts", "items", "values")

    def __init__(self, matrix: Any, n_items: int, n: int, distinct: bool) -> None:
        """distinct: add up what a row has twice, which a history must not."""
        csr = matrix if getattr(matrix, "format", "") == "csr" and matrix.ndim == 2 else _csr(matrix)
        shape = csr.shape
        if shape[0] != n:
            raise InvalidError(f"user_items has {shape[0]} rows; one for each of {n} users was expected")
        if shape[1] > n_items:
            raise InvalidError(f"user_items has {shape[1]} columns; at most the model's {n_items} items were expected")
        if distinct and not csr.has_canonical_format:
            csr = csr.copy()
            csr.sum_duplicates()
        self.starts, self.items, self.values = int64s(csr.indptr), int32s(csr.indices, "indices"), floats(csr.data)

    def same(self, ratings: Any, users: Int32s) -> bool:
        """Whether these are the items that the users are known to have."""
        return bool(lib.glue_same_items(ratings, pointer(users, "int32_t[]"), len(users), pointer(self.starts, "int64_t[]"),
                                        pointer(self.items, "int32_t[]")))


def _csr(matrix: Any) -> Any:
    """Anything that SciPy can make a matrix of; what has one dimension is a row."""
    if sparse.issparse(matrix):
        return (matrix if matrix.ndim == 2 else matrix.reshape(1, -1)).tocsr()
    return sparse.csr_matrix(np.atleast_2d(np.asarray(matrix)))
