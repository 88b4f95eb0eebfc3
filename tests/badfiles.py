"""Makes bad files out of good ones: a small city as files, and one thing in them changed."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from small import small_city

from realloc.schema import SCHEMA
from realloc.tables import write


def address(table: str, column: str, row: int = 2) -> str:
    """Return the address of a column's cell in the files that are written for the small city."""
    names = [c.name for c in SCHEMA[table].columns]
    return f"{get_column_letter(names.index(column) + 1)}{row}"


# -- CSV -------------------------------------------------------------------------------------------


def folder(tmp_path: Path, hours: bool = False, lang: Any = "en") -> Path:
    """Write the small city as CSV; with `hours` the work of tasks is given in hours."""
    path = tmp_path / "city"
    write(small_city(), path, "csv", lang)
    if hours:
        rows = rows_of(path, "tasks")
        at = rows[0].index("minutes")
        rows[0][at] = "hours"
        for row in rows[1:]:
            row[at] = f"{int(row[at]) / 60:g}"
        put_rows(path, "tasks", rows)
    return path


def rows_of(path: Path, table: str) -> list[list[str]]:
    """Return header and rows of a table's file."""
    text = (path / f"{table}.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def put_rows(path: Path, table: str, rows: list[list[str]], separator: str = ",") -> None:
    """Write header and rows of a table's file as they stand."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    (path / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")


def set_csv(path: Path, table: str, column: str, value: str, row: int = 2) -> None:
    """Set one cell of a table's file; `row` counts from 1, the header being 1."""
    rows = rows_of(path, table)
    rows[row - 1][[c.name for c in SCHEMA[table].columns].index(column)] = value
    put_rows(path, table, rows)


def add_csv(path: Path, table: str, **values: str) -> int:
    """Add a row to a table's file and return its number."""
    rows = rows_of(path, table)
    rows.append([values.get(name, "") for name in rows[0]])
    put_rows(path, table, rows)
    return len(rows)


def text_of(path: Path, table: str) -> str:
    """Return the text of a table's file."""
    return (path / f"{table}.csv").read_text(encoding="utf-8")


def put_bytes(path: Path, table: str, data: bytes) -> None:
    """Write the bytes of a table's file."""
    (path / f"{table}.csv").write_bytes(data)


# -- XLSX ------------------------------------------------------------------------------------------


def workbook(tmp_path: Path, change: Callable[[Any], None] | None = None, hours: bool = False,
             lang: Any = "en") -> Path:  # fmt: skip
    """Write the small city as a workbook and let `change` edit it."""
    path = tmp_path / "city.xlsx"
    write(small_city(), path, "xlsx", lang)
    if change is None and not hours:
        return path
    book: Any = openpyxl.load_workbook(path)
    if hours:
        at = [c.name for c in SCHEMA["tasks"].columns].index("minutes") + 1
        book["tasks"].cell(1, at).value = "hours"
        for row in range(2, book["tasks"].max_row + 1):
            book["tasks"].cell(row, at).value /= 60
    if change:
        change(book)
    book.save(path)
    return path


def set_xlsx(table: str, column: str, value: Any, row: int = 2, number_format: str = "General",
             as_text: bool = False) -> Callable[[Any], None]:  # fmt: skip
    """Return the change that sets one cell of a workbook."""

    def change(book: Any) -> None:
        cell = book[table][address(table, column, row)]
        cell.value = value
        cell.number_format = number_format
        if as_text:
            cell.data_type = "s"

    return change


def parts_of(path: Path) -> dict[str, bytes]:
    """Return the parts of a workbook's package."""
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def repack(path: Path, change: Callable[[dict[str, bytes]], Any]) -> Path:
    """Rewrite a workbook's package after `change` has edited its parts."""
    parts = parts_of(path)
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def part_of(path: Path, sheet: str) -> str:
    """Return the part that holds a sheet of a workbook written by openpyxl or xlsxwriter."""
    with zipfile.ZipFile(path) as package:
        names = openpyxl.load_workbook(path, read_only=True).sheetnames
        part = f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"
        assert part in package.namelist()
        return part
