"""A first plan within seconds, whatever the engine: construction and repair by priced moves.

Items are taken one at a time and put where they cost least, a limit that would be broken counting
with a price per unit. Prices of limits still broken after a pass go up. Everything is exact: the
search keeps the whole use of resources and the levels reached, as ``program.measure`` defines them.

References
----------
Yagiura, M., Ibaraki, T. and Glover, F. (2004). An ejection chain approach for the generalized
assignment problem. INFORMS Journal on Computing 16, 133-151. (Penalties that follow infeasibility.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realloc.engines import Run
from realloc.program import UNLIMITED, Csr, Flags, Ints, Point, Program, measure

Floats = NDArray[np.float64]


def construct(program: Program, run: Run, *, seconds: float, hint: Point | None = None) -> Point:
    """Return the best point that construction and repair find: feasible if they can.

    Parameters
    ----------
    program
        the program; every item has a choice.
    run
        seed and cancel token.
    seconds
        time limit.
    hint
        a point to repair and improve instead of starting from nothing.
    """
    search = _Search(program, hint, np.random.default_rng(run.seed))
    end = run.elapsed() + seconds
    best: Point | None = None
    best_key = (1 << 62, 1 << 62)
    idle = 0
    while idle < (3 if best_key[0] == 0 else 20):
        moved = search.sweep(lambda: run.cancel.is_set() or run.elapsed() > end)
        point = search.point()
        found = measure(program, point)
        key = (found.violation, found.value)
        if key < best_key:
            best, best_key, idle = point, key, 0
        else:
            idle += 1
        if run.cancel.is_set() or run.elapsed() > end:
            break
        if found.violation:
            search.raise_prices(found.excess)
        elif not moved:
            break
    assert best is not None
    return best


class _Search:
    """A point under construction with everything that its moves need."""

    def __init__(self, program: Program, hint: Point | None, rng: np.random.Generator) -> None:
        self.p = program
        self.rng = rng
        self.switch = _first_switches(program) if hint is None else hint.switch.copy()
        self.choice = np.full(program.items, -1, np.int64)
        self.use = program.switch_use.take(np.flatnonzero(self.switch)).dot(
            np.ones(int(self.switch.sum()), np.int64), program.resources
        )
        self.reached = np.zeros(program.levels, np.int64)
        self.round_of = program.round_of()
        rounds = len(program.round) - 1
        self.top = np.full(rounds, -1, np.int64)
        self.full = (program.round_switch >= 0) & ~np.append(self.switch, False)[
            program.round_switch
        ]
        needed_off = ~self.switch[program.need.index]
        blocked = np.zeros(program.choices, np.int64)
        np.add.at(blocked, program.need.row_of(), needed_off)
        self.allowed: Flags = blocked == 0
        self.price = self._first_prices()
        if hint is not None:
            for i in range(program.items):
                self._join(i, int(hint.choice[i]))

    def _first_prices(self) -> Floats:
        """Price a unit of a hard limit at the cost of a typical choice per typical use."""
        p = self.p
        total = np.zeros(p.resources)
        count = np.zeros(p.resources)
        np.add.at(total, p.use.index, np.abs(p.use.value).astype(float))
        np.add.at(count, p.use.index, 1.0)
        typical = np.maximum(1.0, total / np.maximum(1.0, count))
        cost = max(1.0, float(np.median(np.abs(p.cost.choice))) if p.choices else 1.0)
        return cost / typical

    def raise_prices(self, excess: Ints) -> None:
        """Double the prices of limits that are broken."""
        self.price = np.where(excess > 0, 3.0 * self.price, self.price)

    def point(self) -> Point:
        return Point(self.choice.copy(), self.switch.copy())

    def sweep(self, stop) -> int:
        """Move every item to its best choice in turn; return how many moved."""
        p = self.p
        order = self.rng.permutation(p.items)
        if (self.choice < 0).any():
            size = np.zeros(p.choices)
            np.add.at(size, p.use.row_of(), np.abs(p.use.value).astype(float))
            order = np.argsort(-np.maximum.reduceat(size, p.item[:-1]), kind="stable")
        moved = 0
        for k, i in enumerate(order.tolist()):
            if k % 64 == 0 and stop() and (self.choice >= 0).all():
                break
            now = int(self.choice[i])
            if now >= 0:
                self._leave(i)
            delta = self._deltas(i)
            j = int(np.argmin(delta))
            first = int(p.item[i])
            if now >= 0 and delta[now - first] <= delta[j] + 1e-9:
                j = now - first
            self._join(i, first + j)
            moved += first + j != now
        return moved

    def _penalty(self, use: Ints, r: Ints) -> Floats:
        p = self.p
        over = np.maximum(0, use - p.upper[r])
        under = np.maximum(0, p.lower[r] - use)
        hard = np.maximum(0, over - p.over_most[r]) + np.maximum(0, under - p.under_most[r])
        soft = p.cost.over[r] * over + p.cost.under[r] * under
        return soft.astype(float) + self.price[r] * hard

    def _deltas(self, i: int) -> Floats:
        """Return the priced cost of every choice of an item that is not placed."""
        p = self.p
        a, z = int(p.item[i]), int(p.item[i + 1])
        delta = p.cost.choice[a:z].astype(float)
        first, last = int(p.use.start[a]), int(p.use.start[z])
        resource, value = p.use.index[first:last], p.use.value[first:last]
        local = np.repeat(np.arange(z - a), np.diff(p.use.start[a : z + 1]))
        local, resource, value = self._with_levels(a, z, delta, local, resource, value)
        if len(resource):
            now = self.use[resource]
            change = self._penalty(now + value, resource) - self._penalty(now, resource)
            np.add.at(delta, local, change)
        return np.where(self.allowed[a:z] | ~self.allowed[a:z].any(), delta, np.inf)

    def _with_levels(
        self, a: int, z: int, delta: Floats, local: Ints, resource: Ints, value: Ints
    ) -> tuple[Ints, Ints, Ints]:
        """Add what choices a … z would newly reach: costs to `delta`, uses to the triples."""
        p = self.p
        first, last = int(p.reach.start[a]), int(p.reach.start[z])
        if first == last:
            return local, resource, value
        level = p.reach.index[first:last]
        who = np.repeat(np.arange(z - a), np.diff(p.reach.start[a : z + 1]))
        round_ = self.round_of[level]
        top = self.top[round_]
        new = np.where(self.full[round_], self.reached[level] == 0, level > top)
        # of several levels of one round, on the chain only the highest adds
        same = np.append((who[1:] == who[:-1]) & (round_[1:] == round_[:-1]), False)
        new &= ~(same & ~self.full[round_])
        if not new.any():
            return local, resource, value
        who, level, round_, top = who[new], level[new], round_[new], top[new]
        below = np.where(self.full[round_] | (top < 0), -1, top)
        cost = p.cost.level[level] - np.where(below >= 0, p.cost.level[below], 0)
        np.add.at(delta, who, cost.astype(float))
        add, drop = p.level_use.take(level), p.level_use.take(below[below >= 0])
        if not len(add.index):
            return local, resource, value
        owner = np.concatenate([
            local, np.repeat(who, np.diff(add.start)),
            np.repeat(who[below >= 0], np.diff(drop.start)),
        ])  # fmt: skip
        index = np.concatenate([resource, add.index, drop.index])
        amount = np.concatenate([value, add.value, -drop.value])
        together = Csr.of(z - a, owner, index, amount)
        return together.row_of(), together.index, together.value

    def _count_level(self, level: int, sign: int) -> None:
        p = self.p
        a, z = int(p.level_use.start[level]), int(p.level_use.start[level + 1])
        self.use[p.level_use.index[a:z]] += sign * p.level_use.value[a:z]

    def _join(self, i: int, j: int) -> None:
        p = self.p
        self.choice[i] = j
        a, z = int(p.use.start[j]), int(p.use.start[j + 1])
        self.use[p.use.index[a:z]] += p.use.value[a:z]
        for level in p.reach.index[p.reach.start[j] : p.reach.start[j + 1]].tolist():
            self.reached[level] += 1
            k = self.round_of[level]
            if self.full[k]:
                if self.reached[level] == 1:
                    self._count_level(level, 1)
            elif level > self.top[k]:
                if self.top[k] >= 0:
                    self._count_level(int(self.top[k]), -1)
                self._count_level(level, 1)
            self.top[k] = max(self.top[k], level)

    def _leave(self, i: int) -> None:
        p = self.p
        j = int(self.choice[i])
        self.choice[i] = -1
        a, z = int(p.use.start[j]), int(p.use.start[j + 1])
        self.use[p.use.index[a:z]] -= p.use.value[a:z]
        for level in p.reach.index[p.reach.start[j] : p.reach.start[j + 1]].tolist():
            self.reached[level] -= 1
            if self.reached[level]:
                continue
            k = int(self.round_of[level])
            if self.full[k]:
                self._count_level(level, -1)
            if level == self.top[k]:
                lower = np.flatnonzero(self.reached[p.round[k] : level])
                top = int(p.round[k] + lower[-1]) if len(lower) else -1
                if not self.full[k]:
                    self._count_level(level, -1)
                    if top >= 0:
                        self._count_level(top, 1)
                self.top[k] = top


def _first_switches(program: Program) -> Flags:
    """Return switches to begin with: on, but where that asks for something in return.

    A switch whose use must be earned (a least lot) stays off until a plan fills it.
    """
    on = np.ones(program.switches, dtype=bool)
    use = program.switch_use
    lacks = (use.value < 0) & (program.lower[use.index] > -UNLIMITED)
    on[use.row_of()[lacks]] = False
    return on
