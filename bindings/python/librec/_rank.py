# SPDX-License-Identifier: Apache-2.0
"""Asking a fitted model: recommend, similar items and users, explain, predict; by rows in arrays, or by ids in frames."""
from __future__ import annotations

from typing import Any, Callable, Optional, Union

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from . import _frames
from ._arguments import Floats, Int32s, floats, int32s, int64s, pointer, room
from ._errors import InvalidError, RangeError, UnsupportedError, check
from ._ids import known_rows, rows_of
from ._librec import ffi, lib
from ._ratings import pairs
from ._rows import Rows, topk_rows

Pair = tuple[Int32s, Floats]
_ONE = (int, np.integer, str)


class Ranking:
    """What a fitted model answers."""

    _handle: Any = None
    _ratings: Any = None
    _keep: Any = None
    _frames: str = ""
    _with_itself: bool = False

    def _fitted(self) -> Any:
        raise NotImplementedError

    def _row(self, value: Any, of: Callable[[Any], Any], what: str) -> int:
        """A row; text is an id and is looked up. Below 0 would be librec's new user, who is asked for in another way."""
        if isinstance(value, str):
            return int(known_rows(of(self._fitted()), value, what))
        if value < 0:
            raise RangeError(f"{what} is {value}; a row from 0 was expected")
        return int(value)

    def _rows(self, values: Any, of: Callable[[Any], Any], what: str) -> Int32s:
        array = np.asarray(values)
        if array.dtype.kind in "UO" and array.size and isinstance(array.flat[0], str):
            return known_rows(of(self._fitted()), array, what)
        rows = int32s(array, what + "s")
        if rows.size and rows.min() < 0:
            raise RangeError(f"{what}s reach down to {rows.min()}; rows from 0 were expected")
        return rows

    def recommend(self, userid: Any, user_items: Any = None, N: int = 10, filter_already_liked_items: bool = True, filter_items: Any = None,
                  recalculate_user: bool = False, items: Any = None) -> Pair:
        """The N best items for a user, or for many: (ids, scores), best first.

        userid        a user's row, or its text id; or an array of them, for arrays of a row each
        user_items    what these users have, a sparse row each; None: what the model learned from
        filter_already_liked_items  leave those out
        filter_items  items never to recommend
        recalculate_user  make the users' vectors from user_items instead of those of the fit: for new users, or new ratings
        items         rank these items alone

        Of one user the arrays are as long as there are items to recommend; of many they are N wide, and where a user has fewer, ids are -1 and
        scores -inf.
        """
        query, alive = _query(filter_already_liked_items, filter_items, items, self)
        if isinstance(userid, _ONE):
            return self._recommend_one(userid, user_items, N, query, filter_already_liked_items, recalculate_user)
        users = self._rows(userid, lib.rec_model_user_ids, "user")
        ids, scores = np.empty((len(users), N), np.int32), np.empty((len(users), N), np.float32)
        counts = np.empty(len(users), np.int32)
        rows = self._own_rows(users, user_items, recalculate_user, filter_already_liked_items)
        if rows is None:
            check(lib.rec_topk_batch(self._fitted(), pointer(users, "int32_t[]"), len(users), query, N, room(ids, "int32_t[]"),
                                     room(scores, "float[]"), room(counts, "int32_t[]")))
        else:
            known = None if recalculate_user else users
            topk_rows(self._fitted(), known, query, rows, filter_already_liked_items, recalculate_user, ids, scores, counts)
        if len(users) and counts.min() < N:
            beyond = np.arange(N) >= counts[:, None]
            ids[beyond], scores[beyond] = -1, -np.inf
        del alive
        return ids, scores

    def _recommend_one(self, userid: Any, user_items: Any, N: int, query: Any, leave_out: bool, fold_in: bool) -> Pair:
        user = self._row(userid, lib.rec_model_user_ids, "user")
        if user_items is not None or fold_in:
            users = np.array([user], np.int32)
            rows = self._own_rows(users, user_items, fold_in, leave_out)
            if rows is not None:
                ids, scores, counts = np.empty((1, N), np.int32), np.empty((1, N), np.float32), np.empty(1, np.int32)
                topk_rows(self._fitted(), None if fold_in else users, query, rows, leave_out, fold_in, ids, scores, counts)
                return ids[0, : counts[0]], scores[0, : counts[0]]
        best, marks, n = np.empty(N, np.int32), np.empty(N, np.float32), ffi.new("int32_t *")
        check(lib.rec_topk(self._fitted(), user, query, N, ffi.from_buffer("int32_t[]", best), ffi.from_buffer("float[]", marks), n))
        return (best, marks) if n[0] == N else (best[: n[0]], marks[: n[0]])

    def _own_rows(self, users: Int32s, user_items: Any, fold_in: bool, leave_out: bool) -> Optional[Rows]:
        """What the caller says that the users have; None when that is what the model knows, or does not matter."""
        if user_items is None:
            if fold_in:
                raise InvalidError("user_items is None; what the users have was expected, to recalculate them from")
            return None
        rows = Rows(user_items, lib.rec_model_items(self._fitted()), len(users))
        if fold_in:
            return rows
        known = lib.rec_model_ratings(self._fitted())
        if not leave_out or (known != ffi.NULL and rows.same(known, users)):
            return None
        return rows

    def similar_items(self, itemid: Any, N: int = 10, recalculate_item: bool = False, item_users: Any = None, filter_items: Any = None,
                      items: Any = None) -> Pair:
        """The N items most like one, itself left out: (ids, scores), best first; of an array of items, a row each as recommend has it.

        filter_items are never among them; items: only these are.
        """
        if recalculate_item or item_users is not None:
            raise UnsupportedError("similar_items compares items of the fit; recalculate_item is not supported")
        return self._similar(lib.rec_similar_items, itemid, N, lib.rec_model_item_ids, "item", filter_items, items)

    def similar_users(self, userid: Any, N: int = 10, filter_users: Any = None, users: Any = None) -> Pair:
        """The N users most like one, itself left out: (ids, scores), as similar_items."""
        return self._similar(lib.rec_similar_users, userid, N, lib.rec_model_user_ids, "user", filter_users, users)

    def _similar(self, function: Any, one: Any, N: int, of: Any, what: str, never: Any, only: Any) -> Pair:
        if isinstance(one, _ONE):
            return self._similar_to(function, self._row(one, of, what), N, of, never, only)
        rows = self._rows(one, of, what)
        ids, scores = np.full((len(rows), N), -1, np.int32), np.full((len(rows), N), -np.inf, np.float32)
        for place, row in enumerate(rows.tolist()):
            best, marks = self._similar_to(function, row, N, of, never, only)
            ids[place, : len(best)], scores[place, : len(best)] = best, marks
        return ids, scores

    def _similar_to(self, function: Any, row: int, N: int, of: Any, never: Any, only: Any) -> Pair:
        all_rows = lib.rec_ids_count(of(self._fitted()))
        k = all_rows if only is not None else min(all_rows, N + (0 if never is None else len(np.atleast_1d(never))))
        best, marks, n = np.empty(max(k, 1), np.int32), np.empty(max(k, 1), np.float32), ffi.new("int32_t *")
        check(function(self._fitted(), row, max(k, 1), ffi.from_buffer("int32_t[]", best), ffi.from_buffer("float[]", marks), n))
        best, marks = best[: n[0]], marks[: n[0]]
        if self._with_itself:
            best, marks = np.concatenate([[np.int32(row)], best]), np.concatenate([[np.float32(max(1.0, marks.max(initial=0)))], marks])
        keep = np.ones(len(best), bool)
        if only is not None:
            keep &= np.isin(best, np.atleast_1d(only))
        if never is not None:
            keep &= ~np.isin(best, np.atleast_1d(never))
        return best[keep][:N], marks[keep][:N]

    def explain(self, userid: Any, user_items: Any = None, itemid: Any = None, user_weights: Any = None,
                N: int = 10) -> tuple[float, list[tuple[int, float]], None]:
        """Why an item suits a user: (score, [(item, contribution), ...], None), the greatest contributions of the user's history first.

        user_items must be what the model learned of the user, or None; user_weights is there for implicit's call form and not used.
        """
        if itemid is None:
            raise InvalidError("itemid is None; an item was expected")
        user, item = self._row(userid, lib.rec_model_user_ids, "user"), self._row(itemid, lib.rec_model_item_ids, "item")
        if user_items is not None and self._own_rows(np.array([user], np.int32), _row_of(user_items, user), False, True) is not None:
            raise UnsupportedError("user_items differs from what the model learned of the user; explanations are of the fit")
        because, parts, n = np.empty(N, np.int32), np.empty(N, np.float32), ffi.new("int32_t *")
        check(lib.rec_explain(self._fitted(), user, item, N, room(because, "int32_t[]"), room(parts, "float[]"), n))
        return float(self.predict(user, item)), list(zip(because[: n[0]].tolist(), parts[: n[0]].tolist())), None

    def predict(self, users: Any, items: Any = None, times: Any = None) -> Any:
        """The rating (or score) of items by users.

        predict(users, items)  of rows, or text ids: a number, or an array of as many; times: the moments asked about
        predict(X)             X holds ids, two columns of users and items, as scikit-learn has it. A user the model lacks is new; an item it
                               lacks is predicted by the user's mean rating, and if neither is known, by the mean
        """
        if items is None:
            return self._predict_ids(*pairs(_two_columns(users)))
        if isinstance(users, _ONE) and isinstance(items, _ONE):
            rating = ffi.new("float *")
            user, item = self._row(users, lib.rec_model_user_ids, "user"), self._row(items, lib.rec_model_item_ids, "item")
            if times is None:
                check(lib.rec_predict(self._fitted(), user, item, rating))
                return float(rating[0])
            return float(self._predict_rows(np.array([user], np.int32), np.array([item], np.int32), int64s([times]))[0])
        who = self._rows(np.atleast_1d(users), lib.rec_model_user_ids, "user")
        what = self._rows(np.atleast_1d(items), lib.rec_model_item_ids, "item")
        who, what = (np.ascontiguousarray(one) for one in np.broadcast_arrays(who, what))
        return self._predict_rows(who, what, None if times is None else np.ascontiguousarray(np.broadcast_to(int64s(times), who.shape)))

    def _predict_rows(self, users: Int32s, items: Int32s, times: Any = None) -> Floats:
        ratings = np.empty(users.shape, np.float32)
        both = pointer(users, "int32_t[]"), pointer(items, "int32_t[]")
        if times is None:
            check(lib.rec_predict_batch(self._fitted(), *both, users.size, room(ratings, "float[]")))
        else:
            check(lib.rec_predict_batch_at(self._fitted(), *both, pointer(times, "int64_t[]"), users.size, room(ratings, "float[]")))
        return ratings

    def _predict_ids(self, users: Any, items: Any) -> npt.NDArray[np.float64]:
        model = self._fitted()
        who, what = rows_of(lib.rec_model_user_ids(model), users), rows_of(lib.rec_model_item_ids(model), items)
        out = np.empty(len(who), np.float64)
        both, item_only = (who >= 0) & (what >= 0), (who < 0) & (what >= 0)
        out[both] = self._predict_rows(np.ascontiguousarray(who[both]), np.ascontiguousarray(what[both]))
        if item_only.any():
            rows, scores = np.ascontiguousarray(what[item_only]), np.empty(int(item_only.sum()), np.float32)
            check(lib.rec_score(model, lib.REC_NEW_USER, ffi.NULL, pointer(rows, "int32_t[]"), len(rows), room(scores, "float[]")))
            out[item_only] = scores
        for place in np.flatnonzero(what < 0).tolist():
            out[place] = self._mean_of(int(who[place]))
        return out

    def _mean_of(self, user: int) -> float:
        ratings, row = lib.rec_model_ratings(self._fitted()), ffi.new("rec_row *")
        if ratings == ffi.NULL:
            raise UnsupportedError("the model was saved without its ratings, so it has no mean to predict an unknown item by")
        if user >= 0:
            check(lib.rec_ratings_user(ratings, user, row))
            if row.n > 0:
                return float(np.mean(np.frombuffer(ffi.buffer(row.ratings, row.n * 4), np.float32), dtype=np.float64))
        return float(lib.rec_ratings_mean(ratings))

    def predict_deviation(self, users: Any, items: Any) -> Any:
        """How far a rating may lie from its prediction: a standard deviation, of algorithms with the ability "predicts_deviation"."""
        if not (isinstance(users, _ONE) and isinstance(items, _ONE)):
            return np.array([self.predict_deviation(*both) for both in zip(np.asarray(users).tolist(), np.asarray(items).tolist())])
        deviation = ffi.new("float *")
        user, item = self._row(users, lib.rec_model_user_ids, "user"), self._row(items, lib.rec_model_item_ids, "item")
        check(lib.rec_predict_deviation(self._fitted(), user, item, deviation))
        return float(deviation[0])

    def score(self, X: Any, y: Any) -> float:
        """R2 of the predictions of ids X (two columns) for ratings y: scikit-learn's measure of regressors."""
        truth = np.asarray(y, np.float64)
        errors, spread = truth - self.predict(X), truth - truth.mean()
        return float(1.0 - errors @ errors / (spread @ spread))

    def recommend_frame(self, users: Any = None, N: int = 10, user: str = "user", item: str = "item", score: str = "score", rank: str = "rank",
                        filter_already_liked_items: bool = True) -> Any:
        """Recommendations with the ids that the model was fitted with, a line each: a frame of the same library, or a dict of arrays.

        users: ids; None: all users.
        """
        model: Any = self
        who = np.arange(lib.rec_model_users(self._fitted()), dtype=np.int32) if users is None else known_rows(
            lib.rec_model_user_ids(self._fitted()), np.atleast_1d(np.asarray(users)), "user")
        ids, scores = self.recommend(who, N=N, filter_already_liked_items=filter_already_liked_items)
        kept = ids >= 0
        ranks = np.broadcast_to(np.arange(1, N + 1), ids.shape)[kept]
        names = model.user_ids[np.repeat(who, kept.sum(axis=1))]
        return _frames.make_frame({user: names, item: model.item_ids[ids[kept]], score: scores[kept], rank: ranks}, self._frames)

    def similar_items_frame(self, items: Any, N: int = 10, item: str = "item", similar: str = "similar", score: str = "score") -> Any:
        """The items most like each of these, by id, a line each."""
        model: Any = self
        rows = known_rows(lib.rec_model_item_ids(self._fitted()), np.atleast_1d(np.asarray(items)), "item")
        ids, scores = self.similar_items(rows, N)
        kept, names = ids >= 0, model.item_ids
        columns = {item: names[np.repeat(rows, kept.sum(axis=1))], similar: names[ids[kept]], score: scores[kept]}
        return _frames.make_frame(columns, self._frames)


def _row_of(user_items: Any, user: int) -> Any:
    """implicit hands over the whole matrix to explain: take the user's row."""
    return user_items[user] if sparse.issparse(user_items) and user_items.shape[0] > 1 else user_items


def _two_columns(data: Any) -> Any:
    return np.column_stack([np.asarray(data[name], object) for name in list(data.columns)[:2]]) if hasattr(data, "columns") else data


def _query(leave_out: bool, never: Any, only: Any, model: Ranking) -> tuple[Any, Any]:
    """A query with these filters, and what must live as long; NULL for the usual."""
    if leave_out and never is None and only is None:
        return ffi.NULL, None
    query = ffi.new("rec_query *", lib.rec_query_usual())
    query.flags = 0 if leave_out else lib.REC_QUERY_WITH_SEEN
    alive: list[Union[Int32s, Any]] = [query]
    for name, values in (("except", never), ("only", only)):
        if values is not None:
            rows = model._rows(np.atleast_1d(values), lib.rec_model_item_ids, "item")
            held = pointer(rows if len(rows) else np.zeros(1, np.int32), "int32_t[]")
            alive.append(held)
            setattr(query, name, held)
            setattr(query, "n_" + name, len(rows))
    return query, alive
