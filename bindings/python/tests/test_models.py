# SPDX-License-Identifier: Apache-2.0
"""Every algorithm through its class: parameters, fitting, asking, saving, pickling."""
import inspect
import pickle

import numpy as np
import pytest

import librec


def test_parameters_are_the_table(fitted):
    table = librec.algorithm(fitted._algorithm).parameters
    signature = inspect.signature(type(fitted))
    assert list(signature.parameters) == list(table) == list(fitted.get_params())
    for name, row in table.items():
        assert signature.parameters[name].default == row.default
        assert row.help in type(fitted).__doc__


def test_recommends_what_users_lack(fitted, plays):
    ids, scores = fitted.recommend(np.arange(plays.shape[0]), N=5)
    assert ids.shape == scores.shape == (plays.shape[0], 5)
    assert (np.diff(scores[ids[:, -1] >= 0], axis=1) <= 0).all()
    rows = np.arange(len(ids))[:, None]
    assert not (np.asarray(plays[rows, np.maximum(ids, 0)].todense()) * (ids >= 0)).any()


def test_personal_models_find_the_planted_tastes(fitted, tastes):
    if "can_personalize" not in fitted.abilities() or "predicts_ratings" in fitted.abilities():
        pytest.skip("learns ratings, which say nothing of tastes here")
    ids, _ = fitted.recommend(np.arange(len(tastes)), N=3)
    assert (ids % 3 == tastes[:, None]).mean() > 0.8


def test_one_user_is_as_in_a_batch(fitted):
    ids, scores = fitted.recommend(np.array([3, 5]), N=4)
    one, marks = fitted.recommend(5, N=4)
    assert one.tolist() == ids[1][: len(one)].tolist() and marks.tolist() == scores[1][: len(one)].tolist()


def test_predict_is_the_score(fitted):
    ids, scores = fitted.recommend(5, N=4)
    assert np.allclose(fitted.predict(5, ids), scores, rtol=1e-6)
    assert fitted.predict(5, int(ids[0])) == pytest.approx(float(scores[0]), rel=1e-6)


def test_saved_and_pickled_models_are_the_same(fitted, tmp_path):
    expected = fitted.recommend(np.arange(20), N=5)
    fitted.save(tmp_path / "m")
    for again in (librec.Model.load(tmp_path / "m"), type(fitted).load(tmp_path / "m"), pickle.loads(pickle.dumps(fitted))):
        assert type(again) is type(fitted) and again.get_params() == fitted.get_params()
        found = again.recommend(np.arange(20), N=5)
        assert (found[0] == expected[0]).all() and (found[1] == expected[1]).all()


def test_similar_items_share_their_taste(fitted):
    if "can_similar" not in fitted.abilities() or fitted._algorithm == "random":
        with pytest.raises(librec.UnsupportedError):
            librec.Popular().fit(fitted.ratings).similar_items(0)
        return
    ids, scores = fitted.similar_items(4, N=3)
    assert 4 not in ids and (np.diff(scores) <= 0).all() and len(ids) == 3
    many, _ = fitted.similar_items(np.array([4, 7]), N=3)
    assert many[0].tolist() == ids.tolist()
    assert set(fitted.similar_items(4, N=3, filter_items=ids[:1])[0].tolist()).isdisjoint(ids[:1].tolist())
    assert set(fitted.similar_items(4, N=2, items=[9, 10, 11])[0].tolist()) <= {9, 10, 11}


def test_explains_from_the_history(fitted, plays):
    item = int(fitted.recommend(5, N=1)[0][0])
    if "can_explain" not in fitted.abilities():
        with pytest.raises(librec.UnsupportedError):
            fitted.explain(5, itemid=item)
        return
    score, reasons, _ = fitted.explain(5, plays[5], item, N=3)
    assert fitted.explain(5, itemid=item)[0] == pytest.approx(fitted.predict(5, item), rel=1e-6)
    assert 0 < len(reasons) <= 3 and {row for row, _ in reasons} <= set(plays[5].indices.tolist())
    if "can_fold_in" in fitted.abilities():
        score, reasons, _ = fitted.explain(5, plays[6], item, N=3)
        assert score == pytest.approx(fitted.score_items(None, [item], plays[6])[0]) and {row for row, _ in reasons} <= set(plays[6].indices.tolist())


def test_new_users_are_folded_in(fitted, plays, tastes):
    if "can_personalize" not in fitted.abilities():
        pytest.skip("the same list for everybody")
    if "can_fold_in" not in fitted.abilities():
        with pytest.raises(librec.UnsupportedError):
            fitted.recommend(0, plays[0], recalculate_user=True)
        return
    ids, _ = fitted.recommend(np.arange(20), plays[:20], N=5, recalculate_user=True)
    assert all(set(row[row >= 0].tolist()).isdisjoint(plays[user].indices.tolist()) for user, row in enumerate(ids))
    one, _ = fitted.recommend(0, plays[7], N=5, recalculate_user=True)
    assert one.tolist() == ids[7][: len(one)].tolist()


def test_partial_fit_where_the_library_can(fitted, plays):
    if "can_start" not in fitted.abilities():
        with pytest.raises(librec.UnsupportedError):
            fitted.partial_fit(plays)
        return
    again = type(fitted)(**fitted.get_params()).fit(plays)
    before, count = again.loss_history.get("training"), len(again.ratings)
    new = librec.Ratings.from_arrays([0, 9999], [0, 1], [4, 4])
    again.partial_fit(new)
    assert len(again.ratings) > count and again.user_ids[-1] == 9999
    assert before is None or again.loss_history["training"][0] < before[-1] * 1.2 + 0.1


def test_same_seed_gives_the_same_bytes_for_any_threads(plays):
    for name in ("IALS", "BPR"):
        one, seven = (getattr(librec, name)(factors=4, epochs=3, threads=threads).fit(plays) for threads in (1, 7))
        assert (one.item_factors == seven.item_factors).all()


def test_arrays_are_read_only_views_that_outlive_fits(plays):
    model = librec.IALS(factors=4, epochs=2).fit(plays)
    view, copy = model.item_factors, model.item_factors.copy()
    assert view.base is not None and model.item_factors.__array_interface__["data"] == view.__array_interface__["data"]
    with pytest.raises(ValueError):
        view[0] = 1
    model.set_params(seed=7).fit(plays)
    assert (view == copy).all() and not (model.item_factors == copy).all()
    del model
    assert (view == copy).all()


def test_every_class_is_named_and_found():
    assert {"IALS", "ItemKNN", "KosWARP", "SVDPP", "MF", "P3Alpha", "SlopeOne"} <= set(librec.__all__)
    classes = [value for value in vars(librec).values() if isinstance(value, type) and issubclass(value, librec.Model) and value is not librec.Model]
    assert sorted(kind._algorithm for kind in classes) == sorted(librec.algorithms())


def test_representation_shows_what_was_changed():
    assert repr(librec.IALS(factors=3)) == "IALS(factors=3)"


def test_features_and_weights_reach_the_fit(plays, features):
    with pytest.raises(librec.InvalidError, match="features of the items"):
        librec.Content().fit(plays)
    with pytest.raises(librec.UnsupportedError):
        librec.EASE().fit(plays, weights=plays)
    weights = plays.copy()
    weights.data = np.where(weights.indices == 0, 0.0, 1.0).astype(np.float32)
    plain, weighed = librec.IALS(factors=4, epochs=4).fit(plays), librec.IALS(factors=4, epochs=4).fit(plays, weights=weights)
    assert weighed.predict(np.arange(240), 0).mean() < 0.2 * plain.predict(np.arange(240), 0).mean()


def test_a_fit_is_planned_before_it_begins(plays):
    estimate = librec.IALS(factors=8, epochs=3).plan(plays)
    assert estimate["epochs"] == 3 and estimate["seconds"] >= estimate["epoch_seconds"] * 3 > 0
    assert estimate["ratings_bytes"] >= 16 * plays.nnz and estimate["fit_bytes"] > 4 * 8 * sum(plays.shape)
    with pytest.raises(librec.UnsupportedError, match='"content"'):
        librec.Content().plan(plays)
