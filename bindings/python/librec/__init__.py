# SPDX-License-Identifier: Apache-2.0
"""librec: a recommender engine.

>>> import librec, scipy.sparse
>>> plays = scipy.sparse.random(200, 50, 0.2, "csr", random_state=0)
>>> model = librec.IALS(factors=8, epochs=4).fit(plays)
>>> ids, scores = model.recommend(7, N=3)
>>> len(ids)
3

There is a class for each algorithm (``librec.algorithms()``), Ratings and Features hold data, evaluate, cross_validate and tune measure;
librec.als, librec.bpr, librec.lmf and librec.nearest_neighbours have the names of the package implicit, librec.model_selection those of
Surprise.
"""
from ._algorithms import *
from ._algorithms import __all__ as _classes
from ._errors import (CancelledError, CorruptError, DivergedError, EmptyError, FileError, FormatError, InvalidError, LibrecError, NotFittedError,
                      NotFoundError, OutOfMemoryError, RangeError, UnsupportedError, VersionError)
from ._features import Features
from ._librec import ffi as _ffi, lib as _lib
from ._measure import Comparison, Evaluation, Range, Tuning, compare, cross_validate, evaluate, tune
from ._model import Model
from ._ratings import Ratings
from ._tables import algorithm, algorithms
from .model_selection import Dataset, Reader

__version__: str = _ffi.string(_lib.rec_version()).decode()

__all__ = _classes + [
    "CancelledError", "Comparison", "CorruptError", "Dataset", "DivergedError", "EmptyError", "Evaluation", "Features", "FileError", "FormatError",
    "InvalidError", "LibrecError", "Model", "NotFittedError", "NotFoundError", "OutOfMemoryError", "Range", "RangeError", "Ratings",
    "Reader", "Tuning", "UnsupportedError", "VersionError", "algorithm", "algorithms", "compare", "cross_validate", "evaluate", "tune",
]
