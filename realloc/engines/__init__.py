"""Engines: each takes a program and says what it claims. Nothing it says is believed unchecked.

An engine is a function ``solve(program, task) -> Claim``; they stand in :data:`ENGINES` by name
and are imported when first used. They read only the program, never the city.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from importlib import import_module
from typing import Literal

from realloc.program import Point, Program
from realloc.proof import Proof

#: Engine name -> module.
ENGINES = {
    "highs": "realloc.engines.highs",
    "cpsat": "realloc.engines.cpsat",
    "pulp": "realloc.engines.pulp",
}

#: Engines whose claims come with prices.
PRICED = ("highs",)

#: Threads at most: solvers start as many as they are told.
MOST_THREADS = 1024


class EngineError(RuntimeError):
    """A solver could not be used or ended in a way that says nothing."""


class Status(StrEnum):
    """How a run of a solver ended, as it claims (trust is a matter for the certificate)."""

    OPTIMAL_CLAIMED = "optimal_claimed"
    FEASIBLE_LIMIT = "feasible_limit"
    INFEASIBLE_CLAIMED = "infeasible_claimed"
    UNBOUNDED = "unbounded"
    INF_OR_UNBD = "inf_or_unbd"
    NO_SOLUTION_LIMIT = "no_solution_limit"
    INTERRUPTED = "interrupted"
    MODEL_ERROR = "model_error"
    EMPTY = "empty"
    CRASH = "crash"
    OOM_KILLED = "oom_killed"
    TIMEOUT_KILLED = "timeout_killed"
    BAD_OUTPUT = "bad_output"


def look_up(
    solver: str, table: Mapping[str, tuple[Status, Status]], name: str, *, has_solution: bool
) -> Status:
    """Return what a solver's status claims: a table has it with and without a solution.

    Raises
    ------
    EngineError
        if the status is not known.
    """
    try:
        return table[name][0 if has_solution else 1]
    except KeyError:
        raise EngineError(f"unknown {solver} status {name}") from None


#: What a run tells that it does.
Doing = Literal[
    "prepare", "start", "relaxation", "rounding", "whole", "cuts", "annealing", "neighbourhood",
    "solution", "search", "bound",
]  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """Where a run stands: seconds since its start, best value and bound so far, what it does.

    `stage` is a word of :data:`Doing`; whoever shows a run may have others for what comes after it.
    """

    seconds: float
    value: int | None
    bound: int | None
    stage: str

    @property
    def gap(self) -> float | None:
        """(value - bound) ÷ max(1, |value|), never below zero; None where one is missing."""
        if self.value is None or self.bound is None:
            return None
        return max(0, self.value - self.bound) / max(1, abs(self.value))


@dataclass
class Effort:
    """Seconds of work: a clock that goes by work that was counted, the same in every run.

    A second of work takes about a second, more on a slow machine. Prices of work depend on sizes
    of the program alone.
    """

    seconds: float = 0.0


@dataclass
class Run:
    """What an engine is asked to do, and how it reports.

    Attributes
    ----------
    seconds
        time limit.
    gap
        relative gap at which it may stop.
    threads, seed
        for the solver.
    start
        a point to start from.
    report
        called with every progress.
    cancel
        when set, the engine stops and keeps its best.
    effort
        for a reproducible run, with one thread: `seconds` are seconds of work, and two runs of one
        program, seed and limit are alike.
    began
        when it began, by the clock that it goes by; now if left out.

    Raises
    ------
    ValueError
        if a reproducible run is to have several threads.
    """

    seconds: float = 60.0
    gap: float = 0.0
    threads: int = 1
    seed: int = 0
    start: Point | None = None
    report: Callable[[Progress], None] = lambda progress: None
    cancel: threading.Event = field(default_factory=threading.Event)
    effort: Effort | None = None
    began: float = math.nan

    def __post_init__(self) -> None:
        if self.effort is not None and self.threads > 1:
            raise ValueError("a reproducible run has one thread")
        if math.isnan(self.began):
            self.began = self._now()

    def _now(self) -> float:
        return time.monotonic() if self.effort is None else self.effort.seconds

    def did(self, seconds: float) -> None:
        """Count work that was done; only a reproducible run keeps count."""
        if self.effort is not None:
            self.effort.seconds += seconds

    def left(self) -> float:
        """Seconds left, never below zero; zero once cancelled."""
        if self.cancel.is_set():
            return 0.0
        return max(0.0, self.seconds - self.elapsed())

    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._now() - self.began


@dataclass(frozen=True, eq=False)
class Claim:
    """What an engine says: how it ended, its best point, and prices that prove a bound.

    Attributes
    ----------
    status
        how it ended.
    point
        best point, None if it found none.
    proof
        prices for the certificate, None if it has none.
    bound
        the bound that the solver itself claims, None if it names none.
    solver
        name and version of what ran.
    note
        the solver's own word for its end.
    """

    status: Status
    point: Point | None
    proof: Proof | None
    bound: float | None
    solver: str
    note: str = ""


def engine(name: str) -> Callable[[Program, Run], Claim]:
    """Return the engine called `name`; ``pulp:NAME`` is PuLP with its solver of that name.

    Raises
    ------
    ValueError
        if there is no such engine.
    ImportError
        if its solver is not installed, or is a version known to answer wrongly.
    """
    family, _, solver = name.partition(":")
    if family not in ENGINES or (solver and family != "pulp"):
        raise ValueError(f"no engine {name!r}: there are {', '.join(ENGINES)}, pulp:SOLVER")
    solve = import_module(ENGINES[family]).solve
    return partial(solve, solver=solver) if solver else solve
