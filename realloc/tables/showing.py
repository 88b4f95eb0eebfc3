"""What stands in the files of a city: its tables, and each value as a file shows it."""

from __future__ import annotations

from typing import Any, Literal, get_args

from realloc.instance import City
from realloc.rules.values import is_all_year, write_months
from realloc.rules.words import words
from realloc.schema import SCHEMA, Column, Table, write_criterion

Lang = Literal["en", "zh"]


def check_lang(lang: str) -> None:
    """Refuse a language that there are no words of, with a ValueError."""
    known = get_args(Lang)
    if lang not in known:
        raise ValueError(f"lang {lang!r}: there are {', '.join(known)}")


def written_tables(city: City) -> list[Table]:
    """Return the tables to write: all with rows, those a city must have, and admission.

    A city without rows of admission differs from one without the table, which takes defaults.
    """
    return [
        table for name, table in SCHEMA.items()
        if table.required or name == "admission" or city.tables[name][table.columns[0].name]
    ]  # fmt: skip


def shown(column: Column, value: Any, lang: Lang) -> str | int | float | None:
    """Return a value as it stands in a file: None for a blank cell."""
    if value is None or value == "" or value == ():
        return None
    match column.kind:
        case "share":
            return value / 1000
        case "months":
            return write_months(value)
        case "words" if column.name == "policy.order" and lang == "zh":
            return ";".join(map(write_criterion, value))
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
