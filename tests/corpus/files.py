"""Rows F: files, packages and sheets."""

from __future__ import annotations

import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import badfiles as bad
from badfiles import address

from corpus.case import corpus


@corpus("R", "E-FILE-EMPTY")
def make_F01_empty(tmp: Path) -> Path:
    path = tmp / "city.xlsx"
    path.write_bytes(b"")
    return path


@corpus("R", "E-FILE-CORRUPT")
def make_F02_cut_in_half(tmp: Path) -> Path:
    path = bad.workbook(tmp)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _ole(stream: str) -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(512)
    )


@corpus("R", "E-FILE-XLS")
def make_F03_old_xls(tmp: Path) -> Path:
    path = tmp / "city.xlsx"
    path.write_bytes(_ole("Workbook"))
    return path


@corpus("R", "E-FILE-ENCRYPTED")
def make_F04_password(tmp: Path) -> Path:
    path = tmp / "city.xlsx"
    path.write_bytes(_ole("EncryptedPackage"))
    return path


@corpus("R", "E-FILE-HTML")
def make_F05_html(tmp: Path) -> Path:
    path = tmp / "city.xlsx"
    path.write_text("\n<html><body><table><tr><td>1</td></tr></table></body></html>", "utf-8")
    return path


@corpus("R", "E-FILE-TYPE", "tasks")
def make_F06_xlsx_named_csv(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.put_bytes(path, "tasks", bad.workbook(tmp).read_bytes())
    return path


@corpus("R", "E-FILE-TYPE")
def make_F06_xlsx_alone_named_csv(tmp: Path) -> Path:
    return bad.workbook(tmp).rename(tmp / "city.csv")


@corpus("R", "E-FILE-TYPE")
def make_F07_csv_named_xlsx(tmp: Path) -> Path:
    path = tmp / "city.xlsx"
    path.write_bytes((bad.folder(tmp) / "tasks.csv").read_bytes())
    return path


@corpus("W", "W-FILE-MACRO")
def make_F08_macros(tmp: Path) -> Path:
    path = bad.workbook(tmp).rename(tmp / "city.xlsm")
    return bad.repack(path, lambda parts: parts.update({"xl/vbaProject.bin": b"macro"}))


@corpus("R", "E-FILE-TYPE")
def make_F09_ods(tmp: Path) -> Path:
    path = tmp / "city.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<office/>")
    return path


@corpus("R", "E-FILE-TYPE")
def make_F09_xlsb(tmp: Path) -> Path:
    path = bad.workbook(tmp)
    return bad.repack(path, lambda parts: parts.update({"xl/workbook.bin": b"binary"}))


@corpus("R", "E-FILE-BOMB")
def make_F10_bomb(tmp: Path) -> Path:
    path = bad.workbook(tmp)
    return bad.repack(path, lambda parts: parts.update({"xl/worksheets/x.xml": bytes(60_000_000)}))


@corpus("R", "E-FILE-CORRUPT")
def make_F11_lying_directory(tmp: Path) -> Path:
    path = bad.workbook(tmp)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        part = package.getinfo(bad.part_of(path, "tasks"))
    # The directory entry's uncompressed size, 20 bytes before the name.
    at = data.rindex(part.filename.encode()) - 22
    data[at : at + 4] = struct.pack("<I", part.file_size // 2)
    path.write_bytes(data)
    return path


@corpus("R", "E-FILE-BOMB")
def make_F12_many_entries(tmp: Path) -> Path:
    path = tmp / "city.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        for i in range(6000):
            package.writestr(str(i), b"")
    return path


@corpus("R", "E-FILE-BOMB")
def make_F13_overlapping(tmp: Path) -> Path:
    path = bad.workbook(tmp)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        one, other = package.infolist()[:2]
    entry = data.rindex(other.filename.encode()) - 46
    data[entry + 42 : entry + 46] = struct.pack("<I", one.header_offset + 4)
    path.write_bytes(data)
    return path


def _with_doctype(tmp: Path, doctype: bytes) -> Path:
    path = bad.workbook(tmp)
    part = bad.part_of(path, "tasks")

    def change(parts: dict[str, bytes]) -> None:
        parts[part] = parts[part].replace(b"<worksheet", doctype + b"<worksheet", 1)

    return bad.repack(path, change)


@corpus("R", "E-FILE-DTD")
def make_F14_nested_entities(tmp: Path) -> Path:
    return _with_doctype(
        tmp, b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;">]>'
    )


@corpus("R", "E-FILE-DTD")
def make_F15_external_entity(tmp: Path) -> Path:
    return _with_doctype(tmp, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>')


@corpus("R", "E-FILE-PATH")
def make_F16_path_in_zip(tmp: Path) -> Path:
    return bad.repack(bad.workbook(tmp), lambda parts: parts.update({"../../evil": b"evil"}))


@corpus("E", "E-FORMULA-NOVALUE", "tasks", address("tasks", "minutes"))
def make_F17_external_link(tmp: Path) -> Path:
    return bad.workbook(tmp, bad.set_xlsx("tasks", "minutes", "=[1]Sheet1!A1"))


class _Canary:
    def __reduce__(self) -> Any:
        return os.mkdir, ("canary",)


@corpus("R", "E-FILE-TYPE", "tasks")
def make_F18_pickle(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.put_bytes(path, "tasks", pickle.dumps(_Canary()))
    return path


@corpus("R", "E-FILE-MISSING")
def make_F19_long_name(tmp: Path) -> Path:
    return tmp / ("x" * 300 + ".xlsx")


@corpus("R", "E-FILE-PATH")
def make_F19_nul_in_name(tmp: Path) -> Path:
    return Path(str(tmp / "x\0.xlsx"))


@corpus("R", "E-FILE-PATH")
def make_F19_stream_name(tmp: Path) -> Path:
    return tmp / "x.csv:$DATA"


@corpus("R", "E-FILE-SIZE", options={"max_bytes": 20 << 20})
def make_F20_too_large(tmp: Path) -> Path:
    path = tmp / "city.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(21 << 20))
    return path


@corpus("R", "E-FILE-SIZE", options={"max_bytes": 1000})
def make_F20_folder_too_large(tmp: Path) -> Path:
    return bad.folder(tmp)


@corpus("R", "E-SHEET-MISSING", "tasks", hint="admission, authority")
def make_F21_sheet_missing(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: book.remove(book["tasks"]))


@corpus("R", "E-SHEET-MISSING", "tasks")
def make_F21_file_missing(tmp: Path) -> Path:
    path = bad.folder(tmp)
    (path / "tasks.csv").unlink()
    return path


@corpus("R", "E-SHEET-MISSING", "city")
def make_F21_settings_missing(tmp: Path) -> Path:
    path = bad.folder(tmp)
    (path / "city.toml").unlink()
    return path


@corpus("W", "W-SHEET-NAME", "Tasks ")
def make_F22_sheet_name(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: setattr(book["tasks"], "title", "Tasks "))


@corpus("R", "E-SHEET-AMBIGUOUS", "tasks", hint="tasks, TASKS1")
def make_F23_two_sheets(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: book.create_sheet("TASKS"))


@corpus("R", "E-SHEET-AMBIGUOUS", "tasks")
def make_F23_english_and_chinese(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: book.create_sheet("事项"))


@corpus("W", "W-SHEET-HIDDEN", "tasks")
def make_F24_hidden(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: setattr(book["tasks"], "sheet_state", "hidden"))


@corpus("W", "W-SHEET-HIDDEN", "tasks")
def make_F24_very_hidden(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: setattr(book["tasks"], "sheet_state", "veryHidden"))


@corpus("R", "E-FILE-CORRUPT")
def make_F25_part_missing(tmp: Path) -> Path:
    path = bad.workbook(tmp)
    part = bad.part_of(path, "tasks")
    return bad.repack(path, lambda parts: parts.pop(part))


@corpus("R", "E-TABLE-EMPTY", "tasks")
def make_F26_header_only_xlsx(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: book["tasks"].delete_rows(2, 100))


@corpus("R", "E-TABLE-EMPTY", "tasks")
def make_F26_header_only_csv(tmp: Path) -> Path:
    path = bad.folder(tmp)
    bad.put_rows(path, "tasks", bad.rows_of(path, "tasks")[:1])
    return path


@corpus("E", "E-CELL-STRAY", "tasks", "XFD1048576")
def make_F27_stray(tmp: Path) -> Path:
    return bad.workbook(tmp, lambda book: book["tasks"].cell(1_048_576, 16_384, "x"))


@corpus("A")
def make_F28_formatted_empty(tmp: Path) -> Path:
    path = bad.workbook(tmp)
    part = bad.part_of(path, "budgets")

    def change(parts: dict[str, bytes]) -> None:
        empty = "".join(
            f'<row r="{r}" spans="1:3"><c r="A{r}" s="1"/><c r="B{r}" s="1"/></row>'
            for r in range(4, 200_004)
        )
        parts[part] = parts[part].replace(b"</sheetData>", empty.encode() + b"</sheetData>")

    return bad.repack(path, change)


@corpus("R", "E-TABLE-ROWS", "current", options={"max_rows": 4})
def make_F29_too_many_rows(tmp: Path) -> Path:
    return bad.folder(tmp)


@corpus("W", "W-ROWS-HIDDEN", "tasks", "A3")
def make_F30_hidden_rows(tmp: Path) -> Path:
    return bad.workbook(
        tmp, lambda book: setattr(book["tasks"].row_dimensions[3], "hidden", True)
    )  # fmt: skip


@corpus("W", "W-ROWS-HIDDEN", "tasks", "A3")
def make_F30_grouped_rows(tmp: Path) -> Path:
    return bad.workbook(
        tmp, lambda book: book["tasks"].row_dimensions.group(3, 4, hidden=True)
    )  # fmt: skip


@corpus("W", "W-ROWS-HIDDEN", "tasks")
def make_F30_filter(tmp: Path) -> Path:
    def change(book: Any) -> None:
        book["tasks"].auto_filter.ref = "A1:C5"
        book["tasks"].auto_filter.add_filter_column(1, ["x"])

    return bad.workbook(tmp, change)
