"""Proofs of a bound as data: prices in whole numbers, on paper and in memory.

What they prove is worked out by :mod:`realloc.certificate`; engines only hand them over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from realloc.program import Ints


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
    low: Leaf | Branch
    high: Leaf | Branch


@dataclass(frozen=True, eq=False)
class Rounding:
    """A cut by rounding: rows added up with whole multipliers, divided and rounded.

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
class Packing:
    """A cut by counting: Σ value × column ≤ most, as whatever breaks it is heavier than the rows.

    Attributes
    ----------
    row, times
        rows (of the program, then of earlier cuts) and multipliers of the weights.
    column, value, most
        the inequality.
    """

    row: Ints
    times: tuple[int, ...]
    column: Ints
    value: tuple[int, ...]
    most: int


Cut = Rounding | Packing


@dataclass(frozen=True, eq=False)
class Strengthened:
    """A proof whose prices may be on cuts, too: cut k is row number rows + k."""

    cuts: tuple[Cut, ...]
    tree: Leaf | Branch


Proof = Leaf | Branch | Strengthened


class NotAProof(ValueError):
    """A proof is malformed: a row or column that does not exist, or a price that is no number."""


def to_json(proof: Proof) -> dict[str, Any]:
    """Return a proof as plain data."""
    if isinstance(proof, Strengthened):
        return {"cuts": [_cut_to_json(cut) for cut in proof.cuts], "tree": to_json(proof.tree)}
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
        if "cuts" in data:
            return Strengthened(
                tuple(_cut_from_json(cut) for cut in data["cuts"]), _tree_from_json(data["tree"])
            )
        return _tree_from_json(data)
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise NotAProof(str(error)) from error


def _tree_from_json(data: Any) -> Leaf | Branch:
    if "column" in data:
        low, high = _tree_from_json(data["low"]), _tree_from_json(data["high"])
        return Branch(_whole(data["column"]), _whole(data["at"]), low, high)
    return Leaf(_whole(data["scale"]), _wholes(data["row"]), tuple(map(_whole, data["price"])),
                _flag(data["closes"]))  # fmt: skip


def _cut_to_json(cut: Cut) -> dict[str, Any]:
    rows = {"row": cut.row.tolist(), "times": list(cut.times)}
    if isinstance(cut, Rounding):
        return {**rows, "divisor": cut.divisor, "flipped": cut.flipped.tolist(),
                "shrink": cut.shrink}  # fmt: skip
    return {**rows, "column": cut.column.tolist(), "value": list(cut.value), "most": cut.most}


def _cut_from_json(data: Any) -> Cut:
    row, times = _wholes(data["row"]), tuple(map(_whole, data["times"]))
    if "divisor" in data:
        return Rounding(row, times, _whole(data["divisor"]), _wholes(data["flipped"]),
                        _whole(data["shrink"]))  # fmt: skip
    value = tuple(map(_whole, data["value"]))
    return Packing(row, times, _wholes(data["column"]), value, _whole(data["most"]))


def _wholes(values: Any) -> Ints:
    return np.array([_whole(v) for v in values], dtype=np.int64)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotAProof(f"{value!r} is not a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotAProof(f"{value!r} is neither true nor false")
    return value
