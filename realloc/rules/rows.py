"""Tables as the rules see them, and all rules between their cells in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from realloc.rules.findings import Findings
from realloc.rules.words import is_blank
from realloc.schema import Table


class Rows(Protocol):
    """The columns of a table, and where its cells are.

    Attributes
    ----------
    columns
        a list of values per column; blank cells and those that are wrong are None. A rule may put
        a value as the city is to have it.
    numbers
        number of each row, as problems say it.
    wrong
        (column, row position) of the cells that are wrong and not blank.
    hours
        of columns in hours the cells as they were typed.
    """

    columns: dict[str, list[Any]]
    wrong: set[tuple[str, int]]
    hours: dict[str, tuple[Any, ...]]

    @property
    def numbers(self) -> Sequence[int]:
        """Number of each row."""
        ...

    def get(self, name: str) -> list[Any]:
        """Return a column, all None if there is none."""
        ...

    def rows(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Yield (row position, value of each named column)."""
        ...

    def at(self, i: int, name: str) -> dict[str, Any]:
        """Return where a cell is, as arguments of :meth:`Findings.add`."""
        ...

    def cell(self, i: int, name: str) -> str:
        """Return the address of a cell with its sheet."""
        ...

    def word(self, i: int, name: str) -> str:
        """Return a word as whoever filled in the table reads it."""
        ...


class Plain:
    """Columns made in Python; rows are numbered as in a file, the first is 2."""

    def __init__(self, table: Table, columns: Mapping[str, Sequence[Any]]):
        self.table = table
        size = max((len(values) for values in columns.values()), default=0)
        self.numbers = range(2, size + 2)
        self.columns = {name: _without_blanks(values) for name, values in columns.items()}
        self.wrong: set[tuple[str, int]] = set()
        self.hours: dict[str, tuple[Any, ...]] = {}

    def get(self, name: str) -> list[Any]:
        """Return a column, all None if there is none."""
        return self.columns.get(name) or [None] * len(self.numbers)

    def rows(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Yield (row position, value of each named column)."""
        yield from zip(range(len(self.numbers)), *(self.get(n) for n in names), strict=True)

    def at(self, i: int, name: str) -> dict[str, Any]:
        """Return where a cell is: table, row and column."""
        return {"sheet_name": self.table.name, "row": self.numbers[i], "column": name}

    def cell(self, i: int, name: str) -> str:
        """Return table, row and column in one word."""
        return f"{self.table.name}:{self.numbers[i]} ({name})"

    def word(self, i: int, name: str) -> str:
        """Return a word as it stands."""
        return self.get(name)[i]


def _without_blanks(values: Sequence[Any]) -> list[Any]:
    """Return values with None for blank ones; what is blank is asked of each distinct value."""
    blank = {v for v in set(values) if v == () or is_blank(v)}
    return [None if v in blank else v for v in values] if blank else list(values)


def check_rows(
    tables: Mapping[str, Rows],
    findings: Findings,
    refused: AbstractSet[str] = frozenset(),
) -> None:
    """Check ids, references, keys and all rules between cells.

    Parameters
    ----------
    tables
        the tables that there are; known references are written as their table spells them.
    findings
        takes what is wrong.
    refused
        tables that could not be read: what refers to them cannot be judged.
    """
    from realloc.rules import checks, references

    references.check_ids(tables, findings)
    references.resolve(tables, {*refused, *tables}, findings)
    references.check_keys(tables, findings)
    checks.check(tables, findings)
