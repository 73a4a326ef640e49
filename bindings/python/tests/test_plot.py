# SPDX-License-Identifier: Apache-2.0
"""Plots, drawn without a screen: what is drawn is what was measured."""
import numpy as np
import pytest

import librec

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot

from librec import plot


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def model(plays):
    return librec.IALS(factors=4, epochs=5).fit(plays, validation=plays)


def drawn(ax, tmp_path):
    """The axes can be drawn; a file is written."""
    ax.figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000
    return ax


def test_loss(model, tmp_path):
    ax = drawn(model.plot_loss(), tmp_path)
    lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    assert set(lines) == {"training", "validation"} and (lines["training"] == model.loss_history["training"]).all()
    assert ax.get_xlabel() == "epoch" and ax.get_title() == "ials"
    own = pyplot.subplots()[1]
    assert model.plot_loss(ax=own) is own
    with pytest.raises(librec.UnsupportedError, match="iterate"):
        librec.Popular().fit(model.ratings).plot_loss()


def test_metrics(model, plays, tmp_path):
    found = {name: librec.cross_validate(kind, plays, "ndcg@5,recall@5", folds=2) for name, kind in
             (("popular", librec.Popular()), ("ials", librec.IALS(factors=4)))}
    ax = drawn(plot.metrics(found), tmp_path)
    heights = [bar.get_height() for bars in ax.containers if hasattr(bars, "patches") for bar in bars]
    assert heights == pytest.approx([found["popular"]["ndcg@5"], found["popular"]["recall@5"], found["ials"]["ndcg@5"], found["ials"]["recall@5"]])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["ndcg@5", "recall@5"]
    assert len(plot.metrics(found, names=["recall@5"]).patches) == 2
    with pytest.raises(librec.InvalidError):
        plot.metrics({})


def test_long_tail(model, plays, tmp_path):
    ax = drawn(plot.long_tail(plays, model, N=3), tmp_path)
    rated, recommended = (line.get_ydata() for line in ax.get_lines())
    assert rated.tolist() == sorted(np.diff(plays.tocsc().indptr).tolist(), reverse=True) and recommended.sum() == 3 * plays.shape[0]


def test_embedding(model, tmp_path):
    ax = drawn(plot.embedding(model, items=[0, 3, 6, 1], labels={0: "tea", 1: "milk"}), tmp_path)
    points = ax.collections[0].get_offsets()
    assert points.shape == (4, 2) and [text.get_text() for text in ax.texts if text.get_text()] == ["tea", "milk"]
    same, other = np.linalg.norm(points[0] - points[1]), np.linalg.norm(points[0] - points[3])
    assert same < other
    assert drawn(plot.embedding(model), tmp_path).collections[0].get_offsets().shape == (36, 2)
