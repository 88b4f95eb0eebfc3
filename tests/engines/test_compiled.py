"""Compiled functions run wherever the package is installed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from numba.core import caching

from realloc.engines.compiled import compiled


def double(values):
    """Return twice the sum."""
    return 2 * values.sum()


def test_nothing_has_to_be_kept(monkeypatch):
    """Where Numba can keep nothing, functions are compiled for the process alone."""
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    assert compiled(double)(np.arange(4)) == 12


def test_all_is_compiled_before_a_clock_runs():
    """After preparing, a solve of a sample city compiles nothing more, whatever the engine."""
    script = """
import numba
from realloc import read, solve
from realloc.engines import moves, prepare, rounding
prepare.prepare()
compiled = [f for module in (moves, rounding) for f in vars(module).values()
            if isinstance(f, numba.core.dispatcher.Dispatcher)]
before = [len(f.signatures) for f in compiled]
assert sum(before) >= 9
for engine in ("highs", "cpsat"):
    assert solve(read(CITY), engine=engine, time_limit=4, threads=2).plan is not None
after = [len(f.signatures) for f in compiled]
assert before == after, [f.__name__ for f, b, a in zip(compiled, before, after) if a > b]
"""
    city = Path(__file__).parents[2] / "instances" / "district"
    script = script.replace("CITY", repr(str(city)))
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
