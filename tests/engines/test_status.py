"""Every way in which a solver can end, what it may be called, and ends really brought about.

The tables are written out here a second time, end by end, so that a slip in one of them shows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from programs import assignment, first_point, market_split

from realloc.engines import Claim, EngineError, Run, Status, cpsat, lp
from realloc.engines.pulp import solve as solve_by_pulp
from realloc.engines.pulp import statuses
from realloc.linear import Linear, linear
from realloc.program import UNLIMITED, Program
from realloc.sparse import Csr

OPTIMAL, FEASIBLE = Status.OPTIMAL_CLAIMED, Status.FEASIBLE_LIMIT
NONE, INFEASIBLE = Status.NO_SOLUTION_LIMIT, Status.INFEASIBLE_CLAIMED
BAD, ERROR, STOPPED = Status.BAD_OUTPUT, Status.MODEL_ERROR, Status.INTERRUPTED
UNBOUNDED, EITHER = Status.UNBOUNDED, Status.INF_OR_UNBD

# -- tables ----------------------------------------------------------------------------------------

#: end -> claim with a solution, claim without one.
HIGHS = {
    "kNotset": (ERROR, ERROR),
    "kLoadError": (ERROR, ERROR),
    "kModelError": (ERROR, ERROR),
    "kPresolveError": (ERROR, ERROR),
    "kSolveError": (ERROR, ERROR),
    "kPostsolveError": (ERROR, ERROR),
    "kModelEmpty": (Status.EMPTY, Status.EMPTY),
    "kOptimal": (OPTIMAL, BAD),
    "kInfeasible": (INFEASIBLE, INFEASIBLE),
    "kUnboundedOrInfeasible": (EITHER, EITHER),
    "kUnbounded": (UNBOUNDED, UNBOUNDED),
    "kObjectiveBound": (FEASIBLE, NONE),
    "kObjectiveTarget": (FEASIBLE, NONE),
    "kTimeLimit": (FEASIBLE, NONE),
    "kIterationLimit": (FEASIBLE, NONE),
    "kUnknown": (ERROR, ERROR),
    "kSolutionLimit": (FEASIBLE, NONE),
    "kInterrupt": (STOPPED, STOPPED),
    "kMemoryLimit": (FEASIBLE, NONE),
    "kHighsInterrupt": (STOPPED, STOPPED),
}

CPSAT = {
    "UNKNOWN": (FEASIBLE, NONE),
    "MODEL_INVALID": (ERROR, ERROR),
    "FEASIBLE": (FEASIBLE, BAD),
    "INFEASIBLE": (BAD, INFEASIBLE),
    "OPTIMAL": (OPTIMAL, BAD),
}

VALUE, CONTINUOUS = " - objective value 225.00000000", " (no integer solution - continuous used)"
CBC_LINES = {
    f"Optimal{VALUE}": OPTIMAL,
    f"Optimal (within gap tolerance){VALUE}": FEASIBLE,
    f"Infeasible{VALUE}": BAD,  # with values that are a point; without: below
    f"Integer infeasible{VALUE}": BAD,
    f"Unbounded{VALUE}": UNBOUNDED,
    f"Stopped on time{VALUE}": FEASIBLE,
    f"Stopped on iterations{VALUE}": FEASIBLE,
    f"Stopped on difficulties{VALUE}": FEASIBLE,
    f"Stopped on ctrl-c{VALUE}": STOPPED,
    f"Status unknown{VALUE}": ERROR,
    f"Optimal{CONTINUOUS}{VALUE}": BAD,
    f"Infeasible{CONTINUOUS}{VALUE}": INFEASIBLE,
    f"Integer infeasible{CONTINUOUS}{VALUE}": INFEASIBLE,
    f"Stopped on time{CONTINUOUS}{VALUE}": NONE,
    f"Stopped on iterations{CONTINUOUS}{VALUE}": NONE,
    f"Stopped on difficulties{CONTINUOUS}{VALUE}": ERROR,
    f"Stopped on ctrl-c{CONTINUOUS}{VALUE}": STOPPED,
}

SCIP = {
    "optimal solution found": (OPTIMAL, BAD),
    "infeasible": (BAD, INFEASIBLE),
    "unbounded": (UNBOUNDED, UNBOUNDED),
    "infeasible or unbounded": (EITHER, EITHER),
    "time limit reached": (FEASIBLE, NONE),
    "memory limit reached": (FEASIBLE, NONE),
    "node limit reached": (FEASIBLE, NONE),
    "total node limit reached": (FEASIBLE, NONE),
    "stall node limit reached": (FEASIBLE, NONE),
    "gap limit reached": (FEASIBLE, BAD),
    "primal limit reached": (FEASIBLE, NONE),
    "dual limit reached": (FEASIBLE, NONE),
    "solution limit reached": (FEASIBLE, NONE),
    "solution improvement limit reached": (FEASIBLE, NONE),
    "restart limit reached": (FEASIBLE, NONE),
    "user interrupt": (STOPPED, STOPPED),
    "termination signal received": (STOPPED, STOPPED),
    "unknown": (ERROR, ERROR),
    "optimal": (OPTIMAL, BAD),
    "timelimit": (FEASIBLE, NONE),
    "memlimit": (FEASIBLE, NONE),
    "nodelimit": (FEASIBLE, NONE),
    "totalnodelimit": (FEASIBLE, NONE),
    "stallnodelimit": (FEASIBLE, NONE),
    "gaplimit": (FEASIBLE, BAD),
    "primallimit": (FEASIBLE, NONE),
    "duallimit": (FEASIBLE, NONE),
    "sollimit": (FEASIBLE, NONE),
    "bestsollimit": (FEASIBLE, NONE),
    "restartlimit": (FEASIBLE, NONE),
    "inforunbd": (EITHER, EITHER),
    "userinterrupt": (STOPPED, STOPPED),
    "Final Solution": (FEASIBLE, BAD),
    "No Solution": (FEASIBLE, NONE),
}

#: (status, sol_status) of PuLP 3 in its own words.
PULP3 = {
    ("Optimal", "Optimal Solution Found"): OPTIMAL,
    ("Optimal", "Solution Found"): FEASIBLE,
    ("Optimal", "No Solution Found"): BAD,
    ("Optimal", "No Solution Exists"): BAD,
    ("Optimal", "Solution is Unbounded"): BAD,
    ("Not Solved", "Optimal Solution Found"): BAD,
    ("Not Solved", "Solution Found"): FEASIBLE,
    ("Not Solved", "No Solution Found"): NONE,
    ("Not Solved", "No Solution Exists"): NONE,
    ("Not Solved", "Solution is Unbounded"): BAD,
    ("Infeasible", "Optimal Solution Found"): BAD,
    ("Infeasible", "Solution Found"): BAD,
    ("Infeasible", "No Solution Found"): INFEASIBLE,
    ("Infeasible", "No Solution Exists"): INFEASIBLE,
    ("Infeasible", "Solution is Unbounded"): EITHER,
    ("Unbounded", "Optimal Solution Found"): BAD,
    ("Unbounded", "Solution Found"): UNBOUNDED,
    ("Unbounded", "No Solution Found"): UNBOUNDED,
    ("Unbounded", "No Solution Exists"): EITHER,
    ("Unbounded", "Solution is Unbounded"): UNBOUNDED,
    ("Undefined", "Optimal Solution Found"): BAD,
    ("Undefined", "Solution Found"): FEASIBLE,
    ("Undefined", "No Solution Found"): ERROR,
    ("Undefined", "No Solution Exists"): ERROR,
    ("Undefined", "Solution is Unbounded"): EITHER,
}
PULP3_STATUS = {"Not Solved": 0, "Optimal": 1, "Infeasible": -1, "Unbounded": -2, "Undefined": -3}
PULP3_SOLUTION = {
    "No Solution Found": 0,
    "Optimal Solution Found": 1,
    "Solution Found": 2,
    "No Solution Exists": -1,
    "Solution is Unbounded": -2,
}

#: LpSolveStatus of PuLP 4: name, code -> claim with a solution, claim without one.
PULP4 = {
    ("NotSolved", 0): (FEASIBLE, NONE),
    ("Optimal", 1): (OPTIMAL, BAD),
    ("Infeasible", -1): (BAD, INFEASIBLE),
    ("Unbounded", -2): (UNBOUNDED, UNBOUNDED),
    ("Undefined", -3): (EITHER, EITHER),
    ("TimeLimit", -4): (FEASIBLE, NONE),
    ("MemoryLimit", -5): (FEASIBLE, NONE),
    ("NodeLimit", -6): (FEASIBLE, NONE),
    ("GapLimit", -7): (FEASIBLE, BAD),
    ("IterationLimit", -8): (FEASIBLE, NONE),
    ("SolutionLimit", -9): (FEASIBLE, NONE),
    ("Interrupted", -10): (STOPPED, STOPPED),
    ("Stopped", -11): (FEASIBLE, NONE),
    ("NumericalError", -12): (ERROR, ERROR),
}

IN_TIME = {"solver": "?", "seconds": 1.0, "limit": 60.0, "gap": 0.0}


@pytest.mark.parametrize(("name", "has"), [*product(HIGHS, (True, False))])
def test_highs(name, has):
    """Every HiGHS status is called what it is, with a solution and without."""
    expected = HIGHS[name][0 if has else 1]
    assert lp.claim_of(name, has_solution=has) is expected
    end = {**IN_TIME, "kind": "highs", "word": name, "solutions": int(has)}
    assert statuses.claim_of(end, readable=has) is expected


def test_highs_has_no_other():
    """The table names the statuses of the installed HiGHS, all of them."""
    members = lp.module().HighsModelStatus.__members__
    assert set(members) == set(HIGHS) == set(lp.STATUS)


@pytest.mark.parametrize(("name", "has"), [*product(CPSAT, (True, False))])
def test_cpsat(name, has):
    """Every CP-SAT status is called what it is, with a solution and without."""
    assert cpsat.claim_of(name, has_solution=has) is CPSAT[name][0 if has else 1]


def test_cpsat_has_no_other():
    """The table names the statuses of the installed CP-SAT, all of them."""
    members = {m for m in dir(cpsat.module().CpSolverStatus) if m.isupper()}
    assert members == set(CPSAT) == set(cpsat.STATUS)


@pytest.mark.parametrize("line", CBC_LINES)
def test_cbc(line):
    """Every first line of CBC is called what it is, its mark of no solution heeded."""
    end = {**IN_TIME, "kind": "cbc", "word": line}
    assert statuses.claim_of(end, readable=True) is CBC_LINES[line]


@pytest.mark.parametrize("head", statuses.CBC)
def test_cbc_without_values(head):
    """Without values that are a point no line of CBC claims a solution, whatever it says."""
    end = {**IN_TIME, "kind": "cbc", "word": head + VALUE}
    assert statuses.claim_of(end, readable=False) not in (OPTIMAL, FEASIBLE)


@pytest.mark.parametrize("head", ["Optimal", "Infeasible", "Integer infeasible"])
@pytest.mark.parametrize("near", [{"seconds": 59.0}, {"result": "Stopped on time limit"}])
def test_cbc_at_its_limit(head, near):
    """At its limit, by the clock or by its log, CBC has shown nothing: neither optimum nor none."""
    end = {**IN_TIME, "kind": "cbc", "word": head + VALUE, **near}
    assert statuses.claim_of(end, readable=True) is FEASIBLE
    assert statuses.claim_of(end, readable=False) is NONE


@pytest.mark.parametrize(("word", "has"), [*product(SCIP, (True, False))])
def test_scip(word, has):
    """Every status of SCIP, in both its dialects, is called what it is."""
    expected = SCIP[word][0 if has else 1]
    for prefix in ("", "solution status: "):
        if prefix and word in statuses.FSCIP:
            continue
        end = {**IN_TIME, "kind": "scip", "word": prefix + word, "solutions": int(has)}
        assert statuses.claim_of(end, readable=True) is expected


@pytest.mark.parametrize(("status", "solution"), PULP3)
def test_pulp3(status, solution):
    """Every pair of codes of PuLP 3 is called what it is; contradictions are bad output."""
    codes = {"status": PULP3_STATUS[status], "sol_status": PULP3_SOLUTION[solution]}
    claim = statuses.claim_of({**IN_TIME, **codes}, readable=True)
    assert claim is PULP3[status, solution]
    late = statuses.claim_of({**IN_TIME, **codes, "seconds": 60.0}, readable=True)
    assert late is {OPTIMAL: FEASIBLE, INFEASIBLE: NONE}.get(claim, claim)
    without = statuses.claim_of({**IN_TIME, **codes}, readable=False)
    assert without is {OPTIMAL: BAD, FEASIBLE: NONE}.get(claim, claim)


def test_pulp3_has_no_other():
    """The table holds all pairs of the codes of the installed PuLP, if it is a PuLP 3."""
    constants = pytest.importorskip("pulp.constants")
    if not hasattr(constants, "LpStatus"):
        pytest.skip("PuLP 4 has no such codes")
    assert {v: k for k, v in constants.LpStatus.items()} == PULP3_STATUS
    assert {v: k for k, v in constants.LpSolution.items()} == PULP3_SOLUTION
    pairs = product(PULP3_STATUS.values(), PULP3_SOLUTION.values())
    assert set(statuses.PULP3) == set(pairs)


@pytest.mark.parametrize(("status", "has"), [*product(PULP4, (True, False))])
def test_pulp4(status, has):
    """Every status of PuLP 4 is called what it is, with a solution and without."""
    end = {**IN_TIME, "status": status[1], "has_solution": has}
    assert statuses.claim_of(end, readable=True) is PULP4[status][0 if has else 1]
    assert statuses.claim_of(end, readable=False) is PULP4[status][1]


@pytest.mark.parametrize(
    "codes", [{"status": 1, "sol_status": 1}, {"status": 1, "has_solution": True}]
)
def test_pulp_at_a_gap(codes):
    """PuLP's "optimal" of a run that may stop at a gap is optimal only if a bound comes with it."""
    end = {**IN_TIME, **codes, "gap": 0.01}
    assert statuses.claim_of(end, readable=True) is FEASIBLE
    assert statuses.claim_of({**end, "bound": 3.0}, readable=True) is OPTIMAL


@pytest.mark.parametrize(
    "end",
    [
        {"kind": "highs", "word": "kNovel", "solutions": 1},
        {"kind": "cbc", "word": "Optimistic - objective value 1"},
        {"kind": "cbc", "word": ""},
        {"kind": "scip", "word": "solution status: pondering"},
        {"status": 7, "sol_status": 1},
        {"status": 1, "sol_status": 7},
        {"status": -99, "has_solution": True},
        {},
    ],
)
def test_unknown_end_raises(end):
    """An end that no table names is an error, never a guess."""
    with pytest.raises(EngineError, match="unknown"):
        statuses.claim_of({**IN_TIME, **end}, readable=True)


def test_unknown_status_raises():
    """So is a status of HiGHS or CP-SAT that no table names."""
    for claim_of in (lp.claim_of, cpsat.claim_of):
        with pytest.raises(EngineError, match="unknown"):
            claim_of("kNovel", has_solution=True)


def test_only_optimal_is_optimal():
    """In no table does a limit, a gap or an interrupt lead to "optimal"."""
    tables: list[dict[Any, Any]] = [
        lp.STATUS, cpsat.STATUS, statuses.CBC, statuses.SCIP, statuses.FSCIP, statuses.PULP3,
        statuses.PULP4,
    ]  # fmt: skip
    names = {
        str(end)
        for table in tables
        for end, claims in table.items()
        if OPTIMAL in (claims if isinstance(claims, tuple) else (claims,))
    }
    assert names == {"kOptimal", "OPTIMAL", "Optimal", "optimal solution found", "optimal",
                     "(1, 1)", "1"}  # fmt: skip


# -- ends brought about ----------------------------------------------------------------------------

TIGHT = replace(assignment(5, 3), upper=np.ones(3, np.int64))
HARD, SOFT = market_split(soft=False), market_split(soft=True)


def _cancelled() -> Run:
    run = Run()
    threading.Timer(0.3, run.cancel.set).start()
    return run


def _rows(program: Program, **changes: Any) -> Linear:
    return replace(linear(program), **changes)


def _falling() -> Linear:
    """One column without an upper bound that pays, and no row in its way."""
    base = linear(assignment(2, 2))
    return replace(
        base,
        cost=np.full(base.columns, -1),
        upper=np.full(base.columns, UNLIMITED),
        matrix=Csr.empty(base.rows),
        row_lower=np.full(base.rows, -UNLIMITED),
    )


def _blank() -> Linear:
    none = np.zeros(0, np.int64)
    return replace(
        linear(assignment(2, 2)),
        cost=none, lower=none, upper=none, integer=none.astype(bool), matrix=Csr.empty(0),
        row_lower=none, row_upper=none,
    )  # fmt: skip


#: (what is brought about, the program, run, whole, options, HiGHS's word, claim).
HIGHS_ENDS: dict[str, tuple[Callable[[], Linear], dict[str, Any], str, Status]] = {
    "optimal": (lambda: linear(assignment(10, 3)), {}, "kOptimal", OPTIMAL),
    "infeasible": (lambda: linear(TIGHT), {}, "kInfeasible", INFEASIBLE),
    "time, solution": (lambda: linear(SOFT), {"seconds": 0.5}, "kTimeLimit", FEASIBLE),
    "time, none": (lambda: linear(HARD), {"seconds": 0.3}, "kTimeLimit", NONE),
    "cancel": (lambda: linear(SOFT), {"run": True}, "kInterrupt", STOPPED),
    "solutions": (
        lambda: linear(SOFT),
        {"options": {"mip_max_improving_sols": 1}},
        "kSolutionLimit",
        FEASIBLE,
    ),
    "target": (
        lambda: linear(SOFT),
        {"options": {"objective_target": 1e6}},
        "kObjectiveTarget",
        FEASIBLE,
    ),
    "nodes": (
        lambda: linear(SOFT),
        {"options": {"mip_max_nodes": 1}},
        "kSolutionLimit",
        FEASIBLE,
    ),
    "iterations": (
        lambda: linear(assignment(40, 5)),
        {"whole": False, "options": {"simplex_iteration_limit": 1, "presolve": "off"}},
        "kIterationLimit",
        NONE,
    ),
    "unbounded": (_falling, {"whole": False}, "kUnbounded", UNBOUNDED),
    "either": (_falling, {}, "kUnboundedOrInfeasible", EITHER),
    "empty": (_blank, {}, "kModelEmpty", Status.EMPTY),
}


@pytest.mark.parametrize("end", HIGHS_ENDS)
def test_highs_really(end):
    """HiGHS, brought to this end, says this word, and it is called this."""
    build, asked, word, status = HIGHS_ENDS[end]
    run = _cancelled() if "run" in asked else Run()
    outcome = lp.solve(
        build(), run, seconds=asked.get("seconds", 20.0), whole=asked.get("whole", True),
        options=asked.get("options"),
    )  # fmt: skip
    assert (outcome.note, outcome.status) == (word, status)
    assert (outcome.values is not None) == (status in (OPTIMAL, FEASIBLE, UNBOUNDED, STOPPED))


def test_highs_refuses():
    """A model or an option that HiGHS does not take is an error, not an end."""
    good = linear(assignment(2, 2))
    shifted = replace(good.matrix, index=good.matrix.index + 100)
    with pytest.raises(EngineError, match="model"):
        lp.solve(replace(good, matrix=shifted), Run(), seconds=1, whole=True)
    with pytest.raises(EngineError, match="nonsense"):
        lp.solve(good, Run(), seconds=1, whole=True, options={"nonsense": 1})


ENDS: dict[str, tuple[Program, Callable[[], Run], Status]] = {
    "optimal": (assignment(10, 3), lambda: Run(seconds=20), OPTIMAL),
    "infeasible": (TIGHT, lambda: Run(seconds=20), INFEASIBLE),
    "time, solution": (SOFT, lambda: Run(seconds=0.7, start=first_point(SOFT)), FEASIBLE),
    "time, none": (HARD, lambda: Run(seconds=0.7), NONE),
    "gap": (assignment(60, 5, 3), lambda: Run(seconds=20, gap=0.3), FEASIBLE),
    "cancel": (HARD, _cancelled, STOPPED),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("solve", [cpsat.solve, solve_by_pulp], ids=["cpsat", "cbc"])
def test_others_really(end, solve):
    """CP-SAT and CBC, brought to this end, claim this and no more."""
    program, run, status = ENDS[end]
    claim: Claim = solve(program, run())
    assert claim.status is status, claim
    assert (claim.point is not None) == (status in (OPTIMAL, FEASIBLE))


def test_cpsat_calls_a_model_invalid(monkeypatch):
    """A model whose sums leave 64 bits, let through on purpose, ends as an error of the model."""
    monkeypatch.setattr(cpsat, "WIDEST", 1 << 80)
    program = assignment(3, 2)
    wide = replace(program.cost, choice=program.cost.choice + (1 << 62))
    claim = cpsat.solve(replace(program, cost=wide), Run(seconds=5))
    assert (claim.status, claim.point) == (ERROR, None)
    assert "MODEL_INVALID" in claim.note
