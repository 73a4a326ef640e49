#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two models compared on the data of metrics.py: writes tests/unit/expected_compare.h. Needs NumPy and SciPy.

    python3 tests/reference/compare.py > tests/unit/expected_compare.h

Student's test is SciPy's ttest_rel, quantiles are NumPy's; resamples are drawn with the Philox of split.py.
"""
import copy

import numpy as np
from scipy import stats

import metrics
from split import philox

SEED, RESAMPLES, CONFIDENCE = 0x123456789AB, 200, 0.9
RESAMPLE, BOOTSTRAP, FLIP = 6, 0, 1
ERRORS = ['rmse', 'mae', 'mse', 'rmse_raw', 'r2']
RANKINGS = ['recall@5', 'ndcg@5', 'auc']
LOW = 0xFFFFFFFF


def words(kind, resample, counter):
    stream = RESAMPLE | kind << 8 | resample << 16
    return philox((SEED & LOW, SEED >> 32), (counter & LOW, counter >> 32, stream & LOW, stream >> 32))


def unit_draws(n):
    """The n units of each resample."""
    rows = []
    for resample in range(RESAMPLES):
        pairs = [words(BOOTSTRAP, resample, i) for i in range((n + 1) // 2)]
        uniform = [((w[k] << 32 | w[k + 1]) >> 11) * 2.0**-53 for w in pairs for k in (0, 2)]
        rows.append([int(u * n) for u in uniform[:n]])
    return np.array(rows)


def sign_draws(n):
    rows = []
    for resample in range(RESAMPLES):
        blocks = [words(FLIP, resample, i) for i in range((n + 127) // 128)]
        rows.append([1 if word >> bit & 1 else -1 for w in blocks for word in w for bit in range(32)][:n])
    return np.array(rows)


def error_parts(model, training, test):
    """Of each test pair, in the order of users and items: what each error metric averages."""
    least, greatest = min(training.values()), max(training.values())
    middle = metrics.mean(training.values())
    rows = []
    for (user, item), rating in sorted(test.items()):
        unknown = user >= metrics.USERS and item >= metrics.ITEMS
        raw = middle if unknown else model.score(user, item)
        clipped = min(greatest, max(least, raw))
        square = (clipped - rating) ** 2
        rows.append((square, abs(clipped - rating), square, (raw - rating) ** 2, square))
    return np.array(rows)


def ranking_parts(model, training, test):
    """Of each judged user; NaN where a user has no auc."""
    rows = []
    for user in sorted({u for u, _ in test}):
        wanted = {i for u, i in test if u == user}
        seen = {i for u, i in training if u == user}
        if all(item >= metrics.ITEMS for item in wanted):
            continue
        ranked = sorted((i for i in range(metrics.ITEMS) if i not in seen), key=lambda i: (-model.score(user, i), i))
        one = metrics.of_user(5, ranked, wanted)
        area = metrics.area(model, user, wanted, seen)
        rows.append((one['recall'], one['ndcg'], np.nan if area is None else area))
    return np.array(rows)


def compared(name, a, b, weights, variance):
    def shaped(mean):
        return np.sqrt(mean) if name.startswith('rmse') else 1 - mean / variance if name == 'r2' else mean

    def interval(values):
        return np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])

    draws, signs = unit_draws(len(a)), sign_draws(len(a))
    means_a, means_b = (shaped(x[draws].sum(1) / weights[draws].sum(1)) for x in (a, b))
    value_a, value_b = shaped(a.sum() / weights.sum()), shaped(b.sum() / weights.sum())
    test = stats.ttest_rel(a, b)
    far = np.abs((signs * (a - b)).sum(1)) >= abs((a - b).sum()) - 1e-12 * np.abs(a - b).sum()
    return [value_a, value_b, *interval(means_a), *interval(means_b), *interval(means_a - means_b),
            -test.statistic if name == 'r2' else test.statistic, test.pvalue, (1 + far.sum()) / (1 + RESAMPLES)]


def rows_of(model, other, training, test):
    variance = np.var(list(test.values()))
    a, b = (error_parts(m, training, test) for m in (model, other))
    users = np.array([user for user, _ in sorted(test)])
    for by_pair in (0, 1):
        for m, name in enumerate(ERRORS):
            x, y, weights = a[:, m], b[:, m], np.ones(len(users))
            if not by_pair:
                x, y, weights = (np.array([v[users == user].sum() for user in np.unique(users)]) for v in (x, y, weights))
            yield name, by_pair, len(x), compared(name, x, y, weights, variance)
    a, b = (ranking_parts(m, training, test) for m in (model, other))
    for m, name in enumerate(RANKINGS):
        x, y = (v[~np.isnan(v)] for v in (a[:, m], b[:, m]))
        yield name, 0, len(x), compared(name, x, y, np.ones(len(x)), variance)


def main():
    model, training = metrics.Model(), metrics.make_training()
    test = metrics.make_test(training)
    other = copy.deepcopy(model)
    other.offset = 3.5
    other.item_biases.reverse()
    print('/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by tests/reference/compare.py; do not edit. */\n/* clang-format off */')
    print('#ifndef REC_EXPECTED_COMPARE_H\n#define REC_EXPECTED_COMPARE_H\n\n#include <stdint.h>\n')
    print(f'static const uint64_t compare_seed = {SEED};\nenum {{ RESAMPLES = {RESAMPLES} }};\nstatic const double confidence = {CONFIDENCE};')
    print('/* a, b, their intervals, that of the difference, t, its probability, that of the flips */')
    print('static const struct {\n    const char *name;\n    int by_pair;\n    int64_t units;\n    double figures[11];\n} compared[] = {')
    for name, by_pair, n, figures in rows_of(model, other, training, test):
        print(f'    {{"{name}", {by_pair}, {n}, {{' + ', '.join(repr(float(x)) for x in figures) + '}},')
    print('};\n')
    print('/* Two-sided probabilities of Student\'s t, by SciPy. */\nstatic const struct {\n    double t, freedom, probability;\n} student[] = {')
    for t in (0.0, 0.001, 0.1, 1.0, 2.5, 12.0, 60.0):
        for freedom in (1, 2, 3, 10, 29, 942, 1999, 2000, 138492, 20000000):
            print(f'    {{{t!r}, {freedom}, {float(2 * stats.t.sf(t, freedom))!r}}},')
    print('};\n\n#endif')


if __name__ == '__main__':
    main()
