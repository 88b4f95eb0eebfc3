"""The criteria K1 to K9 and what is cancelled: section 3 of the model, one function each.

======= ========================= =============================================
number  name                      function
======= ========================= =============================================
K1      community_load            :func:`k1_community_load`
K2      inspections               :func:`k2_inspections`
K3      overload                  :func:`k3_overload`
K4      principals                :func:`k4_principals`
K5      worst_load                :func:`k5_worst_load`
K6      public_cost               :func:`k6_public_cost`
K7      pushed_up                 :func:`k7_pushed_up`
K8      change                    :func:`k8_change`
K9      forms                     :func:`k9_forms`
–       cancelled                 :func:`cancelled`
======= ========================= =============================================

Each function reads the facts of the city, the use of the allocation and the use of today's, and
returns its parts by name; a criterion without parts returns one value under "".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from realloc.evaluation.facts import Facts
from realloc.evaluation.use import Use
from realloc.instance import (
    COMMUNITY_UNIT,
    DEPARTMENT,
    HOLD_CANCELLED,
    SELF_GOVERNANCE,
    STREET_OFFICE,
    Flags,
    Ints,
)
from realloc.schema import CRITERIA, KINDS

Parts = dict[str, int]


def k1_community_load(facts: Facts, use: Use, today: Use) -> Parts:
    """K1: minutes on community units by class of work; preparation is administrative."""
    return _named("community_load", use.class_minutes)


def k2_inspections(facts: Facts, use: Use, today: Use) -> Parts:
    """K2: visits received by communities, by street offices and by others."""
    return _named("inspections", use.visits)


def k3_overload(facts: Facts, use: Use, today: Use) -> Parts:
    """K3: minutes above capacity, summed over the pools of each kind."""
    over = np.maximum(0, use.load - facts.capacity)
    parts = CRITERIA["overload"]
    return {part: int(over[facts.pool_kind == KINDS.index(part)].sum()) for part in parts}


def principals(facts: Facts, use: Use) -> Ints:
    """Functions that hand work to each community: leads of tasks of which it holds a leg."""
    tasks = facts.city.tasks
    handed = use.held.own.any(axis=0) & (tasks.governance != SELF_GOVERNANCE)[:, None]
    pairs = np.zeros((len(facts.city.functions), facts.n_communities), dtype=bool)
    np.logical_or.at(pairs, tasks.lead, handed)
    return pairs.sum(axis=0)


def k4_principals(facts: Facts, use: Use, today: Use) -> Parts:
    """K4: pairs of a function and a community to which it hands work (no self-governance)."""
    return {"": int(principals(facts, use).sum())}


def k5_worst_load(facts: Facts, use: Use, today: Use) -> Parts:
    """K5: the largest load ÷ capacity of a community pool that has capacity, ‰ rounded up."""
    counted = (facts.pool_kind == COMMUNITY_UNIT) & (facts.capacity > 0)
    load, capacity = use.load[counted], facts.capacity[counted]
    return {"": int((-(-1000 * load // capacity)).max(initial=0))}


def k6_public_cost(facts: Facts, use: Use, today: Use) -> Parts:
    """K6: yuan of staff time, contracts and coordination (section 2, line 7)."""
    return {"": use.yuan}


def k7_pushed_up(facts: Facts, use: Use, today: Use) -> Parts:
    """K7: minutes that pools of departments and street offices gain against today."""
    gained = np.maximum(0, use.load - today.load)
    kinds = (DEPARTMENT, STREET_OFFICE)
    return {KINDS[kind]: int(gained[facts.pool_kind == kind].sum()) for kind in kinds}


def changed(facts: Facts, use: Use, today: Use) -> Flags:
    """Existing legs whose holder differs from today's, shape (legs, tasks, communities)."""
    return facts.city.exists & (use.held.holder != today.held.holder)


def cancelled_legs(facts: Facts, use: Use) -> Flags:
    """Existing legs that are cancelled, shape (legs, tasks, communities)."""
    return facts.city.exists & (use.held.holder == HOLD_CANCELLED)


def k8_change(facts: Facts, use: Use, today: Use) -> Parts:
    """K8: base minutes of existing legs whose holder differs from today's."""
    return {"": int(facts.city.minutes[changed(facts, use, today)].sum())}


def k9_forms(facts: Facts, use: Use, today: Use) -> Parts:
    """K9: forms filled in by communities, by street offices and by others."""
    return _named("forms", use.forms)


def cancelled(facts: Facts, use: Use, today: Use) -> Parts:
    """Base minutes of existing legs that are cancelled."""
    return {"": int(facts.city.minutes[cancelled_legs(facts, use)].sum())}


def _named(criterion: str, values: Iterable[int]) -> Parts:
    return {k: int(v) for k, v in zip(CRITERIA[criterion], values, strict=True)}


#: Every criterion by name, in the order of the model.
MEASURES: dict[str, Callable[[Facts, Use, Use], Parts]] = {
    "community_load": k1_community_load,
    "inspections": k2_inspections,
    "overload": k3_overload,
    "principals": k4_principals,
    "worst_load": k5_worst_load,
    "public_cost": k6_public_cost,
    "pushed_up": k7_pushed_up,
    "change": k8_change,
    "forms": k9_forms,
    "cancelled": cancelled,
}
