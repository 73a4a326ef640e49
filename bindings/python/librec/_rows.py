# SPDX-License-Identifier: Apache-2.0
"""Ranking for users who each bring what they have: rows of a sparse matrix to leave out, or to fold in."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

import numpy as np

from ._arguments import Floats, Int32s, pointer, room
from ._errors import check
from ._librec import ffi, lib
from ._query import Query, Rows, scratch

_USERS_A_PIECE = 256


def topk_rows(model: Any, users: Optional[Int32s], query: Query, rows: Rows, ids: Int32s, scores: Floats, counts: Int32s) -> None:
    """Fill ids, scores and counts, several users at once. Users are ranked without what their rows have; users None: new ones, who have it."""
    n, k = ids.shape
    longest = int(np.diff(rows.starts).max(initial=0)) + int(query.struct.n_except)
    held = {"users": pointer(users, "int32_t[]"), "starts": pointer(rows.starts, "int64_t[]"), "rows": pointer(rows.items, "int32_t[]"),
            "values": pointer(rows.values, "float[]"), "items": room(ids, "int32_t[]"), "scores": room(scores, "float[]"),
            "counts": room(counts, "int32_t[]")}
    batch = ffi.new("glue_batch *", {"model": model, "query": query.struct, "k": k, **held})

    def piece(first: int) -> None:
        space = np.empty(max(1, longest), np.int32)
        check(lib.glue_topk_rows(batch, first, min(n, first + _USERS_A_PIECE), room(space, "int32_t[]"), scratch.handle))

    firsts = range(0, n, _USERS_A_PIECE)
    at_once = min(len(firsts), _threads(model))
    if at_once <= 1:
        for first in firsts:
            piece(first)
        return
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(piece, firsts))


def _threads(model: Any) -> int:
    threads = ffi.new("double *")
    check(lib.rec_model_get(model, b"threads", threads))
    return int(threads[0]) or int(lib.rec_host_threads())
