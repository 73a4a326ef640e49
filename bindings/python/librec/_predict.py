# SPDX-License-Identifier: Apache-2.0
"""Asking a fitted model for numbers: predictions of ratings and their deviations, scores of given items."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from ._arguments import Floats, Int32s, floats, int32s, int64s, pointer, room
from ._contexts import Contexts, context_rows
from ._errors import InvalidError, RangeError, UnsupportedError, check
from ._ids import known_rows, rows_of
from ._librec import ffi, lib
from ._query import Query, Rows
from ._ratings import pairs

ONE = (int, np.integer, str)


class Predicting:
    """What a fitted model foretells."""

    _handle: Any = None
    _ratings: Any = None
    _keep: Any = None

    def _fitted(self) -> Any:
        raise NotImplementedError

    def _user(self, value: Any) -> int:
        """A row; text is an id and is looked up. Below 0 would be librec's new user, who is asked for in another way."""
        return _row(value, lib.rec_model_user_ids, self, "user")

    def _item(self, value: Any) -> int:
        return _row(value, lib.rec_model_item_ids, self, "item")

    def _users(self, values: Any) -> Int32s:
        return _rows(values, lib.rec_model_user_ids, self, "user")

    def _items(self, values: Any) -> Int32s:
        return _rows(values, lib.rec_model_item_ids, self, "item")

    def predict(self, users: Any, items: Any = None, times: Any = None, contexts: Optional[Contexts] = None) -> Any:
        """The rating (or score) of items by users.

        predict(users, items)  of rows, or text ids: a number, or an array of as many; times: the moments asked about;
                               contexts: in which, of those pairs that have one there
        predict(X)             X holds ids, two columns of users and items, as scikit-learn has it. A user the model lacks is new; an item it
                               lacks is predicted by the user's mean rating, and if neither is known, by the mean
        """
        if items is None:
            return self._predict_ids(*pairs(_two_columns(users)))
        if times is None and contexts is None and isinstance(users, ONE) and isinstance(items, ONE):
            rating = ffi.new("float *")
            check(lib.rec_predict(self._fitted(), self._user(users), self._item(items), rating))
            return rating[0]
        who, what = self._each_pair(users, items)
        when = None if times is None else np.ascontiguousarray(np.broadcast_to(int64s(times), who.shape))
        found = self._predict_rows(who, what, when, contexts)
        return float(found[0]) if isinstance(users, ONE) and isinstance(items, ONE) else found

    def _each_pair(self, users: Any, items: Any) -> tuple[Int32s, Int32s]:
        """Rows of users and items, one user for many items or the other way round."""
        who, what = (np.ascontiguousarray(one) for one in np.broadcast_arrays(self._users(users), self._items(items)))
        return who, what

    def _predict_rows(self, users: Int32s, items: Int32s, times: Any = None, contexts: Optional[Contexts] = None) -> Floats:
        ratings = np.empty(users.shape, np.float32)
        both = pointer(users, "int32_t[]"), pointer(items, "int32_t[]")
        if contexts is not None:
            when = ffi.NULL if times is None else pointer(times, "int64_t[]")
            check(lib.rec_predict_batch_in(self._fitted(), *both, when, contexts._handle, users.size, room(ratings, "float[]")))
        elif times is None:
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
        who, what = self._each_pair(users, items)
        found = np.empty(who.shape, np.float32)
        check(lib.glue_predict_deviations(self._fitted(), pointer(who, "int32_t[]"), pointer(what, "int32_t[]"), who.size,
                                          room(found, "float[]")))
        return float(found[0]) if isinstance(users, ONE) and isinstance(items, ONE) else found

    def score_items(self, userid: Any, items: Any, user_items: Any = None, *, time: Optional[int] = None, context: Any = None) -> Floats:
        """The scores of these items for a user, in their order: the numbers by which recommend ranks.

        user_items: what somebody has, a sparse row, in place of what the model learned of the user; userid may then be None
        """
        if userid is None and user_items is None:
            raise InvalidError("userid and user_items are None; one of them was expected")
        rows, query = self._items(items), Query(True, time=time, context=context_rows(self._fitted(), context))
        user = lib.REC_NEW_USER if user_items is not None else self._user(userid)
        if user_items is not None:
            own = Rows(user_items, lib.rec_model_items(self._fitted()), 1, True)
            query.fold_in(own.items, own.values)
        scores = np.empty(len(rows), np.float32)
        check(lib.rec_score(self._fitted(), user, query.struct, pointer(rows, "int32_t[]"), len(rows), room(scores, "float[]")))
        return scores

    def score_new_item(self, raters: Any, ratings: Any = None, users: Any = None) -> Floats:
        """What users (None: all) would give an item that the model has not seen, from some ratings of it (None: all 1)."""
        who = self._users(raters)
        values = np.ones(len(who), np.float32) if ratings is None else floats(ratings)
        if len(values) != len(who):
            raise InvalidError(f"ratings has {len(values)} elements; as many as raters, {len(who)}, were expected")
        asked = np.arange(lib.rec_model_users(self._fitted()), dtype=np.int32) if users is None else self._users(users)
        scores = np.empty(len(asked), np.float32)
        check(lib.rec_score_new_item(self._fitted(), pointer(who, "int32_t[]"), pointer(values, "float[]"), len(who),
                                     pointer(asked, "int32_t[]"), len(asked), room(scores, "float[]")))
        return scores

    def score(self, X: Any, y: Any) -> float:
        """R2 of the predictions of ids X (two columns) for ratings y: scikit-learn's measure of regressors."""
        truth = np.asarray(y, np.float64)
        errors, spread = truth - self.predict(X), truth - truth.mean()
        return float(1.0 - errors @ errors / (spread @ spread))


def _row(value: Any, of: Any, model: Predicting, what: str) -> int:
    if isinstance(value, str):
        return int(known_rows(of(model._fitted()), value, what))
    if value < 0:
        raise RangeError(f"{what} is {value}; a row from 0 was expected")
    return int(value)


def _rows(values: Any, of: Any, model: Predicting, what: str) -> Int32s:
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind in "UOT" and array.size and isinstance(array.flat[0], str):
        return known_rows(of(model._fitted()), array, what)
    rows = int32s(array, what + "s")
    if rows.size and rows.min() < 0:
        raise RangeError(f"{what}s reach down to {rows.min()}; rows from 0 were expected")
    return rows


def _two_columns(data: Any) -> Any:
    return np.column_stack([np.asarray(data[name], object) for name in list(data.columns)[:2]]) if hasattr(data, "columns") else data
