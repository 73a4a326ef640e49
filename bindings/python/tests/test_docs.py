# SPDX-License-Identifier: Apache-2.0
"""What the docs say is run; every public name says what it is."""
import doctest
import importlib
import inspect
import pathlib
import pkgutil

import pytest

import librec

TOP = pathlib.Path(__file__).resolve().parents[3]
MODULES = ["librec"] + [f"librec.{found.name}" for found in pkgutil.iter_modules(librec.__path__)]


def test_examples_of_the_guide():
    failed, tried = doctest.testfile(str(TOP / "docs" / "python.md"), module_relative=False)
    assert tried > 40 and failed == 0


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("._librec")])
def test_examples_of_modules(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def public_names():
    for name in MODULES:
        if any(part.startswith("_") for part in name.split(".")):
            continue
        module = importlib.import_module(name)
        yield name, module
        for key, value in vars(module).items():
            if key.startswith("_") or not getattr(value, "__module__", "").startswith("librec") or not callable(value):
                continue
            yield f"{name}.{key}", value
            for member, inner in (vars(value).items() if inspect.isclass(value) else ()):
                if not member.startswith("_") and (callable(inner) or isinstance(inner, (property, classmethod, staticmethod))):
                    yield f"{name}.{key}.{member}", inner


def test_every_public_name_has_a_docstring():
    names = dict(public_names())
    assert len(names) > 100
    assert [name for name, value in names.items() if not (getattr(value, "__doc__", None) or "").strip()] == []
