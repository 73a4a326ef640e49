# SPDX-License-Identifier: Apache-2.0
"""implicit's module of alternating least squares, on librec's ials."""
from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional

from ._model import Model
from ._tables import Value


class AlternatingLeastSquares(Model):
    """Implicit alternating least squares with implicit's parameters: Hu, Koren and Volinsky's objective, confidence 1 + alpha r.

    use_cg takes conjugate gradients instead of the exact solution; num_threads 0 is all processors. similar_items names the item itself first,
    as implicit does.
    """

    _algorithm: ClassVar[str] = "ials"
    _with_itself = True

    def __init__(self, factors: int = 100, regularization: float = 0.01, alpha: float = 1.0, iterations: int = 15, use_cg: bool = True,
                 random_state: Optional[int] = None, num_threads: int = 0) -> None:
        self.factors = factors
        self.regularization = regularization
        self.alpha = alpha
        self.iterations = iterations
        self.use_cg = use_cg
        self.random_state = random_state
        self.num_threads = num_threads

    def _settings(self) -> Mapping[str, Any]:
        return {"factors": self.factors, "regularization": self.regularization, "alpha": self.alpha, "epochs": self.iterations,
                "solver": "cg" if self.use_cg else "exact", "seed": 42 if self.random_state is None else self.random_state,
                "threads": self.num_threads, "unobserved": 1.0, "nu": 0.0, "preference": "one", "zeros": "unobserved"}

    def _restore(self, values: Mapping[str, Value]) -> None:
        for name in ("factors", "regularization", "alpha"):
            setattr(self, name, values[name])
        self.iterations, self.use_cg = int(values["epochs"]), values["solver"] == "cg"
        self.random_state, self.num_threads = int(values["seed"]), int(values["threads"])
