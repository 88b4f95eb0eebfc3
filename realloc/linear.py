"""A program as rows and columns, with the tight statement of rounds.

There is a row per level and item, with all of the item's choices that need the level or a higher
one, instead of a row per choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from realloc.program import UNLIMITED, Cost, Flags, Point, Program, measure, passed
from realloc.reduction import possible, use_range
from realloc.sparse import Csr, Ints, ranges


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
    columns = _Columns(program)
    rows = _Rows()
    _write_items(program, rows)
    _write_resources(program, columns, rows)
    _write_needs(program, columns, rows)
    _write_rounds(program, columns, rows)
    _write_ceiling(program, columns, rows)
    for cost, limit in program.caps:
        values = columns.costs(cost)
        some = np.flatnonzero(values)
        base = rows.add(np.array([-UNLIMITED]), np.array([limit - cost.constant]))
        rows.put(np.full(len(some), base), some, values[some])
    end = columns.end
    integer = np.zeros(end, dtype=bool)
    integer[: columns.level] = True
    integer[columns.ceiling :] = True
    return Linear(
        cost=columns.costs(program.cost),
        constant=program.cost.constant,
        lower=np.zeros(end, np.int64),
        upper=columns.ends(),
        integer=integer,
        matrix=rows.matrix(),
        row_lower=np.concatenate(rows.lower),
        row_upper=np.concatenate(rows.upper),
        item=program.item,
        first=columns.first,
        level_full=columns.in_full,
        resource_over=columns.some_over,
        resource_under=columns.some_under,
    )


class _Columns:
    """Where the columns of a program begin: see the order in :class:`Linear`.

    Attributes
    ----------
    switch, level, full, over, under, ceiling, end
        first column of each kind; choices begin at 0.
    in_full, some_over, some_under
        level or resource of each column of those kinds.
    switch_of, full_of
        (levels,) switch of the round of each level and its column in full; -1 without one.
    added
        what levels use more than those below them.
    """

    def __init__(self, program: Program) -> None:
        p, self.program = program, program
        self.switch_of = p.round_switch[p.round_of()] if p.levels else np.zeros(0, np.int64)
        self.in_full = np.flatnonzero(self.switch_of >= 0)
        self.some_over = np.flatnonzero((p.over_most > 0) & (p.upper < UNLIMITED))
        self.some_under = np.flatnonzero((p.under_most > 0) & (p.lower > -UNLIMITED))
        self.has_ceiling = int(len(p.ceiling_resource) > 0)
        sizes = [p.choices, p.switches, p.levels, len(self.in_full), len(self.some_over),
                 len(self.some_under), self.has_ceiling]  # fmt: skip
        self.first = tuple(np.concatenate([[0], np.cumsum(sizes)]).tolist())
        (_, self.switch, self.level, self.full, self.over, self.under, self.ceiling,
         self.end) = self.first  # fmt: skip
        self.full_of = np.full(p.levels, -1, dtype=np.int64)
        self.full_of[self.in_full] = self.full + np.arange(len(self.in_full))
        self.added = increments(p)[1]

    def costs(self, cost: Cost) -> Ints:
        """Return what a unit of each column costs in an objective."""
        return np.concatenate([
            cost.choice, cost.switch, _above(cost.level, _lowest_levels(self.program)),
            cost.level[self.in_full], cost.over[self.some_over], cost.under[self.some_under],
            np.full(self.has_ceiling, cost.ceiling, np.int64),
        ]).astype(np.int64)  # fmt: skip

    def uses(self) -> tuple[tuple[Csr, int], ...]:
        """Return what columns use, rows being those of one kind, with its first column."""
        p = self.program
        in_full = p.level_use.take(self.in_full)
        return ((p.use, 0), (p.switch_use, self.switch), (self.added, self.level),
                (in_full, self.full))  # fmt: skip

    def ends(self) -> Ints:
        """Return the largest value of each column.

        No limit is passed by more than what all can use or leave, so every column has an end.
        """
        p, over, under = self.program, self.some_over, self.some_under
        least, most = use_range(p)
        most_over = np.minimum(p.over_most[over], np.maximum(0, most[over] - p.upper[over]))
        most_under = np.minimum(p.under_most[under], np.maximum(0, p.lower[under] - least[under]))
        highest = np.zeros(0, np.int64)
        if self.has_ceiling:
            load = 1000 * most[p.ceiling_resource]
            highest = np.array([int((-(-load // p.ceiling_base)).max())])
        ones = np.ones(self.over, np.int64)
        upper = np.concatenate([ones, most_over, most_under, highest]).astype(np.int64)
        upper[: p.choices] = possible(p)
        return upper


class _Rows:
    """Rows under construction: their sides, and entries as triples."""

    def __init__(self) -> None:
        self.lower: list[Ints] = []
        self.upper: list[Ints] = []
        self.count = 0
        self._entries: list[tuple[Ints, Ints, Ints]] = []

    def add(self, lower: Ints, upper: Ints) -> int:
        """Add rows; return the first."""
        self.lower.append(np.asarray(lower, np.int64))
        self.upper.append(np.asarray(upper, np.int64))
        self.count += len(lower)
        return self.count - len(lower)

    def at_most(self, count: int, upper: int) -> int:
        """Add rows with one upper side and no lower one; return the first."""
        return self.add(np.full(count, -UNLIMITED), np.full(count, upper))

    def put(self, row: Ints, column: Ints, value: Ints | int) -> None:
        """Put values at (row, column)."""
        row = np.asarray(row, np.int64)
        value = np.broadcast_to(np.asarray(value, np.int64), len(row))
        self._entries.append((row, np.asarray(column, np.int64), value))

    def matrix(self) -> Csr:
        """Return all entries as rows × columns."""
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        return Csr.of(self.count, row, column, value)


def _write_items(p: Program, rows: _Rows) -> None:
    """Each item takes exactly one of its choices."""
    ones = np.ones(p.items, np.int64)
    rows.put(rows.add(ones, ones) + p.item_of(), np.arange(p.choices), 1)


def _write_resources(p: Program, columns: _Columns, rows: _Rows) -> None:
    """Resources stay within their limits, but for the units over and under."""
    base = rows.add(p.lower, p.upper)
    for use, first in columns.uses():
        rows.put(base + use.index, first + use.row_of(), use.value)
    over, under = columns.some_over, columns.some_under
    rows.put(base + over, columns.over + np.arange(len(over)), -1)
    rows.put(base + under, columns.under + np.arange(len(under)), 1)


def _write_needs(p: Program, columns: _Columns, rows: _Rows) -> None:
    """A choice needs its switches: per switch and item, all of the item's choices at once."""
    items = max(1, p.items)
    pair = p.need.index * items + p.item_of()[p.need.row_of()]
    link, row = np.unique(pair, return_inverse=True)
    base = rows.at_most(len(link), 0)
    rows.put(base + row, p.need.row_of(), 1)
    rows.put(base + np.arange(len(link)), columns.switch + link // items, -1)


def _write_rounds(p: Program, columns: _Columns, rows: _Rows) -> None:
    """A choice reaches its levels, and a level stands on the one below it in the chain.

    Rounds with a switch are on the chain only while it is on, and in full only while it is off.
    """
    link_level, row, choice = _reach_rows(p, columns.switch_of)
    base = rows.at_most(len(link_level), 0)
    rows.put(base + row, choice, 1)
    rows.put(base + np.arange(len(link_level)), columns.level + link_level, -1)
    full = columns.full_of[link_level]
    rows.put(base + np.flatnonzero(full >= 0), full[full >= 0], -1)

    upper = np.flatnonzero(~_lowest_levels(p))
    base = rows.at_most(len(upper), 0)
    rows.put(base + np.arange(len(upper)), columns.level + upper, 1)
    rows.put(base + np.arange(len(upper)), columns.level + upper - 1, -1)

    bottom = p.round[:-1][(p.round_switch >= 0) & (np.diff(p.round) > 0)]
    base = rows.at_most(len(bottom), 0)
    rows.put(base + np.arange(len(bottom)), columns.level + bottom, 1)
    rows.put(base + np.arange(len(bottom)), columns.switch + columns.switch_of[bottom], -1)
    in_full = columns.in_full
    base = rows.at_most(len(in_full), 1)
    rows.put(base + np.arange(len(in_full)), columns.full_of[in_full], 1)
    rows.put(base + np.arange(len(in_full)), columns.switch + columns.switch_of[in_full], 1)


def _write_ceiling(p: Program, columns: _Columns, rows: _Rows) -> None:
    """The ceiling is not below the use of any of its resources, per mille of the base."""
    some = p.ceiling_resource
    if not len(some):
        return
    which = np.full(p.resources, -1, np.int64)
    which[some] = np.arange(len(some))
    base = rows.at_most(len(some), 0)
    for use, first in columns.uses():
        mine = which[use.index] >= 0
        rows.put(base + which[use.index[mine]], first + use.row_of()[mine], 1000 * use.value[mine])
    rows.put(base + np.arange(len(some)), np.full(len(some), columns.ceiling), -p.ceiling_base)


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
    lower_row = order[ranges(first, below)]
    pair = np.unique(
        np.concatenate([row, lower_row]) * max(1, program.choices)
        + np.concatenate([choice, np.repeat(choice, below)])
    )
    return link_level, pair // max(1, program.choices), pair % max(1, program.choices)


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
