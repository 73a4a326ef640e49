#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Questions for newcomers by designs on given vectors, from the posterior covariance itself. Prints tests/unit/expected_elicit.h. Needs numpy.

usage: elicit.py > ../unit/expected_elicit.h"""
import numpy as np

USERS, ITEMS, FACTORS, ANSWERED, ASKED = 30, 12, 3, (4, 9), 3
draw = np.random.default_rng(11)
X = np.round(draw.normal(size=(USERS, FACTORS)), 2)
BU = np.round(draw.normal(size=USERS) * 0.5, 2)
Y = np.round(draw.normal(size=(ITEMS, FACTORS)), 2)
BI = np.round(draw.normal(size=ITEMS) * 0.5, 2)
OFFSET = 3.0
known = draw.random((USERS, ITEMS)) < np.linspace(0.9, 0.2, ITEMS)
known[:, ITEMS - 1] = False
RATINGS = [(u, i, float(np.clip(np.round(OFFSET + BU[u] + BI[i] + X[u] @ Y[i] + draw.normal() * (0.3 + 0.1 * i)), 1, 5)))
           for u in range(USERS) for i in range(ITEMS) if known[u, i]]

Z = np.column_stack([X, BU])
V = np.column_stack([Y, np.ones(ITEMS)])
raters = [u for u in range(USERS) if known[u].any()]
COUNT = known.sum(0)
S = np.cov(Z[raters].T)
G = sum(V[i:i + 1].T @ V[i:i + 1] for _, i, _ in RATINGS) / len(RATINGS)
error = np.zeros(ITEMS)
for u, i, r in RATINGS:
    error[i] += (r - OFFSET - BU[u] - BI[i] - X[u] @ Y[i]) ** 2
NOISE = (error + 20 * error.sum() / len(RATINGS)) / (COUNT + 20)


def after(answered):
    return np.linalg.inv(np.linalg.inv(S) + sum((np.outer(V[i], V[i]) / NOISE[i] for i in answered), np.zeros(S.shape)))


def chance(answered):
    shared = known[:, list(answered)].sum(1)
    return (shared @ known + 5 * COUNT / len(raters)) / (shared.sum() + 5)


MEASURES = {"error": lambda s: np.trace(s @ G), "volume": lambda s: np.linalg.slogdet(s)[1], "trace": np.trace}


def ask(measure, answered, all_known):
    """What `measure` falls by for each item, greedily."""
    rows, left = [], list(answered)
    p = np.ones(ITEMS) if all_known else chance(answered)
    for _ in range(ASKED):
        gains = [(p[i] * (measure(after(left)) - measure(after(left + [i]))), COUNT[i], -i) for i in range(ITEMS) if i not in left]
        gain, _, item = max(gains)
        rows.append((-item, gain))
        left.append(-item)
    return rows


def entropy(item):
    values = [r for _, i, r in RATINGS if i == item]
    p = np.array([values.count(v) for v in set(values)]) / max(len(values), 1)
    return float(np.log(len(values)) * -(p * np.log(p)).sum()) if values else 0.0


def numbers(values):
    return ", ".join(f"{float(v):.9g}" for v in values)


print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by tests/reference/elicit.py; do not edit. */\n/* clang-format off */")
print(f"enum {{ USERS = {USERS}, ITEMS = {ITEMS}, FACTORS = {FACTORS}, N_RATINGS = {len(RATINGS)}, ASKED = {ASKED} }};")
print(f"static const double offset = {OFFSET:.1f};")
for name, values in (("x", X.ravel()), ("b_u", BU), ("y", Y.ravel()), ("b_i", BI)):
    print(f"static const float {name}[] = {{" + ", ".join(f"{v:.2f}f" for v in values) + "};")
print("static const struct { int user, item; float rating; } ratings_of[] = {"
      + ", ".join(f"{{{u}, {i}, {r:.0f}}}" for u, i, r in RATINGS) + "};")
print("struct question { int item; double value; };")
print("static const int answered[] = {" + ", ".join(map(str, ANSWERED)) + "};")
for name, measure in MEASURES.items():
    for stage, given in (("first", ()), ("later", ANSWERED)):
        for suffix, all_known in (("", False), ("_known", True)):
            print(f"static const struct question {name}_{stage}{suffix}[] = {{"
                  + ", ".join(f"{{{i}, {v:.9g}}}" for i, v in ask(measure, given, all_known)) + "};")
print(f"static const double entropies[] = {{{numbers(entropy(i) for i in range(ITEMS))}}};")
