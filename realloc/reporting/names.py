"""Names of tasks, places and holders, and grounds, as people read them; ids as tables take them."""

from __future__ import annotations

from collections.abc import Iterable

from realloc import law
from realloc.instance import (
    DISTRICT,
    HOLD_CANCELLED,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    HOLD_STREET,
    NONE,
    STREET,
    City,
)
from realloc.messages.words import say
from realloc.rules.words import words


def name_place(city: City, place: int) -> str:
    """Return the name of a place, its code where it has none; blank for NONE."""
    return "" if place == NONE else city.places.name[place] or city.places.code[place]


def name_above(city: City, place: int) -> tuple[str, str]:
    """Return the names of the district and the street that a place is or is in; blank if none."""
    found = {DISTRICT: "", STREET: ""}
    while place != NONE:  # not by its communities: it may have none
        found[int(city.places.tier[place])] = name_place(city, place)
        place = int(city.places.parent[place])
    return found[DISTRICT], found[STREET]


def name_units(city: City, units: Iterable[int]) -> str:
    """Return the names of some units in one line, as of those that share a staff pool."""
    return "、".join(city.units.name[u] or city.units.id[u] for u in units)


def write_holder(city: City, holder: int, lang: str) -> str:
    """Return the name of a holder as people read it."""
    if holder < 0:
        kinds = {HOLD_STREET: "street_office", HOLD_COMMUNITY: "community",
                 HOLD_CANCELLED: "cancelled", HOLD_NOBODY: "nobody"}  # fmt: skip
        return say(f"holder.{kinds[holder]}", lang)
    if holder < len(city.units.id):
        return city.units.name[holder] or city.units.id[holder]
    k = holder - len(city.units.id)
    return city.contracts.name[k] or city.contracts.id[k]


def write_holder_id(city: City, holder: int, lang: str) -> str:
    """Return the id of a holder as tables of today and of pins take it in a language."""
    word = city.holder_word(holder)
    return words()["holders"].get(word, word) if lang == "zh" else word


def write_task(city: City, task: int, lang: str) -> str:
    """Return the name of a task in a language, as far as there is one."""
    tasks = city.tasks
    return (tasks.name_en[task] if lang == "en" else "") or tasks.name[task] or tasks.id[task]


def write_category(city: City, task: int, lang: str) -> str:
    """Return the name of a task's category in a language, as far as there is one."""
    tasks = city.tasks
    return (tasks.category_en[task] if lang == "en" else "") or tasks.category[task]


def write_ground(citations: tuple[law.Citation, ...], lang: str) -> str:
    """Return a legal ground as people read it: where a text is superseded it says since when."""
    return "".join(
        say("why.superseded", lang, citation=piece.text, since=piece.superseded)
        if piece.superseded else piece.text
        for piece in citations
    )  # fmt: skip
