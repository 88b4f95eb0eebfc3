"""HiGHS, helped where a bare monolith stalls: cuts with proofs, closed choices, better plans.

1. The relaxation of the tight linear form. Its prices prove a bound and guide the annealing.
2. Cuts, each of which the certificate can check (:mod:`realloc.engines.cuts`), raise the bound.
3. A choice whose reduced cost exceeds the distance between value and bound can be in no better
   plan: closing those is exact. When few columns are left HiGHS gets the program whole; until then
   annealing lowers the value, then HiGHS on one neighbourhood of the best plan after the other.
   With two threads or more annealing begins with step 2, beside the cuts; all walks but the
   first of the second thread are guided by the relaxation that has cuts, and two neighbourhoods
   are searched at a time. Without a plan at all HiGHS gets the program whole in the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from realloc.engines import Claim, Doing, EngineError, Run, Status
from realloc.engines import lp as highs
from realloc.engines.claims import Track, settle, unsearched
from realloc.engines.cuts import strengthen
from realloc.engines.neighbourhoods import Neighbourhoods, merge
from realloc.engines.search import Guide, improve, lifts, use_prices
from realloc.linear import Linear, columns_of, linear, narrow, point_of
from realloc.program import Flags, Point, Program, measure
from realloc.proof import Proof
from realloc.sparse import Ints

Floats = NDArray[np.float64]

#: Up to so many columns HiGHS gets a program whole.
WHOLE = 4_000
#: Up to so many, HiGHS has the best plan of it before annealing has one.
AT_ONCE = 500
#: Share of the time that is left for cuts.
CUTS = 0.3
#: Share of it for the neighbourhoods of the best plan, which come last.
NEAR_BEST = 0.3
#: Long walks of a thread, at most: their ends differ by more than one walk finds if it goes on.
WALKS = 4
#: Seconds that a neighbourhood gets, and the share of value - bound at which it is good enough.
EACH, ENOUGH = 3.0, 1e-3


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
        self.track = Track(run)
        self.known = threading.Lock()
        self.halt = threading.Event()
        self.best: Point | None = None
        self.value: int | None = None
        self.bound: int | None = None
        self.proof: Proof | None = None
        self.guide = Guide(np.zeros(0), np.zeros(0), np.zeros(program.choices))
        self.relaxed = 0.0  # value of the relaxation that the guide's rise is of

    # -- the run -----------------------------------------------------------------------------------

    def claim(self) -> Claim:
        """Run all steps and say what came of them."""
        at_once = unsearched(self.program, self.run, solver=_name())
        if at_once is not None:
            return at_once
        try:
            claim = self._search()
        except EngineError as error:
            if self.best is None:
                raise
            claim = self._claim(Status.CRASH, str(error))
        self.track.settle()
        return claim

    def _search(self) -> Claim:
        if self.run.start is not None:
            self._offer(self.run.start, "start")
            self.track.settle()
        ended = self._relax()
        if ended is not None:
            return ended
        self.track.settle()
        last = self.run.elapsed() + (1 - NEAR_BEST) * self.run.left()

        def work_beside() -> None:
            self._anneal(0.5 * CUTS * self.run.left(), 1)  # by then most of the cuts are there
            self._improve(last, 2)

        with self._beside(work_beside):
            self._strengthen()
            self._improve(last, 3)
        if self._good():
            return self._stopped("gap reached")
        self.track.settle()
        whole = self._small() or self.best is None
        return self._whole() if whole else self._stopped("limit")

    def _relax(self) -> Claim | None:
        """Solve the relaxation; return a claim if that ends the run."""
        if self.run.left() <= 0:
            return self._stopped("limit before the relaxation")
        self.relaxation = highs.Relaxation(self.lp, self.run)
        found = self.relaxation.solve(self.run.left())
        if found.status is Status.INFEASIBLE_CLAIMED or found.status is Status.INF_OR_UNBD:
            self.proof = highs.farkas(self.lp, self.run, seconds=max(1.0, self.run.left()))
            return self._claim(Status.INFEASIBLE_CLAIMED, found.note)
        if found.price is not None:
            self.proof = highs.leaf(self.lp, found.price)
        if found.status is not Status.OPTIMAL_CLAIMED or found.values is None:
            return self._stopped(found.note)
        self._follow(self.lp, found, "relaxation")
        self.rounded = point_of(self.program, self.lp, found.values)
        self._offer(self.rounded, "rounding")
        return self._stopped("gap reached") if self._good() else None

    def _follow(self, lp: Linear, found: highs.Outcome, stage: Doing) -> None:
        """Keep what a relaxation says; who begins to anneal from now on goes by it."""
        assert found.reduced is not None and found.price is not None
        self._raise_bound(found.objective, stage)
        rise = highs.rises(lp, found.reduced)[: self.program.choices]
        self.guide.rise, self.relaxed = rise, found.objective  # for who anneals already, too
        base = self.relaxation.lp.rows
        self.guide.price = use_prices(self.program, found.price, base)
        self.guide.lift = lifts(self.program, lp, found.price, base)

    def _strengthen(self) -> None:
        """Raise the bound by cuts, and go on with the relaxation that has them."""
        root = strengthen(
            self.relaxation, seconds=CUTS * self.run.left(),
            target=np.inf if self.value is None else float(self.value),
            report=self._report_cuts,
        )  # fmt: skip
        if root is not None:
            self.lp, self.proof = root.lp, root.proof
            self._follow(root.lp, root.found, "cuts")

    def _report_cuts(self, lp: Linear, found: highs.Outcome) -> None:
        self._follow(lp, found, "cuts")
        self.track.settle()  # whichever thread's report has failed

    @contextmanager
    def _beside(self, work: Callable[[], None]) -> Iterator[None]:
        """Do some work in a second thread, if there is one, until the block ends, however it does.

        Small programs do without.
        """
        if self.run.threads < 2 or self._small():
            yield
            return

        def beside() -> None:
            try:
                work()
            except BaseException as error:  # a thread has nobody to raise it to
                self.track.failure = self.track.failure or error

        other = threading.Thread(target=beside)
        other.start()
        try:
            yield
        finally:
            self.halt.set()
            other.join()

    def _over(self) -> bool:
        """Whether there is nothing more to do for whoever looks for better plans."""
        return self.halt.is_set() or self.track.failure is not None or self._good()

    def _improve(self, end: float, seed: int) -> None:
        """Improve the best point: walk after walk until some time, then with HiGHS."""
        if self._small():
            if self.lp.columns > AT_ONCE:
                self._anneal(min(10.0, 0.1 * self.run.left()), seed)
            return
        for again in range(WALKS):
            began = self.run.elapsed()
            self._anneal(end - began, seed + 2 * again, long=True)
            if self._over() or 2 * self.run.elapsed() - began > end:  # no time for one like this
                break
        self._polish()

    def _anneal(self, seconds: float, seed: int, *, long: bool = False) -> None:
        """Improve the best point by annealing, until HiGHS can take over."""
        if seconds <= 0.05:
            return
        small = self._small()
        start = self.rounded if self.best is None else self.best
        improve(
            self.program, replace(self.run, seed=self.run.seed + seed), start, self.guide,
            seconds=seconds, found=lambda point, value: self._offer(point, "annealing"),
            long=long,
            over=lambda: self._over() or (not small and self._small()),
        )  # fmt: skip

    @cached_property
    def _hoods(self) -> Neighbourhoods:
        return Neighbourhoods(self.program, self.guide, self.run.seed)

    def _polish(self) -> None:
        """Let HiGHS improve the best point, one neighbourhood after the other."""
        run = replace(self.run, threads=1)
        while not (self.run.left() <= 0.05 or self._over() or self._small()):
            with self.known:
                best, value = self.best, self.value
                if best is None or value is None:
                    return
                open_ = self._hoods.draw(best)
            solved = self._search_near(best, value, open_, run)
            with self.known:
                self._hoods.learn(solved=solved)

    def _search_near(self, best: Point, value: int, open_: Flags, run: Run) -> bool:
        """Search what can be had from a point by the choices that are open; whether all was."""
        small, columns, start = self._narrowed(self.relaxation.lp, open_, best)

        def offer(values: Floats) -> None:
            assert self.best is not None
            merged = merge(self.best, best, self._point(values, columns))
            self._offer(merged, "neighbourhood")

        outcome = highs.solve(
            small, run, seconds=min(EACH, run.left()), whole=True, start=start,
            gap=ENOUGH * (value - (self.bound or 0)) / max(1, abs(value)),
            on_solution=offer, over=self._over,
        )  # fmt: skip
        if outcome.values is not None:
            offer(outcome.values)
        return outcome.status is Status.OPTIMAL_CLAIMED

    # -- HiGHS whole -------------------------------------------------------------------------------

    def _open(self) -> Flags:
        """Return the choices that a better plan may use."""
        open_ = self.lp.upper[: self.program.choices] > 0
        if self.value is not None:
            most = self.value - self.relaxed + 1.0  # for the noise of floating point
            open_ &= self.guide.rise <= most
        return open_

    def _small(self) -> bool:
        """Whether few columns are left."""
        closed = self.program.choices - int(self._open().sum())
        return self.lp.columns - closed <= WHOLE

    def _whole(self) -> Claim:
        """Let HiGHS solve what is left; offer every solution that it finds."""
        seconds = self.run.left()
        if seconds <= 0.05:
            return self._stopped("limit")
        small, columns, start = self._narrowed(self.lp, self._open(), self.best)
        outcome = highs.solve(
            small, self.run, seconds=seconds, whole=True, gap=self.run.gap / 2, start=start,
            on_solution=lambda values: self._offer_whole(self._point(values, columns)),
            on_bound=self._tell_whole,
        )  # fmt: skip
        if outcome.values is not None:
            self._offer(self._point(outcome.values, columns), "whole")
        if outcome.status is Status.OPTIMAL_CLAIMED and self.best is None:
            return self._claim(Status.BAD_OUTPUT, outcome.note)
        # what was closed is no better than the value
        most = np.inf if self.value is None else float(self.value)
        return self._claim(outcome.status, outcome.note, min(outcome.bound, most))

    def _offer_whole(self, point: Point) -> None:
        self._offer(point, "whole")
        self.track.settle()

    def _tell_whole(self, bound: float) -> None:
        """Tell the bound of what was left open; what was closed is no better than the value."""
        most = np.inf if self.value is None else float(self.value)
        self.track.tell("whole", bound=min(bound, most))
        self.track.settle()

    def _narrowed(
        self, lp: Linear, open_: Flags, start: Point | None
    ) -> tuple[Linear, Ints, Floats | None]:
        """Return a linear form with the choices that are open and those of a plan, if there is one.

        Beside it, the columns that it keeps, and their values at the plan.
        """
        upper, open_ = lp.upper.copy(), open_.copy()
        if start is not None:
            open_[start.choice] = True
        upper[: self.program.choices] *= open_
        small, columns = narrow(lp, upper)
        if start is None:
            return small, columns, None
        return small, columns, columns_of(self.program, lp, start).astype(float)[columns]

    def _point(self, values: Floats, columns: Ints) -> Point:
        """Return the point of a linear form's values on the columns that it keeps."""
        full = np.zeros(self.lp.columns)
        full[columns] = values
        return point_of(self.program, self.lp, full)

    # -- what is known -----------------------------------------------------------------------------

    def _offer(self, point: Point, stage: Doing) -> None:
        """Take a point if it is feasible and better, by exact measure."""
        found = measure(self.program, point)
        with self.known:
            if found.violation == 0 and (self.value is None or found.value < self.value):
                self.best, self.value = point, found.value
                self.track.tell(stage, value=self.value)

    def _raise_bound(self, objective: float, stage: Doing) -> None:
        """Take the value of a relaxation as a bound, rounded up but for its noise."""
        low = int(np.ceil(objective - 1e-6 * max(1.0, abs(objective) * 1e-3)))
        with self.known:
            if self.bound is None or low > self.bound:
                self.bound = low
                self.track.tell(stage, bound=low)

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
