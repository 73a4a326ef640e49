# SPDX-License-Identifier: Apache-2.0
"""implicit's module of evaluation: splits of sparse matrices and metrics of rankings."""
from __future__ import annotations

from typing import Any

import scipy.sparse as sparse

from ._measure import evaluate
from ._model import Model
from ._ratings import Ratings, as_ratings

__all__ = ["auc_at_k", "leave_k_out_split", "mean_average_precision_at_k", "ndcg_at_k", "precision_at_k", "ranking_metrics_at_k",
           "train_test_split"]


def _both(split: tuple[Ratings, Ratings]) -> tuple[Any, Any]:
    return split[0].to_csr(), split[1].to_csr()


def train_test_split(ratings: Any, train_percentage: float = 0.8, random_state: int = 0) -> tuple[Any, Any]:
    """(train, test) matrices: each rating goes to train with this probability."""
    return _both(as_ratings(sparse.csr_matrix(ratings)).split_random(1.0 - train_percentage, random_state))


def leave_k_out_split(ratings: Any, K: int = 1, random_state: int = 0) -> tuple[Any, Any]:
    """(train, test) matrices: K random ratings of each user who has more go to test."""
    train: Any = as_ratings(sparse.csr_matrix(ratings))
    test: Any = None
    for step in range(K):
        train, one = train.split_one(random_state + step)
        test = one.to_csr() if test is None else test + one.to_csr()
    return train.to_csr(), test.tocsr()


def ranking_metrics_at_k(model: Model, train_user_items: Any, test_user_items: Any, K: int = 10, show_progress: bool = False,
                         num_threads: int = 0) -> dict[str, float]:
    """precision, map, ndcg and auc of a model fitted on train_user_items, by librec's definitions: what users have is left out."""
    found = evaluate(model, test_user_items, [f"capped_precision@{K}", f"map@{K}", f"ndcg@{K}", "auc"])
    return dict(zip(("precision", "map", "ndcg", "auc"), found.values()))


def _metric(model: Model, test: Any, name: str) -> float:
    return evaluate(model, test, [name])[name]


def precision_at_k(model: Model, train_user_items: Any, test_user_items: Any, K: int = 10, show_progress: bool = False, num_threads: int = 0) -> float:
    """Hits over min(K, test items), the mean over users."""
    return _metric(model, test_user_items, f"capped_precision@{K}")


def mean_average_precision_at_k(model: Model, train_user_items: Any, test_user_items: Any, K: int = 10, show_progress: bool = False,
                                num_threads: int = 0) -> float:
    """Mean average precision of the first K."""
    return _metric(model, test_user_items, f"map@{K}")


def ndcg_at_k(model: Model, train_user_items: Any, test_user_items: Any, K: int = 10, show_progress: bool = False, num_threads: int = 0) -> float:
    """Normalized discounted cumulative gain of the first K."""
    return _metric(model, test_user_items, f"ndcg@{K}")


def auc_at_k(model: Model, train_user_items: Any, test_user_items: Any, K: int = 10, show_progress: bool = False, num_threads: int = 0) -> float:
    """The chance that a test item scores above one that is neither test nor training item, over whole rankings: K does not count."""
    return _metric(model, test_user_items, "auc")
