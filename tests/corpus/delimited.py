"""Rows C: encodings, separators, rows and headers of CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import badfiles as bad
from badfiles import address

from corpus.case import CASES, Case, cell_of, corpus


def _encoded(tmp: Path, encoding: str, bom: bytes = b"", text: str = "") -> Path:
    path = bad.folder(tmp)
    text = text or bad.text_of(path, "tasks")
    bad.put_bytes(path, "tasks", bom + text.encode(encoding))
    return path


@corpus("A")
def make_C01_utf8_bom(tmp: Path) -> Path:
    return _encoded(tmp, "utf-8", b"\xef\xbb\xbf")


@corpus("A")
def make_C02_utf16_bom(tmp: Path) -> Path:
    return _encoded(tmp, "utf-16-le", b"\xff\xfe")


@corpus("A")
def make_C02_utf16_big_endian(tmp: Path) -> Path:
    return _encoded(tmp, "utf-16-be", b"\xfe\xff")


@corpus("R", "E-ENC", "tasks")
def make_C03_utf16_without_bom(tmp: Path) -> Path:
    return _encoded(tmp, "utf-16-le")


@corpus("W", "W-ENC-GB18030", "tasks")
def make_C04_gbk(tmp: Path) -> Path:
    return _encoded(tmp, "gbk")


@corpus("W", "W-ENC-GB18030", "地区")
def make_C04_gbk_chinese_headers(tmp: Path) -> Path:
    path = bad.folder(tmp, lang="zh")
    text = (path / "地区.csv").read_text("utf-8-sig")
    (path / "地区.csv").write_bytes(text.encode("gbk"))
    return path


@corpus("W", "W-ENC-GB18030", "places", twin=cell_of("places", "name", "㐀𠀀社区", 3))
def make_C05_gb18030_four_bytes(tmp: Path) -> Path:
    path = bad.folder(tmp)
    text = bad.text_of(path, "places").replace("和平社区", "㐀𠀀社区")
    bad.put_bytes(path, "places", text.encode("gb18030"))
    return path


@corpus("R", "E-ENC-AMBIGUOUS", "places")
def make_C06_big5(tmp: Path) -> Path:
    path = bad.folder(tmp)
    rows = bad.rows_of(path, "places")
    names = ("臺北市", "東區", "中山街道", "和平社區", "團結社區")
    for row, name in zip(rows[1:], names, strict=True):
        row[1], row[6] = name, ""
    text = "\n".join(",".join(row) for row in rows)
    bad.put_bytes(path, "places", text.encode("big5"))
    return path


@corpus("R", "E-ENC", "tasks", row=3, hint="byte")
def make_C07_one_gbk_line(tmp: Path) -> Path:
    path = bad.folder(tmp)
    lines = bad.text_of(path, "tasks").splitlines()
    data = [line.encode("gbk" if i == 2 else "utf-8") for i, line in enumerate(lines)]
    bad.put_bytes(path, "tasks", b"\n".join(data))
    return path


@corpus("A")
def make_C08_chinese_utf8(tmp: Path) -> Path:
    return bad.folder(tmp)


@corpus("R", "E-CSV-NUL", "tasks", row=2)
def make_C09_nul(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.put_bytes(path, "tasks", bad.text_of(path, "tasks").replace("T1,", "T1\0,", 1).encode())
    return path


def _separated(tmp: Path, separator: str) -> Path:
    path = bad.folder(tmp)
    bad.put_rows(path, "tasks", bad.rows_of(path, "tasks"), separator)
    return path


@corpus("W", "W-CSV-DELIM", "tasks")
def make_C10_semicolons(tmp: Path) -> Path:
    return _separated(tmp, ";")


@corpus("W", "W-CSV-DELIM", "tasks")
def make_C11_tabs(tmp: Path) -> Path:
    return _separated(tmp, "\t")


@corpus("R", "E-CSV-DELIM", "tasks")
def make_C12_full_width_comma(tmp: Path) -> Path:
    return _separated(tmp, "，")


@corpus("E", "E-ROW-LONG", "tasks", "V3")
def make_C13_long_row(tmp: Path) -> Path:
    path = bad.folder(tmp)
    rows = bad.rows_of(path, "tasks")
    rows[2].append("extra")
    bad.put_rows(path, "tasks", rows)
    return path


@corpus("E", "E-ROW-SHORT", "tasks", "A3")
def make_C14_short_row(tmp: Path) -> Path:
    path = bad.folder(tmp)
    rows = bad.rows_of(path, "tasks")
    rows[2].pop()
    bad.put_rows(path, "tasks", rows)
    return path


@corpus("R", "E-CSV-QUOTE", "tasks", row=3)
def make_C15_unclosed_quote(tmp: Path) -> Path:
    path = bad.folder(tmp)
    lines = bad.text_of(path, "tasks").splitlines()
    lines[2] = '"' + lines[2]
    bad.put_bytes(path, "tasks", "\n".join(lines).encode())
    return path


@corpus("A", twin=cell_of("tasks", "name", "高龄\n津贴"))
def make_C16_line_break_in_name(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "name", "高龄\n津贴")
    return path


@corpus("E", "E-ID-CHAR", "tasks", "A2", beside=("E-REF-UNKNOWN",))
def make_C16_line_break_in_id(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "id", "T\n1")
    return path


@corpus("A")
def make_C17_carriage_returns(tmp: Path) -> Path:
    return _encoded(tmp, "utf-8", text=bad.text_of(bad.folder(tmp), "tasks").replace("\n", "\r"))


@corpus("E", "E-HEADER", "tasks", "A1", hint="3")
def make_C18_title_rows(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.put_bytes(path, "tasks", ("2026年事项台账\n\n" + bad.text_of(path, "tasks")).encode())
    return path


@corpus("E", "E-HEADER", "tasks", "A1", hint="3")
def make_C18_title_rows_xlsx(tmp: Path) -> Path:
    def change(book: Any) -> None:
        book["tasks"].insert_rows(1, 2)
        book["tasks"]["A1"] = "2026年事项台账"

    return bad.workbook(tmp, change)


@corpus("E", "E-HEADER-DUP", "tasks", "C1", related=("tasks!B1",))
def make_C19_header_twice(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "category_en", "category", row=1)
    return path


@corpus("E", "E-HEADER-DUP", "tasks", "C1", related=("tasks!B1",))
def make_C19_header_in_both_languages(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "category_en", "大类", row=1)
    return path


@corpus("E", "E-HEADER-BLANK", "tasks", "C1")
def make_C20_blank_header(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "category_en", "", row=1)
    return path


@corpus("E", "E-HEADER-BLANK", "tasks", "C1")
def make_C20_blank_header_xlsx(tmp: Path) -> Path:
    return bad.workbook(tmp, bad.set_xlsx("tasks", "category_en", None, row=1))


@corpus("A")
def make_C21_sep_line(tmp: Path) -> Path:
    path = _separated(tmp, ";")
    bad.put_bytes(path, "tasks", b"sep=;\n" + bad.text_of(path, "tasks").encode())
    return path


def _hours_header(header: str, xlsx: bool = False) -> Callable[[Path], Path]:
    def make(tmp: Path) -> Path:
        if xlsx:
            return bad.workbook(tmp, bad.set_xlsx("tasks", "minutes", header, row=1), hours=True)
        path = bad.folder(tmp, hours=True)
        bad.set_csv(path, "tasks", "minutes", header, row=1)
        return path

    return make


_HEADER = address("tasks", "minutes", 1)
for _name, _header, _code in (
    ("C22_hours_space", "工时 （小时）", "W-HEADER-NORM"),
    ("C22_hours_case", "Hours ", "W-HEADER-NORM"),
    ("C22_hours_clean", "工时（小时）", ""),
    ("C22_hours_long_name", "标准社区年小时", ""),
):
    for _xlsx in (False, True):
        _outcome = "W" if _code else "A"
        _id = f"{_name}_{'xlsx' if _xlsx else 'csv'}"
        CASES.append(Case(_id, _hours_header(_header, _xlsx), _outcome, _code,
                          "tasks" if _code else "", _HEADER if _code else ""))  # fmt: skip


@corpus("E", "E-HEADER-UNKNOWN", "tasks", "C1", hint="category_en")
def make_C22_unknown_header(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.set_csv(path, "tasks", "category_en", "categorie_en", row=1)
    return path
