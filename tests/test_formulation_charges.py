"""Charges come to the same whatever way they are summed up."""

from __future__ import annotations

import numpy as np
import pytest

from realloc.formulation import charges
from realloc.formulation.charges import Charges
from realloc.instance import Ints
from realloc.sparse import Csr


def dense(csr: Csr, columns: int) -> Ints:
    """Write sparse rows out."""
    out = np.zeros((csr.rows, columns), np.int64)
    out[csr.row_of(), csr.index] = csr.value
    return out


def spread(minutes: int, first: int, length: int) -> list[int]:
    """Spread minutes over a window month by month, the odd ones in its first months."""
    months = [0] * 12
    for k in range(length):
        months[(first + k) % 12] = minutes // length + (k < minutes % length)
    return months


@pytest.mark.parametrize("seed", range(60))
def test_charges_are_spread_one_by_one(seed: int, monkeypatch: pytest.MonkeyPatch):
    """Years, months and busy months of rows and pools are those of a loop over the charges."""
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(charges, "_CHUNK", int(rng.choice([1, 2, 5, 1000])))
    rows, pools = int(rng.integers(1, 7)), int(rng.integers(1, 5))
    year_of = np.where(rng.random(pools) < 0.7, 3 + np.arange(pools), -1)
    month_of = np.where(rng.random((pools, 12)) < 0.6, np.arange(12 * pools).reshape(-1, 12), -1)
    year = np.zeros((rows, 3 + pools), np.int64)
    month = np.zeros((rows, 12 * pools), np.int64)
    busy = np.zeros((pools, 12), dtype=bool)
    gathered = Charges(pools)
    for _ in range(int(rng.integers(0, 4))):
        n = int(rng.integers(0, 9))
        row, pool = np.sort(rng.integers(0, rows, n)), rng.integers(0, pools, n)
        minutes = rng.integers(1, 40, n)
        window = np.stack([rng.integers(0, 12, n), rng.choice([1, 5, 12, 12], n)], axis=1)
        gathered.add(row, pool, minutes, window)
        for r, p, m, (first, length) in zip(
            row.tolist(), pool.tolist(), minutes.tolist(), window.tolist(), strict=True
        ):
            if year_of[p] >= 0:
                year[r, year_of[p]] += m
            for k, part in enumerate(spread(m, first, length)):
                busy[p, k] |= length < 12 and (k - first) % 12 < length
                if month_of[p, k] >= 0:
                    month[r, month_of[p, k]] += part
    assert (gathered.busy() == busy).all()
    assert (dense(gathered.year(rows, year_of), 3 + pools) == year).all()
    found = gathered.months(rows, month_of)
    assert (dense(found, 12 * pools) == month).all()
    assert (found.value != 0).all()
    same_row = np.diff(found.row_of()) == 0
    assert (np.diff(found.index)[same_row] > 0).all()
