"""What a verb does with its process: interrupts, threads, files, exit codes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from realloc.messages.words import say
from realloc.reporting.answer import CANCELLED, DONE, NO, NOTHING_FOUND, UNEXPECTED, Answer

if TYPE_CHECKING:
    from realloc.result import Result

T = TypeVar("T")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a disk that is full or a folder that went away into a problem that names the path."""
    from realloc.tables.files import not_written

    try:
        yield
    except OSError as error:
        raise not_written(path, error) from error


def exit_code(found: Result, cancel: threading.Event) -> int:
    """Return the exit code for what a solve found."""
    if cancel.is_set():
        return CANCELLED
    if found.plan is not None:
        return DONE
    return {
        "infeasible": NO, "infeasible_claimed": NO, "no_solution_limit": NOTHING_FOUND,
        "cancelled": CANCELLED,
    }.get(found.status.value, UNEXPECTED)  # fmt: skip


@contextmanager
def watching(answer: Answer) -> Iterator[tuple[threading.Event, Callable[[Any], None] | None]]:
    """Yield a cancel token that an interrupt sets, and a display of progress."""
    from realloc.reporting.progress import ProgressLine

    cancel = threading.Event()

    def interrupt(number: int, frame: object) -> None:
        if cancel.is_set():
            os._exit(CANCELLED)
        cancel.set()
        answer.tell("text.cancelling")

    before = {s: signal.signal(s, interrupt) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        if answer.as_json:
            yield cancel, None
        else:
            with ProgressLine(answer.talk, answer.lang) as line:
                yield cancel, line
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def engine_failing(answer: Answer) -> Iterator[None]:
    """Turn a solver that is missing, banned or broken into words instead of an unexpected error."""
    from realloc.engines import EngineError

    try:
        yield
    except (EngineError, ImportError) as error:
        answer.refuse_engine(str(error))
        raise SystemExit(answer.code) from error


def check_solver(engine: str, answer: Answer) -> None:
    """Refuse a solver of PuLP that is not there before anything is read, and name those that are.

    ``pulp`` alone is for PuLP to choose.
    """
    family, colon, solver = engine.partition(":")
    if family != "pulp":
        return
    with engine_failing(answer):
        from realloc.engines import EngineError
        from realloc.engines.pulp.solvers import is_at_hand, solvers_at_hand

        if not is_at_hand(solver) and colon:
            known = ", ".join(solvers_at_hand())
            raise EngineError(say("text.solvers", answer.lang, engine=engine, known=known))


def in_thread(work: Callable[[], T]) -> T:
    """Do the work in a thread, so that this one sees an interrupt at once."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(work)
        while not future.done():
            wait([future], timeout=0.2)
        return future.result()
