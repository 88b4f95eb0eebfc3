"""The settings of a city: ``city.toml`` with flat or nested keys, or a sheet of keys and values."""

from __future__ import annotations

import datetime
import re
import tomllib
from functools import cache
from typing import Any, NamedTuple

from realloc.rules.values import order_words, right_for
from realloc.rules.words import squeeze, words
from realloc.schema import CRITERIA, SETTINGS, Column
from realloc.tables.cells import grammar
from realloc.tables.numbers import is_blank
from realloc.tables.sheet import Findings, Sheet, address


class Setting(NamedTuple):
    """One setting as found: its key, its raw value and where it is (column 0: no cell)."""

    key: str
    raw: Any
    row: int
    col: int


@cache
def _by_key() -> dict[str, str]:
    """Return the setting of every key that means it: dotted name or Chinese name, squeezed."""
    names = {squeeze(name): name for name in SETTINGS}
    return names | {squeeze(c.zh): c.name for c in SETTINGS.values()}


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
    for setting in found:
        where = {"sheet": sheet, "row": setting.row, "col": setting.col, "column": setting.key}
        name = setting.key if setting.key in SETTINGS else _by_key().get(squeeze(setting.key))
        if name is None:
            findings.add("E-SETTING-UNKNOWN", **where, value=setting.raw,
                         hint=findings.nearest(setting.key, list(SETTINGS)))  # fmt: skip
            continue
        where["column"] = name
        if name in places:
            first = places[name]
            other = address(first["row"], max(1, first["col"]))
            findings.add("E-SETTING-DUP", **where, value=setting.raw,
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
            where = places.get(name, {"sheet": sheet, "column": name})
            findings.add("E-REQUIRED", **where, expected=right_for(SETTINGS[name]))
    return values, places


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
        findings.add(issue.code, **where, value=raw, expected=issue.expected, hint=issue.hint)
    if column.name == "policy.order" and found.value is not None:
        allowed = order_words()
        for word in found.value:
            if word not in allowed:
                findings.add("E-ENUM", **where, value=word, expected=" | ".join(CRITERIA),
                             hint=findings.nearest(word, allowed))  # fmt: skip
                return None
    return found.value


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
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        findings.add("E-TOML", sheet, reject=True, row=int(line.group(1)) if line else 0,
                     hint=str(error)[:80])  # fmt: skip
        return None
    flat: list[tuple[str, Any]] = []
    stack: list[tuple[str, Any]] = list(reversed(content.items()))
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict) and value:
            stack += [(f"{key}.{k}", v) for k, v in reversed(value.items())]
        else:
            flat.append((key, value))
    lines = text.splitlines()
    return [Setting(key, _plain(value), _line(lines, key), 0) for key, value in flat]


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
