"""What a plan changes against today, leg by leg, each with the reason in codes.

A reason is what can be told of one leg alone: the rule that today's holder breaks, what the move
takes off the communities, what it saves. Where none of these holds, the leg gives way to others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from realloc.authority import Authority, Refusal
from realloc.evaluation import Evaluation
from realloc.evaluation.use import Held
from realloc.instance import (
    HOLD_CANCELLED,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    NONE,
    STATUTORY,
    City,
    Plan,
    half_up,
)
from realloc.messages.words import name, say
from realloc.reporting.names import (
    name_above,
    name_place,
    write_category,
    write_ground,
    write_holder,
    write_task,
)
from realloc.reporting.workload import HOLDERS, holder_kinds
from realloc.schema import LEGS


@dataclass(frozen=True)
class Reason:
    """Why a leg moves: a code of ``why.…`` in the words, and its facts (codes among them)."""

    code: str
    facts: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Change:
    """One leg of an item whose holder differs from today's.

    Attributes
    ----------
    task, place
        positions; `place` is that of the item.
    leg
        position in :data:`realloc.schema.LEGS`.
    before, after
        holder codes.
    before_kind, after_kind
        words of :data:`realloc.reporting.workload.HOLDERS`.
    communities
        how many communities it touches.
    minutes
        base minutes a year in all of them.
    reasons
        the weightiest first, at least one.
    """

    task: int
    place: int
    leg: int
    before: int
    after: int
    before_kind: str
    after_kind: str
    communities: int
    minutes: int
    reasons: tuple[Reason, ...]


def list_changes(city: City, plan: Plan, today: Evaluation, found: Evaluation) -> list[Change]:
    """Return every leg that changes hands with its reasons, most work first.

    Where today's holder differs between communities of one item, each holder has a row.

    Parameters
    ----------
    city
        the city.
    plan
        what its result proposes (``result.plan``).
    today, found
        what was measured of today and of the plan (``result.today``, ``result.evaluation``).
    """
    authority = Authority(city)
    before, after = city.current.holder, found.use.held.holder
    moved = city.exists & (before != after)
    first, last = city.places.first, city.places.last
    duties = _duties(city)
    changes = []
    for t, p in zip(plan.task.tolist(), plan.place.tolist(), strict=True):
        cells = slice(first[p], last[p])
        for leg in range(len(LEGS)):
            here = moved[leg, t, cells]
            if not here.any():
                continue
            old, new = before[leg, t, cells][here], after[leg, t, cells][here]
            for b, a in sorted({*zip(old.tolist(), new.tolist(), strict=True)}):
                at = np.flatnonzero(here)[(old == b) & (new == a)] + first[p]
                old_kind, new_kind = (HOLDERS[k] for k in holder_kinds(city, np.array([b, a])))
                minutes = int(city.minutes[leg, t, at].sum())
                refused: tuple[Refusal, ...] = ()
                if b != HOLD_NOBODY:
                    refused = authority.leg_refusals(leg, t, at, b)
                reasons = _reasons(
                    city, today, found, (leg, t, at), b, a, refused, duties[leg][t]
                )
                changes.append(Change(
                    t, p, leg, b, a, old_kind, new_kind, len(at), minutes, reasons
                ))  # fmt: skip
    return sorted(changes, key=lambda change: -change.minutes)


def _duties(city: City) -> list[list[tuple[int, int]]]:
    """Return visits and forms a year that follow each leg of each task."""
    found = [[(0, 0)] * len(city.tasks.id) for _ in LEGS]
    for side, duties in enumerate((city.inspections, city.forms)):
        rows = (duties.leg.tolist(), duties.task.tolist(), duties.times.tolist())
        for leg, task, times in zip(*rows, strict=True):
            visits, forms = found[leg][task]
            found[leg][task] = (visits + times, forms) if side == 0 else (visits, forms + times)
    return found


def _reasons(
    city: City, today: Evaluation, plan: Evaluation, cells: tuple[int, int, Any], before: int,
    after: int, refusals: tuple[Refusal, ...], duties: tuple[int, int],
) -> tuple[Reason, ...]:  # fmt: skip
    leg, task, at = cells
    found: list[Reason] = []
    if before == HOLD_NOBODY:
        found.append(Reason("nobody"))
    elif refusals:
        found.append(Reason("unlawful", (("rule", refusals[0].rule),
                                         ("ground", refusals[0].citations))))  # fmt: skip
    if before == HOLD_COMMUNITY:
        minutes = int(today.use.held.effort[cells].sum())
        visits, forms = (n * len(at) for n in duties)
        found.append(Reason("relief", (("minutes", minutes), ("visits", visits),
                                       ("forms", forms))))  # fmt: skip
    if after == HOLD_COMMUNITY:
        own = bool((city.admission_status[leg, task, at] == STATUTORY).all())
        found.append(Reason("statutory" if own else "admitted"))
    if after == HOLD_CANCELLED:
        found.append(Reason("cancelled"))
    # that a community may hold it says not why it should
    if all(reason.code in ("statutory", "admitted") for reason in found):
        gains: list[Reason] = []
        saved = _yuan(city, today.use.held, cells) - _yuan(city, plan.use.held, cells)
        over = _overload(city, today, before)
        if over > 0:
            gains.append(Reason("overloaded", (("minutes", over),)))
        if saved > 0:
            gains.append(Reason("cheaper", (("yuan", saved),)))
        found += gains or [Reason("makes_room")]
    return tuple(found)


def _yuan(city: City, held: Held, cells: tuple[int, int, Any]) -> int:
    """Return what the leg's own work costs in an allocation, yuan a year."""
    by_unit = np.append(city.units.yuan_per_hour, 0)[held.unit[cells]]
    by_contract = np.append(city.contracts.yuan_per_hour, 0)[held.contract[cells]]
    rate = np.where(held.contract[cells] == NONE, by_unit, by_contract)
    return int(half_up(held.effort[cells] * rate, 60).sum())


def _overload(city: City, today: Evaluation, holder: int) -> int:
    """Return by how many minutes a unit's pool is above its capacity today; 0 for the others."""
    if not 0 <= holder < len(city.units.id):
        return 0
    pool = city.units.pool[holder]
    return int(max(0, today.load[pool] - today.capacity[pool]))


# -- in words ----------------------------------------------------------------------------------


def write_reason(reasons: tuple[Reason, ...], lang: str) -> str:
    """Return reasons in one line."""
    return say("why.and", lang).join(_write(reason, lang) for reason in reasons)


def _write(reason: Reason, lang: str) -> str:
    facts = dict(reason.facts)
    if "rule" in facts:
        facts["rule"] = name("refusal", facts["rule"], lang)
        ground = write_ground(facts["ground"], lang)
        facts["ground"] = say("why.ground", lang, ground=ground) if ground else ""
    if "minutes" in facts:
        facts["hours"] = f"{_hours(facts.pop('minutes')):,.1f}".removesuffix(".0")
    words = say(f"why.{reason.code}", lang, **{k: _number(v) for k, v in facts.items()})
    duties = [
        say(f"why.{key}", lang, count=_number(facts[key]))
        for key in ("visits", "forms") if facts.get(key)
    ]  # fmt: skip
    return words + (say("why.duties", lang, duties=say("why.also", lang).join(duties))
                    if duties else "")  # fmt: skip


def _hours(minutes: int) -> float:
    """Return hours as the column and the reasons both have them: rounded once, in one way."""
    return (minutes + 3) // 6 / 10


def _number(value: Any) -> Any:
    return f"{value:,d}" if isinstance(value, int) else value


def tabulate_changes(city: City, changes: list[Change], lang: str) -> dict[str, list[Any]]:
    """Return changes as columns for people, one row each.

    Parameters
    ----------
    city
        the city.
    changes
        what :func:`list_changes` found.
    lang
        zh or en.

    Returns
    -------
    dict
        Columns by their keys, those of ``column.…`` in the words: ids and names, ``hours``
        (base hours a year) and ``reason``, in words of the language.
    """
    tasks = city.tasks
    rows: dict[str, list[Any]] = {key: [] for key in (
        "task", "name", "category", "lead", "district", "street", "place", "leg", "before", "after",
        "before_kind", "after_kind", "communities", "hours", "reason",
    )}  # fmt: skip
    for change in changes:
        t, p = change.task, change.place
        district, street = name_above(city, p)
        for key, value in (
            ("task", tasks.id[t]),
            ("name", write_task(city, t, lang)),
            ("category", write_category(city, t, lang)),
            ("lead", city.functions[tasks.lead[t]]),
            ("district", district),
            ("street", street),
            ("place", name_place(city, p)),
            ("leg", say(f"leg.{LEGS[change.leg]}", lang)),
            ("before", write_holder(city, change.before, lang)),
            ("after", write_holder(city, change.after, lang)),
            ("before_kind", say(f"holder.{change.before_kind}", lang)),
            ("after_kind", say(f"holder.{change.after_kind}", lang)),
            ("communities", change.communities),
            ("hours", _hours(change.minutes)),
            ("reason", write_reason(change.reasons, lang)),
        ):
            rows[key].append(value)
    return rows
