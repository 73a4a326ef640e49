# SPDX-License-Identifier: Apache-2.0
"""What the docs say is run; every public name says what it is."""
import doctest
import importlib
import inspect
import json
import pathlib
import pkgutil
import shutil
import sys

import pytest

import librec

TOP = pathlib.Path(__file__).resolve().parents[3]
MODULES = ["librec"] + [found.name for found in pkgutil.walk_packages(librec.__path__, "librec.")]


def test_examples_of_the_guide():
    failed, tried = doctest.testfile(str(TOP / "docs" / "python.md"), module_relative=False)
    assert tried > 40 and failed == 0


def test_the_notebook_runs(monkeypatch, tmp_path):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    if shutil.which("cc") is None:
        pytest.skip("a C compiler makes the readers")
    # The kernel named python3 is whichever is installed: this interpreter's has to be met first.
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                                                    "display_name": "Python 3", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook = nbformat.read(TOP / "docs" / "tutorial.ipynb", 4)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(TOP / "docs")}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 4 and all(output["output_type"] != "error" for output in outputs)


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
