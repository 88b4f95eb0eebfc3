"""What the city alone decides: section 1 of the model, before anybody holds anything.

Everything here is the same for every allocation of a city and is worked out once. Arrays over
cells have shape (tasks, communities), arrays over legs (legs, tasks, communities).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from realloc import law
from realloc.instance import (
    CITY,
    COMMUNITY_UNIT,
    CONTRACTOR,
    DEPARTMENT,
    HOLD_NOBODY,
    NONE,
    SELF_GOVERNANCE,
    STATUTORY,
    STREET,
    STREET_OFFICE,
    City,
    Flags,
    Ints,
)
from realloc.schema import ALL_YEAR, FLOORS, POWER_TYPES

#: Power types whose handling is closed to contracts, and to streets without a delegation.
CLOSED = ("licensing", "penalty", "coercion", "levy", "adjudication", "inspection")

#: A floor of "department" is met from the tier of district departments (2) upwards, so the
#: positions of FLOORS are tiers.
DEPARTMENT_FLOOR = FLOORS.index("department")

#: Holder codes start at HOLD_NOBODY; `code + SHIFT` is a row of the tables below.
SHIFT = -HOLD_NOBODY


@dataclass(frozen=True, eq=False)
class Duties:
    """Forms, then inspections; `row` is the position in its own list, `window` a position."""

    is_form: Flags
    row: Ints
    task: Ints
    leg: Ints
    by: Ints
    times: Ints
    minutes: Ints
    window: Ints
    scheme: Ints


class Facts:
    """Look-ups of one city that every section of the evaluation reads."""

    def __init__(self, city: City):
        self.city = city
        self.n_tasks = len(city.tasks.id)
        self.n_communities = city.n_communities
        self.shape = (self.n_tasks, self.n_communities)

    # -- holders, by code + SHIFT: nobody, cancelled, community, street, units, contracts ------

    def _by_code(self, nobody: int, community: int, street: int, units: Ints, contracts: Ints):
        head = np.array([nobody, nobody, community, street], dtype=np.int64)
        return np.concatenate([head, units, contracts])

    @cached_property
    def holder_kind(self) -> Ints:
        """Kind of each holder; NONE for nobody and cancelled."""
        contracts = np.full(len(self.city.contracts.id), CONTRACTOR, dtype=np.int64)
        return self._by_code(
            NONE, COMMUNITY_UNIT, STREET_OFFICE, self.city.units.kind, contracts
        )  # fmt: skip

    @cached_property
    def unit_tier(self) -> Ints:
        """Tier of each unit: community 0, street office 1, departments 2 and 3.

        A contractor has no tier of its own (NONE), only its contracts have.
        """
        units = self.city.units
        at_city = self.city.places.tier[units.place] == CITY
        tier = np.full(len(units.id), NONE, dtype=np.int64)
        tier[units.kind == COMMUNITY_UNIT] = 0
        tier[units.kind == STREET_OFFICE] = 1
        tier[(units.kind == DEPARTMENT) & ~at_city] = 2
        tier[(units.kind == DEPARTMENT) & at_city] = 3
        return tier

    @cached_property
    def holder_tier(self) -> Ints:
        """Tier of each holder; a contract has that of its buyer."""
        return self._by_code(
            NONE, 0, 1, self.unit_tier, self.unit_tier[self.city.contracts.buyer]
        )  # fmt: skip

    @cached_property
    def holder_effort(self) -> Ints:
        """Effort factor of each holder, per mille."""
        settings = self.city.settings
        community, street = settings["effort.community"], settings["effort.street_office"]
        contractor = settings["effort.contractor"]
        by_kind = np.array([settings["effort.district_department"], street, community, contractor])
        units = by_kind[self.city.units.kind]
        units[self.unit_tier == 3] = settings["effort.city_department"]
        contracts = np.full(len(self.city.contracts.id), contractor, dtype=np.int64)
        return self._by_code(0, community, street, units, contracts)

    @cached_property
    def holder_unit(self) -> Ints:
        """Unit that works for each holder; NONE where it depends on the cell or is nobody."""
        units = np.arange(len(self.city.units.id), dtype=np.int64)
        return self._by_code(NONE, NONE, NONE, units, self.city.contracts.contractor)

    @cached_property
    def holder_contract(self) -> Ints:
        """Contract of each holder; NONE for all other holders."""
        units = np.full(len(self.city.units.id), NONE, dtype=np.int64)
        contracts = np.arange(len(self.city.contracts.id), dtype=np.int64)
        return self._by_code(NONE, NONE, NONE, units, contracts)

    # -- units of a cell -----------------------------------------------------------------------

    @cached_property
    def community_unit(self) -> Ints:
        """unit(c, class of t): self-governance on the residents' committee, else the station."""
        is_self = self.city.tasks.governance == SELF_GOVERNANCE
        return self.city.community_unit[is_self.astype(np.int64)]

    @cached_property
    def street_unit(self) -> Ints:
        """Street office of each cell."""
        return np.broadcast_to(self.city.street_unit, self.shape)

    @cached_property
    def district_department(self) -> Ints:
        """District department of the lead serving each cell."""
        return self.city.departments[0][self.city.tasks.lead]

    @cached_property
    def city_department(self) -> Ints:
        """City department of the lead serving each cell."""
        return self.city.departments[1][self.city.tasks.lead]

    @cached_property
    def counterpart(self) -> Ints:
        """dept(lead(t), c): the district department, else the city department, else NONE."""
        return self.city.counterpart[self.city.tasks.lead]

    @cached_property
    def counterpart_tier(self) -> Ints:
        """Tier of the counterpart; NONE where there is none."""
        return np.append(self.unit_tier, NONE)[self.counterpart]

    @cached_property
    def street_place(self) -> Ints:
        """Street above each community."""
        return self.city.above[STREET]

    @cached_property
    def unit_community(self) -> Ints:
        """Community of each community unit, NONE for other units; one more NONE at the end."""
        units = self.city.units
        home = np.where(units.kind == COMMUNITY_UNIT, self.city.places.first[units.place], NONE)
        return np.append(home, NONE)

    # -- time ----------------------------------------------------------------------------------

    @cached_property
    def windows(self) -> list[tuple[int, int]]:
        """Windows in use, each once: (first month, months); the whole year is the first."""
        found = {ALL_YEAR: None}
        for pairs in (
            self.city.tasks.window, self.city.forms.window, self.city.inspections.window
        ):  # fmt: skip
            found |= dict.fromkeys((int(first), int(count)) for first, count in pairs)
        return list(found)

    @cached_property
    def window_months(self) -> Ints:
        """Number of months of each window."""
        return np.array([count for _, count in self.windows], dtype=np.int64)

    @cached_property
    def window_rank(self) -> Ints:
        """Rank of each month in each window, in the window's own order; 12 where outside."""
        rank = np.full((len(self.windows), 12), 12, dtype=np.int64)
        for w, (first, count) in enumerate(self.windows):
            for k in range(count):
                rank[w, (first + k) % 12] = k
        return rank

    def _window(self, pairs: Ints) -> Ints:
        position = {window: w for w, window in enumerate(self.windows)}
        return np.array([position[int(f), int(n)] for f, n in pairs], dtype=np.int64)

    @cached_property
    def task_window(self) -> Ints:
        """Window of each cell."""
        window = self._window(self.city.tasks.window)
        return np.broadcast_to(window[:, None], self.shape)

    @cached_property
    def task_class(self) -> Ints:
        """Class of each cell."""
        return np.broadcast_to(self.city.tasks.klass[:, None], self.shape)

    # -- duties and schemes --------------------------------------------------------------------

    @cached_property
    def duties(self) -> Duties:
        """Forms, then inspections, that are asked for at least once a year."""
        parts = (self.city.forms, self.city.inspections)

        def column(name: str) -> Ints:
            return np.concatenate([getattr(p, name) for p in parts])

        asked = column("times") > 0
        # what belongs to a scheme, adopted or not, is planned over the whole year
        window = np.where(column("scheme") == NONE, self._window(column("window")), 0)
        is_form = np.repeat([True, False], [len(p.id) for p in parts])
        return Duties(
            is_form=is_form[asked],
            row=np.concatenate([np.arange(len(p.id)) for p in parts])[asked],
            task=column("task")[asked],
            leg=column("leg")[asked],
            by=column("by")[asked],
            times=column("times")[asked],
            minutes=column("minutes")[asked],
            window=window[asked],
            scheme=column("scheme")[asked],
        )

    @cached_property
    def scheme_functions(self) -> list[list[int]]:
        """Member functions of each scheme: issuers and inspectors, each once."""
        members: list[set[int]] = [set() for _ in self.city.schemes.id]
        for duties in (self.city.forms, self.city.inspections):
            for scheme, by in zip(duties.scheme.tolist(), duties.by.tolist(), strict=True):
                if scheme != NONE:
                    members[scheme].add(by)
        return [sorted(functions) for functions in members]

    @cached_property
    def ancestor(self) -> Ints:
        """Place of each tier above each place, or itself, shape (4, places); NONE if none."""
        places = self.city.places
        found = np.full((4, len(places.code)), NONE, dtype=np.int64)
        for p in range(len(places.code)):  # parents come before their children
            if places.parent[p] != NONE:
                found[:, p] = found[:, places.parent[p]]
            found[places.tier[p], p] = p
        return found

    # -- staff pools ---------------------------------------------------------------------------

    def _pooled(self, values: Ints) -> Ints:
        total = np.zeros(len(self.city.pools), dtype=np.int64)
        np.add.at(total, self.city.units.pool, values)
        return total

    @cached_property
    def pool_kind(self) -> Ints:
        """Kind of the units of each pool; they are all of one kind."""
        kind = np.zeros(len(self.city.pools), dtype=np.int64)
        kind[self.city.units.pool] = self.city.units.kind
        return kind

    @cached_property
    def capacity(self) -> Ints:
        """Minutes a year of each pool: gross minutes less what is committed, not below zero."""
        units = self.city.units
        return np.maximum(0, self._pooled(units.gross) - self._pooled(units.committed))

    @cached_property
    def overtime(self) -> Ints:
        """Minutes a year by which each pool may exceed its capacity."""
        return self._pooled(self.city.units.overtime)

    @cached_property
    def hard(self) -> Flags:
        """Pools whose capacity may not be exceeded (C9)."""
        return (self.pool_kind != COMMUNITY_UNIT) | self.city.policy.community_hard

    # -- law -----------------------------------------------------------------------------------

    @cached_property
    def matrix(self) -> Ints:
        """Rule of each power type, kind and leg: the city's valid rows, else the statute."""
        return law.matrix(self.city)

    @cached_property
    def closed(self) -> Flags:
        """Tasks of one of the six closed power types."""
        codes = [POWER_TYPES.index(name) for name in CLOSED]
        return np.isin(self.city.tasks.power_type, codes)

    @cached_property
    def delegated(self) -> Flags:
        """Whether a valid delegation of the task or its power type names the unit.

        Shape (tasks, units + 1); the last column, for no unit, is never delegated to.
        """
        city, rows = self.city, self.city.tables["delegations"]
        found = np.zeros((self.n_tasks, len(city.units.id) + 1), dtype=bool)
        for i, unit in enumerate(rows["unit"]):
            if not valid(city, rows["valid_from"][i], rows["valid_until"][i]):
                continue
            named = np.array([t == rows["task"][i] for t in city.tasks.id], dtype=bool)
            if rows["power_type"][i]:
                named |= city.tasks.power_type == POWER_TYPES.index(rows["power_type"][i])
            found[named, city.unit_of[unit]] = True
        return found

    @cached_property
    def delegated_to_street(self) -> Flags:
        """Whether the cell's street office has a valid delegation for the task."""
        return np.take_along_axis(self.delegated, self.street_unit, axis=1)

    @cached_property
    def delegated_to_community(self) -> Flags:
        """Whether one of the community's units has a valid delegation for the task."""
        found = np.zeros(self.shape, dtype=bool)
        for u in np.flatnonzero(self.city.units.kind == COMMUNITY_UNIT):
            found[:, self.unit_community[u]] |= self.delegated[:, u]
        return found

    @cached_property
    def floor(self) -> Ints:
        """Effective handling floor of each cell, as the lowest tier that may handle."""
        stated = self.city.tasks.floor[:, None]
        is_vertical = np.append(self.city.units.vertical, False)
        vertical = is_vertical[self.district_department] | is_vertical[self.city_department]
        street = FLOORS.index("street")
        undelegated = (stated == street) & self.closed[:, None] & ~self.delegated_to_street
        return np.where(vertical | undelegated, DEPARTMENT_FLOOR, stated)

    @cached_property
    def statutory(self) -> Flags:
        """Legs that are the community's by statute (a statutory row, or self-governance)."""
        return self.city.admission_status == STATUTORY

    @cached_property
    def admission_place(self) -> Ints:
        """Place of the admission row that rules each leg; NONE without one."""
        rows = [self.city.place_of[p] for p in self.city.tables["admission"]["place"]]
        return np.array([*rows, NONE], dtype=np.int64)[self.city.admission_row]

    @cached_property
    def admission_rate(self) -> Ints:
        """Yuan per hour that follow each leg to a community; 0 without a ruling row."""
        rates = [*self.city.tables["admission"]["yuan_per_hour"], 0]
        return np.array(rates, dtype=np.int64)[self.city.admission_row]

    @cached_property
    def served(self) -> Flags:
        """Communities in which each contract may work: its places, within its buyer's place."""
        contracts, places = self.city.contracts, self.city.places
        home = self.city.units.place[contracts.buyer]
        c = np.arange(self.n_communities)
        within = (places.first[home][:, None] <= c) & (c < places.last[home][:, None])
        return contracts.communities & within

    @cached_property
    def in_categories(self) -> Flags:
        """Whether a task is in a contract's categories (none: all), (contracts, tasks)."""
        category, contracts = self.city.tasks.category, self.city.contracts
        rows = [[not names or name in names for name in category] for names in contracts.categories]
        return np.array(rows, dtype=bool).reshape(len(contracts.id), self.n_tasks)

    @cached_property
    def pinned(self) -> Ints:
        """Holder of each pin in each community, own offices as street and community."""
        codes = [self.city.holder_codes[word] for word in self.city.tables["pins"]["holder"]]
        column = np.array(codes, dtype=np.int64)[:, None]
        return self.city.canonical(np.repeat(column, self.n_communities, axis=1))

    def within(self, code: str) -> slice:
        """Communities in the place with this code; all of them if it is blank."""
        if not code:
            return slice(0, self.n_communities)
        p = self.city.place_of[code]
        return slice(int(self.city.places.first[p]), int(self.city.places.last[p]))


def valid(city: City, valid_from: str, valid_until: str) -> bool:
    """Return whether a row counts on the city's date; blank dates are open."""
    date = city.settings["date"]
    return valid_from <= date and (not valid_until or date <= valid_until)
