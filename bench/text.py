#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TF-IDF of librec beside scikit-learn's TfidfVectorizer: the same terms and weights, then the times.

    bench/text.py build/src/librec.so [ROUNDS]

Texts: 50,000 documents of 150 words by Zipf's law from the vocabulary of CiteULike-t (seeded), and the names and genres of the anime set.
Needs NumPy and scikit-learn. Times are of the fit with its vectors, documents being in memory on both sides; medians of interleaved rounds.
"""
import ctypes
import os
import statistics
import sys
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

DATA = os.environ.get('REC_DATA_DIR', '../shared/data')
LIBREC = ctypes.CDLL(os.path.abspath(sys.argv[1]))
LIBREC.rec_last_error.restype = LIBREC.rec_text_terms.restype = ctypes.c_void_p
for name in ('rec_text_free', 'rec_features_free', 'rec_documents_free', 'rec_features_dimensions', 'rec_text_terms'):
    getattr(LIBREC, name).argtypes = [ctypes.c_void_p]


def check(status):
    if status:
        sys.exit(ctypes.string_at(LIBREC.rec_last_error()).decode())


def documents(texts):
    made, strings = ctypes.c_void_p(), (ctypes.c_char_p * len(texts))(*(t.encode() for t in texts))
    check(LIBREC.rec_documents_from_text(ctypes.byref(made), None, strings, len(texts)))
    return made


def fit(given, settings):
    """Seconds, terms, and the inverse document frequencies."""
    text, features = ctypes.c_void_p(), ctypes.c_void_p()
    check(LIBREC.rec_text_create(ctypes.byref(text)))
    for key, value in settings.items():
        check(LIBREC.rec_text_set_text(text, key.encode(), str(value).encode()))
    start = time.perf_counter()
    check(LIBREC.rec_text_fit(text, given, ctypes.byref(features)))
    seconds = time.perf_counter() - start
    idf, n = ctypes.POINTER(ctypes.c_double)(), ctypes.c_int32()
    check(LIBREC.rec_text_idf(text, ctypes.byref(idf), ctypes.byref(n)))
    result = seconds, np.ctypeslib.as_array(idf, (n.value,)).copy()
    LIBREC.rec_features_free(features)
    LIBREC.rec_text_free(text)
    return result


def zipf(n, words):
    with open(os.path.join(DATA, 'citeulike-t', 'vocabulary.dat')) as lines:
        vocabulary = [line.strip() for line in lines]
    draw, chance = np.random.default_rng(1), 1 / np.arange(1, len(vocabulary) + 1)
    return [' '.join(vocabulary[w] for w in draw.choice(len(vocabulary), words, p=chance / chance.sum())) for _ in range(n)]


def anime():
    with open(os.path.join(DATA, 'anime', 'anime_info.dat'), encoding='utf8') as lines:
        return [' '.join(line.split('\t')[1:3]) for line in lines][1:]


def compare(name, texts, settings, options, rounds):
    given, ours, theirs = documents(texts), [], []
    for _ in range(rounds):
        seconds, idf = fit(given, settings)
        ours.append(seconds)
        vectorizer = TfidfVectorizer(**options)
        start = time.perf_counter()
        vectorizer.fit_transform(texts)
        theirs.append(time.perf_counter() - start)
        # The terms stand in the same order on both sides.
        assert len(idf) == len(vectorizer.idf_) and np.abs(idf - vectorizer.idf_).max() < 1e-12
    LIBREC.rec_documents_free(given)
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f'| {name} | {sum(map(len, texts)) / 1e6:.1f} MB | {len(idf):,} | {a * 1e3:.1f} ms | {b * 1e3:.0f} ms | {b / a:.1f} |', flush=True)


ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
print('| texts | size | terms | librec | scikit-learn | ratio |\n| --- | --- | --- | --- | --- | --- |')
LONG, SHORT = zipf(50000, 150), anime()
compare('Zipf, words', LONG, {}, {}, ROUNDS)
compare('Zipf, words and pairs', LONG[:10000], {'ngram_max': 2}, {'ngram_range': (1, 2)}, ROUNDS)
compare('anime, words', SHORT, {}, {}, ROUNDS)
compare('anime, characters 2 to 4 within words', SHORT, {'analyzer': 'char_wb', 'ngram_min': 2, 'ngram_max': 4},
        {'analyzer': 'char_wb', 'ngram_range': (2, 4)}, ROUNDS)
