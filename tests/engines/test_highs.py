"""HiGHS with what helps it: whatever goes wrong in any of its steps and threads is raised."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from programs import assignment, market_split

from realloc.engines import Progress, Run, highs
from realloc.engines.search import construct
from realloc.program import Point, Program, measure


def poor_point(program: Program) -> Point:
    """Return a feasible point that minds no cost."""
    free = replace(program.cost, choice=np.zeros(program.choices, np.int64))
    point = construct(replace(program, cost=free), Run(20.0), seconds=20.0)
    assert measure(program, point).violation == 0
    return point


def idle(*_: object, **__: object) -> None:
    """Do nothing."""


STAGES = ["start", "relaxation", "rounding", "cuts", "annealing", "neighbourhood", "whole"]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("stage", STAGES)
def test_failing_listener(stage, threads, monkeypatch):
    """What a listener raises reaches the caller at every stage, soon, and no thread prints it."""
    if stage in ("cuts", "annealing", "neighbourhood"):
        monkeypatch.setattr(highs, "WHOLE", 0)  # annealing and cuts beside each other
    if stage == "neighbourhood":
        monkeypatch.setattr(highs, "improve", idle)
    lost: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lost.append)
    soft = stage in ("rounding", "whole")
    program = market_split(soft=True) if soft else assignment(60, 5)
    raised: list[float] = []

    def report(progress: Progress) -> None:
        if progress.stage == stage:
            raised.append(time.monotonic())
            raise LookupError(stage)

    with pytest.raises(LookupError, match=stage):
        highs.solve(program, Run(8, threads=threads, start=poor_point(program), report=report))
    assert time.monotonic() - raised[0] < 2
    assert len(raised) == 1
    assert lost == []


@pytest.mark.parametrize("threads", [1, 2])
def test_neighbourhoods_make_a_plan_better(threads, monkeypatch):
    """HiGHS on one neighbourhood after the other lowers the value, by feasible points only."""
    monkeypatch.setattr(highs, "WHOLE", 0)
    monkeypatch.setattr(highs, "improve", idle)
    seen: list[Progress] = []
    program = assignment(60, 5)
    start = poor_point(program)
    claim = highs.solve(program, Run(4, threads=threads, start=start, report=seen.append))
    assert claim.point is not None
    found = measure(program, claim.point)
    values = [s.value for s in seen if s.stage == "neighbourhood" and s.value is not None]
    assert len(values) > 1
    assert values == sorted(values, reverse=True)
    assert found.violation == 0
    assert found.value == values[-1] < measure(program, start).value


@pytest.mark.parametrize("annealed", [True, False])
def test_who_has_no_start_searches_on(annealed, monkeypatch):
    """Without a plan to begin with annealing finds one, and if it does not HiGHS whole does."""
    monkeypatch.setattr(highs, "WHOLE", 0)
    if not annealed:
        monkeypatch.setattr(highs, "improve", idle)
    seen: list[Progress] = []
    program = assignment(60, 5)
    claim = highs.solve(program, Run(4, threads=2, report=seen.append))
    assert claim.point is not None
    assert measure(program, claim.point).violation == 0
    first = next(s.stage for s in seen if s.value is not None)
    assert first == ("annealing" if annealed else "whole")


def test_neighbourhoods_end_with_the_gap(monkeypatch):
    """Once the gap that was asked for is reached, no neighbourhood is searched to its end."""
    monkeypatch.setattr(highs, "WHOLE", 0)
    monkeypatch.setattr(highs, "EACH", 60.0)
    monkeypatch.setattr(highs, "improve", idle)
    program = assignment(60, 5)
    began = time.monotonic()
    claim = highs.solve(program, Run(60, gap=0.08, threads=2, start=poor_point(program)))
    assert claim.note == "gap reached"
    assert time.monotonic() - began < 10


def test_failing_thread(monkeypatch):
    """What goes wrong in the thread that anneals is raised to the caller."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("annealing")

    monkeypatch.setattr(highs, "WHOLE", 0)
    monkeypatch.setattr(highs, "improve", fail)
    lost: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lost.append)
    program = assignment(60, 5)
    with pytest.raises(ZeroDivisionError, match="annealing"):
        highs.solve(program, Run(8, threads=2, start=poor_point(program)))
    assert lost == []


def test_the_bound_is_told_while_highs_has_the_whole():
    """HiGHS's own bound is told as it rises, and never beyond the one that is claimed."""
    seen: list[Progress] = []
    claim = highs.solve(assignment(60, 5), Run(5, report=seen.append))
    first = next(k for k, step in enumerate(seen) if step.stage == "whole")
    before = [step.bound for step in seen[:first] if step.bound is not None]
    after = [step.bound for step in seen[first:] if step.bound is not None]
    assert claim.bound is not None
    assert max(before) < max(after) <= claim.bound


def test_error_in_what_is_done_with_a_solution(monkeypatch):
    """What goes wrong while a solution of HiGHS is read is raised, not swallowed by HiGHS."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("reading")

    monkeypatch.setattr(highs._Solve, "_point", fail)  # noqa: SLF001
    with pytest.raises(ZeroDivisionError, match="reading"):
        highs.solve(market_split(soft=True), Run(5))
