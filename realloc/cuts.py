"""Cuts: inequalities that every solution keeps though the relaxation does not, each with a reason.

A cut is never believed. It names rows with whole multipliers, and the inequality is worked out from
them here, in whole numbers, for engines as for the certificate:

- :class:`Rounding` adds up rows with their slacks and rounds: mixed-integer rounding. Gomory's cuts
  are of this kind. All columns and slacks of a program's points are whole: all are rounded.
- :class:`Packing` states an inequality and is checked by counting: over the rows named, what weighs
  least among all selections that would break it weighs more than the limit. One choice per item is
  respected, so covers, their liftings and extensions are of this kind.

Cuts may stand on earlier cuts. One that cannot be had in 64 bits is refused.

References
----------
Gomory, R. E. (1960). An algorithm for the mixed integer problem. RAND RM-2597.
Marchand, H. and Wolsey, L. A. (2001). Aggregation and mixed integer rounding to solve MIPs.
Operations Research 49, 363-371.
Johnson, E. L. and Padberg, M. W. (1981). A note on the knapsack problem with special ordered sets.
Operations Research Letters 1, 18-22.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from realloc.linear import Linear
from realloc.program import UNLIMITED
from realloc.proof import Cut, NotAProof, Packing, Rounding
from realloc.sparse import Csr, Ints

_SAFE = float(1 << 60)
_MOST_TOTAL = 1 << 16  # steps of the count of a packing
_MOST_STEPS = 64  # values of a single column in a count


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
        self._n = int(lp.item[-1])
        self._item = np.repeat(np.arange(len(lp.item) - 1), np.diff(lp.item))

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
        """Work a cut out; see :meth:`add`."""
        return self._round(cut) if isinstance(cut, Rounding) else self._pack(cut)

    def lp_with_cuts(self) -> Linear:
        """Return the program with the cuts so far as rows at its end."""
        return with_rows(self.lp, self.found)

    # -- rows --------------------------------------------------------------------------------------

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

    # -- rounding ----------------------------------------------------------------------------------

    def _round(self, cut: Rounding) -> Inequality:
        """Work out Σ F(a) v' + Σ F(g) s ≤ ⌊b/d⌋ (d - r), r = b mod d, slacks put back.

        F(a) = ⌊a/d⌋ (d - r) + max(0, a mod d - r); v' counts from a column's lower bound, or down
        from its upper bound where it is flipped.
        """
        lp, d = self.lp, cut.divisor
        if not 0 < d < _SAFE or cut.shrink < 1:
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

    # -- packing -----------------------------------------------------------------------------------

    def _pack(self, cut: Packing) -> Inequality:
        """Check that every selection that breaks an inequality weighs more than the rows allow."""
        lp, n = self.lp, self._n
        column = cut.column
        if len(column) != len(cut.value) or not len(column):
            raise NotAProof("columns of a cut")
        if column.min() < 0 or column.max() >= lp.columns:
            raise NotAProof("column of a cut")
        if len(np.unique(column)) != len(column):
            raise NotAProof("column of a cut twice")
        if max(abs(q) for q in cut.value) > _MOST_TOTAL or abs(cut.most) > _MOST_TOTAL:
            raise NotAProof("cut too large")
        matrix, times, limits, sign_of_slack = self._rows(cut)
        if (sign_of_slack * times < 0).any():
            raise NotAProof("a row the wrong way round")
        a = self._sum(matrix, times)
        limit = _dot(times, limits)
        q = np.zeros(lp.columns, np.int64)
        q[column] = cut.value
        # what is not in the cut uses the least that it can
        counted = np.zeros(lp.columns, dtype=bool)
        counted[column] = True
        item = np.zeros(len(lp.item) - 1, dtype=bool)
        item[self._item[column[column < n]]] = True
        limit -= self._least_of_items(a, ~item)
        rest = np.flatnonzero((a != 0) & ~counted)
        rest = rest[rest >= n]
        if (lp.upper[rest[a[rest] < 0]] >= UNLIMITED).any():
            raise NotAProof("a column without an end")
        limit -= _dot(a, np.where(a < 0, lp.upper, lp.lower), rest)
        options = [self._of_item(i, a, q) for i in np.flatnonzero(item).tolist()]
        options += [self._of_column(j, a, q) for j in column[column >= n].tolist()]
        if not _nothing_fits(options, limit, cut.most):
            raise NotAProof("a cut that does not hold")
        return Inequality(column, np.array(cut.value, dtype=np.int64), cut.most)

    def _least_of_items(self, a: Ints, which: Ints) -> int:
        """Return the least that the items chosen use together."""
        n, lp = self._n, self.lp
        used = np.unique(self._item[np.flatnonzero(a[:n])])
        used = used[which[used]]
        if not len(used):
            return 0
        start, size = lp.item[used], lp.item[used + 1] - lp.item[used]
        first = np.concatenate([[0], np.cumsum(size)])[:-1]
        member = np.arange(size.sum()) - np.repeat(first, size) + np.repeat(start, size)
        weight = np.where(lp.upper[member] > 0, a[member], 1 << 61)
        least = np.minimum.reduceat(weight, first)
        return sum(v for v in least.tolist() if v < 1 << 61)

    def _of_item(self, i: int, a: Ints, q: Ints) -> list[tuple[int, int]]:
        """Return weight and value of every choice of an item that is open."""
        member = np.arange(self.lp.item[i], self.lp.item[i + 1])
        member = member[self.lp.upper[member] > 0]
        return list(zip(a[member].tolist(), q[member].tolist(), strict=True))

    def _of_column(self, j: int, a: Ints, q: Ints) -> list[tuple[int, int]]:
        low, high = int(self.lp.lower[j]), int(self.lp.upper[j])
        if high - low >= _MOST_STEPS:
            raise NotAProof("a column of too many values")
        return [(v * int(a[j]), v * int(q[j])) for v in range(low, high + 1)]


def _nothing_fits(options: list[list[tuple[int, int]]], limit: int, most: int) -> bool:
    """Return whether every choice of one option per list with a value above `most` weighs more.

    The least weight of each total is counted, totals from `most` + 1 on as one.
    """
    kept: list[list[tuple[int, int]]] = []
    for group in options:
        if not group:
            return True  # nothing can be chosen at all
        lightest, least = min(w for w, _ in group), min(q for _, q in group)
        limit -= lightest
        most -= least
        kept.append(_undominated([(w - lightest, q - least) for w, q in group]))
    if limit < 0:
        return True
    if most < 0:
        return False
    if most >= _MOST_TOTAL or limit >= _SAFE:
        raise NotAProof("cut too large")
    top = limit + 1
    weight = np.full(most + 2, top, dtype=np.int64)
    weight[0] = 0
    for group in kept:
        new = np.full_like(weight, top)
        for w, q in group:
            by, w = min(q, most + 1), min(w, top)
            np.minimum(new[by:], weight[: len(weight) - by] + w, out=new[by:])
            if by:  # totals beyond the last count as the last
                new[-1] = min(int(new[-1]), int(weight[len(weight) - by :].min()) + w)
        weight = np.minimum(new, top)
    return int(weight[-1]) > limit


def _undominated(group: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the options of which no other weighs at most as much and counts at least as much."""
    kept: list[tuple[int, int]] = []
    for w, q in sorted(group, key=lambda option: (option[0], -option[1])):
        if not kept or q > kept[-1][1]:
            kept.append((w, q))
    return kept


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
