#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists recommended: librec beside implicit, LightFM, irspack, cmfrec and lenskit, on Gowalla as LightGCN splits it (learned from train.txt and
valid.txt). Each case is one objective with the same parameters and threads on all sides. Recall@20 and nDCG@20 of test.txt (of the others worked out
here from their scores in the first round; training items left out), seconds of the fit, peak memory of a process of its own.

usage: gowalla.py REC [--cases "ALS;iALS;..."] [--rounds 3] [--threads N] [--json FILE]
"""
import collections

import sets
import side

Case = collections.namedtuple("Case", "ours peers")
Peer = collections.namedtuple("Peer", "package run options")
METRICS = ["recall@20", "ndcg@20"]
K = 128


# The other libraries: from the training matrix, what the fit took, and a function of a slice of users to their scores of all items.

def dot(users, items, biases=None):
    return lambda rows: users[rows] @ items.T + (0 if biases is None else biases)


def implicit(train, options, threads, seed):
    """Its documentation advises one thread of OpenBLAS, which main() sees to."""
    import implicit.als
    import implicit.bpr
    kind = {"als": implicit.als.AlternatingLeastSquares, "bpr": implicit.bpr.BayesianPersonalizedRanking}[options["class"]]
    rest = {key: value for key, value in options.items() if key != "class"}
    model = kind(num_threads=threads, use_gpu=False, random_state=seed, **rest)
    _, took = side.watched(lambda: model.fit(train, show_progress=False))
    return took, dot(model.user_factors, model.item_factors)


def lightfm(train, options, threads, seed):
    import lightfm as library
    rest = {key: value for key, value in options.items() if key != "epochs"}
    model = library.LightFM(random_state=seed, **rest)
    _, took = side.watched(lambda: model.fit(train, epochs=options["epochs"], num_threads=threads))
    return took, dot(model.user_embeddings, model.item_embeddings, model.item_biases)


def irspack(train, options, threads, seed):
    import irspack.recommenders as library
    kind = getattr(library, options["class"])
    rest = {key: value for key, value in options.items() if key != "class"}
    model = kind(train.astype(float), n_threads=threads, **rest)
    _, took = side.watched(model.learn)
    if hasattr(model, "get_user_embedding"):
        return took, dot(model.get_user_embedding(), model.get_item_embedding())
    return took, lambda rows: (train[rows] @ model.W).toarray()


def cmfrec(train, options, threads, seed):
    """Single precision and no products for later predictions, as its documentation advises for speed."""
    import cmfrec as library
    model = library.CMF_implicit(use_float=True, precompute_for_predictions=False, nthreads=threads, verbose=False, random_state=seed, **options)
    data = train.tocoo()
    _, took = side.watched(lambda: model.fit(data))
    return took, dot(model.A_, model.B_)


def lenskit(train, options, threads, seed):
    import lenskit as library
    import numpy as np
    import pandas
    from lenskit.als import ImplicitMFScorer
    from lenskit.parallel import initialize
    initialize(threads=threads)
    pairs = train.tocoo()
    data = library.data.from_interactions_df(pandas.DataFrame({"user": pairs.row, "item": pairs.col}))
    model = ImplicitMFScorer(**options)
    _, took = side.watched(lambda: model.train(data, library.training.TrainingOptions(rng=seed)))
    # Its rows are those of the ids that occur.
    users, items = (np.zeros((n, K), np.float32) for n in train.shape)
    users[model.users.ids()], items[model.items.ids()] = model.user_embeddings, model.item_embeddings
    return took, dot(users, items)


def vectors(factors):
    """Both implicit and LightFM draw within half a step of 0 to begin with, over the count of factors: a deviation of 1 / (12^0.5 factors)."""
    return {"factors": factors, "init_deviation": round(12 ** -0.5 / factors, 6)}


# Hu, Koren and Volinsky's objective: pairs had weigh 80 and should score 1, all others weigh 1 and should score 0, plain squared vectors.
ALS = {"factors": K, "epochs": 15, "alpha": 80, "unobserved": 1, "zeros": "unobserved", "preference": "one", "regularization": 100, "nu": 0}
# Rendle and others' (2021): all pairs weigh alpha0 towards 0 besides, and the squares grow with a row's weight.
IALS = {"factors": K, "epochs": 15, "unobserved": 0.01, "preference": "one", "regularization": 0.003, "nu": 1}
PAIRS = {"steps": "adagrad", "learning_rate": 0.05, "regularization": 0, **vectors(64)}
# The whole mapping: ours by name (algorithm, parameters; the first is what ratios are to), and the others with the same parameters.
CASES = {
    "ALS, 128 factors, 15 iterations": Case(
        {"librec, cg": ("ials", {**ALS, "solver": "cg", "cg_steps": 3}), "librec, exact": ("ials", {**ALS, "solver": "exact"})},
        [Peer("implicit", implicit, {"class": "als", "factors": K, "iterations": 15, "alpha": 80, "regularization": 100}),
         Peer("cmfrec", cmfrec, {"k": K, "niter": 15, "alpha": 79, "lambda_": 100, "use_cg": True, "max_cg_steps": 3, "finalize_chol": False}),
         Peer("lenskit", lenskit, {"embedding_size": K, "epochs": 15, "weight": 79, "regularization": 100})]),
    "iALS, 128 factors, 15 iterations": Case(
        {"librec, cg": ("ials", {**IALS, "solver": "cg", "cg_steps": 3}), "librec, exact": ("ials", {**IALS, "solver": "exact"})},
        [Peer("irspack", irspack, {"class": "IALSRecommender", "n_components": K, "alpha0": 0.01, "reg": 0.003, "nu": 1.0, "solver_type": "CG",
                                   "max_cg_steps": 3, "train_epochs": 15})]),
    "BPR, 64 factors, 60 epochs": Case(
        {"librec": ("bpr", {"steps": "plain", "sampling": "popularity", "learning_rate": 0.05, "regularization": 0.005, "epochs": 60, **vectors(64)})},
        [Peer("implicit", implicit, {"class": "bpr", "factors": 63, "iterations": 60, "learning_rate": 0.05, "regularization": 0.005})]),
    "BPR by Adagrad, 64 factors, 15 epochs": Case(
        {"librec": ("bpr", {"sampling": "popularity", "epochs": 15, **PAIRS})},
        [Peer("lightfm", lightfm, {"no_components": 64, "loss": "bpr", "learning_rate": 0.05, "epochs": 15})]),
    "WARP, 64 factors, 15 epochs": Case(
        {"librec": ("warp", {"max_sampled": 30, "epochs": 15, **PAIRS})},
        [Peer("lightfm", lightfm, {"no_components": 64, "loss": "warp", "learning_rate": 0.05, "max_sampled": 30, "epochs": 15})]),
    "RP3beta, 1,000 neighbours": Case(
        {"librec": ("rp3beta", {"alpha": 1, "beta": 0.3, "neighbors": 1000})},
        [Peer("irspack", irspack, {"class": "RP3betaRecommender", "alpha": 1.0, "beta": 0.3, "top_k": 1000})]),
}


def measure(files, case, package, threads, number, times):
    """One run of another library, in a process of its own; the figures are worked out in the first round, unless times alone are wanted."""
    train, test = sets.matrices(files)
    peer = next(peer for peer in CASES[case].peers if peer.package == package)
    took, scores = peer.run(train, peer.options, threads, number + 1)
    return {"seconds": {"fit": took.pop("seconds")}, **took, "quality": sets.rank_quality(scores, train, test) if number == 0 and not times else {}}


def compare(table, files, title):
    args, case, sides, about = table.args, CASES[title], {}, {}
    for name, (algorithm, parameters) in case.ours.items():
        def run(number, algorithm=algorithm, parameters=parameters):
            got = side.evaluated(args.rec, algorithm, parameters, sets.list_words(files), METRICS, args.threads, number + 1)
            return {**got, "seconds": {"fit": got["seconds"]["fit"]}}
        sides[name], about[name] = run, {"settings": {"algorithm": algorithm, **parameters}}
    for peer in case.peers:
        if table.has(peer.package):
            sides[peer.package] = lambda n, p=peer: side.apart(measure, files, title, p.package, args.threads, n, args.times,
                                                               environment={"OPENBLAS_NUM_THREADS": "1"})
            about[peer.package] = {"version": side.version(peer.package), "settings": peer.options}
    if len(sides) > len(case.ours):
        table.add(side.compare("Gowalla", title, sides, args.rounds, about))


def main():
    table = side.Table("implicit", "Lists: implicit, LightFM, irspack, cmfrec, lenskit", __doc__, CASES, tolerance=0.02)
    args, files = table.read_arguments(), sets.gowalla_files()
    if files is None:
        table.leave_out("Gowalla", "REC_DATA_DIR does not hold it")
    else:
        for title in args.cases:
            compare(table, files, title)
    table.finish()


if __name__ == "__main__":
    main()
