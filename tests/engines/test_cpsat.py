"""CP-SAT: whole numbers of 64 bits, and a watcher that stops it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from programs import assignment, first_point, known, market_split

from realloc.engines import EngineError, Progress, Run, Status, cpsat
from realloc.engines.claims import whole_bound
from realloc.program import Program, measure


def test_sums_beyond_64_bits_are_refused():
    """A program whose sums may leave 64 bits is refused with the size, before CP-SAT sees it."""
    program = assignment(3, 2)
    wide = replace(program, cost=replace(program.cost, choice=program.cost.choice + (1 << 61)))
    with pytest.raises(EngineError, match=r"2\^62"):
        cpsat.solve(wide, Run(seconds=5))


def test_large_values_stay_exact():
    """Value and bound of an optimum beyond 2^53 are exact to the last unit."""
    program = assignment(10, 3)
    small = cpsat.solve(program, Run(seconds=10))
    assert small.point is not None
    large = replace(program, cost=replace(program.cost, constant=(1 << 60) + 1))
    claim = cpsat.solve(large, Run(seconds=10))
    assert claim.status is Status.OPTIMAL_CLAIMED
    assert claim.bound == (1 << 60) + 1 + measure(program, small.point).value
    assert claim.point is not None
    assert claim.bound == measure(large, claim.point).value


def test_no_prices():
    """CP-SAT has no prices: its claim carries no proof and its bound is but a claim."""
    claim = cpsat.solve(assignment(10, 3), Run(seconds=10))
    assert claim.proof is None
    assert claim.bound is not None
    assert claim.solver.startswith("CP-SAT 9.")


def test_memory_limit(monkeypatch):
    """Past its memory limit the search stops and keeps its best."""
    monkeypatch.setattr(cpsat, "memory_limit", lambda: 1 << 20)
    program = market_split(soft=True)
    began = time.monotonic()
    claim = cpsat.solve(program, Run(seconds=30, start=first_point(program)))
    assert time.monotonic() - began < 5
    assert claim.status is Status.FEASIBLE_LIMIT
    assert claim.note.endswith("memory")


def test_out_of_memory(monkeypatch):
    """A failed allocation is an end of its own, and the start is kept."""

    def fail(*_: object) -> None:
        raise MemoryError("std::bad_alloc")

    monkeypatch.setattr(cpsat, "_search", fail)
    program = market_split(soft=True)
    claim = cpsat.solve(program, Run(seconds=5, start=first_point(program)))
    assert claim.status is Status.OOM_KILLED
    assert claim.point is not None


def test_failing_listener():
    """What a listener raises ends the search at once and reaches the caller, not CP-SAT."""

    def report(progress: Progress) -> None:
        raise LookupError(progress.stage)

    program = market_split(soft=True)
    began = time.monotonic()
    with pytest.raises(LookupError, match="start"):
        cpsat.solve(program, Run(seconds=30, start=first_point(program), report=report))
    assert time.monotonic() - began < 5


def test_no_thread_is_left():
    """The watcher ends with the run."""
    cpsat.solve(assignment(10, 3), Run(seconds=10))
    assert "cpsat-watch" not in {thread.name for thread in threading.enumerate()}


def test_overrun_is_stopped(monkeypatch):
    """A search that does not heed its own limit is told to stop by the watcher."""
    module = cpsat.module()

    class Deaf(module.CpSolver):
        def solve(self, *args: object) -> object:
            self.parameters.max_time_in_seconds = 60.0
            return super().solve(*args)

    monkeypatch.setattr(module, "CpSolver", Deaf)
    began = time.monotonic()
    claim = cpsat.solve(market_split(soft=False), Run(seconds=0.5))
    assert time.monotonic() - began < 2
    assert (claim.status, claim.note) == (Status.NO_SOLUTION_LIMIT, "UNKNOWN: time")


def test_contradictions_are_bad_output(monkeypatch):
    """A status that contradicts the start is bad output, and the start is kept."""
    cities = [c for c in known(60) if c.point is not None and c.program.choices > 4]
    program, point = cities[0].program, cities[0].point

    def lie(status: str) -> Status:
        monkeypatch.setattr(cpsat, "claim_of", lambda name, has_solution: Status(status))
        claim = cpsat.solve(program, Run(seconds=10, start=point))
        assert claim.point is not None
        assert measure(program, claim.point).value == cities[0].optimum
        return claim.status

    assert lie("optimal_claimed") is Status.OPTIMAL_CLAIMED
    assert lie("infeasible_claimed") is Status.BAD_OUTPUT


def test_same_seed_same_plan():
    """One thread and one seed give one plan."""
    program: Program = assignment(12, 4)
    plans = [cpsat.solve(program, Run(seconds=20, seed=7)).point for _ in range(2)]
    assert plans[0] is not None and plans[1] is not None
    assert (plans[0].choice == plans[1].choice).all()


@pytest.mark.parametrize(
    ("bound", "whole"),
    [(3, 3), (3.0, 3), (3.2, 4), (3.0000001, 3), (2.9999999, 3), (-0.5, 0),
     (6e10 + 0.1, 6 * 10**10), (6e10 + 0.9, 6 * 10**10 + 1), ((1 << 60) + 1, (1 << 60) + 1)],
)  # fmt: skip
def test_bounds_are_rounded_up(bound, whole):
    """A bound on whole values is rounded up, but not for the noise of floating point."""
    assert whole_bound(bound) == whole
