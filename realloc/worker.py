"""A solve in a process of its own, so that whoever shows it never waits and can always stop it.

A job is a folder; the process that runs it and the one that shows it meet nowhere else, so a page
may come and go while the job goes on:

=================== ==========================================================================
``city/``           the city, as CSV
``request.json``    how to solve it
``progress.jsonl``  one line per step: seconds, value, bound, what the run is at
``stop``            put there to stop and keep the best plan
``out/``            the result, as :meth:`realloc.result.Result.save` writes it
``verified.json``   what a check of ``out/`` without a solver found
``end.json``        how it ended, in a code; missing where the process was killed
``worker.log``      what libraries print, and the details of unexpected errors
=================== ==========================================================================

``python -m realloc.worker FOLDER [PARENT]`` runs the job in a folder, for as long as the process
PARENT is its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from realloc.engines import EngineError, Progress
from realloc.errors import InputError
from realloc.instance import City
from realloc.tables.files import replaced

#: What a job is at: the first two have a living process.
RUNNING, STOPPING, DONE, FAILED, KILLED = "running", "stopping", "done", "failed", "killed"

#: Seconds between looks at the stop file, and least seconds between two steps of equal value.
_LOOK = 0.1
_BETWEEN = 0.2


@dataclass(frozen=True)
class Request:
    """How to solve: as the keywords of :func:`realloc.solver.solve`."""

    engine: str = "auto"
    time_limit: float = 60.0
    gap: float = 0.0
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class End:
    """How a job ended.

    Attributes
    ----------
    state
        ``done``, ``failed`` or ``killed``.
    code
        of a failure: ``input``, ``engine``, ``memory``, ``unexpected``; of a kill the signal.
    detail
        a fact that helps; of a kill ``asked`` where the one who started the job asked for it.
    """

    state: str
    code: str = ""
    detail: str = ""


@dataclass(eq=False)
class Job:
    """A job and its process, as seen by the one who started it."""

    folder: Path
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    killed: bool = False  # by :meth:`kill`
    _steps: list[Progress] = field(default_factory=list)
    _read: int = 0

    @classmethod
    def start(cls, city: City, request: Request, folder: Path) -> Job:
        """Write the job into a new folder and start its process."""
        from realloc import tables

        tables.write(city, folder / "city")
        _write(folder / "request.json", asdict(request))
        own = str(os.getpid())
        command = [sys.executable, "-m", "realloc.worker", str(folder.resolve()), own]
        root = str(Path(__file__).parents[1])
        environment = {**os.environ, "PYTHONUTF8": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(
            [root, *filter(None, [environment.get("PYTHONPATH")])]
        )
        with (folder / "worker.log").open("wb") as log:
            # A session of its own: an interrupt at the terminal reaches the app alone, which the
            # worker survives just long enough to keep its best.
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        return cls(folder, process)

    @property
    def state(self) -> str:
        """What the job is at: running, stopping, done, failed or killed."""
        if self.process.poll() is None:
            return STOPPING if (self.folder / "stop").exists() else RUNNING
        return self.end.state

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process.poll() is None

    @property
    def end(self) -> End:
        """How it ended; a process that left no word was killed."""
        told = _read(self.folder / "end.json")
        if told is not None:
            return End(told["state"], told["code"], told["detail"])
        code = self.process.poll() or 0
        signal_name = _signal_name(-code) if code < 0 else str(code)
        return End(KILLED, signal_name, "asked" if self.killed else "")

    @property
    def has_result(self) -> bool:
        """Whether a result is there, which may be before the end (it is then being verified)."""
        return (self.folder / "out" / "result.json").exists()

    @property
    def verification(self) -> dict[str, Any] | None:
        """What the check of the result found, as :meth:`Verification.to_json`; None: no check."""
        return _read(self.folder / "verified.json")

    @property
    def stage(self) -> str:
        """What the run is at, in a code; blank before the first step."""
        steps = self.steps()
        return steps[-1].stage if steps else ""

    def steps(self) -> list[Progress]:
        """Return all steps so far; a line that is not whole yet is left for the next time."""
        with (
            contextlib.suppress(FileNotFoundError),
            (self.folder / "progress.jsonl").open("rb") as file,
        ):
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                self._steps.append(Progress(**json.loads(line)))
        return list(self._steps)

    @property
    def silence(self) -> float:
        """Seconds since the last step, or since the start where there is none yet."""
        try:
            return max(0.0, time.time() - (self.folder / "progress.jsonl").stat().st_mtime)
        except FileNotFoundError:
            return time.monotonic() - self.began

    def stop(self) -> None:
        """Ask the run to stop and keep its best plan."""
        (self.folder / "stop").touch()

    def kill(self, grace: float = 2.0) -> None:
        """End the process at once; what is not saved is lost."""
        if self.alive:
            self.killed = True
            self.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(grace)

    def wait(self, seconds: float) -> str:
        """Wait for the end at most so long; return the state."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.state


# -- in the process of the job -------------------------------------------------------------------


def run(folder: Path, parent: int | None = None) -> End:
    """Run the job in a folder to its end, or to that of its parent, and write down how it ended."""
    end = _attempt(folder, parent or os.getppid())
    _write(folder / "end.json", asdict(end))
    return end


def _attempt(folder: Path, parent: int) -> End:
    try:
        with _cancelled_by(folder / "stop", parent) as cancel:
            _solve(folder, cancel)
    except InputError as error:
        return End(FAILED, "input", str(error)[:500])
    except (EngineError, ImportError) as error:
        return End(FAILED, "engine", str(error)[:500])
    except MemoryError:
        return End(FAILED, "memory")
    except Exception as error:  # nobody reads a traceback in a page; the log keeps it
        traceback.print_exc()
        return End(FAILED, "unexpected", type(error).__name__)
    return End(DONE)


def _solve(folder: Path, cancel: threading.Event) -> None:
    from realloc import solver, tables

    request = Request(**(_read(folder / "request.json") or {}))
    began = time.perf_counter()
    city = tables.read(folder / "city")
    seconds = time.perf_counter() - began
    with (folder / "progress.jsonl").open("a", encoding="utf-8", buffering=1) as lines:
        report = _Reporter(lines)
        found = solver.solve(city, **asdict(request), progress=report, cancel=cancel)
        found.seconds["load"] = seconds
        found.save(folder / "out")
        if found.plan is not None:
            report.phase("verify")
            _write(folder / "verified.json", solver.verify(city, folder / "out").to_json())


class _Reporter:
    """Writes steps as lines, but not more of them than anybody can see."""

    def __init__(self, lines: Any) -> None:
        self._lines = lines
        self._seen: Progress | None = None
        self._last: Progress | None = None
        self._written = 0.0

    def __call__(self, step: Progress) -> None:
        self._seen, last, now = step, self._last, time.monotonic()
        new = last is None or (last.value, last.stage) != (step.value, step.stage)
        if new or now - self._written >= _BETWEEN:
            self._last, self._written = step, now
            self._lines.write(json.dumps(asdict(step)) + "\n")

    def phase(self, name: str) -> None:
        """Say that the run is over and what follows, at the value and bound that it ended with."""
        last = self._seen or Progress(0.0, None, None, name)
        self._lines.write(json.dumps({**asdict(last), "stage": name}) + "\n")


@contextlib.contextmanager
def _cancelled_by(stop: Path, parent: int) -> Iterator[threading.Event]:
    """Yield a token that is set by the stop file, by SIGTERM, or when the parent has gone."""
    cancel, over = threading.Event(), threading.Event()

    def look() -> None:
        while not over.wait(_LOOK):
            if stop.exists() or os.getppid() != parent:
                cancel.set()
                return

    signal.signal(signal.SIGTERM, lambda number, frame: cancel.set())
    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield cancel
    finally:
        over.set()
        watcher.join()


def _write(path: Path, data: dict[str, Any]) -> None:
    with replaced(path) as beside:
        beside.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def main() -> int:
    """Run the job in the folder that the command line names."""
    if hasattr(os, "nice"):
        os.nice(5)  # pages stay quick while a solve takes every processor
    folder, *parent = sys.argv[1:]
    return 0 if run(Path(folder), *map(int, parent)).state == DONE else 1


if __name__ == "__main__":
    raise SystemExit(main())
