# SPDX-License-Identifier: Apache-2.0
"""implicit's module of logistic matrix factorization, on librec's logistic."""
from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional

import numpy as np

from ._implicit import FactorModel, only
from ._tables import Value


class LogisticMatrixFactorization(FactorModel):
    """Logistic matrix factorization under implicit's names. librec weighs learning_rate and regularization in each step, not in each row, so
    that their usual values are librec's."""

    _algorithm: ClassVar[str] = "logistic"
    _names = {"factors": "factors", "learning_rate": "learning_rate", "regularization": "regularization", "iterations": "epochs",
              "neg_prop": "negatives", "random_state": "seed", "num_threads": "threads"}

    def __init__(self, factors: int = 30, learning_rate: float = 0.2, regularization: float = 0.005, dtype: Any = np.float32, iterations: int = 30,
                 neg_prop: int = 30, num_threads: int = 0, random_state: Optional[int] = None) -> None:
        only("dtype", dtype, (np.float32,))
        self.factors = factors
        self.learning_rate = learning_rate
        self.regularization = regularization
        self.dtype = dtype
        self.iterations = iterations
        self.neg_prop = neg_prop
        self.num_threads = num_threads
        self.random_state = random_state

    def _restore(self, values: Mapping[str, Value]) -> None:
        super()._restore(values)
        self.dtype = np.float32
