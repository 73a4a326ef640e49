#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""itemknn beside implicit's nearest items, on Gowalla as LightGCN splits it: seconds to fit and to recommend 20 items to everybody with test items, Recall@20
and NDCG@20. Runs are interleaved; times are medians over rounds. Prints a Markdown table. Needs numpy, scipy and implicit, and the data:
REC_DATA_DIR/gowalla/train.txt, valid.txt, test.txt.

usage: itemknn.py REC [--rounds 3] [--threads 2]"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import implicit.nearest_neighbours as nearest
import numpy as np
import scipy.sparse as sparse

DATA = pathlib.Path(os.environ.get("REC_DATA_DIR", "../shared/data")) / "gowalla"
K = 20
METHODS = {"cosine, 200 neighbours": (lambda threads: nearest.CosineRecommender(K=200, num_threads=threads), ["neighbors=200"]),
           "BM25, 1000 neighbours": (lambda threads: nearest.BM25Recommender(K=1000, K1=0.5, B=0.2, num_threads=threads),
                                     ["neighbors=1000", "weighting=bm25", "similarity=dot", "bm25_k1=0.5", "bm25_b=0.2"])}


def read(name):
    pairs = [(row[0], item) for row in (list(map(int, line.split())) for line in open(DATA / name)) for item in row[1:]]
    return np.array(pairs)


def matrix_of(pairs, shape):
    return sparse.csr_matrix((np.ones(len(pairs), np.float32), (pairs[:, 0], pairs[:, 1])), shape=shape)


def theirs(make, train, test, threads):
    model, users = make(threads), np.flatnonzero(np.diff(test.indptr))
    begin = time.perf_counter()
    model.fit(train, show_progress=False)
    fitted = time.perf_counter()
    ids, _ = model.recommend(users, train[users], N=K, filter_already_liked_items=True)
    ended, discounts, recall, ndcg = time.perf_counter(), 1 / np.log2(np.arange(2, K + 2)), 0.0, 0.0
    for user, row in zip(users, ids):
        wanted = test.indices[test.indptr[user]:test.indptr[user + 1]]
        hits = np.isin(row, wanted)
        recall += hits.sum() / len(wanted)
        ndcg += discounts[hits].sum() / discounts[:min(K, len(wanted))].sum()
    return fitted - begin, ended - fitted, recall / len(users), ndcg / len(users)


def ours(rec, parameters, threads):
    command = [rec, "evaluate", "itemknn", "--format", "lists", "--train", DATA / "train.txt", "--train", DATA / "valid.txt", "--test", DATA / "test.txt",
               "--metrics", f"recall@{K},ndcg@{K}", "--json", "--quiet", "--threads", str(threads), "-p", "shrinkage=0"]
    for parameter in parameters:
        command += ["-p", parameter]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    got = json.loads(run.stdout)
    return got["fit_seconds"], got["score_seconds"], got["metrics"][f"recall@{K}"], got["metrics"][f"ndcg@{K}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rec")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    pairs, tests = np.concatenate([read("train.txt"), read("valid.txt")]), read("test.txt")
    shape = tuple(np.concatenate([pairs, tests]).max(0) + 1)
    train, test = matrix_of(pairs, shape), matrix_of(tests, shape)
    print("| | | fit | recommend | recall@20 | ndcg@20 |\n| --- | --- | --- | --- | --- | --- |")
    for name, (make, parameters) in METHODS.items():
        runs = {"implicit": [], "librec": []}
        for _ in range(args.rounds):
            runs["implicit"].append(theirs(make, train, test, args.threads))
            runs["librec"].append(ours(args.rec, parameters, args.threads))
        for who, rows in runs.items():
            fit, score, recall, ndcg = (statistics.median(column) for column in zip(*rows))
            print(f"| {name} | {who} | {fit:.2f} s | {score:.2f} s | {recall:.4f} | {ndcg:.4f} |", flush=True)


if __name__ == "__main__":
    main()
