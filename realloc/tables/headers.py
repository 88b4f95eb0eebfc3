"""Which column of the schema a header means.

Headers are the English or the Chinese name of a column. A column of minutes may also be given
in hours: in English ``minutes`` becomes ``hours`` (``minutes_max``: ``hours_max``), a name without
that word takes ``_hours`` (``committed_hours``); in Chinese the word for minutes becomes one of the
words for hours. The column that is just called ``minutes`` is also meant by a word for hours alone.
A word for working time that names no unit is read as hours, with a warning.
Columns called note, remark or number (of the row) are the planner's own and are not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from realloc.rules.words import fold, squeeze, words
from realloc.schema import SCHEMA, Column, Table
from realloc.tables.numbers import is_blank
from realloc.tables.sheet import ExcelError, Findings, NoValue, Sheet, address


class Header(NamedTuple):
    """A column of the schema, and whether its cells are hours."""

    column: Column
    hours: bool


@dataclass(frozen=True)
class Layout:
    """Where the columns of a table are: position in the row (from 0) of each known header."""

    headers: dict[int, Header]
    labels: dict[int, str]
    width: int

    def position(self, name: str) -> int | None:
        """Return the position of a column of the schema, None if the sheet lacks it."""
        return next((i for i, h in self.headers.items() if h.column.name == name), None)


@cache
def known_headers(table: Table) -> dict[str, Header]:
    """Return every header that a table accepts as it stands."""
    zh = words()["minutes_zh"]
    headers: dict[str, Header] = {}
    for column in table.columns:
        if column.kind == "minutes":
            names = [column.name.replace("minutes", "hours")]
            if names == [column.name]:
                names = [f"{column.name}_hours"]
                headers[f"{column.name}_minutes"] = Header(column, False)
            names += [column.zh.replace(zh, hours) for hours in words()["hours_zh"]]
            if column.name == "minutes":
                names += words()["hours_zh"]
            headers |= {name: Header(column, True) for name in names if name != column.zh}
        headers[column.name] = headers[column.zh] = Header(column, False)
    return headers


def in_unit(column: Column, hours: bool, label: str) -> str:
    """Return the header of a column of minutes that says its unit, hours or minutes.

    It is in the language of a label that is there.
    """
    if not label.isascii():
        zh = words()["minutes_zh"]
        return column.zh.replace(zh, words()["times"]["header"]) if hours else column.zh
    if "minutes" in column.name:
        return column.name.replace("minutes", "hours") if hours else column.name
    return f"{column.name}_{'hours' if hours else 'minutes'}"


def _units_said(label: str) -> set[bool]:
    """Return the units of time that a header says: True for hours, False for minutes."""
    folded, times = fold(label), words()["times"]
    said = {False} if any(word in folded for word in times["says_minutes"]) else set()
    return said | ({True} if any(word in folded for word in times["says_hours"]) else set())


def _says_no_unit(header: Header, label: str) -> bool:
    """Return whether a column of work is headed by a word for working time alone.

    Read as hours, it may have been meant as minutes.
    """
    return header.hours and not _units_said(label)


def _nearest(table: Table, label: str, findings: Findings) -> str:
    """Return the known header most like an unknown one; never one of another unit of time.

    Whoever renames a column of minutes to hours makes the city sixty times as large.
    """
    said = _units_said(label)
    names: list[str] = []
    for name, header in known_headers(table).items():
        timed = header.column.kind == "minutes"
        if name.isascii() != label.isascii() and label.isascii():
            continue
        if timed and (_says_no_unit(header, name) or (said and said != {header.hours})):
            continue
        if said and not timed:
            continue
        if not said and timed and header.hours:
            continue
        names.append(name)
    alone = {known_headers(table)[name].column.name for name in names}
    if len(said) == 1 and len(alone) == 1:  # the one column that such a header can mean
        return in_unit(table.column(alone.pop()), said.pop(), label)
    return findings.nearest(label, names)


@cache
def _loose(table: Table) -> dict[str, Header]:
    return {squeeze(name): header for name, header in known_headers(table).items()}


def _label(raw: Any) -> str:
    return "" if is_blank(raw) or isinstance(raw, ExcelError | NoValue) else str(raw)


def score(table: Table, row: list[Any]) -> int:
    """Return how many cells of a row are headers of the table."""
    loose = _loose(table)
    return len({loose[key].column.name for raw in row if (key := squeeze(_label(raw))) in loose})


def best_table_score(rows: list[list[Any]], table: Table) -> tuple[int, int]:
    """Return the index of the row that looks most like the header, and its score."""
    scores = [score(table, row) for row in rows[:30]]
    if not scores:
        return 0, 0
    best = max(scores)
    # A first row that has at least half as many headers is the header, with a few typing errors.
    return (0, scores[0]) if 2 * scores[0] >= best else (scores.index(best), best)


def match_headers(table: Table, sheet: Sheet, findings: Findings) -> Layout:
    """Find the header row and its columns; what is wrong with them goes to `findings`.

    Sets ``sheet.header_row`` and takes the header, and all above it, from ``sheet.rows``.
    """
    index, _ = best_table_score(sheet.rows, table)
    row = sheet.numbers[index]
    if row != 1:
        findings.add("E-HEADER", sheet, row=1, col=1, hint=str(row),
                     value=next((v for v in sheet.rows[0] if not is_blank(v)), ""))  # fmt: skip
    cells = sheet.rows[index]
    sheet.rows, sheet.numbers = sheet.rows[index + 1 :], sheet.numbers[index + 1 :]
    sheet.header_row = row
    exact, loose = known_headers(table), _loose(table)
    remarks = {squeeze(word) for word in words()["remarks"]}
    headers: dict[int, Header] = {}
    labels: dict[int, str] = {}
    first: dict[str, int] = {}
    for i, raw in enumerate(cells):
        label = _label(raw)
        key = squeeze(label)
        if not key:
            continue
        labels[i] = label.strip()
        header = exact.get(label) or loose.get(key)
        name = header.column.name if header else key
        if name in first:
            findings.add("E-HEADER-DUP", sheet, row=row, col=i + 1, column=labels[i], value=raw,
                         related=(f"{sheet.name}!{address(row, first[name] + 1)}",))  # fmt: skip
            continue
        first[name] = i
        if header:
            headers[i] = header
            if label not in exact:
                hint = header.column.name if label.isascii() else header.column.zh
                if header.hours:
                    hint = in_unit(header.column, True, label)
                findings.add("W-HEADER-NORM", sheet, row=row, col=i + 1, column=labels[i],
                             value=raw, hint=hint)  # fmt: skip
            if _says_no_unit(header, label):
                findings.add("W-HEADER-UNIT", sheet, row=row, col=i + 1, column=labels[i],
                             value=raw, expected=" | ".join(
                                 in_unit(header.column, h, label) for h in (True, False)
                             ))  # fmt: skip
        elif key not in remarks:
            findings.add("E-HEADER-UNKNOWN", sheet, row=row, col=i + 1, column=labels[i],
                         value=raw, hint=_nearest(table, label, findings))  # fmt: skip
    width = 1 + max((i for i, raw in enumerate(cells) if not is_blank(raw)), default=-1)
    found = {h.column.name for h in headers.values()}
    for column in table.columns:
        if column.required and column.name not in found:
            # called by the header that it would have beside those that are there
            ascii_only = all(label.isascii() for label in labels.values())
            findings.add("E-HEADER-MISSING", sheet, row=row, col=1,
                         column=column.name if ascii_only else column.zh,
                         expected=f"column {table.name}.{column.name}")  # fmt: skip
    return Layout(headers, labels, width)


def tables_by_name() -> dict[str, str]:
    """Return the table of each sheet name, English and Chinese, settings included."""
    names = {"city": "city", words()["sheets"]["city"]: "city"}
    for table in SCHEMA.values():
        names |= {table.name: table.name, table.zh: table.name}
    return names
