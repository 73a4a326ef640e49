# SPDX-License-Identifier: Apache-2.0
"""Freed in any order, asked by many threads, handed to forked workers: no crash, no leak, the same answers."""
import gc
import itertools
import multiprocessing
import random
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import librec


def blocks():
    """Blocks of memory that the library holds, when all that Python has forgotten is gone."""
    gc.collect()
    return librec.host().blocks


def everything(plays, features):
    """One of each kind of object, with what hangs on them."""
    ratings = librec.Ratings.from_csr(plays)
    train, test = ratings.split_random(0.2)
    model = librec.IALS(factors=4, epochs=2).fit(train)
    content = librec.Content().fit(train, item_features=features)
    borrowed = librec.Popular().fit(librec.Ratings.from_csr(plays, copy=False))
    blend = librec.Blend([model, content, borrowed])
    text = librec.TextVectorizer()
    words = text.fit_transform(["tea and milk", "rye bread"] * 5)
    return [ratings, train, test, model, content, borrowed, blend, text, words, model.item_factors, model.arrays, blend.recommend([0, 1]),
            content.ratings, librec.evaluate(blend, test, "ndcg@5"), librec.compare(model, borrowed, test, "ndcg@5"),
            librec.cross_validate(model, ratings, "ndcg@5", folds=2), librec.tune(model, ratings, {"factors": [2, 3]}, "ndcg@5", folds=2)]


def test_freed_in_any_order_nothing_is_left(plays, features):
    for draw in range(4):
        made = everything(plays, features)
        alive = blocks()
        random.Random(draw).shuffle(made)
        while made:
            made.pop()
        if draw == 0:
            settled = blocks()
    assert blocks() == settled < alive - 30  # settled: fixtures, and the workspace of this thread


def test_cycles_are_found(plays):
    before = blocks()
    for _ in range(3):
        model = librec.IALS(factors=2, epochs=1).fit(plays)
        model.itself, model.view = model, model.item_factors
        del model
    assert blocks() == before


def test_failures_leave_nothing(plays):
    def fail():
        for wrong in (lambda: librec.IALS(factors=0).fit(plays), lambda: librec.IALS().fit(plays, callback=lambda *_: 1 / 0),
                      lambda: librec.Ratings.from_arrays([1], [1], [np.nan]), lambda: librec.Blend([librec.Popular()]),
                      lambda: librec.tune(librec.IALS(), plays, {"factors": [0]}), lambda: librec.TextVectorizer().fit([])):
            with pytest.raises((librec.LibrecError, ZeroDivisionError)):
                wrong()

    fail()
    before = blocks()
    for _ in range(3):
        fail()
    assert blocks() == before


def test_many_threads_ask_one_model_and_fit_others(plays):
    model = librec.IALS(factors=8, epochs=3).fit(plays)
    users = np.arange(plays.shape[0])
    batch = model.recommend(users, N=5)[0]

    def ask(first):
        for user in range(first, plays.shape[0], 8):
            assert model.recommend(user, plays[user], N=5)[0].tolist() == batch[user].tolist()
        return librec.IALS(factors=8, epochs=3, threads=1 + first % 3).fit(plays).item_factors.tobytes()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(ask, range(8)))
    assert made == {model.item_factors.tobytes()}


def test_workspaces_go_with_their_threads(plays):
    model = librec.IALS(factors=2, epochs=1).fit(plays)
    model.recommend(0, N=3)
    before = blocks()
    for _ in range(20):
        thread = threading.Thread(target=lambda: model.recommend(0, N=3, filter_items=[1]))
        thread.start()
        thread.join()
    assert blocks() == before


def work(model, users):
    """In another process: ask, and fit anew."""
    again = librec.IALS(**model.get_params()).fit(model.ratings)
    return model.recommend(users, N=5)[0], bool((again.item_factors == model.item_factors).all())


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_workers(plays, way):
    model = librec.IALS(factors=8, epochs=3).fit(plays)
    parts = np.array_split(np.arange(plays.shape[0]), 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of every fork beside threads
        with multiprocessing.get_context(way).Pool(2) as pool:
            done = pool.starmap_async(work, [(model, part) for part in parts]).get(timeout=120)
    assert (np.vstack([ids for ids, _ in done]) == model.recommend(np.arange(plays.shape[0]), N=5)[0]).all()
    assert all(same for _, same in done)


FORKED = """
import os, signal, numpy, scipy.sparse, librec
signal.alarm(60)
plays = scipy.sparse.random(300, 60, 0.2, "csr", random_state=0)
model = librec.EASE().fit(plays)
expected = model.recommend(numpy.arange(300), N=5)[0]
children = []
for n in range(3):
    child = os.fork()
    if child == 0:
        same = (model.recommend(numpy.arange(300), N=5)[0] == expected).all() and (librec.EASE().fit(plays).recommend(3)[0] == model.recommend(3)[0]).all()
        del model
        os._exit(0 if same else 1)
    children.append(child)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children], (model.recommend(numpy.arange(300), N=5)[0] == expected).all())
"""


def test_children_of_a_process_that_has_used_blas():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[0, 0, 0] True", done.stderr


def test_the_interpreter_ends_cleanly_with_everything_alive():
    code = ("import librec, scipy.sparse, threading\n"
            "plays = scipy.sparse.random(100, 30, 0.2, 'csr', random_state=0)\n"
            "model = librec.IALS(factors=2).fit(plays); view = model.item_factors; many = model.arrays\n"
            "threading.Thread(target=lambda: librec.MF(epochs=200).fit(plays)).start()\n"
            "blend = librec.Blend([model]); keep = [model, blend]; keep.append(keep); print(blend.recommend(3)[0].shape)\n")
    done = subprocess.run([sys.executable, "-X", "dev", "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.strip() == "(10,)" and not done.stderr, done.stderr


def test_one_pickle_of_many_is_each_its_own(plays):
    import pickle

    models = [librec.IALS(factors=2, epochs=1, seed=seed).fit(plays) for seed in range(3)]
    again = pickle.loads(pickle.dumps(models))
    for first, second in itertools.combinations(again, 2):
        assert not (first.item_factors == second.item_factors).all()
