"""Engines find what walking through every point finds: the same status and the same value."""

from __future__ import annotations

import random
from functools import lru_cache

import pytest
from cities import random_city
from points import count_points, measure_all, points_of

from realloc.engines import Claim, Run, Status, engine
from realloc.evaluation import Evaluator
from realloc.formulation import Formulation, formulate
from realloc.instance import City
from realloc.program import Program, measure
from realloc.result import Status as Solved
from realloc.rules.values import order_words
from realloc.solver import solve
from realloc.stages import objectives_of, weigh

CITIES, CHUNKS = 3000, 30
FIRST = 100_000  # other cities than those of test_agreement
MOST = 6000


def brute_force(program: Program) -> int | None:
    """Return the least value of all feasible points, None where no point is feasible."""
    if not count_points(program):
        return None
    measures = measure_all(program, [program.cost], points_of(program, MOST, 0))
    values = measures.values[0, measures.feasible]
    return int(values.min()) if len(values) else None


@lru_cache(maxsize=1)
def solved_city(seed: int) -> tuple[City, Evaluator, Formulation, int | None]:
    """Return a city with few enough plans to walk through, and its least value."""
    while True:
        city = random_city(seed, (2, 3, 4)[seed % 3])
        evaluator = Evaluator(city)
        f = formulate(city, today=evaluator.today.load)
        if count_points(f.program) <= MOST:
            return city, evaluator, f, brute_force(f.program)
        seed += 10_000_019


def wrong(name: str, f: Formulation, best: int | None, seed: int) -> str:
    """Return what an engine says wrongly about a program, blank if nothing."""
    claim: Claim = engine(name)(f.program, Run(seconds=60, seed=seed))
    if best is None:
        right = claim.status is Status.INFEASIBLE_CLAIMED and claim.point is None
        return "" if right else f"{name}: {claim.status} of an infeasible program"
    if not f.program.items and not f.program.switches:
        return "" if claim.status is Status.EMPTY else f"{name}: {claim.status} of nothing"
    if claim.status is not Status.OPTIMAL_CLAIMED or claim.point is None:
        return f"{name}: {claim.status} {claim.note}"
    m = measure(f.program, claim.point)
    if m.violation or m.value != best:
        return f"{name}: {m.value}, violation {m.violation}, least {best}"
    if claim.bound is not None and claim.bound > best + 0.5:
        return f"{name}: bound {claim.bound} above {best}"
    return ""


def check(seed: int, names: tuple[str, ...]) -> None:
    """Solve one city with these engines; the best plan is measured by `evaluation`, too."""
    city, evaluator, f, best = solved_city(seed)
    assert [w for name in names if (w := wrong(name, f, best, seed))] == [], seed
    if best is not None and seed % 10 == 0:
        claim = engine(names[0])(f.program, Run(seconds=60))
        assert claim.point is not None
        evaluation = evaluator.evaluate(f.decode(claim.point))
        assert evaluation.lawful
        assert weigh(city.policy.weights, evaluation) == best


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_brute_force_and_two_engines(chunk: int):
    """HiGHS, CP-SAT and brute force agree on status and value of 3,000 cities."""
    for seed in range(FIRST + chunk, FIRST + CITIES, CHUNKS):
        check(seed, ("highs", "cpsat"))


@pytest.mark.parametrize("chunk", range(6))
def test_brute_force_and_pulp(chunk: int):
    """A solver driven by PuLP agrees with brute force on 300 cities."""
    for seed in range(FIRST + CITIES + chunk, FIRST + CITIES + 300, 6):
        check(seed, ("pulp",))


@pytest.mark.nightly
@pytest.mark.parametrize("chunk", range(100))
def test_brute_force_and_engines_on_ten_times_as_many(chunk: int):
    """The same on 30,000 further cities, PuLP on every tenth."""
    for seed in range(2 * FIRST + chunk, 2 * FIRST + 10 * CITIES, 100):
        check(seed, ("highs", "cpsat", "pulp") if seed % 10 == 0 else ("highs", "cpsat"))


def in_order(seed: int) -> tuple[City, tuple[int, ...] | None]:
    """Return a city with three criteria in some order, and the first of all its plans by these."""
    while True:
        order = tuple(random.Random(seed).sample(order_words(), 3))
        city = random_city(seed, (2, 3, 4)[seed % 3]).replace(
            settings={"policy.objective": "lexicographic", "policy.order": order}
        )
        costs = list(objectives_of(city).values())
        f = formulate(city, today=Evaluator(city).today.load, objectives=costs)
        if 0 < count_points(f.program) <= MOST // 3:
            points = points_of(f.program, MOST, 0)
            found = measure_all(f.program, list(f.objectives)[: len(costs)], points)
            rows = found.values[:, found.feasible].T.tolist()
            return city, min(map(tuple, rows)) if rows else None
        seed += 10_000_019


def check_in_order(seed: int) -> None:
    """Solve such a city by one engine or another."""
    name = "pulp" if seed % 10 == 0 else ("highs", "cpsat")[seed % 2]
    city, best = in_order(seed)
    result = solve(city, engine=name, time_limit=60)
    if best is None:
        assert (result.status, result.plan) == (Solved.INFEASIBLE, None), seed
        return
    assert tuple(stage.value for stage in result.stages) == best, seed
    assert result.status in (Solved.OPTIMAL, Solved.FEASIBLE), seed
    bounds = [stage.bound for stage in result.stages]
    assert all(b is None or b <= v for b, v in zip(bounds, best, strict=True)), seed


@pytest.mark.parametrize("chunk", range(6))
def test_brute_force_and_criteria_in_order(chunk: int):
    """Of 300 cities with criteria in order the plan found is the first by them; any criteria."""
    for seed in range(4 * FIRST + chunk, 4 * FIRST + 300, 6):
        check_in_order(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("chunk", range(20))
def test_brute_force_and_criteria_in_order_on_ten_times_as_many(chunk: int):
    """The same on 3,000 further cities."""
    for seed in range(5 * FIRST + chunk, 5 * FIRST + 3000, 20):
        check_in_order(seed)


@pytest.mark.parametrize("start", [False, True])
def test_a_no_of_cbc_is_asked_again(start: bool):
    """CBC 2.10.3 calls this city infeasible unless it leaves its preprocessing out."""
    *_, f, best = solved_city(215_100)
    point = engine("highs")(f.program, Run(seconds=60)).point if start else None
    claim = engine("pulp")(f.program, Run(seconds=60, start=point))
    assert claim.status is Status.OPTIMAL_CLAIMED
    assert claim.point is not None
    assert measure(f.program, claim.point).value == best
