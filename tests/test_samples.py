"""The sample cities are solved with proof, and every plan of them is better than today."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from realloc.engines import Progress
from realloc.instance import City
from realloc.result import Result, Status
from realloc.solver import solve, verify
from realloc.tables import read

INSTANCES = Path(__file__).parent.parent / "instances"

#: Seconds after which the proved gap is to be at most `GAP`, with scopes as the city has them ("")
#: and with that of street offices for all tasks.
LIMITS = {("district", ""): 120.0, ("district", "street"): 120.0,
          ("xiamen", ""): 300.0, ("xiamen", "street"): 300.0}  # fmt: skip
GAP = 0.03
#: Seconds until there is a lawful plan.
FIRST = 10.0


@cache
def sample(name: str) -> City:
    """Read a sample city once."""
    return read(INSTANCES / name)


def first_plan(clock: Callable[[], float]) -> tuple[list[float], Callable[[Progress], None]]:
    """Return a list that gets the time from now until the first plan, and what listens for it."""
    began, found = clock(), []

    def listen(progress: Progress) -> None:
        if progress.value is not None and not found:
            found.append(clock() - began)

    return found, listen


def assert_better_than_today(result: Result) -> None:
    """Lawful, with less load and fewer inspections on communities than today."""
    plan, today = result.evaluation, result.today
    assert plan is not None
    assert today.violations
    assert plan.lawful  # the floor of service minutes, C12, among all others
    for part in ("community_load", "inspections"):
        assert plan.criteria[part] < today.criteria[part]
    assert plan.parts["inspections.community"] < today.parts["inspections.community"]


def scoped(name: str, scope: str) -> City:
    """Return a sample city, all tasks at one scope if one is given."""
    return sample(name).replace(settings={"policy.scope": scope}) if scope else sample(name)


@pytest.mark.parametrize(("name", "scope"), LIMITS)
def test_a_better_plan_is_there_in_seconds(name: str, scope: str, tmp_path: Path):
    """Ten seconds of processor time are enough for a lawful plan, which verifies."""
    found, listen = first_plan(time.process_time)
    result = solve(scoped(name, scope), engine="highs", time_limit=20, progress=listen)
    assert found
    assert found[0] < FIRST
    assert_better_than_today(result)
    result.save(tmp_path)
    check = verify(result.city, tmp_path)
    assert (check.valid, check.gap) == (True, result.gap)


@pytest.mark.nightly
@pytest.mark.timed
def test_the_reference_city_is_proved_optimal_by_every_engine(tmp_path: Path):
    """All engines end with the same value, which is proved to be the least."""
    values: set[int | None] = set()
    for engine in ("highs", "cpsat", "pulp"):
        result = solve(sample("reference"), engine=engine, time_limit=600)
        assert result.status is Status.OPTIMAL
        assert_better_than_today(result)
        result.save(tmp_path / engine)
        assert verify(result.city, tmp_path / engine).status == "optimal"
        values.add(result.objective)
    assert len(values) == 1


@pytest.mark.nightly
@pytest.mark.timed
@pytest.mark.parametrize("seed", [0, 12])
@pytest.mark.parametrize(("name", "scope"), LIMITS)
def test_the_gap_of_a_sample_city_is_small(name: str, scope: str, seed: int, tmp_path: Path):
    """At the time limit the proved gap is at most three per cent."""
    found, listen = first_plan(time.monotonic)
    result = solve(
        scoped(name, scope), engine="highs", time_limit=LIMITS[name, scope], threads=2, seed=seed,
        progress=listen,
    )  # fmt: skip
    assert found
    assert found[0] < FIRST
    assert result.gap is not None
    assert result.gap <= GAP
    assert_better_than_today(result)
    result.save(tmp_path)
    check = verify(result.city, tmp_path)
    assert (check.valid, check.gap) == (True, result.gap)
