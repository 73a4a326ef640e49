# SPDX-License-Identifier: Apache-2.0
"""Every status of librec as an exception that carries the library's sentence."""
from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

from ._librec import ffi, lib


class LibrecError(Exception):
    """Something that librec refused or could not do; the text is the library's sentence.

    ``status`` is the name of librec's status, such as ``"REC_ERR_RANGE"``.
    """

    status = ""


class InvalidError(LibrecError, ValueError):
    """An argument that makes no sense."""


class RangeError(LibrecError, ValueError, IndexError):
    """A row, a value or a parameter beyond its bounds."""


class NotFoundError(LibrecError, LookupError):
    """An id, an algorithm, a parameter or an array that does not exist."""


class NotFittedError(LibrecError, ValueError, AttributeError):
    """A model that has to be fitted first."""


class UnsupportedError(LibrecError, NotImplementedError):
    """What this algorithm, file or build cannot do."""


class OutOfMemoryError(LibrecError, MemoryError):
    """No memory was left."""


class FileError(LibrecError, OSError):
    """A file that could not be read or written."""


class FormatError(LibrecError, ValueError):
    """Malformed input; the sentence says where."""


class CorruptError(LibrecError, ValueError):
    """A damaged file."""


class VersionError(LibrecError, ValueError):
    """A file of a newer version."""


class CancelledError(LibrecError):
    """A callback asked to stop."""


class DivergedError(LibrecError, ArithmeticError):
    """A fit whose numbers grew without bounds."""


class EmptyError(LibrecError, ValueError):
    """No data where some are needed."""


_TYPES: dict[str, type[LibrecError]] = {
    "REC_ERR_INVALID": InvalidError,
    "REC_ERR_RANGE": RangeError,
    "REC_ERR_NOT_FOUND": NotFoundError,
    "REC_ERR_NOT_FITTED": NotFittedError,
    "REC_ERR_UNSUPPORTED": UnsupportedError,
    "REC_ERR_NO_MEMORY": OutOfMemoryError,
    "REC_ERR_IO": FileError,
    "REC_ERR_FORMAT": FormatError,
    "REC_ERR_CORRUPT": CorruptError,
    "REC_ERR_VERSION": VersionError,
    "REC_ERR_CANCELLED": CancelledError,
    "REC_ERR_DIVERGED": DivergedError,
    "REC_ERR_EMPTY": EmptyError,
}

for _kind in (LibrecError, *_TYPES.values()):
    _kind.__module__ = "librec"


def text(pointer: Any) -> str:
    """A C string; empty for NULL."""
    return "" if pointer == ffi.NULL else bytes(ffi.string(pointer)).decode("utf-8", "replace")


def error(status: int) -> LibrecError:
    """The exception of a status, with the sentence of the last failure on this thread."""
    name = text(lib.rec_status_name(status))
    exception = _TYPES.get(name, LibrecError)(text(lib.rec_last_error()) or text(lib.rec_status_text(status)))
    exception.status = name
    return exception


def not_fitted(sentence: str) -> NotFittedError:
    """Said by Python itself, before C is asked; where scikit-learn is loaded, the exception is also its own of that name."""
    theirs = getattr(sys.modules.get("sklearn.exceptions"), "NotFittedError", None)
    kind = NotFittedError if theirs is None else _with_theirs(theirs)
    exception = kind(sentence)
    exception.status = "REC_ERR_NOT_FITTED"
    return exception


@lru_cache(maxsize=None)
def _with_theirs(theirs: Any) -> type[NotFittedError]:
    return type("NotFittedError", (NotFittedError, theirs), {"__doc__": NotFittedError.__doc__, "__module__": "librec"})


def check(status: int) -> None:
    """Raise unless all went well."""
    if status:
        raise error(status)
