"""Ids, keys and references: each id once, each reference to an id that exists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from realloc.rules.findings import Findings
from realloc.rules.rows import Rows
from realloc.rules.words import fold, is_blank, says_nothing, words
from realloc.schema import SCHEMA

_LISTED = 50
#: Most ids that are offered for a name.
_OFFERED = 3
#: How much alike a name has to be to offer its id.
_ALIKE = 0.6

# Letters of other scripts that look like Latin ones: Cyrillic, then Greek.
_LOOKALIKES = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "ABEKMHOPCTYXIJSaeopcyxijsABEZHIKMNOPTYXo",
)  # fmt: skip


@dataclass
class Index:
    """The ids that a reference may name, as they stand and folded; and cells that hold none.

    A reference that is unknown may be meant for an id that could not be read.
    """

    exact: set[str] = field(default_factory=set)
    folded: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @staticmethod
    def of(ids: Iterable[str | None]) -> Index:
        """Index the ids of a column; blanks are left out."""
        exact = {i for i in ids if i}
        return Index(exact, {fold(i): i for i in sorted(exact)})

    @staticmethod
    def of_key(loaded: Mapping[str, Rows], name: str) -> Index:
        """Index the ids of a table; of one that there is not, none."""
        if name not in loaded:
            return Index()
        rows, key = loaded[name], SCHEMA[name].key[0]
        found = Index.of(rows.get(key))
        found.unread = tuple(rows.cell(i, key) for i, v in rows.rows(key) if v is None)[:_LISTED]
        return found


def check_ids(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """Report ids that are repeated, reserved, shared between tables or easily mistaken."""
    reserved = {fold(w) for pair in words()["holders"].items() for w in pair}
    for name, rows in loaded.items():
        key = SCHEMA[name].key
        if len(key) != 1 or SCHEMA[name].column(key[0]).kind != "id":
            continue
        groups: dict[str, list[int]] = {}
        for i, value in rows.rows(key[0]):
            if value:
                groups.setdefault(fold(value), []).append(i)
                if name in ("units", "contracts") and fold(value) in reserved:
                    findings.add("E-ID-RESERVED", **rows.at(i, key[0]), value=value)
        _report_groups(rows, key[0], groups.values(), "E-ID-DUP", "id", findings)
        _report_lookalikes(rows, key[0], groups, findings)
    if "units" in loaded and "contracts" in loaded:
        units = {fold(u): i for i, u in loaded["units"].rows("id") if u}
        for i, contract in loaded["contracts"].rows("id"):
            if contract and fold(contract) in units:
                other = loaded["units"].cell(units[fold(contract)], "id")
                findings.add("E-ID-AMBIGUOUS", **loaded["contracts"].at(i, "id"), value=contract,
                             related=(other,))  # fmt: skip


def _report_groups(
    rows: Rows,
    column: str,
    groups: Iterable[list[int]],
    code: str,
    expected: str,
    findings: Findings,
) -> None:
    values = rows.get(column)
    for group in groups:
        if len(group) < 2:
            continue
        cells = [rows.cell(i, column) for i in group[:_LISTED]]
        for i in group[1:]:
            here = rows.cell(i, column)
            findings.add(code, **rows.at(i, column), value=values[i], expected=expected,
                         related=tuple(c for c in cells if c != here))  # fmt: skip


def _odd_letter(one: str, other: str) -> str:
    """Return the first letter in which two ids that look alike differ, by its code."""
    return next((f"U+{ord(a):04X}" for a, b in zip(one, other, strict=False) if a != b), "")


def _report_lookalikes(
    rows: Rows, column: str, groups: Mapping[str, list[int]], findings: Findings
) -> None:
    values = rows.get(column)
    skeletons: dict[str, list[int]] = {}
    for group in groups.values():
        skeleton = fold(values[group[0]].translate(_LOOKALIKES))
        skeletons.setdefault(skeleton, []).append(group[0])
    for group in skeletons.values():
        for i in group[1:]:
            findings.add("W-ID-LOOKALIKE", **rows.at(i, column), value=values[i],
                         hint=_odd_letter(values[i], values[group[0]]),
                         related=(rows.cell(group[0], column),))  # fmt: skip


def check_keys(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """Report rows that repeat the key of a table whose key is several columns."""
    for name, rows in loaded.items():
        table = SCHEMA[name]
        if len(table.key) == 1 and table.column(table.key[0]).kind == "id":
            continue
        required = [k for k, c in enumerate(table.key) if table.column(c).required]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for i, *key in rows.rows(*table.key):
            if all(key[k] is not None for k in required):
                groups.setdefault(tuple(key), []).append(i)
        expected = f"key {' '.join(table.key)}"
        _report_groups(rows, table.key[0], groups.values(), "E-KEY-DUP", expected, findings)


def resolve(loaded: Mapping[str, Rows], present: set[str], findings: Findings) -> None:
    """Report references to unknown ids, and write each known one as its table spells it.

    Parameters
    ----------
    present
        Tables that the city has, read or refused. A reference to a table that was refused cannot
        be judged and is left alone.
    """
    unknowable = present - set(loaded)
    index = {name: Index.of_key(loaded, name) for name in SCHEMA}
    reserved = Index.of(words()["holders"])
    holders = Index(
        index["units"].exact | index["contracts"].exact | reserved.exact,
        {**{fold(word): holder for word, holder in words()["holder_names"].items()},
         **index["contracts"].folded, **index["units"].folded, **reserved.folded},
        index["units"].unread + index["contracts"].unread,
    )  # fmt: skip
    functions = _functions(loaded)

    @cache
    def names(kind: str, target: str) -> Names:
        """Return what stands beside the ids or functions that a column may name; only if asked."""
        if kind == "function":
            return _functions_by_unit(loaded)
        if kind != "holder":
            return _names(loaded, target)
        return _merge(_names(loaded, "units"), _names(loaded, "contracts"), _by_function(loaded))

    for name, rows in loaded.items():
        for column in SCHEMA[name].columns:
            code, target = "E-REF-UNKNOWN", column.target
            if column.kind in ("ref", "refs"):
                known = index[target]
            elif column.kind == "holder":
                known, target = holders, "units"
                if "contracts" in unknowable:
                    continue
            elif column.kind == "function" and name != "units" and functions is not None:
                known, target = functions, "units"
                # Who issues or inspects may stand outside the city; who leads may not.
                code = "E-REF-UNKNOWN" if column.name == "lead" else "W-FUNCTION-UNKNOWN"
            else:
                continue
            if target in unknowable or (SCHEMA[target].required and target not in loaded):
                continue
            expected = f"{column.kind} {target}"
            rows.columns[column.name] = _resolve_column(
                rows, column.name, known, code, expected, findings,
                partial(names, column.kind, target), optional=not column.required,
            )  # fmt: skip
    _resolve_categories(loaded, findings)


Names = Mapping[str, tuple[str, ...]]


def _grouped(pairs: Iterable[tuple[str | None, str | None]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for word, meant in pairs:
        if word and meant:
            found.setdefault(fold(word), {})[meant] = None
    return {word: tuple(meant) for word, meant in found.items()}


def _merge(*several: Names) -> Names:
    """Return the ids of every name that any of some tables has."""
    return _grouped((word, m) for names in several for word, ids in names.items() for m in ids)


def _names(loaded: Mapping[str, Rows], name: str) -> Names:
    """Return the ids of the rows of each name in a table, for whoever types a name for an id."""
    if name not in loaded or "name" not in [column.name for column in SCHEMA[name].columns]:
        return {}
    return _grouped((word, key) for _, word, key in loaded[name].rows("name", SCHEMA[name].key[0]))


def _by_function(loaded: Mapping[str, Rows]) -> Names:
    if "units" not in loaded:
        return {}
    return _grouped((word, key) for _, word, key in loaded["units"].rows("function", "id"))


def _functions_by_unit(loaded: Mapping[str, Rows]) -> Names:
    """Return the function of each department by its name or id."""
    if "units" not in loaded:
        return {}
    rows = list(loaded["units"].rows("name", "id", "function"))
    return _grouped((word, row[3]) for row in rows for word in row[1:3])


def _functions(loaded: Mapping[str, Rows]) -> Index | None:
    """Return the functions of departments; None if one cannot be read, for it may be any."""
    units = loaded.get("units")
    if units is None or any(column == "function" for column, _ in units.wrong):
        return None
    # A unit whose kind is wrong may have been meant to be a department.
    kinds = ("department", None)
    return Index.of(f for _, f, kind in units.rows("function", "kind") if kind in kinds)


def _resolve_column(
    rows: Rows,
    name: str,
    known: Index,
    code: str,
    expected: str,
    findings: Findings,
    called: Callable[[], Names] = dict,
    *,
    optional: bool = False,
) -> list[Any]:
    values = rows.get(name)
    parts = {p for v in set(values) - {None} for p in (v if isinstance(v, tuple) else (v,))}
    odd = {p for p in parts if p not in known.exact and not is_blank(p)}
    if not odd:
        return values
    right = {p: known.folded.get(fold(p)) for p in odd}
    candidates = sorted(known.exact)
    lists = any(isinstance(value, tuple) for value in values)

    @cache
    def suggest(part: str) -> str:
        """Return what may have been meant."""
        several = [word.strip() for word in re.split(f"[{words()['commas']}]", part)]
        if len(several) > 1 and lists and known.exact.issuperset(several):
            return words()["separators"][0].join(several)
        if known.unread:
            return ""
        near = findings.nearest(part, candidates)
        name_near = "" if near else findings.nearest(part, list(called()), _ALIKE)
        return near or " | ".join(called().get(name_near, ())[:_OFFERED])

    result = list(values)
    for i, value in enumerate(values):
        if value is None or not odd.intersection(value if isinstance(value, tuple) else (value,)):
            continue
        for part in value if isinstance(value, tuple) else (value,):
            if part not in odd:
                continue
            canonical = right[part]
            if canonical is not None:
                findings.add("W-REF-NORM", **rows.at(i, name), value=part, hint=canonical)
                continue
            if code.startswith("E"):
                rows.wrong.add((name, i))
            named = called().get(fold(part))
            if named:  # the name is there, in the row of the id that is wanted
                is_id = not expected.startswith("function") and code == "E-REF-UNKNOWN"
                findings.add("E-REF-NAME" if is_id else code, **rows.at(i, name), value=part,
                             expected=expected, hint=" | ".join(named[:_OFFERED]))  # fmt: skip
                continue
            if optional and says_nothing(part):
                # where an unknown name is let pass, the word would count as one
                found, hint = ("E-BLANK-WORD", "") if code.startswith("W") else (code, "blank")
                findings.add(found, **rows.at(i, name), value=part, expected=expected, hint=hint)
                continue
            hint = suggest(part)
            findings.add(code, **rows.at(i, name), value=part, expected=expected, hint=hint,
                         related=() if hint else known.unread)  # fmt: skip
        if isinstance(value, tuple):
            result[i] = tuple(dict.fromkeys(right.get(p) or p for p in value))
        else:
            result[i] = right.get(value) or value
    return result


def _resolve_categories(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """Warn of a contract's categories that no task has: it would serve less than meant."""
    if "contracts" not in loaded or "tasks" not in loaded:
        return
    if any(column == "category" for column, _ in loaded["tasks"].wrong):
        return  # a row that could not be read may have it
    known = Index.of(loaded["tasks"].get("category"))
    loaded["contracts"].columns["categories"] = _resolve_column(
        loaded["contracts"], "categories", known, "W-CATEGORY-UNKNOWN", "column tasks.category",
        findings, optional=True,
    )  # fmt: skip
