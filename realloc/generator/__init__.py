"""Cities of any size on real or drawn hierarchies, with clearly synthetic workloads.

Places, tasks, functions and grounds are real (see ``instances/README.md`` for what is not);
everything else is drawn from ``PCG64`` seeded with the seed and the city's code, so one name and
seed always give one city, and cities of the country do not depend on each other.

Each city is feasible by construction: :mod:`~realloc.generator.allotment` writes down a lawful
plan, :mod:`~realloc.generator.sizing` gives every unit what that plan needs and not much more.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from realloc import schema
from realloc.generator import allotment, hierarchy, inventory, organization, sizing
from realloc.generator.hierarchy import Row
from realloc.instance import (
    CANDIDATE,
    DETECT,
    HANDLE,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    NONE,
    City,
    Ints,
    Plan,
)

#: Cities that :func:`generate` knows.
NAMES = ("reference", "district", "xiamen", "shenzhen", "shanghai")


def generate(name: str, seed: int = 1) -> City:
    """Return a sample city: the reference community, a district, or a whole city.

    Parameters
    ----------
    name
        one of NAMES. ``reference`` is one community that reproduces the figures of Chen (2017);
        ``district`` is Siming in Xiamen.
    seed
        the same seed gives the same city, to the digest; that of ``instances/`` is 1.

    Raises
    ------
    ValueError
        if there is no such city; those that there are, are named.
    """
    return generate_with_plan(name, seed)[0]


def generate_with_plan(name: str, seed: int = 1) -> tuple[City, Plan]:
    """Return a sample city as :func:`generate` and a lawful plan of it (far from the best)."""
    if name not in NAMES:
        raise ValueError(f"no city {name!r}: there are {', '.join(NAMES)}")
    places = hierarchy.reference() if name == "reference" else hierarchy.stored(name)
    city, holder = _build(places, seed, reference=name == "reference")
    return city, as_plan(city, holder)


def generate_national(seed: int = 1) -> Iterator[tuple[str, City]]:
    """Yield code and city of every city of the country (327), one at a time."""
    for code, places in hierarchy.national():
        yield code, _build(places, seed)[0]


def as_plan(city: City, holder: Ints) -> Plan:
    """Write an allocation that is equal within each item as a plan, candidates in use admitted.

    Parameters
    ----------
    holder
        int array (legs, tasks, communities) of holder codes.
    """
    exists = city.exists
    rows = []
    for t, scope in enumerate(city.tasks.scope.tolist()):
        for p in np.flatnonzero(city.places.tier == scope).tolist():
            cells = slice(city.places.first[p], city.places.last[p])
            if not exists[:, t, cells].any():
                continue
            legs = [
                int(holder[leg, t, cells][0]) if exists[leg, t, cells].any() else HOLD_NOBODY
                for leg in (DETECT, HANDLE)
            ]
            one = legs[HANDLE] if legs[DETECT] == HOLD_NOBODY else legs[DETECT]
            rows.append((t, p, *(one if h == HOLD_NOBODY else h for h in legs)))
    used = (holder == HOLD_COMMUNITY) & exists & (city.admission_status == CANDIDATE)
    row = city.admission_row
    admission = city.tables["admission"]
    switched = {(int(t), int(row[leg, t, c])) for leg, t, c in np.argwhere(used)}
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return Plan(
        *table.T,
        admissions=frozenset(
            (t, city.place_of[admission["place"][r]]) for t, r in switched if r != NONE
        ),
    )


def _build(
    places: list[Row], seed: int, *, reference: bool = False
) -> tuple[City, Ints]:
    root = next(row for row in places if row["tier"] == "city")
    districts = [row["code"] for row in places if row["tier"] == "district"]
    key = int(root["code"]) if len(districts) > 1 else int(districts[0])
    rng = np.random.Generator(np.random.PCG64([seed, key]))
    if not reference:
        hierarchy.populate(places, rng)
    district = f"{root['name']}{places[1]['name']}" if len(districts) == 1 else root["name"]
    settings = {
        "name": f"{'标准社区' if reference else district}(合成数据)",
        "date": inventory.DATE,
        "reference_population": hierarchy.REFERENCE_POPULATION,
        "elasticity": round(1000 * hierarchy.ELASTICITY),
    }
    tasks = inventory.tasks()
    units = organization.units(rng, places)
    contractors, contracts = organization.contracts(rng, places)
    if reference:
        units = [row | {"pool": f"P-{row['place']}"} if row["kind"] == "community" else row
                 for row in units]  # fmt: skip
        current = allotment.pressed_down(places)
    else:
        least_grade = schema.SETTINGS["least_grade"].default
        current = allotment.today(rng, places, tasks, contracts, least_grade)
    rows: dict[str, list[Row]] = {
        "places": places,
        "units": [*units, *contractors],
        "tasks": tasks,
        "forms": inventory.forms(rng, varied=not reference),
        "inspections": inventory.inspections(rng, varied=not reference),
        "schemes": inventory.schemes(rng, undecided=reference),
        "delegations": organization.delegations(rng, places),
        "admission": inventory.admission(rng, places),
        "contracts": contracts,
        "workload": [] if reference else inventory.workload(rng, places),
        "current": current,
    }
    city = City.of(settings, {name: hierarchy.columns(table) for name, table in rows.items()})
    return sizing.size(city, rng, reference=reference)
