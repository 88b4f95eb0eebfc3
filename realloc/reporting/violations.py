"""Broken rules one by one, for people: which, why, where, whose, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from realloc.evaluation import Violation
from realloc.evaluation.findings import Subject
from realloc.instance import NONE, City
from realloc.messages.words import LANGUAGES, WORDS, say
from realloc.reporting.figures import write_rule
from realloc.reporting.names import (
    name_above,
    name_place,
    name_units,
    write_holder,
    write_task,
)
from realloc.reporting.workload import Columns

#: What amounts are counted in, by rule and reason, else by rule.
_COUNTED = {
    **dict.fromkeys(("C1", "C2", "C3", "C4", "C7", "C14"), "communities"),
    "C4.no_candidate": "switches", "C5.tasks": "tasks", "C5.minutes": "minutes", "C6": "yuan",
    "C8": "minutes", "C8.budget": "yuan", "C8.switched_off": "switches", "C9": "minutes",
    "C10": "minutes", "C11": "switches", "C12": "minutes", "C13": "minutes",
    "C15.minutes": "minutes", "C15.items": "items",
}  # fmt: skip

#: Reasons that are those of a refusal (``refusal.…`` in the words) under another name.
_REFUSALS = {
    "forbidden": "matrix", "floor": "handling_floor", "shape": "handed_downwards",
    "other_function": "not_the_lead", "not_served": "foreign_unit",
}  # fmt: skip

_KEYS = (
    "rule", "reason", "task", "name", "leg", "district", "street", "place_code", "place",
    "holder_id", "holder", "amount", "measure",
)  # fmt: skip


def tabulate_violations(city: City, violations: Sequence[Violation], lang: str) -> Columns:
    """Return broken rules as columns for people, one row each, in their order.

    Parameters
    ----------
    city
        the city.
    violations
        those of an evaluation, or some of them.
    lang
        zh or en.

    Returns
    -------
    dict
        Columns by their keys, those of ``column.…`` in the words. ``holder`` is who holds the leg
        (or, by a pin, ought to), the two between whom it passes, the units of the staff pool, the
        contract, or the unit that pays or is limited; ``holder_id`` is blank for each community's
        or street's own.
        ``place`` is that of the violation, else that of the unit (of a contract: its buyer).
        ``amount`` is in the unit of ``measure``; hours are rounded up to a tenth, so that nothing
        that is over is nothing.
    """
    rows: Columns = {key: [] for key in _KEYS}
    for v in violations:
        subject = v.subject
        task = city.task_of[subject["task"]] if "task" in subject else NONE
        place = _place(city, subject)
        amount, unit = v.amount, unit_of(v)
        if unit == "minutes":
            tenths = -(-amount // 6)
            amount, unit = tenths / 10 if tenths % 10 else tenths // 10, "hours"
        for key, value in zip(_KEYS, (
            write_rule(v.family, lang), write_cause(city, v, lang), subject.get("task", ""),
            "" if task == NONE else write_task(city, task, lang),
            say(f"leg.{subject['leg']}", lang) if "leg" in subject else "",
            *name_above(city, place), "" if place == NONE else city.places.code[place],
            name_place(city, place), *_who(city, subject, lang), amount, say(f"unit.{unit}", lang),
        ), strict=True):  # fmt: skip
            rows[key].append(value)
    return rows


def shorten(columns: Columns, lang: str) -> Columns:
    """Return a table of violations with fewer columns: ids beside names, units beside amounts.

    All cells are text, under the keys of :func:`tabulate_violations`.
    """
    pairs = {"name": ("task", "name"), "place": ("place_code", "place"),
             "holder": ("holder_id", "holder")}  # fmt: skip
    joined = {
        key: [" ".join(dict.fromkeys(filter(None, cells)))  # a name that is an id stands once
              for cells in zip(*(columns[one] for one in pair), strict=True)]
        for key, pair in pairs.items()
    }  # fmt: skip
    amounts = zip(columns["amount"], columns["measure"], strict=True)
    joined["amount"] = [
        say("broken.amount", lang, amount=f"{amount:,}", unit=unit) for amount, unit in amounts
    ]
    keys = ("rule", "name", "leg", "place", "holder", "reason", "amount")
    return {key: joined.get(key, columns[key]) for key in keys}


def write_violations(city: City, violations: Sequence[Violation]) -> list[dict[str, Any]]:
    """Return violations as plain data: the amount as it is, its unit, the cause in words.

    ``unit`` is minutes, yuan, communities, tasks, items or switches; ``text`` has both languages.
    """
    return [
        {**v.to_json(), "unit": unit_of(v),
         "text": {lang: write_cause(city, v, lang) for lang in LANGUAGES}}
        for v in violations
    ]  # fmt: skip


def unit_of(violation: Violation) -> str:
    """Return what the amount of a violation is counted in, as a code."""
    family = violation.family
    by_reason = _COUNTED.get(f"{family}.{violation.subject.get('reason')}")
    return by_reason or _COUNTED[family]


def write_cause(city: City, violation: Violation, lang: str) -> str:
    """Return in words what breaks the rule: that of the holder's refusal where there is one."""
    facts = dict(violation.subject)
    reason = facts.get("reason", "")
    refusal = f"refusal.{_REFUSALS.get(reason, reason)}"
    if refusal in WORDS:
        return say(refusal, lang)
    if "quota" in facts:
        facts["quota"] = name_place(city, city.place_of[facts["quota"]])
    return say(f"broken.{violation.family}.{reason}".removesuffix("."), lang, **facts)


def _units(city: City, subject: Subject) -> list[int]:
    """Return the units whose limit it is: those of the pool, the one that pays or is limited."""
    if "pool" in subject:
        return np.flatnonzero(city.units.pool == city.pools.index(subject["pool"])).tolist()
    unit = _limit(city, subject)["unit"] if "limit" in subject else subject.get("payer")
    return [city.unit_of[unit]] if unit else []


def _limit(city: City, subject: Subject) -> dict[str, Any]:
    """Return the row of the limit of change that is broken."""
    rows = city.tables["limits"]
    at = rows["id"].index(subject["limit"])
    return {key: values[at] for key, values in rows.items()}


def _place(city: City, subject: Subject) -> int:
    """Return where to look: the place that is named, else that of the unit whose limit it is."""
    if "place" in subject:
        return city.place_of[subject["place"]]
    if "limit" in subject:
        limit = _limit(city, subject)
        if limit["place"] or not limit["unit"]:
            return city.place_of[limit["place"] or city.places.code[0]]
    if "contract" in subject:
        contract = city.holder_codes[subject["contract"]] - len(city.units.id)
        return int(city.units.place[city.contracts.buyer[contract]])
    return int(city.units.place[_units(city, subject)[0]])


def _who(city: City, subject: Subject, lang: str) -> tuple[str, str]:
    """Return id and name of whom it is about: holder, pair of holders, pool, contract or unit."""
    if "pool" in subject:
        units = _units(city, subject)
        pool = city.tables["units"]["pool"][units[0]]
        return pool or city.units.id[units[0]], name_units(city, units)
    keys = ("holder", "detector", "handler", "contract")
    holders = [city.holder_codes[subject[key]] for key in keys if key in subject]
    holders = holders or _units(city, subject)
    names = [write_holder(city, code, lang) for code in holders]
    ids = [city.holder_word(code) if code >= 0 else title
           for code, title in zip(holders, names, strict=True)]  # fmt: skip
    has_id = any(code >= 0 for code in holders)
    return " → ".join(ids) if has_id else "", " → ".join(names)
