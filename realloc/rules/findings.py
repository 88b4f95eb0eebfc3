"""Where findings go, and how the address of a cell is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from realloc.errors import SHOWN, Problem, Problems, Severity, show


class Source(Protocol):
    """What a finding is about: a sheet of a file."""

    file: str
    name: str


def letters(column: int) -> str:
    """Return the letters of a column counted from 1: 3 is ``C``."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def address(row: int, column: int) -> str:
    """Return the address of a cell: row 17, column 3 is ``C17``."""
    return f"{letters(column)}{row}"


class Findings:
    """Collects problems: all are counted, the first 1,000 of each severity are kept."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._kept: dict[Severity, list[tuple[int, int, Problem]]] = {"R": [], "E": [], "W": []}
        self._order: dict[tuple[str, str], int] = {}
        self._nearest_left = 60

    @property
    def failed(self) -> bool:
        """Whether there is any problem that keeps the input from being accepted."""
        return bool(self._kept["R"] or self._kept["E"])

    def add(
        self,
        code: str,
        sheet: Source | None = None,
        *,
        reject: bool = False,
        file: str = "",
        sheet_name: str = "",
        row: int = 0,
        col: int = 0,
        column: str = "",
        value: Any = None,
        expected: str = "",
        hint: str = "",
        related: tuple[str, ...] = (),
    ) -> None:
        """Add a problem; severity follows from the code, ``reject`` makes it an ``R``."""
        severity: Severity = "R" if reject else "W" if code.startswith("W") else "E"
        self.counts[code] += 1
        kept = self._kept[severity]
        if len(kept) >= SHOWN:
            return
        file = sheet.file if sheet else file
        name = sheet.name if sheet else sheet_name
        problem = Problem(
            code=code,
            severity=severity,
            file=file,
            sheet=name,
            cell=address(row, col) if row and col else "",
            row=row,
            column=column,
            value="" if value is None else show(value),
            expected=expected,
            hint=hint,
            related=related,
        )
        rank = self._order.setdefault((file, name), len(self._order))
        kept.append((rank, col, problem))

    def nearest(self, word: str, candidates: list[str], cutoff: float = 0.3) -> str:
        """Return the candidate most like `word`, or ``""``; gives up after a number of look-ups.

        The look-up is slow on long lists: a file with thousands of unknown ids must not hang.
        """
        from difflib import get_close_matches

        if self._nearest_left <= 0 or len(word) > 200:
            return ""
        self._nearest_left -= 1
        reach = max(3, len(word) // 2)
        near = [c for c in candidates if abs(len(c) - len(word)) <= reach][:20_000]
        return next(iter(get_close_matches(word, near, n=1, cutoff=cutoff)), "")

    def problems(self) -> Problems:
        """Return what was found: rejections, errors, warnings, each by sheet, row and column."""
        ordered: list[Problem] = []
        by_place: Callable[[tuple[int, int, Problem]], Any] = lambda k: (k[0], k[2].row, k[1])  # noqa: E731
        for severity in ("R", "E", "W"):
            ordered += [p for *_, p in sorted(self._kept[severity], key=by_place)]
        return Problems(ordered[:SHOWN], self.counts)
