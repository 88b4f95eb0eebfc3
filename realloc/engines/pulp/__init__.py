"""PuLP: whatever solver of that family a user owns, each run in a process group of its own.

PuLP starts solvers that outlive it and that it cannot stop, so all of it runs in a process that can
be killed with everything it started: on cancel, past the time limit, and when this process dies.
Once its solver is called, it is interrupted before it is killed: solvers that then write their best
solution (CBC, SCIP) keep it.
Files go to a folder of the run's own, which is removed. What comes back is floating point and is
read as choices only; their value is measured exactly.

References
----------
Mitchell, S., O'Sullivan, M. and Dunning, I. (2011). PuLP: a linear programming toolkit for Python.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realloc.engines import Claim, EngineError, Run, Status
from realloc.engines.claims import Track, settle, unsearched
from realloc.engines.pulp import process
from realloc.engines.pulp.log import Log
from realloc.engines.pulp.solvers import check_installed, is_at_hand
from realloc.engines.pulp.statuses import claim_of
from realloc.linear import Linear, columns_of, linear, point_of
from realloc.program import UNLIMITED, Point, Program, measure

#: Seconds that a solver may overrun its limit before it is interrupted.
GRACE = 1.0

#: Seconds that an interrupted solver has to write down its best before it is killed.
LAST = 1.0

#: Seconds between looks at the cancel token and the clock.
_PULSE = 0.02

#: Seconds between looks at the log, each of which is a sign of life even without news.
_LOOK = 1.0

#: Files of a model hold twelve digits, not more.
_WRITTEN = 10**12


def solve(program: Program, run: Run, *, solver: str = "") -> Claim:
    """Solve a program with a solver that PuLP drives.

    Parameters
    ----------
    program, run
        what to solve and how.
    solver
        PuLP's name of the solver (``COIN_CMD``, ``SCIP_PY``, ``GUROBI`` …); default: CBC, or else
        the first of :data:`realloc.engines.pulp.process.PREFERRED` that is installed.

    Raises
    ------
    ImportError
        if PuLP or the solver is missing, or is a version known to answer wrongly.
    EngineError
        if the solver ends in a way that is not known, numbers do not fit its files, or the run
        is to be reproducible.
    """
    if run.effort is not None:
        raise EngineError("solvers of PuLP stop by the clock; they have no reproducible run")
    check_installed(solver)
    if solver and not is_at_hand(solver):
        raise ImportError(f"PuLP has no solver {solver} here")
    name = f"PuLP {solver}".strip()
    at_once = unsearched(program, run, solver=name)
    if at_once is not None:
        return at_once
    lp = linear(program)
    blank = np.diff(lp.matrix.start) == 0
    if (blank & ((lp.row_lower > 0) | (lp.row_upper < 0))).any():
        note = "a limit that nothing can reach"
        return settle(program, run, Status.INFEASIBLE_CLAIMED, None, solver=name, note=note)
    if solver.endswith("_CMD") or not solver:
        _check_digits(lp)
    track = Track(run)
    track.tell_start(program)
    track.settle()
    if run.left() <= 0:
        status = Status.INTERRUPTED if run.cancel.is_set() else Status.NO_SOLUTION_LIMIT
        return settle(program, run, status, None, solver=name, note="limit before the search")
    claim = _attempt(program, lp, run, track, solver, name)
    no = "infeasible" in claim.note.lower() and claim.point is run.start
    if no and solver in ("", *process.CBC) and run.left() > 0:
        # CBC 2.10.3 calls some feasible programs infeasible after its preprocessing
        return _attempt(program, lp, run, track, solver, name, preprocess=False)
    return claim


def _attempt(
    program: Program,
    lp: Linear,
    run: Run,
    track: Track,
    solver: str,
    name: str,
    *,
    preprocess: bool = True,
) -> Claim:
    """Run a solver once."""
    with tempfile.TemporaryDirectory(prefix="realloc-", ignore_cleanup_errors=True) as folder:
        _write(Path(folder), program, lp, run, solver, preprocess=preprocess)
        killed, code, errors = _run(Path(folder), run, track, lp.constant)
        track.settle()
        return _claim(Path(folder), program, lp, run, name, killed, code, errors)


def _check_digits(lp: Linear) -> None:
    largest = 0
    for numbers in (lp.cost, lp.matrix.value, lp.upper, lp.row_lower, lp.row_upper):
        size = np.abs(numbers)
        largest = max(largest, int(size[size < UNLIMITED].max(initial=0)))
    if largest >= _WRITTEN:
        raise EngineError(f"PuLP writes twelve digits; {largest} has more")


# -- the process -----------------------------------------------------------------------------------


def _write(folder: Path, program: Program, lp: Linear, run: Run, solver: str, *,
           preprocess: bool) -> None:  # fmt: skip
    arrays = {
        "cost": lp.cost, "lower": lp.lower, "upper": lp.upper, "integer": lp.integer,
        "start": lp.matrix.start, "index": lp.matrix.index, "value": lp.matrix.value,
        "row_lower": lp.row_lower, "row_upper": lp.row_upper,
    }  # fmt: skip
    if run.start is not None:
        arrays["hint"] = np.minimum(columns_of(program, lp, run.start), lp.upper)
    for name, numbers in arrays.items():
        (folder / f"{name}.bin").write_bytes(numbers.astype(np.int64).tobytes())
    task = {
        "solver": solver,
        "seconds": run.left(),
        "gap": run.gap,
        "threads": max(1, run.threads),
        "seed": run.seed % (2**31 - 1),
        "hinted": run.start is not None,
        "preprocess": preprocess,
    }
    (folder / "task.json").write_text(json.dumps(task))


def _run(folder: Path, run: Run, track: Track, constant: int) -> tuple[str, int, str]:
    """Run the process to its end, or stop it; follow its log meanwhile.

    Returns
    -------
    str, int, str
        why it was killed (blank where it ended, if interrupted), its code, its errors.
    """
    environment = {
        **os.environ,
        **dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(folder)),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "PYTHONSAFEPATH": "1",
    }
    command = [sys.executable, "-W", "ignore", process.__file__, str(folder)]
    stopped = killed = ""
    last, next_look = 0.0, time.monotonic() + _LOOK
    log = Log(folder / process.LOG)
    with (folder / "errors.txt").open("wb") as errors:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
        try:
            while child.poll() is None and not killed and track.failure is None:
                if time.monotonic() >= next_look:
                    _follow(log, track, constant)
                    next_look = time.monotonic() + _LOOK
                if stopped:
                    time.sleep(_PULSE)
                    killed = stopped if time.monotonic() > last else ""
                elif run.cancel.wait(_PULSE) or run.elapsed() > run.seconds + GRACE:
                    stopped = "cancel" if run.cancel.is_set() else "time"
                    if not (folder / process.SEARCH).exists():
                        # an interrupt could come before its handler, and there is nothing to save
                        killed = stopped
                        break
                    last = time.monotonic() + LAST
                    _interrupt(child)
        finally:
            _kill(child)
    text = (folder / "errors.txt").read_bytes()[-400:].decode(errors="replace")
    return killed, child.returncode, text


def _follow(log: Log, track: Track, constant: int) -> None:
    """Tell what the log says by now, or at least that the run goes on."""
    value, bound = log.look()
    before = track.value, track.bound
    if value is not None:
        value += constant
    if bound is not None:
        # cut off by its own best value, CBC may print one beyond it
        known = [v for v in (value, track.value) if v is not None]
        bound = min([bound + constant, *known])
    track.tell("search", value=value, bound=bound)
    if (track.value, track.bound) == before:
        track.tell_time("search")


def _interrupt(child: subprocess.Popen[bytes]) -> None:
    """Ask whatever the process has started to stop; it ignores the signal itself."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGINT)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the process and all that it started, whether it still runs or not."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
    child.wait()


# -- the end ---------------------------------------------------------------------------------------


def _claim(
    folder: Path,
    program: Program,
    lp: Linear,
    run: Run,
    name: str,
    killed: str,
    code: int,
    errors: str,
) -> Claim:
    if killed:
        status = Status.INTERRUPTED if killed == "cancel" else Status.TIMEOUT_KILLED
        note = f"killed: {killed}; it wrote no solution"
        return settle(program, run, status, None, solver=name, note=note)
    end = _end(folder)
    if end is None and run.cancel.is_set():
        note = f"ended with {code} when cancelled; it wrote no solution"
        return settle(program, run, Status.INTERRUPTED, None, solver=name, note=note)
    if end is None:
        # nobody but the kernel sends this signal, when memory runs out
        status = Status.OOM_KILLED if code == -9 else Status.CRASH
        return settle(program, run, status, None, solver=name, note=f"ended with {code}: {errors}")
    if "error" in end:
        return _failed(end, program, run, name)
    name = f"PuLP {end['pulp']} {end['solver']} {end.get('version', '')}".strip()
    note = end.get("word") or f"{end.get('status')}, {end.get('sol_status')}"
    values = np.fromfile(folder / "values.bin")
    point = _point(program, lp, values)
    status = claim_of(end, readable=point is not None)
    if status is Status.BAD_OUTPUT and point is not None and measure(program, point).violation:
        # "infeasible" leaves values behind that are no point
        status = claim_of(end, readable=False)
    if run.cancel.is_set() and status in (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT):
        status = Status.INTERRUPTED  # CBC says "iterations" of an interrupt
    if status not in (Status.OPTIMAL_CLAIMED, Status.FEASIBLE_LIMIT, Status.INTERRUPTED):
        point = None
    bound = _bound(end, lp, status, values)
    return settle(program, run, status, point, bound=bound, solver=name, note=note)


def _end(folder: Path) -> dict[str, Any] | None:
    try:
        end = json.loads((folder / "end.json").read_text())
    except (OSError, ValueError):
        return None
    return end if isinstance(end, dict) else None


def _failed(end: dict[str, Any], program: Program, run: Run, name: str) -> Claim:
    error, text = end["error"], end["text"]
    if error == "unavailable":
        raise ImportError(f"PuLP has no solver {text} here")
    status = {
        "memory": Status.OOM_KILLED,
        "limit": Status.NO_SOLUTION_LIMIT,
    }.get(error, Status.CRASH)
    if status is Status.CRASH and run.cancel.is_set():
        # a solver that dies of the interrupt
        status, text = Status.INTERRUPTED, f"it keeps no solution when interrupted: {text}"
    return settle(program, run, status, None, solver=name, note=f"{error}: {text}")


def _point(program: Program, lp: Linear, values: NDArray[np.float64]) -> Point | None:
    """Read a point; None where values are what a solver leaves behind without a solution."""
    if len(values) != lp.columns:
        return None
    whole = values[: lp.first[2]]
    if not np.isfinite(whole).all() or (np.abs(whole - np.rint(whole)) > 1e-4).any():
        return None
    taken = np.add.reduceat(np.rint(whole[: program.choices]), program.item[:-1])
    return point_of(program, lp, values) if (taken == 1).all() else None


def _bound(
    end: dict[str, Any], lp: Linear, status: Status, values: NDArray[np.float64]
) -> float | None:
    """Return the bound that the solver claims: its own value where it claims an optimum."""
    bound = end.get("bound")
    if status is Status.OPTIMAL_CLAIMED and bound is None:
        bound = float(lp.cost.astype(np.float64) @ values)
        if end.get("objective") is not None:
            bound = min(bound, end["objective"])
    if status not in (
        Status.OPTIMAL_CLAIMED, Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT, Status.INTERRUPTED
    ):  # fmt: skip
        return None
    return None if bound is None else bound + lp.constant
