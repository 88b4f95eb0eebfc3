"""Candidate arrangements: who may hold an item under law, jurisdiction, admission and pins.

Every rule is one named mask over tasks × communities that says where a holder passes it. The
candidates of an item are the arrangements that pass all of them in all of its cells; for an
arrangement left out, the masks that it fails are its refusal, with the legal ground.

Numbers are those of ``docs/model.md``, sections 4 (C2, C3, C4, C7, C14) and 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from realloc import law
from realloc.instance import (
    BARRED,
    CITY,
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
    PARTY_LED,
    SELF_GOVERNANCE,
    STATUTORY,
    STREET_OFFICE,
    City,
    Flags,
    Ints,
)
from realloc.schema import LEGS, POWER_TYPES, RULES

ALLOWED, IF_DELEGATED, IF_ADMITTED, IF_PURCHASED, _FORBIDDEN = range(len(RULES))
FLOOR_COMMUNITY, FLOOR_STREET, FLOOR_DEPARTMENT = range(3)

#: Slots of holders that every item has, besides contracts.
DISTRICT_DEPARTMENT, CITY_DEPARTMENT, STREET, IN_COMMUNITY, CANCELLED = range(5)

#: Arrangements of two holders: the detector is below the handler (docs/model.md, C2, shape).
_DOWN_UP = (
    (IN_COMMUNITY, STREET),
    (IN_COMMUNITY, DISTRICT_DEPARTMENT),
    (IN_COMMUNITY, CITY_DEPARTMENT),
    (STREET, DISTRICT_DEPARTMENT),
    (STREET, CITY_DEPARTMENT),
    (DISTRICT_DEPARTMENT, CITY_DEPARTMENT),
)

#: Rules that rest on the ground of the task itself.
_TASK_RULES = ("handling_floor", "statutory_ground")


@dataclass(frozen=True)
class Rule:
    """One test of a holder of a leg: ``passes`` is (tasks, communities) or broadcasts to it."""

    family: str
    name: str
    passes: Flags


@dataclass(frozen=True)
class Refusal:
    """Why an arrangement is no candidate of an item.

    Attributes
    ----------
    family, rule
        the family (C2 …) and the name of the failed test.
    leg
        detect or handle, or "" where the whole arrangement is refused.
    place
        code of the first community in which it fails.
    citations
        pieces of the legal ground (of the power type for the matrix, of the task for what is fixed
        for it, of the rule for others), with what is superseded on the city's date; none where it
        follows from the city's own tables.
    """

    family: str
    rule: str
    leg: str
    place: str
    citations: tuple[law.Citation, ...] = ()

    @property
    def ground(self) -> str:
        """The legal ground as it stands in the tables."""
        return "".join(citation.text for citation in self.citations)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Items of a city with their candidate arrangements.

    Attributes
    ----------
    task, place
        (items,) positions.
    item
        (items + 1,) choices of item i are ``item[i]:item[i+1]``.
    detector, handler
        (choices,) holder codes.
    splits
        (task, place, reason) of items that were split: ``current``, ``pin`` or ``unlawful``.
    """

    task: Ints
    place: Ints
    item: Ints
    detector: Ints
    handler: Ints
    splits: tuple[tuple[int, int, str], ...]

    def item_of(self) -> Ints:
        """Item of every choice."""
        return np.repeat(np.arange(len(self.task), dtype=np.int64), np.diff(self.item))


class Authority:
    """What law and admission let each holder of a city hold.

    Parameters
    ----------
    city
        the city.
    without
        families that are not tested (to show what a rule costs, and that its test can fail).
    """

    def __init__(self, city: City, without: frozenset[str] = frozenset()) -> None:
        self.city = city
        self.without = without
        self._matrix = law.matrix(city)

    # -- facts that the rules speak of -----------------------------------------------------------

    @cached_property
    def _delegation_rows(self) -> list[tuple[int, Flags]]:
        """Unit and tasks (mask) of every delegation valid at the city's date."""
        rows, date = self.city.tables["delegations"], self.city.settings["date"]
        tasks = self.city.tasks
        found = []
        for i, unit in enumerate(rows["unit"]):
            begins, ends = rows["valid_from"][i], rows["valid_until"][i]
            if (begins and begins > date) or (ends and ends < date):
                continue
            mask = np.array([t == rows["task"][i] for t in tasks.id], dtype=bool)
            if rows["power_type"][i]:
                mask |= tasks.power_type == POWER_TYPES.index(rows["power_type"][i])
            found.append((self.city.unit_of[unit], mask))
        return found

    @cached_property
    def _delegated(self) -> dict[int, Flags]:
        """Slot -> (tasks, communities): a valid delegation names the unit that would hold."""
        city = self.city
        shape = (len(city.tasks.id), city.n_communities)
        named = {slot: np.zeros(shape, dtype=bool) for slot in range(4)}
        for unit, tasks in self._delegation_rows:
            place = city.units.place[unit]
            inside = np.zeros(city.n_communities, dtype=bool)
            inside[city.places.first[place] : city.places.last[place]] = True
            kind = city.units.kind[unit]
            if kind == STREET_OFFICE:
                named[STREET] |= tasks[:, None] & (city.street_unit == unit)
            elif kind == COMMUNITY_UNIT:
                named[IN_COMMUNITY] |= tasks[:, None] & inside
            elif kind == DEPARTMENT:
                for level in (DISTRICT_DEPARTMENT, CITY_DEPARTMENT):
                    serves = city.departments[level][city.tasks.lead] == unit
                    named[level] |= tasks[:, None] & serves
        return named

    @cached_property
    def _closed(self) -> Flags:
        closed = [POWER_TYPES.index(p) for p in law.CLOSED]
        return np.isin(self.city.tasks.power_type, closed)

    @cached_property
    def floor(self) -> Ints:
        """Lowest tier that may handle, (tasks, communities): community, street or department.

        ``vertical`` prevails; a floor of street for a closed power type needs a delegation.
        """
        city = self.city
        floor = np.repeat(city.tasks.floor[:, None], city.n_communities, axis=1)
        conditional = self._closed[:, None] & (floor == FLOOR_STREET)
        floor = np.where(conditional & ~self._delegated[STREET], FLOOR_DEPARTMENT, floor)
        serving = city.departments[:, city.tasks.lead]
        vertical = (np.append(city.units.vertical, False)[serving]).any(axis=0)
        return np.where(vertical, FLOOR_DEPARTMENT, floor)

    def _rule_of(self, kind: int, leg: int) -> Ints:
        return self._matrix[self.city.tasks.power_type, kind, leg][:, None]

    def _governed(self, leg: int) -> Flags:
        """Where the task's self-governance leaves this leg to the community alone."""
        own = (self.city.tasks.governance == SELF_GOVERNANCE)[:, None]
        return own if leg == HANDLE else own & ~self.city.exists[HANDLE]

    # -- the rules -----------------------------------------------------------------------------

    def rules(self, slot: int, leg: int) -> list[Rule]:
        """Return the tests that a holder in a slot passes or fails for a leg."""
        found = [rule for rule in self._rules(slot, leg) if rule.family not in self.without]
        return found or [Rule("C1", "none", np.ones((1, 1), dtype=bool))]

    def _rules(self, slot: int, leg: int) -> Iterator[Rule]:
        city, tasks = self.city, self.city.tasks
        if slot == CANCELLED:
            statutory = (city.admission_status == STATUTORY).any(axis=0)
            grounded = np.array([bool(b) for b in tasks.legal_basis], dtype=bool)[:, None]
            yield Rule("C2", "not_cancellable", tasks.cancellable[:, None])
            yield Rule("C2", "statutory_ground", ~(statutory | grounded))
            yield Rule("C2", "self_governance", (tasks.governance != SELF_GOVERNANCE)[:, None])
            return
        kind = {STREET: STREET_OFFICE, IN_COMMUNITY: COMMUNITY_UNIT}.get(slot, DEPARTMENT)
        rule = self._rule_of(kind, leg)
        lawful = (rule == ALLOWED) | ((rule == IF_DELEGATED) & self._delegated[slot])
        if slot == IN_COMMUNITY:
            lawful = lawful | (rule == IF_ADMITTED)
        yield Rule("C2", "matrix", lawful)
        if slot != IN_COMMUNITY:
            yield Rule("C2", "self_governance", ~self._governed(leg))
        if leg == HANDLE and slot in (STREET, IN_COMMUNITY):
            tier = FLOOR_STREET if slot == STREET else FLOOR_COMMUNITY
            yield Rule("C2", "handling_floor", self.floor <= tier)
        if slot == STREET:
            yield Rule("C3", "no_street_office", (city.street_unit >= 0)[None, :])
        elif slot == IN_COMMUNITY:
            side = (tasks.governance == SELF_GOVERNANCE).astype(int)
            yield Rule("C3", "no_community_unit", city.community_unit[side] >= 0)
            status = city.admission_status[leg]
            yield Rule("C4", "not_admitted", (status >= 0) & (status != BARRED))
            if leg == HANDLE:
                keeps = tasks.admissible[:, None] | (status == STATUTORY)
                yield Rule("C4", "not_admissible", keeps)
        else:
            yield Rule("C3", "no_department", city.departments[slot][tasks.lead] >= 0)

    def contract_rules(self, k: int, leg: int) -> list[Rule]:
        """Return the tests of contract `k` as the holder of a leg."""
        found = [rule for rule in self._contract_rules(k, leg) if rule.family not in self.without]
        return found or [Rule("C1", "none", np.ones((1, 1), dtype=bool))]

    def _contract_rules(self, k: int, leg: int) -> Iterator[Rule]:
        city, tasks, contracts = self.city, self.city.tasks, self.city.contracts
        buyer, contractor = contracts.buyer[k], contracts.contractor[k]
        rule = self._rule_of(CONTRACTOR, leg)
        named = np.zeros(len(tasks.id), dtype=bool)
        for unit, mask in self._delegation_rows:
            if unit == contractor:
                named |= mask
        lawful = (rule == ALLOWED) | (rule == IF_PURCHASED) | (
            (rule == IF_DELEGATED) & named[:, None]
        )  # fmt: skip
        yield Rule("C2", "matrix", lawful)
        yield Rule("C2", "self_governance", ~self._governed(leg))
        if leg == HANDLE:
            tier = FLOOR_STREET if city.units.kind[buyer] == STREET_OFFICE else FLOOR_DEPARTMENT
            yield Rule("C2", "handling_floor", self.floor <= tier)
            yield Rule("C2", "party_led", (tasks.governance != PARTY_LED)[:, None])
            yield Rule("C7", "closed_power", ~self._closed[:, None])
        place = city.units.place[buyer]
        inside = np.zeros(city.n_communities, dtype=bool)
        inside[city.places.first[place] : city.places.last[place]] = True
        yield Rule("C3", "contract_place", (contracts.communities[k] & inside)[None, :])
        yield Rule("C7", "not_outsourceable", tasks.outsourceable[:, None])
        yield Rule("C7", "category", self._in_category(k)[:, None])
        good = contracts.grade[k] >= city.settings["least_grade"]
        yield Rule("C7", "grade", np.full((1, 1), good))

    @cached_property
    def _of_category(self) -> dict[str, Flags]:
        """Category -> which tasks are of it."""
        category = np.array(self.city.tasks.category, dtype=object)
        return {name: category == name for name in set(self.city.tasks.category)}

    def _in_category(self, k: int) -> Flags:
        wanted = self.city.contracts.categories[k]
        some = [self._of_category[c] for c in wanted if c in self._of_category]
        return np.logical_or.reduce([np.full(len(self.city.tasks.id), not wanted), *some])

    @cached_property
    def _lawful(self) -> dict[tuple[int, int], Flags]:
        """(slot, leg) -> (tasks, communities): the holder passes all tests."""
        shape = (len(self.city.tasks.id), self.city.n_communities)
        return {
            (slot, leg): np.broadcast_to(_all([r.passes for r in self.rules(slot, leg)]), shape)
            for slot in range(5)
            for leg in (DETECT, HANDLE)
        }

    def community_may_hold(self) -> Flags:
        """Where a community may hold a leg, (legs, tasks, communities), its arrangement aside."""
        return np.stack([self._lawful[IN_COMMUNITY, leg] for leg in (DETECT, HANDLE)])

    # -- items and candidates --------------------------------------------------------------------

    def candidates(self) -> Candidates:
        """Return the items of the city with their candidate arrangements.

        Items are split as written in ``docs/model.md``, section 5, and come in order of task and
        place, choices in a fixed order of holders.
        """
        city = self.city
        task, place = self._scope_items()
        splits: list[tuple[int, int, str]] = []
        done: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []
        while len(task):
            reason = self._reaches_below(task, place)
            may_split = city.places.tier[place] > COMMUNITY
            now = may_split & (reason != "")
            todo, held = np.flatnonzero(~now), np.flatnonzero(now)
            row, detector, handler = self._arrangements(task[todo], place[todo])
            empty = np.bincount(row, minlength=len(todo)) == 0
            again = todo[empty & may_split[todo]]
            splits += [(int(task[i]), int(place[i]), str(reason[i])) for i in held]
            splits += [(int(task[i]), int(place[i]), "unlawful") for i in again]
            stay = ~(empty & may_split[todo])
            kept = todo[stay]
            number = np.cumsum(stay) - 1
            done.append((task[kept], place[kept], number[row], detector, handler))
            task, place = self._split(np.concatenate([task[held], task[again]]),
                                      np.concatenate([place[held], place[again]]))  # fmt: skip
            task, place = self._existing(task, place)
        return _assemble(done, tuple(splits))

    def _scope_items(self) -> tuple[Ints, Ints]:
        """Return every task in every place of its scope, or below where that tier is missing.

        Places of one task never overlap: an item is the highest place, up to the scope, in which a
        community lies. One above the scope would reach into places of the scope beside it.
        """
        city = self.city
        tasks, places = [], []
        for t, scope in enumerate(city.tasks.scope.tolist()):
            highest = city.communities.astype(np.int64)
            for row in city.above[: scope + 1]:
                highest = np.where(row >= 0, row, highest)
            spots = np.unique(highest)
            tasks.append(np.full(len(spots), t, np.int64))
            places.append(spots)
        none = np.zeros(0, np.int64)
        return self._existing(np.concatenate([none, *tasks]), np.concatenate([none, *places]))

    def _existing(self, task: Ints, place: Ints) -> tuple[Ints, Ints]:
        exists = self.city.exists
        some = self._count(exists[DETECT] | exists[HANDLE], task, place) > 0
        return task[some], place[some]

    def _count(self, mask: Flags, task: Ints, place: Ints) -> Ints:
        """Count the cells of each item in which a (tasks, communities) mask holds."""
        running = np.zeros((mask.shape[0], mask.shape[1] + 1), dtype=np.int64)
        np.cumsum(mask, axis=1, out=running[:, 1:])
        places = self.city.places
        return running[task, places.last[place]] - running[task, places.first[place]]

    def _split(self, task: Ints, place: Ints) -> tuple[Ints, Ints]:
        """Return the items of the next tier down that hold communities."""
        city = self.city
        tasks, places = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for t, p in zip(task.tolist(), place.tolist(), strict=True):
            below = np.flatnonzero(city.places.parent == p)
            below = below[city.places.last[below] > city.places.first[below]]
            tasks.append(np.full(len(below), t, np.int64))
            places.append(below.astype(np.int64))
        return np.concatenate(tasks), np.concatenate(places)

    @cached_property
    def _rows_below(self) -> dict[str, Ints]:
        """Table -> (task, place), as `_numbers`, where a row of it names a place strictly below."""
        city = self.city
        found: dict[str, Ints] = {}
        for table, reason in (("current", "current"), ("pins", "pin")):
            rows = city.tables[table]
            seen: set[tuple[int, int]] = set()
            for task, code in zip(rows["task"], rows["place"], strict=True):
                if not code:
                    continue
                t, p = city.task_of[task], int(city.places.parent[city.place_of[code]])
                while p >= 0 and (t, p) not in seen:
                    seen.add((t, p))
                    p = int(city.places.parent[p])
            pairs = np.array(sorted(seen), np.int64).reshape(-1, 2)
            found[reason] = self._numbers(pairs[:, 0], pairs[:, 1])
        return found

    def _numbers(self, task: Ints, place: Ints) -> Ints:
        return task * len(self.city.places.code) + place

    def _reaches_below(self, task: Ints, place: Ints) -> np.ndarray:
        words = np.full(len(task), "", dtype=object)
        number = self._numbers(task, place)
        for reason, below in reversed(self._rows_below.items()):  # the first one prevails
            words[np.isin(number, below)] = reason
        return words

    def _arrangements(self, task: Ints, place: Ints) -> tuple[Ints, Ints, Ints]:
        """Return (item, detector, handler) of all candidates of these items, in order."""
        city = self.city
        exists = [self._count(city.exists[leg], task, place) > 0 for leg in (DETECT, HANDLE)]
        passes = {
            key: self._count(~ok & city.exists[key[1]], task, place) == 0
            for key, ok in self._lawful.items()
        }
        both = exists[DETECT] & exists[HANDLE]
        codes = {
            (slot, leg): np.full(len(task), code)
            for leg in (DETECT, HANDLE)
            for slot, code in (
                (STREET, HOLD_STREET), (IN_COMMUNITY, HOLD_COMMUNITY), (CANCELLED, HOLD_CANCELLED)
            )
        }  # fmt: skip
        for leg in (DETECT, HANDLE):
            codes |= self._one_department(leg, task, place)
        for slot in (DISTRICT_DEPARTMENT, CITY_DEPARTMENT):
            for leg in (DETECT, HANDLE):
                passes[slot, leg] &= (codes[slot, leg] >= 0) | ~exists[leg]
                codes[slot, leg] = np.where(exists[leg], codes[slot, leg], codes[slot, 1 - leg])
        found: list[tuple[Ints, Ints, Ints]] = []

        def add(rows: Ints, detector: Ints, handler: Ints) -> None:
            found.append((rows, detector[rows], handler[rows]))

        for slot in (CITY_DEPARTMENT, DISTRICT_DEPARTMENT, STREET, IN_COMMUNITY, CANCELLED):
            one = codes[slot, DETECT] == codes[slot, HANDLE]
            rows = np.flatnonzero(one & passes[slot, DETECT] & passes[slot, HANDLE])
            add(rows, codes[slot, DETECT], codes[slot, HANDLE])
        for below, above in _DOWN_UP:
            rows = np.flatnonzero(both & passes[below, DETECT] & passes[above, HANDLE])
            add(rows, codes[below, DETECT], codes[above, HANDLE])
        by_task = np.argsort(task, kind="stable")
        of_task = np.split(by_task, np.cumsum(np.bincount(task, minlength=len(city.tasks.id)))[:-1])
        for k in range(len(city.contracts.id)):
            rows, (detects, handles) = self._contract_items(k, of_task, place)
            code = np.broadcast_to(np.int64(len(city.units.id) + k), len(task))
            two = both[rows]
            add(rows[detects & handles], code, code)
            for slot in (IN_COMMUNITY, STREET):
                some = two & passes[slot, DETECT][rows] & handles
                add(rows[some], codes[slot, DETECT], code)
            for slot in (IN_COMMUNITY, STREET, DISTRICT_DEPARTMENT, CITY_DEPARTMENT):
                some = two & detects & passes[slot, HANDLE][rows]
                add(rows[some], code, codes[slot, HANDLE])
        item = np.concatenate([f[0] for f in found])
        detector = np.concatenate([f[1] for f in found])
        handler = np.concatenate([f[2] for f in found])
        keep = self._pinned(task, place, item, detector, handler)
        item, detector, handler = item[keep], detector[keep], handler[keep]
        order = np.argsort(item, kind="stable")
        return item[order], detector[order], handler[order]

    def _one_department(self, leg: int, task: Ints, place: Ints) -> dict[tuple[int, int], Ints]:
        """Return for each level the one department that serves all cells of each item, or NONE.

        Only cells in which the leg exists count; keys are (slot, leg).
        """
        city = self.city
        cells, exists = np.arange(city.n_communities), city.exists[leg]
        after = np.where(exists, cells, city.n_communities - 1)
        after = np.minimum.accumulate(after[:, ::-1], axis=1)[:, ::-1]
        before = np.maximum.accumulate(np.where(exists, cells, 0), axis=1)
        first = after[task, city.places.first[place]]
        last = before[task, city.places.last[place] - 1]
        lead = city.tasks.lead[task]
        units = {}
        for slot in (DISTRICT_DEPARTMENT, CITY_DEPARTMENT):
            one = city.departments[slot][lead, first]
            same = one == city.departments[slot][lead, last]
            units[slot, leg] = np.where(same, one, NONE)
        return units

    def _contract_items(
        self, k: int, of_task: list[Ints], place: Ints
    ) -> tuple[Ints, tuple[Flags, Flags]]:
        """Return the items that contract `k` could serve, and for each leg where it may hold.

        `of_task` lists the items of every task, `place` has the place of every item.
        """
        city = self.city
        rules = [self.contract_rules(k, leg) for leg in (DETECT, HANDLE)]
        for_tasks = [_all([r.passes for r in leg if r.passes.shape[1] == 1]) for leg in rules]
        wanted = np.broadcast_to(for_tasks[DETECT] | for_tasks[HANDLE], (len(city.tasks.id), 1))
        tasks = np.flatnonzero(wanted[:, 0])
        rows = np.concatenate([np.zeros(0, np.int64), *(of_task[t] for t in tasks.tolist())])
        where = np.repeat(np.arange(len(tasks)), [len(of_task[t]) for t in tasks.tolist()])
        served = _all([r.passes for r in rules[DETECT] if r.passes.shape[0] == 1])
        if served.shape[1] > 1:
            inside = np.concatenate([[0], np.cumsum(served[0])])
            first, last = city.places.first[place[rows]], city.places.last[place[rows]]
            some = inside[last] > inside[first]
            rows, where = rows[some], where[some]
        may = []
        for leg in (DETECT, HANDLE):
            passes = np.ones((len(tasks), city.n_communities), dtype=bool)
            for rule in rules[leg]:
                passes &= rule.passes if rule.passes.shape[0] == 1 else rule.passes[tasks]
            missing = ~passes & city.exists[leg, tasks]
            may.append(self._count(missing, where, place[rows]) == 0)
        return rows, (may[DETECT], may[HANDLE])

    def _pinned(self, task: Ints, place: Ints, item: Ints, detector: Ints, handler: Ints) -> Flags:
        """Return which choices keep all pins (C14) in the cells where the leg exists."""
        city = self.city
        keep = np.ones(len(item), dtype=bool)
        if "C14" in self.without:
            return keep
        rows = city.tables["pins"]
        for i, word in enumerate(rows["task"]):
            t, leg = city.task_of[word], LEGS.index(rows["leg"][i])
            p = city.place_of[rows["place"][i]] if rows["place"][i] else 0
            code = city.holder_codes[rows["holder"][i]]
            mask = np.zeros((1, city.n_communities), dtype=bool)
            mask[0, city.places.first[p] : city.places.last[p]] = True
            mask &= city.exists[leg, t][None, :]
            named = self._count(mask, np.zeros_like(task), place)
            chosen = np.flatnonzero(((task == t) & (named > 0))[item])
            held = self._cells_held(code, mask, (detector if leg == DETECT else handler)[chosen],
                                    place[item[chosen]])  # fmt: skip
            asked = named[item[chosen]] if rows["rule"][i] == "keep" else 0
            keep[chosen] &= held == asked
        return keep

    def _cells_held(self, code: int, cells: Flags, holder: Ints, place: Ints) -> Ints:
        """Count the cells (of a mask) of each place in which `holder` is the holder `code`.

        A street office or community unit named by its id is ``street`` / ``community`` in its own
        cells.
        """
        city = self.city
        zero = np.zeros_like(place)
        held = np.where(holder == code, self._count(cells, zero, place), 0)
        if 0 <= code < len(city.units.id):
            kind, at = city.units.kind[code], city.units.place[code]
            if kind == STREET_OFFICE:
                own = cells & (city.street_unit == code)
                held += np.where(holder == HOLD_STREET, self._count(own, zero, place), 0)
            elif kind == COMMUNITY_UNIT:
                own = cells & (city.communities == at)
                held += np.where(holder == HOLD_COMMUNITY, self._count(own, zero, place), 0)
        return held

    # -- why not -----------------------------------------------------------------------------------

    def refusals(self, task: int, place: int, detector: int, handler: int) -> tuple[Refusal, ...]:
        """Return every rule that refuses an arrangement of a task in a place; () if it may be.

        Parameters
        ----------
        task, place
            positions.
        detector, handler
            holder codes.
        """
        city = self.city
        cells = np.arange(city.places.first[place], city.places.last[place])
        found = [
            refusal for leg, holder in ((DETECT, detector), (HANDLE, handler))
            for refusal in self.leg_refusals(leg, task, cells, holder)
        ]  # fmt: skip
        if not found and detector != handler and not self._shape(detector, handler):
            found.append(Refusal("C2", "handed_downwards", "", city.places.code[place]))
        one = np.zeros(1, np.int64)
        keep = self._pinned(np.array([task]), np.array([place]), one, np.array([detector]),
                            np.array([handler]))  # fmt: skip
        if not keep[0]:
            found.append(Refusal("C14", "pin", "", city.places.code[place]))
        return tuple(found)

    def leg_refusals(
        self, leg: int, task: int, communities: Ints, holder: int
    ) -> tuple[Refusal, ...]:
        """Return every rule that refuses a holder one leg of a task in some communities.

        Parameters
        ----------
        leg, task
            positions.
        communities
            positions among the communities; where the leg does not exist nothing is asked.
        holder
            code of a holder, whoever it is today.

        Raises
        ------
        ValueError
            If `holder` is nobody.
        """
        city = self.city
        there = communities[city.exists[leg, task, communities]]
        rules, kind = self._rules_of_code(holder, leg)
        found: list[Refusal] = []
        for rule in rules:
            passes = np.broadcast_to(rule.passes, city.exists.shape[1:])[task, there]
            if passes.all():
                continue
            spot = city.places.code[city.communities[there[np.argmin(passes)]]]
            ground = law.rule_grounds().get(rule.name, "")
            if rule.name == "matrix" and kind is not None:
                ground = str(self._grounds[city.tasks.power_type[task], kind, leg])
            elif rule.name in _TASK_RULES:
                ground = city.tasks.legal_basis[task]
            cited = law.cite(ground, str(city.settings["date"]))
            found.append(Refusal(rule.family, rule.name, LEGS[leg], spot, cited))
        return tuple(found)

    @cached_property
    def _grounds(self) -> Any:
        """Legal ground of each cell of the matrix."""
        return law.grounds(self.city)

    def _rules_of_code(self, code: int, leg: int) -> tuple[list[Rule], int | None]:
        city = self.city
        if code == HOLD_NOBODY:
            raise ValueError("nobody holds nothing: no rule can refuse it")
        if code >= len(city.units.id):
            return self.contract_rules(code - len(city.units.id), leg), CONTRACTOR
        slots = {
            HOLD_STREET: (STREET, STREET_OFFICE),
            HOLD_COMMUNITY: (IN_COMMUNITY, COMMUNITY_UNIT),
            HOLD_CANCELLED: (CANCELLED, None),
        }
        if code in slots:
            slot, kind = slots[code]
            return self.rules(slot, leg), kind
        kind = int(city.units.kind[code])
        if kind != DEPARTMENT:  # today's, in person; a plan names its own as such, or a contract
            rule = "no_contract" if kind == CONTRACTOR else "foreign_unit"
            return [Rule("C3", rule, np.zeros((1, 1), dtype=bool))], kind
        level = CITY_DEPARTMENT if city.places.tier[city.units.place[code]] == CITY else 0
        serves = city.departments[level] == code
        lead = serves[city.tasks.lead]
        return [*self.rules(level, leg), Rule("C3", "not_the_lead", lead)], DEPARTMENT

    def _shape(self, detector: int, handler: int) -> bool:
        size = len(self.city.units.id)
        if handler >= size:
            return detector in (HOLD_COMMUNITY, HOLD_STREET)
        if detector >= size:
            return handler != HOLD_CANCELLED
        rank = {HOLD_COMMUNITY: 0, HOLD_STREET: 1, HOLD_CANCELLED: 9}
        places = self.city.places
        tiers = [
            rank[code] if code in rank else int(places.tier[self.city.units.place[code]])
            for code in (detector, handler)
        ]
        return tiers[0] < tiers[1] < 9


def _all(masks: list[Flags]) -> Flags:
    total = np.ones((1, 1), dtype=bool)
    for mask in masks:
        total = total & mask
    return total


def _assemble(
    done: list[tuple[Ints, Ints, Ints, Ints, Ints]], splits: tuple[tuple[int, int, str], ...]
) -> Candidates:
    """Put rounds of items together in order of task and place."""
    offsets = np.cumsum([0, *(len(d[0]) for d in done)])
    none = np.zeros(0, np.int64)
    task = np.concatenate([none, *(d[0] for d in done)])
    place = np.concatenate([none, *(d[1] for d in done)])
    item = np.concatenate([none, *(d[2] + o for d, o in zip(done, offsets[:-1], strict=True))])
    detector = np.concatenate([none, *(d[3] for d in done)])
    handler = np.concatenate([none, *(d[4] for d in done)])
    order = np.lexsort((place, task))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    item = rank[item]
    by_item = np.argsort(item, kind="stable")
    start = np.zeros(len(task) + 1, dtype=np.int64)
    np.cumsum(np.bincount(item, minlength=len(task)), out=start[1:])
    return Candidates(task[order], place[order], start, detector[by_item], handler[by_item], splits)
