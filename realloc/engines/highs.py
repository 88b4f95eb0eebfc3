"""HiGHS, helped where a bare monolith stalls: a start plan, prices, and restricted programs.

1. A start by construction and repair (:mod:`realloc.engines.search`).
2. The relaxation of the tight linear form: its prices are the proof of the bound.
3. Small programs go to HiGHS whole. For larger ones the plan is what is far off, not the bound, so
   HiGHS gets restricted programs: choices of small reduced cost only (the kernel), wider and
   wider, then neighborhoods of the best plan with all other items held.

A choice whose reduced cost exceeds the distance between value and bound can be in no better plan:
fixing those is exact, and when what is left is solved the whole program is.

References
----------
Angelelli, E., Mansini, R. and Speranza, M. G. (2010). Kernel search: a general heuristic for the
multi-dimensional knapsack problem. Computers & Operations Research 37, 2017-2026.
Danna, E., Rothberg, E. and Le Pape, C. (2005). Exploring relaxation induced neighborhoods to
improve MIP solutions. Mathematical Programming 102, 71-90.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realloc.engines import Claim, Progress, Run, Status
from realloc.engines import lp as highs
from realloc.engines.claims import settle, unsearched
from realloc.engines.search import construct
from realloc.program import (
    Flags,
    Ints,
    Linear,
    Point,
    Program,
    columns_of,
    linear,
    measure,
    narrow,
    point_of,
)
from realloc.proof import Leaf, Proof

Floats = NDArray[np.float64]

#: Up to so many columns HiGHS gets the whole program at once.
WHOLE = 4_000


def solve(program: Program, run: Run) -> Claim:
    """Solve a program with HiGHS; see the module's text.

    Raises
    ------
    ImportError
        if highspy is missing or a version known to answer wrongly.
    """
    highs.module()
    return _Solve(program, run).claim()


class _Solve:
    """One run: the best point, the bound, and the steps that move them."""

    def __init__(self, program: Program, run: Run) -> None:
        self.program = program
        self.run = run
        self.lp = linear(program)
        self.best: Point | None = None
        self.value: int | None = None
        self.bound: int | None = None
        self.proof: Proof | None = None
        self.reduced: Floats = np.zeros(0)
        self.relaxed: Floats = np.zeros(0)
        self.rng = np.random.default_rng(run.seed)
        self.item_of = program.item_of()

    # -- the run -----------------------------------------------------------------------------------

    def claim(self) -> Claim:
        """Run all steps and say what came of them."""
        empty = np.flatnonzero(np.diff(self.program.item) == 0)
        if len(empty):
            self.proof = Leaf(1, empty[:1].astype(np.int64), (1,), closes=True)
            return self._claim(Status.INFEASIBLE_CLAIMED, "an item has no choice")
        at_once = unsearched(self.program, self.run, solver=_name())
        if at_once is not None:
            return at_once
        self._start()
        ended = self._relax()
        if ended is not None:
            return ended
        if self._good():
            return self._stopped("gap reached")
        if self.lp.columns <= WHOLE:
            return self._whole()
        return self._restricted()

    def _start(self) -> None:
        if self.run.start is not None:
            self._offer(self.run.start, "start")
        if self.value is None:
            budget = min(8.0, 0.25 * self.run.seconds)
            self._offer(construct(self.program, self.run, seconds=budget), "start")

    def _relax(self) -> Claim | None:
        """Solve the relaxation; return a claim if that ends the run."""
        seconds = self.run.left()
        if seconds <= 0:
            return self._stopped("limit before the relaxation")
        outcome = highs.solve(self.lp, self.run, seconds=seconds, whole=False)
        if outcome.status is Status.INFEASIBLE_CLAIMED or outcome.status is Status.INF_OR_UNBD:
            self.proof = highs.farkas(self.lp, self.run, seconds=max(1.0, self.run.left()))
            return self._claim(Status.INFEASIBLE_CLAIMED, outcome.note)
        if outcome.price is not None:
            self.proof = highs.leaf(self.lp, outcome.price)
        if outcome.status is not Status.OPTIMAL_CLAIMED or outcome.values is None:
            return self._stopped(outcome.note)
        self.bound = int(
            np.ceil(outcome.objective - 1e-6 * max(1.0, abs(outcome.objective) * 1e-3))
        )
        assert outcome.reduced is not None
        self.reduced = _per_item(outcome.reduced, self.lp)
        self.relaxed = outcome.values
        self._report("relaxation")
        rounded = point_of(self.program, self.lp, outcome.values)
        self._offer(rounded, "rounding")
        return None

    def _whole(self) -> Claim:
        outcome = self._mip(self.lp, np.arange(self.lp.columns), self.run.left(), "whole")
        if outcome is None:
            return self._stopped("limit")
        if outcome.status is Status.OPTIMAL_CLAIMED and self.best is None:
            return self._claim(Status.BAD_OUTPUT, outcome.note)
        return self._claim(outcome.status, outcome.note, outcome.bound)

    def _restricted(self) -> Claim:
        """Kernels of growing width, then neighborhoods, until the gap, the limit or the end."""
        width = self._first_width()
        rounds = 0
        while self.run.left() > 0.2 and not self._good():
            open_ = self._kernel(width)
            exact = self._exact(open_)
            size = int(open_.sum())
            seconds = self.run.left() if exact else min(self.run.left(), 5.0 + size / 400.0)
            before = self.value
            status = self._solve_open(open_, seconds, "kernel")
            if exact and status is Status.OPTIMAL_CLAIMED and self.best is not None:
                return self._claim(status, "kernel holds every better choice")
            if status is Status.OPTIMAL_CLAIMED or before is None:
                width *= 2.0
            else:
                rounds += 1
                self._neighborhoods(min(self.run.left(), 20.0 + 10.0 * rounds))
                width *= 1.3
        return self._stopped("gap reached" if self._good() else "limit")

    # -- restricted programs -----------------------------------------------------------------------

    def _first_width(self) -> float:
        """Return the reduced cost below which about three choices per fractional item fall."""
        n = self.program.choices
        fractional = np.unique(self.item_of[self._fractional()])
        want = min(n, self.program.items + 6 * len(fractional) + 400)
        return max(1.0, float(np.partition(self.reduced[:n], want - 1)[want - 1]))

    def _fractional(self) -> Ints:
        x = self.relaxed[: self.program.choices]
        return np.flatnonzero((x > 1e-6) & (x < 1 - 1e-6))

    def _kernel(self, width: float) -> Flags:
        n = self.program.choices
        open_ = self.reduced[:n] <= width
        open_ |= self.relaxed[:n] > 1e-6
        if self.best is not None:
            open_[self.best.choice] = True
        if self.value is not None and self.bound is not None:
            open_ &= (self.reduced[:n] <= self.value - self.bound) | self._held()
        return open_

    def _held(self) -> Flags:
        held = np.zeros(self.program.choices, dtype=bool)
        if self.best is not None:
            held[self.best.choice] = True
        return held

    def _exact(self, open_: Flags) -> bool:
        """Return whether no better plan can use a choice that is closed."""
        if self.value is None or self.bound is None:
            return bool(open_.all())
        closed = self.reduced[: self.program.choices][~open_]
        return bool((closed > self.value - self.bound + 1.0).all())

    def _solve_open(self, open_: Flags, seconds: float, stage: str) -> Status:
        upper = self.lp.upper.copy()
        upper[: self.program.choices] = open_
        small, columns = narrow(self.lp, upper)
        outcome = self._mip(small, columns, seconds, stage)
        return Status.INTERRUPTED if outcome is None else outcome.status

    def _neighborhoods(self, seconds: float) -> None:
        """Free a part of the items of the best plan at a time, all choices of theirs open."""
        end = self.run.elapsed() + seconds
        share = max(60, min(self.program.items, 12_000 // max(1, self._mean_choices())))
        while self.best is not None and self.run.elapsed() < end and not self._good():
            free = self._neighborhood(share)
            open_ = self._held()
            open_ |= free[self.item_of] & (self.reduced[: len(open_)] <= self._worth())
            left = min(self.run.left(), end - self.run.elapsed())
            if left < 0.2:
                return
            before = self.value
            status = self._solve_open(open_, min(left, 6.0), "neighborhood")
            if status is Status.OPTIMAL_CLAIMED and self.value == before:
                share = int(share * 1.3)
            elif status is not Status.OPTIMAL_CLAIMED:
                share = max(40, int(share * 0.8))

    def _worth(self) -> float:
        assert self.value is not None and self.bound is not None
        return float(self.value - self.bound)

    def _mean_choices(self) -> int:
        return self.program.choices // max(1, self.program.items)

    def _neighborhood(self, size: int) -> Flags:
        """Choose items around a scarce resource or at random, those that disagree first."""
        assert self.best is not None
        program = self.program
        free = np.zeros(program.items, dtype=bool)
        apart = self.relaxed[self.best.choice] < 0.5
        weight = 1.0 + 3.0 * apart
        if self.rng.random() < 0.6 and program.resources:
            seed = int(self.rng.integers(program.items))
            j = int(self.best.choice[seed])
            mine = program.use.index[program.use.start[j] : program.use.start[j + 1]]
            touched = np.isin(program.use.index, mine)
            near = np.unique(self.item_of[program.use.row_of()[touched]])
            weight[near] *= 8.0
        chosen = self.rng.choice(
            program.items, size=min(size, program.items), replace=False, p=weight / weight.sum()
        )
        free[chosen] = True
        return free

    def _mip(
        self, small: Linear, columns: Ints, seconds: float, stage: str
    ) -> highs.Outcome | None:
        """Let HiGHS solve a (restricted) program; offer every solution that it finds."""
        if seconds <= 0.05:
            return None
        start = None
        if self.best is not None:
            start = columns_of(self.program, self.lp, self.best)[columns].astype(float)

        def found(values: Floats) -> None:
            self._offer(self._point(values, columns), stage)

        outcome = highs.solve(
            small, self.run, seconds=seconds, whole=True, start=start, gap=self.run.gap / 2,
            on_solution=found,
        )  # fmt: skip
        if outcome.values is not None:
            self._offer(self._point(outcome.values, columns), stage)
        return outcome

    def _point(self, values: Floats, columns: Ints) -> Point:
        full = np.zeros(self.lp.columns)
        full[columns] = values
        return point_of(self.program, self.lp, full)

    # -- what is known -----------------------------------------------------------------------------

    def _offer(self, point: Point, stage: str) -> None:
        """Take a point if it is feasible and better, by exact measure."""
        found = measure(self.program, point)
        if found.violation == 0 and (self.value is None or found.value < self.value):
            self.best, self.value = point, found.value
            self._report(stage)

    def _report(self, stage: str) -> None:
        self.run.report(Progress(self.run.elapsed(), self.value, self.bound, stage))

    def _good(self) -> bool:
        if self.value is None or self.bound is None:
            return False
        return self.value - self.bound <= self.run.gap * max(1, abs(self.value))

    def _stopped(self, note: str) -> Claim:
        if self.value is not None and self.value == self.bound:
            return self._claim(Status.OPTIMAL_CLAIMED, note)
        if self.run.cancel.is_set():
            return self._claim(Status.INTERRUPTED, note)
        has = self.best is not None
        return self._claim(Status.FEASIBLE_LIMIT if has else Status.NO_SOLUTION_LIMIT, note)

    def _claim(self, status: Status, note: str, bound: float | None = None) -> Claim:
        claimed = bound if bound is not None and np.isfinite(bound) else self.bound
        return settle(
            self.program, self.run, status, self.best, bound=claimed, proof=self.proof,
            solver=_name(), note=note,
        )  # fmt: skip


def _name() -> str:
    return f"HiGHS {highs.installed_version()}"


def _per_item(reduced: Floats, lp: Linear) -> Floats:
    """Return reduced costs, those of choices measured from the least of their item."""
    out = reduced.copy()
    n = int(lp.item[-1])
    least = np.minimum.reduceat(reduced[:n], lp.item[:-1])
    out[:n] = reduced[:n] - np.repeat(least, np.diff(lp.item))
    return out
