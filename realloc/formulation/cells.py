"""Choices written out for the communities that they cover: the arrays that all rules read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realloc.authority import Candidates
from realloc.instance import CITY as CITY_TIER
from realloc.instance import (
    DEPARTMENT,
    DETECT,
    HANDLE,
    HOLD_CANCELLED,
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
    half_up,
)
from realloc.sparse import ranges

#: Classes of holders, in the order of the effort factors.
IN_CITY, IN_DISTRICT, IN_STREET, IN_COMMUNITY, IN_CONTRACT = range(5)
_EFFORT = ("city_department", "district_department", "street_office", "community", "contractor")
_TIER = np.array([3, 2, 1, 0, NONE])


@dataclass(frozen=True, eq=False)
class Leg:
    """One leg of every (choice, community) pair.

    Attributes
    ----------
    exists
        the leg has work, forms or visits there.
    held
        it exists and somebody does it (it is not cancelled).
    code, klass
        holder code; class of holder (IN_CITY … IN_CONTRACT), NONE when cancelled.
    unit
        unit on which the work falls (a contract's: its contractor).
    buyer
        unit that pays a contract, NONE otherwise.
    tier
        tier of the holder (a contract's: of its buyer).
    base, effort
        minutes before and after the effort factor, 0 where not held.
    yuan
        yuan of the effort.
    open
        held by the community, and not statutory there.
    """

    exists: Flags
    held: Flags
    code: Ints
    klass: Ints
    unit: Ints
    buyer: Ints
    tier: Ints
    base: Ints
    effort: Ints
    yuan: Ints
    open: Flags


@dataclass(frozen=True, eq=False)
class Cells:
    """All (choice, community) pairs, in order of choice."""

    city: City
    candidates: Candidates
    choice: Ints
    item: Ints
    task: Ints
    community: Ints
    legs: tuple[Leg, Leg]

    @property
    def choices(self) -> int:
        """Number of choices."""
        return len(self.candidates.detector)


def expand(city: City, candidates: Candidates) -> Cells:
    """Write the choices of all items out for the communities of their places."""
    first, last = city.places.first, city.places.last
    item_of = candidates.item_of()
    place = candidates.place[item_of]
    size = last[place] - first[place]
    choice = np.repeat(np.arange(len(item_of), dtype=np.int64), size)
    community = ranges(first[place], size)
    item = item_of[choice]
    task = candidates.task[item]
    legs = tuple(
        _leg(city, leg, task, community, codes[choice])
        for leg, codes in ((DETECT, candidates.detector), (HANDLE, candidates.handler))
    )
    return Cells(city, candidates, choice, item, task, community, (legs[0], legs[1]))


def _leg(city: City, leg: int, task: Ints, community: Ints, code: Ints) -> Leg:
    units, contracts = city.units, city.contracts
    n_units = len(units.id)
    exists = city.exists[leg, task, community]
    is_contract = code >= n_units
    is_department = (code >= 0) & ~is_contract
    contract = np.where(is_contract, code - n_units, 0)
    department = np.where(is_department, code, 0)
    buyer = np.full(len(code), NONE, np.int64)
    side = (city.tasks.governance[task] == SELF_GOVERNANCE).astype(np.int64)
    unit = np.select(
        [code == HOLD_STREET, code == HOLD_COMMUNITY, is_department],
        [city.street_unit[community], city.community_unit[side, community], code],
        NONE,
    )
    klass = np.select(
        [code == HOLD_STREET, code == HOLD_COMMUNITY], [IN_STREET, IN_COMMUNITY], NONE
    )
    at_city = city.places.tier[units.place[department]] == CITY_TIER
    klass = np.where(is_department, np.where(at_city, IN_CITY, IN_DISTRICT), klass)
    tier = np.where(klass >= 0, _TIER[klass], NONE)
    rate = np.append(units.yuan_per_hour, 0)[unit]
    if is_contract.any():
        unit = np.where(is_contract, contracts.contractor[contract], unit)
        buyer = np.where(is_contract, contracts.buyer[contract], NONE)
        klass = np.where(is_contract, IN_CONTRACT, klass)
        bought = np.where(
            units.kind[buyer] == STREET_OFFICE, STREET, city.places.tier[units.place[buyer]]
        )
        tier = np.where(is_contract, bought, tier)
        rate = np.where(is_contract, contracts.yuan_per_hour[contract], rate)
    held = exists & (code != HOLD_CANCELLED)
    base = np.where(exists, city.minutes[leg, task, community], 0)
    factors = np.array([city.settings[f"effort.{name}"] for name in _EFFORT] + [0], np.int64)
    effort = np.where(held, half_up(base * factors[klass], 1000), 0)
    status = city.admission_status[leg, task, community]
    return Leg(
        exists=exists,
        held=held,
        code=code,
        klass=klass,
        unit=np.where(held, unit, NONE),
        buyer=np.where(held, buyer, NONE),
        tier=tier,
        base=base,
        effort=effort,
        yuan=half_up(effort * rate, 60),
        open=held & (code == HOLD_COMMUNITY) & (status != STATUTORY),
    )


def kind_of(leg: Leg) -> Ints:
    """Return the kind of unit (as in ``schema.KINDS``) that each class of holder is."""
    kinds = np.array([DEPARTMENT, DEPARTMENT, STREET_OFFICE, 2, 3, NONE])
    return kinds[leg.klass]
