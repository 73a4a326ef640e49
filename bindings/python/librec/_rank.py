# SPDX-License-Identifier: Apache-2.0
"""Asking a fitted model for lists: recommend, similar items and users, explain; by rows in arrays, or by ids in frames."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from . import _frames
from ._arguments import Floats, Int32s, per_item, pointer, room
from ._contexts import context_rows
from ._errors import InvalidError, UnsupportedError, check
from ._ids import ids_array, known_rows
from ._librec import ffi, lib
from ._predict import ONE, Predicting
from ._query import Query, Rows
from ._rows import topk_rows

Pair = tuple[Int32s, Floats]


class Ranking(Predicting):
    """What a fitted model answers."""

    _frames: str = ""
    _with_itself: bool = False

    @property
    def user_ids(self) -> npt.NDArray[Any]:
        """The ids of the users, by row."""
        return ids_array(lib.rec_model_user_ids(self._fitted()))

    @property
    def item_ids(self) -> npt.NDArray[Any]:
        """The ids of the items, by row."""
        return ids_array(lib.rec_model_item_ids(self._fitted()))

    def recommend(self, userid: Any, user_items: Any = None, N: int = 10, filter_already_liked_items: bool = True, filter_items: Any = None,
                  recalculate_user: bool = False, items: Any = None, *, time: Optional[int] = None, context: Any = None,
                  item_factors: Any = None) -> Pair:
        """The N best items for a user, or for many: (ids, scores), best first.

        userid        a user's row, or its text id; or an array of them, for arrays of a row each
        user_items    what these users have, a sparse row each; None: what the model learned from
        filter_already_liked_items  leave those out
        filter_items  items never to recommend
        recalculate_user  rank as if these users had user_items and nothing else: new users, or old ones with new ratings
        items         rank these items alone
        time          the moment asked about, for models that have learned how tastes drift
        context       its circumstances, {"device": "mobile"}, for models that were fitted with contexts; what they have not met says nothing
        item_factors  rank by scores times these, one an item (librec.lifts)

        Of one user the arrays are as long as there are items to recommend; of many they are N wide, and where a user has fewer, ids are -1 and
        scores -inf.
        """
        model = self._fitted()
        if user_items is None and recalculate_user:
            raise InvalidError("user_items is None; what the users have was expected, to recalculate them from")
        query = Query(filter_already_liked_items, None if filter_items is None else self._items(filter_items),
                      None if items is None else self._items(items), time, context_rows(model, context),
                      None if item_factors is None else per_item(item_factors, lib.rec_model_items(model)))
        if isinstance(userid, ONE):
            return self._recommend_one(model, self._user(userid), user_items, N, query, recalculate_user, filter_already_liked_items)
        users = self._users(userid)
        ids, scores, counts = np.empty((len(users), N), np.int32), np.empty((len(users), N), np.float32), np.empty(len(users), np.int32)
        rows = self._own_rows(users, user_items, recalculate_user) if recalculate_user or filter_already_liked_items else None
        if rows is None:
            check(lib.rec_topk_batch(model, pointer(users, "int32_t[]"), len(users), query.struct, N, room(ids, "int32_t[]"),
                                     room(scores, "float[]"), room(counts, "int32_t[]")))
        else:
            topk_rows(model, None if recalculate_user else users, query, rows, ids, scores, counts)
        if len(users) and counts.min() < N:
            beyond = np.arange(N) >= counts[:, None]
            ids[beyond], scores[beyond] = -1, -np.inf
        return ids, scores

    def _recommend_one(self, model: Any, user: int, user_items: Any, N: int, query: Query, fold_in: bool, leave_out: bool) -> Pair:
        if user_items is not None and (fold_in or leave_out):
            rows = Rows(user_items, lib.rec_model_items(model), 1, fold_in)
            if fold_in:
                user = lib.REC_NEW_USER
                query.fold_in(rows.items, rows.values)
            else:
                query.leave_out_too(rows.items)
        best, marks, n = np.empty(N, np.int32), np.empty(N, np.float32), ffi.new("int32_t *")
        check(lib.rec_topk(model, user, query.struct, N, ffi.from_buffer("int32_t[]", best), ffi.from_buffer("float[]", marks), n))
        count = n[0]
        return (best, marks) if count == N else (best[:count], marks[:count])

    def _own_rows(self, users: Int32s, user_items: Any, fold_in: bool) -> Optional[Rows]:
        """What the caller says that the users have; None when that is what the model knows: then it ranks many at once."""
        if user_items is None:
            return None
        rows = Rows(user_items, lib.rec_model_items(self._fitted()), len(users), True)
        if fold_in:
            return rows
        known = lib.rec_model_ratings(self._fitted())
        return None if known != ffi.NULL and rows.same(known, users) else rows

    def similar_items(self, itemid: Any, N: int = 10, recalculate_item: bool = False, item_users: Any = None, filter_items: Any = None,
                      items: Any = None) -> Pair:
        """The N items most like one, itself left out: (ids, scores), best first; of an array of items, a row each as recommend has it.

        filter_items are never among them; items: only these are.
        """
        if recalculate_item or item_users is not None:
            raise UnsupportedError("similar_items compares items of the fit; recalculate_item is not supported")
        rows = self._item(itemid) if isinstance(itemid, ONE) else self._items(itemid)
        return self._similar(lib.rec_similar_items, rows, N, lib.rec_model_items(self._fitted()), filter_items, items)

    def similar_users(self, userid: Any, N: int = 10, filter_users: Any = None, users: Any = None) -> Pair:
        """The N users most like one, itself left out: (ids, scores), as similar_items."""
        rows = self._user(userid) if isinstance(userid, ONE) else self._users(userid)
        return self._similar(lib.rec_similar_users, rows, N, lib.rec_model_users(self._fitted()), filter_users, users)

    def _similar(self, function: Any, rows: Any, N: int, n_all: int, never: Any, only: Any) -> Pair:
        if isinstance(rows, int):
            return self._similar_to(function, rows, N, n_all, never, only)
        ids, scores = np.full((len(rows), N), -1, np.int32), np.full((len(rows), N), -np.inf, np.float32)
        for place, row in enumerate(rows.tolist()):
            best, marks = self._similar_to(function, row, N, n_all, never, only)
            ids[place, : len(best)], scores[place, : len(best)] = best, marks
        return ids, scores

    def _similar_to(self, function: Any, row: int, N: int, n_all: int, never: Any, only: Any) -> Pair:
        """librec knows no filters here: more are asked for, and sifted."""
        k = max(1, n_all if only is not None else min(n_all, N + (0 if never is None else np.size(never))))
        best, marks, n = np.empty(k, np.int32), np.empty(k, np.float32), ffi.new("int32_t *")
        check(function(self._fitted(), row, k, ffi.from_buffer("int32_t[]", best), ffi.from_buffer("float[]", marks), n))
        best, marks = best[: n[0]], marks[: n[0]]
        if self._with_itself:
            best, marks = np.concatenate([[np.int32(row)], best]), np.concatenate([[np.float32(max(1.0, marks.max(initial=0)))], marks])
        if only is not None or never is not None:
            keep = np.ones(len(best), bool) if only is None else np.isin(best, only)
            keep &= ~np.isin(best, () if never is None else never)
            best, marks = best[keep], marks[keep]
        return best[:N], marks[:N]

    def explain(self, userid: Any, user_items: Any = None, itemid: Any = None, user_weights: Any = None,
                N: int = 10) -> tuple[float, list[tuple[int, float]], None]:
        """Why an item suits a user: (score, [(item, contribution), ...], None), the greatest contributions of the user's history first.

        user_items: what the user has, a sparse row (or the matrix, as implicit hands it over); None: what the model learned of the user.
        user_weights is what implicit computes once for many calls; librec has no need of it, and answers None in its place.
        """
        if itemid is None:
            raise InvalidError("itemid is None; an item was expected")
        user, item, query = self._asked_of(userid, user_items)
        row, because, parts, n = self._item(itemid), np.empty(N, np.int32), np.empty(N, np.float32), ffi.new("int32_t *")
        check(lib.rec_explain_query(self._fitted(), user, query.struct, row, N, room(because, "int32_t[]"), room(parts, "float[]"), n))
        score = float(self.score_items(user, [row])[0] if item is None else self.score_items(None, [row], item)[0])
        return score, list(zip(because[: n[0]].tolist(), parts[: n[0]].tolist())), None

    def explain_features(self, userid: Any, itemid: Any, user_items: Any = None, because: Any = None, N: int = 10) -> list[tuple[Any, float]]:
        """Which features of an item (words, genres, dimensions) count most for it: [(name or column, contribution), ...], the greatest first.

        because: an item of the history, for the parts of its contribution; None: the parts of the score. Of models that score by features.
        """
        user, _, query = self._asked_of(userid, user_items)
        whole = lib.REC_WHOLE_HISTORY if because is None else self._item(because)
        columns, parts, n = np.empty(N, np.int32), np.empty(N, np.float32), ffi.new("int32_t *")
        check(lib.rec_explain_features(self._fitted(), user, query.struct, self._item(itemid), whole, N, room(columns, "int32_t[]"),
                                       room(parts, "float[]"), n))
        found, names = columns[: n[0]], lib.rec_model_feature_names(self._fitted())
        return list(zip((found if names == ffi.NULL else ids_array(names)[found]).tolist(), parts[: n[0]].tolist()))

    def _asked_of(self, userid: Any, user_items: Any) -> tuple[int, Any, Query]:
        """The row to ask about, what somebody brings (None: nothing), and the query."""
        query = Query(True)
        if user_items is None:
            return self._user(userid), None, query
        own = _row_of(user_items, userid)
        rows = Rows(own, lib.rec_model_items(self._fitted()), 1, True)
        query.fold_in(rows.items, rows.values)
        return int(lib.REC_NEW_USER), own, query

    def recommend_frame(self, users: Any = None, N: int = 10, user: str = "user", item: str = "item", score: str = "score", rank: str = "rank",
                        filter_already_liked_items: bool = True, filter_items: Any = None, items: Any = None) -> Any:
        """Recommendations with the ids that the model was fitted with, a line each: a frame of the same library, or a dict of arrays.

        users: ids, None for all; filter_items: ids never to recommend; items: rank these ids alone.
        """
        who = np.arange(lib.rec_model_users(self._fitted()), dtype=np.int32) if users is None else self._known_users(users)
        never, only = (None if given is None else self._known_items(given) for given in (filter_items, items))
        ids, scores = self.recommend(who, N=N, filter_already_liked_items=filter_already_liked_items, filter_items=never, items=only)
        kept = ids >= 0
        ranks = np.broadcast_to(np.arange(1, N + 1), ids.shape)[kept]
        names = self.user_ids[np.repeat(who, kept.sum(axis=1))]
        return _frames.make_frame({user: names, item: self.item_ids[ids[kept]], score: scores[kept], rank: ranks}, self._frames)

    def similar_items_frame(self, items: Any, N: int = 10, item: str = "item", similar: str = "similar", score: str = "score") -> Any:
        """The items most like each of these, by id, a line each."""
        rows = self._known_items(items)
        ids, scores = self.similar_items(rows, N)
        kept, names = ids >= 0, self.item_ids
        columns = {item: names[np.repeat(rows, kept.sum(axis=1))], similar: names[ids[kept]], score: scores[kept]}
        return _frames.make_frame(columns, self._frames)

    def _known_users(self, ids: Any) -> Int32s:
        return known_rows(lib.rec_model_user_ids(self._fitted()), np.atleast_1d(np.asarray(ids)), "user")

    def _known_items(self, ids: Any) -> Int32s:
        return known_rows(lib.rec_model_item_ids(self._fitted()), np.atleast_1d(np.asarray(ids)), "item")


def _row_of(user_items: Any, user: Any) -> Any:
    """implicit hands over the whole matrix to explain: take the user's row."""
    return user_items[user] if sparse.issparse(user_items) and user_items.shape[0] > 1 else user_items
