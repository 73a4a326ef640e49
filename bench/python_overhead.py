#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python adds to a call: the same questions of one model through the package and from a C program, interleaved, answers compared. Of a small
catalogue, where the library itself takes next to no time, microseconds a call; of a larger one, batches, in percent. Needs the Python package.

usage: python_overhead.py BENCH_CALLS [ROUNDS] [THREADS]"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse as sparse

import librec

K, CALLS = 10, 20000
PROGRAM = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 7
THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 0
WAYS = {"user": "recommend(user)", "row": "recommend(user, row)", "new": "recommend(user, row, recalculate_user=True)"}


def fit(folder, users, items, density, factors):
    plays = sparse.random(users, items, density, "csr", np.float32, random_state=0)
    plays.data[:] = 1
    model = librec.IALS(factors=factors, epochs=3, threads=THREADS).fit(plays)
    model.save(folder / "model")
    return librec.Model.load(folder / "model"), plays


def in_c(folder, calls):
    """By way: (nanoseconds a call, sum of all items answered). Of the batches the last counts: the first one meets cold pages."""
    out = subprocess.run([PROGRAM, str(folder / "model"), str(K), str(calls)], capture_output=True, text=True, check=True).stdout
    return {way: (float(cost), int(total)) for way, cost, total in map(str.split, out.splitlines())}



def singles(model, rows):
    """By way, nanoseconds a call and the sum of the answers, as in C; the sums are made apart, for they would cost more than the calls."""
    users = range(len(rows))
    asks = {"user": lambda u: model.recommend(u, N=K), "row": lambda u: model.recommend(u, rows[u], N=K),
            "new": lambda u: model.recommend(u, rows[u], N=K, recalculate_user=True)}
    for way, ask in asks.items():
        total = sum(int(ask(user)[0].sum()) for user in users) * (CALLS // len(rows))
        begin = time.perf_counter_ns()
        for call in range(CALLS):
            ask(call % len(rows))
        yield way, (time.perf_counter_ns() - begin) / CALLS, total


def batch(model):
    users = np.arange(len(model.user_ids), dtype=np.int32)
    model.recommend(users, N=K)
    begin = time.perf_counter_ns()
    ids, _ = model.recommend(users, N=K)
    return time.perf_counter_ns() - begin, int(ids[ids >= 0].sum(dtype=np.int64))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model, plays = fit(folder, 500, 100, 0.05, 8)
        rows = [plays[user] for user in range(plays.shape[0])]
        added = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            base = in_c(folder, CALLS)
            for way, cost, total in singles(model, rows):
                assert total == base[way][1], f"{way}: Python answers otherwise than C"
                added[way].append((cost, base[way][0]))
        print(f"one user, {plays.shape[1]} items, 8 factors, N={K}: median of {ROUNDS} rounds, microseconds a call")
        for way, title in WAYS.items():
            python, c = (statistics.median(column) / 1000 for column in zip(*added[way]))
            print(f"  {title:45} Python {python:6.2f}   C {c:6.2f}   added {python - c:5.2f}")
        model, plays = fit(folder, 20000, 20000, 0.002, 64)
        both = []
        for _ in range(ROUNDS):
            base = in_c(folder, 0)["batch"]
            cost, total = batch(model)
            assert total == base[1], "batch: Python answers otherwise than C"
            both.append((cost, base[0]))
        python, c = (statistics.median(column) / 1e6 for column in zip(*both))
        ratio = statistics.median(p / q for p, q in both)
        print(f"{plays.shape[0]} users at once, {plays.shape[1]} items, 64 factors: Python {python:.1f} ms   C {c:.1f} ms   "
              f"added {100 * (ratio - 1):+.1f}% (median of the rounds' ratios)")


main()
