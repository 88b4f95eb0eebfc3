"""Cuts cut off no solution, whoever wrote them, and prove no more than is true.

References
----------
Marchand, H. and Wolsey, L. A. (2001). Aggregation and mixed integer rounding to solve MIPs.
Operations Research 49, 363-371.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
import pytest
from points import count_points, points_of
from test_certificate import by_hand, one_row
from test_program import random_program

from realloc.certificate import Bound, bound
from realloc.cuts import Workings, work_out
from realloc.engines import Run, Status
from realloc.engines import lp as highs
from realloc.engines.cuts import Root, strengthen
from realloc.linear import Linear, columns_of, linear
from realloc.program import UNLIMITED, measure
from realloc.proof import (
    Closing,
    Cut,
    Leaf,
    NotAProof,
    Proof,
    Split,
    Strengthened,
    from_json,
    to_json,
)
from realloc.sparse import Csr, Ints

CHUNKS, PROGRAMS, CUTS, MOST = 10, 120, 130, 400


@lru_cache(maxsize=8)
def solutions(seed: int) -> tuple[Linear, Ints, int]:
    """Return a random program as rows and columns, its feasible points as such, the least value."""
    while True:
        program = random_program(seed)
        if 0 < count_points(program) <= MOST:
            points = points_of(program, MOST, 1, seed)
            found = [p for p in map(points.__getitem__, range(len(points)))
                     if measure(program, p).violation == 0]  # fmt: skip
            if found:
                break
        seed += 1_000_003
    lp = linear(program)
    columns = np.array([columns_of(program, lp, p) for p in found])
    return lp, columns, min(measure(program, p).value for p in found)


def seeds(chunk: int) -> Iterator[int]:
    return iter(range(chunk, PROGRAMS, CHUNKS))


class Author:
    """Draws cuts that want to cut off too much."""

    def __init__(self, lp: Linear, seed: int) -> None:
        self.lp = lp
        self.draw = np.random.default_rng(seed)
        self.workings = Workings(lp)

    def rows(self) -> tuple[Ints, tuple[int, ...]]:
        """Return a few rows or earlier cuts, with multipliers of either sign."""
        draw = self.draw
        count = self.lp.rows + len(self.workings.found)
        row = draw.choice(count, min(count, int(draw.integers(1, 5))), replace=False)
        top = int(draw.choice([2, 10, 1000, 2**40]))
        times = draw.integers(1, top, len(row)) * draw.choice([-1, 1], len(row))
        return row.astype(np.int64), tuple(times.tolist())

    def cut(self) -> Cut:
        """Return a cut with any divisor and any columns flipped."""
        row, times = self.rows()
        top = max(3, int(self.draw.choice([2, max(abs(u) for u in times) * 3 + 2])))
        flipped = np.flatnonzero(self.draw.random(self.lp.columns) < 0.3)
        shrink = int(self.draw.choice([1, 1, 2, 7]))
        return Cut(row, times, int(self.draw.integers(2, top)), flipped, shrink)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_cut_cuts_off_a_solution(chunk: int):
    """Of 15,600 cuts by anyone those accepted, some 7,500, hold at every feasible point."""
    accepted = 0
    for seed in seeds(chunk):
        lp, points, _ = solutions(seed)
        author = Author(lp, seed)
        for k in range(CUTS):
            try:
                made = author.workings.add(author.cut())
            except NotAProof:
                continue
            accepted += 1
            assert (points[:, made.index] @ made.value <= made.upper).all(), (seed, k)
    assert accepted > 500


@lru_cache(maxsize=8)
def strengthened(seed: int) -> Root | None:
    lp, _, _ = solutions(seed)
    return strengthen(highs.Relaxation(lp, Run()), seconds=5)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_bounds_with_cuts_are_true_and_no_worse(chunk: int):
    """With cuts the bound is at most the least value, at least that of the relaxation alone."""
    lifted = 0
    for seed in seeds(chunk):
        lp, points, best = solutions(seed)
        root = strengthened(seed)
        plain = highs.solve(lp, Run(), seconds=5, whole=False)
        assert root is not None
        proved = bound(lp, root.proof)
        assert proved.value is not None
        assert proved.value <= best
        assert proved.value >= plain.objective - 1e-6 * max(1.0, abs(plain.objective))
        whole = work_out(lp, root.proof.cuts)
        for k in range(lp.rows, whole.rows):
            inside = slice(whole.matrix.start[k], whole.matrix.start[k + 1])
            left = points[:, whole.matrix.index[inside]] @ whole.matrix.value[inside]
            assert (left <= whole.row_upper[k]).all(), (seed, k)
        lifted += root.found.objective > plain.objective + 1e-3
    assert lifted


def tampered(proof: Strengthened, draw: np.random.Generator) -> Strengthened:
    """Change one number of one cut, or the order of two."""
    cuts = list(proof.cuts)
    k = int(draw.integers(len(cuts)))
    cut = cuts[k]
    by = int(draw.choice([-3, -1, 1, 2, 1000]))
    kind = draw.integers(6)
    at = int(draw.integers(len(cut.row)))
    if kind == 0:
        row = cut.row.copy()
        row[at] += by
        cut = replace(cut, row=row)
    elif kind == 1:
        times = [u + by * (n == at) for n, u in enumerate(cut.times)]
        cut = replace(cut, times=tuple(times))
    elif kind == 2:
        other = int(draw.integers(len(cuts)))
        cuts[k], cuts[other] = cuts[other], cuts[k]
        return replace(proof, cuts=tuple(cuts))
    elif kind == 3:
        cut = replace(cut, divisor=cut.divisor + by)
    elif kind == 4:
        cut = replace(cut, flipped=np.append(cut.flipped, at))
    else:
        cut = replace(cut, shrink=cut.shrink + by)
    cuts[k] = cut
    return replace(proof, cuts=tuple(cuts))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_tampered_cuts_are_refused_or_harmless(chunk: int):
    """A number changed in a cut makes it no proof, or a proof of something true."""
    refused = harmless = 0
    for seed in seeds(chunk):
        lp, _, best = solutions(seed)
        root = strengthened(seed)
        if root is None or not root.proof.cuts:
            continue
        draw = np.random.default_rng(seed)
        for _ in range(25):
            bad = tampered(root.proof, draw)
            try:
                found = bound(lp, bad)
            except NotAProof:
                refused += 1
                continue
            harmless += 1
            assert not found.infeasible
            assert found.value is None or found.value <= best, seed
    assert refused and harmless


def any_tree(lp: Linear, root: Root, draw: np.random.Generator, depth: int) -> Proof:
    """Return splits and closings over leaves with good prices, turned prices and none."""
    leaf = root.proof.tree
    assert isinstance(leaf, Leaf)
    kind = draw.random()
    if depth == 0 or kind < 0.2:
        if draw.random() < 0.3:
            return Leaf(1, np.zeros(0, np.int64), ())
        if draw.random() < 0.3:
            return replace(leaf, price=tuple(-y for y in leaf.price))
        return leaf
    if kind < 0.6:
        i = int(draw.integers(len(lp.item) - 1))
        mine = np.arange(lp.item[i], lp.item[i + 1])
        some = mine[draw.random(len(mine)) < 0.5]
        choice = some if len(some) else mine[:1]
        return Split(
            choice, any_tree(lp, root, draw, depth - 1), any_tree(lp, root, draw, depth - 1)
        )
    return Closing(leaf, any_tree(lp, root, draw, depth - 1))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_closings_and_splits_prove_no_more_than_is_true(chunk: int):
    """Whatever value is asked, nothing above the least value is proved, nor that there is none."""
    for seed in seeds(chunk):
        lp, _, best = solutions(seed)
        root = strengthened(seed)
        assert root is not None
        draw = np.random.default_rng(seed)
        for ask in (best - 1, best, best + 1, best + 2, best + 50) * 5:
            proof = Strengthened(root.proof.cuts, any_tree(lp, root, draw, 4), ask)
            found = bound(lp, proof)
            assert not found.infeasible
            assert found.value is None or found.value <= best, (seed, ask)


# -- by hand ---------------------------------------------------------------------------------------


def three_items(limit: int = 10) -> Linear:
    """Return three items that use 0 or 6, 0 or 5, 0 or 4 of one resource; 0 costs 90, 80, 70."""
    return Linear(
        cost=np.array([90, 0, 80, 0, 70, 0]), constant=0, lower=np.zeros(6, np.int64),
        upper=np.ones(6, np.int64), integer=np.ones(6, bool),
        matrix=Csr.of(4, np.array([0, 0, 1, 1, 2, 2, 3, 3, 3]),
                      np.array([0, 1, 2, 3, 4, 5, 1, 3, 5]), np.array([1] * 6 + [6, 5, 4])),
        row_lower=np.array([1, 1, 1, -UNLIMITED]), row_upper=np.array([1, 1, 1, limit]),
        item=np.array([0, 2, 4, 6]), first=(0, 6, 6, 6, 6, 6, 6, 6),
        level_full=np.zeros(0, np.int64), resource_over=np.zeros(0, np.int64),
        resource_under=np.zeros(0, np.int64),
    )  # fmt: skip


ROW = np.array([3])


NO_FLIP = np.zeros(0, np.int64)
#: 6 + 5 do not go into 10: not both.
COVER = Cut(ROW, (1,), 6, np.array([1, 3]))


def test_a_cover_by_hand():
    """6 a' + 5 b' - 4 c ≥ 1 for a' = 1 - a, b' = 1 - b, divided by 6 and rounded up."""
    made = Workings(three_items()).add(COVER)
    assert (made.index.tolist(), made.value.tolist(), made.upper) == ([1, 3], [1, 1], 1)


def test_a_rounding_by_hand():
    """6 a + 5 b + 4 c ≤ 10 divided by 6: F(6) = 2, F(5) = F(4) = 0 + 1, 0; rest 4 of 10 = 6 + 4."""
    lp = three_items()
    made = Workings(lp).add(Cut(ROW, (1,), 6, np.zeros(0, np.int64)))
    assert dict(zip(made.index.tolist(), made.value.tolist(), strict=True)) == {1: 2, 3: 1}
    assert made.upper == 2
    with pytest.raises(NotAProof):
        Workings(lp).add(Cut(ROW, (1,), 5, np.zeros(0, np.int64)))  # nothing is left of 10


def test_cuts_raise_a_bound_by_hand():
    """The best price of the row proves 75, that of a cut the least value, 80."""
    lp = three_items()
    best = min(
        sum(p for p, take in zip((90, 80, 70), takes, strict=True) if not take)
        for takes in product((0, 1), repeat=3)
        if sum(w for w, take in zip((6, 5, 4), takes, strict=True) if take) <= 10
    )
    assert best == 80
    assert max(bound(lp, Leaf(1, ROW, (-y,))).value or 0 for y in range(1, 90)) == 75
    priced = Leaf(1, np.array([4]), (-80,))
    assert bound(lp, Strengthened((COVER,), priced)) == Bound(80, infeasible=False)
    with pytest.raises(NotAProof):
        bound(lp, priced)  # the cut is not there


def test_closing_by_hand():
    """At a price of 80 for the cut, giving up the first item costs 10 more than taking it."""
    lp = three_items()
    leaf = Leaf(1, np.array([4]), (-80,))
    cut = (COVER,)
    nothing = Leaf(1, np.zeros(0, np.int64), ())

    def closed(ask: int, rest: Proof) -> int | None:
        return bound(lp, Strengthened(cut, Closing(leaf, rest), ask)).value

    assert closed(80, nothing) == 80  # no more is asked than the prices prove
    # 10 more is too much below 90: what is left, the first item taken, proves 80 by the row alone
    assert closed(90, Leaf(1, ROW, (-16,))) == 80
    assert closed(91, Leaf(1, ROW, (-16,))) == 74
    assert closed(81, nothing) == 0
    for bad in (Strengthened(cut, Closing(leaf, nothing)), Closing(nothing, nothing)):
        with pytest.raises(NotAProof):
            bound(lp, bad)


def test_columns_close_by_hand():
    """A column goes so far from the end that it is priced at as what is spare pays for, no less."""
    lp = by_hand()  # 3 a + 5 b + 2 s, a <= s <= 2
    nothing = Leaf(1, np.zeros(0, np.int64), ())
    dear = one_row(-3)  # a 6, b 5, s -1: 3

    def closed(leaf: Leaf, rest: Leaf, ask: int) -> int | None:
        return bound(lp, Strengthened((), Closing(leaf, rest), ask)).value

    assert closed(nothing, dear, 8) == 3  # 4 to spare: s may be 2
    assert closed(nothing, dear, 6) == 4  # 2 to spare: s is at most 1
    assert closed(nothing, dear, 5) == 5  # 1 to spare: s is 0
    assert closed(dear, nothing, 6) == 3  # 2 to spare: s may be 0
    assert closed(dear, nothing, 5) == 5  # 1 to spare: s is at least 1


def test_splits_by_hand():
    """One side takes one of the choices named, the other none of them."""
    lp = three_items()
    nothing = Leaf(1, np.zeros(0, np.int64), ())
    assert bound(lp, Split(np.array([0]), nothing, nothing)).value == 0
    assert bound(lp, Split(np.array([0]), nothing, Leaf(1, ROW, (-16,)))).value == 80
    assert bound(lp, Split(np.array([1]), Leaf(1, ROW, (-16,)), nothing)).value == 80
    assert bound(lp, Split(np.array([1]), nothing, Leaf(1, ROW, (-16,)))).value == 0
    for choice in ([], [6], [-1], [0, 2]):
        with pytest.raises(NotAProof):
            bound(lp, Split(np.array(choice, dtype=np.int64), nothing, nothing))


@pytest.mark.parametrize("cut", [
    Cut(NO_FLIP, (), 3, NO_FLIP), Cut(ROW, (1, 2), 3, NO_FLIP),
    Cut(ROW, (0,), 3, NO_FLIP), Cut(ROW, (1,), 0, NO_FLIP),
    Cut(ROW, (1,), -3, NO_FLIP), Cut(ROW, (1,), 3, np.array([6])),
    Cut(ROW, (1,), 3, np.array([-1])), Cut(ROW, (1,), 3, NO_FLIP, 0),
    Cut(np.array([4]), (1,), 3, NO_FLIP), Cut(np.array([-1]), (1,), 3, NO_FLIP),
    Cut(np.array([3, 3]), (1, 1), 3, NO_FLIP), Cut(ROW, (2**70,), 3, NO_FLIP),
    Cut(ROW, (2**59,), 3, NO_FLIP), Cut(ROW, (1,), 2**70, NO_FLIP),
    Cut(COVER.row, (1,), 6, COVER.flipped, 2**70), Cut(COVER.row, (1,), 6, COVER.flipped, 2**60),
])  # fmt: skip
def test_malformed_cuts_are_none(cut: Cut):
    """Rows and columns that are not there, twice or of another number, and numbers too large."""
    with pytest.raises(NotAProof):
        Workings(three_items()).add(cut)


GOOD = {"row": [3], "times": [1], "divisor": 6, "flipped": [], "shrink": 1}
TREE = {"scale": 1, "closes": False, "row": [4], "price": [-1]}


@pytest.mark.parametrize("data", [
    {"cuts": [GOOD], "below": None}, {"cuts": [GOOD], "tree": TREE}, {"cuts": 1, "tree": TREE},
    *({"cuts": [cut], "tree": TREE, "below": None} for cut in (
        None, 1, {}, {**GOOD, "row": 3}, {**GOOD, "row": [3.0]}, {**GOOD, "times": ["1"]},
        {**GOOD, "divisor": 6.0}, {**GOOD, "divisor": True}, {**GOOD, "flipped": [None]},
        {**GOOD, "shrink": None}, {"row": [3], "times": [1]})),
    {"cuts": [GOOD], "tree": TREE, "below": 1.5}, {"leaf": TREE}, {"rest": TREE},
    {"leaf": {"leaf": TREE, "rest": TREE}, "rest": TREE},
    {"choice": [1], "inside": TREE}, {"choice": 1, "inside": TREE, "outside": TREE},
])  # fmt: skip
def test_malformed_data_is_no_proof(data: object):
    """Numbers that are not whole, words, and what is missing."""
    with pytest.raises(NotAProof):
        from_json(data)


class Forgetful(highs.Relaxation):
    """Loses its digits whenever it solves for the second, fourth or seventh time."""

    solved = 0

    def solve(self, seconds: float) -> highs.Outcome:
        found = super().solve(seconds)
        self.solved += 1
        if self.solved not in (2, 4, 7):
            return found
        return replace(found, status=Status.BAD_OUTPUT, values=None, price=None, reduced=None)


class Hurried(Run):
    """Everything that is counted as work takes more than half of the time that is left."""

    def did(self, seconds: float) -> None:
        super().did(seconds)
        self.began -= 0.55 * self.left()


def test_half_of_the_time_is_left_to_solve_a_round():
    """Who has used half looks on until there is one cut, which finds as many that have any."""
    lifted = 0
    for seed in range(40):
        lp, _, _ = solutions(seed)
        rows: list[int] = []
        root = strengthen(highs.Relaxation(lp, Hurried(1e12)), seconds=1e12,
                          report=lambda now, _, rows=rows: rows.append(now.rows))  # fmt: skip
        plain = strengthened(seed)
        assert root is not None
        assert plain is not None
        assert all(after - before <= 1 for before, after in pairwise(rows))
        assert bool(root.proof.cuts) == bool(plain.proof.cuts)
        lifted += bool(root.proof.cuts)
    assert lifted > 10


def test_a_round_that_loses_its_digits_is_taken_back():
    """What HiGHS cannot solve is taken out again, and the rounds after it raise the bound still."""
    lifted = 0
    for seed in range(40):
        lp, _, best = solutions(seed)
        plain = highs.solve(lp, Run(), seconds=5, whole=False)
        relaxation = Forgetful(lp, Run())
        root = strengthen(relaxation, seconds=5)
        assert root is not None
        assert root.found.values is not None
        proved = bound(lp, root.proof).value
        assert proved is not None
        assert root.found.objective - 1e-6 * max(1.0, abs(best)) <= proved <= best
        assert relaxation.solver.getNumRow() == root.lp.rows
        use = np.zeros(root.lp.rows)
        np.add.at(use, root.lp.matrix.row_of(),
                  root.lp.matrix.value * root.found.values[root.lp.matrix.index])  # fmt: skip
        scale = np.abs(root.lp.row_upper) + 1.0
        assert (use <= root.lp.row_upper + 1e-6 * scale).all()
        lifted += root.found.objective > plain.objective + 1e-3
    assert lifted


@pytest.mark.parametrize("chunk", range(2))
def test_proofs_with_cuts_on_paper_are_the_same_proofs(chunk: int):
    """Written as JSON and read back a proof is the same data and proves the same."""
    for seed in range(chunk, 30, 2):
        lp, _, best = solutions(seed)
        root = strengthened(seed)
        assert root is not None
        draw = np.random.default_rng(seed)
        for proof in (root.proof, Strengthened(root.proof.cuts, any_tree(lp, root, draw, 3), best)):
            again = from_json(json.loads(json.dumps(to_json(proof))))
            assert to_json(again) == to_json(proof)
            assert bound(lp, again) == bound(lp, proof)


def test_a_point_of_the_reader_is_whole():
    """The columns of every point are whole and keep every row: what rounding takes for granted."""
    for seed in range(40):
        lp, points, _ = solutions(seed)
        assert points.dtype == np.int64
        assert (points >= lp.lower).all() and (points <= lp.upper).all()
        for k in range(lp.rows):
            inside = slice(lp.matrix.start[k], lp.matrix.start[k + 1])
            left = points[:, lp.matrix.index[inside]] @ lp.matrix.value[inside]
            assert (left <= lp.row_upper[k]).all() and (left >= lp.row_lower[k]).all()
