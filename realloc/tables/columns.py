"""From the cells of a sheet to the columns of a table, in bulk: each distinct cell is read once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from realloc.rules.findings import Findings, address, letters
from realloc.rules.values import right_for
from realloc.rules.words import is_blank
from realloc.schema import Table
from realloc.tables.cells import grammar
from realloc.tables.headers import Layout, in_unit, match_headers
from realloc.tables.numbers import Parsed
from realloc.tables.sheet import Merged, Sheet

_NUMBERS = ("int", "minutes", "yuan", "share")
_LISTED = 1000


@dataclass
class Loaded:
    """A table as read: a list of values per column of the schema that the sheet has.

    Blank cells and cells with an error are None, the latter named in `wrong` as (column, row
    position); `numbers` are the row numbers in the sheet. Of columns in hours `hours` keeps the
    cells, which minutes, being rounded, do not give back.
    """

    table: Table
    sheet: Sheet
    layout: Layout
    columns: dict[str, list[Any]]
    numbers: list[int]
    wrong: set[tuple[str, int]] = field(default_factory=set)
    hours: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def get(self, name: str) -> list[Any]:
        """Return a column, all None if the sheet lacks it."""
        return self.columns.get(name) or [None] * len(self.numbers)

    def at(self, i: int, name: str) -> dict[str, Any]:
        """Return where the cell of row `i` and column `name` is, as arguments of a finding."""
        position = self.layout.position(name)
        if position is None:  # the sheet has no such column: point at the row
            return {"sheet": self.sheet, "row": self.numbers[i], "col": 1, "column": name}
        return {
            "sheet": self.sheet,
            "row": self.numbers[i],
            "col": position + 1,
            "column": self.layout.labels[position],
        }

    def word(self, i: int, name: str) -> str:
        """Return a word of row `i` in the language of its column's header."""
        position, word = self.layout.position(name), self.get(name)[i]
        if position is None or self.layout.labels[position].isascii():
            return word
        column = self.layout.headers[position].column
        return column.words_zh[column.words.index(word)]

    def cell(self, i: int, name: str) -> str:
        """Return the address of a cell with its sheet: ``tasks!C17``."""
        where = self.at(i, name)
        return f"{self.sheet.name}!{address(where['row'], where['col'])}"

    def rows(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Yield (row position, value of each named column)."""
        yield from zip(range(len(self.numbers)), *(self.get(n) for n in names), strict=True)


def load(table: Table, sheet: Sheet, findings: Findings, max_rows: int) -> Loaded | None:
    """Read a table from its sheet; None if it has no rows to speak of and needs some."""
    if not sheet.rows:
        if table.required:
            findings.add("E-TABLE-EMPTY", sheet, reject=True)
        return None
    layout = match_headers(table, sheet, findings)
    if len(sheet.rows) > max_rows:
        findings.add("E-TABLE-ROWS", sheet, reject=True, value=len(sheet.rows),
                     expected=f"rows ..{max_rows}")  # fmt: skip
        return None
    quiet = _check_widths(sheet, layout, findings)
    merged = _fill_merged(sheet, layout, findings)
    if not sheet.rows:
        if table.required:
            findings.add("E-TABLE-EMPTY", sheet, reject=True)
            return None
        return Loaded(
            table, sheet, layout, {h.column.name: [] for h in layout.headers.values()}, []
        )
    if sheet.formulas:
        row, col = sheet.formulas[0]
        others = tuple(f"{sheet.name}!{address(*cell)}" for cell in sheet.formulas[1:_LISTED])
        findings.add("W-FORMULA-USED", sheet, row=row, col=col, related=others,
                     hint=str(len(sheet.formulas)))  # fmt: skip
    wide = max(layout.width, 1)
    columns_of_cells = list(
        zip(*(r if len(r) == wide else (r + [""] * wide)[:wide] for r in sheet.rows), strict=True)
    )
    loaded = Loaded(table, sheet, layout, {}, sheet.numbers)
    for i, header in layout.headers.items():
        loaded.columns[header.column.name] = _parse(
            loaded, i, columns_of_cells[i], quiet, merged, findings
        )
    sheet.rows = []  # free the cells: only values are needed from here
    return loaded


def _parse(
    loaded: Loaded,
    position: int,
    cells: tuple[Any, ...],
    quiet: set[int],
    merged: set[tuple[int, int]],
    findings: Findings,
) -> list[Any]:
    """Read the cells of one column; each distinct cell is read once."""
    header = loaded.layout.headers[position]
    column = header.column
    parse = grammar(column, loaded.sheet.kind, header.hours)
    if header.hours:
        loaded.hours[column.name] = cells
    known: dict[Any, Parsed] = {}
    values: list[Any] = []
    for i, raw in enumerate(cells):
        # 1, 1.0 and True are equal as keys, hence the class.
        key = raw if raw.__class__ is str else (raw.__class__, raw)
        found = known.get(key)
        if found is None:
            found = known[key] = parse(raw)
        values.append(found.value)
        if found.value is not None and not found.issues:
            continue
        if found.value is None and found.issues:
            loaded.wrong.add((column.name, i))
        if loaded.numbers[i] in quiet or (loaded.numbers[i], position) in merged:
            continue
        for issue in found.issues:
            hint = issue.hint
            if issue.other_unit:
                hint += f" | {in_unit(column, not header.hours, loaded.layout.labels[position])}"
            elif issue.code == "E-NUM-PLACEHOLDER" and column.required:
                hint = "required"
            findings.add(issue.code, **loaded.at(i, column.name), value=raw,
                         expected=issue.expected, hint=hint)  # fmt: skip
        if column.required and found.value is None and not found.issues:
            findings.add("E-REQUIRED", **loaded.at(i, column.name),
                         expected=right_for(column, header.hours))  # fmt: skip
    if quiet and column.kind != "id":
        # Of a row whose cells cannot be trusted only the id is kept, for others to refer to.
        for i, number in enumerate(loaded.numbers):
            if number in quiet:
                values[i] = None
                loaded.wrong.add((column.name, i))
    return values


def _check_widths(sheet: Sheet, layout: Layout, findings: Findings) -> set[int]:
    """Drop blank rows and report cells outside the table; return rows whose cells are not to judge.

    In a CSV file a row with a field too many has its cells under wrong headers, so that what is
    wrong with them says nothing.
    """
    if sheet.kind == "csv":
        return _check_fields(sheet, layout, findings)
    known = set(layout.headers) | set(layout.labels)
    outside: dict[int, list[tuple[int, Any]]] = {}
    rows, numbers = [], []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        inside = False
        for i, raw in enumerate(row):
            if raw == "" or is_blank(raw):
                continue
            if i in known:
                inside = True
            else:
                outside.setdefault(i, []).append((number, raw))
        if inside:
            rows.append(row)
            numbers.append(number)
    edge = layout.width
    for i in sorted(outside):
        number, raw = outside[i][0]
        if i <= edge:  # between the headers, or right beside the last one
            edge = max(edge, i + 1)
            findings.add("E-HEADER-BLANK", sheet, row=sheet.header_row, col=i + 1, value=raw,
                         related=(f"{sheet.name}!{address(number, i + 1)}",))  # fmt: skip
            continue
        for number, raw in outside[i]:
            findings.add("E-CELL-STRAY", sheet, row=number, col=i + 1, value=raw,
                         expected=f"edge {letters(layout.width)}")  # fmt: skip
    sheet.rows, sheet.numbers = rows, numbers
    return set()


def _check_fields(sheet: Sheet, layout: Layout, findings: Findings) -> set[int]:
    """As :func:`_check_widths` for CSV: every row should have as many fields as the header."""
    known = set(layout.headers) | set(layout.labels)
    gaps = [i for i in range(layout.width) if i not in known]
    blank_header: dict[int, tuple[int, Any]] = {}
    quiet: set[int] = set()
    rows, numbers = [], []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        if all(map(is_blank, row)):
            continue
        if len(row) != layout.width:
            if len(row) < layout.width:
                findings.add("E-ROW-SHORT", sheet, row=number, col=1, value=len(row),
                             expected=f"fields {layout.width}")  # fmt: skip
                quiet.add(number)
            else:
                extra = [i for i in range(layout.width, len(row)) if not is_blank(row[i])]
                if extra:
                    findings.add("E-ROW-LONG", sheet, row=number, col=extra[0] + 1,
                                 value=row[extra[0]],
                                 expected=f"fields {layout.width}")  # fmt: skip
                    quiet.add(number)
        for i in gaps:
            if i < len(row) and not is_blank(row[i]):
                blank_header.setdefault(i, (number, row[i]))
        rows.append(row)
        numbers.append(number)
    for i, (number, raw) in blank_header.items():
        findings.add("E-HEADER-BLANK", sheet, row=sheet.header_row, col=i + 1, value=raw,
                     related=(f"{sheet.name}!{address(number, i + 1)}",))  # fmt: skip
    sheet.rows, sheet.numbers = rows, numbers
    return quiet


def _fill_merged(sheet: Sheet, layout: Layout, findings: Findings) -> set[tuple[int, int]]:
    """Give every row of a merged range its value; return the cells (row, position) to be silent on.

    One number over several rows could be the sum or the value of each: that is an error.
    """
    silent: set[tuple[int, int]] = set()
    for merged in sheet.merged:
        top = max(merged.top, sheet.header_row + 1)
        within = range(bisect_left(sheet.numbers, top), bisect_right(sheet.numbers, merged.bottom))
        if not within:  # of the header, or below the table
            continue
        value = _value(sheet, merged)
        for i, header in layout.headers.items():
            if not merged.left <= i + 1 <= merged.right:
                continue
            is_number = header.column.kind in _NUMBERS
            code = "E-MERGED" if is_number else "W-MERGED"
            first = i + 1 == merged.left
            if first or is_number:
                end = address(merged.bottom, merged.right)
                findings.add(code, sheet, row=top, col=i + 1, column=layout.labels[i],
                             expected=right_for(header.column, header.hours),
                             hint=f"{address(merged.top, merged.left)}:{end}",
                             value=value if first else None)  # fmt: skip
            for row in within:
                if is_number:
                    silent.add((sheet.numbers[row], i))
                elif first:
                    cells = sheet.rows[row]
                    cells += [""] * (i + 1 - len(cells))
                    cells[i] = value
    return silent


def _value(sheet: Sheet, merged: Merged) -> Any:
    row = bisect_left(sheet.numbers, merged.top)
    if sheet.numbers[row : row + 1] != [merged.top] or len(sheet.rows[row]) < merged.left:
        return ""
    return sheet.rows[row][merged.left - 1]
