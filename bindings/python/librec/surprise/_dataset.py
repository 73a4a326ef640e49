# SPDX-License-Identifier: Apache-2.0
"""Surprise's Reader, Dataset and Trainset, over Ratings."""
from __future__ import annotations

from typing import Any, Iterator, Optional

import numpy as np

from .._arguments import Path
from .._errors import InvalidError
from .._ids import rows_of
from .._librec import lib
from .._ratings import Ratings

Test = list[tuple[Any, Any, float]]


class Reader:
    """What ratings look like: the least and the greatest there may be."""

    def __init__(self, rating_scale: tuple[float, float] = (1, 5)) -> None:
        self.rating_scale = rating_scale


class Trainset:
    """Ratings to learn from, with raw ids outside and rows ("inner ids") inside."""

    def __init__(self, ratings: Ratings, rating_scale: Optional[tuple[float, float]] = None) -> None:
        self.ratings = ratings
        self.rating_scale = ratings.range if rating_scale is None else rating_scale
        self._users, self._items = ratings.user_ids.tolist(), ratings.item_ids.tolist()

    @property
    def n_users(self) -> int:
        """How many users."""
        return self.ratings.n_users

    @property
    def n_items(self) -> int:
        """How many items."""
        return self.ratings.n_items

    @property
    def n_ratings(self) -> int:
        """How many ratings."""
        return len(self.ratings)

    @property
    def global_mean(self) -> float:
        """The mean of all ratings."""
        return self.ratings.mean

    @property
    def ur(self) -> dict[int, list[tuple[int, float]]]:
        """By inner user id, the user's (inner item id, rating)."""
        return _lists(self.ratings.to_csr())

    @property
    def ir(self) -> dict[int, list[tuple[int, float]]]:
        """By inner item id, the item's (inner user id, rating)."""
        return _lists(self.ratings.to_csr().T.tocsr())

    def _inner(self, handle: Any, raw: Any, what: str) -> int:
        row = int(rows_of(handle, [raw])[0])
        if row < 0:
            raise ValueError(f"{what} {raw} is not part of the trainset.")
        return row

    def to_inner_uid(self, ruid: Any) -> int:
        """The row of a raw user id; ValueError when there is none."""
        return self._inner(lib.rec_ratings_user_ids(self.ratings._handle), ruid, "User")

    def to_inner_iid(self, riid: Any) -> int:
        """The row of a raw item id; ValueError when there is none."""
        return self._inner(lib.rec_ratings_item_ids(self.ratings._handle), riid, "Item")

    def to_raw_uid(self, iuid: int) -> Any:
        """The raw id of a user's row."""
        return self._users[iuid]

    def to_raw_iid(self, iiid: int) -> Any:
        """The raw id of an item's row."""
        return self._items[iiid]

    def knows_user(self, uid: int) -> bool:
        """Whether there is such a row of users."""
        return 0 <= uid < self.n_users

    def knows_item(self, iid: int) -> bool:
        """Whether there is such a row of items."""
        return 0 <= iid < self.n_items

    def all_users(self) -> range:
        """All rows of users."""
        return range(self.n_users)

    def all_items(self) -> range:
        """All rows of items."""
        return range(self.n_items)

    def all_ratings(self) -> Iterator[tuple[int, int, float]]:
        """(inner user id, inner item id, rating), one after another."""
        table = self.ratings.to_csr().tocoo()
        return zip(table.row.tolist(), table.col.tolist(), table.data.tolist())

    def build_testset(self) -> Test:
        """All ratings as a test set: (raw user id, raw item id, rating)."""
        return [(self._users[user], self._items[item], rating) for user, item, rating in self.all_ratings()]

    def build_anti_testset(self, fill: Optional[float] = None) -> Test:
        """All pairs that are not rated, as a test set; their rating is said to be `fill`, or the mean."""
        value, table = self.global_mean if fill is None else float(fill), self.ratings.to_csr()
        found = []
        for user in self.all_users():
            lacks = np.ones(self.n_items, bool)
            lacks[table.indices[table.indptr[user] : table.indptr[user + 1]]] = False
            found += [(self._users[user], self._items[item], value) for item in np.flatnonzero(lacks).tolist()]
        return found

    def __repr__(self) -> str:
        return f"<librec.surprise.Trainset: {self.n_ratings} ratings of {self.n_items} items by {self.n_users} users>"


class Dataset:
    """Ratings under Surprise's name; every fit takes it.

    >>> import librec
    >>> data = librec.Dataset.load_from_df({"u": [1, 1, 2], "i": [7, 8, 7], "r": [3, 4, 5]}, librec.Reader((1, 5)))
    >>> data.ratings
    <librec.Ratings: 3 ratings of 2 items by 2 users>
    """

    def __init__(self, ratings: Ratings, reader: Optional[Reader] = None) -> None:
        self.ratings, self.reader = ratings, reader or Reader(ratings.range)

    @classmethod
    def load_from_df(cls, df: Any, reader: Optional[Reader] = None) -> "Dataset":
        """From a frame of three columns: users, items, ratings, in this order, whatever their names."""
        names = list(getattr(df, "columns", df))
        if len(names) < 3:
            raise InvalidError(f"the frame has {len(names)} columns; users, items and ratings were expected")
        ratings = Ratings.from_frame(df, *(str(name) for name in names[:3]))
        least, greatest = (reader or Reader()).rating_scale
        if ratings.range[0] < least or ratings.range[1] > greatest:
            raise InvalidError(f"ratings reach from {ratings.range[0]:g} to {ratings.range[1]:g}; the reader's scale is {least:g} to {greatest:g}")
        return cls(ratings, reader or Reader())

    @classmethod
    def load_from_file(cls, file_path: Path, reader: Optional[Reader] = None) -> "Dataset":
        """From a file of lines of user, item and rating; what stands between them is found out."""
        reader = reader or Reader()
        return cls(Ratings.read(file_path, scale=reader.rating_scale), reader)

    def build_full_trainset(self) -> Trainset:
        """All of it, to fit on."""
        return Trainset(self.ratings, self.reader.rating_scale)


def _lists(table: Any) -> dict[int, list[tuple[int, float]]]:
    bounds = table.indptr.tolist()
    return {row: list(zip(table.indices[first:last].tolist(), table.data[first:last].tolist()))
            for row, (first, last) in enumerate(zip(bounds[:-1], bounds[1:]))}


def as_testset(ratings: Ratings) -> Test:
    """(raw user id, raw item id, rating) of each."""
    return Trainset(ratings).build_testset()
