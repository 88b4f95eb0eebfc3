"""Cuts: inequalities that every solution keeps though the relaxation does not, each with a reason.

A cut is never believed. It names rows with whole multipliers, and the inequality is worked out from
them here, in whole numbers, for engines as for the certificate: the rows are added up with their
slacks and rounded, which is mixed-integer rounding. All columns and slacks of a program's points
are whole: all are rounded.

Cuts may stand on earlier cuts. One that cannot be had in 64 bits is refused.

References
----------
Gomory, R. E. (1960). An algorithm for the mixed integer problem. RAND RM-2597.
Marchand, H. and Wolsey, L. A. (2001). Aggregation and mixed integer rounding to solve MIPs.
Operations Research 49, 363-371.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from realloc.linear import Linear
from realloc.program import UNLIMITED
from realloc.proof import Cut, NotAProof
from realloc.sparse import Csr, Ints

_SAFE = float(1 << 60)


@dataclass(frozen=True, eq=False)
class Inequality:
    """Σ value × column ≤ upper."""

    index: Ints
    value: Ints
    upper: int


class Workings:
    """Works cuts out one after the other; later ones may stand on earlier ones.

    Attributes
    ----------
    lp
        the program in linear form.
    found
        the inequalities so far, cut k being row ``lp.rows + k``.
    """

    def __init__(self, lp: Linear) -> None:
        self.lp = lp
        self.found: list[Inequality] = []

    def add(self, cut: Cut) -> Inequality:
        """Work a cut out and keep it.

        Raises
        ------
        NotAProof
            if it does not fit the program, does not hold, or is too large.
        """
        made = self.work_out(cut)
        self.found.append(made)
        return made

    def work_out(self, cut: Cut) -> Inequality:
        """Work a cut out; see :meth:`add`.

        Σ F(a) v' + Σ F(g) s ≤ ⌊b/d⌋ (d - r), r = b mod d, slacks put back, where
        F(a) = ⌊a/d⌋ (d - r) + max(0, a mod d - r); v' counts from a column's lower bound, or down
        from its upper bound where it is flipped.
        """
        lp, d = self.lp, cut.divisor
        if not 0 < d < _SAFE or not 0 < cut.shrink < _SAFE:
            raise NotAProof("divisor")
        matrix, times, limit, sign_of_slack = self._rows(cut)
        a = self._sum(matrix, times)
        flipped = cut.flipped
        if len(flipped) and (flipped.min() < 0 or flipped.max() >= lp.columns):
            raise NotAProof("flipped column")
        if (lp.upper[flipped] >= UNLIMITED).any():
            raise NotAProof("flipped column without an end")
        sign = np.ones(lp.columns, np.int64)
        sign[flipped] = -1
        end = lp.lower.copy()
        end[flipped] = lp.upper[flipped]
        used = np.flatnonzero(a)
        b = _dot(times, limit) - _dot(a, end, used)
        r = b % d
        if r == 0:
            raise NotAProof("nothing to round")

        def rounded(x: Ints) -> Ints:
            return x // d * (d - r) + np.maximum(0, x % d - r)

        coefficient = np.zeros(lp.columns, np.int64)
        coefficient[used] = rounded(a[used] * sign[used]) * sign[used]
        upper = b // d * (d - r) + _dot(coefficient, end, used)
        # a slack is sign × (limit - row)
        back = sign_of_slack * rounded(sign_of_slack * times)
        upper -= _dot(back, limit)
        coefficient -= self._sum(matrix, back)
        return self._shrink(coefficient, upper, cut.shrink)

    def lp_with_cuts(self) -> Linear:
        """Return the program with the cuts so far as rows at its end."""
        return with_rows(self.lp, self.found)

    def _rows(self, cut: Cut) -> tuple[Csr, Ints, Ints, Ints]:
        """Return the rows of a cut, multipliers, limits, and the signs of slacks in row + slack.

        A row with two limits is taken at the upper one where its multiplier is positive; the sign
        of the slack of an equation is 0.
        """
        lp, row = self.lp, cut.row
        count = lp.rows + len(self.found)
        if len(row) != len(cut.times) or not len(row):
            raise NotAProof("multipliers")
        if row.min() < 0 or row.max() >= count or len(np.unique(row)) != len(row):
            raise NotAProof("row of a cut")
        if 0 in cut.times or max(abs(u) for u in cut.times) >= _SAFE:
            raise NotAProof("multiplier of a cut")
        times = np.array(cut.times, dtype=np.int64)
        own = row < lp.rows
        parts = lp.matrix.take(row[own])
        made = [self.found[k - lp.rows] for k in row[~own].tolist()]
        sizes = np.concatenate([np.diff(parts.start), [len(m.index) for m in made]])
        matrix = Csr(
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            np.concatenate([parts.index, *(m.index for m in made)]),
            np.concatenate([parts.value, *(m.value for m in made)]),
        )
        times = np.concatenate([times[own], times[~own]])
        made_upper = np.array([m.upper for m in made], dtype=np.int64)
        low = np.concatenate([lp.row_lower[row[own]], np.full(len(made), -UNLIMITED)])
        high = np.concatenate([lp.row_upper[row[own]], made_upper])
        upper = (high < UNLIMITED) & ((times > 0) | (low <= -UNLIMITED))
        limit = np.where(upper, high, low)
        if (np.abs(limit) >= UNLIMITED).any():
            raise NotAProof("a row without a limit")
        sign = np.where(low == high, 0, np.where(upper, 1, -1))
        return matrix, times, limit, sign

    def _sum(self, matrix: Csr, times: Ints) -> Ints:
        """Return Σ times × row, dense; refuse it where 64 bits may not do."""
        per = np.repeat(times, np.diff(matrix.start))
        size = np.abs(per).astype(float) * np.abs(matrix.value).astype(float)
        if np.bincount(matrix.index, size, minlength=1).max() >= _SAFE:
            raise NotAProof("cut too large")
        total = np.zeros(self.lp.columns, np.int64)
        np.add.at(total, matrix.index, per * matrix.value)
        return total

    def _shrink(self, coefficient: Ints, upper: int, by: int) -> Inequality:
        """Divide and round down, columns counted from their lower bounds: weaker and smaller."""
        index = np.flatnonzero(coefficient)
        value, low = coefficient[index], self.lp.lower
        upper -= _dot(coefficient, low, index)
        value, upper = value // by, upper // by
        index, value = index[value != 0], value[value != 0]
        upper += _dot(value, low[index])
        if abs(upper) >= UNLIMITED:
            raise NotAProof("cut too large")
        return Inequality(index, value, upper)


def work_out(lp: Linear, cuts: Sequence[Cut]) -> Linear:
    """Return a program with cuts as rows at its end.

    Raises
    ------
    NotAProof
        if a cut does not fit the program, does not hold, or is too large.
    """
    workings = Workings(lp)
    for cut in cuts:
        workings.add(cut)
    return workings.lp_with_cuts()


def with_rows(lp: Linear, rows: Sequence[Inequality]) -> Linear:
    """Return a program with inequalities as rows at its end."""
    if not rows:
        return lp
    sizes = np.array([len(r.index) for r in rows])
    matrix = Csr(
        np.concatenate([lp.matrix.start, lp.matrix.start[-1] + np.cumsum(sizes)]).astype(np.int64),
        np.concatenate([lp.matrix.index, *(r.index for r in rows)]),
        np.concatenate([lp.matrix.value, *(r.value for r in rows)]),
    )
    upper = [r.upper for r in rows]
    return replace(
        lp,
        matrix=matrix,
        row_lower=np.concatenate([lp.row_lower, np.full(len(rows), -UNLIMITED)]),
        row_upper=np.concatenate([lp.row_upper, np.array(upper, dtype=np.int64)]),
    )


def _dot(a: Ints, b: Ints, where: Ints | None = None) -> int:
    """Return Σ a × b (over some places), exactly."""
    if where is not None:
        where = where[b[where] != 0]
        a, b = a[where], b[where]
    # products are not by `@`, which starts threads
    if float((np.abs(a).astype(float) * np.abs(b)).sum()) < _SAFE:
        return int((a * b).sum())
    return sum(x * y for x, y in zip(a.tolist(), b.tolist(), strict=True))
