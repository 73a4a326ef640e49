# SPDX-License-Identifier: Apache-2.0
"""Plots of models (needs matplotlib: pip install librec[plot]). Each draws on `ax`, or on new axes, and answers them."""
from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np

from ._errors import InvalidError, UnsupportedError
from ._measure import Evaluation
from ._model import Model
from ._ratings import as_ratings


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError("plots need matplotlib: pip install librec[plot]") from None
    return plt.subplots()[1]


def loss(model: Model, ax: Any = None) -> Any:
    """The loss after each epoch, on the training and, where it was watched, on the validation set."""
    history = model.loss_history
    if not history:
        raise UnsupportedError(f"{type(model).__name__} has no losses to draw: it does not iterate")
    ax = _axes(ax)
    for name, values in history.items():
        ax.plot(np.arange(1, len(values) + 1), values, label=name)
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss")
    ax.set_title(model._algorithm)
    ax.legend()
    return ax


def metrics(evaluations: Mapping[str, Evaluation], names: Optional[Sequence[str]] = None, ax: Any = None) -> Any:
    """Bars of metrics beside each other, an evaluation a colour; deviations over folds as whiskers."""
    if not evaluations:
        raise InvalidError("there are no evaluations; a name and an Evaluation each were expected")
    names = list(next(iter(evaluations.values()))) if names is None else list(names)
    ax, width = _axes(ax), 0.8 / len(evaluations)
    for place, (label, found) in enumerate(evaluations.items()):
        where = np.arange(len(names)) + (place - (len(evaluations) - 1) / 2) * width
        ax.bar(where, [found[name] for name in names], width, label=label, yerr=[found.deviations[name] for name in names] if found.folds else None)
    ax.set_xticks(np.arange(len(names)), names)
    ax.legend()
    return ax


def long_tail(ratings: Any, model: Optional[Model] = None, N: int = 10, ax: Any = None) -> Any:
    """How often each item is rated, the most rated first, on a logarithmic scale; with a model, how often it recommends them."""
    counts = np.bincount(as_ratings(ratings).to_csr().indices, minlength=as_ratings(ratings).n_items)
    order, ax = np.argsort(-counts, kind="stable"), _axes(ax)
    ranks = np.arange(1, len(order) + 1)
    ax.plot(ranks, counts[order], label="ratings")
    if model is not None:
        ids, _ = model.recommend(np.arange(len(model.user_ids)), N=N)
        recommended = np.bincount(ids[ids >= 0], minlength=len(counts))
        ax.plot(ranks, recommended[order], ".", markersize=2, label=f"recommended in the first {N}")
    ax.set_xscale("log")
    ax.set_yscale("symlog")
    ax.set_xlabel("item, by number of ratings")
    ax.legend()
    return ax


def embedding(model: Model, items: Any = None, labels: Union[Sequence[str], Mapping[Any, str], None] = None, ax: Any = None) -> Any:
    """Items in the plane of the two main directions of their vectors; items: rows to draw (None: all); labels: a text each, or by id."""
    vectors = np.asarray(model.item_factors, np.float64)
    rows = np.arange(len(vectors)) if items is None else np.asarray(items)
    centred = vectors - vectors.mean(axis=0)
    plane = centred[rows] @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    ax = _axes(ax)
    ax.scatter(plane[:, 0], plane[:, 1], s=8)
    if labels is not None:
        names = [labels.get(model.item_ids[row], "") for row in rows] if isinstance(labels, Mapping) else labels
        for place, name in zip(plane, names):
            ax.annotate(name, place, fontsize=7)
    return ax
