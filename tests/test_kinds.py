"""A city changed in Python is checked by name, type and range: nothing is guessed or ignored."""

from __future__ import annotations

from typing import Any

import pytest
from small import small_city

from realloc.errors import InputError
from realloc.instance import City
from realloc.schema import SCHEMA, SETTINGS

CITY = small_city()


def _refused(**change: Any) -> list[tuple[str, str, str]]:
    """Return code, table and column of every problem of a change."""
    with pytest.raises(InputError) as caught:
        CITY.replace(**change)
    return [(p.code, p.sheet, p.column) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"policy.nobody_wose": 1}, "E-SETTING-UNKNOWN"),
        ({"policy.nobody_worse": "yes"}, "E-NUM"),
        ({"policy.nobody_worse": True}, "E-NUM"),
        ({"policy.nobody_worse": 2}, "E-NUM-RANGE"),
        ({"policy.scope": "town"}, "E-ENUM"),
        ({"policy.order": ["inspections"]}, "E-TUPLE"),
        ({"date": 2026}, "E-TEXT"),
        ({"effort.community": -1}, "E-NUM-RANGE"),
        ({"effort.community": 1.5}, "E-NUM"),
    ],
)
def test_a_setting_that_is_not_one_is_refused(settings: dict[str, Any], code: str):
    """The name is known, the value of the setting's kind and within its range, or it is named."""
    ((found, sheet, column),) = _refused(settings=settings)
    assert (found, sheet, column) == (code, "", *settings)


def test_the_nearest_name_is_told():
    """Whoever mistypes a name is told the one that there is."""
    with pytest.raises(InputError) as caught:
        CITY.replace(settings={"policy.nobody_wose": 1})
    assert caught.value.problems[0].hint == "policy.nobody_worse"


def test_tables_and_columns_that_are_not_there_are_refused():
    """A table or column of another name is no change of the city."""
    tasks = dict(CITY.tables["tasks"])
    assert _refused(tables={"foo": {}}) == [("E-SHEET-UNKNOWN", "foo", "")]
    wrong = {**tasks, "minute": tasks["minutes"]}
    assert _refused(tables={"tasks": wrong}) == [("E-HEADER-UNKNOWN", "tasks", "minute")]
    short = {**tasks, "minutes": tasks["minutes"][:-1]}
    assert _refused(tables={"tasks": short}) == [("E-TABLE-SIZES", "tasks", "minutes")]


def test_every_wrong_value_is_named_by_its_row():
    """All problems at once, each with table, column and row as in a file."""
    tasks = {name: list(values) for name, values in CITY.tables["tasks"].items()}
    tasks["minutes"][0], tasks["minutes"][1], tasks["lead"][0] = 1.5, -1, 7
    with pytest.raises(InputError) as caught:
        CITY.replace(tables={"tasks": tasks})
    found = {(p.code, p.column, p.row) for p in caught.value.problems}
    assert found == {("E-NUM", "minutes", 2), ("E-NUM-RANGE", "minutes", 3), ("E-TEXT", "lead", 2)}


def test_defaults_and_blanks_are_right():
    """What a blank cell becomes is a value of its column or setting; None stands for it."""
    settings = {key: setting.default for key, setting in SETTINGS.items()}
    blank = {name: {c.name: [c.default] for c in table.columns} for name, table in SCHEMA.items()}
    none = {name: {c.name: [None] for c in table.columns} for name, table in SCHEMA.items()}
    assert City.of(settings, blank).digest() == City.of({}, none).digest()
