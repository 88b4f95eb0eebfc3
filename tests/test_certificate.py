"""Exact bounds: no prices whatsoever prove more than is true, and good prices prove nearly all.

References
----------
Neumaier, A. and Shcherbina, O. (2004). Safe bounds in linear and mixed-integer linear
programming. Mathematical Programming 99, 283-296.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from cities import random_city
from points import count_points
from test_optimum import MOST, brute_force

from realloc.certificate import Bound, bound
from realloc.engines import Run
from realloc.engines import lp as highs
from realloc.evaluation import Evaluator
from realloc.formulation import formulate
from realloc.linear import Linear, linear
from realloc.program import UNLIMITED
from realloc.proof import Branch, Leaf, NotAProof, Proof, from_json, to_json
from realloc.prover import prove
from realloc.sparse import Csr

CITIES, CHUNKS, PROOFS = 300, 10, 34

#: Prices at which whole numbers of 64 bits end, and beyond.
EDGES = tuple(
    sign * (2**k + d) for k in (31, 52, 53, 58, 60, 61, 62, 63, 64, 200, 2000) for d in (-1, 0, 1)
    for sign in (1, -1)
)  # fmt: skip


def lps(
    chunk: int, chunks: int = CHUNKS, cities: int = CITIES
) -> Iterator[tuple[int, Linear, int | None]]:
    """Yield seed, program as rows and columns, and least value (None: infeasible) of cities."""
    for seed in range(chunk, cities, chunks):
        yield seed, *_lp(seed)


def feasible_lps(chunk: int, chunks: int, cities: int) -> Iterator[tuple[int, Linear, int]]:
    """Yield seed, program and least value of as many cities, all of which have a solution.

    Of a program without any every bound is true: proofs of it could not be caught.
    """
    for seed in range(chunk, cities, chunks):
        k = seed
        while (found := _lp(k))[1] is None:
            k += 1_000_000_007
        yield seed, found[0], found[1]


@lru_cache(maxsize=4)
def _lp(seed: int) -> tuple[Linear, int | None]:
    k = seed
    while True:
        city = random_city(k, (2, 3, 4)[seed % 3])
        program = formulate(city, today=Evaluator(city).today.load).program
        if 0 < count_points(program) <= MOST:
            return linear(program), brute_force(program)
        k += 1_000_003


def honest(found: Bound, best: int) -> bool:
    """Return whether a bound is true of a program with this least value."""
    return not found.infeasible and (found.value is None or found.value <= best)


def rows_of(prices: list[int], scale: int, closes: bool = False) -> Leaf:
    """Write prices of all rows down as a leaf."""
    row = [i for i, y in enumerate(prices) if y]
    return Leaf(scale, np.array(row, np.int64), tuple(prices[i] for i in row), closes)


def relaxed(lp: Linear, box: dict[int, tuple[int, int]]) -> Leaf | None:
    """Solve the relaxation in a box: its prices, or prices that close the box."""
    lower, upper = lp.lower.copy(), lp.upper.copy()
    for j, (low, high) in box.items():
        lower[j], upper[j] = low, high
    found = highs.solve(replace(lp, lower=lower, upper=upper), Run(), seconds=10, whole=False)
    if found.price is not None and found.values is not None:
        return highs.leaf(lp, found.price)
    return highs.farkas(lp, Run(), seconds=10, box=box)


class Adversary:
    """Draws prices that want to prove too much."""

    def __init__(self, lp: Linear, seed: int) -> None:
        self.lp = lp
        self.draw = np.random.default_rng(seed)
        self.price = relaxed(lp, {}) or Leaf(1, np.zeros(0, np.int64), ())

    def leaf(self) -> Leaf:
        """Return prices of any kind, on any rows, in any unit."""
        draw, count = self.draw, self.lp.rows
        scale = int(draw.choice([1, 2, 1000]))
        kind = draw.integers(6)
        if kind == 0:  # small, any sign, on all rows, those without a limit on that side included
            prices = draw.integers(-5000, 5000, count).tolist()
        elif kind == 1:  # where 64 bits end
            prices = [int(draw.choice(np.array(EDGES, dtype=object))) if draw.random() < 0.3 else 0
                      for _ in range(count)]  # fmt: skip
            scale = int(draw.choice(np.array([1, 2**40, 2**62, 2**70], dtype=object)))
        elif kind == 2:  # one row, huge
            prices = [0] * count
            prices[int(draw.integers(count))] = int(draw.choice(np.array(EDGES, dtype=object)))
        else:  # those of the relaxation: as they are, turned, or raised by a little
            prices = [0] * count
            for i, y in zip(self.price.row.tolist(), self.price.price, strict=True):
                prices[i] = y
            scale = self.price.scale
            for i in draw.integers(0, count, 3).tolist() if kind > 3 else ():
                change = int(draw.integers(1, 1000)) * max(1, scale // 8)
                prices[i] = -prices[i] if kind == 4 else prices[i] + change
        return rows_of(prices, scale, closes=bool(draw.random() < 0.3))

    def tree(self, depth: int, box: dict[int, tuple[int, int]]) -> Proof:
        """Return a tree of random branchings over any leaves, good ones among them."""
        whole = [j for j in np.flatnonzero(self.lp.integer).tolist()
                 if _ends(self.lp, box, j)[0] < _ends(self.lp, box, j)[1]]  # fmt: skip
        if depth == 0 or not whole or self.draw.random() < 0.2:
            best = relaxed(self.lp, box) if self.draw.random() < 0.7 else None
            return best or self.leaf()
        j = int(self.draw.choice(whole))
        low, high = _ends(self.lp, box, j)
        at = int(self.draw.integers(low, high))
        return Branch(
            j, at,
            self.tree(depth - 1, {**box, j: (low, at)}),
            self.tree(depth - 1, {**box, j: (at + 1, high)}),
        )  # fmt: skip


def _ends(lp: Linear, box: dict[int, tuple[int, int]], j: int) -> tuple[int, int]:
    return box.get(j, (int(lp.lower[j]), int(lp.upper[j])))


def tried(lp: Linear, best: int, seed: int, every: int, depth: int) -> int:
    """Try proofs of a program with this least value, each `every`-th a tree; return how many."""
    adversary = Adversary(lp, seed)
    for k in range(PROOFS):
        proof = adversary.leaf() if k % every else adversary.tree(depth, {})
        assert honest(bound(lp, proof), best), (seed, k, best)
    return PROOFS


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_prices_prove_more_than_is_true(chunk: int):
    """Of 10,000 proofs with random, adversarial and solver's prices none is above the optimum.

    Trees are among them: no leaf closes a part in which a solution lies, or all would be closed.
    """
    proofs = sum(tried(lp, best, seed, 17, 3)
                 for seed, lp, best in feasible_lps(chunk, CHUNKS, CITIES))  # fmt: skip
    assert proofs * CHUNKS >= 10_000


@pytest.mark.nightly
@pytest.mark.parametrize("chunk", range(50))
def test_no_prices_prove_more_than_is_true_ten_times_over(chunk: int):
    """The same with 100,000 proofs."""
    proofs = sum(tried(lp, best, seed, 9, 4)
                 for seed, lp, best in feasible_lps(CITIES + chunk, 50, 11 * CITIES))  # fmt: skip
    assert proofs * 50 >= 100_000


def test_prices_of_the_relaxation_prove_its_value():
    """Rounded to whole numbers they lose less than one unit in a million, and one unit."""
    proved = 0
    for seed, lp, best in lps(0, 4, 200):
        found = highs.solve(lp, Run(), seconds=10, whole=False)
        if found.price is None or best is None:
            continue
        value = bound(lp, highs.leaf(lp, found.price)).value
        assert value is not None
        assert value >= found.objective - 1 - 1e-6 * abs(found.objective), seed
        proved += value == best
    assert proved


def test_a_tree_proves_the_least_value_itself():
    """Branching closes what the relaxation leaves open: every optimum and every "no" is proved."""
    optima = none = split = 0
    for seed, lp, best in lps(0, 3, 150):
        proof = prove(lp, best, Run())
        assert proof is not None, seed
        found = bound(lp, proof)
        assert found == Bound(best, infeasible=best is None), seed
        optima, none = optima + (best is not None), none + (best is None)
        split += not isinstance(proof, Leaf)
    assert optima and none and split


# -- by hand ---------------------------------------------------------------------------------------


def by_hand(row: str = "upper", constant: int = 0) -> Linear:
    """Return min 3a + 5b + 2s with a + b = 1 and one row on a and s.

    Rows: 0 the item; 1 is a - s <= 0 (`upper`) or a + b + s >= 4 (`lower`). s is from 0 to 2.
    """
    coefficients = ([0, 2], [1, -1]) if row == "upper" else ([0, 1, 2], [1, 1, 1])
    columns = np.array([0, 1, *coefficients[0]])
    rows = np.array([0, 0] + [1] * len(coefficients[0]))
    return Linear(
        cost=np.array([3, 5, 2]),
        constant=constant,
        lower=np.zeros(3, np.int64),
        upper=np.array([1, 1, 2]),
        integer=np.array([True, True, True]),
        matrix=Csr.of(2, rows, columns, np.array([1, 1, *coefficients[1]])),
        row_lower=np.array([1, -UNLIMITED if row == "upper" else 4]),
        row_upper=np.array([1, 0 if row == "upper" else UNLIMITED]),
        item=np.array([0, 2]),
        first=(0, 2, 3, 3, 3, 3, 3, 3),
        level_full=np.zeros(0, np.int64),
        resource_over=np.zeros(0, np.int64),
        resource_under=np.zeros(0, np.int64),
    )


def one_row(price: int, scale: int = 1, *, closes: bool = False, row: int = 1) -> Leaf:
    """Price one row."""
    return Leaf(scale, np.array([row], np.int64), (price,), closes)


NOTHING = Leaf(1, np.zeros(0, np.int64), ())


@pytest.mark.parametrize(("leaf", "value"), [
    (NOTHING, 3),  # the least choice alone
    (one_row(-2), 5),  # a then costs 5, and s nothing
    (one_row(-1), 4),
    (one_row(-3), 3),  # a costs 6, b is cheaper, and s pays 1 twice: 5 - 2
    (one_row(-4, 3), 5),  # (9 + 4) / 3, rounded up
    (one_row(2), 3),  # no lower limit: the price does not count
    (one_row(100, row=0), 3),  # the item's own row: what it gives the choices take back
])  # fmt: skip
def test_bounds_by_hand(leaf: Leaf, value: int):
    """A price moves costs between a row and its columns; the bound is what is left at the least."""
    assert bound(by_hand(), leaf) == Bound(value, infeasible=False)
    assert bound(by_hand(constant=-7), leaf) == Bound(value - 7, infeasible=False)


def test_bounds_by_hand_of_a_tree():
    """The bound of a tree is the least of its leaves, each in its own box."""
    lp = by_hand()
    assert bound(lp, Branch(0, 0, NOTHING, NOTHING)).value == 3
    assert bound(lp, Branch(0, 0, NOTHING, one_row(-2))).value == 5
    assert bound(lp, Branch(1, 0, one_row(-2), NOTHING)).value == 5  # b taken costs 5, not 3
    assert bound(lp, Branch(2, 0, one_row(-100), NOTHING)).value == 5  # s = 0 | s >= 1: 3 + 2
    assert bound(lp, Branch(2, 1, NOTHING, NOTHING)).value == 3
    both = Branch(0, 0, Branch(1, 0, NOTHING, NOTHING), Branch(1, 0, NOTHING, NOTHING))
    assert bound(lp, both).value == 3  # neither and both are no solutions


def test_bounds_by_hand_of_an_empty_program():
    """1 + 2 is less than 4: a price of one closes it, none of zero does, a tree must close all."""
    lp = by_hand("lower")
    closed = Bound(None, infeasible=True)
    assert bound(lp, one_row(1, closes=True)) == closed
    assert bound(lp, one_row(1, 5, closes=True)) == closed
    assert not bound(lp, Leaf(1, NOTHING.row, (), closes=True)).infeasible
    assert not bound(by_hand(), one_row(-1, closes=True)).infeasible
    one = one_row(1, closes=True)
    assert bound(lp, Branch(0, 0, one, one)) == closed
    assert bound(lp, Branch(0, 0, one, NOTHING)) == Bound(3, infeasible=False)
    assert bound(lp, Branch(0, 0, Leaf(1, NOTHING.row, (), closes=True), one)).value is None
    assert bound(by_hand(), Branch(0, 0, Branch(1, 0, NOTHING, one_row(-2)), one)).value is None


def test_a_column_without_an_end_proves_nothing():
    """Where a falling column has no upper bound the least is minus infinity."""
    lp = by_hand()
    lp = replace(lp, upper=np.array([1, 1, UNLIMITED]))
    assert bound(lp, one_row(-2)).value == 5
    assert bound(lp, one_row(-3)) == Bound(None, infeasible=False)


@pytest.mark.parametrize("edge", EDGES)
def test_bounds_are_exact_where_64_bits_end(edge: int):
    """The same number in whole numbers of any size and in 64 bits, at and beyond the border."""
    lp = by_hand()
    for times in (1, 31, 1000):
        wide = np.where(lp.matrix.row_of() == 1, times, 1) * lp.matrix.value
        scaled = replace(lp, matrix=replace(lp.matrix, value=wide))
        y = min(edge, 0) * times
        a, b, s = 3 - y, 5, 2 + y
        assert bound(scaled, one_row(edge)).value == min(a, b) + min(0, 2 * s)
    assert bound(lp, one_row(edge, row=0)).value == 3
    scale = abs(edge)
    assert bound(lp, one_row(-2 * scale, scale)).value == 5
    free = replace(lp, cost=np.zeros(3, np.int64))
    assert bound(free, one_row(-2, scale)).value == 0


@pytest.mark.parametrize("k", [62, 64, 1000, 4000, 13_000])
def test_no_number_stands_for_an_empty_part(k: int):
    """Whatever a forger makes a bound to be in its units, it does not prove that there is none."""
    unit = 1 << k - 2
    assert bound(by_hand(), one_row(-unit, unit)) == Bound(4, infeasible=False)  # 4 units: 1 << k
    tree = Branch(0, 0, one_row(-unit, unit), one_row(-unit, unit))
    assert bound(by_hand(), tree).value == 4


# -- what is no proof ------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", [
    Leaf(0, NOTHING.row, ()),
    Leaf(-1, NOTHING.row, ()),
    Leaf(1, np.array([1]), ()),
    Leaf(1, np.array([1]), (1, 2)),
    Leaf(1, np.array([-1]), (1,)),
    Leaf(1, np.array([2]), (1,)),
    Leaf(1, np.array([1, 1]), (1, -1)),
    Branch(-1, 0, NOTHING, NOTHING),
    Branch(3, 0, NOTHING, NOTHING),
    Branch(0, 1, NOTHING, NOTHING),
    Branch(0, -1, NOTHING, NOTHING),
    Branch(2, 2, NOTHING, NOTHING),
    Branch(0, 0, Branch(0, 0, NOTHING, NOTHING), NOTHING),
    Branch(2, 0, NOTHING, Branch(2, 0, NOTHING, NOTHING)),
])  # fmt: skip
def test_malformed_proofs_are_none(proof: Proof):
    """Rows and columns that do not exist, no unit, and splits outside a column's range."""
    with pytest.raises(NotAProof):
        bound(by_hand(), proof)


def test_only_whole_columns_are_split():
    """At most 0 or at least 1 is not all there is for a column that may be a half."""
    lp = replace(by_hand(), integer=np.array([True, True, False]))
    with pytest.raises(NotAProof):
        bound(lp, Branch(2, 0, NOTHING, NOTHING))


GOOD = {"scale": 2, "closes": False, "row": [1], "price": [-3]}
CUT = {"row": [1], "times": [1], "divisor": 2, "flipped": [], "shrink": 1}


@pytest.mark.parametrize("data", [
    None, 1, "scale", [], [GOOD], {}, {**GOOD, "scale": 2.0}, {**GOOD, "scale": "2"},
    {**GOOD, "scale": True}, {**GOOD, "row": [1.0]}, {**GOOD, "row": [10**30]},
    {**GOOD, "row": [True]}, {**GOOD, "row": [[1]]}, {**GOOD, "price": [-3.0]},
    {**GOOD, "price": ["-3"]}, {**GOOD, "price": [None]}, {**GOOD, "price": [float("nan")]},
    {**GOOD, "row": 1}, {**GOOD, "price": -3}, {**GOOD, "closes": "no"}, {**GOOD, "closes": None},
    {k: v for k, v in GOOD.items() if k != "closes"}, {**GOOD, "below": 1}, {**GOOD, "column": 0},
    {"cuts": [{**CUT, "more": 1}], "tree": GOOD, "below": None},
    {"column": 0}, {"column": 0, "at": 0, "low": GOOD}, {"column": 0, "at": 0, "high": GOOD},
    {"column": 0.0, "at": 0, "low": GOOD, "high": GOOD},
    {"column": 0, "at": 0, "low": GOOD, "high": 1},
])  # fmt: skip
def test_malformed_data_is_no_proof(data: object):
    """Numbers that are not whole, words, lists and what is missing."""
    with pytest.raises(NotAProof):
        from_json(data)


def test_trees_deeper_than_any_are_no_proof():
    """A proof that would exhaust the stack is refused, not a crash."""
    data: object = GOOD
    for _ in range(100_000):
        data = {"column": 0, "at": 0, "low": data, "high": GOOD}
    with pytest.raises(NotAProof):
        from_json(data)


@pytest.mark.parametrize("chunk", range(2))
def test_proofs_on_paper_are_the_same_proofs(chunk: int):
    """Written as JSON and read back a proof is the same data and proves the same."""
    for seed, lp, _ in lps(chunk, 2, 60):
        adversary = Adversary(lp, seed)
        for proof in (adversary.leaf(), adversary.leaf(), adversary.tree(3, {})):
            again = from_json(json.loads(json.dumps(to_json(proof))))
            assert to_json(again) == to_json(proof)
            assert bound(lp, again) == bound(lp, proof)
