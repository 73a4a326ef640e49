#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every method of scikit-surprise with the same parameters here, on official folds of MovieLens 100K: RMSE and MAE as means over the folds, seconds
as medians over folds and rounds. Ours is what `rec evaluate` reports. Surprise has one thread. Needs numpy, scikit-surprise and
REC_DATA_DIR/ml-100k/u1.base and so on.

usage: surprise_methods.py REC [--cases "SVD;NMF"] [--folds 1,2,3,4,5] [--rounds 1] [--threads N] [--json FILE] [--list]"""
import collections
import time

import numpy as np
import surprise

import side

DATA = side.DATA / "ml-100k"

Method = collections.namedtuple("Method", "name theirs options algorithm parameters repeats", defaults=[1])

KNN_MODES = {"KNNBasic": "basic", "KNNWithMeans": "means", "KNNWithZScore": "zscore", "KNNBaseline": "baseline"}
KNN_SIMILARITIES = {"cosine": "common_cosine", "msd": "msd", "pearson": "pearson", "pearson_baseline": "pearson_baseline"}
# Surprise keeps every neighbour, and shrinks pearson_baseline alone, by 100.
KNN_SAME = {"k": 40, "min_k": 1, "neighbors": 1000000, "min_support": 1, "amplification": 1, "damping": 0, "user_regularization": 15,
            "item_regularization": 10, "epochs": 10}
SGD_SAME = {"epochs": 20, "learning_rate": 0.005, "regularization": 0.02, "bias_regularization": 0.02, "decay": 1, "init_deviation": 0.1}
NMF_SAME = {"factors": 15, "epochs": 50, "user_regularization": 0.06, "item_regularization": 0.06, "scaling": "count",
            "solver": "multiplicative", "init_least": 0, "init_greatest": 1}


def knn_methods():
    for name, mode in KNN_MODES.items():
        for user_based in (False, True):
            for theirs, ours in KNN_SIMILARITIES.items():
                yield Method(f"{name} {'users' if user_based else 'items'} {theirs}", name,
                             {"sim_options": {"name": theirs, "user_based": user_based}}, "userknn" if user_based else "itemknn",
                             {"mode": mode, "similarity": ours, "shrinkage": 100 if theirs == "pearson_baseline" else 0, **KNN_SAME})


# The whole mapping: Surprise's class and options, our algorithm and parameters; repeats: runs of a fold, where chance decides much.
# Options left out are the default on their side.
METHODS = [
    Method("NormalPredictor", "NormalPredictor", {}, "random", {}, 8),
    Method("BaselineOnly als", "BaselineOnly", {"bsl_options": {"method": "als"}}, "baseline",
           {"solver": "als", "epochs": 10, "user_regularization": 15, "item_regularization": 10}),
    # Their penalty stands inside the sum over ratings; ours is shared out over a row's ratings, so 0.02 n becomes about 0.02 n_mean.
    Method("BaselineOnly sgd", "BaselineOnly", {"bsl_options": {"method": "sgd"}}, "baseline",
           {"solver": "sgd", "epochs": 20, "learning_rate": 0.005, "user_regularization": 0.02 * 85, "item_regularization": 0.02 * 48}),
    *knn_methods(),
    Method("SVD", "SVD", {}, "mf", {"solver": "sgd", "scaling": "count", "factors": 100, **SGD_SAME}),
    Method("SVD++", "SVDpp", {}, "svdpp",
           {"factors": 20, "scaling": "count", **SGD_SAME, "learning_rate": 0.007, "bias_learning_rate": 0.007,
            "implicit_regularization": 0.02}),
    Method("NMF", "NMF", {}, "nmf", {"biases": "false", **NMF_SAME}),
    Method("NMF biased", "NMF", {"biased": True}, "nmf", {"biases": "true", "bias_regularization": 0.02, **NMF_SAME}),
    Method("SlopeOne", "SlopeOne", {}, "slopeone", {"weighting": "even"}),
    Method("CoClustering", "CoClustering", {}, "coclustering", {"user_clusters": 3, "item_clusters": 3, "epochs": 20}, 4),
]


def fold_files(fold):
    return [str(DATA / f"u{fold}.{part}") for part in ("base", "test")]


def read_fold(fold):
    reader = surprise.Reader(line_format="user item rating timestamp", sep="\t", rating_scale=(1, 5))
    data = surprise.Dataset.load_from_folds([tuple(fold_files(fold))], reader)
    return next(surprise.model_selection.PredefinedKFold().split(data))


def run_theirs(method, fold, seed):
    train, test = fold
    options = dict(method.options)
    if method.theirs in ("SVD", "SVDpp", "NMF", "CoClustering"):
        options["random_state"] = seed
    if method.theirs.startswith("KNN") or method.theirs == "BaselineOnly":
        options["verbose"] = False
    np.random.seed(seed)
    start = time.perf_counter()
    model = getattr(surprise, method.theirs)(**options).fit(train)
    fitted = time.perf_counter()
    predictions = model.test(test)
    return {"seconds": {"fit": fitted - start, "predict": time.perf_counter() - fitted},
            "quality": {"rmse": surprise.accuracy.rmse(predictions, verbose=False), "mae": surprise.accuracy.mae(predictions, verbose=False)}}


def run_ours(args, method, fold, seed):
    train, test = fold_files(fold)
    got = side.evaluated(args.rec, method.algorithm, method.parameters, ["--train", train, "--test", test], ["rmse", "mae"], args.threads, seed)
    return {"seconds": got["seconds"], "quality": got["quality"]}


def measure(args, method, folds):
    """A round is one fold with one seed."""
    turns = [(fold, 1 + fold + 100 * number) for number in range(args.rounds * method.repeats) for fold in folds]
    sides = {"librec": lambda n: run_ours(args, method, *turns[n]),
             "scikit-surprise": lambda n: run_theirs(method, folds[turns[n][0]], turns[n][1])}
    about = {"librec": {"settings": {"algorithm": method.algorithm, **method.parameters}},
             "scikit-surprise": {"version": surprise.__version__, "settings": {"class": method.theirs, **method.options}}}
    return side.compare("ml-100k folds", method.name, sides, len(turns), about)


def main():
    methods = {method.name: method for method in METHODS}
    table = side.Table("surprise", "Ratings: every method of scikit-surprise", __doc__, methods, wide=True)
    table.parser.add_argument("--folds", default="1,2,3,4,5")
    table.parser.set_defaults(rounds=1)
    args = table.read_arguments()
    if not DATA.is_dir():
        table.leave_out("ml-100k", "REC_DATA_DIR does not hold it")
    else:
        folds = {fold: read_fold(fold) for fold in map(int, args.folds.split(","))}
        for name in args.cases:
            table.add(measure(args, methods[name], folds))
    table.finish()


if __name__ == "__main__":
    main()
