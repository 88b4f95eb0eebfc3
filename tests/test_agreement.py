"""The two statements of the model agree on every plan of a thousand small cities.

`evaluation` knows no program and `formulation` no plan; what one calls lawful the other must call
feasible, and both must count every criterion alike.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from cities import random_city
from points import Measures, Points, count_points, measure_all, points_of

from realloc.evaluation import Evaluation, Evaluator
from realloc.formulation import Formulation, formulate
from realloc.instance import City, Plan
from realloc.program import Program, measure
from realloc.schema import FAMILIES, leaves
from realloc.stages import weigh

#: Every plan of a thousand cities is compared. A fifth of all cities have an item that nobody may
#: hold; of those with more plans than `MOST` only a sample is.
CITIES, CHUNKS = 1000, 25
MOST, SAMPLE = 300, 60
LEAVES = leaves()

#: Families whose amounts both sides count in the same unit.
IN_UNITS = ("C5", "C6", "C9", "C12", "C13", "C15")


def tiny_city(seed: int) -> City:
    """Draw a city with two to four items or so; most have a few hundred plans."""
    return random_city(seed, size=(2, 2, 3, 3, 4)[seed % 5])


def formulate_parts(city: City, evaluator: Evaluator) -> Formulation:
    """Formulate with the policy's objective, then one objective for every reported part."""
    objectives = [city.policy.weights, *({leaf: 1} for leaf in LEAVES)]
    return formulate(city, today=evaluator.today.load, objectives=objectives)


def disagreements(city: City, most: int, sample: int) -> tuple[list[str], bool]:
    """Return where both statements differ on plans of a city, in words, and whether on all."""
    evaluator = Evaluator(city)
    f = formulate_parts(city, evaluator)
    if not count_points(f.program):
        return [], False  # an item that nobody may hold: there is no plan
    points = points_of(f.program, most, sample)
    measures = measure_all(f.program, f.objectives, points)
    found = []
    for k in range(len(points)):
        evaluation = evaluator.evaluate(f.decode(points[k]))
        found += [f"plan {k}: {text}" for text in _differences(city, f, measures, k, evaluation)]
    for k in {0, len(points) // 2, len(points) - 1}:
        found += _program_differences(f, points, measures, k)
    return found, points.every


def compare_cities(seeds: range, wanted: int, most: int, sample: int) -> None:
    """Compare the plans of cities until all plans of so many have been."""
    full = 0
    for seed in seeds:
        found, every = disagreements(tiny_city(seed), most, sample)
        assert not found, (seed, found[:5])
        full += every
        if full == wanted:
            return
    raise AssertionError(f"all plans were compared of {full} cities only")


def _differences(
    city: City, f: Formulation, measures: Measures, k: int, evaluation: Evaluation
) -> list[str]:
    found = []
    values = measures.values[:, k].tolist()
    if values[0] != weigh(city.policy.weights, evaluation):
        found.append(f"objective {values[0]} {weigh(city.policy.weights, evaluation)}")
    for leaf, value in zip(LEAVES, values[1:], strict=True):
        if value != evaluation.parts[leaf]:
            found.append(f"{leaf}: {value} {evaluation.parts[leaf]}")
    broken = _broken(f.program, measures, k)
    if not broken and not evaluation.violations:
        return found
    named: Counter[str] = Counter()
    for v in evaluation.violations:
        named[v.family] += v.amount
    if set(broken) != set(named):
        found.append(f"families: {set(broken)} {set(named)}")
    return found + [
        f"{family}: {broken[family]} {named[family]}"
        for family in IN_UNITS
        if broken[family] != named[family]
    ]


def _broken(program: Program, measures: Measures, k: int) -> Counter[str]:
    """Count by family what a point breaks: units beyond limits and switches that are off."""
    broken: Counter[str] = Counter()
    for r in np.flatnonzero(measures.excess[k]).tolist():
        broken[program.family[r]] += int(measures.excess[k, r])
    for s in np.flatnonzero(measures.missing[k]).tolist():
        broken[program.switch_family[s]] += 1
    return broken


def _program_differences(f: Formulation, points: Points, measures: Measures, k: int) -> list[str]:
    """Compare `measure` and the way back from a plan with the arrays over all points."""
    point = points[k]
    m = measure(f.program, point)
    back = f.encode(f.decode(point))
    same = (
        m.value == measures.values[0, k]
        and (m.use == measures.use[k]).all()
        and (m.violation == 0) == measures.feasible[k]
    )
    right = (back.choice == point.choice).all() and (back.switch == point.switch).all()
    return [*([] if same else [f"measure of {k}"]), *([] if right else [f"encode of {k}"])]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_plan_of_a_thousand_cities(chunk: int):
    """Evaluation and formulation agree on feasibility, families, amounts and all criteria."""
    compare_cities(range(chunk, 3 * CITIES, CHUNKS), CITIES // CHUNKS, MOST, SAMPLE)


@pytest.mark.nightly
@pytest.mark.parametrize("chunk", range(100))
def test_every_plan_of_ten_thousand_cities(chunk: int):
    """The same for ten times as many cities, and with more plans of each."""
    compare_cities(range(3 * CITIES + chunk, 30 * CITIES, 100), CITIES // 10, 2000, 500)


def test_the_cities_use_every_rule_and_criterion():
    """Plans of the first cities break every rule that a plan can break, and move every criterion.

    C1, C2, C3, C7 and C14 have no say in plans made of candidates: see `test_authority`.
    """
    broken: set[str] = set()
    moved: set[str] = set()
    decided = 0
    for seed in range(120):
        city = tiny_city(seed)
        evaluator = Evaluator(city)
        f = formulate_parts(city, evaluator)
        if not count_points(f.program):
            continue
        points = points_of(f.program, 20, 20)
        measures = measure_all(f.program, f.objectives, points)
        for k in range(len(points)):
            broken |= set(_broken(f.program, measures, k))
        ranges = np.ptp(measures.values[1:], axis=1)
        moved |= {leaf for leaf, width in zip(LEAVES, ranges, strict=True) if width}
        decided += len(f.schemes)
    assert broken == {"C4", *IN_UNITS, "C8", "C10"}
    assert moved == set(LEAVES)
    assert decided


def wild_plans(city: City, f: Formulation, seed: int, count: int) -> list[Plan]:
    """Make plans of candidates wrong: rows, places, holders and switches as they may come."""
    draw = random.Random(seed)
    first = points_of(f.program, 1, count, seed)
    found = []
    for k in range(len(first)):
        plan = f.decode(first[k])
        columns = (plan.task, plan.place, plan.detector, plan.handler)
        rows = [list(row) for row in zip(*(c.tolist() for c in columns), strict=True)]
        switches = {name: set(getattr(plan, name)) for name in _SWITCHES}
        for _ in range(draw.choice((0, 1, 1, 2))):
            _spoil(city, rows, switches, draw)
        table = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        on: list[frozenset[Any]] = [frozenset(switches[name]) for name in _SWITCHES]
        found.append(Plan(table[0], table[1], table[2], table[3], *on))
    return found


_SWITCHES = ("admissions", "contracts", "schemes")


def _spoil(
    city: City, rows: list[list[int]], switches: dict[str, set[Any]], draw: random.Random
) -> None:
    places = city.places
    kind = draw.choice(("split", "merge", "lose", "double", "holder", "holder", "switch", "switch"))
    if kind == "switch":
        name = draw.choice(_SWITCHES)
        task, place = draw.randrange(len(city.tasks.id)), draw.randrange(len(places.code))
        scheme, contract = draw.randrange(9), draw.randrange(9)
        if name == "admissions":
            switches[name] ^= {(task, place)}
        elif name == "schemes" and scheme < len(city.schemes.id):
            switches[name] ^= {(scheme, place)}
        elif name == "contracts" and contract < len(city.contracts.id):
            switches[name] ^= {contract}
    elif rows:
        row = draw.choice(rows)
        if kind == "split":
            below = np.flatnonzero(places.parent == row[1]).tolist()
            rows.remove(row)
            rows += [[row[0], p, *row[2:]] for p in below]
        elif kind == "merge":
            row[1] = max(0, int(places.parent[row[1]]))
        elif kind == "lose":
            rows.remove(row)
        elif kind == "double":
            rows.append(list(row))
        else:
            row[draw.choice((2, 3))] = draw.choice(list(city.holder_codes.values()))


def misjudged(city: City, seed: int, count: int, seen: Counter[str]) -> list[Plan]:
    """Return plans made wrong that are lawful and have no feasible point, or the other way.

    `seen` counts the lawful and the unlawful ones, and by family those that break it.
    """
    evaluator = Evaluator(city)
    f = formulate_parts(city, evaluator)
    if not count_points(f.program):
        return []
    wrong = []
    for plan in wild_plans(city, f, seed, count):
        found = evaluator.evaluate(plan)
        seen["lawful" if found.lawful else "unlawful"] += 1
        seen.update(set(found.families()))
        try:
            m = measure(f.program, f.encode(plan))
        except LookupError:
            right = not found.lawful
        else:
            right = found.lawful == (m.violation == 0)
            right &= not found.lawful or m.value == weigh(city.policy.weights, found)
        if not right:
            wrong.append(plan)
    return wrong


@pytest.mark.parametrize("chunk", range(8))
def test_what_evaluation_calls_lawful_has_a_feasible_point(chunk: int):
    """Of plans made wrong at random the lawful are those that stand for a feasible point; some
    break each family."""
    seen: Counter[str] = Counter()
    for seed in range(chunk, 800, 8):
        assert not misjudged(tiny_city(seed), seed, 20, seen), seed
    assert min(seen["lawful"], seen["unlawful"]) >= 150
    assert seen.keys() >= FAMILIES.keys()
