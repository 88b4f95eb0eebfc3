"""Sparse matrices do what dense ones do."""

from __future__ import annotations

import numpy as np
import pytest

from realloc.sparse import Csr, Ints, ranges


@pytest.mark.parametrize("seed", range(10))
def test_sparse_rows_are_dense_rows(seed: int):
    """Building, taking rows, adding them up and turning agree with plain matrices."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(0, 30))
    row, index = rng.integers(0, 6, count), rng.integers(0, 5, count)
    value = rng.integers(-3, 4, count)
    dense = np.zeros((6, 5), np.int64)
    np.add.at(dense, (row, index), value)
    csr = Csr.of(6, row, index, value)
    assert (csr.value != 0).all()

    def full(c: Csr, columns: int) -> Ints:
        out = np.zeros((c.rows, columns), np.int64)
        np.add.at(out, (c.row_of(), c.index), c.value)
        return out

    taken = rng.integers(0, 6, 4)
    assert (full(csr, 5) == dense).all()
    assert (full(csr.take(taken), 5) == dense[taken]).all()
    assert (full(csr.transpose(5), 6) == dense.T).all()
    assert (csr.total(taken, 5) == dense[taken].sum(axis=0)).all()
    assert full(Csr.empty(3), 5).sum() == 0


@pytest.mark.parametrize("seed", range(40))
def test_matrices_are_added_row_by_row(seed: int):
    """A sum of matrices is that of their dense forms."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(1, 12))
    dense = rng.integers(-2, 3, (2, rows, 5)) * (rng.random((2, rows, 5)) < rng.random())
    dense *= rng.random((2, rows, 1)) < 0.7  # some rows are empty, in front and at the end too

    def sparse(d: Ints) -> Csr:
        row, index = np.nonzero(d)
        return Csr.of(rows, row, index, d[row, index])

    a, b = (sparse(d) for d in dense)
    found, wanted = a.plus(b), dense.sum(axis=0)
    right = sparse(wanted)
    assert (found.start == right.start).all()
    assert (found.index == right.index).all()
    assert (found.value == right.value).all()


def test_ranges_follow_one_another():
    """Each range begins where it is told to and has its size; of size 0 there is none."""
    first, sizes = np.array([5, 0, 2]), np.array([2, 0, 3])
    assert ranges(first, sizes).tolist() == [5, 6, 2, 3, 4]
    assert ranges(first[:0], sizes[:0]).tolist() == []
