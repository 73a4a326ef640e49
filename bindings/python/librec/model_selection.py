# SPDX-License-Identifier: Apache-2.0
"""Surprise's way: Dataset and Reader, cross_validate over measures, GridSearchCV over dicts of parameters."""
from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import _measure
from ._arguments import Path
from ._errors import InvalidError
from ._model import Model
from ._ratings import Ratings


class Reader:
    """What ratings look like: the least and the greatest there may be."""

    def __init__(self, rating_scale: tuple[float, float] = (1, 5)) -> None:
        self.rating_scale = rating_scale


class Dataset:
    """Ratings under Surprise's name; every fit takes it.

    >>> import librec
    >>> data = librec.Dataset.load_from_df({"u": [1, 1, 2], "i": [7, 8, 7], "r": [3, 4, 5]}, librec.Reader((1, 5)))
    >>> data.ratings
    <librec.Ratings: 3 ratings of 2 items by 2 users>
    """

    def __init__(self, ratings: Ratings) -> None:
        self.ratings = ratings

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
        return cls(ratings)

    @classmethod
    def load_from_file(cls, file_path: Path, reader: Optional[Reader] = None) -> "Dataset":
        """From a file of lines of user, item and rating."""
        return cls(Ratings.read(file_path, scale=(reader or Reader()).rating_scale))

    def build_full_trainset(self) -> Ratings:
        """All of it, to fit on."""
        return self.ratings


def _figures(found: _measure.Evaluation, measures: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
    return {f"test_{name.lower()}": np.array([fold[name.lower()] for fold in found.folds]) for name in measures}


def cross_validate(algo: Model, data: Any, measures: Sequence[str] = ("rmse", "mae"), cv: int = 5, verbose: bool = False,
                   seed: int = 0) -> dict[str, Any]:
    """Surprise's cross_validate: "test_rmse" and the like as arrays of a figure a fold, "fit_time" and "test_time"."""
    found = _measure.cross_validate(algo, data, [name.lower() for name in measures], cv, seed=seed)
    if verbose:
        print(found)
    return {**_figures(found, measures), "fit_time": tuple(fold.fit_seconds for fold in found.folds),
            "test_time": tuple(fold.score_seconds for fold in found.folds)}


class GridSearchCV:
    """Surprise's grid search, on librec.tune: fit(data), then best_score, best_params, best_estimator by measure.

    A measure is searched by itself; the folds are the same for all.
    """

    def __init__(self, algo_class: type[Model], param_grid: Mapping[str, Sequence[Any]], measures: Sequence[str] = ("rmse", "mae"), cv: int = 5,
                 seed: int = 0) -> None:
        self.algo_class, self.param_grid, self.measures, self.cv, self.seed = algo_class, param_grid, measures, cv, seed
        self.best_score: dict[str, float] = {}
        self.best_params: dict[str, dict[str, Any]] = {}
        self.best_estimator: dict[str, Model] = {}
        self.tunings: dict[str, _measure.Tuning] = {}

    def fit(self, data: Union[Dataset, Ratings, Any]) -> "GridSearchCV":
        """Fit and measure every combination."""
        for name in (measure.lower() for measure in self.measures):
            found = _measure.tune(self.algo_class(), data, self.param_grid, name, folds=self.cv, seed=self.seed)
            self.tunings[name], self.best_score[name], self.best_params[name] = found, found.best_score, found.best_params
            self.best_estimator[name] = self.algo_class(**found.best_params)
        return self
