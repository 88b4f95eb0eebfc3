"""Closes what a bound leaves open: a tree of relaxations whose every leaf is proved exactly.

For small programs. At the root cuts are added, and choices closed whose reduced costs are too high
for any better solution, in turns. Each node is a relaxation with some choices closed; it is a leaf
when its prices, checked by :mod:`realloc.certificate`, prove that nothing better than the value at
hand (or nothing at all) lies below it. Where to split is tried out first, until the tree knows.

References
----------
Land, A. H. and Doig, A. G. (1960). An automatic method of solving discrete programming problems.
Econometrica 28, 497-520.
Achterberg, T., Koch, T. and Martin, A. (2005). Branching rules revisited. Operations Research
Letters 33, 42-54.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from realloc.certificate import Part
from realloc.engines import Run, Status
from realloc.engines import lp as highs
from realloc.linear import Linear
from realloc.proof import Branch, Closing, Leaf, Proof, Split, Strengthened
from realloc.sparse import Ints

Floats = NDArray[np.float64]

_DEPTH = 300
_FIRST, _LATER = 0.05, 1.0  # time for cuts: share of what is left, and seconds inside the tree
_AGAIN = 3  # every so many levels of the tree cuts are looked for again
_IDLE = 8, 1  # rounds of cuts of little gain, at the root and inside the tree
_CLOSED = 0.97  # share of choices left at which a closing is written down
_TRIED, _RELIABLE, _STEPS = 10, 3, 40  # splits tried out at a node, how often, for how many steps


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
    tree = _root(Part.of(lp), value, run, np.arange(lp.rows), 0, _History(lp.columns))
    if tree is None or value is None:
        return tree
    if isinstance(tree, Strengthened):
        return replace(tree, below=value)
    return tree if isinstance(tree, Leaf) else Strengthened((), tree, value)


def root(lp: Linear, run: Run, seconds: float) -> Proof | None:
    """Return the prices of the relaxation, with cuts found in so many seconds after it.

    None if there is no time for the relaxation, or if it has no prices.
    """
    from realloc.engines.cuts import strengthen  # compiled: not to be loaded before it is needed

    if run.left() <= 0.0:
        return None
    relaxation = highs.Relaxation(lp, run)
    found = relaxation.solve(run.left())
    if found.status is Status.OPTIMAL_CLAIMED and seconds > 0:
        with_cuts = strengthen(relaxation, seconds=seconds)
        if with_cuts is not None:
            return with_cuts.proof
    return None if found.price is None else highs.leaf(lp, found.price)


def _root(
    part: Part, value: int | None, run: Run, row: Ints, depth: int, history: _History
) -> Proof | None:
    """Return a proof for a part: cuts, closings, and a tree over what is left.

    `row` are the rows that relaxations need: those of the program, and cuts that have had a price.
    """
    from realloc.engines.cuts import strengthen  # compiled: not to be loaded before it is needed

    first = depth == 0
    few = _few(part.lp, row)
    target = np.inf if value is None else value - 1 + 1e-3
    seconds = min(_FIRST * run.left() if first else _LATER, run.left())
    root = None
    if value is not None:
        root = strengthen(
            highs.Relaxation(few, run), seconds=seconds, target=target,
            patience=_IDLE[0 if first else 1],
        )  # fmt: skip
    if root is None or value is None:
        return _Tree(part, value, run, row, history).node(part, depth, fresh=True)
    number = np.concatenate([row, part.lp.rows + np.arange(len(root.proof.cuts))])
    cuts = tuple(replace(cut, row=number[cut.row]) for cut in root.proof.cuts)
    assert isinstance(root.proof.tree, Leaf)
    leaf = replace(root.proof.tree, row=number[root.proof.tree.row])
    inner = part.with_cuts(cuts)
    closed = inner.close(leaf, value)
    if closed is None:
        return Strengthened(cuts, leaf)
    row = np.union1d(row, leaf.row)
    if first and closed.choices < 0.9 * part.choices:
        rest = _root(closed, value, run, row, depth, history)
    else:
        rest = _Tree(closed, value, run, row, history).node(closed, depth, fresh=True)
    return None if rest is None else Strengthened(cuts, Closing(leaf, rest))


def _few(lp: Linear, row: Ints) -> Linear:
    return replace(
        lp, matrix=lp.matrix.take(row), row_lower=lp.row_lower[row], row_upper=lp.row_upper[row]
    )


class _Split(NamedTuple):
    """A choice that is taken or not, or else a column at most `at` or more; the share of more."""

    column: int
    at: int
    share: float


class _History:
    """Rises of splits at a column on either side (none, one) per unit of the share, and tries."""

    def __init__(self, columns: int) -> None:
        self.rise = np.zeros((2, columns))
        self.tries = np.zeros((2, columns))


class _Tree:
    def __init__(
        self, part: Part, value: int | None, run: Run, row: Ints, history: _History
    ) -> None:
        lp = part.lp
        self.value, self.run, self.row = value, run, row
        self.few = _few(lp, row)
        self.relaxation = highs.Relaxation(self.few, run)
        self.solver = self.relaxation.solver
        self.lower, self.upper = lp.lower, lp.upper
        self.nodes = 0
        self.history = history

    def node(self, part: Part, depth: int, fresh: bool = False) -> Proof | None:
        """Return a proof for a part of the space, None if there is none.

        `fresh` where cuts have just been looked for.
        """
        self.nodes += 1
        if self.run.left() <= 0.0 or depth > _DEPTH:
            return None
        self._bound(part)
        found = self.relaxation.solve(self.run.left())
        if found.status is not Status.OPTIMAL_CLAIMED:
            self.solver.clearSolver()  # the basis at hand may be what fails
            found = self.relaxation.solve(self.run.left())
        if found.price is None or found.values is None:
            return self._close(part)
        leaf = self._leaf(highs.leaf(self.few, found.price))
        low = part.value(leaf)
        closed = part
        if self.value is not None and low is not None:
            if low >= self.value:
                return leaf
            left = part.close(leaf, self.value)
            if left is not None and left.choices < _CLOSED * part.choices:
                closed = left
        if self.value is not None and not fresh and depth % _AGAIN == _AGAIN - 1:
            rest = _root(closed, self.value, self.run, self.row, depth, self.history)
            return rest if rest is None or closed is part else Closing(leaf, rest)
        split = self._choose(closed, found.values, found.objective)
        if split is None:
            return None
        rest = self._divide(closed, split, depth)
        return rest if rest is None or closed is part else Closing(leaf, rest)

    def _leaf(self, leaf: Leaf) -> Leaf:
        return replace(leaf, row=self.row[leaf.row])

    def _divide(self, part: Part, split: _Split, depth: int) -> Proof | None:
        low, high = _sides(part, split)
        above = self.node(high, depth + 1)
        below = None if above is None else self.node(low, depth + 1)
        if above is None or below is None:
            return None
        if split.column < part.lp.item[-1]:
            return Split(np.array([split.column]), above, below)
        return Branch(split.column, split.at, below, above)

    # -- where to split ----------------------------------------------------------------------------

    def _choose(self, part: Part, x: Floats, value: float) -> _Split | None:
        """Return the split both of whose sides rise most, None where all is whole.

        Splits are rated by what they did elsewhere in the tree; those that were not tried often
        enough are tried: each side is solved for a moment.
        """
        splits = self._splits(part.lp, x)
        if len(splits) < 2:
            return splits[0] if splits else None
        worth = 1.0 if self.value is None else max(1.0, self.value - value)
        column = np.array([s.column for s in splits])
        share = np.array([s.share for s in splits])
        rise, tries = self.history.rise, self.history.tries
        typical = rise.sum(axis=1) / np.maximum(tries.sum(axis=1), 1)
        each = np.where(tries > 0, rise / np.maximum(tries, 1), typical[:, None])[:, column]
        score = _score(each[0] * share / worth, each[1] * (1 - share) / worth)
        order = np.argsort(-score - 1e-9 * np.minimum(share, 1 - share), kind="stable")
        basis = self.solver.getBasis()
        best, top, idle = -1, -1.0, 0
        for tried, k in enumerate(order.tolist()):
            now = float(score[k])
            if self.history.tries[:, column[k]].min() < _RELIABLE and tried < _TRIED:
                rises = []
                for side, part_ in enumerate(_sides(part, splits[k])):
                    self.solver.setBasis(basis)
                    rise = self._try(part_, value)
                    rises.append(min(1.0, rise / worth))
                    move = share[k] if side == 0 else 1 - share[k]
                    if np.isfinite(rise):
                        self.history.rise[side, column[k]] += rise / max(move, 1e-3)
                        self.history.tries[side, column[k]] += 1
                now = float(_score(rises[0], rises[1]))
            idle = 0 if now > top else idle + 1
            if now > top:
                best, top = k, now
            if idle >= 4 or top >= 1.0:
                break
        self.solver.setBasis(basis)
        return splits[best]

    def _splits(self, lp: Linear, x: Floats) -> list[_Split]:
        n = int(lp.item[-1])
        mine = np.flatnonzero((x[:n] > 1e-6) & (x[:n] < 1 - 1e-6))
        splits = [_Split(j, 0, float(x[j])) for j in mine.tolist()]
        rest = np.flatnonzero(lp.integer[n:] & (np.abs(x[n:] - np.rint(x[n:])) > 1e-6)) + n
        for j in rest.tolist():
            at = int(np.floor(x[j]))
            splits.append(_Split(j, at, float(x[j] - at)))
        return splits

    def _try(self, part: Part, value: float) -> float:
        """Return by how much a side rises in a few steps, infinity where it is empty."""
        self._bound(part)
        self.solver.setOptionValue("simplex_iteration_limit", _STEPS)
        if self.value is not None:
            self.solver.setOptionValue("objective_bound", float(self.value))
        found = self.relaxation.solve(self.run.left())
        self.solver.setOptionValue("simplex_iteration_limit", 2**31 - 1)
        self.solver.setOptionValue("objective_bound", np.inf)
        if found.status is Status.INFEASIBLE_CLAIMED:
            return np.inf
        return max(0.0, found.objective - value)

    # -- the relaxation ----------------------------------------------------------------------------

    def _bound(self, part: Part) -> None:
        """Give the solver the bounds of a part."""
        lower, upper = part.lp.lower, part.lp.upper
        other = np.flatnonzero((lower != self.lower) | (upper != self.upper))
        if len(other):
            self.solver.changeColsBounds(
                len(other), other.astype(np.int32), lower[other].astype(float),
                upper[other].astype(float),
            )  # fmt: skip
        self.lower, self.upper = lower, upper

    def _close(self, part: Part) -> Leaf | None:
        """Return prices that prove that a part is empty: the ray of the solver, or worked out."""
        price = self.relaxation.ray()
        if price is not None:
            for sign in (1.0, -1.0):
                leaf = self._leaf(highs.leaf(self.few, sign * price, closes=True))
                if (part.value(leaf) or 0) > 0:
                    return leaf
        few = replace(self.few, lower=part.lp.lower, upper=part.lp.upper)
        leaf = highs.farkas(few, self.run, seconds=max(0.1, self.run.left()))
        leaf = Leaf(1, np.zeros(0, np.int64), (), True) if leaf is None else self._leaf(leaf)
        return leaf if (part.value(leaf) or 0) > 0 else None


def _sides(part: Part, split: _Split) -> tuple[Part, Part]:
    """Return the part without and with a choice, or with less and with more of a column."""
    if split.column < part.lp.item[-1]:
        inside, outside = part.split_item(np.array([split.column]))
        return outside, inside
    return part.split(split.column, split.at)


def _score(low: Any, high: Any) -> Any:
    return np.minimum(1.0, np.maximum(low, 1e-4)) * np.minimum(1.0, np.maximum(high, 1e-4))
