# SPDX-License-Identifier: Apache-2.0
"""Write a class for each algorithm, from the tables of parameters of the extension module just built: a new backend appears by itself.

usage: generate_algorithms.py FOLDER_OF_THE_MODULE OUT.py"""
import importlib.machinery
import importlib.util
import keyword
import pathlib
import re
import sys
import types

HERE = pathlib.Path(__file__).parent / "librec"

# How the words in the names of algorithms are written; others are capitalized.
WORDS = {word.lower(): word for word in ("ALS", "IALS", "BMF", "BPR", "CMF", "CoClustering", "EASE", "FM", "Item2Vec", "ItemKNN", "KNN", "LSA", "MF", "NMF", "P3Alpha",
                                         "PMF", "RP3Beta", "SLIM", "SlopeOne", "SVD", "SVDPP", "UserKNN", "WARP")}

HEAD = '''# SPDX-License-Identifier: Apache-2.0
"""A class for each algorithm of librec, made from its tables of parameters when the package was built."""
from __future__ import annotations

from typing import ClassVar, Literal

from ._model import Model
from ._text import Vectorizing
'''
TEXT = ['    """Texts to vectors of their words, weighed by TF-IDF or BM25; as usual, those of scikit-learn\'s TfidfVectorizer.', "",
        "    >>> import librec", '    >>> librec.TextVectorizer(stop_words="english").fit_transform(["The tea", "Green tea"], ids=["a", "b"])',
        "    <librec.Features: 2 rows of 2 dimensions, sparse>", ""]
TYPES = {"real": "float", "whole": "int", "flag": "bool"}
CAN = {"can_fold_in": "serves new users from what they have (recalculate_user)", "can_explain": "explains", "can_similar": "finds similar items",
       "predicts_ratings": "predicts ratings, so that score and GridSearchCV work", "can_start": "learns on (partial_fit)",
       "takes_weights": "takes weights", "takes_contexts": "takes contexts", "takes_user_features": "takes user_features", "needs_item_features": "needs item_features",
       "predicts_deviation": "says how sure it is (predict_deviation)"}


def load(folder):
    """The tables, without the package, which is not whole yet."""
    package = types.ModuleType("librec")
    package.__path__ = [str(HERE)]
    sys.modules["librec"] = package
    module = next(path for path in sorted(pathlib.Path(folder).glob("_librec*.so")))
    loader = importlib.machinery.ExtensionFileLoader("librec._librec", str(module))
    spec = importlib.util.spec_from_loader("librec._librec", loader)
    sys.modules["librec._librec"] = importlib.util.module_from_spec(spec)
    loader.exec_module(sys.modules["librec._librec"])
    return importlib.import_module("librec._tables")


def class_name(name):
    return "".join(WORDS.get(word, word.capitalize()) for word in re.split(r"[-_]", name))


def kind(parameter):
    return f"Literal[{', '.join(map(repr_text, parameter.choices))}]" if parameter.kind == "choice" else TYPES[parameter.kind]


def repr_text(value):
    return f'"{value}"' if isinstance(value, str) else repr(value)


def bounds(parameter):
    if parameter.kind == "choice":
        return "one of " + ", ".join(parameter.choices)
    return "" if parameter.kind == "flag" else f"{parameter.least:.16g} to {parameter.greatest:.16g}"


def abilities(algorithm):
    can = [sentence for ability, sentence in CAN.items() if ability in algorithm.abilities]
    return ["    It " + "; ".join(can) + ".", ""] if can else []


def write_parameters(rows):
    lines = ["    Parameters", "    ----------"]
    for row in rows:
        limits = bounds(row)
        lines += [f"    {row.name} : {TYPES.get(row.kind, 'str')}, default {row.default!r}{', ' if limits else ''}{limits}", f"        {row.help}"]
    return lines


def write_class(name, base, documentation, parameters, attributes=()):
    """The lines of a class whose parameters are these rows of a table."""
    rows = list(parameters.values())
    bad = [row.name for row in rows if not row.name.isidentifier() or keyword.iskeyword(row.name)]
    assert not bad, f"{name}: no names for Python: {bad}"
    lines = ["", "", f"class {name}({base}):", *documentation, *write_parameters(rows), '    """', "", *attributes,
             "    def __init__(", "        self,", "        *,"]
    lines += [f"        {row.name}: {kind(row)} = {repr_text(row.default)}," for row in rows]
    return lines + ["    ) -> None:", *(f"        self.{row.name} = {row.name}" for row in rows)]


def write_algorithm(algorithm):
    return write_class(class_name(algorithm.name), "Model", [f'    """{algorithm.name}: {algorithm.summary}.', "", *abilities(algorithm)],
                       algorithm.parameters, [f'    _algorithm: ClassVar[str] = "{algorithm.name}"', ""])


def source(tables):
    """The whole module."""
    lines, names = HEAD.rstrip().split("\n"), tables.algorithms()
    for name in names:
        lines += write_algorithm(tables.algorithm(name))
    lines += write_class("TextVectorizer", "Vectorizing", TEXT, tables.text_parameters())
    lines += ["", "", "__all__ = ["] + [f'    "{name}",' for name in [*map(class_name, names), "TextVectorizer"]] + ["]"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    pathlib.Path(sys.argv[2]).write_text(source(load(sys.argv[1])), encoding="utf-8")
