# SPDX-License-Identifier: Apache-2.0
"""What implicit's models have in common: their call forms, and the vectors they make anew."""
from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional, TypeVar

import numpy as np
import scipy.sparse as sparse

from ._arguments import Floats, floats, int32s, pointer, room
from ._errors import InvalidError, UnsupportedError, check
from ._librec import ffi, lib
from ._model import Model
from ._predict import ONE
from ._progress import Callback
from ._query import Query, Rows
from ._ratings import Ratings
from ._tables import Value

F = TypeVar("F", bound="ImplicitModel")


class ImplicitModel(Model):
    """implicit's call forms over a model of librec's; similar_items names the item itself first, as implicit does."""

    _with_itself = True
    # What librec calls the parameters that implicit names otherwise.
    _names: ClassVar[Mapping[str, str]] = {}
    # Values of librec's parameters that implicit knows no names for.
    _fixed: ClassVar[Mapping[str, Value]] = {}

    def _settings(self) -> Mapping[str, Any]:
        named = {theirs: getattr(self, ours) for ours, theirs in self._names.items()}
        if named.get("seed", 0) is None:
            named["seed"] = 42
        return {**self._fixed, **named}

    def _restore(self, values: Mapping[str, Value]) -> None:
        for ours, theirs in self._names.items():
            setattr(self, ours, values[theirs])

    def fit(self: F, ratings: Any, show_progress: Any = None, callback: Optional[Callback] = None, **options: Any) -> F:  # type: ignore[override]
        """Learn from a matrix of users x items, or whatever Model.fit takes; options too are as there."""
        super().fit(ratings, show_progress=show_progress, callback=callback, **options)
        return self

    def rank_items(self, userid: Any, user_items: Any, selected_items: Any, recalculate_user: bool = False) -> Any:
        """These items in the order that suits a user: (ids, scores)."""
        return self.recommend(userid, user_items, np.size(selected_items), False, recalculate_user=recalculate_user, items=selected_items)

    def recommend_all(self, user_items: Any, N: int = 10, recalculate_user: bool = False, filter_already_liked_items: bool = True,
                      filter_items: Any = None) -> Any:
        """The N best items of all users: their ids, a row each."""
        users = np.arange(user_items.shape[0], dtype=np.int32)
        return self.recommend(users, user_items, N, filter_already_liked_items, filter_items, recalculate_user)[0]


class FactorModel(ImplicitModel):
    """Models of vectors, which are made anew from what somebody has."""

    def recalculate_user(self, userid: Any, user_items: Any) -> Floats:
        """The vectors of users who have user_items, a sparse row each, and nothing else; of one user, one vector."""
        model = self._fitted()
        one = isinstance(userid, ONE)
        rows = Rows(user_items, lib.rec_model_items(model), 1 if one else len(userid), True)
        vectors = np.empty((len(rows.starts) - 1, lib.rec_model_factors(model)), np.float32)
        for place, (first, last) in enumerate(zip(rows.starts[:-1].tolist(), rows.starts[1:].tolist())):
            query = Query(True)
            query.fold_in(rows.items[first:last], rows.values[first:last])
            check(lib.rec_user_vector(model, lib.REC_NEW_USER, query.struct, room(vectors[place], "float[]"), ffi.NULL))
        return vectors[0] if one else vectors

    def recalculate_item(self, itemid: Any, item_users: Any) -> Floats:
        """The vectors of items that item_users have, a sparse row of users each; of one item, one vector."""
        model, one = self._fitted(), isinstance(itemid, ONE)
        n_users, csr = lib.rec_model_users(model), sparse.csr_matrix(item_users)
        if csr.shape[0] != (1 if one else len(itemid)) or csr.shape[1] > n_users:
            raise InvalidError(f"item_users has the shape {csr.shape}; a row for each item and at most {n_users} columns were expected")
        vectors = np.empty((csr.shape[0], lib.rec_model_factors(model)), np.float32)
        for place in range(csr.shape[0]):
            part = slice(csr.indptr[place], csr.indptr[place + 1])
            raters, values = int32s(csr.indices[part], "indices"), floats(csr.data[part])
            check(lib.rec_new_item_vector(model, pointer(raters, "int32_t[]"), pointer(values, "float[]"), len(raters),
                                          room(vectors[place], "float[]"), ffi.NULL))
        return vectors[0] if one else vectors

    def partial_fit_users(self, userids: Any, user_items: Any) -> None:
        """Users have user_items, a sparse row each with something in it, from now on: their vectors are made anew, all else stays. Users beyond the last
        are new."""
        model = self._fitted()
        rows = _placed(userids, user_items, lib.rec_model_users(model), lib.rec_model_items(model), "user_items")
        self._update(lib.rec_model_update_users, rows)

    def partial_fit_items(self, itemids: Any, item_users: Any) -> None:
        """The same of items and the users who have them, a sparse row of users each."""
        model = self._fitted()
        rows = _placed(itemids, item_users, lib.rec_model_items(model), lib.rec_model_users(model), "item_users")
        self._update(lib.rec_model_update_items, rows.T)

    def _update(self, update: Any, matrix: Any) -> None:
        out, data, frames = ffi.new("rec_model **"), Ratings.from_csr(matrix), self._frames
        check(update(out, self._fitted(), data._handle))
        self._adopt(ffi.gc(out[0], lib.rec_model_free), None)
        self._frames = frames

    @property
    def user_norms(self) -> Floats:
        """The lengths of the users' vectors."""
        return np.asarray(np.linalg.norm(self.user_factors, axis=1))

    @property
    def item_norms(self) -> Floats:
        """The lengths of the items' vectors."""
        return np.asarray(np.linalg.norm(self.item_factors, axis=1))

    def to_cpu(self: F) -> F:
        """Itself: it is there already."""
        return self


def _placed(ids: Any, rows: Any, n: int, columns: int, name: str) -> Any:
    """A matrix of n rows, or as many as ids ask for, with these rows at these places, and nothing elsewhere."""
    csr, places = sparse.csr_matrix(rows), np.atleast_1d(np.asarray(ids, np.int64))
    if csr.shape[0] != len(places) or csr.shape[1] > columns:
        raise InvalidError(f"{name} has the shape {csr.shape}; a row for each of {len(places)} ids and at most {columns} columns were expected")
    empty = np.flatnonzero(np.diff(csr.indptr) == 0)
    if len(empty) > 0:
        raise InvalidError(f"{name} has nothing in row {int(empty[0])}; something in each row was expected")
    if len(np.unique(places)) != len(places) or places.min(initial=0) < 0:
        raise InvalidError("an id is below 0 or comes twice; distinct rows were expected")
    coo = csr.tocoo()
    return sparse.csr_matrix((coo.data, (places[coo.row], coo.col)), shape=(max(n, int(places.max(initial=-1)) + 1), columns))


def only(name: str, value: Any, allowed: Any) -> None:
    """Refuse what implicit has and librec has not, so that nothing is taken and ignored."""
    if value not in allowed:
        raise UnsupportedError(f"{name} is {value!r}; {' or '.join(map(repr, allowed))} was expected: librec has nothing else")
