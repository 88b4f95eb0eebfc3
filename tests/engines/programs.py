"""Programs for tests of engines: tiny ones with a known optimum, and ones no engine finishes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from cities import random_city
from points import count_points, measure_all, points_of

from realloc.evaluation import evaluate
from realloc.formulation import formulate
from realloc.program import UNLIMITED, Cost, Point, Program
from realloc.sparse import Csr, Ints

_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Known:
    """A program with its least value over all points, None where none is feasible."""

    seed: int
    program: Program
    optimum: int | None
    point: Point | None


@cache
def known(count: int, most: int = 3000) -> tuple[Known, ...]:
    """Return programs of random cities whose points can all be measured."""
    found: list[Known] = []
    seed = 0
    while len(found) < count:
        city = random_city(seed)
        program = formulate(city, today=evaluate(city, city.current).load).program
        if count_points(program) <= most:
            found.append(_known(seed, program, most))
        seed += 1
    return tuple(found)


def _known(seed: int, program: Program, most: int) -> Known:
    if not count_points(program):
        return Known(seed, program, None, None)
    points = points_of(program, most, 0)
    measures = measure_all(program, [program.cost], points)
    feasible = np.flatnonzero(measures.feasible)
    if not len(feasible):
        return Known(seed, program, None, None)
    best = feasible[np.argmin(measures.values[0][feasible])]
    return Known(seed, program, int(measures.values[0][best]), points[int(best)])


def program_of(
    item: Ints,
    cost: Ints,
    use: Csr,
    lower: Ints,
    upper: Ints,
    *,
    price: int | None = None,
    constant: int = 0,
) -> Program:
    """Return a program of items and resources only; with a price all limits are soft."""
    resources = len(lower)
    free = 0 if price is None else UNLIMITED
    prices = np.full(resources, price or 0, np.int64)
    return Program(
        item=item.astype(np.int64),
        cost=Cost(cost.astype(np.int64), _NONE, _NONE, prices, prices, constant=constant),
        use=use,
        need=Csr.empty(len(cost)),
        reach=Csr.empty(len(cost)),
        lower=lower.astype(np.int64),
        upper=upper.astype(np.int64),
        under_most=np.full(resources, free, np.int64),
        over_most=np.full(resources, free, np.int64),
        switch_use=Csr.empty(0),
        round=np.zeros(1, np.int64),
        round_switch=_NONE,
        level_use=Csr.empty(0),
        ceiling_resource=_NONE,
        ceiling_base=_NONE,
        caps=(),
        family=("R",) * resources,
        subject=np.arange(resources),
        switch_family=(),
        switch_subject=_NONE,
        round_family=(),
        round_subject=_NONE,
    )


def market_split(items: int = 50, resources: int = 6, seed: int = 0, *, soft: bool) -> Program:
    """Return a split of retailers between two divisions in which every product is halved.

    Hard, it has no solution as a rule and no engine shows it; soft, every point is feasible and
    the bound stays at zero (Cornuéjols and Dawande 1999, IPCO VII).
    """
    rng = np.random.default_rng(seed)
    amount = rng.integers(0, 100, (resources, items))
    half = amount.sum(axis=1) // 2
    resource, item = np.nonzero(amount)
    use = Csr.of(2 * items, 2 * item, resource, amount[resource, item])
    return program_of(
        2 * np.arange(items + 1),
        np.zeros(2 * items, np.int64),
        use,
        half,
        half,
        price=1 if soft else None,
    )


def assignment(items: int, owners: int, seed: int = 0) -> Program:
    """Return a generalized assignment in which cost runs against effort (type d of Beasley)."""
    rng = np.random.default_rng(seed)
    effort = rng.integers(1, 101, (items, owners))
    cost = np.maximum(1, 111 - effort + rng.integers(-10, 11, (items, owners)))
    choices = items * owners
    use = Csr.of(choices, np.arange(choices), np.tile(np.arange(owners), items), effort.ravel())
    upper = np.full(owners, int(0.8 * effort.sum() / owners**2))
    return program_of(
        owners * np.arange(items + 1), cost.ravel(), use, np.full(owners, -UNLIMITED), upper
    )


def nothing(*, items: int = 0, lower: int = 0) -> Program:
    """Return a program without choices, with one resource that must reach `lower`."""
    return program_of(
        np.zeros(items + 1, np.int64),
        _NONE,
        Csr.empty(0),
        np.array([lower]),
        np.array([9]),
        constant=7,
    )


def first_point(program: Program) -> Point:
    """Return the point of everybody's first choice with all switches off."""
    return Point(program.item[:-1].copy(), np.zeros(program.switches, bool))
