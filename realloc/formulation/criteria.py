"""The criteria K1 to K9, each put on the arrays that a program minimizes.

K1, K2, K6 and K9 are told of rows (choices, levels of rounds or switches) by who knows what these
make units do, :mod:`realloc.formulation.work`; the others find their rows themselves.
"""

from __future__ import annotations

import numpy as np

from realloc.formulation.builder import CHOICE, LEVEL, Builder, alike
from realloc.formulation.cells import IN_COMMUNITY, Cells
from realloc.instance import (
    COMMUNITY_UNIT,
    CONTRACTOR,
    DEPARTMENT,
    DETECT,
    HANDLE,
    HOLD_CANCELLED,
    SELF_GOVERNANCE,
    STREET_OFFICE,
    Ints,
)
from realloc.program import UNLIMITED

_KINDS = {DEPARTMENT: "department", STREET_OFFICE: "street_office", COMMUNITY_UNIT: "community",
          CONTRACTOR: "contractor"}  # fmt: skip
_CLASSES = ("administrative", "service", "self_governance")
_PARTS = ("community", "street_office", "other")


def k1_community_load(b: Builder, kind: int, row: Ints, klass: Ints, minutes: Ints) -> None:
    """K1: minutes on community units by class of task; forms and visits are administrative."""
    for k, name in enumerate(_CLASSES):
        here = klass == k
        b.cost(f"community_load.{name}", kind, row[here], minutes[here])


def k2_inspections(b: Builder, kind: int, row: Ints, part: Ints, times: Ints) -> None:
    """K2: visits, by part of receiver."""
    _by_part(b, "inspections", kind, row, part, times)


def k3_overload(b: Builder, pool_resource: int) -> None:
    """K3: every minute above the capacity of a pool, by kind."""
    for kind, name in _KINDS.items():
        b.over(f"overload.{name}", pool_resource + np.flatnonzero(b.capacity.kinds == kind))


def k4_principals(b: Builder, cells: Cells) -> None:
    """K4: functions that hand work to a community, once each however many tasks: rounds.

    Communities in which the same choices hand over the same function's work share a round.
    """
    city = b.city
    tasks = city.tasks
    held = np.zeros(len(cells.choice), dtype=bool)
    for leg in (DETECT, HANDLE):
        held |= cells.legs[leg].held & (cells.legs[leg].klass == IN_COMMUNITY)
    held &= tasks.governance[cells.task] != SELF_GOVERNANCE
    if not b.matters("principals") or not held.any():
        return
    function, community = tasks.lead[cells.task[held]], cells.community[held]
    pair, who = np.unique(function * city.n_communities + community, return_inverse=True)
    choice = cells.choice[held]
    group = alike(who, choice, np.zeros_like(who))
    first = np.unique(group, return_index=True)[1]
    size = np.bincount(group)
    one = np.ones(len(first), np.int64)
    base = b.rounds("K4", pair[first] // city.n_communities, one, -one)
    lead = np.zeros(len(pair), dtype=bool)
    lead[first] = True
    b.reach(choice[lead[who]], base + group[who[lead[who]]])
    b.cost("principals", LEVEL, base + np.arange(len(first)), size)


def k5_worst_load(b: Builder, pool_resource: int) -> None:
    """K5: the largest load of a community pool per mille of its capacity: the ceiling."""
    if b.matters("worst_load"):
        kinds, capacity, _ = b.capacity
        some = np.flatnonzero((kinds == COMMUNITY_UNIT) & (capacity > 0))
        b.ceiling = ("worst_load", pool_resource + some, capacity[some])


def k6_public_cost(b: Builder, kind: int, row: Ints, yuan: Ints) -> None:
    """K6: yuan of staff time and of contracts."""
    b.cost("public_cost", kind, row, yuan)


def k7_pushed_up(b: Builder, today: Ints | None) -> None:
    """K7: minutes above today's on each pool of departments and street offices.

    Raises
    ------
    ValueError
        if it matters and today's loads are not given.
    """
    for kind in (DEPARTMENT, STREET_OFFICE):
        part = f"pushed_up.{_KINDS[kind]}"
        if not b.matters(part):
            continue
        if today is None:
            raise ValueError("pushed_up needs today's loads of the pools")
        some = np.flatnonzero(b.capacity.kinds == kind)
        base = b.resources("K7", some, upper=today[some], spent=b.fixed()[some],
                           over_most=UNLIMITED)  # fmt: skip
        b.use_pools(some, base)
        b.over(part, base + np.arange(len(some)))


def k8_change(b: Builder, cells: Cells) -> None:
    """K8: base minutes whose holder differs from today's; and what is cancelled."""
    for leg, data in enumerate(cells.legs):
        today = b.city.current.holder[leg, cells.task, cells.community]
        moved = data.exists & (data.code != today)
        b.cost("change", CHOICE, cells.choice[moved], data.base[moved])
        gone = data.exists & (data.code == HOLD_CANCELLED)
        b.cost("cancelled", CHOICE, cells.choice[gone], data.base[gone])


def k9_forms(b: Builder, kind: int, row: Ints, part: Ints, times: Ints) -> None:
    """K9: fillings of forms, by part of receiver."""
    _by_part(b, "forms", kind, row, part, times)


def _by_part(b: Builder, name: str, kind: int, row: Ints, part: Ints, times: Ints) -> None:
    for p, receiver in enumerate(_PARTS):
        here = part == p
        b.cost(f"{name}.{receiver}", kind, row[here], times[here])
