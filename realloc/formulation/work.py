"""What every choice makes units do: legs, relay, guidance, supervision, forms and visits.

Section 2 of ``docs/model.md``, line by line. Forms and visits that a receiver does once however
many choices make it do so are rounds (C11); so is what a joint scheme makes of several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realloc.formulation.builder import CHOICE, LEVEL, SWITCH, WHOLE_YEAR, Builder, alike
from realloc.formulation.cells import IN_COMMUNITY, IN_CONTRACT, IN_STREET, Cells
from realloc.formulation.criteria import (
    k1_community_load,
    k2_inspections,
    k6_public_cost,
    k9_forms,
)
from realloc.instance import (
    ADMINISTRATIVE,
    COMMUNITY_UNIT,
    DEPARTMENT,
    DETECT,
    DISTRICT,
    HANDLE,
    NONE,
    STREET,
    STREET_OFFICE,
    City,
    Flags,
    Ints,
    half_up,
)
from realloc.sparse import ranges


def legs(b: Builder, cells: Cells) -> None:
    """Line 1: leg work on the pool of its holder; K1 by class of task, K6."""
    tasks = b.city.tasks
    for leg in cells.legs:
        some = np.flatnonzero(leg.held)
        row, window = cells.choice[some], tasks.window[cells.task[some]]
        b.charge(CHOICE, row, leg.unit[some], leg.effort[some], window)
        k6_public_cost(b, CHOICE, row, leg.yuan[some])
        here = np.flatnonzero(leg.held & (leg.klass == IN_COMMUNITY))
        klass = tasks.klass[cells.task[here]]
        k1_community_load(b, CHOICE, cells.choice[here], klass, leg.effort[here])


def relay(b: Builder, cells: Cells) -> None:
    """Line 2: relay on the tiers strictly between detector and handler, or lead and community."""
    city = b.city
    detect, handle = cells.legs
    both = detect.held & handle.held
    low = np.minimum(detect.tier, handle.tier)
    high = np.maximum(detect.tier, handle.tier)
    lead = city.tasks.lead[cells.task]
    counterpart = city.counterpart[lead, cells.community]
    lead_tier = np.append(city.places.tier[city.units.place], NONE)[counterpart]
    handled_here = handle.held & (handle.klass == IN_COMMUNITY)
    for tier in (STREET, DISTRICT):
        passes = both & (low < tier) & (tier < high)
        passes |= handled_here & (tier < lead_tier)
        if tier == STREET:
            unit = city.street_unit[cells.community]
        else:
            unit = city.departments[0][lead, cells.community]
        _staff_time(b, cells, passes, unit, int(city.settings["relay"]))


def guidance(b: Builder, cells: Cells) -> None:
    """Line 3: guidance by the lead where a community holds a leg that is not statutory."""
    city = b.city
    held = cells.legs[DETECT].open | cells.legs[HANDLE].open
    unit = city.counterpart[city.tasks.lead[cells.task], cells.community]
    _staff_time(b, cells, held, unit, int(city.settings["guidance"]))


def _staff_time(b: Builder, cells: Cells, where: Flags, unit: Ints, minutes: int) -> None:
    some = np.flatnonzero(where & (unit >= 0))
    amount = np.full(len(some), minutes, np.int64)
    window = b.city.tasks.window[cells.task[some]]
    b.charge(CHOICE, cells.choice[some], unit[some], amount, window)
    k6_public_cost(b, CHOICE, cells.choice[some], b.wage(unit[some], amount))


def supervision(b: Builder, cells: Cells) -> None:
    """Line 4: the buyer supervises what a contract does."""
    share = int(b.city.settings["supervision"])
    for leg in cells.legs:
        some = np.flatnonzero(leg.buyer >= 0)
        minutes = half_up(leg.effort[some] * share, 1000)
        window = b.city.tasks.window[cells.task[some]]
        b.charge(CHOICE, cells.choice[some], leg.buyer[some], minutes, window)
        k6_public_cost(b, CHOICE, cells.choice[some], b.wage(leg.buyer[some], minutes))


# -- forms and visits --------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class AllDuties:
    """Forms and inspections together, those that are done at all."""

    task: Ints
    leg: Ints
    by: Ints
    times: Ints
    minutes: Ints  # a year: times × minutes each
    window: Ints
    scheme: Ints
    is_form: Flags


def all_duties(city: City) -> AllDuties:
    """Return forms and inspections as one list; those of a scheme are planned over the year."""

    def both(name: str) -> Ints:
        return np.concatenate([getattr(d, name) for d in (city.forms, city.inspections)])

    times, scheme = both("times"), both("scheme")
    is_form = np.repeat([True, False], [len(city.forms.id), len(city.inspections.id)])
    window = np.where(scheme[:, None] >= 0, np.array([WHOLE_YEAR]), both("window"))
    some = np.flatnonzero(times > 0)
    return AllDuties(
        both("task")[some], both("leg")[some], both("by")[some], times[some],
        (times * both("minutes"))[some], window[some], scheme[some], is_form[some],
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Receivers:
    """Who prepares for a leg, per (choice, receiver): equal keys are one receiver."""

    choice: Ints
    task: Ints
    unit: Ints  # unit that prepares
    part: Ints  # 0 community, 1 street office, 2 other
    receiver: Ints  # the unit, and of a buyer other than the street office its street or none
    community: Ints  # a community of the receiver, to look up what its place adopts


def duties(b: Builder, cells: Cells, schemes: Ints) -> None:
    """Lines 5 and 6 (C11): forms and visits of receivers, once each, the largest in a scheme.

    Parameters
    ----------
    schemes
        (schemes, communities): the switch that decides a scheme there, ``ADOPTED`` where it is
        adopted and ``NOT_ADOPTED`` where it is not; see :func:`adoption`.
    """
    known = all_duties(b.city)
    rounds = _Rounds(b)
    for leg in (DETECT, HANDLE):
        receivers = _receivers(cells, leg)
        mine = np.flatnonzero(known.leg == leg)
        by_task = np.argsort(known.task[mine], kind="stable")
        mine = mine[by_task]
        start = np.searchsorted(known.task[mine], np.arange(len(b.city.tasks.id) + 1))
        size = np.diff(start)[receivers.task]
        who = np.repeat(np.arange(len(receivers.task)), size)
        duty = mine[ranges(start[receivers.task], size)]
        _once_each(b, receivers, who, duty, known, schemes, rounds)
    rounds.finish(known)


def _receivers(cells: Cells, leg: int) -> _Receivers:
    city = cells.city
    units = city.units
    data = cells.legs[leg]
    buyer_is_street = (data.buyer >= 0) & (np.append(units.kind, NONE)[data.buyer] == STREET_OFFICE)
    in_contract = data.held & (data.klass == IN_CONTRACT)
    unit = np.where(in_contract, data.buyer, data.unit)
    community = data.held & (data.klass == IN_COMMUNITY)
    unit = np.where(community, city.community_unit[0, cells.community], unit)
    street = data.held & ((data.klass == IN_STREET) | (in_contract & buyer_is_street))
    part = np.where(community, 0, np.where(street, 1, 2))
    street_of = city.above[STREET, cells.community]
    street_of = np.where(street_of >= 0, street_of, len(city.places.code))
    place = np.where(in_contract & ~buyer_is_street, street_of, np.int64(NONE))
    # a street office or department prepares once however many of its cells a choice covers
    held = np.flatnonzero(data.held)
    # apart: no buyer 0, a street 1 to P, no street P + 1
    receiver = unit * (len(city.places.code) + 2) + place + 1
    apart = np.where(community, cells.community, city.n_communities)
    key = cells.choice * (len(units.id) + 1) * (len(city.places.code) + 2) + receiver
    key = key[held] * (city.n_communities + 1) + apart[held]
    first = held[np.sort(np.unique(key, return_index=True)[1])]
    return _Receivers(cells.choice[first], cells.task[first], unit[first], part[first],
                      receiver[first], cells.community[first])  # fmt: skip


ADOPTED, NOT_ADOPTED = -1, -2


def left_to_decide(city: City) -> Flags:
    """Return (schemes, places): where one is left to decide; a switch elsewhere does nothing."""
    return (city.schemes.adopted == 2)[:, None] & (
        city.schemes.tier[:, None] == city.places.tier[None, :]
    )


def adoption(city: City, decided: list[tuple[int, int]], first_switch: int) -> Ints:
    """Return (schemes + 1, communities): the switch of a scheme there, ADOPTED or NOT_ADOPTED.

    `decided` lists the (scheme, place) pairs of the switches. The last row, for duties of no
    scheme, is NOT_ADOPTED.
    """
    state = np.full((len(city.schemes.id) + 1, city.n_communities), NOT_ADOPTED, np.int64)
    for s, adopted in enumerate(city.schemes.adopted.tolist()):
        if adopted == 1:
            state[s, city.above[city.schemes.tier[s]] >= 0] = ADOPTED
    left = left_to_decide(city)
    for k, (s, p) in enumerate(decided):
        if left[s, p]:
            state[s, city.places.first[p] : city.places.last[p]] = first_switch + k
    return state


def _once_each(b: Builder, r: _Receivers, who: Ints, duty: Ints, known: AllDuties, schemes: Ints,
               rounds: _Rounds) -> None:  # fmt: skip
    units = b.city.units
    kind, function = units.kind[r.unit[who]], units.function[r.unit[who]]
    exempt = (kind == DEPARTMENT) & (function == known.by[duty])
    who, duty = who[~exempt], duty[~exempt]
    scheme = known.scheme[duty]
    state = schemes[scheme, r.community[who]]
    # a street office is not below a community: a scheme of that tier never binds it
    tier = np.append(b.city.schemes.tier, NONE)[scheme]
    receiver_tier = np.where(r.part[who] == 0, 0, STREET)
    joint = (r.part[who] < 2) & (state != NOT_ADOPTED) & (tier >= receiver_tier)
    rounds.joint(r, who[joint], duty[joint], state[joint])
    rounds.single(r, who[~joint], duty[~joint], known)


class _Rounds:
    """Gathers who reaches what over both legs, then writes direct costs and rounds."""

    def __init__(self, b: Builder) -> None:
        self.b = b
        self._single: list[tuple[Ints, ...]] = []
        self._joint: list[tuple[Ints, ...]] = []

    def single(self, r: _Receivers, who: Ints, duty: Ints, known: AllDuties) -> None:
        """A receiver does a duty once, in full."""
        community = r.part[who] == 0
        _duty_cost(self.b, CHOICE, r.choice[who[community]], r.unit[who[community]],
                   r.part[who[community]], duty[community], known)  # fmt: skip
        who, duty = who[~community], duty[~community]
        self._single.append((r.choice[who], r.unit[who], r.part[who], r.receiver[who], duty))

    def joint(self, r: _Receivers, who: Ints, duty: Ints, state: Ints) -> None:
        """A receiver does a duty as a member of a scheme."""
        at = np.where(r.part[who] == 0, r.community[who], NONE)
        self._joint.append((r.choice[who], r.unit[who], r.part[who], at, duty, state))

    def finish(self, known: AllDuties) -> None:
        """Write everything gathered."""
        self._finish_single(known)
        self._finish_joint(known)

    def _finish_single(self, known: AllDuties) -> None:
        if not self._single:
            return
        choice, unit, part, receiver, duty = (
            np.concatenate(a) for a in zip(*self._single, strict=True)
        )
        # one round per receiver, task and leg: all its duties come together
        group, member = _pairs(receiver, known.task[duty] * 2 + known.leg[duty])
        _, first_of_pair = np.unique(group * len(known.task) + duty, return_index=True)
        family = self.b.rounds("C11", np.unique(group), np.ones(len(member), np.int64),
                               np.full(len(member), NONE))  # fmt: skip
        self.b.reach(choice, family + group)
        at = first_of_pair
        _duty_cost(self.b, LEVEL, family + group[at], unit[at], part[at], duty[at], known)

    def _finish_joint(self, known: AllDuties) -> None:
        if not self._joint:
            return
        choice, unit, part, at, duty, state = (
            np.concatenate(a) for a in zip(*self._joint, strict=True)
        )
        for scheme in np.unique(known.scheme[duty]).tolist():
            mine = known.scheme[duty] == scheme
            self._scheme(scheme, choice[mine], unit[mine], part[mine], at[mine], duty[mine],
                         state[mine], known)  # fmt: skip

    def _scheme(self, scheme: int, choice: Ints, unit: Ints, part: Ints, at: Ints, duty: Ints,
                state: Ints, known: AllDuties) -> None:  # fmt: skip
        """Write the rounds of one scheme: visits and minutes as one chain where they agree."""
        members = np.unique(duty)
        times, minutes = known.times[members], known.minutes[members]
        order = np.lexsort((members, minutes, times))
        if (np.diff(minutes[order]) >= 0).all():
            self._chain(scheme, choice, unit, part, at, duty, state, known, members[order], (1, 1))
        else:
            self._chain(scheme, choice, unit, part, at, duty, state, known, members[order], (1, 0))
            by_minutes = members[np.lexsort((members, minutes))]
            self._chain(scheme, choice, unit, part, at, duty, state, known, by_minutes, (0, 1))

    def _chain(self, scheme: int, choice: Ints, unit: Ints, part: Ints, at: Ints, duty: Ints,
               state: Ints, known: AllDuties, order: Ints,
               counts: tuple[int, int]) -> None:  # fmt: skip
        """Write a round per receiver with a level per member, in ascending order."""
        b = self.b
        rank = np.empty(int(order.max()) + 1, np.int64)
        rank[order] = np.arange(len(order))
        # receivers that the same choices make do the same duties move together: one round
        receiver = unit * (b.city.n_communities + 1) + at + 1
        names, who = np.unique(receiver, return_inverse=True)
        group = alike(who, choice * len(order) + rank[duty], state)
        _, first = np.unique(who, return_index=True)
        n_groups = int(group.max()) + 1
        lead = np.zeros(n_groups, np.int64)
        lead[group[::-1]] = np.arange(len(names))[::-1]
        base = b.rounds("C11", np.full(n_groups, scheme), np.full(n_groups, len(order)),
                        np.maximum(NONE, state[first[lead]]))  # fmt: skip
        mine = lead[group[who]] == who
        b.reach(choice[mine], base + group[who[mine]] * len(order) + rank[duty[mine]])
        # every receiver puts its own visits and minutes on the levels of its round
        level = (base + group[:, None] * len(order) + np.arange(len(order))).ravel()
        member = np.tile(order, len(names))
        whole = np.repeat(first, len(order))
        _duty_cost(b, LEVEL, level, unit[whole], part[whole], member, known, counts)


def _pairs(a: Ints, c: Ints) -> tuple[Ints, Ints]:
    """Number the distinct pairs (a, c): the number of each entry, and the distinct keys."""
    key = a * (int(c.max(initial=0)) + 1) + c
    distinct, number = np.unique(key, return_inverse=True)
    return number, distinct


def _duty_cost(b: Builder, kind: int, row: Ints, unit: Ints, part: Ints, duty: Ints,
               known: AllDuties, counts: tuple[int, int] = (1, 1)) -> None:  # fmt: skip
    """Put duties on rows: visits (K2), fillings (K9), minutes on the unit, K1, K6.

    `counts` says whether times and whether minutes are counted here.
    """
    if counts[0]:
        times, form = known.times[duty], known.is_form[duty]
        k2_inspections(b, kind, row[~form], part[~form], times[~form])
        k9_forms(b, kind, row[form], part[form], times[form])
    if counts[1]:
        minutes = known.minutes[duty]
        b.charge(kind, row, unit, minutes, known.window[duty])
        k6_public_cost(b, kind, row, b.wage(unit, minutes))
        here = (part == 0) & (b.city.units.kind[unit] == COMMUNITY_UNIT)
        klass = np.full(int(here.sum()), ADMINISTRATIVE)
        k1_community_load(b, kind, row[here], klass, minutes[here])


def coordination(b: Builder, decided: list[tuple[int, int]], first_switch: int) -> None:
    """Line 6: an adopted scheme costs each member function coordination at each adopting place."""
    city = b.city
    by = np.concatenate([city.forms.by, city.inspections.by])
    scheme = np.concatenate([city.forms.scheme, city.inspections.scheme])
    members = [np.unique(by[scheme == s]) for s in range(len(city.schemes.id))]
    places = city.places
    for s, adopted in enumerate(city.schemes.adopted.tolist()):
        if adopted == 1:
            spots = (places.tier == city.schemes.tier[s]) & (places.last > places.first)
            for p in np.flatnonzero(spots).tolist():
                for unit, minutes in _coordinators(city, members[s], s, p):
                    b.charge_fixed(unit, minutes, WHOLE_YEAR)
                    rate = int(city.units.yuan_per_hour[unit])
                    b.constant("public_cost", (2 * minutes * rate + 60) // 120)
    left = left_to_decide(city)
    for k, (s, p) in enumerate(decided):
        found = _coordinators(city, members[s], s, p) if left[s, p] else []
        if found:
            unit, minutes = (np.array(v, np.int64) for v in zip(*found, strict=True))
            row = np.full(len(unit), first_switch + k)
            b.charge(SWITCH, row, unit, minutes, np.tile(WHOLE_YEAR, (len(unit), 1)))
            k6_public_cost(b, SWITCH, row, b.wage(unit, minutes))


def _coordinators(city: City, functions: Ints, scheme: int, place: int) -> list[tuple[int, int]]:
    units = city.counterpart[functions, city.places.first[place]].tolist()
    minutes = int(city.schemes.coordination[scheme])
    return [(u, minutes) for u in units if u >= 0 and minutes > 0]
