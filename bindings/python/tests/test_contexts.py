# SPDX-License-Identifier: Apache-2.0
"""Contexts from Python: made, learned, asked for."""
import numpy as np
import pytest

import librec

USERS, ITEMS, EACH = 40, 30, 15
WHO = np.repeat(np.arange(USERS), EACH)
WHAT = (WHO * 3 + np.tile(np.arange(EACH), USERS) * 7) % ITEMS
DEVICE = np.where((WHO * 5 + WHAT * 11) % 3 == 0, "mobile", "desk")
RATING = np.where((WHAT % 2 == 0) == (DEVICE == "mobile"), 5.0, 2.0)
TEST = np.arange(len(WHO)) % EACH >= 12


def ratings(part):
    return librec.Ratings.from_arrays(WHO[part], WHAT[part], RATING[part])


def made():
    return librec.Contexts.from_arrays(WHO, WHAT, device=DEVICE, place=[None if k % 5 else "home" for k in range(len(WHO))])


def test_contexts_are_learned(tmp_path):
    contexts = made()
    assert len(contexts) == len(WHO) and contexts.fields.tolist() == ["device", "place"]
    assert sorted(contexts.values) == ["device=desk", "device=mobile", "place=home"]
    model, plain = librec.FM(factors=4), librec.FM(factors=4)
    assert "takes_contexts" in model.abilities()
    model.fit(ratings(~TEST), contexts=contexts)
    plain.fit(ratings(~TEST))
    with_them = librec.evaluate(model, ratings(TEST))["rmse"]
    assert with_them < 0.6 * librec.evaluate(plain, ratings(TEST))["rmse"]
    rows = [np.array([{id: row for row, id in enumerate(ids)}[one] for one in some[TEST]], np.int32)
            for ids, some in ((model.user_ids.tolist(), WHO), (model.item_ids.tolist(), WHAT))]
    foretold = np.clip(model.predict(*rows, contexts=contexts), 2, 5)
    assert np.isclose(np.sqrt(np.mean((foretold - RATING[TEST]) ** 2)), with_them, atol=1e-5)
    model.save(tmp_path / "model")
    again = librec.FM.load(tmp_path / "model")
    assert again.context_names.tolist() == model.context_names.tolist() != []
    assert np.isclose(librec.evaluate(again, ratings(TEST), contexts=contexts)["rmse"], with_them)
    assert librec.cross_validate(librec.FM(factors=4), ratings(slice(None)), "rmse", 3, contexts=contexts)["rmse"] < 1


def test_moments_are_asked_for():
    model = librec.FM(factors=4, regularization=0.02).fit_frame({"user": WHO, "item": WHAT, "rating": RATING, "device": DEVICE}, context="device")
    mobile, scores = model.recommend(3, N=5, context={"device": "mobile"})
    assert (model.item_ids[mobile] % 2 == 0).mean() > 0.7
    assert (model.item_ids[model.recommend(3, N=5, context="device=desk")[0]] % 2 == 1).mean() > 0.7
    assert np.allclose(model.score_items(3, mobile, context={"device": "mobile"}), scores)
    assert np.array_equal(model.recommend([3, 4], N=5, context={"device": "mobile"})[0][0], mobile)
    assert np.array_equal(model.recommend(3, context={"device": "watch"})[0], model.recommend(3)[0])
    with pytest.raises(librec.NotFoundError, match="mood"):
        model.recommend(3, context={"mood": "good"})
    with pytest.raises(librec.UnsupportedError, match="without"):
        librec.FM(factors=2).fit(ratings(TEST)).recommend(3, context={"device": "mobile"})
    with pytest.raises(librec.UnsupportedError, match="contexts"):
        librec.MF(factors=2).fit(ratings(TEST), contexts=made())
    with pytest.raises(librec.InvalidError, match="place has 1"):
        librec.Contexts.from_arrays([1, 2], [1, 2], place=["a"])


def test_rankings_are_measured_in_context():
    contexts = librec.Contexts.from_arrays(WHO, WHAT, device=DEVICE)
    model = librec.FM(factors=4, regularization=0.02).fit(ratings(~TEST), contexts=contexts)
    shares, users = [], set()
    for user in np.unique(WHO[TEST]):
        for device in np.unique(DEVICE):
            wanted = set(WHAT[TEST][(WHO[TEST] == user) & (DEVICE[TEST] == device)].tolist())
            if wanted:
                best = model.recommend(model.user_ids.tolist().index(user), N=5, context={"device": device})[0]
                shares.append(len(wanted & set(model.item_ids[best].tolist())) / len(wanted))
                users.add(user)
    found = librec.evaluate(model, ratings(TEST), "recall@5", in_context=True)
    assert np.isclose(found["recall@5"], np.mean(shares)) and (found.rankings, found.users) == (len(shares), len(users))
    plain = librec.evaluate(model, ratings(TEST), "recall@5")
    assert plain.rankings == plain.users == found.users
    popular = librec.Popular().fit(ratings(~TEST))
    assert librec.evaluate(popular, ratings(TEST), "recall@5", contexts=contexts, in_context=True).rankings == len(shares)
    lifts = librec.lifts(ratings(~TEST), "device=mobile", contexts)
    reweighed = librec.evaluate(popular, ratings(TEST), "recall@5", item_factors=lifts)["recall@5"]
    assert reweighed != librec.evaluate(popular, ratings(TEST), "recall@5")["recall@5"]
    with pytest.raises(librec.InvalidError, match="no contexts"):
        librec.evaluate(popular, ratings(TEST), "recall@5", in_context=True)
    with pytest.raises(librec.InvalidError, match="item_factors has 1"):
        librec.evaluate(popular, ratings(TEST), "recall@5", item_factors=[1.0])


def test_contexts_are_read(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,item,rating,time,device\nann,tea,5,1,mobile\nbob,tea,3,2,\n")
    contexts = librec.Contexts.read(path, ["device"])
    assert repr(contexts) == "<librec.Contexts: device of 2 pairs>"
    assert len(librec.Ratings.read(path)) == 2
    with pytest.raises(librec.NotFoundError, match="place"):
        librec.Contexts.read(path, "place")


def test_filters_before_and_after():
    hour = np.where(DEVICE == "mobile", 8, 20) + WHAT % 2
    timed = librec.Ratings.from_arrays(WHO, WHAT, RATING, hour * 3600)
    for condition, contexts in (("device=mobile", made()), ("hour=8-9", None), ("hour=20|21,zone=12", None)):
        part = librec.where(timed, condition, contexts)
        assert len(part) == (DEVICE == "mobile").sum() and part.shape == timed.shape
        lifts = librec.lifts(timed, condition, contexts, smoothing=2)
        share = (DEVICE == "mobile").mean()
        row = timed.item_ids.tolist().index(4)
        assert np.isclose(lifts[row], ((DEVICE == "mobile")[WHAT == 4].sum() + 2 * share) / ((WHAT == 4).sum() + 2) / share)
    model = librec.Popular(kind="mean").fit(timed)
    ids, scores = model.recommend(0, N=30, item_factors=lifts)
    plain = dict(zip(*(some.tolist() for some in model.recommend(0, N=30))))
    assert np.allclose(scores, [plain[item] * lifts[item] for item in ids.tolist()]) and (np.diff(scores) <= 0).all()
    assert np.array_equal(model.recommend([0, 1], N=5, item_factors=lifts)[0][0], ids[:5])
    for wrong, error in (("mood=good", librec.NotFoundError), ("hour=25", librec.InvalidError), ("hour=3", librec.EmptyError)):
        with pytest.raises(error):
            librec.where(timed, wrong)
    with pytest.raises(librec.InvalidError, match="item_factors"):
        model.recommend(0, item_factors=[1.0])
