"""Reductions of a program: choices that no point can take, uses that none can pass, rounds of one.

Caps are said by limits, for what knows limits only.

A choice cannot be taken where its own use of a resource, that of the levels it reaches and the
least use of everybody else together pass a limit. Closing some raises the least use of others, so
it is done again until nothing changes. Exact in whole numbers, for any costs.

References
----------
Savelsbergh, M. W. P. (1994). Preprocessing and probing techniques for mixed integer programming
problems. ORSA Journal on Computing 6, 445-454.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from realloc.program import UNLIMITED, Cost, Flags, Program
from realloc.sparse import Csr, Ints, distinct

#: Passes at most; each is sound by itself.
PASSES = 20


def possible(program: Program) -> Flags:
    """Return which choices pass the count, (choices,).

    An item may be left without any: then the program has no feasible point.
    """
    p = program
    open_ = np.ones(p.choices, dtype=bool)
    if not p.choices or len(p.empty_items()):
        return open_
    most, least = limits(p)
    own = _use_with_levels(p)
    owner, resource = own.row_of(), own.index
    group = _Groups(p)
    at = group.of(p.item_of()[owner], resource)
    for _ in range(PASSES):
        low, high = group.ends(open_)
        total_low, total_high = group.totals(p, low, high)
        rest_low = total_low[resource] - np.append(low, 0)[at]
        rest_high = total_high[resource] - np.append(high, 0)[at]
        bad = (most[resource] < UNLIMITED) & (rest_low + own.value > most[resource])
        bad |= (least[resource] > -UNLIMITED) & (rest_high + own.value < least[resource])
        now = open_.copy()
        now[owner[bad]] = False
        if (now == open_).all():
            break
        open_ = now
        if not np.logical_or.reduceat(open_, p.item[:-1]).all():
            break
    return open_


def count_open(item: Ints, open_: Flags) -> Ints:
    """Return the number of open choices of each item, of which there may be none."""
    return np.diff(np.append(0, np.cumsum(open_))[item])


def use_range(program: Program) -> tuple[Ints, Ints]:
    """Return the least and the most use of each resource, (resources,) each, whatever is chosen."""
    group = _Groups(program)
    return group.totals(program, *group.ends(np.ones(program.choices, dtype=bool)))


def without_idle(program: Program) -> Program:
    """Return the program without limits that no point can pass, and without the uses of these.

    What the ceiling counts stays: it costs something within limits, too.
    """
    p = program
    least, most = use_range(p)
    idle = (least >= p.lower) & (most <= p.upper)
    idle[p.ceiling_resource] = False

    def busy(rows: Csr) -> Csr:
        kept = ~idle[rows.index]
        return Csr.of(rows.rows, rows.row_of()[kept], rows.index[kept], rows.value[kept])

    return replace(
        p, use=busy(p.use), level_use=busy(p.level_use), switch_use=busy(p.switch_use),
        lower=np.where(idle, -UNLIMITED, p.lower), upper=np.where(idle, UNLIMITED, p.upper),
    )  # fmt: skip


def caps_as_limits(program: Program) -> Program:
    """Return the program with limits of resources instead of caps, as far as these can say it.

    What caps say of the ceiling and of soft limits becomes a limit of each resource. A capped sum
    over choices, switches and levels is the use of one more resource; these follow the others in
    the order of the caps. Caps that limits cannot say in full stay.
    """
    sums = [cap for cap in program.caps if is_sum(cap[0])]
    stay = [cap for cap in program.caps if not (is_sum(cap[0]) or _is_ceiling(cap[0]))]
    return _with_sums(_within_caps(program), sums, stay)


def _within_caps(p: Program) -> Program:
    """Return the program with what each cap alone says of each resource as a limit."""
    most = np.full(p.resources, UNLIMITED)
    over_most, under_most = p.over_most.copy(), p.under_most.copy()
    for cost, limit in p.caps:
        if (cost.choice < 0).any():
            continue
        left = max(0, limit - cost.constant)
        for each, end in ((cost.over, over_most), (cost.under, under_most)):
            end[each > 0] = np.minimum(end[each > 0], left // each[each > 0])
        if cost.ceiling:
            highest = left // cost.ceiling * p.ceiling_base // 1000
            np.minimum.at(most, p.ceiling_resource, highest)
    beyond = np.clip(most - np.minimum(p.upper, most), 0, over_most)
    return replace(
        p, upper=np.minimum(p.upper, most), under_most=under_most,
        over_most=np.where(most < UNLIMITED, beyond, over_most),
    )  # fmt: skip


def _with_sums(
    p: Program, sums: Sequence[tuple[Cost, int]], stay: Sequence[tuple[Cost, int]]
) -> Program:
    """Return the program with resources that are used as the sums cost, and with other caps."""
    none = np.zeros(len(sums), dtype=np.int64)

    def longer(rows: Csr, costs: list[Ints]) -> Csr:
        owner = [np.flatnonzero(cost) for cost in costs]
        new = [np.full(len(own), p.resources + k) for k, own in enumerate(owner)]
        value = [cost[own] for cost, own in zip(costs, owner, strict=True)]
        return Csr.of(
            rows.rows,
            np.concatenate([rows.row_of(), *owner]),
            np.concatenate([rows.index, *new]),
            np.concatenate([rows.value, *value]),
        )

    def wider(cost: Cost) -> Cost:
        return replace(
            cost, under=np.append(cost.under, none), over=np.append(cost.over, none)
        )

    upper = np.array([limit - cost.constant for cost, limit in sums], dtype=np.int64)
    return replace(
        p,
        cost=wider(p.cost),
        use=longer(p.use, [cost.choice for cost, _ in sums]),
        switch_use=longer(p.switch_use, [cost.switch for cost, _ in sums]),
        level_use=longer(p.level_use, [cost.level for cost, _ in sums]),
        lower=np.append(p.lower, none - UNLIMITED),
        upper=np.append(p.upper, upper),
        under_most=np.append(p.under_most, none),
        over_most=np.append(p.over_most, none),
        caps=tuple((wider(cost), limit) for cost, limit in stay),
        family=(*p.family, *("cap",) * len(sums)),
        subject=np.append(p.subject, np.arange(len(sums))),
    )


def is_sum(cost: Cost) -> bool:
    """Whether nothing costs but choices, switches and levels."""
    return not (cost.under.any() or cost.over.any() or cost.ceiling)


def is_excess(cost: Cost) -> bool:
    """Whether nothing costs but use beyond soft limits."""
    other = cost.choice.any() or cost.switch.any() or cost.level.any() or cost.ceiling
    return not other and bool(cost.under.any() or cost.over.any())


def _is_ceiling(cost: Cost) -> bool:
    """Whether nothing costs but the ceiling."""
    parts = (cost.choice, cost.switch, cost.level, cost.under, cost.over)
    return not any(part.any() for part in parts)


def limits(p: Program) -> tuple[Ints, Ints]:
    """Return the most and the least that each resource may be used, soft parts included.

    ±UNLIMITED where there is no such limit, or a soft one without an end.
    """
    soft_above = (p.upper >= UNLIMITED) | (p.over_most >= UNLIMITED)
    soft_below = (p.lower <= -UNLIMITED) | (p.under_most >= UNLIMITED)
    most = np.where(soft_above, UNLIMITED, p.upper + np.where(soft_above, 0, p.over_most))
    least = np.where(soft_below, -UNLIMITED, p.lower - np.where(soft_below, 0, p.under_most))
    return most, least


def _use_with_levels(p: Program) -> Csr:
    """Return what each choice uses with the highest level it reaches in every round.

    On the chain as in full, at least that level counts.
    """
    choice, level = p.reach.row_of(), p.reach.index
    round_ = p.round_of()[level]
    highest = np.ones(len(level), dtype=bool)
    highest[:-1] = (choice[1:] != choice[:-1]) | (round_[1:] != round_[:-1])
    choice, use = choice[highest], p.level_use.take(level[highest])
    return Csr.of(
        p.choices,
        np.concatenate([p.use.row_of(), np.repeat(choice, np.diff(use.start))]),
        np.concatenate([p.use.index, use.index]),
        np.concatenate([p.use.value, use.value]),
    )


class _Groups:
    """Uses of one resource by the choices of one item, together."""

    def __init__(self, p: Program) -> None:
        self.item, self.columns = p.item, p.resources
        owner = p.use.row_of()
        key = p.item_of()[owner] * p.resources + p.use.index
        order = np.argsort(key, kind="stable")
        key = key[order]
        self.first = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else key
        self.key = key[self.first]
        self.owner, self.value = owner[order], p.use.value[order]

    def of(self, item: Ints, resource: Ints) -> Ints:
        """Return the group of each pair, -1 where no choice of the item uses the resource."""
        if not len(self.key):
            return np.full(len(item), -1)
        want = item * self.columns + resource
        at = np.minimum(np.searchsorted(self.key, want), len(self.key) - 1)
        return np.where(self.key[at] == want, at, -1)

    def ends(self, open_: Flags) -> tuple[Ints, Ints]:
        """Return the least and the most that each group's item may use of its resource."""
        if not len(self.key):
            return self.key, self.key
        left = count_open(self.item, open_)
        mine = open_[self.owner]
        count = np.add.reduceat(mine.astype(np.int64), self.first)
        low = np.minimum.reduceat(np.where(mine, self.value, UNLIMITED), self.first)
        high = np.maximum.reduceat(np.where(mine, self.value, -UNLIMITED), self.first)
        # an open choice that does not use it uses nothing
        apart = count < left[self.key // self.columns]
        low = np.where(apart, np.minimum(low, 0), low)
        high = np.where(apart, np.maximum(high, 0), high)
        return np.where(count == 0, 0, low), np.where(count == 0, 0, high)

    def totals(self, p: Program, low: Ints, high: Ints) -> tuple[Ints, Ints]:
        """Return the least and the most use of each resource by items, switches and levels."""
        total = np.zeros((2, p.resources), dtype=np.int64)
        np.add.at(total[0], self.key % self.columns, low)
        np.add.at(total[1], self.key % self.columns, high)
        for use in (p.switch_use, p.level_use):
            np.add.at(total[0], use.index, np.minimum(0, use.value))
            np.add.at(total[1], use.index, np.maximum(0, use.value))
        return total[0], total[1]


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
    pair = distinct(
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
