"""Exact bounds: a proof is prices in whole numbers, checked without any engine.

For minimize c·v over row_lower ≤ A v ≤ row_upper with one choice per item and bounds on all other
columns, any prices Y (one whole number per row, in units of 1/scale) give the bound::

    Σ Y·(row_lower where Y > 0, row_upper where Y < 0)
      + Σ over items of the least reduced cost among its choices
      + Σ over other columns of the least of reduced cost × bound

divided by the scale and rounded up, since every value is whole. A wrong price can only weaken it.
The same with c = 0 proves that there is no solution when it is above zero. A proof may split whole
columns in a tree, at most k on one side and at least k + 1 on the other; its bound is the least of
its leaves. All arithmetic is in whole numbers, 64 bits wide where sums provably fit and of any size
otherwise.

References
----------
Neumaier, A. and Shcherbina, O. (2004). Safe bounds in linear and mixed-integer linear
programming. Mathematical Programming 99, 283-296.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realloc.cuts import work_out
from realloc.linear import Linear
from realloc.program import UNLIMITED
from realloc.proof import (
    Branch,
    Closing,
    Cut,
    Leaf,
    NotAProof,
    Proof,
    Split,
    Strengthened,
)
from realloc.sparse import Csr, Ints

_SAFE = 1 << 61


@dataclass(frozen=True)
class Bound:
    """What a proof proves.

    Attributes
    ----------
    value
        no solution costs less; None where nothing is proved.
    infeasible
        there is no solution at all.
    """

    value: int | None
    infeasible: bool


def bound(lp: Linear, proof: Proof) -> Bound:
    """Return what a proof proves for a program in linear form.

    Raises
    ------
    NotAProof
        if the proof does not fit the program.
    """
    below = proof.below if isinstance(proof, Strengthened) else None
    least: int | None = below
    stack: list[tuple[Proof, Part]] = [(proof, Part.of(lp))]
    while stack:
        node, part = stack.pop()
        if isinstance(node, Branch):
            low, high = part.split(node.column, node.at)
            stack += [(node.low, low), (node.high, high)]
            continue
        if isinstance(node, Split):
            inside, outside = part.split_item(node.choice)
            stack += [(node.inside, inside), (node.outside, outside)]
            continue
        if isinstance(node, Strengthened):
            if node is not proof and node.below is not None:
                raise NotAProof("a value asked below the root")
            stack.append((node.tree, part.with_cuts(node.cuts)))
            continue
        if isinstance(node, Closing):
            if below is None:
                raise NotAProof("closing without a value asked")
            closed = part.close(node.leaf, below)
            if closed is not None:
                stack.append((node.rest, closed))
            continue
        value = part.value(node)
        if node.closes:
            if value is None or value <= 0:
                return Bound(None, infeasible=False)
            continue
        if value is None:
            return Bound(None, infeasible=False)
        if isinstance(value, int):
            least = value if least is None else min(least, value)
    return Bound(least, infeasible=least is None)


#: Of a part where an item has no choice left: there is no solution. Not a number that sums reach.
EMPTY = math.inf


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the search space: rows with the cuts so far, and bounds of columns.

    Attributes
    ----------
    lp
        rows, costs and bounds.
    columns
        the transposed matrix.
    """

    lp: Linear
    columns: Csr

    @staticmethod
    def of(lp: Linear) -> Part:
        """Return the whole of the space."""
        return Part(lp, lp.matrix.transpose(lp.columns))

    @property
    def choices(self) -> int:
        """Number of choices left."""
        return int((self.lp.upper[: self.lp.item[-1]] > 0).sum())

    def within(self, lower: Ints, upper: Ints) -> Part:
        """Return the part between other bounds."""
        return Part(replace(self.lp, lower=lower, upper=upper), self.columns)

    def with_cuts(self, cuts: Sequence[Cut]) -> Part:
        """Return the part with cuts, each of which holds in it, as further rows."""
        return Part.of(work_out(self.lp, cuts)) if cuts else self

    def split(self, j: int, at: int) -> tuple[Part, Part]:
        """Return the parts with a whole column at most `at` and at least `at` + 1."""
        lp = self.lp
        if not 0 <= j < lp.columns or not lp.integer[j]:
            raise NotAProof(f"column {j}")
        if not lp.lower[j] <= at < lp.upper[j]:
            raise NotAProof(f"column {j} split at {at}")
        lower, upper = lp.lower.copy(), lp.upper.copy()
        upper[j], lower[j] = at, at + 1
        return self.within(lp.lower, upper), self.within(lower, lp.upper)

    def split_item(self, choice: Ints) -> tuple[Part, Part]:
        """Return the parts in which an item takes one of some choices, and none of them."""
        lp = self.lp
        if not len(choice) or choice.min() < 0 or choice.max() >= lp.item[-1]:
            raise NotAProof("choices of a split")
        item = np.unique(np.searchsorted(lp.item, choice, side="right") - 1)
        if len(item) != 1:
            raise NotAProof("choices of several items")
        i = int(item[0])
        outside = lp.upper.copy()
        outside[choice] = 0
        inside = lp.upper.copy()
        inside[lp.item[i] : lp.item[i + 1]] = 0
        inside[choice] = lp.upper[choice]
        return self.within(lp.lower, inside), self.within(lp.lower, outside)

    def value(self, leaf: Leaf) -> int | float | None:
        """Return the bound of a leaf, None if unbounded, :data:`EMPTY` without a solution.

        Of a closing one it is its value in units.
        """
        total, _ = self._weigh(leaf)
        if not isinstance(total, int) or leaf.closes:
            return total
        return -(-total // leaf.scale)

    def close(self, leaf: Leaf, below: int) -> Part | None:
        """Return the part without what prices leave out of every solution that costs less.

        None if that is all.
        """
        if leaf.closes:
            raise NotAProof("closing without costs")
        total, reduced = self._weigh(leaf)
        if total is None:
            return self
        if not isinstance(total, int):  # empty
            return None
        spare = leaf.scale * (below - 1) - total
        if spare < 0:
            return None
        lp, n = self.lp, int(self.lp.item[-1])
        lower, upper = lp.lower.copy(), lp.upper.copy()
        least = _least(lp, reduced)
        assert least is not None
        over = reduced[:n] - np.repeat(least, np.diff(lp.item))
        upper[:n][over > spare] = 0
        for j in (n + np.flatnonzero(reduced[n:] > 0)).tolist():
            upper[j] = min(int(upper[j]), int(lower[j]) + spare // int(reduced[j]))
        for j in (n + np.flatnonzero(reduced[n:] < 0)).tolist():
            lower[j] = max(int(lower[j]), int(upper[j]) - spare // -int(reduced[j]))
        return self.within(lower, upper)

    def _weigh(self, leaf: Leaf) -> tuple[int | float | None, NDArray[Any]]:
        """Return the bound of a leaf in units, as :meth:`value`, and the reduced costs."""
        lp, scale = self.lp, leaf.scale
        if scale < 1 or len(leaf.row) != len(leaf.price):
            raise NotAProof("scale or prices")
        if len(leaf.row) and (leaf.row.min() < 0 or leaf.row.max() >= lp.rows):
            raise NotAProof("row")
        if len(np.unique(leaf.row)) != len(leaf.row):
            raise NotAProof("row twice")
        price = [0] * lp.rows
        for i, y in zip(leaf.row.tolist(), leaf.price, strict=True):
            limit = lp.row_lower[i] if y > 0 else lp.row_upper[i]
            price[i] = int(y) if abs(int(limit)) < UNLIMITED else 0
        total = sum(
            y * int(lp.row_lower[i] if y > 0 else lp.row_upper[i]) for i, y in enumerate(price) if y
        )
        reduced = _reduced(lp, self.columns, price, 0 if leaf.closes else scale)
        lower, upper = lp.lower, lp.upper
        least = _least(lp, reduced)
        if least is None:
            return EMPTY, reduced
        total += _total(least)
        rest = slice(int(lp.item[-1]), lp.columns)
        r, floor, top = reduced[rest], lower[rest], upper[rest]
        falling = np.flatnonzero(r < 0)
        if (top[falling] >= UNLIMITED).any():
            return None, reduced
        total += _dot(r[falling], top[falling])
        rising = np.flatnonzero((r > 0) & (floor != 0))
        total += _dot(r[rising], floor[rising])
        if leaf.closes:
            return total, reduced
        total += scale * int(lp.constant)
        return total, reduced


def _least(lp: Linear, reduced: NDArray[Any]) -> NDArray[Any] | None:
    """Return the least reduced cost among the choices left of each item, None without any."""
    n = int(lp.item[-1])
    start, lower, upper = lp.item[:-1], lp.lower, lp.upper
    if (np.diff(lp.item) == 0).any():
        return None
    r = reduced[:n]
    forced = lower[:n] > 0
    open_ = upper[:n] > 0
    if forced.any() or not open_.all():
        has_forced = np.add.reduceat(forced.astype(np.int64), start)
        open_ = np.where(np.repeat(has_forced > 0, np.diff(lp.item)), forced & open_, open_)
        left = np.add.reduceat(open_.astype(np.int64), start)
        if (left == 0).any() or (has_forced > 1).any():
            return None
        worst = max(int(v) for v in r.tolist()) + 1
        r = np.where(open_, r, worst)
    return np.minimum.reduceat(r, start)


def _reduced(lp: Linear, columns: Csr, price: list[int], scale: int) -> NDArray[Any]:
    """Return scale × cost − Aᵀ·price for every column, exactly."""
    kind: Any = object
    if max(scale, *(abs(y) for y in price), 0) < _SAFE:
        weight = np.zeros(lp.columns)
        approximate = np.array([float(abs(y)) for y in price])
        products = np.abs(columns.value).astype(float) * approximate[columns.index]
        np.add.at(weight, columns.row_of(), products)
        weight += float(scale) * np.abs(lp.cost).astype(float)
        kind = np.int64 if weight.max(initial=0.0) < float(_SAFE) else object
    y = np.array(price, dtype=kind)
    terms = columns.value.astype(kind) * y[columns.index]
    size = np.diff(columns.start)
    some = np.flatnonzero(size > 0)
    sums = np.zeros(lp.columns, dtype=kind)
    if len(some):
        sums[some] = np.add.reduceat(terms, columns.start[some])
    return lp.cost.astype(kind) * scale - sums


def _total(values: NDArray[Any]) -> int:
    return sum(values.tolist())


def _dot(a: NDArray[Any], b: Ints) -> int:
    return sum(x * y for x, y in zip(a.tolist(), b.tolist(), strict=True))
