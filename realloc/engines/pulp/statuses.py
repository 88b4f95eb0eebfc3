"""What the ends of solvers mean, as tables: never more than the solver's own word says.

PuLP 3 says *Optimal* at a limit, and *Infeasible* for *infeasible or unbounded*; so the solver's
own word is read wherever it can be had, and PuLP's codes only where it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realloc.engines import EngineError, Status
from realloc.engines.lp import STATUS as HIGHS

Ends = tuple[Status, Status]

_LIMIT: Ends = (Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT)
_OPTIMAL: Ends = (Status.OPTIMAL_CLAIMED, Status.BAD_OUTPUT)
_GAP: Ends = (Status.FEASIBLE_LIMIT, Status.BAD_OUTPUT)
_INFEASIBLE: Ends = (Status.BAD_OUTPUT, Status.INFEASIBLE_CLAIMED)
_UNBOUNDED: Ends = (Status.UNBOUNDED, Status.UNBOUNDED)
_EITHER: Ends = (Status.INF_OR_UNBD, Status.INF_OR_UNBD)
_INTERRUPTED: Ends = (Status.INTERRUPTED, Status.INTERRUPTED)
_ERROR: Ends = (Status.MODEL_ERROR, Status.MODEL_ERROR)

#: First line of a solution file of CBC, up to " - objective value" or " (no integer solution" ->
#: (claim with a solution, claim without one).
CBC: dict[str, Ends] = {
    "Optimal": _OPTIMAL,
    "Optimal (within gap tolerance)": _GAP,
    "Infeasible": _INFEASIBLE,
    "Integer infeasible": _INFEASIBLE,
    "Unbounded": _UNBOUNDED,
    "Stopped on time": _LIMIT,
    "Stopped on iterations": _LIMIT,
    "Stopped on nodes": _LIMIT,
    "Stopped on solutions": _LIMIT,
    "Stopped on gap": _GAP,
    "Stopped on difficulties": (Status.FEASIBLE_LIMIT, Status.MODEL_ERROR),
    "Stopped on ctrl-c": _INTERRUPTED,
    "Stopped by event handler": _INTERRUPTED,
    "Status unknown": _ERROR,
}

#: Status of SCIP, in the words of its solution files and of its Python interface.
SCIP: dict[str, Ends] = {
    "optimal solution found": _OPTIMAL,
    "infeasible": _INFEASIBLE,
    "unbounded": _UNBOUNDED,
    "infeasible or unbounded": _EITHER,
    "time limit reached": _LIMIT,
    "memory limit reached": _LIMIT,
    "node limit reached": _LIMIT,
    "total node limit reached": _LIMIT,
    "stall node limit reached": _LIMIT,
    "gap limit reached": _GAP,
    "primal limit reached": _LIMIT,
    "dual limit reached": _LIMIT,
    "solution limit reached": _LIMIT,
    "solution improvement limit reached": _LIMIT,
    "restart limit reached": _LIMIT,
    "user interrupt": _INTERRUPTED,
    "termination signal received": _INTERRUPTED,
    "unknown": _ERROR,
    "optimal": _OPTIMAL,
    "inforunbd": _EITHER,
    "timelimit": _LIMIT,
    "memlimit": _LIMIT,
    "nodelimit": _LIMIT,
    "totalnodelimit": _LIMIT,
    "stallnodelimit": _LIMIT,
    "gaplimit": _GAP,
    "primallimit": _LIMIT,
    "duallimit": _LIMIT,
    "sollimit": _LIMIT,
    "bestsollimit": _LIMIT,
    "restartlimit": _LIMIT,
    "userinterrupt": _INTERRUPTED,
    "terminate": _INTERRUPTED,
}

#: Status lines of FiberSCIP's solution files; it names no limit, so nothing is optimal.
FSCIP: dict[str, Ends] = {"Final Solution": _GAP, "No Solution": _LIMIT}

#: (status, sol_status) of PuLP 3, for solvers whose own word is not at hand. Pairs that contradict
#: themselves are bad output.
PULP3: dict[tuple[int, int], Status] = {
    (1, 1): Status.OPTIMAL_CLAIMED,
    (1, 2): Status.FEASIBLE_LIMIT,
    (1, 0): Status.BAD_OUTPUT,
    (1, -1): Status.BAD_OUTPUT,
    (1, -2): Status.BAD_OUTPUT,
    (0, 0): Status.NO_SOLUTION_LIMIT,
    (0, -1): Status.NO_SOLUTION_LIMIT,
    (0, 2): Status.FEASIBLE_LIMIT,
    (0, 1): Status.BAD_OUTPUT,
    (0, -2): Status.BAD_OUTPUT,
    (-1, -1): Status.INFEASIBLE_CLAIMED,
    (-1, 0): Status.INFEASIBLE_CLAIMED,
    (-1, 1): Status.BAD_OUTPUT,
    (-1, 2): Status.BAD_OUTPUT,
    (-1, -2): Status.INF_OR_UNBD,
    (-2, -2): Status.UNBOUNDED,
    (-2, 0): Status.UNBOUNDED,
    (-2, 2): Status.UNBOUNDED,
    (-2, -1): Status.INF_OR_UNBD,
    (-2, 1): Status.BAD_OUTPUT,
    (-3, 0): Status.MODEL_ERROR,
    (-3, -1): Status.MODEL_ERROR,
    (-3, 2): Status.FEASIBLE_LIMIT,
    (-3, 1): Status.BAD_OUTPUT,
    (-3, -2): Status.INF_OR_UNBD,
}

#: ``LpSolveStatus`` of PuLP 4 -> (claim with a solution, claim without one).
PULP4: dict[int, Ends] = {
    1: _OPTIMAL,
    0: _LIMIT,
    -1: _INFEASIBLE,
    -2: _UNBOUNDED,
    -3: _EITHER,
    -4: _LIMIT,
    -5: _LIMIT,
    -6: _LIMIT,
    -7: _GAP,
    -8: _LIMIT,
    -9: _LIMIT,
    -10: _INTERRUPTED,
    -11: _LIMIT,
    -12: _ERROR,
}

#: Part of the time limit after which "optimal" and "infeasible" are taken for the limit, where the
#: solver's word cannot be relied on to tell them apart; an interrupt comes to the same.
_NEAR = 0.95


def claim_of(end: Mapping[str, Any], *, readable: bool) -> Status:
    """Return what the end of a process claims.

    Parameters
    ----------
    end
        what the process wrote.
    readable
        whether the values it left have one choice for every item.

    Raises
    ------
    EngineError
        if the solver's word, or PuLP's code, is not known.
    """
    kind, word = end.get("kind", ""), end.get("word", "")
    try:
        if kind == "highs":
            return HIGHS[word][0 if end["solutions"] and readable else 1]
        if kind == "cbc":
            return _cbc(end, word, readable=readable)
        if kind == "scip":
            has = bool(end.get("solutions", 1)) and readable
            return _scip(word)[0 if has else 1]
        if "has_solution" in end:
            claim = PULP4[end["status"]][0 if end["has_solution"] and readable else 1]
        else:
            claim = _pulp3(end, readable=readable)
    except KeyError:
        raise EngineError(f"unknown end of {end.get('solver')}: {dict(end)}") from None
    # PuLP calls a stop at the gap optimal; only a bound could tell
    at_gap = claim is Status.OPTIMAL_CLAIMED and end["gap"] > 0 and end.get("bound") is None
    return Status.FEASIBLE_LIMIT if at_gap else claim


def _cbc(end: Mapping[str, Any], word: str, *, readable: bool) -> Status:
    head, marked, _ = word.partition(" (no integer solution")
    ends = CBC[head.partition(" - objective value")[0]]
    # stopped in its preprocessing, CBC 2.10 says "Integer infeasible" of programs that are not
    if ends in (_OPTIMAL, _INFEASIBLE) and (
        end.get("result", "").startswith("Stopped") or _at_limit(end)
    ):
        ends = _LIMIT
    return ends[0 if readable and not marked else 1]


def _at_limit(end: Mapping[str, Any]) -> bool:
    return bool(end.get("interrupted")) or end["seconds"] >= _NEAR * end["limit"]


def _scip(word: str) -> Ends:
    if word in FSCIP:
        return FSCIP[word]
    return SCIP[word.removeprefix("solution status: ")]


def _pulp3(end: Mapping[str, Any], *, readable: bool) -> Status:
    status = PULP3[end["status"], end["sol_status"]]
    if _at_limit(end):
        status = {
            Status.OPTIMAL_CLAIMED: Status.FEASIBLE_LIMIT,
            Status.INFEASIBLE_CLAIMED: Status.NO_SOLUTION_LIMIT,
        }.get(status, status)
    if readable:
        return status
    without = {
        Status.OPTIMAL_CLAIMED: Status.BAD_OUTPUT,
        Status.FEASIBLE_LIMIT: Status.NO_SOLUTION_LIMIT,
    }
    return without.get(status, status)
