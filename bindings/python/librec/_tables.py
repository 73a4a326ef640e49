# SPDX-License-Identifier: Apache-2.0
"""The algorithms and their parameters, as librec's tables have them."""
from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, Callable, NamedTuple, Optional, Union

from ._errors import RangeError, check, text
from ._librec import ffi, lib

Value = Union[bool, int, float, str]

# The flags of librec's header, whichever there are.
ABILITIES = tuple(name[4:] for name in dir(lib) if name.startswith(("REC_CAN_", "REC_NEEDS_", "REC_PREDICTS_", "REC_TAKES_")))


class Parameter(NamedTuple):
    """One row of an algorithm's table."""

    name: str
    kind: str
    help: str
    choices: tuple[str, ...]
    default: Value
    least: float
    greatest: float

    def value(self, number: float) -> Value:
        """A number of librec's as what Python calls it."""
        if self.kind == "choice":
            return self.choices[int(number)]
        if self.kind == "flag":
            return bool(number)
        return int(number) if self.kind == "whole" else number


class Algorithm(NamedTuple):
    """An algorithm: its name, one line about it, what it can do, and its parameters by name."""

    name: str
    summary: str
    scorer: str
    abilities: frozenset[str]
    parameters: dict[str, Parameter]


def _parameter(fill: Callable[[Any], int]) -> Parameter:
    row = ffi.new("rec_parameter *", lib.rec_parameter_usual())
    check(fill(row))
    kind = {lib.REC_PARAMETER_REAL: "real", lib.REC_PARAMETER_WHOLE: "whole", lib.REC_PARAMETER_CHOICE: "choice"}.get(row.kind, "flag")
    choices = tuple(text(row.choices).split("|")) if kind == "choice" else ()
    found = Parameter(text(row.name), kind, text(row.help), choices, 0, row.least, row.greatest)
    return found._replace(default=found.value(row.initial))


def _algorithm(found: Any) -> Algorithm:
    abilities = frozenset(name.lower() for name in ABILITIES if found.abilities & getattr(lib, "REC_" + name))
    name = text(found.name)
    rows = [_parameter(partial(lib.rec_algorithm_parameter, name.encode(), index)) for index in range(found.parameters)]
    return Algorithm(name, text(found.summary), text(found.scorer), abilities, {row.name: row for row in rows})


@lru_cache(maxsize=None)
def algorithm(name: str) -> Algorithm:
    """An algorithm by its name; an unknown one is an error that lists the names."""
    found = ffi.new("rec_algorithm *", lib.rec_algorithm_usual())
    check(lib.rec_algorithm_find(name.encode(), found))
    return _algorithm(found)


def algorithms() -> list[str]:
    """The names of all algorithms."""
    found, names = ffi.new("rec_algorithm *", lib.rec_algorithm_usual()), []
    for index in range(lib.rec_algorithm_count()):
        check(lib.rec_algorithm_at(index, found))
        names.append(text(found.name))
    return names


@lru_cache(maxsize=None)
def text_parameters() -> dict[str, Parameter]:
    """The parameters of vectorizers of text, by name."""
    rows: list[Parameter] = []
    while True:
        try:
            rows.append(_parameter(lambda row: lib.rec_text_parameter(len(rows), row)))
        except RangeError:
            return {row.name: row for row in rows}


def get(handle: Any, parameter: Parameter) -> Value:
    """The value that a model has for a parameter."""
    number = ffi.new("double *")
    check(lib.rec_model_get(handle, parameter.name.encode(), number))
    return parameter.value(number[0])


def put(handle: Any, name: str, value: Optional[Value]) -> None:
    """Set a parameter of a model; the sentence of an error names it."""
    if isinstance(value, str):
        check(lib.rec_model_set_text(handle, name.encode(), value.encode()))
    else:
        check(lib.rec_model_set(handle, name.encode(), float("nan") if value is None else float(value)))
