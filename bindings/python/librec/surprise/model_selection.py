# SPDX-License-Identifier: Apache-2.0
"""Surprise's model_selection: splits, cross_validate over measures, GridSearchCV over dicts of parameters; folds are librec's."""
from __future__ import annotations

import itertools
from typing import Any, Iterator, Mapping, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from .. import _measure
from .._errors import InvalidError
from .._model import Model
from .._ratings import Ratings, as_ratings
from ._algorithms import _seed
from ._dataset import Dataset, Test, Trainset, as_testset


def _scale(data: Any) -> Optional[tuple[float, float]]:
    return data.reader.rating_scale if isinstance(data, Dataset) else None


def train_test_split(data: Any, test_size: float = 0.2, random_state: Optional[int] = None) -> tuple[Trainset, Test]:
    """(trainset, testset): each rating goes to test with this probability."""
    train, test = as_ratings(data).split_random(test_size, _seed(random_state))
    return Trainset(train, _scale(data)), as_testset(test)


class KFold:
    """Equal parts of the shuffled ratings, each the test set once."""

    def __init__(self, n_splits: int = 5, random_state: Optional[int] = None) -> None:
        self.n_splits, self.random_state = n_splits, random_state

    def _pairs(self, data: Any) -> Iterator[tuple[Ratings, Ratings]]:
        ratings = as_ratings(data)
        return (ratings.split_fold(self.n_splits, fold, _seed(self.random_state)) for fold in range(self.n_splits))

    def split(self, data: Any) -> Iterator[tuple[Trainset, Test]]:
        """A (trainset, testset) for each part."""
        return ((Trainset(train, _scale(data)), as_testset(test)) for train, test in self._pairs(data))


class LeaveOneOut(KFold):
    """One random rating of each user is the test set, in each split another draw."""

    def _pairs(self, data: Any) -> Iterator[tuple[Ratings, Ratings]]:
        ratings = as_ratings(data)
        return (ratings.split_one(_seed(self.random_state) + split) for split in range(self.n_splits))


CV = Union[int, KFold, None]


def _folds(data: Any, cv: CV) -> list[tuple[Ratings, Ratings]]:
    return list((KFold() if cv is None else KFold(cv) if isinstance(cv, int) else cv)._pairs(data))


def cross_validate(algo: Model, data: Any, measures: Sequence[str] = ("rmse", "mae"), cv: CV = None, verbose: bool = False) -> dict[str, Any]:
    """Fit and measure on each fold: "test_rmse" and the like as arrays of a figure a fold, "fit_time" and "test_time". All processors are used."""
    found = _measure.cross_validate(algo, None, [name.lower() for name in measures], _folds(data, cv))
    if verbose:
        print(found)
    figures: dict[str, npt.NDArray[np.float64]] = {
        f"test_{name.lower()}": np.array([fold[name.lower()] for fold in found.folds]) for name in measures}
    return {**figures, "fit_time": tuple(fold.fit_seconds for fold in found.folds), "test_time": tuple(fold.score_seconds for fold in found.folds)}


def _combinations(grid: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All combinations of the values; a dict among them (sim_options, bsl_options) is a grid itself."""
    choices = [list(_combinations(values)) if isinstance(values, Mapping) else list(values) for values in grid.values()]
    return (dict(zip(grid, chosen)) for chosen in itertools.product(*choices))


class GridSearchCV:
    """Surprise's grid search: fit(data), then best_score, best_params, best_estimator, best_index by measure, and cv_results."""

    def __init__(self, algo_class: type[Model], param_grid: Mapping[str, Any], measures: Sequence[str] = ("rmse", "mae"), cv: CV = None,
                 refit: bool = False) -> None:
        self.algo_class, self.param_grid, self.measures, self.cv, self.refit = algo_class, param_grid, [name.lower() for name in measures], cv, refit
        self.best_score: dict[str, float] = {}
        self.best_params: dict[str, dict[str, Any]] = {}
        self.best_estimator: dict[str, Model] = {}
        self.best_index: dict[str, int] = {}
        self.cv_results: dict[str, Any] = {}

    def fit(self, data: Any) -> "GridSearchCV":
        """Fit and measure every combination on the same folds."""
        points, folds = list(_combinations(self.param_grid)), _folds(data, self.cv)
        if not points:
            raise InvalidError("param_grid has no combination; values for each parameter were expected")
        found = [_measure.cross_validate(self.algo_class(**point), None, self.measures, folds) for point in points]
        self.cv_results = {"params": points, "mean_fit_time": np.array([one.fit_seconds / len(folds) for one in found]),
                           "mean_test_time": np.array([one.score_seconds / len(folds) for one in found])}
        for name in self.measures:
            self._rank(name, points, [one[name] for one in found], [one.deviations[name] for one in found])
        if self.refit:
            self.best_estimator[self.measures[0]].fit(Trainset(as_ratings(data), _scale(data)))
        return self

    def _rank(self, name: str, points: list[dict[str, Any]], means: list[float], deviations: list[float]) -> None:
        order = np.argsort(means if name != "fcp" else -np.array(means), kind="stable")
        best = int(order[0])
        self.best_index[name], self.best_score[name], self.best_params[name] = best, means[best], points[best]
        self.best_estimator[name] = self.algo_class(**points[best])
        ranks = np.empty(len(points), int)
        ranks[order] = np.arange(1, len(points) + 1)
        self.cv_results.update({f"mean_test_{name}": np.array(means), f"std_test_{name}": np.array(deviations), f"rank_test_{name}": ranks})
