"""The linear form of a program has the points of the program, at their values, and no others."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from cities import random_city
from points import count_points, measure_all, points_of
from test_program import SEEDS, random_program

from realloc.engines import Run
from realloc.engines import lp as highs
from realloc.evaluation import Evaluator
from realloc.formulation import formulate
from realloc.linear import Linear, columns_of, increments, linear, narrow, point_of
from realloc.program import UNLIMITED, Point, Program, measure
from realloc.schema import leaves
from realloc.sparse import Ints


def keeps_rows(lp: Linear, v: Ints) -> bool:
    """Whether column values keep all rows and bounds."""
    rows = np.zeros(lp.rows, np.int64)
    np.add.at(rows, lp.matrix.row_of(), lp.matrix.value * v[lp.matrix.index])
    within = (lp.row_lower <= rows) & (rows <= lp.row_upper)
    return bool(within.all() and (lp.lower <= v).all() and (v <= lp.upper).all())


def columns_at(program: Program, lp: Linear, point: Point) -> Ints:
    """Return the columns of a point: they keep all rows if it is feasible, and cost its value."""
    m, v = measure(program, point), columns_of(program, lp, point)
    assert keeps_rows(lp, v) == (m.violation == 0)
    assert m.violation or int(lp.cost @ v) + lp.constant == m.value
    return v


@pytest.mark.parametrize("seed", SEEDS)
def test_the_linear_form_of_a_point(seed: int):
    """The columns of a point keep all rows exactly if it is feasible, and then cost its value."""
    program = random_program(seed)
    lp = linear(program)
    points = points_of(program, 60, 60, seed)
    for k in range(len(points)):
        v = columns_at(program, lp, points[k])
        back = point_of(program, lp, v.astype(float))
        assert (back.choice == points[k].choice).all()
        assert (back.switch == points[k].switch).all()


def least_with(lp: Linear, point: Point, choices: int) -> float | None:
    """Return the least value of the linear form with choices and switches held, None if none."""
    held = np.zeros(lp.first[2], np.int64)
    held[point.choice] = 1
    held[choices + np.flatnonzero(point.switch)] = 1
    lower, upper = lp.lower.copy(), lp.upper.copy()
    lower[: len(held)] = upper[: len(held)] = held
    found = highs.solve(replace(lp, lower=lower, upper=upper), Run(), seconds=10, whole=True)
    return found.objective if found.values is not None else None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_linear_form_allows_nothing_cheaper(seed: int):
    """With the choices held no column can be lower than what the point costs."""
    program = random_program(seed)
    lp = linear(program)
    points = points_of(program, 4, 4, seed)
    for k in range(len(points)):
        m = measure(program, points[k])
        least = least_with(lp, points[k], program.choices)
        if m.violation:
            assert least is None
        else:
            assert least == pytest.approx(m.value, abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_the_linear_form_of_cities(seed: int):
    """The same on programs of cities, with every part as an objective of its own."""
    city = random_city(seed, 3)
    objectives = [city.policy.weights, *({leaf: 1} for leaf in leaves())]
    f = formulate(city, today=Evaluator(city).today.load, objectives=objectives)
    if not count_points(f.program):
        return
    points = points_of(f.program, 10, 10, seed)
    for cost in f.objectives:
        program = replace(f.program, cost=cost)
        lp = linear(program)
        for k in range(0, len(points), 3):
            columns_at(program, lp, points[k])


@pytest.mark.parametrize("seed", range(20))
def test_increments_add_up(seed: int):
    """Costs and uses of levels are the sums of what each adds to the one below."""
    program = random_program(seed)
    cost, use = increments(program)
    for first, last in pairwise(program.round):
        assert (np.cumsum(cost[first:last]) == program.cost.level[first:last]).all()
        for level in range(first, last):
            wide = program.resources
            total = use.total(np.arange(first, level + 1), wide)
            assert (total == program.level_use.total(np.array([level]), wide)).all()


def test_to_reach_a_level_never_helps():
    """In programs of cities no level uses a resource with a lower limit, nor less than below."""
    for seed in SEEDS:
        city = random_city(seed, 4)
        program = formulate(city, today=Evaluator(city).today.load).program
        assert (program.lower[program.level_use.index] <= -UNLIMITED).all()
        cost, use = increments(program)
        assert (cost >= 0).all()
        assert (use.value >= 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_narrowing_keeps_what_the_kept_columns_can_do(seed: int):
    """Without some choices the least value is that of the points that do without them."""
    program = replace(random_program(seed), caps=())
    lp = linear(program)
    rng = np.random.default_rng(seed)
    upper = lp.upper.copy()
    lost = rng.random(program.choices) < 0.3
    lost[program.item[:-1]] = False
    upper[: program.choices][lost] = 0
    smaller, columns = narrow(lp, upper)
    points = points_of(program, 5000, 1, seed)
    measures = measure_all(program, [program.cost], points)
    stays = measures.feasible & ~lost[points.choice].any(axis=1)
    found = highs.solve(smaller, Run(), seconds=10, whole=True)
    if not stays.any():
        assert found.values is None
    else:
        assert found.values is not None
        assert found.objective == pytest.approx(measures.values[0, stays].min(), abs=1e-6)
        full = np.zeros(lp.columns)
        full[columns] = found.values
        m = measure(program, point_of(program, lp, full))
        assert (m.value, m.violation) == (measures.values[0, stays].min(), 0)


def test_every_column_has_an_end():
    """Units over and under a soft limit without an end are bounded by what there is to use."""
    free = 0
    for seed in SEEDS:
        p = random_program(seed)
        free += int(((p.upper < UNLIMITED) & (p.over_most >= UNLIMITED)).sum())
        free += int(((p.lower > -UNLIMITED) & (p.under_most >= UNLIMITED)).sum())
        assert (linear(p).upper < UNLIMITED).all()
    assert free > 50


def test_an_item_without_a_choice_has_a_row_that_nothing_keeps():
    """Wherever the item stands, the form is written and has no solution."""
    whole = random_program(1)
    for at in (0, 1, whole.items):
        item = np.insert(whole.item, at, whole.item[at])
        lp = linear(replace(whole, item=item))
        assert lp.row_lower[at] == 1
        assert lp.matrix.start[at] == lp.matrix.start[at + 1]
