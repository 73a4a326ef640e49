#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Estimates of `rec plan` beside what fits took: seconds before the first epoch and an epoch, from fits of two lengths, and the greatest
resident size less that of reading the ratings (by `popular`). RATINGS are containers, such as growth.py leaves in its folder.

usage: plan.py BUILD RATINGS... [--fits "mf solver=als;itemknn mode=sum;..."] [--rounds 1] [--epochs 1,3 or 1]"""
import argparse
import json
import os
import subprocess
import tempfile

FITS = ('popular;baseline;mf solver=sgd;mf solver=als;mf solver=adam;ials;ials solver=cg;ials solver=subspace;ials factors=128;'
        'itemknn mode=sum;userknn mode=sum neighbors=50;p3alpha;slopeone neighbors=200;svd;svd factors=32;ease;svdpp;nmf;coclustering;bpr;'
        'bpr sampling=uniform;warp;logistic;item2vec;random')


def run(words):
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return (json.loads(text), usage.ru_maxrss * 1024) if child.returncode == 0 else (None, 0)


def fit(build, ratings, words, epochs):
    settings = [item for word in words[1:] + ([f'epochs={epochs}'] if epochs else []) for item in ('-p', word)]
    with tempfile.TemporaryDirectory(dir='.') as folder:
        about, peak = run([f'{build}/tools/rec', 'fit', words[0], ratings, '-o', f'{folder}/m', '-q', '--json', *settings])
    return about['fit_seconds'], peak


def compare(build, ratings, words, args, base):
    settings = [item for word in words[1:] for item in ('-p', word)]
    plan, _ = run([f'{build}/tools/rec', 'plan', words[0], ratings, '--json', *settings])
    few, many = (args.epochs[0], args.epochs[-1]) if plan['epochs'] else (0, 0)
    short = min((fit(build, ratings, words, few) for _ in range(args.rounds)), key=lambda pair: pair[0])
    found, planned = short[0], plan['seconds']
    if few:
        long = short if few == many else min((fit(build, ratings, words, many) for _ in range(args.rounds)), key=lambda pair: pair[0])
        planned = plan['first_seconds'] + many * plan['epoch_seconds']
        found, short = long[0], long
    held = short[1] - base
    print(f"| {plan['ratings'] / 1e6:.0f} | {' '.join(words)} | {many or '-'} | {found:.3f} | {planned:.3f} | {planned / found:.2f} | "
          f"{held / 1e6:.0f} | {plan['fit_bytes'] / 1e6:.0f} |", flush=True)
    if args.verbose:
        print(f"    short {few}: {short[0]:.3f}; first {plan['first_seconds']:.3f} epoch {plan['epoch_seconds']:.3f} rates "
              f"{plan['flop_rate']:.3g} {plan['byte_rate']:.3g} {plan['step_rate']:.3g}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build')
    parser.add_argument('ratings', nargs='+')
    parser.add_argument('--fits', default=FITS)
    parser.add_argument('--rounds', type=int, default=1)
    parser.add_argument('--epochs', default='1,3', type=lambda text: [int(n) for n in text.split(',')])
    parser.add_argument('--verbose', action='store_true')
    args = parser.parse_args()
    print('| million ratings | fit | epochs | seconds | planned | ratio | MB of the fit | planned |\n' + '| --- ' * 8 + '|')
    for ratings in args.ratings:
        base = fit(args.build, ratings, ['popular'], 0)[1]
        for words in args.fits.split(';'):
            compare(args.build, ratings, words.split(), args, base)


if __name__ == '__main__':
    main()
