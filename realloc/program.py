"""The program that engines solve: arrays without a domain word, and transforms of them.

A program has *items*, each taking exactly one of its *choices*; *resources* with limits that
choices use; *switches* that a choice may need; *rounds* whose levels choices reach; one *ceiling*
over a set of resources; and *caps* on whole objectives. A *point* (a choice for every item, a
value for every switch) fixes all the rest, so a program has no tolerance to argue about: every
number in it is whole.

Rounds: a choice reaches levels; without a switch only the highest level reached in a round
counts. A round may name a switch: while it is off every level reached counts in full, while it is
on only the highest. Levels of a round are in ascending order of cost and of every use, and use no
resource with a lower limit: to reach a level must never help.

`linear` writes a program as rows and columns. Its statement of rounds is the tight one: a row per
level and item, with all of the item's choices that need the level or a higher one, instead of a
row per choice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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


@dataclass(frozen=True, eq=False)
class Linear:
    """Rows and columns: minimize cost·v + constant, row_lower ≤ A v ≤ row_upper, bounds on v.

    Columns stand in this order: choices, switches, levels (on the chain), levels counted in full
    while a switch is off, units over, units under, ceiling. Rows: items, resources, then links.

    Attributes
    ----------
    matrix
        rows × columns.
    integer
        columns that must be whole; all others are whole at some optimum by themselves.
    item
        as in the program: the first columns are its choices.
    first
        first column of each kind, in the order above, and the number of columns.
    level_full, resource_over, resource_under
        level or resource of each column of those kinds.
    """

    cost: Ints
    constant: int
    lower: Ints
    upper: Ints
    integer: Flags
    matrix: Csr
    row_lower: Ints
    row_upper: Ints
    item: Ints
    first: tuple[int, ...]
    level_full: Ints
    resource_over: Ints
    resource_under: Ints

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.cost)


def increments(program: Program) -> tuple[Ints, Csr]:
    """Return cost and use that each level adds to the level below it in its round."""
    first = _lowest_levels(program)
    return _above(program.cost.level, first), _use_above(program, first)


def _lowest_levels(program: Program) -> Flags:
    """Return which levels are the lowest of their round."""
    lowest = np.zeros(program.levels, dtype=bool)
    lowest[program.round[:-1][np.diff(program.round) > 0]] = True
    return lowest


def _above(full: Ints, first: Flags) -> Ints:
    below = np.concatenate([[0], full[:-1]]) if len(full) else full
    return full - np.where(first, 0, below)


def _use_above(program: Program, first: Flags) -> Csr:
    level, use = program.level_use.row_of(), program.level_use
    above = level + 1
    carried = (above < program.levels) & ~np.append(first, True)[above]
    return Csr.of(
        program.levels,
        np.concatenate([level, above[carried]]),
        np.concatenate([use.index, use.index[carried]]),
        np.concatenate([use.value, -use.value[carried]]),
    )


def linear(program: Program) -> Linear:
    """Write a program as rows and columns with the tight statement of rounds.

    Choices that no feasible point can take are held at zero.
    """
    from realloc.reduction import possible  # stands on this module

    n, m, levels = program.choices, program.switches, program.levels
    item_of = program.item_of()
    round_of = program.round_of()
    level_switch = program.round_switch[round_of] if levels else np.zeros(0, np.int64)
    in_full = np.flatnonzero(level_switch >= 0)
    over = np.flatnonzero((program.over_most > 0) & (program.upper < UNLIMITED))
    under = np.flatnonzero((program.under_most > 0) & (program.lower > -UNLIMITED))
    has_z = int(len(program.ceiling_resource) > 0)
    sizes = [n, m, levels, len(in_full), len(over), len(under), has_z]
    first = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    _, col_s, col_y, col_a, col_o, col_u, col_z, end = first
    full_column = np.full(levels, -1, dtype=np.int64)
    full_column[in_full] = col_a + np.arange(len(in_full))
    added_use = increments(program)[1]
    lowest = _lowest_levels(program)

    def whole(cost: Cost) -> Ints:
        return np.concatenate([
            cost.choice, cost.switch, _above(cost.level, lowest), cost.level[in_full],
            cost.over[over], cost.under[under], np.full(has_z, cost.ceiling, np.int64),
        ]).astype(np.int64)  # fmt: skip

    row_parts: list[Ints] = []
    col_parts: list[Ints] = []
    val_parts: list[Ints] = []
    lows: list[Ints] = []
    highs: list[Ints] = []
    count = 0

    def entries(row: Ints, col: Ints, val: Ints | int) -> None:
        row_parts.append(np.asarray(row, np.int64))
        col_parts.append(np.asarray(col, np.int64))
        val_parts.append(np.broadcast_to(np.asarray(val, np.int64), len(row_parts[-1])))

    def rows(low: Ints, high: Ints) -> int:
        nonlocal count
        lows.append(np.asarray(low, np.int64))
        highs.append(np.asarray(high, np.int64))
        count += len(lows[-1])
        return count - len(lows[-1])

    # items
    ones = np.ones(program.items, np.int64)
    entries(item_of, np.arange(n), 1)
    rows(ones, ones)
    # resources
    base = rows(program.lower, program.upper)
    entries(base + program.use.index, program.use.row_of(), program.use.value)
    entries(
        base + program.switch_use.index,
        col_s + program.switch_use.row_of(),
        program.switch_use.value,
    )
    entries(base + added_use.index, col_y + added_use.row_of(), added_use.value)
    full_use = program.level_use.take(in_full)
    entries(base + full_use.index, col_a + full_use.row_of(), full_use.value)
    entries(base + over, col_o + np.arange(len(over)), -1)
    entries(base + under, col_u + np.arange(len(under)), 1)
    # a choice needs its switches: per switch and item, all of the item's choices at once
    pair = program.need.index * max(1, program.items) + item_of[program.need.row_of()]
    link, row = np.unique(pair, return_inverse=True)
    base = rows(np.full(len(link), -UNLIMITED), np.zeros(len(link), np.int64))
    entries(base + row, program.need.row_of(), 1)
    entries(base + np.arange(len(link)), col_s + link // max(1, program.items), -1)
    # a choice reaches its levels
    link_level, row, choice = _reach_rows(program, level_switch)
    base = rows(np.full(len(link_level), -UNLIMITED), np.zeros(len(link_level), np.int64))
    entries(base + row, choice, 1)
    entries(base + np.arange(len(link_level)), col_y + link_level, -1)
    full = full_column[link_level]
    entries(base + np.flatnonzero(full >= 0), full[full >= 0], -1)
    # the chain: a level stands on the one below it
    upper_level = (
        np.flatnonzero(np.append(round_of[1:] == round_of[:-1], False)) + 1
        if levels
        else np.zeros(0, np.int64)
    )
    base = rows(np.full(len(upper_level), -UNLIMITED), np.zeros(len(upper_level), np.int64))
    entries(base + np.arange(len(upper_level)), col_y + upper_level, 1)
    entries(base + np.arange(len(upper_level)), col_y + upper_level - 1, -1)
    # rounds with a switch: on the chain only while on, in full only while off
    bottom = program.round[:-1][(program.round_switch >= 0) & (np.diff(program.round) > 0)]
    base = rows(np.full(len(bottom), -UNLIMITED), np.zeros(len(bottom), np.int64))
    entries(base + np.arange(len(bottom)), col_y + bottom, 1)
    entries(base + np.arange(len(bottom)), col_s + level_switch[bottom], -1)
    base = rows(np.full(len(in_full), -UNLIMITED), np.ones(len(in_full), np.int64))
    entries(base + np.arange(len(in_full)), full_column[in_full], 1)
    entries(base + np.arange(len(in_full)), col_s + level_switch[in_full], 1)
    # the ceiling
    if has_z:
        which = np.full(program.resources, -1, np.int64)
        which[program.ceiling_resource] = np.arange(len(program.ceiling_resource))
        base = rows(
            np.full(len(program.ceiling_resource), -UNLIMITED),
            np.zeros(len(program.ceiling_resource), np.int64),
        )
        for csr, col in (
            (program.use, 0),
            (program.switch_use, col_s),
            (added_use, col_y),
            (full_use, col_a),
        ):
            mine = which[csr.index] >= 0
            entries(base + which[csr.index[mine]], col + csr.row_of()[mine], 1000 * csr.value[mine])
        entries(
            base + np.arange(len(program.ceiling_resource)),
            np.full(len(program.ceiling_resource), col_z),
            -program.ceiling_base,
        )
    # caps on objectives
    for cost, limit in program.caps:
        values = whole(cost)
        some = np.flatnonzero(values)
        base = rows(np.array([-UNLIMITED]), np.array([limit - cost.constant]))
        entries(np.full(len(some), base), some, values[some])

    most_use = _most_use(program)
    z_most = 0
    if has_z:
        most = 1000 * most_use[program.ceiling_resource]
        z_most = int((-(-most // program.ceiling_base)).max())
    # no limit is passed by more than there is to be used, so every column has an end
    most_over = np.maximum(0, most_use[over] - program.upper[over])
    most_over = np.minimum(most_over, program.over_most[over])
    upper = np.concatenate([
        np.ones(n + m + levels + len(in_full), np.int64),
        most_over, program.under_most[under], np.full(has_z, z_most, np.int64),
    ])  # fmt: skip
    upper[:n] = possible(program)
    integer = np.zeros(end, dtype=bool)
    integer[: n + m] = True
    integer[end - has_z :] = True
    return Linear(
        cost=whole(program.cost),
        constant=program.cost.constant,
        lower=np.zeros(end, np.int64),
        upper=upper,
        integer=integer,
        matrix=Csr.of(
            count, np.concatenate(row_parts), np.concatenate(col_parts), np.concatenate(val_parts)
        ),
        row_lower=np.concatenate(lows),
        row_upper=np.concatenate(highs),
        item=program.item,
        first=tuple(first),
        level_full=in_full,
        resource_over=over,
        resource_under=under,
    )


def _reach_rows(program: Program, level_switch: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the rows that tie levels to choices: level of each row, then (row, choice) pairs.

    There is a row per level and item with a choice that reaches it. It holds those choices and,
    where only the highest level counts, the item's choices that reach higher levels too: at most
    one of them is taken, and each of them implies the level.
    """
    items, item_of, round_of = max(1, program.items), program.item_of(), program.round_of()
    choice, level = program.reach.row_of(), program.reach.index
    key = level * items + item_of[choice]
    link, row = np.unique(key, return_inverse=True)
    link_level, link_item = link // items, link % items
    # rows of one item and round in order of level: a choice of a row also stands in those before
    group = round_of[link_level] * items + link_item if len(link) else link
    order = np.lexsort((link_level, group))
    position = np.empty(len(link), np.int64)
    position[order] = np.arange(len(link))
    chain = level_switch[level] < 0 if len(level) else np.zeros(0, bool)
    first = np.searchsorted(group[order], group[row])
    below = np.where(chain, position[row] - first, 0)
    offset = np.arange(below.sum()) - np.repeat(np.cumsum(below) - below, below)
    lower_row = order[np.repeat(first, below) + offset]
    pair = np.unique(
        np.concatenate([row, lower_row]) * max(1, program.choices)
        + np.concatenate([choice, np.repeat(choice, below)])
    )
    return link_level, pair // max(1, program.choices), pair % max(1, program.choices)


def _most_use(program: Program) -> Ints:
    """Return an upper bound on the use of every resource."""
    total = np.zeros(program.resources, np.int64)
    positive = np.maximum(0, program.use.value)
    if len(positive):
        key = program.item_of()[program.use.row_of()] * program.resources + program.use.index
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], np.diff(key[order]) > 0]))
        peak = np.maximum.reduceat(positive[order], starts)
        np.add.at(total, key[order][starts] % program.resources, peak)
    for csr in (program.switch_use, program.level_use):
        np.add.at(total, csr.index, np.maximum(0, csr.value))
    return total


def columns_of(program: Program, lp: Linear, point: Point) -> Ints:
    """Return the values of all columns of the linear form at a point."""
    _, col_s, col_y, col_a, col_o, col_u, col_z, end = lp.first
    v = np.zeros(end, np.int64)
    v[point.choice] = 1
    v[col_s + np.flatnonzero(point.switch)] = 1
    reached = np.unique(program.reach.take(point.choice).index)
    if len(reached):
        switch = program.round_switch[program.round_of()[reached]]
        off = (switch >= 0) & ~np.append(point.switch, False)[switch]
        full_column = np.full(program.levels, -1, np.int64)
        full_column[lp.level_full] = col_a + np.arange(len(lp.level_full))
        v[full_column[reached[off]]] = 1
        chain = reached[~off]
        start = program.round[:-1][program.round_of()[chain]]
        for low, high in zip(start.tolist(), chain.tolist(), strict=True):
            v[col_y + low : col_y + high + 1] = 1
    use = measure(program, point).use
    over, under = passed(program, use)
    v[col_o:col_u] = over[lp.resource_over]
    v[col_u:col_z] = under[lp.resource_under]
    if len(program.ceiling_resource):
        load = 1000 * use[program.ceiling_resource]
        v[col_z] = max(0, int((-(-load // program.ceiling_base)).max()))
    return v


def point_of(program: Program, lp: Linear, values: NDArray[np.float64]) -> Point:
    """Read a point off column values: the largest choice of each item, switches above one half."""
    choice = np.zeros(program.items, np.int64)
    item_of = program.item_of()
    order = np.lexsort((-values[: program.choices], item_of))
    choice[:] = order[program.item[:-1]]
    switch = values[lp.first[1] : lp.first[2]] > 0.5
    return Point(choice, switch)


def fold(program: Program, costs: tuple[Cost, ...]) -> tuple[Program, tuple[Cost, ...]]:
    """Move rounds that a single item reaches into its choices, and drop rounds without effect.

    What a choice of that item reaches is then known: its highest level. Rounds with a switch stay.

    Parameters
    ----------
    program
        the program.
    costs
        objectives over it; the first becomes the new program's.
    """
    if not program.levels:
        return program, costs
    round_of = program.round_of()
    entry_choice, entry_level = program.reach.row_of(), program.reach.index
    rounds = len(program.round) - 1
    pair = np.unique(
        round_of[entry_level] * max(1, program.items) + program.item_of()[entry_choice]
    )
    items_of_round = np.bincount(pair // max(1, program.items), minlength=rounds)
    weighs = np.diff(program.level_use.start) > 0
    for cost in costs:
        weighs |= cost.level != 0
    heavy = np.bincount(round_of[weighs], minlength=rounds) > 0
    drop = (items_of_round == 0) | ~heavy
    move = (items_of_round == 1) & (program.round_switch < 0) & ~drop
    keep = ~(drop | move)
    # the highest level that a choice reaches in each round to be moved
    mine = move[round_of[entry_level]]
    choice, level = entry_choice[mine], entry_level[mine]
    key = choice * rounds + round_of[level]
    order = np.lexsort((level, key))
    last = np.append(np.diff(key[order]) > 0, True) if len(key) else np.zeros(0, bool)
    choice, level = choice[order][last], level[order][last]
    moved = program.level_use.take(level)
    who = np.repeat(choice, np.diff(moved.start))
    use = program.use.plus(Csr.of(program.choices, who, moved.index, moved.value))
    stay = np.flatnonzero(keep[round_of])
    renumber = np.full(program.levels, -1, np.int64)
    renumber[stay] = np.arange(len(stay))
    left = renumber[entry_level] >= 0
    reach = Csr.of(program.choices, entry_choice[left], renumber[entry_level[left]],
                   np.ones(int(left.sum()), np.int64))  # fmt: skip
    sizes = np.diff(program.round)[keep]
    folded = []
    for cost in costs:
        direct = cost.choice.copy()
        np.add.at(direct, choice, cost.level[level])
        folded.append(replace(cost, choice=direct, level=cost.level[stay]))
    smaller = replace(
        program,
        cost=folded[0],
        use=use,
        reach=reach,
        round=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        round_switch=program.round_switch[keep],
        level_use=program.level_use.take(stay),
        round_family=tuple(f for f, k in zip(program.round_family, keep, strict=True) if k),
        round_subject=program.round_subject[keep],
    )
    return smaller, tuple(folded)


def narrow(lp: Linear, upper: Ints) -> tuple[Linear, Ints]:
    """Return the linear form without the columns that `upper` holds at their lower bound 0.

    Rows that lose all their columns go too, unless nothing is not enough for them. The result is
    for solving, not for proving: its ``item`` and ``first`` are those of the whole.

    Returns
    -------
    Linear, Ints
        the smaller form, and the columns that it keeps.
    """
    keep = (upper > 0) | (lp.lower > 0)
    columns = np.flatnonzero(keep)
    renumber = np.cumsum(keep) - 1
    row, index, value = lp.matrix.row_of(), lp.matrix.index, lp.matrix.value
    left = keep[index]
    lacking = (lp.row_lower > 0) | (lp.row_upper < 0)
    rows = np.flatnonzero((np.bincount(row[left], minlength=lp.rows) > 0) | lacking)
    row_number = np.full(lp.rows, -1, np.int64)
    row_number[rows] = np.arange(len(rows))
    row, index, value = row_number[row[left]], renumber[index[left]], value[left]
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(rows)))])
    smaller = replace(
        lp,
        cost=lp.cost[columns],
        lower=lp.lower[columns],
        upper=upper[columns],
        integer=lp.integer[columns],
        matrix=Csr(start.astype(np.int64), index, value),
        row_lower=lp.row_lower[rows],
        row_upper=lp.row_upper[rows],
    )
    return smaller, columns
