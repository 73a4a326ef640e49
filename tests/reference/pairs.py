#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the learners that rank pairs should arrive on the small ratings of tests/unit/small_ratings.h: the objectives, written as sums over
everything that may be drawn, go down their gradient from several starts. Prints tests/unit/expected_pairs.h. Needs numpy.

usage: pairs.py > ../unit/expected_pairs.h"""
import numpy as np

from backends import ITEMS, RATINGS, USERS, show

FACTORS, LAMBDA = 3, 0.05
MEAN = np.mean([r for _, _, r, _ in RATINGS])


def weights(by_rating):
    w = np.zeros((USERS, ITEMS))
    for u, i, r, _ in RATINGS:
        w[u, i] = r / MEAN if by_rating else 1
    return w


def given_weights():
    """What tests/unit/test_half_life.c gives each rating to count."""
    v = np.ones((USERS, ITEMS))
    for e, (u, i, _, _) in enumerate(RATINGS):
        v[u, i] = 0.5 + e % 3
    return v


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def bpr(w, shares, v=np.ones((USERS, ITEMS))):
    """Loss and gradients by scores, and how many penalties fall on users and items: of a pair of what a user has and what weighs less. v: what each rating counts, not its penalties."""
    def terms(x):
        loss, d, on_users, on_items = 0, np.zeros_like(x), np.zeros(USERS), np.zeros(ITEMS)
        for u, i, _, _ in RATINGS:
            share = np.where(w[u] < w[u, i], shares, 0)
            share = share / share.sum()
            gap, apart = v[u, i] * (w[u, i] - w[u]), x[u, i] - x[u]
            loss += (share * gap * np.log1p(np.exp(-apart))).sum()
            g = share * gap * sigmoid(-apart)
            d[u] += g
            d[u, i] -= g.sum()
            on_users[u] += 1
            on_items += share
            on_items[i] += 1
        return loss, d, on_users, on_items
    return terms


def logistic(w, alpha, negatives, v=np.ones((USERS, ITEMS))):
    def terms(x):
        loss, d, on_users, on_items = 0, np.zeros_like(x), np.zeros(USERS), np.zeros(ITEMS)
        for u, i, _, _ in RATINGS:
            loss += v[u, i] * (alpha * w[u, i] * np.log1p(np.exp(-x[u, i])) + negatives * np.log1p(np.exp(x[u])).mean())
            d[u] += v[u, i] * negatives * sigmoid(x[u]) / ITEMS
            d[u, i] -= v[u, i] * alpha * w[u, i] * sigmoid(-x[u, i])
            on_users[u] += 1 + negatives
            on_items += negatives / ITEMS
            on_items[i] += 1
        return loss, d, on_users, on_items
    return terms


def descend(terms, seed):
    """Gradient descent with momentum, from random vectors."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.5, (USERS + ITEMS, FACTORS + 1))
    x[:USERS, 0], x[USERS:, 0], moved = 1, 0, 0
    for _ in range(6000):
        p, q = x[:USERS], x[USERS:]
        loss, d, on_users, on_items = terms(p[:, 1:] @ q[:, 1:].T + q[:, 0])
        count = LAMBDA * np.concatenate([on_users, on_items])[:, None]
        loss += (count * x ** 2)[:, 1:].sum() / 2 + (count[USERS:, 0] * q[:, 0] ** 2).sum() / 2
        g = np.concatenate([d @ q, d.T @ p]) + count * x
        g[:USERS, 0] = 0
        moved = 0.95 * moved - 0.02 * g
        x = x + moved
    return loss, (x[:USERS, 1:] @ x[USERS:, 1:].T + x[USERS:, 0])[:5, :4]


def lowest(terms):
    """The scores of five users by four items, which are all that some draw reaches; all starts end alike, or the test would say nothing."""
    ends = [descend(terms, seed) for seed in range(3)]
    loss, scores = min(ends, key=lambda end: end[0])
    assert all(np.abs(scores - other).max() < 1e-4 for _, other in ends), [end[0] for end in ends]
    return scores


def main():
    counts = np.bincount([i for _, i, _, _ in RATINGS], minlength=ITEMS)
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tests/reference/pairs.py: do not edit. */")
    show("expected_bpr_one", lowest(bpr(weights(False), np.ones(ITEMS))))
    show("expected_bpr_rating", lowest(bpr(weights(True), np.ones(ITEMS))))
    show("expected_bpr_popularity", lowest(bpr(weights(True), counts)))
    show("expected_logistic_one", lowest(logistic(weights(False), 1, 2)))
    show("expected_logistic_rating", lowest(logistic(weights(True), 3, 2)))
    show("expected_bpr_weighed", lowest(bpr(weights(False), np.ones(ITEMS), given_weights())))
    show("expected_logistic_weighed", lowest(logistic(weights(False), 1, 2, given_weights())))


if __name__ == "__main__":
    main()
