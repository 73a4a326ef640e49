#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Factorization machines from their definition, on a dense design matrix of a few ratings: where the objective is least (Newton's method, from many
starts), and the mean prediction of a plain Gibbs sampler. Prints tests/unit/expected_fm.h with the ratings and features it is about. Needs numpy.

usage: fm.py > ../unit/expected_fm.h"""
import numpy as np

from backends import show

USERS, ITEMS, USER_KINDS, ITEM_KINDS, DAYS, F = 10, 8, 3, 4, 7, 2  # the last user and item have no ratings
LAMBDA, BIAS_LAMBDA, FEATURE_LAMBDA = 0.2, 0.05, 0.15
draw = np.random.default_rng(5)
PAIRS = [(u, i) for u in range(USERS - 1) for i in range(ITEMS - 1) if u == 0 or (u * 3 + i * 5) % 7 > 0]
USER_FEATURES = np.round(draw.normal(size=(USERS, USER_KINDS)) * (draw.random((USERS, USER_KINDS)) < 0.7), 2)
ITEM_FEATURES = np.round(draw.normal(size=(ITEMS, ITEM_KINDS)) * (draw.random((ITEMS, ITEM_KINDS)) < 0.7), 2)
DAY = draw.integers(0, DAYS, len(PAIRS))
WEIGHTS = np.round(draw.uniform(0.2, 2, len(PAIRS)), 2)
TASTE = np.sin(2.1 * np.arange(USERS))[:, None] * np.cos(1.7 * np.arange(ITEMS)) + 0.5 * USER_FEATURES[:, :1] @ ITEM_FEATURES[:, :1].T
RATINGS = np.array([np.round(2 * (3 + TASTE[p] + 0.4 * (d < 2) * (-1) ** p[1] + draw.normal(0, 0.3))) / 2 for p, d in zip(PAIRS, DAY)])


def one_hot(rows, n):
    return np.eye(n)[rows]


class Machine:
    """Columns of the design are users, their features, days, items and their features."""

    def __init__(self, every, features, days, weights=None, plain=False):
        self.every = every
        self.w = np.ones(len(PAIRS)) if weights is None else weights
        self.y = RATINGS - (self.w @ RATINGS) / self.w.sum()
        self.mu = (self.w @ RATINGS) / self.w.sum()
        self.parts = [USERS, USER_KINDS * features, DAYS * days, ITEMS, ITEM_KINDS * features]
        self.x = self.design(PAIRS, DAY if days else None)
        self.group = np.repeat(np.arange(5), self.parts)
        self.item_side = self.group >= 3
        times = np.ones(len(self.group)) if plain else (self.x ** 2).sum(0)
        own = (self.group == 0) | (self.group == 3)
        self.penalty = np.outer(np.where(own, LAMBDA, FEATURE_LAMBDA) * times, np.ones(F + 1))
        self.penalty[:, F] = np.where(own, BIAS_LAMBDA, FEATURE_LAMBDA) * times

    def design(self, pairs, day):
        u, i = np.array(pairs).T
        days = one_hot(day, DAYS) if day is not None else np.zeros((len(u), self.parts[2]))
        return np.hstack([one_hot(u, USERS), USER_FEATURES[u][:, :self.parts[1]], days, one_hot(i, ITEMS), ITEM_FEATURES[i][:, :self.parts[4]]])

    def slopes(self, x, theta):
        """Of the score by each vector's number: rows x columns x F."""
        parts = x[:, :, None] * theta[None, :, :F]
        if self.every:
            return x[:, :, None] * (parts.sum(1)[:, None, :] - parts)
        users, items = parts[:, ~self.item_side].sum(1), parts[:, self.item_side].sum(1)
        return x[:, :, None] * np.where(self.item_side[None, :, None], users[:, None, :], items[:, None, :])

    def score(self, x, theta):
        return x @ theta[:, F] + 0.5 * (self.slopes(x, theta) * theta[None, :, :F]).sum((1, 2))

    def objective(self, theta):
        return (self.w * (self.y - self.score(self.x, theta)) ** 2).sum() + (self.penalty * theta ** 2).sum()

    def gradient(self, theta):
        """Of half the objective."""
        j = np.concatenate([self.slopes(self.x, theta), self.x[:, :, None]], axis=2)
        return self.penalty * theta - np.einsum("n,ncf->cf", self.w * (self.y - self.score(self.x, theta)), j)

    def descend(self, theta):
        """Newton's steps, damped, with the second derivatives by differences of the first."""
        damping, here, h = 1.0, self.objective(theta), 1e-5
        for _ in range(300):
            moves = h * np.eye(theta.size).reshape(-1, *theta.shape)
            second = np.array([(self.gradient(theta + m) - self.gradient(theta - m)).ravel() / (2 * h) for m in moves])
            values, vectors = np.linalg.eigh((second + second.T) / 2)
            along = vectors.T @ self.gradient(theta).ravel()
            step = -(vectors @ (along / (np.abs(values) + damping))).reshape(theta.shape)
            there = self.objective(theta + step)
            if there > here:
                damping *= 4
                continue
            done = here - there < 1e-13 * here
            theta, here, damping = theta + step, there, max(damping / 4, 1e-9)
            if done:
                break
        return here, theta

    def least(self):
        """The lowest of many descents, and scores of all pairs: contexts unknown."""
        found = [self.descend(draw.normal(0, 0.5, (len(self.group), F + 1))) for _ in range(6)]
        theta = min(found, key=lambda f: f[0])[1]
        theta[(self.x ** 2).sum(0) == 0] = 0
        return self.everywhere(theta)

    def everywhere(self, theta):
        return self.mu + self.score(self.design([(u, i) for u in range(USERS) for i in range(ITEMS)], None), theta)

    def sample(self, burn_in, sweeps):
        """Gibbs: number by number on the design matrix, with the priors of fm_als.c."""
        columns, theta = len(self.group), draw.normal(0, 0.1, (len(self.group), F + 1))
        rated = (self.x ** 2).sum(0) > 0
        theta[~rated] = 0
        alpha, sums = 1.0, 0
        mean, precision = np.zeros((5, F + 1)), np.ones((5, F + 1))
        for sweep in range(burn_in + sweeps):
            e = self.y - self.score(self.x, theta)
            for k in [F, *range(F)]:
                for c in range(columns):
                    if not rated[c]:
                        continue
                    h, g = self.x[:, c], self.group[c]
                    if k < F:
                        part = self.x * theta[:, k]
                        h = h * (part.sum(1) - part[:, c] if self.every else part[:, self.item_side != self.item_side[c]].sum(1))
                    v = alpha * h @ h + precision[g, k]
                    new = (alpha * h @ (e + h * theta[c, k]) + precision[g, k] * mean[g, k]) / v + draw.normal() / np.sqrt(v)
                    e = e - h * (new - theta[c, k])
                    theta[c, k] = new
            for g in range(5):
                t = theta[rated & (self.group == g)]
                n = len(t)
                if n:
                    rate = 0.5 * (1 + (t ** 2).sum(0) - t.sum(0) ** 2 / (n + 1))
                    precision[g] = draw.gamma(0.5 * (1 + n), 1 / rate)
                    mean[g] = t.sum(0) / (n + 1) + draw.normal(size=F + 1) / np.sqrt((n + 1) * precision[g])
            alpha = draw.gamma(0.5 * (1 + len(e)), 2 / (1 + e @ e))
            if sweep >= burn_in:
                shown = theta.copy()
                shown[~rated] = mean[self.group[~rated]]
                sums = sums + self.everywhere(shown)
        return sums / sweeps


def whole(name, values):
    values = np.asarray(values, int)
    print(f"static const int {name}[{values.size}] = {{{', '.join(map(str, values.ravel()))}}};")


def main():
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tests/reference/fm.py: do not edit. */")
    print(f"enum {{ FM_USERS = {USERS}, FM_ITEMS = {ITEMS}, FM_USER_KINDS = {USER_KINDS}, FM_ITEM_KINDS = {ITEM_KINDS}, FM_FACTORS = {F}, "
          f"FM_RATINGS = {len(PAIRS)} }};")
    print(f"static const double FM_LAMBDA = {LAMBDA}, FM_BIAS_LAMBDA = {BIAS_LAMBDA}, FM_FEATURE_LAMBDA = {FEATURE_LAMBDA};")
    whole("fm_pairs", PAIRS)
    whole("fm_days", DAY)
    show("fm_ratings", RATINGS)
    show("fm_weights", WEIGHTS)
    show("fm_user_features", USER_FEATURES)
    show("fm_item_features", ITEM_FEATURES)
    cases = {"across": Machine(False, True, False), "all": Machine(True, True, False), "weighted": Machine(False, True, False, WEIGHTS),
             "plain": Machine(True, True, False, WEIGHTS, True), "days": Machine(False, False, True), "days_all": Machine(True, False, True)}
    for name, machine in cases.items():
        show(f"expected_{name}", machine.least())
    for name in ("across", "all"):  # chains stay long with one sign of what multiplies, so the mean is over several
        show(f"expected_sampled_{name}", np.mean([cases[name].sample(500, 4000) for _ in range(6)], axis=0))


if __name__ == "__main__":
    main()
