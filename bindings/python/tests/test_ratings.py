# SPDX-License-Identifier: Apache-2.0
"""Ratings and features: from matrices, frames of each library, arrays and files, and back."""
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sparse

import librec

USERS = ["ann", "bob", "ann", "Zoë, a reader of long names", "bob"]
ITEMS = ["tea", "tea", "milk", "milk", "a thing whose name is longer than twelve bytes"]
VALUES = [5.0, 3.0, 1.0, 4.0, 2.0]


def check(ratings, times=None):
    assert ratings.shape == (3, 3) and len(ratings) == 5
    frame = ratings.to_frame()
    assert type(frame["user"]).__module__.split(".")[0] in ("pandas", "polars", "numpy")
    found = set(zip(*(np.asarray(frame[name]).tolist() for name in ("user", "item", "rating"))))
    assert found == set(zip(USERS, ITEMS, VALUES))
    if times is not None:
        assert sorted(np.asarray(frame["time"]).tolist()) == sorted(times)


@pytest.mark.parametrize("make", [
    pd.DataFrame,
    lambda columns: pd.DataFrame(columns).astype({"user": "category"}),
    lambda columns: pd.DataFrame(columns).astype({"user": object, "item": object}),
    pl.DataFrame,
    lambda columns: pl.DataFrame(columns).with_columns(pl.col("user").cast(pl.Categorical)),
    lambda columns: pl.concat([pl.DataFrame(columns)[:2], pl.DataFrame(columns)[2:]], rechunk=False),
    lambda columns: pl.DataFrame(columns).vstack(pl.DataFrame(columns)[:0])[0:5],
    dict,
])
def test_frames(make):
    check(librec.Ratings.from_frame(make({"user": USERS, "item": ITEMS, "rating": VALUES})))


def test_slices_of_frames_begin_where_they_begin():
    frame = pl.DataFrame({"user": ["x"] * 3 + USERS, "item": ["y"] * 3 + ITEMS, "rating": [9.0] * 3 + VALUES})[3:]
    check(librec.Ratings.from_frame(frame))


def test_times_are_seconds():
    moments = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-05"])
    seconds = [1577836800 + 86400 * day for day in range(5)]
    for make in (pd.DataFrame, pl.DataFrame):
        check(librec.Ratings.from_frame(make({"user": USERS, "item": ITEMS, "rating": VALUES, "when": moments}), time="when"), seconds)
    check(librec.Ratings.from_frame({"user": USERS, "item": ITEMS, "rating": VALUES, "when": seconds}, time="when"), seconds)


def test_arrow_types_that_others_write():
    arrow = pytest.importorskip("pyarrow")
    for text in (arrow.string(), arrow.large_string(), arrow.string_view(), arrow.dictionary(arrow.int8(), arrow.string())):
        columns = [arrow.array(USERS).cast(arrow.string()), arrow.array(ITEMS).cast(arrow.string()), arrow.array(VALUES)]
        table = arrow.table([columns[0].cast(text), columns[1].cast(text), columns[2]], ["user", "item", "rating"])
        ratings = librec.Ratings.from_frame(table)
        ratings._frames = ""
        check(ratings)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_missing_values_are_refused(make):
    with pytest.raises(librec.InvalidError, match='"user" has missing values'):
        librec.Ratings.from_frame(make({"user": ["a", None], "item": ["b", "c"], "rating": [1.0, 2.0]}))


def test_bad_frames():
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, "rating": VALUES})
    with pytest.raises(librec.NotFoundError, match='no column "stars"; it has user, item, rating'):
        librec.Ratings.from_frame(frame, rating="stars")
    with pytest.raises(librec.InvalidError, match='"item" is text'):
        librec.Ratings.from_frame(frame, rating="item")


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_answers_come_in_the_same_frames_with_the_same_ids(make):
    rng = np.random.default_rng(0)
    frame = make({"who": [f"u{n}" for n in rng.integers(0, 40, 600)], "what": [f"item number {n}" for n in rng.integers(0, 25, 600)]})
    model = librec.IALS(factors=4, epochs=3).fit_frame(frame, user="who", item="what", rating=None)
    out = model.recommend_frame(["u3", "u4"], N=4)
    assert isinstance(out, make)
    row = model.user_ids.tolist().index("u3")
    ids, scores = model.recommend(row, N=4)
    assert out["item"].to_list()[:4] == model.item_ids[ids].tolist() == model.item_ids[model.recommend("u3", N=4)[0]].tolist()
    assert out["user"].to_list() == ["u3"] * 4 + ["u4"] * 4 and out["rank"].to_list() == [1, 2, 3, 4] * 2
    assert out["score"].to_list()[:4] == scores.tolist()
    near = model.similar_items_frame("item number 3", N=2)
    assert isinstance(near, make) and near["similar"].to_list() == model.item_ids[model.similar_items("item number 3", N=2)[0]].tolist()
    assert len(model.recommend_frame(N=2)) == 80
    with pytest.raises(librec.NotFoundError, match="nobody"):
        model.recommend_frame(["nobody"])


def test_integer_ids_stay_integers():
    ratings = librec.Ratings.from_arrays([10**12, -5], [7, 8])
    assert ratings.user_ids.tolist() == [10**12, -5] and ratings.user_ids.dtype == np.int64
    mixed = librec.Ratings.from_arrays([1, 2], ["a", "b"], [1, 2])
    assert mixed.user_ids.tolist() == ["1", "2"]


@pytest.mark.parametrize("policy, expected", [("last", 2.0), ("sum", 6.0), ("mean", 3.0), ("greatest", 4.0)])
def test_duplicates(policy, expected):
    assert librec.Ratings.from_arrays([0, 0], [0, 0], [4, 2], duplicates=policy).to_csr()[0, 0] == expected


def test_matrices_there_and_back(plays):
    for matrix in (plays, plays.tocoo(), plays.tocsc(), plays.astype(np.float64), sparse.csr_array(plays)):
        assert (librec.Ratings.from_csr(matrix).to_csr() != plays).nnz == 0
    borrowed = librec.Ratings.from_csr(plays, copy=False)
    assert (borrowed.to_csr() != plays).nnz == 0
    expected = librec.IALS(factors=2, epochs=2).fit(plays).item_factors
    assert (librec.IALS(factors=2, epochs=2).fit(borrowed).item_factors == expected).all()
    backwards = sparse.csr_matrix((np.ones(2, np.float32), np.array([1, 0], np.int32), np.array([0, 2])), (1, 2))
    with pytest.raises(librec.FormatError):
        librec.Ratings.from_csr(backwards, copy=False)


def test_files(tmp_path):
    made = librec.Ratings.from_arrays(USERS, ITEMS, VALUES)
    made.write(tmp_path / "r.csv")
    made.save(tmp_path / "r.librec")
    for again in (librec.Ratings.read(tmp_path / "r.csv"), librec.Ratings.open(tmp_path / "r.librec"), pickle.loads(pickle.dumps(made))):
        check(again)
    assert len(librec.Ratings.read([tmp_path / "r.csv", tmp_path / "r.csv"], duplicates="sum")) == 5
    with pytest.raises(librec.LibrecError, match="5"):
        librec.Ratings.read(tmp_path / "r.csv", scale=(1, 4))
    with pytest.raises(librec.FileError):
        librec.Ratings.read(tmp_path / "absent")


def test_splits_are_disjoint_and_whole(plays):
    ratings = librec.Ratings.from_csr(plays)
    for train, test in (ratings.split_random(0.3), ratings.split_per_user(0.3), ratings.split_one(), ratings.split_fold(3, 1)):
        assert ((train.to_csr() + test.to_csr()) != plays).nnz == 0 and len(train) + len(test) == len(ratings)
        assert train.user_ids.tolist() == ratings.user_ids.tolist()
    with pytest.raises(librec.UnsupportedError):
        ratings.split_last()
    timed = librec.Ratings.from_arrays([0, 0, 0], [0, 1, 2], [1, 1, 1], [30, 10, 20])
    assert timed.timed and timed.split_last()[1].to_csr()[0, 0] == 1 and len(timed.split_time(2, 1)[0]) == 2


def test_join_takes_the_later(plays):
    first = librec.Ratings.from_arrays(["a", "b"], ["x", "x"], [1, 2])
    both = first.join(librec.Ratings.from_arrays(["b", "c"], ["x", "y"], [5, 3]))
    assert both.user_ids.tolist() == ["a", "b", "c"] and both.to_csr().toarray().tolist() == [[1, 0], [5, 0], [0, 3]]


def test_what_makes_no_sense():
    with pytest.raises(TypeError):
        librec.Ratings()
    with pytest.raises(librec.InvalidError, match="3 elements"):
        librec.Ratings.from_arrays([1, 2], [1, 2, 3])
    with pytest.raises(librec.InvalidError, match="nan"):
        librec.Ratings.from_arrays([1], [1], [np.nan])
    with pytest.raises(librec.InvalidError, match="first"):
        librec.Ratings.from_arrays([1], [1], duplicates="first")
    with pytest.raises(librec.InvalidError, match="NUL"):
        librec.Ratings.from_arrays(["a\0b"], ["c"])


def test_features(tmp_path):
    dense = librec.Features(np.arange(6).reshape(3, 2), ids=["a", "b", "c"], names=["x", "y"])
    assert dense.shape == (3, 2) and not dense.is_sparse and dense.ids.tolist() == ["a", "b", "c"] and dense.names.tolist() == ["x", "y"]
    thin = librec.Features(sparse.eye(4, format="csr"))
    assert thin.is_sparse and thin.names is None and thin.ids.tolist() == [0, 1, 2, 3]
    dense.save(tmp_path / "f")
    for again in (librec.Features.open(tmp_path / "f"), librec.Features.read(tmp_path / "f"), pickle.loads(pickle.dumps(dense))):
        assert again.ids.tolist() == ["a", "b", "c"]
    with pytest.raises(librec.InvalidError):
        librec.Features(np.ones((2, 2)), ids=["a"])
    with pytest.raises(librec.InvalidError, match="dimensions"):
        librec.Features(np.ones(3))
