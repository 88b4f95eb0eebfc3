"""CP-SAT: the program as whole numbers throughout, watched, and stopped from outside.

It has no prices, so its claim carries no proof: its bound is a claim. It stops at its time limit
late or never now and then, and minds its memory limit little, so a thread of ours tells it to stop.

References
----------
Perron, L., Didier, F. and Gay, S. (2023). The CP-SAT-LP solver. 29th International Conference on
Principles and Practice of Constraint Programming, LIPIcs 280, 3:1-3:2.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from realloc.engines import Claim, EngineError, Run, Status, look_up
from realloc.engines.claims import Track, settle, unsearched
from realloc.engines.memory import memory_in_use, memory_limit
from realloc.linear import Linear, columns_of, linear, point_of
from realloc.program import UNLIMITED, Point, Program

#: CpSolverStatus -> (claim with a solution, claim without one).
STATUS: dict[str, tuple[Status, Status]] = {
    "OPTIMAL": (Status.OPTIMAL_CLAIMED, Status.BAD_OUTPUT),
    "FEASIBLE": (Status.FEASIBLE_LIMIT, Status.BAD_OUTPUT),
    "INFEASIBLE": (Status.BAD_OUTPUT, Status.INFEASIBLE_CLAIMED),
    "MODEL_INVALID": (Status.MODEL_ERROR, Status.MODEL_ERROR),
    "UNKNOWN": (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT),
}

#: Sums of coefficients times bounds stay below this, or CP-SAT calls the model invalid.
WIDEST = 1 << 62

#: Seconds between looks at the cancel token, the clock and the memory.
_PULSE = 0.02


def solve(program: Program, run: Run) -> Claim:
    """Solve a program with CP-SAT.

    Raises
    ------
    ImportError
        if OR-Tools is missing.
    EngineError
        if sums could leave 64 bits, or CP-SAT ends in a way that is not known.
    """
    cp = module()
    at_once = unsearched(program, run, solver=_name())
    if at_once is not None:
        return at_once
    lp = linear(program)
    _check_width(lp)
    try:
        model, columns = _model(cp, lp, run)
        if model is None:
            return _settle(program, run, *_stopped(run, "limit before the search"))
        if run.start is not None:
            _hint(model, columns, program, lp, run.start)
        return _search(cp, model, program, lp, run)
    except MemoryError:
        return _settle(program, run, Status.OOM_KILLED, None, note="out of memory")


def module() -> Any:
    """Return OR-Tools' CP-SAT.

    Raises
    ------
    ImportError
        if it is not installed.
    """
    from ortools.sat.python import cp_model

    return cp_model


#: What a CP-SAT status claims: ``claim_of(name, has_solution=...)``.
claim_of = partial(look_up, "CP-SAT", STATUS)


# -- the model -------------------------------------------------------------------------------------


def _check_width(lp: Linear) -> None:
    """Refuse a program of which a row or the objective could leave 64 bits.

    Raises
    ------
    EngineError
        if one could.
    """
    size = np.abs(lp.matrix.value).astype(float) * lp.upper[lp.matrix.index]
    sums = np.bincount(lp.matrix.row_of(), size, minlength=lp.rows)
    total = float((np.abs(lp.cost).astype(float) * lp.upper).sum())
    widest = max(float(sums.max(initial=0.0)), total)
    if widest >= WIDEST:
        raise EngineError(f"CP-SAT holds sums below 2^62 only; here one may reach {widest:.3g}")


def _model(cp: Any, lp: Linear, run: Run) -> tuple[Any, list[Any]]:
    """Return the model and its columns; no model if the run ended meanwhile."""
    model = cp.CpModel()
    columns = [
        model.new_int_var(low, high, "")
        for low, high in zip(lp.lower.tolist(), lp.upper.tolist(), strict=True)
    ]
    items = len(lp.item) - 1
    start, index = lp.matrix.start.tolist(), lp.matrix.index.tolist()
    value = lp.matrix.value.tolist()
    low = np.where(lp.row_lower <= -UNLIMITED, cp.INT_MIN, lp.row_lower).tolist()
    high = np.where(lp.row_upper >= UNLIMITED, cp.INT_MAX, lp.row_upper).tolist()
    for i in range(lp.rows):
        if i % 1000 == 0 and run.left() <= 0:
            return None, columns
        here = slice(start[i], start[i + 1])
        held = [columns[j] for j in index[here]]
        if i < items:
            model.add_exactly_one(held)
        elif low[i] != cp.INT_MIN or high[i] != cp.INT_MAX:
            row = cp.LinearExpr.weighted_sum(held, value[here])
            model.add_linear_constraint(row, low[i], high[i])
    # the constant stays outside: CP-SAT keeps it as a floating point offset
    model.minimize(cp.LinearExpr.weighted_sum(columns, lp.cost.tolist()))
    return model, columns


def _hint(model: Any, columns: list[Any], program: Program, lp: Linear, start: Point) -> None:
    # a start that is not feasible may leave the bounds
    values = np.minimum(columns_of(program, lp, start), lp.upper).tolist()
    for column, value in zip(columns, values, strict=True):
        model.add_hint(column, value)


# -- the search ------------------------------------------------------------------------------------


def _search(cp: Any, model: Any, program: Program, lp: Linear, run: Run) -> Claim:
    track = Track(run)
    track.tell_start(program)

    class Listener(cp.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            value = round(self.objective_value) + lp.constant
            track.tell("solution", value=value, bound=self.best_objective_bound + lp.constant)

    solver = cp.CpSolver()
    solver.best_bound_callback = lambda bound: track.tell("bound", bound=bound + lp.constant)
    limit = memory_limit()
    parameters = solver.parameters
    if run.effort is None:
        parameters.max_time_in_seconds = max(0.01, run.left())
    else:
        parameters.max_deterministic_time = max(0.01, run.left())
    parameters.relative_gap_limit = run.gap
    parameters.absolute_gap_limit = 0.0
    parameters.num_workers = max(1, run.threads)
    parameters.random_seed = run.seed % (2**31 - 1)
    if limit is not None:
        parameters.max_memory_in_mb = max(1, limit >> 20)
    with _watch(solver, run, track, limit) as stopped:
        status = solver.solve(model, Listener())
    track.settle()
    response = solver.response_proto
    run.did(response.deterministic_time)
    values = np.array(list(response.solution), dtype=np.int64)
    has = len(values) == lp.columns
    claimed = claim_of(status.name, has_solution=has)
    note = status.name
    if claimed in (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT):
        note = f"{note}: {stopped[0]}" if stopped else note
        if run.cancel.is_set():
            claimed = Status.INTERRUPTED
    elif claimed is Status.MODEL_ERROR:
        note = f"{note}: {model.validate()}"
    bound = None
    if claimed in (Status.OPTIMAL_CLAIMED, Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT,
                   Status.INTERRUPTED):  # fmt: skip
        bound = int(response.inner_objective_lower_bound) + lp.constant
        bound = max(bound, track.bound) if track.bound is not None else bound
    point = point_of(program, lp, values.astype(np.float64)) if has else None
    return _settle(program, run, claimed, point, bound=bound, note=note)


@contextmanager
def _watch(solver: Any, run: Run, track: Track, limit: int | None) -> Iterator[list[str]]:
    """Stop the search on cancel, overrun, want of memory or a failing listener; say which."""
    done = threading.Event()
    stopped: list[str] = []

    def reason() -> str:
        if run.cancel.is_set():
            return "cancel"
        if track.failure is not None:
            return "listener"
        if run.left() <= 0:
            return "time"
        in_use = memory_in_use() if limit is not None else None
        return "memory" if in_use is not None and limit is not None and in_use > limit else ""

    def look() -> None:
        while not done.wait(_PULSE):
            why = reason()
            if why:
                stopped[:] = stopped or [why]
                # again and again: a stop before the search has begun is forgotten
                solver.stop_search()

    thread = threading.Thread(target=look, name="cpsat-watch", daemon=True)
    thread.start()
    try:
        yield stopped
    finally:
        done.set()
        thread.join()


def _stopped(run: Run, note: str) -> tuple[Status, None, float | None, str]:
    ended = Status.INTERRUPTED if run.cancel.is_set() else Status.NO_SOLUTION_LIMIT
    return ended, None, None, note


def _settle(
    program: Program,
    run: Run,
    status: Status,
    point: Point | None,
    bound: float | None = None,
    note: str = "",
) -> Claim:
    return settle(program, run, status, point, bound=bound, solver=_name(), note=note)


def _name() -> str:
    from importlib.metadata import version

    return f"CP-SAT {version('ortools')}"
