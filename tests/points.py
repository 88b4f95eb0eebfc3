"""Every point of a small program, and what all of them cost, worked out at once.

A point is a choice for every item and a value for every switch. :func:`measure_all` is a third
statement of what :func:`realloc.program.measure` says, on dense arrays over all points, so that
tests can walk through every plan of a thousand cities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from realloc.program import Cost, Flags, Point, Program
from realloc.sparse import Csr, Ints


@dataclass(frozen=True, eq=False)
class Points:
    """Points of a program: `choice` (points, items), `switch` (points, switches)."""

    choice: Ints
    switch: Flags
    every: bool

    def __len__(self) -> int:
        return len(self.choice)

    def __getitem__(self, k: int) -> Point:
        return Point(self.choice[k], self.switch[k])


@dataclass(frozen=True, eq=False)
class Measures:
    """What points cost and break.

    Shapes: `values` (objectives, points), `use` and `excess` (points, resources), `missing`
    (points, switches): choices that need the switch while it is off.
    """

    values: Ints
    use: Ints
    excess: Ints
    missing: Ints

    @property
    def feasible(self) -> Flags:
        """Whether a point keeps all limits and has the switches that it needs."""
        return (self.excess == 0).all(axis=1) & (self.missing == 0).all(axis=1)


def count_points(program: Program) -> int:
    """Return the number of points."""
    return prod(np.diff(program.item).tolist()) * 2**program.switches


def points_of(program: Program, most: int, sample: int, seed: int = 0) -> Points:
    """Return all points where there are at most `most`, else `sample` of them drawn by `seed`."""
    count = count_points(program)
    rng = np.random.default_rng(seed)
    every = count <= most
    sizes = np.diff(program.item)
    if every:
        number = np.arange(count)
        choice = np.empty((count, program.items), np.int64)
        for i, size in enumerate(sizes.tolist()):
            number, choice[:, i] = np.divmod(number, size)
        switch = (number[:, None] >> np.arange(program.switches)) & 1 > 0
    else:
        choice = rng.integers(0, sizes, (sample, program.items))
        switch = rng.random((sample, program.switches)) < 0.6
    return Points(choice + program.item[:-1], switch, every)


def _dense(csr: Csr, columns: int) -> Ints:
    dense = np.zeros((csr.rows, columns), np.int64)
    dense[csr.row_of(), csr.index] = csr.value
    return dense


def _levels_that_count(program: Program, points: Points) -> Flags:
    reach = _dense(program.reach, program.levels) > 0
    counted = np.zeros((len(points), program.levels), dtype=bool)
    for i in range(program.items):
        counted |= reach[points.choice[:, i]]
    for first, last, switch in zip(
        program.round[:-1], program.round[1:], program.round_switch, strict=True
    ):
        joint = np.ones(len(points), dtype=bool) if switch < 0 else points.switch[:, switch]
        above = np.zeros(len(points), dtype=bool)
        for level in range(last - 1, first - 1, -1):
            reached = counted[:, level].copy()
            counted[:, level] &= ~(joint & above)
            above |= reached
    return counted


def measure_all(program: Program, costs: Sequence[Cost], points: Points) -> Measures:
    """Return what points use, break and cost under each of `costs`."""
    levels = _levels_that_count(program, points).astype(np.int64)
    on = points.switch.astype(np.int64)
    use = on @ _dense(program.switch_use, program.resources)
    use += levels @ _dense(program.level_use, program.resources)
    by_choice = _dense(program.use, program.resources)
    needs = _dense(program.need, program.switches)
    missing = np.zeros_like(on)
    for i in range(program.items):
        use += by_choice[points.choice[:, i]]
        missing += needs[points.choice[:, i]] * (1 - on)
    over = np.maximum(0, use - program.upper)
    under = np.maximum(0, program.lower - use)
    excess = np.maximum(0, over - program.over_most) + np.maximum(0, under - program.under_most)
    ceiling = np.zeros(len(points), np.int64)
    for resource, base in zip(program.ceiling_resource, program.ceiling_base, strict=True):
        ceiling = np.maximum(ceiling, -(-1000 * use[:, resource] // base))
    values = [
        cost.constant + cost.choice[points.choice].sum(axis=1) + on @ cost.switch
        + levels @ cost.level + over @ cost.over + under @ cost.under + cost.ceiling * ceiling
        for cost in costs
    ]  # fmt: skip
    return Measures(np.array(values).reshape(len(costs), len(points)), use, excess, missing)
