# SPDX-License-Identifier: Apache-2.0
"""What implicit's models that learn from pairs have in common."""
from __future__ import annotations

from typing import Any, Mapping, Optional

from ._model import Model
from ._tables import Value


class Pairs(Model):
    """factors, learning_rate, regularization, iterations, random_state and num_threads, as implicit names them."""

    _with_itself = True
    factors: int
    learning_rate: float
    regularization: float
    iterations: int
    random_state: Optional[int]
    num_threads: int

    def _settings(self) -> Mapping[str, Any]:
        return {"factors": self.factors, "learning_rate": self.learning_rate, "regularization": self.regularization, "epochs": self.iterations,
                "seed": 42 if self.random_state is None else self.random_state, "threads": self.num_threads}

    def _restore(self, values: Mapping[str, Value]) -> None:
        for name in ("factors", "learning_rate", "regularization"):
            setattr(self, name, values[name])
        self.iterations, self.random_state, self.num_threads = int(values["epochs"]), int(values["seed"]), int(values["threads"])
