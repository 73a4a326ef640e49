#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Factorization machines from their definition, on a dense design matrix of a few ratings: where the objective is least (Newton's method, from many
starts), and the mean prediction of a plain Gibbs sampler. Prints tests/unit/expected_fm.h with the ratings and features it is about, or what is expected of field-aware ones. Needs numpy.

usage: fm.py > ../unit/expected_fm.h; fm.py aware > ../unit/expected_fm_fields.h"""
import sys

import numpy as np

from backends import show

USERS, ITEMS, USER_KINDS, ITEM_KINDS, DAYS, F = 10, 8, 3, 4, 7, 2  # the last user and item have no ratings
LAMBDA, BIAS_LAMBDA, FEATURE_LAMBDA = 0.2, 0.05, 0.15
AWARE_LAMBDAS = 0.05, 2, 0.03  # with weights that cost more than vectors, so that these are not left at 0 within a side
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
    """Columns of the design are users, their features, days, items and their features: five fields. Rows of theta are F numbers and a weight."""

    width, lambdas = F, (LAMBDA, BIAS_LAMBDA, FEATURE_LAMBDA)

    def __init__(self, every, features, days, weights=None, plain=False, identity=True):
        self.every, self.identity = every, identity
        self.w = np.ones(len(PAIRS)) if weights is None else weights
        self.y = RATINGS - (self.w @ RATINGS) / self.w.sum()
        self.mu = (self.w @ RATINGS) / self.w.sum()
        self.parts = [USERS, USER_KINDS * features, DAYS * days, ITEMS, ITEM_KINDS * features]
        self.x = self.design(PAIRS, DAY if days else None)
        self.group = np.repeat(np.arange(5), self.parts)
        self.item_side = self.group >= 3
        times = np.ones(len(self.group)) if plain else (self.x ** 2).sum(0)
        own = (self.group == 0) | (self.group == 3)
        self.penalty = np.outer(np.where(own, self.lambdas[0], self.lambdas[2]) * times, np.ones(self.width + 1))
        self.penalty[:, -1] = np.where(own, self.lambdas[1], self.lambdas[2]) * times

    def design(self, pairs, day):
        u, i = np.array(pairs).T
        days = one_hot(day, DAYS) if day is not None else np.zeros((len(u), self.parts[2]))
        return np.hstack([one_hot(u, USERS) * self.identity, USER_FEATURES[u][:, :self.parts[1]], days, one_hot(i, ITEMS) * self.identity, ITEM_FEATURES[i][:, :self.parts[4]]])

    def slopes(self, x, theta):
        """Of the score by each vector's number: rows x columns x F."""
        parts = x[:, :, None] * theta[None, :, :-1]
        if self.every:
            return x[:, :, None] * (parts.sum(1)[:, None, :] - parts)
        users, items = parts[:, ~self.item_side].sum(1), parts[:, self.item_side].sum(1)
        return x[:, :, None] * np.where(self.item_side[None, :, None], users[:, None, :], items[:, None, :])

    def score(self, x, theta):
        return x @ theta[:, -1] + 0.5 * (self.slopes(x, theta) * theta[None, :, :-1]).sum((1, 2))

    def objective(self, theta):
        return (self.w * (self.y - self.score(self.x, theta)) ** 2).sum() + (self.penalty * theta ** 2).sum()

    def gradient(self, theta):
        """Of half the objective."""
        j = np.concatenate([self.slopes(self.x, theta), self.x[:, :, None]], axis=2)
        return self.penalty * theta - np.einsum("n,ncf->cf", self.w * (self.y - self.score(self.x, theta)), j)

    def second(self, theta):
        """Derivatives of the gradient, by differences."""
        h, moves = 1e-5, 1e-5 * np.eye(theta.size).reshape(-1, *theta.shape)
        return np.array([(self.gradient(theta + m) - self.gradient(theta - m)).ravel() / (2 * h) for m in moves])

    def descend(self, theta):
        """Newton's steps, damped."""
        damping, here = 1.0, self.objective(theta)
        for _ in range(300):
            second = self.second(theta)
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
        found = [self.descend(draw.normal(0, 0.5, (len(self.group), self.width + 1))) for _ in range(6)]
        theta = min(found, key=lambda f: f[0])[1]
        theta[(self.x ** 2).sum(0) == 0] = 0
        return self.everywhere(theta)

    def everywhere(self, theta):
        return self.mu + self.score(self.design([(u, i) for u in range(USERS) for i in range(ITEMS)], None), theta)

    def slope(self, theta, c, k):
        """Of one number."""
        h, part = self.x[:, c], self.x * theta[:, k]
        return h * (part.sum(1) - part[:, c] if self.every else part[:, self.item_side != self.item_side[c]].sum(1))

    def multiplies(self, c, k):
        return True

    def sample(self, burn_in, sweeps):
        """Gibbs: number by number on the design matrix, with the priors of fm_als.c."""
        columns, width, theta = len(self.group), self.width, draw.normal(0, 0.1, (len(self.group), self.width + 1))
        rated = (self.x ** 2).sum(0) > 0
        theta[~rated] = 0
        alpha, sums = 1.0, 0
        mean, precision = np.zeros((5, width + 1)), np.ones((5, width + 1))
        for sweep in range(burn_in + sweeps):
            e = self.y - self.score(self.x, theta)
            for k in [width, *range(width)]:
                for c in range(columns):
                    if not rated[c] or not self.multiplies(c, k):
                        continue
                    g, h = self.group[c], self.x[:, c] if k == width else self.slope(theta, c, k)
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
                    mean[g] = t.sum(0) / (n + 1) + draw.normal(size=width + 1) / np.sqrt((n + 1) * precision[g])
            alpha = draw.gamma(0.5 * (1 + len(e)), 2 / (1 + e @ e))
            if sweep >= burn_in:
                shown = theta.copy()
                shown[~rated] = mean[self.group[~rated]]
                sums = sums + self.everywhere(shown)
        return sums / sweeps


class Aware(Machine):
    """Field-aware: numbers B F .. (B + 1) F of a row are what its feature multiplies with features of field B."""

    width, lambdas = 5 * F, AWARE_LAMBDAS

    def multiplies(self, c, k):
        return k == self.width or self.meet(self.group[c], k // F)

    def meet(self, a, b):
        return self.every or (a >= 3) != (b >= 3)

    def slopes(self, x, theta):
        out = np.zeros((*x.shape, self.width))
        for a in range(5):
            for b in range(5):
                mine, theirs = self.group == a, self.group == b
                parts = x[:, theirs, None] * theta[None, theirs, a * F:(a + 1) * F]
                if not self.meet(a, b):
                    continue
                total = parts.sum(1)[:, None, :]
                out[:, mine, b * F:(b + 1) * F] = x[:, mine, None] * (total - parts if a == b else total)
        return out

    def second(self, theta):
        """Exactly, for there are too many numbers for differences: what multiplies does so linearly."""
        x, error = self.x, self.w * (self.y - self.score(self.x, theta))
        j = np.concatenate([self.slopes(x, theta), x[:, :, None]], axis=2).reshape(len(x), -1)
        found = (j.T @ (self.w[:, None] * j) + np.diag(self.penalty.ravel())).reshape(*theta.shape, *theta.shape)
        crossed = (x * error[:, None]).T @ x
        for c, a in enumerate(self.group):
            for d, b in enumerate(self.group):
                for k in range(F if self.meet(a, b) and c != d else 0):
                    found[c, b * F + k, d, a * F + k] -= crossed[c, d]
        return found.reshape(theta.size, theta.size)

    def slope(self, theta, c, k):
        a, b = self.group[c], k // F
        parts = self.x[:, self.group == b] @ theta[self.group == b, a * F + k % F]
        return self.x[:, c] * (parts - (self.x[:, c] * theta[c, k] if a == b else 0))


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


def aware():
    """The other header, from random numbers of its own."""
    global draw
    draw = np.random.default_rng(6)
    print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tests/reference/fm.py aware: do not edit. */")
    print("static const double FM_AWARE_LAMBDAS[] = {%g, %g, %g};" % AWARE_LAMBDAS)
    cases = {"aware": Aware(False, True, False), "aware_all": Aware(True, True, False), "aware_days_all": Aware(True, False, True),
             "aware_kinds": Aware(True, True, False, identity=False)}
    for name, machine in cases.items():
        show(f"expected_{name}", machine.least())
    show("expected_sampled_aware", np.mean([cases["aware"].sample(300, 2000) for _ in range(3)], axis=0))


if __name__ == "__main__":
    aware() if sys.argv[1:] == ["aware"] else main()
