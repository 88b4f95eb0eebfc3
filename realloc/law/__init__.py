"""What law lets a kind of unit hold, per power type and leg: versioned data, and who reads it.

The matrix rests on the Administrative Licensing Law (行政许可法) §22-24, the Administrative
Penalty Law (行政处罚法) §20-24 and 42, the Administrative Coercion Law (行政强制法) §17, the
Tax Collection Law (税收征收管理法) §29, 国办发〔2024〕54号 with 京政办发〔2025〕10号 §1 on
inspection, 民发〔2020〕20号 on certificates, the Interim Measures for Social Assistance
(社会救助暂行办法) §4 and 11, and 财政部令第102号 on government purchase. Each row of
``authority_*.csv`` says how far its ground was checked (``basis_status``); all of it needs legal
review (须法制审核), and a city overrides any row in its own ``authority`` table.

A new state of the law is a new file and a row in ``versions.csv``; nothing here changes. Grounds
cite texts as they were read: one that is no longer in force is a row of ``superseded.csv``, and
whoever tells a ground says so.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from realloc.instance import City, Ints
from realloc.rules.words import normal
from realloc.schema import KINDS, LEGS, POWER_TYPES, RULES

#: Power types that only an organ of the state may exercise; never a contractor's to handle, and a
#: street office's only with a valid delegation.
CLOSED = ("licensing", "penalty", "coercion", "levy", "adjudication", "inspection")

#: Citations of a ground and what stands between them; semicolons are ASCII or full width.
_PIECES = re.compile(r"[^;\uff1b]+|[;\uff1b]")
#: Marks around the title of a text.
_MARKS = re.compile(r"[\u300a\u300b]")

SHAPE = (len(POWER_TYPES), len(KINDS), len(LEGS))


class Citation(NamedTuple):
    """A piece of a ground: a citation, or the semicolon between two.

    Attributes
    ----------
    text
        as it stands in the ground.
    superseded
        ISO date since which the cited text of the law is no longer in force; blank if it is, or if
        nothing is known of it.
    """

    text: str
    superseded: str


def _read(name: str) -> tuple[dict[str, str], ...]:
    text = (files(__name__) / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def versions() -> dict[str, dict[str, str]]:
    """Return the stored states of the law, earliest first.

    Returns
    -------
    dict
        version -> ``effective`` (ISO date), ``authority`` (file) and ``note``.
    """
    rows = sorted(_read("versions.csv"), key=lambda row: row["effective"])
    return {row["version"]: row for row in rows}


def version_at(date: str) -> str:
    """Return the version in force on an ISO date; the earliest where none is yet.

    Files with such an early date are read with a warning (``W-LAW-EARLY``).
    """
    known = list(versions())
    in_force = [v for v in known if versions()[v]["effective"] <= date]
    return (in_force or known)[-1 if in_force else 0]


@cache
def superseded() -> dict[str, str]:
    """Return the texts of law that are no longer in force.

    Returns
    -------
    dict
        law with the year of its text, as grounds cite it -> ISO date since which it is superseded.
    """
    return {normal(row["law"]): row["since"] for row in _read("superseded.csv")}


def cite(ground: str, date: str) -> tuple[Citation, ...]:
    """Return the pieces of a ground, each with the date since which it is superseded.

    What the law says instead is not stored: the article of such a citation is to be checked.

    Parameters
    ----------
    ground
        citations with semicolons between them; may be blank.
    date
        ISO date on which it is cited.

    Returns
    -------
    tuple of Citation
        whose texts together are the ground.
    """

    def since(piece: str) -> str:
        bare = _MARKS.sub("", normal(piece))
        days = [day for law, day in superseded().items() if law in bare and day <= date]
        return max(days, default="")

    return tuple(Citation(piece, since(piece)) for piece in _PIECES.findall(ground))


@cache
def rows(version: str | None = None) -> tuple[dict[str, str], ...]:
    """Return the rows of the statutory matrix with ground, its status and a note.

    Parameters
    ----------
    version
        a key of :func:`versions`; None is the latest.

    Raises
    ------
    KeyError
        if there is no such version.
    """
    return _read(versions()[version or list(versions())[-1]]["authority"])


@cache
def rule_grounds() -> dict[str, str]:
    """Return the legal ground of the rules of candidacy that rest on one of their own.

    Returns
    -------
    dict
        name of a rule of :mod:`realloc.authority` -> ground.
    """
    return {row["rule"]: row["ground"] for row in _read("rules.csv")}


def _cell(row: dict[str, Any]) -> tuple[int, int, int]:
    return (
        POWER_TYPES.index(row["power_type"]),
        KINDS.index(row["kind"]),
        LEGS.index(row["leg"]),
    )


@cache
def statute(version: str | None = None) -> Ints:
    """Return the statutory matrix of a version (None: the latest).

    Returns
    -------
    int64 array (power types 11, kinds 4, legs 2), read only
        positions in :data:`realloc.schema.RULES`.

    Raises
    ------
    KeyError
        if there is no such version.
    """
    rules = np.full(SHAPE, RULES.index("forbidden"), dtype=np.int64)
    for row in rows(version):
        rules[_cell(row)] = RULES.index(row["rule"])
    rules.flags.writeable = False
    return rules


def _overrides(city: City) -> list[dict[str, Any]]:
    """Rows of the city's own table that are valid on its date, a later ``valid_from`` last."""
    table = city.tables["authority"]
    date = str(city.settings["date"])
    own = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    valid = [
        row
        for row in own
        if row["valid_from"] <= date and (not row["valid_until"] or date <= row["valid_until"])
    ]
    return sorted(valid, key=lambda row: row["valid_from"])


def matrix(city: City) -> Ints:
    """Return what law lets each kind hold in a city, on the city's date.

    The statutory matrix in force on that date, overridden by the city's ``authority`` rows with
    valid_from <= date <= valid_until (blank: open); of several the later valid_from wins.

    Returns
    -------
    int64 array (power types 11, kinds 4, legs 2)
        positions in :data:`realloc.schema.RULES`.
    """
    rules = statute(version_at(str(city.settings["date"]))).copy()
    for row in _overrides(city):
        rules[_cell(row)] = RULES.index(row["rule"])
    return rules


def grounds(city: City) -> NDArray[np.object_]:
    """Return the ground (依据) of each entry of :func:`matrix`, as text.

    Returns
    -------
    object array of str (power types 11, kinds 4, legs 2)
    """
    basis = np.full(SHAPE, "", dtype=object)
    for row in (*rows(version_at(str(city.settings["date"]))), *_overrides(city)):
        basis[_cell(row)] = row["basis"]
    return basis
