# SPDX-License-Identifier: Apache-2.0
"""The types of the package: in step with the tables of parameters, and right in the eyes of mypy."""
import importlib.util
import inspect
import pathlib
import subprocess
import sys
from typing import get_type_hints

import pytest

import librec
from librec import _algorithms, _tables

HERE = pathlib.Path(__file__).resolve().parent
TYPES = {"real": float, "whole": int, "flag": bool}


@pytest.mark.parametrize("name", librec.algorithms())
def test_signatures_are_typed_as_the_table_says(name):
    kind = next(value for value in vars(_algorithms).values() if getattr(value, "_algorithm", "") == name)
    hints = get_type_hints(kind.__init__)
    rows = librec.algorithm(name).parameters
    assert list(hints) == [*rows, "return"]
    for row in rows.values():
        if row.kind == "choice":
            assert hints[row.name].__args__ == row.choices
        else:
            assert hints[row.name] is TYPES[row.kind]
        if row.kind in ("real", "whole"):
            assert row.least <= row.default <= row.greatest


def test_classes_are_what_the_generator_makes_of_the_tables():
    spec = importlib.util.spec_from_file_location("generate_algorithms", HERE.parent / "generate_algorithms.py")
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.source(_tables) == inspect.getsource(_algorithms)


def test_mypy_finds_what_is_wrong_and_nothing_else(tmp_path):
    pytest.importorskip("mypy")
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(HERE / "typed.py")], capture_output=True,
                          text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
