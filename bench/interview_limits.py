#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Can ten chosen answers tell as much as twenty random ones? Other designs and other ways to predict than the library's, on its own draws.

    bench/interview_limits.py build/tools/rec

The parts of bench/interview.py counted in answers: five parts of held-out users of MovieLens 100K, a third of their ratings as test, the rest to ask about. bmf
(implicit=none, samples=8) is fitted by rec, and its kept draws are read from the model file: of each, the items' vectors and biases, the precision of ratings and the
prior of users. Designs choose greedily what takes most from the expected error on their targets; who is asked has rated all that may be asked about.

  error         targets: all items as often as they are rated, the library's `error`
  own films     targets: all that the user can be asked about
  exchanged     `error`, then each answer exchanged for the best beside the other nine, twice
  learned       `error`, an item's noise divided by how much its rating has told of other ratings of training users
  test films    targets: the very ratings that are predicted, which no interviewer knows

and predictions are means over the draws, or: draws weighed by how probable they make the answers; each user with a noise of their own, a mixture of five; the covariance of
users' vectors in each draw in place of the prior's variances; one Gaussian process whose kernel is the mean of those of the draws. Mean squared errors are divided
into the square of a user's mean error (level) and the rest (taste). Needs NumPy; seeds are those of bench/interview.py, `random` draws by its own.
"""
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile

import numpy as np

DATA = os.path.abspath(os.path.join(os.environ.get('REC_DATA_DIR', '../shared/data'), 'ml-100k', 'u.data'))
POINTS, PARTS, LEAST, TRUSTED = (10, 20), 5, 20, 20
TYPES = {'F32': np.float32, 'F64': np.float64, 'I64': np.int64, 'I32': np.int32, 'U8': np.uint8}


class Draws:
    """Kept draws: y [s, item, k], the last of k for the user's bias; b [s, item]; alpha, prior means and variances [s, k]."""

    def __init__(self, path):
        with open(path, 'rb') as file:
            data = file.read()
        head = struct.unpack('<Q', data[:8])[0]
        arrays = {name: np.frombuffer(data[8 + head + at['data_offsets'][0]:8 + head + at['data_offsets'][1]], TYPES[at['dtype']]).reshape(at['shape'])
                  for name, at in json.loads(data[8:8 + head]).items() if name != '__metadata__'}
        self.alpha = arrays['sample_precision']
        s, ends, names = len(self.alpha), arrays['items.offsets'], arrays['items.bytes'].tobytes()
        self.row = {names[ends[i]:ends[i + 1]].decode().rstrip('\0'): i for i in range(len(ends) - 1)}
        vectors = lambda name: arrays[name].reshape(len(arrays[name]), s, -1).astype(float) * math.sqrt(s)
        items, users = vectors('item_vectors'), vectors('user_vectors')
        self.y = np.concatenate([items, np.ones((len(items), s, 1))], 2).transpose(1, 0, 2).copy()
        self.x = np.concatenate([users, arrays['user_bias_draws'].T[:, :, None]], 2).transpose(1, 0, 2)
        self.b = arrays['item_bias_draws'] + arrays['offset'][0]
        self.mean, self.variance = (arrays[f'user_prior_{what}'].reshape(s, -1) for what in ('means', 'precisions'))
        self.variance = 1 / self.variance
        self.start, self.items, self.ratings = (arrays[f'ratings.{what}'] for what in ('user_start', 'user_items', 'user_ratings'))
        self.count = np.diff(arrays['ratings.item_start']).astype(float)
        self.noise = self._noise()

    def _noise(self):
        """Of each item's ratings beside that of all: the squared errors, drawn to the common one."""
        users = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        score = np.mean([self.b[s, self.items] + (self.x[s, users] * self.y[s, self.items]).sum(1) for s in range(len(self.alpha))], 0)
        squares = (self.ratings - score) ** 2
        return (np.bincount(self.items, squares, len(self.count)) + TRUSTED * squares.mean()) / (self.count + TRUSTED) / squares.mean()

    def covariance(self):
        return np.array([np.diag(v) for v in self.variance])

    def moment(self, items, weights=None):
        weights = np.ones(len(items)) if weights is None else weights
        return np.einsum('snk,n,snl->skl', self.y[:, items], weights / weights.sum(), self.y[:, items])


def gains(draws, pool, moment, s, noise):
    z = draws.y[:, pool] @ s
    part = noise[pool] / draws.alpha[:, None] + (z * draws.y[:, pool]).sum(2)
    return (np.einsum('snk,skl,snl->sn', z, moment, z) / part).mean(0), z, part


def greedy(draws, pool, moment, noise, n=POINTS[-1]):
    pool, s, chosen = np.array(pool), draws.covariance(), []
    while len(chosen) < n:
        gain, z, part = gains(draws, pool, moment, s, noise)
        best = max((c for c in range(len(pool)) if pool[c] not in chosen), key=lambda c: gain[c])
        chosen.append(int(pool[best]))
        s = s - z[:, best, :, None] * z[:, best, None, :] / part[:, best, None, None]
    return chosen


def exchanged(draws, pool, moment, noise, chosen):
    for place in [*range(len(chosen))] * 2:
        rest = chosen[:place] + chosen[place + 1:]
        y = draws.y[:, rest]
        s = np.linalg.inv(np.linalg.inv(draws.covariance()) + draws.alpha[:, None, None] * np.einsum('snk,n,snl->skl', y, 1 / noise[rest], y))
        open_ = np.array([i for i in pool if i not in rest])
        chosen[place] = int(open_[np.argmax(gains(draws, open_, moment, s, noise)[0])])
    return chosen


def told(draws):
    """By how much the rating of an item lessens squared errors of other ratings of those who gave it, beside what that is of all."""
    sums, counts = np.zeros(len(draws.count)), np.zeros(len(draws.count))
    for u in range(len(draws.start) - 1):
        items, ratings = (of[draws.start[u]:draws.start[u + 1]] for of in (draws.items, draws.ratings))
        y = draws.y[:, items]
        error = (ratings - draws.b[:, items] - np.einsum('snk,sk->sn', y, draws.mean)).mean(0)
        kernel = np.einsum('snk,sk,smk->snm', y, draws.variance, y)
        share = (kernel / (np.diagonal(kernel, axis1=1, axis2=2) + 1 / draws.alpha[:, None])[:, None]).mean(0)
        less = error[:, None] ** 2 - (error[:, None] - share * error) ** 2
        np.fill_diagonal(less, 0)
        sums[items] += less.sum(0) / max(len(items) - 1, 1)
        counts[items] += 1
    common = sums.sum() / counts.sum()
    return np.maximum((sums + TRUSTED * common) / (counts + TRUSTED) / common, 0.2)


def predict(draws, items, ratings, test, covariance=None, mean=None, precision=1.0):
    """Means over draws, and how probable each draw makes the ratings: their logarithm."""
    covariance, mean = draws.covariance() if covariance is None else covariance, draws.mean if mean is None else mean
    y = draws.y[:, items]
    away = ratings - draws.b[:, items] - np.einsum('snk,sk->sn', y, mean)
    whole = y @ covariance @ y.transpose(0, 2, 1) + np.eye(len(items)) / (precision * draws.alpha[:, None, None])
    solved = np.linalg.solve(whole, away[:, :, None])
    x = mean + (covariance @ y.transpose(0, 2, 1) @ solved)[:, :, 0]
    scores = draws.b[:, test] + np.einsum('snk,sk->sn', draws.y[:, test], x)
    return scores, -0.5 * (away * solved[:, :, 0]).sum(1) - 0.5 * np.linalg.slogdet(whole)[1]


def weights(logarithms):
    shares = np.exp(logarithms - np.max(logarithms))
    return shares / shares.sum()


def own_noise(draws, *asked):
    found = [(predict(draws, *asked, precision=p), math.log(share)) for p, share in zip((0.5, 0.7, 1, 1.4, 2), (0.1, 0.2, 0.4, 0.2, 0.1))]
    return weights([probable.mean() + prior for (_, probable), prior in found]) @ [scores.mean(0) for (scores, _), _ in found]


class Process:
    def __init__(self, draws):
        self.mean = np.mean([b + y @ m for b, y, m in zip(draws.b, draws.y, draws.mean)], 0)
        self.kernel = np.mean([(y * v) @ y.T for y, v in zip(draws.y, draws.variance)], 0)
        self.noise = draws.noise / draws.alpha.mean()

    def predict(self, items, ratings, test):
        whole = self.kernel[np.ix_(items, items)] + np.diag(self.noise[items])
        return self.mean[test] + self.kernel[np.ix_(test, items)] @ np.linalg.solve(whole, ratings - self.mean[items])


def add(sums, name, point, predicted, ratings):
    error = np.clip(predicted, 1, 5) - ratings
    sums[name, point] = sums.get((name, point), 0) + np.array([len(error), (error ** 2).sum(), len(error) * error.mean() ** 2])


def measure(draws, held, sums):
    everything, process = draws.moment(np.arange(len(draws.count)), draws.count), Process(draws)
    covariance, mean, told_more = np.array([np.cov(x.T) for x in draws.x]), draws.x.mean(1), told(draws)
    for user, given in held.items():
        known = [(draws.row[i], r) for i, r in given if i in draws.row]
        test, pool = known[:len(known) // 3], dict(known[len(known) // 3:])
        if len(pool) < LEAST:
            continue
        at, ratings = np.array([i for i, _ in test]), np.array([r for _, r in test])
        films, shuffled = list(pool), list(pool)
        random.Random(int(user)).shuffle(shuffled)
        error = greedy(draws, films, everything, draws.noise)
        designs = {'random': shuffled, 'error': error, 'own films': greedy(draws, films, draws.moment(films), draws.noise),
                   'exchanged': exchanged(draws, films, everything, draws.noise, error[:10]),
                   'learned': greedy(draws, films, everything, draws.noise / told_more), 'test films': greedy(draws, films, draws.moment(at), draws.noise)}
        for name, chosen in designs.items():
            for point in POINTS[:1] if name == 'exchanged' else POINTS:
                asked = chosen[:point], np.array([pool[i] for i in chosen[:point]]), at
                scores, probable = predict(draws, *asked)
                add(sums, name, point, scores.mean(0), ratings)
                if name in ('random', 'error'):
                    add(sums, f'{name}; draws weighed', point, weights(probable) @ scores, ratings)
                    add(sums, f'{name}; own noise', point, own_noise(draws, *asked), ratings)
                    add(sums, f'{name}; full covariance', point, predict(draws, *asked, covariance, mean)[0].mean(0), ratings)
                    add(sums, f'{name}; one process', point, process.predict(*asked), ratings)


def main():
    given, sums, priors = {}, {}, []
    with open(DATA) as lines:
        for line in lines:
            user, item, rating, _ = line.split()
            given.setdefault(user, []).append((item, float(rating)))
    draw, users = random.Random(7), sorted(given)
    draw.shuffle(users)
    for part in range(PARTS):
        held = {u: draw.sample(given[u], len(given[u])) for u in users[part::PARTS]}
        with open('train.csv', 'w') as out:
            out.writelines(f'{u},{i},{r}\n' for u in users if u not in held for i, r in given[u])
        subprocess.run([REC, 'fit', 'bmf', 'train.csv', '-o', 'model.librec', '-q', '-p', 'implicit=none', '-p', 'samples=8'], check=True, stdout=subprocess.DEVNULL)
        draws = Draws('model.librec')
        priors.append((draws.variance[:, -1].mean(), (1 / draws.alpha).mean()))
        measure(draws, held, sums)
    level, noise = np.mean(priors, 0)
    print(f'a priori the level varies by {level:.4f}, a rating around its prediction by {noise:.4f}')
    print('| | RMSE after 10 | taste + level | RMSE after 20 | taste + level |\n| --- | --- | --- | --- | --- |')
    for name in dict.fromkeys(name for name, _ in sums):
        cells = []
        for point in POINTS:
            n, squares, of_level = sums.get((name, point), (1, math.nan, math.nan))
            cells.append('|' if math.isnan(squares) else f'{math.sqrt(squares / n):.4f} | {(squares - of_level) / n:.4f} + {of_level / n:.4f}')
        print(f'| {name} | ' + ' | '.join(cells) + ' |')


REC = os.path.abspath(sys.argv[1])
os.chdir(tempfile.mkdtemp())
main()
