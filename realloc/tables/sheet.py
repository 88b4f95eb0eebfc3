"""A sheet as found in a file, before anything is known about its meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from realloc.rules.findings import Findings, address, letters

__all__ = [
    "ExcelError", "FileKind", "Findings", "Merged", "NoValue", "Padded", "Sheet", "address",
    "letters",
]  # fmt: skip

FileKind = Literal["csv", "xlsx", "parquet", "toml"]


class ExcelError(NamedTuple):
    """An error value of a workbook, such as ``#N/A``."""

    text: str

    def __repr__(self) -> str:
        return self.text


class NoValue(NamedTuple):
    """A formula that was never calculated: the file has no value for it."""

    formula: str

    def __repr__(self) -> str:
        return f"={self.formula}"


class Padded(NamedTuple):
    """A number that its format shows with leading zeros, as 7 with format 000 shows 007."""

    number: int
    text: str

    def __repr__(self) -> str:
        return self.text


class Merged(NamedTuple):
    """A range of cells merged into one (rows and columns from 1, both ends included)."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Sheet:
    """Cells of one sheet; `rows` are the rows with content, `numbers` their row numbers from 1.

    A cell is a str (``""`` if blank), int, float, Decimal, bool, date, time or datetime, a list of
    str (Parquet), or one of the classes above.
    """

    kind: FileKind
    file: str
    name: str
    rows: list[list[Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    state: str = "visible"
    header_row: int = 1
