# SPDX-License-Identifier: Apache-2.0
"""The call forms of implicit: filters, padding, what users bring themselves, bad arguments."""
import numpy as np
import pytest
import scipy.sparse as sparse

import librec


@pytest.fixture(scope="module")
def model(plays):
    return librec.IALS(factors=4, epochs=8).fit(plays)


def dense_best(model, plays, user, leave_out=True, only=None, never=()):
    """The order of items by their dot products, worked out in NumPy."""
    scores = np.asarray(model.item_factors, np.float64) @ np.asarray(model.user_factors[user], np.float64)
    out = set(plays[user].indices.tolist() if leave_out else []) | set(never)
    return [item for item in np.argsort(-scores, kind="stable").tolist() if item not in out and (only is None or item in only)]


@pytest.mark.parametrize("leave_out", [True, False])
@pytest.mark.parametrize("only", [None, [0, 3, 4, 5, 9, 12]])
@pytest.mark.parametrize("never", [None, [3, 6]])
def test_filters(model, plays, leave_out, only, never):
    for user in (0, 17):
        expected = dense_best(model, plays, user, leave_out, only, never or ())[:5]
        ids, _ = model.recommend(user, plays[user], N=5, filter_already_liked_items=leave_out, items=only, filter_items=never)
        assert ids.tolist() == expected
    many, _ = model.recommend([0, 17], plays[[0, 17]], N=5, filter_already_liked_items=leave_out, items=only, filter_items=never)
    assert [item for item in many[1] if item >= 0] == expected


def test_user_items_say_what_is_left_out(model, plays):
    other = sparse.csr_matrix(np.eye(1, plays.shape[1], 5, dtype=np.float32))
    ids, _ = model.recommend(3, other, N=plays.shape[1])
    assert 5 not in ids and len(ids) == plays.shape[1] - 1
    many, _ = model.recommend(np.full(700, 3), sparse.vstack([other] * 700, "csr"), N=7)
    assert (many == ids[:7]).all()


def test_unsorted_rows_are_taken(model, plays):
    shuffled = plays[:4].copy()
    for row in range(4):
        part = slice(shuffled.indptr[row], shuffled.indptr[row + 1])
        shuffled.indices[part], shuffled.data[part] = shuffled.indices[part][::-1].copy(), shuffled.data[part][::-1].copy()
    shuffled.has_sorted_indices = shuffled.has_canonical_format = False
    expected = model.recommend(np.arange(4), plays[:4])
    assert (model.recommend(np.arange(4), shuffled)[0] == expected[0]).all()


def test_too_few_items_are_padded(model):
    ids, scores = model.recommend([0, 1], N=4, items=[2, 30], filter_already_liked_items=False)
    assert (ids[:, 2:] == -1).all() and np.isneginf(scores[:, 2:]).all() and set(ids[0, :2].tolist()) == {2, 30}
    one, marks = model.recommend(0, N=4, items=[2, 30], filter_already_liked_items=False)
    assert len(one) == len(marks) == 2
    assert len(model.recommend(0, items=[])[0]) == 0


@pytest.mark.parametrize("call, error, sentence", [
    (lambda m, p: m.recommend(240), librec.RangeError, "240"),
    (lambda m, p: m.recommend(-1), ValueError, "-1"),
    (lambda m, p: m.recommend([0, 999]), librec.RangeError, "999"),
    (lambda m, p: m.recommend(0, N=0), librec.InvalidError, "k is 0"),
    (lambda m, p: m.recommend(0, filter_items=[99]), librec.RangeError, "99"),
    (lambda m, p: m.recommend([0, 1], p[:3]), librec.InvalidError, "3 rows"),
    (lambda m, p: m.recommend(0, recalculate_user=True), librec.InvalidError, "user_items is None"),
    (lambda m, p: m.recommend([0.5]), librec.InvalidError, "float64"),
    (lambda m, p: m.recommend([2**40]), librec.InvalidError, "32 bits"),
    (lambda m, p: m.recommend("ann"), librec.NotFoundError, "ann"),
    (lambda m, p: m.similar_items(99), IndexError, "99"),
    (lambda m, p: m.explain(0), librec.InvalidError, "itemid"),
    (lambda m, p: m.predict([0, 1], [0, 99]), librec.RangeError, "99"),
    (lambda m, p: librec.IALS().recommend(0), librec.NotFittedError, "IALS"),
    (lambda m, p: librec.IALS(solver="magic").fit(p), librec.InvalidError, "magic"),
    (lambda m, p: librec.IALS(factors=2.5).fit(p), librec.InvalidError, "2.5"),
    (lambda m, p: librec.IALS(factors=None).fit(p), librec.InvalidError, "factors"),
    (lambda m, p: librec.IALS().set_params(factor=3), ValueError, "factor"),
    (lambda m, p: librec.Model.load("/nonexistent/file"), OSError, "nonexistent"),
    (lambda m, p: librec.IALS().fit(sparse.csr_matrix((3, 3))), librec.EmptyError, "rating"),
    (lambda m, p: librec.IALS().fit([1, 2, 3]), librec.InvalidError, "scipy.sparse"),
])
def test_bad_arguments(model, plays, call, error, sentence):
    with pytest.raises(error, match=sentence) as raised:
        call(model, plays)
    assert isinstance(raised.value, librec.LibrecError)


def test_errors_carry_their_status(plays):
    with pytest.raises(librec.RangeError) as raised:
        librec.IALS(factors=0).fit(plays)
    assert raised.value.status == "REC_ERR_RANGE"


def test_class_of_another_algorithm_refuses_a_file(model, tmp_path):
    model.save(tmp_path / "m")
    with pytest.raises(librec.InvalidError, match='"ials"'):
        librec.MF.load(tmp_path / "m")


def test_model_without_ratings_leaves_nothing_out(model, plays, tmp_path):
    model.save(tmp_path / "m", with_ratings=False)
    small = librec.Model.load(tmp_path / "m")
    with pytest.raises(librec.UnsupportedError):
        small.ratings
    ids, _ = small.recommend([0, 1], plays[:2], N=5)
    assert (ids == model.recommend([0, 1], N=5)[0]).all()


def test_prediction_of_ids(stars):
    pairs, values = stars
    model = librec.Baseline().fit(pairs, values)
    found = model.predict([[1003, 55], [7, 55], [1003, 7], [7, 7]])
    rows = model.user_ids.tolist().index(1003), model.item_ids.tolist().index(55)
    assert found[0] == pytest.approx(model.predict(*rows))
    assert found[2] == pytest.approx(values[pairs[:, 0] == 1003].mean(), rel=1e-5)
    assert found[3] == pytest.approx(values.mean(), rel=1e-5)
    assert abs(found[1] - values[pairs[:, 1] == 55].mean()) < 0.3


def test_deviation_of_predictions(stars):
    model = librec.BMF(factors=2, burn_in=4, sweeps=10, samples=5).fit(*stars)
    both = model.predict_deviation([0, 1], [0, 1])
    assert both[1] == model.predict_deviation(1, 1) > 0
    with pytest.raises(librec.UnsupportedError):
        librec.Baseline().fit(*stars).predict_deviation(0, 0)
