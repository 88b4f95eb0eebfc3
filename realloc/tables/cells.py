"""The grammar of cells: what a column of each kind accepts and what it becomes.

Ids and words are compared after NFKC and without regard to case; what had to be changed to match is
a warning. Texts are kept as they are, but for blanks around them.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Any

from realloc.rules.values import (
    EARLIEST,
    LONGEST_ID,
    LONGEST_TEXT,
    bad_id,
    bad_text,
    earliest_day,
    right_for,
    write_months,
)
from realloc.rules.words import fold, has_marks, normal, says_nothing, visible, words
from realloc.schema import Column
from realloc.tables.numbers import BLANK, Grammar, Issue, Parsed, is_blank, number, odd_cell
from realloc.tables.sheet import FileKind, Padded

#: Excel keeps 15 digits: a longer id that was typed as a number has lost its end.
_EXACT = 10**15
#: A long number as a spreadsheet writes it to CSV, its last digits lost.
_SHORTENED = re.compile(r"\d(\.\d+)?[eE]\+\d{2,3}", re.ASCII)
_BLANKS = " \u00a0" + chr(0x3000)


def _one(code: str, expected: str = "", hint: str = "") -> Parsed:
    return Parsed(None, (Issue(code, expected, hint),))


def _as_text(raw: Any) -> Parsed:
    """Return a cell as text; numbers as a spreadsheet shows them."""
    if isinstance(raw, str):
        return Parsed(raw)
    if isinstance(raw, Padded):
        return Parsed(raw.text, (Issue("W-ID-FORMAT", hint=raw.text),))
    if isinstance(raw, bool):
        return Parsed(str(raw).upper())
    if isinstance(raw, float | Decimal) and raw == raw // 1:
        return Parsed(str(int(raw)))
    if isinstance(raw, datetime.datetime) and raw.time() == datetime.time(0):
        return Parsed(raw.date().isoformat())
    if isinstance(raw, list | tuple):
        return Parsed(";".join(str(v) for v in raw))
    return Parsed(str(raw))


def _bad_text(text: str, longest: int, expected: str) -> Parsed | None:
    code, hint = bad_text(text, longest)
    shown = f"{expected} ..{longest}" if code == "E-TEXT-LONG" else expected
    return _one(code, shown, hint) if code else None


def text(column: Column) -> Grammar:
    """Return the grammar of free text: blanks around it and what nobody sees are cut, no more."""

    def parse(raw: Any) -> Parsed:
        odd = odd_cell(raw, column.kind, number=False)
        if odd or is_blank(raw):
            return odd or BLANK
        value = visible(_as_text(raw).value.replace("\r\n", "\n")).strip(_BLANKS)
        return _bad_text(value, LONGEST_TEXT, column.kind) or Parsed(value)

    return parse


def identifier(column: Column) -> Grammar:
    """Return the grammar of ids and of references to them: NFC, without outer blanks.

    An id holds no line break and none of the separators of lists.
    """
    is_id = column.kind == "id"
    right = right_for(column)
    changed_code = "W-ID-NORM" if is_id else "W-REF-NORM"

    def parse(raw: Any) -> Parsed:
        odd = odd_cell(raw, right, number=False)
        if odd or is_blank(raw):
            return odd or BLANK
        if isinstance(raw, datetime.date | datetime.time):
            return _one("E-NUM-DATE", right)
        if isinstance(raw, int | float | Decimal) and abs(raw) >= _EXACT:
            return _one("E-ID-PRECISION", right)
        shown = _as_text(raw)
        value = visible(shown.value).strip(_BLANKS)
        issues = shown.issues
        if value != shown.value:
            issues = (*issues, Issue(changed_code, hint=value))
        if _SHORTENED.fullmatch(value):
            return _one("E-ID-PRECISION", right)
        value = unicodedata.normalize("NFC", value)
        bad = _bad_text(value, LONGEST_ID, column.kind)
        if bad:
            return bad
        code, hint = bad_id(value) if is_id else ("", "")
        if code:
            return _one(code, column.kind, hint)
        return Parsed(value, issues) if value else BLANK

    return parse


def _holder(column: Column) -> Grammar:
    """Return the grammar of holders: an id, or street, community, cancelled (either language)."""
    plain = identifier(column)
    reserved = {zh: en for en, zh in words()["holders"].items()}
    reserved |= {en: en for en in words()["holders"]}

    def parse(raw: Any) -> Parsed:
        found = plain(raw)
        if found.value is None or found.value in reserved:
            return found._replace(value=reserved.get(found.value)) if found.value else found
        word = reserved.get(fold(found.value))
        if word:
            return Parsed(word, (*found.issues, Issue("W-REF-NORM", hint=word)))
        return found

    return parse


def split(value: str) -> list[str]:
    """Split the words of one cell at ``;``, ``|`` and their Chinese sisters; blanks are dropped."""
    parts = re.split(f"[{re.escape(words()['separators'])}]", value)
    return [p for p in (part.strip() for part in parts) if p]


def _several(column: Column, single: Grammar) -> Grammar:
    """Return the grammar of several ids or words in one cell; in a set the second of two goes."""
    ordered = column.name == "policy.order"

    def parse(raw: Any) -> Parsed:
        odd = odd_cell(raw, right_for(column), number=False)
        if odd or is_blank(raw):
            return odd or BLANK
        if isinstance(raw, list | tuple):
            parts: Sequence[Any] = raw
        elif isinstance(raw, str):
            parts = split(raw)
        else:
            parts = [raw]
        found = [single(part) for part in parts]
        issues = tuple(i for one in found for i in one.issues)
        if any(one.value is None for one in found if one.issues):
            return Parsed(None, issues)
        values = [one.value for one in found if one.value is not None]
        kept = values if ordered else dict.fromkeys(values)
        return Parsed(tuple(kept), issues) if values else BLANK

    return parse


def _enum(column: Column) -> Grammar:
    """Return the grammar of a choice of words, English or Chinese."""
    also = {short: word for short, word in words()["also"].items() if word in column.words}
    exact = {**dict(zip(column.words_zh, column.words, strict=True)),
             **{w: w for w in column.words}, **also}  # fmt: skip
    folded = {re.sub(r"[\s-]+", "_", fold(w)): value for w, value in exact.items()}
    choices = [w for w in column.words if w]
    expected = " | ".join(choices)

    def parse(raw: Any) -> Parsed:
        odd = odd_cell(raw, expected, number=False)
        if odd or is_blank(raw):
            return odd or BLANK
        word = _as_text(raw).value
        if word in exact:
            return Parsed(exact[word])
        clean = re.sub(r"[\s-]+", "_", fold(word))
        if clean in folded:
            return Parsed(folded[clean], (Issue("W-ENUM-NORM", expected, folded[clean]),))
        if says_nothing(word or "") and not column.required:
            return _one("E-ENUM", expected, "blank")
        near = get_close_matches(clean[:100], [w for w in folded if w], n=1)
        return _one("E-ENUM", expected, near[0] if near else "")

    return parse


def _flag(column: Column) -> Grammar:
    """Return the grammar of yes and no."""
    known: dict[str, int] = words()["flags"]

    def parse(raw: Any) -> Parsed:
        odd = odd_cell(raw, "flag", number=False)
        if odd or is_blank(raw):
            return odd or BLANK
        if isinstance(raw, bool):
            return Parsed(int(raw))
        word = _as_text(raw.number if isinstance(raw, Padded) else raw).value
        if word in known:
            return Parsed(known[word])
        clean = fold(word)
        if clean in known:
            return Parsed(known[clean], (Issue("W-ENUM-NORM", "flag", str(known[clean])),))
        return _one("E-FLAG", "flag")

    return parse


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_YEAR_FIRST = re.compile(
    r"(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
    r"|(\d{4})(\d\d)(\d\d)",
    re.ASCII,
)
_YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})", re.ASCII)


#: Day 0 of the two calendars of workbooks (of that of 1900 for days after its wrong 29 February).
_DAY_ZERO = (datetime.date(1899, 12, 30), datetime.date(1904, 1, 1))
_YEARS = range(1900, 2101)
_BARE = re.compile(r"\d{4,5}", re.ASCII)


def _full_date(number: int, last: bool = False) -> str:
    """Return the date that a bare number may stand for: a year, or a day of a spreadsheet.

    Of a year it is the first day, or the last where something ends.
    """
    if number in _YEARS:
        return f"{number}-12-31" if last else f"{number}-01-01"
    day = _DAY_ZERO[0] + datetime.timedelta(days=number)
    return day.isoformat() if day >= EARLIEST else ""


def _year_taken_for_day(day: datetime.date, last: bool) -> str:
    """Return the date of a year that a cell formatted as a date has made a day of 1905; or blank.

    Whoever types 2026 into such a cell sees, and the file holds, the 2026th day of the calendar.
    """
    numbers = ((day - zero).days for zero in _DAY_ZERO)
    return next((_full_date(n, last) for n in numbers if n in _YEARS), "")


def _date(column: Column, kind: FileKind) -> Grammar:
    """Return the grammar of dates: real dates, ISO text, or year month day in words."""
    in_words = re.compile(words()["dates"]["full"], re.ASCII)
    earliest = earliest_day(column)
    never = "" if column.required else "blank"
    last = column.name == "valid_until"

    def real(day: datetime.date) -> Parsed:
        if day < earliest:
            # A date of a workbook is a number with a format: one that is typed shows as one, too.
            hint = _year_taken_for_day(day, last) if kind == "xlsx" else ""
            return _one("E-DATE", "date", hint)
        return Parsed(day.isoformat())

    def parse(raw: Any) -> Parsed:
        odd = odd_cell(raw, "date", number=False)
        if odd or is_blank(raw):
            return odd or BLANK
        if isinstance(raw, datetime.datetime):
            whole = raw.time() == datetime.time(0)
            return real(raw.date()) if whole else _one("E-DATE", "date")
        if isinstance(raw, datetime.date):
            return real(raw)
        if isinstance(raw, Padded) or not isinstance(raw, str | int):
            return _one("E-DATE", "date")
        given = str(raw)
        iso = _ISO.fullmatch(given)
        clean = given if has_marks(given) else normal(given)
        match = iso or in_words.fullmatch(clean) or _YEAR_FIRST.fullmatch(clean)
        if not match:
            if _BARE.fullmatch(clean):
                return _one("E-DATE", "date", _full_date(int(clean), last))
            if says_nothing(clean) or clean in words()["endless"]:
                return _one("E-DATE", "date", never)
            code = "E-DATE-AMBIGUOUS" if _YEAR_LAST.fullmatch(clean) else "E-DATE"
            return _one(code, "date")
        day = _day(*(g for g in match.groups() if g))
        if day is None:
            return _one("E-DATE", "date")
        if day < earliest.isoformat():
            return _one("E-DATE", "date")
        # In a workbook even an ISO date that is text was not understood by the spreadsheet.
        silent = iso and kind != "xlsx"
        return Parsed(day, () if silent else (Issue("W-DATE-TEXT", "date", day),))

    return parse


_MONTHS = re.compile(r"(\d\d)-(\d\d)", re.ASCII)


def _months(column: Column) -> Grammar:
    """Return the grammar of windows ``05-10``: first month (from 0) and number of months."""
    loose = re.compile(words()["dates"]["months"], re.ASCII)
    single = re.compile(words()["dates"]["month"], re.ASCII)

    def parse(raw: Any) -> Parsed:
        odd = odd_cell(raw, "months", number=True)
        if odd or is_blank(raw):
            return odd or BLANK
        given = _as_text(raw).value
        value = given if has_marks(given) else normal(given)
        exact = _MONTHS.fullmatch(value)
        match = exact or loose.fullmatch(value) or single.fullmatch(value)
        if not match and re.fullmatch(r"\d{1,2}", value, re.ASCII):
            match = re.fullmatch(r"(\d+)", value)
        if not match:
            return _one("E-MONTHS", "months")
        first, last = int(match.group(1)), int(match.groups()[-1])
        if not (1 <= first <= 12 and 1 <= last <= 12):
            return _one("E-MONTHS", "months")
        window = (first - 1, (last - first) % 12 + 1)
        issues = () if exact else (Issue("W-MONTHS-NORM", "months", write_months(window)),)
        return Parsed(window, issues)

    return parse


@cache
def grammar(column: Column, kind: FileKind, hours: bool = False) -> Grammar:
    """Return what reads the cells of a column.

    Parameters
    ----------
    column
        Column of the schema.
    kind
        Kind of file: in a workbook numbers and dates stored as text get a warning.
    hours
        The column's header says hours: two decimals, times 60, rounded half up once.
    """
    match column.kind:
        case "int" | "yuan" | "minutes":
            span = f"{column.low}..{column.high}"
            if hours:
                span = f"{column.low / 60:g}..{column.high // 60}"
                return number(2, column.low, column.high, 60, f"hours {span}", kind)
            return number(0, column.low, column.high, 1, f"{column.kind} {span}", kind)
        case "share":
            return number(3, 0, 1000, 1000, "share 0..1", kind)
        case "id" | "ref" | "function":
            return identifier(column)
        case "holder":
            return _holder(column)
        case "words":
            return _several(column, text(column))
        case "refs":
            return _several(column, identifier(column))
        case "enum":
            return _enum(column)
        case "flag":
            return _flag(column)
        case "date":
            return _date(column, kind)
        case "months":
            return _months(column)
        case _:
            return text(column)
