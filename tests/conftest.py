"""Shared fixtures: cities small enough to check by hand."""

from __future__ import annotations

import pytest
from literal import twins as build_twins

from realloc.generator import generate
from realloc.instance import City
from realloc.result import Result
from realloc.solver import solve


@pytest.fixture(scope="session")
def twins() -> City:
    """One street with two communities and round figures; see :func:`literal.twins`."""
    return build_twins()


@pytest.fixture(scope="session")
def result() -> Result:
    """A plan of the reference city, solved once for all that looks at one."""
    return solve(generate("reference", 1), time_limit=40, gap=0.3)
