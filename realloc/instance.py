"""A city and an allocation as frozen integer columns.

Ids live in the tables, positions live here. Positions follow one canonical order (places depth
first by code, every other table by key), so the order of rows in a file never changes anything.
Work is whole minutes, money whole yuan, shares per mille.

Nothing here can be written to, neither tables nor arrays: what is worked out of a city is kept for
as long as the city is the same object. Who wants another city asks for one (:meth:`City.replace`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from math import gcd
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from realloc import kinds
from realloc.rules.words import is_blank
from realloc.schema import (
    FLOORS,
    GOVERNANCE,
    KINDS,
    LEGS,
    POWER_TYPES,
    SCHEMA,
    SETTINGS,
    STATUSES,
    TIERS,
    Table,
    leaves,
)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Columns = Mapping[str, Sequence[Any]]
T = TypeVar("T")

COMMUNITY, STREET, DISTRICT, CITY = range(4)
DEPARTMENT, STREET_OFFICE, COMMUNITY_UNIT, CONTRACTOR = range(4)
DETECT, HANDLE = range(2)
PARTY_LED, GOVERNMENT, SELF_GOVERNANCE, CO_GOVERNANCE = range(4)
STATUTORY, ADMITTED, CANDIDATE, BARRED = range(4)
ADMINISTRATIVE, SERVICE, SELF = range(3)

#: Holders that are resolved per community; units and contracts have codes from 0.
HOLD_STREET, HOLD_COMMUNITY, HOLD_CANCELLED, HOLD_NOBODY = -1, -2, -3, -4
HOLDER_WORDS = {
    HOLD_STREET: "street",
    HOLD_COMMUNITY: "community",
    HOLD_CANCELLED: "cancelled",
    HOLD_NOBODY: "",
}
NONE = -1


def half_up(numerator: Ints, denominator: int) -> Ints:
    """Divide whole numbers, rounding half up; `numerator` must not be negative."""
    return (2 * numerator + denominator) // (2 * denominator)


class Fixed:
    """Base of what holds arrays: it keeps views of them that cannot be written to."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                object.__setattr__(self, name, fix(value))

    def __setstate__(self, state: dict[str, Any]) -> None:  # of a copy, or from another process
        vars(self).update(state)
        Fixed.__post_init__(self)


def fix(value: Any) -> Any:
    """Return an array or a dict so that it can only be read, without a copy; all else as it is."""
    if isinstance(value, np.ndarray):
        if value.flags.writeable:
            value = value.view()
            value.flags.writeable = False
        return value
    return MappingProxyType(value) if isinstance(value, dict) else value


def derived(work: Callable[[Any], T]) -> cached_property[T]:
    """Make a method a property that is worked out once and cannot be written to."""

    @wraps(work)
    def once(owner: Any) -> T:
        return fix(work(owner))

    return cached_property(once)


@dataclass(frozen=True, eq=False)
class Places(Fixed):
    """Places in depth-first order; communities below place p are ``first[p]:last[p]``."""

    code: tuple[str, ...]
    name: tuple[str, ...]
    parent: Ints
    tier: Ints
    population: Ints
    service_floor: Ints  # minutes; NONE where the default applies
    first: Ints
    last: Ints


@dataclass(frozen=True, eq=False)
class Units(Fixed):
    """Units that can hold work; `pool` and `function` are positions, `overtime` is minutes."""

    id: tuple[str, ...]
    name: tuple[str, ...]
    kind: Ints
    form: tuple[str, ...]
    place: Ints
    function: Ints
    pool: Ints
    gross: Ints
    committed: Ints
    overtime: Ints
    yuan_per_hour: Ints
    vertical: Flags


@dataclass(frozen=True, eq=False)
class Tasks(Fixed):
    """The inventory; `window` is (first month, number of months), `klass` the class of K1."""

    id: tuple[str, ...]
    name: tuple[str, ...]
    name_en: tuple[str, ...]
    category: tuple[str, ...]
    category_en: tuple[str, ...]
    window: Ints  # shape (tasks, 2)
    klass: Ints
    power_type: Ints
    governance: Ints
    lead: Ints
    minutes: Ints
    detect_share: Ints
    scope: Ints
    outsourceable: Flags
    admissible: Flags
    floor: Ints  # 0 community, 1 street, 2 department
    cancellable: Flags
    veto: Flags
    legal_basis: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Duties(Fixed):
    """Forms or inspections: what the holder of a leg must prepare.

    `times` is fillings or visits a year, `minutes` each, `by` the issuing or inspecting function.
    """

    id: tuple[str, ...]
    name: tuple[str, ...]
    task: Ints
    leg: Ints
    by: Ints
    times: Ints
    minutes: Ints
    window: Ints
    scheme: Ints
    veto: Flags
    assessment: Flags
    valid_until: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Schemes(Fixed):
    """Joint visits and unified forms; `adopted`: 0 no, 1 yes, 2 left to decide."""

    id: tuple[str, ...]
    name: tuple[str, ...]
    unified_form: Flags
    tier: Ints
    adopted: Ints
    coordination: Ints


@dataclass(frozen=True, eq=False)
class Contracts(Fixed):
    """Contracts; `communities` is (contracts × communities), `categories` empty means all."""

    id: tuple[str, ...]
    name: tuple[str, ...]
    contractor: Ints
    buyer: Ints
    communities: Flags
    categories: tuple[tuple[str, ...], ...]
    grade: Ints
    yuan_per_hour: Ints
    least: Ints
    most: Ints  # NONE: no limit
    share_of_buyer: Ints
    share_of_contractor: Ints


@dataclass(frozen=True)
class Policy:
    """How to choose among lawful plans: weights of the reported parts, or an order of criteria."""

    weights: Mapping[str, int]
    objective: str
    order: tuple[str, ...]
    community_hard: bool
    nobody_worse: bool
    scope: int  # a tier, or NONE


@dataclass(frozen=True, eq=False)
class Allocation(Fixed):
    """Who holds each leg of each task in each community.

    Attributes
    ----------
    holder
        int array (legs, tasks, communities) of holder codes, own street office and community
        units written as HOLD_STREET and HOLD_COMMUNITY.
    rows
        task, place, detector and handler of each row of the plan, holders as above where one code
        stands for them; None for what is no plan.
    admissions, schemes
        pairs (task, place) of candidates switched on, and (scheme, place) of schemes adopted.
    contracts
        positions of contracts switched on.
    today
        True for the present allocation: contracts and admissions are implied by their use.
    """

    holder: Ints
    rows: tuple[tuple[int, int, int, int], ...] | None
    admissions: frozenset[tuple[int, int]]
    contracts: frozenset[int]
    schemes: frozenset[tuple[int, int]]
    today: bool

    def check(self, city: City) -> None:
        """Make sure that this can be an allocation of a city.

        Raises
        ------
        ValueError
            if the city has another number of tasks or communities.
        IndexError
            if a holder's code is none of the city's.
        """
        shape = (len(LEGS), len(city.tasks.id), city.n_communities)
        if self.holder.shape != shape:
            raise ValueError("the allocation is of another city: "
                             f"{_sized(self.holder.shape)}, the city has {_sized(shape)}")
        end = len(city.units.id) + len(city.contracts.id)
        bad = (self.holder < HOLD_NOBODY) | (self.holder >= end)
        if bad.any():
            raise IndexError(f"the allocation names holder {self.holder[bad][0]}: there are {end}")


@dataclass(frozen=True, eq=False)
class Plan(Fixed):
    """One row per item (a task in a place of its scope) and the switches that are on."""

    task: Ints
    place: Ints
    detector: Ints
    handler: Ints
    admissions: frozenset[tuple[int, int]] = frozenset()
    contracts: frozenset[int] = frozenset()
    schemes: frozenset[tuple[int, int]] = frozenset()

    def expand(self, city: City) -> Allocation:
        """Write the plan out for every task and community (a later row overwrites an earlier).

        Raises
        ------
        IndexError
            if it names by position what the city does not have.
        """
        self._check(city)
        shape = (len(city.tasks.id), city.n_communities)
        holder = np.full((2, *shape), HOLD_NOBODY, dtype=np.int64)
        first, last = city.places.first, city.places.last
        columns = (self.task, self.place, self.detector, self.handler)
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        for t, p, d, h in rows:
            cells = (t, slice(first[p], last[p]))
            holder[(DETECT, *cells)] = d
            holder[(HANDLE, *cells)] = h
        holder = city.canonical(holder)
        for i, (t, p, *codes) in enumerate(rows):
            if max(codes) >= 0 or HOLD_NOBODY in codes:  # else it is named as it is to be
                cells = (slice(None), t, slice(first[p], last[p]))
                rows[i] = (t, p, *_name(codes, holder[cells], city.exists[cells]))
        return Allocation(holder, tuple(rows), self.admissions, self.contracts, self.schemes,
                          today=False)  # fmt: skip

    def moved(self, old: City, new: City) -> Plan:
        """Return the plan of one city as a plan of another: by ids, without what is not there."""
        task = [new.task_of.get(old.tasks.id[t], NONE) for t in self.task.tolist()]
        place = [new.place_of.get(old.places.code[p], NONE) for p in self.place.tolist()]
        legs = [
            [new.holder_codes.get(old.holder_word(code), HOLD_NOBODY) for code in codes.tolist()]
            for codes in (self.detector, self.handler)
        ]
        rows = [row for row in zip(task, place, *legs, strict=True) if NONE not in row[:2]]
        columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        contract = {name: k for k, name in enumerate(new.contracts.id)}
        scheme = {name: s for s, name in enumerate(new.schemes.id)}

        def pairs(on: frozenset[tuple[int, int]], names: Any, at: Any) -> Any:
            found = ((at.get(names[k]), new.place_of.get(old.places.code[p])) for k, p in on)
            return frozenset(pair for pair in found if None not in pair)

        return Plan(
            *columns,
            admissions=pairs(self.admissions, old.tasks.id, new.task_of),
            contracts=frozenset(contract[name] for k in self.contracts
                                if (name := old.contracts.id[k]) in contract),
            schemes=pairs(self.schemes, old.schemes.id, scheme),
        )  # fmt: skip

    def _check(self, city: City) -> None:
        tasks, places, schemes = len(city.tasks.id), len(city.places.code), len(city.schemes.id)
        holders = len(city.units.id) + len(city.contracts.id)
        pairs = [*self.admissions, *self.schemes]
        for name, given, least, end in (
            ("task", [*self.task, *(t for t, _ in self.admissions)], 0, tasks),
            ("place", [*self.place, *(p for _, p in pairs)], 0, places),
            ("holder", [*self.detector, *self.handler], HOLD_NOBODY, holders),
            ("contract", self.contracts, 0, len(city.contracts.id)),
            ("scheme", [s for s, _ in self.schemes], 0, schemes),
        ):
            values = np.fromiter(given, dtype=np.int64)
            bad = np.flatnonzero((values < least) | (values >= end))
            if len(bad):
                raise IndexError(f"the plan names {name} {values[bad[0]]}: there are {end}")


def _sized(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} tasks in {shape[2]} communities" if len(shape) == 3 else f"shape {shape}"


def _name(codes: list[int], holder: Ints, exists: Flags) -> tuple[int, int]:
    """Return the holders of a row as they are written in its cells, (legs, communities)."""
    there = [bool(leg.any()) for leg in exists]
    named = []
    for leg, code in enumerate(codes):
        if not there[leg] and code == HOLD_NOBODY:
            code = codes[1 - leg]  # who is named for the only leg holds alone
        cells = holder[leg, exists[leg]] if there[leg] else holder[leg]
        some = set(cells.tolist()) - {HOLD_NOBODY}
        named.append(some.pop() if code >= 0 and len(some) == 1 else code)
    return named[0], named[1]


@dataclass(frozen=True, eq=False, repr=False)
class City:
    """A city: its tables in canonical order, and everything derived from them.

    Build one with :meth:`of`, change one with :meth:`replace`; it is never changed in place.
    """

    settings: Mapping[str, Any]
    tables: Mapping[str, Columns]

    def __post_init__(self) -> None:
        tables = {
            name: fix({column: tuple(values) for column, values in rows.items()})
            for name, rows in self.tables.items()
        }
        object.__setattr__(self, "settings", fix(dict(self.settings)))
        object.__setattr__(self, "tables", fix(tables))

    def __reduce__(self) -> tuple[Any, ...]:  # what is derived, another process derives again
        return City, (dict(self.settings), {name: dict(c) for name, c in self.tables.items()})

    @staticmethod
    def of(settings: Mapping[str, Any], tables: Mapping[str, Columns]) -> City:
        """Build a city from columns (see :mod:`realloc.schema` for kinds and defaults).

        Missing settings, tables and optional columns take their defaults. Rows are put in
        canonical order. What is refused in files is refused here: see :mod:`realloc.kinds`.
        Numbers are whole, those of numpy included, and in the units of the schema: minutes, yuan,
        shares per mille (0.8 in a file is 800 here).

        Raises
        ------
        InputError
            if anything is wrong; its `problems` name table, row (the first is 2) and value.
        """
        settings, tables = kinds.plain(settings, tables)
        return build(settings, kinds.check(settings, tables))

    def replace(
        self,
        settings: Mapping[str, Any] | None = None,
        tables: Mapping[str, Columns] | None = None,
    ) -> City:
        """Return a city with some settings and whole tables changed, in the units of :meth:`of`.

        Raises
        ------
        InputError
            as :meth:`of`.
        """
        changed, given = kinds.plain(settings or {}, tables or {})
        new = {**self.settings, **changed}
        known = {name: rows for name, rows in self.tables.items() if name not in given}
        return build(new, kinds.check(new, given, known), known)

    def __repr__(self) -> str:
        size = f"{self.n_communities} communities, {len(self.tasks.id)} tasks"
        return f"City({self.settings['name']!r}, {size}, digest {self.digest()[:12]})"

    def digest(self, *, policy: bool = True) -> str:
        """SHA-256 over settings and canonical rows: one city, one digest, whatever the file.

        Without its policy (what is minimized, and the switches beside that) two cities have one
        digest if every plan of one is a plan of the other with the same K1 to K9.
        """
        tables = {name: dict(columns) for name, columns in self.tables.items()}
        told = {name: value for name, value in self.settings.items()
                if policy or not name.startswith(("policy.", "weights."))}  # fmt: skip
        text = json.dumps([told, tables], sort_keys=True,
                          ensure_ascii=False, separators=(",", ":"))  # fmt: skip
        return hashlib.sha256(text.encode()).hexdigest()

    # -- columns ---------------------------------------------------------------------------

    @derived
    def places(self) -> Places:
        """The tree of places."""
        rows = self.tables["places"]
        children: dict[str, list[int]] = {}
        for i, parent in enumerate(rows["parent"]):
            children.setdefault(parent, []).append(i)
        order: list[int] = []
        stack = list(reversed(children.get("", [])))
        while stack:
            i = stack.pop()
            order.append(i)
            stack += reversed(children.get(rows["code"][i], []))
        position = {rows["code"][i]: k for k, i in enumerate(order)}
        tier = _ints(TIERS.index(rows["tier"][i]) for i in order)
        parent = _ints(position.get(rows["parent"][i], NONE) for i in order)
        first = np.concatenate([[0], np.cumsum(tier == COMMUNITY)])[:-1].astype(np.int64)
        last = first + (tier == COMMUNITY)
        for k in range(len(order) - 1, -1, -1):
            if parent[k] >= 0:
                last[parent[k]] = max(last[parent[k]], last[k])
        floor = [rows["service_floor"][i] for i in order]
        return Places(
            code=tuple(rows["code"][i] for i in order),
            name=tuple(rows["name"][i] for i in order),
            parent=parent,
            tier=tier,
            population=_ints(rows["population"][i] for i in order),
            service_floor=_ints(NONE if f is None else f for f in floor),
            first=first,
            last=last,
        )

    @derived
    def place_of(self) -> Mapping[str, int]:
        """Position of each place's code."""
        return {code: p for p, code in enumerate(self.places.code)}

    @derived
    def communities(self) -> Ints:
        """Place position of each community, in order."""
        return np.flatnonzero(self.places.tier == COMMUNITY).astype(np.int64)

    @property
    def n_communities(self) -> int:
        """Number of communities."""
        return len(self.communities)

    @derived
    def above(self) -> Ints:
        """Place of each tier above each community, shape (4, communities); NONE if missing."""
        above = np.full((4, self.n_communities), NONE, dtype=np.int64)
        for p, tier in enumerate(self.places.tier):
            above[tier, self.places.first[p] : self.places.last[p]] = p
        return above

    @derived
    def functions(self) -> tuple[str, ...]:
        """Functions of departments (条线), sorted: leads, issuers and inspectors."""
        names = {*self.tables["units"]["function"], *self.tables["tasks"]["lead"]}
        names |= {*self.tables["forms"]["issuer"], *self.tables["inspections"]["inspector"]}
        return tuple(sorted(names - {""}))

    @derived
    def pools(self) -> tuple[str, ...]:
        """Names of the staff pools, sorted; a unit that names none has one: ``@`` and its id."""
        return tuple(sorted(set(self._pool_of_unit)))

    @cached_property
    def _pool_of_unit(self) -> tuple[str, ...]:
        rows = self.tables["units"]
        own = "@"
        while any(pool and pool.startswith(own) for pool in rows["pool"]):
            own += "@"  # a pool that somebody has called so is another one
        return tuple(p or f"{own}{u}" for p, u in zip(rows["pool"], rows["id"], strict=True))

    @derived
    def units(self) -> Units:
        """Units in the order of their ids."""
        rows = self.tables["units"]
        function = {name: i for i, name in enumerate(self.functions)}
        pool = {name: i for i, name in enumerate(self.pools)}
        gross = _ints(rows["staff"]) * int(self.settings["minutes_per_staff"])
        return Units(
            id=tuple(rows["id"]),
            name=tuple(rows["name"]),
            kind=_ints(KINDS.index(k) for k in rows["kind"]),
            form=tuple(rows["form"]),
            place=_ints(self.place_of[p] for p in rows["place"]),
            function=_ints(function.get(f, NONE) for f in rows["function"]),
            pool=_ints(pool[p] for p in self._pool_of_unit),
            gross=gross,
            committed=_ints(rows["committed"]),
            overtime=gross * _ints(rows["overtime_share"]) // 1000,
            yuan_per_hour=_ints(rows["yuan_per_hour"]),
            vertical=_flags(rows["vertical"]),
        )

    @derived
    def unit_of(self) -> Mapping[str, int]:
        """Position of each unit's id."""
        return {u: i for i, u in enumerate(self.units.id)}

    @derived
    def tasks(self) -> Tasks:
        """Tasks in the order of their ids."""
        rows = self.tables["tasks"]
        function = {name: i for i, name in enumerate(self.functions)}
        governance = _ints(GOVERNANCE.index(g) for g in rows["governance"])
        klass = np.where(_flags(rows["social_work"]), SERVICE, ADMINISTRATIVE)
        scope = self.policy.scope
        return Tasks(
            id=tuple(rows["id"]),
            name=tuple(rows["name"]),
            name_en=tuple(rows["name_en"]),
            category=tuple(rows["category"]),
            category_en=tuple(rows["category_en"]),
            window=_pairs(rows["months"]),
            klass=np.where(governance == SELF_GOVERNANCE, SELF, klass).astype(np.int64),
            power_type=_ints(POWER_TYPES.index(p) for p in rows["power_type"]),
            governance=governance,
            lead=_ints(function[f] for f in rows["lead"]),
            minutes=_ints(rows["minutes"]),
            detect_share=_ints(rows["detect_share"]),
            scope=_ints(TIERS.index(s) if scope == NONE else scope for s in rows["scope"]),
            outsourceable=_flags(rows["outsourceable"]),
            admissible=_flags(rows["admissible"]),
            floor=_ints(FLOORS.index(f) for f in rows["handling_floor"]),
            cancellable=_flags(rows["cancellable"]),
            veto=_flags(rows["veto"]),
            legal_basis=tuple(rows["legal_basis"]),
        )

    @derived
    def task_of(self) -> Mapping[str, int]:
        """Position of each task's id."""
        return {t: i for i, t in enumerate(self.tasks.id)}

    def _duties(self, rows: Columns, by: str, times: str, windows: Ints) -> Duties:
        function = {name: i for i, name in enumerate(self.functions)}
        scheme = {s: i for i, s in enumerate(self.tables["schemes"]["id"])}
        size = len(rows["id"])
        return Duties(
            id=tuple(rows["id"]),
            name=tuple(rows["name"]),
            task=_ints(self.task_of[t] for t in rows["task"]),
            leg=_ints(LEGS.index(leg) for leg in rows["leg"]),
            by=_ints(function[f] for f in rows[by]),
            times=_ints(rows[times]),
            minutes=_ints(rows["minutes"]),
            window=windows,
            scheme=_ints(scheme.get(s, NONE) for s in rows["scheme"]),
            veto=_flags(rows.get("veto", [0] * size)),
            assessment=_flags(p == "assessment" for p in rows.get("purpose", [""] * size)),
            valid_until=tuple(rows.get("valid_until", [""] * size)),
        )

    @derived
    def forms(self) -> Duties:
        """Forms; prepared within the window of their task."""
        rows = self.tables["forms"]
        task = _ints(self.task_of[t] for t in rows["task"])
        return self._duties(rows, "issuer", "times", self.tasks.window[task].reshape(-1, 2))

    @derived
    def inspections(self) -> Duties:
        """Inspections; a blank window is that of the task."""
        rows = self.tables["inspections"]
        window = [
            tuple(self.tasks.window[self.task_of[t]]) if m is None else m
            for t, m in zip(rows["task"], rows["months"], strict=True)
        ]
        return self._duties(rows, "inspector", "visits", _pairs(window))

    @derived
    def schemes(self) -> Schemes:
        """Joint schemes in the order of their ids."""
        rows = self.tables["schemes"]
        return Schemes(
            id=tuple(rows["id"]),
            name=tuple(rows["name"]),
            unified_form=np.array([k == "unified_form" for k in rows["kind"]], bool),
            tier=_ints(TIERS.index(t) for t in rows["tier"]),
            adopted=_ints(("no", "yes", "decide").index(a) for a in rows["adopted"]),
            coordination=_ints(rows["coordination"]),
        )

    @derived
    def contracts(self) -> Contracts:
        """Contracts in the order of their ids."""
        rows = self.tables["contracts"]
        size = len(rows["id"])
        served = np.zeros((size, self.n_communities), dtype=bool)
        for k, codes in enumerate(rows["places"]):
            for code in codes:
                p = self.place_of[code]
                served[k, self.places.first[p] : self.places.last[p]] = True
        return Contracts(
            id=tuple(rows["id"]),
            name=tuple(rows["name"]),
            contractor=_ints(self.unit_of[u] for u in rows["contractor"]),
            buyer=_ints(self.unit_of[u] for u in rows["buyer"]),
            communities=served,
            categories=tuple(tuple(c) for c in rows["categories"]),
            grade=_ints(rows["grade"]),
            yuan_per_hour=_ints(rows["yuan_per_hour"]),
            least=_ints(rows["least"]),
            most=_ints(NONE if m is None else m for m in rows["most"]),
            share_of_buyer=_ints(rows["share_of_buyer"]),
            share_of_contractor=_ints(rows["share_of_contractor"]),
        )

    @derived
    def policy(self) -> Policy:
        """The policy of the settings."""
        s = self.settings
        return Policy(
            weights=fix({leaf: int(s[f"weights.{leaf}"]) for leaf in leaves()}),
            objective=str(s["policy.objective"]),
            order=tuple(s["policy.order"]),
            community_hard=s["policy.community_capacity"] == "hard",
            nobody_worse=bool(s["policy.nobody_worse"]),
            scope=TIERS.index(s["policy.scope"]) if s["policy.scope"] else NONE,
        )

    # -- who serves a community --------------------------------------------------------------

    @derived
    def departments(self) -> Ints:
        """Unit of each function serving each community, shape (2, functions, communities).

        ``[0]`` is the district department, ``[1]`` the city department; NONE if there is none.
        """
        serving = np.full((2, len(self.functions), self.n_communities), NONE, dtype=np.int64)
        units = self.units
        for u in np.flatnonzero((units.kind == DEPARTMENT) & (units.function >= 0)):
            p = units.place[u]
            level = 1 if self.places.tier[p] == CITY else 0
            serving[level, units.function[u], self.places.first[p] : self.places.last[p]] = u
        return serving

    @derived
    def counterpart(self) -> Ints:
        """Payer, guide and counterpart of a function: its district unit, else its city unit.

        Shape (functions, communities); NONE where the function has no unit.
        """
        return np.where(self.departments[0] >= 0, self.departments[0], self.departments[1])

    @derived
    def street_unit(self) -> Ints:
        """Street office of each community; NONE if there is none."""
        serving = np.full(self.n_communities, NONE, dtype=np.int64)
        units = self.units
        for u in np.flatnonzero(units.kind == STREET_OFFICE):
            p = units.place[u]
            serving[self.places.first[p] : self.places.last[p]] = u
        return serving

    @derived
    def community_unit(self) -> Ints:
        """Unit on which a community's work falls, shape (2, communities); NONE if there is none.

        ``[1]``: self-governance, on the residents' committee; ``[0]``: all else, on the station.
        Where one of them is missing the other units of the community stand in.
        """
        rank = {"station": 0, "service_centre": 1, "residents_committee": 2}
        best: list[dict[int, tuple[int, int]]] = [{}, {}]
        units = self.units
        for u in np.flatnonzero(units.kind == COMMUNITY_UNIT).tolist():
            c = int(self.places.first[units.place[u]])
            station = rank.get(units.form[u], 3)
            committee = 0 if units.form[u] == "residents_committee" else 1 + station
            for side, order in ((0, station), (1, committee)):
                best[side][c] = min(best[side].get(c, (99, u)), (order, u))
        unit = np.full((2, self.n_communities), NONE, dtype=np.int64)
        for side in (0, 1):
            for c, (_, u) in best[side].items():
                unit[side, c] = u
        return unit

    # -- work ----------------------------------------------------------------------------------

    @derived
    def base(self) -> Ints:
        """Minutes a year of each task in each community before effort, (tasks, communities).

        Population rule: reference minutes × (population ÷ reference population)^elasticity,
        rounded half up once; a row of ``workload`` overrides it, the nearest place winning.
        """
        base = _by_population(
            self.tasks.minutes, self.places.population[self.communities],
            int(self.settings["reference_population"]), int(self.settings["elasticity"]),
        )  # fmt: skip
        rows = self.tables["workload"]
        places = [self.place_of[p] for p in rows["place"]]
        for i in sorted(range(len(places)), key=lambda i: -self.places.tier[places[i]]):
            p = places[i]
            t = self.task_of[rows["task"][i]]
            base[t, self.places.first[p] : self.places.last[p]] = rows["minutes"][i]
        return base

    @derived
    def minutes(self) -> Ints:
        """Base minutes of each leg, shape (legs, tasks, communities): detect, then the rest."""
        detect = half_up(self.base * self.tasks.detect_share[:, None], 1000)
        return np.stack([detect, self.base - detect])

    @derived
    def exists(self) -> Flags:
        """Whether a leg has minutes, forms or visits, shape (legs, tasks, communities)."""
        exists = self.minutes > 0
        for duties in (self.forms, self.inspections):
            some = duties.times > 0
            exists[duties.leg[some], duties.task[some], :] = True
        return exists

    # -- holders ---------------------------------------------------------------------------------

    @derived
    def holder_codes(self) -> Mapping[str, int]:
        """Code of every holder that a file may name."""
        codes = {word: code for code, word in HOLDER_WORDS.items()}
        codes |= {k: len(self.units.id) + i for i, k in enumerate(self.contracts.id)}
        return {**codes, **self.unit_of}

    def holder_word(self, code: int) -> str:
        """Word of a holder code as in ``plan.csv``: an id, street, community or cancelled."""
        if code < 0:
            return HOLDER_WORDS[code]
        if code < len(self.units.id):
            return self.units.id[code]
        return self.contracts.id[code - len(self.units.id)]

    def canonical(self, holder: Ints) -> Ints:
        """Write a community's own street office and units as HOLD_STREET and HOLD_COMMUNITY."""
        units = self.units
        size = len(units.id)
        is_unit = (holder >= 0) & (holder < size)
        unit = np.where(is_unit, holder, 0)
        if not size:
            return holder
        own_street = is_unit & (unit == self.street_unit)
        own_community = (
            is_unit & (units.kind[unit] == COMMUNITY_UNIT) & (units.place[unit] == self.communities)
        )
        holder = np.where(own_street, HOLD_STREET, holder)
        return np.where(own_community, HOLD_COMMUNITY, holder)

    @derived
    def current(self) -> Allocation:
        """Today's allocation; a row holds for all communities below its place, the nearest wins."""
        shape = (len(self.tasks.id), self.n_communities)
        holder = np.full((2, *shape), HOLD_NOBODY, dtype=np.int64)
        rows = self.tables["current"]
        places = [self.place_of[p] for p in rows["place"]]
        codes = self.holder_codes
        for i in sorted(range(len(places)), key=lambda i: -self.places.tier[places[i]]):
            cells = (
                self.task_of[rows["task"][i]],
                slice(self.places.first[places[i]], self.places.last[places[i]]),
            )
            holder[(DETECT, *cells)] = codes[rows["detector"][i]]
            holder[(HANDLE, *cells)] = codes[rows["handler"][i]]
        return Allocation(
            holder=self.canonical(holder),
            rows=None,
            admissions=frozenset(),
            contracts=frozenset(),
            schemes=frozenset(),
            today=True,
        )

    @derived
    def admission_row(self) -> Ints:
        """Row of ``admission`` that rules each leg, shape (legs, tasks, communities).

        The nearest place wins; rows past their validity do not count. NONE if there is none.
        """
        found = np.full((2, len(self.tasks.id), self.n_communities), NONE, dtype=np.int64)
        rows = self.tables["admission"]
        places = [self.place_of[p] for p in rows["place"]]
        for i in sorted(range(len(places)), key=lambda i: -self.places.tier[places[i]]):
            if rows["valid_until"][i] and rows["valid_until"][i] < self.settings["date"]:
                continue
            p = places[i]
            leg, task = LEGS.index(rows["leg"][i]), self.task_of[rows["task"][i]]
            found[leg, task, self.places.first[p] : self.places.last[p]] = i
        return found

    @derived
    def admission_status(self) -> Ints:
        """Status that rules each leg (STATUTORY … BARRED), or NONE; as :attr:`admission_row`.

        A task of self-governance is the community's own duty and needs no row.
        """
        status = _ints(STATUSES.index(s) for s in self.tables["admission"]["status"])
        ruled = np.append(status, NONE)[self.admission_row]
        own = (self.tasks.governance == SELF_GOVERNANCE)[None, :, None]
        return np.where(own, STATUTORY, ruled)


def build(
    settings: Mapping[str, Any],
    tables: Mapping[str, Columns],
    canonical: Mapping[str, Columns] | None = None,
) -> City:
    """Build a city of what was checked: fill in defaults, put rows in canonical order.

    Parameters
    ----------
    settings, tables
        checked settings and columns.
    canonical
        tables of another city, taken as they are where `tables` has none.
    """
    given = {name: value for name, value in settings.items() if not is_blank(value)}
    full = {name: given.get(name, column.default) for name, column in SETTINGS.items()}
    rows = dict(canonical or {})
    for name, table in SCHEMA.items():
        if name not in rows or name in tables:
            rows[name] = _canonical(table, tables.get(name, {}))
    return City(full, {name: rows[name] for name in SCHEMA})


def _canonical(table: Table, given: Columns) -> Columns:
    """Return all columns of a table, blanks filled in, rows in the order of their key."""
    size = max((len(values) for values in given.values()), default=0)
    columns = {
        c.name: [c.default if v is None else v for v in given.get(c.name, ())] or [c.default] * size
        for c in table.columns
    }
    order = sorted(range(size), key=lambda i: tuple(str(columns[k][i]) for k in table.key))
    return {c: [v[i] for i in order] for c, v in columns.items()}


def _by_population(minutes: Ints, population: Ints, reference: int, elasticity: int) -> Ints:
    """Return minutes × (population ÷ reference)^elasticity, half up, (tasks, communities).

    Floating point cannot tell a half from what is just below it: there whole numbers decide.
    """
    factor = (population / float(reference)) ** (elasticity / 1000.0)
    scaled = minutes[:, None] * factor[None, :]
    rounded = np.floor(scaled + 0.5).astype(np.int64)
    power, root = elasticity // gcd(elasticity, 1000), 1000 // gcd(elasticity, 1000)
    near = np.abs(scaled % 1 - 0.5) < 1e-12 * np.maximum(1, scaled)
    for t, c in np.argwhere(near).tolist():
        below = int(scaled[t, c])
        twice = (2 * int(minutes[t])) ** root * int(population[c]) ** power
        rounded[t, c] = below + (twice >= (2 * below + 1) ** root * reference**power)
    return rounded


def _ints(values: Any) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _flags(values: Any) -> Flags:
    return np.fromiter((bool(v) for v in values), dtype=bool)


def _pairs(values: Any) -> Ints:
    return np.array([tuple(v) for v in values], dtype=np.int64).reshape(-1, 2)
