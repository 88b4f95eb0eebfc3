"""What is decided as one: the items of section 5 of the model, and C1, which asks for each of them.

An arrangement is lawful in a cell if the rules of :mod:`realloc.evaluation.legality` find nothing
there in an allocation in which its holders hold everything; so the rules are not stated again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np

from realloc.evaluation.facts import SHIFT, Facts
from realloc.evaluation.findings import Violation, violation
from realloc.evaluation.legality import (
    HANDS_TO,
    against_pins,
    at_cells,
    at_legs,
    ill_governed,
    not_admitted,
    outside_jurisdiction,
    purchase_gates,
    unauthorized,
)
from realloc.evaluation.use import Use, hold
from realloc.instance import (
    COMMUNITY,
    COMMUNITY_UNIT,
    CONTRACTOR,
    DEPARTMENT,
    DETECT,
    HANDLE,
    HOLD_CANCELLED,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    HOLD_STREET,
    NONE,
    STREET_OFFICE,
    Allocation,
    Flags,
    Ints,
)


@dataclass(frozen=True, eq=False)
class Items:
    """Each task and place in which one decision holds for all communities.

    Attributes
    ----------
    task, place
        (items,) positions.
    at
        (tasks, communities) position of the item of each cell, NONE where no leg exists.
    legs
        (items, legs): the leg exists in one of its cells.
    """

    task: Ints
    place: Ints
    at: Ints
    legs: Flags

    @cached_property
    def number(self) -> dict[tuple[int, int], int]:
        """Number of the item of a task and a place."""
        rows = zip(self.task.tolist(), self.place.tolist(), strict=True)
        return {row: i for i, row in enumerate(rows)}


@lru_cache(maxsize=4)
def items_of(facts: Facts) -> Items:
    """Return the items of a city: scopes, split where they must be (section 5 of the model)."""
    counts = _Counts(facts)
    exists = facts.city.exists[DETECT] | facts.city.exists[HANDLE]
    arrangements = _Arrangements(facts, counts)
    below = _named_below(facts)
    parents = facts.city.places.parent
    found: list[tuple[int, int]] = []
    task, place = _scopes(facts)
    while len(task):
        some = counts.cells(exists, task, place) > 0
        task, place = task[some], place[some]
        split = below[task, place] | ~arrangements.exist(task, place)
        split &= facts.city.places.tier[place] > COMMUNITY
        found += zip(task[~split].tolist(), place[~split].tolist(), strict=True)
        next_down = [
            (t, p)
            for t, above in zip(task[split].tolist(), place[split].tolist(), strict=True)
            for p in np.flatnonzero(parents == above).tolist()
        ]
        task, place = np.array(next_down, dtype=np.int64).reshape(-1, 2).T
    return _items(facts, counts, sorted(found))


def _items(facts: Facts, counts: _Counts, rows: list[tuple[int, int]]) -> Items:
    task, place = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    exists, places = facts.city.exists, facts.city.places
    at = np.full(facts.shape, NONE, dtype=np.int64)
    for i, (t, p) in enumerate(rows):
        at[t, places.first[p] : places.last[p]] = i
    legs = np.stack([counts.cells(exists[leg], task, place) > 0 for leg in (DETECT, HANDLE)], 1)
    return Items(task, place, np.where(exists.any(axis=0), at, NONE), legs)


def _scopes(facts: Facts) -> tuple[Ints, Ints]:
    """Return each task in each place of its scope; without that tier, in the highest below it."""
    home = facts.city.communities
    found: set[tuple[int, int]] = set()
    for t, scope in enumerate(facts.city.tasks.scope.tolist()):
        downwards = facts.ancestor[scope::-1, home]
        first = np.argmax(downwards != NONE, axis=0)
        places = downwards[first, np.arange(facts.n_communities)]
        found |= {(t, p) for p in set(places.tolist())}
    task, place = np.array(sorted(found), dtype=np.int64).reshape(-1, 2).T
    return task, place


def _named_below(facts: Facts) -> Flags:
    """Return where a row of today or a pin names a place strictly below, (tasks, places)."""
    city = facts.city
    found = np.zeros((facts.n_tasks, len(city.places.code)), dtype=bool)
    for table in ("current", "pins"):
        rows = city.tables[table]
        for task, code in zip(rows["task"], rows["place"], strict=True):
            if code:
                p = city.place_of[code]
                above = facts.ancestor[:, p]
                found[city.task_of[task], above[(above != NONE) & (above != p)]] = True
    return found


class _Counts:
    """Sums over the communities of places."""

    def __init__(self, facts: Facts) -> None:
        self.first, self.last = facts.city.places.first, facts.city.places.last

    def cells(self, values: Ints | Flags, task: Ints, place: Ints) -> Ints:
        """Return the sum of values (tasks, communities) of each task in each place."""
        running = np.zeros((values.shape[0], values.shape[1] + 1), dtype=np.int64)
        np.cumsum(values, axis=1, out=running[:, 1:])
        return running[task, self.last[place]] - running[task, self.first[place]]


class _Arrangements:
    """Whether somebody may hold the legs of a task in a whole place."""

    def __init__(self, facts: Facts, counts: _Counts) -> None:
        self.facts, self.counts = facts, counts
        self.offices = [
            _Holder(facts, facts.city_department, DEPARTMENT, tier=3),
            _Holder(facts, facts.district_department, DEPARTMENT, tier=2),
            *(
                _Holder(facts, np.full(facts.shape, code), kind)
                for code, kind in (
                    (HOLD_STREET, STREET_OFFICE), (HOLD_COMMUNITY, COMMUNITY_UNIT),
                    (HOLD_CANCELLED, NONE),
                )
            ),
        ]  # fmt: skip

    @cached_property
    def contracts(self) -> list[_Holder]:
        first = len(self.facts.city.units.id)
        codes = range(first, first + len(self.facts.city.contracts.id))
        shape = self.facts.shape
        return [_Holder(self.facts, np.full(shape, code), CONTRACTOR) for code in codes]

    def exist(self, task: Ints, place: Ints) -> Flags:
        """Return where one arrangement is lawful in all communities of the place."""
        found = self._exist(task, place, self.offices)
        left = np.flatnonzero(~found)
        if len(left):  # most items need nobody else
            found[left] = self._exist(task[left], place[left], [*self.offices, *self.contracts])
        return found

    def _exist(self, task: Ints, place: Ints, holders: list[_Holder]) -> Flags:
        counts, exists = self.counts, self.facts.city.exists
        two = np.all([counts.cells(leg, task, place) > 0 for leg in exists], axis=0)
        found = np.zeros(len(task), dtype=bool)
        may: list[list[Flags]] = []
        for holder in holders:
            alone = [counts.cells(bad, task, place) == 0 for bad in holder.bad]
            found |= alone[DETECT] & alone[HANDLE] & self._same(holder, exists, task, place)
            may.append(
                [alone[leg] & self._same(holder, exists[[leg]], task, place)
                 for leg in (DETECT, HANDLE)]
            )  # fmt: skip
        for (one, detects), (other, handles) in product(zip(holders, may, strict=True), repeat=2):
            if one is not other and one.hands_to(other):
                found |= two & detects[DETECT] & handles[HANDLE]
        return found

    def _same(self, holder: _Holder, legs: Flags, task: Ints, place: Ints) -> Flags:
        """Return where a holder is one and the same in all cells in which these legs exist."""
        code = holder.code
        if (code == code.flat[0]).all():
            return np.ones(len(task), dtype=bool)
        n, total, squares = (
            self.counts.cells((legs * code**k).sum(axis=0), task, place) for k in (0, 1, 2)
        )
        return n * squares == total**2  # by Cauchy and Schwarz only if all are equal


class _Holder:
    """Somebody who would hold all legs of all tasks: `code` and `bad` by cell, `bad` by leg."""

    def __init__(self, facts: Facts, code: Ints, kind: int, tier: int = NONE) -> None:
        nobody = (code == NONE) & (kind == DEPARTMENT)
        self.code, self.kind, self.tier = np.where(nobody, HOLD_NOBODY, code), kind, tier
        holder = np.stack([self.code, self.code])
        # as today's: candidates of C4 that are in use count as on
        held = hold(facts, Allocation(holder, None, frozenset(), frozenset(), frozenset(), True))
        self.bad = facts.city.exists & nobody
        rules = (unauthorized, ill_governed, outside_jurisdiction, not_admitted, purchase_gates)
        for rule in rules:
            for bad in rule(facts, held).values():
                self.bad |= bad
        for leg, task, cells, bad, _ in against_pins(facts, held):
            self.bad[leg, task, cells] |= bad
        self.bad &= facts.city.exists

    def hands_to(self, other: _Holder) -> bool:
        """Return whether it may detect what the other handles (the shape of C2)."""
        if self.kind == other.kind == DEPARTMENT:
            return self.tier < other.tier
        return other.kind in HANDS_TO.get(self.kind, ())


def violations_c1_full_inventory(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C1: the rows of a plan are the items, each is an arrangement, every leg has a holder."""
    held, exists = use.held, facts.city.exists
    is_cancelled = held.holder == HOLD_CANCELLED
    half = exists.all(axis=0) & (is_cancelled[DETECT] != is_cancelled[HANDLE])
    return [
        *_rows(facts, held.allocation),
        *at_legs(facts, "C1", "nobody", exists & (held.holder == HOLD_NOBODY), held),
        *at_cells(facts, "C1", "half_cancelled", half, held),
    ]


def _rows(facts: Facts, allocation: Allocation) -> Iterator[Violation]:
    """Compare the rows of a plan with the items; today's allocation has none."""
    if allocation.rows is None:
        return
    items = items_of(facts)
    number = items.number
    named = Counter((t, p) for t, p, _, _ in allocation.rows)
    for row in number:
        if row not in named:
            yield _at_row(facts, "not_named", *row)
    exists, first, last = facts.city.exists, facts.city.places.first, facts.city.places.last
    for t, p, detector, handler in sorted(allocation.rows):
        count = named.pop((t, p), 0)  # the first time only
        if (t, p) not in number:
            yield _at_row(facts, "no_item", t, p)
        elif count > 1:
            yield _at_row(facts, "named_twice", t, p)
        elif not _fits(facts, items.legs[number[t, p]], exists[:, t, first[p] : last[p]],
                       detector, handler):  # fmt: skip
            yield _at_row(facts, "no_arrangement", t, p)


def _at_row(facts: Facts, reason: str, task: int, place: int) -> Violation:
    city = facts.city
    some = city.exists[:, task, city.places.first[place] : city.places.last[place]].any(axis=0)
    at = {"task": city.tasks.id[task], "place": city.places.code[place]}
    return violation("C1", max(1, int(some.sum())), reason=reason, **at)


def _fits(facts: Facts, legs: Flags, cells: Flags, detector: int, handler: int) -> bool:
    """Return whether two holders are an arrangement of an item with these legs and cells.

    One who may hand on to the other, or only one. Where both legs exist in one cell C1 and C2 see
    to it, but they may exist in different cells, or one in none: then nobody else is named for it.
    A leg without a holder is another matter.
    """
    if detector == handler or cells.all(axis=0).any():
        return True
    if not legs.all():
        return HOLD_NOBODY in (detector, handler)
    if HOLD_CANCELLED in (detector, handler):
        return False
    one, other = detector + SHIFT, handler + SHIFT
    kinds = facts.holder_kind[one], facts.holder_kind[other]
    if kinds == (DEPARTMENT, DEPARTMENT):
        return facts.holder_tier[one] < facts.holder_tier[other]
    return kinds[1] in HANDS_TO.get(kinds[0], ())
