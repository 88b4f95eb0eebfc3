"""HiGHS on arrays: a version that errs is refused, prices prove bounds, runs can be stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from programs import assignment, first_point, known, market_split

from realloc import certificate
from realloc.engines import Run, Status, engine, lp
from realloc.linear import columns_of, linear, point_of
from realloc.program import measure
from realloc.proof import Leaf

HERE = Path(__file__).parent
ERRS = "1.14.0"

#: So many of the soft capacities are needed for the first wrong optimum of the version that errs.
CASES = 240

#: Refused before any model: prints what the engine says of its solver.
_REFUSAL = """
from realloc.engines import engine, Run
try:
    engine("highs")(None, Run())
except ImportError as error:
    print(error)
"""


def run(code: list[str], *paths: str) -> str:
    """Run Python with `paths` before all others and return the last line it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    out = subprocess.run(
        [sys.executable, *code], capture_output=True, check=True, text=True, env=environment
    ).stdout
    return out.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def banned(tmp_path_factory) -> str:
    """Folder with the version of highspy that errs."""
    folder = str(tmp_path_factory.mktemp("highspy"))
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--retries", "0",
               "--timeout", "10", "--target", folder, f"highspy=={ERRS}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"highspy {ERRS} cannot be had: {done.stderr.strip()[-80:]}")
    return folder


def test_the_version_that_errs_is_refused(monkeypatch):
    """HiGHS 1.14.0 is not used, the reason is named, and so is what to install."""
    monkeypatch.setattr(lp, "installed_version", lambda: ERRS)
    with pytest.raises(ImportError, match=r"1\.14\.0 reports wrong optima.*1\.15\.1"):
        lp.module()
    with pytest.raises(ImportError, match="wrong optima"):
        engine("highs")(assignment(2, 2), Run(seconds=1))


def test_the_version_that_errs_is_refused_when_installed(banned):
    """So it is when it really is installed."""
    said = run(["-c", _REFUSAL], banned, str(HERE.parents[1]))
    assert said.startswith(f"highspy {ERRS} reports wrong optima")


def test_the_version_that_errs_really_does(banned):
    """Why it is refused: it calls optimal what is not, on programs as small as these."""
    said = json.loads(run([str(HERE / "soft_capacity.py"), str(CASES)], banned))
    assert said["version"] == ERRS
    assert said["wrong"]


def test_the_installed_version_does_not():
    """The installed HiGHS is right on all of them."""
    said = json.loads(run([str(HERE / "soft_capacity.py"), str(CASES)]))
    assert said["version"] == lp.installed_version()
    assert said["wrong"] == []


def test_prices_prove_bounds():
    """Rounded prices of a relaxation prove its value, up to a unit, and never more than is true."""
    proved = 0
    for city in known(60):
        form = linear(city.program)
        if (np.diff(city.program.item) == 0).any():
            continue
        outcome = lp.solve(form, Run(), seconds=20, whole=False)
        if outcome.price is None or outcome.status is not Status.OPTIMAL_CLAIMED:
            continue
        bound = certificate.bound(form, lp.leaf(form, outcome.price))
        assert bound.value is not None
        assert bound.value >= outcome.objective - max(1e-3, 1e-9 * abs(outcome.objective))
        if city.optimum is not None:
            assert bound.value <= city.optimum
            proved += bound.value == city.optimum
    assert proved >= 15


def test_rises_never_exclude_the_optimum():
    """No choice of the best point rises above it, whatever else is closed or would save."""
    rng = np.random.default_rng(3)
    checked = 0
    for case in known(200):
        if case.point is None or case.optimum is None:
            continue
        whole = linear(case.program)
        best = np.isin(np.arange(whole.columns), case.point.choice)
        best[case.program.choices :] = True
        for share in (0.0, 0.4, 0.8):
            closed = ~best & (rng.random(whole.columns) < share)
            # what is closed would save more than all the rest costs
            form = replace(
                whole,
                upper=np.where(closed, 0, whole.upper),
                cost=np.where(closed, -10 * abs(case.optimum) - 1, whole.cost),
            )
            found = lp.Relaxation(form, Run()).solve(5.0)
            assert found.reduced is not None
            spare = case.optimum - found.objective + 1e-6 * (1 + abs(case.optimum))
            assert (lp.rises(form, found.reduced)[case.point.choice] <= spare).all(), case.seed
            checked += int(closed.any())
    assert checked > 100


def test_wrong_prices_prove_less():
    """Prices drawn at random, made into a proof, never prove more than the optimum."""
    rng = np.random.default_rng(0)
    for city in [city for city in known(60) if city.optimum is not None]:
        form = linear(city.program)
        for size in (1.0, 1e3, 1e6):
            bound = certificate.bound(form, lp.leaf(form, rng.normal(0, size, form.rows)))
            assert not bound.infeasible
            assert city.optimum is not None
            assert bound.value is None or bound.value <= city.optimum


def test_no_solution_is_proved():
    """Where the relaxation has no solution, prices close the program; elsewhere there are none."""
    closed = 0
    for city in known(60):
        form = linear(city.program)
        if (np.diff(city.program.item) == 0).any():
            continue
        leaf = lp.farkas(form, Run(), seconds=20)
        if city.optimum is not None:
            assert leaf is None
        elif leaf is not None:
            assert certificate.bound(form, leaf).infeasible
            closed += 1
    assert closed >= 5


def test_closing_prices_close_nothing_feasible():
    """No prices whatever close a program that has a solution."""
    rng = np.random.default_rng(1)
    for city in [city for city in known(60) if city.optimum is not None]:
        form = linear(city.program)
        price = np.rint(rng.normal(0, 100, form.rows)).astype(int)
        leaf = Leaf(1, np.arange(form.rows), tuple(price.tolist()), closes=True)
        assert not certificate.bound(form, leaf).infeasible


def test_every_improving_solution_is_told():
    """Solutions arrive as they are found, each better than the last, the best of all at the end."""
    program = market_split(soft=True)
    form = linear(program)
    told: list[int] = []

    def found(values: np.ndarray) -> None:
        told.append(measure(program, point_of(program, form, values)).value)

    outcome = lp.solve(form, Run(), seconds=1.0, whole=True, on_solution=found)
    assert len(told) >= 2
    assert told == sorted(told, reverse=True)
    assert outcome.values is not None
    assert measure(program, point_of(program, form, outcome.values)).value <= told[-1]


def test_start_is_used():
    """Given a start and a moment, HiGHS has that at least."""
    program = market_split(soft=True)
    form = linear(program)
    start = columns_of(program, form, first_point(program)).astype(float)
    outcome = lp.solve(form, Run(), seconds=0.05, whole=True, start=start)
    assert outcome.values is not None
    assert outcome.objective <= measure(program, first_point(program)).value


def test_cancel_while_solving():
    """A cancelled solve ends at once and is called interrupted."""
    run = Run()
    threading.Timer(0.3, run.cancel.set).start()
    began = time.monotonic()
    outcome = lp.solve(linear(market_split(soft=False)), run, seconds=60, whole=True)
    assert time.monotonic() - began < 0.3 + 0.5
    assert (outcome.status, outcome.values) == (Status.INTERRUPTED, None)


def test_thread_counts_change():
    """HiGHS keeps one thread count per process; a change is not an error here."""
    form = linear(assignment(15, 4))
    ends = {
        (outcome.status, outcome.objective)
        for threads in (1, 2, 1, 2)
        for outcome in [lp.solve(form, Run(threads=threads), seconds=20, whole=True)]
    }
    assert len(ends) == 1
    assert next(iter(ends))[0] is Status.OPTIMAL_CLAIMED
