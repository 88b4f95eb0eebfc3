"""Allocations side by side, in Python."""

from __future__ import annotations

import pytest

import realloc as ra


def test_today_and_a_result_are_compared_as_they_were_measured(twins):
    """The first allocation has no difference, the second has its own values less the first's."""
    result = ra.solve(twins, time_limit=10)
    assert result.evaluation is not None
    today, plan = ra.compare(twins.current, result).to_json()
    assert not any(today["difference"].values())
    assert plan["criteria"] == result.evaluation.criteria
    for leaf, value in plan["difference"].items():
        if leaf in result.today.criteria:
            assert value == result.evaluation.criteria[leaf] - result.today.criteria[leaf]


def test_results_of_two_cities_are_not_put_side_by_side(twins):
    """Values of another city are refused; of the same under another scope they are taken."""
    other = twins.replace(settings={"date": "2026-12-31"})
    result = ra.solve(other, time_limit=10)
    with pytest.raises(ValueError, match="different cities"):
        ra.compare(twins.current, result, city=twins)
    scoped = ra.solve(twins.replace(settings={"policy.scope": "district"}), time_limit=10)
    assert len(ra.compare(twins.current, scoped, city=twins).evaluations) == 2


def test_a_city_is_no_allocation(twins):
    """Who gives the city is told to give what stands in it today."""
    with pytest.raises(TypeError, match=r"city\.current"):
        ra.compare(twins)


def test_a_city_is_needed_where_none_is_compared(twins):
    """Plans alone do not tell their city."""
    with pytest.raises(ValueError, match="city is needed"):
        ra.compare(twins.current)
