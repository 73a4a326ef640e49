#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists recommended: librec beside implicit, LightFM, irspack, cmfrec and lenskit, on Gowalla as LightGCN splits it (learned from train.txt and
valid.txt). Each case is one method with the same parameters and threads on all sides. Recall@20 and nDCG@20 of test.txt (of the others worked out
here from their scores in the first round; training items left out), seconds of the fit, peak memory of a process of its own. What the others cannot do
with 40,981 items in minutes is compared on the most had of them alone.

usage: gowalla.py REC [--cases "ALS;iALS;..."] [--rounds 3] [--threads N] [--json FILE]
"""
import collections
import functools
import inspect

import sets
import side

# items: how many of the most had items are in it; 0: all.
Case = collections.namedtuple("Case", "ours peers items", defaults=[0])
Peer = collections.namedtuple("Peer", "package run options")
METRICS = ["recall@20", "ndcg@20"]
K = 128


# The other libraries: from the training matrix, what the fit took, and a function of a slice of users to their scores of all items.

def dot(users, items, biases=None):
    return lambda rows: users[rows] @ items.T + (0 if biases is None else biases)


def without_class(options):
    return {key: value for key, value in options.items() if key != "class"}


def implicit(train, options, threads, seed):
    """Its documentation advises one thread of OpenBLAS, which main() sees to."""
    import implicit.als
    import implicit.bpr
    import implicit.lmf
    kind = {"als": functools.partial(implicit.als.AlternatingLeastSquares, use_gpu=False),
            "bpr": functools.partial(implicit.bpr.BayesianPersonalizedRanking, use_gpu=False), "lmf": implicit.lmf.LogisticMatrixFactorization}[options["class"]]
    model = kind(num_threads=threads, random_state=seed, **without_class(options))
    _, took = side.watched(lambda: model.fit(train, show_progress=False))
    return took, dot(model.user_factors, model.item_factors)


def implicit_nearest(train, options, threads, seed):
    import implicit.nearest_neighbours as library
    model = getattr(library, options["class"])(num_threads=threads, **without_class(options))
    _, took = side.watched(lambda: model.fit(train, show_progress=False))
    return took, lambda rows: (train[rows] @ model.similarity).toarray()


def lightfm(train, options, threads, seed):
    import lightfm as library
    rest = {key: value for key, value in options.items() if key != "epochs"}
    model = library.LightFM(random_state=seed, **rest)
    _, took = side.watched(lambda: model.fit(train, epochs=options["epochs"], num_threads=threads))
    return took, dot(model.user_embeddings, model.item_embeddings, model.item_biases)


def irspack(train, options, threads, seed):
    import irspack.recommenders as library
    import numpy as np
    kind = getattr(library, options["class"])
    takes = {"n_threads": threads, "random_seed": seed}
    model = kind(train.astype(float), **{name: takes[name] for name in takes if name in inspect.signature(kind).parameters}, **without_class(options))
    _, took = side.watched(model.learn)
    return took, lambda rows: np.array(model.get_score_block(rows.start, rows.stop))


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
# Of implicit's logistic every row moves once an epoch and is penalised once; ours moves for each of its terms, 1 + neg_prop a pair, and a row has
# some 24 pairs: the penalty is shared out over as many, and the step is one with which as many epochs are enough.
TERMS = 31 * 24
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
    # Our sums of AdaGrad are a row's, LightFM's a number's: as many epochs as it takes to be at least as good as 15 of its.
    "BPR by Adagrad, 64 factors": Case(
        {"librec": ("bpr", {"sampling": "popularity", "epochs": 21, **PAIRS})},
        [Peer("lightfm", lightfm, {"no_components": 64, "loss": "bpr", "learning_rate": 0.05, "epochs": 15})]),
    "WARP, 64 factors, 15 epochs": Case(
        {"librec": ("warp", {"max_sampled": 30, "epochs": 15, **PAIRS})},
        [Peer("lightfm", lightfm, {"no_components": 64, "loss": "warp", "learning_rate": 0.05, "max_sampled": 30, "epochs": 15})]),
    "k-OS WARP, 64 factors, 15 epochs": Case(
        {"librec": ("kos-warp", {"max_sampled": 30, "sample": 10, "rank": 5, "epochs": 15, **PAIRS})},
        [Peer("lightfm", lightfm, {"no_components": 64, "loss": "warp-kos", "learning_rate": 0.05, "max_sampled": 30, "k": 5, "n": 10, "epochs": 15})]),
    "Logistic, 64 factors, 30 epochs": Case(
        {"librec": ("logistic", {"negatives": 30, "alpha": 1, "epochs": 30, **PAIRS, "regularization": round(0.6 / TERMS, 6)})},
        [Peer("implicit", implicit, {"class": "lmf", "factors": 64, "learning_rate": 1.0, "regularization": 0.6, "neg_prop": 30, "iterations": 30})]),
    "Items by cosine, 200 neighbours": Case(
        {"librec": ("itemknn", {"neighbors": 200, "shrinkage": 0})},
        [Peer("implicit", implicit_nearest, {"class": "CosineRecommender", "K": 200}),
         Peer("irspack", irspack, {"class": "CosineKNNRecommender", "normalize": True, "top_k": 200})]),
    "Items by TF-IDF, 200 neighbours": Case(
        {"librec": ("itemknn", {"neighbors": 200, "shrinkage": 0, "weighting": "tfidf"})},
        [Peer("implicit", implicit_nearest, {"class": "TFIDFRecommender", "K": 200}),
         Peer("irspack", irspack, {"class": "CosineKNNRecommender", "normalize": True, "top_k": 200, "feature_weighting": "TF_IDF"})]),
    "Items by BM25, 1,000 neighbours": Case(
        {"librec": ("itemknn", {"neighbors": 1000, "shrinkage": 0, "similarity": "dot", "weighting": "bm25", "bm25_k1": 0.5, "bm25_b": 0.2})},
        [Peer("implicit", implicit_nearest, {"class": "BM25Recommender", "K": 1000, "K1": 0.5, "B": 0.2})]),
    "Items by Jaccard, 200 neighbours": Case(
        {"librec": ("itemknn", {"neighbors": 200, "shrinkage": 0, "similarity": "jaccard"})},
        [Peer("irspack", irspack, {"class": "JaccardKNNRecommender", "top_k": 200})]),
    "Users by cosine, 100 neighbours": Case(
        {"librec": ("userknn", {"neighbors": 100, "shrinkage": 0})},
        [Peer("irspack", irspack, {"class": "CosineUserKNNRecommender", "normalize": True, "top_k": 100})]),
    "Users by TF-IDF, 100 neighbours": Case(
        {"librec": ("userknn", {"neighbors": 100, "shrinkage": 0, "weighting": "tfidf"})},
        [Peer("irspack", irspack, {"class": "CosineUserKNNRecommender", "normalize": True, "top_k": 100, "feature_weighting": "TF_IDF"})]),
    "P3alpha, 1,000 neighbours": Case(
        {"librec": ("p3alpha", {"alpha": 1, "neighbors": 1000})},
        [Peer("irspack", irspack, {"class": "P3alphaRecommender", "alpha": 1.0, "top_k": 1000})]),
    "RP3beta, 1,000 neighbours": Case(
        {"librec": ("rp3beta", {"alpha": 1, "beta": 0.3, "neighbors": 1000})},
        [Peer("irspack", irspack, {"class": "RP3betaRecommender", "alpha": 1.0, "beta": 0.3, "top_k": 1000})]),
    "SVD, 128 factors": Case(
        {"librec": ("svd", {"factors": K, "user_power": 0, "item_power": 0, "spectrum_power": 0})},
        [Peer("irspack", irspack, {"class": "TruncatedSVDRecommender", "n_components": K})]),
    # Theirs multiplies both by the number of users.
    "SLIM, 4,000 items": Case(
        {"librec": ("slim", {"l1": 1, "l2": 30, "candidates": 0})},
        [Peer("irspack", irspack, {"class": "SLIMRecommender", "alpha": 31 / 29858, "l1_ratio": 1 / 31})], 4000),
    "EASE, 8,000 items": Case(
        {"librec": ("ease", {"regularization": 100, "neighbors": 8000})},
        [Peer("irspack", irspack, {"class": "DenseSLIMRecommender", "reg": 100})], 8000),
}


def measure(files, case, package, threads, number, times):
    """One run of another library, in a process of its own; the figures are worked out in the first round, unless times alone are wanted."""
    train, test = sets.matrices(files)
    peer = next(peer for peer in CASES[case].peers if peer.package == package)
    took, scores = peer.run(train, peer.options, threads, number + 1)
    return {"seconds": {"fit": took.pop("seconds")}, **took, "quality": sets.rank_quality(scores, train, test) if number == 0 and not times else {}}


def compare(table, title):
    args, case, sides, about = table.args, CASES[title], {}, {}
    files = sets.gowalla_files(args.folder, case.items)
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
    args = table.read_arguments()
    if sets.gowalla_files(args.folder) is None:
        table.leave_out("Gowalla", "REC_DATA_DIR does not hold it")
    else:
        for title in args.cases:
            compare(table, title)
    table.finish()


if __name__ == "__main__":
    main()
