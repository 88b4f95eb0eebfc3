"""Who may hold what: the rules C2 to C4, C7 and C14 of the model, leg by leg and cell by cell.

======= ================== ============================================
number  name               function
======= ================== ============================================
C2      authority          :func:`violations_c2_authority`
C3      jurisdiction       :func:`violations_c3_jurisdiction`
C4      admission          :func:`violations_c4_admission`
C7      purchase_gates     :func:`violations_c7_purchase_gates`
C14     pins               :func:`violations_c14_pins`
======= ================== ============================================

The same rule broken in several communities of a street is one violation, which names the street
(or the community where there is only one) and counts the communities.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from realloc.evaluation.facts import Facts
from realloc.evaluation.findings import Violation, violation
from realloc.evaluation.use import Held, Use
from realloc.instance import (
    ADMITTED,
    CANDIDATE,
    COMMUNITY_UNIT,
    CONTRACTOR,
    DEPARTMENT,
    DETECT,
    HANDLE,
    HOLD_CANCELLED,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    NONE,
    PARTY_LED,
    SELF_GOVERNANCE,
    STATUTORY,
    STREET_OFFICE,
    Flags,
)
from realloc.schema import KINDS, LEGS, RULES

ALLOWED, IF_DELEGATED, IF_ADMITTED, IF_PURCHASED, _ = range(len(RULES))

#: detector kind -> handler kinds that it may hand a case to; departments hand on to the tier above.
HANDS_TO = {
    COMMUNITY_UNIT: (STREET_OFFICE, CONTRACTOR, DEPARTMENT),
    STREET_OFFICE: (CONTRACTOR, DEPARTMENT),
    CONTRACTOR: (COMMUNITY_UNIT, STREET_OFFICE, DEPARTMENT),
}
_FITS = np.zeros((len(KINDS), len(KINDS)), dtype=bool)
for _detector, _handlers in HANDS_TO.items():
    _FITS[_detector, list(_handlers)] = True


def gather(facts: Facts, bad: Flags, *labels: Any) -> Iterator[tuple[dict[str, Any], int, Any]]:
    """Gather the cells of `bad` (tasks, communities) by task, street and labels of the cell.

    Yields task and place, the number of communities, and the labels.
    """
    city = facts.city
    tasks, communities = np.nonzero(bad)
    groups: dict[tuple[int, ...], list[int]] = {}
    columns = (tasks, facts.street_place[communities], *(x[tasks, communities] for x in labels))
    keys = zip(*(column.tolist() for column in columns), strict=True)
    for key, c in zip(keys, communities.tolist(), strict=True):
        groups.setdefault(key, []).append(c)
    for (task, street, *label), members in groups.items():
        alone = len(members) == 1 or street == NONE
        place = int(city.communities[members[0]]) if alone else street
        subject = {"task": city.tasks.id[task], "place": city.places.code[place]}
        yield subject, len(members), label


def at_legs(facts: Facts, family: str, reason: str, bad: Flags, held: Held) -> list[Violation]:
    """One violation per leg, task, street and holder of `bad` (legs, tasks, communities)."""
    found = []
    for leg in (DETECT, HANDLE) if bad.any() else ():
        for subject, count, (code,) in gather(facts, bad[leg], held.holder[leg]):
            who = {"leg": LEGS[leg], "holder": facts.city.holder_word(code)}
            found.append(violation(family, count, reason=reason, **who, **subject))
    return found


def at_cells(facts: Facts, family: str, reason: str, bad: Flags, held: Held) -> list[Violation]:
    """One violation per task, street and pair of holders of `bad` (tasks, communities)."""
    found = []
    if bad.any():
        word = facts.city.holder_word
        for subject, count, (d, h) in gather(facts, bad, *held.holder):
            who = {"detector": word(d), "handler": word(h)}
            found.append(violation(family, count, reason=reason, **who, **subject))
    return found


def unauthorized(facts: Facts, held: Held) -> dict[str, Flags]:
    """Held legs that the matrix does not allow, by the rule of the matrix that fails (C2)."""
    power = facts.city.tasks.power_type[:, None]
    leg = np.arange(len(LEGS))[:, None, None]
    rule = facts.matrix[power, held.kind, leg]
    task = np.arange(facts.n_tasks)[:, None]
    delegated = facts.delegated[task, held.unit]
    delegated = np.where(held.own, facts.delegated_to_community, delegated)
    may = (
        (rule == ALLOWED)
        | ((rule == IF_DELEGATED) & delegated)
        | ((rule == IF_ADMITTED) & (held.kind == COMMUNITY_UNIT))  # C4 decides
        | ((rule == IF_PURCHASED) & (held.contract != NONE))  # C7 decides
    )
    bad = held.held & ~may
    return {word: bad & (rule == code) for code, word in enumerate(RULES)} if bad.any() else {}


def below_floor(facts: Facts, held: Held) -> Flags:
    """Handlers of a tier below the effective floor of the task in the cell (C2)."""
    tier = held.tier[HANDLE]
    return (tier != NONE) & (tier < facts.floor)


def misshapen(facts: Facts, held: Held) -> Flags:
    """Cells whose detector may not hand on to their handler (C2)."""
    detector, handler = held.kind
    both = held.held.all(axis=0)
    same = held.holder[DETECT] == held.holder[HANDLE]
    upwards = (held.tier[DETECT] == 2) & (held.tier[HANDLE] == 3)
    upwards &= (detector == DEPARTMENT) & (handler == DEPARTMENT)
    return both & ~(same | _FITS[detector, handler] | upwards)


def ill_governed(facts: Facts, held: Held) -> dict[str, Flags]:
    """Legs held against floor, governance or necessity of their task, by reason (C2)."""
    tasks, exists = facts.city.tasks, facts.city.exists
    low = np.zeros_like(exists)
    low[HANDLE] = below_floor(facts, held)

    is_cancelled = exists & (held.holder == HOLD_CANCELLED)
    decisive = exists.copy()  # the leg that makes self-governance the community's own
    decisive[DETECT] &= ~exists[HANDLE]
    taken = decisive & (held.holder != HOLD_COMMUNITY) & (held.holder != HOLD_NOBODY)
    taken = (taken | is_cancelled) & (tasks.governance == SELF_GOVERNANCE)[:, None]

    bought = held.contract != NONE
    bought &= (tasks.governance == PARTY_LED)[:, None]
    bought[DETECT] = False

    grounded = np.array([bool(text) for text in tasks.legal_basis], dtype=bool)
    free = (tasks.cancellable & ~grounded)[:, None] & ~facts.statutory.any(axis=0)
    return {
        "floor": low, "self_governance": taken, "party_led": bought,
        "not_cancellable": is_cancelled & ~free,
    }  # fmt: skip


def violations_c2_authority(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C2: matrix, delegations, floor, governance, shape, and what may be cancelled."""
    held = use.held
    legs = {**unauthorized(facts, held), **ill_governed(facts, held)}
    found = [v for reason, bad in legs.items() for v in at_legs(facts, "C2", reason, bad, held)]
    return found + at_cells(facts, "C2", "shape", misshapen(facts, held), held)


def outside_jurisdiction(facts: Facts, held: Held) -> dict[str, Flags]:
    """Held legs beyond the holder's jurisdiction, by reason (C3)."""
    units, lead = facts.city.units, facts.city.tasks.lead[:, None]
    named = held.held & (held.holder >= 0)
    function = np.append(units.function, NONE)[held.unit]
    serves = (held.unit == facts.district_department) | (held.unit == facts.city_department)
    department = named & (held.kind == DEPARTMENT)
    by_contract = held.contract != NONE
    foreign = (held.kind == STREET_OFFICE) | (held.kind == COMMUNITY_UNIT)
    bad = {
        "other_function": department & (function != lead),
        "not_served": department & (function == lead) & ~serves,
        "foreign_unit": named & foreign,
        "no_unit": held.held & ~named & (held.unit == NONE),
        "no_contract": named & (held.kind == CONTRACTOR) & ~by_contract,
    }
    if by_contract.any():
        community = np.arange(facts.n_communities)
        bad["contract_place"] = by_contract & ~facts.served[held.contract, community]
    return bad


def violations_c3_jurisdiction(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C3: departments within function and territory, own streets and communities, contracts."""
    found = []
    for reason, bad in outside_jurisdiction(facts, use.held).items():
        found += at_legs(facts, "C3", reason, bad, use.held)
    return found


def not_admitted(facts: Facts, held: Held) -> dict[str, Flags]:
    """Legs that communities hold without admission, by reason (C4)."""
    status, allocation = facts.city.admission_status, held.allocation
    candidate = held.own & (status == CANDIDATE)
    if allocation.today:
        off = np.zeros_like(candidate)  # candidates in use count as on
    else:
        switched = np.zeros((facts.n_tasks, len(facts.city.places.code) + 1), dtype=bool)
        for task, place in allocation.admissions:
            switched[task, place] = True
        task = np.arange(facts.n_tasks)[:, None]
        off = candidate & ~switched[task, facts.admission_place]
    admitted = (status == STATUTORY) | (status == ADMITTED) | (status == CANDIDATE)
    unsuited = held.own & ~facts.statutory & ~facts.city.tasks.admissible[:, None]
    unsuited[DETECT] = False
    return {
        "not_admitted": held.own & ~admitted,
        "candidate_off": off,
        "not_admissible": unsuited,
    }


def switches_of(facts: Facts, legs: Flags) -> set[tuple[int, int]]:
    """Return task and place of the rows that rule these legs (legs, tasks, communities)."""
    _, task, _ = np.nonzero(legs)
    return set(zip(task.tolist(), facts.admission_place[legs].tolist(), strict=True))


def violations_c4_admission(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C4: communities hold statutory, admitted and switched-on candidate legs only.

    Only what a valid row offers can be switched on, where it decides an existing leg.
    """
    city, found = facts.city, []
    for reason, bad in not_admitted(facts, use.held).items():
        found += at_legs(facts, "C4", reason, bad, use.held)
    offered = switches_of(facts, city.exists & (city.admission_status == CANDIDATE))
    for task, place in sorted(use.held.allocation.admissions - offered):
        at = {"task": city.tasks.id[task], "place": city.places.code[place]}
        found.append(violation("C4", 1, reason="no_candidate", **at))
    return found


def purchase_gates(facts: Facts, held: Held) -> dict[str, Flags]:
    """Legs held under a contract that may not have them, by reason (C7)."""
    city = facts.city
    bought = held.contract != NONE
    if not bought.any():
        return {}
    task, contract = np.arange(facts.n_tasks)[:, None], held.contract
    graded = city.contracts.grade >= city.settings["least_grade"]
    closed = bought & facts.closed[:, None]
    closed[DETECT] = False
    return {
        "not_outsourceable": bought & ~city.tasks.outsourceable[:, None],
        "category": bought & ~facts.in_categories[contract, task],
        "grade": bought & ~graded[contract],
        "closed_power": closed,
    }


def violations_c7_purchase_gates(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C7: contracts hold outsourceable tasks of their categories, graded, never closed powers."""
    gates = purchase_gates(facts, use.held).items()
    return [v for reason, bad in gates for v in at_legs(facts, "C7", reason, bad, use.held)]


def against_pins(facts: Facts, held: Held) -> Iterator[tuple[int, int, slice, Flags, int]]:
    """Yield leg, task and cells of each pin, where it is broken among them, and its row (C14)."""
    city = facts.city
    rows = city.tables["pins"]
    for i, place in enumerate(rows["place"]):
        task, leg = city.task_of[rows["task"][i]], LEGS.index(rows["leg"][i])
        cells = facts.within(place)
        there = held.holder[leg, task, cells] == facts.pinned[i][cells]
        bad = city.exists[leg, task, cells] & (there != (rows["rule"][i] == "keep"))
        yield leg, task, cells, bad, i


def violations_c14_pins(facts: Facts, use: Use, today: Use) -> list[Violation]:
    """C14: what is pinned stays with its holder, what is forbidden does not go there."""
    city, rows = facts.city, facts.city.tables["pins"]
    return [
        violation("C14", int(bad.sum()), reason=rows["rule"][i], task=rows["task"][i],
                  leg=LEGS[leg], holder=rows["holder"][i],
                  place=rows["place"][i] or city.places.code[0])
        for leg, _, _, bad, i in against_pins(facts, use.held)
        if bad.any()
    ]  # fmt: skip
