"""The objectives of a policy one after the other, and what is known of a plan in each.

A weighted policy has one stage, a lexicographic one a stage for each criterion of its order: the
program of a stage keeps the values of those before it. ``docs/model.md``, section 6, defines what
is told of a plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from realloc.evaluation import Evaluation
from realloc.formulation import stage_weights
from realloc.instance import City
from realloc.program import Cost, Program
from realloc.proof import Proof
from realloc.result import NO_PLAN, Share, Stage

#: Why there is no share. The last: the run was stopped before the nearest plan was found.
REASONS = (NO_PLAN, "no_bound", "today_not_above_bound", "lawful_not_above_bound",
           "no_lawful_plan", "stopped_early")  # fmt: skip
_, _NO_BOUND, _TODAY_BELOW, _LAWFUL_BELOW, _NO_LAWFUL, STOPPED = REASONS


def objectives_of(city: City) -> dict[str, dict[str, int]]:
    """Return the objectives of the policy by name, as weights: one weighted, or one per stage."""
    if city.policy.objective == "weighted":
        return {"weighted": dict(city.policy.weights)}
    return {criterion: stage_weights(city, criterion) for criterion in city.policy.order}


def capped(program: Program, costs: Sequence[Cost], stage: int, values: Sequence[int]) -> Program:
    """Return the program of a stage: its objective, the stages before it held at their values."""
    held = zip(costs[:stage], values, strict=False)
    return replace(program, cost=costs[stage], caps=tuple(held))


def by_change(costs: Sequence[Cost]) -> tuple[Cost, ...]:
    """Return the objectives in the order of the nearest plan: change, the last, comes first."""
    return (costs[-1], *costs[:-1])


def weigh(weights: Mapping[str, int], found: Evaluation) -> int:
    """Return the value of an objective, from what was measured."""
    return sum(weight * found.parts[part] for part, weight in weights.items())


def relative_gap(value: int | None, bound: int | None) -> float | None:
    """Return (value - bound) ÷ max(1, |value|), None where one of them is missing."""
    if value is None or bound is None:
        return None
    return (value - bound) / max(1, abs(value))


def tell(name: str, weights: dict[str, int], plan: Evaluation | None, today: Evaluation,
         nearest: Evaluation | None, bound: int | None, proof: Proof | None,
         base_bound: int | None = None, held: tuple[int, ...] = (), *,
         stopped: bool = False) -> Stage:  # fmt: skip
    """Return a stage with its value, gap and shares.

    Parameters
    ----------
    name, weights
        the objective.
    plan, today, nearest
        the plan, today's allocation and the nearest lawful plan, as measured.
    bound, proof
        the proved bound of the objective and its proof.
    base_bound
        proved bound of the objective of lawful plans as near to today as `nearest`.
    held
        values at which the proof holds the stages before.
    stopped
        whether the search for the nearest lawful plan was stopped: then that there is none tells
        nothing of the city.
    """
    value, lawful = (None if e is None else weigh(weights, e) for e in (plan, nearest))
    captured = _share(weigh(weights, today), value, bound, _TODAY_BELOW)
    share = _share(lawful, value, bound, _LAWFUL_BELOW)
    if stopped and share.reason == _NO_LAWFUL:
        share = replace(share, reason=STOPPED)
    if base_bound is not None and value is not None and base_bound >= value:
        # a bound below the plan's own value says nothing of the share
        share = replace(share, least=_share(base_bound, value, bound, "").value)
    return Stage(name, value, bound, relative_gap(value, bound), captured, share, proof, held)


def _share(base: int | None, value: int | None, bound: int | None, reason: str) -> Share:
    """Return (base - value) ÷ (base - bound), or why there is none."""
    if value is None:
        return Share(None, NO_PLAN, base)
    if bound is None:
        return Share(None, _NO_BOUND, base)
    if base is None:
        return Share(None, _NO_LAWFUL)
    if base <= bound:
        return Share(None, reason, base)
    return Share((base - value) / (base - bound), "", base)
