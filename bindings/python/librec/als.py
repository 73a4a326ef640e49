# SPDX-License-Identifier: Apache-2.0
"""implicit's module of alternating least squares, on librec's ials."""
from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional

import numpy as np

from ._implicit import FactorModel, only
from ._tables import Value


class AlternatingLeastSquares(FactorModel):
    """Implicit alternating least squares with implicit's parameters: Hu, Koren and Volinsky's objective, confidence 1 + alpha r.

    use_cg takes conjugate gradients instead of the exact solution; num_threads 0 is all processors. Vectors are of single precision and found on
    the processor: dtype, use_native and use_gpu may say so. Losses are always kept (loss_history).
    """

    _algorithm: ClassVar[str] = "ials"
    _names = {"factors": "factors", "regularization": "regularization", "alpha": "alpha", "iterations": "epochs", "random_state": "seed",
              "num_threads": "threads"}
    _fixed = {"unobserved": 1.0, "nu": 0.0, "preference": "one", "zeros": "unobserved"}

    def __init__(self, factors: int = 100, regularization: float = 0.01, alpha: float = 1.0, dtype: Any = np.float32, use_native: bool = True,
                 use_cg: bool = True, use_gpu: bool = False, iterations: int = 15, calculate_training_loss: bool = True, num_threads: int = 0,
                 random_state: Optional[int] = None) -> None:
        only("dtype", dtype, (np.float32,))
        only("use_native", use_native, (True,))
        only("use_gpu", use_gpu, (False,))
        self.factors = factors
        self.regularization = regularization
        self.alpha = alpha
        self.dtype = dtype
        self.use_native = use_native
        self.use_cg = use_cg
        self.use_gpu = use_gpu
        self.iterations = iterations
        self.calculate_training_loss = calculate_training_loss
        self.num_threads = num_threads
        self.random_state = random_state

    def _settings(self) -> Mapping[str, Any]:
        return {**super()._settings(), "solver": "cg" if self.use_cg else "exact"}

    def _restore(self, values: Mapping[str, Value]) -> None:
        super()._restore(values)
        self.use_cg, self.use_native, self.use_gpu = values["solver"] == "cg", True, False
        self.dtype, self.calculate_training_loss = np.float32, True
