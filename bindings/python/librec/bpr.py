# SPDX-License-Identifier: Apache-2.0
"""implicit's module of Bayesian personalised ranking, on librec's bpr."""
from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional

import numpy as np

from ._implicit import FactorModel, only
from ._tables import Value


class BayesianPersonalizedRanking(FactorModel):
    """Bayesian personalised ranking with implicit's parameters: plain steps, negatives drawn evenly among what a user lacks."""

    _algorithm: ClassVar[str] = "bpr"
    _names = {"factors": "factors", "learning_rate": "learning_rate", "regularization": "regularization", "iterations": "epochs",
              "random_state": "seed", "num_threads": "threads"}
    _fixed = {"steps": "plain", "sampling": "uniform", "values": "one"}

    def __init__(self, factors: int = 100, learning_rate: float = 0.01, regularization: float = 0.01, dtype: Any = np.float32,
                 iterations: int = 100, num_threads: int = 0, verify_negative_samples: bool = True, random_state: Optional[int] = None) -> None:
        only("dtype", dtype, (np.float32,))
        only("verify_negative_samples", verify_negative_samples, (True,))
        self.factors = factors
        self.learning_rate = learning_rate
        self.regularization = regularization
        self.dtype = dtype
        self.iterations = iterations
        self.num_threads = num_threads
        self.verify_negative_samples = verify_negative_samples
        self.random_state = random_state

    def _restore(self, values: Mapping[str, Value]) -> None:
        super()._restore(values)
        self.dtype, self.verify_negative_samples = np.float32, True
