"""What a proved "no" rests on: items that nobody may hold, limits that cannot be kept, and numbers.

A limit cannot be kept where what every plan uses of it, each item by its least choice, is more than
it allows; a family of limits, where that holds of their sum. Where the contradiction is of another
kind the families of limits that the proof weighs are named, without numbers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from realloc.formulation import Formulation
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
    needed, allowed
        what every plan uses of them at least, and what they allow together, in minutes (C6: yuan).
    """

    family: str
    limits: int
    needed: int
    allowed: int


@dataclass(frozen=True)
class Conflict:
    """Why there is no plan.

    Attributes
    ----------
    items
        (task, place) of items for which nothing is left: no arrangement is lawful, or limits that
        all others use leave no room for any.
    shortages
        limits that cannot be kept.
    families
        families of limits that the proof weighs.
    """

    items: tuple[tuple[str, str], ...]
    shortages: tuple[Shortage, ...]
    families: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "items": [{"task": task, "place": place} for task, place in self.items],
            "shortages": [asdict(shortage) for shortage in self.shortages],
            "families": list(self.families),
        }


def find_conflict(form: Formulation, proof: Proof) -> Conflict:
    """Return what a proof that a city has no plan rests on."""
    program, city, cells = form.program, form.city, form.candidates
    rows = np.unique(np.concatenate([leaf.row for leaf in leaves(proof)]))
    weighed = rows[(rows >= program.items) & (rows < program.items + program.resources)]
    families = sorted({program.family[r] for r in (weighed - program.items).tolist()})
    items = tuple(
        (city.tasks.id[cells.task[i]], city.places.code[cells.place[i]])
        for i in np.flatnonzero(count_open(program.item, possible(program)) == 0).tolist()
    )
    return Conflict(items, _shortages(program), tuple(families))


def _shortages(program: Program) -> tuple[Shortage, ...]:
    p = program
    if len(p.empty_items()):
        return ()
    allowed, _ = limits(p)
    hard = allowed < UNLIMITED
    least, _ = use_range(p)
    family = np.array(p.family)
    found: list[Shortage] = []
    for name in ADDED:
        mine = hard & (family == name)
        alone = mine & (least > allowed)
        if alone.any():
            needed = int(least[alone].sum())
            found.append(Shortage(name, int(alone.sum()), needed, int(allowed[alone].sum())))
        elif mine.any():
            needed, most = _least_together(p, mine), int(allowed[mine].sum())
            if needed > most:
                found.append(Shortage(name, int(mine.sum()), needed, most))
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
