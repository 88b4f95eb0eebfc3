"""What a single value may be, whatever it was read from: texts, ids, days, criteria in an order."""

from __future__ import annotations

import datetime
import re
from functools import cache
from typing import Any

from realloc.rules.words import words
from realloc.schema import ALL_YEAR, CRITERIA, Column, leaves

#: What stands in a cell whose formula has failed; exports to CSV keep it as text.
EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
LONGEST_ID = 200
LONGEST_TEXT = 5000

#: No date of a city lies before this, but for the beginning of what a law gives.
EARLIEST = datetime.date(1990, 1, 1)
_EARLIEST_LAW = datetime.date(1949, 10, 1)

# Characters that cannot be written to XML, or that reverse the direction of what follows them.
_BAD_CHARS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def bad_text(text: str, longest: int) -> tuple[str, str]:
    """Return code and hint of what is wrong with a text, blank if nothing is."""
    if len(text) > longest:
        return "E-TEXT-LONG", str(len(text))
    if is_error(text):
        return "E-NUM-EXCELERR", ""
    bad = _BAD_CHARS.search(text)
    return ("E-TEXT-CHAR", f"U+{ord(bad.group()):04X}") if bad else ("", "")


def is_error(text: str) -> bool:
    """Return whether a text is an error value of a spreadsheet."""
    return text.strip() in EXCEL_ERRORS


@cache
def _not_in_ids() -> re.Pattern[str]:
    return re.compile(rf"[\t\n\r{re.escape(words()['separators'])}]")


def bad_id(text: str) -> tuple[str, str]:
    """Return code and hint of a line break or separator in an id, blank if there is none."""
    bad = _not_in_ids().search(text)
    return ("E-ID-CHAR", f"U+{ord(bad.group()):04X}") if bad else ("", "")


def earliest_day(column: Column) -> datetime.date:
    """Return the first day that a column of dates may hold."""
    return _EARLIEST_LAW if column.name == "valid_from" else EARLIEST


def is_day(text: str, column: Column) -> bool:
    """Return whether a text is a day of the calendar, ``YYYY-MM-DD``, that a column may hold."""
    match = _DAY.fullmatch(text)
    if not match:
        return False
    try:
        return datetime.date(*(int(g) for g in match.groups())) >= earliest_day(column)
    except ValueError:
        return False


def order_words() -> list[str]:
    """Return the words that an order of criteria may name: criteria, and parts of some."""
    return list(dict.fromkeys([*CRITERIA, *leaves()]))


def right_for(column: Column, hours: bool = False) -> str:
    """Return what a cell of a column may hold, as problems say it; `hours` as its header says."""
    if hours:
        return "hours"
    if column.kind == "enum":
        return " | ".join(word for word in column.words if word)
    return f"{column.kind} {column.target}" if column.target else column.kind


def write_months(window: tuple[int, int]) -> str:
    """Return a window as in a file: (4, 6) is ``05-10``."""
    first, count = window
    return f"{first + 1:02d}-{(first + count - 1) % 12 + 1:02d}"


def is_all_year(window: Any) -> bool:
    """Return whether a window is the whole year from January."""
    return tuple(window) == ALL_YEAR
