"""Whatever is changed in a city, it is refused in words or both statements of the model agree."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from cities import random_city
from test_agreement import disagreements

from realloc.errors import InputError
from realloc.instance import City
from realloc.schema import SCHEMA, SETTINGS, Column

CITIES, CHUNKS = 320, 4
#: Plans of a city up to which all of them are compared, and how many else.
MOST, SAMPLE = 60, 30

#: Numbers that cells are set to: the least, small ones, and what no column takes.
_NUMBERS = (0, 1, 7, 50, 333, 999, 1000, -1, 10**15, 1.5, "7")


def _value(draw: random.Random, city: City, column: Column, old: Any) -> Any:
    """Draw a value for a cell: of its kind mostly, right or wrong, or none."""
    if draw.random() < 0.15:
        return draw.choice((None, "", (), "?", 3))
    tables = city.tables
    codes, units = list(tables["places"]["code"]), list(tables["units"]["id"])
    match column.kind:
        case "flag":
            return draw.choice((0, 1, 0, 1, 2, True))
        case "int" | "minutes" | "yuan" | "share":
            return draw.choice(_NUMBERS)
        case "months":
            return draw.choice(((draw.randrange(12), draw.randrange(1, 13)), (12, 1), (3,)))
        case "enum":
            return draw.choice(column.words)
        case "date":
            return draw.choice(("", "2026-06-30", "2026-07-02", "2026-02-30", "soon"))
        case "refs":
            return tuple(draw.choices([*codes, "?"], k=draw.choice((0, 1, 2))))
        case "holder":
            return draw.choice([*city.holder_codes, "?"])
        case "function":
            return draw.choice([*tables["units"]["function"], "nobody"])
        case "id" | "ref":
            own = tables[column.target] if column.target else {}
            ids = list(next(iter(own.values()))) if own else [*codes, *units]
            return draw.choice([*ids, old, "?"])
    return old


def mutate(draw: random.Random, city: City) -> City:
    """Return the city with one cell changed, a row twice or without a row, or a setting changed."""
    if draw.random() < 0.1:
        key = draw.choice([k for k in SETTINGS if k not in ("name", "date")])
        return city.replace(settings={key: _value(draw, city, SETTINGS[key], city.settings[key])})
    name = draw.choice([t for t in SCHEMA if next(iter(city.tables[t].values()))])
    rows = {c: list(values) for c, values in city.tables[name].items()}
    size = len(next(iter(rows.values())))
    i, what = draw.randrange(size), draw.random()
    if what < 0.05:
        return city.replace(tables={name: {c: [*v, v[i]] for c, v in rows.items()}})
    if what < 0.15:
        return city.replace(tables={name: {c: v[:i] + v[i + 1 :] for c, v in rows.items()}})
    column = draw.choice([c for c in SCHEMA[name].columns if c.kind not in ("text", "words")])
    rows[column.name][i] = _value(draw, city, column, rows[column.name][i])
    return city.replace(tables={name: rows})


def mutated(seed: int, refused: Counter[str]) -> City:
    """Return a random city with up to five changes that were not refused; count those and why."""
    draw = random.Random(f"fuzz {seed}")
    city = random_city(seed, draw.choice((2, 3)))
    for _ in range(draw.choice((1, 2, 3, 5))):
        try:
            city = mutate(draw, city)
            refused["accepted"] += 1
        except InputError as error:
            refused.update({p.code for p in error.problems.errors})
            assert all(p.sheet or p.column for p in error.problems.errors)
    return city


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_changed_city_is_refused_or_understood(chunk: int):
    """Every change ends in an InputError that says where, or in a city that both sides read alike.

    Nothing else is raised, neither by the change nor by what is done with the city.
    """
    for seed in range(3_000_000 + chunk, 3_000_000 + CITIES, CHUNKS):
        found, _ = disagreements(mutated(seed, Counter()), MOST, SAMPLE)
        assert not found, (seed, found[:5])


def test_the_changes_are_of_all_sorts():
    """Changes are refused for many reasons, and many are not."""
    refused: Counter[str] = Counter()
    for seed in range(3_000_000, 3_000_000 + CITIES):
        mutated(seed, refused)
    assert refused["accepted"] > CITIES
    assert refused.keys() >= {
        "E-REQUIRED", "E-REF-UNKNOWN", "E-ID-DUP", "E-KEY-DUP", "E-UNIT-KIND", "E-UNIT-PLACE",
        "E-HIER-TIER", "E-HIER-ROOTS", "E-NUM", "E-NUM-RANGE", "E-DATE", "E-MONTHS", "E-ENUM",
        "E-EXACTLY-ONE", "E-SCHEME-KIND",
    }  # fmt: skip
