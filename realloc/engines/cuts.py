"""Strengthens a relaxation by cuts that a certificate can check, round by round.

Each round looks for cuts at the point of the relaxation, takes the deepest that are not nearly
parallel, and solves again from the basis at hand; cuts that do not bind are dropped again. Rows of
the basis are drawn: those of the columns farthest from whole do not give the best cuts.

References
----------
Wesselmann, F. and Suhl, U. H. (2012). Implementing cutting plane management and selection
techniques. Technical report, University of Paderborn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realloc.cuts import Inequality, Workings, with_rows
from realloc.engines import Status
from realloc.engines import lp as highs
from realloc.engines.rounding import Found, Rounder, Rows, Sum, apart, tableau
from realloc.linear import Linear
from realloc.proof import Cut, NotAProof, Strengthened
from realloc.sparse import Ints

Floats = NDArray[np.float64]

#: Seconds of work (see :class:`realloc.engines.Effort`) of a sum of rows that is tried as a cut,
#: and per entry of the relaxation.
_SUM, _SUM_ENTRY = 1e-4, 1e-9

#: How far from whole columns are whose rows of the basis are rounded, and how many a round takes.
_APART, _ROWS = 0.05, 1500

#: What is told of a round: the linear form with the cuts that are in, and its relaxation.
Report = Callable[[Linear, highs.Outcome], None]


@dataclass(frozen=True, eq=False)
class Root:
    """A relaxation with cuts.

    Attributes
    ----------
    lp
        the program with the cuts that bind as rows at its end.
    proof
        cuts and prices.
    found
        how the relaxation ended, with values, reduced costs and prices.
    """

    lp: Linear
    proof: Strengthened
    found: highs.Outcome


def strengthen(
    relaxation: highs.Relaxation,
    *,
    seconds: float,
    report: Report = lambda lp, found: None,
    target: float = np.inf,
    patience: int = 8,
) -> Root | None:
    """Return the relaxation of a program with cuts, None if it has no solution or no time.

    Parameters
    ----------
    relaxation
        of the program; it is left with the cuts of the last round as rows.
    seconds
        time limit.
    report
        called in every round.
    target
        value at which to stop.
    patience
        rounds of little gain after which it stops.
    """
    return _Rounds(relaxation, seconds, report, target, patience).root()


class _Rounds:
    def __init__(
        self, relaxation: highs.Relaxation, seconds: float, report: Report, target: float,
        patience: int,
    ) -> None:  # fmt: skip
        lp, run = relaxation.lp, relaxation.run
        self.relaxation, self.solver = relaxation, relaxation.solver
        self.lp, self.run, self.report, self.target = lp, run, report, target
        self.patience = patience
        self.end = run.elapsed() + min(seconds, run.left())
        self.workings = Workings(lp)
        self.cuts: list[Cut] = []
        self.active: list[int] = []  # cuts in the relaxation, in order of its rows
        self.size = np.zeros(0)  # what each of these is divided by there
        self.now: Linear = lp
        self.stall = 0
        self.most = 150 + lp.rows // 20  # cuts a round
        self.draws = np.random.default_rng(run.seed)

    def left(self) -> float:
        return min(self.run.left(), self.end - self.run.elapsed())

    def root(self) -> Root | None:
        """Go round."""
        found = self._solve(self.left())
        if found.price is None or found.values is None:
            return None
        while self.left() > 0 and found.objective < self.target:
            assert found.values is not None
            self.report(self.now, found)
            before = found.objective
            made = self._search(found.values)
            if not made:
                break
            last, held, basis = found, list(self.active), self.solver.getBasis()
            self._add(made)
            found = self._solve(self.left())
            if found.status is Status.OPTIMAL_CLAIMED:
                found = self._drop(found)
            if found.status is not Status.OPTIMAL_CLAIMED:
                lost = found.status in (Status.MODEL_ERROR, Status.BAD_OUTPUT)
                self._go_back(held, basis)
                found = last
                if not lost:  # out of time, or no solution
                    break
                self._solve(max(1.0, self.left()))  # other rows may do better
            gain = found.objective - before
            missing = self.target - before if np.isfinite(self.target) else 1e-3 * abs(before)
            self.stall = self.stall + 1 if gain < 0.01 * missing else 0
            if self.stall >= self.patience:
                break
        return self._root(found)

    def _solve(self, seconds: float) -> highs.Outcome:
        found = self.relaxation.solve(seconds)
        return found if found.price is None else replace(found, price=self._in_units(found.price))

    def _in_units(self, price: Any) -> Floats:
        """Return prices of rows as they are for prices of rows as the relaxation has them."""
        price = np.array(price, dtype=np.float64)
        price[self.lp.rows :] /= self.size
        return price

    # -- search ------------------------------------------------------------------------------------

    def _search(self, x: Floats) -> list[tuple[Cut, Inequality]]:
        """Return the deepest cuts at a point, none nearly parallel to a deeper one."""
        rows = Rows.of(self.now)
        rounder = Rounder(self.lp, rows, x)
        found: list[Found] = []
        until = self.left() / 2  # the other half to solve again with what is found
        for total in chain(self._tableau(x, rows, rounder.dense), self._single(x, rows)):
            cut = rounder.cut(total, 1e-4)
            self.run.did(_SUM + _SUM_ENTRY * len(rows.matrix.index))
            if cut is not None:
                found.append(cut)
            if self.left() <= (until if found else 0):
                break
        found.sort(key=lambda cut: -cut.depth)
        if not found:
            return []
        start = np.concatenate([[0], np.cumsum([len(cut.index) for cut in found])])
        keep = apart(
            start.astype(np.int64), np.concatenate([cut.index for cut in found]),
            np.concatenate([cut.value for cut in found]), self.lp.columns, self.most, 0.9,
        )  # fmt: skip
        made: list[tuple[Cut, Inequality]] = []
        for k in np.flatnonzero(keep).tolist():
            cut = replace(found[k].cut, row=self._named(found[k].cut.row))
            try:
                row = self.workings.work_out(cut)
            except NotAProof:
                continue
            value = row.value.astype(float)
            norm = float(np.sqrt((value * value).sum()))  # not by `@`, which starts threads
            if float((value * x[row.index]).sum()) - row.upper > 1e-4 * norm:
                made.append((cut, row))
        return made

    def _tableau(self, x: Floats, rows: Rows, dense: Floats) -> Iterator[Sum]:
        _, basic = self.solver.getBasicVariables()
        basic = np.array(basic)
        position = np.flatnonzero(basic >= 0)
        column = basic[position]
        narrow = (self.lp.upper - self.lp.lower)[column] <= 1
        apart = np.abs(x[column] - np.rint(x[column]))
        take = np.flatnonzero(narrow & (apart > _APART))
        for k in self.draws.permutation(take)[:_ROWS].tolist():
            price = self._in_units(self.solver.getBasisInverseRow(int(position[k]))[1])
            total = tableau(rows, price, dense)
            if total is not None:
                yield total

    def _single(self, x: Floats, rows: Rows) -> Iterator[Sum]:
        lp, m = self.lp, rows.matrix
        items, n = len(lp.item) - 1, int(lp.item[-1])
        item_of = np.repeat(np.arange(items), np.diff(lp.item))
        activity = np.zeros(m.rows)
        np.add.at(activity, m.row_of(), m.value * x[m.index])
        slack = np.where(rows.sign == 2, np.minimum(rows.limit - activity, activity - rows.other),
                         np.abs(rows.limit - activity))  # fmt: skip
        biggest = np.zeros(m.rows)
        np.maximum.at(biggest, m.row_of(), np.abs(m.value).astype(float))
        tight = (slack < 0.1 * biggest) & (biggest > 1)
        tight[:items] = False
        between = np.abs(x - np.rint(x)) > 1e-6
        tight &= np.bincount(m.row_of(), between[m.index], minlength=m.rows) > 0
        for i in np.flatnonzero(tight).tolist():
            inside = slice(m.start[i], m.start[i + 1])
            index, value = m.index[inside], m.value[inside]
            mine = index < n
            if not mine.any():
                continue
            item = item_of[index[mine]]
            first = np.flatnonzero(np.append(True, item[1:] != item[:-1]))
            least = np.minimum.reduceat(value[mine], first)
            size = np.diff(np.append(first, len(item)))
            names = item[first]
            full = size == np.diff(lp.item)[names]
            least = np.where(full, least, np.minimum(least, 0))
            # the value of the choice taken most
            at = np.repeat(np.arange(len(first)), size)
            taken = x[index[mine]]
            order = np.lexsort((taken, at))
            last = order[np.append(first[1:], len(item)) - 1]
            rest = 1.0 - np.add.reduceat(taken, first)
            most = np.where(taken[last] >= rest, value[mine][last], 0)
            for shift in (most, least):
                some = shift != 0
                yield Sum(
                    np.concatenate([[i], names[some]]).astype(np.int64),
                    np.concatenate([[1], -shift[some]]).astype(np.int64), 1,
                )  # fmt: skip

    def _named(self, row: Ints) -> Ints:
        base = self.lp.rows
        row = row.copy()
        row[row >= base] = base + np.array(self.active, np.int64)[row[row >= base] - base]
        return row

    # -- cuts in and out ---------------------------------------------------------------------------

    def _add(self, made: list[tuple[Cut, Inequality]]) -> None:
        first = len(self.cuts)
        self.cuts += [cut for cut, _ in made]
        self.workings.found.extend(row for _, row in made)
        self._put(list(range(first, len(self.cuts))))

    def _put(self, numbers: list[int]) -> None:
        """Put cuts into the relaxation as rows."""
        self.active += numbers
        self._rebuild()
        m, first = self.now.matrix, self.now.rows - len(numbers)
        size = self.size[len(self.active) - len(numbers) :]
        begin = m.start[first]
        value = m.value[begin:] / np.repeat(size, np.diff(m.start[first:]))
        self.solver.addRows(
            len(numbers), np.full(len(numbers), -np.inf), self.now.row_upper[first:] / size,
            len(value), (m.start[first:-1] - begin).astype(np.int32),
            m.index[begin:].astype(np.int32), value,
        )  # fmt: skip

    def _go_back(self, active: list[int], basis: Any) -> None:
        """Have these cuts in the relaxation and no others, and this basis."""
        rows = np.arange(self.lp.rows, self.lp.rows + len(self.active), dtype=np.int32)
        self.solver.deleteRows(len(rows), rows)
        self.active = []
        self._put(active)
        self.solver.setBasis(basis)

    def _rebuild(self) -> None:
        rows = [self.workings.found[k] for k in self.active]
        self.now = with_rows(self.lp, rows)
        self.size = np.array([_size(row) for row in rows])

    def _drop(self, found: highs.Outcome) -> highs.Outcome:
        """Take cuts that do not bind out again."""
        assert found.price is not None
        basis = self.solver.getBasis().row_status
        basic = self.relaxation.hp.HighsBasisStatus.kBasic
        base = self.lp.rows
        gone = [k for k in range(len(self.active)) if basis[base + k] == basic]
        if gone:
            self.solver.deleteRows(len(gone), np.array(gone, dtype=np.int32) + base)
            out = set(gone)
            self.active = [c for k, c in enumerate(self.active) if k not in out]
            self._rebuild()
            found = self._solve(max(1.0, self.left()))
        return found

    # -- the end -----------------------------------------------------------------------------------

    def _root(self, found: highs.Outcome) -> Root | None:
        if found.price is None or found.values is None or found.reduced is None:
            return None
        leaf = highs.leaf(self.now, found.price)
        base = self.lp.rows
        row = self._named(leaf.row)
        number, cuts = self._needed(set((row[row >= base] - base).tolist()))
        row = _renumbered(row, base, number)
        return Root(self.now, Strengthened(cuts, replace(leaf, row=row)), found)

    def _needed(self, priced: set[int]) -> tuple[dict[int, int], tuple[Cut, ...]]:
        """Return new numbers of cuts, those that others stand on among them, and the cuts."""
        base = self.lp.rows
        need, stack = set(priced), list(priced)
        while stack:
            for r in self.cuts[stack.pop()].row.tolist():
                if r >= base and r - base not in need:
                    need.add(r - base)
                    stack.append(r - base)
        number = {old: new for new, old in enumerate(sorted(need))}
        cuts = []
        for old in sorted(need):
            cut = self.cuts[old]
            cuts.append(replace(cut, row=_renumbered(cut.row, base, number)))
        return number, tuple(cuts)


def _size(row: Inequality) -> float:
    """Return a power of two near the largest coefficient: HiGHS keeps rows up to 1e-7."""
    return float(2.0 ** np.floor(np.log2(int(np.abs(row.value).max(initial=1)))))


def _renumbered(row: Ints, base: int, number: dict[int, int]) -> Ints:
    return np.array([r if r < base else base + number[r - base] for r in row.tolist()], np.int64)
