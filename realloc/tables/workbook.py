"""XLSX: the cells of a workbook as they are stored, with what a table reader must know of them.

Workbooks are read as a stream of XML events, not through a spreadsheet library: formulas without a
value, numbers with their format, error values, merged and hidden cells and dates of both calendars
are all told apart in one pass, a million formatted empty rows cost little, and a document type
declaration (the door of entity bombs and of files read from outside) is refused when it begins.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat

from realloc.tables.package import DAMAGED, Refused, read_part
from realloc.tables.sheet import ExcelError, Merged, NoValue, Padded, Sheet

_ROWS, _COLUMNS = 1_048_576, 16_384
_MERGED = 100_000
_LONGEST_TEXT = 4 << 20

# Numbers of built-in formats that show a date or a time.
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
# Cells that carry a format and nothing else, and rows of only such cells, need no event.
_EMPTY_CELLS = re.compile(rb'<c\s+r="[A-Z]{1,3}[0-9]{1,7}"[^<>]*/>')
_EMPTY_ROWS = re.compile(rb'<row\s+r="[0-9]+"[^<>]*(?:/>|>\s*</row>)')


@dataclass
class Workbook:
    """What a workbook holds besides its cells; `parts` are the sheets' (name, state, part)."""

    package: zipfile.ZipFile
    parts: list[tuple[str, str, str]]
    epoch_1904: bool = False
    strings: list[str] = field(default_factory=list)
    dates: list[bool] = field(default_factory=list)
    zeros: list[str] = field(default_factory=list)

    @property
    def has_macros(self) -> bool:
        """Whether the workbook carries macros (which are never run)."""
        return any(n.lower().endswith("vbaproject.bin") for n in self.package.namelist())


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _attributes(raw: dict[str, str]) -> dict[str, str]:
    return {_local(k): v for k, v in raw.items()} if any(":" in k for k in raw) else raw


def _stream(
    pieces: Iterable[bytes],
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    thin: bool = False,
) -> None:
    """Send the XML events of a part to callbacks; raises :class:`Refused` on a DTD or bad XML."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    if end:
        parser.EndElementHandler = end
    if text:
        parser.CharacterDataHandler = text

    def refuse(*_: Any) -> None:
        raise Refused("E-FILE-DTD", value=part)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        for piece in _thinned(pieces) if thin else pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Refused("E-FILE-CORRUPT", str(error)[:80], part) from error
    except DAMAGED as error:
        raise Refused("E-FILE-CORRUPT", str(error)[:80], part) from error


def _thinned(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Take cells and rows without content out of a sheet's XML before it is parsed."""
    tail = b""
    for piece in pieces:
        block = tail + piece
        if b"\0" in block or len(block) > _LONGEST_TEXT:  # UTF-16, or one endless text
            tail = b""
            yield block
            continue
        cut = block.rfind(b">") + 1
        tail = block[cut:]
        yield _EMPTY_ROWS.sub(b"", _EMPTY_CELLS.sub(b"", block[:cut]))
    yield tail


def _relations(package: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return id -> (type, part) of what a part refers to inside the package."""
    folder = PurePosixPath(part).parent
    name = str(folder / "_rels" / f"{PurePosixPath(part).name}.rels").lstrip("/")
    if name not in package.namelist():
        return {}
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, raw: dict[str, str]) -> None:
        a = _attributes(raw)
        if _local(tag) != "Relationship" or a.get("TargetMode") == "External":
            return
        target = a.get("Target", "").replace("\\", "/")
        path = PurePosixPath(target.lstrip("/")) if target.startswith("/") else folder / target
        pieces: list[str] = []
        for piece in path.parts:
            if piece == "..":
                pieces = pieces[:-1]
            elif piece != ".":
                pieces.append(piece)
        found[a.get("Id", "")] = (a.get("Type", "").rpartition("/")[2], "/".join(pieces))

    _stream(read_part(package, name), name, start)
    return found


def open_workbook(package: zipfile.ZipFile) -> Workbook:
    """Read the list of sheets, texts and formats of a workbook.

    Raises
    ------
    Refused
        If the package is no XLSX workbook, lacks one of its sheets, or has a DTD.
    """
    names = set(package.namelist())
    if "mimetype" in names or "xl/workbook.bin" in names or "content.xml" in names:
        raise Refused("E-FILE-TYPE", "ods / xlsb")
    main = next((p for kind, p in _relations(package, "").values() if kind == "officeDocument"),
                "xl/workbook.xml")  # fmt: skip
    if main not in names or "[Content_Types].xml" not in names:
        raise Refused(
            "E-FILE-CORRUPT" if any(n.startswith("xl/") for n in names) else "E-FILE-TYPE"
        )
    _stream(read_part(package, "[Content_Types].xml"), "[Content_Types].xml", lambda *_: None)
    relations = _relations(package, main)
    book = Workbook(package, [])
    missing: list[str] = []
    wrong: list[str] = []

    def start(tag: str, raw: dict[str, str]) -> None:
        name, a = _local(tag), _attributes(raw)
        if name == "workbook":
            wrong.clear()
        elif name == "workbookPr":
            book.epoch_1904 = a.get("date1904", "0") in ("1", "true")
        elif name == "sheet":
            kind, part = relations.get(a.get("id", ""), ("worksheet", ""))
            if kind == "worksheet":
                book.parts.append((a.get("name", ""), a.get("state", "visible"), part))
                if part not in names:
                    missing.append(a.get("name", ""))
        elif name in ("html", "document"):
            wrong.append(name)

    _stream(read_part(package, main), main, start)
    if wrong:
        raise Refused("E-FILE-TYPE")
    if missing:
        raise Refused("E-FILE-CORRUPT", ", ".join(missing)[:80])
    for kind, part in relations.values():
        if kind in ("sharedStrings", "styles") and part not in names:
            raise Refused("E-FILE-CORRUPT", part)
        if kind == "sharedStrings":
            book.strings = _shared_strings(read_part(package, part), part)
        elif kind == "styles":
            book.dates, book.zeros = _formats(read_part(package, part), part)
    return book


def _unescape(text: str) -> str:
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), text)
    # Halves of a surrogate pair that were escaped one by one belong together.
    return re.sub(
        "[\ud800-\udbff][\udc00-\udfff]",
        lambda m: m.group().encode("utf-16", "surrogatepass").decode("utf-16"),
        text,
    )


def _shared_strings(data: Iterable[bytes], part: str) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "phonetic": 0}

    def start(tag: str, _: dict[str, str]) -> None:
        name = _local(tag)
        if name == "si":
            pieces.clear()
        elif name == "rPh":
            state["phonetic"] += 1
        elif name == "t":
            state["text"] = not state["phonetic"]

    def end(tag: str) -> None:
        name = _local(tag)
        if name == "si":
            strings.append(_unescape("".join(pieces)))
        elif name == "rPh":
            state["phonetic"] -= 1
        elif name == "t":
            state["text"] = False

    def text(data: str) -> None:
        if state["text"]:
            pieces.append(data)

    _stream(data, part, start, end, text)
    return strings


def is_date_format(code: str) -> bool:
    """Return whether a number format shows a date or a time."""
    return bool(re.search(r"[ymdhs]", _QUOTED.sub("", code.partition(";")[0]).lower()))


def _formats(data: Iterable[bytes], part: str) -> tuple[list[bool], list[str]]:
    """Return for every cell style whether it shows a date, and its zeros if it pads with them."""
    custom: dict[str, str] = {}
    styles: list[str] = []
    inside = {"cellXfs": False}

    def start(tag: str, raw: dict[str, str]) -> None:
        name, a = _local(tag), _attributes(raw)
        if name == "numFmt":
            custom[a.get("numFmtId", "")] = a.get("formatCode", "")
        elif name == "cellXfs":
            inside["cellXfs"] = True
        elif name == "xf" and inside["cellXfs"]:
            styles.append(a.get("numFmtId", "0"))

    def end(tag: str) -> None:
        if _local(tag) == "cellXfs":
            inside["cellXfs"] = False

    _stream(data, part, start, end)
    dates, zeros = [], []
    for style in styles:
        code = custom.get(style, "")
        built_in = style.isdigit() and int(style) in _DATE_FORMATS
        dates.append(is_date_format(code) if code else built_in)
        zeros.append(code if re.fullmatch("0{2,}", code) else "")
    return dates, zeros


class _Cells:
    """Takes the events of one sheet and keeps its rows."""

    def __init__(self, book: Workbook, sheet: Sheet):
        self.book, self.sheet = book, sheet
        self.row, self.column = 0, 0
        self.cells: dict[int, Any] = {}
        self.kind, self.style = "", 0
        self.value: list[str] = []
        self.formula: list[str] | None = None
        self.into: list[str] | None = None
        self.phonetic = 0
        self.has_text = False
        self.hidden: list[int] = []
        self.filtered = False

    def start(self, tag: str, raw: dict[str, str]) -> None:
        name = tag if ":" not in tag else _local(tag)
        if name == "c":
            reference = raw.get("r")
            if reference:
                match = _REFERENCE.fullmatch(reference)
                if not match:
                    raise Refused("E-FILE-CORRUPT", reference[:40], self.sheet.name)
                self.column = _column(match.group(1))
            else:
                self.column += 1
            self.kind, self.style = raw.get("t", "n"), int(raw.get("s", 0))
            self.value, self.formula, self.has_text = [], None, False
        elif name == "v":
            self.into = self.value
        elif name == "f":
            self.into = self.formula = []
        elif name == "t" and self.kind == "inlineStr":
            self.into = None if self.phonetic else self.value
            self.has_text = True
        elif name == "rPh":
            self.phonetic += 1
        elif name == "row":
            self.row = int(raw.get("r", self.row + 1))
            if not 1 <= self.row <= _ROWS:
                raise Refused("E-FILE-CORRUPT", str(self.row), self.sheet.name)
            self.column, self.cells = 0, {}
            if raw.get("hidden", "0") in ("1", "true"):
                self.hidden.append(self.row)
        elif name == "mergeCell":
            self._merge(raw.get("ref", ""))
        elif name == "filterColumn":
            self.filtered = True

    def text(self, data: str) -> None:
        if self.into is not None:
            self.into.append(data)

    def end(self, tag: str) -> None:
        name = tag if ":" not in tag else _local(tag)
        if name in ("v", "f", "t"):
            self.into = None
        elif name == "c":
            value = self._cell()
            if value is not None and value != "":
                if not 1 <= self.column <= _COLUMNS:
                    raise Refused("E-FILE-CORRUPT", str(self.column), self.sheet.name)
                self.cells[self.column] = value
        elif name == "rPh":
            self.phonetic -= 1
        elif name == "row" and self.cells:
            row = [""] * max(self.cells)
            for column, value in self.cells.items():
                row[column - 1] = value
            self.sheet.rows.append(row)
            self.sheet.numbers.append(self.row)

    def _cell(self) -> Any:
        value = "".join(self.value)
        if self.formula is not None:
            if not value and self.kind != "str":
                return NoValue("".join(self.formula)[:80])
            self.sheet.formulas.append((self.row, self.column))
        if not value:
            return None
        match self.kind:
            case "s":
                index = int(value)
                if not 0 <= index < len(self.book.strings):
                    raise Refused("E-FILE-CORRUPT", value[:40], self.sheet.name)
                return self.book.strings[index]
            case "str" | "inlineStr":
                return _unescape(value)
            case "b":
                return value.strip() in ("1", "true")
            case "e":
                return ExcelError(value)
            case "d":
                return _iso(value)
            case _:
                return self._number(value)

    def _number(self, value: str) -> Any:
        style = self.style if 0 <= self.style < len(self.book.dates) else None
        number: int | float
        try:
            number = int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError as error:
            raise Refused("E-FILE-CORRUPT", value[:40], self.sheet.name) from error
        if style is None:
            return number
        if self.book.dates[style]:
            return _from_serial(number, self.book.epoch_1904)
        zeros = self.book.zeros[style]
        if zeros and isinstance(number, int) and 0 <= number < 10 ** (len(zeros) - 1):
            return Padded(number, str(number).zfill(len(zeros)))
        return number

    def _merge(self, reference: str) -> None:
        match = re.fullmatch(rf"{_REFERENCE.pattern}:{_REFERENCE.pattern}", reference)
        if match and len(self.sheet.merged) < _MERGED:
            left, top, right, bottom = match.groups()
            self.sheet.merged.append(Merged(int(top), _column(left), int(bottom), _column(right)))


def _column(text: str) -> int:
    number = 0
    for char in text:
        number = number * 26 + ord(char) - 64
    return number


def _iso(value: str) -> Any:
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        return value


def _from_serial(number: float, epoch_1904: bool) -> Any:
    """Return the date or time of a serial number; the number itself if it is none.

    The calendar of 1900 has a 29 February 1900 that never was; days before it are one off.
    """
    if not 0 <= number < 2_958_466:
        return number
    if number < 1 and not epoch_1904:
        seconds = round(number * 86_400) % 86_400
        return (datetime.datetime.min + datetime.timedelta(seconds=seconds)).time()
    if epoch_1904:
        start = datetime.datetime(1904, 1, 1)
    else:
        start = datetime.datetime(1899, 12, 31 if number < 60 else 30)
    try:
        return start + datetime.timedelta(days=int(number), seconds=round(number % 1 * 86_400))
    except OverflowError:
        return number


def read_sheet(
    book: Workbook, name: str, state: str, part: str, file: str
) -> tuple[Sheet, list[int]]:
    """Read one sheet of a workbook; also return its hidden rows (``[0]`` for an active filter).

    Raises
    ------
    Refused
        If the part is damaged or has a DTD.
    """
    sheet = Sheet("xlsx", file, name, state=state)
    cells = _Cells(book, sheet)
    _stream(read_part(book.package, part), part, cells.start, cells.end, cells.text, thin=True)
    order = sorted(range(len(sheet.numbers)), key=sheet.numbers.__getitem__)
    sheet.rows = [sheet.rows[i] for i in order]
    sheet.numbers = [sheet.numbers[i] for i in order]
    filled = set(sheet.numbers)
    hidden = [row for row in cells.hidden if row in filled]
    return sheet, hidden or ([0] if cells.filtered else [])
