"""HiGHS, helped where a bare monolith stalls: a start plan, cuts with proofs, annealing.

1. A start by construction and repair (:mod:`realloc.engines.search`).
2. The relaxation of the tight linear form. Its prices prove a bound and guide the annealing.
3. Cuts, each of which the certificate can check (:mod:`realloc.engines.cuts`), raise the bound.
4. Small programs then go to HiGHS whole. For larger ones annealing goes on, and HiGHS gets
   restricted programs in turn with it: choices of small reduced cost only (the kernel).

With two threads or more, 3 and 4 run beside the annealing. A choice whose reduced cost exceeds the
distance between value and bound can be in no better plan: fixing those is exact, and when what is
left is solved the whole program is.

References
----------
Angelelli, E., Mansini, R. and Speranza, M. G. (2010). Kernel search: a general heuristic for the
multi-dimensional knapsack problem. Computers & Operations Research 37, 2017-2026.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from realloc.engines import Claim, Progress, Run, Status
from realloc.engines import lp as highs
from realloc.engines.claims import settle, unsearched
from realloc.engines.cuts import strengthen
from realloc.engines.search import construct, improve, use_prices
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
#: Shares of the time that is left: for cuts, and for annealing before the first kernel.
CUTS, ANNEAL = 0.3, 0.6


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
        self.known = threading.Lock()
        self.halt = threading.Event()
        self.best: Point | None = None
        self.value: int | None = None
        self.bound: int | None = None
        self.proof: Proof | None = None
        self.price: Floats = np.zeros(0)
        self.reduced: Floats = np.zeros(0)
        self.relaxed: Floats = np.zeros(0)

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
            self._strengthen()
            return self._stopped("gap reached") if self._good() else self._whole()
        return self._large()

    def _start(self) -> None:
        if self.run.start is not None:
            self._offer(self.run.start, "start")
        if self.value is None:
            budget = max(8.0, 0.25 * self.run.seconds)
            budget = min(budget, 0.9 * self.run.left())
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
        assert outcome.reduced is not None and outcome.price is not None
        self.price = use_prices(self.program, outcome.price)
        self._relaxed(outcome.objective, outcome.values, outcome.reduced)
        self._offer(point_of(self.program, self.lp, outcome.values), "rounding")
        return None

    def _relaxed(self, objective: float, values: Floats, reduced: Floats) -> None:
        """Keep what a relaxation found."""
        self._raise_bound(objective, "relaxation")
        self.relaxed = values
        self.reduced = _per_item(reduced, self.lp)

    def _strengthen(self) -> None:
        """Raise the bound by cuts, and go on with the relaxation that has them."""
        seconds = CUTS * self.run.left()
        target = np.inf if self.value is None else float(self.value)
        root = strengthen(
            self.lp, self.run, seconds=seconds, target=target,
            report=lambda bound: self._raise_bound(bound, "cuts"),
        )  # fmt: skip
        if root is not None:
            self.lp, self.proof = root.lp, root.proof
            self._relaxed(root.bound, root.values, root.reduced)

    def _whole(self) -> Claim:
        if self.best is not None:
            self._anneal(min(10.0, 0.1 * self.run.left()))
        outcome = self._mip(self.lp, np.arange(self.lp.columns), self.run.left(), "whole")
        if outcome is None:
            return self._stopped("limit")
        if outcome.status is Status.OPTIMAL_CLAIMED and self.best is None:
            return self._claim(Status.BAD_OUTPUT, outcome.note)
        return self._claim(outcome.status, outcome.note, outcome.bound)

    def _large(self) -> Claim:
        """Cuts and kernels, with annealing beside them or in turn."""
        if self.run.threads < 2 or self.best is None:
            self._strengthen()
            self._anneal(ANNEAL * self.run.left())
            return self._kernels()
        beside = threading.Thread(target=self._anneal, args=(self.run.left(),))
        beside.start()
        try:
            self._strengthen()
            return self._kernels()
        finally:
            self.halt.set()
            beside.join()

    def _anneal(self, seconds: float) -> None:
        """Improve the best point by annealing."""
        if self.best is not None and seconds > 0.05:
            improve(
                self.program, self.run, self.best, self.price, seconds=seconds,
                found=lambda point, value: self._offer(point, "annealing"),
                over=lambda: self.halt.is_set() or self._good(),
            )  # fmt: skip

    def _kernels(self) -> Claim:
        """Kernels of growing width, in turn with annealing, until the gap, the limit or the end."""
        width = self._first_width()
        while self.run.left() > 0.2 and not self._good():
            open_ = self._kernel(width)
            exact = self._exact(open_)
            seconds = self.run.left() if exact else min(self.run.left(), 5.0 + open_.sum() / 400.0)
            before = self.value
            status = self._solve_open(open_, seconds, "kernel")
            if exact and status is Status.OPTIMAL_CLAIMED and self.best is not None:
                return self._claim(status, "kernel holds every better choice")
            width *= 2.0 if status is Status.OPTIMAL_CLAIMED or before is None else 1.3
            if self.run.threads < 2:
                self._anneal(min(self.run.left(), seconds))
        return self._stopped("gap reached" if self._good() else "limit")

    # -- restricted programs -----------------------------------------------------------------------

    def _first_width(self) -> float:
        """Return the reduced cost below which about three choices per fractional item fall."""
        n = self.program.choices
        item_of = self.program.item_of()
        fractional = np.unique(item_of[np.abs(self.relaxed[:n] - 0.5) < 0.5 - 1e-6])
        want = min(n, self.program.items + 6 * len(fractional) + 400)
        return max(1.0, float(np.partition(self.reduced[:n], want - 1)[want - 1]))

    def _kernel(self, width: float) -> Flags:
        n = self.program.choices
        open_ = (self.reduced[:n] <= width) | (self.relaxed[:n] > 1e-6)
        held = np.zeros(n, dtype=bool)
        if self.best is not None:
            held[self.best.choice] = True
        if self.value is not None and self.bound is not None:
            open_ &= self.reduced[:n] <= self.value - self.bound
        return open_ | held

    def _exact(self, open_: Flags) -> bool:
        """Return whether no better plan can use a choice that is closed."""
        if self.value is None or self.bound is None:
            return bool(open_.all())
        closed = self.reduced[: self.program.choices][~open_]
        return bool((closed > self.value - self.bound + 1.0).all())

    def _solve_open(self, open_: Flags, seconds: float, stage: str) -> Status:
        upper = self.lp.upper.copy()
        upper[: self.program.choices] *= open_
        small, columns = narrow(self.lp, upper)
        outcome = self._mip(small, columns, seconds, stage)
        return Status.INTERRUPTED if outcome is None else outcome.status

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
        with self.known:
            if found.violation == 0 and (self.value is None or found.value < self.value):
                self.best, self.value = point, found.value
                self._report(stage)

    def _raise_bound(self, objective: float, stage: str) -> None:
        """Take the value of a relaxation as a bound, rounded up but for its noise."""
        low = int(np.ceil(objective - 1e-6 * max(1.0, abs(objective) * 1e-3)))
        with self.known:
            if self.bound is None or low > self.bound:
                self.bound = low
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
