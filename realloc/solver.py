"""The whole method on one screen: measure today, write the program, let an engine solve it, check.

What an engine says is a claim. The plan and its value are checked by :mod:`realloc.evaluation`,
the bound by :mod:`realloc.certificate` over the program; gap and shares come from these alone.
"""

from __future__ import annotations

import resource
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np

from realloc import certificate
from realloc.certificate import Bound
from realloc.conflict import find_conflict
from realloc.engines import (
    MOST_THREADS,
    PRICED,
    Claim,
    Effort,
    EngineError,
    Progress,
    Run,
    engine,
)
from realloc.engines import Status as Claimed
from realloc.evaluation import Evaluation, evaluate
from realloc.formulation import Formulation, formulate
from realloc.instance import City, Plan
from realloc.linear import Linear, linear
from realloc.program import Cost, Point, Program, measure
from realloc.proof import Proof
from realloc.provenance import record
from realloc.prover import prove, root
from realloc.result import Nearest, Result, Stage, Status
from realloc.stages import by_change, capped, objectives_of, tell
from realloc.verification import Verification, verify

__all__ = ["Verification", "solve", "verify"]

#: Up to so many columns a claim of "solved" is proved by a tree.
_SMALL = 4_000

#: Share of the time that is left for the cuts of an engine without prices.
_ROOT = 0.1

#: Share of the time limit for the lawful plan nearest to today.
_NEAREST = 0.2


def solve(
    city: City,
    *,
    engine: str = "auto",
    time_limit: float = 60.0,
    gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    start: Plan | Result | None = None,
    reproducible: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Result:
    """Decide who holds each task in each place, and prove how good the answer is.

    Parameters
    ----------
    city
        the city; its policy says what is minimized.
    engine
        ``auto`` (HiGHS), or a name of :data:`realloc.engines.ENGINES`.
    time_limit
        seconds, a finite number; a fifth of them for the lawful plan nearest to today (see
        :class:`Nearest`).
    gap
        relative gap at which it may stop, 0 to 1.
    threads, seed
        for the engine: whole numbers, from 1 to 1,024, and of 0 or more.
    start
        a plan, or a result with one, to start from; a result of another city is read by ids. One
        that breaks rules, or is of other items, is repaired first. The record says what became of
        it (``options.start``).
    reproducible
        go by work done instead of the clock: with one thread, two runs of one city, seed and limit
        give the same plan and proof on one kind of machine. A second of work is about one second.
    progress, cancel
        called with every progress; set to stop and keep the best.

    Raises
    ------
    TypeError
        if `city`, `start` or `engine` is of another kind.
    ValueError
        if there is no such engine, a number is none or out of range, `start` has no plan, or the
        run cannot be reproducible.
    ImportError
        if the engine's solver is missing or known to answer wrongly.
    """
    name = _check(city, engine, time_limit, gap, threads, seed)
    start = _plan_of(start, city)
    time_limit, gap, threads, seed = float(time_limit), float(gap), int(threads), int(seed)
    if reproducible and (threads > 1 or engine.startswith("pulp")):
        raise ValueError("a reproducible run has one thread, and PuLP's solvers have none")
    laps = _Laps()
    today = evaluate(city, city.current)
    objectives = objectives_of(city)
    form = formulate(city, today=today.load, objectives=[*objectives.values(), {"change": 1}])
    laps.end("build")
    if progress is not None:
        progress(Progress(0.0, None, None, "prepare"))
    _prepare()
    laps.end("prepare")
    effort = Effort() if reproducible else None
    run = Run((1.0 - _NEAREST) * time_limit, gap, threads, seed, effort=effort)
    run.report = progress or run.report
    run.cancel = cancel or run.cancel
    spare = 0.5 * _NEAREST * time_limit
    run.start, begun = _begin(form, start, run)
    if run.start is not None:  # an engine may have much to do before it tells of it
        first = measure(replace(form.program, cost=form.objectives[0]), run.start).value
        run.report(Progress(run.elapsed(), first, None, "start"))
    solved = _run_stages(form.program, form.objectives[:-1], name, run, spare)
    plan = _decode(form, solved[-1].claim.point)
    checked = evaluate(city, plan) if plan is not None else None
    if checked is not None and checked.violations:
        plan, checked = None, None
    laps.end("solve")
    near = [] if plan is None else _approach(form, name, solved[-1].claim.point, time_limit, run)
    stopped = run.cancel.is_set()
    laps.end("nearest")
    nearest, measured = _nearest(form, near, checked)
    base = nearest and nearest.base_bound
    stages = _stages(objectives, solved, checked, today, measured, base, stopped=stopped)
    status, proof = _status(solved, stages, plan), solved[-1].claim.proof
    conflict = find_conflict(form, proof) if status is Status.INFEASIBLE and proof else None
    laps.end("verify")
    options = {"engine": engine, "time_limit": time_limit, "gap": gap, "threads": threads,
               "seed": seed, "start": begun, "scope": city.settings["policy.scope"],
               "mode": "reproducible" if reproducible and not stopped else "fast"}  # fmt: skip
    return Result(
        status=status,
        engine=name,
        plan=plan,
        today=today,
        evaluation=checked,
        stages=stages,
        items=form.program.items,
        choices=form.program.choices,
        seconds={"load": 0.0, **laps.seconds},
        peak_rss_mb=_peak_mb(),
        provenance={
            **record(city, options),
            "claims": [_claimed(one.claim) for one in solved],
            "claims_nearest": [_claimed(one.claim) for one in near],
        },
        city=city,
        nearest=nearest,
        conflict=conflict,
    )


class _Laps:
    """Seconds of phases, one after the other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def end(self, phase: str) -> None:
        """Say which phase has ended."""
        now = time.perf_counter()
        self.seconds[phase], self._last = now - self._last, now


def _check(
    city: object, name: object, time_limit: float, gap: float, threads: int, seed: int
) -> str:
    """Refuse what no solve can use; return the name of the engine."""
    if not isinstance(city, City):
        raise TypeError(f"a City is needed, as realloc.read returns, not {type(city).__name__}")
    if not isinstance(name, str):
        raise TypeError(f"engine is a name, such as 'auto' or 'highs', not {type(name).__name__}")
    if not _is_number(time_limit, Real) or not _finite(time_limit) or time_limit < 0:
        raise ValueError(f"time_limit {time_limit!r} is not a finite number of seconds")
    if not _is_number(gap, Real) or not 0 <= gap <= 1:
        raise ValueError(f"gap {gap!r} is not a number from 0 to 1")
    if not _is_number(threads, Integral) or not 1 <= threads <= MOST_THREADS:
        raise ValueError(f"threads {threads!r} is not a whole number from 1 to {MOST_THREADS}")
    if not _is_number(seed, Integral) or seed < 0:
        raise ValueError(f"seed {seed!r} is not a whole number of 0 or more")
    name = "highs" if name == "auto" else name
    engine(name)  # which knows whether there is one
    return name


def _finite(number: Any) -> bool:
    """Return whether a number is finite, whatever its size."""
    try:
        return isfinite(number)
    except OverflowError:  # more than a floating-point number can be
        return False


def _is_number(value: object, kind: type) -> bool:
    """Return whether a value is a number of a kind; a truth value is none."""
    return isinstance(value, kind) and not isinstance(value, bool)


def _plan_of(start: object, city: City) -> Plan | None:
    """Return the plan to start from."""
    if isinstance(start, Result):
        if start.plan is None:
            raise ValueError("start is a result without a plan")
        return start.plan if start.city is city else start.plan.moved(start.city, city)
    if start is not None and not isinstance(start, Plan):
        raise TypeError(f"start is a Plan or a Result that has one, not {type(start).__name__}")
    return start


def _begin(form: Formulation, plan: Plan | None, run: Run) -> tuple[Point | None, str]:
    """Return a feasible point to begin with, and what became of the plan given for it.

    "used", "adapted" to other items, "unfit" where none can be decided as in it, "" without a plan.
    What breaks rules is repaired: another plan than the one given.
    """
    program = replace(form.program, cost=form.objectives[0])
    point, told = None, ""
    if plan is not None:
        point, told = _fit(form, plan)
        if point is not None and not measure(program, point).violation:
            return point, told
    told = "repaired" if point is not None else told
    return _construct(program, run, max(8.0, 0.25 * run.seconds), point), told


def _fit(form: Formulation, plan: Plan) -> tuple[Point | None, str]:
    """Return the point that stands for a plan, else the nearest, with the word for that."""
    try:
        return form.encode(plan), "used"
    except LookupError:
        pass
    try:
        point, decided = form.adapt(plan)
    except LookupError:  # nobody may hold an item: there is no plan
        return None, "unfit"
    return (point, "adapted") if decided else (None, "unfit")


def _prepare() -> None:
    """Compile what searches: no time of the limit goes there."""
    from realloc.engines.prepare import prepare  # not loaded before it is needed

    prepare()


def _construct(
    program: Program, run: Run, seconds: float, hint: Point | None = None
) -> Point | None:
    """Return a feasible point by construction and repair, None if none is found."""
    from realloc.engines.search import construct  # compiled: not loaded before it is needed

    if len(program.empty_items()):
        return None
    point = construct(program, run, seconds=seconds, hint=hint)
    return None if measure(program, point).violation else point


def _decode(form: Formulation, point: Point | None) -> Plan | None:
    return None if point is None else form.decode(form.tidy(point))


@dataclass(frozen=True, eq=False)
class _Solved:
    """A stage that was solved: what the engine claims, and what its proof proves.

    `values` are those at which the stages before it were held.
    """

    claim: Claim
    known: Bound
    values: tuple[int, ...]


def _run_stages(program: Program, costs: tuple[Cost, ...], name: str, run: Run,
                spare: float = 0.0) -> list[_Solved]:  # fmt: skip
    """Solve the stages in turn, each from the plan of the one before.

    An engine that has used up its time without a proof gets one in `spare` seconds more.
    """
    solved: list[_Solved] = []
    values: list[int] = []
    for k in range(len(costs)):
        staged = capped(program, costs, k, values)
        share = run.left() / (len(costs) - k)
        stage = replace(run, seconds=run.elapsed() + share)
        claim = _ask(name, staged, stage)
        more = max(stage.seconds, stage.elapsed() + spare / len(costs))
        longer = replace(stage, seconds=more)
        claim, known = _proved(staged, claim, longer)
        if claim.status is Claimed.INFEASIBLE_CLAIMED and not known.infeasible:
            claim, known = _ask_another(staged, claim, name, longer)
        solved.append(_Solved(claim, known, tuple(values)))
        if claim.point is None:
            break
        values.append(measure(staged, claim.point).value)
        run = replace(run, start=claim.point)
    return solved


def _ask(name: str, program: Program, run: Run) -> Claim:
    """Let an engine run; where it fails the plan that it began with is kept.

    An engine without prices is given those of the relaxation with cuts, worked out before it runs:
    once it is stopped there is no time for them.
    """
    proof = None if name in PRICED else _price(linear(program), run)
    try:
        claim = engine(name)(program, run)
    except EngineError as error:
        if run.start is None:
            raise
        claim = Claim(Claimed.CRASH, run.start, None, None, name, str(error))
    return claim if claim.proof is not None else replace(claim, proof=proof)


def _price(lp: Linear, run: Run) -> Proof | None:
    """Return prices of the relaxation, with cuts where they are found soon."""
    try:
        return root(lp, run, _ROOT * run.left())
    except (EngineError, ImportError):  # what fails here may work later, or for the engine
        return None


def _proved(program: Program, claim: Claim, run: Run) -> tuple[Claim, Bound]:
    """Return the claim with the best proof to be had in the time that is left, and its bound.

    What has no prices gets those of the relaxation. What an engine calls solved is proved by a tree
    where the program is small.
    """
    ended = claim.status in (Claimed.OPTIMAL_CLAIMED, Claimed.INFEASIBLE_CLAIMED)
    known = Bound(None, infeasible=False)
    if claim.proof is None and claim.point is None and not ended:
        return claim, known
    lp = linear(program)
    value = None if claim.point is None else measure(program, claim.point).value
    proof = _price(lp, run) if claim.proof is None else claim.proof
    if proof is not None:
        claim, known = replace(claim, proof=proof), certificate.bound(lp, proof)
    if not ended or known.infeasible or (value is not None and known.value == value):
        return claim, known
    try:
        tree = prove(lp, value, run) if lp.columns <= _SMALL else None
    except (EngineError, ImportError):  # what is proved so far stands
        tree = None
    if tree is None:
        return claim, known
    return replace(claim, proof=tree), certificate.bound(lp, tree)


def _ask_another(program: Program, claim: Claim, name: str, run: Run) -> tuple[Claim, Bound]:
    """Let a second engine confirm what one calls infeasible without a proof.

    Its plan refutes the claim. Where it cannot tell, nothing is known but that none was found.
    """
    other = "cpsat" if name == "highs" else "highs"
    try:
        second = engine(other)(program, run)
    except (ImportError, EngineError) as error:
        second = Claim(Claimed.NO_SOLUTION_LIMIT, None, None, None, other, str(error))
    if second.point is not None:
        return _proved(program, second, run)
    note = f"{claim.note}; {second.solver}: {second.status.value}"
    same = second.status is Claimed.INFEASIBLE_CLAIMED
    status = claim.status if same else Claimed.NO_SOLUTION_LIMIT
    return replace(claim, status=status, note=note), Bound(None, infeasible=False)


# -- the lawful plan nearest to today --------------------------------------------------------------


def _approach(
    form: Formulation, name: str, plan: Point | None, time_limit: float, run: Run
) -> list[_Solved]:
    """Look for the lawful plan nearest to today: least K8, then the policy's objectives.

    The last matter where several change as little: the share is measured from the best of them.
    """
    left = min(_NEAREST * time_limit, max(0.0, time_limit - run.elapsed()))
    again = Run(left, run.gap, run.threads, run.seed, plan, effort=run.effort)
    again.cancel = run.cancel
    order = by_change(form.objectives)
    again.start = _nearer(replace(form.program, cost=order[0]), again, plan)
    try:
        return _run_stages(form.program, order, "highs", again)
    except ImportError:
        return _run_stages(form.program, order, name, again)


def _nearer(program: Program, run: Run, plan: Point | None) -> Point | None:
    """Return what repair makes of the choices that change least, or the plan if that is nearer."""
    if plan is None or run.left() <= 0:
        return plan
    cheapest_first = np.lexsort((program.cost.choice, program.item_of()))
    hint = Point(cheapest_first[program.item[:-1]], plan.switch)
    point = _construct(program, run, 0.25 * run.left(), hint)
    if point is None or measure(program, plan).value <= measure(program, point).value:
        return plan
    return point


def _nearest(
    form: Formulation, near: list[_Solved], checked: Evaluation | None
) -> tuple[Nearest | None, Evaluation | None]:
    """Return the nearest lawful plan and what was measured of it, if one was found.

    Where the search came no nearer than the plan that it began with, there is none, but if that
    is proved to be nearest.
    """
    plan = _decode(form, near[-1].claim.point) if near else None
    if plan is None:
        return None, None
    found = evaluate(form.city, plan)
    if found.violations:
        return None, None
    change = found.parts["change"]
    bounds = [one.known.value for one in near[:2]]
    if checked is not None and change >= checked.parts["change"] and change != bounds[0]:
        return None, None
    proofs = [one.claim.proof for one in near[:2]]
    held = near[1].values[0]
    return Nearest(plan, change, bounds[0], bounds[1], (proofs[0], proofs[1]), held), found


# -- what is known ---------------------------------------------------------------------------------


def _stages(
    objectives: dict[str, dict[str, int]],
    solved: list[_Solved],
    checked: Evaluation | None,
    today: Evaluation,
    nearest: Evaluation | None,
    base: int | None,
    *,
    stopped: bool,
) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for k, (one, (name, weights)) in enumerate(zip(solved, objectives.items(), strict=False)):
        stages.append(
            tell(name, weights, checked, today, nearest, one.known.value, one.claim.proof,
                 None if k else base, one.values, stopped=stopped)
        )  # fmt: skip
        if checked is None:
            break
    return tuple(stages)


def _status(solved: list[_Solved], stages: tuple[Stage, ...], plan: Plan | None) -> Status:
    """Return what is known: proved words from the certificate, all else as claimed."""
    last = solved[-1].claim.status
    if plan is not None:
        proved = len(stages) and all(s.value == s.bound for s in stages)
        return Status.OPTIMAL if proved else Status.FEASIBLE
    # a later stage keeps the plan of the one before: only the first can have no solution
    if len(solved) == 1 and solved[0].known.infeasible:
        return Status.INFEASIBLE
    return {
        Claimed.INFEASIBLE_CLAIMED: Status.INFEASIBLE_CLAIMED,
        Claimed.INTERRUPTED: Status.CANCELLED,
        Claimed.NO_SOLUTION_LIMIT: Status.NO_SOLUTION_LIMIT,
        Claimed.TIMEOUT_KILLED: Status.NO_SOLUTION_LIMIT,
    }.get(last, Status.ERROR)


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 if sys.platform != "darwin" else 1024.0**2)


def _claimed(c: Claim) -> dict[str, Any]:
    return {"status": c.status.value, "bound": c.bound, "solver": c.solver, "note": c.note}
