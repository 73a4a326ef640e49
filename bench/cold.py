#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CiteULike-t with the texts of its articles, in-matrix and out-of-matrix: recall and nDCG of content, factors, both at once, and blends.

    bench/cold.py build/tools/rec [FOLDER] [--split in|out] [--lightfm]

In-matrix, a fifth of each user's articles are held out; every article that a user has not in training is ranked. Out-of-matrix, a fifth of the
*articles* are held out, in nobody's training list; only these are ranked, or with "all", every article. Splits are drawn with seed 7. Parameters and the weights of
blends are chosen on a part of training, split in the same way. FOLDER keeps files and models. Seconds are the processors' (a
machine may have other work), of `rec fit` with reading and TF-IDF. --lightfm (needs numpy, scipy, LightFM): its WARP with the same TF-IDF beside an article's
own vector, and `fm` with the same factors and epochs.
"""
import argparse
import collections
import functools
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time

DATA = os.path.abspath(os.path.join(os.environ.get('REC_DATA_DIR', '../shared/data'), 'citeulike-t'))
CUTOFFS = (20, 100, 300)
METRICS = ','.join([f'recall@{k}' for k in CUTOFFS] + ['ndcg@20'])
TEXT = {
    'tfidf': ['--text', 'tf=log'],
    'bm25': ['--text', 'weighting=bm25', '--text', 'norm=l2'],
}
Method = collections.namedtuple('Method', 'algorithm parameters text', defaults=['tfidf'])
FACTORS, EPOCHS, SAMPLED = 64, 10, 100
PLAIN = {'weighting': 'none'}
METHODS = {
    'popular': Method('popular', {}),
    'content, TF-IDF': Method('content', PLAIN),
    'content, BM25': Method('content', PLAIN, 'bm25'),
    'content, LSA of 300': Method('content', {**PLAIN, 'factors': 300}),
    'ials, 128 factors': Method('ials', {'factors': 128, 'unobserved': 0.02, 'regularization': 0.002}),
    'svd, 256 factors': Method('svd', {'factors': 256}),
    'bpr, 128 factors': Method('bpr', {'factors': 128}),
    'fm by WARP, 64 factors': Method('fm', {'loss': 'warp', 'factors': FACTORS, 'epochs': EPOCHS, 'max_sampled': SAMPLED, 'regularization': 2}),
    'fm by WARP, field-aware, 64 factors': Method('fm', {'loss': 'warp', 'field_aware': 'true', 'factors': FACTORS, 'epochs': EPOCHS,
                                                         'max_sampled': SAMPLED, 'regularization': 2}),
    'cmf, 128 factors': Method('cmf', {'implicit': 'true', 'factors': 128, 'epochs': 10, 'alpha': 40, 'scaling': 'plain', 'regularization': 20,
                                       'w_item': 100}),
    'item2vec, 64 factors': Method('item2vec', {'window': 5, 'power': -0.3}),
}
TITLES = {'in': 'In-matrix', 'out': 'Out-of-matrix, among the held-out articles; "all": among all articles'}
BLENDS = [('ials, 128 factors', 'content, TF-IDF'), ('cmf, 128 factors', 'content, TF-IDF')]


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


@functools.lru_cache(None)
def fit(split, name):
    """The model's file, and the processors' seconds."""
    method = METHODS[name]
    model = f'{split}-{"".join(c if c.isalnum() else "-" for c in name)}.librec'
    words = [word for pair in method.parameters.items() for word in ('-p', f'{pair[0]}={pair[1]}')]
    begin = os.times()
    rec('fit', method.algorithm, f'{split}-train.txt', '--format', 'lists', '--item-text', 'texts.tsv', *TEXT[method.text], *words, '-o', model, '-q')
    end = os.times()
    return model, end.children_user + end.children_system - begin.children_user - begin.children_system


def among(split):
    return ['--only', f'{split}-only.txt'] if split.startswith('out') else []


def measure(split, command):
    got = json.loads(rec(*command, '--test', f'{split}-test.txt', '--format', 'lists', '--metrics', METRICS, '--json'))['metrics']
    return [got[name] for name in METRICS.split(',')]


def row(name, figures, seconds=None):
    shown = [f'{x:.4f}' for x in figures] + ['' if seconds is None else f'{seconds:.1f}']
    print(f'| {name} | {" | ".join(shown)} |', flush=True)


def weights_of(split, models):
    """Those of the best recall@20, of sum 1: from equal ones, one after another is made greater or smaller as long as that helps, by smaller and smaller
    steps, so that no grid ends them."""
    @functools.lru_cache(None)
    def recall(words):
        return measure(split, ['blend', *models, '--blend-weights', words, *among(split)])[0]

    def figure(weights):
        words = ','.join(f'{w / sum(weights):.3f}' for w in weights)
        return recall(words), words

    weights = [1.0] * len(models)
    best = figure(weights)
    for factor in (2, 1.3, 1.1):
        moved = True
        while moved:
            moved = False
            for k in range(len(weights)):
                for change in (factor, 1 / factor):
                    tried = [w * change if i == k else w for i, w in enumerate(weights)]
                    found = figure(tried)
                    if found[0] > best[0]:
                        best, weights, moved = found, tried, True
    return best[1]


def blend(split, names, models):
    """Weights are found on a part of training, whose models learned from the rest of it; the blend's models learned from all of training."""
    weights = weights_of(f'{split}-valid', [fit(f'{split}-valid', name)[0] for name in names])
    command = ['blend', *(models[name] for name in names), '--blend-weights', weights]
    row(f'{" + ".join(names)}: {weights.replace(",", ", ")}', measure(split, [*command, *among(split)]))
    return command


def lightfm_sides(split):
    """LightFM with the TF-IDF that librec's vectorizer makes (tf=log) and an own vector for each article of training; fm of ours beside it."""
    import lightfm
    import numpy as np
    import scipy.sparse as sparse
    with open('texts.tsv') as lines:
        bags = [collections.Counter(line.rstrip('\n').split('\t')[1].split()) for line in list(lines)[1:]]
    n, terms = len(bags), {}
    for word in (word for bag in bags for word in bag):
        terms.setdefault(word, len(terms))
    rows, columns, values = zip(*((a, terms[word], 1 + math.log(count)) for a, bag in enumerate(bags) for word, count in bag.items()))
    tfidf = sparse.csr_matrix((values, (rows, columns)), shape=(n, len(terms)))
    tfidf = tfidf @ sparse.diags(np.log((1 + n) / (1 + np.bincount(columns))) + 1)
    tfidf = sparse.diags(1 / np.maximum(np.sqrt(np.asarray(tfidf.power(2).sum(1)).ravel()), 1e-12)) @ tfidf
    train, test = (read_lists(f'{split}-{part}.txt', n) for part in ('train', 'test'))
    known = np.asarray(train.sum(0)).ravel() > 0
    features = sparse.csr_matrix(sparse.hstack([sparse.diags(known.astype(np.float32)), tfidf]), dtype=np.float32)
    model = lightfm.LightFM(no_components=FACTORS, loss='warp', max_sampled=SAMPLED, random_state=1)
    begin = time.process_time()
    model.fit(train, item_features=features, epochs=EPOCHS, num_threads=os.cpu_count())
    theirs = time.process_time() - begin
    biases, vectors = model.get_item_representations(features)
    row(f'LightFM by WARP, {FACTORS} factors', quality(model.user_embeddings, vectors, biases, train, test, split), theirs)
    _, ours = fit.__wrapped__(split, f'fm by WARP, {FACTORS} factors')
    print(f'processor seconds of {EPOCHS} epochs: LightFM {theirs:.1f}, fm {ours:.1f} with reading and TF-IDF, {theirs / ours:.1f} times')


def read_lists(name, articles):
    import numpy as np
    import scipy.sparse as sparse
    pairs = [(int(line.split()[0]), int(article)) for line in open(name) for article in line.split()[1:]]
    users, items = zip(*pairs)
    return sparse.csr_matrix((np.ones(len(pairs), np.float32), (users, items)), shape=(len(read_articles()), articles))


def quality(users, items, biases, train, test, split):
    """Means over users with test articles; what is not ranked is left out."""
    import numpy as np
    ranked = np.ones(items.shape[0], bool)
    if split.startswith('out'):
        ranked[:] = False
        ranked[[int(line) for line in open(f'{split}-only.txt')]] = True
    sums, counted, discounts = np.zeros(len(CUTOFFS) + 1), 0, 1 / np.log2(np.arange(2, 22))
    for user in np.flatnonzero(np.diff(test.indptr)):
        scores = np.where(ranked, items @ users[user] + biases, -np.inf)
        scores[train.indices[train.indptr[user]:train.indptr[user + 1]]] = -np.inf
        wanted = test.indices[test.indptr[user]:test.indptr[user + 1]]
        best = np.argpartition(-scores, max(CUTOFFS))[:max(CUTOFFS)]
        hits = np.isin(best[np.argsort(-scores[best])], wanted)
        sums += [hits[:k].sum() / len(wanted) for k in CUTOFFS] + [discounts[hits[:20]].sum() / discounts[:len(wanted)].sum()]
        counted += 1
    return sums / counted


def main():
    make_splits()
    write_texts('texts.tsv')
    head = f'| method | {METRICS.replace(",", " | ")} | seconds |\n| --- |' + ' --- |' * (len(CUTOFFS) + 2)
    for split in ARGUMENTS.split or ('in', 'out'):
        print(f'{TITLES[split]}\n\n{head}')
        models, commands = {}, {}
        for name in METHODS:
            models[name], seconds = fit(split, name)
            commands[name] = ['evaluate', models[name]]
            row(name, measure(split, [*commands[name], *among(split)]), seconds)
        for names in BLENDS:
            commands[' + '.join(names)] = blend(split, names, models)
        for name in commands if split == 'out' else []:
            row(f'{name}, all', measure(split, commands[name]))
        if ARGUMENTS.lightfm:
            lightfm_sides(split)
        print()


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('rec', type=os.path.abspath)
parser.add_argument('folder', nargs='?')
parser.add_argument('--split', choices=TITLES, action='append', help='one of them alone (both)')
parser.add_argument('--lightfm', action='store_true')
ARGUMENTS = parser.parse_args()
REC, folder = ARGUMENTS.rec, ARGUMENTS.folder or tempfile.mkdtemp()
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
main()
