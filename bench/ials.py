#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ials beside irspack and implicit: seconds an iteration, and the objective reached, on the same interactions, parameters and threads. An
iteration's time is the difference between runs of few and of more epochs; runs are interleaved, times are medians over rounds. The objective
is that of irspack and ours (docs/algorithms.md), worked out here from the factors; implicit minimises another, so only its time counts. Beside the exact
solver's time stand the operations that it takes and their rate as a share of sgemm's, measured between the runs with as many threads.
Prints a Markdown table. Needs numpy, scipy, safetensors, irspack and implicit.

usage: ials.py REC RATINGS.librec [--factors 64,128] [--rounds 3] [--epochs 1,4] [--threads 2] [--only NAME,...] [--without-objective]
[--json FILE]"""
import argparse
import concurrent.futures
import contextlib
import io
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import implicit.als
import numpy as np
import scipy.sparse as sparse
from irspack.recommenders import IALSRecommender
from safetensors import safe_open

UNOBSERVED, REGULARIZATION, NU = 0.1, 0.003, 1.0


def read_matrix(path):
    with safe_open(path, "np") as arrays:
        start, items, values = (arrays.get_tensor(f"ratings.user_{name}") for name in ("start", "items", "ratings"))
        shape = len(start) - 1, len(arrays.get_tensor("ratings.item_start")) - 1
    return sparse.csr_matrix((values, items, start), shape=shape)


def objective(x, y, matrix):
    """Over the number of interactions."""
    total, weights = 0.0, lambda counts, others: (REGULARIZATION * (counts + UNOBSERVED * others) ** NU)
    for first in range(0, matrix.shape[0], 4096):
        part = matrix[first:first + 4096]
        rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
        for begin in range(0, part.nnz, 1 << 20):
            some = slice(begin, begin + (1 << 20))
            missed = 1 - np.einsum("ij,ij->i", x[first + rows[some]], y[part.indices[some]]).astype(float)
            total += (part.data[some] * missed ** 2).sum()
    total += UNOBSERVED * np.sum((x.T @ x).astype(float) * (y.T @ y))
    total += (weights(np.diff(matrix.indptr), matrix.shape[1]) * (x.astype(float) ** 2).sum(1)).sum()
    total += (weights(np.bincount(matrix.indices, minlength=matrix.shape[1]), matrix.shape[0]) * (y.astype(float) ** 2).sum(1)).sum()
    return total / matrix.nnz


def operations(matrix, factors):
    """Of an iteration by exact rows, a multiplication and an addition being two: what the least formulas take, triangles once. By name: the sums of
    rows with more ratings than factors, their Cholesky factors, the same two of the other rows' systems, what turns the vectors and makes the Gram matrix."""
    total = dict.fromkeys(("sums of long rows", "their factors", "sums of short rows", "their factors ", "basis"), 0.0)
    for counts in (np.diff(matrix.indptr), np.bincount(matrix.indices, minlength=matrix.shape[1])):
        n = counts.astype(float)
        long, short = n[n > factors], n[n <= factors]
        total["sums of long rows"] += long.sum() * factors ** 2
        total["their factors"] += len(long) * factors ** 3 / 3
        total["sums of short rows"] += (short ** 2).sum() * factors
        total["their factors "] += (short ** 3).sum() / 3
        total["basis"] += len(n) * 3 * factors ** 2
    return total


def sgemm_rate(threads, n=2048, repeats=3):
    """Of OpenBLAS with a thread each, in operations a second."""
    a = np.random.default_rng(1).random((n, n), dtype=np.float32)
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: a @ a, range(threads)))
        begin = time.perf_counter()
        list(pool.map(lambda _: [a @ a for _ in range(repeats)], range(threads)))
        return 2.0 * n ** 3 * repeats * threads / (time.perf_counter() - begin)


def irspack(solver):
    def run(args, matrix, factors, epochs, folder):
        model = IALSRecommender(matrix, n_components=factors, alpha0=UNOBSERVED, reg=REGULARIZATION, nu=NU, solver_type=solver, max_cg_steps=3,
                                n_threads=args.threads, train_epochs=epochs)
        begin = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            model.learn()
        return time.perf_counter() - begin, lambda: (model.get_user_embedding(), model.get_item_embedding())
    return run


def implicit_cg(args, matrix, factors, epochs, folder):
    model = implicit.als.AlternatingLeastSquares(factors=factors, iterations=epochs, regularization=0.01, alpha=1.0, num_threads=args.threads,
                                                 use_gpu=False, random_state=1)
    begin = time.perf_counter()
    model.fit(matrix, show_progress=False)
    return time.perf_counter() - begin, None


def librec(solver):
    def run(args, matrix, factors, epochs, folder):
        model = os.path.join(folder, "model.librec")
        command = [args.rec, "fit", "ials", args.ratings, "-o", model, "--json", "--quiet", "--without-ratings", "--threads", str(args.threads)]
        for name, value in (("factors", factors), ("epochs", epochs), ("solver", solver), ("unobserved", UNOBSERVED), ("preference", "one"),
                            ("regularization", REGULARIZATION), ("nu", NU), ("cg_steps", 3), ("block", 64)):
            command += ["-p", f"{name}={value}"]
        out = subprocess.run(command, capture_output=True, text=True)
        if out.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{out.stderr}")

        def factors_of():
            with safe_open(model, "np") as arrays:
                return arrays.get_tensor("user_vectors"), arrays.get_tensor("item_vectors")
        return json.loads(out.stdout)["fit_seconds"], factors_of
    return run


RUNS = {"librec exact": librec("exact"), "librec cg": librec("cg"), "librec subspace": librec("subspace"), "irspack CG": irspack("CG"),
        "irspack IALSPP": irspack("IALSPP"), "irspack CHOLESKY": irspack("CHOLESKY"), "implicit cg": implicit_cg}


def measure(args, matrix, factors, folder, names):
    few, more = map(int, args.epochs.split(","))
    seconds, reached, rates = {name: [] for name in names}, {}, []
    for _ in range(args.rounds):
        rates.append(sgemm_rate(args.threads))
        for name in names:
            short, _ = RUNS[name](args, matrix, factors, few, folder)
            long, vectors = RUNS[name](args, matrix, factors, more, folder)
            seconds[name].append((long - short) / (more - few))
            if name not in reached and vectors is not None and not args.without_objective:
                reached[name] = objective(*vectors(), matrix)
    rows = [{"factors": factors, "name": name, "seconds": statistics.median(seconds[name]), "objective": reached.get(name)} for name in names]
    for row in rows:
        if row["name"] == "librec exact":
            row |= {"operations": operations(matrix, factors), "sgemm": statistics.median(rates)}
    return rows


def show(row):
    text = f"| {row['factors']} | {row['name']} | {row['seconds']:.3f} | {'' if row['objective'] is None else format(row['objective'], '.5f')} | "
    if "operations" in row:
        total = sum(row["operations"].values())
        parts = ", ".join(f"{name.strip()} {value / 1e9:.1f}" for name, value in row["operations"].items())
        text += (f"{total / 1e9:.1f} Gflop ({parts}), {total / row['seconds'] / 1e9:.0f} Gflop/s, "
                 f"{100 * total / row['seconds'] / row['sgemm']:.0f}% of sgemm's {row['sgemm'] / 1e9:.0f} ")
    print(text + "|", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rec")
    parser.add_argument("ratings")
    parser.add_argument("--factors", default="64,128")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", default="1,4")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default=",".join(RUNS))
    parser.add_argument("--without-objective", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    matrix, found = read_matrix(args.ratings), []
    print(f"{matrix.nnz} interactions of {matrix.shape[0]} users and {matrix.shape[1]} items\n\n| factors | | s/iteration | objective | operations |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for factors in map(int, args.factors.split(",")):
            for row in measure(args, matrix, factors, folder, args.only.split(",")):
                found.append(row)
                show(row)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
