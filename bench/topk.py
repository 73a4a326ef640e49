#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Top-k of 1,000 users over 41,000 items x 128 factors, what they have seen left out: librec beside implicit, faiss and a bare
sgemm, interleaved, answers checked against brute force in double. Needs numpy, scipy; implicit and faiss-cpu where they install.

usage: topk.py BENCH_TOPK [ROUNDS] [THREADS]"""
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse as sp

USERS, ITEMS, FACTORS, K, THREADS = 1000, 41000, 128, 20, int(sys.argv[3]) if len(sys.argv) > 3 else os.cpu_count()


def make(folder):
    random = np.random.default_rng(1)
    items = (random.standard_normal((ITEMS, FACTORS)) * random.gamma(2.0, 0.5, (ITEMS, 1))).astype(np.float32)
    users = random.standard_normal((USERS, FACTORS)).astype(np.float32)
    rows = [np.sort(random.choice(ITEMS, size=n, replace=False)) for n in random.integers(5, 100, USERS)]
    start = np.cumsum([0] + [len(row) for row in rows]).astype(np.int64)
    seen = np.concatenate(rows).astype(np.int32)
    for name, array in (("items.f32", items), ("users.f32", users), ("start.i64", start), ("seen.i32", seen)):
        array.tofile(os.path.join(folder, name))
    return items, users, sp.csr_matrix((np.ones(len(seen), np.float32), seen, start), shape=(USERS, ITEMS))


def brute_force(items, users, seen):
    scores = users.astype(np.float64) @ items.astype(np.float64).T
    scores[seen.nonzero()] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :K]


def timed(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def peers(items, users, seen):
    yield "sgemm alone", lambda: users @ items.T
    try:
        from implicit.cpu.als import AlternatingLeastSquares
        model = AlternatingLeastSquares(factors=FACTORS, num_threads=THREADS)
        model.item_factors, model.user_factors = items, users
        yield "implicit", lambda: model.recommend(np.arange(USERS), seen, N=K, filter_already_liked_items=True)
    except ImportError as reason:
        print("implicit is left out:", reason)
    try:
        import faiss
        faiss.omp_set_num_threads(THREADS)
        index = faiss.IndexFlatIP(FACTORS)
        index.add(items)
        yield "faiss flat, no filter", lambda: index.search(users, K)
    except ImportError as reason:
        print("faiss is left out:", reason)


def main():
    bench, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 9
    with tempfile.TemporaryDirectory() as folder:
        items, users, seen = make(folder)
        command = [bench, folder] + [str(n) for n in (USERS, ITEMS, FACTORS, K, THREADS, 3)]
        others = list(peers(items, users, seen))
        seconds = {name: [] for name, _ in others}
        ours = []
        for _ in range(rounds):
            ours.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            for name, work in others:
                seconds[name].append(timed(work))
        got = np.fromfile(os.path.join(folder, "items.i32"), np.int32).reshape(USERS, K)
        assert np.array_equal(got, brute_force(items, users, seen)), "the answers differ from brute force in double"
    mine = float(np.median(ours))
    print(f"answers equal brute force in double\n{'librec':24}{mine:8.4f} s")
    for name, values in seconds.items():
        print(f"{name:24}{np.median(values):8.4f} s  {np.median(values) / mine:5.2f} times librec's")


if __name__ == "__main__":
    main()
