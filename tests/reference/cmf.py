#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the objective of collective factorization is least, on the ratings and features of fm.py: all numbers at once, by Newton's method. Prints
tests/unit/expected_cmf.h. Needs numpy.

usage: cmf.py > ../unit/expected_cmf.h"""
import numpy as np

from backends import show
from fm import F, ITEM_FEATURES, ITEM_KINDS, ITEMS, PAIRS, RATINGS, USER_FEATURES, USER_KINDS, USERS, Machine, draw

LAMBDA, BIAS_LAMBDA, SIDE_LAMBDA, W_MAIN, W_USER, W_ITEM = 0.2, 0.05, 0.3, 0.7, 1.5, 2.0


class Collective(Machine):
    """theta stacks users, items and the attributes of either: rows of F numbers and one of the bias."""

    def __init__(self):
        self.mu = RATINGS.mean()
        self.given = np.full((USERS, ITEMS), np.nan)
        for (u, i), r in zip(PAIRS, RATINGS):
            self.given[u, i] = r - self.mu
        self.rated = ~np.isnan(self.given)
        counts = np.concatenate([self.rated.sum(1), self.rated.sum(0)])
        self.penalty = W_MAIN * np.maximum(counts, 1)[:, None] * np.array([LAMBDA] * F + [BIAS_LAMBDA])
        self.penalty = np.vstack([self.penalty, np.full((USER_KINDS + ITEM_KINDS, F + 1), SIDE_LAMBDA)])

    def parts(self, theta):
        return np.split(theta, np.cumsum([USERS, ITEMS, USER_KINDS]))

    def errors(self, theta):
        a, d, c, e = self.parts(theta)
        scores = a[:, :F] @ d[:, :F].T + a[:, F:] + d[:, F]
        return np.where(self.rated, np.nan_to_num(self.given) - scores, 0), USER_FEATURES - a @ c.T, ITEM_FEATURES - d @ e.T

    def objective(self, theta):
        main, users, items = self.errors(theta)
        return W_MAIN * (main ** 2).sum() + W_USER * (users ** 2).sum() + W_ITEM * (items ** 2).sum() + (self.penalty * theta ** 2).sum()

    def gradient(self, theta):
        a, d, c, e = self.parts(theta)
        main, users, items = self.errors(theta)
        with_bias = [np.hstack([x[:, :F], np.ones((len(x), 1))]) for x in (a, d)]
        return self.penalty * theta - np.vstack([W_MAIN * main @ with_bias[1] + W_USER * users @ c, W_MAIN * main.T @ with_bias[0] + W_ITEM * items @ e,
                                                 W_USER * users.T @ a, W_ITEM * items.T @ d])

    def least(self):
        found = [self.descend(draw.normal(0, 0.5, self.penalty.shape)) for _ in range(6)]
        a, d, _, _ = self.parts(min(found, key=lambda f: f[0])[1])
        return self.mu + a[:, :F] @ d[:, :F].T + a[:, F:] + d[:, F]


def main():
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tests/reference/cmf.py: do not edit. */")
    show("expected_cmf_weights", [LAMBDA, BIAS_LAMBDA, SIDE_LAMBDA, W_MAIN, W_USER, W_ITEM])
    show("expected_cmf", Collective().least())


if __name__ == "__main__":
    main()
