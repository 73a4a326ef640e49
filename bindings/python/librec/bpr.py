# SPDX-License-Identifier: Apache-2.0
"""implicit's module of Bayesian personalised ranking, on librec's bpr."""
from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional

from ._pairs import Pairs


class BayesianPersonalizedRanking(Pairs):
    """Bayesian personalised ranking with implicit's parameters: plain steps, negatives drawn evenly."""

    _algorithm: ClassVar[str] = "bpr"

    def __init__(self, factors: int = 100, learning_rate: float = 0.01, regularization: float = 0.01, iterations: int = 100,
                 num_threads: int = 0, random_state: Optional[int] = None) -> None:
        self.factors = factors
        self.learning_rate = learning_rate
        self.regularization = regularization
        self.iterations = iterations
        self.num_threads = num_threads
        self.random_state = random_state

    def _settings(self) -> Mapping[str, Any]:
        return {**super()._settings(), "steps": "plain", "sampling": "uniform", "values": "one"}
