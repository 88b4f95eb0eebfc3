"""Moves keep the exact state of a point, cost what they say and can be taken back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from points import points_of
from programs import program_of
from test_program import random_program

from realloc.engines import moves
from realloc.program import UNLIMITED, Point, Program, measure
from realloc.sparse import Csr

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
        price = moves.price_of(arrays, state, j, np.inf)
        joined = moves.join(arrays, state, j)
        assert joined == pytest.approx(price)
        assert worth(program, state) - before == pytest.approx(left + joined)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_price_is_given_up_only_where_it_is_higher(seed: int):
    """Asked for a price up to some amount, it is told exactly, or is above it."""
    program, arrays, state = placed(seed)
    rng = np.random.default_rng(seed)
    given_up = 0
    for i in range(program.items):
        moves.leave(arrays, state, i)
        for j in range(program.item[i], program.item[i + 1]):
            price = moves.price_of(arrays, state, j, np.inf)
            most = price + rng.normal(0.0, 1.0 + abs(price))
            told = moves.price_of(arrays, state, j, most)
            assert told == price or (told == np.inf and price > most)
            given_up += told == np.inf
        moves.join(arrays, state, int(program.item[i]))
    assert given_up or program.choices < 9


def test_a_chain_of_three_moves_gets_where_one_and_two_do_not():
    """Three items in a ring of full places, each of which only two of them can use, turn around."""
    ring = program_of(
        np.array([0, 2, 4, 6]), np.array([5, 0, 5, 0, 5, 0]),
        Csr.of(6, np.arange(6), np.array([0, 1, 1, 2, 2, 0]), np.ones(6, np.int64)),
        np.full(3, -UNLIMITED), np.ones(3, np.int64),
    )  # fmt: skip
    arrays, near = moves.arrays(ring), np.arange(6)
    for chain, cost in ((1, 15), (2, 0)):
        state = moves.empty(ring, np.full(3, 1e3), np.zeros(0, dtype=bool))
        for j in (0, 2, 4):
            moves.join(arrays, state, j)
        moves.anneal(arrays, state, near, 1.0, 500, 1e-3, 0, chain)
        assert ring.cost.choice[state.choice].sum() == cost


@pytest.mark.parametrize("seed", SEEDS)
def test_every_step_costs_what_it_returns(seed: int):
    """Sweeps, flips, clearings, annealing and mending return the difference of measures."""
    program, arrays, state = placed(seed)
    broken, near = np.arange(program.resources), np.arange(0, program.choices, 3)
    steps = [
        lambda: moves.sweep(arrays, state, np.arange(program.items)),
        lambda: moves.flip_all(arrays, state, np.arange(program.switches), 0.0),
        lambda: moves.clear_all(arrays, state, np.arange(program.levels), 9, 0.0),
        lambda: moves.anneal(arrays, state, near, 0.5, 50, 20.0, seed, 3),
        lambda: moves.mend(arrays, state, broken, 50, 20.0, seed, 6),
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
    moves.anneal(arrays, state, np.arange(program.choices), 0.5, 200, 1e9, seed, 1)
    for i in np.flatnonzero(state.choice != before).tolist():
        assert moves.allowed(arrays, state, int(state.choice[i]))
