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


def drift(lambda_u, lambda_i, lambda_alpha, lambda_c, bins, power):
    """The same with users' drifts and items' bins of time: sum of (r - mu - b_u - b_i - alpha_u dev_u(t) - c_{i, bin(t)})^2 and penalties."""
    mu = np.mean([r for _, _, r, _ in RATINGS])
    first, last = RATINGS[0][3], RATINGS[-1][3]
    mean = {u: np.mean([d for v, _, _, d in RATINGS if v == u]) for u, _, _, _ in RATINGS}
    sizes = [USERS, ITEMS, USERS, bins * ITEMS]
    ends = np.cumsum(sizes)
    a = np.diag(np.repeat(np.array([lambda_u, lambda_i, lambda_alpha, lambda_c], float), sizes))
    b = np.zeros(ends[3])
    for u, i, r, d in RATINGS:
        row = np.zeros(ends[3])
        place = min(int((d - first) / (last - first) * bins), bins - 1)
        row[u] = row[ends[0] + i] = row[ends[2] + place * ITEMS + i] = 1
        row[ends[1] + u] = np.sign(d - mean[u]) * (abs(d - mean[u]) / (last - first)) ** power
        a += np.outer(row, row)
        b += row * (r - mu)
    return np.split(np.linalg.solve(a, b), ends[:3])


def popular():
    mu = np.mean([r for _, _, r, _ in RATINGS])
    rated = [[r for _, i, r, _ in RATINGS if i == item] for item in range(ITEMS)]
    days = [[d for _, i, _, d in RATINGS if i == item] for item in range(ITEMS)]
    return {"count": [len(r) for r in rated],
            "mean": [np.mean(r) if r else mu for r in rated],
            "damped": [(sum(r) + 3 * mu) / (len(r) + 3) for r in rated],
            "decayed": [sum(2.0 ** (-(12 - d) / 5) for d in ds) for ds in days]}


def content(features, a=1.0, b=0.0, half_life=None, nearest=False):
    """half_life in days: from the user's last rating on, each so much older counts half. nearest: the greatest part of those liked."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    y = np.divide(features, length, out=np.zeros_like(features), where=length > 0)
    scores = np.zeros((USERS, ITEMS))
    for user in range(USERS):
        mine = [(i, r, day) for u, i, r, day in RATINGS if u == user]
        last = max((day for _, _, day in mine), default=0)
        counts = [(a * r + b) * (0.5 ** ((last - day) / half_life) if half_life else 1) for _, r, day in mine]
        if nearest:
            liked = [w * y @ y[i] for w, (i, _, _) in zip(counts, mine) if w > 0]
            scores[user] = np.max(liked, axis=0) if liked else 0
        else:
            x = sum((w * y[i] for w, (i, _, _) in zip(counts, mine)), np.zeros(features.shape[1]))
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


def alternating_biases(epochs, lambda_u, lambda_i):
    """Items, then users, `epochs` times, from zero."""
    mu = np.mean([r for _, _, r, _ in RATINGS])
    b_u, b_i = np.zeros(USERS), np.zeros(ITEMS)
    for _ in range(epochs):
        for i in range(ITEMS):
            rated = [r - mu - b_u[u] for u, j, r, _ in RATINGS if j == i]
            b_i[i] = sum(rated) / (lambda_i + len(rated))
        for u in range(USERS):
            rated = [r - mu - b_i[i] for v, i, r, _ in RATINGS if v == u]
            b_u[u] = sum(rated) / (lambda_u + len(rated))
    return mu, b_u, b_i


def matrix():
    r = np.full((USERS, ITEMS), np.nan)
    for u, i, rating, _ in RATINGS:
        r[u, i] = rating
    return r


def row_means(r, mu):
    return np.array([np.mean(row[~np.isnan(row)]) if (~np.isnan(row)).any() else mu for row in r])


OWN, OTHER = 0.3, 0.6


def weighted(rows, weighting, k1=1.5, b=0.6):
    """Rows as documents, NaN where there is nothing."""
    has = ~np.isnan(rows)
    idf = np.maximum(0, np.log(len(rows)) - np.log(1 + has.sum(0)))
    if weighting == "tfidf":
        return np.sqrt(rows) * idf
    length = np.nansum(rows, 1)
    return rows * (k1 + 1) / (rows + k1 * (1 - b + b * length / length.mean())[:, None]) * idf


def walk(alpha, beta):
    r = np.nan_to_num(matrix())
    d_u, d_i = r.sum(1), np.maximum(r.sum(0), 1e-30)
    to_items = np.array([(row / d) ** alpha if d > 0 else 0 * row for row, d in zip(r, d_u)])
    w = ((r / d_i) ** alpha).T @ to_items / np.where(r.sum(0) > 0, d_i, 1) ** beta
    np.fill_diagonal(w, 0)
    return r @ w


def similarity(a, b, kind, full_a, full_b):
    """Of two rows' values in the columns they share; full: all of a row's."""
    n = len(a)
    if kind == "cosine":
        square = (full_a @ full_a) * (full_b @ full_b)
        return a @ b / np.sqrt(square) if square > 0 else 0.0
    if kind == "msd":
        return 1 / (1 + np.mean((a - b) ** 2))
    if kind == "jaccard":
        return n / (len(full_a) + len(full_b) - n)
    if kind == "dot":
        return a @ b
    if kind == "asymmetric":
        return a @ b / ((full_a @ full_a) ** OWN * (full_b @ full_b) ** (1 - OWN))
    if kind == "tversky":
        return n / (n + OWN * (len(full_a) - n) + OTHER * (len(full_b) - n))
    if kind == "conditional":
        return n / (len(full_a) * len(full_b) ** OWN)
    if kind == "pearson":
        a, b = a - a.mean(), b - b.mean()
    square = (a @ a) * (b @ b)
    return a @ b / np.sqrt(square) if square > 1e-20 else 0.0


def knn(by_item, mode, kind, k=2, min_k=1, shrinkage=0.0, amplification=1.0, damping=0.0, weighting=None):
    """Predictions of every rating, row by row of users. Straight from the definitions, dense."""
    r = matrix()
    mu, b_u, b_i = alternating_biases(10, 15, 10)
    means_u, means_i = row_means(r, mu), row_means(r.T, mu)
    centered = {"pearson_baseline": r - mu - b_u[:, None] - b_i, "adjusted_cosine":
                r - means_u[:, None] if by_item else r - means_i}.get(kind, r)
    rows = centered.T if by_item else centered
    if weighting:
        rows = weighted(rows, weighting)
    n = len(rows)
    s = np.zeros((n, n))
    for x in range(n):
        for y in range(n):
            both = ~np.isnan(rows[x]) & ~np.isnan(rows[y])
            c = both.sum()
            if x == y or c == 0:
                continue
            w = similarity(rows[x][both], rows[y][both], kind, rows[x][~np.isnan(rows[x])], rows[y][~np.isnan(rows[y])])
            if kind == "lift":
                w = c * rows.shape[1] / ((~np.isnan(rows[x])).sum() * (~np.isnan(rows[y])).sum())
            if shrinkage > 0:
                w *= (c - 1) / (c - 1 + shrinkage)
            s[x, y] = w ** amplification if w > 1e-12 else 0.0
    spread = np.ones(n)
    base = np.full((USERS, ITEMS), mu)
    if mode in ("means", "zscore"):
        base = np.tile(means_i, (USERS, 1)) if by_item else np.tile(means_u[:, None], (1, ITEMS))
    if mode == "baseline":
        base = mu + b_u[:, None] + b_i
    if mode == "zscore":
        overall = np.nanstd(r)
        spread = np.array([np.nanstd(row) if (~np.isnan(row)).any() and np.nanstd(row) > 0 else overall for row in (r.T if by_item else r)])
    out = np.zeros((USERS, ITEMS))
    for u in range(USERS):
        for i in range(ITEMS):
            me = i if by_item else u
            others = [o for o in range(n) if s[me, o] > 0 and not np.isnan(r[u, o] if by_item else r[o, i])]
            if mode == "sum":
                rated = [o for o in range(n) if not np.isnan(r[u, o] if by_item else r[o, i])]
                out[u, i] = sum(s[o, me] * r[u, o] if by_item else s[me, o] * r[o, i] for o in rated)
                continue
            others = sorted(others, key=lambda o: (-np.float32(s[me, o]), o))[:k]
            out[u, i] = base[u, i]
            if len(others) >= min_k and others:
                w = np.array([s[me, o] for o in others])
                z = np.array([((r[u, o] - base[u, o]) if by_item else (r[o, i] - base[o, i])) / spread[o] for o in others])
                out[u, i] += spread[me] * (w @ z) / (w.sum() + damping)
    return out


def slopeone(weighted):
    r = matrix()
    out = np.zeros((USERS, ITEMS))
    for u in range(USERS):
        rated = [j for j in range(ITEMS) if not np.isnan(r[u, j])]
        for i in range(ITEMS):
            total = weight = 0.0
            for j in rated:
                both = ~np.isnan(r[:, i]) & ~np.isnan(r[:, j])
                if i != j and both.any():
                    w = both.sum() if weighted else 1
                    total += w * (r[u, j] + np.mean(r[both, i] - r[both, j]))
                    weight += w
            out[u, i] = total / weight if weight else np.mean(r[u, rated]) if rated else np.nanmean(r)
    return out


NMF_Q = np.array([[0.5, 0.25, 1.0], [1.0, 0.75, 0.0], [0.25, 2.0, 0.5], [1.5, 0.125, 0.75]])
NMF_B, NMF_R, NMF_X, NMF_BIAS = np.array([0.5, 0.25, 0.125, 0.75]), np.array([5.0, 2.0, 3.5, 1.0]), np.array([0.5, 1.0, 0.25]), 0.375


def nmf_minimum(mu, biased, penalty, bias_penalty):
    """Least squares under x >= 0 with a free bias last: the best of all choices of what is 0."""
    y = np.hstack([NMF_Q, np.ones((4, 1))])
    t = NMF_R - mu - (NMF_B if biased else 0)
    d = np.array([penalty] * 3 + [bias_penalty])
    best = (np.inf, None)
    for chosen in range(8):
        free = [k for k in range(3) if chosen >> k & 1] + ([3] if biased else [])
        x = np.zeros(4)
        if free:
            x[free] = np.linalg.solve(y[:, free].T @ y[:, free] + np.diag(d[free]), y[:, free].T @ t)
        loss = ((t - y @ x) ** 2).sum() + (d * x * x).sum()
        if (x[:3] >= 0).all() and loss < best[0]:
            best = (loss, x)
    return best[1]


def nmf_step(kl, penalty, bias_penalty):
    """The multiplicative step written out, the bias before the vector (squared) or with it (divergence)."""
    b = NMF_BIAS
    if kl:
        x = NMF_B + b + NMF_Q @ NMF_X
        above, below = NMF_Q.T @ (NMF_R / x), NMF_Q.sum(axis=0)
        root = lambda old, up, down, weight: (-down + np.sqrt(down ** 2 + 8 * weight * old * up)) / (4 * weight)
        return np.append(root(NMF_X, above, below, penalty), root(b, (NMF_R / x).sum(), 4.0, bias_penalty))
    mu = 1.0
    b = (NMF_R - mu - NMF_B - NMF_Q @ NMF_X).sum() / (4 + bias_penalty)
    c = mu + NMF_B + b
    above = NMF_Q.T @ (NMF_R + np.maximum(-c, 0))
    below = NMF_Q.T @ (np.maximum(c, 0) + NMF_Q @ NMF_X) + penalty * NMF_X
    return np.append(NMF_X * above / below, b)


def nmf_divergence_minimum(penalty, bias_penalty):
    """Each number in turn by ternary search, which any convex function allows."""
    def loss(x):
        p = np.maximum(NMF_B + x[3] + NMF_Q @ x[:3], 1e-12)
        return (NMF_R * np.log(NMF_R / p) - NMF_R + p).sum() + penalty * (x[:3] ** 2).sum() + bias_penalty * x[3] ** 2
    x = np.ones(4)
    for _ in range(300):
        for k in range(4):
            low, high = 0.0, 10.0
            for _ in range(60):
                third = (high - low) / 3
                left, right = x.copy(), x.copy()
                left[k], right[k] = low + third, high - third
                low, high = (low, high - third) if loss(left) <= loss(right) else (low + third, high)
            x[k] = (low + high) / 2
    return x


def coclustering():
    """The least RMSE of all ways to put users and items into two clusters each, and the predictions that reach it."""
    r = matrix()[:5, :4]
    mu, rated = np.nanmean(r), ~np.isnan(r)
    means_u, means_i = row_means(r, mu), row_means(r.T, mu)
    best = (np.inf, None)
    for users in range(2 ** 5):
        for items in range(2 ** 4):
            c, d = np.array([users >> u & 1 for u in range(5)]), np.array([items >> i & 1 for i in range(4)])
            mean = lambda pick: np.mean(r[pick & rated]) if (pick & rated).any() else mu
            out = np.zeros((5, 4))
            for u in range(5):
                for i in range(4):
                    mine, its = (c == c[u])[:, None] & np.ones(4, bool), np.ones((5, 1), bool) & (d == d[i])
                    out[u, i] = mean(mine & its) + means_u[u] - mean(mine) + means_i[i] - mean(its)
            loss = np.sqrt(np.nanmean((r - out) ** 2))
            if loss < best[0] - 1e-12:
                best = (loss, out)
    return best


def svd(factors, user_power, item_power, spectrum_power):
    """Scores of all users and items; what has no ratings has no scale."""
    r = matrix_of_zeros()
    scale = [np.array([d ** -power if d > 0 else 0.0 for d in np.abs(r).sum(axis)]) for axis, power in ((1, user_power), (0, item_power))]
    _, s, v = np.linalg.svd(scale[0][:, None] * r * scale[1])
    v = v[:factors]
    back = np.array([1 / d if d > 0 else 0.0 for d in scale[1]])
    return (r * scale[1]) @ (v.T * (s[:factors] / s[0]) ** spectrum_power) @ v * back


def ease(penalty, dropout):
    """Scores; each column of B is the ridge regression of its item on the others."""
    r = matrix_of_zeros()
    g = r.T @ r
    extra = penalty + dropout / (1 - dropout) * np.diag(g)
    b = np.zeros((ITEMS, ITEMS))
    for i in range(ITEMS):
        others = [j for j in range(ITEMS) if j != i]
        b[others, i] = np.linalg.solve((g + np.diag(extra))[np.ix_(others, others)], g[others, i])
    return r @ b


def slim(l1, l2, non_negative, candidates=None):
    """Scores; each column by many passes of coordinate descent over the dense Gram matrix."""
    r = matrix_of_zeros()
    g = r.T @ r
    w = np.zeros((ITEMS, ITEMS))
    for i in range(ITEMS):
        near = [j for j in range(ITEMS) if j != i and g[j, j] > 0]
        if candidates:
            near = sorted((j for j in near if g[i, j] != 0), key=lambda j: (-abs(g[i, j]) / np.sqrt(g[j, j]), j))[:candidates]
        for _ in range(20000):
            for j in near:
                a = g[i, j] - g[j] @ w[:, i] + g[j, j] * w[j, i]
                size = max(0, (a if non_negative else abs(a)) - l1)
                w[j, i] = np.sign(a) * size / (g[j, j] + l2)
    return r @ w


def matrix_of_zeros():
    r = np.zeros((USERS, ITEMS))
    for u, i, value, _ in RATINGS:
        r[u, i] = value
    return r


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
    for name, values in zip(("users", "items", "alphas", "bins"), drift(4, 2, 0.5, 1.5, 3, 0.4)):
        show(f"expected_drift_{name}", values)
    for kind, values in popular().items():
        show(f"expected_{kind}", values)
    show("expected_content", content(FEATURES))
    show("expected_content_idf", content(idf()))
    show("expected_content_centred", content(FEATURES, 1.0, -np.mean([r for _, _, r, _ in RATINGS])))
    show("expected_content_equal", content(FEATURES, 0.0, 1.0))
    show("expected_content_recent", content(FEATURES, half_life=1.5))
    show("expected_content_nearest", content(FEATURES, half_life=1.5, nearest=True))
    show("expected_content_liked", content(FEATURES, 1.0, -np.mean([r for _, _, r, _ in RATINGS]), nearest=True))
    x, parts = mf_fold_in()
    show("expected_fold_in", x)
    show("expected_parts", parts)
    show("expected_slopeone_count", slopeone(True))
    show("expected_slopeone_even", slopeone(False))
    show("expected_nmf_plain", nmf_minimum(0, False, 0.0, 0.0)[:3])
    show("expected_nmf_biased", nmf_minimum(1, True, 4 * 0.25, 4 * 0.125))
    show("expected_nmf_step", nmf_step(False, 4 * 0.25, 4 * 0.125))
    show("expected_nmf_step_kl", nmf_step(True, 4 * 0.25, 4 * 0.125))
    show("expected_nmf_kl", nmf_divergence_minimum(4 * 0.0625, 4 * 0.125))
    show("expected_svd_pure", svd(2, 0, 0, 0))
    show("expected_svd_scaled", svd(3, 0.5, 0.25, 1.5))
    show("expected_ease", ease(3, 0))
    show("expected_edlae", ease(2, 0.4))
    show("expected_slim", slim(1.5, 2, True))
    show("expected_slim_signed", slim(0.5, 1, False))
    show("expected_slim_near", slim(0.5, 1, True, 2))
    loss, scores = coclustering()
    show("expected_coclustering_rmse", [loss])
    show("expected_coclustering", scores)
    for by_item in (True, False):
        name = "itemknn" if by_item else "userknn"
        for mode in ("basic", "means", "zscore", "baseline"):
            show(f"expected_{name}_{mode}", knn(by_item, mode, "msd"))
        for kind in ("cosine", "common_cosine", "adjusted_cosine", "pearson", "pearson_baseline", "jaccard"):
            show(f"expected_{name}_{kind}", knn(by_item, "baseline", kind))
        show(f"expected_{name}_shrunk", knn(by_item, "baseline", "cosine", k=3, min_k=2, shrinkage=2, amplification=1.5, damping=0.25))
        show(f"expected_{name}_sum", knn(by_item, "sum", "cosine"))
        for kind in ("asymmetric", "tversky", "conditional", "lift", "dot"):
            show(f"expected_{name}_{kind}", knn(by_item, "sum", kind))
        for weighting in ("tfidf", "bm25"):
            show(f"expected_{name}_{weighting}", knn(by_item, "sum", "cosine", weighting=weighting))
    show("expected_p3alpha", walk(0.7, 0))
    show("expected_rp3beta", walk(1.2, 0.4))


if __name__ == "__main__":
    main()
