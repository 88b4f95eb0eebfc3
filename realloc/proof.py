"""Proofs of a bound as data: prices in whole numbers, on paper and in memory.

What they prove is worked out by :mod:`realloc.certificate`; engines only hand them over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from realloc.sparse import Ints


@dataclass(frozen=True, eq=False)
class Leaf:
    """Prices for one part of the search space.

    Attributes
    ----------
    scale
        prices are in units of 1/scale.
    row, price
        rows with a price that is not zero, and the prices.
    closes
        True where the prices (taken without costs) prove that this part is empty.
    """

    scale: int
    row: Ints
    price: tuple[int, ...]
    closes: bool = False


@dataclass(frozen=True, eq=False)
class Branch:
    """A whole column split in two: at most `at` on one side, at least `at` + 1 on the other."""

    column: int
    at: int
    low: Proof
    high: Proof


@dataclass(frozen=True, eq=False)
class Split:
    """Choices of one item split in two: one of `choice` on one side, none of them on the other."""

    choice: Ints
    inside: Proof
    outside: Proof


@dataclass(frozen=True, eq=False)
class Closing:
    """Prices that leave some columns out of every solution that costs less than the value asked.

    The rest has to prove nothing about those.
    """

    leaf: Leaf
    rest: Proof


@dataclass(frozen=True, eq=False)
class Cut:
    """A cut: rows added up with whole multipliers, divided and rounded.

    Attributes
    ----------
    row, times
        rows (of the program, then of earlier cuts) and their multipliers.
    divisor
        what is divided by.
    flipped
        columns counted down from their upper bounds.
    shrink
        the result is divided by this and rounded down.
    """

    row: Ints
    times: tuple[int, ...]
    divisor: int
    flipped: Ints
    shrink: int = 1


@dataclass(frozen=True, eq=False)
class Strengthened:
    """A part of the search space with cuts, on which prices below may be, too.

    Attributes
    ----------
    cuts
        in order; cut k is row number rows + k, after the rows and cuts that there are above.
    tree
        proof of this part.
    below
        the value asked: nothing costs less, or the tree shows it. The root alone may name it.
    """

    cuts: tuple[Cut, ...]
    tree: Proof
    below: int | None = None


Proof = Leaf | Branch | Split | Closing | Strengthened


class NotAProof(ValueError):
    """A proof is malformed: a row or column that does not exist, or a price that is no number."""


def leaves(proof: Proof) -> Iterator[Leaf]:
    """Yield all prices of a proof, those of closings included."""
    stack: list[Proof] = [proof]
    while stack:
        node = stack.pop()
        if isinstance(node, Leaf):
            yield node
        elif isinstance(node, Branch):
            stack += [node.low, node.high]
        elif isinstance(node, Split):
            stack += [node.inside, node.outside]
        elif isinstance(node, Closing):
            stack += [node.leaf, node.rest]
        else:
            stack.append(node.tree)


def to_json(proof: Proof) -> dict[str, Any]:
    """Return a proof as plain data."""
    if isinstance(proof, Strengthened):
        cuts = [_cut_to_json(cut) for cut in proof.cuts]
        return {"cuts": cuts, "tree": to_json(proof.tree), "below": proof.below}
    if isinstance(proof, Closing):
        return {"leaf": to_json(proof.leaf), "rest": to_json(proof.rest)}
    if isinstance(proof, Split):
        return {
            "choice": proof.choice.tolist(),
            "inside": to_json(proof.inside),
            "outside": to_json(proof.outside),
        }
    if isinstance(proof, Branch):
        return {
            "column": proof.column,
            "at": proof.at,
            "low": to_json(proof.low),
            "high": to_json(proof.high),
        }
    return {
        "scale": proof.scale,
        "closes": proof.closes,
        "row": proof.row.tolist(),
        "price": list(proof.price),
    }


def from_json(data: Any) -> Proof:
    """Read a proof from plain data.

    Raises
    ------
    NotAProof
        if the data is none.
    """
    try:
        return _from_json(data)
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise NotAProof(str(error)) from error


#: Entries of each kind of proof, and of a cut.
_ENTRIES = (
    ("cuts", "tree", "below"), ("leaf", "rest"), ("choice", "inside", "outside"),
    ("column", "at", "low", "high"), ("scale", "closes", "row", "price"),
)  # fmt: skip
_ENTRIES_OF_CUT = {"row", "times", "divisor", "flipped", "shrink"}


def _from_json(data: Any) -> Proof:
    if set(data) not in map(set, _ENTRIES):
        raise NotAProof(f"entries {sorted(data)}")
    if "cuts" in data:
        below = data["below"]
        return Strengthened(
            tuple(_cut_from_json(cut) for cut in data["cuts"]), _from_json(data["tree"]),
            None if below is None else whole(below),
        )  # fmt: skip
    if "leaf" in data:
        return Closing(_leaf_from_json(data["leaf"]), _from_json(data["rest"]))
    if "choice" in data:
        inside, outside = _from_json(data["inside"]), _from_json(data["outside"])
        return Split(_wholes(data["choice"]), inside, outside)
    if "column" in data:
        low, high = _from_json(data["low"]), _from_json(data["high"])
        return Branch(whole(data["column"]), whole(data["at"]), low, high)
    return _leaf_from_json(data)


def _leaf_from_json(data: Any) -> Leaf:
    price = tuple(map(whole, data["price"]))
    return Leaf(whole(data["scale"]), _wholes(data["row"]), price, _flag(data["closes"]))


def _cut_to_json(cut: Cut) -> dict[str, Any]:
    return {"row": cut.row.tolist(), "times": list(cut.times), "divisor": cut.divisor,
            "flipped": cut.flipped.tolist(), "shrink": cut.shrink}  # fmt: skip


def _cut_from_json(data: Any) -> Cut:
    if set(data) != _ENTRIES_OF_CUT:
        raise NotAProof(f"entries of a cut {sorted(data)}")
    return Cut(_wholes(data["row"]), tuple(map(whole, data["times"])), whole(data["divisor"]),
               _wholes(data["flipped"]), whole(data["shrink"]))  # fmt: skip


def _wholes(values: Any) -> Ints:
    return np.array([whole(v) for v in values], dtype=np.int64)


def whole(value: Any) -> int:
    """Return a whole number of plain data.

    Raises
    ------
    NotAProof
        if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotAProof(f"{value!r} is not a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotAProof(f"{value!r} is neither true nor false")
    return value
