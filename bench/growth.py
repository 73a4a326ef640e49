#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How time and memory of a fit grow with the ratings: seeded ratings from 1 to 100 million (a user for each hundred, an item for each four
hundred), time an epoch from fits of two lengths, peak memory of the whole command, as a Markdown table. Needs 6 GB of disk and of memory for the
largest.

usage: growth.py BUILD [--folder DIR] [--millions 1,3,10,30,100] [--rounds 3] [--threads 0]
                 [--fits "mf solver=sgd factors=32;..."]"""
import argparse
import json
import os
import subprocess
import tempfile

FITS = "baseline solver=als;mf solver=sgd factors=32;mf solver=als factors=32;mf solver=adam factors=32 batch=65536;svdpp factors=16"


def make(build, folder, millions):
    path = os.path.join(folder, f"{millions}.librec")
    if not os.path.exists(path):
        lines = millions * 1000000
        text = os.path.join(folder, f"{millions}.csv")
        subprocess.run([f"{build}/bench/make_ratings", text, "--lines", str(lines), "--users", str(lines // 100), "--items",
                        str(lines // 400), "--tastes", "8"], check=True)
        subprocess.run([f"{build}/tools/rec", "convert", text, path], check=True, stdout=subprocess.DEVNULL)
        os.remove(text)
    return path


def fit(build, ratings, words, epochs, threads):
    """Seconds of the fit, and the command's greatest resident size."""
    settings = [item for word in words[1:] + [f"epochs={epochs}"] for item in ("-p", word)]
    model = os.path.join(os.path.dirname(ratings), "growth-model.librec")
    command = [f"{build}/tools/rec", "fit", words[0], ratings, "-o", model, "-q", "--json", "--without-ratings", "--threads", str(threads),
               *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        about = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    os.remove(model)
    return json.loads(about)["fit_seconds"], usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="build folder, with -Dbench=true")
    parser.add_argument("--folder", default=os.path.join(tempfile.gettempdir(), "librec-growth"))
    parser.add_argument("--millions", default="1,3,10,30,100")
    parser.add_argument("--rounds", type=int, default=3, help="the least of so many times counts")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--fits", default=FITS)
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    print("| fit | millions of ratings | before the first epoch | an epoch | ns a rating | peak memory | bytes a rating |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for millions in map(int, options.millions.split(",")):
        ratings = make(options.build, options.folder, millions)
        for words in (line.split() for line in options.fits.split(";")):
            first, more = 1, 5
            runs = [[fit(options.build, ratings, words, epochs, options.threads) for epochs in (first, more)]
                    for _ in range(options.rounds)]
            short, long = (min(run[i][0] for run in runs) for i in (0, 1))
            memory = max(run[1][1] for run in runs)
            epoch = (long - short) / (more - first)
            count = millions * 1e6
            print(f"| {' '.join(words)} | {millions} | {short - epoch * first:.2f} s | {epoch:.3f} s | {epoch / count * 1e9:.1f} | "
                  f"{memory / 2**20:,.0f} MB | {memory / count:.0f} |", flush=True)


if __name__ == "__main__":
    main()
