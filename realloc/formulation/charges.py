"""Minutes put on staff pools, and what they become: use of whole years and of months."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from realloc.instance import Flags, Ints
from realloc.sparse import Csr

_Small = NDArray[np.int8]
_MONTHS = np.arange(12)

#: (first month, length, month) 1 where a window covers a month, else 0.
_COVERS = (
    (_MONTHS - _MONTHS[:, None, None]) % 12 < np.arange(13)[:, None]
).astype(np.int64)  # fmt: skip

#: So many groups are spread over months at a time: what a processor keeps close by.
_CHUNK = 1 << 12


def busiest_months(pools: int, windows: Ints) -> Flags:
    """Return which months of a pool can be its busiest, shape (pools, 12).

    A month is left out where another holds at least as much whatever is charged: each window that
    covers it covers the other too, and not later, so that odd minutes reach it first. Of months
    that never differ the first stays.

    Parameters
    ----------
    windows
        (windows, 3) pool, first month and number of months of all that may be charged.
    """
    pool, first, length = windows.T[:, :, None]
    place = (_MONTHS - first) % 12
    place = np.where(place < length, place, 12)
    never_less = np.ones((pools, 12, 12), dtype=bool)
    np.logical_and.at(never_less, pool[:, 0], place[:, :, None] <= place[:, None, :])
    ahead = _MONTHS[:, None] < _MONTHS
    left_out = never_less & (ahead | ~never_less.transpose(0, 2, 1))
    return np.logical_not(np.any(left_out, axis=1))


@dataclass(frozen=True, eq=False)
class _Entries:
    """All charges in order of (row, pool), and the groups of those that agree in both.

    Attributes
    ----------
    minutes, first, length
        per charge: its minutes, and first month and number of months of its window.
    group
        (groups + 1,) charges of group g are ``group[g]:group[g + 1]``.
    row, pool
        per group.
    """

    minutes: Ints
    first: _Small
    length: _Small
    group: Ints
    row: Ints
    pool: Ints

    def total(self, amount: Ints) -> Ints:
        """Return the sum of amounts per charge, which are its rows, over each group."""
        if len(self.row) == len(amount):
            return amount
        return np.add.reduceat(amount, self.group[:-1], axis=0) if len(amount) else amount

    def of_pools(self, some: Flags) -> _Entries:
        """Return the charges of these pools only; `some` has a flag for every pool."""
        kept = some[self.pool]
        if kept.all():
            return self
        size = np.diff(self.group)
        charges = np.repeat(kept, size)
        group = np.concatenate([[0], np.cumsum(size[kept])])
        return _Entries(
            self.minutes[charges], self.first[charges], self.length[charges], group,
            self.row[kept], self.pool[kept],
        )  # fmt: skip

    def part(self, begin: int, end: int) -> _Entries:
        """Return the groups from `begin` to before `end`."""
        group = self.group[begin : end + 1]
        charges = slice(int(group[0]), int(group[-1]))
        return _Entries(
            self.minutes[charges], self.first[charges], self.length[charges], group - group[0],
            self.row[begin:end], self.pool[begin:end],
        )  # fmt: skip

    def months(self) -> Ints:
        """Return the minutes of every group in each month, shape (groups, 12)."""
        share, odd = np.divmod(self.minutes, self.length)
        amount = _COVERS[self.first, self.length]
        amount *= share[:, None]
        amount += _COVERS[self.first, odd]
        return self.total(amount)


class Charges:
    """Charges of one kind of row, gathered one after another.

    Each is spread over its window by itself: the odd minutes of several do not add up, so charges
    of one row, pool and window stay apart until they have become months.

    Parameters
    ----------
    pools
        number of pools.
    """

    def __init__(self, pools: int) -> None:
        self._pools = pools
        self._given: list[tuple[Ints, Ints, Ints, Ints]] = []

    def add(self, row: Ints, pool: Ints, minutes: Ints, window: Ints) -> None:
        """Put minutes of rows on pools, in windows of shape (charges, 2)."""
        assert "_entries" not in vars(self), "the charges are summed up already"
        self._given.append((row, pool, minutes, window))

    @cached_property
    def _entries(self) -> _Entries:
        """What was given, put in order once."""
        none = np.zeros(0, np.int64)
        # runs in order of row follow one another: a stable sort merges them
        key = np.concatenate([none, *(row * self._pools + pool for row, pool, *_ in self._given)])
        order = np.argsort(key, kind="stable")
        key = key[order]
        new = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else none
        windows = [window.astype(np.int8) for *_, window in self._given]
        window = np.concatenate([np.zeros((0, 2), np.int8), *windows])
        return _Entries(
            minutes=np.concatenate([none, *(minutes for *_, minutes, _ in self._given)])[order],
            first=window[order, 0],
            length=window[order, 1],
            group=np.append(new, len(key)),
            row=key[new] // max(1, self._pools),
            pool=key[new] % max(1, self._pools),
        )

    def windows(self) -> Ints:
        """Return the distinct (pool, first month, number of months) of charges, shape (k, 3)."""
        there = np.zeros((self._pools, 12, 13), dtype=bool)
        for _, pool, _, window in self._given:
            there[pool, window[:, 0], window[:, 1]] = True
        return np.argwhere(there)

    def year(self, rows: int, resource: Ints) -> Csr:
        """Return what `rows` rows use of a resource for each pool, -1 for none.

        Resources ascend with pools.
        """
        entries = self._entries.of_pools(resource >= 0)
        minutes = entries.total(entries.minutes)
        return Csr(_starts(entries.row, rows), resource[entries.pool], minutes)

    def months(self, rows: int, resource: Ints) -> Csr:
        """Return what `rows` rows use of resources for months of pools, (pools, 12), -1 for none.

        Resources ascend with pools and, of one pool, with months.
        """
        wanted = resource >= 0
        entries = self._entries.of_pools(np.any(wanted, axis=1))
        most = int(np.count_nonzero(wanted, axis=1)[entries.pool].sum())
        index, value = np.empty(most, np.int64), np.empty(most, np.int64)
        size = np.zeros(len(entries.row), np.int64)
        end = 0
        for begin in range(0, len(entries.row), _CHUNK):
            part = entries.part(begin, begin + _CHUNK)
            amount = part.months()
            some = wanted[part.pool] & (amount != 0)
            size[begin : begin + _CHUNK] = np.count_nonzero(some, axis=1)
            at = np.flatnonzero(some)
            found = slice(end, end + len(at))
            index[found] = resource[part.pool].ravel()[at]
            value[found] = amount.ravel()[at]
            end = found.stop
        start = np.concatenate([[0], np.cumsum(size)])[_starts(entries.row, rows)]
        return Csr(start, index[:end], value[:end])


def _starts(row: Ints, rows: int) -> Ints:
    """Return where each row starts in an ascending column of rows."""
    start = np.zeros(rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=rows), out=start[1:])
    return start
