"""A proved "no" says why: who nobody may hold, and limits that every plan breaks, in numbers."""

from __future__ import annotations

from collections import Counter

import numpy as np
from cities import random_city
from literal import edit, grow
from points import count_points, measure_all, points_of

from realloc.authority import Authority
from realloc.conflict import ADDED, Conflict, find_stuck
from realloc.evaluation import evaluate
from realloc.formulation import formulate
from realloc.instance import City
from realloc.program import UNLIMITED
from realloc.reporting.notices import list_notices
from realloc.result import Status
from realloc.solver import solve


def conflict_of(city: City) -> Conflict | None:
    """Solve a city; return why there is no plan, None where there is one."""
    found = solve(city, time_limit=5)
    assert (found.conflict is not None) == (found.status is Status.INFEASIBLE)
    return found.conflict


def test_no_plan_keeps_the_limits_that_are_named():
    """Every point of the program passes a limit of each family that is short, by the numbers."""
    short = nobody = other = 0
    for seed in range(400):
        city = random_city(seed, 3)
        conflict = conflict_of(city)
        if conflict is None:
            continue
        nobody += bool(conflict.items)
        other += not conflict.items and not conflict.shortages
        assert conflict.items or conflict.shortages or conflict.families, seed
        program = formulate(city, today=evaluate(city, city.current).load).program
        if not conflict.shortages or count_points(program) > 3000:
            continue
        use = measure_all(program, [], points_of(program, 3000, 0)).use
        hard = (program.upper < UNLIMITED) & (program.over_most < UNLIMITED)
        most = np.where(hard, program.upper + np.where(hard, program.over_most, 0), UNLIMITED)
        for shortage in conflict.shortages:
            mine = np.array(program.family) == shortage.family
            assert shortage.family in (*ADDED, "C12")
            assert shortage.needed > shortage.allowed
            over, under = use[:, mine] > most[mine], use[:, mine] < program.lower[mine]
            assert (over | under).any(axis=1).all(), seed
            short += 1
    assert short > 5
    assert nobody > 5
    assert other > 2


def test_a_shortage_by_hand(twins: City):
    """Nobody above the communities has time, but police must handle half of 400 + 200 minutes."""
    city = twins
    for unit in ("civilS", "civilD", "polD", "off"):
        city = edit(city, "units", unit, staff=0, overtime_share=0)
    conflict = conflict_of(city)
    assert conflict is not None
    shortage = next(s for s in conflict.shortages if s.family == "C9")
    assert shortage.allowed == 0
    assert "polD" in shortage.units
    # the police of the district at 1.15, and a relay of 10 by the street office for each community
    assert shortage.needed == 1.15 * (200 + 100) + 2 * 10
    found = solve(city, time_limit=5)
    for lang, word in (("zh", "至少需要"), ("en", "needs at least")):
        assert f"{shortage.needed / 60:,.1f}" in found.summary(lang)
        assert word in found.summary(lang)
    assert found.to_json()["conflict"]["shortages"][0]["needed"] == shortage.needed


CULPRITS = {
    "C5": ("quotas", "at_most_tasks", 0), "C12": ("places", "service_floor", 10**6),
    "C15": ("limits", "at_most_items", 0),
}


def test_a_proved_no_names_what_has_become_too_tight():
    """Where a city has a plan until one family is tightened, that family is among those named."""
    named: Counter[str] = Counter()
    for seed in range(900):
        city = random_city(seed, 3)
        left = {f: how for f, how in CULPRITS.items() if named[f] < 2 and len(city.tables[how[0]])}
        if not left or solve(city, time_limit=5).plan is None:
            continue
        for family, (table, column, value) in left.items():
            rows = {name: list(values) for name, values in city.tables[table].items()}
            tiers = rows.get("tier", ["community"] * len(rows[column]))
            rows[column] = [value if tier == "community" else None for tier in tiers]
            conflict = conflict_of(city.replace(tables={table: rows}))
            if conflict is not None:
                assert family in conflict.families, (seed, family)
                named[family] += 1
    assert named == dict.fromkeys(CULPRITS, 2)


def test_a_floor_that_nobody_can_reach_is_named_with_its_numbers(twins: City):
    """A slip in one cell is what is told, not the items that it leaves without a choice."""
    conflict = conflict_of(edit(twins, "places", "A", service_floor=10**7))
    assert conflict is not None
    (shortage,) = conflict.shortages
    assert (shortage.family, shortage.places, shortage.needed) == ("C12", ("A",), 10**7)
    assert 0 < shortage.allowed < 10**4
    assert conflict.items == ()
    found = solve(edit(twins, "places", "A", service_floor=10**7), time_limit=5)
    for lang in ("zh", "en"):
        said = found.summary(lang)
        assert "166,667" in said and "A" in said


def test_what_is_spent_whatever_is_chosen_is_part_of_a_shortage():
    """The limit that is told is the capacity that units have, and coordination of schemes needs it.

    Here the units that coordinate have time for a half of it.
    """
    told = 0
    for seed in range(200):
        city = random_city(seed, 3)
        form = formulate(city, today=evaluate(city, city.current).load)
        spent = form.spent[np.array(form.program.family) == "C9"]  # one for each pool
        if not spent.any():
            continue
        units, year = city.units, city.settings["minutes_per_staff"]
        for u in np.flatnonzero(spent[units.pool] > 0).tolist():
            first, half = units.pool[:u] != units.pool[u], int(spent[units.pool[u]]) // 2
            staff = -(-half // year) if first.all() else 0
            city = edit(city, "units", units.id[u], staff=staff, overtime_share=0,
                        committed=max(0, staff * year - half))  # fmt: skip
        conflict = conflict_of(city)
        assert conflict is not None
        if conflict.items:
            continue
        shortage = next(s for s in conflict.shortages if s.family == "C9")
        pools = {int(units.pool[city.unit_of[u]]) for u in shortage.units}
        free = np.maximum(0, city.units.gross - city.units.committed)
        whole = sum(int(free[units.pool == pool].sum()) for pool in pools)
        assert shortage.allowed == whole > 0, seed
        assert shortage.needed >= sum(int(spent[pool]) for pool in pools)
        told += 1
    assert told >= 5


def test_an_item_that_nobody_may_hold_is_named(twins: City):
    """Where the police serve another district only, nobody may hold the penalty in either place."""
    current = {
        column: [v for v, task in zip(values, twins.tables["current"]["task"], strict=True)
                 if task != "fine"]
        for column, values in twins.tables["current"].items()
    }  # fmt: skip
    city = edit(grow(twins, "places", "code name parent tier \n E 二区 S district"),
                "units", "polD", place="E")  # fmt: skip
    conflict = conflict_of(city.replace(tables={"current": current}))
    assert conflict is not None
    assert {item.task for item in conflict.items} == {"fine"}
    assert not any(item.pins for item in conflict.items)


def test_a_pin_that_the_law_denies_is_named(twins: City):
    """Where a pin leaves nobody, its holder and rule are told with the item."""
    city = grow(twins, "pins", "task leg place holder rule \n fine handle A community keep")
    conflict = conflict_of(city)
    assert conflict is not None
    assert {item.pins for item in conflict.items} == {(("community", "keep"),)}
    said = solve(city, time_limit=5).summary("zh")
    assert "“锁定”表要求由 社区 承担" in said


def test_pins_that_contradict_are_told_once(twins: City):
    """Where all parts are left to nobody no notice says that they are decided one by one; where a
    part has somebody it does."""
    rows = "task leg place holder rule \n care handle J {} keep \n care handle J community keep"
    for first, parts, codes in (
        ("street", ["A", "B"], []),  # nobody is both
        ("staA", ["B"], ["split_unlawful"]),  # in A the station is the community
    ):
        city = grow(twins, "pins", rows.format(first))
        candidates = Authority(city).candidates()
        assert [item.place for item in find_stuck(city, candidates)] == parts
        notices = list_notices(city, candidates, evaluate(city, city.current))
        assert [notice.code for notice in notices] == codes
