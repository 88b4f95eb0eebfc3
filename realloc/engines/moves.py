"""Compiled moves on a point: what one costs, how to make it, how to take it back.

A state keeps the whole use of every resource, how many items reach every level and the level that
counts in every round, all in whole numbers, so a move costs what its own entries cost. What a
state is worth is its cost plus a price per unit beyond a hard limit. Everything here agrees with
``program.measure`` but for the ceiling and caps, which count for nothing: what of them limits can
say, :func:`realloc.reduction.caps_as_limits` says. Nothing here knows why a move is tried (see
:mod:`realloc.engines.search`).
"""

# The compiler infers types of its own; numpy's stubs call every element an array.
# pyright: reportArgumentType=false, reportReturnType=false, reportIndexIssue=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportAssignmentType=false

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from realloc.engines.compiled import compiled as _compiled
from realloc.linear import increments
from realloc.program import UNLIMITED, Program
from realloc.reduction import possible
from realloc.sparse import Csr, Ints

Floats = NDArray[np.float64]
Small = NDArray[np.int32]

#: Nothing compiled here allocates, so arrays need no reference counts; with them, every access to
#: a field of a tuple of arrays counts up and down, and a sweep takes thirty times as long.
compiled = partial(_compiled, _nrt=False)

#: Columns of ``State.limit``.
LOWER, UPPER, UNDER_MOST, OVER_MOST, UNDER_COST, OVER_COST, PRICE, USE = range(8)


class Arrays(NamedTuple):
    """A program, flat: rows of x start at ``x_start``; see :class:`realloc.program.Program`."""

    item: Ints
    item_of: Small
    open: NDArray[np.bool_]
    cost: Floats
    use_start: Ints
    use_resource: Small
    use_value: Ints
    need_start: Ints
    need_switch: Small
    reach_start: Ints
    reach_level: Small
    round_of: Small
    round_start: Ints
    round_switch: Small
    level_cost: Floats
    level_use_start: Ints
    level_use_resource: Small
    level_use_value: Ints
    switch_cost: Floats
    switch_use_start: Ints
    switch_use_resource: Small
    switch_use_value: Ints
    # who uses, reaches, needs or obeys it
    resource_start: Ints
    resource_choice: Small
    level_start: Ints
    level_choice: Small
    switch_start: Ints
    switch_choice: Small
    obeys_start: Ints
    obeys_round: Small
    # where the uses of a choice end that can save something; whether its levels can save nothing
    saving_end: Ints
    rising: NDArray[np.bool_]


class State(NamedTuple):
    """A point with all that its moves need; arrays are changed in place.

    ``limit`` has a row per resource, one line of the processor's cache: see `LOWER` and those after
    it; whole numbers below 2^53 are exact in it. ``log`` holds (item, choice before) of moves since
    a mark, ``size[0]`` is its length; ``touched`` and ``change`` are scratch, ``size[1]`` is the
    current stamp of ``mark``.
    """

    choice: Ints
    on: NDArray[np.bool_]
    limit: Floats
    reached: Ints
    top: Ints
    mark: Ints
    change: Ints
    touched: Ints
    log: Ints
    size: Ints


def arrays(program: Program) -> Arrays:
    """Flatten a program."""
    use, saving_end = _savings_first(program)
    p = replace(program, use=use)

    def small(values: Ints) -> Small:
        return values.astype(np.int32)

    def users(rows: Csr, columns: int) -> tuple[Ints, Small]:
        found = rows.transpose(columns)
        return found.start, small(found.index)

    def real(values: Ints) -> Floats:
        return values.astype(np.float64)

    rounds = np.flatnonzero(p.round_switch >= 0)
    obeys = Csr.of(p.switches, p.round_switch[rounds], rounds, np.ones(len(rounds), np.int64))
    return Arrays(
        p.item, small(p.item_of()), possible(p), real(p.cost.choice),
        p.use.start, small(p.use.index), p.use.value,
        p.need.start, small(p.need.index), p.reach.start, small(p.reach.index),
        small(p.round_of()), p.round, small(p.round_switch), real(p.cost.level),
        p.level_use.start, small(p.level_use.index), p.level_use.value,
        real(p.cost.switch), p.switch_use.start, small(p.switch_use.index), p.switch_use.value,
        *users(p.use, p.resources), *users(p.reach, p.levels), *users(p.need, p.switches),
        obeys.start, small(obeys.index), saving_end, _rising(p),
    )  # fmt: skip


def _savings_first(p: Program) -> tuple[Csr, Ints]:
    """Return uses of choices, first those that can save something, and where these end.

    More use saves where a lower limit can be broken, less where an upper one can.
    """
    use, row = p.use, p.use.row_of()
    saves = np.where(
        use.value > 0, p.lower[use.index] > -UNLIMITED, p.upper[use.index] < UNLIMITED
    )
    order = np.lexsort((~saves, row))
    ends = use.start[:-1] + np.bincount(row[saves], minlength=p.choices)
    return Csr(use.start, use.index[order], use.value[order]), ends.astype(np.int64)


def _rising(p: Program) -> NDArray[np.bool_]:
    """Return which choices reach only levels that cost and use no less than those below them.

    Then to reach one cannot save anything, whatever level counts now.
    """
    cost, use = increments(p)
    saves = (use.value < 0) | (p.lower[use.index] > -UNLIMITED)
    falls = cost < 0
    falls[use.row_of()[saves]] = True
    round_falls = np.bincount(p.round_of()[falls], minlength=len(p.round) - 1) > 0
    rising = np.ones(p.choices, dtype=bool)
    rising[p.reach.row_of()[round_falls[p.round_of()[p.reach.index]]]] = False
    return rising


def empty(program: Program, price: Floats, switch: NDArray[np.bool_]) -> State:
    """Return the state in which no item is placed."""
    p = program
    use = p.switch_use.total(np.flatnonzero(switch), p.resources)
    limit = np.column_stack([
        p.lower, p.upper, p.under_most, p.over_most, p.cost.under, p.cost.over, price, use,
    ]).astype(np.float64)  # fmt: skip
    none = np.full
    return State(
        none(p.items, -1, np.int64), switch.copy(), limit, np.zeros(p.levels, np.int64),
        none(len(p.round) - 1, -1, np.int64), np.zeros(p.resources, np.int64),
        np.zeros(p.resources, np.int64), np.zeros(p.resources, np.int64),
        np.zeros((2 * p.items + 8, 2), np.int64), np.zeros(2, np.int64),
    )  # fmt: skip


@compiled
def _worth(limit: Floats, r: int, use: float) -> float:
    """Return what use of a resource costs: soft units at their cost, others at their price."""
    over = use - limit[r, UPPER]
    if over > 0:
        return limit[r, OVER_COST] * over + limit[r, PRICE] * max(0.0, over - limit[r, OVER_MOST])
    under = limit[r, LOWER] - use
    if under > 0:
        beyond = max(0.0, under - limit[r, UNDER_MOST])
        return limit[r, UNDER_COST] * under + limit[r, PRICE] * beyond
    return 0.0


@compiled
def _use(limit: Floats, r: int, value: int) -> float:
    """Change the use of a resource and return what that costs."""
    before = _worth(limit, r, limit[r, USE])
    limit[r, USE] += value
    return _worth(limit, r, limit[r, USE]) - before


@compiled
def _level(a: Arrays, s: State, level: int, sign: int) -> float:
    """Count a level once more or once less."""
    cost = sign * a.level_cost[level]
    for e in range(a.level_use_start[level], a.level_use_start[level + 1]):
        cost += _use(s.limit, a.level_use_resource[e], sign * a.level_use_value[e])
    return cost


@compiled
def _in_full(a: Arrays, s: State, k: int) -> bool:
    return a.round_switch[k] >= 0 and not s.on[a.round_switch[k]]


@compiled
def join(a: Arrays, s: State, j: int) -> float:
    """Place the item of choice j there and return what that costs."""
    s.choice[a.item_of[j]] = j
    cost = a.cost[j]
    for e in range(a.use_start[j], a.use_start[j + 1]):
        cost += _use(s.limit, a.use_resource[e], a.use_value[e])
    for e in range(a.reach_start[j], a.reach_start[j + 1]):
        level = a.reach_level[e]
        k = a.round_of[level]
        s.reached[level] += 1
        if _in_full(a, s, k):
            if s.reached[level] == 1:
                cost += _level(a, s, level, 1)
        elif level > s.top[k]:
            if s.top[k] >= 0:
                cost += _level(a, s, s.top[k], -1)
            cost += _level(a, s, level, 1)
        s.top[k] = max(s.top[k], level)
    return cost


@compiled
def leave(a: Arrays, s: State, i: int) -> float:
    """Take an item out and return what that costs (what it saves is negative)."""
    j = s.choice[i]
    s.choice[i] = -1
    cost = -a.cost[j]
    for e in range(a.use_start[j], a.use_start[j + 1]):
        cost += _use(s.limit, a.use_resource[e], -a.use_value[e])
    for e in range(a.reach_start[j], a.reach_start[j + 1]):
        level = a.reach_level[e]
        k = a.round_of[level]
        s.reached[level] -= 1
        if s.reached[level] > 0:
            continue
        full = _in_full(a, s, k)
        if full:
            cost += _level(a, s, level, -1)
        if level == s.top[k]:
            top = level - 1
            while top >= a.round_start[k] and s.reached[top] == 0:
                top -= 1
            if top < a.round_start[k]:
                top = -1
            if not full:
                cost += _level(a, s, level, -1)
                if top >= 0:
                    cost += _level(a, s, top, 1)
            s.top[k] = top
    return cost


@compiled
def _note_level(a: Arrays, s: State, level: int, sign: int, count: int) -> int:
    """Add what a level uses to the changes noted, and return how many resources these touch."""
    for e in range(a.level_use_start[level], a.level_use_start[level + 1]):
        r = a.level_use_resource[e]
        if s.mark[r] != s.size[1]:
            s.mark[r] = s.size[1]
            s.change[r] = 0
            s.touched[count] = r
            count += 1
        s.change[r] += sign * a.level_use_value[e]
    return count


@compiled
def _saves(a: Arrays, s: State, j: int) -> bool:
    """Whether some part of `join` may save something now."""
    if not a.rising[j]:
        return True
    for e in range(a.use_start[j], a.saving_end[j]):
        r = a.use_resource[e]
        use = s.limit[r, USE]
        if use < s.limit[r, LOWER] if a.use_value[e] > 0 else use > s.limit[r, UPPER]:
            return True
    return False


@compiled
def price_of(a: Arrays, s: State, j: int, most: float) -> float:
    """Return what `join` would cost, without doing it; ∞ may stand for more than `most`."""
    cost = a.cost[j]
    if _saves(a, s, j):
        most = np.inf
    elif cost > most:
        return np.inf
    first, last = a.reach_start[j], a.reach_start[j + 1]
    if first == last:
        for e in range(a.use_start[j], a.use_start[j + 1]):
            r = a.use_resource[e]
            now = s.limit[r, USE]
            cost += _worth(s.limit, r, now + a.use_value[e]) - _worth(s.limit, r, now)
            if cost > most:
                return np.inf
        return cost
    s.size[1] += 1
    stamp = s.size[1]
    count = 0
    for e in range(a.use_start[j], a.use_start[j + 1]):
        r = a.use_resource[e]
        s.mark[r] = stamp
        s.change[r] = a.use_value[e]
        s.touched[count] = r
        count += 1
    round_, top = -1, -1
    for e in range(first, last):
        level = a.reach_level[e]
        k = a.round_of[level]
        if k != round_:
            round_, top = k, s.top[k]
        full = _in_full(a, s, k)
        if full:
            if s.reached[level] > 0:
                continue
        elif level <= top:
            continue
        elif top >= 0:
            cost -= a.level_cost[top]
            count = _note_level(a, s, top, -1, count)
        cost += a.level_cost[level]
        count = _note_level(a, s, level, 1, count)
        top = level
    for t in range(count):
        r = s.touched[t]
        now = s.limit[r, USE]
        cost += _worth(s.limit, r, now + s.change[r]) - _worth(s.limit, r, now)
        if cost > most:
            return np.inf
    return cost


@compiled
def allowed(a: Arrays, s: State, j: int) -> bool:
    """Whether a choice is open and all switches that it needs are on."""
    if not a.open[j]:
        return False
    for e in range(a.need_start[j], a.need_start[j + 1]):  # noqa: SIM110 (compiled)
        if not s.on[a.need_switch[e]]:
            return False
    return True


@compiled
def cheapest(a: Arrays, s: State, i: int, level: int, most: float) -> tuple[int, float]:
    """Return the cheapest choice of an item that is not placed, and what it costs.

    Choices that reach `level` or a higher one of its round are left out (-1: none are); the choice
    is -1 if none is left that costs less than `most`.
    """
    best, least = -1, most
    for j in range(a.item[i], a.item[i + 1]):
        if not allowed(a, s, j):
            continue
        if level >= 0 and _reaches(a, j, level):
            continue
        cost = price_of(a, s, j, least)
        if cost < least:
            best, least = j, cost
    return best, least


@compiled
def _reaches(a: Arrays, j: int, level: int) -> bool:
    for e in range(a.reach_start[j], a.reach_start[j + 1]):
        other = a.reach_level[e]
        if other >= level and a.round_of[other] == a.round_of[level]:
            return True
    return False


@compiled
def _log(s: State, i: int, before: int) -> None:
    s.log[s.size[0], 0] = i
    s.log[s.size[0], 1] = before
    s.size[0] += 1


@compiled
def back(a: Arrays, s: State) -> None:
    """Take back all moves of the log, the last first."""
    while s.size[0] > 0:
        s.size[0] -= 1
        i, j = s.log[s.size[0], 0], s.log[s.size[0], 1]
        if s.choice[i] >= 0:
            leave(a, s, i)
        if j >= 0:
            join(a, s, j)


@compiled
def shift(a: Arrays, s: State, i: int) -> float:
    """Move an item to its cheapest choice; it stays where that saves nothing."""
    before = s.choice[i]
    saved = leave(a, s, i) if before >= 0 else 0.0
    j, cost = cheapest(a, s, i, -1, np.inf)
    if j < 0 or (before >= 0 and saved + cost > -1e-6):
        if before >= 0:
            join(a, s, before)
        return 0.0
    join(a, s, j)
    return saved + cost


@compiled
def sweep(a: Arrays, s: State, order: Ints) -> float:
    """Shift items in turn and return what that costs."""
    total = 0.0
    for i in order:
        total += shift(a, s, i)
    return total


@compiled
def clear(a: Arrays, s: State, level: int, limit: int, heat: float) -> float:
    """Try to take all items off a level (and above it in its round).

    Nothing is tried where more than `limit` items stand there.
    """
    k = a.round_of[level]
    standing = 0
    for other in range(level, a.round_start[k + 1]):
        standing += s.reached[other]
    if standing == 0 or standing > limit:
        return 0.0
    s.size[0] = 0
    total = 0.0
    for other in range(level, a.round_start[k + 1]):
        if s.reached[other] == 0:
            continue
        for e in range(a.level_start[other], a.level_start[other + 1]):
            j = a.level_choice[e]
            i = a.item_of[j]
            if s.choice[i] != j:
                continue
            total += leave(a, s, i)
            _log(s, i, j)
            best, _ = cheapest(a, s, i, level, np.inf)
            if best < 0:
                back(a, s)
                return 0.0
            total += join(a, s, best)
    if total > _slack(heat):
        back(a, s)
        return 0.0
    s.size[0] = 0
    return total


@compiled
def _slack(heat: float) -> float:
    """Draw the most that a move may cost: more than d with probability exp(-d ÷ heat)."""
    if heat <= 0.0:
        return -1e-6
    return -heat * np.log(1.0 - np.random.random())  # noqa: NPY002 (compiled: no Generator)


@compiled
def _toggle(a: Arrays, s: State, w: int) -> float:
    """Turn a switch over, with what it uses and how its rounds count."""
    turned_on = not s.on[w]
    sign = 1 if turned_on else -1
    cost = sign * a.switch_cost[w]
    for e in range(a.switch_use_start[w], a.switch_use_start[w + 1]):
        cost += _use(s.limit, a.switch_use_resource[e], sign * a.switch_use_value[e])
    for e in range(a.obeys_start[w], a.obeys_start[w + 1]):
        k = a.obeys_round[e]
        for level in range(a.round_start[k], a.round_start[k + 1]):
            if s.reached[level] > 0 and level != s.top[k]:
                cost += _level(a, s, level, -sign)
    s.on[w] = turned_on
    return cost


@compiled
def flip(a: Arrays, s: State, w: int, passes: int, heat: float) -> float:
    """Try to turn a switch over and to move the items that need it where that saves or must be."""
    s.size[0] = 0
    total = _toggle(a, s, w)
    for _ in range(passes):
        moved = False
        for e in range(a.switch_start[w], a.switch_start[w + 1]):
            i = a.item_of[a.switch_choice[e]]
            if s.size[0] + 1 >= len(s.log):
                break
            before = s.choice[i]
            if s.on[w] or not allowed(a, s, before):
                saved = leave(a, s, i)
                j, cost = cheapest(a, s, i, -1, np.inf)
                if j < 0 or (s.on[w] and saved + cost > -1e-6):
                    if j < 0 and not s.on[w]:
                        join(a, s, before)
                        back(a, s)
                        _toggle(a, s, w)
                        return 0.0
                    join(a, s, before)
                    continue
                total += saved + join(a, s, j)
                _log(s, i, before)
                moved = True
        if not moved:
            break
    if total > _slack(heat):
        back(a, s)
        _toggle(a, s, w)
        return 0.0
    s.size[0] = 0
    return total


@compiled
def flip_all(a: Arrays, s: State, order: Ints, heat: float) -> float:
    """Try to turn switches over in turn; return what that costs."""
    total = 0.0
    for w in order:
        total += flip(a, s, w, 2, heat)
    return total


@compiled
def clear_all(a: Arrays, s: State, order: Ints, limit: int, heat: float) -> float:
    """Try to clear levels in turn; return what that costs."""
    total = 0.0
    for level in order:
        total += clear(a, s, level, limit, heat)
    return total


@compiled
def _in_the_way(a: Arrays, s: State, j: int) -> int:
    """Return a random item that uses what choice j would make dearest (-1: nothing is dear)."""
    worst, most = -1, 0.0
    for e in range(a.use_start[j], a.use_start[j + 1]):
        r = a.use_resource[e]
        now = s.limit[r, USE]
        cost = _worth(s.limit, r, now + a.use_value[e]) - _worth(s.limit, r, now)
        if cost > most:
            worst, most = r, cost
    if worst < 0:
        return -1
    first, last = a.resource_start[worst], a.resource_start[worst + 1]
    for _ in range(12):
        c = a.resource_choice[np.random.randint(first, last)]  # noqa: NPY002
        if s.choice[a.item_of[c]] == c:
            return a.item_of[c]
    return -1


@compiled
def _any_of(a: Arrays, i: int) -> int:
    """Return a random choice of an item."""
    return a.item[i] + np.random.randint(a.item[i + 1] - a.item[i])  # noqa: NPY002


@compiled
def _try(a: Arrays, s: State, j: int, heat: float, chain: int) -> float:
    """Try to move the item of a choice to it; return what that costs if it is done.

    Before it is refused, a random item in its way is moved to where that costs least, then one in
    the way of that, and so on: `chain` items at most (an ejection chain).
    """
    i = a.item_of[j]
    before = s.choice[i]
    if j == before or not allowed(a, s, j):
        return 0.0
    slack = _slack(heat)
    total = leave(a, s, i) + price_of(a, s, j, np.inf)
    if total <= slack:
        join(a, s, j)
        return total
    s.size[0] = 0
    for step in range(chain):
        other = _in_the_way(a, s, j)
        if other < 0:
            break
        join(a, s, j)
        _log(s, i, before)
        i, before = other, s.choice[other]
        total += leave(a, s, i)
        j, least = cheapest(a, s, i, -1, np.inf if step + 1 < chain else slack - total)
        if j < 0 or j == before:
            break
        total += least
        if total <= slack:
            join(a, s, j)
            s.size[0] = 0
            return total
    join(a, s, before)
    back(a, s)
    return 0.0


@compiled
def anneal(
    a: Arrays, s: State, near: Ints, often: float, tries: int, heat: float, seed: int, chain: int
) -> float:
    """Try moves to random choices; return what they cost together.

    A share `often` of them goes to choices out of `near`, the others to any of a random item; each
    may push `chain` items out of each other's way.
    """
    np.random.seed(seed)  # noqa: NPY002
    total = 0.0
    for _ in range(tries):
        if np.random.random() < often:  # noqa: NPY002
            j = near[np.random.randint(len(near))]  # noqa: NPY002
        else:
            j = _any_of(a, np.random.randint(len(a.item) - 1))  # noqa: NPY002
        total += _try(a, s, j, heat, chain)
    return total


@compiled
def mend(
    a: Arrays, s: State, broken: Ints, tries: int, heat: float, seed: int, chain: int
) -> float:
    """Try moves of random items that use limits which are broken; return what they cost together.

    A lower limit is mended by items that do not use it yet: those that have a choice that would.
    """
    np.random.seed(seed)  # noqa: NPY002
    total = 0.0
    for _ in range(tries):
        r = broken[np.random.randint(len(broken))]  # noqa: NPY002
        use = s.limit[r, USE]
        over = use > s.limit[r, UPPER] + s.limit[r, OVER_MOST]
        if not over and use >= s.limit[r, LOWER] - s.limit[r, UNDER_MOST]:
            continue
        first, last = a.resource_start[r], a.resource_start[r + 1]
        if first == last:
            continue
        for _ in range(12):
            c = a.resource_choice[np.random.randint(first, last)]  # noqa: NPY002
            if (s.choice[a.item_of[c]] == c) == over:
                total += _try(a, s, _any_of(a, a.item_of[c]), heat, chain)
                break
    return total
