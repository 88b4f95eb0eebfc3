"""Plans without a solver: construction and repair within seconds, improvement by annealing.

All three walk by the moves of :mod:`realloc.engines.moves`, on a cost in which a unit beyond a hard
limit has a price. *Construction* places the largest items first and raises the price of what is
still broken until nothing is. *Improvement* knows prices of the relaxation: at first all use of a
scarce resource costs its price (so an item takes scarce time only where that is worth most), and
use beyond a limit more. When the state is cold, use within limits costs nothing any more, and the
prices of limits that are still broken rise slowly until none is.

References
----------
Yagiura, M., Ibaraki, T. and Glover, F. (2004). An ejection chain approach for the generalized
assignment problem. INFORMS Journal on Computing 16, 133-151. (Prices that follow infeasibility.)
Kirkpatrick, S., Gelatt, C. D. and Vecchi, M. P. (1983). Optimization by simulated annealing.
Science 220, 671-680.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from realloc.engines import Run, moves
from realloc.engines.prepare import prepare
from realloc.linear import Linear
from realloc.program import UNLIMITED, Flags, Measure, Point, Program, measure
from realloc.reduction import caps_as_limits, is_excess, is_sum, without_idle
from realloc.sparse import Csr, Ints

Floats = NDArray[np.float64]

#: Tries per item of one round of annealing; rounds of it, and of repair, between looks at switches
#: and levels, which take as long as twenty rounds of repair; without them repair gets stuck.
TRIES, GROUPS, RARELY = 4, 5, 10
#: Rises are near up to so many heats, and so large a share of tries goes to near choices: use that
#: costs its price lifts the cost as the relaxation says, so the others are nearly always refused.
NEAR, OFTEN = 8.0, 0.8
#: Tries without a look at the clock: some hundredths of a second.
AT_ONCE = 10_000
#: Heat at the start of a first, of a later and of a long cycle, and at its end, in costs of a mean
#: item.
HOT, WARM, LONG, COLD = 0.08, 0.04, 0.008, 0.002
#: Rounds of a cycle and of settling, and the share of the time that is left which each may take.
ROUNDS, SETTLE, SHARE = 300, 300, 0.6
#: The share that long settling takes at most, and how many times the rounds until nothing is
#: broken it goes on for.
LONG_SHARE, LONG_ENOUGH = 0.9, 1.05
#: Use within limits costs its price times 1 - (share of the cycle) to this power.
FALL = 6
#: How far all prices of limits rise in a cycle, beside that.
RISE = 3.0
#: How the price of a broken limit grows in a round of a cycle, of settling and of repair; how
#: others fade.
GROWTH, SLOW, REPAIR, FADE = 1.15, 1.08, 1.25, 0.99
#: Up to how many times its first a price rises, and for how many rounds settling goes on then.
HIGHEST, STUCK = 1e9, 20
#: Share of the time for settling after which it grows as in a cycle.
LATE = 0.85
#: In repair: prices of all limits against those of a cycle's start, and heat.
STRICT, MILD = 3.0, 0.003
#: Moves tried per broken limit in a round of settling and of repair.
MANY, MENDS = 300, 60
#: Items that one move may push out of each other's way: to anneal, and to mend a broken limit.
CHAIN, MENDING = 3, 6
#: Rounds of repair before it is given up: at most, and at least, beside one per item; how often
#: it is tried; the power that eases prices in between, and the heat.
PATIENCE, AT_LEAST, ATTEMPTS, EASE, SHAKE = 250, 50, 4, 0.5, 0.01
#: Items on a level up to which it is tried to clear it.
CROWD = 40
#: Seconds of work (see :class:`realloc.engines.Effort`): of a try and of a measure, per entry; of a
#: sweep, a flip and a clearing against a try; of a start, per entry.
TRY, LOOK, FIRST = 5e-8, 2.5e-9, 2.5e-7
SHIFT, FLIP, CLEAR = 3.0, 12.0, 4.0

Found = Callable[[Point, int], None]


@dataclass(eq=False)
class Guide:
    """What the relaxation of a program says to who improves a plan of it.

    Arrays are put in place whole and never changed, so that one thread can go on while another has
    a tighter relaxation: rises are read anew in every round, prices and lifts when a walk begins.

    Attributes
    ----------
    price
        (resources + capped sums + capped excesses,) what a unit of each resource is worth, signed
        so that its use costs; 0 for soft limits. A sum that is capped counts as a resource; what a
        unit paid beyond soft limits is worth, where that is capped, comes last.
    rise
        (choices,) by how much each choice lifts the value.
    lift
        (choices,) what the cuts of the relaxation add to the cost of each choice, beside its use.
    """

    price: Floats
    rise: Floats
    lift: Floats


def construct(program: Program, run: Run, *, seconds: float, hint: Point | None = None) -> Point:
    """Return the best point that construction and repair find: feasible if they can.

    Parameters
    ----------
    program
        the program; every item has a choice.
    run
        seed, cancel token and time; a tenth of what is left is left over.
    seconds
        limit in processor time: what else the machine does, and compiling before the first walk,
        are no reasons to give up.
    hint
        a point to repair instead of starting from nothing.
    """
    walk = _Walk(program, run, 0.9 * run.left(), hint)
    clock = time.thread_time if run.effort is None else run.elapsed
    end = clock() + seconds
    walk.stop = lambda: clock() > end
    walk.descend()
    walk.insist()
    return walk.best()


def improve(
    program: Program,
    run: Run,
    start: Point,
    guide: Guide,
    *,
    seconds: float,
    found: Found,
    long: bool = False,
    over: Callable[[], bool] = lambda: False,
) -> None:
    """Look for better points from a feasible one, cycle by cycle, until the time is over.

    Prices of broken limits that rise slowly are what good plans take most time for: cycles that
    settle soon have something to show soon, one that settles for long finds more.

    Parameters
    ----------
    program, run
        as for `construct`.
    start
        a feasible point.
    guide
        what the relaxation says.
    seconds
        time limit.
    found
        called with every better feasible point and its value.
    long
        whether to stop after one cycle, which settles until nothing is broken and a little longer.
    over
        asked now and then whether to stop before.
    """
    walk = _Walk(program, run, seconds, start, found, over, guide)
    heat = LONG if long else HOT
    while not walk.over():
        walk.cycle(heat)
        walk.settle(long=long)
        if long:
            walk.insist()
            return
        walk.repair()
        walk.restart()
        heat = WARM


class _Walk:
    """A state, its prices and the best feasible point that it came by."""

    def __init__(
        self,
        program: Program,
        run: Run,
        seconds: float,
        start: Point | None,
        found: Found = lambda point, value: None,
        over: Callable[[], bool] = lambda: False,
        guide: Guide | None = None,
    ) -> None:
        prepare()
        self.program = program
        self.run = run
        self.found = found
        self.stop = over
        self.rng = np.random.default_rng(run.seed)
        self.seed = run.seed
        entries = sum(len(rows.index) for rows in (program.use, program.need, program.reach))
        self.price = TRY * (1.0 + entries / max(1, program.choices))
        self.look_price = 4e-4 + LOOK * entries
        run.did(FIRST * entries)
        self.walked = without_idle(_priced_caps(caps_as_limits(program)))
        self.arrays = moves.arrays(self.walked)
        self.end = run.elapsed() + seconds
        self.excess = _excesses(program, self.walked)
        known = self.walked.resources + len(self.excess)
        price = np.zeros(known) if guide is None else guide.price
        self.guide = guide
        self.priced = bool(price.any())
        use = price[: self.walked.resources]
        self.added = [_at(rows, use) for rows in (self.walked.use, self.walked.level_use,
                                                    self.walked.switch_use)]  # fmt: skip
        if guide is not None:
            self.added[0] += guide.lift
        typical = np.append(_typical(self.walked), _typical_excess(program, self.excess))
        self.base = np.maximum(np.abs(price), typical * (0.05 if self.priced else 1.0))
        self.times = np.ones(known)
        self._begin(_first_switches(program) if start is None else start.switch)
        self.point: Point | None = None
        self.value: int | None = None
        if start is None:
            self._join_largest_first()
        else:
            self._place(start)
        # cost of a mean item
        self.mean = max(1.0, abs(self.look().value) / max(1, program.items))

    # -- what is known -----------------------------------------------------------------------------

    def over(self) -> bool:
        """Whether time is up or the run was stopped."""
        return self.run.cancel.is_set() or self.run.elapsed() > self.end or self.stop()

    def best(self) -> Point:
        """Return the best feasible point, else the point where the walk stands."""
        return self._here() if self.point is None else self.point

    def look(self) -> Measure:
        """Measure the point where the walk stands, and keep it if it is the best."""
        here = self._here()
        self.run.did(self.look_price)
        measured = measure(self.program, here)
        if measured.violation == 0 and (self.value is None or measured.value < self.value):
            self.point, self.value = here, measured.value
            self.found(here, measured.value)
        return measured

    def _here(self) -> Point:
        return Point(self.state.choice.copy(), self.state.on.copy())

    def _begin(self, switch: Flags) -> None:
        """Take all items away."""
        self.state = moves.empty(self.walked, self.base[: self.walked.resources].copy(), switch)
        self._set_prices(1.0)

    # -- steps -------------------------------------------------------------------------------------

    def _place(self, point: Point) -> None:
        for j in point.choice.tolist():
            moves.join(self.arrays, self.state, j)

    def _join_largest_first(self) -> None:
        p = self.program
        size = np.zeros(p.choices)
        np.add.at(size, p.use.row_of(), np.abs(p.use.value).astype(float))
        order = np.argsort(-np.maximum.reduceat(size, p.item[:-1]), kind="stable")
        moves.sweep(self.arrays, self.state, order)
        self._count(p.items, SHIFT)
        # an item whose every choice needs a switch that is off
        for i in np.flatnonzero(self.state.choice < 0).tolist():
            moves.join(self.arrays, self.state, int(p.item[i]))

    def descend(self) -> None:
        """Sweep and turn switches over while that helps, prices rising with what is broken."""
        for _ in range(3):
            if self.over():
                return
            moves.sweep(self.arrays, self.state, self.rng.permutation(self.program.items))
            self._count(self.program.items, SHIFT)
            self._groups(self.arrays, 0.0)
            self._raise(self.broken(), 1.0, REPAIR)
            if not self.look().violation:
                return

    def cycle(self, heat: float) -> None:
        """Anneal: use costs its price until late, and nothing at the end."""
        hot, cold = heat * self.mean, COLD * self.mean
        self.times[:] = 1.0
        began = self.run.elapsed()
        span = max(1e-3, SHARE * (self.end - began))
        for k in range(ROUNDS):
            done = max(k / ROUNDS, (self.run.elapsed() - began) / span)
            if done >= 1.0 or self.over():
                return
            priced = self._priced(1.0 - done**FALL)
            self._round(priced, hot * (cold / hot) ** done, k)
            self._raise(self.broken(), 1.0 + RISE * done, GROWTH, FADE)

    def settle(self, *, long: bool = False) -> None:
        """Stay cold while prices of what is broken rise slowly; if long, a little after that."""
        began = self.run.elapsed()
        until = began + (LONG_SHARE if long else SHARE) * (self.end - began)  # repair gets the rest
        last, stuck = np.inf if long else SETTLE, 0
        for k in count():
            if k >= last or self.over() or self.run.elapsed() > until:
                return
            broken = self.broken()
            if not broken.any() and not self.look().violation:
                if not long:
                    return
                last = min(last, LONG_ENOUGH * k)
            at_any_price = broken.any() and self.times[broken].min() >= HIGHEST
            stuck = stuck + 1 if at_any_price else 0
            if stuck > STUCK:
                self.times **= EASE  # repair raises them again
                return
            late = self.run.elapsed() - began > LATE * (until - began)
            self._raise(broken, 1.0 + RISE, GROWTH if late else SLOW)
            self._round(self.arrays, COLD * self.mean, k)
            self._mend(self.broken(), MANY, COLD)

    def insist(self) -> None:
        """Repair, ease prices and repair again, some times."""
        for _ in range(ATTEMPTS):
            if self.repair() or self.over():
                return
            self.ease()

    def repair(self) -> bool:
        """Raise the price of what is broken fast, until nothing is; return whether that is so."""
        for k in range(min(PATIENCE, AT_LEAST + self.program.items)):
            broken = self.broken()
            whole = not broken.any() and not self.look().violation
            self._raise(broken, STRICT, REPAIR)
            if self.over() or whole:
                return whole
            if not self._mend(broken, MENDS, MILD):
                # a cap is broken, or a choice stands without its switch
                self._round(self.arrays, MILD * self.mean, k)
            elif k % RARELY == RARELY - 1:
                self._groups(self.arrays, 0.0)
        return False

    def ease(self) -> None:
        """Ease prices, which rose until nothing could move any more, and shake all items."""
        self.times **= EASE
        self._raise(self.broken(), STRICT, 1.0)
        self._round(self.arrays, SHAKE * self.mean, 0)

    def restart(self) -> None:
        """Go back to the best feasible point."""
        best = self.best()
        self.times[:] = 1.0
        self._begin(best.switch)
        self._place(best)

    def _round(self, arrays: moves.Arrays, heat: float, k: int) -> None:
        near = self._near(heat)
        often = OFTEN if len(near) else 0.0
        left = TRIES * self.program.items
        while left > 0 and not self.over():
            tries = min(left, AT_ONCE)
            moves.anneal(arrays, self.state, near, often, tries, heat, self._next_seed(), CHAIN)
            self._count(tries)
            left -= AT_ONCE
        if k % GROUPS == GROUPS - 1:
            self._groups(arrays, heat)

    def _near(self, heat: float) -> Ints:
        """Return the choices whose rise is not too much for the heat, where rises are known."""
        if self.guide is None:
            return np.zeros(0, np.int64)
        near = self.arrays.open & (self.guide.rise <= NEAR * heat)
        return np.flatnonzero(near).astype(np.int64)

    def _mend(self, broken: Flags, tries: int, heat: float) -> bool:
        """Try moves of items that use broken limits of resources; return whether there were any."""
        which = np.flatnonzero(broken[: self.walked.resources])
        if len(which):
            moves.mend(
                self.arrays, self.state, which, tries * len(which), heat * self.mean,
                self._next_seed(), MENDING,
            )  # fmt: skip
            self._count(tries * len(which))
        return len(which) > 0

    def _count(self, tries: int, weight: float = 1.0) -> None:
        self.run.did(self.price * weight * tries)

    def _next_seed(self) -> int:
        self.seed = (self.seed + 1) % (1 << 31)
        return self.seed

    def _groups(self, arrays: moves.Arrays, heat: float) -> None:
        """Try to turn every switch over and to clear every level."""
        for part in self._parts(self.program.switches):
            moves.flip_all(arrays, self.state, part, heat)
            self._count(len(part), FLIP)
        for part in self._parts(self.program.levels):
            moves.clear_all(arrays, self.state, part, CROWD, heat)
            self._count(len(part), CLEAR)

    def _parts(self, many: int) -> Iterator[Ints]:
        """Yield a random order in parts that take little time each, until the walk is over."""
        order = self.rng.permutation(many)
        for first in range(0, many, 500):
            if self.over():
                return
            yield order[first : first + 500]

    def broken(self) -> Flags:
        """Return which hard limits are broken where the walk stands; much faster than a look.

        Those of resources come first, then those of what is paid beyond soft ones.
        """
        limit = self.state.limit
        over = limit[:, moves.USE] - limit[:, moves.UPPER]
        under = limit[:, moves.LOWER] - limit[:, moves.USE]
        broken = (over > limit[:, moves.OVER_MOST]) | (under > limit[:, moves.UNDER_MOST])
        paid = [
            float((np.maximum(over, 0) * cap.over + np.maximum(under, 0) * cap.under).sum())
            > cap.most
            for cap in self.excess
        ]  # fmt: skip
        return np.append(broken, np.array(paid, dtype=bool))

    def _raise(self, broken: Flags, factor: float, growth: float, fade: float = 1.0) -> None:
        """Let prices of broken limits grow and those of others fade."""
        self.times[broken] = np.minimum(HIGHEST, growth * self.times[broken])
        self.times[~broken] = np.maximum(1.0, fade * self.times[~broken])
        self._set_prices(factor)

    def _set_prices(self, factor: float) -> None:
        """Let what is broken cost its price, times a factor."""
        limit, count, cost = self.state.limit, self.walked.resources, self.walked.cost
        price = self.base * self.times * factor
        limit[:, moves.PRICE] = price[:count]
        if self.excess:
            each = list(zip(price[count:].tolist(), self.excess, strict=True))
            limit[:, moves.OVER_COST] = cost.over + sum(p * cap.over for p, cap in each)
            limit[:, moves.UNDER_COST] = cost.under + sum(p * cap.under for p, cap in each)

    def _priced(self, share: float) -> moves.Arrays:
        """Return the program in which use costs a share of its price."""
        if share == 0.0 or not self.priced:
            return self.arrays
        a = self.arrays
        choice, level, switch = self.added
        return a._replace(
            cost=a.cost + share * choice,
            level_cost=a.level_cost + share * level,
            switch_cost=a.switch_cost + share * switch,
        )


def _at(rows: Csr, price: Floats) -> Floats:
    """Return what the use of each row costs."""
    total = np.zeros(rows.rows)
    np.add.at(total, rows.row_of(), rows.value * price[rows.index])
    return total


def _typical(program: Program) -> Floats:
    """Return a first price of a unit of each limit: a typical cost per typical use."""
    p = program
    total = np.bincount(p.use.index, np.abs(p.use.value), minlength=p.resources)
    count = np.bincount(p.use.index, minlength=p.resources)
    cost = max(1.0, float(np.median(np.abs(p.cost.choice)))) if p.choices else 1.0
    return np.asarray(cost / np.maximum(1.0, total / np.maximum(1, count)), dtype=np.float64)


class _Excess(NamedTuple):
    """A capped sum of what is paid beyond soft limits: per unit over and under, and at most."""

    over: Floats
    under: Floats
    most: int


def _excesses(program: Program, walked: Program) -> list[_Excess]:
    """Return what caps say of soft limits in the program that is walked, and its limits do not.

    They say it of resources of which a single unit is too much, and where the limit has moved.
    """
    sums = np.full(walked.resources - program.resources, UNLIMITED)
    same = walked.upper == np.append(program.upper, sums)
    found = []
    for cost, limit in walked.caps:
        if is_excess(cost):
            most = max(0, limit - cost.constant)
            over = np.where(same & (cost.over <= most), cost.over, 0)
            under = np.where(cost.under <= most, cost.under, 0)
            found.append(_Excess(over.astype(float), under.astype(float), most))
    return found


def _typical_excess(program: Program, excess: list[_Excess]) -> Floats:
    """Return a first price of what is paid beyond soft limits: all costs per all that may be."""
    cost, items = program.cost, program.items / max(1, program.choices)
    size = items * np.abs(cost.choice).sum() + np.abs(cost.level).sum() + np.abs(cost.switch).sum()
    return np.array([(float(size) + 1.0) / max(1, cap.most) for cap in excess])


def _priced_caps(program: Program) -> Program:
    """Return the program with objectives of several kinds that are capped in its cost, heavily."""
    cost = program.cost
    size = float(np.abs(cost.choice).sum()) + 1.0
    for capped, _ in program.caps:
        if is_excess(capped):
            continue  # has a price of its own
        own = float(np.abs(capped.choice).sum() + np.abs(capped.level).sum()) + 1.0
        cost = cost.plus(capped, max(1, int(20.0 * size / own)))
    return replace(program, cost=cost)


def _first_switches(program: Program) -> Flags:
    """Return switches to begin with: on, but where that asks for something in return.

    A switch whose use must be earned (a least lot) stays off until a plan fills it.
    """
    on = np.ones(program.switches, dtype=bool)
    use = program.switch_use
    lacks = (use.value < 0) & (program.lower[use.index] > -UNLIMITED)
    on[use.row_of()[lacks]] = False
    return on


def use_prices(program: Program, price: Floats, base: int) -> Floats:
    """Return prices of what a walk knows as resources out of those of the rows of the linear form.

    Parameters
    ----------
    program
        the program, with its caps.
    price
        (rows,) duals of its relaxation. Rows of resources follow those of items.
    base
        number of rows of the program itself: those of the ceiling and of caps are the last of them.

    Returns
    -------
    (resources + capped sums + capped excesses,) what a unit of use, or of what is paid beyond soft
    limits, costs; without the ceiling 0 where a limit is soft without end.
    """
    p = program
    hard = ((p.over_most < UNLIMITED) & (p.upper < UNLIMITED)) | (
        (p.under_most < UNLIMITED) & (p.lower > -UNLIMITED)
    )
    use = np.where(hard, -price[p.items : p.items + p.resources], 0.0)
    caps = base - len(p.caps)
    np.add.at(use, p.ceiling_resource, -1000.0 * price[caps - len(p.ceiling_resource) : caps])
    kinds = [np.array([of_kind(cost) for cost, _ in p.caps], dtype=bool)
             for of_kind in (is_sum, is_excess)]  # fmt: skip
    return np.concatenate([use, *(-price[caps:base][kind] for kind in kinds)])


def lifts(program: Program, lp: Linear, price: Floats, base: int) -> Floats:
    """Return what rows that were added to the linear form add to the cost of each choice.

    Parameters
    ----------
    lp
        the linear form with those rows at its end.
    price
        (rows,) duals of its relaxation.
    base
        number of rows before them.
    """
    added = lp.matrix.take(np.arange(base, lp.rows))
    return _at(added.transpose(lp.columns), -price[base:])[: program.choices]
