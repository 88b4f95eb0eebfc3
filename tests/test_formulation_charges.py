"""Charges come to the same whatever way they are summed up."""

from __future__ import annotations

import numpy as np
import pytest

from realloc.formulation import charges
from realloc.formulation.charges import Charges, busiest_months
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
    """Years, months and windows of rows and pools are those of a loop over the charges."""
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(charges, "_CHUNK", int(rng.choice([1, 2, 5, 1000])))
    rows, pools = int(rng.integers(1, 7)), int(rng.integers(1, 5))
    year_of = np.where(rng.random(pools) < 0.7, 3 + np.arange(pools), -1)
    month_of = np.where(rng.random((pools, 12)) < 0.6, np.arange(12 * pools).reshape(-1, 12), -1)
    year = np.zeros((rows, 3 + pools), np.int64)
    month = np.zeros((rows, 12 * pools), np.int64)
    windows: set[tuple[int, ...]] = set()
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
            windows.add((p, first, length))
            if year_of[p] >= 0:
                year[r, year_of[p]] += m
            for k, part in enumerate(spread(m, first, length)):
                if month_of[p, k] >= 0:
                    month[r, month_of[p, k]] += part
    assert [tuple(w) for w in gathered.windows().tolist()] == sorted(windows)
    assert (dense(gathered.year(rows, year_of), 3 + pools) == year).all()
    found = gathered.months(rows, month_of)
    assert (dense(found, 12 * pools) == month).all()
    assert (found.value != 0).all()
    same_row = np.diff(found.row_of()) == 0
    assert (np.diff(found.index)[same_row] > 0).all()


@pytest.mark.parametrize("seed", range(300))
def test_months_that_are_left_out_are_never_the_busiest(seed: int):
    """Whatever is charged in the windows of a pool, its fullest month is among those kept.

    Of two that are kept neither always holds as much as the other.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 5))
    windows = np.stack([rng.integers(0, 12, n), rng.choice([1, 3, 7, 12], n)], axis=1)
    kept = busiest_months(2, np.column_stack([np.ones(n, np.int64), windows]))
    assert kept[0].tolist() == [True] + [False] * 11  # nothing is charged there
    for _ in range(20):
        charged = [
            spread(int(rng.integers(1, 20)), *w) for w in windows.tolist() if rng.random() < 0.7
        ]
        load = np.array([[0] * 12, *charged], np.int64).sum(axis=0)
        assert load.max() == load[kept[1]].max()
    odd = [spread(m, *w) for w in windows.tolist() for m in range(1, 13)]
    alone = np.array(odd, np.int64).reshape(-1, 12)[:, kept[1]]
    for a in range(alone.shape[1]):
        for b in set(range(alone.shape[1])) - {a}:
            assert (alone[:, a] > alone[:, b]).any()
