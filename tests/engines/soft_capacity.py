"""Tiny assignments with soft capacities, solved by HiGHS and by trying every plan.

Run as a program it prints HiGHS's version and which of its "optima" are wrong: some, with the
version that :data:`realloc.engines.lp.BANNED` names. It needs numpy and highspy and nothing else.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from typing import Any

import highspy
import numpy as np


def draw(seed: int) -> tuple[Any, Any, Any, Any, int]:
    """Return effort and cost (items, owners), capacity and opening cost (owners), a price."""
    rng = np.random.default_rng(seed)
    items, owners = rng.integers(3, 6), rng.integers(2, 4)
    effort, cost = rng.integers(1, 20, (items, owners)), rng.integers(0, 30, (items, owners))
    return (
        effort,
        cost,
        rng.integers(0, 30, owners),
        rng.integers(0, 30, owners),
        int(rng.integers(1, 6)),
    )


def least(effort: Any, cost: Any, capacity: Any, opening: Any, price: int) -> int:
    """Return the least cost over all plans."""
    items, owners = effort.shape
    plans = np.array(list(product(range(owners), repeat=items)))
    total = cost[np.arange(items), plans].sum(axis=1)
    for owner in range(owners):
        mine = plans == owner
        load = (mine * effort[:, owner]).sum(axis=1)
        total += opening[owner] * mine.any(axis=1) + price * np.maximum(0, load - capacity[owner])
    return int(total.min())


def by_highs(effort: Any, cost: Any, capacity: Any, opening: Any, price: int) -> float:
    """Return what HiGHS calls the optimum; infinity if it calls nothing so."""
    items, owners = effort.shape
    count = items * owners
    inf = highspy.kHighsInf
    model = highspy.HighsLp()
    model.num_col_, rows = count + 2 * owners, []
    model.col_cost_ = np.concatenate([cost.ravel(), opening, np.full(owners, price)]).astype(float)
    model.col_lower_ = np.zeros(model.num_col_)
    model.col_upper_ = np.concatenate([np.ones(count + owners), np.full(owners, inf)])
    for i in range(items):
        rows.append((1.0, 1.0, [(i * owners + o, 1) for o in range(owners)]))
    for o in range(owners):
        load = [(i * owners + o, effort[i, o]) for i in range(items)]
        rows.append((-inf, float(capacity[o]), [*load, (count + owners + o, -1)]))
    for i, o in product(range(items), range(owners)):
        rows.append((-inf, 0.0, [(i * owners + o, 1), (count + o, -1)]))
    model.num_row_ = len(rows)
    model.row_lower_ = np.array([low for low, _, _ in rows])
    model.row_upper_ = np.array([high for _, high, _ in rows])
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.num_col_, matrix.num_row_ = model.num_col_, model.num_row_
    matrix.start_ = np.cumsum([0, *(len(e) for _, _, e in rows)]).astype(np.int32)
    matrix.index_ = np.array([j for _, _, e in rows for j, _ in e], np.int32)
    matrix.value_ = np.array([v for _, _, e in rows for _, v in e], float)
    whole, part = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    model.integrality_ = [whole] * (count + owners) + [part] * owners
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(model)
    solver.run()
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return solver.getInfo().objective_function_value if optimal else float("inf")


def wrong(count: int) -> list[int]:
    """Return the seeds on which HiGHS errs."""
    cases = [draw(seed) for seed in range(count)]
    return [k for k, case in enumerate(cases) if abs(by_highs(*case) - least(*case)) > 1e-3]


if __name__ == "__main__":
    print(json.dumps({"version": highspy.Highs().version(), "wrong": wrong(int(sys.argv[1]))}))
