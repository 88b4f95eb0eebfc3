"""Closes what a bound leaves open: a tree of relaxations whose every leaf is proved exactly.

For small programs. Each node is a relaxation with some whole columns bounded; it is a leaf when its
prices, checked by :mod:`realloc.certificate`, prove that nothing better than the value at hand (or
nothing at all) lies below it.

References
----------
Land, A. H. and Doig, A. G. (1960). An automatic method of solving discrete programming problems.
Econometrica 28, 497-520.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realloc.certificate import EMPTY, leaf_bound
from realloc.engines import Run
from realloc.engines import lp as highs
from realloc.program import Csr, Linear
from realloc.proof import Branch, Leaf, Proof

Box = dict[int, tuple[int, int]]


def prove(lp: Linear, value: int | None, run: Run) -> Proof | None:
    """Return a proof that no solution costs less than `value`, None if time or sight runs out.

    Parameters
    ----------
    lp
        the program in linear form.
    value
        value of the best solution known; None: prove that there is no solution.
    run
        limit, threads and cancel token.
    """
    if (np.diff(lp.item) == 0).any():
        row = np.flatnonzero(np.diff(lp.item) == 0)[:1].astype(np.int64)
        return Leaf(1, row, (1,), closes=True)
    return _Tree(lp, value, run).node({}, 0)


def relax(lp: Linear, run: Run) -> Proof | None:
    """Return the prices of the relaxation, None if there is no time for it."""
    if run.left() <= 0.0:
        return None
    found = highs.solve(lp, run, seconds=run.left(), whole=False)
    return None if found.price is None else highs.leaf(lp, found.price)


class _Tree:
    def __init__(self, lp: Linear, value: int | None, run: Run) -> None:
        self.lp = lp
        self.value = value
        self.run = run
        self.columns: Csr = lp.matrix.transpose(lp.columns)
        self.solver: Any = highs.relaxation(lp, run)
        self.set: Box = {}

    def node(self, box: Box, depth: int) -> Proof | None:
        """Return a proof for the part of the space in a box."""
        if self.run.left() <= 0.0 or depth > 300:
            return None
        self._bound(box)
        found = highs.solve_again(self.solver, self.run.left())
        if found.price is None or found.values is None:
            return self._close(box)
        leaf = highs.leaf(self.lp, found.price)
        low = leaf_bound(self.lp, self.columns, leaf, box)
        if low is not None and self.value is not None and (low >= self.value or low == EMPTY):
            return leaf
        x = np.where(self.lp.integer, found.values, 0.0)
        apart = np.abs(x - np.rint(x))
        j = int(np.argmax(apart))
        if apart[j] < 1e-6:
            return None
        at = int(np.floor(found.values[j]))
        low_end, high_end = box.get(j, (int(self.lp.lower[j]), int(self.lp.upper[j])))
        high = self.node({**box, j: (at + 1, high_end)}, depth + 1)
        if high is None:
            return None
        small = self.node({**box, j: (low_end, at)}, depth + 1)
        return None if small is None else Branch(j, at, small, high)

    def _bound(self, box: Box) -> None:
        """Give the solver the bounds of a box."""
        for j in self.set.keys() - box.keys():
            self.solver.changeColBounds(j, float(self.lp.lower[j]), float(self.lp.upper[j]))
        for j, (low, high) in box.items():
            if self.set.get(j) != (low, high):
                self.solver.changeColBounds(j, float(low), float(high))
        self.set = box

    def _close(self, box: Box) -> Leaf | None:
        """Return prices that prove that a box is empty."""
        leaf = highs.farkas(self.lp, self.run, seconds=max(0.1, self.run.left()), box=box)
        if leaf is None:
            leaf = Leaf(1, np.zeros(0, np.int64), (), closes=True)
        low = leaf_bound(self.lp, self.columns, leaf, box)
        return leaf if low is not None and low > 0 else None
