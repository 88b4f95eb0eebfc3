"""What an allocation uses: section 2 of the model, line by line.

Every line writes *charges*: so many minutes on a unit, within a window, at a price. Loads, months
and yuan are sums of charges and of nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from realloc.evaluation.facts import SHIFT, Facts
from realloc.instance import (
    ADMINISTRATIVE,
    COMMUNITY_UNIT,
    CONTRACTOR,
    DEPARTMENT,
    DISTRICT,
    HANDLE,
    HOLD_CANCELLED,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    HOLD_STREET,
    NONE,
    STREET,
    STREET_OFFICE,
    Allocation,
    Fixed,
    Flags,
    Ints,
    half_up,
)

ALL_YEAR_WINDOW = 0  # position of the whole year in Facts.windows


@dataclass(frozen=True, eq=False)
class Held(Fixed):
    """Who holds each leg, resolved; all arrays are (legs, tasks, communities).

    `held` is False where a leg does not exist, is cancelled or has no holder; the other arrays
    are then NONE (kind, tier, unit, contract) or 0 (effort). `unit` is NONE, too, where the
    holder has no unit there; `own` marks legs of the community itself.
    """

    allocation: Allocation
    holder: Ints
    held: Flags
    own: Flags
    kind: Ints
    tier: Ints
    unit: Ints
    contract: Ints
    buyer: Ints
    effort: Ints


def hold(facts: Facts, allocation: Allocation) -> Held:
    """Resolve the holder of every existing leg: kind, tier, unit, contract and effort."""
    city, holder = facts.city, allocation.holder
    held = city.exists & (holder != HOLD_NOBODY) & (holder != HOLD_CANCELLED)
    row = np.where(held, holder + SHIFT, 0)  # row 0 is nobody
    own = held & (holder == HOLD_COMMUNITY)
    unit = facts.holder_unit[row]
    unit = np.where(own, facts.community_unit, unit)
    unit = np.where(held & (holder == HOLD_STREET), facts.street_unit, unit)
    contract = facts.holder_contract[row]
    buyer = np.append(city.contracts.buyer, NONE)[contract]
    effort = half_up(city.minutes * facts.holder_effort[row], 1000)
    return Held(
        allocation, holder, held, own, facts.holder_kind[row], facts.holder_tier[row], unit,
        contract, buyer, effort,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Charge(Fixed):
    """Minutes on units: parallel arrays; `klass` is the class that K1 counts them in."""

    line: str
    unit: Ints
    minutes: Ints
    window: Ints
    klass: Ints
    yuan: Ints


@dataclass(eq=False)
class Ledger:
    """The charges of an allocation, in the order of section 2."""

    facts: Facts
    charges: list[Charge] = field(default_factory=list)

    def charge(
        self,
        line: str,
        unit: Ints,
        minutes: Ints | int,
        window: Ints | int,
        klass: Ints | int = ADMINISTRATIVE,
        rate: Ints | None = None,
    ) -> None:
        """Write `minutes` on `unit`, all arrays of one length; no unit, no charge.

        The price is the unit's yuan per hour unless a `rate` is given; yuan are rounded half up
        for each entry. Lines without any entry are left out, except the first.
        """
        if self.charges and not len(unit):
            return
        if rate is None:
            rate = np.append(self.facts.city.units.yuan_per_hour, 0)[unit]
        yuan = half_up(minutes * rate, 60)
        real = np.flatnonzero(unit != NONE)
        columns = [
            np.full(len(real), value) if isinstance(value, int) else value[real]
            for value in (unit, minutes, window, klass, yuan)
        ]
        self.charges.append(Charge(line, *columns))


@dataclass(frozen=True, eq=False)
class Receivers(Fixed):
    """Who does each duty: parallel arrays with one entry per duty and receiver.

    `unit` prepares (NONE: nobody there), `place` is where joint schemes look for their ancestor
    (NONE: joint schemes do not reach this receiver), `kind` is a position in schema.KINDS.
    """

    duty: Ints
    unit: Ints
    place: Ints
    kind: Ints


@dataclass(frozen=True, eq=False)
class Use(Fixed):
    """Sums over the charges, and what the duties bring; shapes as in Evaluation."""

    held: Held
    charges: tuple[Charge, ...]
    load: Ints
    load_month: Ints
    class_minutes: Ints
    community_load: Ints
    yuan: int
    visits: Ints
    forms: Ints
    community_visits: Ints
    community_forms: Ints
    duty_communities: Ints
    contract_effort: Ints
    contract_yuan: Ints


def use(facts: Facts, allocation: Allocation) -> Use:
    """Measure everything that an allocation uses (section 2 of the model)."""
    held = hold(facts, allocation)
    ledger = Ledger(facts)
    contract_yuan = charge_leg_work(facts, held, ledger)
    charge_relay(facts, held, ledger)
    charge_guidance(facts, held, ledger)
    charge_supervision(facts, held, ledger)
    receivers = find_receivers(facts, held)
    adopted = adopted_places(facts, allocation)
    received = charge_duties(facts, receivers, adopted, ledger)
    charge_coordination(facts, adopted, ledger)

    lines = ledger.charges
    unit, minutes, window = (
        np.concatenate([getattr(c, name) for c in lines]) for name in ("unit", "minutes", "window")
    )
    n_pools, n_communities = len(facts.city.pools), facts.n_communities
    pool = facts.city.units.pool[unit]
    load = np.zeros(n_pools, dtype=np.int64)
    np.add.at(load, pool, minutes)

    # Line 1 and all preparation, as far as they fall on community units.
    community_load = np.zeros((3, n_communities + 1), dtype=np.int64)
    for c in lines:
        if c.line in ("leg_work", "duties"):
            np.add.at(community_load, (c.klass, facts.unit_community[c.unit]), c.minutes)
    community_load = community_load[:, :-1]

    in_contract = held.contract != NONE
    contract_effort = np.zeros(len(facts.city.contracts.id), dtype=np.int64)
    np.add.at(contract_effort, held.contract[in_contract], held.effort[in_contract])
    return Use(
        held=held,
        charges=tuple(lines),
        load=load,
        load_month=spread(facts, pool, minutes, window),
        class_minutes=community_load.sum(axis=1),
        community_load=community_load,
        yuan=int(sum(c.yuan.sum() for c in lines)),
        contract_effort=contract_effort,
        contract_yuan=contract_yuan,
        **received,
    )


def spread(facts: Facts, pool: Ints, minutes: Ints, window: Ints) -> Ints:
    """Return the load of each pool and month, shape (pools, 12).

    m minutes over n months: ⌊m/n⌋ each, and the first m mod n months of the window one more.
    """
    each, extra = np.divmod(minutes, facts.window_months[window])
    rank = facts.window_rank[window]
    share = np.where(rank < 12, each[:, None] + (rank < extra[:, None]), 0)
    load_month = np.zeros((len(facts.city.pools), 12), dtype=np.int64)
    np.add.at(load_month, pool, share)
    return load_month


def charge_leg_work(facts: Facts, held: Held, ledger: Ledger) -> Ints:
    """Line 1: effort on the holder's unit, a contract's at the contract's price.

    Returns the yuan of each contract, those without a contractor's unit included.
    """
    contracts = facts.city.contracts
    legs, t, c = np.nonzero(held.held)
    at = (legs, t, c)
    unit, contract, effort = held.unit[at], held.contract[at], held.effort[at]
    own_rate = np.append(facts.city.units.yuan_per_hour, 0)[unit]
    price = np.append(contracts.yuan_per_hour, 0)[contract]
    rate = np.where(contract != NONE, price, own_rate)
    window, klass = facts.task_window[t, c], facts.task_class[t, c]
    ledger.charge("leg_work", unit, effort, window, klass, rate)
    yuan = np.zeros(len(contracts.id) + 1, dtype=np.int64)
    np.add.at(yuan, contract, half_up(effort * rate, 60))
    return yuan[:-1]


def charge_relay(facts: Facts, held: Held, ledger: Ledger) -> None:
    """Line 2: every tier between detector and handler, and between lead and community."""
    known = (held.tier != NONE).all(axis=0)
    low, high = held.tier.min(axis=0), held.tier.max(axis=0)
    community_handles = held.own[HANDLE]
    relays = ((STREET, facts.street_unit), (DISTRICT, facts.district_department))
    for tier, unit in relays:
        handed_on = known & (low < tier) & (tier < high)
        handed_down = community_handles & (tier < facts.counterpart_tier)
        cells = handed_on | handed_down
        minutes = int(facts.city.settings["relay"])
        ledger.charge("relay", unit[cells], minutes, facts.task_window[cells])


def charge_guidance(facts: Facts, held: Held, ledger: Ledger) -> None:
    """Line 3: the lead's counterpart guides communities with a non-statutory leg."""
    cells = (held.own & ~facts.statutory).any(axis=0)
    minutes = int(facts.city.settings["guidance"])
    ledger.charge("guidance", facts.counterpart[cells], minutes, facts.task_window[cells])


def charge_supervision(facts: Facts, held: Held, ledger: Ledger) -> None:
    """Line 4: the buyer supervises each leg under a contract."""
    legs, t, c = np.nonzero(held.contract != NONE)
    minutes = half_up(held.effort[legs, t, c] * facts.city.settings["supervision"], 1000)
    ledger.charge("supervision", held.buyer[legs, t, c], minutes, facts.task_window[t, c])


def find_receivers(facts: Facts, held: Held) -> Receivers:
    """Line 5: who does each duty, each receiver once.

    ``street`` and a buyer that is the street office of the cell's own street are one receiver; any
    other buyer is one receiver per street; every other unit is one receiver.
    """
    city, duties = facts.city, facts.duties
    at = (duties.leg, duties.task)  # rows (duties, communities)
    holder, own, unit = held.holder[at], held.own[at], held.unit[at]
    contract, buyer = held.contract[at], held.buyer[at]
    is_held = held.held[at]
    by_contract = contract != NONE
    by_street = is_held & (holder == HOLD_STREET)
    own_buyer = by_contract & (buyer == city.street_unit)
    n_units, n_streets = len(city.units.id), len(city.places.code) + 1

    # `community`: each community; its duties fall on the station.
    duty, c = np.nonzero(own)
    found = [(duty, city.community_unit[0, c], city.communities[c])]

    # `street`, and contracts bought by the street office of the cell.
    duty, c = np.nonzero((by_street | own_buyer) & (city.street_unit != NONE))
    duty, office = _each_once(duty, city.street_unit[c], n_units)
    found.append((duty, office, city.units.place[office]))

    # Contracts of any other buyer: the buyer, once per street (+ 1: NONE is a street, too).
    duty, c = np.nonzero(by_contract & ~own_buyer)
    street = facts.street_place[c] + 1
    pair = buyer[duty, c] * n_streets + street
    duty, pair = _each_once(duty, pair, n_units * n_streets)
    found.append((duty, pair // n_streets, np.full(len(duty), NONE)))

    # Departments; today also foreign street offices and community units, and contractors.
    duty, c = np.nonzero(is_held & (holder >= 0) & ~by_contract)
    duty, named = _each_once(duty, unit[duty, c], n_units)
    found.append((duty, named, np.full(len(duty), NONE)))

    duty, unit, place = (np.concatenate(column) for column in zip(*found, strict=True))
    kind = np.append(city.units.kind, COMMUNITY_UNIT)[unit]  # only a community may have no unit
    own_function = np.append(city.units.function, NONE)[unit] == duties.by[duty]
    asked = (kind != DEPARTMENT) | ~own_function
    return Receivers(duty[asked], unit[asked], place[asked], kind[asked])


def _each_once(first: Ints, second: Ints, size: int) -> tuple[Ints, Ints]:
    """Return the distinct pairs (first, second), where second < size."""
    pairs = np.unique(first * size + second)
    return pairs // size, pairs % size


def adopted_places(facts: Facts, allocation: Allocation) -> Flags:
    """Line 6: the places at which each scheme is adopted, shape (schemes, places).

    *yes* holds at every place of the scheme's tier, *decide* where it is switched on.
    """
    schemes, tier = facts.city.schemes, facts.city.places.tier
    switched = np.zeros((len(schemes.id), len(tier)), dtype=bool)
    for s, p in allocation.schemes:
        switched[s, p] = True
    at_tier = schemes.tier[:, None] == tier
    always = schemes.adopted[:, None] == 1
    decided = (schemes.adopted[:, None] == 2) & switched
    return at_tier & (always | decided)


def charge_duties(
    facts: Facts, receivers: Receivers, adopted: Flags, ledger: Ledger
) -> dict[str, Ints]:
    """Lines 5 and 6: preparation, visits and forms of all receivers.

    In an adopted scheme a community or street office does the largest of what its members ask for,
    not the sum, over the whole year.
    """
    city, duties = facts.city, facts.duties
    duty, unit, place, kind = receivers.duty, receivers.unit, receivers.place, receivers.kind
    times, minutes = duties.times[duty], duties.times[duty] * duties.minutes[duty]
    window, is_form = duties.window[duty], duties.is_form[duty]

    scheme = duties.scheme[duty]
    joint = (scheme != NONE) & (place != NONE)
    if adopted.any() and joint.any():
        above = facts.ancestor[city.schemes.tier[scheme], place]
        joint &= (above != NONE) & adopted[scheme, above]
    else:
        joint = np.zeros(len(duty), dtype=bool)
    if joint.any():
        # One receiver of a scheme: same scheme, place and list (forms or inspections).
        members = np.flatnonzero(joint)
        key = (scheme[joint] * len(city.places.code) + place[joint]) * 2 + is_form[joint]
        # A street office may stand at the place of a community: units tell them apart.
        key = key * (len(city.units.id) + 1) + unit[joint] + 1
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        largest = np.zeros((2, len(first)), dtype=np.int64)
        np.maximum.at(largest[0], group, times[members])
        np.maximum.at(largest[1], group, minutes[members])
        alone, head = np.flatnonzero(~joint), members[first]
        order = np.concatenate([alone, head])
        times = np.concatenate([times[alone], largest[0]])
        minutes = np.concatenate([minutes[alone], largest[1]])
        window = np.concatenate([window[alone], np.full(len(head), ALL_YEAR_WINDOW)])
        is_form, unit, place, kind = is_form[order], unit[order], place[order], kind[order]

    ledger.charge("duties", unit, minutes, window)

    received = {}
    for name, chosen in (("visits", ~is_form), ("forms", is_form)):
        by_kind = np.zeros(4, dtype=np.int64)
        np.add.at(by_kind, kind[chosen], times[chosen])
        other = by_kind[DEPARTMENT] + by_kind[CONTRACTOR]
        received[name] = np.array([by_kind[COMMUNITY_UNIT], by_kind[STREET_OFFICE], other])
        here = chosen & (kind == COMMUNITY_UNIT) & (place != NONE)
        each = np.zeros(facts.n_communities, dtype=np.int64)
        np.add.at(each, city.places.first[place[here]], times[here])
        received[f"community_{name}"] = each
    by_community = (receivers.kind == COMMUNITY_UNIT) & (receivers.place != NONE)
    received["duty_communities"] = np.bincount(
        receivers.duty[by_community], minlength=len(duties.task)
    )
    return received


def charge_coordination(facts: Facts, adopted: Flags, ledger: Ledger) -> None:
    """Line 6: what an adopted scheme costs each member function at each adopting place."""
    city = facts.city
    for s, functions in enumerate(facts.scheme_functions):
        places = np.flatnonzero(adopted[s])
        first = city.places.first[places]
        first = first[first < city.places.last[places]]  # places with a community
        minutes = int(city.schemes.coordination[s])
        for f in functions if len(first) else ():
            ledger.charge("coordination", city.counterpart[f, first], minutes, ALL_YEAR_WINDOW)

