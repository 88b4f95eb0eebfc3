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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realloc.cuts import work_out
from realloc.program import UNLIMITED, Csr, Ints, Linear
from realloc.proof import Branch, Leaf, NotAProof, Proof, Strengthened

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
    tree = proof
    if isinstance(proof, Strengthened):
        lp, tree = work_out(lp, proof.cuts), proof.tree
    columns = lp.matrix.transpose(lp.columns)
    least: int | None = None
    stack: list[tuple[Proof, dict[int, tuple[int, int]]]] = [(tree, {})]
    while stack:
        node, box = stack.pop()
        if isinstance(node, Branch):
            j, at = node.column, node.at
            if not 0 <= j < lp.columns or not lp.integer[j]:
                raise NotAProof(f"column {j}")
            low, high = box.get(j, (int(lp.lower[j]), int(lp.upper[j])))
            if not low <= at < high:
                raise NotAProof(f"column {j} split at {at}")
            stack += [(node.low, {**box, j: (low, at)}), (node.high, {**box, j: (at + 1, high)})]
            continue
        if not isinstance(node, Leaf):
            raise NotAProof("cuts below the root")
        value = leaf_bound(lp, columns, node, box)
        if node.closes:
            if value is None or value <= 0:
                return Bound(None, infeasible=False)
            continue
        if value is None:
            return Bound(None, infeasible=False)
        if value != EMPTY:
            least = value if least is None else min(least, value)
    return Bound(least, infeasible=least is None)


EMPTY = 1 << 4000  # an item without a choice: no solution in this part


def leaf_bound(
    lp: Linear, columns: Csr, leaf: Leaf, box: Mapping[int, tuple[int, int]]
) -> int | None:
    """Return the bound of one leaf (of a closing one: its value in units), None if unbounded.

    Parameters
    ----------
    columns
        the transposed matrix.
    box
        bounds of the columns on which the tree has branched.
    """
    scale = leaf.scale
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
    reduced = _reduced(lp, columns, price, 0 if leaf.closes else scale)
    lower, upper = lp.lower.copy(), lp.upper.copy()
    for j, (low, high) in box.items():
        lower[j], upper[j] = low, high
    items = _items(lp, reduced, lower, upper)
    if items is None:
        return EMPTY
    total += items
    rest = slice(int(lp.item[-1]), lp.columns)
    r, floor, top = reduced[rest], lower[rest], upper[rest]
    falling = np.flatnonzero(r < 0)
    if (top[falling] >= UNLIMITED).any():
        return None
    total += _dot(r[falling], top[falling])
    rising = np.flatnonzero((r > 0) & (floor != 0))
    total += _dot(r[rising], floor[rising])
    if leaf.closes:
        return total
    total += scale * int(lp.constant)
    return -(-total // scale)


def _items(lp: Linear, reduced: NDArray[Any], lower: Ints, upper: Ints) -> int | None:
    """Return the sum over items of the least reduced cost among the choices that are left."""
    n = int(lp.item[-1])
    start = lp.item[:-1]
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
    least = np.minimum.reduceat(r, start)
    return _total(least)


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
