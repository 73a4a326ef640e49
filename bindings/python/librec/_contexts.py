# SPDX-License-Identifier: Apache-2.0
"""Contexts: in what circumstances ratings were given."""
from __future__ import annotations

import os
from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import _frames
from ._arguments import Floats, Int32s, Int64s, Path, Texts, names, path_bytes, pointer, room
from ._errors import InvalidError, check
from ._ids import ids_array
from ._librec import ffi, lib
from ._ratings import Ratings, _as_texts, _id_column, as_ratings

Words = Union[str, Sequence[str]]


class Contexts:
    """Values of a few fields (device, place, mood) for pairs of a user and an item, matched with ratings by id; immutable.

    A missing value (None, NaN, "") is unknown.

    >>> import librec
    >>> librec.Contexts.from_arrays(["ann", "bob"], ["tea", "tea"], device=["mobile", "desk"])
    <librec.Contexts: device of 2 pairs>
    """

    def __init__(self) -> None:
        raise TypeError("Contexts are made by Contexts.from_arrays, from_frame or read")

    _handle: Any

    @classmethod
    def _own(cls, handle: Any) -> "Contexts":
        made = cls.__new__(cls)
        made._handle = ffi.gc(handle, lib.rec_contexts_free)
        return made

    @classmethod
    def from_arrays(cls, users: Any, items: Any, **fields: Any) -> "Contexts":
        """From ids of users and items, and an array of values for each field."""
        return cls._make(_id_column(users), _id_column(items), {name: _words(values) for name, values in fields.items()})

    @classmethod
    def from_frame(cls, frame: Any, fields: Words, user: str = "user", item: str = "item") -> "Contexts":
        """From columns of a frame: pandas, polars, anything with an Arrow stream, or a dict of arrays."""
        wanted = [fields] if isinstance(fields, str) else list(fields)
        who, what = _frames.columns(frame, [user, item])
        return cls._make(_id_column(who), _id_column(what), {name: _words(frame[name]) for name in wanted})

    @classmethod
    def _make(cls, users: Union[Texts, Int64s], items: Union[Texts, Int64s], fields: Mapping[str, list[str]]) -> "Contexts":
        for name, column in (("items", items), *fields.items()):
            if len(column) != len(users):
                raise InvalidError(f"{name} has {len(column)} elements; as many as users, {len(users)}, were expected")
        values = Texts.encode([value for row in zip(*fields.values()) for value in row], "a value")
        out, rest = ffi.new("rec_contexts **"), (values.pointers, len(users))
        named = ffi.new("char[]", names(list(fields)))
        if isinstance(users, Texts) or isinstance(items, Texts):
            who, what = _as_texts(users), _as_texts(items)
            check(lib.rec_contexts_from_arrays(out, named, who.pointers, what.pointers, *rest))
        else:
            check(lib.rec_contexts_from_ids(out, named, pointer(users, "int64_t[]"), pointer(items, "int64_t[]"), *rest))
        return cls._own(out[0])

    @classmethod
    def read(cls, path: Union[Path, Sequence[Path]], fields: Words) -> "Contexts":
        """From named columns of csv files, whose first two are users and items."""
        paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
        texts = [ffi.new("char[]", path_bytes(one)) for one in paths]
        out = ffi.new("rec_contexts **")
        check(lib.rec_contexts_read(out, ffi.new("const char *[]", texts), len(texts), names(fields)))
        return cls._own(out[0])

    @property
    def fields(self) -> npt.NDArray[Any]:
        """The names of the fields."""
        return ids_array(lib.rec_contexts_fields(self._handle))

    @property
    def values(self) -> npt.NDArray[Any]:
        """Every value that was met, as "FIELD=VALUE"."""
        return ids_array(lib.rec_contexts_values(self._handle))

    def __len__(self) -> int:
        return int(lib.rec_contexts_count(self._handle))

    def __repr__(self) -> str:
        return f"<librec.Contexts: {', '.join(self.fields)} of {len(self)} pairs>"


def where(ratings: Any, condition: str, contexts: Optional[Contexts] = None) -> Ratings:
    """The ratings that were given where "device=mobile|tv,hour=18-23,weekday=mon-fri" holds, to learn from them alone (pre-filtering).

    hour, weekday and zone (hours added) are of the ratings' times, other fields of the contexts; all terms hold at once.
    """
    out, data = ffi.new("rec_ratings **"), as_ratings(ratings)
    check(lib.rec_ratings_where(out, data._handle, ffi.NULL if contexts is None else contexts._handle, condition.encode()))
    return Ratings._own(out[0], data, data._frames)


def lifts(ratings: Any, condition: str, contexts: Optional[Contexts] = None, smoothing: float = 10) -> Floats:
    """How much more often than all an item is met where the condition holds: for recommend(..., item_factors=...) (post-filtering)."""
    data = as_ratings(ratings)
    found = np.empty(data.n_items, np.float32)
    check(lib.rec_ratings_lifts(data._handle, ffi.NULL if contexts is None else contexts._handle, condition.encode(), smoothing,
                                room(found, "float[]")))
    return found


def _words(values: Any) -> list[str]:
    """Values as text; what is missing is empty."""
    array = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    return ["" if value is None or value != value else str(value) for value in array.tolist()]


def context_rows(model: Any, context: Union[str, Mapping[str, Any], None]) -> Any:
    """Rows of the values of {"device": "mobile"}, or "device=mobile", among the model's names; None where there are none."""
    if not context:
        return None
    pairs = context.split(",") if isinstance(context, str) else [f"{name}={value}" for name, value in context.items()]
    rows, one, n = [], ffi.new("int32_t[1]"), ffi.new("int32_t *")
    for pair in pairs:
        known = lib.rec_model_context_names(model)
        if known != ffi.NULL and lib.rec_ids_find(known, pair.encode(), one) == lib.REC_OK:
            rows.append(one[0])
        else:
            check(lib.rec_model_find_context(model, pair.encode(), one, 1, n))
    found: Int32s = np.array(rows, np.int32)
    return found
