#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TF-IDF of librec beside scikit-learn's TfidfVectorizer: the same terms and inverse document frequencies to 1e-12 and the same vectors to 1e-6 (both checked), the documents in memory
on both sides, seconds of the fit with its vectors. scikit-learn has one thread. Texts: 50,000 documents of 150 words by Zipf's law from the vocabulary of
CiteULike-t (seeded), the bags of words of its articles, and the names and genres of the anime set. Memory is that of one more run, in a process of its own; both are Python's, with the
texts. Needs NumPy and scikit-learn.

usage: text.py REC [--cases "Zipf, words;..."] [--rounds 5] [--threads N] [--json FILE]"""
import collections
import ctypes
import sys
import time

import side

Case = collections.namedtuple("Case", "texts settings options")


class Library:
    """The few calls of the shared library that are needed."""

    def __init__(self, rec):
        self.calls = ctypes.CDLL(str(rec.resolve().parents[1] / "src" / "librec.so"))
        self.calls.rec_last_error.restype = ctypes.c_void_p
        for name in ("rec_text_free", "rec_features_free", "rec_documents_free"):
            getattr(self.calls, name).argtypes = [ctypes.c_void_p]

    def check(self, status):
        if status:
            sys.exit(ctypes.string_at(self.calls.rec_last_error()).decode())

    def documents(self, texts):
        made, strings = ctypes.c_void_p(), (ctypes.c_char_p * len(texts))(*(t.encode() for t in texts))
        self.check(self.calls.rec_documents_from_text(ctypes.byref(made), None, strings, len(texts)))
        return made

    def fit(self, given, settings, path=None):
        """Seconds, and the inverse document frequencies. path: where the vectors are saved, after the time."""
        import numpy as np
        text, features = ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.calls.rec_text_create(ctypes.byref(text)))
        for key, value in settings.items():
            self.check(self.calls.rec_text_set_text(text, key.encode(), str(value).encode()))
        start = time.perf_counter()
        self.check(self.calls.rec_text_fit(text, given, ctypes.byref(features)))
        seconds = time.perf_counter() - start
        idf, n = ctypes.POINTER(ctypes.c_double)(), ctypes.c_int32()
        self.check(self.calls.rec_text_idf(text, ctypes.byref(idf), ctypes.byref(n)))
        result = seconds, np.ctypeslib.as_array(idf, (n.value,)).copy()
        if path is not None:
            self.check(self.calls.rec_features_save(features, str(path).encode()))
        self.calls.rec_features_free(features)
        self.calls.rec_text_free(text)
        return result


def arrays_of(path):
    """The arrays of a container, by name."""
    import json

    import numpy as np
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    types = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64, "U8": np.uint8}
    return {name: np.frombuffer(data[begin + about["data_offsets"][0]:begin + about["data_offsets"][1]], types[about["dtype"]])
            for name, about in json.loads(data[8:begin]).items() if name != "__metadata__"}


def zipf(n, words):
    import numpy as np
    vocabulary = (side.DATA / "citeulike-t" / "vocabulary.dat").read_text().split()
    draw, chance = np.random.default_rng(1), 1 / np.arange(1, len(vocabulary) + 1)
    return [" ".join(vocabulary[w] for w in draw.choice(len(vocabulary), words, p=chance / chance.sum())) for _ in range(n)]


def anime():
    lines = (side.DATA / "anime" / "anime_info.dat").read_text(encoding="utf8").splitlines()[1:]
    return [" ".join(line.split("\t")[1:3]) for line in lines]


def citeulike():
    words = (side.DATA / "citeulike-t" / "vocabulary.dat").read_text().split()
    bags = [[pair.split(":") for pair in line.split()[1:]] for line in (side.DATA / "citeulike-t" / "mult.dat").read_text().splitlines()]
    return [" ".join(" ".join([words[int(w)]] * int(n)) for w, n in bag) for bag in bags]


CASES = {
    "Zipf, words": Case(lambda: zipf(50000, 150), {}, {}),
    "Zipf, words and pairs": Case(lambda: zipf(10000, 150), {"ngram_max": 2}, {"ngram_range": (1, 2)}),
    "CiteULike-t, words": Case(citeulike, {}, {}),
    "anime, words": Case(anime, {}, {}),
    "anime, characters 2 to 4 within words": Case(anime, {"analyzer": "char_wb", "ngram_min": 2, "ngram_max": 4},
                                                  {"analyzer": "char_wb", "ngram_range": (2, 4)}),
}


def theirs(texts, options):
    from sklearn.feature_extraction.text import TfidfVectorizer
    vectorizer = TfidfVectorizer(**options)
    start = time.perf_counter()
    vectorizer.fit_transform(texts)
    return time.perf_counter() - start, vectorizer.idf_


def check_vectors(library, given, case, settings, name):
    import tempfile
    from pathlib import Path

    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer
    wanted = TfidfVectorizer(**case.options).fit_transform(case.texts())
    with tempfile.TemporaryDirectory() as folder:
        library.fit(given, settings, Path(folder) / "vectors.librec")
        found = arrays_of(Path(folder) / "vectors.librec")
    ours = csr_matrix((found["features.values"], found["features.columns"], found["features.row_start"]), wanted.shape)
    difference = abs(ours - wanted).max()
    if not difference < 1e-6:
        sys.exit(f"{name}: the vectors differ by {difference:g}")


def peak(who, rec, case, settings):
    texts = CASES[case].texts()
    if who == "librec":
        library = Library(rec)
        given = library.documents(texts)
        return side.watched(lambda: library.fit(given, settings))[1]
    theirs(texts[:100], CASES[case].options)  # what its import takes is not the fit's
    return side.watched(lambda: theirs(texts, CASES[case].options))[1]


def compare(args, name):
    import numpy as np
    case, library, found = CASES[name], Library(args.rec), {}
    texts, settings = case.texts(), {**case.settings, "threads": args.threads}
    given = library.documents(texts)
    check_vectors(library, given, case, settings, name)

    def run(who, work):
        seconds, found[who] = work()
        # The terms stand in the same order on both sides.
        if len(found) == 2 and not np.allclose(*found.values(), rtol=0, atol=1e-12):
            sys.exit(f"{name}: the inverse document frequencies differ")
        return {"seconds": {"fit": seconds}, "quality": {"terms": len(found[who])}}
    sides = {"librec": lambda n: run("librec", lambda: library.fit(given, settings)),
             "scikit-learn": lambda n: run("scikit-learn", lambda: theirs(texts, case.options))}
    memory = {who: side.apart(peak, who, args.rec, name, settings) for who in sides}
    about = {who: {"settings": (settings, case.options)[who != "librec"], **{key: memory[who][key] for key in ("peak_bytes", "before_bytes")}} for who in sides}
    about["scikit-learn"]["version"] = side.version("scikit-learn")
    rows = side.compare(f"{sum(map(len, texts)) / 1e6:.1f} MB", name, sides, args.rounds, about)
    library.calls.rec_documents_free(given)
    return rows


def main():
    table = side.Table("text", "Text: scikit-learn", __doc__, CASES)
    table.parser.set_defaults(rounds=5)
    args = table.read_arguments()
    for name in args.cases:
        needed = "citeulike-t" if name.startswith("Zipf") else "anime"
        if not (side.DATA / needed).is_dir():
            table.leave_out(name, f"REC_DATA_DIR does not hold {needed}")
        elif table.has("scikit-learn"):
            table.add(compare(args, name))
    table.finish()


if __name__ == "__main__":
    main()
