"""A city changed in Python is checked by name, type and range: nothing is guessed or ignored."""

from __future__ import annotations

import csv
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
from small import small_city

from realloc.errors import InputError
from realloc.instance import City
from realloc.schema import SCHEMA, SETTINGS
from realloc.tables import check, write

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


def test_numbers_of_numpy_are_numbers():
    """Whoever works a column out with numpy has it taken, and the city is that of plain numbers."""
    tasks, units = (dict(CITY.tables[name]) for name in ("tasks", "units"))
    tasks["minutes"] = [*(np.array(tasks["minutes"]) + 60)]
    tasks["months"] = [tuple(np.array(months)) for months in tasks["months"]]
    units["staff"] = [np.int32(staff) for staff in units["staff"]]
    settings = {"relay": np.int64(11), "elasticity": np.uint16(700)}
    city = CITY.replace(settings=settings, tables={"tasks": tasks, "units": units})
    more = [minutes + 60 for minutes in CITY.tables["tasks"]["minutes"]]
    same = CITY.replace(settings={"relay": 11, "elasticity": 700},
                        tables={"tasks": {**CITY.tables["tasks"], "minutes": more}})  # fmt: skip
    assert city.digest() == same.digest()
    assert City.of(city.settings, {**city.tables, "tasks": tasks}).digest() == same.digest()


@pytest.mark.parametrize("value", [np.bool_(True), np.float64(1), 1.0, True])
def test_what_is_no_whole_number_is_refused(value: Any):
    """Truth values and numbers with a point are none, whoever made them."""
    name = "policy.nobody_worse"
    assert _refused(settings={name: value}) == [("E-NUM", "", name)]
    tasks = dict(CITY.tables["tasks"])
    tasks["outsourceable"] = [value, *tasks["outsourceable"][1:]]
    assert _refused(tables={"tasks": tasks}) == [("E-NUM", "tasks", "outsourceable")]


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
    """What a blank cell becomes is a value of its column or setting; None and blanks stand for it.

    A cell that has to be filled in keeps what the city has.
    """
    settings = {key: s.default for key, s in SETTINGS.items() if not s.required}
    settings |= {key: CITY.settings[key] for key, s in SETTINGS.items() if s.required}
    digests = set()
    for blank in ("default", "none", "blank", "left out"):
        tables: dict[str, dict[str, list[Any]]] = {}
        for name in ("places", "units", "tasks", "workload"):
            rows = {c: list(values) for c, values in CITY.tables[name].items()}
            for column in SCHEMA[name].columns:
                if column.required or column.name in ("parent", "function", "duration", "months"):
                    continue
                value = {"none": None, "blank": " "}.get(blank, column.default)
                if blank == "blank" and not isinstance(column.default, str):
                    value = None
                rows[column.name] = [value] * len(rows[column.name])
                if blank == "left out":
                    del rows[column.name]
            tables[name] = rows
        given = settings if blank == "default" else dict.fromkeys(settings, None)
        given |= {key: settings[key] for key, s in SETTINGS.items() if s.required}
        digests.add(City.of(given, tables).digest())
    assert len(digests) == 1


def test_tables_and_columns_that_a_city_needs_are_asked_for():
    """A table or column that a file must have is one that Python must give."""
    with pytest.raises(InputError) as caught:
        City.of({}, {})
    assert [(p.code, p.sheet or p.column) for p in caught.value.problems] == [
        ("E-REQUIRED", "name"), ("E-REQUIRED", "date"), ("E-SHEET-MISSING", "places"),
        ("E-SHEET-MISSING", "units"), ("E-SHEET-MISSING", "tasks"),
    ]  # fmt: skip
    assert _refused(tables={"tasks": {}}) == [("E-TABLE-EMPTY", "tasks", "")]
    with pytest.raises(InputError) as caught:
        CITY.replace(tables={"units": {"staff": [1]}})
    missing = [(p.code, p.sheet, p.expected) for p in caught.value.problems]
    assert missing == [("E-HEADER-MISSING", "units", c) for c in ("id", "name", "kind", "place")]
    assert not CITY.replace(tables={"pins": {}}).tables["pins"]["task"]


@pytest.mark.parametrize(
    ("value", "code"),
    [((), "E-REQUIRED"), (("change", "change"), "E-TUPLE-DUP"), (("changes",), "E-ENUM"),
     ((1,), "E-TUPLE"), (("change", ""), "E-REQUIRED")],
)  # fmt: skip
def test_an_order_names_criteria_once_each(value: tuple[Any, ...], code: str):
    """An order of criteria is not empty and has no word twice, and none that is no criterion."""
    assert _refused(settings={"policy.order": value}) == [(code, "", "policy.order")]


#: Table, row, column, value in Python, the same in a file, and the code by which it is refused.
WRONG: list[tuple[str, int, str, Any, str, str]] = [
    ("places", 1, "code", None, "", "E-REQUIRED"),
    ("places", 1, "code", "P11", "P11", "E-ID-DUP"),
    ("places", 2, "parent", "", "", "E-HIER-ROOTS"),
    ("places", 2, "parent", "P111", "P111", "E-HIER-CYCLE"),
    ("places", 3, "parent", "P9", "P9", "E-REF-UNKNOWN"),
    ("places", 3, "tier", "district", "district", "E-HIER-TIER"),
    ("units", 0, "id", "a;b", "a;b", "E-ID-CHAR"),
    ("units", 0, "id", "street", "street", "E-ID-RESERVED"),
    ("units", 0, "kind", None, "", "E-REQUIRED"),
    ("units", 0, "place", "", "", "E-REQUIRED"),
    ("units", 0, "name", "a\x00", "a\x01", "E-TEXT-CHAR"),
    ("units", 0, "name", "#N/A", "#N/A", "E-NUM-EXCELERR"),
    ("tasks", 0, "id", "T2", "t2", "E-ID-DUP"),
    ("tasks", 0, "lead", "X", "X", "E-REF-UNKNOWN"),
    ("tasks", 0, "lead", "", "", "E-REQUIRED"),
    ("tasks", 0, "minutes", None, "", "E-REQUIRED"),
    ("tasks", 1, "months", None, "", "E-REQUIRED"),
    ("tasks", 1, "months", (3, 13), "03-15", "E-MONTHS"),
    ("forms", 0, "scheme", "S2J", "S2J", "E-SCHEME-KIND"),
    ("forms", 0, "task", "", "", "E-REQUIRED"),
    ("forms", 0, "valid_until", "2026-02-30", "2026-02-30", "E-DATE"),
    ("contracts", 0, "buyer", "C1", "C1", "E-UNIT-KIND"),
    ("contracts", 0, "contractor", "D1", "D1", "E-UNIT-KIND"),
    ("contracts", 0, "places", (), "", "E-REQUIRED"),
    ("contracts", 0, "places", ("P9",), "P9", "E-REF-UNKNOWN"),
    ("contracts", 0, "id", "V1", "V1", "E-ID-AMBIGUOUS"),
    ("budgets", 0, "yuan", None, "", "E-REQUIRED"),
    ("workload", 0, "minutes", None, "", "E-REQUIRED"),
    ("delegations", 0, "task", "", "", "E-EXACTLY-ONE"),
    ("current", 0, "task", "", "", "E-REQUIRED"),
    ("current", 0, "handler", "X", "X", "E-REF-UNKNOWN"),
    ("admission", 0, "task", "", "", "E-REQUIRED"),
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the good city."""
    folder = tmp_path_factory.mktemp("city")
    write(CITY, folder, format="csv", lang="en")
    return folder


@pytest.mark.parametrize(("table", "row", "column", "value", "text", "code"), WRONG)
def test_files_and_python_refuse_alike(
    table: str, row: int, column: str, value: Any, text: str, code: str, written: Path,
    tmp_path: Path,
):  # fmt: skip
    """A wrong cell is refused by the same codes, at the same rows, wherever it comes from."""
    copytree(written, tmp_path, dirs_exist_ok=True)
    path = tmp_path / f"{table}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row][column] = text
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    told = {(p.code, p.row) for p in check(tmp_path)[1].errors}
    columns = {name: list(values) for name, values in CITY.tables[table].items()}
    columns[column][row] = value
    with pytest.raises(InputError) as caught:
        CITY.replace(tables={table: columns})
    found = {(p.code, p.row) for p in caught.value.problems.errors}
    # what is wrong with a cell alone is told before what is wrong between cells
    assert found <= told
    assert code in {c for c, _ in found}


def test_what_files_write_rightly_python_does_too():
    """A reference in other letters is written as its table spells it, as in a file."""
    columns = {name: list(values) for name, values in CITY.tables["current"].items()}
    columns["task"][0] = columns["task"][0].lower()
    assert CITY.replace(tables={"current": columns}).digest() == CITY.digest()
    tasks = {name: list(values) for name, values in CITY.tables["tasks"].items()}
    tasks["months"][0] = (3, 2)  # of a long-term task: has no effect
    assert CITY.replace(tables={"tasks": tasks}).digest() == CITY.digest()


def test_a_table_is_checked_with_those_that_refer_to_it():
    """Whoever takes a unit away is told of all that names it; nothing else need be given."""
    units = {name: list(values) for name, values in CITY.tables["units"].items()}
    units["id"][units["id"].index("D1")] = "D9"
    with pytest.raises(InputError) as caught:
        CITY.replace(tables={"units": units})
    assert {p.sheet for p in caught.value.problems.errors} == {"contracts", "budgets"}


def test_weights_that_leave_the_exact_numbers_are_refused():
    """A weight too large for an exact objective is refused as in a file."""
    heavy = {"reference_population": 1, "weights.pushed_up.department": 10**9}
    assert _refused(settings=heavy)[0][0] == "E-WEIGHTS"
