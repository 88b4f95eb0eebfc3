"""What a proved "no" rests on: items that nobody may hold, limits that cannot be kept, and numbers.

A limit cannot be kept where what every plan uses of it, each item by its least choice, is more than
it allows, or the most that any plan gives is less than it asks for; a family of limits, where that
holds of their sum. Where several limits together leave an item no choice, the item is named with
families none of which can be left out of that count. Where the contradiction is of another kind the
families of limits that the proof rests on are named, without numbers.

References
----------
Chinneck, J. W. and Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets in linear
programs. ORSA Journal on Computing 3, 157-168.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from realloc.authority import Candidates
from realloc.formulation import Formulation
from realloc.instance import City
from realloc.program import UNLIMITED, Flags, Program
from realloc.proof import Proof, leaves
from realloc.reduction import count_open, limits, possible, use_range
from realloc.sparse import Ints

#: Families whose limits can be added up: minutes of a year or month, and yuan.
ADDED = ("C6", "C9", "C10", "C13")


@dataclass(frozen=True)
class Shortage:
    """Limits of a family that no plan keeps.

    Attributes
    ----------
    family
        the rule: ``C9`` …
    limits
        how many limits of it are added up.
    units, places
        ids of the units that have too little each by itself, and of the communities (C12) that ask
        for too much; none where limits are added up.
    needed, allowed
        what every plan uses of them at least, and what they allow together, in minutes (C6: yuan);
        of C12, what they ask for, and the most that a plan can give.
    """

    family: str
    limits: int
    units: tuple[str, ...]
    places: tuple[str, ...]
    needed: int
    allowed: int


@dataclass(frozen=True)
class Stuck:
    """An item for which nothing is left.

    No arrangement is lawful, or limits that all others use leave no room for any.

    Attributes
    ----------
    task, place
        the item.
    pins
        holders that pins (C14) name for it, with the rule: ``keep`` or ``forbid``.
    """

    task: str
    place: str
    pins: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"task": self.task, "place": self.place, "pins": [list(pin) for pin in self.pins]}


@dataclass(frozen=True)
class Conflict:
    """Why there is no plan.

    Attributes
    ----------
    items
        items for which nothing is left.
    shortages
        limits that cannot be kept.
    families
        families of limits by which there is no plan: those of the shortages; else, where counting
        shows it, a set of which none can be left out; else all that the proof rests on.
    """

    items: tuple[Stuck, ...]
    shortages: tuple[Shortage, ...]
    families: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "items": [i.to_json() for i in self.items],
            "shortages": [
                {**asdict(s), "units": list(s.units), "places": list(s.places)}
                for s in self.shortages
            ],
            "families": list(self.families),
        }


def find_conflict(form: Formulation, proof: Proof) -> Conflict:
    """Return what a proof that a city has no plan rests on."""
    program = form.program
    without = program.empty_items()
    if len(without):
        return Conflict(_stuck(form.city, form.candidates, without), (), ())
    shortages = _shortages(form)
    if shortages:
        return Conflict((), shortages, tuple(s.family for s in shortages))
    emptied = _emptied(program)
    if len(emptied):
        emptied, fewest = _fewest(program, emptied)
        return Conflict(_stuck(form.city, form.candidates, emptied), (), fewest)
    rows = np.unique(np.concatenate([leaf.row for leaf in leaves(proof)]))
    weighed = rows[(rows >= program.items) & (rows < program.items + program.resources)]
    families = {program.family[r] for r in (weighed - program.items).tolist()}
    open_ = possible(program)  # the proof has rows of what is left
    families |= {f for f in _families(program) if (possible(_free(program, f)) != open_).any()}
    return Conflict((), (), tuple(sorted(families)))


def find_stuck(city: City, candidates: Candidates) -> tuple[Stuck, ...]:
    """Return the items without any lawful arrangement: solving proves a no where there is one."""
    return _stuck(city, candidates, np.flatnonzero(np.diff(candidates.item) == 0))


def _stuck(city: City, candidates: Candidates, items: Ints) -> tuple[Stuck, ...]:
    return tuple(_with_pins(city, candidates, i) for i in items.tolist())


def _emptied(program: Program) -> Ints:
    """Return the items for which counting leaves no choice, as far as it went."""
    return np.flatnonzero(count_open(program.item, possible(program)) == 0)


def _families(program: Program) -> tuple[str, ...]:
    """Return the families that limit anything, sorted."""
    most, least = limits(program)
    hard = np.flatnonzero((most < UNLIMITED) | (least > -UNLIMITED))
    return tuple(sorted({program.family[r] for r in hard.tolist()}))


def _fewest(program: Program, emptied: Ints) -> tuple[Ints, tuple[str, ...]]:
    """Return items without a choice by as few families of limits as will do, and these.

    One after the other is left out where the rest will do: months before years, else by number.
    """
    for name in sorted(_families(program), key=lambda name: (name != "C10", int(name[1:]))):
        less = _free(program, name)
        left = _emptied(less)
        if len(left):
            program, emptied = less, left
    return emptied, _families(program)


def _free(program: Program, family: str) -> Program:
    """Return a program without the limits of a family."""
    free = np.array(program.family) == family
    return replace(
        program, lower=np.where(free, -UNLIMITED, program.lower),
        upper=np.where(free, UNLIMITED, program.upper),
        under_most=np.where(free, 0, program.under_most),
        over_most=np.where(free, 0, program.over_most),
    )  # fmt: skip


def _with_pins(city: City, candidates: Candidates, item: int) -> Stuck:
    """Return an item with the pins that hold where it is."""
    rows, places = city.tables["pins"], city.places
    task, place = int(candidates.task[item]), int(candidates.place[item])
    pins: list[tuple[str, str]] = []
    for i, word in enumerate(rows["task"]):
        at = city.place_of[rows["place"][i]] if rows["place"][i] else 0
        apart = places.last[at] <= places.first[place] or places.last[place] <= places.first[at]
        if city.task_of[word] == task and not apart:
            pins.append((rows["holder"][i], rows["rule"][i]))
    return Stuck(city.tasks.id[task], city.places.code[place], tuple(pins))


def _units(city: City, program: Program, short: Flags) -> tuple[str, ...]:
    """Return the units whose limits are short: a pool's all, a payer itself."""
    units = city.units
    found: set[int] = set()
    for r in np.flatnonzero(short).tolist():
        family, subject = program.family[r], int(program.subject[r])
        if family == "C6":
            found.add(subject)
        else:
            pool = subject // 12 if family == "C10" else subject
            found.update(np.flatnonzero(units.pool == pool).tolist())
    return tuple(units.id[u] for u in sorted(found))


def _shortages(form: Formulation) -> tuple[Shortage, ...]:
    p = form.program
    allowed, asked = limits(p)
    hard = allowed < UNLIMITED
    least, greatest = use_range(p)
    family = np.array(p.family)
    found: list[Shortage] = []
    for name in ADDED:
        mine = hard & (family == name)
        alone = mine & (least > allowed)
        if alone.any():
            these, needed, units = alone, int(least[alone].sum()), _units(form.city, p, alone)
        elif mine.any():
            these, needed, units = mine, _least_together(p, mine), ()
        else:
            continue
        most, spent = (int(values[these].sum()) for values in (allowed, form.spent))
        if needed > most:
            # the limit is told whole, as the city has it, and what is spent of it is needed
            found.append(Shortage(name, int(these.sum()), units, (), needed + spent, most + spent))
    too_high = (family == "C12") & (asked > greatest)
    if too_high.any():
        subject = p.subject[too_high]
        places = tuple(form.city.places.code[c] for c in form.city.communities[subject].tolist())
        asks, can = (int(values[too_high].sum()) for values in (asked, greatest))
        found.append(Shortage("C12", len(places), (), places, asks, can))
    return tuple(found)


def _least_together(p: Program, mine: Flags) -> int:
    """Return the least use of some resources together."""
    total: Ints = np.zeros(p.choices, np.int64)
    inside = mine[p.use.index]
    np.add.at(total, p.use.row_of()[inside], p.use.value[inside])
    needed = int(np.minimum.reduceat(total, p.item[:-1]).sum()) if p.choices else 0
    for use in (p.switch_use, p.level_use):
        needed += int(np.minimum(0, use.value[mine[use.index]]).sum())
    return needed
