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

    least_use, most_use = use_range(program)
    z_most = 0
    if has_z:
        most = 1000 * most_use[program.ceiling_resource]
        z_most = int((-(-most // program.ceiling_base)).max())
    # no limit is passed by more than what all can use or leave, so every column has an end
    most_over = np.minimum(
        program.over_most[over], np.maximum(0, most_use[over] - program.upper[over])
    )
    most_under = np.minimum(
        program.under_most[under], np.maximum(0, program.lower[under] - least_use[under])
    )
    upper = np.concatenate([
        np.ones(n + m + levels + len(in_full), np.int64),
        most_over, most_under, np.full(has_z, z_most, np.int64),
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
