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
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from realloc import certificate
from realloc.engines import Claim, Progress, Run, engine
from realloc.engines import Status as Claimed
from realloc.engines.search import construct
from realloc.evaluation import Evaluation, evaluate
from realloc.formulation import Formulation, formulate, stage_weights
from realloc.instance import City, Plan
from realloc.program import Cost, Point, Program, linear, measure
from realloc.proof import NotAProof, Proof
from realloc.prover import prove, relax
from realloc.result import Result, Share, Stage, Status, load

#: Up to so many columns a claim of "solved" is proved by a tree.
_SMALL = 4_000

_NO_PLAN, _TODAY_BELOW, _NO_LAWFUL = "no_plan", "today_not_above_bound", "lawful_not_above_bound"


def solve(
    city: City,
    *,
    engine: str = "auto",
    time_limit: float = 60.0,
    gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    start: Plan | None = None,
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
        seconds for the engine.
    gap
        relative gap at which it may stop.
    threads, seed
        for the engine.
    start
        a plan to start from; one that does not fit the city is not used.
    progress, cancel
        called with every progress; set to stop and keep the best.

    Raises
    ------
    KeyError
        if there is no such engine.
    ImportError
        if its solver is missing or known to answer wrongly.
    """
    began = time.perf_counter()
    today = evaluate(city, city.current)
    objectives = _objectives(city)
    form = formulate(city, today=today.load, objectives=[*objectives.values(), {"change": 1}])
    built = time.perf_counter()
    name = "highs" if engine == "auto" else engine
    run = Run(time_limit, gap, threads, seed, _point(form, start))
    run.report = progress or run.report
    run.cancel = cancel or run.cancel
    claims = _run_stages(form, len(objectives), name, run)
    solved = time.perf_counter()
    plan = form.decode(claims[-1].point) if claims[-1].point is not None else None
    checked = evaluate(city, plan) if plan is not None else None
    if checked is not None and checked.violations:
        plan, checked = None, None
    nearest = _nearest(form, run) if plan is not None else None
    stages = _stages(form, objectives, claims, plan, checked, today, nearest)
    done = time.perf_counter()
    return Result(
        status=_status(form, claims, stages, plan),
        engine=name,
        plan=plan,
        today=today,
        evaluation=checked,
        stages=stages,
        items=form.program.items,
        choices=form.program.choices,
        seconds={
            "load": 0.0,
            "build": built - began,
            "solve": solved - built,
            "verify": done - solved,
        },
        peak_rss_mb=_peak_mb(),
        provenance=_provenance(city, claims, time_limit, gap, threads, seed),
        city=city,
    )


def _objectives(city: City) -> dict[str, dict[str, int]]:
    """Return the objectives of the policy by name: one weighted, or one per stage."""
    if city.policy.objective == "weighted":
        return {"weighted": dict(city.policy.weights)}
    return {criterion: stage_weights(city, criterion) for criterion in city.policy.order}


def _point(form: Formulation, plan: Plan | None) -> Point | None:
    if plan is None:
        return None
    try:
        return form.encode(plan)
    except LookupError:
        return None


def _capped(program: Program, costs: tuple[Cost, ...], stage: int, values: list[int]) -> Program:
    """Return the program of a stage: its objective, the stages before it held at their values."""
    return replace(program, cost=costs[stage], caps=tuple(zip(costs, values, strict=False)))


def _run_stages(form: Formulation, count: int, name: str, run: Run) -> list[Claim]:
    """Solve the stages in turn, each from the plan of the one before."""
    claims: list[Claim] = []
    values: list[int] = []
    for k in range(count):
        program = _capped(form.program, form.objectives, k, values)
        share = run.left() / (count - k)
        stage = replace(run, seconds=run.elapsed() + share)
        claim = _proved(program, engine(name)(program, stage), stage)
        claims.append(claim)
        if claim.point is None:
            break
        values.append(measure(program, claim.point).value)
        run = replace(run, start=claim.point)
    return claims


def _proved(program: Program, claim: Claim, run: Run) -> Claim:
    """Return the claim with the best proof that can be had for it in the time that is left.

    What an engine calls solved is proved by a tree where the program is small; an engine without
    prices gets those of the relaxation.
    """
    ended = claim.status in (Claimed.OPTIMAL_CLAIMED, Claimed.INFEASIBLE_CLAIMED)
    if claim.point is None and not ended:
        return claim
    lp = linear(program)
    value = None if claim.point is None else measure(program, claim.point).value
    if claim.proof is not None:
        known = certificate.bound(lp, claim.proof)
        if known.infeasible or (value is not None and known.value == value):
            return claim
    proof = prove(lp, value, run) if ended and lp.columns <= _SMALL else None
    return replace(claim, proof=proof or claim.proof or relax(lp, run))


def _nearest(form: Formulation, run: Run) -> Point | None:
    """Return the lawful plan nearest to today that construction and repair find (least K8)."""
    program = replace(form.program, cost=form.objectives[-1], caps=())
    seconds = min(10.0, 0.15 * run.seconds)
    again = Run(seconds, seed=run.seed, cancel=run.cancel)
    point = construct(program, again, seconds=seconds)
    return point if measure(program, point).violation == 0 else None


def _stages(
    form: Formulation,
    objectives: dict[str, dict[str, int]],
    claims: list[Claim],
    plan: Plan | None,
    checked: Evaluation | None,
    today: Evaluation,
    nearest: Point | None,
) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    values: list[int] = []
    lawful = evaluate(form.city, form.decode(nearest)) if nearest is not None else None
    for k, (claim, (name, weights)) in enumerate(zip(claims, objectives.items(), strict=False)):
        program = _capped(form.program, form.objectives, k, values)
        proved = None
        if claim.proof is not None:
            proved = certificate.bound(linear(program), claim.proof).value
        value, near = (None if e is None else _weigh(weights, e) for e in (checked, lawful))
        before = _weigh(weights, today)
        stages.append(_stage(name, value, proved, before, near, claim.proof))
        if value is None:
            break
        values.append(value)
    return tuple(stages)


def _stage(name: str, value: int | None, bound: int | None, today: int | None, lawful: int | None,
           proof: Proof | None) -> Stage:  # fmt: skip
    captured = _share(today, value, bound, _TODAY_BELOW)
    share = _share(lawful, value, bound, _NO_LAWFUL)
    return Stage(name, value, bound, _gap(value, bound), captured, share, proof)


def _gap(value: int | None, bound: int | None) -> float | None:
    if value is None or bound is None:
        return None
    return (value - bound) / max(1, abs(value))


def _share(base: int | None, value: int | None, bound: int | None, reason: str) -> Share:
    """Return (base - value) ÷ (base - bound), or why there is none."""
    if value is None or bound is None:
        return Share(None, _NO_PLAN)
    if base is None:
        return Share(None, "no_lawful_plan")
    if base <= bound:
        return Share(None, reason)
    return Share((base - value) / (base - bound))


def _weigh(weights: dict[str, int], found: Evaluation) -> int:
    return sum(weight * found.parts[part] for part, weight in weights.items())


def _status(
    form: Formulation, claims: list[Claim], stages: tuple[Stage, ...], plan: Plan | None
) -> Status:
    """Return what is known: proved words from the certificate, all else as claimed."""
    last = claims[-1].status
    if plan is not None:
        proved = len(stages) and all(s.value == s.bound for s in stages)
        return Status.OPTIMAL if proved else Status.FEASIBLE
    if last is Claimed.INFEASIBLE_CLAIMED:
        proof = claims[-1].proof
        # a later stage keeps the plan of the one before: only the first can have no solution
        if proof is None or len(claims) > 1:
            return Status.INFEASIBLE_CLAIMED
        proved = certificate.bound(linear(form.program), proof).infeasible
        return Status.INFEASIBLE if proved else Status.INFEASIBLE_CLAIMED
    if last is Claimed.INTERRUPTED:
        return Status.CANCELLED
    return Status.NO_SOLUTION_LIMIT if last is Claimed.NO_SOLUTION_LIMIT else Status.ERROR


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 if sys.platform != "darwin" else 1024.0**2)


def _provenance(city: City, claims: list[Claim], time_limit: float, gap: float, threads: int,
                seed: int) -> dict[str, Any]:  # fmt: skip
    try:
        ours = version("realloc")
    except PackageNotFoundError:
        ours = "not installed"
    return {
        "digest": city.digest(),
        "realloc": ours,
        "python": sys.version.split()[0],
        "options": {
            "time_limit": time_limit, "gap": gap, "threads": threads, "seed": seed,
            "scope": city.settings["policy.scope"],
        },
        "claims": [
            {"status": c.status.value, "bound": c.bound, "solver": c.solver, "note": c.note}
            for c in claims
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Verification:
    """What a check of a saved result found.

    Attributes
    ----------
    valid
        everything claimed holds.
    reasons
        what does not: families of rules (``C9`` …), or ``digest``, ``objective``, ``criteria``,
        ``bound``, ``gap``, ``shares``, ``status``, ``certificate``, ``no_plan``.
    bound, gap
        proved by the certificate, of the last stage.
    """

    valid: bool
    reasons: tuple[str, ...]
    bound: int | None
    gap: float | None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "valid": self.valid,
            "reasons": list(self.reasons),
            "bound": self.bound,
            "gap": self.gap,
        }


def verify(city: City, folder: str | Path) -> Verification:
    """Check a saved result against the city: plan, value, criteria, bound, gap and status.

    No solver is needed: the program is written again from the city and the bound follows from the
    prices in whole numbers.

    Raises
    ------
    InputError
        if the folder cannot be read.
    """
    saved = load(folder, city)
    claims = saved.claims
    options = claims.get("provenance", {}).get("options", {})
    city = city.replace(
        settings={"policy.scope": options.get("scope") or city.settings["policy.scope"]}
    )
    if saved.plan is None:
        return Verification(False, ("no_plan",), None, None)
    reasons: list[str] = []
    if claims.get("provenance", {}).get("digest") != city.digest():
        reasons.append("digest")
    found = evaluate(city, saved.plan)
    reasons += sorted({v.family for v in found.violations})
    today = evaluate(city, city.current)
    for name, measured in (("plan", found), ("today", today)):
        if claims.get("criteria", {}).get(name) != {**measured.criteria, **measured.parts}:
            reasons.append("criteria")
    objectives = _objectives(city)
    form = formulate(city, today=today.load, objectives=[*objectives.values(), {"change": 1}])
    stages = _check_stages(form, objectives, saved.proofs, found, claims, reasons)
    last = stages[-1] if stages else (None, None, None)
    if claims.get("objective") != last[0]:
        reasons.append("objective")
    if claims.get("bound") != last[1]:
        reasons.append("bound")
    if claims.get("gap") != last[2]:
        reasons.append("gap")
    proved = bool(stages) and all(value == low for value, low, _ in stages)
    if claims.get("status") not in ("optimal" if proved else "feasible", "feasible"):
        reasons.append("status")
    return Verification(not reasons, tuple(dict.fromkeys(reasons)), last[1], last[2])


def _check_stages(form: Formulation, objectives: dict[str, dict[str, int]],
                  proofs: tuple[Proof | None, ...], found: Evaluation, claims: dict[str, Any],
                  reasons: list[str]) -> list[tuple[int, int | None, float | None]]:  # fmt: skip
    """Return value, proved bound and gap of every stage; add what does not hold to `reasons`."""
    stages: list[tuple[int, int | None, float | None]] = []
    told = claims.get("stages", [])
    if len(proofs) != len(objectives) or len(told) != len(objectives):
        reasons.append("certificate")
        return stages
    for k, weights in enumerate(objectives.values()):
        value = _weigh(weights, found)
        program = _capped(form.program, form.objectives, k, [v for v, _, _ in stages])
        low = None
        proof = proofs[k]
        if proof is not None:
            try:
                low = certificate.bound(linear(program), proof).value
            except NotAProof:
                reasons.append("certificate")
        stages.append((value, low, _gap(value, low)))
        if (told[k].get("value"), told[k].get("bound"), told[k].get("gap")) != stages[-1]:
            reasons.append("bound" if told[k].get("value") == value else "objective")
    return stages
