"""Construction finds plans where there are some; improvement only ever hands on better ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from points import measure_all, points_of
from test_program import random_program
from test_reduction import one_limit

from realloc.engines import Run, moves
from realloc.engines.search import (
    HIGHEST,
    STUCK,
    Guide,
    _Walk,
    construct,
    improve,
    lifts,
    use_prices,
)
from realloc.evaluation import Evaluator
from realloc.formulation import formulate
from realloc.linear import linear
from realloc.program import Point, Program, measure
from realloc.sparse import Csr
from realloc.tables import read

INSTANCES = Path(__file__).parents[2] / "instances"


def sample(name: str) -> Program:
    """Return the program of a sample city."""
    city = read(INSTANCES / name)
    return formulate(city, today=Evaluator(city).today.load).program


@pytest.mark.parametrize("name", ["reference", "district", "xiamen"])
def test_a_first_plan_is_there_within_seconds(name: str):
    """Construction and repair find a feasible plan of every sample city, with time to spare."""
    program = sample(name)
    run = Run(40.0)
    assert measure(program, construct(program, run, seconds=40.0)).violation == 0


@pytest.mark.parametrize(
    ("move", "clock"), [("sweep", time.thread_time), ("mend", time.monotonic)]
)
def test_only_walking_takes_time_from_the_walk(
    move: str, clock: Callable[[], float], monkeypatch: pytest.MonkeyPatch
):
    """Who first compiles for longer than the time, or has to wait for others, finds a plan too.

    Every move is called once to compile it, before the walk; what is spent there is processor time.
    What is waited for is not.
    """
    moved, called = getattr(moves, move), []

    def slow(*arguments: object) -> float:
        called.append(move)
        if len(called) == (1 if clock is time.thread_time else 2):
            end = clock() + 1.5
            while clock() < end:
                time.sleep(0.0 if clock is time.thread_time else 0.1)
        return moved(*arguments)

    monkeypatch.setattr(moves, move, slow)
    program = sample("district")
    assert measure(program, construct(program, Run(seed=1), seconds=1.4)).violation == 0
    assert len(called) > 2


def test_construction_finds_most_of_what_there_is():
    """Where nothing is capped (later stages have a start) nine in ten get a feasible point."""
    there = found = 0
    for seed in range(120):
        program = replace(random_program(seed), caps=())
        points = points_of(program, 3000, 1, seed)
        if not measure_all(program, [program.cost], points).feasible.any():
            continue
        there += 1
        found += measure(program, construct(program, Run(1.0), seconds=1.0)).violation == 0
    assert there >= 30
    assert found >= 0.9 * there


@pytest.mark.parametrize("long", [False, True])
def test_improvement_improves(long: bool):
    """Every point handed on is feasible, has the value told, and is better than the one before."""
    program = sample("reference")
    start = construct(program, Run(5.0), seconds=5.0)
    values = [measure(program, start).value]

    def better(point, value):
        found = measure(program, point)
        assert (found.value, found.violation) == (value, 0)
        values.append(value)

    guide = Guide(*(np.zeros(n) for n in (program.resources, program.choices, program.choices)))
    improve(program, Run(3.0), start, guide, seconds=3.0, found=better, long=long)
    assert values[-1] < values[0]
    assert values[1:] == sorted(set(values[1:]), reverse=True)


def test_improvement_keeps_what_is_capped():
    """Of points that are better, those come that raise no ceiling, sum or excess that is capped."""
    program = sample("reference")
    zero = program.cost.plus(program.cost, -1)
    start = construct(program, Run(5.0), seconds=5.0)
    highest = measure(program, start).use.argmax()
    program = replace(program, ceiling_resource=np.array([highest]), ceiling_base=np.array([900]))
    caps = [
        replace(zero, ceiling=1),
        replace(zero, choice=np.arange(program.choices) % 7),
        replace(zero, over=program.cost.over, under=program.cost.under),
    ]
    held = tuple((cap, measure(replace(program, cost=cap), start).value) for cap in caps)
    assert all(value > 0 for _, value in held)
    capped = replace(program, caps=held)
    found: list[Point] = []
    sizes = (program.resources + 2, program.choices, program.choices)
    improve(
        capped, Run(3.0), start, Guide(*(np.zeros(n) for n in sizes)), seconds=3.0, long=True,
        found=lambda point, _: found.append(point),
    )  # fmt: skip
    assert found
    assert all(measure(capped, point).violation == 0 for point in found)
    assert measure(program, found[-1]).value < measure(program, start).value


def test_prices_of_what_is_capped_follow_those_of_resources():
    """Capped sums come first, as they are resources of a walk, then capped excesses."""
    program = sample("reference")
    zero = program.cost.plus(program.cost, -1)
    caps = (
        replace(zero, over=program.cost.over),
        replace(zero, choice=np.ones(program.choices, np.int64)),
    )
    capped = replace(program, caps=tuple((cap, 10**9) for cap in caps))
    rows = linear(capped).rows
    price = np.zeros(rows)
    price[-2:] = (-5, -7)
    assert use_prices(capped, price, rows)[program.resources :].tolist() == [7, 5]


def test_added_rows_lift_the_cost_of_choices():
    """What rows beyond the program's add to a choice's cost is the rest of its reduced cost."""
    program = sample("reference")
    lp = linear(program)
    price = np.random.default_rng(0).normal(size=lp.rows)
    for base in (0, lp.rows // 2, lp.rows):
        price_before = np.where(np.arange(lp.rows) < base, price, 0.0)
        columns, row = lp.matrix.index, lp.matrix.row_of()
        reduced, before = (
            lp.cost - np.bincount(columns, lp.matrix.value * y[row], minlength=lp.columns)
            for y in (price, price_before)
        )
        rest = (reduced - before)[: program.choices]
        assert lifts(program, lp, price, base) == pytest.approx(rest, abs=1e-6)


def test_the_same_seed_finds_the_same_plan():
    """Construction depends on the seed alone, not on the clock."""
    program = sample("reference")
    first, second = (construct(program, Run(60.0, seed=3), seconds=60.0) for _ in range(2))
    assert (first.choice == second.choice).all()
    assert (first.switch == second.switch).all()


def soft_limits() -> Program:
    """Return items that use 1 or 5 of a soft limit of 2, 4 or 6 of one of 5; less costs 10 each."""
    program = one_limit(0, 2)
    zero = np.zeros(2, np.int64)
    return replace(
        program, lower=zero, upper=np.array([2, 5]), under_most=zero, over_most=np.array([9, 9]),
        use=Csr.of(4, np.arange(4), np.array([0, 0, 1, 1]), np.array([1, 5, 4, 6])),
        cost=replace(program.cost, choice=np.array([10, 0, 10, 0]), under=zero, over=zero),
        family=("C9", "C9"), subject=np.array([0, 1]),
    )  # fmt: skip


def test_what_is_paid_beyond_soft_limits_has_a_price_that_rises():
    """While more is paid than is allowed it costs more and more, until it is not."""
    program = soft_limits()
    zero = program.cost.plus(program.cost, -1)
    cap = replace(zero, over=np.array([1, 1]), constant=1)
    start = Point(np.array([1, 3]), np.zeros(0, dtype=bool))  # 3 and 1 beyond
    walk = _Walk(replace(program, caps=((cap, 4),)), Run(5.0), 5.0, start)
    assert walk.broken().tolist() == [False, False, True]
    before = walk.state.limit[:, moves.OVER_COST].copy()
    assert walk.repair()
    assert not walk.broken().any()
    assert (walk.state.limit[:, moves.OVER_COST] > before).all()


def test_limits_of_their_own_leave_nothing_to_an_excess():
    """A limit of which a unit is too much, and one that the ceiling lowers, have no price twice."""
    program = soft_limits()
    zero = program.cost.plus(program.cost, -1)
    ceiling = replace(program, ceiling_resource=np.array([1]), ceiling_base=np.array([1000]))
    for caps, left in (
        ([(replace(zero, over=np.array([5, 4])), 4)], [0, 4]),
        ([(replace(zero, over=np.array([1, 1])), 4), (replace(zero, ceiling=1), 4)], [1, 0]),
    ):
        walk = _Walk(replace(ceiling, caps=tuple(caps)), Run(5.0), 5.0, None)
        assert [cap.over.tolist() for cap in walk.excess] == [left]


def test_prices_begin_anew_at_a_restart():
    """What repair made dear costs what it did at first, from the best feasible point on."""
    walk = _Walk(soft_limits(), Run(5.0), 5.0, None)
    walk.times[:] = 50.0
    walk.restart()
    assert walk.state.limit[:, moves.PRICE].tolist() == walk.base[: walk.walked.resources].tolist()


@pytest.mark.parametrize("most", [1, 4])
def test_settling_ends_where_no_price_helps(most: int, monkeypatch: pytest.MonkeyPatch):
    """What stays broken at the highest price gets some rounds more, and repair its turn."""
    program = replace(soft_limits(), upper=np.array([2, 2]))  # 2 beyond at least
    cap = replace(program.cost.plus(program.cost, -1), over=np.array([1, 1]))
    walk = _Walk(replace(program, caps=((cap, most),)), Run(60.0), 60.0, None)
    anneal, rounds = moves.anneal, []
    monkeypatch.setattr(moves, "anneal", lambda *how: (rounds.append(how), anneal(*how))[1])
    walk.times[:] = HIGHEST
    walk.settle(long=True)
    assert (len(rounds) == STUCK) == (most == 1)
    assert (walk.times.max() < HIGHEST) == (most == 1)
