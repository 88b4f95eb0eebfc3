"""What a small program's tree proves, and what the certificate makes of it."""

import pytest
from cities import random_city

from realloc import certificate, solver
from realloc.engines import Run
from realloc.evaluation import evaluate
from realloc.formulation import formulate
from realloc.linear import linear
from realloc.proof import from_json, to_json
from realloc.prover import prove
from realloc.result import Status


@pytest.mark.parametrize("seed", range(12))
def test_small_cities_are_proved_either_way(seed: int) -> None:
    """A tiny city ends optimal or infeasible, both proved by the certificate."""
    result = solver.solve(random_city(seed), time_limit=10)
    assert result.status in (Status.OPTIMAL, Status.INFEASIBLE)
    if result.plan is not None:
        assert result.bound == result.objective


@pytest.mark.parametrize("seed", range(12))
def test_a_tree_never_proves_more_than_is_true(seed: int) -> None:
    """No tree proves that nothing costs less than one more than the best value."""
    city = random_city(seed)
    result = solver.solve(city, time_limit=10)
    if result.objective is None or city.policy.objective != "weighted":
        return
    form = formulate(city, today=evaluate(city, city.current).load)
    lp = linear(form.program)
    true = prove(lp, result.objective, Run(seconds=10))
    assert true is not None
    assert certificate.bound(lp, from_json(to_json(true))).value == result.objective
    assert prove(lp, result.objective + 1, Run(seconds=10)) is None
