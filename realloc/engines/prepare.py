"""Compiles all that is compiled, before any clock runs: half a minute the first time."""

from __future__ import annotations

from functools import cache

import numpy as np

from realloc.engines import moves, rounding
from realloc.linear import linear
from realloc.program import Cost, Program
from realloc.sparse import Csr


@cache
def prepare() -> None:
    """Call every compiled function for nothing.

    It takes half a minute where none was kept from an earlier process (see
    :func:`realloc.engines.compiled.compiled`), else a part of a second.
    """
    program, nothing = _least(), np.zeros(0, np.int64)
    arrays = moves.arrays(program)
    state = moves.empty(program, np.zeros(0), np.zeros(0, dtype=bool))
    moves.join(arrays, state, 0)
    moves.sweep(arrays, state, nothing)
    moves.anneal(arrays, state, nothing, 0.0, 0, 1.0, 0, 1)
    moves.mend(arrays, state, nothing, 0, 1.0, 0, 1)
    moves.flip_all(arrays, state, nothing, 0.0)
    moves.clear_all(arrays, state, nothing, 0, 0.0)
    lp = linear(program)
    rows = rounding.Rows.of(lp)
    rounder = rounding.Rounder(lp, rows, np.zeros(lp.columns))
    total = rounding.tableau(rows, np.ones(lp.rows), rounder.dense)
    assert total is not None
    rounder.cut(total, np.inf)
    none = Csr.empty(0)
    rounding.apart(none.start, none.index, none.value.astype(float), 0, 0, 0.0)


def _least() -> Program:
    """Return a program of one item with one choice and nothing else."""
    none, one = np.zeros(0, np.int64), np.zeros(1, np.int64)
    rows = Csr.empty
    return Program(
        item=np.array([0, 1]), cost=Cost(one, none, none, none, none),
        use=rows(1), need=rows(1), reach=rows(1), lower=none, upper=none, under_most=none,
        over_most=none, switch_use=rows(0), round=one, round_switch=none, level_use=rows(0),
        ceiling_resource=none, ceiling_base=none, caps=(), family=(), subject=none,
        switch_family=(), switch_subject=none, round_family=(), round_subject=none,
    )  # fmt: skip
