"""Writing a city as CSV, XLSX or Parquet, so that reading it gives the same city again."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from realloc.instance import City
from realloc.schema import SCHEMA, SETTINGS, Column, Table
from realloc.tables.cells import is_all_year, write_months
from realloc.tables.headers import tables_by_name
from realloc.tables.text import escape
from realloc.tables.words import words

Format = Literal["csv", "xlsx", "parquet"]
Lang = Literal["en", "zh"]


def write(city: City, path: str | Path, format: Format = "csv", lang: Lang = "en") -> None:
    """Write a city; reading the result gives a city with the same digest.

    Parameters
    ----------
    path
        Folder for ``csv`` and ``parquet``, file for ``xlsx``. Files of a city that are there are
        replaced, other files in the folder are left alone.
    format
        ``csv`` (UTF-8; with a byte order mark where headers are Chinese, as Excel wants), ``xlsx``
        or ``parquet``.
    lang
        Language of headers, sheet names and enum words.

    Notes
    -----
    Everything is written beside its place first and then moved there, so that a crash leaves the
    old files or the new ones. In CSV a text that a spreadsheet would take for a formula gets a
    leading quote, which the reader takes off; in XLSX every text is a typed string.
    """
    target = Path(path)
    if format == "xlsx":
        from realloc.tables.worksheets import write_workbook

        with replaced(target) as temporary:
            write_workbook(temporary, city, lang, with_guide=False)
        return
    with _replaced_folder(target) as folder:
        (folder / "city.toml").write_text(settings_toml(city, lang), encoding="utf-8", newline="\n")
        for table in written_tables(city):
            name = table.zh if lang == "zh" else table.name
            if format == "csv":
                _write_csv(folder / f"{name}.csv", city, table, lang)
            else:
                _write_parquet(folder / f"{name}.parquet", city, table, lang)


def written_tables(city: City) -> list[Table]:
    """Return the tables to write: all with rows, those a city must have, and admission.

    A city without rows of admission differs from one without the table, which takes defaults.
    """
    return [
        table for name, table in SCHEMA.items()
        if table.required or name == "admission" or city.tables[name][table.columns[0].name]
    ]  # fmt: skip


# -- values --------------------------------------------------------------------------------------


def shown(column: Column, value: Any, lang: Lang) -> str | int | float | None:
    """Return a value as it stands in a file: None for a blank cell."""
    if value is None or value == "" or value == ():
        return None
    match column.kind:
        case "share":
            return value / 1000
        case "months":
            return write_months(value)
        case "words" | "refs":
            return ";".join(value)
        case "enum":
            return column.words_zh[column.words.index(value)] if lang == "zh" else value
        case "flag":
            return yes_no(lang)[value]
        case "holder":
            return words()["holders"].get(value, value) if lang == "zh" else value
    return value


def yes_no(lang: Lang) -> tuple[Any, Any]:
    """Return how no and yes stand in a file."""
    if lang == "en":
        return (0, 1)
    flags = words()["flags"]
    zh = [word for word in flags if not word.isascii()]
    return (next(w for w in zh if not flags[w]), next(w for w in zh if flags[w]))


def shown_columns(city: City, table: Table, lang: Lang) -> dict[str, list[Any]]:
    """Return the columns of a table as they stand in a file, by header."""
    rows = city.tables[table.name]
    columns: dict[str, list[Any]] = {}
    for column in table.columns:
        values = rows[column.name]
        if column.kind == "months":
            # The whole year is blank where blank means the whole year.
            blank = [column.default is not None] * len(values)
            if "duration" in rows:
                blank = [d != "temporary" for d in rows["duration"]]
            values = [
                None if v is None or (b and is_all_year(v)) else v
                for v, b in zip(values, blank, strict=True)
            ]
        header = column.zh if lang == "zh" else column.name
        columns[header] = [shown(column, v, lang) for v in values]
    return columns


# -- CSV and Parquet -----------------------------------------------------------------------------


def _csv_cell(value: str | int | float | None) -> str:
    """Return a field; the standard writer would leave a lone carriage return unquoted."""
    if isinstance(value, str):
        text = escape(value)
        quoted = any(sign in text for sign in ',"\r\n')
        return '"' + text.replace('"', '""') + '"' if quoted else text
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _write_csv(path: Path, city: City, table: Table, lang: Lang) -> None:
    columns = shown_columns(city, table, lang)
    rows = [tuple(columns), *zip(*columns.values(), strict=True)]
    text = "".join(",".join(map(_csv_cell, row)) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8-sig" if lang == "zh" else "utf-8", newline="")


def _write_parquet(path: Path, city: City, table: Table, lang: Lang) -> None:
    import polars

    columns = shown_columns(city, table, lang)
    types: dict[str, Any] = {}
    for column, header in zip(table.columns, columns, strict=True):
        whole = column.kind in ("int", "minutes", "yuan") or (
            column.kind == "flag" and lang == "en"
        )
        types[header] = (
            polars.Int64 if whole else polars.Float64 if column.kind == "share" else polars.String
        )
    polars.DataFrame(columns, schema=types).write_parquet(path)


# -- settings --------------------------------------------------------------------------------------


def settings_toml(city: City, lang: Lang) -> str:
    """Return the settings of a city as TOML: plain keys first, then one section each."""
    sections: dict[str, list[str]] = {"": []}
    for name, column in SETTINGS.items():
        section, dot, key = name.partition(".")
        if not dot:
            section, key = "", name
        note = column.zh if lang == "zh" else column.help_en
        line = f"{key} = {_toml(column, city.settings[name])}"
        sections.setdefault(section, []).append(
            f"{line}  # {note}" if section != "weights" else line
        )
    blocks = [
        "\n".join([f"[{section}]", *lines] if section else lines)
        for section, lines in sections.items()
    ]
    return "\n\n".join(blocks) + "\n"


def _toml(column: Column, value: Any) -> str:
    if column.kind == "words":
        return "[" + ", ".join(_toml_text(v) for v in value) + "]"
    if column.kind == "share":
        return repr(value / 1000)
    if column.kind == "flag":
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _toml_text("" if value is None else value)


def _toml_text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


# -- files -----------------------------------------------------------------------------------------


def _settle(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target` that takes its place if the block succeeds."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        _settle(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _replaced_folder(target: Path) -> Iterator[Path]:
    """As :func:`replaced` for a folder; files of a city that were there before are removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{uuid.uuid4().hex}")
    temporary.mkdir()
    try:
        yield temporary
        files = sorted(temporary.iterdir())
        for file in files:
            _settle(file)
        if not target.exists():
            temporary.rename(target)
            return
        for file in files:
            file.replace(target / file.name)
        _remove_others(target, {file.name for file in files})
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_others(folder: Path, new: set[str]) -> None:
    """Remove the tables of a city that stood here before in another format or language."""
    tables = tables_by_name()
    for file in folder.iterdir():
        is_table = file.suffix in (".csv", ".parquet", ".toml") and file.stem in tables
        if is_table and file.name not in new and file.is_file():
            file.unlink()
