#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Questions for newcomers on MovieLens 100K: RMSE and nDCG of users that the model has never seen, after 5, 10 and 20 questions, by strategy.

    bench/interview.py build/tools/rec build/src/librec.so [ALGORITHM [NAME=VALUE ...]]

A fifth of the users at a time are held out (five parts, drawn with seed 7); the others' ratings train the model (bmf when none is named). Of a held-out
user's ratings a random third are the test, the rest answer the questions; users with fewer than 20 ratings to answer with are left out. nDCG@10 is over the
test ratings, gains 2^r - 1. Two forms: `questions` counts every question, though many are about films that the user has not rated, which answers "do not know";
`answers` counts answers alone: all that is asked about is known (REC_ELICIT_KNOWN, the user's own films to choose from).
Predictions are those of rec_score with the answers as history, on the scale's range. Standard library only.
"""
import ctypes
import json
import math
import os
import random
import subprocess
import sys
import tempfile

DATA = os.path.join(os.environ.get('REC_DATA_DIR', '../shared/data'), 'ml-100k')
STRATEGIES = {'random': 6, 'popular': 5, 'entropy': 4, 'volume': 2, 'trace': 3, 'error': 1}
POINTS = (0, 5, 10, 20)
PARTS, LEAST = 5, 20
KNOWN = 1


class Query(ctypes.Structure):
    """The first members of rec_query."""
    _fields_ = [('size', ctypes.c_size_t), ('flags', ctypes.c_uint32), ('reserved', ctypes.c_uint32),
                ('only', ctypes.c_void_p), ('n_only', ctypes.c_int64), ('except_', ctypes.c_void_p), ('n_except', ctypes.c_int64),
                ('history', ctypes.c_void_p), ('history_ratings', ctypes.c_void_p), ('n_history', ctypes.c_int64),
                ('workspace', ctypes.c_void_p)]


class Options(ctypes.Structure):
    _fields_ = [('size', ctypes.c_size_t), ('strategy', ctypes.c_int32), ('flags', ctypes.c_uint32), ('seed', ctypes.c_uint64)]


def check(status):
    if status != 0:
        sys.exit(lib.rec_last_error().decode())


def rows(values, kind=ctypes.c_int32):
    return (kind * max(len(values), 1))(*values)


class Model:
    def __init__(self, path):
        self.handle = ctypes.c_void_p()
        check(lib.rec_model_open(ctypes.byref(self.handle), path.encode()))
        ids = ctypes.c_void_p(lib.rec_model_item_ids(self.handle))
        self.rows = {}
        text = ctypes.create_string_buffer(64)
        for row in range(lib.rec_model_items(self.handle)):
            check(lib.rec_ids_text(ids, row, text, ctypes.c_size_t(64), None))
            self.rows[text.value.decode()] = row

    def elicitor(self, strategy, flags, seed=42):
        options = Options(ctypes.sizeof(Options), STRATEGIES[strategy], flags, seed)
        made = ctypes.c_void_p()
        check(lib.rec_elicitor_create(ctypes.byref(made), self.handle, ctypes.byref(options)))
        return made

    def score(self, answers, items):
        history, ratings = rows([i for i, _ in answers]), rows([r for _, r in answers], ctypes.c_float)
        query = Query(ctypes.sizeof(Query), history=ctypes.addressof(history), history_ratings=ctypes.addressof(ratings), n_history=len(answers))
        scores = rows([0.0] * len(items), ctypes.c_float)
        check(lib.rec_score(self.handle, -1, ctypes.byref(query), rows(items), ctypes.c_int64(len(items)), scores))
        return list(scores)[:len(items)]


def next_question(elicitor, answers, unknown, only):
    history, away, some = rows([i for i, _ in answers]), rows(unknown), rows(only or [])
    query = Query(ctypes.sizeof(Query), except_=ctypes.addressof(away), n_except=len(unknown),
                  history=ctypes.addressof(history) if answers else None, n_history=len(answers),
                  only=ctypes.addressof(some) if only else None, n_only=len(only or []))
    item, n = ctypes.c_int32(), ctypes.c_int32()
    check(lib.rec_elicit(elicitor, ctypes.byref(query), 1, ctypes.byref(item), None, ctypes.byref(n)))
    return item.value if n.value else None


def interview(elicitor, pool, count_all):
    """The answers after each of POINTS questions (or answers)."""
    answers, unknown, asked, kept = [], [], 0, {0: []}
    only = None if count_all else list(pool)
    while asked < POINTS[-1]:
        item = next_question(elicitor, answers, unknown, only)
        if item is None:
            break
        if item in pool:
            answers.append((item, pool[item]))
        else:
            unknown.append(item)
        asked += 1
        if asked in POINTS:
            kept[asked] = list(answers)
    return kept


def ndcg(scores, ratings):
    order = sorted(range(len(ratings)), key=lambda i: (-scores[i], i))[:10]
    best = sorted(ratings, reverse=True)[:10]
    gain = lambda values: sum((2 ** r - 1) / math.log2(k + 2) for k, r in enumerate(values))
    return gain([ratings[i] for i in order]) / gain(best)


def split(ratings, seed):
    draw = random.Random(seed)
    users = sorted(ratings)
    draw.shuffle(users)
    for part in range(PARTS):
        held = users[part::PARTS]
        gone = set(held)
        yield [u for u in users if u not in gone], {u: draw.sample(ratings[u], len(ratings[u])) for u in held}


def fit(train, ratings, settings):
    with open('train.csv', 'w') as out:
        out.writelines(f'{u},{i},{r}\n' for u in train for i, r in ratings[u])
    words = [REC, 'fit', settings[0], 'train.csv', '-o', 'model.librec', '-q']
    for setting in settings[1:]:
        words += ['-p', setting]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return Model('model.librec')


def measure(model, held, sums):
    for form, count_all in (('questions', True), ('answers', False)):
        for strategy in STRATEGIES:
            elicitor = None if strategy == 'random' else model.elicitor(strategy, 0 if count_all else KNOWN)
            for user, given in held.items():
                known = [(model.rows[i], r) for i, r in given if i in model.rows]
                test, pool = known[:len(known) // 3], dict(known[len(known) // 3:])
                if len(pool) < LEAST:
                    continue
                asks = elicitor or model.elicitor(strategy, 0, int(user))
                for point, answers in interview(asks, pool, count_all).items():
                    scores = [min(max(s, 1.0), 5.0) for s in model.score(answers, [i for i, _ in test])]
                    cell = sums.setdefault((form, strategy, point), [0.0, 0, 0.0, 0, 0])
                    cell[0] += sum((s - r) ** 2 for s, (_, r) in zip(scores, test))
                    cell[1] += len(test)
                    cell[2] += ndcg(scores, [r for _, r in test])
                    cell[3] += 1
                    cell[4] += len(answers)
                if elicitor is None:
                    lib.rec_elicitor_free(asks)
            lib.rec_elicitor_free(elicitor)


def main(settings):
    ratings, sums = {}, {}
    with open(os.path.join(DATA, 'u.data')) as lines:
        for line in lines:
            user, item, rating, _ = line.split()
            ratings.setdefault(user, []).append((item, float(rating)))
    for train, held in split(ratings, 7):
        measure(fit(train, ratings, settings), held, sums)
    print(f'{" ".join(settings)}: {sums["questions", "error", 0][3]} users, {sums["questions", "error", 0][1]} test ratings')
    for form in ('questions', 'answers'):
        print(f'\n| counted: {form} | ' + ' | '.join(f'RMSE, nDCG@10 after {p}' for p in POINTS) + ' | answers of 20 |\n|' + ' --- |' * (len(POINTS) + 2))
        for strategy in STRATEGIES:
            cells = [sums[form, strategy, p] for p in POINTS]
            print(f'| {strategy} | ' + ' | '.join(f'{math.sqrt(c[0] / c[1]):.4f}, {c[2] / c[3]:.4f}' for c in cells)
                  + f' | {cells[-1][4] / cells[-1][3]:.1f} |')


REC = os.path.abspath(sys.argv[1])
DATA = os.path.abspath(DATA)
lib = ctypes.CDLL(os.path.abspath(sys.argv[2]))
lib.rec_last_error.restype = ctypes.c_char_p
lib.rec_model_item_ids.restype = ctypes.c_void_p
lib.rec_elicitor_free.argtypes = [ctypes.c_void_p]
os.chdir(tempfile.mkdtemp())
main(sys.argv[3:] or ['bmf'])
