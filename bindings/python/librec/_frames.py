# SPDX-License-Identifier: Apache-2.0
"""Data frames of any library in, and frames of the same library out."""
from __future__ import annotations

import sys
from typing import Any, Mapping, Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import _arrow
from ._arguments import Texts
from ._errors import InvalidError, NotFoundError


def is_frame(data: Any) -> bool:
    """Whether it has named columns."""
    return hasattr(data, "columns") or isinstance(data, Mapping) or hasattr(data, "__arrow_c_stream__")


def _names(frame: Any) -> Optional[list[str]]:
    if isinstance(frame, Mapping):
        return [str(name) for name in frame]
    found = getattr(frame, "column_names", None) or getattr(frame, "columns", None)
    if found is None:
        return None
    names = [getattr(name, "name", name) if not isinstance(name, (str, int)) else name for name in found]
    return [str(name) for name in names if isinstance(name, (str, int))] or None


def has_column(frame: Any, name: str) -> bool:
    """Whether there is a column of that name."""
    return name in (_names(frame) or [])


def _numpy(frame: Any, name: str) -> _arrow.Column:
    column = frame[name]
    array = np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)
    if array.dtype.kind == "M":
        return array.astype("datetime64[s]").astype(np.int64)
    if array.dtype.kind in "iuf":
        return array
    if any(value is None or value != value for value in array.tolist()):
        raise InvalidError(f'column "{name}" has missing values; a value in every row was expected')
    return Texts.encode(array.tolist())


def columns(frame: Any, names: Sequence[str]) -> list[_arrow.Column]:
    """The named columns: numbers as arrays, text ready for C."""
    present = _names(frame)
    for name in names:
        if present is not None and name not in present:
            raise NotFoundError(f'the frame has no column "{name}"; it has {", ".join(present)}')
    found = _arrow.columns(frame[list(dict.fromkeys(names))] if hasattr(frame, "loc") else frame, names)
    return found if found is not None else [_numpy(frame, name) for name in names]


def library(frame: Any) -> str:
    """Who made the frame: "pandas", "polars", ... or "" for one that is remade as a dict."""
    name = type(frame).__module__.split(".")[0]
    return name if name in ("pandas", "polars", "pyarrow") else ""


def make_frame(columns: Mapping[str, npt.NDArray[Any]], made_by: str) -> Any:
    """A frame of that library, which is loaded already; a dict of arrays where there is none."""
    module = sys.modules.get(made_by)
    if module is None:
        return dict(columns)
    if made_by == "pyarrow":
        return module.table(dict(columns))
    return module.DataFrame({name: values.tolist() if values.dtype == object else values for name, values in columns.items()})
