"""What an allocation asks of every pool, to size staff: section 2 of the model, on the safe side.

Forms and visits of departments, street offices and contracts are summed as if no scheme merged
them, and a month is charged what its fullest month would get. An allocation that fits an estimate
therefore fits in truth; :mod:`realloc.evaluation` measures exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realloc.instance import (
    CITY,
    DEPARTMENT,
    DETECT,
    DISTRICT,
    HANDLE,
    HOLD_COMMUNITY,
    HOLD_STREET,
    NONE,
    SELF,
    STATUTORY,
    STREET,
    City,
    Duties,
    Ints,
    half_up,
)

MONTHS = 12
ALL_YEAR = np.array((0, MONTHS))


@dataclass(frozen=True, eq=False)
class Burden:
    """Minutes per pool: `year` (pools,), `month` (pools, 12)."""

    year: Ints
    month: Ints

    def needed(self) -> Ints:
        """Minutes of capacity a year that year and fullest month both fit in, (pools,)."""
        return np.maximum(self.year, MONTHS * self.month.max(axis=1))


class Sum:
    """Minutes collected per pool and month."""

    def __init__(self, city: City) -> None:
        self.year = np.zeros(len(city.pools), dtype=np.int64)
        self.month = np.zeros((len(city.pools), MONTHS), dtype=np.int64)

    def add(self, pool: Ints, minutes: Ints, window: Ints) -> None:
        """Add minutes to pools (same shape; NONE: to nobody) within one window."""
        pool, minutes = np.broadcast_arrays(pool, minutes)
        at, m = pool[pool >= 0], minutes[pool >= 0]
        first, count = window.tolist()
        months = [(first + k) % MONTHS for k in range(count)]
        np.add.at(self.year, at, m)
        fullest = np.zeros(len(self.year), dtype=np.int64)
        np.add.at(fullest, at, -(-m // count))
        self.month[:, months] += fullest[:, None]

    def add_tasks(self, city: City, pool: Ints, minutes: Ints) -> None:
        """Add (tasks, communities) minutes, each task within its window."""
        pool, minutes = np.broadcast_arrays(pool, minutes)
        for window in np.unique(city.tasks.window, axis=0):
            tasks = (city.tasks.window == window).all(axis=1)
            self.add(pool[tasks], minutes[tasks], window)


def burden(city: City, holder: Ints) -> Burden:
    """Return what an allocation (legs, tasks, communities) of holder codes asks of every pool."""
    total = Sum(city)
    units, settings = city.units, city.settings
    unit, tier, buyer = holders(city, holder)
    pool = np.where(unit >= 0, units.pool[unit], NONE)
    factors = np.array([
        settings[f"effort.{kind}"] for kind in
        ("city_department", "district_department", "street_office", "community", "contractor")
    ])  # fmt: skip
    kind = np.array([1, 2, 3, 4])[units.kind[unit]]
    kind = np.where((units.kind[unit] == DEPARTMENT) & (tier == CITY), 0, kind)
    effort = half_up(city.minutes * factors[kind], 1000)
    held = (unit >= 0) & city.exists
    for leg in (DETECT, HANDLE):
        total.add_tasks(city, np.where(held[leg], pool[leg], NONE), effort[leg])
        bought = held[leg] & (buyer[leg] >= 0)
        supervision = half_up(effort[leg] * int(settings["supervision"]), 1000)
        total.add_tasks(city, np.where(bought, units.pool[buyer[leg]], NONE), supervision)
    _relay(city, total, tier, held, holder)
    statutory = city.admission_status == STATUTORY
    guided = ((holder == HOLD_COMMUNITY) & held & ~statutory).any(axis=0)
    lead = city.counterpart[city.tasks.lead]
    total.add_tasks(
        city, np.where(guided & (lead >= 0), units.pool[lead], NONE), np.array(settings["guidance"])
    )
    for duties in (city.forms, city.inspections):
        _duties(city, total, duties, holder, held, buyer)
    _schemes(city, total, holder, held)
    return Burden(total.year, total.month)


def holders(city: City, holder: Ints) -> tuple[Ints, Ints, Ints]:
    """Return unit, tier and buyer of every leg and cell, NONE where there is none."""
    units, contracts = city.units, city.contracts
    size = len(units.id)
    own = (city.tasks.klass == SELF).astype(np.int64)
    unit = np.where((holder >= 0) & (holder < size), holder, NONE)
    buyer = np.full_like(holder, NONE)
    if contracts.id:
        bought = holder >= size
        row = np.where(bought, holder - size, 0)
        unit = np.where(bought, contracts.contractor[row], unit)
        buyer = np.where(bought, contracts.buyer[row], NONE)
    unit = np.where(holder == HOLD_STREET, city.street_unit, unit)
    unit = np.where(holder == HOLD_COMMUNITY, city.community_unit[own], unit)
    at = np.where(buyer >= 0, buyer, unit)
    tier = np.where(at >= 0, np.array(city.places.tier)[units.place[at]], NONE)
    return unit, tier, buyer


def _relay(city: City, total: Sum, tier: Ints, held: np.ndarray, holder: Ints) -> None:
    """Add relay on the tiers strictly between detector, handler and, if it handles, the lead."""
    units = city.units
    both = held.all(axis=0)
    lead = city.counterpart[city.tasks.lead]
    top = np.where(lead >= 0, city.places.tier[units.place[lead]], NONE)
    low = np.where(both, tier[DETECT], NONE)
    high = np.where(both, tier[HANDLE], NONE)
    handles = (holder[HANDLE] == HOLD_COMMUNITY) & held[HANDLE]
    relay = np.array(city.settings["relay"])
    for between, unit in (
        (STREET, np.broadcast_to(city.street_unit, low.shape)),
        (DISTRICT, city.departments[0, city.tasks.lead]),
    ):
        passes = (both & (low < between) & (between < high)) | (handles & (between < top))
        total.add_tasks(city, np.where(passes & (unit >= 0), units.pool[unit], NONE), relay)


def _duties(city: City, total: Sum, duties: Duties, holder: Ints, held: np.ndarray,
            buyer: Ints) -> None:  # fmt: skip
    units = city.units
    street = city.above[STREET]
    station = units.pool[city.community_unit[0]]
    for d in range(len(duties.id)):
        leg, task = int(duties.leg[d]), int(duties.task[d])
        minutes = duties.times[d] * duties.minutes[d]
        window = duties.window[d] if duties.scheme[d] == NONE else ALL_YEAR
        here, exists = holder[leg, task], held[leg, task]
        community = exists & (here == HOLD_COMMUNITY)
        total.add(np.where(community, station, NONE), minutes, window)
        # A street office once per street, as holder or as buyer; a department once as holder.
        by_street = exists & (here == HOLD_STREET)
        offices = set(city.street_unit[by_street].tolist())
        bought = exists & (buyer[leg, task] >= 0)
        pairs = set(zip(buyer[leg, task][bought].tolist(), street[bought].tolist(), strict=True))
        direct = set(here[exists & (here >= 0) & ~bought].tolist())
        once = [u for u in direct if units.kind[u] == DEPARTMENT]
        receivers = [u for u, _ in pairs if u not in offices] + once
        receivers = [u for u in receivers if units.function[u] != duties.by[d]] + list(offices)
        for u in receivers:
            total.add(units.pool[u], minutes, window)


def _schemes(city: City, total: Sum, holder: Ints, held: np.ndarray) -> None:
    """Merge what communities do for schemes adopted today, and charge coordination."""
    schemes = city.schemes
    for s in np.flatnonzero(schemes.adopted == 1).tolist():
        duties = city.forms if schemes.unified_form[s] else city.inspections
        members = np.flatnonzero(duties.scheme == s)
        legs, tasks = duties.leg[members], duties.task[members]
        does = held[legs, tasks] & (holder[legs, tasks] == HOLD_COMMUNITY)
        minutes = does * (duties.times * duties.minutes)[members][:, None]
        if len(members):
            saved = minutes.sum(axis=0) - minutes.max(axis=0)
            np.subtract.at(total.year, city.units.pool[city.community_unit[0]], saved)
        functions = np.unique(duties.by[members])
        for p in np.flatnonzero(city.places.tier == schemes.tier[s]).tolist():
            c = city.places.first[p]
            unit = city.counterpart[functions, c]
            total.add(np.where(unit >= 0, city.units.pool[unit], NONE),
                      schemes.coordination[s], ALL_YEAR)  # fmt: skip


def kinds(city: City) -> tuple[Ints, Ints]:
    """Return kind and tier of every pool: pools hold units of one kind."""
    kind = np.full(len(city.pools), NONE, dtype=np.int64)
    tier = np.full(len(city.pools), NONE, dtype=np.int64)
    kind[city.units.pool] = city.units.kind
    tier[city.units.pool] = city.places.tier[city.units.place]
    return kind, tier

