"""Closing choices loses no feasible point; folding rounds into choices changes no value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cities import random_city
from points import measure_all, points_of
from test_program import SEEDS, random_program

from realloc.evaluation import Evaluator
from realloc.formulation import formulate
from realloc.program import Cost, Point, Program, measure
from realloc.reduction import caps_as_limits, fold, possible, use_range, without_idle
from realloc.sparse import Csr


def lost(program: Program, seed: int) -> int:
    """Return how many feasible points take a closed choice, of all points or of many."""
    points = points_of(program, 5000, 1, seed)
    feasible = measure_all(program, [program.cost], points).feasible
    return int((feasible & ~possible(program)[points.choice].all(axis=1)).sum())


@pytest.mark.parametrize("seed", range(150))
def test_no_feasible_point_takes_a_closed_choice(seed: int):
    """In random programs every choice of every feasible point stays open."""
    assert lost(random_program(seed), seed) == 0


@pytest.mark.parametrize("seed", range(60))
def test_no_feasible_plan_of_a_city_takes_a_closed_choice(seed: int):
    """In programs of random cities every choice of every feasible point stays open."""
    city = random_city(seed, 4)
    assert lost(formulate(city, today=Evaluator(city).today.load).program, seed) == 0


def test_random_programs_do_close_choices():
    """The two tests above are about something: a good part of the programs closes choices."""
    closed = [not possible(random_program(seed)).all() for seed in range(150)]
    assert sum(closed) >= 15


def one_limit(lower: int, upper: int) -> Program:
    """Return two items of two choices, using 1 or 5 and 4 or 6 of one hard resource."""
    none = np.zeros(0, np.int64)
    whole = np.array([0, 0, 0, 0])
    zero = np.array([0])
    return Program(
        item=np.array([0, 2, 4]), cost=Cost(whole, none, none, zero, zero),
        use=Csr.of(4, np.arange(4), np.zeros(4, np.int64), np.array([1, 5, 4, 6])),
        need=Csr.empty(4), reach=Csr.empty(4),
        lower=np.array([lower]), upper=np.array([upper]), under_most=zero, over_most=zero,
        switch_use=Csr.empty(0), round=np.array([0]), round_switch=none, level_use=Csr.empty(0),
        ceiling_resource=none, ceiling_base=none, caps=(), family=("C9",), subject=zero,
        switch_family=(), switch_subject=none, round_family=(), round_subject=none,
    )  # fmt: skip


def test_one_unit_decides():
    """A choice that just fits with the least of the others is open; one unit less closes it."""
    assert possible(one_limit(0, 9)).tolist() == [True, True, True, True]
    assert possible(one_limit(0, 8)).tolist() == [True, False, True, True]
    assert possible(one_limit(0, 6)).tolist() == [True, False, True, False]
    assert possible(one_limit(9, 90)).tolist() == [False, True, True, True]
    assert measure(one_limit(9, 90), Point(np.array([1, 2]), np.zeros(0, bool))).violation == 0


def test_what_is_closed_closes_more():
    """Nine units exactly: one unit is too few, and with five taken six are too many."""
    assert possible(one_limit(9, 9)).tolist() == [False, True, True, False]


@pytest.mark.parametrize("item", [[0, 2, 4], [0, 2, 2, 4], [0, 2, 4, 4], [0, 0, 2, 4]])
def test_what_is_used_at_least_and_at_most(item: list[int]):
    """From 1 + 4 to 5 + 6 units; an item without a choice, wherever it stands, uses nothing."""
    least, most = use_range(replace(one_limit(0, 9), item=np.array(item)))
    assert (least.tolist(), most.tolist()) == ([5], [11])


@pytest.mark.parametrize("seed", SEEDS)
def test_idle_limits_change_no_point(seed: int):
    """What a program's points cost and break is the same without limits that none can pass."""
    program = random_program(seed)
    far = replace(program, upper=np.where(program.subject % 2, program.upper, 10**9))
    less = without_idle(far)
    for point in points_of(program, 1, 20, seed):
        one, other = measure(far, point), measure(less, point)
        assert (one.value, one.violation) == (other.value, other.violation)


def test_a_limit_is_idle_that_the_most_use_just_meets():
    """From 5 to 11 units are used: limits of 5 and 11 say nothing, of 6 or 10 they do."""
    assert not len(without_idle(one_limit(5, 11)).use.index)
    assert len(without_idle(one_limit(6, 11)).use.index) == 4
    assert len(without_idle(one_limit(5, 10)).use.index) == 4


def test_a_choice_that_uses_nothing_counts():
    """With a third choice for the second item that uses nothing, 1 to 11 units are used."""
    wide = replace(
        one_limit(0, 9), item=np.array([0, 2, 5, 5]),
        use=Csr.of(5, np.arange(4), np.zeros(4, np.int64), np.array([1, 5, 4, 6])),
    )  # fmt: skip
    wide = replace(wide, cost=replace(wide.cost, choice=np.zeros(5, np.int64)))
    least, most = use_range(wide)
    assert (least.tolist(), most.tolist()) == ([1], [11])


@pytest.mark.parametrize("seed", range(150))
def test_limits_say_what_caps_say(seed: int):
    """A point that keeps all caps keeps the limits instead of them, one that does not does not."""
    program, rng = random_program(seed), np.random.default_rng(seed)
    cost = program.cost
    zero = cost.plus(cost, -1)
    kinds = (
        replace(zero, choice=cost.choice, switch=cost.switch, level=cost.level, constant=3),
        replace(zero, ceiling=2, constant=1),
        replace(zero, under=cost.under, over=cost.over),
        cost,
    )
    points = points_of(program, 1, 40, seed)
    limits = measure_all(replace(program, caps=()), list(kinds), points).values
    capped = replace(program, caps=tuple(
        (kind, int(rng.choice(values))) for kind, values in zip(kinds, limits, strict=True)
        if rng.random() < 0.6
    ))  # fmt: skip
    less = caps_as_limits(capped)
    for point in points:
        one, other = measure(capped, point), measure(less, point)
        assert (one.violation == 0) == (other.violation == 0)
        assert one.violation or one.value == other.value


def test_caps_that_limits_cannot_say_stay():
    """A sum and the ceiling need no cap any more; what is paid beyond soft limits does."""
    program = one_limit(0, 9)
    costs = (
        replace(program.cost, choice=np.arange(4)),
        replace(program.cost, over=np.array([2]), constant=3),
        replace(program.cost, ceiling=5),
    )
    soft = replace(program, over_most=np.array([7]), ceiling_resource=np.array([0]),
                   ceiling_base=np.array([500]),
                   caps=tuple((cost, 12) for cost in costs))  # fmt: skip
    less = caps_as_limits(soft)
    assert [int(cost.over[0]) for cost, _ in less.caps] == [2]
    assert less.upper.tolist() == [1, 12]  # 2 x 500 / 1000 of the ceiling, and the sum
    assert less.over_most.tolist() == [0, 0]
    only = caps_as_limits(replace(soft, caps=soft.caps[1:2]))
    assert (only.upper.tolist(), only.over_most.tolist()) == ([9], [4])  # (12 - 3) // 2


@pytest.mark.parametrize("seed", SEEDS)
def test_folding_changes_no_value(seed: int):
    """Rounds of one item become costs of its choices; every point costs and uses the same."""
    program = random_program(seed)
    other = replace(program.cost, choice=program.cost.choice[::-1].copy())
    folded, costs = fold(program, (program.cost, other))
    points = points_of(program, 200, 200, seed)
    before = measure_all(program, [program.cost, other], points)
    after = measure_all(folded, costs, points)
    assert (before.values == after.values).all()
    assert (before.use == after.use).all()
    assert (before.missing == after.missing).all()


def test_folding_leaves_rounds_of_several_items_and_switches():
    """What remains is reached by more than one item, or named by a switch; the rest is gone."""
    gone = 0
    for seed in SEEDS:
        program = random_program(seed)
        folded, _ = fold(program, (program.cost,))
        round_of, item_of = folded.round_of(), folded.item_of()
        for k in range(len(folded.round) - 1):
            entries = round_of[folded.reach.index] == k
            items = np.unique(item_of[folded.reach.row_of()[entries]])
            assert len(items) > 1 or (folded.round_switch[k] >= 0 and len(items) == 1)
        gone += len(program.round) - len(folded.round)
    assert gone
