#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CiteULike-t with the texts of its articles, in-matrix and out-of-matrix: recall and nDCG of content, factors, and their blends.

    bench/cold.py build/tools/rec [FOLDER]

In-matrix, a fifth of each user's articles are held out; every article that a user has not in training is ranked. Out-of-matrix, a fifth of the
*articles* are held out, in nobody's training list; only these are ranked. Splits are drawn with seed 7; the weights of blends
are found on a part of training, split in the same way. FOLDER keeps files and models.
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
BLENDS = [('ials, 128 factors', 'content, TF-IDF'), ('svd, 256 factors', 'content, TF-IDF'), ('ials, 128 factors', 'content, LSA of 300')]


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


def split_users(name, lists, draw):
    """A fifth of each user's articles to test on. Returns the training lists."""
    train, test = {}, {}
    for user, items in lists.items():
        items = draw.sample(items, len(items))
        held = len(items) // 5 if len(items) >= 5 else int(len(items) > 1)
        test[user], train[user] = items[:held], items[held:]
    write_lists(f'{name}-train.txt', train)
    write_lists(f'{name}-test.txt', test)
    return train


def split_articles(name, lists, draw):
    """A fifth of the articles to test on. Returns the training lists."""
    articles = sorted({i for items in lists.values() for i in items}, key=int)
    cold = set(draw.sample(articles, len(articles) // 5))
    train = {u: [i for i in items if i not in cold] for u, items in lists.items()}
    test = {u: [i for i in items if i in cold] for u, items in lists.items() if train[u]}
    write_lists(f'{name}-train.txt', train)
    write_lists(f'{name}-test.txt', test)
    with open(f'{name}-only.txt', 'w') as out:
        out.write('\n'.join(sorted(cold, key=int)) + '\n')
    return train


def make_splits():
    """And of each training part again, to find the weights of blends on: in-valid, out-valid."""
    draw, lists = random.Random(7), dict(enumerate(read_articles()))
    within, without = split_users('in', lists, draw), split_articles('out', lists, draw)
    split_users('in-valid', within, draw)
    split_articles('out-valid', without, draw)


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
    among = ['--only', f'{split}-only.txt'] if split.startswith('out') else []
    metrics = json.loads(rec(*command, *among, '--test', f'{split}-test.txt', '--format', 'lists', '--metrics', METRICS, '--json'))['metrics']
    return [metrics[name] for name in METRICS.split(',')]


def row(name, figures):
    print(f'| {name} | ' + ' | '.join(f'{x:.4f}' for x in figures) + ' |', flush=True)


def blend(split, names, models):
    """The weights of the best recall@20 on a part of training, of a grid of tenths; then the blend of the models of all of training."""
    tried = [fit(f'{split}-valid', name) for name in names]
    grid = [(w / 10, 1 - w / 10) for w in range(1, 10)]
    best = max(grid, key=lambda pair: measure(f'{split}-valid', ['blend', *tried, '--blend-weights', f'{pair[0]:.1f},{pair[1]:.1f}'])[0])
    weights = f'{best[0]:.1f},{best[1]:.1f}'
    row(f'{names[0]} with {names[1]}: {weights}', measure(split, ['blend', *(models[name] for name in names), '--blend-weights', weights]))


def main():
    make_splits()
    write_texts('texts.tsv')
    head = f'| method | {METRICS.replace(",", " | ")} |\n| --- |' + ' --- |' * (len(CUTOFFS) + 1)
    for split, title in ('in', 'In-matrix'), ('out', 'Out-of-matrix, among the held-out articles'):
        print(f'{title}\n\n{head}')
        models = {}
        for name in METHODS:
            models[name] = fit(split, name)
            row(name, measure(split, ['evaluate', models[name]]))
        for names in BLENDS:
            blend(split, names, models)
        print()


REC = os.path.abspath(sys.argv[1])
DATA = os.path.abspath(DATA)
folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
main()
