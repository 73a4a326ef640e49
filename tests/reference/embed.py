#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Means of word vectors by SIF weights less their first common component, by NumPy's SVD. Prints tests/unit/expected_embed.h. Needs numpy.

usage: embed.py > ../unit/expected_embed.h"""
import numpy as np

WORDS = {"castle": [1, 2, -1], "vampire": [0.5, -1, 2], "sea": [3, 0.25, 1]}
TEXTS = ["Castle, castle; vampire!", "the sea, the vampire", "sea sea sea castle", "nothing known"]


def embed(a, components):
    bags = [[w for w in text.lower().replace(",", " ").replace(";", " ").replace("!", " ").split() if w in WORDS] for text in TEXTS]
    total = sum(map(len, bags))
    p = {w: sum(bag.count(w) for bag in bags) / total for w in WORDS}
    weight = {w: a / (a + p[w]) if a else 1 for w in WORDS}
    x = np.array([sum((weight[w] * np.array(WORDS[w]) for w in bag), np.zeros(3)) / max(1, len(bag)) for bag in bags])
    for _ in range(components):
        u = np.linalg.svd(x)[2][0]
        x = x - np.outer(x @ u, u)
    return x


print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tests/reference/embed.py. */\n/* clang-format off */")
for name, a, components in ("plain", 0, 0), ("sif", 0.25, 1):
    print(f"static const double expected_{name}[] = {{{', '.join(f'{v:.12g}' for v in embed(a, components).ravel())}}};")
