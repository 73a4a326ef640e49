#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""librec beside implicit and LightFM: the learners that rank pairs, the same parameters, on Gowalla as LightGCN splits it. Prints Recall@20,
NDCG@20 and seconds an epoch as a Markdown table: theirs, ours with their parameters, ours with bench/params/gowalla-ALGORITHM.params. The other
libraries run their hogwild on as many threads. Runs are interleaved; times are medians over rounds. Needs numpy, scipy, implicit and LightFM, and
the data: REC_DATA_DIR/gowalla/train.txt, valid.txt, test.txt.

usage: pairs.py REC [--methods implicit bpr,...] [--valid] [--rounds 1] [--threads 2] [--theirs] [--set NAME=VALUE,...] [--json FILE]"""
import argparse
import collections
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import implicit.bpr
import implicit.lmf
import lightfm
import numpy as np
import scipy.sparse as sparse

DATA = pathlib.Path(os.environ.get("REC_DATA_DIR", "../shared/data")) / "gowalla"
PARAMS = pathlib.Path(__file__).resolve().parent / "params"
K = 20

Method = collections.namedtuple("Method", "name algorithm options epochs parameters")

# Both draw numbers within half a step of 0 to begin with, over the count of factors: a deviation of 1 / (12^0.5 factors).
def small(factors):
    return {"factors": factors, "init_deviation": round(12 ** -0.5 / factors, 6)}


# Of implicit's logistic every row moves once an epoch and is penalised once; ours moves for each of its terms, 1 + neg_prop a pair, and a row has
# some 24 pairs: the penalty is shared out over as many, and the step over their root.
TERMS = 31 * 24


# The whole mapping: their options (what is left out is their default), epochs, and our parameters for the same.
METHODS = [
    Method("implicit bpr", "bpr", {"factors": 64, "learning_rate": 0.05, "regularization": 0.005}, 60,
           {"steps": "plain", "sampling": "popularity", "learning_rate": 0.05, "regularization": 0.005, **small(64)}),
    Method("implicit logistic", "logistic", {"factors": 64, "learning_rate": 1.0, "regularization": 0.6, "neg_prop": 30}, 30,
           {"steps": "adagrad", "negatives": 30, "alpha": 1, "learning_rate": round(TERMS ** -0.5, 4), "regularization": round(0.6 / TERMS, 6),
            **small(64)}),
    Method("LightFM bpr", "bpr", {"no_components": 64, "loss": "bpr", "learning_rate": 0.05}, 30,
           {"steps": "adagrad", "sampling": "popularity", "learning_rate": 0.05, "regularization": 0, **small(64)}),
    Method("LightFM warp", "warp", {"no_components": 64, "loss": "warp", "learning_rate": 0.05, "max_sampled": 30}, 30,
           {"steps": "adagrad", "max_sampled": 30, "learning_rate": 0.05, "regularization": 0, **small(64)}),
    Method("LightFM warp-kos", "kos-warp", {"no_components": 64, "loss": "warp-kos", "learning_rate": 0.05, "max_sampled": 30, "k": 5, "n": 10},
           30, {"steps": "adagrad", "max_sampled": 30, "sample": 10, "rank": 5, "learning_rate": 0.05, "regularization": 0, **small(64)}),
]


def read_lists(files):
    users, items = [], []
    for file in files:
        for line in open(file):
            user, *row = map(int, line.split())
            users += [user] * len(row)
            items += row
    return np.array(users), np.array(items)


def matrix_of(files, shape):
    users, items = read_lists(files)
    return sparse.csr_matrix((np.ones(len(users), np.float32), (users, items)), shape=shape)


def measure(user_vectors, item_vectors, item_biases, train, test):
    """Means over users with test items, of hits over test items, and of nDCG with gains of 1; training items are left out."""
    discounts = 1 / np.log2(np.arange(2, K + 2))
    recall, ndcg, n = 0.0, 0.0, 0
    for start in range(0, train.shape[0], 1000):
        rows = range(start, min(start + 1000, train.shape[0]))
        scores = user_vectors[rows.start:rows.stop] @ item_vectors.T + item_biases
        for u, line in zip(rows, scores):
            wanted = test.indices[test.indptr[u]:test.indptr[u + 1]]
            if len(wanted) == 0:
                continue
            line[train.indices[train.indptr[u]:train.indptr[u + 1]]] = -np.inf
            best = np.argpartition(-line, K)[:K]
            hits = np.isin(best[np.argsort(-line[best])], wanted)
            recall += hits.sum() / len(wanted)
            ndcg += discounts[hits].sum() / discounts[:min(K, len(wanted))].sum()
            n += 1
    return {"recall": recall / n, "ndcg": ndcg / n}


def run_theirs(method, options, epochs, train, threads, seed):
    """Their factors, and seconds an epoch."""
    library, _ = method.name.split()
    start = time.perf_counter()
    if library == "LightFM":
        model = lightfm.LightFM(random_state=seed, **options).fit(train, epochs=epochs, num_threads=threads)
        factors = model.user_embeddings, model.item_embeddings, model.item_biases
    else:
        kind = implicit.bpr.BayesianPersonalizedRanking if method.algorithm == "bpr" else implicit.lmf.LogisticMatrixFactorization
        model = kind(iterations=epochs, num_threads=threads, random_state=seed, **({"use_gpu": False} if method.algorithm == "bpr" else {}),
                     **options)
        model.fit(train, show_progress=False)
        factors = model.user_factors, model.item_factors, np.zeros(train.shape[1], np.float32)
    return factors, (time.perf_counter() - start) / epochs


def run_ours(rec, algorithm, parameters, files, test, threads, seed):
    command = [rec, "evaluate", algorithm, "--format", "lists", "--test", test, "--metrics", f"recall@{K},ndcg@{K}", "--json", "--quiet",
               "--seed", str(seed), "--threads", str(threads)]
    for file in files:
        command += ["--train", file]
    for parameter in parameters:
        command += ["-p", parameter]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{run.stderr}")
    got = json.loads(run.stdout)
    return {"recall": got["metrics"][f"recall@{K}"], "ndcg": got["metrics"][f"ndcg@{K}"], "epoch": got["fit_seconds"] / got["params"]["epochs"]}


def compare(arguments, method, files, train, test):
    runs = collections.defaultdict(list)
    options, epochs = dict(method.options), method.epochs
    for name, value in arguments.set.items():
        if name == "epochs":
            epochs = int(value)
        else:
            options[name] = type(options[name])(float(value))
    for seed in range(1, arguments.rounds + 1):
        factors, seconds = run_theirs(method, options, epochs, train, arguments.threads, seed)
        runs["theirs"].append({**measure(*factors, train, test), "epoch": seconds})
        if arguments.theirs:
            continue
        same = [f"{name}={value}" for name, value in {**method.parameters, "epochs": epochs}.items()]
        for side, parameters in (("same", same), ("chosen", [f"@{PARAMS / f'gowalla-{method.algorithm}.params'}"])):
            runs[side].append(run_ours(arguments.rec, method.algorithm, parameters, files, arguments.test, arguments.threads, seed))
    return {side: {what: statistics.median(run[what] for run in of_side) for what in of_side[0]} for side, of_side in runs.items()}


HEADER = ("| method | Recall@20 theirs | ours, same parameters | ours, chosen | NDCG@20 theirs | ours, same | ours, chosen "
          "| seconds an epoch theirs | ours, same | ours, chosen |\n" + "| --- " * 10 + "|")


def show(name, row):
    cells = [f"{row[side][what]:.4f}" if side in row else "" for what in ("recall", "ndcg", "epoch") for side in ("theirs", "same", "chosen")]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description="librec beside implicit and LightFM on Gowalla")
    parser.add_argument("rec", help="path of the rec binary")
    parser.add_argument("--methods", help="names with commas between; all by default")
    parser.add_argument("--valid", action="store_true", help="learn from train.txt and measure on valid.txt, as for choosing parameters")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--theirs", action="store_true", help="theirs alone, as for choosing their options")
    parser.add_argument("--set", default="", help="other values for their options, or epochs")
    parser.add_argument("--json", metavar="FILE", help="write the table there too")
    arguments = parser.parse_args()
    arguments.set = dict(pair.split("=") for pair in arguments.set.split(",") if pair)
    known = {method.name: method for method in METHODS}
    names = arguments.methods.split(",") if arguments.methods else list(known)
    for name in names:
        if name not in known:
            sys.exit(f"no method is named \"{name}\"; there are {', '.join(known)}")
    files = [DATA / "train.txt"] + ([] if arguments.valid else [DATA / "valid.txt"])
    arguments.test = DATA / ("valid.txt" if arguments.valid else "test.txt")
    every = read_lists([DATA / f"{part}.txt" for part in ("train", "valid", "test")])
    shape = every[0].max() + 1, every[1].max() + 1
    train, test = matrix_of(files, shape), matrix_of([arguments.test], shape)
    rows = {}
    print(HEADER)
    for name in names:
        rows[name] = compare(arguments, known[name], files, train, test)
        show(name, rows[name])
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"implicit": implicit.__version__, "lightfm": lightfm.__version__, "rounds": arguments.rounds, "methods": rows}, file, indent=2)


if __name__ == "__main__":
    main()
