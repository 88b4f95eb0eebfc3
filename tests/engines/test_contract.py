"""What every engine must do: these tests run with each of them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from programs import assignment, first_point, known, market_split, nothing

from realloc import certificate
from realloc.engines import ENGINES, Claim, Progress, Run, Status, engine
from realloc.linear import linear
from realloc.program import Program, measure

#: Ends that name a limit; a solver that does not heed it is killed.
LIMITS = {Status.FEASIBLE_LIMIT, Status.NO_SOLUTION_LIMIT, Status.TIMEOUT_KILLED}


def value_of(program: Program, claim: Claim) -> int:
    """Return the value of a claim's point, which must be feasible."""
    assert claim.point is not None, claim
    found = measure(program, claim.point)
    assert found.violation == 0
    return found.value


def assert_sound(program: Program, claim: Claim) -> None:
    """A claim contradicts neither itself nor its proof."""
    assert claim.solver
    value = None if claim.point is None else value_of(program, claim)
    if claim.status is Status.OPTIMAL_CLAIMED:
        assert value is not None
        assert claim.bound is None or claim.bound > value - 1
    if claim.status is Status.INFEASIBLE_CLAIMED:
        assert claim.point is None
    if value is not None and claim.bound is not None:
        assert claim.bound <= value
    if claim.proof is not None and value is not None:
        proved = certificate.bound(linear(program), claim.proof)
        assert not proved.infeasible
        assert proved.value is None or proved.value <= value


def test_claims_what_all_points_show(solve):
    """On sixty tiny cities the optimum is the least of all points, or there is none."""
    wrong = []
    for city in known(60):
        claim = solve(city.program, Run(seconds=20))
        assert_sound(city.program, claim)
        if city.optimum is None:
            right = claim.status is Status.INFEASIBLE_CLAIMED
        else:
            right = (
                claim.status is Status.OPTIMAL_CLAIMED
                and value_of(city.program, claim) == city.optimum
            )
        if not right:
            wrong.append((city.seed, city.optimum, claim))
    assert wrong == []


def test_the_cities_are_of_both_kinds():
    """Of the sixty cities at least twenty have a plan, and twenty have none."""
    without = sum(city.optimum is None for city in known(60))
    assert 20 <= without <= 40


def test_assignment_is_optimal(solve, name):
    """A generalized assignment of 15 items has the same optimum with every engine."""
    program = assignment(15, 4)
    claim = solve(program, Run(seconds=20))
    assert claim.status is Status.OPTIMAL_CLAIMED
    other = engine("cpsat" if name != "cpsat" else "highs")(program, Run(seconds=20))
    assert value_of(program, claim) == value_of(program, other)


def test_no_choice_is_infeasible(solve):
    """An item without a choice is never "optimal" or empty."""
    claim = solve(nothing(items=2), Run(seconds=5))
    assert (claim.status, claim.point) == (Status.INFEASIBLE_CLAIMED, None)


def test_nothing_to_decide_is_empty(solve):
    """A program without items has one point, and its end is called empty, not optimal."""
    claim = solve(nothing(), Run(seconds=5))
    assert claim.status is Status.EMPTY
    assert value_of(nothing(), claim) == 7


def test_nothing_to_decide_may_be_infeasible(solve):
    """A limit that nothing can reach is broken by the program without items too."""
    assert solve(nothing(lower=1), Run(seconds=5)).status is Status.INFEASIBLE_CLAIMED


def test_limit_that_no_choice_reaches(solve):
    """A lower limit on a resource that nobody uses leaves no solution."""
    program = assignment(3, 2)
    lower, upper = np.append(program.lower, 1), np.append(program.upper, 2)
    broken = replace(
        program,
        lower=lower,
        upper=upper,
        under_most=np.zeros(3, np.int64),
        over_most=np.zeros(3, np.int64),
        cost=replace(program.cost, under=np.zeros(3, np.int64), over=np.zeros(3, np.int64)),
        family=("R",) * 3,
        subject=np.arange(3),
    )
    assert solve(broken, Run(seconds=5)).status is Status.INFEASIBLE_CLAIMED


def test_no_time(solve):
    """With a millisecond nothing is found, nothing is claimed, and it is soon over."""
    began = time.monotonic()
    program = market_split(soft=False)
    claim = solve(program, Run(seconds=0.001))
    assert claim.status in LIMITS
    assert claim.point is None
    assert time.monotonic() - began < 3


def test_time_limit_without_solution(solve):
    """At the limit without a solution there is no point, and nobody says infeasible."""
    began = time.monotonic()
    claim = solve(market_split(soft=False), Run(seconds=1.0))
    assert claim.status in LIMITS
    assert claim.point is None
    assert time.monotonic() - began < 1 + 3


def test_time_limit_with_solution(solve):
    """At the limit with a solution the claim is feasible, never optimal, and the bound holds."""
    program = market_split(soft=True)
    claim = solve(program, Run(seconds=1.0, start=first_point(program)))
    assert_sound(program, claim)
    assert claim.status in LIMITS - {Status.NO_SOLUTION_LIMIT}
    assert value_of(program, claim) > 0


@pytest.mark.parametrize("after", [0.1, 0.8])
def test_cancel(solve, after):
    """A cancelled run is over within 0.2 s (here 0.5, as the machine is shared); keeps a start.

    Others who use the machine may take more than that in one run; in one of three they do not.
    """
    program = market_split(120, 10, soft=True)
    took: list[float] = []
    while len(took) < 3 and not any(seconds < 0.5 for seconds in took):
        run = Run(seconds=60, start=first_point(program))
        cancelled: list[float] = []

        def cancel(run: Run = run, cancelled: list[float] = cancelled) -> None:
            run.cancel.set()
            cancelled.append(time.monotonic())

        timer = threading.Timer(after, cancel)
        timer.start()
        claim = solve(program, run)
        took.append(time.monotonic() - cancelled[0])
        assert claim.status is Status.INTERRUPTED
        assert value_of(program, claim) <= measure(program, first_point(program)).value
    assert min(took) < 0.5


def test_cancelled_before(solve):
    """A run cancelled before it begins does nothing but keep its start."""
    program = market_split(soft=True)
    run = Run(seconds=60, start=first_point(program))
    run.cancel.set()
    began = time.monotonic()
    claim = solve(program, run)
    assert time.monotonic() - began < 1
    assert claim.status is Status.INTERRUPTED
    assert value_of(program, claim) <= measure(program, first_point(program)).value


def test_start_is_kept(solve):
    """Without time for anything better the start is the answer."""
    city = next(city for city in known(60) if city.optimum is not None)
    claim = solve(city.program, Run(seconds=0.0, start=city.point))
    assert claim.status in (Status.FEASIBLE_LIMIT, Status.OPTIMAL_CLAIMED)
    assert value_of(city.program, claim) == city.optimum


def test_start_is_never_made_worse(solve):
    """Started from the optimum, the optimum comes back."""
    for city in [city for city in known(60) if city.optimum is not None][:5]:
        claim = solve(city.program, Run(seconds=20, start=city.point))
        assert claim.status is Status.OPTIMAL_CLAIMED
        assert value_of(city.program, claim) == city.optimum


def test_bad_start_is_no_answer(solve):
    """A start that breaks limits neither comes back nor spoils the answer."""
    cities = [c for c in known(60) if c.optimum is not None and c.program.items > 1]
    broken = [c for c in cities if measure(c.program, first_point(c.program)).violation][:3]
    assert broken
    for city in broken:
        claim = solve(city.program, Run(seconds=20, start=first_point(city.program)))
        assert claim.status is Status.OPTIMAL_CLAIMED
        assert value_of(city.program, claim) == city.optimum


def test_threads_change_in_one_process(solve):
    """One thread, two, and one again give the same optimum in one process."""
    program = assignment(15, 4)
    claims = [solve(program, Run(seconds=20, threads=n)) for n in (1, 2, 1)]
    assert {claim.status for claim in claims} == {Status.OPTIMAL_CLAIMED}
    assert len({value_of(program, claim) for claim in claims}) == 1


def test_seeds_agree(solve):
    """Other seeds, even huge ones, give the same optimum."""
    program = assignment(12, 4)
    claims = [solve(program, Run(seconds=20, seed=seed)) for seed in (1, 2**40)]
    assert {claim.status for claim in claims} == {Status.OPTIMAL_CLAIMED}
    assert len({value_of(program, claim) for claim in claims}) == 1


def test_gap_is_a_limit(solve):
    """Who stops at a gap says optimal only if the bound has reached the value."""
    for seed in range(3):
        program = assignment(40, 5, seed)
        claim = solve(program, Run(seconds=20, gap=0.2))
        assert_sound(program, claim)
        assert claim.status in (Status.FEASIBLE_LIMIT, Status.OPTIMAL_CLAIMED)
        assert claim.bound is None or claim.bound >= 0.75 * value_of(program, claim)


def test_progress_is_monotone(solve):
    """Values never rise, bounds never fall or pass the value, and time runs forward."""
    program = assignment(40, 5)
    seen: list[Progress] = []
    claim = solve(program, Run(seconds=1.5, report=seen.append))
    assert_sound(program, claim)
    values = [p.value for p in seen if p.value is not None]
    bounds = [p.bound for p in seen if p.bound is not None]
    assert values == sorted(values, reverse=True)
    assert bounds == sorted(bounds)
    assert [p.seconds for p in seen] == sorted(p.seconds for p in seen)
    assert all(b <= value_of(program, claim) for b in bounds)
    assert all(isinstance(n, int) for n in values + bounds)


def test_progress_tells_of_the_start(solve):
    """A start that is feasible is the first value told."""
    program = market_split(soft=True)
    seen: list[Progress] = []
    solve(program, Run(seconds=0.5, start=first_point(program), report=seen.append))
    values = [p.value for p in seen if p.value is not None]
    assert values[0] == measure(program, first_point(program)).value


def test_unknown_engines():
    """A name that is no engine is refused, and only PuLP takes a solver's name."""
    for name in ("", "gurobi", "highs:CBC", "cpsat:x"):
        with pytest.raises(ValueError, match="highs"):
            engine(name)
    assert set(ENGINES) >= {"highs", "cpsat", "pulp"}
