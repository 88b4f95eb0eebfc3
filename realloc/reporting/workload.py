"""Where work lies, as tables: loads, its way down to communities, flows between kinds of holder."""

from __future__ import annotations

from typing import Any

import numpy as np

from realloc.evaluation import Evaluation
from realloc.instance import (
    COMMUNITY_UNIT,
    CONTRACTOR,
    DISTRICT,
    HOLD_CANCELLED,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    HOLD_STREET,
    NONE,
    STREET,
    STREET_OFFICE,
    City,
    Ints,
)
from realloc.reporting.names import name_place, name_units
from realloc.schema import KINDS, LEGS

Columns = dict[str, list[Any]]

#: Kinds of holder of a leg: the kinds of unit, then what is no unit.
HOLDERS = (*KINDS, "cancelled", "nobody")
_CANCELLED, _NOBODY = len(KINDS), len(KINDS) + 1


def community_loads(city: City, *found: Evaluation) -> Columns:
    """Return load against capacity of every community, for each of some evaluations.

    Returns
    -------
    dict
        Columns ``community``, ``street``, ``district``, ``capacity`` (minutes a year) and, for the
        k-th evaluation, ``load{k}`` (minutes), ``rate{k}`` (load ÷ capacity as K5 has it: of the
        heavier pool where station and committee have one each; None without capacity) and
        ``visits{k}``.
    """
    first, second = (city.units.pool[unit] for unit in city.community_unit)
    has = city.community_unit >= 0
    first, second = np.where(has[0], first, NONE), np.where(has[1], second, NONE)
    second = np.where(second == first, NONE, second)

    def total(of_pools: Ints) -> Ints:
        of_pools = np.append(of_pools, 0)  # NONE counts for nothing
        return of_pools[first] + of_pools[second]

    capacity = total(found[0].capacity)
    columns: Columns = {
        "community": [name_place(city, p) for p in city.communities],
        "street": [name_place(city, p) for p in city.above[STREET]],
        "district": [name_place(city, p) for p in city.above[DISTRICT]],
        "capacity": capacity.tolist(),
    }
    for k, one in enumerate(found):
        load = total(one.load)
        columns[f"load{k}"] = load.tolist()
        rates = _rates(one.load, one.capacity)
        columns[f"rate{k}"] = [
            max((r for p in {a, b} - {NONE} if (r := rates[p]) is not None), default=None)
            for a, b in zip(first.tolist(), second.tolist(), strict=True)
        ]
        columns[f"visits{k}"] = one.community_visits.tolist()
    return columns


def count_overloaded(columns: Columns, k: int) -> int:
    """Return how many communities carry more than their capacity, by :func:`community_loads`.

    One without capacity does so with whatever it carries.
    """
    rows = zip(columns[f"rate{k}"], columns[f"load{k}"], strict=True)
    return sum(load > 0 if rate is None else rate > 1 for rate, load in rows)


def pool_loads(city: City, kinds: tuple[int, ...], *found: Evaluation) -> Columns:
    """Return load against capacity of every staff pool of some kinds of unit.

    Returns
    -------
    dict
        Columns ``unit`` (names of the pool's units), ``kind``, ``place``, ``capacity``, ``limit``
        (capacity and overtime ÷ capacity, None without capacity), and ``load{k}``, ``rate{k}`` as
        :func:`community_loads`.
    """
    units = city.units
    names: dict[int, list[int]] = {}
    for u in np.flatnonzero(np.isin(units.kind, kinds)).tolist():
        names.setdefault(int(units.pool[u]), []).append(u)
    pools = np.array(list(names), dtype=np.int64)
    capacity = found[0].capacity[pools]
    columns: Columns = {
        "unit": [name_units(city, us) for us in names.values()],
        "kind": [KINDS[units.kind[us[0]]] for us in names.values()],
        "place": [name_place(city, units.place[us[0]]) for us in names.values()],
        "capacity": capacity.tolist(),
        "limit": _rates(capacity + found[0].overtime[pools], capacity),
    }
    for k, one in enumerate(found):
        columns[f"load{k}"] = one.load[pools].tolist()
        columns[f"rate{k}"] = _rates(one.load[pools], capacity)
    return columns


def _rates(load: Ints, capacity: Ints) -> list[float | None]:
    return [
        n / d if d > 0 else None for n, d in zip(load.tolist(), capacity.tolist(), strict=True)
    ]


def way_down(city: City, found: Evaluation) -> Columns:
    """Return how much work reaches each level: departments, via streets, down to communities.

    Work is base minutes of existing legs, before effort factors, so the levels compare.

    Returns
    -------
    dict
        Columns ``level`` (``all``: every task in the name of its lead department; ``below``: held
        by street offices or communities; ``community``), ``leg`` and ``minutes``.
    """
    kind = found.use.held.kind
    columns: Columns = {"level": [], "leg": [], "minutes": []}
    for level, reached in (
        ("all", np.ones(kind.shape, dtype=bool)),
        ("below", np.isin(kind, (STREET_OFFICE, COMMUNITY_UNIT))),
        ("community", kind == COMMUNITY_UNIT),
    ):
        for leg, name in enumerate(LEGS):
            columns["level"].append(level)
            columns["leg"].append(name)
            columns["minutes"].append(int(city.minutes[leg][reached[leg]].sum()))
    return columns


def holder_kinds(city: City, holder: Ints) -> Ints:
    """Return the position in :data:`HOLDERS` of every holder code."""
    kinds = np.concatenate(
        [city.units.kind, np.full(len(city.contracts.id), CONTRACTOR, dtype=np.int64)]
    )
    special = {HOLD_STREET: STREET_OFFICE, HOLD_COMMUNITY: COMMUNITY_UNIT,
               HOLD_CANCELLED: _CANCELLED, HOLD_NOBODY: _NOBODY}  # fmt: skip
    found = np.append(kinds, NONE)[np.where(holder >= 0, holder, NONE)]
    for code, kind in special.items():
        found = np.where(holder == code, kind, found)
    return found


def flows(city: City, before: Ints, after: Ints, legs: tuple[int, ...] = (0, 1)) -> Columns:
    """Return base minutes by kind of holder before and after; only what is not nothing.

    Parameters
    ----------
    before, after
        holder codes, shape (legs, tasks, communities).
    legs
        which legs count.

    Returns
    -------
    dict
        Columns ``source``, ``target`` (words of :data:`HOLDERS`) and ``minutes``.
    """
    size = len(HOLDERS)
    total = np.zeros((size, size), dtype=np.int64)
    for leg in legs:
        exists = city.exists[leg]
        pairs = (holder_kinds(city, before[leg])[exists], holder_kinds(city, after[leg])[exists])
        np.add.at(total, pairs, city.minutes[leg][exists])
    source, target = np.nonzero(total)
    return {
        "source": [HOLDERS[k] for k in source],
        "target": [HOLDERS[k] for k in target],
        "minutes": total[source, target].tolist(),
    }
