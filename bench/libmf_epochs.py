#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""librec's mf by SGD beside LIBMF: planted ratings, interleaved. Prints test RMSE, seconds of the fit and of an epoch
(from fits of two lengths), and checks that our model is the same for one thread and for two. Needs numpy and libmf;
LIBMF is fastest built with its vector code: CFLAGS="-O3 -march=native -DUSEAVX" pip install --no-binary :all: libmf. Its `predict` gives wrong
values in 0.9.2, so its factors are multiplied here.

usage: libmf_epochs.py REC [--cases "32 factors;128 factors"] [--folder DIR] [--rounds 3] [--threads 2] [--regularization 0.05]"""
import hashlib
import json
import sys
import time

import numpy as np
from libmf import mf as libmf

import sets
import side

# LIBMF's defaults but for the penalty. Ours: as many epochs as it takes to be at least as good.
THEIR_ITERATIONS, THEIR_RATE = 20, 0.1
OURS = {"epochs": 16, "learning_rate": 0.1, "decay": 0.85}


CASES = {f"{factors} factors": factors for factors in (32, 128)}


def load(npz):
    with np.load(npz) as file:
        return [np.stack([file[f"{part}_{name}"] for name in ("users", "items", "ratings")], axis=1).astype(np.float32) for part in ("train", "test")]


def rmse_of(model, train, test):
    """Pairs with a user or item that training lacks (-1) are predicted by the mean."""
    p, q, mean = model.p_factors(), model.q_factors(), train[:, 2].mean()
    users, items = test[:, 0].astype(int), test[:, 1].astype(int)
    predicted, known = np.full(len(test), mean, np.float64), (users >= 0) & (items >= 0)
    predicted[known] = np.einsum("nk,nk->n", p[users[known]], q[items[known]])
    clipped = np.clip(np.nan_to_num(predicted, nan=mean), train[:, 2].min(), train[:, 2].max())
    return float(np.sqrt(np.mean((clipped - test[:, 2]) ** 2)))


def run_theirs(args, train, test, factors):
    def fit(iterations):
        model = libmf.MF(k=factors, nr_threads=args.threads, nr_iters=iterations, eta=THEIR_RATE, quiet=True, copy_data=False,
                         lambda_p1=0.0, lambda_q1=0.0, lambda_p2=args.regularization, lambda_q2=args.regularization)
        start = time.perf_counter()
        model.fit(train)
        return model, time.perf_counter() - start
    model, seconds = fit(THEIR_ITERATIONS)
    _, short = fit(1)
    return {"seconds": {"fit": seconds, "an epoch": (seconds - short) / (THEIR_ITERATIONS - 1)}, "quality": {"rmse": rmse_of(model, train, test)},
            "digest": hashlib.sha256(model.q_factors().tobytes()).hexdigest()}


def fit_ours(args, data, factors, epochs, threads):
    """Seconds, and the model."""
    model = args.folder / "model.librec"
    parameters = {**OURS, "factors": factors, "regularization": args.regularization, "epochs": epochs}
    about = side.rec(args.rec, "fit", "mf", data.containers[0], "-o", model, "-q", "--without-ratings", "--threads", threads, *side.settings(parameters))
    return about["fit_seconds"], model


def digest_of(model):
    with open(model, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        begin, end = json.loads(file.read(length))["item_vectors"]["data_offsets"]
        file.seek(8 + length + begin)
        return hashlib.sha256(file.read(end - begin)).hexdigest()


def run_ours(args, data, factors):
    short, _ = fit_ours(args, data, factors, 1, args.threads)
    seconds, model = fit_ours(args, data, factors, OURS["epochs"], args.threads)
    measured = side.rec(args.rec, "evaluate", model, "--test", data.containers[1], "--metrics", "rmse")
    return {"seconds": {"fit": seconds, "an epoch": (seconds - short) / (OURS["epochs"] - 1)}, "quality": measured["metrics"], "digest": digest_of(model)}


def main():
    table = side.Table("libmf", "Ratings: LIBMF, epoch by epoch", __doc__, CASES)
    table.parser.add_argument("--regularization", type=float, default=0.05)
    table.parser.add_argument("--millions", type=int, default=10, help="of planted training ratings (10)")
    args = table.read_arguments()
    name = f"synthetic {args.millions}M"
    data = sets.Explicit(name, args)
    train, test = load(data.npz)
    for case in args.cases:
        factors, digests = CASES[case], set()

        def ours(number):
            run = run_ours(args, data, factors)
            digests.add(run["digest"])
            return run
        sides = {"librec": ours, "libmf": lambda number: run_theirs(args, train, test, factors)}
        about = {"librec": {"settings": {"algorithm": "mf", **OURS, "factors": factors}},
                 "libmf": {"version": side.version("libmf"), "settings": {"k": factors, "nr_iters": THEIR_ITERATIONS, "eta": THEIR_RATE}}}
        table.add(side.compare(name, case, sides, args.rounds, about, ["fit"]))
        fit_ours(args, data, factors, OURS["epochs"], 1)
        if digests != {digest_of(args.folder / "model.librec")}:
            sys.exit("librec's model differs between runs or numbers of threads")
        print(f"{case}: librec's item vectors are the same in every run, and for 1 thread too", file=sys.stderr)
    table.finish()


if __name__ == "__main__":
    main()
