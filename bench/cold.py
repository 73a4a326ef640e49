#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CiteULike-t with the texts of its articles, in-matrix and out-of-matrix: recall and nDCG of content, factors, and their blends.

    bench/cold.py build/tools/rec [FOLDER]

In-matrix, a fifth of each user's articles are held out; every article that a user has not in training is ranked. Out-of-matrix, a fifth of the
*articles* are held out, in nobody's training list; only these are ranked. Splits are drawn with seed 7. FOLDER keeps files and models.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

DATA = os.path.join(os.environ.get('REC_DATA_DIR', '../shared/data'), 'citeulike-t')
CUTOFFS = (20, 100, 300)
METRICS = ','.join([f'recall@{k}' for k in CUTOFFS] + ['ndcg@20'])
TEXT = {
    'tfidf': ['--text', 'tf=log'],
    'bm25': ['--text', 'weighting=bm25', '--text', 'norm=l2'],
}
PLAIN = ['-p', 'weighting=none']
METHODS = {
    'popular': ('popular', 'tfidf', []),
    'content, TF-IDF': ('content', 'tfidf', PLAIN),
    'content, BM25': ('content', 'bm25', PLAIN),
    'content, LSA of 300': ('content', 'tfidf', PLAIN + ['-p', 'factors=300']),
    'ials, 128 factors': ('ials', 'tfidf', ['-p', 'factors=128']),
    'svd, 256 factors': ('svd', 'tfidf', ['-p', 'factors=256']),
    'bpr, 128 factors': ('bpr', 'tfidf', ['-p', 'factors=128']),
}


def read_articles():
    with open(os.path.join(DATA, 'users.dat')) as lines:
        return [line.split()[1:] for line in lines]


def write_lists(name, lists):
    with open(name, 'w') as out:
        for user, items in lists.items():
            if items:
                out.write(f'{user} {" ".join(items)}\n')


def write_texts(name):
    """A text of each article, its words as often as they were counted."""
    with open(os.path.join(DATA, 'vocabulary.dat')) as lines:
        words = [line.strip() for line in lines]
    with open(os.path.join(DATA, 'mult.dat')) as bags, open(name, 'w') as out:
        out.write('article_id\ttext\n')
        for article, bag in enumerate(bags):
            pairs = [pair.split(':') for pair in bag.split()[1:]]
            out.write(f'{article}\t{" ".join(" ".join([words[int(w)]] * int(n)) for w, n in pairs)}\n')


def make_splits():
    draw, users = random.Random(7), read_articles()
    train, test = {}, {}
    for user, items in enumerate(users):
        items = draw.sample(items, len(items))
        held = len(items) // 5 if len(items) >= 5 else int(len(items) > 1)
        test[user], train[user] = items[:held], items[held:]
    write_lists('in-train.txt', train)
    write_lists('in-test.txt', test)
    articles = sorted({i for items in users for i in items}, key=int)
    cold = set(draw.sample(articles, len(articles) // 5))
    train = {u: [i for i in items if i not in cold] for u, items in enumerate(users)}
    test = {u: [i for i in items if i in cold] for u, items in enumerate(users) if train[u]}
    write_lists('out-train.txt', train)
    with open('cold.txt', 'w') as out:
        out.write('\n'.join(sorted(cold, key=int)) + '\n')
    write_lists('out-test.txt', test)


def rec(*words):
    done = subprocess.run([REC, *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'rec {" ".join(words)}: {done.stderr}')
    return done.stdout


def fit(split, name):
    algorithm, text, settings = METHODS[name]
    model = f'{split}-{name.replace(" ", "").replace(",", "-")}.librec'
    rec('fit', algorithm, f'{split}-train.txt', '--format', 'lists', '--item-text', 'texts.tsv', *TEXT[text], *settings,
        '-o', model, '-q')
    return model


def measure(split, command):
    """Recall and nDCG; out of the matrix, among the cold articles."""
    among = ['--only', 'cold.txt'] if split == 'out' else []
    metrics = json.loads(rec(*command, *among, '--test', f'{split}-test.txt', '--format', 'lists', '--metrics', METRICS, '--json'))['metrics']
    return [metrics[name] for name in METRICS.split(',')]


def row(name, figures):
    print(f'| {name} | ' + ' | '.join(f'{x:.4f}' for x in figures) + ' |', flush=True)


def main():
    make_splits()
    write_texts('texts.tsv')
    head = f'| method | {METRICS.replace(",", " | ")} |\n| --- |' + ' --- |' * (len(CUTOFFS) + 1)
    print(f'In-matrix\n\n{head}')
    models = {}
    for name in METHODS:
        models[name] = fit('in', name)
        row(name, measure('in', ['evaluate', models[name]]))
    for weights in ('0.8,0.2', '0.6,0.4'):
        pair = [models['ials, 128 factors'], models['content, TF-IDF']]
        row(f'ials and content, {weights}', measure('in', ['blend', *pair, '--blend-weights', weights]))
    print(f'\nOut-of-matrix, among the held-out articles\n\n{head}')
    for name in METHODS:
        row(name, measure('out', ['evaluate', fit('out', name)]))


REC = os.path.abspath(sys.argv[1])
DATA = os.path.abspath(DATA)
folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
main()
