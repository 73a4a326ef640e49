#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TF-IDF vectors of scikit-learn for a few documents: writes tests/unit/expected_vectorizer.h.

    python3 tests/reference/vectorizer.py > tests/unit/expected_vectorizer.h

BM25 is worked out from its formula (Robertson and Zaragoza 2009) on CountVectorizer's counts.
"""
import json

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

TEXTS = [
    'The Count of Monte Cristo: a tale of revenge, revenge and more REVENGE',
    'Dracula, the count. A vampire tale; gothic',
    'Ünïcödé ΣΊΣΥΦΟΣ straße İstanbul Σ',
    'naïve café déjà-vu ½ x² \ufb01ne cafe',
    '東京 タワー 123 _under_score a b c  123',
    "don't stop, won't stop   the  ROCK",
    'ΑΣ ΑΣΑ. ΌΣΟΣ',
    '',
    'a, b; c',
    'the the the count count of',
    'runs of more than sixty-four bytes of plain letters: incomprehensibilities antidisestablishmentarianism floccinaucinihilipilification',
]
CASES = [
    ('', {}),
    ('accents=strip', {'strip_accents': 'unicode'}),
    ('lowercase=false', {'lowercase': False}),
    ('ngram_max=3 norm=l1 tf=log', {'ngram_range': (1, 3), 'norm': 'l1', 'sublinear_tf': True}),
    ('ngram_min=2 ngram_max=2 tf=binary', {'ngram_range': (2, 2), 'binary': True}),
    ('analyzer=char ngram_min=2 ngram_max=3 idf=plain', {'analyzer': 'char', 'ngram_range': (2, 3), 'smooth_idf': False}),
    ('analyzer=char_wb ngram_min=1 ngram_max=4 idf=none', {'analyzer': 'char_wb', 'ngram_range': (1, 4), 'use_idf': False}),
    ('min_df=2 norm=none', {'min_df': 2, 'norm': None}),
    ('max_df=0.2 norm=none', {'max_df': 0.2, 'norm': None}),
    ('min_df=0.15 max_df=3', {'min_df': 0.15, 'max_df': 3}),
]


def bm25(k1, b):
    counter = CountVectorizer()
    c = counter.fit_transform(TEXTS).toarray().astype(float)
    n, d, length = len(TEXTS), (c > 0).sum(0), c.sum(1, keepdims=True)
    idf = np.log(1 + (n - d + .5) / (d + .5))
    return counter.get_feature_names_out(), idf * c * (k1 + 1) / (c + k1 * (1 - b + b * length / length.mean()))


def c_string(text):
    return '"' + ''.join(chr(x) if 32 <= x < 127 and x not in (34, 92, 63) else f'\\{x:03o}' for x in text.encode()) + '"'


def write(name, settings, terms, matrix):
    entries = [f'{{{r}, {c}, {matrix[r, c]:.9g}}}' for r, c in zip(*matrix.nonzero())]
    print(f'static const char *const terms_{name}[] = {{{", ".join(map(c_string, terms))}}};')
    print(f'static const struct entry entries_{name}[] = {{{", ".join(entries)}}};')
    return f'{{"{settings}", terms_{name}, {len(terms)}, entries_{name}, {len(entries)}}}'


print('/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by tests/reference/vectorizer.py; do not edit. */\n/* clang-format off */')
print('#ifndef REC_EXPECTED_VECTORIZER_H\n#define REC_EXPECTED_VECTORIZER_H\n\n#include <stdint.h>\n')
print('struct entry {\n    int32_t row, term;\n    double value;\n};\n')
print(f'enum {{ TEXTS = {len(TEXTS)} }};')
print('static const char *const texts[TEXTS] = {%s};' % ',\n    '.join(map(c_string, TEXTS)))
cases = []
for number, (settings, options) in enumerate(CASES):
    vectorizer = TfidfVectorizer(**options)
    matrix = vectorizer.fit_transform(TEXTS).toarray()
    cases.append(write(number, settings, vectorizer.get_feature_names_out(), matrix))
cases.append(write('bm25', 'weighting=bm25 k1=1.5 b=0.6 norm=none', *bm25(1.5, .6)))
print('static const struct expected {\n    const char *settings;\n    const char *const *terms;\n    int32_t n_terms;\n    const struct entry *entries;\n    int32_t n_entries;\n} expected[] = {%s};' % ',\n    '.join(cases))
print('\n#endif')
