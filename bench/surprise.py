#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""librec beside scikit-surprise: every method of Surprise, the same folds, the same parameters. Prints RMSE, MAE and times as a Markdown
table, ours beside theirs. Ours is what `rec evaluate` reports. Runs are interleaved; errors are means over the folds, times medians over
folds and rounds. Needs numpy and scikit-surprise, and the official folds of MovieLens 100K: REC_DATA_DIR/ml-100k/u1.base and so on.

usage: surprise.py REC [--methods SVD,NMF,...] [--folds 1,2,3,4,5] [--rounds 1] [--threads 0] [--json FILE] [--list]"""
import argparse
import collections
import json
import os
import subprocess
import sys
import time

# A script in a folder is found before packages, and this one has the package's name.
sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

import numpy as np
import surprise

DATA = os.path.join(os.environ.get("REC_DATA_DIR", "../shared/data"), "ml-100k")

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
    return [os.path.join(DATA, f"u{fold}.{part}") for part in ("base", "test")]


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
    done = time.perf_counter()
    return {"rmse": surprise.accuracy.rmse(predictions, verbose=False), "mae": surprise.accuracy.mae(predictions, verbose=False),
            "fit": fitted - start, "predict": done - fitted}


def run_ours(rec, method, fold, seed, threads):
    train, test = fold_files(fold)
    command = [rec, "evaluate", method.algorithm, "--train", train, "--test", test, "--metrics", "rmse,mae", "--json",
               "--seed", str(seed), "--threads", str(threads)]
    for name, value in method.parameters.items():
        command += ["-p", f"{name}={value}"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{run.stderr}")
    got = json.loads(run.stdout)
    return {"rmse": got["metrics"]["rmse"], "mae": got["metrics"]["mae"], "fit": got["fit_seconds"], "predict": got["score_seconds"]}


def measure(arguments, method, folds):
    runs = {"ours": [], "theirs": []}
    for round_number in range(arguments.rounds * method.repeats):
        for fold, data in folds.items():
            seed = 1 + fold + 100 * round_number
            runs["theirs"].append(run_theirs(method, data, seed))
            runs["ours"].append(run_ours(arguments.rec, method, fold, seed, arguments.threads))
    row = {"method": method.name, "algorithm": method.algorithm, "parameters": method.parameters}
    for side, results in runs.items():
        row[side] = {what: float((np.mean if what in ("rmse", "mae") else np.median)([result[what] for result in results]))
                     for what in results[0]}
    row["difference"] = {what: row["ours"][what] - row["theirs"][what] for what in ("rmse", "mae")}
    row["ratio"] = sum(row["theirs"][what] for what in ("fit", "predict")) / sum(row["ours"][what] for what in ("fit", "predict"))
    return row


HEADER = ("| method | RMSE ours | theirs | difference | MAE ours | theirs | difference | fit + predict ours | theirs | times as fast |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")


def show(row):
    ours, theirs, less = row["ours"], row["theirs"], row["difference"]
    print(f"| {row['method']} | {ours['rmse']:.4f} | {theirs['rmse']:.4f} | {less['rmse']:+.4f} | {ours['mae']:.4f} | {theirs['mae']:.4f} | "
          f"{less['mae']:+.4f} | {ours['fit']:.4f} + {ours['predict']:.4f} s | {theirs['fit']:.3f} + {theirs['predict']:.3f} s | "
          f"{row['ratio']:.0f} |", flush=True)


def choose(names):
    """Methods by the beginning of their names; `KNNBasic` means all eight of it."""
    if names is None:
        return METHODS
    chosen = []
    for name in names.split(","):
        found = [method for method in METHODS if method.name.startswith(name)]
        if not found:
            sys.exit(f"no method's name begins with \"{name}\"; --list prints them")
        chosen += found
    return chosen


def known_algorithms(rec):
    return {algorithm["name"] for algorithm in json.loads(subprocess.check_output([rec, "algorithms", "--json"], text=True))}


def main():
    parser = argparse.ArgumentParser(description="librec beside scikit-surprise on MovieLens 100K")
    parser.add_argument("rec", help="path of the rec binary")
    parser.add_argument("--methods", help="names, or how they begin, with commas between; all by default")
    parser.add_argument("--folds", default="1,2,3,4,5")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each fold, each with its seed; several times as many where chance decides")
    parser.add_argument("--threads", type=int, default=0, help="for librec; 0: all processors")
    parser.add_argument("--json", metavar="FILE", help="write the table there too")
    parser.add_argument("--list", action="store_true", help="print the methods' names")
    arguments = parser.parse_args()
    methods = choose(arguments.methods)
    if arguments.list:
        return print("\n".join(method.name for method in methods))
    known, rows = known_algorithms(arguments.rec), []
    folds = {fold: read_fold(fold) for fold in (int(text) for text in arguments.folds.split(","))}
    print(HEADER)
    for method in methods:
        if method.algorithm not in known:
            print(f"| {method.name} | not in this build |" + " |" * 8, flush=True)
            rows.append({"method": method.name, "algorithm": method.algorithm, "missing": True})
            continue
        rows.append(measure(arguments, method, folds))
        show(rows[-1])
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"surprise": surprise.__version__, "folds": list(folds), "rounds": arguments.rounds, "methods": rows}, file, indent=2)


if __name__ == "__main__":
    main()
