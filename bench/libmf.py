#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""librec's mf by SGD beside LIBMF: 20 million planted ratings, two threads, interleaved. Prints test RMSE, fit times (with what each does before
its first epoch) and time an epoch as a Markdown table, and checks that our model is the same for one thread and for two. Needs numpy and libmf;
LIBMF is fastest built with its vector code: CFLAGS="-O3 -march=native -DUSEAVX" pip install --no-binary :all: libmf. Its `predict` gives wrong
values in 0.9.2, so its factors are multiplied here.

usage: libmf.py BUILD [--folder DIR] [--factors 32,128] [--rounds 3] [--threads 2] [--regularization 0.05] [--lines 22222222]"""
import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

# A script in a folder is found before packages, and this one has the package's name.
sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

import numpy as np
from libmf import mf as libmf

# LIBMF's defaults but for the penalty. Ours: as many epochs as it takes to be at least as good.
THEIR_ITERATIONS, THEIR_RATE = 20, 0.1
OURS = {"epochs": 16, "learning_rate": 0.1, "decay": 0.85}


def make(build, folder, lines):
    """The ratings as text, as our containers and as arrays, each made once."""
    def path(name):
        return os.path.join(folder, name)
    if not os.path.exists(path("train.csv")):
        subprocess.run([f"{build}/bench/make_ratings", path("train.csv"), "--lines", str(lines), "--tastes", "16",
                        "--held-out", path("test.csv")], check=True)
    for part in ("train", "test"):
        if not os.path.exists(path(f"{part}.librec")):
            subprocess.run([f"{build}/tools/rec", "convert", path(f"{part}.csv"), path(f"{part}.librec")], check=True,
                           stdout=subprocess.DEVNULL)
        if not os.path.exists(path(f"{part}.npy")):
            ratings = np.loadtxt(path(f"{part}.csv"), delimiter=",", dtype=np.float32)
            ratings[:, :2] -= 1
            np.save(path(f"{part}.npy"), ratings)
    return np.load(path("train.npy")), np.load(path("test.npy"))


def run_theirs(train, test, factors, iterations, options):
    model = libmf.MF(k=factors, nr_threads=options.threads, nr_iters=iterations, eta=THEIR_RATE, quiet=True, copy_data=False,
                     lambda_p1=0.0, lambda_q1=0.0, lambda_p2=options.regularization, lambda_q2=options.regularization)
    start = time.perf_counter()
    model.fit(train)
    seconds = time.perf_counter() - start
    p, q = model.p_factors(), model.q_factors()
    users, items = test[:, 0].astype(int), test[:, 1].astype(int)
    known = (users < len(p)) & (items < len(q))
    predicted = np.full(len(test), train[:, 2].mean(), np.float64)
    predicted[known] = np.einsum("nk,nk->n", p[users[known]], q[items[known]])
    predicted = np.where(np.isnan(predicted), train[:, 2].mean(), predicted)
    clipped = np.clip(predicted, train[:, 2].min(), train[:, 2].max())
    rmse = float(np.sqrt(np.mean((clipped - test[:, 2]) ** 2)))
    return seconds, rmse, hashlib.sha256(q.tobytes()).hexdigest()


def run_ours(rec, folder, factors, epochs, threads, options):
    model = os.path.join(folder, "model.librec")
    parameters = {**OURS, "factors": factors, "regularization": options.regularization, "epochs": epochs}
    settings = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
    about = json.loads(subprocess.run([rec, "fit", "mf", f"{folder}/train.librec", "-o", model, "-q", "--json", "--without-ratings",
                                       "--threads", str(threads), *settings], check=True, capture_output=True).stdout)
    measured = json.loads(subprocess.run([rec, "evaluate", model, "--test", f"{folder}/test.librec", "--metrics", "rmse", "--json"],
                                         check=True, capture_output=True).stdout)
    with open(model, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        begin, end = header["item_vectors"]["data_offsets"]
        file.seek(8 + length + begin)
        digest = hashlib.sha256(file.read(end - begin)).hexdigest()
    return about["fit_seconds"], measured["metrics"]["rmse"], digest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="build folder, with -Dbench=true")
    parser.add_argument("--folder", default=os.path.join(tempfile.gettempdir(), "librec-libmf"))
    parser.add_argument("--factors", default="32,128")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--regularization", type=float, default=0.05)
    parser.add_argument("--lines", type=int, default=22222222)
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    train, test = make(options.build, options.folder, options.lines)
    rec = f"{options.build}/tools/rec"
    print(f"{len(train):,} ratings, {len(test):,} to test, {options.threads} threads, regularization {options.regularization}\n")
    print("| factors | | test RMSE | fit | epochs | an epoch | the same again |\n| --- | --- | --- | --- | --- | --- | --- |")
    for factors in map(int, options.factors.split(",")):
        theirs, ours, short, their_short = [], [], [], []
        for _ in range(options.rounds):
            theirs.append(run_theirs(train, test, factors, THEIR_ITERATIONS, options))
            ours.append(run_ours(rec, options.folder, factors, OURS["epochs"], options.threads, options))
            short.append(run_ours(rec, options.folder, factors, 1, options.threads, options)[0])
            their_short.append(run_theirs(train, test, factors, 1, options)[0])
        other = run_ours(rec, options.folder, factors, OURS["epochs"], 1, options)
        if any(run[2] != other[2] for run in ours):
            sys.exit("librec's model differs between runs or numbers of threads")
        for name, runs, first, epochs in (("LIBMF", theirs, their_short, THEIR_ITERATIONS), ("librec", ours, short, OURS["epochs"])):
            seconds = statistics.median(run[0] for run in runs)
            epoch = (seconds - statistics.median(first)) / (epochs - 1)
            same = "yes, for 1 thread too" if name == "librec" else "yes" if len({run[2] for run in runs}) == 1 else "no"
            rmse = statistics.median(run[1] for run in runs)
            print(f"| {factors} | {name} | {rmse:.4f} | {seconds:.2f} s | {epochs} | {epoch:.3f} s | {same} |", flush=True)
        better = statistics.median(run[1] for run in ours) <= statistics.median(run[1] for run in theirs)
        ratio = statistics.median(a[0] / b[0] for a, b in zip(theirs, ours))
        print(f"\nfactors {factors}: LIBMF takes {ratio:.2f} times as long; librec's RMSE is {'no greater' if better else 'GREATER'}\n")


if __name__ == "__main__":
    main()
