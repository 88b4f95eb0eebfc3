"""Workbooks: one sheet per table with typed cells, drop-downs, notes and, on demand, a guide."""

from __future__ import annotations

import datetime
import io
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from realloc.instance import City
from realloc.rules.words import words
from realloc.schema import CRITERIA, SCHEMA, SETTINGS, Column, Table, write_criterion
from realloc.tables.files import format_of, replaced
from realloc.tables.numbers import is_blank
from realloc.tables.sheet import letters
from realloc.tables.showing import Lang, check_lang, shown, shown_columns, written_tables, yes_no

_LONGEST_CELL = 32_767
_FILLABLE_ROWS = 5_000
# Of the words of a drop-down, in Excel.
_LONGEST_TITLE, _LONGEST_PROMPT = 32, 255
_TEXT_KINDS = ("id", "ref", "refs", "text", "words", "function", "holder", "months")
# Fixed, so that the same city gives the same file.
_CREATED = datetime.datetime(2026, 1, 1)


@cache
def guide() -> dict[str, Any]:
    """Return the words of the template, from ``guide.toml``."""
    path = Path(__file__).with_name("guide.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def template(path: str | Path, lang: Lang = "zh", city: City | None = None) -> None:
    """Write a workbook to fill in: a guide, the settings, and a sheet per table.

    Parameters
    ----------
    path
        The ``.xlsx`` file to write.
    lang
        Language of the guide, headers, notes and drop-downs: ``zh`` or ``en``.
    city
        Fill the workbook with this city, to be edited and read back; None: an empty one, which
        reads back with ``E-REQUIRED`` and ``E-TABLE-EMPTY`` for what has to be filled in and with
        nothing else.

    Raises
    ------
    ValueError
        If there is no such language.
    InputError
        If the path does not end in ``.xlsx``.
    """
    check_lang(lang)
    format_of(Path(path), "xlsx")
    with replaced(Path(path)) as temporary:
        write_workbook(temporary, city, lang, with_guide=True)


def write_workbook(path: Path, city: City | None, lang: Lang, *, with_guide: bool) -> None:
    """Write a workbook of a city, or an empty one to fill in.

    Parameters
    ----------
    city
        None: every table with its header alone, settings with their defaults.
    with_guide
        Put the sheet that explains everything first, and write every table, also empty ones.
    """
    import xlsxwriter

    content = io.BytesIO()  # the writer itself has an error of its own for a full disk
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": _CREATED})
        formats = {
            "required": book.add_format({"bold": True, "bg_color": "#1F4E78", "color": "#FFFFFF",
                                         "border": 1, "text_wrap": True, "valign": "vcenter"}),
            "optional": book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1,
                                         "text_wrap": True, "valign": "vcenter"}),
            "title": book.add_format({"bold": True, "font_size": 16}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }  # fmt: skip
        if with_guide:
            _guide_sheet(book, formats, lang)
        _city_sheet(book, formats, city, lang)
        for table in SCHEMA.values() if with_guide or city is None else written_tables(city):
            _table_sheet(book, formats, table, city, lang)
    path.write_bytes(content.getvalue())


def sheet_name(table: str, lang: Lang) -> str:
    """Return the name of a table's sheet."""
    if lang == "en":
        return table
    return words()["sheets"]["city"] if table == "city" else SCHEMA[table].zh


def header_of(column: Column, lang: Lang) -> str:
    """Return the header of a column."""
    return column.zh if lang == "zh" else column.name


def _put(sheet: Any, row: int, col: int, column: Column, value: Any, formats: Any) -> None:
    """Write one cell with its type; a text is never a formula, a link or a number."""
    if value is None:
        return
    if column.kind == "date":
        sheet.write_datetime(row, col, datetime.datetime.fromisoformat(value), formats["date"])
    elif isinstance(value, str):
        if len(value) > _LONGEST_CELL:
            raise ValueError(f"{column.name}: {len(value)} characters do not fit into a cell")
        sheet.write_string(row, col, value, formats["text"])
    else:
        sheet.write_number(row, col, value)


def _note(column: Column, lang: Lang) -> str:
    """Return the note of a header: what the column is, its format, its choices, its default."""
    parts = [column.help_zh if lang == "zh" else column.help_en, _format(column, lang)]
    parts.append(_choices(column, lang))
    if not column.required:
        parts.append(guide()[lang]["default"].format(value=default_of(column, lang)))
    return "\n".join(p for p in parts if p)


def default_of(column: Column, lang: Lang) -> str:
    """Return what a blank cell of an optional column means, in words of the template."""
    value = shown(column, column.default, lang)
    blank = guide()[lang]["blank"]
    if value is not None:
        return _written(value)
    return blank[column.name] if column.default is None else blank.get(column.name, blank[""])


def _written(value: Any) -> str:
    """Return a value as a text of the guide: 0, not 0.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _format(column: Column, lang: Lang) -> str:
    target = sheet_name(column.target, lang) if column.target else ""
    return guide()[lang]["kinds"][column.kind].format(target=target)


def _choices(column: Column, lang: Lang) -> str:
    """Return the words that a column may have, blank where it has no list of words."""
    chosen = column.words_zh if lang == "zh" else column.words
    if column.name == "policy.order":
        chosen = tuple(write_criterion(c) if lang == "zh" else c for c in CRITERIA)
    return " / ".join(w for w in chosen if w)


def _validation(column: Column, lang: Lang, table: str) -> dict[str, Any] | None:
    """Return the drop-down of a column's cells with its words, None if it has none."""
    say = guide()[lang]["drop_down"]
    # A list that a cell may go beyond has no error: ids come from several tables, or are to come.
    choice: dict[str, Any] = {"validate": "list", "show_error": False}
    if column.kind == "enum":
        choices = column.words_zh if lang == "zh" else column.words
        choice |= {"source": [w for w in choices if w], "show_error": True}
    elif column.kind == "flag":
        choice |= {"source": [str(v) for v in reversed(yes_no(lang))], "show_error": True}
    elif column.kind == "ref":
        choice["source"] = _range(column.target, SCHEMA[column.target].key[0], lang)
    elif column.kind == "function" and table != "units":
        choice["source"] = _range("units", "function", lang)
    elif column.kind == "holder":
        holders = words()["holders"]
        choice["source"] = list(holders.values() if lang == "zh" else holders)
    else:
        return None
    strict = choice["show_error"]
    choice["input_title"] = header_of(column, lang)[:_LONGEST_TITLE]
    choice["input_message"] = "\n".join(
        (column.help_zh if lang == "zh" else column.help_en,
         say["strict" if strict else "open"], "" if strict else _format(column, lang))
    ).strip()[:_LONGEST_PROMPT]  # fmt: skip
    if strict:
        choice["error_title"] = say["error_title"]
        choice["error_message"] = say["error"].format(
            choices=" / ".join(choice["source"])
        )[:_LONGEST_PROMPT]  # fmt: skip
    return choice


def _range(table: str, name: str, lang: Lang) -> str:
    """Return the cells of a column that can be filled in, as a formula of a drop-down."""
    at = letters(1 + [column.name for column in SCHEMA[table].columns].index(name))
    return f"='{sheet_name(table, lang)}'!${at}$2:${at}${_FILLABLE_ROWS}"


def _table_sheet(book: Any, formats: Any, table: Table, city: City | None, lang: Lang) -> None:
    sheet = book.add_worksheet(sheet_name(table.name, lang))
    sheet.freeze_panes(1, 0)
    columns = shown_columns(city, table, lang) if city else {}
    size = len(next(iter(columns.values()))) if columns else 0
    for i, column in enumerate(table.columns):
        header = header_of(column, lang)
        values = columns.get(header, [])
        style = "text" if column.kind in _TEXT_KINDS else "date" if column.kind == "date" else None
        longest = max((_width(v) for v in values[:200]), default=0)
        width = min(40, max(10, _width(header) + 3, longest + 2))
        sheet.set_column(i, i, width, formats[style] if style else None)
        sheet.write_string(0, i, header, formats["required" if column.required else "optional"])
        sheet.write_comment(0, i, _note(column, lang), {"x_scale": 2, "y_scale": 1.2})
        for k, value in enumerate(values, 1):
            _put(sheet, k, i, column, value, formats)
        choice = _validation(column, lang, table.name)
        if choice:
            sheet.data_validation(1, i, max(size, _FILLABLE_ROWS), i, choice)
    if size:
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{size + 1}"})


def _width(value: Any) -> int:
    """Return how wide a value is, hanzi counting two."""
    return sum(1 if char.isascii() else 2 for char in str(value)) if not is_blank(value) else 0


def _city_sheet(book: Any, formats: Any, city: City | None, lang: Lang) -> None:
    say = guide()[lang]
    sheet = book.add_worksheet(sheet_name("city", lang))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 2, 70)
    for i, header in enumerate(say["settings"]):
        sheet.write_string(0, i, header, formats["required"])
    for k, (name, column) in enumerate(SETTINGS.items(), 1):
        style = formats["required" if column.required else "optional"]
        sheet.write_string(k, 0, header_of(column, lang), style)
        value = shown(column, city.settings[name] if city else column.default, lang)
        _put(sheet, k, 1, column, value, formats)
        sheet.write_string(k, 2, _note(column, lang).replace("\n", " | "))
        choice = _validation(column, lang, "city")
        if choice:
            sheet.data_validation(k, 1, k, 1, choice)
        if column.kind == "date" and value is None:
            sheet.write_blank(k, 1, None, formats["date"])


def _guide_sheet(book: Any, formats: Any, lang: Lang) -> None:
    say, examples = guide()[lang], guide()["examples"]
    sheet = book.add_worksheet(say["sheet"])
    for i, width in enumerate((14, 22, 10, 26, 40, 60, 26, 26)):
        sheet.set_column(i, i, width)
    sheet.write_string(0, 0, say["title"], formats["title"])
    row = 2
    for number, line in enumerate(say["lines"], 1):
        sheet.write_string(row, 0, f"{number}. {line}")
        row += 1
    row += 1
    for name, text in say["tables"].items():
        needed = name == "city" or SCHEMA[name].required
        sheet.write_string(row, 0, sheet_name(name, lang), formats["optional"])
        sheet.write_string(row, 1, say["table_required" if needed else "table_optional"])
        sheet.write_string(row, 2, text)
        row += 1
    row += 1
    for i, header in enumerate(say["head"]):
        sheet.write_string(row, i, header, formats["required"])
    tables = [("city", tuple(SETTINGS.values())), *((t.name, t.columns) for t in SCHEMA.values())]
    for name, columns in tables:
        for column in columns:
            row += 1
            example = examples[name].get(column.name, column.default)
            if lang == "en":
                example = guide()["examples_en"].get(name, {}).get(column.name, example)
            example = tuple(example) if isinstance(example, list) else example
            shown_example = shown(column, example, lang)
            cells = (
                sheet_name(name, lang), header_of(column, lang),
                say["yes" if column.required else "no"], _format(column, lang),
                _choices(column, lang),
                column.help_zh if lang == "zh" else column.help_en,
                "" if shown_example is None else _written(shown_example),
                "" if column.required else default_of(column, lang),
            )  # fmt: skip
            for i, cell in enumerate(cells):
                sheet.write_string(row, i, cell, formats["wrap"])
