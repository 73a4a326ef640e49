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
WORDS = {word.lower(): word for word in ("ALS", "IALS", "BMF", "BPR", "CoClustering", "EASE", "FM", "ItemKNN", "KNN", "LSA", "MF", "NMF", "P3Alpha",
                                         "PMF", "RP3Beta", "SLIM", "SlopeOne", "SVD", "SVDPP", "UserKNN", "WARP")}

HEAD = '''# SPDX-License-Identifier: Apache-2.0
"""A class for each algorithm of librec, made from its tables of parameters when the package was built."""
from __future__ import annotations

from typing import ClassVar, Literal

from ._model import Model
'''
TYPES = {"real": "float", "whole": "int", "flag": "bool"}
CAN = {"can_fold_in": "serves new users from what they have (recalculate_user)", "can_explain": "explains", "can_similar": "finds similar items",
       "predicts_ratings": "predicts ratings, so that score and GridSearchCV work", "can_start": "learns on (partial_fit)",
       "takes_weights": "takes weights", "takes_user_features": "takes user_features", "needs_item_features": "needs item_features",
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


def documentation(algorithm):
    lines = [f'    """{algorithm.name}: {algorithm.summary}.', ""]
    can = [sentence for ability, sentence in CAN.items() if ability in algorithm.abilities]
    if can:
        lines += ["    It " + "; ".join(can) + ".", ""]
    lines += ["    Parameters", "    ----------"]
    for row in algorithm.parameters.values():
        limits = bounds(row)
        lines += [f"    {row.name} : {TYPES.get(row.kind, 'str')}, default {row.default!r}{', ' if limits else ''}{limits}", f"        {row.help}"]
    return lines + ['    """']


def write_class(algorithm):
    rows = algorithm.parameters.values()
    bad = [row.name for row in rows if not row.name.isidentifier() or keyword.iskeyword(row.name)]
    assert not bad, f"{algorithm.name}: no names for Python: {bad}"
    lines = ["", "", f"class {class_name(algorithm.name)}(Model):", *documentation(algorithm), "",
             f'    _algorithm: ClassVar[str] = "{algorithm.name}"', "", "    def __init__(", "        self,", "        *,"]
    lines += [f"        {row.name}: {kind(row)} = {repr_text(row.default)}," for row in rows]
    lines += ["    ) -> None:", *(f"        self.{row.name} = {row.name}" for row in rows)]
    return lines


def main(folder, out):
    tables = load(folder)
    lines = HEAD.rstrip().split("\n")
    names = tables.algorithms()
    for name in names:
        lines += write_class(tables.algorithm(name))
    lines += ["", "", "__all__ = ["] + [f'    "{class_name(name)}",' for name in names] + ["]"]
    pathlib.Path(out).write_text("\n".join(lines) + "\n", encoding="utf-8")


main(*sys.argv[1:])
