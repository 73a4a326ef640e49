# SPDX-License-Identifier: Apache-2.0
"""The data of the comparisons, each made once in a folder: what `rec` reads, and the same rows as arrays for the others. Explicit sets are training
and test ratings; Gowalla is lists. Sets that REC_DATA_DIR lacks are None."""
import collections
import pathlib
import random
import subprocess
import sys

import side


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")


def movielens(args, folder, fold):
    """An official fold, as it comes."""
    source = side.DATA / "ml-100k"
    return [source / f"u{fold}.{part}" for part in ("base", "test")] if (source / f"u{fold}.base").exists() else None


def anime(args, folder):
    """A tenth of the ratings, drawn by line with seed 1, for testing."""
    source = side.DATA / "anime" / "anime_ratings.dat"
    if not source.exists():
        return None
    files = [folder / f"anime-{part}.csv" for part in ("train", "test")]
    if not all(file.exists() for file in files):
        lines, draw = source.read_text().splitlines()[1:], random.Random(1)
        held = set(draw.sample(range(len(lines)), len(lines) // 10))
        files[0].write_text("".join(line + "\n" for i, line in enumerate(lines) if i not in held))
        files[1].write_text("".join(line + "\n" for i, line in enumerate(lines) if i in held))
    return files


def synthetic(args, folder, millions):
    """Planted tastes (16 factors): a user for each hundred training ratings, an item for each four hundred; a tenth more for testing."""
    files = [folder / f"synthetic-{millions}m-{part}.csv" for part in ("train", "test")]
    if not all(file.exists() for file in files):
        lines = millions * 10 ** 7 // 9
        program = args.rec.resolve().parents[1] / "bench" / "make_ratings"
        if not program.exists():
            sys.exit(f"{program} is not there: it is built with -Dbench=true")
        run(program, files[0], "--lines", lines, "--users", millions * 10000, "--items", millions * 2500, "--tastes", 16, "--held-out", files[1])
    return files


EXPLICIT = {f"ml-100k u{fold}": lambda args, folder, fold=fold: movielens(args, folder, fold) for fold in range(1, 6)}
EXPLICIT["anime 90/10"] = anime
EXPLICIT.update({f"synthetic {millions}M": lambda args, folder, m=millions: synthetic(args, folder, m) for millions in (1, 10, 100)})


def arrays(files, path):
    """Make the .npz of a set: rows of users and items, ratings, in training and test; test rows whose user or item is new come with -1. Runs apart."""
    import numpy as np
    made = {}
    for part, file in zip(("train", "test"), files):
        with open(file) as lines:
            separator = next(c for c in "\t,; " if c in lines.readline())
        columns = np.loadtxt(file, delimiter=separator, usecols=(0, 1, 2), dtype=np.float64)
        made[part] = [columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2].astype(np.float32)]
    for axis, name in enumerate(("users", "items")):
        ids, rows = np.unique(made["train"][axis], return_inverse=True)
        place = np.minimum(np.searchsorted(ids, made["test"][axis]), len(ids) - 1)
        made["test"][axis] = np.where(ids[place] == made["test"][axis], place, -1).astype(np.int32)
        made["train"][axis] = rows.astype(np.int32)
    np.savez(path, **{f"{part}_{name}": column for part, columns in made.items() for name, column in zip(("users", "items", "ratings"), columns)})


class Explicit:
    """One set: files for rec, and the .npz for others."""

    def __init__(self, name, args):
        folder = args.folder / "data"
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.files = name, EXPLICIT[name](args, folder)
        if self.files is None:
            return
        stem = folder / name.replace(" ", "-").replace("/", "-")
        self.npz = pathlib.Path(f"{stem}.npz")
        if not self.npz.exists():
            side.apart(arrays, self.files, self.npz)
        self.containers = [pathlib.Path(f"{stem}-{part}.librec") for part in ("train", "test")]
        for file, container in zip(self.files, self.containers):
            if not container.exists():
                run(args.rec, "convert", file, container)

    @property
    def words(self):
        return ["--train", self.containers[0], "--test", self.containers[1]]


# Lists.

def gowalla_files(folder, items=0):
    """Training lists and the test's; with items, of so many alone, those that most users have in training."""
    files = [side.DATA / "gowalla" / f"{part}.txt" for part in ("train", "valid", "test")]
    if not all(file.exists() for file in files):
        return None
    return most_had(files, folder, items) if items else files


def most_had(files, folder, items):
    """Their numbers are places in the order of how many have them, so that a matrix has no empty columns."""
    lists = [[line.split() for line in open(file)] for file in files]
    counts = collections.Counter(item for part in lists[:-1] for row in part for item in row[1:])
    order = sorted(counts.items(), key=lambda pair: (-pair[1], int(pair[0])))[:items]
    kept = {item: str(place) for place, (item, _) in enumerate(order)}
    written = [folder / f"gowalla-{items}-{file.name}" for file in files]
    for file, part in zip(written, lists):
        rows = [[row[0], *(kept[item] for item in row[1:] if item in kept)] for row in part]
        file.write_text("".join(" ".join(row) + "\n" for row in rows if len(row) > 1))
    return written


def list_words(files):
    return ["--format", "lists", *[word for file in files[:-1] for word in ("--train", file)], "--test", files[-1]]


def read_lists(files):
    import numpy as np
    users, items = [], []
    for file in files:
        for line in open(file):
            user, *row = map(int, line.split())
            users += [user] * len(row)
            items += row
    return np.array(users, np.int32), np.array(items, np.int32)


def matrices(files):
    """Training and test as CSR of the same shape; the last file is the test."""
    import numpy as np
    import scipy.sparse as sparse
    parts = [read_lists(files[:-1]), read_lists(files[-1:])]
    shape = tuple(max(int(part[axis].max()) for part in parts) + 1 for axis in (0, 1))
    return [sparse.csr_matrix((np.ones(len(users), np.float32), (users, items)), shape=shape) for users, items in parts]


def rank_quality(scores, train, test, k=20, block=500):
    """Means over users with test items of hits over test items, and of nDCG with gains of 1; training items are left out.
    scores: function of a slice of users to a new dense block."""
    import numpy as np
    discounts, sums, users = 1 / np.log2(np.arange(2, k + 2)), np.zeros(2), 0
    for first in range(0, train.shape[0], block):
        rows = slice(first, min(first + block, train.shape[0]))
        if test.indptr[rows.start] == test.indptr[rows.stop]:
            continue
        line = scores(rows)
        part = train[rows]
        line[np.repeat(np.arange(part.shape[0]), np.diff(part.indptr)), part.indices] = -np.inf
        best = np.argpartition(line, -k, axis=1)[:, -k:]
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(line, best, 1), axis=1, kind="stable"), 1)
        for row, user in zip(best, range(rows.start, rows.stop)):
            wanted = test.indices[test.indptr[user]:test.indptr[user + 1]]
            if len(wanted):
                hits = np.isin(row, wanted)
                sums += hits.sum() / len(wanted), discounts[hits].sum() / discounts[:min(k, len(wanted))].sum()
                users += 1
    return {f"recall@{k}": sums[0] / users, f"ndcg@{k}": sums[1] / users}
