"""The process in which PuLP runs: reads a model from a folder, solves it, writes how it ended.

It is run as a file, by itself, and imports nothing of this package and no solver but the one asked
for, so that it starts in a tenth of a second. Everything it starts is in its own process group:
when its parent goes away, by whatever end, its standard input closes and it kills the group,
solver included. An interrupt is for the solver alone, which may then write down its best solution.

PuLP 3.3 and 4 differ in how expressions are made and in what `solve` returns; what they share is
used, the rest is told apart by looking for it.
"""

from __future__ import annotations

import array
import inspect
import json
import math
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

#: Solvers in the order in which one is looked for; the first is bundled with PuLP 3.
PREFERRED = ("PULP_CBC_CMD", "COIN_CMD", "HiGHS_CMD", "SCIP_CMD", "GLPK_CMD", "HiGHS", "SCIP_PY")

#: Modules that PuLP imports if it can, and the solvers that need them: each slow to import.
HEAVY = {"highspy": ("HiGHS",), "pyscipopt": ("SCIP_PY",), "ortools": ("CPSAT",)}

#: No limit, in the files of the model.
UNLIMITED = 1 << 60

CBC = ("PULP_CBC_CMD", "COIN_CMD")

#: File that is there once the solver is called: from then on an interrupt may save a solution.
SEARCH = "search"

#: CBC's log.
LOG = "solver.log"

_INTERRUPTED = threading.Event()


def main(folder: str) -> None:
    """Solve the model in `folder` and write ``end.json`` and ``values.bin`` there."""
    began = time.monotonic()
    threading.Thread(target=_follow_parent, daemon=True).start()
    # a handler and no "ignore", which what is started would inherit
    signal.signal(signal.SIGINT, lambda number, frame: _INTERRUPTED.set())
    os.chdir(folder)
    try:
        end = _solve(json.loads(Path("task.json").read_text()), began)
    except MemoryError:
        end = {"error": "memory", "text": "out of memory"}
    except Exception as error:  # whatever PuLP or a solver raises is an end to be told
        end = {"error": type(error).__name__, "text": str(error)[:500]}
    Path("end.part").write_text(json.dumps(end))
    os.replace("end.part", "end.json")
    sys.stdout.flush()
    os._exit(0)  # a solver's threads and destructors are not waited for


def _follow_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    if hasattr(os, "killpg"):
        os.killpg(os.getpgid(0), signal.SIGKILL)
    os._exit(1)


def _solve(task: dict[str, Any], began: float) -> dict[str, Any]:
    pulp = _pulp(task["solver"])
    name = task["solver"] or _first(pulp)
    if name in {s for solvers in HEAVY.values() for s in solvers} and not task["solver"]:
        for module in [m for m in sys.modules if m.partition(".")[0] == "pulp"]:
            del sys.modules[module]
        pulp = _pulp(name)
    solver_class = _class(pulp, name)
    if solver_class is None or not _instance(solver_class, {}).available():
        return {"error": "unavailable", "text": name or "none"}
    problem, columns = _problem(pulp)
    left = task["seconds"] - (time.monotonic() - began)
    if left <= 0:
        return {"error": "limit", "text": "limit before the search"}
    settings, hinted = _settings(solver_class, name, task, left)
    if hinted:
        for column, value in zip(columns, _read("hint"), strict=True):
            column.setInitialValue(value)
    solver = _instance(solver_class, settings)
    Path(SEARCH).touch()
    search = time.monotonic()
    said = problem.solve(solver)
    seconds = time.monotonic() - search
    values = array.array("d", [_number(column.value()) for column in columns])
    Path("values.bin").write_bytes(values.tobytes())
    return {
        "pulp": getattr(pulp, "__version__", "") or pulp.VERSION,
        "solver": name,
        "seconds": seconds,
        "limit": left,
        "interrupted": _INTERRUPTED.is_set(),
        "gap": task["gap"],
        **_said(problem, said),
        **_words(problem, name),
    }


def _pulp(solver: str) -> Any:
    """Import PuLP without the solvers that are not asked for."""
    for module, solvers in HEAVY.items():
        if solver not in solvers:
            sys.modules[module] = None  # type: ignore[assignment]
        elif module in sys.modules and sys.modules[module] is None:
            del sys.modules[module]
    import pulp

    return pulp


def _class(pulp: Any, name: str) -> Any:
    solvers = pulp.apis._all_solvers  # noqa: SLF001 - its own getSolver takes no class
    return next((solver for solver in solvers if solver.name == name), None)


def _first(pulp: Any) -> str:
    """Return the first solver at hand, in the order of :data:`PREFERRED`."""
    from importlib.util import find_spec

    for name in PREFERRED:
        module = next((m for m, solvers in HEAVY.items() if name in solvers), None)
        if module is not None:
            sys.modules.pop(module, None)
            if find_spec(module) is not None:
                return name
            continue
        solver = _class(pulp, name)
        if solver is not None and _instance(solver, {}).available():
            return name
    return ""


def _instance(solver: Any, settings: dict[str, Any]) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return solver(msg=False, **settings)


# -- the model -------------------------------------------------------------------------------------


def _read(name: str) -> list[int]:
    numbers = array.array("q")
    numbers.frombytes(Path(f"{name}.bin").read_bytes())
    return numbers.tolist()


def _problem(pulp: Any) -> tuple[Any, list[Any]]:
    """Build the problem; variables are x0, x1, … as other names may collide once written."""
    problem = pulp.LpProblem("realloc", 1)
    expression = getattr(pulp.LpAffineExpression, "from_list", None) or pulp.LpAffineExpression
    columns = [
        problem.add_variable(
            f"x{j}", low, None if high >= UNLIMITED else high, "Integer" if whole else "Continuous"
        )
        for j, (low, high, whole) in enumerate(
            zip(_read("lower"), _read("upper"), _read("integer"), strict=True)
        )
    ]
    start, index, value = _read("start"), _read("index"), _read("value")
    low, high = _read("row_lower"), _read("row_upper")
    for i in range(len(low)):
        terms = [(columns[index[k]], value[k]) for k in range(start[i], start[i + 1])]
        if not terms:
            continue  # the parent has seen to rows without columns
        if low[i] == high[i]:
            problem.addConstraint(expression(terms) == low[i], f"r{i}")
            continue
        if low[i] > -UNLIMITED:
            problem.addConstraint(expression(terms) >= low[i], f"r{i}l")
        if high[i] < UNLIMITED:
            problem.addConstraint(expression(terms) <= high[i], f"r{i}u")
    cost = _read("cost")
    terms = [(column, c) for column, c in zip(columns, cost, strict=True) if c]
    problem.setObjective(expression(terms or [(columns[0], 0)]))
    return problem, columns


def _settings(
    solver: Any, name: str, task: dict[str, Any], left: float
) -> tuple[dict[str, Any], bool]:
    """Return what of the run's settings this solver takes, and whether it takes a start."""
    takes = inspect.signature(solver.__init__).parameters
    hinted = task["hinted"] and "warmStart" in takes
    seconds = math.ceil(left) if name.startswith("GLPK") else left
    wanted = {
        "timeLimit": seconds,
        "gapRel": task["gap"],
        "threads": task["threads"],
        "warmStart": hinted,
        "keepFiles": True,
    }
    settings = {key: value for key, value in wanted.items() if key in takes}
    seed = task["seed"]
    if "randomSeed" in takes:
        settings["randomSeed"] = seed
    elif name in CBC:
        settings["options"] = [f"randomSeed {seed}", f"randomCbcSeed {seed}"]
        if not task["preprocess"]:
            settings["options"].append("preprocess off")
    elif name.startswith("SCIP"):
        settings["options"] = [f"randomization/randomseedshift={seed}"]
        settings.pop("threads", None)  # SCIP has one
    elif name == "HiGHS":
        settings["random_seed"] = seed
    if name in CBC:
        settings["logPath"] = LOG
    return settings, hinted


# -- the end ---------------------------------------------------------------------------------------


def _said(problem: Any, said: Any) -> dict[str, Any]:
    """Return what PuLP makes of the end: a pair of codes in PuLP 3, one and a flag in PuLP 4."""
    if hasattr(said, "has_solution"):
        bound = said.best_bound
        return {
            "status": int(said.status),
            "has_solution": bool(said.has_solution),
            "bound": bound if bound is None else float(bound),
        }
    return {"status": int(problem.status), "sol_status": int(problem.sol_status)}


def _words(problem: Any, name: str) -> dict[str, Any]:
    """Return the solver's own word for its end, for solvers whose word can be had."""
    if name in CBC:
        word = _first_line()
        value = re.findall(r"objective value (\S+)$", word)
        return {
            "kind": "cbc",
            "word": word,
            "objective": _finite(float(value[0])) if value else None,
            **_cbc_log(),
        }
    if name in ("SCIP_CMD", "FSCIP_CMD"):
        return {"kind": "scip", "word": _first_line()}
    if name == "SCIP_PY":
        model = problem.solverModel
        return {
            "kind": "scip",
            "word": str(model.getStatus()),
            "solutions": int(model.getNSols()),
            "bound": _finite(model.getDualbound()),
            "version": str(model.version()),
        }
    if name == "HiGHS":
        model = problem.solverModel
        info = model.getInfo()
        return {
            "kind": "highs",
            "word": model.getModelStatus().name,
            "solutions": int(int(info.primal_solution_status) == 2),  # kSolutionStatusFeasible
            "bound": _finite(info.mip_dual_bound),
            "version": model.version(),
        }
    return {"kind": ""}


def _first_line() -> str:
    path = next(iter(Path(".").glob("*-pulp.sol")), None)
    if path is None:
        return ""
    with path.open() as lines:
        return lines.readline().strip()


def _cbc_log() -> dict[str, Any]:
    path = Path(LOG)
    text = path.read_text(errors="replace") if path.exists() else ""
    result = re.findall(r"^Result - (.*)$", text, re.MULTILINE)
    bound = re.findall(r"^Lower bound:\s*(\S+)", text, re.MULTILINE)
    version = re.findall(r"^Version:\s*(\S+)", text, re.MULTILINE)
    return {
        "result": result[-1].strip() if result else "",
        "bound": _finite(float(bound[-1])) if bound else None,
        "version": version[-1] if version else "",
    }


def _number(value: float | None) -> float:
    return 0.0 if value is None else float(value)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) and abs(value) < 1e20 else None


if __name__ == "__main__":
    main(sys.argv[1])
