# SPDX-License-Identifier: Apache-2.0
"""Ranking for users who each bring what they have: rows of a sparse matrix to leave out, or to fold in."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

import numpy as np
import scipy.sparse as sparse

from ._arguments import Floats, Int32s, floats, int32s, int64s, pointer, room
from ._errors import InvalidError, check
from ._librec import ffi, lib

_USERS_A_PIECE = 256


class Rows:
    """A sparse row for each of n users, in rising order of items."""

    def __init__(self, matrix: Any, n_items: int, n: int) -> None:
        csr = sparse.csr_matrix(matrix) if not sparse.issparse(matrix) or matrix.format != "csr" else matrix
        if csr.shape[0] != n:
            raise InvalidError(f"user_items has {csr.shape[0]} rows; one for each of {n} users was expected")
        if csr.shape[1] > n_items:
            raise InvalidError(f"user_items has {csr.shape[1]} columns; at most the model's {n_items} items were expected")
        if not csr.has_canonical_format:
            csr = csr.copy()
            csr.sum_duplicates()
        self.starts, self.items, self.values = int64s(csr.indptr), int32s(csr.indices, "indices"), floats(csr.data)

    def same(self, ratings: Any, users: Int32s) -> bool:
        """Whether these are the items that the users are known to have."""
        return bool(lib.glue_same_items(ratings, pointer(users, "int32_t[]"), len(users), pointer(self.starts, "int64_t[]"),
                                        pointer(self.items, "int32_t[]")))


def topk_rows(model: Any, users: Optional[Int32s], query: Any, rows: Rows, leave_out: bool, fold_in: bool, ids: Int32s, scores: Floats,
              counts: Int32s) -> None:
    """Fill ids, scores and counts, several users at once; users None: new ones, made from their rows."""
    n, k = ids.shape
    asked = ffi.new("rec_query *", lib.rec_query_usual() if query == ffi.NULL else query[0])
    # What to leave out is said by each row: the model's own opinion does not count.
    asked.flags |= lib.REC_QUERY_WITH_SEEN
    how = (lib.GLUE_LEAVE_OUT if leave_out else 0) | (lib.GLUE_FOLD_IN if fold_in else 0)
    longest = int(np.diff(rows.starts).max(initial=0)) + asked.n_except
    held = {"users": pointer(users, "int32_t[]"), "starts": pointer(rows.starts, "int64_t[]"), "rows": pointer(rows.items, "int32_t[]"),
            "values": pointer(rows.values, "float[]"), "items": room(ids, "int32_t[]"), "scores": room(scores, "float[]"),
            "counts": room(counts, "int32_t[]")}
    batch = ffi.new("glue_batch *", {"model": model, "query": asked, "how": how, "k": k, **held})

    def piece(first: int) -> None:
        space = np.empty(max(1, longest), np.int32)
        last = min(n, first + _USERS_A_PIECE)
        check(lib.glue_topk_rows(batch, first, last, room(space, "int32_t[]")))

    firsts = range(0, n, _USERS_A_PIECE)
    threads = ffi.new("double *")
    check(lib.rec_model_get(model, b"threads", threads))
    at_once = int(threads[0]) or lib.rec_host_threads()
    if len(firsts) == 1 or at_once == 1:
        for first in firsts:
            piece(first)
        return
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(piece, firsts))
