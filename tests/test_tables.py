"""Cities read from files: hours, settings, rules between cells, and how errors are told."""

from __future__ import annotations

import datetime
import json
import pickle
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import badfiles as bad
import openpyxl
import polars
import pytest
from badfiles import address
from cities import random_city, random_plan
from small import small_city

from realloc import law, messages
from realloc.errors import InputError
from realloc.evaluation import Evaluator, evaluate
from realloc.instance import City
from realloc.rules.bounds import plausible_bounds, too_large
from realloc.rules.rows import Plain
from realloc.schema import SCHEMA, leaves
from realloc.tables import check, read, write
from realloc.tables.headers import known_headers
from realloc.tables.workbook import is_date_format

# -- hours -----------------------------------------------------------------------------------------


WITH_MINUTES = [t for t in SCHEMA.values() if any(c.kind == "minutes" for c in t.columns)]


@pytest.mark.parametrize("table", WITH_MINUTES, ids=lambda table: table.name)
def test_every_column_of_minutes_can_be_hours(table: Any) -> None:
    """Each column of minutes has headers for hours in both languages; its own mean minutes."""
    headers = known_headers(table)
    for column in table.columns:
        if column.kind != "minutes":
            continue
        english = [h for h, known in headers.items() if known == (column, True) and h.isascii()]
        chinese = [h for h, known in headers.items() if known == (column, True) and not h.isascii()]
        assert english
        assert chinese
        assert all("hours" in h for h in english)
    for column in table.columns:
        assert headers[column.name] == headers[column.zh] == (column, False)


@pytest.mark.parametrize(("table", "column", "header"), [
    ("workload", "minutes_min", "hours_min"), ("tasks", "minutes", "工时"),
    ("units", "committed", "committed_hours"), ("contracts", "least", "least_hours"),
    ("places", "service_floor", "服务底线小时"), ("schemes", "coordination", "协调工时（小时）"),
    ("limits", "at_most_minutes", "at_most_hours"), ("forms", "minutes", "每次小时"),
])  # fmt: skip
def test_hours_become_minutes(table: str, column: str, header: str, tmp_path: Path) -> None:
    """Cells under a header of hours are hours, times 60 and rounded half up once."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, table, column, header, row=1)
    bad.set_csv(path, table, column, "1.01")
    rows = read(path).tables[table]
    first = bad.rows_of(path, table)[1][0]
    at = rows[SCHEMA[table].columns[0].name].index(first)
    assert rows[column][at] == 61  # 60.6


# -- settings --------------------------------------------------------------------------------------


def settings_of(tmp_path: Path, text: str) -> tuple[City | None, Any]:
    """Read the small city with these settings instead of its own."""
    path = bad.folder(tmp_path)
    (path / "city.toml").write_text(text, encoding="utf-8")
    return check(path)


GOOD = 'name = "小城"\ndate = 2026-06-01\n'


@pytest.mark.parametrize("text", [
    GOOD + "[weights]\nchange = 2\n",
    GOOD + "weights.change = 2\n",
    GOOD + '"weights.change" = 2\nelasticity = 0.8\n',
    '"城市名称" = "小城"\n"基准日期" = "2026-06-01"\n"权重 change" = 2\n',
])  # fmt: skip
def test_settings_may_be_flat_or_nested(text: str, tmp_path: Path) -> None:
    """Dotted keys, sections, quoted keys and Chinese keys mean the same settings."""
    city, problems = settings_of(tmp_path, text)
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


def test_sections_inside_sections(tmp_path: Path) -> None:
    """Weights of the parts of a criterion may be a section of their own."""
    text = GOOD + "[weights.community_load]\nadministrative = 7\n[policy]\nobjective = '逐级'\n"
    city, problems = settings_of(tmp_path, text)
    assert list(problems) == []
    assert city is not None
    assert city.settings["weights.community_load.administrative"] == 7
    assert city.settings["policy.objective"] == "lexicographic"


@pytest.mark.parametrize(("line", "code", "column", "hint"), [
    ("relai = 3", "E-SETTING-UNKNOWN", "relai", "relay"),
    ("relay = -3", "E-NUM-NEG", "relay", ""),
    ("relay = 3.5", "E-NUM-DECIMALS", "relay", ""),
    ("relay = true", "E-NUM-BOOL", "relay", ""),
    ("relay = nan", "E-NUM", "relay", ""),
    ("elasticity = 80", "E-NUM-RANGE", "elasticity", ""),
    ("relay = [1, 2]", "E-NUM", "relay", ""),
    ("[policy]\nobjective = 'best'", "E-ENUM", "policy.objective", ""),
    ("[policy]\norder = ['inspection']", "E-ENUM", "policy.order", "inspections"),
    ("[policy]\norder = ['inspections', '迎检次数']", "E-TUPLE-DUP", "policy.order", ""),
    ("[policy]\norder = ['change', 'change']", "E-TUPLE-DUP", "policy.order", ""),
    ("[policy]\norder = '变动工作;变动工作'", "E-TUPLE-DUP", "policy.order", ""),
    ("[policy]\nnobody_worse = 2", "E-FLAG", "policy.nobody_worse", ""),
    ("reference_population = 0", "E-NUM-RANGE", "reference_population", ""),
    ("reference_population = 1\n[weights.pushed_up]\ndepartment = 1000000000", "E-WEIGHTS",
     "weights.pushed_up.department", ""),
    ("'城市名称' = '乙'", "E-SETTING-DUP", "name", ""),
    (f"relay = {'9' * 4000}", "E-NUM-RANGE", "relay", ""),
])  # fmt: skip
def test_bad_settings_are_named(
    line: str, code: str, column: str, hint: str, tmp_path: Path
) -> None:
    """A wrong setting is an error that names its key and its line."""
    city, problems = settings_of(tmp_path, GOOD + line + "\n")
    assert city is None
    assert [(p.code, p.sheet, p.column) for p in problems] == [(code, "city", column)]
    assert problems[0].hint == hint or not hint
    assert problems[0].row == len((GOOD + line).splitlines())


@pytest.mark.parametrize(("text", "code"), [
    ("name = \n", "E-TOML"), ("a = 1\na = 2\n", "E-TOML"), ("", "E-FILE-EMPTY"),
    ("name = '小城'\n", "E-REQUIRED"),
])  # fmt: skip
def test_unreadable_settings(text: str, code: str, tmp_path: Path) -> None:
    """What is not TOML, or lacks what it must have, is refused with its code."""
    city, problems = settings_of(tmp_path, text)
    assert city is None
    assert {p.code for p in problems} == {code}


def test_a_number_that_python_does_not_read_is_told_with_its_line(tmp_path: Path) -> None:
    """A setting of 5,000 digits is bad input like any other, underscores between them or not."""
    for digits in ("9" * 5000, "9_" * 5000 + "9"):
        city, problems = settings_of(tmp_path, f"{GOOD}relay = {digits}\n")
        assert city is None
        row = len(GOOD.splitlines()) + 1
        assert [(p.code, p.sheet, p.row) for p in problems] == [("E-TOML", "city", row)]


def test_settings_of_a_sheet_have_cells(tmp_path: Path) -> None:
    """In a workbook a wrong setting is an error at its cell."""

    def change(book: Any) -> None:
        for row in book["city"].iter_rows(min_row=2):
            if row[0].value == "relay":
                row[1].value = "many"
                change.cell = row[1].coordinate  # pyright: ignore[reportFunctionMemberAccess]

    city, problems = check(bad.workbook(tmp_path, change))
    assert city is None
    assert [(p.code, p.sheet, p.cell, p.column) for p in problems] == [
        ("E-NUM", "city", change.cell, "relay")  # pyright: ignore[reportFunctionMemberAccess]
    ]


def test_weights_are_measured_against_plausible_bounds(tmp_path: Path) -> None:
    """The small city's bounds are above what its evaluation can reach, and its weights are fine."""
    city = small_city()
    loaded: dict[str, Any] = {name: _Rows(city, name) for name in city.tables}
    assert too_large(city.settings, loaded) is None
    bounds = plausible_bounds(city.settings, loaded)
    assert bounds["change"] >= city.base.sum()
    assert bounds["inspections"] == (3 + 1) * 2
    heavy = {**city.settings, "weights.change": 10**12}
    found = too_large(heavy, loaded)
    assert found is not None
    assert found[0] == "weights.change"


@pytest.mark.parametrize("name", ["reference", "district", "xiamen"])
def test_the_worst_load_can_weigh_something(name: str) -> None:
    """A weight by which today's highest load costs a tenth of all else is accepted."""
    city = read(Path(__file__).parent.parent / "instances" / name)
    today = evaluate(city, city.current)
    whole = sum(weight * today.parts[part] for part, weight in city.policy.weights.items())
    weight = min(10**9, whole // (10 * today.criteria["worst_load"]))
    assert weight > 0
    changed = city.replace(settings={"weights.worst_load": weight})
    assert changed.policy.weights["worst_load"] == weight


def test_no_allocation_reaches_above_the_plausible_bounds() -> None:
    """Of random cities today and random plans stay within the bounds of every criterion."""
    for seed in range(200):
        city = random_city(seed)
        rows = {name: Plain(SCHEMA[name], table) for name, table in city.tables.items()}
        bounds = plausible_bounds(city.settings, rows)
        evaluator = Evaluator(city)
        plans = [random_plan(city, k, wild=0.5) for k in range(4)]
        for found in map(evaluator.evaluate, (city.current, *plans)):
            over = {k: v for k, v in found.criteria.items() if v > bounds[k]}
            assert not over, (seed, over)


def test_what_has_no_weight_must_be_exact_too() -> None:
    """Without any weight minutes that would not fit in whole numbers are refused all the same."""
    city = small_city()
    settings: dict[str, Any] = {f"weights.{leaf}": 0 for leaf in leaves()}
    assert city.replace(settings=settings)
    places = {**city.tables["places"]}
    places["population"] = [p and 100_000_000 for p in places["population"]]
    tasks = {**city.tables["tasks"], "minutes": [10**10] * 4}
    with pytest.raises(InputError) as caught:
        city.replace(
            settings={**settings, "reference_population": 1},
            tables={"places": places, "tasks": tasks},
        )
    assert [p.code for p in caught.value.problems] == ["E-WEIGHTS"]


class _Rows:
    """The rows of a city's table as a table that was read."""

    def __init__(self, city: City, name: str):
        self.columns = city.tables[name]

    def get(self, name: str) -> list[Any]:
        return list(self.columns[name])


# -- rules between cells ---------------------------------------------------------------------------


def _set(table: str, column: str, value: str, row: int = 2) -> Callable[[Path], None]:
    return lambda path: bad.set_csv(path, table, column, value, row)


def _add(table: str, **values: str) -> Callable[[Path], Any]:
    return lambda path: bad.add_csv(path, table, **values)


#: What is changed, the code, the sheet, the column and the row of the cell named. Rows of the small
#: city's units: 2 C1, 3 C1J, 4 C2, 5 D1, 6 D2, 7 S1, 8 V1.
RULES: list[tuple[Callable[[Path], Any], str, str, str, int]] = [
    (_set("places", "tier", "street", 2), "E-HIER-TIER", "places", "tier", 2),
    (_set("places", "tier", "district", 4), "E-HIER-TIER", "places", "tier", 4),
    (_set("places", "tier", "city", 4), "E-HIER-TIER", "places", "tier", 4),
    (_set("units", "place", "P11", 5), "E-UNIT-PLACE", "units", "place", 5),
    (_set("units", "place", "P1", 7), "E-UNIT-PLACE", "units", "place", 7),
    (_set("units", "place", "P11", 2), "E-UNIT-PLACE", "units", "place", 2),
    (_set("units", "function", "", 6), "E-REQUIRED", "units", "function", 6),
    (_add("units", id="S9", name="x", kind="street_office", place="P11"),
     "E-UNIT-DUP", "units", "place", 9),
    (_add("units", id="D9", name="x", kind="department", place="P0", function="民政局"),
     "E-UNIT-DUP", "units", "place", 9),
    (_set("units", "pool", "和平", 7), "E-POOL-KIND", "units", "pool", 7),
    (_set("units", "id", "street", 8), "E-ID-RESERVED", "units", "id", 8),
    (_set("contracts", "id", "社区"), "E-ID-RESERVED", "contracts", "id", 2),
    (_set("contracts", "id", "s1"), "E-ID-AMBIGUOUS", "contracts", "id", 2),
    (_set("contracts", "buyer", "C1"), "E-UNIT-KIND", "contracts", "buyer", 2),
    (_set("contracts", "contractor", "D1"), "E-UNIT-KIND", "contracts", "contractor", 2),
    (_set("contracts", "places", "P11;P999"), "E-REF-UNKNOWN", "contracts", "places", 2),
    (_set("contracts", "categories", "民生"), "W-CATEGORY-UNKNOWN", "contracts", "categories", 2),
    (_set("contracts", "most", "10"), "E-RANGE-ORDER", "contracts", "most", 2),
    (_set("workload", "minutes", "10"), "E-RANGE-ORDER", "workload", "minutes", 2),
    (_set("delegations", "power_type", "penalty"), "E-EXACTLY-ONE", "delegations", "task", 2),
    (_set("delegations", "task", ""), "E-EXACTLY-ONE", "delegations", "task", 2),
    (_set("tasks", "months", "", 3), "E-REQUIRED", "tasks", "months", 3),
    (_set("tasks", "months", "13-14", 3), "E-MONTHS", "tasks", "months", 3),
    (_set("tasks", "months", "03-05", 2), "W-MONTHS-IGNORED", "tasks", "months", 2),
    (_set("tasks", "lead", "教育局"), "E-REF-UNKNOWN", "tasks", "lead", 2),
    (_set("tasks", "social_work", "maybe"), "E-FLAG", "tasks", "social_work", 2),
    (_set("tasks", "power_type", "payments"), "E-ENUM", "tasks", "power_type", 2),
    (_set("tasks", "power_type", " Payment"), "W-ENUM-NORM", "tasks", "power_type", 2),
    (_set("forms", "issuer", "统计局"), "W-FUNCTION-UNKNOWN", "forms", "issuer", 2),
    (_set("forms", "scheme", "S2J"), "E-SCHEME-KIND", "forms", "scheme", 2),
    (_set("inspections", "scheme", "S1U"), "E-SCHEME-KIND", "inspections", "scheme", 2),
    (_set("inspections", "inspector", "统计局"),
     "W-FUNCTION-UNKNOWN", "inspections", "inspector", 2),
    (_set("authority", "valid_until", "2020-01-01"), "E-DATE-ORDER", "authority", "valid_until", 2),
    (_set("pins", "holder", "nobody"), "E-REF-UNKNOWN", "pins", "holder", 2),
    (_set("pins", "holder", ""), "E-REQUIRED", "pins", "holder", 2),
    (_set("pins", "holder", "Street"), "W-REF-NORM", "pins", "holder", 2),
    (_set("current", "place", "P111", 3), "E-KEY-DUP", "current", "task", 4),
    (_set("quotas", "at_most_tasks", ""), "W-LIMIT-EMPTY", "quotas", "at_most_tasks", 2),
    (_set("limits", "unit", "C1", 3), "E-UNIT-KIND", "limits", "unit", 3),
    (_set("limits", "subject", "cancelled", 3), "E-LIMIT-UNIT", "limits", "unit", 3),
    (_set("budgets", "payer", "S1", 3), "E-UNIT-KIND", "budgets", "payer", 3),
    (_set("limits", "unit", "D3", 3), "E-REF-UNKNOWN", "limits", "unit", 3),
    (_set("budgets", "payer", "D7"), "E-REF-UNKNOWN", "budgets", "payer", 2),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "sheet", "column", "row"), RULES)
def test_rule_between_cells(
    change: Callable[[Path], Any], code: str, sheet: str, column: str, row: int, tmp_path: Path
) -> None:
    """Breaking a rule gives its code at the cell where it is broken; only warnings are accepted."""
    path = bad.folder(tmp_path)
    if code == "E-KEY-DUP":
        bad.add_csv(path, "current", task="T1", place="P111", handler="street")
        row = len(bad.rows_of(path, "current"))
    change(path)
    city, problems = check(path)
    assert (code, sheet, address(sheet, column, row)) in [
        (p.code, p.sheet, p.cell) for p in problems
    ]
    assert (city is None) == code.startswith("E")
    # An id that was changed is missing elsewhere, a place of another tier no place for its units.
    follows = {"E-REF-UNKNOWN", "E-UNIT-PLACE", "W-FUNCTION-UNKNOWN"}
    assert {code} <= {p.code for p in problems} <= {code} | (follows if code[0] == "E" else set())


def test_holders_in_chinese(tmp_path: Path) -> None:
    """Street, community and cancelled may be named in Chinese wherever a holder is named."""
    path = bad.folder(tmp_path)
    for old, new in (("street", "街道"), ("community", "社区"), ("cancelled", "取消")):
        for table in ("current", "pins"):
            rows = [
                [new if cell == old else cell for cell in row] for row in bad.rows_of(path, table)
            ]
            bad.put_rows(path, table, rows)
    city, problems = check(path)
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


def test_city_without_admission_takes_the_default(tmp_path: Path) -> None:
    """Without the table all legs of admissible tasks are candidates in the city; it is said."""
    path = bad.folder(tmp_path)
    (path / "admission.csv").unlink()
    city, problems = check(path)
    assert [p.code for p in problems] == ["W-TABLE-DEFAULT"]
    assert city is not None
    rows = city.tables["admission"]
    assert sorted(zip(rows["task"], rows["leg"], rows["place"], rows["status"], strict=True)) == [
        (task, leg, "P0", "candidate")
        for task in ("T1", "T2", "T3")
        for leg in ("detect", "handle")
    ]


def test_empty_admission_is_no_default(tmp_path: Path) -> None:
    """A table of admission without rows means that nothing is admitted, and it is said."""
    path = bad.folder(tmp_path)
    bad.put_rows(path, "admission", bad.rows_of(path, "admission")[:1])
    city, problems = check(path)
    assert [p.code for p in problems] == ["W-TABLE-EMPTY"]
    assert city is not None
    assert not city.tables["admission"]["task"]


def test_refused_table_hides_no_references(tmp_path: Path) -> None:
    """If a table is refused, references to its ids are not called unknown."""
    path = bad.folder(tmp_path)
    bad.put_bytes(path, "tasks", b"")
    _, problems = check(path)
    assert [(p.code, p.sheet) for p in problems] == [("E-FILE-EMPTY", "tasks")]


def test_row_of_wrong_length_has_one_error(tmp_path: Path) -> None:
    """A comma too many shifts the cells of a row: what is wrong with them is not reported."""
    path = bad.folder(tmp_path)
    for table, row in (("places", 5), ("units", 5), ("tasks", 3), ("current", 2)):
        rows = bad.rows_of(path, table)
        rows[row - 1].insert(1, "x")
        bad.put_rows(path, table, rows)
    _, problems = check(path)
    assert [(p.code, p.row) for p in problems] == [
        ("E-ROW-LONG", 5), ("E-ROW-LONG", 5), ("E-ROW-LONG", 3), ("E-ROW-LONG", 2)
    ]  # fmt: skip


def test_planners_columns_and_sheets_are_left_alone(tmp_path: Path) -> None:
    """A column of remarks and a sheet of explanations are not read; an unknown sheet is named."""

    def change(book: Any) -> None:
        book.create_sheet("说明", 0)["A1"] = "读我"
        book.create_sheet("contract")["A1"] = "x"
        last = book["tasks"].max_column
        book["tasks"].cell(1, last + 1).value = "备注"
        book["tasks"].cell(2, last + 1).value = "待议"

    city, problems = check(bad.workbook(tmp_path, change))
    assert city is not None
    assert city.digest() == small_city().digest()
    assert [(p.code, p.sheet, p.hint) for p in problems] == [
        ("W-SHEET-UNKNOWN", "contract", "contracts")
    ]


def _no_staff(path: Path) -> None:
    for row in (5, 6):  # the two departments
        bad.set_csv(path, "units", "staff", "", row)


def _no_station(path: Path) -> None:
    rows = bad.rows_of(path, "units")
    bad.put_rows(path, "units", [row for row in rows if row[0] != "C2"])
    bad.put_rows(path, "current", [r for r in bad.rows_of(path, "current") if "C2" not in r])


def _no_rows(path: Path) -> None:
    bad.put_rows(path, "current", bad.rows_of(path, "current")[:1])


@pytest.mark.parametrize(
    ("change", "code", "sheet", "cell", "hint"),
    [(_no_staff, "W-STAFF-BLANK", "units", address("units", "staff", 5), "department"),
     (_no_station, "W-COMMUNITY-BARE", "places", "A6", "1"),
     (lambda path: (path / "current.csv").unlink(), "W-CURRENT-NONE", "current", "", ""),
     (_no_rows, "W-CURRENT-NONE", "current", "", "")],
    ids=["staff", "station", "no current", "empty current"],
)  # fmt: skip
def test_blanks_that_empty_the_answer_are_said(
    change: Callable[[Path], Any], code: str, sheet: str, cell: str, hint: str, tmp_path: Path
) -> None:
    """A kind of unit without any staff, a community without a unit and no today are accepted with
    a warning each: the defaults are allowed, but make an answer of little use."""
    path = bad.folder(tmp_path)
    change(path)
    city, problems = check(path)
    assert city is not None
    assert [(p.code, p.sheet, p.cell, p.hint) for p in problems] == [(code, sheet, cell, hint)]


@pytest.mark.parametrize(("day", "told"), [("2025-12-31", ["2026-01-01"]), ("2026-01-01", [])])
def test_a_date_before_all_stored_law_is_said(day: str, told: list[str], tmp_path: Path) -> None:
    """A city of a day on which no stored state of the law is in force is accepted, with a warning
    at its date that says since when the one that is applied holds."""
    path = bad.folder(tmp_path)
    settings = (path / "city.toml").read_text("utf-8")
    (path / "city.toml").write_text(re.sub("date = .*", f"date = {day}", settings), "utf-8")
    city, problems = check(path)
    assert city is not None
    assert (law.matrix(city) == law.statute("2026")).all()
    assert [p.hint for p in problems if p.code == "W-LAW-EARLY"] == told
    for problem in problems:
        assert (problem.column, problem.value) == ("date", f"'{day}'")
        assert all(told[0] in messages.describe(problem, lang) for lang in ("zh", "en"))


def test_staff_of_nought_or_of_one_unit_is_meant(tmp_path: Path) -> None:
    """Staff that was typed as 0, or is blank in some units of a kind alone, is nothing to say."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "units", "staff", "0", 7)
    bad.set_csv(path, "units", "staff", "", 6)
    assert list(check(path)[1]) == []


def test_many_bare_communities_are_one_warning(tmp_path: Path) -> None:
    """Communities without a unit are counted and named in one warning at the first of them."""
    path = bad.folder(tmp_path)
    rows = bad.rows_of(path, "units")
    bad.put_rows(path, "units", [row for row in rows if not row[0].startswith("C")])
    bad.put_rows(path, "current", [r for r in bad.rows_of(path, "current") if "C2" not in r])
    (problem,) = check(path)[1]
    assert (problem.code, problem.value, problem.hint) == ("W-COMMUNITY-BARE", "'P111'", "2")
    assert problem.related == ("places!A6",)


def test_a_workbook_among_tables_is_named(tmp_path: Path) -> None:
    """A folder of CSV is read as such; whoever left a workbook in it learns that it was not."""
    path = bad.folder(tmp_path)
    for name in ("事项.xlsx", "~$事项.xlsx"):
        (path / name).write_bytes(b"PK")
    city, problems = check(path)
    assert city is not None
    assert [(p.code, p.file) for p in problems] == [("W-FILE-WORKBOOK", "事项.xlsx")]


def test_a_workbook_in_the_place_of_the_tables_is_seen(tmp_path: Path) -> None:
    """Where the tables are missing because they are in a workbook beside, both are said."""
    (tmp_path / "city.et").write_bytes(b"PK")
    city, problems = check(tmp_path)
    assert city is None
    assert problems.counts == {"E-SHEET-MISSING": 4, "W-FILE-WORKBOOK": 1}
    assert [p.file for p in problems if p.code == "W-FILE-WORKBOOK"] == ["city.et"]


@pytest.mark.parametrize(
    ("lang", "table", "settings"), [("zh", "事项", "city"), ("en", "tasks", "city")]
)
def test_a_missing_table_is_named_as_the_others_are(
    lang: Any, table: str, settings: str, tmp_path: Path
) -> None:
    """A missing table has the name, and in a folder the file, that it needs among the others."""
    write(small_city(), tmp_path / "city", "csv", lang)
    (tmp_path / "city" / f"{table}.csv").unlink()
    (tmp_path / "city" / "city.toml").unlink()
    missing = [p for p in check(tmp_path / "city")[1] if p.code == "E-SHEET-MISSING"]
    assert [(p.file, p.sheet) for p in missing] == [
        ("city.toml", settings), (f"{table}.csv", table)
    ]  # fmt: skip


def test_a_missing_column_is_named_in_the_language_of_its_sheet(tmp_path: Path) -> None:
    """Beside Chinese headers the missing one is Chinese."""
    path = tmp_path / "city.xlsx"
    write(small_city(), path, "xlsx", "zh")
    book: Any = openpyxl.load_workbook(path)
    headers = [cell.value for cell in book["事项"][1]]
    book["事项"].delete_cols(headers.index("标准社区年分钟") + 1)
    book.save(path)
    (problem,) = check(path)[1]
    assert (problem.code, problem.column) == ("E-HEADER-MISSING", "标准社区年分钟")


@pytest.mark.parametrize(
    ("table", "column", "row", "value"),
    [("地区", "层级", 5, "市"), ("地区", "上级代码", 3, None), ("地区", "上级代码", 2, "P11"),
     ("承担主体", "所属地区", 7, "P112")],
)  # fmt: skip
def test_the_value_shown_is_that_of_the_cell(
    table: str, column: str, row: int, value: str | None, tmp_path: Path
) -> None:
    """What a rule between cells shows beside a cell stands in that cell, in its own language."""
    path = tmp_path / "city.xlsx"
    write(small_city(), path, "xlsx", "zh")
    book: Any = openpyxl.load_workbook(path)
    sheet = book[table]
    sheet.cell(row, [cell.value for cell in sheet[1]].index(column) + 1).value = value
    book.save(path)
    shown = [p for p in check(path)[1] if p.value]
    for problem in shown:
        assert problem.value == repr(str(book[problem.sheet][problem.cell].value)), problem
    assert shown or value is None


@pytest.mark.parametrize(
    ("low", "expected"), [("least_hours", ">= 3000"), ("least", "")], ids=["hours", "mixed"]
)
def test_hours_out_of_order_are_shown_as_hours(low: str, expected: str, tmp_path: Path) -> None:
    """A column of hours is compared as minutes and shown as its cell has it."""
    path = bad.folder(tmp_path)
    for name, header, value in (("least", low, "3000"), ("most", "most_hours", "1.01")):
        bad.set_csv(path, "contracts", name, value)
        bad.set_csv(path, "contracts", name, header, row=1)
    (problem,) = check(path)[1]
    assert (problem.code, problem.column) == ("E-RANGE-ORDER", "most_hours")
    assert (problem.value, problem.expected) == ("'1.01'", expected)


def test_workbook_with_numbers_for_codes(tmp_path: Path) -> None:
    """Codes typed as numbers, and flags as TRUE and FALSE, are what they look like."""
    city = small_city()
    codes = {code: f"35020{i}" for i, code in enumerate(city.tables["places"]["code"])}
    tables: dict[str, Any] = {}
    for name in SCHEMA:
        tables[name] = {k: [codes.get(v, v) if isinstance(v, str) else v for v in values]
                        for k, values in city.tables[name].items()}  # fmt: skip
    places = [tuple(codes.get(p, p) for p in row) for row in tables["contracts"]["places"]]
    tables["contracts"]["places"] = places
    city = city.replace(tables=tables)
    path = tmp_path / "city.xlsx"
    write(city, path, "xlsx")
    book: Any = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if cell.value in codes.values():
                    cell.value = int(cell.value)
    book["tasks"][address("tasks", "social_work")].value = True
    book["tasks"][address("tasks", "veto")].value = False
    book.save(path)
    found, problems = check(path)
    assert list(problems) == []
    assert found is not None
    assert found.digest() == city.digest()


def test_parquet_of_others(tmp_path: Path) -> None:
    """Parquet with real dates, lists and floats reads like text."""
    path = tmp_path / "city"
    write(small_city(), path, "parquet")
    frame = polars.read_parquet(path / "contracts.parquet").with_columns(
        polars.col("places").str.split(";"), polars.col("least").cast(polars.Float64)
    )
    frame.write_parquet(path / "contracts.parquet")
    dates = polars.read_parquet(path / "delegations.parquet").with_columns(
        polars.col("valid_until").str.to_date()
    )
    dates.write_parquet(path / "delegations.parquet")
    city, problems = check(path)
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


def _parquet(tmp_path: Path, table: str, *columns: polars.Expr) -> Path:
    """Write the small city as Parquet, with some columns of a table changed."""
    path = tmp_path / "city"
    write(small_city(), path, "parquet")
    file = path / f"{table}.parquet"
    polars.read_parquet(file).with_columns(*columns).write_parquet(file)
    return path


def test_parquet_of_older_writers(tmp_path: Path) -> None:
    """Texts without their mark, which are bytes, and short floats are read as what they mean."""
    path = _parquet(
        tmp_path, "tasks", polars.col("name").cast(polars.Binary),
        polars.col("detect_share").cast(polars.Float32),
    )  # fmt: skip
    city, problems = check(path)
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (polars.lit(b"\xff\xfe").alias("name"), "Binary"),
        (polars.struct(polars.col("name")).alias("name"), "Struct"),
        (polars.lit(datetime.timedelta(1)).alias("name"), "Duration"),
        (polars.concat_list(polars.struct(polars.col("name"))).alias("name"), "List"),
    ],
)
def test_columns_of_no_cells_are_refused(column: polars.Expr, kind: str, tmp_path: Path) -> None:
    """What is no text, number, date or flag is named with its column, not read as it is printed."""
    city, problems = check(_parquet(tmp_path, "tasks", column))
    assert city is None
    (problem,) = (p for p in problems if p.sheet == "tasks")
    assert (problem.code, problem.column) == ("E-FILE-COLUMN", "name")
    assert kind in problem.hint


# -- what nobody sees ------------------------------------------------------------------------------

INVISIBLE = ("\u200b", "\u2060", " \u200b\ufeff ", "\u00ad")


@pytest.mark.parametrize("blank", INVISIBLE)
@pytest.mark.parametrize("column", ["name", "category"])
def test_what_nobody_sees_is_no_content(column: str, blank: str, tmp_path: Path) -> None:
    """A required cell with nothing but characters without width is blank."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "tasks", column, blank)
    city, problems = check(path)
    assert city is None
    assert [(p.code, p.column) for p in problems] == [("E-REQUIRED", column)]


@pytest.mark.parametrize("blank", INVISIBLE)
@pytest.mark.parametrize(
    ("table", "column"),
    [("tasks", "legal_basis"), ("tasks", "cancellable"), ("delegations", "valid_until"),
     ("units", "pool"), ("tasks", "months")],
)  # fmt: skip
def test_what_nobody_sees_is_as_good_as_blank(
    table: str, column: str, blank: str, tmp_path: Path
) -> None:
    """In any kind of column it reads as an empty cell does."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, table, column, "")
    right, without = check(path)
    bad.set_csv(path, table, column, blank)
    found, problems = check(path)
    assert list(problems) == list(without)
    assert right is not None and found is not None
    assert found.digest() == right.digest()


def test_what_nobody_sees_does_not_tell_texts_apart(tmp_path: Path) -> None:
    """Two pools or categories that look the same are the same."""
    path = bad.folder(tmp_path)
    for row in (2, 3):
        bad.set_csv(path, "tasks", "category", "城市管理" + "\u200b" * (row - 2), row=row)
    city = read(path)
    assert city.tasks.category[0] == city.tasks.category[1] == "城市管理"


def test_a_pool_is_the_same_however_its_letters_are_typed(tmp_path: Path) -> None:
    """Full-width and small letters share the staff that capital ones have, and are told."""
    path = bad.folder(tmp_path)
    rows = bad.rows_of(path, "units")
    kind, pool = (rows[0].index(name) for name in ("kind", "pool"))
    offices = [i for i, row in enumerate(rows) if row[kind] == "community"][:2]
    for i, word in zip(offices, ("P0", "Ｐ0"), strict=True):
        rows[i][pool] = word
    bad.put_rows(path, "units", rows)
    city, problems = check(path)
    assert city is not None
    assert [(p.code, p.column, p.hint) for p in problems] == [("W-REF-NORM", "pool", "P0")]
    assert city.pools.count("P0") == 1
    assert "Ｐ0" not in city.pools


@pytest.mark.parametrize("row", [" , ,", "\u200b,\u200b", "　", '" "', ",".join([" "] * 40)])
def test_rows_of_blanks_are_no_rows(row: str, tmp_path: Path) -> None:
    """Spaces below the data of a CSV are passed over, however many of them, as in a workbook."""
    path = bad.folder(tmp_path)
    text = (path / "tasks.csv").read_text(encoding="utf-8-sig")
    (path / "tasks.csv").write_text(f"{text}{row}\n{row}\n", encoding="utf-8")
    city, problems = check(path)
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


def test_merged_cells_below_the_data_are_nothing(tmp_path: Path) -> None:
    """A merged range without content below the last row says nothing of any row."""
    last = 40
    path = bad.workbook(tmp_path, lambda book: book["tasks"].merge_cells(f"A{last}:Z{last + 2}"))
    city, problems = check(path)
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "1989年1月2日"])
def test_days_long_past_are_slips(day: str, tmp_path: Path) -> None:
    """A date before all that a city has is an error in CSV as in a workbook, and in Python."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "delegations", "valid_until", day)
    city, problems = check(path)
    assert city is None
    assert [(p.code, p.column) for p in problems.errors] == [("E-DATE", "valid_until")]
    if day.isascii():
        table = {**small_city().tables["delegations"]}
        table["valid_until"] = [day, *table["valid_until"][1:]]
        with pytest.raises(InputError) as raised:
            small_city().replace(tables={"delegations": table})
        assert [p.code for p in raised.value.problems] == ["E-DATE"]


@pytest.mark.parametrize(
    "word", ["无", "-", "——", "/", "N/A", "None", "待查", "0", "暂无", "…", "未找到"]
)
def test_a_ground_that_says_nothing_is_none(word: str, tmp_path: Path) -> None:
    """It would keep a task from being cancelled: the cell is to be left blank."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "tasks", "legal_basis", word)
    city, problems = check(path)
    assert city is None
    (problem,) = problems
    assert (problem.code, problem.column) == ("E-BLANK-WORD", "legal_basis")


# -- the error itself ------------------------------------------------------------------------------


def test_read_raises_all_problems(tmp_path: Path) -> None:
    """`read` raises one error with every problem, which survives pickling and becomes JSON."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "tasks", "minutes", "-5")
    bad.set_csv(path, "units", "staff", "约10人")
    with pytest.raises(InputError) as raised:
        read(path)
    problems = pickle.loads(pickle.dumps(raised.value)).problems
    assert [p.code for p in problems] == ["E-NUM-UNIT", "E-NUM-NEG"]
    assert problems.total == 2
    told = json.loads(json.dumps(problems.to_dict()))
    first = told["problems"][1]
    assert first["code"] == "E-NUM-NEG"
    assert first["cell"] == address("tasks", "minutes")
    assert first["value"] == "'-5'"
    assert set(first) == {"code", "severity", "file", "sheet", "cell", "row", "column", "value",
                          "expected", "hint", "related"}  # fmt: skip
    assert "E-NUM-NEG tasks!" in str(raised.value)


# -- speed and details -----------------------------------------------------------------------------


def test_large_tables_are_fast(tmp_path: Path) -> None:
    """100,000 rows of workload and 5,000 of today's allocation take less than 5 s to read."""
    path = bad.folder(tmp_path)
    places = [
        [f"X{i:04d}", f"社区{i}", "P11", "community", "3000", "", "", ""] for i in range(1000)
    ]
    bad.put_rows(path, "places", bad.rows_of(path, "places") + places)
    tasks = bad.rows_of(path, "tasks")
    more = [[f"W{k:03d}", *tasks[1][1:]] for k in range(100)]
    bad.put_rows(path, "tasks", tasks + more)
    codes = [row[0] for row in places]
    load = [
        [t[0], c, "", str(37 * i + k), ""] for k, t in enumerate(more) for i, c in enumerate(codes)
    ]
    bad.put_rows(path, "workload", bad.rows_of(path, "workload") + load)
    now = [[t[0], c, "community", "street"] for t in more[:5] for c in codes]
    bad.put_rows(path, "current", bad.rows_of(path, "current") + now)
    start = time.process_time()
    city = read(path)
    assert time.process_time() - start < 5
    assert len(city.tables["workload"]["task"]) == 100_002
    assert len(city.tables["current"]["task"]) == 5_005


@pytest.mark.parametrize(("code", "is_date"), [
    ("yyyy-mm-dd", True), ('yyyy"年"m"月"d"日"', True), ("[$-804]yyyy/m/d", True), ("h:mm", True),
    ("0.00", False), ("General", False), ('0"days"', False), ("[Red]0.0", False), ("0%", False),
    ("#,##0_);[Red](#,##0)", False), ("@", False), (r"0\d", False),
])  # fmt: skip
def test_formats_of_dates(code: str, is_date: bool) -> None:
    """A format shows a date if it has a sign of date or time outside quotes and brackets."""
    assert is_date_format(code) == is_date


@pytest.mark.parametrize(
    ("column", "text", "hint"),
    [("minutes", "120分钟", "120"), ("minutes", "约120", "120"), ("minutes", "1,200分", "1200"),
     ("minutes", "1.2万", "12000"), ("minutes", "6千", "6000"), ("minutes", "3亿", "300000000"),
     ("minutes", "1.2万3千", ""), ("minutes", "1.23456万", ""), ("minutes", "900亿", ""),
     ("minutes", "12小时", "720 | hours"), ("minutes", "120分钟/月", ""), ("minutes", "40%", ""),
     ("minutes", "5‰", ""), ("detect_share", "40%", "0.4"), ("detect_share", "5‰", "0.005"),
     ("detect_share", "140%", ""), ("detect_share", "0.12%", "")],
)  # fmt: skip
def test_an_example_never_misleads(column: str, text: str, hint: str, tmp_path: Path) -> None:
    """A number beside its unit is shown alone and as its column takes it: 1.2万 is no 1.2 and 40%
    of a share no 40; of hours the minutes are shown, and of other units nothing."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "tasks", column, text)
    (problem,) = check(path)[1]
    assert (problem.code, problem.hint) == ("E-NUM-UNIT", hint)
