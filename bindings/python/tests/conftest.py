# SPDX-License-Identifier: Apache-2.0
"""Data that the tests share: planted tastes, so that what is right is known."""
import numpy as np
import pytest
import scipy.sparse as sparse

import librec

USERS, ITEMS, TASTES = 240, 36, 3


@pytest.fixture(scope="session")
def tastes():
    return np.random.default_rng(1).integers(0, TASTES, USERS)


@pytest.fixture(scope="session")
def plays(tastes):
    """Ones: users have about half of the items of their taste (item % 3), and few others."""
    rng = np.random.default_rng(2)
    liked = tastes[:, None] == np.arange(ITEMS) % TASTES
    has = rng.random((USERS, ITEMS)) < np.where(liked, 0.5, 0.03)
    return sparse.csr_matrix(has, dtype=np.float32)


@pytest.fixture(scope="session")
def stars():
    """(pairs of ids, ratings): 100 people and 30 things, a rating being the sum of what each is like, and some noise."""
    rng = np.random.default_rng(3)
    pairs = np.argwhere(rng.random((100, 30)) < 0.5)
    people, things = rng.normal(0, 0.7, 100), rng.normal(0, 0.7, 30)
    values = 3 + people[pairs[:, 0]] + things[pairs[:, 1]] + rng.normal(0, 0.2, len(pairs))
    return pairs + [1000, 50], values


@pytest.fixture(scope="session")
def features():
    """Items by what taste they are for."""
    return librec.Features(np.eye(TASTES, dtype=np.float32)[np.arange(ITEMS) % TASTES])


SMALL = {"factors": 4, "epochs": 8, "samples": 10, "sweeps": 10, "burn_in": 5, "iterations": 3}


def make(name):
    """A small model of an algorithm."""
    kind = type(librec.Model)  # every class is found by the name of its algorithm
    found = next(value for value in vars(librec).values() if isinstance(value, kind) and getattr(value, "_algorithm", "") == name)
    known = librec.algorithm(name).parameters
    return found(**{key: value for key, value in SMALL.items() if key in known})


@pytest.fixture(name="make")
def maker():
    """make, for tests."""
    return make


@pytest.fixture(params=librec.algorithms())
def fitted(request, plays, features):
    """A fitted model of each algorithm."""
    model = make(request.param)
    return model.fit(plays, item_features=features if "needs_item_features" in model.abilities() else None)
