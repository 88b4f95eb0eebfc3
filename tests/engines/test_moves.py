"""Moves keep the exact state of a point, cost what they say and can be taken back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from points import points_of
from test_program import random_program

from realloc.engines import moves
from realloc.program import Point, Program, measure

SEEDS = range(60)


def placed(seed: int) -> tuple[Program, moves.Arrays, moves.State]:
    """Return a random program without ceiling or caps, and the state of a point that needs hold."""
    program = random_program(seed)
    program = replace(
        program, cost=replace(program.cost, ceiling=0), caps=(),
        ceiling_resource=program.ceiling_resource[:0], ceiling_base=program.ceiling_base[:0],
    )  # fmt: skip
    arrays = moves.arrays(program)
    point = points_of(program, 1, 1, seed)[0]
    price = np.random.default_rng(seed).integers(0, 50, program.resources).astype(float)
    state = moves.empty(program, price, point.switch)
    for j in point.choice.tolist():
        moves.join(arrays, state, j)
    return program, arrays, state


def worth(program: Program, state: moves.State) -> float:
    """Return what a state is worth, measured from nothing, after checking its use of resources."""
    point = Point(state.choice.copy(), state.on.copy())
    found = measure(program, point)
    assert (found.use == state.limit[:, moves.USE]).all()
    return found.value + float((found.excess * state.limit[:, moves.PRICE]).sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_and_joining_cost_what_the_measure_says(seed: int):
    """The price of a choice is what joining it costs, and both are the difference of measures."""
    program, arrays, state = placed(seed)
    rng = np.random.default_rng(seed)
    for _ in range(30):
        i = int(rng.integers(program.items))
        j = int(rng.integers(program.item[i], program.item[i + 1]))
        before = worth(program, state)
        left = moves.leave(arrays, state, i)
        price = moves.price_of(arrays, state, j)
        joined = moves.join(arrays, state, j)
        assert joined == pytest.approx(price)
        assert worth(program, state) - before == pytest.approx(left + joined)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_step_costs_what_it_returns(seed: int):
    """Sweeps, flips, clearings, annealing and mending return the difference of measures."""
    program, arrays, state = placed(seed)
    broken, near = np.arange(program.resources), np.arange(0, program.choices, 3)
    steps = [
        lambda: moves.sweep(arrays, state, np.arange(program.items)),
        lambda: moves.flip_all(arrays, state, np.arange(program.switches), 0.0),
        lambda: moves.clear_all(arrays, state, np.arange(program.levels), 9, 0.0),
        lambda: moves.anneal(arrays, state, near, 0.5, 50, 20.0, seed),
        lambda: moves.mend(arrays, state, broken, 50, 20.0, seed),
    ]
    for step in steps:
        before = worth(program, state)
        cost = step()
        assert worth(program, state) - before == pytest.approx(cost)


@pytest.mark.parametrize("seed", SEEDS)
def test_sweeps_flips_and_clearings_never_cost(seed: int):
    """Without heat a step is kept only where it saves."""
    program, arrays, state = placed(seed)
    assert moves.sweep(arrays, state, np.arange(program.items)) <= 1e-6
    assert moves.flip_all(arrays, state, np.arange(program.switches), 0.0) <= 1e-6
    assert moves.clear_all(arrays, state, np.arange(program.levels), 9, 0.0) <= 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_moves_go_only_to_open_choices_whose_switches_are_on(seed: int):
    """Whatever annealing moved stands where it may."""
    program, arrays, state = placed(seed)
    before = state.choice.copy()
    moves.anneal(arrays, state, np.arange(program.choices), 0.5, 200, 1e9, seed)
    for i in np.flatnonzero(state.choice != before).tolist():
        assert moves.allowed(arrays, state, int(state.choice[i]))
