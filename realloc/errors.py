"""What can be wrong with an input, as codes and facts: no prose in any language lives here.

A :class:`Problem` names one thing that is wrong and where: file, sheet and cell. Words for its code
come from :mod:`realloc.messages`. Severities: ``R`` rejects a whole file or table, ``E`` is an
error in a cell or between cells, ``W`` a warning about something that was accepted.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["R", "E", "W"]

#: How many problems are shown; all are counted.
SHOWN = 1000
_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Attributes
    ----------
    code
        Stable name such as ``E-NUM-NEG``; key of the texts in :mod:`realloc.messages`.
    severity
        ``R`` file or table rejected, ``E`` error, ``W`` warning.
    file, sheet
        Name of the file, and of the sheet as found (a CSV file's sheet is its name without ending).
    cell, row, column
        Address such as ``C17``, its row (0 where there is none) and the header as found; of a
        setting its dotted name, in a Chinese sheet the Chinese name that stands there.
    value
        ``repr`` of what was found, as a spreadsheet shows it if it is no text; at most
        80 characters.
    expected
        What would be right, free of language: a kind with its range (``minutes 0..100``), a table
        (``ref tasks``) or words separated by `` | ``.
    hint
        A fact that helps: the nearest id, the row where the header seems to be, a path.
    related
        Other cells that have part in it, as ``sheet!C17``.
    """

    code: str
    severity: Severity
    file: str = ""
    sheet: str = ""
    cell: str = ""
    row: int = 0
    column: str = ""
    value: str = ""
    expected: str = ""
    hint: str = ""
    related: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """Place of the problem: ``tasks!C17``, or the file if there is no cell."""
        if self.cell:
            return f"{self.sheet}!{self.cell}"
        where = self.sheet or self.file
        return f"{where}:{self.row}" if self.row else where

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as plain values for JSON."""
        return {**asdict(self), "related": list(self.related)}

    def __str__(self) -> str:
        column = f" ({self.column})" if self.column else ""
        value = f": {self.value}" if self.value else ""
        return f"{self.code} {self.where}{column}{value}"


def show(value: object) -> str:
    """Return ``repr(value)`` cut to 80 characters: safe to print whatever a file contains."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time(0):
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, bytes):
        return value.hex(" ").upper()
    # Cut before repr: a hostile cell may be megabytes long.
    text = repr(value[:200] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


class Problems(list[Problem]):
    """The problems of an input, errors first: at most 1,000 are kept, all are counted.

    Attributes
    ----------
    counts
        How many problems there are of each code, kept or not.
    """

    def __init__(self, problems: Iterable[Problem] = (), counts: Counter[str] | None = None):
        super().__init__(problems)
        self.counts: Counter[str] = counts or Counter(p.code for p in self)

    @property
    def total(self) -> int:
        """Number of problems, those beyond the first 1,000 included."""
        return sum(self.counts.values())

    @property
    def errors(self) -> list[Problem]:
        """Those that keep the input from being accepted."""
        return [p for p in self if p.severity != "W"]

    @property
    def warnings(self) -> list[Problem]:
        """Those about something that was accepted."""
        return [p for p in self if p.severity == "W"]

    def to_dict(self) -> dict[str, Any]:
        """Return problems and counts as plain values for JSON."""
        return {
            "problems": [p.to_dict() for p in self],
            "total": self.total,
            "counts": dict(sorted(self.counts.items())),
        }


class InputError(ValueError):
    """An input was refused; `problems` says why, all at once."""

    def __init__(self, problems: Problems | Iterable[Problem]):
        self.problems = problems if isinstance(problems, Problems) else Problems(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        shown = [str(p) for p in self.problems.errors[:10]]
        more = self.problems.total - len(shown)
        return "\n".join(shown) + (f"\n(+{more})" if more > 0 else "")
