#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""RMSE and MAE on the five official folds of MovieLens 100K, one set of parameters an algorithm (bench/params/ml-100k-ALGORITHM.params, chosen on
parts of the training files), as a Markdown table. bmf and fm-gibbs run once more with the features of users and films that the data set has.

usage: accuracy.py REC [ALGORITHM...]      (REC: the rec program; data in $REC_DATA_DIR, default ../shared/data)"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

PARAMS = pathlib.Path(__file__).resolve().parent / "params"
DATA = pathlib.Path(os.environ.get("REC_DATA_DIR", "../shared/data")) / "ml-100k"
GENRES = ("unknown Action Adventure Animation Children Comedy Crime Documentary Drama Fantasy Noir Horror Musical Mystery Romance SciFi "
          "Thriller War Western").split()
AGES = [0, 18, 25, 35, 45, 50, 56]


def user_features(path):
    with open(path, "w") as out:
        for line in open(DATA / "u.user"):
            user, age, gender, occupation, _ = line.strip().split("|")
            band = max(a for a in AGES if int(age) >= a)
            out.write(f"{user},age {band},1\n{user},{gender},1\n{user},{occupation},1\n")


def item_features(path):
    """A film's genres share a length of 1; its year, or half decade before 1990."""
    with open(path, "w") as out:
        for line in open(DATA / "u.item", encoding="latin-1"):
            fields = line.rstrip("\n").split("|")
            genres = [g for g, flag in zip(GENRES, fields[5:]) if flag == "1"]
            for genre in genres:
                out.write(f"{fields[0]},{genre},{len(genres) ** -0.5:.4f}\n")
            year = fields[2][-4:]
            if year.isdigit():
                out.write(f"{fields[0]},{year if int(year) >= 1990 else int(year) // 5 * 5},1\n")


def evaluate(rec, name, extra):
    """name: of a file of parameters, ALGORITHM or ALGORITHM-VARIANT."""
    folds, algorithm = [], name.split("-")[0]
    for fold in range(1, 6):
        command = [rec, "evaluate", algorithm, "--train", DATA / f"u{fold}.base", "--test", DATA / f"u{fold}.test", "--metrics",
                   "rmse,mae", "--json", "-p", f"@{PARAMS / f'ml-100k-{name}.params'}", *extra]
        folds.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    return folds


def show(name, folds):
    rmse = [f["metrics"]["rmse"] for f in folds]
    mean = statistics.mean
    print(f"| {name} | {mean(rmse):.4f} | {mean(f['metrics']['mae'] for f in folds):.4f} | "
          f"{', '.join(f'{r:.4f}' for r in rmse)} | {mean(f['fit_seconds'] for f in folds):.2f} s |", flush=True)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not DATA.is_dir():
        sys.exit(f"{DATA} is not there; set REC_DATA_DIR to the folder that holds ml-100k")
    names = sys.argv[2:] or sorted(p.stem.removeprefix("ml-100k-") for p in PARAMS.glob("ml-100k-*.params"))
    print("| algorithm | RMSE | MAE | RMSE of u1 to u5 | fit |\n| --- | --- | --- | --- | --- |")
    for name in names:
        show(f"`{name}`", evaluate(sys.argv[1], name, []))
    with tempfile.TemporaryDirectory() as folder:
        users, items = f"{folder}/users.csv", f"{folder}/items.csv"
        user_features(users)
        item_features(items)
        for name in [name for name in names if name in ("bmf", "fm-gibbs")]:
            show(f"`{name}`, features of users and films", evaluate(sys.argv[1], name, ["--user-features", users, "--item-features", items]))


if __name__ == "__main__":
    main()
