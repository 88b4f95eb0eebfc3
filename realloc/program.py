"""The program that engines solve: arrays without a domain word, and what a point of them is worth.

A program has *items*, each taking exactly one of its *choices*; *resources* with limits that
choices use; *switches* that a choice may need; *rounds* whose levels choices reach; one *ceiling*
over a set of resources; and *caps* on whole objectives. A *point* (a choice for every item, a
value for every switch) fixes all the rest, so a program has no tolerance to argue about: every
number in it is whole.

Rounds: a choice reaches levels; without a switch only the highest level reached in a round
counts. A round may name a switch: while it is off every level reached counts in full, while it is
on only the highest. Levels of a round are in ascending order of cost and of every use, and use no
resource with a lower limit: to reach a level must never help.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realloc.sparse import Csr, Ints

Flags = NDArray[np.bool_]

#: No limit on this side of a resource, and no limit on how far a soft one may be passed.
UNLIMITED = 1 << 60


@dataclass(frozen=True, eq=False)
class Cost:
    """One objective over everything that can cost: whole numbers, no part negative but choices'."""

    choice: Ints
    switch: Ints
    level: Ints  # cost of a level in full, not above the level below it
    under: Ints  # per unit below a soft lower limit
    over: Ints  # per unit above a soft upper limit
    ceiling: int = 0
    constant: int = 0

    def plus(self, other: Cost, weight: int = 1) -> Cost:
        """Return self + weight × other."""
        return Cost(
            self.choice + weight * other.choice,
            self.switch + weight * other.switch,
            self.level + weight * other.level,
            self.under + weight * other.under,
            self.over + weight * other.over,
            self.ceiling + weight * other.ceiling,
            self.constant + weight * other.constant,
        )


@dataclass(frozen=True, eq=False)
class Program:
    """See the module's text. Shapes: C choices, I items, R resources, S switches, L levels.

    Attributes
    ----------
    item
        (I + 1,) choices of item i are ``item[i]:item[i+1]``.
    cost
        what is minimized.
    use, need, reach
        rows are choices: use of resources; switches needed (value 1); levels reached (value 1).
    lower, upper
        (R,) limits; ±UNLIMITED where there is none.
    under_most, over_most
        (R,) how far a limit may be passed: 0 for a hard one, UNLIMITED for a free one.
    switch_use
        rows are switches.
    round, round_switch
        (rounds + 1,) levels of round k are ``round[k]:round[k+1]``; its switch or -1.
    level_use
        rows are levels, use in full.
    ceiling_resource, ceiling_base
        z × base ≥ 1000 × use of the resource, for each of these.
    caps
        (objective, limit) pairs that a point must keep.
    family, subject
        (R,) what a resource states: the name of a family and its position there.
    switch_family, switch_subject
        (S,) the same for switches.
    round_family, round_subject
        (rounds,) the same for rounds.
    """

    item: Ints
    cost: Cost
    use: Csr
    need: Csr
    reach: Csr
    lower: Ints
    upper: Ints
    under_most: Ints
    over_most: Ints
    switch_use: Csr
    round: Ints
    round_switch: Ints
    level_use: Csr
    ceiling_resource: Ints
    ceiling_base: Ints
    caps: tuple[tuple[Cost, int], ...]
    family: tuple[str, ...]
    subject: Ints
    switch_family: tuple[str, ...]
    switch_subject: Ints
    round_family: tuple[str, ...]
    round_subject: Ints

    @property
    def items(self) -> int:
        """Number of items."""
        return len(self.item) - 1

    @property
    def choices(self) -> int:
        """Number of choices."""
        return len(self.cost.choice)

    @property
    def resources(self) -> int:
        """Number of resources."""
        return len(self.lower)

    @property
    def switches(self) -> int:
        """Number of switches."""
        return len(self.cost.switch)

    @property
    def levels(self) -> int:
        """Number of levels of all rounds."""
        return len(self.cost.level)

    def empty_items(self) -> Ints:
        """Items without a choice: with any there is no solution."""
        return np.flatnonzero(np.diff(self.item) == 0).astype(np.int64)

    def item_of(self) -> Ints:
        """Item of every choice."""
        return np.repeat(np.arange(self.items, dtype=np.int64), np.diff(self.item))

    def round_of(self) -> Ints:
        """Round of every level."""
        return np.repeat(np.arange(len(self.round) - 1, dtype=np.int64), np.diff(self.round))


@dataclass(frozen=True, eq=False)
class Point:
    """A choice for every item and a value for every switch."""

    choice: Ints
    switch: Flags


@dataclass(frozen=True, eq=False)
class Measure:
    """What a point costs and how far it is from feasible (0: feasible)."""

    value: int
    violation: int
    use: Ints
    excess: Ints  # per resource: units beyond what is allowed, both sides
    missing: int  # choices whose switch is off


def levels_counted(program: Program, point: Point) -> tuple[Ints, Ints]:
    """Return (levels, multiplicity) that count at a point: +1 in full.

    Raises nothing; a round that nobody reaches counts for nothing.
    """
    reach = program.reach.take(point.choice)
    levels = np.unique(reach.index)
    if not len(levels):
        return levels, levels
    round_of = program.round_of()[levels]
    switch = program.round_switch[round_of]
    off = (switch >= 0) & ~np.append(point.switch, False)[switch]
    highest = np.append(round_of[1:] != round_of[:-1], True)
    return levels, (off | highest).astype(np.int64)


def cost_of(program: Program, cost: Cost, point: Point, use: Ints, counted: Ints) -> int:
    """Return an objective at a point, given its resource use and the levels that count."""
    over, under = passed(program, use)
    z = 0
    if len(program.ceiling_resource):
        load = 1000 * use[program.ceiling_resource]
        z = max(0, int((-(-load // program.ceiling_base)).max()))
    return int(
        cost.constant
        + cost.choice[point.choice].sum()
        + cost.switch[point.switch].sum()
        + cost.level[counted].sum()
        + (cost.over * over).sum()
        + (cost.under * under).sum()
        + cost.ceiling * z
    )


def passed(program: Program, use: Ints) -> tuple[Ints, Ints]:
    """Return by how much each resource is above its upper and below its lower limit."""
    return np.maximum(0, use - program.upper), np.maximum(0, program.lower - use)


def measure(program: Program, point: Point) -> Measure:
    """Return value and violation of a point, in whole numbers."""
    levels, multiplicity = levels_counted(program, point)
    counted = levels[multiplicity > 0]
    use = program.use.total(point.choice, program.resources)
    use += program.switch_use.total(np.flatnonzero(point.switch), program.resources)
    use += program.level_use.total(counted, program.resources)
    over, under = passed(program, use)
    excess = np.maximum(0, over - program.over_most) + np.maximum(0, under - program.under_most)
    needed = program.need.take(point.choice).index
    missing = int((~point.switch[needed]).sum())
    broken = [cost for cost, limit in program.caps
              if cost_of(program, cost, point, use, counted) > limit]  # fmt: skip
    value = cost_of(program, program.cost, point, use, counted)
    return Measure(value, int(excess.sum()) + missing + len(broken), use, excess, missing)
