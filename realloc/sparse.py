"""Sparse matrices of whole numbers by rows; sums and transposes are SciPy's.

Rows are taken without it: walks measure plans thousands of times, and its objects take longer to
make than small matrices take to work out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Csr:
    """Sparse rows: row i holds ``index[start[i]:start[i+1]]`` with ``value`` beside it.

    Rows ascend by index and hold no zero. How many columns there are is not said: whoever uses
    the rows knows.
    """

    start: Ints
    index: Ints
    value: Ints

    @staticmethod
    def of(rows: int, row: Ints, index: Ints, value: Ints) -> Csr:
        """Build from triples; equal (row, index) pairs are added up, zeros are dropped."""
        shape = (rows, 1 + int(index.max(initial=0)))
        return _own(coo_array((value.astype(np.int64), (row, index)), shape).tocsr())

    @staticmethod
    def empty(rows: int) -> Csr:
        """Build `rows` rows without entries."""
        none = np.zeros(0, dtype=np.int64)
        return Csr(np.zeros(rows + 1, dtype=np.int64), none, none)

    def plus(self, other: Csr) -> Csr:
        """Return the sum with a matrix of as many rows."""
        if not len(self.index) or not len(other.index):
            return self if len(self.index) else other
        columns = 1 + int(max(self.index.max(initial=0), other.index.max(initial=0)))
        return _own(self._scipy(columns) + other._scipy(columns))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.start) - 1

    def row_of(self) -> Ints:
        """Row of every entry."""
        return np.repeat(np.arange(self.rows, dtype=np.int64), np.diff(self.start))

    def take(self, rows: Ints) -> Csr:
        """Return the chosen rows, in the order given."""
        first = self.start[rows]
        sizes = self.start[rows + 1] - first
        entry = ranges(first, sizes)
        start = np.concatenate([[0], np.cumsum(sizes)])
        return Csr(start, self.index[entry], self.value[entry])

    def total(self, rows: Ints, columns: int) -> Ints:
        """Return the sum of the chosen rows: what they use of each column."""
        taken = self.take(rows)
        total = np.zeros(columns, dtype=np.int64)
        np.add.at(total, taken.index, taken.value)
        return total

    def transpose(self, columns: int) -> Csr:
        """Return the rows as columns."""
        return _own(self._scipy(columns).T.tocsr())

    def _scipy(self, columns: int) -> csr_array:
        return csr_array((self.value, self.index, self.start), (self.rows, columns))


def ranges(first: Ints, sizes: Ints) -> Ints:
    """Return ranges of whole numbers, one after another: ``sizes[k]`` from ``first[k]`` on."""
    before = np.cumsum(sizes) - sizes
    return np.arange(sizes.sum()) + np.repeat(first - before, sizes)


def distinct(keys: Ints) -> Ints:
    """Return the distinct values of whole numbers, ascending.

    As :func:`numpy.unique`, which hashes: on keys of pairs that took forty times as long.
    """
    keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys


def _own(matrix: csr_array) -> Csr:
    """Return a matrix of SciPy's, which may have narrowed its positions."""
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    parts = (matrix.indptr, matrix.indices, matrix.data)
    return Csr(*(part.astype(np.int64, copy=False) for part in parts))
