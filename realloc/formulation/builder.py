"""Collects resources, switches, rounds and costs from the rules and ends in a Program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from realloc.formulation.charges import Charges, busiest_months
from realloc.instance import City, Flags, Ints, half_up
from realloc.program import UNLIMITED, Cost, Program
from realloc.sparse import Csr, distinct

CHOICE, SWITCH, LEVEL = range(3)
WHOLE_YEAR = (0, 12)


@dataclass
class _Triples:
    """Growing (row, column, value) arrays."""

    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Ints] = field(default_factory=list)

    def add(self, row: Ints, column: Ints, value: Ints | int) -> None:
        self.row.append(np.asarray(row, np.int64))
        self.column.append(np.asarray(column, np.int64))
        self.value.append(np.broadcast_to(np.asarray(value, np.int64), self.row[-1].shape))

    def arrays(self) -> tuple[Ints, Ints, Ints]:
        none = np.zeros(0, np.int64)
        return (
            np.concatenate([none, *self.row]),
            np.concatenate([none, *self.column]),
            np.concatenate([none, *self.value]),
        )


class PoolCapacity(NamedTuple):
    """Kind of every pool (as in ``schema.KINDS``), and its capacity and overtime in minutes."""

    kinds: Ints
    minutes: Ints
    overtime: Ints


class Builder:
    """Arrays of a program under construction.

    Rows are of three kinds, CHOICE, SWITCH and LEVEL; `charge` puts minutes of units on them and
    `cost` adds to parts of criteria. Every objective is a weighting of those parts.

    Parameters
    ----------
    city
        the city.
    choices
        number of choices.
    objectives
        weights of the reported parts, one mapping for each objective wanted.
    """

    def __init__(self, city: City, choices: int, objectives: Sequence[Mapping[str, int]]) -> None:
        self.city = city
        self.choices = choices
        self.objectives = objectives
        self._use = [_Triples() for _ in range(3)]
        self._charges = [Charges(len(city.pools)) for _ in range(3)]
        self._years: list[Ints] = []  # (pools,) resource of each, -1 for none
        self._months: list[Ints] = []  # (pools, 12)
        self._fixed: list[tuple[int, int, int, int]] = []  # unit, minutes, window
        self._need = _Triples()
        self._costs: list[tuple[str, int, Ints, Ints]] = []
        self._constant = dict.fromkeys(range(len(objectives)), 0)
        self._limits: list[tuple[str, Ints, Ints, Ints, Ints]] = []
        self._spent: list[Ints] = []
        self._over: list[tuple[str, Ints]] = []
        self._resources = 0
        self._switches: list[tuple[str, int]] = []
        self._levels = 0
        self._reach: list[tuple[Ints, Ints]] = []
        self._rounds: list[tuple[str, Ints, Ints, Ints]] = []
        self.ceiling: tuple[str, Ints, Ints] | None = None

    @cached_property
    def capacity(self) -> PoolCapacity:
        """What the pools of the city can do."""
        units, n = self.city.units, len(self.city.pools)
        kinds = np.zeros(n, np.int64)
        kinds[units.pool] = units.kind
        gross, committed, overtime = (np.zeros(n, np.int64) for _ in range(3))
        np.add.at(gross, units.pool, units.gross)
        np.add.at(committed, units.pool, units.committed)
        np.add.at(overtime, units.pool, units.overtime)
        return PoolCapacity(kinds, np.maximum(0, gross - committed), overtime)

    # -- parts -------------------------------------------------------------------------------------

    def matters(self, part: str) -> bool:
        """Return whether any objective weighs this part."""
        return any(weights.get(part, 0) for weights in self.objectives)

    def resources(
        self,
        family: str,
        subject: Ints,
        *,
        lower: Ints | int = -UNLIMITED,
        upper: Ints | int = UNLIMITED,
        over_most: Ints | int = 0,
        spent: Ints | int = 0,
    ) -> int:
        """Add resources with these limits; return the position of the first.

        What is `spent` whatever is chosen leaves less below the upper limit.
        """
        subject = np.asarray(subject, np.int64)
        low, high, most, gone = (
            np.broadcast_to(np.asarray(v, np.int64), subject.shape)
            for v in (lower, upper, over_most, spent)
        )
        self._limits.append((family, subject, low, high - gone, most))
        self._spent.append(gone)
        self._resources += len(subject)
        return self._resources - len(subject)

    def switches(self, family: str, count: int) -> int:
        """Add switches; return the position of the first."""
        self._switches += [(family, i) for i in range(count)]
        return len(self._switches) - count

    def rounds(self, family: str, subject: Ints, sizes: Ints, switch: Ints) -> int:
        """Add rounds of `sizes` levels, with a switch or -1; return the first level's position."""
        self._rounds.append((family, np.asarray(subject), np.asarray(sizes), np.asarray(switch)))
        self._levels += int(np.sum(sizes))
        return self._levels - int(np.sum(sizes))

    def use(self, kind: int, row: Ints, resource: Ints, amount: Ints | int) -> None:
        """Let rows use resources."""
        self._use[kind].add(row, resource, amount)

    def need(self, choice: Ints, switch: Ints) -> None:
        """Let choices need switches."""
        self._need.add(choice, switch, 1)

    def reach(self, choice: Ints, level: Ints) -> None:
        """Let choices reach levels."""
        self._reach.append((np.asarray(choice, np.int64), np.asarray(level, np.int64)))

    def cost(self, part: str, kind: int, row: Ints, amount: Ints) -> None:
        """Add to a part of a criterion."""
        if self.matters(part):
            self._costs.append(
                (part, kind, np.asarray(row, np.int64), np.asarray(amount, np.int64))
            )

    def constant(self, part: str, amount: int) -> None:
        """Add to a part of a criterion whatever is chosen."""
        for k, weights in enumerate(self.objectives):
            self._constant[k] += weights.get(part, 0) * amount

    def over(self, part: str, resource: Ints) -> None:
        """Let every unit above the upper limits of resources count for a part."""
        self._over.append((part, np.asarray(resource, np.int64)))

    def charge(self, kind: int, row: Ints, unit: Ints, minutes: Ints, window: Ints) -> None:
        """Put minutes on the pools of units, in windows of shape (rows, 2); unit -1: on nobody."""
        some = (unit >= 0) & (minutes > 0)
        pool = self.city.units.pool[unit[some]]
        self._charges[kind].add(row[some], pool, minutes[some], window[some])

    def charge_fixed(self, unit: int, minutes: int, window: tuple[int, int]) -> None:
        """Put minutes on the pool of a unit whatever is chosen."""
        self._fixed.append((unit, minutes, *window))

    def wage(self, unit: Ints, minutes: Ints) -> Ints:
        """Return what minutes of units cost in yuan, rounded per entry."""
        return half_up(minutes * np.append(self.city.units.yuan_per_hour, 0)[unit], 60)

    def use_pools(self, pools: Ints, base: int) -> None:
        """Let everything charged to these pools use the resources from `base` on."""
        at = np.full(len(self.city.pools), -1, np.int64)
        at[pools] = base + np.arange(len(pools))
        self._years.append(at)

    def use_months(self, resource: Ints) -> None:
        """Let charges use the month resources of their pools: (pools, 12), -1 for none."""
        self._months.append(resource)

    # -- charges become uses -----------------------------------------------------------------------

    def fixed(self) -> Ints:
        """Return minutes of the year on every pool whatever is chosen."""
        total = np.zeros(len(self.city.pools), np.int64)
        for unit, minutes, _, _ in self._fixed:
            total[self.city.units.pool[unit]] += minutes
        return total

    def fixed_months(self) -> Ints:
        """Return the same by month, shape (pools, 12)."""
        total = np.zeros((len(self.city.pools), 12), np.int64)
        for unit, minutes, first, count in self._fixed:
            months = (first + np.arange(count)) % 12
            extra = np.arange(count) < minutes % count
            total[self.city.units.pool[unit], months] += minutes // count + extra
        return total

    def busiest_months(self) -> Flags:
        """Return which months of a pool can be its busiest, shape (pools, 12)."""
        pool = self.city.units.pool
        windows = [charges.windows() for charges in self._charges]
        for unit, _, first, count in self._fixed:
            windows.append(np.array([[pool[unit], first, count]], np.int64))
        return busiest_months(len(self.city.pools), np.concatenate(windows))

    def spent(self) -> Ints:
        """Return what is spent of every resource whatever is chosen."""
        return np.concatenate([np.zeros(0, np.int64), *self._spent])

    # -- the program -------------------------------------------------------------------------------

    def program(self, item: Ints) -> tuple[Program, tuple[Cost, ...]]:
        """Return the program (with the first objective) and all objectives."""
        none = np.zeros(0, np.int64)
        limits = self._limits
        size = (self.choices, len(self._switches), self._levels)
        lower = np.concatenate([none, *(entry[2] for entry in limits)])
        upper = np.concatenate([none, *(entry[3] for entry in limits)])
        over_most = np.concatenate([none, *(entry[4] for entry in limits)])
        over_most = np.where(upper >= UNLIMITED, 0, over_most)
        use = [self._used(kind, size[kind]) for kind in range(3)]
        need = Csr.of(self.choices, *self._need.arrays())
        need = Csr(need.start, need.index, np.ones_like(need.value))
        reached = np.concatenate([none, *(r[0] for r in self._reach)])
        level = np.concatenate([none, *(r[1] for r in self._reach)])
        reach = Csr.of(self.choices, reached, level, np.ones_like(level))
        reach = Csr(reach.start, reach.index, np.ones_like(reach.value))
        costs = tuple(self._objective(k, size, len(lower)) for k in range(len(self.objectives)))
        sizes = np.concatenate([none, *(r[2] for r in self._rounds)])
        ceiling = self.ceiling or ("", none, none)
        program = Program(
            item=item,
            cost=costs[0],
            use=use[CHOICE],
            need=need,
            reach=reach,
            lower=lower,
            upper=upper,
            under_most=np.zeros(len(lower), np.int64),
            over_most=over_most,
            switch_use=use[SWITCH],
            round=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            round_switch=np.concatenate([none, *(r[3] for r in self._rounds)]),
            level_use=use[LEVEL],
            ceiling_resource=ceiling[1],
            ceiling_base=ceiling[2],
            caps=(),
            family=tuple(f for f, s, *_ in limits for _ in range(len(s))),
            subject=np.concatenate([none, *(entry[1] for entry in limits)]),
            switch_family=tuple(f for f, _ in self._switches),
            switch_subject=np.array([i for _, i in self._switches], np.int64),
            round_family=tuple(f for f, s, *_ in self._rounds for _ in range(len(s))),
            round_subject=np.concatenate([none, *(r[1] for r in self._rounds)]),
        )
        return program, costs

    def _used(self, kind: int, rows: int) -> Csr:
        """Return what rows use: as the rules say, and what their charges come to."""
        charges = self._charges[kind]
        used = Csr.of(rows, *self._use[kind].arrays())
        for resource in self._years:
            used = used.plus(charges.year(rows, resource))
        for resource in self._months:
            used = charges.months(rows, resource).plus(used)
        return used

    def _objective(self, k: int, size: tuple[int, int, int], resources: int) -> Cost:
        weights = self.objectives[k]
        rows = [np.zeros(n, np.int64) for n in size]
        for part, kind, row, amount in self._costs:
            if weights.get(part, 0):
                np.add.at(rows[kind], row, weights[part] * amount)
        over = np.zeros(resources, np.int64)
        for part, resource in self._over:
            np.add.at(over, resource, weights.get(part, 0))
        ceiling = weights.get(self.ceiling[0], 0) if self.ceiling else 0
        return Cost(
            choice=rows[CHOICE],
            switch=rows[SWITCH],
            level=rows[LEVEL],
            under=np.zeros(resources, np.int64),
            over=over,
            ceiling=ceiling,
            constant=self._constant[k],
        )


def alike(who: Ints, mark: Ints, state: Ints) -> Ints:
    """Group receivers with equal sets of marks and equal state: the group of each receiver."""
    n = int(who.max()) + 1
    span = int(mark.max()) + 1
    entry = distinct(who * span + mark)
    start = np.searchsorted(entry, np.arange(n + 1) * span)
    entry %= span
    state_of = np.zeros(n, np.int64)
    state_of[who] = state
    groups: dict[tuple[int, bytes], int] = {}
    marks = [entry[start[i] : start[i + 1]].tobytes() for i in range(n)]
    keys = zip(state_of.tolist(), marks, strict=True)
    return np.array([groups.setdefault(key, len(groups)) for key in keys], np.int64)
