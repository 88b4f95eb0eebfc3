"""Rows I: ids, references, texts and rules between cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import badfiles as bad
from badfiles import address

from corpus.case import CASES, Case, cell_of, corpus
from corpus.numbers import MINUTES, UNTIL, date_csv
from realloc.instance import City
from realloc.schema import SCHEMA


@corpus("E", "E-ID-DUP", "tasks", "A3", related=("tasks!A2",), beside=("E-REF-UNKNOWN",))
def make_I01_duplicate(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "id", "T1", row=3)
    return path


@corpus("E", "E-ID-DUP", "tasks", "A7", related=("tasks!A2", "tasks!A6"), beside=("W-ID-NORM",))
def make_I02_duplicate_after_normalizing(tmp: Path) -> Path:
    path = bad.folder(tmp)
    rows = bad.rows_of(path, "tasks")
    for name in ("Ｔ1", "t1 "):
        rows.append([name, *rows[1][1:]])
    bad.put_rows(path, "tasks", rows)
    return path


@corpus("W", "W-REF-NORM", "current", "A2")
def make_I03_trailing_space(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "current", "task", "T1 ")
    return path


@corpus("W", "W-REF-NORM", "current", "A2")
def make_I03_other_case(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "current", "task", "ｔ1")
    return path


@corpus("E", "E-REF-UNKNOWN", "current", address("current", "handler", 4), hint="D2")
def make_I04_unknown_unit(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "current", "handler", "DD2", row=4)
    return path


def _renamed(book: Any, table: str, column: str, old: str, new: Any, shape: str) -> None:
    sheet = book[table]
    letter = address(table, column, 1)[:-1]
    for row in range(2, sheet.max_row + 1):
        cell = sheet[f"{letter}{row}"]
        if cell.value == old:
            cell.value, cell.number_format = new, shape


def _with_task_007(book: Any, new: Any = 7, shape: str = "000") -> None:
    for table, column in (("tasks", "id"), ("current", "task")):
        _renamed(book, table, column, "T3", new, shape)


def _twin_007(city: City) -> City:
    tables = {}
    for table, column in (("tasks", "id"), ("current", "task")):
        columns = {k: list(v) for k, v in city.tables[table].items()}
        columns[column] = ["007" if v == "T3" else v for v in columns[column]]
        tables[table] = columns
    return city.replace(tables=tables)


@corpus("W", "W-ID-FORMAT", "tasks", "A4", twin=_twin_007)
def make_I05_leading_zeros(tmp: Path) -> Path:
    return bad.workbook(tmp, _with_task_007)


@corpus("E", "E-ID-PRECISION", "tasks", "A4")
def make_I06_eighteen_digits(tmp: Path) -> Path:
    return bad.workbook(
        tmp, lambda book: _with_task_007(book, 350203198001011234, "0")
    )  # fmt: skip


def _called(name: str) -> tuple[Callable[[Path], Path], Callable[[City], City]]:
    """Rename the contractor, which only the contract refers to."""

    def make(tmp: Path) -> Path:
        path = bad.folder(tmp)
        bad.set_csv(path, "units", "id", name, row=8)
        bad.set_csv(path, "contracts", "contractor", name)
        return path

    def twin(city: City) -> City:
        tables = {table: {k: list(v) for k, v in city.tables[table].items()}
                  for table in ("units", "contracts")}  # fmt: skip
        tables["units"]["id"][6] = tables["contracts"]["contractor"][0] = name
        return city.replace(tables=tables)

    return make, twin


for _name in ("NA", "null", "None"):
    _make, _twin = _called(_name)
    CASES.append(Case(f"I07_{_name}", _make, "A", twin=_twin))


@corpus("W", "W-MERGED", "tasks", "B2", twin=cell_of("tasks", "category", "民生服务", 1))
def make_I08_merged_group(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: book["tasks"].merge_cells("B2:B3"))


@corpus("E", "E-MERGED", "tasks", MINUTES)
def make_I08_merged_minutes(tmp: Path) -> Path:
    last = address("tasks", "minutes", 3)
    return bad.workbook(tmp, lambda book: book["tasks"].merge_cells(f"{MINUTES}:{last}"))


_PARENT = "C{}"


@corpus("E", "E-HIER-CYCLE", "places", "C3", related=("places!C5", "places!C4"),
        hint="P1 > P111 > P11 > P1", beside=("E-HIER-TIER",))  # fmt: skip
def make_I09_cycle(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "places", "parent", "P111", row=3)
    return path


@corpus("E", "E-HIER-CYCLE", "places", "C4", hint="P11 > P11")
def make_I10_own_parent(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "places", "parent", "P11", row=4)
    return path


@corpus("E", "E-HIER-ROOTS", "places", "C3", related=("places!A2",), hint="2")
def make_I11_two_roots(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "places", "parent", "", row=3)
    return path


@corpus("E", "E-REF-UNKNOWN", "places", "C4", hint="P1")
def make_I12_parent_missing(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "places", "parent", "P9", row=4)
    return path


def _one_place_more(tmp: Path, **values: str) -> Path:
    path = bad.folder(tmp)
    bad.add_csv(path, "places", **values)
    return path


def _with_place(**values: Any) -> Callable[[City], City]:
    def change(city: City) -> City:
        places = city.tables["places"]
        default = {"households": 0, "population": 0, "kind": "", "service_floor": None}
        return city.replace(
            tables={"places": {k: [*v, {**default, **values}[k]] for k, v in places.items()}}
        )

    return change


_STREET = {"code": "P12", "name": "空街道", "parent": "P1", "tier": "street"}
_COMMUNITY = {"code": "P113", "name": "新社区", "parent": "P11", "tier": "community"}
_STATION = {"id": "C3", "name": "新社区工作站", "kind": "community", "place": "P113"}


@corpus("W", "W-PLACE-EMPTY", "places", "A7", hint="communities", twin=_with_place(**_STREET))
def make_I13_street_without_communities(tmp: Path) -> Path:
    return _one_place_more(tmp, **_STREET)


def _housed(city: City) -> City:
    """Return the city with the community and a unit of its own."""
    city = _with_place(**_COMMUNITY)(city)
    units = city.tables["units"]
    default = {column.name: column.default for column in SCHEMA["units"].columns}
    more = {k: [*v, {**default, **_STATION}[k]] for k, v in units.items()}
    return city.replace(tables={"units": more})


@corpus("W", "W-PLACE-EMPTY", "places", address("places", "population", 7), hint="population",
        twin=_housed)  # fmt: skip
def make_I13_community_without_population(tmp: Path) -> Path:
    path = _one_place_more(tmp, **_COMMUNITY)
    bad.add_csv(path, "units", **_STATION)
    return path


@corpus("W", "W-PLACE-EMPTY", "places", "A6", hint="current",
        twin=lambda city: city.replace(tables={"current": {
            "task": ["T1"], "place": ["P111"], "detector": ["community"],
            "handler": ["community"]}}))  # fmt: skip
def make_I13_community_without_holders(tmp: Path) -> Path:
    path = bad.folder(tmp)
    header = bad.rows_of(path, "current")[0]
    bad.put_rows(path, "current", [header, ["T1", "P111", "community", "community"]])
    return path


#: Of a department that alone may handle the flood patrol 1,000 minutes a year are left. It has a
#: plan otherwise, so that nothing else is short: the service floor of the small city is not kept.
_SHORT = (
    ("units", "committed", 1_295_000, 4),
    ("units", "overtime_share", 0, 4),
    ("places", "service_floor", None, 3),
)


def _short_of_capacity(city: City) -> City:
    for cell in _SHORT:
        city = cell_of(*cell)(city)
    return city


@corpus("A", twin=_short_of_capacity)
def make_I15_too_little_capacity(tmp: Path) -> Path:
    path = bad.folder(tmp)
    for table, column, value, row in _SHORT:
        bad.set_csv(path, table, column, "" if value is None else str(value), row + 2)
    return path


@corpus("E", "E-DATE-ORDER", "delegations", UNTIL, related=("delegations!G2",))
def make_I18_dates_in_wrong_order(tmp: Path) -> Path:
    return date_csv("2025-12-31")(tmp)


for _id, _char in (
    ("I19_control", "_x0001_"), ("I19_surrogate", "_xD800_"), ("I19_override", "\u202e"),
):  # fmt: skip
    CASES.append(
        Case(_id, lambda tmp, c=_char: _with_name(tmp, f"高龄{c}津贴"), "E", "E-TEXT-CHAR", "tasks",
             address("tasks", "name"))
    )  # fmt: skip


def _with_name(tmp: Path, name: str) -> Path:
    """Put a name into the XML of a workbook as it stands (spreadsheets escape as ``_x0001_``)."""
    path = bad.workbook(tmp)

    def change(parts: dict[str, bytes]) -> None:
        part = "xl/sharedStrings.xml"
        parts[part] = parts[part].replace("<t>高龄津贴</t>".encode(), f"<t>{name}</t>".encode())

    return bad.repack(path, change)


@corpus("E", "E-TEXT-CHAR", "tasks", address("tasks", "name"))
def make_I19_override_csv(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "name", "a\u202eb")
    return path


#: Row -> texts that are literal wherever they are shown, and come back from every export.
HOSTILE = {
    "I20": ("<img src=x onerror=alert(1)>", "</script>"),
    "I21": ("＝1", "a'b\"c,d;e|f"),
    "I22": ("**x**", ":red[x]", "$x$", "[a](javascript:alert(1))"),
    "I24": ("𠮷", "👨\u200d👩\u200d👧", "e\u0301"),
}
for _row, _texts in HOSTILE.items():
    for _i, _text in enumerate(_texts):

        def _hostile(tmp: Path, text: str = _text) -> Path:
            path = bad.folder(tmp)
            bad.set_csv(path, "tasks", "name", text)
            return path

        CASES.append(
            Case(f"{_row}_hostile_{_i}", _hostile, "A", twin=cell_of("tasks", "name", _text))
        )


for _i, _text in enumerate(("=1+1", "+1", "-1", "@x", "'=x", "-x'y")):

    def _formula(tmp: Path, text: str = _text) -> Path:
        return bad.workbook(tmp, bad.set_xlsx("tasks", "name", text, as_text=True))

    CASES.append(Case(f"I21_formula_{_i}", _formula, "A", twin=cell_of("tasks", "name", _text)))


@corpus("E", "E-TEXT-LONG", "tasks", "A2", beside=("E-REF-UNKNOWN",))
def make_I23_long_id(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "id", "x" * 10_000)
    return path


@corpus("E", "E-TEXT-LONG", "tasks", address("tasks", "name"))
def make_I23_long_text(tmp: Path) -> Path:
    return bad.workbook(tmp, bad.set_xlsx("tasks", "name", "长" * 32_767))


def _lookalike(city: City) -> City:
    tasks = {k: [*v, v[0]] for k, v in city.tables["tasks"].items()}
    tasks["id"][-1] = "Т1"
    return city.replace(tables={"tasks": tasks})


@corpus("W", "W-ID-LOOKALIKE", "tasks", "A6", related=("tasks!A2",), twin=_lookalike)
def make_I25_cyrillic(tmp: Path) -> Path:
    path = bad.folder(tmp)
    rows = bad.rows_of(path, "tasks")
    rows.append(["Т1", *rows[1][1:]])
    bad.put_rows(path, "tasks", rows)
    return path
