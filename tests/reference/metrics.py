#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The metrics from their definitions, on random data: writes tests/unit/expected_metrics.h.

    python3 tests/reference/metrics.py > tests/unit/expected_metrics.h

Written apart from the library and the long way round: areas under curves by comparing every pair, Gini by the mean
difference of every two items, nDCG from vectors of gains. All model numbers are multiples of 1/4, so that scores are
exact and ties are many.
"""
import math
import random
import statistics
from importlib.util import find_spec

USERS, ITEMS, FACTORS = 60, 50, 3
MORE_USERS, MORE_ITEMS = 65, 56  # rows of the test set beyond those of the model are unknown to it
CUTOFFS = [1, 5, 20, 50, 1000]
PER_USER = ['recall', 'precision', 'capped_precision', 'ndcg', 'map', 'mrr', 'hit']
WHOLE = ['coverage', 'novelty', 'gini', 'popularity', 'entropy']

draw = random.Random(20)


def quarters(n, most):
    return [draw.randint(-most, most) / 4 for _ in range(n)]


def half_stars():
    return draw.randint(2, 9) / 2


def make_training():
    pairs = {}
    popular = [i for i in range(ITEMS) for _ in range(1 + 40 // (1 + i))]
    for user in range(USERS):
        wanted = 0 if user % 17 == 3 else ITEMS if user == 11 else draw.randint(1, 16)
        items = set(range(ITEMS)) if wanted == ITEMS else {draw.choice(popular) for _ in range(wanted)}
        pairs.update({(user, item): half_stars() for item in sorted(items) if item != 44 or wanted == ITEMS})
    return pairs


def make_test(training):
    pairs = {(11, 7): 5.0, (11, 30): 1.0, (20, 52): 4.0, (20, 55): 3.0}  # seen everything; knows only unknown items
    for user in range(MORE_USERS):
        if user % 5 == 2 or user in (11, 20):
            continue
        for item in draw.sample(range(MORE_ITEMS), draw.randint(1, 7)):
            pairs[user, item] = draw.randint(1, 10) / 2
    overlap = sorted(training)[5::60]
    pairs.update({pair: 2.0 for pair in overlap if pair[0] != 20})
    return pairs


class Model:
    def __init__(self):
        self.offset = 3.25
        self.user_vectors = [quarters(FACTORS, 4) for _ in range(USERS)]
        self.item_vectors = [quarters(FACTORS, 4) for _ in range(ITEMS)]
        self.user_biases = quarters(USERS, 3)
        self.item_biases = quarters(ITEMS, 3)

    def score(self, user, item):
        known_user, known_item = user < USERS, item < ITEMS
        return (self.offset + (self.user_biases[user] if known_user else 0) + (self.item_biases[item] if known_item else 0)
                + (sum(a * b for a, b in zip(self.user_vectors[user], self.item_vectors[item])) if known_user and known_item else 0))


def mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def concordance(test, predicted):
    """FCP by every pair of one user's ratings; the same as surprise.accuracy.fcp, where that is installed."""
    by_user, right, wrong = {}, [], []
    for ((user, _), rating), estimate in zip(test.items(), predicted):
        by_user.setdefault(user, []).append((rating, estimate))
    for rated in by_user.values():
        pairs = [(a, b) for a in rated for b in rated if a[0] > b[0]]
        right.append(sum(a[1] > b[1] for a, b in pairs))
        wrong.append(sum(a[1] <= b[1] for a, b in pairs))
    right, wrong = mean(n for n in right if n), mean(n for n in wrong if n)
    result = right / (right + wrong)
    if find_spec('surprise'):
        from surprise import accuracy
        theirs = accuracy.fcp([(user, item, rating, estimate, {}) for ((user, item), rating), estimate
                               in zip(test.items(), predicted)], verbose=False)
        assert abs(theirs - result) < 1e-14, (theirs, result)
    return result


def errors(model, training, test):
    least, greatest = min(training.values()), max(training.values())
    middle = mean(training.values())
    predicted = [(middle if user >= USERS and item >= ITEMS else model.score(user, item), rating)
                 for (user, item), rating in test.items()]
    raw = [p - rating for p, rating in predicted]
    clipped = [min(greatest, max(least, p)) - rating for p, rating in predicted]
    variance = statistics.pvariance(test.values())
    mse = mean(e * e for e in clipped)
    return {'rmse': math.sqrt(mse), 'mae': mean(map(abs, clipped)), 'mse': mse, 'r2': 1 - mse / variance,
            'fcp': concordance(test, [min(greatest, max(least, p)) for p, _ in predicted]),
            'rmse_raw': math.sqrt(mean(e * e for e in raw)), 'mae_raw': mean(map(abs, raw))}


def of_user(k, ranked, wanted):
    """The metrics of one list, from its vector of relevance."""
    gains = [1 if item in wanted else 0 for item in ranked[:k]]
    best = [1] * min(k, len(wanted))

    def dcg(vector):
        return math.fsum(gain / math.log2(place + 2) for place, gain in enumerate(vector))

    precisions = [sum(gains[:place + 1]) / (place + 1) for place, gain in enumerate(gains) if gain]
    return {'recall': sum(gains) / len(wanted), 'precision': sum(gains) / k, 'capped_precision': sum(gains) / len(best), 'ndcg': dcg(gains) / dcg(best),
            'map': math.fsum(precisions) / len(best), 'mrr': 1 / (gains.index(1) + 1) if any(gains) else 0,
            'hit': float(any(gains))}


def of_lists(k, lists, training):
    shown = [item for ranked in lists for item in ranked[:k]]
    raters = {item: max(1, len({u for u, i in training if i == item})) for item in range(ITEMS)}
    users = len({u for u, _ in training})
    times = [shown.count(item) for item in range(ITEMS)]
    differences = sum(abs(a - b) for a in times for b in times)
    return {'coverage': len(set(shown)) / ITEMS,
            'novelty': mean(-math.log2(raters[item] / users) for item in shown),
            'gini': differences / (2 * ITEMS * ITEMS * mean(times)) * ITEMS / (ITEMS - 1),
            'popularity': mean(sum(i == item for _, i in training) for item in shown),
            'entropy': math.log2(len(shown)) - mean(math.log2(times[item]) for item in shown)}


def area(model, user, wanted, seen):
    others = [i for i in range(ITEMS) if i not in wanted and i not in seen]
    relevant = [i for i in wanted if i < ITEMS]
    pairs = [(model.score(user, a), model.score(user, b)) for a in relevant for b in others]
    return mean(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) if pairs else None


def figures(model, training, test):
    wanted, seen = {}, {user: set() for user in range(MORE_USERS)}
    for user, item in training:
        seen[user].add(item)
    for user, item in test:
        wanted.setdefault(user, set()).add(item)
    judged = [user for user in sorted(wanted) if any(item < ITEMS for item in wanted[user])]
    lists = {u: sorted((i for i in range(ITEMS) if i not in seen[u]), key=lambda i: (-model.score(u, i), i)) for u in judged}
    result = errors(model, training, test)
    areas = [area(model, user, wanted[user], seen[user]) for user in judged]
    result['auc'] = mean(a for a in areas if a is not None)
    for k in CUTOFFS:
        each = [of_user(k, lists[user], wanted[user]) for user in judged]
        result.update({f'{name}@{k}': mean(one[name] for one in each) for name in PER_USER})
        whole = of_lists(k, lists.values(), training)
        result.update({f'{name}@{k}': whole[name] for name in WHOLE})
    unknown = sum(user >= USERS or item >= ITEMS for user, item in test)
    return result, len(judged), unknown


def c_array(kind, name, values, per_line):
    lines = [', '.join(map(str, values[i:i + per_line])) for i in range(0, len(values), per_line)]
    print(f'static const {kind} {name}[] = {{\n    ' + ',\n    '.join(lines) + '};')


def c_ratings(name, pairs):
    print(f'enum {{ {name.upper()}_PAIRS = {len(pairs)} }};')
    c_array('int32_t', f'{name}_users', [u for u, _ in pairs], 24)
    c_array('int32_t', f'{name}_items', [i for _, i in pairs], 24)
    c_array('float', f'{name}_ratings', [f'{r}f' for r in pairs.values()], 16)


def main():
    model, training = Model(), make_training()
    test = make_test(training)
    result, judged, unknown = figures(model, training, test)
    shuffled = list(test.items())
    draw.shuffle(shuffled)
    print('/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by tests/reference/metrics.py; do not edit. */\n/* clang-format off */')
    print('#ifndef REC_EXPECTED_METRICS_H\n#define REC_EXPECTED_METRICS_H\n\n#include <stdint.h>\n')
    print(f'enum {{ USERS = {USERS}, ITEMS = {ITEMS}, FACTORS = {FACTORS}, MORE_USERS = {MORE_USERS}, MORE_ITEMS = {MORE_ITEMS} }};')
    print(f'enum {{ JUDGED = {judged}, UNKNOWN = {unknown} }};')
    print(f'static const double offset = {model.offset};')
    c_array('float', 'user_vectors', [f'{x}f' for row in model.user_vectors for x in row], 12)
    c_array('float', 'item_vectors', [f'{x}f' for row in model.item_vectors for x in row], 12)
    c_array('float', 'user_biases', [f'{x}f' for x in model.user_biases], 12)
    c_array('float', 'item_biases', [f'{x}f' for x in model.item_biases], 12)
    c_ratings('training', dict(sorted(training.items())))
    c_ratings('test', dict(shuffled))
    print('static const struct {\n    const char *name;\n    double value;\n} expected[] = {')
    for name, value in result.items():
        print(f'    {{"{name}", {value!r}}},')
    print('};\n\n#endif')


if __name__ == '__main__':
    main()
