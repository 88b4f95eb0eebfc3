"""What every engine does with what its solver says: measure it, and claim no more than holds.

A solver's words are checked against whole numbers: a point that breaks a limit is no point, an
optimum that a start plan beats is none, and neither is one whose own bound lies below its value.
"""

from __future__ import annotations

import math
import threading

import numpy as np

from realloc.engines import Claim, Doing, Progress, Run, Status
from realloc.program import Point, Program, measure
from realloc.proof import Leaf, Proof


def settle(
    program: Program,
    run: Run,
    status: Status,
    point: Point | None,
    *,
    bound: float | None = None,
    proof: Proof | None = None,
    solver: str,
    note: str = "",
) -> Claim:
    """Return the claim that is left of what a solver said, after exact measuring.

    Parameters
    ----------
    program, run
        what was asked; a feasible start of the run is kept where the solver has nothing better.
    status, point, bound
        what the solver says. Values are whole, so a bound holds rounded up.
    proof, solver, note
        passed on.
    """
    value = None
    if point is not None:
        found = measure(program, point)
        if found.violation:
            status, point = Status.BAD_OUTPUT, None
            note = f"{note}: its point breaks limits by {found.violation}"
        else:
            value = found.value
    elif status in (Status.OPTIMAL_CLAIMED, Status.FEASIBLE_LIMIT):
        status, note = Status.BAD_OUTPUT, f"{note}: no point"
    bound = None if bound is None or not math.isfinite(bound) else whole_bound(bound)
    start = _start(program, run)
    if start is not None and (value is None or start < value):
        if status is Status.OPTIMAL_CLAIMED:
            status, note = Status.BAD_OUTPUT, f"{note}: the start is better"
        elif status is Status.INFEASIBLE_CLAIMED:
            status, note = Status.BAD_OUTPUT, f"{note}: the start is feasible"
        point, value = run.start, start
    if status is Status.INFEASIBLE_CLAIMED and point is not None:
        status, note = Status.BAD_OUTPUT, f"{note}: with a feasible point"
    if status is Status.NO_SOLUTION_LIMIT and point is not None:
        status = Status.FEASIBLE_LIMIT
    if value is not None and bound is not None:
        if bound > value:
            status, bound = Status.BAD_OUTPUT, None
            note = f"{note}: its bound is above its value"
        elif bound < value - _noise(value) and status is Status.OPTIMAL_CLAIMED:
            status, note = Status.FEASIBLE_LIMIT, f"{note}: within a gap"
    return Claim(status, point, proof, bound, solver, note)


def unsearched(program: Program, run: Run, *, solver: str) -> Claim | None:
    """Return the claim on a program that leaves nothing to search, None for all others.

    Solvers disagree on these: one calls a model without columns optimal, another empty.
    """
    empty = program.empty_items()
    if len(empty):
        status, note = Status.INFEASIBLE_CLAIMED, "an item has no choice"
        proof = Leaf(1, empty[:1], (1,), closes=True)
        return settle(program, run, status, None, proof=proof, solver=solver, note=note)
    if program.items or program.switches:
        return None
    only = Point(np.zeros(0, np.int64), np.zeros(0, bool))
    found = measure(program, only)
    if found.violation:
        status, note = Status.INFEASIBLE_CLAIMED, "a limit that nothing can reach"
        return settle(program, run, status, None, solver=solver, note=note)
    note = "nothing to decide"
    return settle(program, run, Status.EMPTY, only, bound=found.value, solver=solver, note=note)


def whole_bound(bound: float) -> int:
    """Return a bound on whole values, rounded up but for the noise of floating point."""
    return bound if isinstance(bound, int) else math.ceil(bound - _noise(bound))


def _noise(value: float) -> float:
    return max(1e-6, 1e-11 * abs(value))


def _start(program: Program, run: Run) -> int | None:
    """Return the value of the start of a run, None without a feasible one."""
    if run.start is None:
        return None
    found = measure(program, run.start)
    return None if found.violation else found.value


class Track:
    """The best value and bound of a run: the value never rises, the bound never falls.

    Solvers call from threads of their own; an exception of the listener is kept for the caller.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.value: int | None = None
        self.bound: int | None = None
        self.failure: BaseException | None = None
        self._lock = threading.Lock()

    def tell(self, stage: Doing, *, value: int | None = None, bound: float | None = None) -> None:
        """Report if the value or the bound is better than before."""
        with self._lock:
            news = False
            if value is not None and (self.value is None or value < self.value):
                self.value, news = value, True
            if bound is not None and math.isfinite(bound):
                low = whole_bound(bound)
                if self.bound is None or low > self.bound:
                    self.bound, news = low, True
            if news:
                self._report(stage)

    def tell_time(self, stage: Doing) -> None:
        """Report that the run goes on, without news of value and bound."""
        with self._lock:
            self._report(stage)

    def _report(self, stage: Doing) -> None:
        if self.failure is not None:
            return
        try:
            self.run.report(Progress(self.run.elapsed(), self.value, self.bound, stage))
        except BaseException as error:  # must not reach the solver's own frames
            self.failure = error

    def tell_start(self, program: Program) -> None:
        """Report the value of the start of the run if it is feasible."""
        self.tell("start", value=_start(program, self.run))

    def settle(self) -> None:
        """Raise what the listener raised, if anything."""
        if self.failure is not None:
            raise self.failure
