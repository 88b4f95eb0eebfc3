"""CSV: which encoding, which separator, and the fields of each row.

UTF-8 is tried before GB18030, because UTF-8 bytes also decode as GB18030, to nonsense. Nothing is
ever decoded as Latin-1, which accepts anything. What could be Big5 as well is refused.
"""

from __future__ import annotations

import csv
import io
import re

from realloc.schema import Table
from realloc.tables.headers import best_table_score
from realloc.tables.sheet import Findings, Sheet

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_COMMON_SHARE = 0.7
_CJK = re.compile("[" + chr(0x3000) + "-" + chr(0x9FFF) + chr(0xFF00) + "-" + chr(0xFFEF) + "]+")
_FIELD_LIMIT = 1 << 20


def decode(data: bytes, sheet: Sheet, findings: Findings) -> str | None:
    """Return the text of a file, None if its encoding cannot be told (and say so)."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            body = data[len(bom) :] if encoding == "utf-8" else data
            try:
                text = body.decode(encoding)
            except UnicodeDecodeError as error:
                return _undecodable(body, error.start, sheet, findings)
            return None if _has_nul(text, sheet, findings) else text
    if b"\0" in data:
        if _looks_like_utf16(data):
            findings.add("E-ENC", sheet, reject=True, row=1, hint="UTF-16")
        else:
            line = data[: data.index(b"\0")].count(b"\n") + 1
            findings.add("E-CSV-NUL", sheet, reject=True, row=line)
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _decode_chinese(data, error.start, sheet, findings)


def _has_nul(text: str, sheet: Sheet, findings: Findings) -> bool:
    if "\0" not in text:
        return False
    line = text[: text.index("\0")].count("\n") + 1
    findings.add("E-CSV-NUL", sheet, reject=True, row=line)
    return True


def _looks_like_utf16(data: bytes) -> bool:
    """Return whether zero bytes stand where UTF-16 without its mark has them."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    return (even + odd) * 20 > len(data) and min(even, odd) * 10 < max(even, odd)


def _undecodable(data: bytes, start: int, sheet: Sheet, findings: Findings) -> None:
    line = data[:start].count(b"\n") + 1
    findings.add("E-ENC", sheet, reject=True, row=line, hint=f"byte {start + 1}",
                 value=data[start : start + 8])  # fmt: skip


def _decode_chinese(data: bytes, start: int, sheet: Sheet, findings: Findings) -> str | None:
    """Decode what is not UTF-8 as GB18030, if it cannot be anything else."""
    if any(_is_utf8_chinese(line) for line in data.splitlines()):
        # Most lines are UTF-8 and some are not: two files were pasted together.
        return _undecodable(data, start, sheet, findings)
    text = data.decode("gb18030", errors="replace")
    whole = _decodes(data, "gb18030")
    if _decodes(data, "big5hkscs") and not (whole and _common_share(text) >= _COMMON_SHARE):
        findings.add("E-ENC-AMBIGUOUS", sheet, reject=True, hint="GB18030 / Big5")
        return None
    if not whole:
        return _undecodable(data, start, sheet, findings)
    findings.add("W-ENC-GB18030", sheet, row=0)
    return text


def _is_utf8_chinese(line: bytes) -> bool:
    """Return whether a line is UTF-8 with Chinese and nothing else beyond ASCII."""
    if line.isascii():
        return False
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return _CJK.sub("", text).isascii()


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _common_share(text: str) -> float:
    """Return the share of level-1 hanzi and full-width signs (GB 2312) among what is not ASCII.

    Simplified text has nearly all of its characters there; other encodings read as GB18030 give
    rare characters.
    """
    foreign = [c for c in text if not c.isascii()]
    common = 0
    for char in foreign:
        try:
            lead = char.encode("gb2312")[0]
        except UnicodeEncodeError:
            continue
        common += lead in (0xA1, 0xA3) or 0xB0 <= lead <= 0xD7
    return common / max(1, len(foreign))


def parse(text: str, table: Table | None, sheet: Sheet, findings: Findings) -> bool:
    """Cut a text into rows and fields, into ``sheet.rows``; False if that is impossible.

    A row's number is its number as a spreadsheet shows it (a quoted line break makes no new row).
    """
    skipped = 0
    declared = re.match(r"(?i)sep=(.)\r?\n?", text)
    if declared:
        separator = declared.group(1)
        text, skipped = text[declared.end() :], 1
    else:
        separator = _separator(text, table)
        if separator == chr(0xFF0C):
            findings.add("E-CSV-DELIM", sheet, reject=True, row=1, value=separator, expected=",")
            return False
        if separator != ",":
            findings.add("W-CSV-DELIM", sheet, row=1, value=separator, expected=",")
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    start = 1
    try:
        for row in reader:
            rows.append(row)
            start = reader.line_num + 1
    except csv.Error:
        findings.add("E-CSV-QUOTE", sheet, reject=True, row=start + skipped,
                     value=_line(text, start))  # fmt: skip
        return False
    sheet.rows = [[unescape(f) for f in row] for row in rows] if _has_escapes(text) else rows
    # A spreadsheet takes the line of the separator away, so that the header is its first row.
    sheet.numbers = list(range(1, len(rows) + 1))
    while sheet.rows and not any(sheet.rows[-1]):
        sheet.rows.pop()
        sheet.numbers.pop()
    return True


def _line(text: str, number: int) -> str:
    for i, line in enumerate(io.StringIO(text), 1):
        if i == number:
            return line.rstrip("\r\n")
    return ""


def _separator(text: str, table: Table | None) -> str:
    """Return the separator with which the first rows look most like the table's header."""
    head = re.split(r"\r\n|\r|\n", text[:100_000], maxsplit=31)[:30]
    best, best_score = ",", -1
    for separator in (",", ";", "\t", "|", chr(0xFF0C), chr(0xFF1B)):
        rows = [[f.strip('"') for f in line.split(separator)] for line in head]
        found = best_table_score(rows, table)[1] if table else max(map(len, rows)) - 1
        if found > best_score:
            best, best_score = separator, found
    return chr(0xFF0C) if best == chr(0xFF1B) else best


# A leading quote protects what a spreadsheet would take for a formula; the reader takes off exactly
# one. Text that has such a quote itself gets another one.
_DANGEROUS = re.compile("'*[=+\\-@\t\r\0" + chr(0xFF1D) + "]")
_ESCAPED = re.compile("''*[=+\\-@\t\r\0" + chr(0xFF1D) + "]")


def _has_escapes(text: str) -> bool:
    return "'" in text


def escape(text: str) -> str:
    """Return a text for a CSV cell so that no spreadsheet takes it for a formula."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def unescape(text: str) -> str:
    """Undo :func:`escape`."""
    return text[1:] if _ESCAPED.match(text) else text


def read_csv(data: bytes, table: Table | None, sheet: Sheet, findings: Findings) -> bool:
    """Read a CSV file into `sheet`; False if it was refused."""
    text = decode(data, sheet, findings)
    return text is not None and parse(text, table, sheet, findings)
