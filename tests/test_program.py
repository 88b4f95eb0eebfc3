"""Programs: what a point costs, said four times, and that all of them say the same.

Besides `measure` there are the arrays over all points (`points`), a statement in plain Python
(:func:`in_words`) and the linear form (``test_linear.py``).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from points import measure_all, points_of

from realloc.program import UNLIMITED, Cost, Point, Program, levels_counted, measure
from realloc.sparse import Csr, Ints

SEEDS = range(60)


def random_program(seed: int) -> Program:
    """Draw a program in which everything occurs: rounds, switches, soft limits, ceiling, caps."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 5, rng.integers(1, 5))
    choices, resources, switches = (
        int(sizes.sum()),
        int(rng.integers(1, 5)),
        int(rng.integers(0, 3)),
    )
    rounds = rng.integers(1, 4, rng.integers(0, 5))
    levels = int(rounds.sum())
    round_start = np.concatenate([[0], np.cumsum(rounds)]).astype(np.int64)

    def sparse(rows: int, columns: int, share: float, low: int, high: int) -> Csr:
        some = np.argwhere(rng.random((rows, columns)) < share)
        return Csr.of(rows, some[:, 0], some[:, 1], rng.integers(low, high, len(some)))

    def ascending(columns: int) -> Ints:
        """Draw rows of levels that never fall within a round."""
        step = rng.integers(0, 6, (levels, columns)) * (rng.random((levels, columns)) < 0.6)
        total = step.copy()
        for first, last in pairwise(round_start):
            total[first:last] = np.cumsum(step[first:last], axis=0)
        return total

    def objective() -> Cost:
        return Cost(
            choice=rng.integers(-5, 30, choices),
            switch=rng.integers(0, 9, switches),
            level=ascending(1)[:, 0],
            under=rng.integers(0, 5, resources),
            over=rng.integers(0, 5, resources),
            ceiling=int(rng.integers(0, 3)),
            constant=int(rng.integers(-10, 10)),
        )

    lower = np.where(rng.random(resources) < 0.3, rng.integers(-5, 10, resources), -UNLIMITED)
    upper = np.where(rng.random(resources) < 0.8, rng.integers(5, 40, resources), UNLIMITED)
    level_use = ascending(resources) * (lower <= -UNLIMITED)  # to reach a level never helps
    row, column = np.nonzero(level_use)
    soft = rng.choice(np.array([0, 3, UNLIMITED]), (2, resources))
    with_ceiling = np.flatnonzero(rng.random(resources) < 0.4)
    return Program(
        item=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        cost=objective(),
        use=sparse(choices, resources, 0.6, -4, 15),
        need=_ones(sparse(choices, switches, 0.3, 1, 2)),
        reach=_ones(sparse(choices, levels, 0.3, 1, 2)),
        lower=lower,
        upper=upper,
        under_most=soft[0],
        over_most=soft[1],
        switch_use=sparse(switches, resources, 0.5, -8, 8),
        round=round_start,
        round_switch=rng.integers(-1, max(1, switches), len(rounds)) if switches
        else np.full(len(rounds), -1),
        level_use=Csr.of(levels, row, column, level_use[row, column]),
        ceiling_resource=with_ceiling,
        ceiling_base=rng.integers(1, 30, len(with_ceiling)),
        caps=((objective(), int(rng.integers(20, 90))),) if rng.random() < 0.4 else (),
        family=("R",) * resources,
        subject=np.arange(resources),
        switch_family=("S",) * switches,
        switch_subject=np.arange(switches),
        round_family=("L",) * len(rounds),
        round_subject=np.arange(len(rounds)),
    )  # fmt: skip


def _ones(csr: Csr) -> Csr:
    return Csr(csr.start, csr.index, np.ones_like(csr.value))


def in_words(p: Program, point: Point) -> tuple[int, int, list[int]]:
    """Return value, violation and use of a point by loops over names of things."""
    row = [dict(zip(c.index[c.start[i]:c.start[i + 1]].tolist(),
                    c.value[c.start[i]:c.start[i + 1]].tolist(), strict=True))
           for c in (p.use,) for i in range(c.rows)]  # fmt: skip
    chosen = point.choice.tolist()
    on = [s for s in range(p.switches) if point.switch[s]]
    counted: list[int] = []
    for k in range(len(p.round) - 1):
        inside = range(int(p.round[k]), int(p.round[k + 1]))
        reached = [level for level in inside if any(level in _row(p.reach, j) for j in chosen)]
        joint = p.round_switch[k] < 0 or p.round_switch[k] in on
        counted += reached[-1:] if joint else reached
    use = [0] * p.resources
    for source in ([row[j] for j in chosen], [_row(p.switch_use, s) for s in on],
                   [_row(p.level_use, level) for level in counted]):  # fmt: skip
        for entry in source:
            for r, amount in entry.items():
                use[r] += amount
    violation = sum(s not in on for j in chosen for s in _row(p.need, j))
    for r in range(p.resources):
        violation += max(0, use[r] - int(p.upper[r]) - int(p.over_most[r]))
        violation += max(0, int(p.lower[r]) - use[r] - int(p.under_most[r]))

    def price(cost: Cost) -> int:
        z = max([0, *(-(-1000 * use[r] // b) for r, b in zip(
            p.ceiling_resource.tolist(), p.ceiling_base.tolist(), strict=True))])  # fmt: skip
        total = cost.constant + cost.ceiling * z
        total += sum(int(cost.choice[j]) for j in chosen) + sum(int(cost.switch[s]) for s in on)
        total += sum(int(cost.level[level]) for level in counted)
        for r in range(p.resources):
            total += int(cost.over[r]) * max(0, use[r] - int(p.upper[r]))
            total += int(cost.under[r]) * max(0, int(p.lower[r]) - use[r])
        return total

    violation += sum(price(cost) > limit for cost, limit in p.caps)
    return price(p.cost), violation, use


def _row(csr: Csr, i: int) -> dict[int, int]:
    span = slice(csr.start[i], csr.start[i + 1])
    return dict(zip(csr.index[span].tolist(), csr.value[span].tolist(), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_measure_in_words(seed: int):
    """Value, use and violation of a point are what the definition says, number by number."""
    program = random_program(seed)
    points = points_of(program, 50, 50, seed)
    together = measure_all(program, [program.cost], points)
    for k in range(len(points)):
        m = measure(program, points[k])
        assert (m.value, m.violation, m.use.tolist()) == in_words(program, points[k])
        assert m.value == together.values[0, k]
        assert (m.use == together.use[k]).all()
        assert (m.excess == together.excess[k]).all()
        assert m.missing == together.missing[k].sum()
        caps_broken = m.violation - int(m.excess.sum()) - m.missing
        assert (m.violation == 0) == bool(together.feasible[k] and not caps_broken)


def test_a_round_that_nobody_reaches_counts_for_nothing():
    """No level is counted where no choice reaches one."""
    program = replace(random_program(3), reach=Csr.empty(random_program(3).choices))
    levels, times = levels_counted(program, points_of(program, 1, 1)[0])
    assert not len(levels)
    assert not len(times)


def test_costs_add_up():
    """An objective plus twice another costs that of every point."""
    program, other = random_program(5), random_program(5).cost
    other = replace(other, choice=other.choice + 3, ceiling=2, constant=-4)
    points = points_of(program, 100, 100)
    a, b, both = measure_all(
        program, [program.cost, other, program.cost.plus(other, 2)], points
    ).values
    assert (both == a + 2 * b).all()
