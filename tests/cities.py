"""Random tiny cities for tests, and random plans of any city.

:func:`random_city` draws a tiny city from a seed; over a few hundred seeds every criterion and
every rule matters, and about half of the cities have a plan that breaks no rule.
:func:`random_plan` draws a plan for any city, lawful or not. The city that is computed by hand is
:func:`literal.twins`.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from literal import twins

from realloc.evaluation import Evaluator
from realloc.instance import (
    HOLD_CANCELLED,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    HOLD_STREET,
    City,
    Columns,
    Plan,
)
from realloc.schema import (
    KINDS,
    LEGS,
    POWER_TYPES,
    RULES,
    SCHEMA,
    SETTINGS,
    STATUSES,
    TIERS,
    leaves,
)

__all__ = ["random_city", "random_plan", "twins"]

# -- random cities ---------------------------------------------------------------------------------

DATE = "2026-07-01"
PAST, FUTURE = "2026-06-30", "2026-07-01"  # the last day of validity is still valid
FUNCTIONS = ("aid", "order", "works")
CATEGORIES = ("a", "b")


class _Draw(random.Random):
    """Random choices; what rarely leaves a lawful plan is rarer in the `gentle` half of cities."""

    gentle = False

    def yes(self, share: float) -> bool:
        return self.random() < share

    def rare(self, share: float) -> bool:
        return self.random() < (share / 4 if self.gentle else share)

    def one(self, *choices: Any) -> Any:
        return self.choice(choices)


def random_city(seed: int, size: int = 5) -> City:
    """Draw a tiny city: up to two districts, three streets, four communities and four tasks.

    Parameters
    ----------
    seed
        one seed, one city.
    size
        about how many items (tasks × places of their scope) it has at most; with a handful of
        arrangements each and a few switches, 5 keeps the number of plans in the thousands.
    """
    draw = _Draw(f"city {seed}")
    draw.gentle = draw.yes(0.6)
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMA}
    _draw_places(draw, tables)
    tiers = _Draw(f"tiers {seed}")
    if tiers.yes(0.15):
        _skip_tiers(tiers, tables["places"])
    _draw_units(draw, tables)
    settings = _draw_settings(draw, tables)
    _draw_tasks(draw, tables, settings, size)
    _draw_contracts(draw, tables)
    _draw_duties(draw, tables)
    _draw_law(draw, tables)
    _draw_current(draw, tables)
    _draw_limits(draw, tables)
    city = City.of(settings, {name: _columns(rows) for name, rows in tables.items()})
    return _draw_capacities(draw, city)


def _columns(rows: list[dict[str, Any]]) -> Columns:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _draw_places(draw: _Draw, tables: dict[str, list[dict[str, Any]]]) -> None:
    def add(code: str, parent: str, tier: str, **more: Any) -> None:
        tables["places"].append(dict(code=code, name=code, parent=parent, tier=tier, **more))

    add("1", "", "city")
    districts = draw.one(1, 1, 2)
    streets = [draw.randrange(districts) if k >= districts else k
               for k in range(max(districts, draw.one(1, 2, 2, 3)))]  # fmt: skip
    homes = list(range(len(streets)))[:4]
    while len(homes) < 2 or (len(homes) < 4 and draw.yes(0.35)):
        homes.append(draw.randrange(len(streets)))
    for d in range(districts):
        add(f"1{d}", "1", "district")
    for s, d in enumerate(streets):
        add(f"1{d}{s}", f"1{d}", "street")
    for c, s in enumerate(homes):
        floor = draw.one(0, 5, 60, 150) if draw.rare(0.3) else None
        add(f"1{streets[s]}{s}{c}", f"1{streets[s]}{s}", "community", service_floor=floor,
            population=draw.one(6000, 6000, 3000, 7777, 12_345, 6000, 1, 0))  # fmt: skip


def _skip_tiers(draw: _Draw, places: list[dict[str, Any]]) -> None:
    """Hang some communities and streets one or two tiers higher, as where a tier is missing."""
    above = {row["code"]: row["parent"] for row in places}
    for row in places:
        if row["tier"] in ("community", "street") and draw.yes(0.4):
            row["parent"] = above[row["parent"]] or row["parent"]
        if row["tier"] == "community" and draw.yes(0.2):
            row["parent"] = above[row["parent"]] or row["parent"]


def _codes(tables: dict[str, list[dict[str, Any]]], *tiers: str) -> list[str]:
    return [row["code"] for row in tables["places"] if row["tier"] in (tiers or TIERS)]


def _draw_units(draw: _Draw, tables: dict[str, list[dict[str, Any]]]) -> None:
    def add(id: str, kind: str, place: str, **more: Any) -> None:
        staff = draw.one(2000, 900) if draw.rare(0.5) else 20_000
        if kind == "contractor":  # they are small, or nothing would ever overload them
            staff //= 20
        tables["units"].append(dict(
            id=id, name=id, kind=kind, place=place, staff=staff,
            committed=draw.one(0, 0, 120), overtime_share=draw.one(0, 0, 100),
            yuan_per_hour=draw.one(0, 45, 60, 77), **more,
        ))  # fmt: skip

    # The last function often has no department in a district.
    for f, function in enumerate(FUNCTIONS):
        for place in _codes(tables, "district"):
            if not draw.rare(0.1 if f < 2 else 0.3):
                add(f"{function}{place}", "department", place, function=function,
                    vertical=int(draw.rare(0.12)))  # fmt: skip
        if draw.yes(0.5):
            add(f"{function}1", "department", "1", function=function, vertical=int(draw.rare(0.12)))
    for place in _codes(tables, "street"):
        if not draw.rare(0.1):
            add(f"off{place}", "street_office", place)
    for place in _codes(tables, "community"):
        forms = draw.one(("station",), ("station", "residents_committee"),
                         ("station", "residents_committee"), ("residents_committee",),
                         ("service_centre", "residents_committee"))  # fmt: skip
        pool = draw.one("", f"p{place}")
        for form in () if draw.rare(0.06) else forms:
            add(f"{form[:3]}{place}", "community", place, form=form, pool=pool)
    for k in range(draw.one(0, 1, 1, 2)):
        add(f"org{k}", "contractor", "1", form="social_org", pool=draw.one("", "orgs"))
    if draw.yes(0.1):  # two departments share their staff
        departments = [row for row in tables["units"] if row["kind"] == "department"]
        for row in departments[:2]:
            row["pool"] = "joint"
    if not _functions(tables):  # somebody has to lead
        add(f"{FUNCTIONS[0]}1", "department", "1", function=FUNCTIONS[0])


def _functions(tables: dict[str, list[dict[str, Any]]]) -> list[str]:
    return sorted({row["function"] for row in tables["units"] if row["kind"] == "department"})


def _draw_dates(draw: _Draw, until: tuple[str, ...]) -> dict[str, str]:
    """Draw when a row holds; of dates out of order that stays by which it does not hold."""
    first, last = draw.one("", DATE, "2026-07-02"), draw.one(*until)
    if last and first > last:
        first, last = (first, "") if first > DATE else ("", last)
    return dict(valid_from=first, valid_until=last)


def _draw_settings(draw: _Draw, tables: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "name": "random", "date": DATE, "minutes_per_staff": 1,
        "elasticity": draw.one(0, 800, 1000), "relay": draw.one(0, 5, 20),
        "guidance": draw.one(0, 3, 10), "supervision": draw.one(0, 80, 333),
        "policy.community_capacity": draw.one("soft", "soft", "soft", "hard"),
        "policy.nobody_worse": int(draw.rare(0.25)),
        "policy.scope": draw.one("", "", "", "", "", *TIERS),
    }  # fmt: skip
    if draw.yes(0.5):
        settings |= {f"effort.{kind}": draw.one(500, 951, 1000, 1999) for kind in (
            "city_department", "district_department", "street_office", "community", "contractor",
        )}  # fmt: skip
    if draw.yes(0.2):
        order = ["inspections", "community_load", "overload", "public_cost", "change", "forms"]
        draw.shuffle(order)
        settings |= {"policy.objective": "lexicographic", "policy.order": tuple(order[:3])}
    defaults = draw.yes(0.3)
    for leaf in leaves():
        weight = SETTINGS[f"weights.{leaf}"].default if defaults else draw.one(0, 1, 3, 50, 1000)
        settings[f"weights.{leaf}"] = weight
    settings["weights.worst_load"] = draw.one(0, 0, 1, 700)
    return settings


def _draw_tasks(draw: _Draw, tables: dict[str, list[dict[str, Any]]], settings: dict[str, Any],
                size: int) -> None:  # fmt: skip
    count = {tier: len(_codes(tables, tier)) for tier in TIERS}
    n_tasks, leads = draw.one(2, 2, 3, 4), _functions(tables)
    if settings["policy.scope"] and n_tasks * count[settings["policy.scope"]] > size:
        settings["policy.scope"] = ""
    room = size
    for t in range(n_tasks):
        fits = [tier for tier in TIERS if count[tier] <= max(1, room - (n_tasks - t - 1))]
        scope = draw.choice(fits or ["city"])
        room -= count[scope]
        temporary = draw.yes(0.3)
        governance = draw.one("government", "government", "co_governance", "party_led",
                              "self_governance")  # fmt: skip
        power = draw.one("service", "service", "other", "guidance", "payment", *POWER_TYPES)
        floor = draw.one("community", "community", "street", "department")
        if governance == "self_governance" and not draw.rare(0.3):
            power, floor = draw.one("service", "other"), "community"
        tables["tasks"].append(dict(
            id=f"t{t}", category=draw.choice(CATEGORIES), name=f"t{t}", power_type=power,
            duration="temporary" if temporary else "long_term",
            months=draw.one((4, 6), (10, 5), (6, 1), (11, 2)) if temporary else (0, 12),
            social_work=int(draw.yes(0.45)), governance=governance,
            lead=next(f for f in (draw.choice(FUNCTIONS), *leads) if f in leads),
            minutes=draw.one(0, 60, 100, 125, 250, 333), detect_share=draw.one(0, 250, 333, 1000),
            scope=scope, outsourceable=int(draw.yes(0.6)), admissible=int(draw.yes(0.8)),
            handling_floor=floor,
            cancellable=int(draw.yes(0.35)), veto=int(draw.yes(0.15)),
            legal_basis=draw.one("", "", "", "§1"),
        ))  # fmt: skip
    for t in range(n_tasks):
        if draw.yes(0.15):
            place = draw.choice(_codes(tables))
            minutes = draw.one(0, 1, 90)
            tables["workload"].append(dict(task=f"t{t}", place=place, minutes=minutes))


def _draw_contracts(draw: _Draw, tables: dict[str, list[dict[str, Any]]]) -> None:
    contractors = [row["id"] for row in tables["units"] if row["kind"] == "contractor"]
    buyers = [row["id"] for row in tables["units"] if row["kind"] in KINDS[:2]]
    if not contractors or not buyers:
        return
    for k in range(draw.one(1, 1, 2)):
        tables["contracts"].append(dict(
            id=f"k{k}", contractor=draw.choice(contractors), buyer=draw.choice(buyers),
            places=tuple(draw.sample(_codes(tables), 1)) if draw.yes(0.4) else ("1",),
            categories=draw.one((), (), ("a",)), grade=draw.one(3, 3, 4, 2),
            yuan_per_hour=draw.one(40, 61), least=draw.one(0, 0, 50),
            most=draw.one(None, None, 300, 1000), share_of_buyer=draw.one(1000, 1000, 600),
            share_of_contractor=draw.one(1000, 1000, 500),
        ))  # fmt: skip
    if draw.yes(0.4):
        buyer = draw.choice(tables["contracts"])["buyer"]
        yuan = draw.one(0, 100, 1000)
        tables["budgets"].append(dict(payer=buyer, purpose="purchase", yuan=yuan))


def _draw_duties(draw: _Draw, tables: dict[str, list[dict[str, Any]]]) -> None:
    tasks = [row["id"] for row in tables["tasks"]]
    undecided = 0
    for s in range(draw.one(0, 1, 1, 2)):
        kind = "joint_visit" if s == 0 else "unified_form"
        adopted = draw.one("no", "yes", "decide", "decide")
        tier = draw.choice(TIERS)
        undecided += len(_codes(tables, tier)) if adopted == "decide" else 0
        if undecided > 3:
            adopted = "yes"
        tables["schemes"].append(dict(
            id=f"s{s}", name=f"s{s}", kind=kind, tier=tier, adopted=adopted,
            coordination=draw.one(0, 13, 60),
        ))  # fmt: skip
    scheme = {row["kind"]: row["id"] for row in tables["schemes"]}
    for i in range(draw.one(0, 1, 2, 3)):
        tables["forms"].append(dict(
            id=f"f{i}", task=draw.choice(tasks), leg=draw.choice(LEGS),
            issuer=draw.choice(FUNCTIONS), times=draw.one(0, 1, 4, 12), minutes=draw.one(0, 5, 17),
            scheme=scheme.get("unified_form", "") if draw.yes(0.7) else "",
            valid_until=draw.one("", PAST, FUTURE),
        ))  # fmt: skip
    for i in range(draw.one(0, 1, 2, 3)):
        tables["inspections"].append(dict(
            id=f"v{i}", task=draw.choice(tasks), leg=draw.choice(LEGS),
            inspector=draw.choice(FUNCTIONS), purpose=draw.one("inspection", "assessment"),
            veto=int(draw.yes(0.2)), visits=draw.one(0, 1, 2, 5), minutes=draw.one(0, 10, 31),
            months=draw.one(None, (2, 3), (10, 4)),
            scheme=scheme.get("joint_visit", "") if draw.yes(0.7) else "",
        ))  # fmt: skip


def _draw_law(draw: _Draw, tables: dict[str, list[dict[str, Any]]]) -> None:
    units = [row["id"] for row in tables["units"]]
    for t, task in enumerate(tables["tasks"]):
        candidates = 0
        for leg in LEGS:
            for place in dict.fromkeys(("1", draw.choice(_codes(tables)))):
                if not draw.yes(0.75 if place == "1" else 0.25):
                    continue
                status = draw.one("admitted", "statutory", "candidate", *STATUSES)
                candidates += status == "candidate"
                if candidates > 1:
                    status = "admitted"
                tables["admission"].append(dict(
                    task=task["id"], leg=leg, place=place, status=status,
                    valid_until=draw.one("", "", "", FUTURE, PAST),
                    yuan_per_hour=draw.one(0, 20, 33, 90),
                ))  # fmt: skip
        if draw.yes(0.3):
            by_task = draw.yes(0.6)
            tables["delegations"].append(dict(
                id=f"d{t}", delegator="x", task=task["id"] if by_task else "",
                power_type="" if by_task else task["power_type"], unit=draw.choice(units),
                **_draw_dates(draw, ("", FUTURE, PAST)),
            ))  # fmt: skip
        offices = [row["id"] for row in tables["units"] if row["kind"] == "street_office"]
        for office in offices if draw.yes(0.25) else ():
            tables["delegations"].append(dict(id=f"d{t}{office}", delegator="x", task=task["id"],
                                              unit=office))  # fmt: skip
    if draw.yes(0.3):
        task = draw.choice(tables["tasks"])
        tables["authority"].append(dict(
            power_type=task["power_type"], kind=draw.choice(KINDS), leg=draw.choice(LEGS),
            rule=draw.choice(RULES), **_draw_dates(draw, ("", FUTURE, PAST)),
        ))  # fmt: skip


def _draw_current(draw: _Draw, tables: dict[str, list[dict[str, Any]]]) -> None:
    for task in tables["tasks"]:
        scope = TIERS.index(task["scope"])
        places = dict.fromkeys(("1", draw.choice(_codes(tables, *TIERS[scope:]))))
        if draw.yes(0.06):  # below the item's place: the item is split
            places[draw.choice(_codes(tables, "community"))] = None
        for place in places if draw.yes(0.97) else ():
            detector, handler = _draw_pair(draw, tables, task["lead"], wild=0.15)
            tables["current"].append(dict(task=task["id"], place=place, detector=detector,
                                          handler=handler))  # fmt: skip


def _draw_pair(draw: _Draw, tables: dict[str, list[dict[str, Any]]], lead: str,
               wild: float) -> tuple[str, str]:  # fmt: skip
    """Draw holders of both legs in words; a `wild` share of them are any units at all."""
    if draw.yes(wild):
        anybody = ["", "cancelled", "street", "community", *(row["id"] for row in tables["units"])]
        return draw.choice(anybody), draw.choice(anybody)
    own = [row["id"] for row in tables["units"] if row.get("function") == lead]
    contracts = [row["id"] for row in tables["contracts"]]
    both = draw.choice(["community", "community", "street", *own, *contracts])
    if draw.yes(0.6):
        return both, both
    return draw.one("community", "street", both), draw.choice(["street", *own, *contracts])


def _draw_limits(draw: _Draw, tables: dict[str, list[dict[str, Any]]]) -> None:
    units = {row["id"]: row["kind"] for row in tables["units"]}
    if draw.rare(0.5):
        tables["quotas"].append(dict(
            place=draw.choice(_codes(tables)), at_most_tasks=draw.one(None, 0, 1, 2),
            at_most_minutes=draw.one(None, 0, 100, 300),
        ))  # fmt: skip
    departments = [row["id"] for row in tables["units"] if row["kind"] == "department"]
    if departments and draw.yes(0.5):
        yuan = draw.one(0, 5, 30, 200)
        payer = draw.choice(departments)
        tables["budgets"].append(dict(payer=payer, purpose="transfer", yuan=yuan))
    for i in range(draw.one(1, 2) if draw.rare(0.6) else 0):
        subject = draw.one("change", "change", "cancelled", *KINDS)
        of_subject = [u for u, kind in units.items() if subject in ("change", kind)]
        tables["limits"].append(dict(
            id=f"l{i}", subject=subject, place=draw.choice(["", *_codes(tables)]),
            unit=draw.choice(["", "", draw.choice(of_subject)]) if of_subject else "",
            at_most_minutes=draw.one(None, 0, 100, 400), at_most_items=draw.one(None, 0, 1, 2),
        ))  # fmt: skip
    for _ in range(draw.one(1, 2) if draw.rare(0.5) else 0):
        task = draw.choice(tables["tasks"])
        own = [row["id"] for row in tables["units"] if row.get("function") == task["lead"]]
        holder = draw.choice(["community", "street", "cancelled", draw.choice([*units]), *own])
        tiers = TIERS[TIERS.index(task["scope"]):] if draw.yes(0.9) else TIERS
        pin = dict(task=task["id"], leg=draw.choice(LEGS), holder=holder,
                   place=draw.choice(["", *_codes(tables, *tiers)]),
                   rule=draw.one("keep", "forbid", "forbid"))  # fmt: skip
        if pin not in tables["pins"]:
            tables["pins"].append(pin)


def _draw_capacities(draw: _Draw, city: City) -> City:
    """Set some pools to edge values: no capacity, exactly today's load, one minute less."""
    if not draw.rare(0.6):
        return city
    load = dict(zip(city.pools, Evaluator(city).today.load.tolist(), strict=True))
    units = {name: list(values) for name, values in city.tables["units"].items()}
    for i, name in enumerate(units["id"]):
        if units["pool"][i] or not draw.yes(0.3):
            continue
        units["staff"][i] = max(0, load[f"@{name}"] - draw.one(0, 0, 1, 10**9))
        units["committed"][i] = 0
        units["overtime_share"][i] = draw.one(0, 0, 200)
    return city.replace(tables={"units": units})


# -- random plans ----------------------------------------------------------------------------------


def random_plan(city: City, seed: int, wild: float = 0.1) -> Plan:
    """Draw a plan with one row per task and place of its scope, and random switches.

    A `wild` share of the rows goes to any holders at all, the rest to holders that could be
    lawful; rows may be lost or doubled in wild plans.
    """
    tasks, units = city.tasks, city.units
    draw = _Draw(f"plan {seed} {units.id} {tasks.minutes.tolist()}")
    anybody = [HOLD_NOBODY, HOLD_CANCELLED, HOLD_STREET, HOLD_COMMUNITY, *range(len(units.id))]
    contracts = [len(units.id) + k for k in range(len(city.contracts.id))]
    rows: list[tuple[int, int, int, int]] = []
    for t in range(len(tasks.id)):
        own = np.flatnonzero(units.function == tasks.lead[t]).tolist()
        self_governed = tasks.klass[t] == 2
        for p in np.flatnonzero(city.places.tier == tasks.scope[t]).tolist():
            within = [u for u in own if city.places.first[units.place[u]] <= city.places.first[p]
                      < city.places.last[units.place[u]]]  # fmt: skip
            holders = [HOLD_COMMUNITY, HOLD_STREET, *within, *contracts]
            detector = handler = draw.choice(holders)
            if self_governed:
                detector = handler = HOLD_COMMUNITY
            elif draw.yes(0.08) and tasks.cancellable[t]:
                detector = handler = HOLD_CANCELLED
            elif draw.yes(0.35):
                detector, handler = draw.one(HOLD_COMMUNITY, HOLD_STREET), draw.choice(holders[1:])
            if draw.yes(wild):
                detector, handler = draw.choice(anybody), draw.choice(anybody)
            copies = draw.one(0, 2) if draw.yes(wild / 10) else 1
            rows += [(t, p, detector, handler)] * copies
    candidates = {
        (city.task_of[t], city.place_of[p])
        for t, p, status in zip(*(city.tables["admission"][k] for k in ("task", "place", "status")),
                                strict=True)
        if status == "candidate"
    }  # fmt: skip
    rounds = {
        (s, p)
        for s in range(len(city.schemes.id))
        for p in range(len(city.places.code))
        if (city.schemes.adopted[s] == 2 and city.schemes.tier[s] == city.places.tier[p])
        or draw.yes(wild / 10)
    }
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return Plan(
        *(np.array(column, dtype=np.int64) for column in columns),
        admissions=frozenset(pair for pair in sorted(candidates) if draw.yes(0.7)),
        contracts=frozenset(k for k in range(len(contracts)) if draw.yes(0.8)),
        schemes=frozenset(pair for pair in sorted(rounds) if draw.yes(0.5)),
    )
