"""Every test that asks for `solve` runs with every engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from realloc.engines import ENGINES, Claim, Run, engine
from realloc.program import Program

Solve = Callable[[Program, Run], Claim]


@pytest.fixture(params=list(ENGINES))
def name(request: pytest.FixtureRequest) -> str:
    """Name of an engine."""
    return request.param


@pytest.fixture
def solve(name: str) -> Solve:
    """Solve with an engine."""
    return engine(name)
