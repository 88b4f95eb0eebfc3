"""How much staff and money a generated city has: enough for a lawful plan, too little for all.

Communities are staffed so that today fills about 115 % of their capacity. Departments, street
offices and contractors get what a lawful plan needs, a small slack, and spare time for a part of
what communities hold beyond what they must keep; the part differs by unit, so that some are tight.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realloc.generator.allotment import filled, keepable, lawful_plan, retained, uniform
from realloc.generator.burden import Burden, burden, kinds
from realloc.generator.hierarchy import Row, columns
from realloc.generator.inventory import CANCELLABLE, PINNED
from realloc.instance import (
    ADMINISTRATIVE,
    CITY,
    COMMUNITY_UNIT,
    CONTRACTOR,
    DEPARTMENT,
    DISTRICT,
    HANDLE,
    HOLD_COMMUNITY,
    SELF,
    SELF_GOVERNANCE,
    STREET,
    STREET_OFFICE,
    City,
    Columns,
    Flags,
    Ints,
    half_up,
)
from realloc.schema import LEGS

#: Load of communities today, per mille of capacity: middle, spread (log), lowest and highest.
RATIO, RATIO_SPREAD, RATIO_LOW, RATIO_HIGH = 1.16, 0.12, 0.92, 1.42
#: Slack of a unit over what the lawful plan asks of it.
SLACK = (0.06, 0.12)
#: Spare capacity of all others, as a share of what communities hold beyond what they must keep.
SPARE = (0.43, 0.55)
#: Spare time beyond the lawful plan and its slack is never less than this part of that.
LEAST_EXTRA = 0.08
#: How spare time beyond the lawful plan is divided (contracts get theirs from their own sizes).
DIVISION = {"district": 0.34, "street": 0.28, "city": 0.12}
#: Share of the city departments that have any spare time beyond the lawful plan.
CITY_HANDS = 0.35
#: Staff of contractors, as a share of the most that their contracts allow.
CONTRACTOR_STAFF = (0.5, 0.7)
#: Spread (log) by which functions and streets are unequally tight, and whole districts.
TIGHTNESS, TIGHTNESS_OF_DISTRICTS = 0.6, 0.4
#: Share of a unit's time that the inventory may take.
INVENTORY_SHARE = (0.35, 0.65)
#: Share of the tasks that, moved up in the lawful plan, go to street offices where these may.
BY_STREET = 0.5


def lifts(city: City, rng: np.random.Generator, chance: float = 0.25) -> Flags:
    """Choose handle legs that some departments' transfer budgets will not pay for.

    In some (function, district) pairs the largest task that the community might keep is lifted.
    """
    _, handles = (uniform(city, flags) for flags in keepable(city))
    lifted = np.zeros_like(handles)
    paid = handles & retained(city, np.full((2, *handles.shape), HOLD_COMMUNITY))[HANDLE]
    paid[(city.tasks.scope > DISTRICT) | np.isin(city.tasks.id, PINNED)] = False
    minutes = city.minutes[HANDLE]
    for p in np.flatnonzero(city.places.tier == DISTRICT).tolist():
        cells = slice(city.places.first[p], city.places.last[p])
        for f in range(len(city.functions)):
            tasks = np.flatnonzero((city.tasks.lead == f) & paid[:, cells].all(axis=1))
            if len(tasks) > 1 and rng.random() < chance:
                lifted[tasks[minutes[tasks, cells].sum(axis=1).argmax()], cells] = True
    return lifted


def funding(city: City, holder: Ints) -> Ints:
    """Return yuan that must follow non-statutory legs on communities, per unit that pays."""
    row = city.admission_row
    rate = np.append(np.array(city.tables["admission"]["yuan_per_hour"], dtype=np.int64), 0)[row]
    effort = half_up(city.minutes * int(city.settings["effort.community"]), 1000)
    yuan = half_up(effort * rate, 60) * retained(city, holder)
    due = np.zeros(len(city.units.id), dtype=np.int64)
    payer = np.broadcast_to(city.counterpart[city.tasks.lead], yuan.shape)
    np.add.at(due, payer[payer >= 0], yuan[payer >= 0])
    return due


def size(city: City, rng: np.random.Generator, *, reference: bool) -> tuple[City, Ints]:
    """Return the city with staff, budgets, quotas, service floors, limits and pins, and a plan.

    Parameters
    ----------
    reference
        staff the reference community as given in the settings instead of drawing it.

    Returns
    -------
    City
        the city in full.
    int64 array (legs, tasks, communities) of holder codes
        a lawful allocation that fits into it.
    """
    lifted = lifts(city, rng)
    by_street = rng.random(len(city.tasks.id)) < BY_STREET
    plain = lawful_plan(city, by_street, np.zeros_like(lifted))
    plan = lawful_plan(city, by_street, lifted)
    today = city.current.holder
    now, then = burden(city, today), burden(city, plan)
    target = _targets(city, rng, now, then)
    plan = filled(city, plan, target - then.needed())
    tables: dict[str, Columns] = {
        "units": _staff(city, rng, now.year, target, reference=reference),
        "places": _floors(city, rng, plan),
        "budgets": columns(_transfers(city, rng, plain, plan) + _purchases(city, rng)),
        "quotas": columns(_quotas(city, rng, plan)),
        "limits": columns(_limits(city, today, plan)),
        "pins": columns(pins(city)),
    }
    return city.replace(tables=tables), plan


def _staff(
    city: City, rng: np.random.Generator, now: Ints, target: Ints, *, reference: bool
) -> Columns:
    """Return the units with staff and committed minutes, from loads today and targets (pools,)."""
    kind, _ = kinds(city)
    per_staff = int(city.settings["minutes_per_staff"])
    table = {name: list(values) for name, values in city.tables["units"].items()}
    community: dict[int, list[int]] = {}
    for u, pool in enumerate(city.units.pool.tolist()):
        if kind[pool] == COMMUNITY_UNIT:
            community.setdefault(int(city.units.place[u]), []).append(u)
            continue
        share = rng.uniform(*INVENTORY_SHARE)
        staff = max(1, int(np.ceil(target[pool] / share / per_staff)))
        overtime = staff * per_staff * table["overtime_share"][u] // 1000
        # Capacity and overtime together are the target.
        committed = max(0, staff * per_staff + overtime - int(target[pool]))
        table["staff"][u] = staff
        table["committed"][u] = committed // 60 * 60
    for us in community.values():
        ratio = np.clip(RATIO * np.exp(rng.normal(0, RATIO_SPREAD)), RATIO_LOW, RATIO_HIGH)
        load = {u: int(now[city.units.pool[u]]) for u in us}
        shared = int(now[np.unique(city.units.pool[us])].sum())
        staff = max(len(us), round(shared / (per_staff * float(ratio))))
        if reference:
            staff = int(city.settings["reference_staff"])
        station = next(u for u in us if city.units.form[u] == "station")
        for u in us:
            apart = city.units.pool[u] != city.units.pool[station]
            table["staff"][u] = max(1, round(load[u] / per_staff)) if apart else 1
        table["staff"][station] = staff - sum(table["staff"][u] for u in us if u != station)
    return table


def _targets(city: City, rng: np.random.Generator, now: Burden, then: Burden) -> Ints:
    """Return capacity plus overtime of every pool that is hard, minutes a year (pools,).

    Parameters
    ----------
    now, then
        what today's allocation and the lawful plan ask.
    """
    today, needed = now.needed(), then.needed()
    kind, tier = kinds(city)
    community = kind == COMMUNITY_UNIT
    legs = city.minutes[(city.current.holder == HOLD_COMMUNITY) & city.exists].sum()
    movable = int(legs) - _must_keep(city)
    target = needed * (1 + rng.uniform(*SLACK, size=len(needed)))
    taken = int((target - needed + then.year - now.year)[~community].sum())
    extra = max(LEAST_EXTRA * movable, rng.uniform(*SPARE) * movable - taken)
    department = kind == DEPARTMENT
    district = _districts(city, rng)
    for name, group in (
        ("district", department & (tier == DISTRICT)),
        ("street", kind == STREET_OFFICE),
        ("city", department & (tier == CITY)),
    ):
        weight = _interest(city)[group] * np.exp(rng.normal(0, TIGHTNESS, group.sum()))
        weight *= district[group]
        if name == "city":
            # Few city departments have hands of their own.
            weight *= rng.random(len(weight)) < CITY_HANDS
        if weight.sum():
            target[group] += extra * DIVISION[name] * weight / weight.sum()
    contractor = kind == CONTRACTOR
    most = np.zeros(len(city.pools))
    np.add.at(most, city.units.pool[city.contracts.contractor], city.contracts.most)
    target[contractor] = most[contractor] * rng.uniform(
        *CONTRACTOR_STAFF, contractor.sum()
    )
    # Nobody whose hands are full today is given less time than today takes.
    target = np.where(community, target, np.maximum(target, today * 1.02))
    return np.ceil(np.maximum(target, 600)).astype(np.int64)


def _districts(city: City, rng: np.random.Generator) -> np.ndarray:
    """Return how well off each pool's district is, around 1; 1 for pools of the city, (pools,)."""
    at = np.ones(len(city.pools))
    districts = city.places.tier == DISTRICT
    factor = np.where(districts, np.exp(rng.normal(0, TIGHTNESS_OF_DISTRICTS, len(districts))), 1)
    if districts.sum() > 1:
        tier, parent = city.places.tier, city.places.parent
        of = np.arange(len(tier))
        while (tier[of] < DISTRICT).any():
            of = np.where(tier[of] < DISTRICT, parent[of], of)
        at[city.units.pool] = factor[of[city.units.place]]
    return at


def _must_keep(city: City) -> int:
    """Minutes that communities keep in any plan: self-governance, or the default service floor."""
    may = np.stack(keepable(city)) & city.exists & (city.current.holder == HOLD_COMMUNITY)
    held = (city.minutes * may).sum(axis=(0, 2))
    own = int(held[city.tasks.klass == SELF].sum())
    return max(own, int(held[city.tasks.klass != ADMINISTRATIVE].sum()) // 2)


def _interest(city: City) -> np.ndarray:
    """How much of what communities hold would be each pool's to take over, (pools,)."""
    interest = np.zeros(len(city.pools))
    units = city.units
    work = city.minutes.sum(axis=0) * (city.tasks.governance != SELF_GOVERNANCE)[:, None]
    for level in (0, 1):
        unit = city.departments[level, city.tasks.lead]
        np.add.at(interest, units.pool[unit[unit >= 0]], work[unit >= 0])
    office = np.broadcast_to(city.street_unit, work.shape)
    np.add.at(interest, units.pool[office[office >= 0]], work[office >= 0])
    return interest


def _floors(city: City, rng: np.random.Generator, plan: Ints) -> Columns:
    """State a service floor for a few communities, below what the lawful plan leaves there."""
    service = city.tasks.klass != ADMINISTRATIVE
    held = ((plan == HOLD_COMMUNITY) * city.minutes)[:, service].sum(axis=(0, 1))
    table = {name: list(values) for name, values in city.tables["places"].items()}
    at = {code: i for i, code in enumerate(table["code"])}
    for c, p in enumerate(city.communities.tolist()):
        if rng.random() < 0.08:
            table["service_floor"][at[city.places.code[p]]] = int(held[c] * 0.9) // 60 * 60
    return table


def _transfers(city: City, rng: np.random.Generator, plain: Ints, plan: Ints) -> list[Row]:
    """Budgets for what follows tasks: too little for all that could stay, where work was lifted."""
    rows = []
    full, left = funding(city, plain), funding(city, plan)
    for u in np.flatnonzero(full).tolist():
        binding = left[u] < full[u]
        if binding or rng.random() < 0.4:
            yuan = left[u] * 1.02 if binding else full[u] * rng.uniform(1, 1.25)
            yuan = -(-int(np.ceil(yuan)) // 100) * 100
            rows.append({"payer": city.units.id[u], "purpose": "transfer", "yuan": yuan})
    return rows


def _purchases(city: City, rng: np.random.Generator) -> list[Row]:
    """Budgets for buying services, for some buyers: half to nine tenths of all their contracts."""
    contracts = city.contracts
    rows = []
    for buyer in np.unique(contracts.buyer).tolist():
        mine = contracts.buyer == buyer
        full = int((contracts.most * contracts.yuan_per_hour // 60)[mine].sum())
        if rng.random() < 0.6:
            yuan = int(full * rng.uniform(0.5, 0.9)) // 1000 * 1000
            rows.append({"payer": city.units.id[buyer], "purpose": "purchase", "yuan": yuan})
    return rows


def _quotas(city: City, rng: np.random.Generator, plan: Ints) -> list[Row]:
    """Admission quotas of districts and of some streets, a little above the lawful plan."""
    held = retained(city, plan)
    effort = half_up(city.minutes * int(city.settings["effort.community"]), 1000)
    tasks, minutes = held.any(axis=0).sum(axis=0), (held * effort).sum(axis=(0, 1))
    rows = []
    for p, tier in enumerate(city.places.tier.tolist()):
        cells = slice(city.places.first[p], city.places.last[p])
        if tier == DISTRICT:
            most = int(tasks[cells].max()) + int(rng.integers(0, 2))
            rows.append({"place": city.places.code[p], "at_most_tasks": most})
        elif tier == STREET and rng.random() < 0.3:
            most = int(minutes[cells].max() * rng.uniform(1.0, 1.03)) // 60 * 60 + 60
            rows.append({"place": city.places.code[p], "at_most_minutes": most})
    return rows


def _limits(city: City, today: Ints, plan: Ints) -> list[Row]:
    """Limits of cancelling in the city and of change in its first district."""
    cancellable = np.isin(city.tasks.id, CANCELLABLE)
    moved = city.minutes * ((today != plan) & city.exists)
    district = int(np.flatnonzero(city.places.tier == DISTRICT)[0])
    cells = slice(city.places.first[district], city.places.last[district])
    all_there = int(city.minutes[:, :, cells].sum())
    most = max(int(moved[:, :, cells].sum() * 1.1), int(all_there * 0.75))
    return [
        {"id": "L-01", "subject": "cancelled",
         "at_most_minutes": int(city.base[cancellable].sum()) // 2 // 60 * 60},
        {"id": "L-02", "subject": "change", "place": city.places.code[district],
         "at_most_minutes": most // 60 * 60},
    ]  # fmt: skip


def pins(city: City) -> list[Row]:
    """Pins that the lawful plan keeps: party education stays, taxes stay with the tax bureau."""
    district = int(np.flatnonzero(city.places.tier == DISTRICT)[0])
    code = city.places.code[district]
    tax = city.departments[0, city.tasks.lead[city.task_of["T18-05"]], city.places.first[district]]
    rows: list[dict[str, Any]] = [
        {"task": "T24-01", "leg": LEGS[HANDLE], "place": "", "holder": "community", "rule": "keep"},
        {"task": "T18-05", "leg": LEGS[HANDLE], "place": code, "holder": city.units.id[tax],
         "rule": "keep"},
        {"task": "T01-04", "leg": LEGS[HANDLE], "place": code, "holder": "street",
         "rule": "forbid"},
    ]  # fmt: skip
    return rows
