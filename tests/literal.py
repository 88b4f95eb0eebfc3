"""Cities, plans and findings written out in tests, and one city to compute by hand.

:func:`twins` is one street with two communities and round figures, small enough to check any
number with pencil and paper; tests change it with :func:`grow` and :func:`edit`, and read what
:func:`judge` finds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realloc.evaluation import Evaluation, evaluate
from realloc.instance import HOLD_NOBODY, City, Columns, Plan
from realloc.schema import SCHEMA


def table(name: str, text: str) -> Columns:
    """Read a literal table: a line of column names, then rows; ``-`` takes the default.

    Months are written ``05-10``, several words are joined by ``;``.
    """
    header, *lines = [line.split() for line in text.strip().splitlines()]
    columns = [SCHEMA[name].column(column) for column in header]
    for line in lines:
        assert len(line) == len(header), line
    return {
        column.name: [_value(column.kind, line[k]) for line in lines]
        for k, column in enumerate(columns)
    }


def _value(kind: str, word: str) -> Any:
    if word == "-":
        return None
    if kind in ("int", "minutes", "yuan", "share", "flag"):
        return int(word)
    if kind in ("words", "refs"):
        return tuple(word.split(";"))
    if kind == "months":
        first, last = (int(month) - 1 for month in word.split("-"))
        return first, (last - first) % 12 + 1
    return word


def grow(city: City, name: str, text: str) -> City:
    """Return the city with the rows of a literal table added to one of its tables."""
    added = table(name, text)
    size = len(next(iter(added.values())))
    rows = {
        column: [*values, *added.get(column, [None] * size)]
        for column, values in city.tables[name].items()
    }
    return city.replace(tables={name: rows})


def edit(city: City, name: str, row: str, **values: Any) -> City:
    """Return the city with some values of one row changed; `row` is its id (or first column)."""
    columns = {column: list(old) for column, old in city.tables[name].items()}
    at = next(iter(columns.values())).index(row)
    for column, value in values.items():
        columns[column][at] = value
    return city.replace(tables={name: columns})


def plan(city: City, text: str, **switches: Any) -> Plan:
    """Read a literal plan, ``task place detector handler`` a line; ``-`` is nobody.

    Switches: `admissions` and `schemes` as pairs of ids, `contracts` as ids.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    code = {**city.holder_codes, "-": HOLD_NOBODY}
    scheme = {s: i for i, s in enumerate(city.schemes.id)}
    contract = {k: i for i, k in enumerate(city.contracts.id)}
    return Plan(
        task=_array([city.task_of[line[0]] for line in lines]),
        place=_array([city.place_of[line[1]] for line in lines]),
        detector=_array([code[line[2]] for line in lines]),
        handler=_array([code[line[3]] for line in lines]),
        admissions=frozenset(
            (city.task_of[t], city.place_of[p]) for t, p in switches.get("admissions", ())
        ),
        contracts=frozenset(contract[k] for k in switches.get("contracts", ())),
        schemes=frozenset((scheme[s], city.place_of[p]) for s, p in switches.get("schemes", ())),
    )


def _array(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


# -- a city by hand ------------------------------------------------------------------------------


def twins() -> City:
    """Return one street with two communities, A of the reference size and B half of it.

    Workload is proportional to population (elasticity 1), so a task of m minutes has m in A and
    m / 2 in B. An hour costs 60 yuan in communities and with the contractor, 120 in the street
    office, 180 in departments: 1, 2 and 3 yuan a minute. Relay 10 minutes, guidance 7,
    supervision 10 %. Effort keeps its defaults: city 1.2, district 1.15, street 1.05, community
    1, contractor 0.95. Everybody has 10,000 minutes a year.

    Functions: ``civil`` has a city and a district department, ``police`` a district department
    (not vertical) only. A's station and committee share one pool, B's do not.

    ===== ============================== ======== ========== =====================
    task  what                           minutes  detect     today
    ===== ============================== ======== ========== =====================
    care  service, lead civil            1,200    25 %       community, community
    fine  penalty, lead police           400      50 %       community, police
    meet  self-governance, lead civil    600      –          –, community
    ===== ============================== ======== ========== =====================
    """
    settings = {
        "name": "twins", "date": "2026-07-01", "minutes_per_staff": 10_000, "elasticity": 1000,
        "relay": 10, "guidance": 7, "supervision": 100,
    }  # fmt: skip
    tables = {
        "places": table("places", """
            code name parent tier      population
            S    市   -      city      0
            D    区   S      district  0
            J    街   D      street    0
            A    甲   J      community 6000
            B    乙   J      community 3000
        """),
        "units": table("units", """
            id     name kind          form                place function pool staff yuan_per_hour
            civilS 市民 department    organ               S     civil    -    1     180
            civilD 区民 department    organ               D     civil    -    1     180
            polD   公安 department    organ               D     police   -    1     180
            off    街办 street_office organ               J     -        -    1     120
            staA   甲站 community     station             A     -        A    1     60
            comA   甲委 community     residents_committee A     -        A    0     60
            staB   乙站 community     station             B     -        -    1     60
            comB   乙委 community     residents_committee B     -        -    1     60
            org    机构 contractor    social_org          S     -        -    1     60
        """),
        "tasks": table("tasks", """
            id   category name social_work power_type lead   minutes detect_share outsourceable
            care aid      助老 1           service    civil  1200    250          1
            fine order    处罚 0           penalty    police 400     500          0
            meet self     议事 0           other      civil  600     0            0
        """),
        "admission": table("admission", """
            task leg    place status    yuan_per_hour
            care detect S     statutory -
            care handle S     admitted  30
            fine detect S     admitted  60
        """),
        "contracts": table("contracts", """
            id contractor buyer places categories yuan_per_hour
            k  org        off   J      aid        90
        """),
        "current": table("current", """
            task place detector  handler
            care S     community community
            fine S     community polD
            meet S     -         community
        """),
    }  # fmt: skip
    governance = ["government", "government", "self_governance"]
    tables["tasks"] = {**tables["tasks"], "governance": governance}
    return City.of(settings, tables)


# -- findings --------------------------------------------------------------------------------------

TODAY = """
    care J community community
    fine J community polD
    meet J - community
"""
CARE = "fine J community polD \n meet J - community \n care"


def judge(city: City, text: str, **switches: Any) -> Evaluation:
    """Evaluate a literal plan."""
    return evaluate(city, plan(city, text, **switches))


def loads(city: City, evaluation: Evaluation) -> dict[str, int]:
    """Load of each pool that has any; a unit's own pool goes by the unit's name."""
    pools = zip(city.pools, evaluation.load.tolist(), strict=True)
    return {name.lstrip("@"): load for name, load in pools if load}


def broken(evaluation: Evaluation, family: str) -> list[tuple[str, int]]:
    """Reason (or "") and amount of each violation of one family."""
    return [
        (v.subject.get("reason", ""), v.amount) for v in evaluation.violations if v.family == family
    ]


def with_duties(city: City) -> City:
    """Add 3 visits of 20 minutes by police and 4 forms of 5 minutes for civil to handling care."""
    city = grow(city, "contracts", """
        id contractor buyer  places yuan_per_hour
        q  org        civilD D      90
        r  org        civilS S      90
    """)
    city = grow(city, "inspections", """
        id task leg    inspector visits minutes
        v  care handle police    3      20
    """)
    return grow(city, "forms", """
        id task leg    issuer times minutes
        f  care handle civil  4     5
    """)


def with_schemes(city: City, tier: str, adopted: str) -> City:
    """Two joint visits and one unified form that ask the holders of care and meet."""
    city = grow(city, "schemes", f"""
        id kind         tier   adopted   coordination
        j  joint_visit  {tier} {adopted} 50
        u  unified_form {tier} no        70
    """)
    city = grow(city, "inspections", """
        id task leg    inspector visits minutes scheme
        v1 care handle police    3      20      j
        v2 meet handle civil     5      10      j
        v3 care detect police    1      7       -
    """)
    return grow(city, "forms", """
        id task leg    issuer times minutes scheme
        f1 care handle civil  4     5       u
        f2 care detect police 2     9       u
    """)
