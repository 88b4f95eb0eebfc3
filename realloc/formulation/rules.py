"""The families that are limits on resources and switches.

C1 is the form of the program (one choice per item). C2, C3, C7, C14 and the part of C4 that asks
whether a leg may be admitted at all decide which choices there are
(:mod:`realloc.authority`). C11 is what work makes of forms and visits
(:mod:`realloc.formulation.work`).
"""

from __future__ import annotations

import numpy as np

from realloc.authority import Authority
from realloc.formulation.builder import CHOICE, SWITCH, Builder
from realloc.formulation.cells import IN_COMMUNITY, IN_CONTRACT, Cells, Leg, kind_of
from realloc.formulation.work import left_to_decide
from realloc.instance import (
    ADMINISTRATIVE,
    CANDIDATE,
    COMMUNITY_UNIT,
    HOLD_CANCELLED,
    HOLD_COMMUNITY,
    HOLD_STREET,
    NONE,
    Flags,
    Ints,
    half_up,
)
from realloc.program import UNLIMITED
from realloc.schema import KINDS


def c4_admission(b: Builder, cells: Cells) -> list[tuple[int, int]]:
    """C4: a switch per task and catalogue place for each candidate row, needed by its holders.

    Returns
    -------
    list
        the (task, place) of the switches.
    """
    city = b.city
    rows = city.tables["admission"]
    place_of_row = np.array([city.place_of[p] for p in rows["place"]] + [NONE], np.int64)
    pairs: list[Ints] = []
    choices: list[Ints] = []
    for leg, data in enumerate(cells.legs):
        status = city.admission_status[leg, cells.task, cells.community]
        asks = data.held & (data.klass == IN_COMMUNITY) & (status == CANDIDATE)
        row = city.admission_row[leg, cells.task[asks], cells.community[asks]]
        pairs.append(cells.task[asks] * len(city.places.code) + place_of_row[row])
        choices.append(cells.choice[asks])
    ruling = _candidate_pairs(cells, place_of_row)
    base = b.switches("C4", len(ruling))
    b.need(np.concatenate(choices), base + np.searchsorted(ruling, np.concatenate(pairs)))
    n = len(city.places.code)
    return [(int(key) // n, int(key) % n) for key in ruling]


def _candidate_pairs(cells: Cells, place_of_row: Ints) -> Ints:
    """Return the (task, place) keys of all candidate rows that rule some cell, sorted."""
    city = cells.city
    leg, task, community = np.nonzero((city.admission_status == CANDIDATE) & city.exists)
    row = city.admission_row[leg, task, community]
    return np.unique(task * len(city.places.code) + place_of_row[row])


def c5_quotas(b: Builder, cells: Cells) -> None:
    """C5: in every community of a quota's place, non-statutory tasks and minutes are limited."""
    city = b.city
    rows = city.tables["quotas"]
    minutes = np.stack([np.where(leg.open, leg.effort, 0) for leg in cells.legs]).sum(axis=0)
    some = np.flatnonzero(cells.legs[0].open | cells.legs[1].open)
    for i, code in enumerate(rows["place"]):
        p = city.place_of[code]
        first, last = int(city.places.first[p]), int(city.places.last[p])
        inside = some[(cells.community[some] >= first) & (cells.community[some] < last)]
        at = cells.community[inside] - first
        for limit, amount in (
            (rows["at_most_tasks"][i], 1),
            (rows["at_most_minutes"][i], minutes[inside]),
        ):
            if limit is not None:
                base = b.resources("C5", np.arange(first, last), upper=int(limit))
                b.use(CHOICE, cells.choice[inside], base + at, amount)


def c6_funding(b: Builder, cells: Cells) -> None:
    """C6: the lead pays, within its transfer budget, for non-statutory legs of communities."""
    city = b.city
    budget = _budgets(b, "transfer")
    payers = np.array(sorted(budget), np.int64)
    if not len(payers):
        return
    base = b.resources("C6", payers, upper=np.array([budget[int(u)] for u in payers], np.int64))
    rates = np.array([*city.tables["admission"]["yuan_per_hour"], 0], np.int64)
    payer = city.counterpart[city.tasks.lead[cells.task], cells.community]
    for leg, data in enumerate(cells.legs):
        some = np.flatnonzero(data.open & np.isin(payer, payers))
        row = city.admission_row[leg, cells.task[some], cells.community[some]]
        yuan = half_up(data.effort[some] * rates[row], 60)
        b.use(CHOICE, cells.choice[some], base + np.searchsorted(payers, payer[some]), yuan)


def c8_contracts(b: Builder, cells: Cells, *, limited: bool) -> None:
    """C8: a contract in use is switched on, within least lot and most, shares and budgets."""
    city = b.city
    contracts = city.contracts
    n, n_units = len(contracts.id), len(city.units.id)
    first = b.switches("C8", n)
    used = []
    for data in cells.legs:
        some = np.flatnonzero(data.held & (data.klass == IN_CONTRACT))
        used.append(
            (cells.choice[some], data.code[some] - n_units, data.effort[some], data.yuan[some])
        )
    choice, k, effort, yuan = (np.concatenate(a) for a in zip(*used, strict=True))
    b.need(choice, first + k)
    if not limited or not n:
        return
    lots = np.flatnonzero(contracts.least > 0)
    at = b.resources("C8", lots, lower=0)
    _spread(b, at, lots, n, choice, k, effort)
    b.use(SWITCH, first + lots, at + np.arange(len(lots)), -contracts.least[lots])
    capped = np.flatnonzero(contracts.most >= 0)
    at = b.resources("C8", capped, upper=0)
    _spread(b, at, capped, n, choice, k, effort)
    b.use(SWITCH, first + capped, at + np.arange(len(capped)), -contracts.most[capped])
    for share, party in ((contracts.share_of_buyer, contracts.buyer),
                         (contracts.share_of_contractor, contracts.contractor)):  # fmt: skip
        for j in np.flatnonzero(share < 1000).tolist():
            at = b.resources("C8", np.array([j]), upper=0)
            mine = party[k] == party[j]
            amount = 1000 * effort[mine] * (k[mine] == j) - share[j] * effort[mine]
            b.use(CHOICE, choice[mine], np.full(int(mine.sum()), at), amount)
    budget = _budgets(b, "purchase")
    buyers = np.array(sorted(u for u in budget if (contracts.buyer == u).any()), np.int64)
    if len(buyers):
        at = b.resources("C8", buyers, upper=np.array([budget[int(u)] for u in buyers], np.int64))
        mine = np.isin(contracts.buyer[k], buyers)
        b.use(
            CHOICE, choice[mine], at + np.searchsorted(buyers, contracts.buyer[k[mine]]), yuan[mine]
        )


def _spread(
    b: Builder, base: int, which: Ints, n: int, choice: Ints, k: Ints, amount: Ints
) -> None:
    at = np.full(n, -1, np.int64)
    at[which] = base + np.arange(len(which))
    some = at[k] >= 0
    b.use(CHOICE, choice[some], at[k[some]], amount[some])


def _budgets(b: Builder, purpose: str) -> dict[int, int]:
    rows = b.city.tables["budgets"]
    return {
        b.city.unit_of[payer]: int(rows["yuan"][i])
        for i, payer in enumerate(rows["payer"])
        if rows["purpose"][i] == purpose
    }


def c9_capacity(b: Builder, *, limited: bool) -> int:
    """C9: load within capacity and overtime where it is hard; the units above capacity are K3's.

    Returns
    -------
    int
        the resource of the first pool.
    """
    kinds, capacity, overtime = b.capacity
    soft = (kinds == COMMUNITY_UNIT) & (not b.city.policy.community_hard)
    most = np.where(soft & (capacity > 0), UNLIMITED, np.where(soft, 0, overtime))
    pools = np.arange(len(kinds))
    base = b.resources("C9", pools, upper=capacity, spent=b.fixed(),
                       over_most=most if limited else UNLIMITED)  # fmt: skip
    b.use_pools(pools, base)
    return base


def c10_peak_months(b: Builder) -> None:
    """C10: the load of every month within a twelfth of capacity and overtime, where hard.

    Months that cannot be a pool's busiest have no row.
    """
    kinds, capacity, overtime = b.capacity
    hard = (kinds != COMMUNITY_UNIT) | b.city.policy.community_hard
    pool, month = np.nonzero(b.busiest_months() & hard[:, None])
    base = b.resources("C10", pool * 12 + month, upper=((capacity + overtime) // 12)[pool],
                       spent=b.fixed_months()[pool, month])  # fmt: skip
    at = np.full((len(kinds), 12), -1, np.int64)
    at[pool, month] = base + np.arange(len(pool))
    b.use_months(at)


def c11_rounds(b: Builder, *, limited: bool) -> list[tuple[int, int]]:
    """C11: a switch for each scheme left to decide, at each place of its tier.

    Without the limit there is one for every scheme at every place, of which only those do anything.

    Returns
    -------
    list
        the (scheme, place) of the switches.
    """
    city = b.city
    where = (left_to_decide(city) | (not limited)) & (city.places.last > city.places.first)
    decided = [(s, p) for s, p in np.argwhere(where).tolist()]
    b.switches("C11", len(decided))
    return decided


def c12_service_floor(b: Builder, cells: Cells, authority: Authority) -> None:
    """C12: each community keeps at least its floor of service and self-governance minutes."""
    city = b.city
    floor = city.places.service_floor[city.communities]
    floor = np.where(floor == NONE, default_floor(b, authority), floor)
    base = b.resources("C12", np.arange(city.n_communities), lower=floor)
    for leg in cells.legs:
        some = np.flatnonzero(_serving(cells, leg))
        b.use(CHOICE, cells.choice[some], base + cells.community[some], leg.effort[some])


def _serving(cells: Cells, leg: Leg) -> Flags:
    service = cells.city.tasks.klass[cells.task] != ADMINISTRATIVE
    return leg.held & (leg.klass == IN_COMMUNITY) & service


def default_floor(b: Builder, authority: Authority) -> Ints:
    """Return half the service minutes that each community holds today and may lawfully keep."""
    city = b.city
    holds = (city.current.holder == HOLD_COMMUNITY) & city.exists & authority.community_may_hold()
    holds &= (city.tasks.klass != ADMINISTRATIVE)[None, :, None]
    effort = half_up(city.minutes * int(city.settings["effort.community"]), 1000)
    return np.where(holds, effort, 0).sum(axis=(0, 1)) // 2


def c13_nobody_worse(b: Builder, today: Ints | None) -> None:
    """C13: with the toggle, no community pool carries more than today.

    Raises
    ------
    ValueError
        if the toggle is on and today's loads are not given.
    """
    if not b.city.policy.nobody_worse:
        return
    if today is None:
        raise ValueError("nobody_worse needs today's loads of the pools")
    pools = np.flatnonzero(b.capacity.kinds == COMMUNITY_UNIT)
    base = b.resources("C13", pools, upper=today[pools], spent=b.fixed()[pools])
    b.use_pools(pools, base)


def c15_limits(b: Builder, cells: Cells) -> None:
    """C15: limits on what changes, what is cancelled and what newly goes to a kind of holder."""
    city = b.city
    rows = city.tables["limits"]
    for i, subject in enumerate(rows["subject"]):
        p = city.place_of[rows["place"][i]] if rows["place"][i] else 0
        inside = (cells.community >= city.places.first[p]) & (cells.community < city.places.last[p])
        minutes = np.zeros(len(cells.choice), np.int64)
        counts = np.zeros(len(cells.choice), dtype=bool)
        for leg, data in enumerate(cells.legs):
            today = city.current.holder[leg, cells.task, cells.community]
            counted = data.exists & inside
            if subject == "cancelled":
                counted &= data.code == HOLD_CANCELLED
            else:
                counted &= data.code != today
            if subject in KINDS:
                counted &= kind_of(data) == KINDS.index(subject)
            if rows["unit"][i]:
                counted &= _is_unit(cells, data, city.unit_of[rows["unit"][i]])
            minutes += np.where(counted, data.base, 0)
            counts |= counted
        if rows["at_most_minutes"][i] is not None:
            at = b.resources("C15", np.array([i]), upper=int(rows["at_most_minutes"][i]))
            some = np.flatnonzero(minutes)
            b.use(CHOICE, cells.choice[some], np.full(len(some), at), minutes[some])
        if rows["at_most_items"][i] is not None:
            at = b.resources("C15", np.array([i]), upper=int(rows["at_most_items"][i]))
            some = np.unique(cells.choice[counts])
            b.use(CHOICE, some, np.full(len(some), at), 1)


def _is_unit(cells: Cells, data: Leg, unit: int) -> Flags:
    """Return where a leg is held by a unit: in its own cells, or by its contracts."""
    city = cells.city
    own_street = (data.code == HOLD_STREET) & (city.street_unit[cells.community] == unit)
    place = city.units.place[unit]
    is_community = city.units.kind[unit] == COMMUNITY_UNIT
    own = (
        (data.code == HOLD_COMMUNITY) & is_community & (city.communities[cells.community] == place)
    )
    contracted = data.held & (data.klass == IN_CONTRACT) & (data.unit == unit)
    return (data.code == unit) | own_street | own | contracted
