"""Reproducible runs: by work, not by the clock, so that two of them are alike."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from programs import assignment, first_point, market_split

from realloc import read
from realloc.engines import Claim, Effort, EngineError, Progress, Run, Status, engine, highs
from realloc.engines.search import construct
from realloc.evaluation import Evaluator
from realloc.formulation import formulate
from realloc.linear import linear
from realloc.program import Program, measure
from realloc.prover import prove

REFERENCE = Path(__file__).parents[2] / "instances" / "reference"

#: Engines that can be asked for a reproducible run.
BY_WORK = ("highs", "cpsat")


@pytest.fixture(scope="module")
def reference() -> Program:
    """The program of the reference city."""
    city = read(REFERENCE)
    return formulate(city, today=Evaluator(city).today.load).program


@pytest.fixture
def clockless(monkeypatch) -> None:
    """Let whoever asks for the time fail."""

    def refuse() -> float:
        raise AssertionError("the clock was asked")

    monkeypatch.setattr(time, "monotonic", refuse)
    monkeypatch.setattr(time, "perf_counter", refuse)
    monkeypatch.setattr(time, "time", refuse)


def solved(program: Program, name: str, seconds: float) -> tuple[Claim, list[Progress], float]:
    """Construct a plan, improve it, and return the claim, what was told, and the work."""
    told: list[Progress] = []
    run = Run(seconds, seed=3, effort=Effort(), report=told.append)
    run.start = construct(program, run, seconds=0.5 * seconds)
    return engine(name)(program, run), told, run.elapsed()


def assert_alike(solve: Callable[[], tuple[Claim, list[Progress], float]]) -> Claim:
    """Two runs have the same point, bound, proof and end, and told the same at the same work."""
    (one, told, work), (two, told_again, work_again) = solve(), solve()
    assert one.point is not None and two.point is not None
    assert (one.point.choice == two.point.choice).all()
    assert (one.point.switch == two.point.switch).all()
    assert (one.status, one.bound, one.note) == (two.status, two.bound, two.note)
    assert pickle.dumps(one.proof) == pickle.dumps(two.proof)
    assert told == told_again
    assert work == work_again
    return one


@pytest.mark.usefixtures("clockless")
@pytest.mark.parametrize("name", BY_WORK)
def test_two_runs_are_alike(reference, name):
    """Stopped at a limit of work in the middle of their search, two runs are alike."""
    claim = assert_alike(lambda: solved(reference, name, 2.0))
    assert claim.status is Status.FEASIBLE_LIMIT


@pytest.mark.usefixtures("clockless")
def test_annealing_and_cuts_are_alike(reference, monkeypatch):
    """So are two runs that end while they anneal, with cuts cut off before."""
    monkeypatch.setattr(highs, "WHOLE", 0)
    claim = assert_alike(lambda: solved(reference, "highs", 2.0))
    assert claim.status is Status.FEASIBLE_LIMIT
    assert claim.proof is not None


@pytest.mark.usefixtures("clockless")
@pytest.mark.parametrize("seconds", [0.01, 0.05, 0.2])
def test_little_work_is_alike(seconds):
    """Wherever the limit falls, two runs are alike."""
    assert_alike(lambda: solved(market_split(soft=True), "highs", seconds))


@pytest.mark.usefixtures("clockless")
def test_proofs_are_alike():
    """A tree of proof depends on the limit of work, not on the clock."""
    lp = linear(assignment(15, 4))
    claim = engine("highs")(assignment(15, 4), Run(20, effort=Effort()))
    assert claim.point is not None
    value = measure(assignment(15, 4), claim.point).value
    one, two = (prove(lp, value, Run(20, effort=Effort())) for _ in range(2))
    assert one is not None
    assert pickle.dumps(one) == pickle.dumps(two)


@pytest.mark.parametrize("name", BY_WORK)
def test_work_is_limited_and_takes_about_its_time(reference, name):
    """A run does about the work that it was given, in no more than some times that time.

    That is processor time, as work is: of the clock's time others on the machine take a part.
    """
    began = time.process_time()
    _, _, work = solved(reference, name, 2.0)
    assert 1.8 < work < 3.0
    assert time.process_time() - began < 20


def test_nothing_is_done_without_work():
    """With no work to spend, the start comes back."""
    program = market_split(soft=True)
    claim = engine("highs")(program, Run(0.0, start=first_point(program), effort=Effort()))
    assert claim.status is Status.FEASIBLE_LIMIT
    assert claim.point is not None
    assert np.array_equal(claim.point.choice, first_point(program).choice)


def test_other_limits_go_by_the_clock_still():
    """A run without an effort counts no work and ends by the clock."""
    run = Run(0.5)
    run.did(100.0)
    assert run.left() > 0.0
    time.sleep(0.5)
    assert run.left() == 0.0


def test_what_cannot_be_reproduced_is_refused():
    """Several threads, and solvers that stop by the clock only, are refused."""
    with pytest.raises(ValueError, match="one thread"):
        Run(5, threads=2, effort=Effort())
    with pytest.raises(EngineError, match="reproducible"):
        engine("pulp")(assignment(3, 2), Run(5, effort=Effort()))
