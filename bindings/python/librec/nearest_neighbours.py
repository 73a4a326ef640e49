# SPDX-License-Identifier: Apache-2.0
"""implicit's module of nearest neighbours, on librec's itemknn: sums of similarities; and its weights of matrices."""
from __future__ import annotations

from typing import Any, ClassVar, Mapping

import numpy as np
import scipy.sparse as sparse

from ._implicit import ImplicitModel
from ._tables import Value


class ItemItemRecommender(ImplicitModel):
    """Items by the dot products of their columns; the K nearest of each are kept (the item itself among them, as implicit counts)."""

    _algorithm: ClassVar[str] = "itemknn"
    _similarity: ClassVar[str] = "dot"
    _weighting: ClassVar[str] = "none"

    def __init__(self, K: int = 20, num_threads: int = 0) -> None:
        self.K = K
        self.num_threads = num_threads

    def _settings(self) -> Mapping[str, Any]:
        return {"mode": "sum", "similarity": self._similarity, "weighting": self._weighting, "neighbors": max(1, self.K - 1), "shrinkage": 0,
                "threads": self.num_threads}

    def _restore(self, values: Mapping[str, Value]) -> None:
        self.K, self.num_threads = int(values["neighbors"]) + 1, int(values["threads"])


class CosineRecommender(ItemItemRecommender):
    """Items by the cosine of their columns."""

    _similarity: ClassVar[str] = "cosine"


class TFIDFRecommender(ItemItemRecommender):
    """Items by the cosine of their columns, weighted by TF-IDF."""

    _similarity: ClassVar[str] = "cosine"
    _weighting: ClassVar[str] = "tfidf"


class BM25Recommender(ItemItemRecommender):
    """Items by the dot product of their columns, weighted by BM25."""

    _weighting: ClassVar[str] = "bm25"

    def __init__(self, K: int = 20, K1: float = 1.2, B: float = 0.75, num_threads: int = 0) -> None:
        super().__init__(K, num_threads)
        self.K1 = K1
        self.B = B

    def _settings(self) -> Mapping[str, Any]:
        return {**super()._settings(), "bm25_k1": self.K1, "bm25_b": self.B}

    def _restore(self, values: Mapping[str, Value]) -> None:
        super()._restore(values)
        self.K1, self.B = float(values["bm25_k1"]), float(values["bm25_b"])


def _idf(matrix: Any) -> Any:
    return np.log(float(matrix.shape[0])) - np.log1p(np.bincount(matrix.col, minlength=matrix.shape[1]))


def tfidf_weight(X: Any) -> Any:
    """A matrix weighted by TF-IDF, rows being documents: sqrt(x) (ln rows - ln(1 + rows with the column))."""
    matrix = sparse.coo_matrix(X, dtype=np.float64, copy=True)
    matrix.data = np.sqrt(matrix.data) * _idf(matrix)[matrix.col]
    return matrix


def bm25_weight(X: Any, K1: float = 100, B: float = 0.8) -> Any:
    """A matrix weighted by BM25, rows being documents: x (K1 + 1) / (x + K1 (1 - B + B length / mean length)) idf."""
    matrix = sparse.coo_matrix(X, dtype=np.float64, copy=True)
    lengths = np.bincount(matrix.row, matrix.data, matrix.shape[0])
    norm = (1.0 - B) + B * lengths / lengths.mean()
    matrix.data = matrix.data * (K1 + 1.0) / (K1 * norm[matrix.row] + matrix.data) * _idf(matrix)[matrix.col]
    return matrix


def normalize(X: Any) -> Any:
    """A matrix whose rows have length 1."""
    matrix = sparse.coo_matrix(X, dtype=np.float64, copy=True)
    lengths = np.sqrt(np.bincount(matrix.row, matrix.data**2, matrix.shape[0]))
    lengths[lengths == 0] = 1.0
    matrix.data = matrix.data / lengths[matrix.row]
    return matrix
