# SPDX-License-Identifier: Apache-2.0
"""A program that is never run: mypy (strict) reads it. What is right passes; each mistake is marked, and a mark without its mistake fails."""
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

import librec
from librec.als import AlternatingLeastSquares
from librec.surprise import SVD, Prediction


def right(plays: Any) -> None:
    model = librec.IALS(factors=8, solver="cg").fit(plays, show_progress=False)
    assert_type(model, librec.IALS)
    ids, scores = model.recommend(7, plays[7], N=5, filter_items=[3])
    assert_type(ids, npt.NDArray[np.int32])
    assert_type(scores, npt.NDArray[np.float32])
    assert_type(librec.evaluate(model, plays, "ndcg@10")["ndcg@10"], float)
    assert_type(librec.tune(model, plays, {"factors": [1, 2]}).best_params, dict[str, Any])
    assert_type(librec.Ratings.from_csr(plays).split_random(0.2), tuple[librec.Ratings, librec.Ratings])
    assert_type(librec.Model.load("file"), librec.Model)
    assert_type(librec.MF.load("file"), librec.MF)
    assert_type(AlternatingLeastSquares(factors=4).fit(plays), AlternatingLeastSquares)
    assert_type(SVD(n_factors=4).fit(plays).predict("ann", 3), Prediction)
    assert_type(librec.TextVectorizer(weighting="bm25").fit_transform(["tea"]), librec.Features)
    assert_type(librec.Blend([model, librec.Popular().fit(plays)]), librec.Blend)


def wrong(plays: Any) -> None:
    librec.IALS(factors="many")  # type: ignore[arg-type]
    librec.IALS(solver="magic")  # type: ignore[arg-type]
    librec.IALS(factor=8)  # type: ignore[call-arg]
    librec.IALS(8)  # type: ignore
    librec.MF(biases="no").recomend(3)  # type: ignore[arg-type, attr-defined]
    librec.TextVectorizer(norm="l3")  # type: ignore[arg-type]
    librec.Ratings.read(3)  # type: ignore[arg-type]
