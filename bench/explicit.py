#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ratings predicted: librec beside scikit-surprise, LIBMF, cmfrec and lenskit. Each case is one method with the same parameters and threads on both sides; the
sets are an official fold of MovieLens 100K, nine tenths of the anime ratings, and planted ratings. RMSE and MAE on the test ratings (clipped to the
training range; pairs with an unknown user or item by each library's own fallback), seconds of the fit, peak memory of a process of its own.

usage: explicit.py REC [--sets "ml-100k u1;anime 90/10;synthetic 10M"] [--cases "SVD;..."] [--rounds 3] [--threads N] [--folder DIR] [--json FILE]
"""
import collections
import sys
import time

import sets
import side

Case = collections.namedtuple("Case", "algorithm parameters peers")
Peer = collections.namedtuple("Peer", "package run options sets", defaults=[""])
Ratings = collections.namedtuple("Ratings", "users items ratings")


def load(path):
    import numpy as np
    with np.load(path) as file:
        return [Ratings(*(file[f"{part}_{name}"] for name in Ratings._fields)) for part in ("train", "test")]


# The other libraries: from training and test ratings, what the fit took and the predictions.

def surprise_method(train, test, options, threads, seed):
    """Its own form of a training set, with rows for ids. One thread is all it has."""
    import surprise
    by_user, by_item = collections.defaultdict(list), collections.defaultdict(list)
    for user, item, rating in zip(train.users.tolist(), train.items.tolist(), train.ratings.tolist()):
        by_user[user].append((item, rating))
        by_item[item].append((user, rating))
    scale = float(train.ratings.min()), float(train.ratings.max())
    names = [{row: row for row in range(int(rows.max()) + 1)} for rows in (train.users, train.items)]
    data = surprise.trainset.Trainset(by_user, by_item, len(names[0]), len(names[1]), len(train.users), scale, *names)
    name, options = options["class"], {key: value for key, value in options.items() if key != "class"}
    model, took = side.watched(lambda: getattr(surprise, name)(**options, random_state=seed).fit(data))
    begin = time.perf_counter()
    predictions = [p.est for p in model.test(list(zip(test.users.tolist(), test.items.tolist(), test.ratings.tolist())))]
    return took, time.perf_counter() - begin, predictions


def libmf(train, test, options, threads, seed):
    """Its `predict` gives wrong values in 0.9.2, so its factors are multiplied here."""
    import numpy as np
    from libmf import mf
    data = np.stack([train.users, train.items, train.ratings], axis=1).astype(np.float32)
    model = mf.MF(nr_threads=threads, quiet=True, copy_data=False, lambda_p1=0.0, lambda_q1=0.0, **options)
    _, took = side.watched(lambda: model.fit(data))
    p, q, mean = model.p_factors(), model.q_factors(), float(train.ratings.mean())
    begin = time.perf_counter()
    predictions = np.full(len(test.users), mean, np.float64)
    known = (test.users >= 0) & (test.items >= 0)
    predictions[known] = np.einsum("nk,nk->n", p[test.users[known]], q[test.items[known]])
    return took, time.perf_counter() - begin, np.nan_to_num(predictions, nan=mean)


def cmfrec(train, test, options, threads, seed):
    """Single precision and no products for later predictions, as its documentation advises for speed."""
    import cmfrec as library
    import numpy as np
    import scipy.sparse as sparse
    data = sparse.coo_matrix((train.ratings, (train.users, train.items)))
    model = library.CMF(method="als", use_float=True, precompute_for_predictions=False, nthreads=threads, verbose=False, random_state=seed, **options)
    _, took = side.watched(lambda: model.fit(data))
    begin, known = time.perf_counter(), (test.users >= 0) & (test.items >= 0)
    predictions = np.full(len(test.users), train.ratings.mean(), np.float64)
    predictions[known] = model.predict(test.users[known], test.items[known])
    return took, time.perf_counter() - begin, predictions


def lenskit(train, test, options, threads, seed):
    """Its predictions go item by item through a pipeline; here its vectors and biases are added up for all pairs at once."""
    import lenskit as library
    import numpy as np
    import pandas
    from lenskit.als import BiasedMFScorer
    from lenskit.parallel import initialize
    initialize(threads=threads)
    data = library.data.from_interactions_df(pandas.DataFrame({"user": train.users, "item": train.items, "rating": train.ratings}))
    model = BiasedMFScorer(**options)
    _, took = side.watched(lambda: model.train(data, library.training.TrainingOptions(rng=seed)))
    begin, known = time.perf_counter(), (test.users >= 0) & (test.items >= 0)
    bias, users, items = model.bias, test.users[known], test.items[known]
    predictions = np.full(len(test.users), bias.global_bias, np.float64)
    predictions[test.users >= 0] += bias.user_biases[test.users[test.users >= 0]]
    predictions[test.items >= 0] += bias.item_biases[test.items[test.items >= 0]]
    predictions[known] += np.einsum("nk,nk->n", model.user_embeddings[users], model.item_embeddings[items])
    return took, time.perf_counter() - begin, predictions


SGD = {"epochs": 20, "learning_rate": 0.005, "regularization": 0.02, "bias_regularization": 0.02, "decay": 1, "init_deviation": 0.1}
# The whole mapping: our algorithm and parameters, then the others with the same ones; a peer's sets: the beginnings of those it is tried on (all).
CASES = {
    "SVD (biased, SGD), 100 factors, 20 epochs": Case("mf", {"solver": "sgd", "scaling": "count", "factors": 100, **SGD}, [
        Peer("scikit-surprise", surprise_method, {"class": "SVD"}, "ml-100k anime synthetic-1M")]),
    "SVD++, 20 factors, 20 epochs": Case(
        "svdpp", {"factors": 20, "scaling": "count", **SGD, "learning_rate": 0.007, "bias_learning_rate": 0.007, "implicit_regularization": 0.02}, [
            Peer("scikit-surprise", surprise_method, {"class": "SVDpp"}, "ml-100k")]),
    # As many epochs of ours as it takes to be at least as good as 20 of LIBMF, whose step sizes are per factor.
    **{f"factors by SGD, {k} factors": Case(
        "mf", {"solver": "sgd", "factors": k, "regularization": 0.05, "epochs": 16, "learning_rate": 0.1, "decay": 0.85}, [
            Peer("libmf", libmf, {"k": k, "nr_iters": 20, "eta": 0.1, "lambda_p2": 0.05, "lambda_q2": 0.05})]) for k in (32, 128)},
    # cmfrec's documentation proposes 0.05, scaled. lenskit finds biases first, by damped means, and vectors for what they leave.
    "biased factors by ALS, 40 factors, 10 iterations": Case(
        "mf", {"solver": "als", "scaling": "count", "factors": 40, "epochs": 10, "regularization": 0.05, "bias_regularization": 0.05}, [
            Peer("cmfrec", cmfrec, {"k": 40, "niter": 10, "lambda_": 0.05, "scale_lam": True}),
            Peer("lenskit", lenskit, {"embedding_size": 40, "epochs": 10, "regularization": 0.05})]),
}


def measure(npz, case, package, threads, seed):
    """One run of another library, in a process of its own."""
    import numpy as np
    train, test = load(npz)
    peer = next(peer for peer in CASES[case].peers if peer.package == package)
    took, predict, predictions = peer.run(train, test, peer.options, threads, seed)
    error = np.clip(np.asarray(predictions, np.float64), train.ratings.min(), train.ratings.max()) - test.ratings
    return {"seconds": {"fit": took.pop("seconds"), "predict": predict}, **took,
            "quality": {"rmse": float(np.sqrt(np.mean(error ** 2))), "mae": float(np.mean(np.abs(error)))}}


def suits(peer, name):
    return not peer.sets or any(name.replace(" ", "-").startswith(word) for word in peer.sets.split())


def compare(table, data, title):
    """One case on one set, as far as the peers suit and are installed."""
    args, case = table.args, CASES[title]
    sides = {"librec": lambda n: side.evaluated(args.rec, case.algorithm, case.parameters, data.words, ["rmse", "mae"], args.threads, n + 1)}
    about = {"librec": {"settings": {"algorithm": case.algorithm, **case.parameters}}}
    for peer in case.peers:
        if not suits(peer, data.name):
            table.leave_out(f"{data.name}, {title}", f"{peer.package} takes minutes on it")
        elif table.has(peer.package):
            sides[peer.package] = lambda n, p=peer: side.apart(measure, data.npz, title, p.package, args.threads, n + 1)
            about[peer.package] = {"version": side.version(peer.package), "settings": peer.options}
    if len(sides) > 1:
        table.add(side.compare(data.name, title, sides, args.rounds, about, ["fit"]))


def main():
    table = side.Table("explicit", "Ratings: scikit-surprise, LIBMF, cmfrec, lenskit", __doc__, CASES)
    table.parser.add_argument("--sets", default="ml-100k u1;anime 90/10;synthetic 10M", help="of: " + "; ".join(sets.EXPLICIT))
    args = table.read_arguments()
    for name in args.sets.split(";"):
        if name not in sets.EXPLICIT:
            sys.exit(f"no set is named \"{name}\"; there are: {'; '.join(sets.EXPLICIT)}")
        data = sets.Explicit(name, args)
        if data.files is None:
            table.leave_out(name, "REC_DATA_DIR does not hold it")
            continue
        for title in args.cases:
            compare(table, data, title)
    table.finish()


if __name__ == "__main__":
    main()
