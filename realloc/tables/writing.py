"""Writing a city as CSV, XLSX or Parquet, so that reading it gives the same city again."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from realloc.instance import City
from realloc.schema import SETTINGS, Column, Table
from realloc.tables.files import Format, format_of, replaced, replaced_folder
from realloc.tables.showing import Lang, check_lang, shown_columns, written_tables
from realloc.tables.text import escape
from realloc.tables.worksheets import write_workbook


def write(city: City, path: str | Path, format: Format | None = None, lang: Lang = "en") -> None:
    """Write a city; reading the result gives a city with the same digest.

    Parameters
    ----------
    path
        Folder for ``csv`` and ``parquet``, file ending in ``.xlsx`` for ``xlsx``. Files of a city
        that are there are replaced, other files in the folder are left alone.
    format
        ``csv`` (UTF-8; with a byte order mark where headers are Chinese, as Excel wants), ``xlsx``
        or ``parquet``; None: ``xlsx`` where the path ends so, else ``csv``. A folder that is to be
        called like a file (``x.pdf``) has to be there, or needs the format.
    lang
        Language of headers, sheet names and enum words: ``en`` or ``zh``.

    Raises
    ------
    ValueError
        If there is no such format or language.
    InputError
        If path and format contradict, or the path is that of another file.
    OSError
        If it cannot be written.

    Notes
    -----
    Everything is written beside its place first and then moved there, so that a crash leaves the
    old files or the new ones. In CSV a text that a spreadsheet would take for a formula gets a
    leading quote, which the reader takes off; in XLSX every text is a typed string.
    """
    check_lang(lang)
    target = Path(path)
    format = format_of(target, format)
    if format == "xlsx":
        with replaced(target) as temporary:
            write_workbook(temporary, city, lang, with_guide=False)
        return
    with replaced_folder(target) as folder:
        (folder / "city.toml").write_text(settings_toml(city, lang), encoding="utf-8", newline="\n")
        for table in written_tables(city):
            name = table.zh if lang == "zh" else table.name
            if format == "csv":
                _write_csv(folder / f"{name}.csv", city, table, lang)
            else:
                _write_parquet(folder / f"{name}.parquet", city, table, lang)


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
    content = io.BytesIO()  # the writer itself has errors of its own for a full disk
    polars.DataFrame(columns, schema=types).write_parquet(content)
    path.write_bytes(content.getvalue())


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
