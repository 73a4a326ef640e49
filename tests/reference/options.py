#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the options of an evaluation give on the data of metrics.py: writes tests/unit/expected_options.h.

    python3 tests/reference/options.py > tests/unit/expected_options.h

Groups of users and items, rankings among some items alone, histories folded in, and test items among sampled ones. A draw is
made from a list that names every item as often as it weighs; folding in is vector = sum of rating / 8 times the item's vector, bias 1/4.
"""
import math

import metrics
import split
from metrics import ITEMS, USERS, mean

K = [1, 5, 20]
BOUNDS = [1, 6]
HEAD = 0.5
ONLY = list(range(3, 50, 4)) + [0, 1]
NEGATIVES, SEED = 12, 987654321987
NEGATIVES_STREAM = 8
RANKED = [f'{name}@{k}' for k in K for name in metrics.PER_USER + metrics.WHOLE]


def uniform(user, item, draw):
    stream = NEGATIVES_STREAM | draw << 8
    w = split.philox((SEED & split.LOW, SEED >> 32), (item, user & split.LOW, stream & split.LOW, stream >> 32))
    return ((w[0] << 32 | w[1]) >> 11) * 2.0**-53


class Folded(metrics.Model):
    """Users are what their histories make of them."""

    def __init__(self, model, histories):
        self.__dict__.update(model.__dict__)
        self.told = {}
        for (user, item), rating in histories.items():
            self.told.setdefault(user, []).append((item, rating))

    def score(self, user, item):
        vector = [sum(r / 8 * self.item_vectors[i][f] for i, r in self.told.get(user, [])) for f in range(metrics.FACTORS)]
        return self.offset + 0.25 + self.item_biases[item] + sum(a * b for a, b in zip(vector, self.item_vectors[item]))


class Setting:
    def __init__(self, model, training, test, histories=None, only=None):
        self.model, self.training, self.test = model, training, test
        self.items = sorted(only) if only else list(range(ITEMS))
        self.seen = {u: set() for u in range(metrics.MORE_USERS)}
        for user, item in list(training) + list(histories or {}):
            self.seen[user].add(item)
        self.wanted = {}
        for user, item in test:
            self.wanted.setdefault(user, set()).add(item)

    def ranked(self, user):
        return sorted((i for i in self.items if i not in self.seen[user]), key=lambda i: (-self.model.score(user, i), i))

    def others(self, user):
        return [i for i in self.items if i not in self.seen[user] and i not in self.wanted[user]]

    def area(self, user, wanted):
        pairs = [(self.model.score(user, a), self.model.score(user, b)) for a in wanted if a < ITEMS for b in self.others(user)]
        return mean(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) if pairs else None

    def judged(self, pairs):
        wanted = {}
        for user, item in pairs:
            wanted.setdefault(user, set()).add(item)
        return {user: items for user, items in sorted(wanted.items()) if any(i < ITEMS for i in items)}

    def rankings(self, pairs):
        """The figures of the lists, with the test ratings of some pairs alone."""
        wanted, result = self.judged(pairs), {}
        lists = {user: self.ranked(user) for user in wanted}
        for k in K:
            each = [metrics.of_user(k, lists[user], items) for user, items in wanted.items()]
            result.update({f'{name}@{k}': mean(one[name] for one in each) for name in metrics.PER_USER})
            whole = metrics.of_lists(k, lists.values(), self.training)
            times = [sum(i == item for ranked in lists.values() for i in ranked[:k]) for item in self.items]
            n = len(times)
            whole['coverage'] *= ITEMS / n
            whole['gini'] = sum(abs(a - b) for a in times for b in times) / (2 * n * (n - 1) * mean(times))
            result.update({f'{name}@{k}': whole[name] for name in metrics.WHOLE})
        result['auc'] = mean(a for a in (self.area(u, items) for u, items in wanted.items()) if a is not None)
        return result

    def rank(self, user, item, weights):
        """The rank of an item among the sampled, and its share of wins; None: nothing is left to draw."""
        pool = [i for i in self.others(user) for _ in range(weights[i])]
        if not pool:
            return None
        row = user if user < USERS else 0xFFFFFFFF
        drawn = [pool[int(uniform(row, item, d) * len(pool))] for d in range(NEGATIVES)]
        own = self.model.score(user, item)
        scores = [(self.model.score(user, i), i) for i in drawn]
        above = sum(s > own or (s == own and i < item) for s, i in scores)
        return 1 + above, mean(1.0 if own > s else 0.5 if own == s else 0.0 for s, _ in scores)

    def sampled(self, pairs, weights):
        values = {}
        for user, items in self.judged(pairs).items():
            found = {i: self.rank(user, i, weights) for i in items if i < ITEMS}
            if None in found.values():
                continue
            for k in K:
                ranks = [found[i][0] if i in found else math.inf for i in items]
                hit = [float(r <= k) for r in ranks]
                one = {'recall': hit, 'hit': hit, 'precision': [h / k for h in hit], 'capped_precision': hit,
                       'ndcg': [h / math.log2(r + 1) if h else 0 for h, r in zip(hit, ranks)],
                       'map': [h / r for h, r in zip(hit, ranks)], 'mrr': [h / r for h, r in zip(hit, ranks)]}
                for name in metrics.PER_USER:
                    values.setdefault(f'sampled_{name}@{k}', []).append(mean(one[name]))
            values.setdefault('sampled_auc', []).append(mean(area for _, area in found.values()))
        return {name: mean(v) for name, v in values.items()}


def groups(setting):
    """Pairs of each group, in the order of the library."""
    lengths = {u: len(items) for u, items in setting.seen.items()}
    lows, highs = [0] + BOUNDS, BOUNDS + [math.inf]
    parts = [{p: r for p, r in setting.test.items() if low <= lengths[p[0]] < high} for low, high in zip(lows, highs)]
    counts = {i: sum(item == i for _, item in setting.training) for i in range(ITEMS)}
    head = set()
    for item in sorted(counts, key=lambda i: (-counts[i], i)):
        if sum(counts[i] for i in head) < HEAD * len(setting.training):
            head.add(item)
    parts += [{p: r for p, r in setting.test.items() if (p[1] in head) == wanted} for wanted in (True, False)]
    return parts, [sum(1 for _ in {u for u, _ in part}) for part in parts[:3]] + [len(head), ITEMS - len(head)]


def c_figures(name, result):
    print(f'static const struct expected_figure {name}[] = {{')
    for metric, value in result.items():
        print(f'    {{"{metric}", {value!r}}},')
    print('};')


def main():
    model, training = metrics.Model(), metrics.make_training()
    test = metrics.make_test(training)
    whole = Setting(model, training, test)
    weights = {'uniform': [1] * ITEMS, 'popular': [sum(item == i for _, item in training) for i in range(ITEMS)]}
    print('/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by tests/reference/options.py; do not edit. */\n/* clang-format off */')
    print('#ifndef REC_EXPECTED_OPTIONS_H\n#define REC_EXPECTED_OPTIONS_H\n\n#include <stdint.h>\n')
    print('struct expected_figure {\n    const char *name;\n    double value;\n};')
    metrics.c_array('int64_t', 'bounds', BOUNDS, 9)
    print(f'static const double head = {HEAD};\nenum {{ NEGATIVES = {NEGATIVES} }};\nstatic const uint64_t negatives_seed = {SEED};')
    metrics.c_array('int32_t', 'only', ONLY, 20)
    parts, members = groups(whole)
    metrics.c_array('int32_t', 'group_members', members, 9)
    metrics.c_array('int64_t', 'group_pairs', [len(part) for part in parts], 9)
    metrics.c_array('int64_t', 'group_judged', [len(whole.judged(part)) for part in parts], 9)
    for g, part in enumerate(parts):
        c_figures(f'group_{g}', {**metrics.errors(model, training, part), **whole.rankings(part)})
    for how in weights:
        c_figures(f'sampled_{how}', whole.sampled(test, weights[how]))
        c_figures(f'sampled_{how}_tail', whole.sampled(parts[-1], weights[how]))
    among = {pair: r for pair, r in test.items() if pair[1] in ONLY}
    c_figures('among_only', {**metrics.errors(model, training, among), **Setting(model, training, among, only=ONLY).rankings(among)})
    histories = {(user, item): metrics.half_stars() for user in range(metrics.MORE_USERS) if user % 4 != 1 for item in range(ITEMS)
                 if (user * 7 + item * 3) % 11 == 0 and (user, item) not in test}
    metrics.c_ratings('told', histories)
    folded = Setting(Folded(model, histories), training, test, histories)
    c_figures('folded', folded.rankings(test))
    c_figures('folded_sampled', folded.sampled(test, weights['popular']))
    known = {p: r for p, r in test.items() if p[1] < ITEMS}
    errors = metrics.errors(folded.model, training, known)
    c_figures('folded_errors', {name: errors[name] for name in ('rmse', 'mae')})
    print('\n#endif')


if __name__ == '__main__':
    main()
