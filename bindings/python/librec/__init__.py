# SPDX-License-Identifier: Apache-2.0
"""librec: a recommender engine.

>>> import librec, scipy.sparse
>>> plays = scipy.sparse.random(200, 50, 0.2, "csr", random_state=0)
>>> model = librec.IALS(factors=8, epochs=4).fit(plays)
>>> ids, scores = model.recommend(7, N=3)
>>> len(ids)
3

There is a class for each algorithm (``librec.algorithms()``), Ratings and Features hold data, evaluate, cross_validate and tune measure;
librec.als, librec.bpr, librec.lmf, librec.nearest_neighbours and librec.evaluation have the names of the package implicit, librec.surprise those
of Surprise.
"""
from . import _algorithms, als, bpr, evaluation, lmf, nearest_neighbours, plot, surprise
from ._algorithms import *
from ._blend import Blend
from ._elicit import Interview
from ._errors import (CancelledError, CorruptError, DivergedError, EmptyError, FileError, FormatError, InvalidError, LibrecError, NotFittedError,
                      NotFoundError, OutOfMemoryError, RangeError, UnsupportedError, VersionError)
from ._contexts import Contexts, lifts, where
from ._features import Features
from ._file import Host, SavedFile, host
from ._librec import ffi as _ffi, lib as _lib
from ._measure import Comparison, Evaluation, Range, Stratum, Tuning, compare, cross_validate, evaluate, tune
from ._model import Model
from ._ratings import Ratings
from ._tables import algorithm, algorithms
from ._text import embed_texts, read_documents
from .surprise import Dataset, Reader

__version__: str = _ffi.string(_lib.rec_version()).decode()

__all__ = [
    "Blend", "CancelledError", "Comparison", "Contexts", "CorruptError", "Dataset", "DivergedError", "EmptyError", "Evaluation", "Features", "FileError", "FormatError",
    "Host", "Interview", "InvalidError", "LibrecError", "Model", "NotFittedError", "NotFoundError", "OutOfMemoryError", "Range", "RangeError", "Ratings",
    "Reader", "SavedFile", "Stratum", "Tuning", "UnsupportedError", "VersionError", "algorithm", "algorithms", "compare", "cross_validate", "embed_texts", "evaluate", "host",
    "lifts", "read_documents", "tune", "where", "als", "bpr", "evaluation", "lmf", "nearest_neighbours", "plot", "surprise",
]
__all__ += _algorithms.__all__
