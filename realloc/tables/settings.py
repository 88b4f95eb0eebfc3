"""The settings of a city: ``city.toml`` with flat or nested keys, or a sheet of keys and values."""

from __future__ import annotations

import datetime
import re
import sys
import tomllib
from functools import cache
from typing import Any, NamedTuple

from realloc.rules.values import order_words, right_for
from realloc.rules.words import normal, squeeze, words
from realloc.schema import CRITERIA, SETTINGS, Column, leaves, write_criterion
from realloc.tables.cells import grammar
from realloc.tables.numbers import is_blank
from realloc.tables.sheet import Findings, Sheet, address

#: Minutes a year below which hours were meant: nobody works as little as 160 hours.
_YEAR = 9_600


class Setting(NamedTuple):
    """One setting as found: its key, its raw value and where it is (column 0: no cell)."""

    key: str
    raw: Any
    row: int
    col: int


@cache
def _by_key() -> dict[str, str]:
    """Return the setting of every key that means it: dotted name or Chinese name, squeezed."""
    prefix = words()["weight"]
    old = {squeeze(f"{prefix} {leaf}"): f"weights.{leaf}" for leaf in leaves()}
    names = {squeeze(name): name for name in SETTINGS}
    return old | names | {squeeze(c.zh): c.name for c in SETTINGS.values()}


def read_settings(
    sheet: Sheet | None, findings: Findings
) -> tuple[dict[str, Any], dict[str, dict]]:
    """Return the settings that were given, and where each stands, as arguments of a finding.

    Unknown, repeated, wrong and missing settings go to `findings`.
    """
    if sheet is None or not sheet.rows:
        return {}, {}
    found = _from_toml(sheet, findings) if sheet.kind == "toml" else _from_sheet(sheet)
    if found is None:
        return {}, {}
    values: dict[str, Any] = {}
    places: dict[str, dict] = {}
    blank: list[str] = []
    in_cells = sheet.kind != "toml"
    for setting in found:
        where = {"sheet": sheet, "row": setting.row, "col": setting.col, "column": setting.key}
        # What is wrong with a key is wrong in its own cell, to the left of the value.
        of_key = {**where, "col": min(1, setting.col), "value": setting.key}
        name = setting.key if setting.key in SETTINGS else _by_key().get(squeeze(setting.key))
        if name is None:
            ascii_only = setting.key.isascii()
            keys = [key if ascii_only else column.zh for key, column in SETTINGS.items()]
            findings.add("E-SETTING-UNKNOWN", **of_key,
                         hint=findings.nearest(setting.key, keys))  # fmt: skip
            continue
        if not in_cells or setting.key.isascii():
            where["column"] = of_key["column"] = name
        if name in places:
            other = address(places[name]["row"], 1)
            findings.add("E-SETTING-DUP", **of_key,
                         related=(f"{sheet.name}!{other}",))  # fmt: skip
            continue
        places[name] = where
        if setting.raw == "" or is_blank(setting.raw):
            blank.append(name)
            continue
        value = _read(SETTINGS[name], setting, where, sheet, findings)
        if value is not None:
            values[name] = value
    required = [name for name, column in SETTINGS.items() if column.required]
    for name in required:
        if name not in places or name in blank:
            where = places.get(name, {"sheet": sheet, "column": label(name, sheet)})
            findings.add("E-REQUIRED", **where, expected=right_for(SETTINGS[name]))
    return values, places


def label(name: str, sheet: Sheet | None) -> str:
    """Return what a setting that is not there would be called beside those that are."""
    if sheet is None or sheet.kind == "toml":
        return name
    keys = [str(row[0]) for row in sheet.rows if row and not is_blank(row[0])]
    return name if all(key.isascii() for key in keys) else SETTINGS[name].zh


@cache
def _criteria() -> dict[str, str]:
    """Return the criterion, or part of one, of every word that may stand in an order of them."""
    names = order_words()
    return {_bare(word): name for name in names for word in (name, write_criterion(name))}


def _bare(word: str) -> str:
    """Return a word of an order in the form in which it is looked up: criterion and part in one."""
    return squeeze(word).replace("\u00b7", "")


def _read(column: Column, setting: Setting, where: dict, sheet: Sheet, findings: Findings) -> Any:
    """Read one setting; None if it is wrong."""
    raw = tuple(setting.raw) if isinstance(setting.raw, list) else setting.raw
    if isinstance(raw, bool) and column.kind == "flag":
        raw = int(raw)
    if isinstance(raw, dict):
        findings.add("E-SETTING-UNKNOWN", **where, value=raw)
        return None
    found = grammar(column, sheet.kind)(raw)
    for issue in found.issues:
        hint = _per_mille(raw) if column.name.startswith("effort.") else ""
        findings.add(issue.code, **where, value=raw, expected=issue.expected,
                     hint=hint or issue.hint)  # fmt: skip
    if column.name == "minutes_per_staff" and 0 < (found.value or 0) < _YEAR:
        findings.add("W-YEAR-SHORT", **where, value=raw, hint=str(60 * found.value))
    if column.name == "policy.order" and found.value is not None:
        order = [_criteria().get(_bare(word)) for word in found.value]
        for word, criterion in zip(found.value, order, strict=True):
            if criterion is None:
                allowed = order_words()
                if not word.isascii():
                    allowed = [write_criterion(name) for name in allowed]
                findings.add("E-ENUM", **where, value=word, expected=" | ".join(CRITERIA),
                             hint=findings.nearest(word, allowed))  # fmt: skip
                return None
        for k, criterion in enumerate(order):
            if criterion in order[:k]:
                findings.add("E-TUPLE-DUP", **where, value=found.value[k],
                             expected=" | ".join(CRITERIA))  # fmt: skip
                return None
        return tuple(order)
    return found.value


def _per_mille(raw: Any) -> str:
    """Return what a factor or percentage is as a number of thousandths, blank if it is none."""
    text, scale = normal(str(raw)), 1000
    if text.endswith("%"):
        text, scale = text[:-1], 10
    try:
        value = float(text) * scale
    except ValueError:
        return ""
    return f"{value:.0f}" if value == round(value) and 1 <= value <= 10_000 else ""


def _from_sheet(sheet: Sheet) -> list[Setting]:
    """Return the settings of a sheet of keys (first column) and values (second column)."""
    header = {squeeze(word) for word in words()["setting_keys"]}
    found = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        key = "" if not row or is_blank(row[0]) else str(row[0]).strip()
        if key and not (number == sheet.numbers[0] and squeeze(key) in header):
            found.append(Setting(key, row[1] if len(row) > 1 else "", number, 2))
    return found


def _from_toml(sheet: Sheet, findings: Findings) -> list[Setting] | None:
    text: str = sheet.rows[0][0]
    lines = text.splitlines()
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of a number of thousands of digits
        line = re.search(r"line (\d+)", str(error))
        row = int(line.group(1)) if line else _line_of_digits(lines)
        bare = row and re.match(r"\s*[^\s\"'=#\x00-\x7f][^\"'=#]*=", lines[row - 1])
        findings.add("E-TOML", sheet, reject=True, row=row, hint="quote" if bare else "")
        return None
    flat: list[tuple[str, Any]] = []
    stack: list[tuple[str, Any]] = list(reversed(content.items()))
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict) and value:
            stack += [(f"{key}.{k}", v) for k, v in reversed(value.items())]
        else:
            flat.append((key, value))
    return [Setting(key, _plain(value), _line(lines, key), 0) for key, value in flat]


def _line_of_digits(lines: list[str]) -> int:
    """Return the line of the first number with more digits than Python reads, 0 without any."""
    number = re.compile(rf"\d{{{sys.get_int_max_str_digits() + 1},}}")
    return next((k for k, line in enumerate(lines, 1) if number.search(line.replace("_", ""))), 0)


def _plain(value: Any) -> Any:
    """Return a TOML value as a cell; lists of anything but words are shown as text."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, list):
        return [str(v) for v in value]
    return value


def _line(lines: list[str], key: str) -> int:
    """Return the line of a key: its own last word at the start of a line, 0 if there is none."""
    for name in (key, key.rpartition(".")[2]):
        pattern = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
        for number, line in enumerate(lines, 1):
            if pattern.match(line):
                return number
    return 0
