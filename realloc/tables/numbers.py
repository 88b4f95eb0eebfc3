"""The grammar of numbers: strict, because a guess would be a wrong number that nobody sees.

After NFKC and without outer space a number is ``[0-9]{1,12}`` with at most as many decimals as its
column has, or the same with grouped thousands. Everything else is an error with a code of its own.
What was changed to read it is a warning.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple

from realloc.rules.values import is_error
from realloc.rules.words import has_marks, is_blank, normal, words
from realloc.tables.sheet import ExcelError, FileKind, NoValue, Padded


class Issue(NamedTuple):
    """What is wrong with a cell: a code, what would be right, a fact that helps."""

    code: str
    expected: str = ""
    hint: str = ""
    #: The hint is worked out from another unit of time: the header may say that instead.
    other_unit: bool = False


class Parsed(NamedTuple):
    """Value of a cell (None if blank or wrong) and what is to be said about it."""

    value: Any
    issues: tuple[Issue, ...] = ()


Grammar = Callable[[Any], Parsed]

DIGITS = 12
BLANK = Parsed(None)

_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_EXPONENT = re.compile(r"-?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+")
_MIXED = re.compile(r"-?[0-9][0-9.,' ]*")
_DATE = re.compile(
    r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}.*|[0-9]{1,2}[-/][0-9]{1,2}([-/][0-9]+)?"
)
_WITH_UNIT = re.compile(r"[^\w.]*-?[0-9][0-9.,]*\s*[^0-9_\s.,][^_]*")
#: Binary noise of a spreadsheet: 0.1 + 0.2 is off by 4e-17, a real 7.999999999 by 1e-9.
_NOISE = Decimal("1e-12")
_PER_MILLE = 1000
#: What a numeral beside a number can multiply it by; any other is a number of its own.
_FACTORS = (10, 100, 1000, 10**4, 10**8)


def odd_cell(raw: Any, expected: str, number: bool) -> Parsed | None:
    """Return the finding on a cell that no kind of column accepts, None if it is not such."""
    if isinstance(raw, NoValue):
        return Parsed(None, (Issue("E-FORMULA-NOVALUE", expected),))
    if isinstance(raw, ExcelError) or (isinstance(raw, str) and is_error(raw)):
        return Parsed(None, (Issue("E-NUM-EXCELERR", expected),))
    if number and isinstance(raw, datetime.date | datetime.time):
        return Parsed(None, (Issue("E-NUM-DATE", expected),))
    return None


@cache
def _date_words() -> re.Pattern[str]:
    return re.compile(words()["dates"]["looks"])


@cache
def _units() -> re.Pattern[str]:
    before = "|".join(re.escape(w) for w in words()["approximate"])
    return re.compile(rf"({before})\s*-?[0-9].*")


@cache
def _rate() -> re.Pattern[str]:
    """Return what makes an amount one of a month, a household …, which no column wants."""
    per, whole = ("|".join(map(re.escape, words()["times"][key])) for key in ("per", "whole"))
    return re.compile(rf"(?:{per})\s*(?!{whole})\S", re.IGNORECASE)


def _alone(clean: str, scale: int, expected: str) -> tuple[Decimal, bool] | None:
    """Return the number that stands beside a unit, as its column wants it; None if unsure.

    What multiplies is worked out, for whoever types what is shown: 40 % of a share is 0.4, and
    2 hours of a column of minutes are 120; the second value says that the unit was the other one.
    """
    found = re.search(r"-?[0-9][0-9.,]*", clean)
    digits = found.group().rstrip(".,") if found else ""
    if not (_PLAIN.fullmatch(digits) or _GROUPED.fullmatch(digits)):
        return None
    value, unit = Decimal(digits.replace(",", "")), clean.replace(digits, "", 1)
    for char in unit:
        part = {"%": Decimal("0.01"), "‰": Decimal("0.001")}.get(char)
        if part is not None:
            if scale != _PER_MILLE:
                return None
            value *= part
        elif (factor := unicodedata.numeric(char, None)) is not None:
            if factor not in _FACTORS:
                return None
            value *= int(factor)
    if _rate().search(unit):
        return None
    times, unit = words()["times"], unit.casefold()
    if not expected.startswith(("minutes", "hours")):
        return value, False
    if any(word in unit for word in times["longer"]):
        return None
    in_minutes = any(word in unit for word in times["minutes"])
    in_hours = any(word in unit for word in times["hours"])
    if expected.startswith("minutes") and in_hours:
        return None if in_minutes else (value * 60, True)
    if expected.startswith("hours") and in_minutes:
        return None if in_hours else (value / 60, True)
    return value, False


def _read_text(raw: str, kind: FileKind) -> tuple[Decimal | None, list[Issue]]:
    """Read a text as a number; the number is None where an issue says why not."""
    text, issues = raw, []
    if text.lstrip().startswith("'"):
        text = text.lstrip()[1:]
        issues.append(Issue("W-NUM-TEXT"))
    clean = normal(text)
    lowered = clean.casefold()

    def no(code: str, hint: str = "") -> tuple[None, list[Issue]]:
        return None, [Issue(code, hint=hint)]

    if has_marks(text):
        return no("E-NUM")
    if lowered in words()["placeholders"]:
        return no("E-NUM-PLACEHOLDER")
    if lowered in ("true", "false"):
        return no("E-NUM-BOOL")
    if clean[:1] in words()["minus"]:
        clean = "-" + clean[1:]
    if _EXPONENT.fullmatch(clean):
        try:
            size = abs(float(clean))
        except OverflowError:
            size = math.inf
        return no("E-NUM-RANGE" if 10**DIGITS <= size < math.inf else "E-NUM")
    if _GROUPED.fullmatch(clean):
        clean = clean.replace(",", "")
    elif not _PLAIN.fullmatch(clean):
        if _DATE.fullmatch(clean) or _date_words().fullmatch(clean):
            return no("E-NUM-DATE")
        if _MIXED.fullmatch(clean):
            return no("E-NUM-AMBIGUOUS")
        if _units().fullmatch(clean) or _WITH_UNIT.fullmatch(clean):
            return no("E-NUM-UNIT", clean)
        return no("E-NUM")
    if len(clean.lstrip("-").partition(".")[0]) > DIGITS:
        return no("E-NUM-RANGE")
    if clean.lstrip("-") != text.lstrip("-") and not issues:
        issues.append(Issue("W-NUM-NORM", hint=clean))
    elif kind == "xlsx" and not issues:
        issues.append(Issue("W-NUM-TEXT", hint=clean))
    return Decimal(clean), issues


def number(
    decimals: int, low: int, high: int, scale: int, expected: str, kind: FileKind
) -> Grammar:
    """Return the grammar of a column of numbers.

    Parameters
    ----------
    decimals
        How many decimals a cell may have; binary noise beyond them is rounded away and reported.
    low, high
        Range of the value, inclusive, after scaling.
    scale
        The value is ``cell × scale``, rounded half up once (60 for hours, 1000 for shares).
    expected
        Words of the problem for what would be right.
    """
    unit = Decimal(1).scaleb(-decimals)

    def wrong(code: str, hint: str = "", other_unit: bool = False) -> Parsed:
        return Parsed(None, (Issue(code, expected, hint, other_unit),))

    def example(text: str) -> tuple[str, bool]:
        """Return how to write a number that has a unit, and whether it was one of another unit.

        Blank if it would not be accepted so.
        """
        value, other = _alone(text, scale, expected) or (Decimal(-1), False)
        if value != value.quantize(unit) or not low <= value * scale <= high:
            return "", False
        return f"{value.normalize():f}", other

    def parse(raw: Any) -> Parsed:
        issues: list[Issue] = []
        if isinstance(raw, str):
            if is_blank(raw):
                return BLANK
            odd = odd_cell(raw, expected, number=True)
            if odd:
                return odd
            value, issues = _read_text(raw, kind)
            if value is None:
                code, hint = issues[0].code, issues[0].hint
                return wrong(code, *example(hint)) if code == "E-NUM-UNIT" else wrong(code, hint)
        elif raw is None:
            return BLANK
        elif isinstance(raw, bool):
            return wrong("E-NUM-BOOL")
        elif isinstance(raw, Padded):
            value = Decimal(raw.number)
        elif isinstance(raw, int | float | Decimal):
            try:
                value = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
            except InvalidOperation:
                return wrong("E-NUM")
            if not value.is_finite():
                return wrong("E-NUM")
        else:
            return odd_cell(raw, expected, number=True) or wrong("E-NUM")
        if value < 0:
            return wrong("E-NUM-NEG")
        if value >= 10**DIGITS:
            return wrong("E-NUM-RANGE")
        rounded = value.quantize(unit) if decimals else value.to_integral_value()
        if rounded != value:
            if abs(rounded - value) > _NOISE * max(1, abs(value)):
                return wrong("E-NUM-DECIMALS")
            issues.append(Issue("W-NUM-ROUND", expected, f"{rounded.normalize():f}"))
        scaled = int(rounded * scale * 2 + 1) // 2
        if not low <= scaled <= high:
            share = rounded / 100  # 30 for 30 %
            fits = scale == _PER_MILLE and share <= 1 and share == share.quantize(unit)
            return wrong("E-NUM-RANGE", f"{share.normalize():f}" if fits else "")
        return Parsed(scaled, tuple(i._replace(expected=expected) for i in issues))

    return parse
