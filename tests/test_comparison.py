"""Allocations side by side, in Python."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cities import random_city
from literal import edit, grow, plan

import realloc as ra
from realloc.reporting.figures import write_at, write_change, write_codes


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


def test_a_plan_is_judged_by_the_policy_of_the_city_that_compares():
    """A result under a softer policy breaks there what its plan breaks, measured by the plan."""
    broken = 0
    for seed in range(20):
        soft = random_city(seed).replace(
            settings={"policy.community_capacity": "soft", "policy.nobody_worse": 0}
        )
        hard = soft.replace(
            settings={"policy.community_capacity": "hard", "policy.nobody_worse": 1}
        )
        result = ra.solve(soft, time_limit=5)
        if result.plan is None:
            continue
        _, one = ra.compare(hard.current, result, city=hard).evaluations
        assert one.families() == ra.evaluate(hard, result.plan).families()
        assert {**one.criteria, **one.parts} == result.criteria
        broken += bool(one.violations)
    assert broken > 2


def test_a_city_is_no_allocation(twins):
    """Who gives the city is told to give what stands in it today."""
    with pytest.raises(TypeError, match=r"city\.current"):
        ra.compare(twins)


def test_no_share_of_a_capacity_that_there_is_not(twins):
    """Where communities have load and no capacity, no summary says that they carry 0 % of it."""
    without = twins
    for unit in ("staA", "staB", "comB"):
        without = edit(without, "units", unit, staff=0)
    idle = plan(twins, "care J civilD civilD")
    for city, given, zh, en in (
        (without, without.current, "无容量", "no capacity"),
        (twins, twins.current, "20.0", "20.0"),
        (twins, idle, "0.0", "0.0"),  # a load of nothing is no part of any capacity
        (without, idle, "0.0", "0.0"),
    ):
        comparison = ra.compare(given, city=city)
        for lang, said in (("zh", zh), ("en", en)):
            (line,) = [line for line in comparison.summary(lang).splitlines() if "K5" in line]
            assert said in line
    away = ra.compare(without.current, idle, city=without)
    row = next(row for row in away.rows if row.number == "K5")
    assert (write_at(row, 0, "en"), write_at(row, 1, "en")) == ("no capacity", "0.0")
    assert write_change(replace(row, values=(0, 7)), 1) == "—"


@pytest.mark.parametrize("what", ["current", "plan"])
def test_allocations_of_another_city_are_refused(twins, what):
    """Whoever compares today or a plan of another city is told so, not of shapes of arrays."""
    result = ra.solve(twins, time_limit=5)
    more = "code name parent tier population\n C 丙 S community 900"
    other = grow(twins, "places", more)
    # the plan's place is numbered beyond those of the twins
    given = other.current if what == "current" else plan(other, "care B street street")
    with pytest.raises(ValueError, match="another city"):
        ra.compare(given, result)


@pytest.mark.parametrize("given", [None, "out/reference", 3])
def test_what_is_no_allocation_is_named(twins, given):
    """Whoever gives a path or nothing is told what can be compared."""
    for everything in ((given, twins.current), (twins.current, given)):
        with pytest.raises(TypeError, match=rf"city\.current, not {type(given).__name__}"):
            ra.compare(*everything, city=twins)
    with pytest.raises(TypeError, match="city is a City, not str"):
        ra.compare(twins.current, city="instances/reference")  # pyright: ignore[reportArgumentType]


def test_a_city_is_needed_where_none_is_compared(twins):
    """Plans alone do not tell their city."""
    with pytest.raises(ValueError, match="city is needed"):
        ra.compare(twins.current)


@pytest.mark.parametrize(("codes", "zh", "en"), [
    (["C1", "C2", "C3"], "C1–C3", "C1 to C3"),
    (["C9", "C10", "C17"], "C9–C10,C17", "C9 to C10, C17"),
    (["K1"], "K1", "K1"),
])  # fmt: skip
def test_codes_in_a_row_are_a_range(codes, zh, en):
    """Codes are ranges by their numbers, and a number that is none of them is in no range."""
    assert (write_codes(codes, "zh"), write_codes(codes, "en")) == (zh, en)
