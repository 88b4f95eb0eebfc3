"""Reads value and bound out of the log that CBC writes while it runs.

CBC prints eight digits (six of the first relaxation), so a number of more digits is taken to the
side on which it claims less: values up, bounds down.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

#: CBC's number for "none yet", and all beyond it.
_NONE = 1e20

#: What a line says of the value, and of the bound with so many digits.
_VALUE = re.compile(r"Integer solution of (\S+) found|, (\S+) best solution,")
_BOUND = (
    (re.compile(r"best possible (\S+) \("), 8),
    (re.compile(r"^Cbc0013I At root node, .* changed objective from \S+ to (\S+) in "), 8),
    (re.compile(r"^Continuous objective value is (\S+) - "), 6),
)


class Log:
    """A log that grows; each look reads the whole lines that came since the last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = 0

    def look(self) -> tuple[int | None, float | None]:
        """Return the last value and bound that were written since the last look, without constant.

        Returns
        -------
        int or None, float or None
            the least value and the largest bound of the new lines, None without any.
        """
        try:
            with self.path.open("rb") as log:
                log.seek(self._at)
                text = log.read()
        except OSError:
            return None, None  # not begun yet
        text = text[: text.rfind(b"\n") + 1]
        self._at += len(text)
        values: list[int] = []
        bounds: list[float] = []
        for line in text.decode(errors="replace").splitlines():
            found = _VALUE.search(line)
            if found is not None:
                values.extend(_value(found[1] or found[2]))
            for pattern, digits in _BOUND:
                found = pattern.search(line)
                if found is not None:
                    bounds.extend(_bound(found[1], digits))
        return min(values, default=None), max(bounds, default=None)


def _value(word: str) -> list[int]:
    number = _number(word)
    if number is None:
        return []
    # values are whole, so eight digits are exact up to there
    return [round(number) if abs(number) < 1e8 else math.ceil(number + _error(number, 8))]


def _bound(word: str, digits: int) -> list[float]:
    number = _number(word)
    return [] if number is None else [number - _error(number, digits)]


def _error(number: float, digits: int) -> float:
    """Return by how much a number may be off that was printed with so many digits."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(number))) + 1 - digits) if number else 0.0


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if abs(number) < _NONE else None  # also not for nan
