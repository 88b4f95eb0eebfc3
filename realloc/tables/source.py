"""Where the tables of a city are: a folder of CSV or Parquet files, or one workbook."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from realloc.rules.words import squeeze, words
from realloc.schema import SCHEMA
from realloc.tables.headers import tables_by_name
from realloc.tables.package import Refused, kind_of, ole_kind, open_package
from realloc.tables.sheet import FileKind, Findings, Sheet
from realloc.tables.text import decode, read_csv
from realloc.tables.workbook import open_workbook, read_sheet

_HEAD = 4096
_COPY = re.compile(r"\(\d+\)$|\d+$")


def gather(path: Path, findings: Findings, max_bytes: int | None) -> dict[str, Sheet] | None:
    """Return the sheet of each table, and of the settings under ``city``; None if refused.

    A sheet that was refused is there without rows and is named in the findings.
    """
    name = path.name[:_HEAD]
    try:
        if "\0" in str(path) or "$DATA" in name:
            raise Refused("E-FILE-PATH")
        if not path.exists():
            raise Refused("E-FILE-MISSING")
        if path.is_dir():
            return _folder(path, findings, max_bytes)
        return _file(path, findings, max_bytes)
    except Refused as refused:
        findings.add(refused.code, file=name, reject=True, hint=refused.hint,
                     value=refused.value or None)  # fmt: skip
    except OSError as error:
        findings.add("E-FILE-MISSING", file=name, reject=True, hint=error.strerror or "")
    return None


def _match(names: Mapping[str, str], findings: Findings, kind: FileKind) -> dict[str, str] | None:
    """Return name of the sheet of each table, None if two sheets could be the same table.

    Parameters
    ----------
    names
        Name of each sheet, and of the file in which it is.
    """
    exact = tables_by_name()
    loose = {squeeze(name): table for name, table in exact.items()}
    ignored = {squeeze(word) for word in words()["explanations"]}
    found: dict[str, list[str]] = {}
    for name in names:
        key = squeeze(name)
        table = exact.get(name) or loose.get(key) or loose.get(_COPY.sub("", key))
        if table:
            found.setdefault(table, []).append(name)
        elif key not in ignored and not name.startswith(("_", "#", "~")):
            findings.add("W-SHEET-UNKNOWN", Sheet(kind, names[name], name),
                         hint=findings.nearest(name, list(exact), 0.6))  # fmt: skip
    clear = True
    for table, several in found.items():
        if len(several) > 1:
            findings.add("E-SHEET-AMBIGUOUS", Sheet(kind, names[several[0]], several[0]),
                         reject=True, expected=table, hint=", ".join(several))  # fmt: skip
            clear = False
        elif several[0] not in exact:
            findings.add("W-SHEET-NAME", Sheet(kind, names[several[0]], several[0]),
                         expected=table)  # fmt: skip
    return {table: several[0] for table, several in found.items()} if clear else None


def _file(path: Path, findings: Findings, max_bytes: int | None) -> dict[str, Sheet] | None:
    size = path.stat().st_size
    if not size:
        raise Refused("E-FILE-EMPTY")
    if max_bytes is not None and size > max_bytes:
        raise Refused("E-FILE-SIZE", f"{size} > {max_bytes}")
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    kind = kind_of(head)
    if kind == "ole":
        raise Refused(ole_kind(path.read_bytes()))
    if kind == "html":
        raise Refused("E-FILE-HTML")
    if kind != "zip" or path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise Refused("E-FILE-TYPE", kind)
    return _workbook(path, findings)


def _workbook(path: Path, findings: Findings) -> dict[str, Sheet] | None:
    with open_package(path) as package:
        book = open_workbook(package)
        if book.has_macros:
            findings.add("W-FILE-MACRO", file=path.name)
        parts = {name: (state, part) for name, state, part in book.parts}
        if len(parts) < len(book.parts):
            raise Refused("E-FILE-CORRUPT")
        matched = _match(dict.fromkeys(parts, path.name), findings, "xlsx")
        if matched is None:
            return None
        sheets: dict[str, Sheet] = {}
        for table, name in matched.items():
            state, part = parts[name]
            sheet, hidden = read_sheet(book, name, state, part, path.name)
            if state != "visible":
                findings.add("W-SHEET-HIDDEN", sheet)
            if hidden:
                findings.add("W-ROWS-HIDDEN", sheet, row=hidden[0], col=min(1, hidden[0]),
                             hint=str(len(hidden)))  # fmt: skip
            sheets[table] = sheet
        return sheets


_SUFFIXES: dict[str, FileKind] = {".csv": "csv", ".parquet": "parquet", ".toml": "toml"}
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods")


def _folder(path: Path, findings: Findings, max_bytes: int | None) -> dict[str, Sheet] | None:
    files: list[Path] = []
    for file in sorted(path.iterdir()):
        suffix = file.suffix.lower()
        # Only the settings come as TOML; other such files belong to somebody else.
        foreign = suffix == ".toml" and tables_by_name().get(file.stem) != "city"
        if not file.is_file() or file.name[0] in ".~":
            continue
        if suffix in _SUFFIXES and not foreign:
            files.append(file)
        elif suffix in _WORKBOOKS:
            findings.add("W-FILE-WORKBOOK", file=file.name)
    total = sum(file.stat().st_size for file in files)
    if max_bytes is not None and total > max_bytes:
        raise Refused("E-FILE-SIZE", f"{total} > {max_bytes}")
    by_name: dict[str, list[Path]] = {}
    for file in files:
        by_name.setdefault(file.stem, []).append(file)
    in_file = {stem: several[0].name for stem, several in by_name.items()}
    matched = _match(in_file, findings, "csv")
    if matched is None:
        return None
    sheets: dict[str, Sheet] = {}
    for table, stem in matched.items():
        several = by_name[stem]
        kind = _SUFFIXES[several[0].suffix.lower()]
        sheet = sheets[table] = Sheet(kind, several[0].name, several[0].stem)
        if len(several) > 1:
            findings.add("E-SHEET-AMBIGUOUS", sheet, reject=True, expected=table,
                         hint=", ".join(f.name for f in several))  # fmt: skip
            continue
        try:
            _table_file(several[0], table, sheet, findings)
        except Refused as refused:
            findings.add(refused.code, sheet, reject=True, hint=refused.hint)
    return sheets


def _table_file(file: Path, table: str, sheet: Sheet, findings: Findings) -> None:
    data = file.read_bytes()
    if not data:
        raise Refused("E-FILE-EMPTY")
    kind = kind_of(data[:_HEAD])
    if kind == "html":
        raise Refused("E-FILE-HTML")
    if sheet.kind == "parquet":
        if kind != "parquet":
            raise Refused("E-FILE-TYPE", kind)
        _read_parquet(file, sheet, findings)
        return
    # Texts with stray control characters are text all the same: what is odd is said of the line.
    if kind in ("zip", "parquet", "pickle", "ole"):
        raise Refused("E-FILE-TYPE", kind)
    if sheet.kind == "toml":
        text = decode(data, sheet, findings)
        sheet.rows = [[text]] if text is not None else []
    else:
        read_csv(data, SCHEMA.get(table), sheet, findings)


def _read_parquet(file: Path, sheet: Sheet, findings: Findings) -> None:
    import polars

    try:
        with _without_panics():
            frame = polars.read_parquet(file)
            columns = [_cells(column) for column in frame]
    # The reader's panics derive from BaseException alone.
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise Refused("E-FILE-CORRUPT") from error
    odd = False
    for number, (column, cells) in enumerate(zip(frame, columns, strict=True), start=1):
        if cells is None:
            odd = True
            findings.add("E-FILE-COLUMN", sheet, reject=True, row=1, col=number,
                         column=column.name, hint=str(column.dtype))  # fmt: skip
    if odd:
        return
    sheet.rows = [list(frame.columns), *map(list, zip(*columns, strict=True))]
    sheet.numbers = list(range(1, len(sheet.rows) + 1))


@contextmanager
def _without_panics() -> Iterator[None]:
    """Keep what the Parquet reader prints of its own panics off the terminal.

    It writes to the file descriptor, beneath ``sys.stderr``; the error itself is raised as well.
    """
    try:
        kept = os.dup(2)
    except OSError:  # there is none to print on
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _cells(column: Any) -> list[Any] | None:
    """Return the values of a column of a Parquet file as cells, None if they are of no such kind.

    Texts that are not marked as such are bytes; a short float stands for the decimal of least
    digits that it is nearest to.
    """
    import polars

    if column.dtype == polars.Binary:
        try:
            return ["" if v is None else v.decode("utf-8") for v in column.to_list()]
        except UnicodeDecodeError:
            return None
    if column.dtype == polars.Float32:
        return ["" if v is None else float(v) for v in column.cast(polars.String).to_list()]
    cells = [_plain(value) for value in column.to_list()]
    return None if any(cell is None for cell in cells) else cells


def _plain(value: Any) -> Any:
    """Return a value of a Parquet file as a cell, None if it is none."""
    if value is None:
        return ""
    if isinstance(value, str | int | float | bool | Decimal | datetime.date | datetime.time):
        return value
    if isinstance(value, list):
        parts = tuple(_plain(v) for v in value)
        flat = all(isinstance(v, str | int | float | Decimal) for v in parts)
        return tuple(map(str, parts)) if flat else None
    return None
