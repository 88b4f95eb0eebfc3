"""Neighbourhoods hold the plan and the users of one resource, and none is drawn twice in vain."""

from __future__ import annotations

import numpy as np
import pytest
from points import points_of
from programs import assignment

from realloc.engines.neighbourhoods import OPEN, Neighbourhoods, merge
from realloc.engines.search import Guide
from realloc.program import Flags, Point, Program

SEEDS = range(20)


def guide_of(program: Program, seed: int) -> Guide:
    """Return some prices and rises."""
    rng = np.random.default_rng(seed)
    rise = rng.random(program.choices)
    return Guide(rng.normal(size=program.resources), rise, np.zeros(program.choices))


def users(program: Program, resource: int) -> Flags:
    """Return which items have a choice that uses a resource."""
    choices = program.use.row_of()[program.use.index == resource]
    return np.isin(np.arange(program.items), program.item_of()[choices])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_neighbourhood_is_the_users_of_a_resource(seed: int):
    """Beside the plan's choices, all that may be taken are of items that can use one resource."""
    program = assignment(40, 4)
    point = points_of(program, 1, 1, seed)[0]
    open_ = Neighbourhoods(program, guide_of(program, seed), seed).draw(point)
    assert open_[point.choice].all()
    free = np.bincount(program.item_of()[open_], minlength=program.items) > 1
    assert free.any()
    inside = [users(program, r) for r in range(program.resources)]
    assert any(not (free & ~mine).any() for mine in inside)


def test_choices_of_little_rise_are_free_more_often():
    """Where not all can be free, those that lift the value little mostly are, others at times."""
    program = assignment(60, 20)
    point = points_of(program, 1, 1, 0)[0]
    guide = guide_of(program, 0)
    free = np.zeros(program.choices, np.int64)
    for seed in range(100):
        hoods = Neighbourhoods(program, guide, seed)
        hoods.most = 100
        open_ = hoods.draw(point)
        open_[point.choice] = False
        assert 0 < open_.sum() <= 160
        free += open_
    others = np.ones(program.choices, dtype=bool)
    others[point.choice] = False
    low, high = (free[others & side] for side in (guide.rise < 0.1, guide.rise > 0.9))
    assert low.mean() > 4 * high.mean()
    assert high.max() > 0


def test_nothing_is_drawn_twice_until_all_was():
    """As long as a plan stays, each resource is drawn once; then the neighbourhoods grow."""
    program = assignment(40, 4)
    point = points_of(program, 1, 1, 0)[0]
    hoods = Neighbourhoods(program, guide_of(program, 0), 0)
    drawn: list[int] = []
    while hoods.most == OPEN:
        before = set(hoods.tried)
        hoods.draw(point)
        drawn.extend(set(hoods.tried) - before if hoods.most == OPEN else ())
        assert len(drawn) <= program.resources
    assert len(drawn) == len(set(drawn)) > 1
    assert hoods.most == 2 * OPEN


def test_a_changed_plan_is_drawn_around_again():
    """What was tried may be tried again once one of its items is decided otherwise."""
    program = assignment(40, 4)
    point = points_of(program, 1, 1, 0)[0]
    hoods = Neighbourhoods(program, guide_of(program, 0), 0)
    while hoods.most == OPEN:
        hoods.draw(point)
    for r in range(program.resources):  # all are tried, as the plan is
        hoods.tried[r] = point.choice[users(program, r)].tobytes()
    choice = point.choice.copy()
    choice[0] = program.item[0] + (choice[0] == program.item[0])
    hoods.draw(Point(choice, point.switch))
    assert hoods.most == 2 * OPEN


def test_size_follows_what_is_solved():
    """What is solved to its end makes the next larger, what is not makes it smaller."""
    program = assignment(40, 4)
    hoods = Neighbourhoods(program, guide_of(program, 0), 0)
    hoods.learn(solved=True)
    assert hoods.most > OPEN
    hoods.learn(solved=False)
    hoods.learn(solved=False)
    assert 0 < hoods.most < OPEN


def test_changes_of_two_are_put_together():
    """What one changed and what another changed are both in the plan that has them merged."""
    def point(*choice: int, on: tuple[bool, ...]) -> Point:
        return Point(np.array(choice), np.array(on))

    before = point(0, 3, 6, on=(False, False))
    now = point(1, 3, 6, on=(True, False))
    after = point(0, 3, 7, on=(False, True))
    merged = merge(now, before, after)
    assert merged.choice.tolist() == [1, 3, 7]
    assert merged.switch.tolist() == [True, True]
