"""A city that is made or changed in Python, checked as its files are.

First name, type and range of every setting, table, column and value, which files have checked cell
by cell in :mod:`realloc.tables`; then the rules between cells (:mod:`realloc.rules`), the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from numbers import Integral
from typing import Any

from realloc.errors import InputError, Problem, show
from realloc.rules import Plain, check_rows
from realloc.rules.bounds import EXACT, too_large
from realloc.rules.findings import Findings
from realloc.rules.values import (
    LONGEST_ID,
    LONGEST_TEXT,
    bad_id,
    bad_text,
    is_day,
    order_words,
    right_for,
)
from realloc.rules.words import is_blank
from realloc.schema import CRITERIA, SCHEMA, SETTINGS, Column

_WHOLE = {"int", "minutes", "yuan", "share", "flag"}
_IDS = {"id", "ref", "function", "holder"}
_MOST = {"share": 1000, "flag": 1}

Columns = Mapping[str, Sequence[Any]]


def plain(
    settings: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return settings and tables with whole numbers of any kind, as numpy's, as those of Python."""
    return (
        {name: _plain(value) for name, value in settings.items()},
        {name: {column: _plain_column(values) for column, values in columns.items()}
         for name, columns in tables.items()},
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """Return a whole number, alone or in a tuple, as Python's; a truth value is none."""
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Integral) and not isinstance(value, bool | int):
        return int(value)
    return value


def _plain_column(values: Any) -> Any:
    kinds = set(map(type, values))
    odd = any(issubclass(kind, tuple | Integral) and kind not in (bool, int) for kind in kinds)
    return [_plain(value) for value in values] if odd else values


def check(
    settings: Mapping[str, Any],
    tables: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Columns] | None = None,
) -> dict[str, Columns]:
    """Check settings and tables, and return the tables as the city is to have them.

    Parameters
    ----------
    settings, tables
        what was given.
    known
        the other tables of the city, which were checked before by themselves.

    Returns
    -------
    dict
        the given tables: blank cells None, references written as their table spells them. Tables
        of `known` are among them where a rule changed one of their cells.

    Raises
    ------
    InputError
        names every setting, table, column and row that is wrong.
    """
    known = known or {}
    problems = [*_settings(settings), *_missing(tables, known), *_tables(tables)]
    if problems:
        raise InputError(problems)
    given = {name: Plain(SCHEMA[name], columns) for name, columns in tables.items()}
    rows = {**given, **{name: Plain(SCHEMA[name], columns) for name, columns in known.items()}}
    before = {name: dict(plain.columns) for name, plain in rows.items()}
    findings = Findings()
    if tables:
        # an optional table without rows is one that the city does not have
        check_rows({name: r for name, r in rows.items() if r.numbers}, findings)
    heavy = too_large({k: v for k, v in settings.items() if not is_blank(v)}, rows)
    if heavy:
        findings.add("E-WEIGHTS", column=heavy[0], value=f"{heavy[1]:.3e}", expected=f"< {EXACT}")
    if findings.failed:
        raise InputError(findings.problems())
    touched = {name for name in known if rows[name].columns != before[name]}
    return {name: rows[name].columns for name in rows if name in given or name in touched}


def _missing(
    tables: Mapping[str, Mapping[str, Any]], known: Mapping[str, Columns]
) -> Iterator[Problem]:
    """Yield a problem for every table and column that a city needs and that is not there."""
    for name, table in SCHEMA.items():
        columns = tables.get(name)
        if columns is None:
            if table.required and name not in known:
                yield Problem("E-SHEET-MISSING", "R", sheet=name, expected=f"table {name}")
        elif not any(len(values) for values in columns.values()):
            if table.required:
                yield Problem("E-TABLE-EMPTY", "R", sheet=name)
        else:
            for column in table.columns:
                if column.required and column.name not in columns:
                    yield Problem("E-HEADER-MISSING", "E", sheet=name, expected=column.name)


def _settings(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in settings.items():
        if key not in SETTINGS:
            yield _unknown("E-SETTING-UNKNOWN", key, SETTINGS, column=key)
            continue
        setting = SETTINGS[key]
        code, hint = _wrong(setting, value)
        if not code and value == () and setting.default:
            code = "E-REQUIRED"
        if code:
            yield Problem(code, "E", column=key, value=show(value), expected=_right(setting),
                          hint=hint)  # fmt: skip
        elif key == "policy.order":
            known = order_words()
            for word in value or ():
                if word not in known:
                    near = get_close_matches(word, known, 1)
                    yield Problem("E-ENUM", "E", column=key, value=show(word),
                                  expected=" | ".join(CRITERIA), hint="".join(near))  # fmt: skip
    for key, setting in SETTINGS.items():
        if setting.required and is_blank(settings.get(key)):
            yield Problem("E-REQUIRED", "E", column=key, expected=right_for(setting))


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
    told: dict[Any, tuple[str, str]] = {}
    for row, value in enumerate(values, start=2):
        try:
            key = (type(value), value)
            found = told.get(key)
        except TypeError:  # a list, or a tuple of lists
            key = found = None
        if found is None:
            found = _wrong(column, value)
            if not found[0] and column.required and (value == () or is_blank(value)):
                found = ("E-REQUIRED", "")
            if key is not None:
                told[key] = found
        code, hint = found
        if code:
            shown = "" if value is None else show(value)
            yield Problem(code, "E", sheet=table, row=row, column=column.name, value=shown,
                          expected=_right(column), hint=hint)  # fmt: skip


def _wrong(column: Column, value: Any) -> tuple[str, str]:
    """Return code and hint of what is wrong with a value, blank if nothing is."""
    kind = column.kind
    if value is None or (type(value) is type(column.default) and value == column.default):
        return "", ""
    if kind in _WHOLE:
        if isinstance(value, bool) or not isinstance(value, int):
            return "E-NUM", ""
        most = min(column.high, _MOST.get(kind, column.high))
        return ("" if column.low <= value <= most else "E-NUM-RANGE"), ""
    if kind == "enum":
        right = isinstance(value, str) and (value in column.words or is_blank(value))
        return ("" if right else "E-ENUM"), ""
    if kind == "months":
        code = "E-MONTHS" if isinstance(value, tuple) else "E-TUPLE"
        return ("" if _is_window(value) else code), ""
    if kind in ("words", "refs"):
        return _wrong_words(value)
    if not isinstance(value, str):
        return "E-TEXT", ""
    if kind == "date" and not is_blank(value) and not is_day(value, column):
        return "E-DATE", ""
    bad = bad_text(value, LONGEST_ID if kind in _IDS else LONGEST_TEXT)
    return bad if bad[0] or kind != "id" else bad_id(value)


def _wrong_words(value: Any) -> tuple[str, str]:
    """Return what is wrong with several words or ids: a tuple of texts, each of them once."""
    if not isinstance(value, tuple) or any(not isinstance(word, str) for word in value):
        return "E-TUPLE", ""
    if any(is_blank(word) for word in value):
        return "E-REQUIRED", ""
    for k, word in enumerate(value):
        if word in value[:k]:
            return "E-TUPLE-DUP", word
        bad = bad_text(word, LONGEST_ID)
        if bad[0]:
            return bad
    return "", ""


def _is_window(value: Any) -> bool:
    """Return whether a value is the first month (from 0) of a window and its number of months."""
    return (
        isinstance(value, tuple) and len(value) == 2
        and all(type(number) is int for number in value)
        and 0 <= value[0] < 12 and 1 <= value[1] <= 12
    )  # fmt: skip


def _right(column: Column) -> str:
    if column.kind in _WHOLE:
        return f"int {column.low}..{min(column.high, _MOST.get(column.kind, column.high))}"
    return right_for(column) if column.required else " | ".join(w for w in column.words if w)


def _unknown(
    code: str, name: str, known: Mapping[str, Any], *, sheet: str = "", column: str = ""
) -> Problem:
    near = get_close_matches(name, list(known), 1)
    hint = near[0] if near else ""
    return Problem(code, "E", sheet=sheet, column=column, value=show(name), hint=hint)
