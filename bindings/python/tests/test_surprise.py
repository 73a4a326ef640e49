# SPDX-License-Identifier: Apache-2.0
"""Programs for Surprise, with the import changed."""
import pickle

import numpy as np
import pandas as pd
import pytest

import librec
from librec.surprise import (NMF, SVD, BaselineOnly, CoClustering, Dataset, KNNBaseline, KNNBasic, KNNWithMeans, KNNWithZScore, NormalPredictor,
                             Reader, SlopeOne, SVDpp, accuracy)
from librec.surprise.model_selection import GridSearchCV, KFold, LeaveOneOut, cross_validate, train_test_split

ALL = [NMF, SVD, SVDpp, BaselineOnly, CoClustering, KNNBaseline, KNNBasic, KNNWithMeans, KNNWithZScore, NormalPredictor, SlopeOne]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    pairs = np.argwhere(rng.random((80, 40)) < 0.4)
    people, things = rng.normal(0, 0.8, 80), rng.normal(0, 0.8, 40)
    values = np.clip(np.rint(3 + people[pairs[:, 0]] + things[pairs[:, 1]] + rng.normal(0, 0.3, len(pairs))), 1, 5)
    frame = pd.DataFrame({"userID": [f"user {n}" for n in pairs[:, 0]], "itemID": pairs[:, 1] + 100, "rating": values})
    return Dataset.load_from_df(frame[["userID", "itemID", "rating"]], Reader(rating_scale=(1, 5)))


def test_getting_started(data, capsys):
    cross_validate(SVD(random_state=0), data, measures=["RMSE", "MAE"], cv=5, verbose=True)
    assert "rmse" in capsys.readouterr().out
    trainset, testset = train_test_split(data, test_size=0.25)
    algo = SVD(n_factors=10, random_state=0)
    algo.fit(trainset)
    predictions = algo.test(testset)
    error = accuracy.rmse(predictions)
    assert capsys.readouterr().out == f"RMSE: {error:1.4f}\n" and error < 0.85
    trainset = data.build_full_trainset()
    algo = KNNBasic()
    algo.fit(trainset)
    found = algo.predict("user 3", 107, r_ui=4, verbose=True)
    assert 1 <= found.est <= 5 and (found.uid, found.iid, found.r_ui) == ("user 3", 107, 4) and "r_ui = 4.00" in capsys.readouterr().out
    grid = {"n_epochs": [5, 20], "lr_all": [0.002, 0.01], "reg_all": [0.1, 0.4]}
    search = GridSearchCV(SVD, grid, measures=["rmse", "mae"], cv=3, refit=True)
    search.fit(data)
    assert search.best_params["rmse"] == {"n_epochs": 20, "lr_all": 0.01, "reg_all": 0.1}
    table = pd.DataFrame(search.cv_results)
    assert len(table) == 8 and table["rank_test_rmse"].iloc[search.best_index["rmse"]] == 1
    assert search.best_score["rmse"] == table["mean_test_rmse"].min()
    assert isinstance(search.best_estimator["rmse"].predict("user 1", 101).est, float)


@pytest.mark.parametrize("kind", ALL)
def test_every_algorithm(kind, data):
    trainset, testset = train_test_split(data, test_size=0.25, random_state=1)
    algo = kind().fit(trainset)
    predictions = algo.test(testset)
    worst = 1.7 if kind is NormalPredictor else 1.0
    assert accuracy.rmse(predictions, verbose=False) < worst and {type(one.uid) for one in predictions} == {str}
    one = algo.predict(predictions[0].uid, predictions[0].iid)
    assert one.est == pytest.approx(predictions[0].est, abs=1e-6)
    assert 1 <= algo.predict("nobody", 101).est <= 5 and 1 <= algo.predict("nobody", -1).est <= 5
    again = pickle.loads(pickle.dumps(algo))
    assert [one.est for one in again.test(testset)] == [one.est for one in predictions]
    with pytest.raises(librec.UnsupportedError):
        kind.load("x")


def test_trainsets(data):
    trainset = data.build_full_trainset()
    assert (trainset.n_users, trainset.n_items, trainset.n_ratings) == (*data.ratings.shape, len(data.ratings))
    assert trainset.rating_scale == (1, 5) and trainset.global_mean == pytest.approx(data.ratings.mean)
    inner = trainset.to_inner_uid("user 5")
    assert trainset.to_raw_uid(inner) == "user 5" and trainset.knows_user(inner) and not trainset.knows_user(10**6)
    assert trainset.to_raw_iid(trainset.to_inner_iid(103)) in (103, "103")
    with pytest.raises(ValueError, match="nobody"):
        trainset.to_inner_uid("nobody")
    assert sum(map(len, trainset.ur.values())) == sum(map(len, trainset.ir.values())) == len(list(trainset.all_ratings())) == trainset.n_ratings
    user, item, rating = next(trainset.all_ratings())
    assert (item, rating) in trainset.ur[user] and (user, rating) in trainset.ir[item]
    anti = trainset.build_anti_testset()
    assert len(anti) + trainset.n_ratings == trainset.n_users * trainset.n_items and anti[0][2] == trainset.global_mean
    assert len(trainset.build_testset()) == trainset.n_ratings


def test_splits(data):
    folds = list(KFold(n_splits=4, random_state=2).split(data))
    assert len(folds) == 4 and sum(len(testset) for _, testset in folds) == len(data.ratings)
    assert all(trainset.n_ratings + len(testset) == len(data.ratings) for trainset, testset in folds)
    found = cross_validate(BaselineOnly(), data, ["fcp"], cv=KFold(4, 2))
    assert len(found["test_fcp"]) == len(found["fit_time"]) == 4
    (_, testset), (_, other) = LeaveOneOut(2).split(data)
    assert len(testset) == data.ratings.n_users and testset != other


def test_accuracy_by_hand():
    from librec.surprise import Prediction

    made = [Prediction("a", 1, 4, 3.0, {}), Prediction("a", 2, 2, 3.5, {}), Prediction("b", 1, 5, 5.0, {}), Prediction("b", 2, 1, 2.0, {})]
    assert accuracy.mae(made, verbose=False) == pytest.approx((1 + 1.5 + 0 + 1) / 4)
    assert accuracy.mse(made, verbose=False) == pytest.approx((1 + 2.25 + 0 + 1) / 4)
    assert accuracy.fcp(made, verbose=False) == 0.5
    with pytest.raises(librec.EmptyError):
        accuracy.rmse([])


def test_neighbours_and_options(data):
    trainset = data.build_full_trainset()
    by_items = KNNBaseline(sim_options={"name": "pearson_baseline", "user_based": False}).fit(trainset)
    near = by_items.get_neighbors(3, k=5)
    assert len(near) == 5 and 3 not in near and max(near) < trainset.n_items
    search = GridSearchCV(KNNWithMeans, {"k": [5], "sim_options": {"name": ["msd", "cosine"], "user_based": [False, True]}}, ["mae"], cv=2).fit(data)
    assert len(search.cv_results["params"]) == 4 and set(search.best_params["mae"]) == {"k", "sim_options"}
    with pytest.raises(librec.InvalidError, match="min_supprt"):
        KNNBasic(sim_options={"min_supprt": 3}).fit(trainset)
    with pytest.raises(librec.InvalidError, match="jaccard"):
        KNNBasic(sim_options={"name": "jaccard"}).fit(trainset)
    with pytest.raises(librec.InvalidError, match="scale"):
        Dataset.load_from_df(pd.DataFrame({"u": [1], "i": [1], "r": [9.0]}), Reader(rating_scale=(1, 5)))
