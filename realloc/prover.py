"""Closes what a bound leaves open: a tree of relaxations whose every leaf is proved exactly.

For small programs. At the root cuts are added, and choices closed whose reduced costs are too high
for any better solution, in turns. Each node is a relaxation with some choices closed; it is a leaf
when its prices, checked by :mod:`realloc.certificate`, prove that nothing better than the value at
hand (or nothing at all) lies below it. Choices of an item are split in two rather than one from
all others, and where is tried out first.

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

from realloc.certificate import EMPTY, Part
from realloc.engines import Run, Status
from realloc.engines import lp as highs
from realloc.engines.cuts import strengthen
from realloc.program import Ints, Linear
from realloc.proof import Branch, Closing, Leaf, Proof, Split, Strengthened

Floats = NDArray[np.float64]

_DEPTH = 300
_ROUNDS = 6  # of cuts and closings at the root
_TRIED = 8  # splits tried out at a node


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
    tree = _root(Part.of(lp), value, run, _ROUNDS)
    if tree is None or value is None:
        return tree
    if isinstance(tree, Strengthened):
        return replace(tree, below=value)
    return tree if isinstance(tree, Leaf) else Strengthened((), tree, value)


def relax(lp: Linear, run: Run) -> Proof | None:
    """Return the prices of the relaxation, None if there is no time for it."""
    if run.left() <= 0.0:
        return None
    found = highs.solve(lp, run, seconds=run.left(), whole=False)
    return None if found.price is None else highs.leaf(lp, found.price)


def _root(part: Part, value: int | None, run: Run, rounds: int) -> Proof | None:
    """Return a proof for a part: cuts, closings, and cuts again while they close something."""
    target = np.inf if value is None else value - 1 + 1e-3
    root = strengthen(part.lp, run, seconds=0.2 * run.left(), target=target) if rounds else None
    if root is None or value is None:
        return _Tree(part, value, run).node(part, 0)
    assert isinstance(root.proof.tree, Leaf)
    leaf, inner = root.proof.tree, part.with_cuts(root.proof.cuts)
    low = inner.value(leaf)
    if low is not None and low >= value:
        return Strengthened(root.proof.cuts, leaf)
    closed = inner.close(leaf, value)
    assert closed is not None
    before = int((part.lp.upper[: part.lp.item[-1]] > 0).sum())
    after = int((closed.lp.upper[: part.lp.item[-1]] > 0).sum())
    more = after < 0.9 * before
    rest = _root(closed, value, run, rounds - 1 if more else 0)
    return None if rest is None else Strengthened(root.proof.cuts, Closing(leaf, rest))


class _Choice(NamedTuple):
    """A split: choices of an item (or a single column), and the gains that it has on both sides."""

    choice: Ints | None
    column: int
    at: int


class _Tree:
    def __init__(self, part: Part, value: int | None, run: Run) -> None:
        self.lp = part.lp
        self.value = value
        self.run = run
        self.solver: Any = highs.relaxation(part.lp, run)
        self.lower, self.upper = part.lp.lower.copy(), part.lp.upper.copy()
        self.item_of = np.repeat(np.arange(len(part.lp.item) - 1), np.diff(part.lp.item))
        self.nodes = 0
        self.gain = np.zeros(len(part.lp.item) - 1)  # mean score of splits of an item
        self.tried = np.zeros(len(part.lp.item) - 1)

    def node(self, part: Part, depth: int) -> Proof | None:
        """Return a proof for a part of the space."""
        self.nodes += 1
        if self.run.left() <= 0.0 or depth > _DEPTH:
            return None
        found = self._solve(part)
        if found.status is not Status.OPTIMAL_CLAIMED:
            self.solver.clearSolver()  # the basis at hand may be what fails
            found = highs.solve_again(self.solver, self.run.left())
        if found.price is None or found.values is None:
            return self._close(part)
        leaf = highs.leaf(self.lp, found.price)
        low = part.value(leaf)
        if low is not None and self.value is not None and (low >= self.value or low == EMPTY):
            return leaf
        if self.value is not None:
            closed = part.close(leaf, self.value)
            if closed is None:
                return leaf
            n = self.lp.item[-1]
            open_, left = (int((p.lp.upper[:n] > 0).sum()) for p in (part, closed))
            if left < 0.97 * open_:
                rest = self._divide(closed, found, depth)
                return None if rest is None else Closing(leaf, rest)
        return self._divide(part, found, depth)

    def _divide(self, part: Part, found: highs.Outcome, depth: int) -> Proof | None:
        assert found.values is not None
        split = self._choose(part, found.values, found.objective)
        if split is None:
            return None
        if split.choice is not None:
            first, second = part.split_item(split.choice)
        else:
            second, first = part.split(split.column, split.at)
        inside = self.node(first, depth + 1)
        if inside is None:
            return None
        outside = self.node(second, depth + 1)
        if outside is None:
            return None
        if split.choice is not None:
            return Split(split.choice, inside, outside)
        return Branch(split.column, split.at, outside, inside)

    # -- where to split ----------------------------------------------------------------------------

    def _choose(self, part: Part, x: Floats, value: float) -> _Choice | None:
        """Return the split whose sides, solved for a moment, rise most; None at a whole point."""
        lp, n = self.lp, int(self.lp.item[-1])
        splits: list[tuple[float, _Choice]] = []
        most = np.maximum.reduceat(x[:n], lp.item[:-1])
        for i in np.flatnonzero(most < 1 - 1e-6).tolist():
            choice = self._half(i, part, x)
            share = float(x[choice].sum())
            guess = min(share, 1 - share)
            if self.tried[i]:
                guess = guess * (0.1 + self.gain[i] / self.tried[i])
            else:
                guess = guess * (0.1 + self.gain.sum() / max(1.0, self.tried.sum())) * 1.5
            splits.append((guess, _Choice(choice, -1, 0)))
        single = np.flatnonzero(lp.integer[n:] & (np.abs(x[n:] - np.rint(x[n:])) > 1e-6)) + n
        for j in single.tolist():
            at = int(np.floor(x[j]))
            splits.append((min(x[j] - at, at + 1 - x[j]), _Choice(None, j, at)))
        if not splits:
            return None
        splits.sort(key=lambda s: -s[0])
        if len(splits) == 1:
            return splits[0][1]
        best, best_score = splits[0][1], -1.0
        basis = self.solver.getBasis()
        worth = 1.0 if self.value is None else max(1.0, self.value - value)
        for k, (_, split) in enumerate(splits[:_TRIED]):
            rises = []
            sides = (
                part.split_item(split.choice) if split.choice is not None
                else part.split(split.column, split.at)
            )  # fmt: skip
            for side in sides:
                self.solver.setBasis(basis)
                rises.append(self._rise(side, value, worth))
            score = max(rises[0], 1e-6) * max(rises[1], 1e-6)
            if split.choice is not None:
                i = self.item_of[split.choice[0]]
                self.gain[i] += min(1.0, score**0.5)
                self.tried[i] += 1
            if score > best_score:
                best, best_score = split, score
            if k >= 2 and best_score >= 1.0:
                break
        self.solver.setBasis(basis)
        return best

    def _half(self, i: int, part: Part, x: Floats) -> Ints:
        """Return choices of an item, about half of what is taken: those that are taken, by cost."""
        mine = np.arange(self.lp.item[i], self.lp.item[i + 1])
        mine = mine[part.lp.upper[mine] > 0]
        order = mine[np.argsort(-x[mine], kind="stable")]
        return np.sort(order[:1])

    def _rise(self, part: Part, value: float, worth: float) -> float:
        """Return by how much of what is missing a side lies above its parent, 1 at most."""
        self._bound(part)
        self.solver.setOptionValue("simplex_iteration_limit", 60)
        found = highs.solve_again(self.solver, self.run.left())
        self.solver.setOptionValue("simplex_iteration_limit", 2**31 - 1)
        if found.status is Status.INFEASIBLE_CLAIMED:
            return 1.0
        return min(1.0, max(0.0, (found.objective - value) / worth))

    # -- the relaxation ----------------------------------------------------------------------------

    def _solve(self, part: Part) -> highs.Outcome:
        self._bound(part)
        return highs.solve_again(self.solver, self.run.left())

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
        """Return prices that prove that a part is empty."""
        leaf = highs.farkas(part.lp, self.run, seconds=max(0.1, self.run.left()))
        if leaf is None:
            leaf = Leaf(1, np.zeros(0, np.int64), (), closes=True)
        low = part.value(leaf)
        return leaf if low is not None and low > 0 else None
