"""What columns and settings hold in memory, checked by name, type and range.

Files are checked cell by cell in :mod:`realloc.tables`; this is for a city that is changed in
Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from realloc.errors import InputError, Problem, show
from realloc.schema import SCHEMA, SETTINGS, Column

_WHOLE = {"int", "minutes", "yuan", "share", "flag"}
_SEVERAL = {"words", "refs", "months"}
_MOST = {"share": 1000, "flag": 1}


def check(settings: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse settings, tables and columns that there are not, and values of another kind.

    Raises
    ------
    InputError
        names every setting, table, column and row that is wrong.
    """
    problems = [*_settings(settings), *_tables(tables)]
    if problems:
        raise InputError(problems)


def _settings(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in settings.items():
        if key not in SETTINGS:
            yield _unknown("E-SETTING-UNKNOWN", key, SETTINGS, column=key)
            continue
        setting = SETTINGS[key]
        code = _wrong(setting, value)
        if code:
            yield Problem(code, "E", column=key, value=show(value), expected=_right(setting))


def _tables(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for name, columns in tables.items():
        if name not in SCHEMA:
            yield _unknown("E-SHEET-UNKNOWN", name, SCHEMA, sheet=name)
            continue
        known = {column.name: column for column in SCHEMA[name].columns}
        rows = max((len(values) for values in columns.values()), default=0)
        for key, values in columns.items():
            if key not in known:
                yield _unknown("E-HEADER-UNKNOWN", key, known, sheet=name, column=key)
                continue
            if len(values) != rows:
                yield Problem("E-TABLE-SIZES", "E", sheet=name, column=key,
                              value=str(len(values)), expected=f"rows {rows}..{rows}")  # fmt: skip
            yield from _column(name, known[key], values)


def _column(table: str, column: Column, values: Any) -> Iterator[Problem]:
    """Yield a problem for every value of another kind; equal values are looked at once."""
    told: dict[Any, str] = {}
    for row, value in enumerate(values, start=2):
        key = (type(value), value)
        if key not in told:
            told[key] = _wrong(column, value)
        if told[key]:
            yield Problem(told[key], "E", sheet=table, row=row, column=column.name,
                          value=show(value), expected=_right(column))  # fmt: skip


def _wrong(column: Column, value: Any) -> str:
    """Return the code of what is wrong with a value, blank if nothing is."""
    kind = column.kind
    if value is None or value == column.default:
        return ""
    if kind in _WHOLE:
        if isinstance(value, bool) or not isinstance(value, int):
            return "E-NUM"
        most = min(column.high, _MOST.get(kind, column.high))
        return "" if column.low <= value <= most else "E-NUM-RANGE"
    if kind == "enum":
        return "" if value in column.words else "E-ENUM"
    if kind in _SEVERAL:
        return "" if isinstance(value, tuple) else "E-TUPLE"
    return "" if isinstance(value, str) else "E-TEXT"


def _right(column: Column) -> str:
    if column.kind in _WHOLE:
        return f"int {column.low}..{min(column.high, _MOST.get(column.kind, column.high))}"
    return " | ".join(word for word in column.words if word)


def _unknown(
    code: str, name: str, known: Mapping[str, Any], *, sheet: str = "", column: str = ""
) -> Problem:
    near = get_close_matches(name, list(known), 1)
    hint = near[0] if near else ""
    return Problem(code, "E", sheet=sheet, column=column, value=show(name), hint=hint)
