"""Rows N: numbers, dates and formulas."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import badfiles as bad
from badfiles import address

from corpus.case import CASES, Case, corpus, minutes_of_first_task

MINUTES = address("tasks", "minutes")
_CSV, _XLSX = 1, 2

#: id, cell under an hours header, code, minutes that it becomes, formats in which to try it.
NUMBERS: tuple[tuple[str, Any, str, int | None, int], ...] = (
    ("N01_full_width", "１２", "W-NUM-NORM", 720, _CSV | _XLSX),
    ("N02_full_width_decimal", "１２．５", "W-NUM-NORM", 750, _CSV | _XLSX),
    ("N03_grouped", "1,234", "W-NUM-NORM", 74_040, _CSV | _XLSX),
    ("N04_ambiguous", "1.234,5", "E-NUM-AMBIGUOUS", None, _CSV | _XLSX),
    ("N05_unit_zh", "12小时", "E-NUM-UNIT", None, _CSV | _XLSX),
    ("N05_unit_en", "12 h", "E-NUM-UNIT", None, _CSV | _XLSX),
    ("N06_no_break_space", " 12\u00a0", "W-NUM-NORM", 720, _CSV | _XLSX),
    ("N07_zero_width", "12\u200b", "W-NUM-NORM", 720, _CSV | _XLSX),
    ("N08_minus_sign", "−5", "E-NUM-NEG", None, _CSV | _XLSX),
    ("N09_negative", "-5", "E-NUM-NEG", None, _CSV | _XLSX),
    ("N09_negative_number", -5, "E-NUM-NEG", None, _XLSX),
    ("N10_blank", "", "E-REQUIRED", None, _CSV | _XLSX),
    ("N11_not_available", "#N/A", "E-NUM-EXCELERR", None, _CSV | _XLSX),
    ("N12_reference", "#REF!", "E-NUM-EXCELERR", None, _CSV | _XLSX),
    ("N12_division", "#DIV/0!", "E-NUM-EXCELERR", None, _CSV | _XLSX),
    ("N13_nan", "NaN", "E-NUM", None, _CSV | _XLSX),
    ("N14_inf", "inf", "E-NUM", None, _CSV | _XLSX),
    ("N14_overflow", "1e400", "E-NUM", None, _CSV | _XLSX),
    ("N15_underscore", "1_000", "E-NUM", None, _CSV | _XLSX),
    ("N16_arabic_digit", "٣", "E-NUM", None, _CSV | _XLSX),
    ("N17_bool", "TRUE", "E-NUM-BOOL", None, _CSV),
    ("N17_bool_cell", True, "E-NUM-BOOL", None, _XLSX),
    ("N18_date", datetime.date(2024, 3, 5), "E-NUM-DATE", None, _XLSX),
    ("N18_date_text", "2024-03-05", "E-NUM-DATE", None, _CSV | _XLSX),
    ("N19_decimals", "7.999999999", "E-NUM-DECIMALS", None, _CSV | _XLSX),
    ("N19_decimals_number", 7.999999999, "E-NUM-DECIMALS", None, _XLSX),
    ("N19_three_decimals", "7.125", "E-NUM-DECIMALS", None, _CSV),
    ("N20_noise", "0.30000000000000004", "W-NUM-ROUND", 18, _CSV),
    ("N21_large", "1e15", "E-NUM-RANGE", None, _CSV | _XLSX),
    ("N21_large_number", 1e15, "E-NUM-RANGE", None, _XLSX),
    ("N21_large_digits", "1000000000000000", "E-NUM-RANGE", None, _CSV),
    ("N22_quoted", "'12", "W-NUM-TEXT", 720, _CSV | _XLSX),
    ("N22_text_cell", "12", "W-NUM-TEXT", 720, _XLSX),
    ("N23_dash", "-", "E-NUM-PLACEHOLDER", None, _CSV | _XLSX),
    ("N23_none_zh", "无", "E-NUM-PLACEHOLDER", None, _CSV | _XLSX),
    ("N23_not_available", "N/A", "E-NUM-PLACEHOLDER", None, _CSV | _XLSX),
    ("N24_not_calculated", "=10+2", "E-FORMULA-NOVALUE", None, _XLSX),
    ("N26_yuan", "¥100", "E-NUM-UNIT", None, _CSV | _XLSX),
    ("N26_percent", "50%", "E-NUM-UNIT", None, _CSV | _XLSX),
    ("N26_about", "约10人", "E-NUM-UNIT", None, _CSV | _XLSX),
    ("N00_footnote", "12①", "E-NUM", None, _CSV | _XLSX),
    ("N00_squared", "12²", "E-NUM", None, _CSV | _XLSX),
    ("N00_superscript", "12¹", "E-NUM", None, _CSV),
    ("N00_bracketed", "12⑴", "E-NUM", None, _CSV),
    ("N00_numbered", "⒈", "E-NUM", None, _CSV),
    ("N00_invisible", "\u200b", "E-REQUIRED", None, _CSV | _XLSX),
    ("N00_half_up", "0.01", "", 1, _CSV),
    ("N00_number", 12.25, "", 735, _XLSX),
)


def _number_csv(value: Any) -> Callable[[Path], Path]:
    def make(tmp: Path) -> Path:
        path = bad.folder(tmp, hours=True)
        bad.set_csv(path, "tasks", "minutes", value)
        return path

    return make


def _number_xlsx(value: Any) -> Callable[[Path], Path]:
    formula = isinstance(value, str) and value.startswith("=")
    is_text = isinstance(value, str) and bool(value) and not formula and value[0] != "#"
    shape = "yyyy-mm-dd" if isinstance(value, datetime.date) else "General"
    change = bad.set_xlsx("tasks", "minutes", value or None, number_format=shape, as_text=is_text)
    return lambda tmp: bad.workbook(tmp, change, hours=True)


for _id, _value, _code, _minutes, _where in NUMBERS:
    for _flag, _make, _kind in ((_CSV, _number_csv, "csv"), (_XLSX, _number_xlsx, "xlsx")):
        if _where & _flag:
            CASES.append(
                Case(
                    f"{_id}_{_kind}", _make(_value),
                    "E" if _minutes is None else "W" if _code else "A", _code,
                    "tasks" if _code else "", MINUTES if _code else "",
                    twin=minutes_of_first_task(_minutes or 0),
                )
            )  # fmt: skip


@corpus("E", "E-NUM-DECIMALS", "tasks", MINUTES)
def make_N19_decimals_of_minutes(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "minutes", "12.5")
    return path


def _stored(tmp: Path, minutes: bytes, hours: bool = False) -> Path:
    """Put the stored value of the first task's work into the XML as it stands."""
    path = bad.workbook(tmp, hours=hours)
    part = bad.part_of(path, "tasks")
    given = b"<v>120</v>" if hours else b"<v>7200</v>"

    def change(parts: dict[str, bytes]) -> None:
        before, tag, after = parts[part].partition(f'<c r="{MINUTES}"'.encode())
        assert given in after
        parts[part] = before + tag + after.replace(given, minutes, 1)

    return bad.repack(path, change)


@corpus("W", "W-NUM-ROUND", "tasks", MINUTES, twin=minutes_of_first_task(18))
def make_N20_noise_number(tmp: Path) -> Path:
    return _stored(tmp, b"<v>0.30000000000000004</v>", hours=True)


@corpus("W", "W-FORMULA-USED", "tasks", MINUTES, hint="1")
def make_N25_formula_with_value(tmp: Path) -> Path:
    return _stored(tmp, b"<f>7000+200</f><v>7200</v>")


UNTIL = address("delegations", "valid_until")


def date_csv(value: str) -> Callable[[Path], Path]:
    def make(tmp: Path) -> Path:
        path = bad.folder(tmp)
        bad.set_csv(path, "delegations", "valid_until", value)
        return path

    return make


def _date_xlsx(value: Any, shape: str = "General") -> Callable[[Path], Path]:
    change = bad.set_xlsx("delegations", "valid_until", value, number_format=shape)
    return lambda tmp: bad.workbook(tmp, change)


for _id, _make, _outcome, _code in (
    ("N27_words", date_csv("2028年1月1日"), "W", "W-DATE-TEXT"),
    ("N27_words_xlsx", _date_xlsx("2028年1月1日"), "W", "W-DATE-TEXT"),
    ("N27_iso_text_xlsx", _date_xlsx("2028-01-01"), "W", "W-DATE-TEXT"),
    ("N27_slashes", date_csv("2028/1/1"), "W", "W-DATE-TEXT"),
    ("N27_iso_csv", date_csv("2028-01-01"), "A", ""),
    ("N27_real_date", _date_xlsx(datetime.date(2028, 1, 1), "yyyy-mm-dd"), "A", ""),
    ("N27_real_date_zh", _date_xlsx(datetime.date(2028, 1, 1), 'yyyy"年"m"月"d"日"'), "A", ""),
    ("N27_year_last", date_csv("05/03/2028"), "E", "E-DATE-AMBIGUOUS"),
    ("N27_year_last_xlsx", _date_xlsx("05/03/2028"), "E", "E-DATE-AMBIGUOUS"),
    ("N27_no_such_day", date_csv("2028-02-30"), "E", "E-DATE"),
    ("N27_serial_without_format", _date_xlsx(46753), "E", "E-DATE"),
):
    CASES.append(Case(_id, _make, _outcome, _code, "delegations" if _code else "",
                      UNTIL if _code else ""))  # fmt: skip


@corpus("A")
def make_N28_1904(tmp: Path) -> Path:
    def change(book: Any) -> None:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        book.epoch = CALENDAR_MAC_1904

    return bad.workbook(tmp, change)
