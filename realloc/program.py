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

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: No limit on this side of a resource, and no limit on how far a soft one may be passed.
UNLIMITED = 1 << 60
#: So many entries of a matrix are merged at a time.
_AT_ONCE = 1 << 16
HARD = -1


@dataclass(frozen=True, eq=False)
class Csr:
    """Sparse rows: row i holds ``index[start[i]:start[i+1]]`` with ``value`` beside it."""

    start: Ints
    index: Ints
    value: Ints

    @staticmethod
    def of(rows: int, row: Ints, index: Ints, value: Ints) -> Csr:
        """Build from triples; equal (row, index) pairs are added up, zeros are dropped."""
        if not len(row):
            return Csr.empty(rows)
        span = int(index.max()) + 1
        key = row.astype(np.int64) * span + index
        if (np.diff(key) <= 0).any():
            order = np.argsort(key, kind="stable")
            key, value = key[order], value[order]
            first = np.flatnonzero(np.concatenate([[True], np.diff(key) > 0]))
            value = np.add.reduceat(value, first)
            key = key[first]
        keep = value != 0
        key, value = key[keep], value[keep].astype(np.int64)
        row, index = key // span, key % span
        start = np.zeros(rows + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=rows), out=start[1:])
        return Csr(start, index, value)

    @staticmethod
    def empty(rows: int) -> Csr:
        """Build `rows` rows without entries."""
        none = np.zeros(0, dtype=np.int64)
        return Csr(np.zeros(rows + 1, dtype=np.int64), none, none)

    def plus(self, other: Csr) -> Csr:
        """Return the sum with a matrix of as many rows; rows of both ascend by index.

        Rows are merged some at a time: what a processor keeps close by.
        """
        if not len(other.index):
            return self
        start = self.start + other.start
        cuts = np.unique(np.searchsorted(start, np.arange(0, start[-1] + _AT_ONCE, _AT_ONCE)))
        cuts[-1] = self.rows
        parts = [
            _merge(self._rows(a, z), other._rows(a, z))
            for a, z in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
        ]
        start = np.zeros(self.rows + 1, np.int64)
        np.cumsum(np.concatenate([np.diff(part.start) for part in parts]), out=start[1:])
        index = np.concatenate([part.index for part in parts])
        return Csr(start, index, np.concatenate([part.value for part in parts]))

    def _rows(self, first: int, last: int) -> Csr:
        """Return the rows from `first` to before `last`."""
        begin, end = self.start[first], self.start[last]
        start = self.start[first : last + 1] - begin
        return Csr(start, self.index[begin:end], self.value[begin:end])

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.start) - 1

    def row_of(self) -> Ints:
        """Row of every entry."""
        return np.repeat(np.arange(self.rows, dtype=np.int64), np.diff(self.start))

    def take(self, rows: Ints) -> Csr:
        """Return the chosen rows, in the order given."""
        size = np.diff(self.start)[rows]
        start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        at = np.arange(start[-1]) - np.repeat(start[:-1], size) + np.repeat(self.start[rows], size)
        return Csr(start, self.index[at], self.value[at])

    def transpose(self, columns: int) -> Csr:
        """Return the rows as columns."""
        return Csr.of(columns, self.index, self.row_of(), self.value)

    def dot(self, x: Ints, columns: int) -> Ints:
        """Return xᵀ·self for whole x: what rows with multiplicity x use of each column."""
        out = np.zeros(columns, dtype=np.int64)
        np.add.at(out, self.index, np.repeat(x, np.diff(self.start)) * self.value)
        return out


def _merge(a: Csr, b: Csr) -> Csr:
    """Return the sum of two matrices, all at once."""
    span = 1 + int(max(a.index.max(initial=0), b.index.max(initial=0)))
    mine, theirs = (m.row_of() * span + m.index for m in (a, b))
    at = np.searchsorted(mine, theirs)
    both = np.append(mine, -1)[at] == theirs
    new = np.flatnonzero(~both)
    place = at[new] + np.arange(len(new))
    old = np.ones(len(mine) + len(new), dtype=bool)
    old[place] = False
    index, value = (np.empty(len(old), np.int64) for _ in range(2))
    index[place], value[place] = b.index[new], b.value[new]
    index[old], value[old] = a.index, a.value
    start = a.start + np.concatenate([[0], np.cumsum(~both)])[b.start]
    if both.any():
        twice = at[both] + np.searchsorted(at[new], at[both], side="right")
        value[twice] += b.value[both]
        kept = value != 0
        start = np.concatenate([[0], np.cumsum(kept)])[start]
        index, value = index[kept], value[kept]
    return Csr(start, index, value)


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
    broken_caps: tuple[int, ...] = field(default=())


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
    on = np.flatnonzero(point.switch)
    use = program.use.take(point.choice).dot(np.ones(program.items, np.int64), program.resources)
    use += program.switch_use.take(on).dot(np.ones(len(on), np.int64), program.resources)
    use += program.level_use.take(counted).dot(np.ones(len(counted), np.int64), program.resources)
    over, under = passed(program, use)
    excess = np.maximum(0, over - program.over_most) + np.maximum(0, under - program.under_most)
    needed = program.need.take(point.choice).index
    missing = int((~point.switch[needed]).sum())
    broken = tuple(
        k
        for k, (cost, limit) in enumerate(program.caps)
        if cost_of(program, cost, point, use, counted) > limit
    )
    value = cost_of(program, program.cost, point, use, counted)
    return Measure(value, int(excess.sum()) + missing + len(broken), use, excess, missing, broken)
