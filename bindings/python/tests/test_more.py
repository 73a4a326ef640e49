# SPDX-License-Identifier: Apache-2.0
"""Text, blends, saved files, comparison, searches and splits from Python."""
import pickle

import numpy as np
import pytest
import scipy.sparse as sparse

import librec

TEXTS = ["The green tea of Uji", "Black tea, with milk", "Rye bread", "Bread and milk and bread", "Green grapes"]


def test_vectors_are_those_of_scikit_learn():
    theirs = pytest.importorskip("sklearn.feature_extraction.text").TfidfVectorizer(ngram_range=(1, 2), stop_words=["and"])
    expected = theirs.fit_transform(TEXTS)
    ours = librec.TextVectorizer(ngram_max=2)
    features = ours.fit_transform(TEXTS, ids=list("abcde"), extra_stop_words=["and"])
    assert ours.terms.tolist() == theirs.get_feature_names_out().tolist() == features.names.tolist() and features.ids.tolist() == list("abcde")
    assert np.allclose(ours.idf_, theirs.idf_) and features.shape == expected.shape
    model = librec.Content().fit(sparse.eye(5, format="csr", dtype=np.float32), item_features=ours.transform(TEXTS))
    ids, scores = model.similar_items(0, N=4)
    assert np.allclose(scores, (expected @ expected[0].T).toarray().ravel()[ids], atol=1e-5)


def test_vectorizers_are_kept(tmp_path):
    made = librec.TextVectorizer(weighting="bm25", min_df=2)
    with pytest.raises(librec.NotFittedError):
        made.transform(TEXTS)
    made.fit(TEXTS).save(tmp_path / "text")
    for again in (librec.TextVectorizer.load(tmp_path / "text"), pickle.loads(pickle.dumps(made))):
        assert again.get_params() == made.get_params() and again.terms.tolist() == made.terms.tolist() == ["bread", "green", "milk", "tea"]
    assert repr(made) == "TextVectorizer(min_df=2, weighting='bm25')"
    assert repr(made.set_params(min_df=1)) == "TextVectorizer(weighting='bm25')"
    for wrong, sentence in (({"weighting": "tf-icf"}, "tf-icf"), ({"ngram_max": 0}, "ngram_max")):
        with pytest.raises(librec.LibrecError, match=sentence):
            librec.TextVectorizer(**wrong).fit(TEXTS)
    with pytest.raises(librec.InvalidError, match="min_dff"):
        made.set_params(min_dff=1)
    with pytest.raises(librec.InvalidError, match="one string"):
        made.fit("tea")


def test_counts_made_elsewhere():
    counts = librec.Features(sparse.csr_matrix([[1, 2, 0], [0, 1, 1]]), names=["tea", "milk", "rye"])
    made = librec.TextVectorizer(norm="none", idf="none", min_length=1)
    assert made.fit_transform(counts).shape == (2, 3) and made.terms.tolist() == ["tea", "milk", "rye"]
    assert made.transform(counts).shape == (2, 3)


def test_documents_of_files(tmp_path):
    (tmp_path / "d.csv").write_text('id,title,about\n7,Tea,"green, or black"\n9,Bread,rye\n')
    ids, texts = librec.read_documents(tmp_path / "d.csv", ["title", "about"])
    assert ids.tolist() == ["7", "9"] and [text.strip() for text in texts] == ["Tea green, or black", "Bread rye"]
    assert [text.strip() for text in librec.read_documents(tmp_path / "d.csv", ["about"])[1]] == ["green, or black", "rye"]


def test_vectors_of_other_writers(tmp_path):
    matrix = np.random.default_rng(0).random((3, 4)).astype(np.float16)
    np.save(tmp_path / "m.npy", matrix)
    read = librec.Features.read(tmp_path / "m.npy", ids=["a", "b", "c"])
    assert read.shape == (3, 4) and read.ids.tolist() == ["a", "b", "c"] and not read.is_sparse
    assert librec.Features.read(tmp_path / "m.npy", format="npy").ids.tolist() == [0, 1, 2]
    with pytest.raises(librec.InvalidError):
        librec.Features.read(tmp_path / "m.npy", ids=["a"])


def test_texts_as_means_of_word_vectors(tmp_path):
    (tmp_path / "words.txt").write_text("4 2\ntea 1 0\nmilk 0 1\nbread 0 -1\nrye -1 0\n")
    words = librec.Features.read(tmp_path / "words.txt")
    texts = ["tea", "tea milk", "rye bread", "rye", "milk tea"]
    made = librec.embed_texts(texts, words, ids=list("abcde"), a=0, components=0)
    assert made.shape == (5, 2) and made.ids.tolist() == list("abcde")
    model = librec.Content().fit(librec.Ratings.from_arrays(["ann"], ["b"]), item_features=made)
    ids, scores = model.recommend("ann", N=4)
    assert model.item_ids[ids[0]] == "e" and scores[0] == pytest.approx(1) and scores[-1] < 0
    strange = librec.embed_texts(["TEA"], words, a=0, components=0, vectorizer=librec.TextVectorizer(lowercase=False))
    assert strange.shape == (1, 2)


def test_a_model_keeps_its_vectorizer(tmp_path):
    words = librec.TextVectorizer(ngram_max=2)
    about = words.fit_transform(TEXTS)
    model = librec.Content().fit(sparse.eye(5, format="csr", dtype=np.float32), item_features=about, item_text=words)
    model.save(tmp_path / "m")
    again = librec.Model.load(tmp_path / "m").item_text
    assert again.terms.tolist() == words.terms.tolist() and again.get_params() == words.get_params()
    assert again.transform(["green bread"]).shape == (1, about.shape[1])
    assert librec.Popular().fit(sparse.eye(5, format="csr", dtype=np.float32)).item_text is None


@pytest.fixture(scope="module")
def parts(plays):
    train, rest = librec.Ratings.from_csr(plays).split_per_user(0.4, seed=3)
    return train, *rest.split_random(0.5, seed=1)


def test_blends(parts, tmp_path):
    train, valid, test = parts
    members = [librec.IALS(factors=6, epochs=8).fit(train), librec.Random().fit(train), librec.ItemKNN(mode="sum", k=10).fit(train)]
    blend = librec.Blend.tuned(members, valid, "ndcg@5")
    assert sum(blend.weights) == pytest.approx(1) and blend.weights[1] < 0.3 and 0 < blend.tuned_score <= 1
    found = librec.evaluate(blend, test, "ndcg@5")["ndcg@5"]
    assert found > librec.evaluate(members[1], test, "ndcg@5")["ndcg@5"] + 0.1
    alone = librec.Blend(members, [1, 0, 0])
    assert (alone.recommend([0, 1, 2], N=4)[0] == members[0].recommend([0, 1, 2], N=4)[0]).all()
    again = pickle.loads(pickle.dumps(blend))
    assert (again.recommend([0, 1], N=4)[0] == blend.recommend([0, 1], N=4)[0]).all() and again.weights == blend.weights
    ranks = librec.Blend(members, rule="ranks", rank_constant=10)
    assert ranks.recommend(3, N=2)[1][0] <= 3 / 11 + 1e-6 and "ranks" in repr(ranks)
    del members, again
    assert len(blend.recommend_frame([0], N=2)["item"]) == 2
    for wrong, sentence in ((lambda: librec.Blend([]), "n is 0"), (lambda: librec.Blend([blend.members[0]], [1, 2]), "2 elements"),
                            (lambda: librec.Blend([blend.members[0]], rule="product"), "product")):
        with pytest.raises(librec.InvalidError, match=sentence):
            wrong()


def test_comparison(parts):
    train, _, test = parts
    good, bad = librec.IALS(factors=6, epochs=8).fit(train), librec.Random().fit(train)
    found = librec.compare(good, bad, test, ["recall@5", "ndcg@5"], resamples=500, confidence=0.9)
    row = found["ndcg@5"]
    assert row.difference == pytest.approx(row.a - row.b) and row.interval[0] > 0 and row.t_probability < 0.01 and row.flip_probability < 0.01
    assert row.a_interval[0] <= row.a <= row.a_interval[1] and row.units > 100
    twice = librec.compare(good, good, test, "ndcg@5")["ndcg@5"]
    assert twice.difference == 0 and twice.interval == (0, 0)


def test_pairs_are_more_units_than_users(stars):
    pairs, values = stars
    train, test = librec.Ratings.from_arrays(pairs[:, 0], pairs[:, 1], values).split_random(0.3)
    a, b = librec.Baseline().fit(train), librec.Random().fit(train)
    by_user, by_pair = (librec.compare(a, b, test, "rmse", by_pairs=flag)["rmse"] for flag in (False, True))
    assert by_pair.units == len(test) > by_user.units and by_pair.a == by_user.a


@pytest.mark.parametrize("kind, repeats, count", [("shuffled", 2, 6), ("one", 2, 2), ("time", 0, 3), ("last", 0, 1)])
def test_folds(kind, repeats, count, plays):
    table = plays.tocoo()
    ratings = librec.Ratings.from_arrays(table.row, table.col, table.data, np.arange(table.nnz))
    found = librec.cross_validate(librec.Popular(), ratings, "recall@5", folds=3, kind=kind, repeats=repeats, at_once=2)
    assert len(found.folds) == count and found["recall@5"] == pytest.approx(np.mean([fold["recall@5"] for fold in found.folds]))
    with pytest.raises(librec.InvalidError, match="bootstrap"):
        librec.cross_validate(librec.Popular(), ratings, kind="bootstrap")


def test_searches(parts):
    train, valid, _ = parts
    grid = librec.tune(librec.IALS(epochs=4), None, {"factors": [2, 6], "solver": ["exact", "cg"]}, "ndcg@5", folds=[(train, valid)])
    assert len(grid) == 4 and grid.best_score == max(point.value for point in grid) and grid.metric == "ndcg@5"
    best = librec.IALS(epochs=4).set_params(**grid.best_params).fit(train)
    assert librec.evaluate(best, valid, "ndcg@5")["ndcg@5"] == pytest.approx(grid.best_score)
    drawn = librec.tune(librec.IALS(epochs=2), train, {"alpha": librec.Range(0.1, 10, log=True)}, "ndcg@5", method="random", points=3, folds=2)
    assert len(drawn) == 3 and all(0.1 <= point.parameters["alpha"] <= 10 for point in drawn)
    halved = librec.tune(librec.IALS(epochs=9), train, {"factors": librec.Range(2, 12)}, "ndcg@5", method="halving", points=9, folds=2, factor=3)
    assert {point.rounds for point in halved} == {1, 2, 3} and halved[0].resource == 9 and halved[-1].resource == 1
    path = librec.tune(librec.MF(factors=2, epochs=3), train, {"regularization": [0.1, 1.0]}, "rmse", folds=2, path="regularization", at_once=1)
    assert len(path) == 2
    with pytest.raises(librec.NotFoundError, match="sweeps"):
        librec.tune(librec.IALS(), train, {"factors": librec.Range(2, 12)}, method="halving", resource="sweeps")


def test_strata_samples_and_chosen_items(parts):
    train, _, test = parts
    model = librec.IALS(factors=6, epochs=8).fit(train)
    whole = librec.evaluate(model, test, "recall@5", user_bounds=[4, 8], head=0.5)
    assert whole["recall@5"] == librec.evaluate(model, test, "recall@5")["recall@5"]
    users = [one for one in whole.strata.values() if not one.by_items]
    assert len(users) == 3 and [one.name for one in whole.strata.values() if one.by_items] == ["items head", "items tail"]
    assert sum(one.members * one.figures["recall@5"] for one in users if one.members) == pytest.approx(whole["recall@5"] * whole.users)
    assert whole.strata["items head"].members + whole.strata["items tail"].members == 36
    sampled = librec.evaluate(model, test, "hit@5", negatives=20, sampling="popular", seed=3)
    assert list(sampled) == ["sampled_hit@5"] and 0 < sampled["sampled_hit@5"] <= 1
    assert librec.evaluate(model, test, "recall@5", only=np.arange(5))["recall@5"] == 1
    with pytest.raises(librec.InvalidError, match="even"):
        librec.evaluate(model, test, sampling="even")


def test_users_held_out(plays):
    train, histories, test = librec.Ratings.from_csr(plays).split_users(60, 0.3, seed=2)
    assert len(train) + len(histories) + len(test) == plays.nnz and (np.diff(train.to_csr().indptr) == 0).sum() == 60
    model, plain = librec.IALS(factors=6, epochs=8).fit(train), librec.Popular().fit(train)
    found = librec.evaluate(model, test, "recall@5", histories=histories)
    assert found.users == 60 and found["recall@5"] > librec.evaluate(plain, test, "recall@5", histories=histories)["recall@5"] + 0.1


def test_features_joined_and_reasons_by_feature(plays):
    kinds = librec.Features(np.eye(3, dtype=np.float32)[np.arange(36) % 3], names=["tea", "milk", "rye"])
    other = librec.Features(np.random.default_rng(0).random((36, 2), np.float32), names=["x", "y"])
    joined = librec.Features.join({"kind": kinds, "": other}, {"kind": 4})
    assert joined.shape == (36, 5) and joined.names.tolist() == ["kind:tea", "kind:milk", "kind:rye", "x", "y"]
    model = librec.Content().fit(plays, item_features=joined)
    best = int(model.recommend(5, N=1)[0][0])
    reasons = model.explain_features(5, best)
    assert reasons[0][0] == ["kind:tea", "kind:milk", "kind:rye"][best % 3]
    assert sum(part for _, part in reasons) == pytest.approx(model.predict(5, best), rel=1e-4)
    assert model.explain_features(None, best, plays[5])[0][0] == reasons[0][0]
    one = int(plays[5].indices[0])
    assert len(model.explain_features(5, best, because=one, N=2)) <= 2
    with pytest.raises(librec.UnsupportedError):
        librec.IALS(factors=2, epochs=1).fit(plays).explain_features(5, 3)
    with pytest.raises(librec.InvalidError, match="kinds"):
        librec.Features.join({"kind": kinds}, {"kinds": 2})


@pytest.mark.parametrize("strategy", ["best", "error", "volume", "trace", "entropy", "popular", "random"])
def test_interviews(strategy, stars):
    pairs, values = stars
    model = librec.MF(factors=3, epochs=20).fit(pairs, values)
    interview = librec.Interview(model, strategy, known=strategy == "trace")
    ids, scores = interview.ask(N=4)
    assert len(set(ids.tolist())) == 4 and (strategy == "random" or np.isfinite(scores).all())
    answers = sparse.csr_matrix(([4.0], ([0], [ids[0]])), (1, 30))
    then, _ = interview.ask(answers, N=30, filter_items=[ids[1]])
    assert {int(ids[0]), int(ids[1])}.isdisjoint(then.tolist()) and len(then) == 28
    assert sorted(interview.ask(items=[2, 5])[0].tolist()) == [2, 5]
    del model
    assert len(interview.ask()[0]) == 10
    if strategy == "popular":
        assert ids[0] == np.argmax(np.bincount(pairs[:, 1] - 50)[interview._model.item_ids - 50])
    with pytest.raises(librec.InvalidError, match="magic"):
        librec.Interview(interview._model, "magic")


def test_saved_files(parts, tmp_path):
    model = librec.IALS(factors=3, epochs=2).fit(parts[0])
    model.save(tmp_path / "m")
    saved = librec.SavedFile(tmp_path / "m")
    assert saved.kind == "model" and "ials" in saved.metadata.values()
    views = saved.arrays
    assert (views["item_vectors"] == model.item_factors).all() and not views["item_vectors"].flags.writeable
    saved.verify()
    del saved
    assert views["user_vectors"].shape == (240, 3)
    data = bytearray((tmp_path / "m").read_bytes())
    data[-5] ^= 255
    (tmp_path / "m").write_bytes(data)
    with pytest.raises(librec.CorruptError):
        librec.SavedFile(tmp_path / "m").verify()


def test_given_items_and_new_ones(plays, tastes):
    model = librec.IALS(factors=4, epochs=30).fit(plays)
    ids, scores = model.recommend(7, N=5)
    assert model.score_items(7, ids).tolist() == scores.tolist() == model.predict(7, ids).tolist()
    as_new = model.score_items(None, ids, plays[7])
    assert np.allclose(as_new, scores, atol=0.05)
    liked = model.score_new_item(np.flatnonzero(tastes == 1)[:30])
    assert liked.shape == (240,) and liked[tastes == 1].mean() > liked[tastes != 1].mean() + 0.2
    assert np.allclose(model.score_new_item([1, 2], [1, 1], users=[5, 6]), model.score_new_item([1, 2])[[5, 6]])
    with pytest.raises(librec.InvalidError, match="3 elements"):
        model.score_new_item([1, 2], [1, 1, 1])
    with pytest.raises(librec.InvalidError, match="None"):
        model.score_items(None, ids)


def test_rows_of_new_sparse_arrays_are_taken(plays):
    model = librec.IALS(factors=4, epochs=3).fit(plays)
    expected = model.recommend(4, plays[4])[0].tolist()
    array = sparse.csr_array(plays)
    assert model.recommend(4, array[[4]])[0].tolist() == model.recommend(4, plays[4].toarray())[0].tolist() == expected
    assert model.recommend(4, plays.tocsc()[4])[0].tolist() == expected
    both = model.recommend([4, 5], array[[4, 5]], filter_items=[0])[0]
    assert both.shape == (2, 10) and 0 not in both


def test_drifting_models_are_asked_at_a_moment():
    rng = np.random.default_rng(0)
    users, items = (column.ravel() for column in np.indices((80, 12)))
    times = rng.integers(0, 1000, len(users))
    values = 3 + (items == 5) * np.where(times > 500, 1.5, -1.5) + rng.normal(0, 0.1, len(users))
    model = librec.Baseline(item_bins=2, bin_regularization=1).fit(librec.Ratings.from_arrays(users, items, values, times))
    row = model.item_ids.tolist().index(5)
    early, late = (model.recommend(0, N=12, filter_already_liked_items=False, time=time) for time in (100, 900))
    assert late[0][0] == row and early[0][-1] == row
    assert model.predict(0, row, 900) > model.predict(0, row, 100) + 2
    assert model.predict(0, [row, row], [100, 900]).tolist() == [model.predict(0, row, 100), model.predict(0, row, 900)]


def test_the_host():
    found = librec.host()
    assert found.version == librec.__version__ and found.threads >= 1 and found.kernels in ("portable", "avx2", "avx512", "neon")
