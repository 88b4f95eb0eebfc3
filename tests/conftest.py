"""Shared fixtures: cities small enough to check by hand."""

from __future__ import annotations

import pytest
from literal import twins as build_twins

from realloc.instance import City


@pytest.fixture(scope="session")
def twins() -> City:
    """One street with two communities and round figures; see :func:`literal.twins`."""
    return build_twins()
