#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Top-k of 1,000 users over 41,000 items x 128 factors, what they have seen left out: librec beside a bare sgemm, implicit, faiss's exact index and
hnswlib's approximate one, interleaved. `recall` is the share of the true first 20 that are answered (found in double by brute force; with nothing left out
for those that cannot): librec's must be 1. The arrays are at hand on all sides; an index's own making is `build`. Memory is that of one more run, in a
process of its own. Needs numpy, scipy, a build with -Dbench=true; implicit, faiss-cpu, hnswlib where they install.

usage: topk.py REC [--rounds 9] [--threads N] [--json FILE]"""
import functools
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import side

USERS, ITEMS, FACTORS, K = 1000, 41000, 128, 20
CASE = f"{K} of {ITEMS:,} items for {USERS:,} users"


def make():
    import numpy as np
    random = np.random.default_rng(1)
    items = (random.standard_normal((ITEMS, FACTORS)) * random.gamma(2.0, 0.5, (ITEMS, 1))).astype(np.float32)
    users = random.standard_normal((USERS, FACTORS)).astype(np.float32)
    rows = [np.sort(random.choice(ITEMS, size=n, replace=False)) for n in random.integers(5, 100, USERS)]
    start = np.cumsum([0] + [len(row) for row in rows]).astype(np.int64)
    return items, users, start, np.concatenate(rows).astype(np.int32)


def matrix(start, seen):
    import numpy as np
    import scipy.sparse as sparse
    return sparse.csr_matrix((np.ones(len(seen), np.float32), seen, start), shape=(USERS, ITEMS))


def brute_force(items, users, seen=None):
    import numpy as np
    scores = users.astype(np.float64) @ items.astype(np.float64).T
    if seen is not None:
        scores[seen.nonzero()] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :K]


# The others: a function that answers the batch; whether it leaves out what was seen; the package.

def sgemm(items, users, seen, threads):
    return lambda: (users @ items.T)[:0]


def implicit(items, users, seen, threads):
    import numpy as np
    from implicit.cpu.als import AlternatingLeastSquares
    model = AlternatingLeastSquares(factors=FACTORS, num_threads=threads)
    model.item_factors, model.user_factors = items, users
    return lambda: model.recommend(np.arange(USERS), seen, N=K, filter_already_liked_items=True)[0]


def faiss(items, users, seen, threads):
    import faiss as library
    library.omp_set_num_threads(threads)
    index = library.IndexFlatIP(FACTORS)
    index.add(items)
    return lambda: index.search(users, K)[1]


@functools.lru_cache
def hnsw_index(threads):
    """One index for all its searches, since to make it takes a while; make()'s items are the same every time."""
    import hnswlib as library
    index = library.Index(space="ip", dim=FACTORS)
    index.init_index(max_elements=ITEMS, M=16, ef_construction=100, random_seed=1)
    index.set_num_threads(threads)
    index.add_items(make()[0])
    return index


def hnswlib(items, users, seen, threads, ef=100):
    index = hnsw_index(threads)

    def search():
        index.set_ef(ef)
        return index.knn_query(users, k=K)[0]
    return search


PEERS = {"sgemm alone, no selection": (sgemm, None, "numpy"), "implicit": (implicit, True, "implicit"), "faiss flat, no filter": (faiss, False, "faiss-cpu"),
         "hnswlib M=16 ef=100, no filter": (hnswlib, False, "hnswlib"),
         "hnswlib M=16 ef=400, no filter": (functools.partial(hnswlib, ef=400), False, "hnswlib")}


def peak(name, threads):
    items, users, start, seen = make()
    seen = matrix(start, seen)
    return side.watched(lambda: PEERS[name][0](items, users, seen, threads)())[1]


class Librec:
    """A program that makes a model of the same arrays and ranks; it answers the median of three and its peak of memory."""

    def __init__(self, args, folder, arrays):
        for name, array in zip(("items.f32", "users.f32", "start.i64", "seen.i32"), arrays):
            array.tofile(os.path.join(folder, name))
        program = args.rec.resolve().parents[1] / "bench" / "bench_topk"
        self.command, self.folder = [str(word) for word in (program, folder, USERS, ITEMS, FACTORS, K, args.threads, 3)], pathlib.Path(folder)

    def run(self, number):
        words = subprocess.run(self.command, check=True, capture_output=True, text=True).stdout.split()
        return {"seconds": {"batch": float(words[0])}, "peak_bytes": int(words[1])}

    def answer(self):
        import numpy as np
        return np.fromfile(self.folder / "items.i32", np.int32).reshape(USERS, K)


def sides_of(table, items, users, seen):
    """Their sides, and what further is known of each: build seconds, recall, memory."""
    import numpy as np
    truth = {True: brute_force(items, users, seen), False: brute_force(items, users)}
    sides, about = {}, {}
    for name, (prepare, filters, package) in PEERS.items():
        if not table.has(package):
            continue
        begin = time.perf_counter()
        work = prepare(items, users, seen, table.args.threads)
        build = time.perf_counter() - begin
        quality = {} if filters is None else {"recall": float(np.mean([len(np.intersect1d(a, b)) / K for a, b in zip(work(), truth[filters])]))}

        def run(number, work=work, build=build, quality=quality):
            begin = time.perf_counter()
            work()
            return {"seconds": {"batch": time.perf_counter() - begin, "build": build}, "quality": quality}
        sides[name], about[name] = run, {"version": side.version(package)}
        if not (package == "hnswlib" and any("hnswlib" in other for other in about if other != name)):
            took = side.apart(peak, name, table.args.threads)
            about[name].update(peak_bytes=took["peak_bytes"], before_bytes=took["before_bytes"])
    return truth[True], sides, about


def main():
    table = side.Table("topk", "Top-k: implicit, faiss, hnswlib", __doc__, [CASE])
    table.parser.set_defaults(rounds=9)
    args = table.read_arguments()
    items, users, start, seen = make()
    truth, sides, about = sides_of(table, items, users, matrix(start, seen))
    with tempfile.TemporaryDirectory() as folder:
        librec = Librec(args, folder, (items, users, start, seen))
        rows = side.compare("planted", CASE, {"librec": librec.run, **sides}, args.rounds, about, ["batch"])
        if not (librec.answer() == truth).all():
            sys.exit("librec's answers differ from brute force in double")
    rows[0]["quality"]["recall"] = 1.0
    table.add(rows)
    table.finish()


if __name__ == "__main__":
    main()
