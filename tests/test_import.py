"""Importing the package is cheap and brings no solver along."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import realloc

HEAVY = {"highspy", "ortools", "pulp", "polars", "pandas", "streamlit", "openpyxl", "xlsxwriter",
         "numba", "altair"}  # fmt: skip

_PROBE = """
import json, sys, time
start = time.perf_counter()
import realloc
print(json.dumps([time.perf_counter() - start, sorted(sys.modules)]))
"""


def _run(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def _import_once() -> tuple[float, set[str]]:
    seconds, modules = json.loads(_run(_PROBE))
    return seconds, set(modules)


def test_import_is_fast():
    """`import realloc` takes at most 0.3 s; the best of five runs, as the machine is shared."""
    assert min(_import_once()[0] for _ in range(5)) <= 0.3


def test_import_brings_nothing_heavy():
    """No solver, data frame, workbook or app library is loaded by `import realloc`."""
    assert not HEAVY & _import_once()[1]


@pytest.mark.parametrize("module", ["instance", "law", "tables", "evaluation", "formulation"])
def test_core_modules_load_solvers_only_when_called(module):
    """The statement of the problem can be imported without any solver or data frame library."""
    modules = _run(f"import sys, realloc.{module}; print(*sys.modules)").split()
    assert not HEAVY & set(modules)


@pytest.mark.parametrize("name", realloc.__all__)
def test_public_names_exist(name):
    """Every name that the package promises can be had from it."""
    assert getattr(realloc, name) is not None


def test_what_is_installed_has_the_app(tmp_path):
    """A wheel holds the app and its settings, in a folder where nothing else is imported from."""
    root = Path(__file__).parents[1]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    beside = {name for name in names if name.startswith("realloc/web/")}
    assert beside == {"realloc/web/app.py", "realloc/web/.streamlit/config.toml"}


def test_unknown_names_are_refused():
    """A name that the package does not promise raises AttributeError, as in any module."""
    with pytest.raises(AttributeError, match="no_such_name"):
        realloc.no_such_name  # noqa: B018
