# SPDX-License-Identifier: Apache-2.0
"""The rating store, and the ways data come into it."""
from __future__ import annotations

import os
import tempfile
from typing import Any, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from . import _frames
from ._arguments import Int64s, Path, Texts, floats, int32s, int64s, path_bytes, pointer, room
from ._errors import InvalidError, check
from ._ids import ids_array, numeric
from ._librec import ffi, lib

_DUPLICATES = {"last": lib.REC_DUPLICATES_LAST, "sum": lib.REC_DUPLICATES_SUM, "mean": lib.REC_DUPLICATES_MEAN, "greatest": lib.REC_DUPLICATES_GREATEST}


def _options(duplicates: str, file_format: Optional[str] = None, scale: Optional[tuple[float, float]] = None) -> Any:
    options = ffi.new("rec_ratings_options *", lib.rec_ratings_options_usual())
    if duplicates not in _DUPLICATES:
        raise InvalidError(f'duplicates is "{duplicates}"; one of {", ".join(_DUPLICATES)} was expected')
    options.duplicates = _DUPLICATES[duplicates]
    if scale is not None:
        options.least, options.greatest = scale
    name = None if file_format is None else ffi.new("char[]", file_format.encode())
    options.format = ffi.NULL if name is None else name
    return options, name


def _id_column(values: Any) -> Union[Texts, Int64s]:
    if isinstance(values, Texts):
        return values
    array = np.asarray(values)
    return int64s(array) if numeric(array) else Texts.encode(array.tolist())


def _as_texts(values: Union[Texts, Int64s]) -> Texts:
    return values if isinstance(values, Texts) else Texts.encode(values.tolist())


class Ratings:
    """Who rated what, how and when: immutable, compact, indexed both ways; made by one of the class methods.

    Users and items are rows 0 to n-1; ``user_ids`` and ``item_ids`` are the names of the rows. Frozen in C, it can be shared by models and
    threads, pickled, saved, and fitted by every model.

    >>> import scipy.sparse, librec
    >>> ratings = librec.Ratings.from_csr(scipy.sparse.csr_matrix([[5, 0], [3, 4]]))
    >>> ratings
    <librec.Ratings: 3 ratings of 2 items by 2 users>
    """

    def __init__(self) -> None:
        raise TypeError("Ratings are made by Ratings.from_csr, from_frame, from_arrays, read or open")

    @classmethod
    def _own(cls, handle: Any, keep: Any = None, frames: str = "") -> "Ratings":
        """Take over a handle; keep: what C borrows; frames: the library whose frames come out."""
        made = cls.__new__(cls)
        made._handle = ffi.gc(handle, lib.rec_ratings_free)
        made._keep, made._frames = keep, frames
        return made

    _handle: Any
    _keep: Any
    _frames: str

    @classmethod
    def from_csr(cls, matrix: Any, copy: bool = True) -> "Ratings":
        """From a scipy.sparse matrix of users x items (any format); stored entries are ratings, explicit zeros too.

        copy=False keeps the arrays of a CSR matrix (int32 indices in rising order, float32 values) instead of copying them: do not change them.
        """
        csr = sparse.csr_matrix(matrix) if not sparse.issparse(matrix) or matrix.format != "csr" else matrix
        starts, items, values = int64s(csr.indptr), int32s(csr.indices, "indices"), floats(csr.data)
        out = ffi.new("rec_ratings **")
        arguments = (out, *csr.shape, pointer(starts, "int64_t[]"), pointer(items, "int32_t[]"), pointer(values, "float[]"))
        check((lib.rec_ratings_from_csr if copy else lib.rec_ratings_from_csr_borrow)(*arguments))
        return cls._own(out[0], None if copy else (starts, items, values))

    @classmethod
    def from_arrays(cls, users: Any, items: Any, ratings: Any = None, times: Any = None, duplicates: str = "last") -> "Ratings":
        """From ids of users and items, whole numbers or text, a rating each (None: all 1), and times (None: none).

        duplicates says what becomes of a pair that comes twice: "last", "sum", "mean" or "greatest".

        >>> import librec
        >>> librec.Ratings.from_arrays(["ann", "bob"], ["tea", "tea"], [5, 3]).user_ids
        array(['ann', 'bob'], dtype=object)
        """
        who, what = _id_column(users), _id_column(items)
        values = None if ratings is None else floats(ratings)
        when = None if times is None else int64s(times)
        for name, column in (("items", what), ("ratings", values), ("times", when)):
            if column is not None and len(column) != len(who):
                raise InvalidError(f"{name} has {len(column)} elements; as many as users, {len(who)}, were expected")
        options, _ = _options(duplicates)
        out = ffi.new("rec_ratings_builder **")
        check(lib.rec_ratings_builder_create(out, options))
        builder = ffi.gc(out[0], lib.rec_ratings_builder_free)
        rest = pointer(values, "float[]"), pointer(when, "int64_t[]"), len(who)
        if isinstance(who, Texts) or isinstance(what, Texts):
            who, what = _as_texts(who), _as_texts(what)
            check(lib.rec_ratings_builder_add_array(builder, who.pointers, what.pointers, *rest))
        else:
            check(lib.rec_ratings_builder_add_ids_array(builder, pointer(who, "int64_t[]"), pointer(what, "int64_t[]"), *rest))
        return cls._finish(builder)

    @classmethod
    def _finish(cls, builder: Any) -> "Ratings":
        made = ffi.new("rec_ratings **")
        check(lib.rec_ratings_builder_finish(builder, made))
        return cls._own(made[0])

    @classmethod
    def from_frame(cls, frame: Any, user: str = "user", item: str = "item", rating: Optional[str] = "rating",
                   time: Optional[str] = None, duplicates: str = "last") -> "Ratings":
        """From columns of a frame: pandas, polars, anything with an Arrow stream, or a dict of arrays.

        rating=None: all ratings are 1. Ids may be text, categories or whole numbers; models fitted on them answer with the same ids.
        """
        names = [name for name in (user, item, rating, time) if name is not None]
        found = dict(zip(names, _frames.columns(frame, names)))
        for name in (rating, time):
            if name is not None and isinstance(found[name], Texts):
                raise InvalidError(f'column "{name}" is text; numbers were expected')
        made = cls.from_arrays(found[user], found[item], None if rating is None else found[rating],
                               None if time is None else found[time], duplicates)
        made._frames = _frames.library(frame)
        return made

    @classmethod
    def read(cls, path: Union[Path, Sequence[Path]], format: Optional[str] = None, duplicates: str = "last",
             scale: Optional[tuple[float, float]] = None) -> "Ratings":
        """From text files, read as one set: "csv", "lists", "counted-lists", "mtx", or None to guess; scale: the least and greatest rating there may be."""
        paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
        texts = [ffi.new("char[]", path_bytes(one)) for one in paths]
        options, _name = _options(duplicates, format, scale)
        out = ffi.new("rec_ratings **")
        check(lib.rec_ratings_read_files(out, ffi.new("const char *[]", texts), len(texts), options))
        return cls._own(out[0])

    @classmethod
    def open(cls, path: Path) -> "Ratings":
        """Map what save() wrote, in time that does not depend on its size."""
        out = ffi.new("rec_ratings **")
        check(lib.rec_ratings_open(out, path_bytes(path)))
        return cls._own(out[0])

    def save(self, path: Path) -> None:
        """Write a container file (safetensors), which open() maps."""
        check(lib.rec_ratings_save(self._handle, path_bytes(path)))

    def write(self, path: Path, format: str = "csv") -> None:
        """Write text: "csv", "lists", "counted-lists" or "mtx"."""
        check(lib.rec_ratings_write(self._handle, path_bytes(path), format.encode()))

    def join(self, other: "Ratings", duplicates: str = "last") -> "Ratings":
        """These ratings and others, matched by id; of a pair in both, by default the other's counts."""
        options, _ = _options(duplicates)
        out = ffi.new("rec_ratings_builder **")
        check(lib.rec_ratings_builder_create(out, options))
        builder = ffi.gc(out[0], lib.rec_ratings_builder_free)
        for part in (self, other):
            check(lib.rec_ratings_builder_add_ratings(builder, part._handle))
        made = self._finish(builder)
        made._frames = self._frames
        return made

    @property
    def n_users(self) -> int:
        """How many users."""
        return int(lib.rec_ratings_users(self._handle))

    @property
    def n_items(self) -> int:
        """How many items."""
        return int(lib.rec_ratings_items(self._handle))

    @property
    def shape(self) -> tuple[int, int]:
        """Users and items."""
        return self.n_users, self.n_items

    @property
    def mean(self) -> float:
        """The mean of all ratings."""
        return float(lib.rec_ratings_mean(self._handle))

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest rating."""
        both = ffi.new("float[2]")
        lib.rec_ratings_range(self._handle, both, both + 1)
        return float(both[0]), float(both[1])

    @property
    def timed(self) -> bool:
        """Whether a rating has a time."""
        return bool(lib.rec_ratings_timed(self._handle))

    @property
    def user_ids(self) -> npt.NDArray[Any]:
        """The ids of the users, by row."""
        return ids_array(lib.rec_ratings_user_ids(self._handle))

    @property
    def item_ids(self) -> npt.NDArray[Any]:
        """The ids of the items, by row."""
        return ids_array(lib.rec_ratings_item_ids(self._handle))

    def _arrays(self, timed: bool = False) -> tuple[npt.NDArray[Any], ...]:
        n = len(self)
        starts, items = np.empty(self.n_users + 1, np.int64), np.empty(n, np.int32)
        values, times = np.empty(n, np.float32), np.empty(n if timed else 0, np.int64)
        check(lib.glue_ratings_csr(self._handle, room(starts, "int64_t[]"), room(items, "int32_t[]"), room(values, "float[]"),
                                   room(times, "int64_t[]") if timed else ffi.NULL))
        return starts, items, values, times

    def to_csr(self) -> Any:
        """A scipy.sparse CSR matrix of users x items."""
        starts, items, values, _ = self._arrays()
        return sparse.csr_matrix((values, items, starts), self.shape)

    def to_frame(self, user: str = "user", item: str = "item", rating: str = "rating", time: str = "time") -> Any:
        """A frame of the library that the ratings came from; else a dict of arrays. Times only where there are some."""
        starts, items, values, times = self._arrays(self.timed)
        columns = {user: self.user_ids[np.repeat(np.arange(self.n_users), np.diff(starts))], item: self.item_ids[items], rating: values}
        if self.timed:
            columns[time] = times
        return _frames.make_frame(columns, self._frames)

    def _split(self, function: Any, *arguments: Any) -> "tuple[Ratings, Ratings]":
        train, test = ffi.new("rec_ratings **"), ffi.new("rec_ratings **")
        check(function(self._handle, *arguments, train, test))
        return Ratings._own(train[0], self, self._frames), Ratings._own(test[0], self, self._frames)

    def split_random(self, fraction: float = 0.2, seed: int = 0) -> "tuple[Ratings, Ratings]":
        """(train, test): each rating goes to test with this probability."""
        return self._split(lib.rec_split_random, fraction, seed)

    def split_per_user(self, fraction: float = 0.2, seed: int = 0) -> "tuple[Ratings, Ratings]":
        """(train, test): this share of each user's ratings goes to test."""
        return self._split(lib.rec_split_per_user, fraction, seed)

    def split_one(self, seed: int = 0) -> "tuple[Ratings, Ratings]":
        """(train, test): one rating of each user who has two goes to test."""
        return self._split(lib.rec_split_one, seed)

    def split_last(self, n: int = 1) -> "tuple[Ratings, Ratings]":
        """(train, test): the last n ratings of each user, by time, go to test."""
        return self._split(lib.rec_split_last, n)

    def split_fold(self, folds: int, fold: int, seed: int = 0) -> "tuple[Ratings, Ratings]":
        """(train, test): fold number `fold` of `folds` equal parts of the shuffled ratings is test."""
        return self._split(lib.rec_split_fold, folds, fold, seed)

    def split_time(self, folds: int, fold: int) -> "tuple[Ratings, Ratings]":
        """(train, test): slice fold + 1 of folds + 1 in order of time is test, all before it train."""
        return self._split(lib.rec_split_time, folds, fold)

    def split_users(self, users: int, fraction: float = 0.2, seed: int = 0) -> "tuple[Ratings, Ratings, Ratings]":
        """(train, histories, test): so many users are in no part of train; a share of each one's ratings goes to test, the others to histories,
        which evaluate(..., histories=...) folds in."""
        parts = [ffi.new("rec_ratings **") for _ in range(3)]
        check(lib.rec_split_users(self._handle, users, fraction, seed, *parts))
        train, histories, test = (Ratings._own(part[0], self, self._frames) for part in parts)
        return train, histories, test

    def __len__(self) -> int:
        return int(lib.rec_ratings_count(self._handle))

    def __repr__(self) -> str:
        return f"<librec.Ratings: {len(self)} ratings of {self.n_items} items by {self.n_users} users>"

    def __reduce__(self) -> Any:
        return _unpickle, (through_file(self.save), self._frames)


def through_file(save: Any) -> bytes:
    """The bytes that save(path) writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "saved")
        save(path)
        with open(path, "rb") as file:
            return file.read()


def from_bytes(data: bytes, opener: Any) -> Any:
    """What opener(path) makes of a file of these bytes; the mapping outlives the file's name."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "saved")
        with open(path, "wb") as file:
            file.write(data)
        return opener(path)


def _unpickle(data: bytes, frames: str) -> Ratings:
    made: Ratings = from_bytes(data, Ratings.open)
    made._frames = frames
    return made


def as_ratings(data: Any, y: Any = None) -> Ratings:
    """Whatever holds ratings: Ratings, a sparse matrix, a frame with columns user, item and perhaps rating, or pairs of ids and ratings y."""
    if isinstance(data, Ratings):
        return data
    if isinstance(getattr(data, "ratings", None), Ratings):
        found: Ratings = data.ratings
        return found
    if sparse.issparse(data):
        return Ratings.from_csr(data)
    if y is None and _frames.is_frame(data):
        return Ratings.from_frame(data, rating="rating" if _frames.has_column(data, "rating") else None)
    users, items = pairs(data)
    return Ratings.from_arrays(users, items, y)


def pairs(data: Any) -> tuple[Any, Any]:
    """Users and items of an array of two columns, or of a frame's first two."""
    array = np.asarray(data)
    if array.ndim != 2 or array.shape[1] != 2:
        raise InvalidError(
            f"the data are {type(data).__name__} of shape {array.shape}; Ratings, a scipy.sparse matrix, a frame with columns "
            "user and item, or an array of two columns (users, items) were expected")
    if array.dtype.kind == "f":
        whole = array.astype(np.int64)
        if (whole != array).any():
            raise InvalidError("ids are not whole numbers; whole numbers or text were expected")
        array = whole
    if array.dtype == object and all(isinstance(value, (int, np.integer)) for value in array.ravel().tolist()):
        array = array.astype(np.int64)
    return array[:, 0], array[:, 1]
