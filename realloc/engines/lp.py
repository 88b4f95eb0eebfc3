"""HiGHS on arrays: relaxations with prices, whole solves that can be watched and stopped.

Statuses are those of ``HighsModelStatus``; every one of them is mapped, and one that is not known
is an error. HiGHS keeps one thread count per process: a second one resets its scheduler first.

References
----------
Huangfu, Q. and Hall, J. A. J. (2018). Parallelizing the dual revised simplex method.
Mathematical Programming Computation 10, 119-142.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realloc.engines import EngineError, Run, Status, look_up
from realloc.linear import Linear
from realloc.program import UNLIMITED
from realloc.proof import Leaf
from realloc.sparse import Csr, Ints

Floats = NDArray[np.float64]

#: Versions that answer wrongly, and how.
BANNED = {
    "1.14.0": "reports wrong optima for programs with soft capacities (fixed in 1.15.0)",
}

#: HighsModelStatus -> (claim with a solution, claim without one).
STATUS: dict[str, tuple[Status, Status]] = {
    "kOptimal": (Status.OPTIMAL_CLAIMED, Status.BAD_OUTPUT),
    "kInfeasible": (Status.INFEASIBLE_CLAIMED, Status.INFEASIBLE_CLAIMED),
    "kUnbounded": (Status.UNBOUNDED, Status.UNBOUNDED),
    "kUnboundedOrInfeasible": (Status.INF_OR_UNBD, Status.INF_OR_UNBD),
    "kTimeLimit": (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT),
    "kIterationLimit": (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT),
    "kSolutionLimit": (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT),
    "kObjectiveBound": (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT),
    "kObjectiveTarget": (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT),
    "kMemoryLimit": (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT),
    "kInterrupt": (Status.INTERRUPTED, Status.INTERRUPTED),
    "kHighsInterrupt": (Status.INTERRUPTED, Status.INTERRUPTED),
    "kModelEmpty": (Status.EMPTY, Status.EMPTY),
    "kLoadError": (Status.MODEL_ERROR, Status.MODEL_ERROR),
    "kModelError": (Status.MODEL_ERROR, Status.MODEL_ERROR),
    "kPresolveError": (Status.MODEL_ERROR, Status.MODEL_ERROR),
    "kSolveError": (Status.MODEL_ERROR, Status.MODEL_ERROR),
    "kPostsolveError": (Status.MODEL_ERROR, Status.MODEL_ERROR),
    "kNotset": (Status.MODEL_ERROR, Status.MODEL_ERROR),
    "kUnknown": (Status.MODEL_ERROR, Status.MODEL_ERROR),
}


def module() -> Any:
    """Return highspy.

    Raises
    ------
    ImportError
        if it is not installed or is a version that answers wrongly.
    """
    import highspy

    version = installed_version()
    if version in BANNED:
        raise ImportError(f"highspy {version} {BANNED[version]}; install highspy 1.15.1 or later")
    return highspy


@cache
def installed_version() -> str:
    """Return the version of the installed highspy, without starting it."""
    from importlib.metadata import version

    return version("highspy")


#: Seconds of work (see :class:`realloc.engines.Effort`) of a model and of a solve, per entry; of a
#: step of the simplex method and of a call by which a search asks whether to stop, with a part per
#: entry.
_LOAD, _SOLVE = 1e-7, 1e-8
_STEP, _STEP_ENTRY = 1.5e-5, 6e-10
_CALL, _CALL_ENTRY = 1e-3, 8e-8

#: What a HiGHS status claims: ``claim_of(name, has_solution=...)``.
claim_of = partial(look_up, "HiGHS", STATUS)


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a solve ended: claim, column values (None without), row prices (relaxations), bound."""

    status: Status
    values: Floats | None
    price: Floats | None
    reduced: Floats | None
    objective: float
    bound: float
    note: str


def solve(
    lp: Linear,
    run: Run,
    *,
    seconds: float,
    whole: bool,
    start: Floats | None = None,
    gap: float = 0.0,
    on_solution: Callable[[Floats], None] | None = None,
    on_bound: Callable[[float], None] | None = None,
    over: Callable[[], bool] = lambda: False,
    options: dict[str, Any] | None = None,
) -> Outcome:
    """Solve a program in linear form, or its relaxation.

    Parameters
    ----------
    lp
        the program.
    run
        threads, seed, the cancel token, and what its seconds are.
    seconds
        limit of this solve.
    whole
        False for the relaxation (which has prices).
    start
        values of all columns to start from.
    gap
        relative gap at which it may stop.
    on_solution
        called with the column values of every improving solution; what it raises ends the solve
        and is raised here.
    on_bound
        likewise, called often with the bound of a whole solve.
    over
        asked as often; a whole solve ends once it says so.

    Raises
    ------
    EngineError
        if HiGHS refuses the model or an option.
    """
    hp = module()
    began = run.elapsed()
    h = _silent(hp)
    _set_threads(hp, h, run.threads)
    settings: dict[str, Any] = {
        "random_seed": run.seed % (2**31 - 1),
        "mip_rel_gap": gap,
        "mip_abs_gap": 0.5,
        "mip_feasibility_tolerance": 1e-7,
        **(options or {}),
    }
    for name, value in settings.items():
        if h.setOptionValue(name, value) == hp.HighsStatus.kError:
            raise EngineError(f"HiGHS refuses option {name}={value!r}")
    if h.passModel(_model(hp, lp, whole)) == hp.HighsStatus.kError:
        raise EngineError("HiGHS refuses the model")
    if start is not None:
        solution = hp.HighsSolution()
        solution.col_value = start.tolist()
        h.setSolution(solution)
    run.did(_LOAD * len(lp.matrix.index))
    if whole:
        spent = _until(h, lp, run, seconds)
        failed = _watch_search(h, run, lambda: spent() or over(), on_solution, on_bound)
        ended = h.run()
        if failed:
            raise failed[0]
    else:
        _watch(h, run)
        ended = _step(h, run, seconds)
    if ended == hp.HighsStatus.kError and h.getModelStatus() == hp.HighsModelStatus.kNotset:
        raise EngineError("HiGHS ended without a status")
    outcome = _outcome(hp, h, whole)
    if outcome.status is Status.INTERRUPTED and not run.cancel.is_set():
        has = outcome.values is not None
        status = claim_of("kTimeLimit", has_solution=has)
        outcome = replace(outcome, status=status, note="limit")
    if start is not None and whole and _stale(lp, outcome):
        # presolved to nothing, HiGHS claims an optimum and hands back the start beside it
        left = max(0.05, seconds - (run.elapsed() - began))
        return solve(lp, run, seconds=left, whole=True, gap=gap, on_solution=on_solution,
                     on_bound=on_bound, over=over, options=options)  # fmt: skip
    return outcome


def _silent(hp: Any) -> Any:
    """Return a HiGHS that prints nothing, not even its banner, which comes before any option."""

    class Silent(hp.Highs):
        def enableCallbacks(self) -> None:
            self.silent()
            super().enableCallbacks()

    return Silent()


def _step(h: Any, run: Run, seconds: float) -> Any:
    """Solve a relaxation from the basis that it has, within seconds of the run's own clock."""
    if run.effort is None:
        h.setOptionValue("time_limit", h.getRunTime() + max(0.01, seconds))
        return h.run()
    price = _STEP + _STEP_ENTRY * h.getNumNz()
    most = h.getOptionValue("simplex_iteration_limit")[1]
    h.setOptionValue("simplex_iteration_limit", int(min(most, 1 + max(0.0, seconds) / price)))
    ended = h.run()
    h.setOptionValue("simplex_iteration_limit", most)
    steps = max(0, h.getInfo().simplex_iteration_count)
    run.did(_SOLVE * h.getNumNz() + price * (1 + steps))
    return ended


def _until(h: Any, lp: Linear, run: Run, seconds: float) -> Callable[[], bool]:
    """Limit a whole solve; return whether to stop, which it asks at the same places in every run.

    HiGHS counts no steps while it searches, so the calls themselves are counted as work.
    """
    if run.effort is None:
        h.setOptionValue("time_limit", max(0.01, seconds))
        return lambda: False
    price = _CALL + _CALL_ENTRY * len(lp.matrix.index)
    end = run.elapsed() + seconds

    def spent() -> bool:
        run.did(price)
        return run.elapsed() > end

    return spent


def _stale(lp: Linear, outcome: Outcome) -> bool:
    """Whether an optimum is claimed that the values handed back do not have."""
    if outcome.status is not Status.OPTIMAL_CLAIMED or outcome.values is None:
        return False
    cost = float(lp.cost @ outcome.values) + lp.constant
    return cost > outcome.objective + 0.5 + 1e-9 * abs(outcome.objective)


def _outcome(hp: Any, h: Any, whole: bool) -> Outcome:
    info = h.getInfo()
    name = h.getModelStatus().name
    has = info.primal_solution_status == hp.SolutionStatus.kSolutionStatusFeasible
    solution = h.getSolution()
    priced = not whole and bool(solution.dual_valid)
    return Outcome(
        status=claim_of(name, has_solution=has),
        values=np.array(solution.col_value) if has else None,
        price=np.array(solution.row_dual) if priced else None,
        reduced=np.array(solution.col_dual) if priced else None,
        objective=info.objective_function_value,
        bound=info.mip_dual_bound if whole else info.objective_function_value,
        note=name,
    )


#: HiGHS's pool of threads is one per thread that calls it, and stays as large as it was at first.
_pool = threading.local()


def _set_threads(hp: Any, h: Any, threads: int) -> None:
    h.setOptionValue("threads", threads)
    if getattr(_pool, "size", threads) != threads:
        hp.Highs.resetGlobalScheduler(True)
    _pool.size = threads


def _model(hp: Any, lp: Linear, whole: bool) -> Any:
    inf = hp.kHighsInf
    model = hp.HighsLp()
    model.num_col_, model.num_row_ = lp.columns, lp.rows
    model.col_cost_ = lp.cost.astype(np.float64)
    model.offset_ = float(lp.constant)
    model.col_lower_ = lp.lower.astype(np.float64)
    model.col_upper_ = np.where(lp.upper >= UNLIMITED, inf, lp.upper.astype(np.float64))
    model.row_lower_ = np.where(lp.row_lower <= -UNLIMITED, -inf, lp.row_lower.astype(np.float64))
    model.row_upper_ = np.where(lp.row_upper >= UNLIMITED, inf, lp.row_upper.astype(np.float64))
    model.a_matrix_.format_ = hp.MatrixFormat.kRowwise
    model.a_matrix_.num_col_, model.a_matrix_.num_row_ = lp.columns, lp.rows
    model.a_matrix_.start_ = lp.matrix.start.astype(np.int32)
    model.a_matrix_.index_ = lp.matrix.index.astype(np.int32)
    model.a_matrix_.value_ = lp.matrix.value.astype(np.float64)
    if whole:
        kinds = (hp.HighsVarType.kContinuous, hp.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(w)] for w in lp.integer]
    return model


def _watch(h: Any, run: Run) -> None:
    """Stop a relaxation on cancel."""

    def stop(event: Any) -> None:
        if run.cancel.is_set():
            event.interrupt()

    for callback in (h.cbSimplexInterrupt, h.cbIpmInterrupt):
        callback.subscribe(stop)


def _watch_search(
    h: Any,
    run: Run,
    over: Callable[[], bool],
    on_solution: Callable[[Floats], None] | None,
    on_bound: Callable[[float], None] | None,
) -> list[BaseException]:
    """Stop a whole solve on cancel and once `over`, and tell of it.

    Returns
    -------
    list
        that will hold what a listener raises, as HiGHS would swallow it.
    """
    failed: list[BaseException] = []

    def stop(event: Any) -> None:
        if on_bound is not None:
            tell(on_bound, event.data_out.mip_dual_bound)
        if run.cancel.is_set() or over() or failed:
            event.interrupt()

    def tell(listener: Callable[..., None], what: Any) -> None:
        try:
            if not failed:
                listener(what)
        except BaseException as error:  # must not reach HiGHS's frames
            failed.append(error)

    _watch(h, run)
    h.cbMipInterrupt.subscribe(stop)
    if on_solution is not None:
        h.cbMipImprovingSolution.subscribe(
            lambda event: tell(on_solution, np.array(event.data_out.mip_solution))
        )
    return failed


def leaf(lp: Linear, price: Floats, *, closes: bool = False) -> Leaf:
    """Round prices of a relaxation to whole numbers, so that they prove a bound.

    A row's price is taken into the cone in which the bound is finite: not on a side without a
    limit, and not so far that a column without an upper bound would pay.
    """
    scale = _scale(lp, price)
    y = np.rint(price * scale)
    y = np.where((y > 0) & (lp.row_lower <= -UNLIMITED), 0, y)
    y = np.where((y < 0) & (lp.row_upper >= UNLIMITED), 0, y)
    y = _clip(lp, y, 0 if closes else scale)
    row = np.flatnonzero(y)
    return Leaf(scale, row.astype(np.int64), tuple(int(v) for v in y[row].tolist()), closes)


def _scale(lp: Linear, price: Floats) -> int:
    """Return the finest power of two at which sums stay within 64 bits, at least 1."""
    columns = lp.matrix
    weight = np.zeros(lp.columns)
    row = columns.row_of()
    np.add.at(weight, columns.index, np.abs(columns.value) * np.abs(price)[row])
    top = max(float((weight + np.abs(lp.cost)).max(initial=1.0)), 1.0)
    return 1 << int(np.clip(np.floor(np.log2(2.0**59 / top)), 0, 40))


def _clip(lp: Linear, y: Floats, scale: int) -> Floats:
    """Lower prices until no column without an upper bound has a negative reduced cost."""
    free = np.flatnonzero(lp.upper >= UNLIMITED)
    if not len(free):
        return y
    columns: Csr = lp.matrix.transpose(lp.columns).take(free)
    column: Ints = columns.row_of()
    single = np.diff(columns.start)[column] == 1
    limit = lp.cost[free[column[single]]].astype(float) * scale
    row, value = columns.index[single], columns.value[single]
    y = y.copy()
    # cost - value × y >= 0
    falling = value < 0
    y[row[falling]] = np.maximum(y[row[falling]], np.ceil(limit[falling] / value[falling]))
    y[row[~falling]] = np.minimum(y[row[~falling]], np.floor(limit[~falling] / value[~falling]))
    return y


def rises(lp: Linear, reduced: Floats) -> Floats:
    """Return by how much the use of a column lifts the value above that of the relaxation.

    Parameters
    ----------
    lp
        the program in linear form.
    reduced
        reduced costs of all columns.

    Returns
    -------
    numpy.ndarray
        per column; for a choice its reduced cost less the least of its item, as the item takes one
        choice in any case. Choices that are closed do not count for the least.
    """
    out = reduced.copy()
    n = int(lp.item[-1])
    mine = np.where(lp.upper[:n] > 0, reduced[:n], np.inf)
    least = np.minimum.reduceat(mine, lp.item[:-1])
    out[:n] -= np.repeat(least, np.diff(lp.item))
    return out


class Relaxation:
    """HiGHS loaded with the relaxation of a program, to be solved again when that has changed.

    Attributes
    ----------
    lp, run
        the program as it was loaded; threads and the cancel token, which stops every solve.
    hp, solver
        highspy; HiGHS itself, for rows, bounds and the basis.
    """

    def __init__(self, lp: Linear, run: Run) -> None:
        self.hp = hp = module()
        self.lp, self.run = lp, run
        self.solver: Any = _silent(hp)
        _set_threads(hp, self.solver, run.threads)
        if self.solver.passModel(_model(hp, lp, whole=False)) == hp.HighsStatus.kError:
            raise EngineError("HiGHS refuses the model")
        _watch(self.solver, run)
        run.did(_LOAD * len(lp.matrix.index))

    def solve(self, seconds: float) -> Outcome:
        """Solve it from the basis that it has."""
        _step(self.solver, self.run, seconds)
        return _outcome(self.hp, self.solver, whole=False)

    def ray(self) -> Floats | None:
        """Return the prices of rows that were found to contradict, None if none were."""
        found = self.solver.getDualRay()
        has, price = found[1], np.array(found[2])
        return price if has and len(price) and np.isfinite(price).all() else None


def farkas(
    lp: Linear, run: Run, *, seconds: float, box: dict[int, tuple[int, int]] | None = None
) -> Leaf | None:
    """Return prices that prove that the relaxation has no solution, None if none are found.

    They are the prices of the elastic program: every row may be missed at one per unit, nothing
    else costs.
    """
    if box:
        lower, upper = lp.lower.copy(), lp.upper.copy()
        for j, (low_end, high_end) in box.items():
            lower[j], upper[j] = low_end, high_end
        lp = replace(lp, lower=lower, upper=upper)
    count = lp.rows
    row = np.arange(count, dtype=np.int64)
    low, high = lp.row_lower > -UNLIMITED, lp.row_upper < UNLIMITED
    extra = np.concatenate([row[low], row[high]])
    sign = np.concatenate([np.ones(int(low.sum()), np.int64), -np.ones(int(high.sum()), np.int64)])
    elastic = replace(
        lp,
        cost=np.concatenate([np.zeros(lp.columns, np.int64), np.ones(len(extra), np.int64)]),
        constant=0,
        lower=np.concatenate([lp.lower, np.zeros(len(extra), np.int64)]),
        upper=np.concatenate([lp.upper, np.full(len(extra), UNLIMITED)]),
        integer=np.concatenate([lp.integer, np.zeros(len(extra), bool)]),
        matrix=Csr.of(
            count,
            np.concatenate([lp.matrix.row_of(), extra]),
            np.concatenate([lp.matrix.index, lp.columns + np.arange(len(extra))]),
            np.concatenate([lp.matrix.value, sign]),
        ),
    )
    outcome = solve(elastic, run, seconds=seconds, whole=False)
    if outcome.price is None or outcome.objective <= 1e-7:
        return None
    return leaf(lp, outcome.price, closes=True)
