#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Independent computations of what the backends should give on the small ratings of tests/unit/small_ratings.h, by solving the objectives
directly. Prints tests/unit/expected_backends.h. Needs numpy.

usage: backends.py > ../unit/expected_backends.h"""
import numpy as np

USERS, ITEMS = 6, 5
# user, item, rating, day
RATINGS = [(0, 0, 5, 0), (0, 1, 3, 1), (0, 3, 1, 2), (1, 0, 4, 3), (1, 3, 1, 4), (2, 0, 1, 5), (2, 1, 1, 6), (2, 3, 5, 7),
           (3, 0, 1, 8), (3, 3, 4, 9), (4, 1, 1, 10), (4, 2, 5, 11), (4, 3, 4, 12)]
FEATURES = np.array([[1, 0, 2], [0, 3, 0], [1, 1, 1], [0, 0, 0], [2, 0, 1]], float)


def baseline(lambda_u, lambda_i):
    """The normal equations of the whole ridge regression at once."""
    mu = np.mean([r for _, _, r, _ in RATINGS])
    a = np.diag([float(lambda_u)] * USERS + [float(lambda_i)] * ITEMS)
    b = np.zeros(USERS + ITEMS)
    for u, i, r, _ in RATINGS:
        row = np.zeros(USERS + ITEMS)
        row[u] = row[USERS + i] = 1
        a += np.outer(row, row)
        b += row * (r - mu)
    x = np.linalg.lstsq(a, b, rcond=None)[0]
    return mu, x[:USERS], x[USERS:]


def popular():
    mu = np.mean([r for _, _, r, _ in RATINGS])
    rated = [[r for _, i, r, _ in RATINGS if i == item] for item in range(ITEMS)]
    days = [[d for _, i, _, d in RATINGS if i == item] for item in range(ITEMS)]
    return {"count": [len(r) for r in rated],
            "mean": [np.mean(r) if r else mu for r in rated],
            "damped": [(sum(r) + 3 * mu) / (len(r) + 3) for r in rated],
            "decayed": [sum(2.0 ** (-(12 - d) / 5) for d in ds) for ds in days]}


def content(features):
    length = np.linalg.norm(features, axis=1, keepdims=True)
    y = np.divide(features, length, out=np.zeros_like(features), where=length > 0)
    scores = np.zeros((USERS, ITEMS))
    for user in range(USERS):
        x = sum((r * y[i] for u, i, r, _ in RATINGS if u == user), np.zeros(features.shape[1]))
        scores[user] = y @ x / (np.linalg.norm(x) or 1)
    return scores


def idf():
    having = (FEATURES != 0).sum(axis=0)
    return FEATURES * (np.log((1 + ITEMS) / (1 + having)) + 1)


def mf_fold_in():
    """A ridge regression of the ratings of somebody new on given item vectors and biases, lambda 0.3 and 0.2 times 3 ratings."""
    q = np.array([[0.5, -0.25], [1.0, 0.75], [-0.5, 0.25]])
    b_i, mu, r = np.array([0.5, -0.25, 0.125]), 3.0, np.array([5.0, 2.0, 3.5])
    y = np.hstack([q, np.ones((3, 1))])
    t = r - mu - b_i
    a = y.T @ y + 3 * np.diag([0.3, 0.3, 0.2])
    x = np.linalg.solve(a, y.T @ t)
    to = np.array([0.25, 2.0, 1.0])
    return x, np.linalg.solve(a, to) @ y.T * t


def show(name, values):
    values = np.asarray(values, float)
    flat = ", ".join(f"{v:.9g}" for v in values.ravel())
    print(f"static const double {name}[{values.size}] = {{{flat}}};")


def main():
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tests/reference/backends.py: do not edit. */")
    mu, b_u, b_i = baseline(4, 2)
    show("expected_mu", [mu])
    show("expected_user_biases", b_u)
    show("expected_item_biases", b_i)
    for kind, values in popular().items():
        show(f"expected_{kind}", values)
    show("expected_content", content(FEATURES))
    show("expected_content_idf", content(idf()))
    x, parts = mf_fold_in()
    show("expected_fold_in", x)
    show("expected_parts", parts)


if __name__ == "__main__":
    main()
