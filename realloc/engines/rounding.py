"""Finds cuts by rounding: from rows of the simplex tableau and from single rows.

The tableau row of a basic column that should be whole but is not, in whole numbers, is a sum of
rows; rounded with the right divisor it cuts the point off. Other divisors, those at which a column
between its ends becomes whole, often cut deeper (the search for them is that of c-MIR).

References
----------
Marchand, H. and Wolsey, L. A. (2001). Aggregation and mixed integer rounding to solve MIPs.
Operations Research 49, 363-371.
Balas, E., Ceria, S., Cornuéjols, G. and Natraj, N. (1996). Gomory cuts revisited. Operations
Research Letters 19, 1-9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from realloc.engines.compiled import compiled
from realloc.linear import Linear
from realloc.program import UNLIMITED
from realloc.proof import Cut
from realloc.sparse import Csr, Ints

Floats = NDArray[np.float64]

#: Magnitudes: of sums of rows in whole numbers, and of coefficients of a cut as a row.
_SUM, _ROW = 2.0**57, 1 << 22


class Rows(NamedTuple):
    """Rows of a relaxation as the separation reads them."""

    matrix: Csr
    limit: Ints  # the side taken, where a row has one only
    other: Ints  # the lower side where a row has both
    sign: Ints  # of the slack: 1 row + slack = limit, -1 row - slack = limit, 0 equation, 2 both

    @staticmethod
    def of(lp: Linear) -> Rows:
        """Read a program."""
        low, high = lp.row_lower > -UNLIMITED, lp.row_upper < UNLIMITED
        sign = np.where(high & low, 2, np.where(high, 1, -1))
        sign[lp.row_lower == lp.row_upper] = 0
        return Rows(lp.matrix, np.where(high, lp.row_upper, lp.row_lower), lp.row_lower, sign)


class Sum(NamedTuple):
    """Rows with multipliers, of which one unit of `unit` is one of the sum."""

    row: Ints
    times: Ints
    unit: int


@dataclass(frozen=True, eq=False)
class Found:
    """A cut, and about what it says: how deep it cuts, and its columns with their coefficients."""

    depth: float
    cut: Cut
    index: Ints
    value: Floats


class Rounder:
    """Searches cuts at one point of a relaxation."""

    def __init__(self, lp: Linear, rows: Rows, x: Floats) -> None:
        self.rows = rows
        self.lower = lp.lower.astype(float)
        self.upper = np.where(lp.upper >= UNLIMITED, np.inf, lp.upper.astype(float))
        self.x = np.clip(x, self.lower, self.upper)
        self.dense = np.zeros(lp.columns)
        self.flip = self.x - self.lower > 0.5 * (self.upper - self.lower)
        self.from_end = np.where(self.flip, self.upper - self.x, self.x - self.lower)
        self.between = (self.from_end > 1e-6) & (self.upper - self.lower < 1e6)

    def cut(self, total: Sum, least: float) -> Found | None:
        """Return the cut for the divisor that cuts deepest, None below the least depth."""
        rows, row, times = self.rows, total.row, total.times
        sign = rows.sign[row]
        limit = np.where((sign == 2) & (times < 0), rows.other[row], rows.limit[row])
        sign = np.where(sign == 2, np.where(times < 0, -1, 1), sign)
        m = rows.matrix
        depth, divisor, largest, flipped, index, value = _best(
            m.start, m.index, m.value, row, times, limit, sign, self.x, self.lower, self.upper,
            self.flip, self.from_end, self.between, self.dense, float(total.unit), least,
        )  # fmt: skip
        if depth < least:
            return None
        shrink = max(1, int(largest) // _ROW)
        cut = Cut(row, tuple(times.tolist()), int(divisor), np.sort(flipped), shrink)
        return Found(depth, cut, index, value)


def tableau(rows: Rows, price: Floats, dense: Floats, most: int = 4000) -> Sum | None:
    """Return a row of the inverse of the basis in whole numbers, None where it is too dense."""
    row = np.flatnonzero(np.abs(price) > 1e-10)
    if not len(row) or len(row) > most:
        return None
    price = price[row]
    m = rows.matrix
    top = max(1.0, _largest(m.start, m.index, m.value, row, price, dense))
    limits = float(np.abs(rows.limit[row] * price).sum())
    unit = 1 << int(np.clip(np.floor(np.log2(_SUM / max(top, limits))), 8, 46))
    times = np.rint(price * unit).astype(np.int64)
    keep = times != 0
    return Sum(row[keep].astype(np.int64), times[keep], unit) if keep.any() else None


@compiled
def _largest(start: Any, index: Any, value: Any, row: Any, price: Any, dense: Any) -> float:
    """Return the largest sum of absolute terms in a column."""
    top = 0.0
    for k in range(len(row)):
        for e in range(start[row[k]], start[row[k] + 1]):
            dense[index[e]] += abs(price[k] * value[e])
            top = max(top, dense[index[e]])
    for k in range(len(row)):
        for e in range(start[row[k]], start[row[k] + 1]):
            dense[index[e]] = 0.0
    return top


@compiled
def _best(
    start: Any, index: Any, value: Any, row: Any, times: Any, limit: Any, sign: Any,
    x: Any, lower: Any, upper: Any, flip: Any, from_end: Any, between: Any, dense: Any, unit: float,
    least: float,
) -> tuple[float, float, float, Any, Any, Any]:  # fmt: skip
    """Return depth and divisor of the best cut, the largest coefficient, flipped, and its columns.

    The depth that is returned is measured on the cut with slacks put back.
    """
    b = 0.0
    count = 0
    for k in range(len(row)):
        count += start[row[k] + 1] - start[row[k]]
    touched = np.empty(count, np.int64)
    used = 0
    slack = np.empty(len(row))
    for k in range(len(row)):
        i = row[k]
        u = float(times[k])
        b += u * limit[k]
        act = 0.0
        for e in range(start[i], start[i + 1]):
            j = index[e]
            if dense[j] == 0.0:
                touched[used] = j
                used += 1
                dense[j] = 1e-300
            dense[j] += u * value[e]
            act += value[e] * x[j]
        slack[k] = max(0.0, sign[k] * (limit[k] - act))
        if slack[k] < 1e-7 * (1.0 + abs(limit[k])):
            slack[k] = 0.0
    a = np.empty(used)
    top = 0.0
    for t in range(used):
        j = touched[t]
        c = dense[j]
        dense[j] = 0.0
        top = max(top, abs(c))
        if flip[j]:
            b -= c * upper[j]
            a[t] = -c
        else:
            b -= c * lower[j]
            a[t] = c
    tried = np.empty(16)
    size = 0
    if unit > 1.0:
        tried[0] = unit
        size = 1
    for t in range(used):
        if size >= 10:
            break
        if between[touched[t]]:
            c = np.rint(abs(a[t]))
            if c < 2.0 or c < 1e-4 * unit or c < 1e-6 * top:
                continue
            new = True
            for s in range(size):
                if abs(tried[s] - c) < 1e-6 * c:
                    new = False
            if new:
                tried[size] = c
                size += 1
    best, divisor = 0.0, 0.0
    for s in range(size):
        depth = _depth(a, touched, used, from_end, times, sign, slack, b, tried[s])
        if depth > best:
            best, divisor = depth, tried[s]
    if divisor > 0.0:
        first = divisor
        for s in (2.0, 4.0, 8.0):
            d = np.floor(first / s)
            if d < 2.0:
                break
            depth = _depth(a, touched, used, from_end, times, sign, slack, b, d)
            if depth > best * 1.05:
                best, divisor = depth, d
    nothing = np.empty(0, np.int64)
    if best < least:
        return 0.0, 0.0, top, nothing, nothing, np.empty(0)
    # the cut itself
    whole = np.floor(b / divisor)
    f0 = b / divisor - whole
    over = 1.0 / (1.0 - f0)
    rest = -whole
    flips = 0
    flipped = np.empty(used, np.int64)
    for t in range(used):
        j = touched[t]
        c = _rounded(a[t] / divisor, f0, over)
        rest += c * from_end[j]
        if flip[j]:
            c = -c
            flipped[flips] = j
            flips += 1
        dense[j] = c
    for k in range(len(row)):
        if sign[k] == 0:
            continue
        c = _rounded(sign[k] * times[k] / divisor, f0, over)
        if c == 0.0:
            continue
        rest += c * slack[k]
        for e in range(start[row[k]], start[row[k] + 1]):
            dense[index[e]] -= sign[k] * c * value[e]
    columns = np.empty(used, np.int64)
    values = np.empty(used)
    count = 0
    norm = 0.0
    for t in range(used):
        j = touched[t]
        c = dense[j]
        dense[j] = 0.0
        if abs(c) > 1e-9:
            columns[count] = j
            values[count] = c
            norm += c * c
            count += 1
    if norm <= 0.0:
        return 0.0, 0.0, top, nothing, nothing, np.empty(0)
    depth = rest / np.sqrt(norm)
    return depth, divisor, top, flipped[:flips], columns[:count], values[:count]


@compiled
def _rounded(q: float, f0: float, over: float) -> float:
    """Return a coefficient after rounding: ⌊q⌋ + max(0, q - ⌊q⌋ - f0) ÷ (1 - f0)."""
    whole = np.floor(q)
    return whole + max(0.0, q - whole - f0) * over


@compiled
def _depth(
    a: Any, touched: Any, used: int, from_end: Any, times: Any, sign: Any, slack: Any, b: float,
    d: float,
) -> float:  # fmt: skip
    """Return by how far a rounding cuts the point off, in units of the norm of its columns."""
    whole = np.floor(b / d)
    f0 = b / d - whole
    if f0 < 0.01 or f0 > 0.99:
        return 0.0
    over = 1.0 / (1.0 - f0)
    total, norm = -whole, 0.0
    for t in range(used):
        c = _rounded(a[t] / d, f0, over)
        norm += c * c
        total += c * from_end[touched[t]]
    for k in range(len(times)):
        if sign[k] != 0 and slack[k] > 0.0:
            total += _rounded(sign[k] * times[k] / d, f0, over) * slack[k]
    if norm <= 0.0:
        return 0.0
    return total / np.sqrt(norm)


@compiled
def apart(
    start: Any, index: Any, value: Any, columns: int, most: int, parallel: float
) -> Any:
    """Return which rows to keep, of rows in order: none nearly parallel to one kept before it."""
    count = len(start) - 1
    keep = np.zeros(count, np.bool_)
    dense = np.zeros(columns)
    norm = np.zeros(count)
    kept = np.empty(count, np.int64)
    size = 0
    for k in range(count):
        if size >= most:
            break
        for e in range(start[k], start[k + 1]):
            dense[index[e]] = value[e]
            norm[k] += value[e] * value[e]
        norm[k] = np.sqrt(norm[k])
        good = True
        for o in range(size):
            other = kept[o]
            dot = 0.0
            for e in range(start[other], start[other + 1]):
                dot += value[e] * dense[index[e]]
            if dot > parallel * norm[k] * norm[other]:
                good = False
                break
        for e in range(start[k], start[k + 1]):
            dense[index[e]] = 0.0
        if good:
            keep[k] = True
            kept[size] = k
            size += 1
    return keep
