"""Who holds what in a generated city: today, and in a lawful plan that proves there is one."""

from __future__ import annotations

import numpy as np

from realloc import law
from realloc.generator.hierarchy import Row, read
from realloc.generator.inventory import PINNED
from realloc.generator.organization import reference_communities
from realloc.instance import (
    ADMINISTRATIVE,
    BARRED,
    CITY,
    COMMUNITY_UNIT,
    DETECT,
    DISTRICT,
    HANDLE,
    HOLD_COMMUNITY,
    HOLD_STREET,
    NONE,
    SELF_GOVERNANCE,
    STATUTORY,
    STREET,
    STREET_OFFICE,
    City,
    Flags,
    Ints,
)
from realloc.schema import RULES

#: Tasks that a department handles today in every city, and that the street office does.
WITH_DEPARTMENT = ("T07-02", "T07-03", "T18-05")
WITH_STREET = ("T08-05", "T10-05")
#: Chance that a district's allocation of a task differs, and that a street's does.
DISTRICT_STREET, DISTRICT_DEPARTMENT, STREET_DIFFERS = 0.055, 0.03, 0.02
#: Share of its spare time that a unit gives to more work in the lawful plan, and the share of
#: service work that communities keep in it (their default floor is half of what they hold today).
FILL, LEAST_SERVICE = 0.9, 0.65
#: Share of contracts already used today.
IN_USE = 0.25


def pressed_down(places: list[Row]) -> list[Row]:
    """Return today's rows of the reference city: every leg at the community."""
    city = next(row["code"] for row in places if row["tier"] == "city")
    return [
        {"task": t["id"], "place": city, "detector": "community", "handler": "community"}
        for t in read("tasks.csv")
    ]


def today(
    rng: np.random.Generator, places: list[Row], tasks: list[Row], contracts: list[Row],
    least_grade: int,
) -> list[Row]:  # fmt: skip
    """Return today's rows: most legs pressed down to communities, whatever the law says.

    City rows hold for most tasks; a district or a street differs in some. No row reaches below a
    task's scope, so no item has to be split.
    """
    rows = {(r["task"], r["place"]): r for r in pressed_down(places)}
    city = next(row["code"] for row in places if row["tier"] == "city")
    function = {row["function"]: row["code"] for row in read("functions.csv")}
    children: dict[str, list[str]] = {}
    for row in places:
        children.setdefault(row["parent"], []).append(row["code"])

    def put(task: Row, place: str, detector: str, handler: str) -> None:
        rows[task["id"], place] = {
            "task": task["id"], "place": place, "detector": detector, "handler": handler,
        }  # fmt: skip

    weight = reference_communities(places)
    inventory = {task["id"]: task for task in tasks}
    for t in WITH_STREET:
        put(inventory[t], city, "community", "street")
    for district in sorted(children[city]):
        for task in tasks:
            unit = f"{district}-{function[task['lead']]}"
            draw = rng.random()
            if task["id"] in WITH_DEPARTMENT:
                put(task, district, "community", unit)
            elif task["scope"] == "city" or task["governance"] == "self_governance":
                continue
            elif draw < DISTRICT_STREET:
                put(task, district, "community", "street")
            elif draw < DISTRICT_STREET + DISTRICT_DEPARTMENT:
                put(task, district, "community" if rng.random() < 0.7 else unit, unit)
        for street in sorted(children[district]):
            differs = rng.random(len(tasks)) < STREET_DIFFERS
            for task, other in zip(tasks, differs.tolist(), strict=True):
                if other and task["scope"] == "street" and task["governance"] != "self_governance":
                    put(task, street, "street" if rng.random() < 0.4 else "community", "street")
    for contract in contracts:
        there = sum(weight[street] for street in contract["places"])
        fit = [t for t in tasks if t["outsourceable"] and t["scope"] == "street"
               and t["category"] in contract["categories"]
               and t["governance"] in ("government", "co_governance")
               and t["minutes"] * there <= contract["most"]]  # fmt: skip
        if fit and contract["grade"] >= least_grade and rng.random() < IN_USE:
            task = fit[int(rng.integers(len(fit)))]
            detector = contract["id"] if rng.random() < 0.5 else "community"
            for street in contract["places"]:
                put(task, street, detector, contract["id"])
    return list(rows.values())


def uniform(city: City, allowed: Flags) -> Flags:
    """Return where a flag (tasks, communities) holds in a whole district, or city by scope."""
    result = np.zeros_like(allowed)
    for scope in (DISTRICT, CITY):
        tasks = np.flatnonzero(np.maximum(city.tasks.scope, DISTRICT) == scope)
        for p in np.flatnonzero(city.places.tier == scope).tolist():
            cells = slice(city.places.first[p], city.places.last[p])
            result[tasks, cells] = np.all(allowed[tasks, cells], axis=1, keepdims=True)
    return result


def keepable(city: City) -> tuple[Flags, Flags]:
    """Return where communities may detect and handle under law, floor and admission.

    Candidates count as admitted. Shape (tasks, communities) each; a leg that does not exist may.
    """
    rules = law.matrix(city)[city.tasks.power_type, COMMUNITY_UNIT].T
    status = city.admission_status
    admitted = (status != NONE) & (status != BARRED)
    may = (rules != RULES.index("forbidden"))[:, :, None] & admitted
    own = city.tasks.admissible[:, None] | (status[HANDLE] == STATUTORY)
    low = (city.tasks.floor == 0)[:, None] & ~vertical(city)
    return may[DETECT] | ~city.exists[DETECT], (may[HANDLE] & own & low) | ~city.exists[HANDLE]


def vertical(city: City) -> Flags:
    """Return where a task's lead has a vertically managed department, (tasks, communities)."""
    departments = city.departments[:, city.tasks.lead]
    return np.any(city.units.vertical[departments] & (departments >= 0), axis=0)


def lawful_plan(city: City, by_street: Flags, lifted: Flags) -> Ints:
    """Return a lawful allocation: all that a community may not hold, and `lifted`, moved up.

    Parameters
    ----------
    by_street
        bool array (tasks,): go to street offices when moved up, where law lets any of them handle.
    lifted
        bool array (tasks, communities), equal within a district (a city for tasks of that scope):
        handle legs to be moved up although the community might keep them.

    Returns
    -------
    int64 array (legs, tasks, communities) of holder codes
        what is moved goes to the lead's department of the district (of the city for tasks of that
        scope) or to the street offices.
    """
    detects, handles = (uniform(city, flags) for flags in keepable(city))
    own = (city.tasks.governance == SELF_GOVERNANCE)[:, None]
    handles &= ~lifted | own
    level = np.where(city.tasks.scope == CITY, 1, 0)
    department = city.departments[level, city.tasks.lead]
    street = uniform(city, streets_may(city) & by_street[:, None])
    above = np.where(street, HOLD_STREET, department)
    handler = np.where(handles, HOLD_COMMUNITY, above)
    detector = np.where(detects, HOLD_COMMUNITY, handler)
    # Detecting above a community that handles is no arrangement: both legs go up.
    handler = np.where(handles & ~detects, above, handler)
    detector = np.where(handles & ~detects, above, detector)
    return np.stack([detector, handler])


def retained(city: City, holder: Ints) -> Flags:
    """Return non-statutory legs that communities hold, shape (legs, tasks, communities)."""
    return (holder == HOLD_COMMUNITY) & city.exists & (city.admission_status != STATUTORY)


def filled(city: City, plan: Ints, spare: Ints) -> Ints:
    """Return the plan with more work moved up, as far as departments and street offices have time.

    Parameters
    ----------
    plan
        a lawful allocation.
    spare
        minutes that each pool has beyond what the plan asks in its fullest month, (pools,).

    Small tasks go first, in one place of their scope after the other: to the district department
    of the lead, else to the street office. A task whose detect leg is not statutory goes up with
    both legs. Service work stops where a community would fall near its default service floor.
    """
    plan, time = plan.copy(), spare.astype(np.float64) * FILL
    tasks = city.tasks
    service = tasks.klass != ADMINISTRATIVE
    held = (plan == HOLD_COMMUNITY) * city.minutes
    left = held[:, service].sum(axis=(0, 1)).astype(np.float64)
    least = left * LEAST_SERVICE
    statutory = city.admission_status[DETECT] == STATUTORY
    detects = keepable(city)[0]
    free = streets_may(city)
    own, others = duties_of(city)
    movable = (tasks.governance != SELF_GOVERNANCE) & ~np.isin(tasks.id, PINNED)
    for t in np.argsort(tasks.minutes, kind="stable").tolist():
        if not movable[t] or tasks.scope[t] not in (STREET, DISTRICT):
            continue
        for p in np.flatnonzero(city.places.tier == tasks.scope[t]).tolist():
            cells = slice(city.places.first[p], city.places.last[p])
            first = city.places.first[p]
            here = (plan[HANDLE, t, cells] == HOLD_COMMUNITY) & city.exists[HANDLE, t, cells]
            both = not (statutory[t, cells] & detects[t, cells]).all()
            base = city.minutes[HANDLE, t, cells] + both * city.minutes[DETECT, t, cells]
            enough = not service[t] or (left[cells] - base >= least[cells]).all()
            if not here.all() or not enough:
                continue
            offers = [(int(city.departments[0, tasks.lead[t], first]), "district_department",
                       others[t])]  # fmt: skip
            if free[t, cells].all() and tasks.scope[t] == STREET:
                offers.append((int(city.street_unit[first]), "street_office", own[t] + others[t]))
            for unit, effort, duties in offers:
                asked = base.sum() * int(city.settings[f"effort.{effort}"]) / 1000 + duties
                asked *= 12 / tasks.window[t, 1]
                pool = city.units.pool[unit]
                if unit < 0 or asked > time[pool]:
                    continue
                time[pool] -= asked
                left[cells] -= base * service[t]
                legs = (DETECT, HANDLE) if both else (HANDLE,)
                for leg in legs:
                    plan[leg, t, cells] = HOLD_STREET if effort == "street_office" else unit
                break
    return plan


def streets_may(city: City) -> Flags:
    """Return where a street office may handle without a delegation, (tasks, communities)."""
    rule = law.matrix(city)[city.tasks.power_type, STREET_OFFICE, HANDLE]
    free = (rule == RULES.index("allowed")) & (city.tasks.floor <= 1)
    return free[:, None] & ~vertical(city)


def duties_of(city: City) -> tuple[Ints, Ints]:
    """Return minutes of forms and visits of each task by its lead and by other functions, (tasks,).

    Those within a short window count as if they lasted all year.
    """
    asked = np.zeros((2, len(city.tasks.id)), dtype=np.int64)
    for duties in (city.forms, city.inspections):
        foreign = duties.by != city.tasks.lead[duties.task]
        minutes = duties.times * duties.minutes * 12 // duties.window[:, 1]
        np.add.at(asked, (foreign.astype(np.int64), duties.task), minutes)
    return asked[0], asked[1]
