"""How numbers are written: minutes as hours, per mille as per cent, shares with their reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realloc.instance import City
from realloc.messages.words import MEASURE, name, say
from realloc.schema import CRITERIA

#: Most items for which nothing is left that are listed.
_LINES = 20


@dataclass(frozen=True)
class Row:
    """One line of a comparison: a criterion, or one of its parts.

    Attributes
    ----------
    number
        ``K1`` … ``K9``; blank for parts and for what is not numbered.
    criterion, part
        names in code; `part` is blank for the whole.
    values
        today first, then the plans: minutes, visits, pairs, per mille, yuan or forms.
    undefined
        positions of the values that are none: the load ÷ capacity of communities that have load,
        and no capacity. A number stands there all the same, 0.
    """

    number: str
    criterion: str
    part: str
    values: tuple[int, ...]
    undefined: frozenset[int] = frozenset()

    @property
    def leaf(self) -> str:
        """Name as in the weights: ``community_load.service``, ``change``."""
        return f"{self.criterion}.{self.part}" if self.part else self.criterion


def compare_parts(measured: Sequence[Mapping[str, int]]) -> list[Row]:
    """Line up the reported parts of several allocations, each whole before its parts.

    Parameters
    ----------
    measured
        parts by leaf name (:func:`realloc.schema.leaves`), today's first.
    """
    rows = []
    for k, (criterion, parts) in enumerate(CRITERIA.items(), start=1):
        leaves = [f"{criterion}.{part}" for part in parts] or [criterion]
        whole = tuple(sum(m[leaf] for leaf in leaves) for m in measured)
        undefined = frozenset(i for i, m in enumerate(measured) if _is_undefined(criterion, m))
        rows.append(Row(f"K{k}", criterion, "", whole, undefined))
        rows += [
            Row("", criterion, part, tuple(m[f"{criterion}.{part}"] for m in measured))
            for part in parts
        ]
    rows.append(Row("", "cancelled", "", tuple(m["cancelled"] for m in measured)))
    return rows


def _is_undefined(criterion: str, parts: Mapping[str, int]) -> bool:
    """Return whether a largest load ÷ capacity of 0 is that of load without any capacity."""
    load = sum(parts[f"community_load.{part}"] for part in CRITERIA["community_load"])
    return criterion == "worst_load" and load > 0 and not parts["worst_load"]


def write_codes(codes: Iterable[str], lang: str) -> str:
    """Write numbered codes in their order: ``C1–C15``; a gap in the numbers parts two ranges."""
    runs: list[list[str]] = []
    for code in codes:
        if runs and int(code[1:]) == int(runs[-1][-1][1:]) + 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    return say("word.comma", lang).join(
        say("word.range", lang, first=run[0], last=run[-1]) if len(run) > 1 else run[0]
        for run in runs
    )


def write_at(row: Row, k: int, lang: str) -> str:
    """Write the k-th value of a row as :func:`write_value`, in words where there is none."""
    if k in row.undefined:
        return say("word.no_capacity", lang)
    return write_value(row.criterion, row.values[k])


def write_change(row: Row, k: int) -> str:
    """Write by how much the k-th value of a row differs from the first, as people read it."""
    if row.values[k] == row.values[0]:
        return "·"
    if row.undefined & {0, k}:
        return "—"
    return write_difference(row.criterion, row.values[0], row.values[k])


def write_value(criterion: str, value: int, *, signed: bool = False) -> str:
    """Write a value of a criterion as people read it: whole hours, per cent, else as it is."""
    sign = "+" if signed else ""
    measure = MEASURE[criterion]
    if measure == "hours":
        digits = 0 if abs(value) >= 6000 or value % 60 == 0 else 1
        return f"{value / 60:{sign},.{digits}f}"
    if measure == "percent":
        return f"{value / 10:{sign},.1f}"
    return f"{value:{sign},d}"


def write_unit(criterion: str, lang: str) -> str:
    """Return the unit in which :func:`write_value` writes a criterion."""
    return say(f"unit.{MEASURE[criterion]}", lang)


#: Units named at most where limits are short.
_NAMED = 10


def write_stuck(
    stuck: Sequence[Mapping[str, Any]],
    lang: str,
    named: Mapping[str, Mapping[str, str]] | None = None,
) -> list[str]:
    """Write items for which nothing is left, one line each and how many more there are.

    Parameters
    ----------
    stuck
        plain data of :class:`realloc.conflict.Stuck`.
    named
        as for :func:`write_conflict`.
    """

    lines = [
        say("conflict.item", lang, task=_with_name(named, "task", item["task"]),
            place=_with_name(named, "place", item["place"]))
        + "".join(
            say(f"conflict.{rule}", lang, holder=name("pinned", holder, lang))
            for holder, rule in item["pins"]
        )
        for item in stuck[:_LINES]
    ]  # fmt: skip
    rest = len(stuck) - _LINES
    return [*lines, say("text.more", lang, count=f"{rest:,d}")] if rest > 0 else lines


def _with_name(named: Mapping[str, Mapping[str, str]] | None, what: str, id_: str) -> str:
    """Return an id and the name beside it, where there is one that says more."""
    called = (named or {}).get(what, {}).get(id_, "")
    return f"{id_} {called}" if called not in ("", id_) else id_


def name_ids(city: City) -> dict[str, dict[str, str]]:
    """Return the names of tasks, places and units by their ids, for :func:`write_conflict`."""
    keys = {"task": ("tasks", "id"), "place": ("places", "code"), "unit": ("units", "id")}
    return {
        what: dict(zip(city.tables[table][key], city.tables[table]["name"], strict=True))
        for what, (table, key) in keys.items()
    }


def write_conflict(
    conflict: Mapping[str, Any], lang: str, named: Mapping[str, Mapping[str, str]] | None = None
) -> list[str]:
    """Write why there is no plan, one line each, from the plain data of a conflict.

    Parameters
    ----------
    named
        Names of ``task``, ``place`` and ``unit`` by id, written beside it; None: ids alone.
    """
    lines = write_stuck(conflict["items"], lang, named)
    for shortage in conflict["shortages"]:
        family = shortage["family"]
        criterion = "public_cost" if family == "C6" else "community_load"
        needed, allowed = (write_value(criterion, shortage[key]) for key in ("needed", "allowed"))
        kind = "place" if shortage["places"] else "unit"
        ids = shortage[f"{kind}s"]
        short = ", ".join(_with_name(named, kind, one) for one in ids[:_NAMED])
        more = len(ids) - _NAMED
        lines.append(
            say("conflict.floors" if kind == "place" else "conflict.limits", lang,
                rule=write_rule(family, lang), limits=shortage["limits"],
                needed=needed, allowed=allowed, unit=write_unit(criterion, lang))
            + (say(f"conflict.{kind}s", lang, short=short) if short else "")
            + (f" (+{more})" if more > 0 else "")
        )  # fmt: skip
    if conflict["families"] and not conflict["shortages"]:
        rules = ", ".join(write_rule(family, lang) for family in conflict["families"])
        lines.append(say("conflict.families", lang, rules=rules))
    return lines


def write_rule(family: str, lang: str) -> str:
    """Write a family of rules with its number."""
    return f"{family} {name('rule', family, lang)}"


def write_difference(criterion: str, first: int, last: int) -> str:
    """Write by how much a value differs from the first, and by which share of it.

    What is left of a value is never rounded away.
    """
    words = write_value(criterion, last - first, signed=True)
    if not first:
        return words
    share = (last - first) / first
    if last and share < -0.995:
        return f"{words} ({'<' if share < -0.999 else ''}{max(share, -0.999):+.1%})"
    return f"{words} ({share:+.0%})"


def write_share(share: float | None, *, digits: int = 2) -> str:
    """Write a share as per cent, ``—`` where there is none; never rounds a gap down to nothing."""
    if share is None:
        return "—"
    percent = 100 * share
    least = 10.0**-digits
    if 0 < percent < least:
        return f"<{least:.{digits}f}%"
    return f"{percent:.{digits}f}%"


def write_leaf(row: Row, lang: str) -> str:
    """Return the words of a row: the criterion, or its part."""
    return name("part", row.part, lang) if row.part else name("criterion", row.criterion, lang)
