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


Proof = Leaf | Branch


class NotAProof(ValueError):
    """A proof is malformed: a row or column that does not exist, or a price that is no number."""


def to_json(proof: Proof) -> dict[str, Any]:
    """Return a proof as plain data."""
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
        if "column" in data:
            low, high = from_json(data["low"]), from_json(data["high"])
            return Branch(_whole(data["column"]), _whole(data["at"]), low, high)
        row = np.array([_whole(i) for i in data["row"]], dtype=np.int64)
        price = tuple(_whole(y) for y in data["price"])
        return Leaf(_whole(data["scale"]), row, price, _flag(data["closes"]))
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise NotAProof(str(error)) from error


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotAProof(f"{value!r} is not a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotAProof(f"{value!r} is neither true nor false")
    return value
