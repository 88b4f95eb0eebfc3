"""What must stay within limits: the rules C5, C6, C8 to C13 and C15 of the model.

======= ================== ============================================
number  name               function
======= ================== ============================================
C5      quotas             :func:`violations_c5_quotas`
C6      funding            :func:`violations_c6_funding`
C8      contracts          :func:`violations_c8_contracts`
C9      capacity           :func:`violations_c9_capacity`
C10     peak_months        :func:`violations_c10_peak_months`
C11     rounds             :func:`violations_c11_rounds`
C12     service_floor      :func:`violations_c12_service_floor`
C13     nobody_worse       :func:`violations_c13_nobody_worse`
C15     limits             :func:`violations_c15_limits`
======= ================== ============================================

The amount of a violation is what exceeds the limit, or what a floor lacks.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from realloc.evaluation.criteria import cancelled_legs, changed
from realloc.evaluation.facts import Facts
from realloc.evaluation.findings import Violation, violation
from realloc.evaluation.inventory import items_of
from realloc.evaluation.legality import (
    below_floor,
    not_admitted,
    outside_jurisdiction,
    unauthorized,
)
from realloc.evaluation.use import Use
from realloc.instance import (
    ADMINISTRATIVE,
    COMMUNITY_UNIT,
    CONTRACTOR,
    HANDLE,
    HOLD_COMMUNITY,
    HOLD_STREET,
    NONE,
    STREET_OFFICE,
    Flags,
    Ints,
    half_up,
)
from realloc.schema import KINDS


def violations_c5_quotas(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C5: non-statutory tasks and minutes of each community within every quota over it."""
    city, rows = facts.city, facts.city.tables["quotas"]
    if not rows["place"]:
        return []
    admitted = use.held.own & ~facts.statutory
    sums = {
        "tasks": ("at_most_tasks", admitted.any(axis=0).sum(axis=0)),
        "minutes": ("at_most_minutes", np.where(admitted, use.held.effort, 0).sum(axis=(0, 1))),
    }
    found = []
    for i, code in enumerate(rows["place"]):
        cells = facts.within(code)
        for reason, (column, value) in sums.items():
            limit = rows[column][i]
            if limit is None:
                continue
            over = value[cells] - limit
            for c in np.flatnonzero(over > 0):
                place = city.places.code[city.communities[cells.start + c]]
                found.append(violation("C5", over[c], reason=reason, place=place, quota=code))
    return found


def violations_c6_funding(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C6: what follows non-statutory legs to communities within the payer's transfer budget."""
    budgets = _budgets(facts, "transfer")
    if not budgets:
        return []
    admitted = use.held.own & ~facts.statutory
    yuan = np.where(admitted, half_up(use.held.effort * facts.admission_rate, 60), 0).sum(axis=0)
    paid = np.zeros(len(facts.city.units.id) + 1, dtype=np.int64)
    np.add.at(paid, facts.counterpart, yuan)
    return [
        violation("C6", paid[payer] - limit, payer=facts.city.units.id[payer])
        for payer, limit in budgets
        if paid[payer] > limit
    ]


def _budgets(facts: Facts, purpose: str) -> list[tuple[int, int]]:
    rows = facts.city.tables["budgets"]
    return [
        (facts.city.unit_of[payer], rows["yuan"][i])
        for i, payer in enumerate(rows["payer"])
        if rows["purpose"][i] == purpose
    ]


def violations_c8_contracts(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C8: switch, least lot and most of each contract, its shares, and the purchase budgets."""
    city, contracts = facts.city, facts.city.contracts
    effort, held = use.contract_effort, use.held
    used = np.zeros(len(contracts.id) + 1, dtype=bool)
    used[held.contract] = True
    of_buyer = np.zeros(len(city.units.id), dtype=np.int64)
    np.add.at(of_buyer, contracts.buyer, effort)
    of_contractor = np.zeros(len(city.units.id), dtype=np.int64)
    np.add.at(of_contractor, contracts.contractor, effort)
    found = []

    def over(reason: str, contract: int, amount: int) -> None:
        if amount > 0:
            found.append(violation("C8", amount, reason=reason, contract=contracts.id[contract]))

    for k in range(len(contracts.id)):
        is_on = used[k] if held.allocation.today else k in held.allocation.contracts
        if used[k] and not is_on:
            over("switched_off", k, 1)
        if is_on:
            over("least", k, contracts.least[k] - effort[k])
            if contracts.most[k] != NONE:
                over("most", k, effort[k] - contracts.most[k])
        # 1000 × effort ≤ share × total, as minutes beyond the share rounded up
        buyer = contracts.share_of_buyer[k] * of_buyer[contracts.buyer[k]]
        contractor = contracts.share_of_contractor[k] * of_contractor[contracts.contractor[k]]
        over("share_of_buyer", k, -((buyer - 1000 * effort[k]) // 1000))
        over("share_of_contractor", k, -((contractor - 1000 * effort[k]) // 1000))
    for payer, limit in _budgets(facts, "purchase"):
        yuan = int(use.contract_yuan[contracts.buyer == payer].sum())
        if yuan > limit:
            found.append(
                violation("C8", yuan - limit, reason="budget", payer=city.units.id[payer])
            )  # fmt: skip
    return found


def _pool(facts: Facts, pool: int) -> dict[str, str]:
    return {"pool": facts.city.pools[pool], "kind": KINDS[facts.pool_kind[pool]]}


def violations_c9_capacity(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C9: load within capacity and overtime where hard; no load where there is no capacity."""
    over = np.where(facts.hard, use.load - facts.capacity - facts.overtime, 0)
    without = ~facts.hard & (facts.capacity == 0)
    over = np.where(without, use.load, over)
    return [
        violation("C9", over[p], reason="without" if without[p] else "over", **_pool(facts, p))
        for p in np.flatnonzero(over > 0).tolist()
    ]


def violations_c10_peak_months(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C10: load of each month within a twelfth of capacity and overtime, for hard pools."""
    limit = (facts.capacity + facts.overtime) // 12
    over = np.where(facts.hard[:, None], use.load_month - limit[:, None], 0)
    return [
        violation("C10", over[p, month], month=month + 1, **_pool(facts, p))
        for p, month in np.argwhere(over > 0).tolist()
    ]


def violations_c11_rounds(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C11: schemes are switched on only where left to decide, at places of their tier."""
    schemes, places = facts.city.schemes, facts.city.places
    found = []
    for s, p in sorted(use.held.allocation.schemes):
        at = {"scheme": schemes.id[s], "place": places.code[p]}
        if schemes.adopted[s] != 2:
            found.append(violation("C11", 1, reason="decided", **at))
        elif places.tier[p] != schemes.tier[s]:
            found.append(violation("C11", 1, reason="tier", **at))
    return found


@lru_cache(maxsize=16)
def service_floors(facts: Facts, today: Use) -> Ints:
    """Least minutes of service and self-governance of each community (C12).

    Its own ``service_floor``, else half of what it holds today and may hold under C2 to C4.
    """
    held = today.held
    lawful = held.own & (facts.task_class != ADMINISTRATIVE)
    for rule in (unauthorized, outside_jurisdiction, not_admitted):
        for bad in rule(facts, held).values():
            lawful &= ~bad
    lawful[HANDLE] &= ~below_floor(facts, held)
    half = np.where(lawful, held.effort, 0).sum(axis=(0, 1)) // 2
    stated = facts.city.places.service_floor[facts.city.communities]
    return np.where(stated == NONE, half, stated)


def violations_c12_service_floor(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C12: service and self-governance held by each community at least its floor."""
    kept = use.held.own & (facts.task_class != ADMINISTRATIVE)
    minutes = np.where(kept, use.held.effort, 0).sum(axis=(0, 1))
    short = service_floors(facts, today) - minutes
    city = facts.city
    return [
        violation("C12", short[c], place=city.places.code[city.communities[c]])
        for c in np.flatnonzero(short > 0)
    ]


def violations_c13_nobody_worse(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C13: with the toggle, no community pool carries more than today."""
    if not facts.city.policy.nobody_worse:
        return []
    more = np.where(facts.pool_kind == COMMUNITY_UNIT, use.load - today.load, 0)
    return [
        violation("C13", more[p], **_pool(facts, p)) for p in np.flatnonzero(more > 0).tolist()
    ]


def held_by_unit(facts: Facts, use: Use, unit: int) -> Flags:
    """Legs held by a unit: own cells of an office or community, contracts of a contractor."""
    units, held = facts.city.units, use.held
    if units.kind[unit] == STREET_OFFICE:
        return (held.holder == HOLD_STREET) & (facts.street_unit == unit)
    if units.kind[unit] == COMMUNITY_UNIT:
        home = np.arange(facts.n_communities) == facts.unit_community[unit]
        return (held.holder == HOLD_COMMUNITY) & home
    if units.kind[unit] == CONTRACTOR:
        return (held.contract != NONE) & (held.unit == unit)
    return held.held & (held.holder == unit)


def violations_c15_limits(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C15: changed, cancelled or newly gained base minutes and items within every limit."""
    city, rows = facts.city, facts.city.tables["limits"]
    if not rows["id"]:
        return []
    item = items_of(facts).at
    change = changed(facts, use, today)
    found = []
    for i, name in enumerate(rows["id"]):
        subject = rows["subject"][i]
        if subject == "change":
            counted = change
        elif subject == "cancelled":
            counted = cancelled_legs(facts, use)
        else:
            counted = change & (use.held.kind == KINDS.index(subject))
        if rows["unit"][i]:
            counted = counted & held_by_unit(facts, use, city.unit_of[rows["unit"][i]])
        cells = facts.within(rows["place"][i])
        counted = counted[..., cells]
        items = item[:, cells][counted.any(axis=0)]
        values: dict[str, Any] = {
            "minutes": (rows["at_most_minutes"][i], city.minutes[..., cells][counted].sum()),
            "items": (rows["at_most_items"][i], len(np.unique(items[items != NONE]))),
        }
        for reason, (limit, value) in values.items():
            if limit is not None and value > limit:
                found.append(violation("C15", value - limit, reason=reason, limit=name))
    return found
