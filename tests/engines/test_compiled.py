"""Compiled functions run wherever the package is installed."""

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
