# SPDX-License-Identifier: Apache-2.0
"""Surprise's accuracy: errors of a list of predictions."""
from __future__ import annotations

from collections import defaultdict
from typing import Any, Sequence

import numpy as np

from .._errors import EmptyError


def _said(name: str, value: float, verbose: bool) -> float:
    if verbose:
        print(f"{name}: {value:1.4f}")
    return value


def _errors(predictions: Sequence[Any]) -> Any:
    if not predictions:
        raise EmptyError("there are no predictions; a list with some was expected")
    return np.array([float(one.r_ui) - one.est for one in predictions])


def rmse(predictions: Sequence[Any], verbose: bool = True) -> float:
    """The root of the mean squared error."""
    return _said("RMSE", float(np.sqrt(np.mean(_errors(predictions) ** 2))), verbose)


def mse(predictions: Sequence[Any], verbose: bool = True) -> float:
    """The mean squared error."""
    return _said("MSE", float(np.mean(_errors(predictions) ** 2)), verbose)


def mae(predictions: Sequence[Any], verbose: bool = True) -> float:
    """The mean absolute error."""
    return _said("MAE", float(np.mean(np.abs(_errors(predictions)))), verbose)


def fcp(predictions: Sequence[Any], verbose: bool = True) -> float:
    """The fraction of concordant pairs: how often two of a user's ratings are predicted in their order."""
    _errors(predictions)
    of_user = defaultdict(list)
    for one in predictions:
        of_user[one.uid].append((one.r_ui, one.est))
    right = wrong = 0
    for pairs in of_user.values():
        truth, guess = np.array(pairs, np.float64).T
        greater = truth[:, None] > truth
        right += int((greater & (guess[:, None] > guess)).sum())
        wrong += int((greater & (guess[:, None] <= guess)).sum())
    if right + wrong == 0:
        raise EmptyError("no user has two different ratings; fcp compares them")
    return _said("FCP", right / (right + wrong), verbose)
