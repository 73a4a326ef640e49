# SPDX-License-Identifier: Apache-2.0
"""Programs for implicit, with the import changed; and beside implicit itself, where it is installed."""
import importlib

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse

import librec
from librec.als import AlternatingLeastSquares
from librec.bpr import BayesianPersonalizedRanking
from librec.lmf import LogisticMatrixFactorization
from librec.nearest_neighbours import BM25Recommender, CosineRecommender, ItemItemRecommender, TFIDFRecommender, bm25_weight

KINDS = [lambda: AlternatingLeastSquares(factors=4, random_state=1), lambda: BayesianPersonalizedRanking(factors=4, learning_rate=0.1, random_state=1),
         lambda: LogisticMatrixFactorization(factors=4, random_state=1), lambda: CosineRecommender(K=12), lambda: TFIDFRecommender(K=12),
         lambda: BM25Recommender(K=12), lambda: ItemItemRecommender(K=12)]


def artists_and_plays():
    """What implicit's tutorial downloads, in small: names of artists, and how often users have played them, artists x users."""
    rng = np.random.default_rng(0)
    tastes = rng.integers(0, 4, 200)
    plays = (rng.random((60, 200)) < np.where(np.arange(60)[:, None] % 4 == tastes, 0.4, 0.02)) * rng.geometric(0.1, (60, 200))
    return np.array([f"artist {n}" for n in range(60)]), np.array([f"user {n}" for n in range(200)]), sparse.csr_matrix(plays, dtype=np.float32)


def test_the_tutorial(tmp_path):
    # The steps and calls of implicit's tutorial, on data of the same form; only imports are changed, and the 64 factors are 8, as there are 60 artists.
    artists, users, artist_user_plays = artists_and_plays()
    artist_user_plays = bm25_weight(artist_user_plays, K1=100, B=0.8)
    user_plays = artist_user_plays.T.tocsr()
    model = AlternatingLeastSquares(factors=8, regularization=0.05, alpha=2.0)
    model.fit(user_plays)
    userid = 133
    ids, scores = model.recommend(userid, user_plays[userid], N=10, filter_already_liked_items=False)
    table = pd.DataFrame({"artist": artists[ids], "score": scores, "already_liked": np.isin(ids, user_plays[userid].indices)})
    assert len(table) == 10 and (np.diff(table["score"]) <= 0).all() and table["already_liked"].any()
    itemid = 12
    ids, scores = model.similar_items(itemid)
    assert artists[ids[0]] == "artist 12" and scores[0] == pytest.approx(1, abs=1e-5) and (ids % 4 == 0).mean() >= 0.7 and len(ids) == 10
    userids = np.arange(100)
    ids, scores = model.recommend(userids, user_plays[userids])
    assert ids.shape == scores.shape == (100, 10)
    assert not np.asarray(user_plays[np.arange(100)[:, None], ids].todense()).any()
    model.save(tmp_path / "model.npz")
    again = AlternatingLeastSquares.load(tmp_path / "model.npz")
    assert again.get_params() == {**model.get_params(), "random_state": 42}
    assert (again.recommend(userids, user_plays[userids])[0] == ids).all()


@pytest.mark.parametrize("make", KINDS)
def test_call_forms(make, plays, tastes):
    model = make()
    steps = []
    model.fit(plays, show_progress=False, callback=lambda iteration, seconds, loss: steps.append(iteration))
    ids, scores = model.recommend(3, plays[3], N=5, filter_items=[0, 1], filter_already_liked_items=True)
    assert set(ids.tolist()).isdisjoint([0, 1, *plays[3].indices])
    assert (ids % 3 == tastes[3]).mean() >= 0.6
    chosen, _ = model.recommend(3, plays[3], items=np.array([2, 3, 4, 5, 6]), filter_already_liked_items=False)
    assert sorted(chosen.tolist()) == [2, 3, 4, 5, 6] or len(chosen) < 5
    assert model.rank_items(3, plays[3], [2, 3, 4, 5, 6])[0].tolist() == chosen.tolist()
    assert (model.recommend_all(plays, N=4) == model.recommend(np.arange(plays.shape[0]), plays, N=4)[0]).all()
    near, scores = model.similar_items(7, N=4)
    assert near[0] == 7 and 4 == len(near) and (np.diff(scores) <= 0).all()
    near, _ = model.similar_items([7, 8], N=4, filter_items=[7])
    assert near.shape == (2, 4) and 7 not in near
    assert isinstance(pickled(model), type(model)) and pickled(model).get_params() == model.get_params()


def pickled(model):
    import pickle

    return pickle.loads(pickle.dumps(model))


def test_vectors_are_recalculated(plays):
    model = AlternatingLeastSquares(factors=6, regularization=0.1, use_cg=False, iterations=200, random_state=3).fit(plays)
    assert np.allclose(model.recalculate_user(5, plays[5]), model.user_factors[5], atol=2e-3)
    both = model.recalculate_user(np.array([5, 9]), plays[[5, 9]])
    assert both.shape == (2, 6) and (both[0] == model.recalculate_user(5, plays[5])).all()
    by_item = plays.T.tocsr()
    assert np.allclose(model.recalculate_item(4, by_item[4]), model.item_factors[4], atol=2e-3)
    assert model.recalculate_item([4, 5], by_item[[4, 5]]).shape == (2, 6)
    # Normal equations, in NumPy: (Y'Y + alpha sum of y y' + lambda) x = sum of (1 + alpha) y.
    y = np.asarray(model.item_factors, np.float64)
    own = y[plays[5].indices]
    x = np.linalg.solve(y.T @ y + own.T @ own + 0.1 * np.eye(6), 2 * own.sum(axis=0))
    assert np.allclose(model.recalculate_user(5, plays[5]), x, atol=1e-4)
    ids, _ = model.recommend(5, plays[5], recalculate_user=True, N=36)
    scores = y @ x
    scores[plays[5].indices] = -np.inf
    assert ids.tolist() == np.argsort(-scores, kind="stable")[: len(ids)].tolist()
    assert np.allclose(model.item_norms, np.linalg.norm(y, axis=1)) and len(model.user_norms) == 240


def test_what_happened_since_enters(plays):
    model = AlternatingLeastSquares(factors=6, iterations=5).fit(plays)
    n_users, n_items = plays.shape
    before, items = np.array(model.user_factors), np.array(model.item_factors)
    model.partial_fit_users([5, n_users], plays[[9, 11]])
    assert (model.user_factors[5] != before[5]).any() and (model.user_factors[6] == before[6]).all()
    assert (model.user_factors[5] == model.recalculate_user(5, plays[9])).all() and (model.item_factors == items).all()
    assert model.user_factors.shape == (n_users + 1, 6)
    assert (model.user_factors[n_users] == model.recalculate_user(0, plays[11])).all()
    seen = plays[9].indices
    assert not np.isin(model.recommend(5, None, N=n_items, filter_already_liked_items=True)[0], seen).any()
    who = sparse.csr_matrix(plays.T.tocsr()[3])
    model.partial_fit_items([4, n_items], sparse.vstack([who, who]))
    assert model.item_factors.shape == (n_items + 1, 6) and (model.item_factors[4] == model.item_factors[n_items]).all()
    assert np.allclose(model.item_factors[4], model.recalculate_item(4, who), rtol=1e-5) and (model.item_factors[5] == items[5]).all()
    for ids, rows in (([1, 1], plays[[1, 2]]), ([1], plays[[1, 2]]), ([-1], plays[1])):
        with pytest.raises(librec.InvalidError):
            model.partial_fit_users(ids, rows)
    with pytest.raises(librec.InvalidError, match="nothing in row 0"):
        model.partial_fit_users([1], sparse.csr_matrix((1, n_items)))


def test_explanations_in_their_form(plays):
    model = AlternatingLeastSquares(factors=6).fit(plays)
    item = int(model.recommend(5, plays[5], N=1)[0][0])
    score, top, weights = model.explain(5, plays, item)
    assert len(top) <= 10 and score > 0 and all(isinstance(row, int) for row, _ in top)


def test_what_librec_has_not_is_refused():
    for wrong in ({"use_gpu": True}, {"dtype": np.float64}, {"use_native": False}):
        with pytest.raises(librec.UnsupportedError):
            AlternatingLeastSquares(**wrong)
    with pytest.raises(librec.UnsupportedError):
        BayesianPersonalizedRanking(verify_negative_samples=False)


def test_splits_and_metrics(plays):
    from librec.evaluation import auc_at_k, leave_k_out_split, ndcg_at_k, precision_at_k, ranking_metrics_at_k, train_test_split

    train, test = train_test_split(plays, 0.75, random_state=4)
    assert ((train + test) != plays).nnz == 0 and 0.7 < train.nnz / plays.nnz < 0.8
    model = AlternatingLeastSquares(factors=6, random_state=0).fit(train)
    found = ranking_metrics_at_k(model, train, test, K=5)
    assert set(found) == {"precision", "map", "ndcg", "auc"} and found["auc"] > 0.75
    assert precision_at_k(model, train, test, K=5) == found["precision"] and ndcg_at_k(model, train, test, K=5) == found["ndcg"]
    assert auc_at_k(model, train, test) == found["auc"]
    train, test = leave_k_out_split(plays, K=2, random_state=1)
    assert ((train + test) != plays).nnz == 0 and set(np.diff(test.indptr).tolist()) <= {0, 1, 2}


def test_the_same_weights_and_lists_as_implicit():
    implicit = pytest.importorskip("implicit")
    theirs = importlib.import_module("implicit.nearest_neighbours")
    _, _, plays = artists_and_plays()
    for name in ("bm25_weight", "tfidf_weight", "normalize"):
        ours = getattr(librec.nearest_neighbours, name)
        assert np.allclose(ours(plays).toarray(), getattr(theirs, name)(plays).toarray(), rtol=1e-5), name
    users = plays.T.tocsr()
    found = CosineRecommender(K=20).fit(users).recommend(np.arange(200), users, N=3)[0]
    expected = theirs.CosineRecommender(K=20)
    expected.fit(users, show_progress=False)
    assert (found == expected.recommend(np.arange(200), users, N=3)[0]).mean() > 0.9, implicit.__version__
