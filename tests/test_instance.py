"""What both statements of the model take from the city, by numbers worked out by hand.

`evaluation` and `formulation` read the same minutes, units and rows: where those are wrong, both
are wrong alike, and comparing them shows nothing. Section 1 of `docs/model.md` has the definitions.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import Any

import numpy as np
import pytest
from literal import edit, grow, plan
from small import TABLES, small_city

from realloc.evaluation import evaluate
from realloc.instance import (
    ADMINISTRATIVE,
    ADMITTED,
    HOLD_COMMUNITY,
    HOLD_NOBODY,
    HOLD_STREET,
    NONE,
    SELF,
    SERVICE,
    STATUTORY,
    City,
    Plan,
    half_up,
)
from realloc.schema import TIERS

A, B = 0, 1  # communities of the twins


def base(city: City, task: str = "care") -> list[int]:
    """Return a task's base minutes in A and B."""
    return city.base[city.task_of[task]].tolist()


def legs(city: City, task: str, community: int = A) -> tuple[int, int]:
    """Return a task's minutes of detecting and handling in a community."""
    detect, handle = city.minutes[:, city.task_of[task], community].tolist()
    return detect, handle


def unit(city: City, position: int) -> str:
    """Return the id of a unit, blank for none."""
    return city.units.id[position] if position >= 0 else ""


# -- minutes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("elasticity", "reference", "population", "minutes", "expected"), [
    (1000, 6000, 6000, 1200, 1200),
    (1000, 6000, 3000, 1200, 600),
    (1000, 6000, 12_000, 1200, 2400),
    (1000, 6000, 2000, 124, 41),  # 41 1/3
    (1000, 6000, 2000, 125, 42),  # 41 2/3
    (1000, 6000, 3000, 125, 63),  # 62 1/2
    (1000, 6000, 3250, 108, 59),  # 58 1/2, which floating point takes for a little less
    (1000, 3000, 3000, 1200, 1200),
    (1000, 6000, 0, 1200, 0),
    (0, 6000, 1, 1200, 1200),  # whoever lives there
    (0, 6000, 0, 1200, 1200),
    (500, 6000, 1500, 9, 5),  # a quarter of the people, half of the work: 4 1/2
    (800, 3200, 100, 160, 10),  # 1/32 of the people, 1/16 of the work
    (800, 3200, 100, 8, 1),  # 1/2
    (800, 3200, 100, 7, 0),
    (800, 3200, 100, 24, 2),  # 1 1/2
    (800, 3200, 102_400, 7, 112),  # 32 times the people, 16 times the work
    (800, 6000, 3000, 1000, 574),  # 2^-0.8 = 0.57435
    (800, 6000, 9000, 1000, 1383),  # 1.5^0.8 = 1.38316
    (800, 6000, 12_000, 1000, 1741),  # 2^0.8 = 1.74110
    (800, 6000, 0, 1200, 0),
])  # fmt: skip
def test_base_minutes_by_hand(
    twins: City, elasticity: int, reference: int, population: int, minutes: int, expected: int
):
    """Reference minutes × (population ÷ reference population)^elasticity, half up, per cell."""
    city = twins.replace(settings={"elasticity": elasticity, "reference_population": reference})
    city = edit(edit(city, "tasks", "care", minutes=minutes), "places", "A", population=population)
    assert base(city)[A] == expected


def test_elasticity_is_four_fifths_where_nothing_else_is_said():
    """The default elasticity is 0.8, of a reference community of 6,000."""
    needed = {name: TABLES[name] for name in ("places", "units", "tasks")}
    city = City.of({"name": "x", "date": "2026-01-01"}, needed)
    assert (city.settings["elasticity"], city.settings["reference_population"]) == (800, 6000)


@pytest.mark.parametrize("reference", [6000, 7000, 4099])
def test_base_minutes_are_rounded_half_up_exactly(twins: City, reference: int):
    """In fractions, for 400 amounts and 100 populations: b - 1/2 <= exact value < b + 1/2."""
    rows = "code name parent tier population\n" + "\n".join(
        f"X{k:03} X J community {50 * k + 50}" for k in range(100)
    )
    tasks = "id category name power_type lead minutes\n" + "\n".join(
        f"x{m:03} x x other civil {m}" for m in range(400)
    )
    city = grow(grow(twins, "places", rows), "tasks", tasks)
    at = [city.task_of[f"x{m:03}"] for m in range(400)]
    for elasticity, root in ((1000, 1), (500, 2), (800, 5)):
        found = city.replace(
            settings={"elasticity": elasticity, "reference_population": reference}
        ).base[at]
        power = elasticity * root // 1000
        for c, p in enumerate(city.communities.tolist()):
            population = int(city.places.population[p])
            for m in range(0, 400, 1 if root == 1 else 7):
                b = int(found[m, c])
                exact = (2 * m) ** root * population**power
                assert exact < (2 * b + 1) ** root * reference**power, (elasticity, m, population)
                assert not b or exact >= (2 * b - 1) ** root * reference**power, (m, population)
                if root == 1:
                    assert b == floor(Fraction(m * population, reference) + Fraction(1, 2))


def test_workload_rows_override_the_population(twins: City):
    """The row of the nearest place wins, whatever its minutes and wherever it stands."""
    rows = "task place minutes\n"
    assert base(twins) == [1200, 600]
    assert base(grow(twins, "workload", rows + "care S 70")) == [70, 70]
    assert base(grow(twins, "workload", rows + "care B 0")) == [1200, 0]
    for text in ("care S 70\ncare J 80\ncare A 90", "care A 90\ncare S 70\ncare J 80",
                 "care A 90\ncare D 75\ncare J 80"):  # fmt: skip
        assert base(grow(twins, "workload", rows + text)) == [90, 80]
    city = edit(grow(twins, "workload", rows + "care A 90"), "places", "A", population=0)
    assert base(city) == [90, 600]
    assert base(city, "fine") == [0, 200]


@pytest.mark.parametrize(("minutes", "share", "expected"), [
    (1200, 250, (300, 900)),
    (125, 500, (63, 62)),  # 62 1/2
    (125, 333, (42, 83)),  # 41.6
    (100, 333, (33, 67)),  # 33.3
    (1, 500, (1, 0)),
    (1, 499, (0, 1)),
    (125, 1000, (125, 0)),
    (125, 0, (0, 125)),
])  # fmt: skip
def test_legs_by_hand(twins: City, minutes: int, share: int, expected: tuple[int, int]):
    """Detecting is the share of the base, half up; handling is the rest of it."""
    city = grow(twins, "workload", f"task place minutes\ncare A {minutes}")
    assert legs(edit(city, "tasks", "care", detect_share=share), "care") == expected


def test_legs_are_shares_of_the_rounded_base(twins: City):
    """Base is rounded once, then its share: 3 × 1/2 = 1.5 is 2, half of which is 1."""
    city = edit(twins, "tasks", "care", minutes=3, detect_share=500)
    assert legs(city, "care", B) == (1, 1)
    assert legs(city, "care", A) == (2, 1)


def test_half_up_by_hand():
    """Halves go up, what is below goes down."""
    assert half_up(np.array([0, 1, 2, 3, 4, 5, 6]), 4).tolist() == [0, 0, 1, 1, 1, 1, 2]
    assert half_up(np.array([1, 2, 3, 4]), 3).tolist() == [0, 1, 1, 1]


def exists(city: City, task: str) -> list[list[bool]]:
    """Return whether a task's legs exist in A and B."""
    return city.exists[:, city.task_of[task]].tolist()


def test_a_leg_exists_by_its_minutes_forms_or_visits(twins: City):
    """Meetings have no detecting; a form or a visit makes a leg, one that never comes does not."""
    assert exists(twins, "meet") == [[False, False], [True, True]]
    assert exists(twins, "care") == [[True, True], [True, True]]
    form = "id task leg issuer times minutes\nf meet detect civil {} 0"
    assert exists(grow(twins, "forms", form.format(1)), "meet")[0] == [True, True]
    assert exists(grow(twins, "forms", form.format(0)), "meet")[0] == [False, False]
    visit = "id task leg inspector visits minutes\nv meet detect police {} 0"
    assert exists(grow(twins, "inspections", visit.format(1)), "meet")[0] == [True, True]
    assert exists(grow(twins, "inspections", visit.format(0)), "meet")[0] == [False, False]
    idle = grow(twins, "workload", "task place minutes\ncare A 0")
    assert exists(idle, "care") == [[False, True], [False, True]]
    visit = visit.replace("meet detect", "care handle")
    assert exists(grow(idle, "inspections", visit.format(1)), "care") == [
        [False, True], [True, True],
    ]  # fmt: skip


# -- tasks and duties ------------------------------------------------------------------------------


def test_classes_of_tasks(twins: City):
    """Self-governance first, then social work, all else is administrative."""
    assert [int(twins.tasks.klass[twins.task_of[t]]) for t in ("care", "fine", "meet")] == [
        SERVICE, ADMINISTRATIVE, SELF,
    ]  # fmt: skip
    city = edit(twins, "tasks", "meet", social_work=1)
    assert city.tasks.klass[city.task_of["meet"]] == SELF


def test_windows_of_tasks_and_duties(twins: City):
    """Forms have their task's months; inspections have their own, or their task's."""
    city = edit(twins, "tasks", "fine", duration="temporary", months=(10, 4))
    city = grow(city, "forms", "id task leg issuer times minutes\nf fine handle civil 1 5")
    city = grow(city, "inspections", """
        id task leg    inspector visits minutes months
        v  fine handle police    1      5       -
        w  fine handle police    1      5       05-06
        x  care handle police    1      5       -
    """)  # fmt: skip
    windows = dict(zip(city.tasks.id, city.tasks.window.tolist(), strict=True))
    assert windows == {"care": [0, 12], "fine": [10, 4], "meet": [0, 12]}
    assert city.forms.window.tolist() == [[10, 4]]
    assert city.inspections.window.tolist() == [[10, 4], [4, 2], [0, 12]]


def test_the_scope_of_the_policy_overrides(twins: City):
    """A task keeps its scope unless the policy sets one for all."""
    city = edit(twins, "tasks", "care", scope="community")
    scopes = [TIERS[s] for s in city.tasks.scope]
    assert scopes == ["community", "street", "street"]
    wide = city.replace(settings={"policy.scope": "district"})
    assert [TIERS[s] for s in wide.tasks.scope] == ["district"] * 3


# -- places and units ------------------------------------------------------------------------------


def two_districts(twins: City) -> City:
    """Add a district E before the other by code, with a street K and two communities."""
    return grow(twins, "places", """
        code name parent tier      population
        C    区   S      district  0
        K    街   C      street    0
        Y    乙   K      community 6000
        X    甲   K      community 6000
    """)  # fmt: skip


def test_places_come_depth_first_by_code(twins: City):
    """Communities below a place are a range; above each one its street, district and city."""
    city = two_districts(twins)
    assert city.places.code == ("S", "C", "K", "X", "Y", "D", "J", "A", "B")
    below = {c: (int(city.places.first[p]), int(city.places.last[p]))
             for c, p in city.place_of.items()}  # fmt: skip
    assert below == {"S": (0, 4), "C": (0, 2), "K": (0, 2), "X": (0, 1), "Y": (1, 2),
                     "D": (2, 4), "J": (2, 4), "A": (2, 3), "B": (3, 4)}  # fmt: skip
    above = [[city.places.code[p] for p in tier] for tier in city.above]
    assert above == [["X", "Y", "A", "B"], ["K", "K", "J", "J"], ["C", "C", "D", "D"], ["S"] * 4]
    assert (twins.places.service_floor == NONE).all()
    assert edit(twins, "places", "A", service_floor=0).places.service_floor.tolist().count(0) == 1


def test_capacities_of_units(twins: City):
    """Staff × minutes; overtime is a share of all of it, rounded down; pools by name, else own."""
    city = twins.replace(settings={"minutes_per_staff": 111})
    city = edit(city, "units", "polD", staff=3, committed=40, overtime_share=100)
    u = city.unit_of["polD"]
    assert (city.units.gross[u], city.units.committed[u], city.units.overtime[u]) == (333, 40, 33)
    pool = {name: city.pools[city.units.pool[u]] for name, u in city.unit_of.items()}
    assert pool["staA"] == pool["comA"] == "A"
    assert pool["staB"] == "@staB"
    assert pool["comB"] == "@comB"


def test_departments_serve_what_lies_below_them(twins: City):
    """The counterpart is the district's department where there is one, else the city's."""
    city = two_districts(twins)
    civil, police = (city.functions.index(f) for f in ("civil", "police"))
    district, citywide = ([[unit(city, u) for u in row] for row in level]
                          for level in city.departments.tolist())  # fmt: skip
    assert district[civil] == ["", "", "civilD", "civilD"]
    assert citywide[civil] == ["civilS"] * 4
    assert district[police] == ["", "", "polD", "polD"]
    assert citywide[police] == [""] * 4
    counterpart = [[unit(city, u) for u in row] for row in city.counterpart.tolist()]
    assert counterpart[civil] == ["civilS", "civilS", "civilD", "civilD"]
    assert counterpart[police] == ["", "", "polD", "polD"]
    assert [unit(city, u) for u in city.street_unit.tolist()] == ["", "", "off", "off"]


@pytest.mark.parametrize(("forms", "work", "self_governance"), [
    ("station residents_committee", "station", "residents_committee"),
    ("residents_committee", "residents_committee", "residents_committee"),
    ("station", "station", "station"),
    ("service_centre residents_committee", "service_centre", "residents_committee"),
    ("service_centre station", "station", "station"),
])  # fmt: skip
def test_units_on_which_a_communitys_work_falls(
    twins: City, forms: str, work: str, self_governance: str
):
    """Self-governance on the committee, all else on the station; each stands in for the other."""
    city = two_districts(twins)
    assert city.community_unit[:, 0].tolist() == [NONE, NONE]
    for order in (1, -1):
        rows = "id name kind form place\n" + "\n".join(
            f"u{k} u community {form} X" for k, form in enumerate(forms.split()[::order])
        )
        grown = grow(city, "units", rows)
        found = [grown.units.form[u] for u in grown.community_unit[:, 0].tolist()]
        assert found == [work, self_governance]


def test_communities_of_contracts(twins: City):
    """A contract serves the communities below its places."""
    city = two_districts(twins)
    for places, served in ((("S",), "XYAB"), (("D",), "AB"), (("B", "K"), "XYB"), (("K",), "XY")):
        k = edit(city, "contracts", "k", places=places).contracts.communities[0]
        assert [c in served for c in "XYAB"] == k.tolist()


def test_schemes_are_adopted_or_not_or_left_to_decide(twins: City):
    """The three words are three numbers, kept by id."""
    city = grow(twins, "schemes", """
        id kind         tier   adopted coordination
        a  joint_visit  city   decide  1
        b  unified_form street no      2
        c  joint_visit  street yes     3
    """)  # fmt: skip
    assert city.schemes.adopted.tolist() == [2, 0, 1]
    assert city.schemes.unified_form.tolist() == [False, True, False]
    assert [TIERS[t] for t in city.schemes.tier] == ["city", "street", "street"]


# -- who holds what --------------------------------------------------------------------------------


def test_todays_rows_hold_below_their_place(twins: City):
    """The nearest row wins whole; a unit of the place itself is `street` or `community` there."""
    city = twins.replace(tables={"current": {
        "task": ["care", "care", "care", "fine"], "place": ["A", "J", "S", "S"],
        "detector": ["", "staB", "off", "comA"], "handler": ["k", "off", "community", "polD"],
    }})  # fmt: skip
    holder, code = city.current.holder, city.holder_codes
    care, fine, meet = (city.task_of[t] for t in ("care", "fine", "meet"))
    assert holder[:, care, A].tolist() == [HOLD_NOBODY, code["k"]]
    assert holder[:, care, B].tolist() == [HOLD_COMMUNITY, HOLD_STREET]
    assert holder[:, fine, A].tolist() == [HOLD_COMMUNITY, code["polD"]]
    assert holder[:, fine, B].tolist() == [code["comA"], code["polD"]]  # another's unit stays one
    assert (holder[:, meet] == HOLD_NOBODY).all()
    assert [city.holder_word(c) for c in holder[:, care].ravel().tolist()] == [
        "", "community", "k", "street",
    ]  # fmt: skip


def test_plans_are_written_out_by_cell(twins: City):
    """Each row holds in its cells; where two name one cell the later one holds."""
    p = plan(twins, "care J street off\ncare B staB k\nfine A polD polD")
    all_ = p.expand(twins)
    care, fine = twins.task_of["care"], twins.task_of["fine"]
    code, at = twins.holder_codes, twins.place_of
    assert all_.rows == (
        (care, at["J"], HOLD_STREET, code["off"]),  # B's is another's: no one name for both
        (care, at["B"], HOLD_COMMUNITY, code["k"]),
        (fine, at["A"], code["polD"], code["polD"]),
    )
    assert all_.holder[:, care, A].tolist() == [HOLD_STREET, HOLD_STREET]
    assert all_.holder[:, care, B].tolist() == [HOLD_COMMUNITY, twins.holder_codes["k"]]
    assert (all_.holder[:, fine, B] == HOLD_NOBODY).all()


# -- admission -------------------------------------------------------------------------------------


def test_admission_is_ruled_by_the_nearest_valid_row(twins: City):
    """Rows past their validity do not count, the last day does; legs are ruled apart."""
    rows = twins.tables["admission"]
    care = twins.task_of["care"]
    detect, handle = twins.admission_row[:, care]
    assert [rows["leg"][r] for r in (detect[A], handle[A])] == ["detect", "handle"]
    assert twins.admission_status[:, care].tolist() == [[STATUTORY] * 2, [ADMITTED] * 2]
    for until, status in (("2026-06-30", ADMITTED), ("2026-07-01", STATUTORY), ("-", STATUTORY)):
        city = grow(twins, "admission", f"""
            task leg    place status    valid_until
            care handle B     statutory {until}
        """)  # fmt: skip
        assert city.admission_status[:, care].tolist() == [[STATUTORY] * 2, [ADMITTED, status]]


def test_self_governance_needs_no_admission(twins: City):
    """It is the community's own duty; no row rules it. What is named nowhere is not admitted."""
    meet, fine = twins.task_of["meet"], twins.task_of["fine"]
    assert (twins.admission_row[:, meet] == NONE).all()
    assert (twins.admission_status[:, meet] == STATUTORY).all()
    assert twins.admission_status[:, fine].tolist() == [[ADMITTED] * 2, [NONE] * 2]


# -- one city, one digest --------------------------------------------------------------------------


def test_the_digest_is_of_the_city_and_not_of_its_file(twins: City):
    """Rows in another order and defaults written out are the same city; one minute more is not."""
    turned = {name: {c: values[::-1] for c, values in rows.items()}
              for name, rows in twins.tables.items()}  # fmt: skip
    assert City.of(twins.settings, turned).digest() == twins.digest()
    assert twins.replace(settings={"policy.nobody_worse": 0}).digest() == twins.digest()
    others = [edit(twins, "tasks", "care", minutes=1201), twins.replace(settings={"relay": 11}),
              edit(twins, "places", "B", population=3001)]  # fmt: skip
    assert len({twins.digest(), *(city.digest() for city in others)}) == 4


def test_a_city_is_shown_in_one_line(twins: City):
    """Whoever looks at a city in a notebook sees name and size, and not its tables."""
    shown = repr(twins)
    assert shown.startswith("City('twins', 2 communities, ")
    assert twins.digest()[:12] in shown
    assert "\n" not in shown and len(shown) < 120


# -- nothing is changed in place -------------------------------------------------------------------


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """Yield the arrays of a value, those of its fields included."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _arrays(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _arrays(getattr(value, field.name))


def _derived(city: City) -> dict[str, Any]:
    """Return all that is worked out of a city, by name."""
    names = [name for name, made in vars(City).items() if isinstance(made, cached_property)]
    return {name: getattr(city, name) for name in names}


def test_no_array_of_a_city_can_be_written_to(twins: City):
    """What is kept for a city would otherwise be that of another one."""
    arrays = list(_arrays(tuple(_derived(twins).values())))
    assert len(arrays) > 40
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(ValueError, match="read-only"):
        twins.tasks.minutes[0] = 5


def test_no_table_or_setting_of_a_city_can_be_written_to(twins: City):
    """Neither a cell nor a column, in the city itself, in one made of it and in one unpickled."""
    for city in (twins, edit(twins, "tasks", "care", minutes=7), pickle.loads(pickle.dumps(twins))):
        mappings = [city.settings, city.tables, city.policy.weights, city.place_of, city.unit_of,
                    city.task_of, city.holder_codes, *city.tables.values()]  # fmt: skip
        for mapping in mappings:
            with pytest.raises(TypeError):
                mapping[next(iter(mapping))] = None
        assert all(isinstance(values, tuple) for rows in city.tables.values()
                   for values in rows.values())  # fmt: skip


def test_a_city_does_not_change_with_what_it_was_made_of():
    """Whoever goes on with his own columns and settings changes no city."""
    tables = {name: {c: list(values) for c, values in TABLES[name].items()}
              for name in ("places", "units", "tasks")}  # fmt: skip
    settings = {"name": "x", "date": "2026-01-01"}
    city = City.of(settings, tables)
    digest = city.digest()
    tables["tasks"]["minutes"][0] += 1
    settings["name"] = "y"
    assert city.digest() == digest != City.of(settings, tables).digest()


def test_plans_and_evaluations_are_read_only(twins: City):
    """Whoever has a plan or its figures cannot change them; an array of his own stays his."""
    own = np.array([HOLD_STREET, HOLD_COMMUNITY])
    p = replace(plan(twins, "care J street street\nfine J community polD"), detector=own)
    found = evaluate(twins, p)
    arrays = [*_arrays(p), *_arrays(p.expand(twins)), *_arrays(found)]
    assert len(arrays) > 30
    assert not any(array.flags.writeable for array in arrays)
    own[0] = HOLD_COMMUNITY


def test_a_city_survives_a_pickle(twins: City):
    """Another process gets the same city, and works out the rest by itself."""
    city = pickle.loads(pickle.dumps(twins))
    assert city.digest() == twins.digest()
    assert (city.minutes == twins.minutes).all()
    assert not city.minutes.flags.writeable


@pytest.mark.parametrize(("part", "value", "word"), [
    ("task", [3, 0], "task 3"), ("place", [-1, 0], "place -1"), ("handler", [0, 99], "holder 99"),
    ("detector", [-5, 0], "holder -5"), ("contracts", frozenset({1}), "contract 1"),
    ("admissions", frozenset({(0, 5)}), "place 5"), ("schemes", frozenset({(0, 0)}), "scheme 0"),
])  # fmt: skip
def test_a_plan_of_what_there_is_not_is_refused(twins: City, part: str, value: Any, word: str):
    """Positions beyond the city are named, and never read from the end."""
    p = plan(twins, "care J street street\nfine J community polD")
    other = replace(p, **{part: np.array(value) if isinstance(value, list) else value})
    with pytest.raises(IndexError, match=word):
        other.expand(twins)


def test_no_name_of_a_pool_joins_the_staff_of_a_unit_by_itself():
    """A pool may be called as the one of a unit alone would be: it is another one."""
    city = small_city()
    units = {name: list(values) for name, values in city.tables["units"].items()}
    alone = next(i for i, pool in enumerate(units["pool"]) if not pool)
    other = next(i for i, u in enumerate(units["id"]) if i != alone and not units["pool"][i])
    units["pool"][other] = f"@{units['id'][alone]}"
    changed = city.replace(tables={"units": units})
    pool = changed.units.pool
    first, second = (changed.unit_of[units["id"][i]] for i in (alone, other))
    assert pool[first] != pool[second]
    assert len(changed.pools) == len(city.pools)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_are_as_fixed_as_what_they_are_of(copied):
    """Neither a copy nor what another process is sent can be written to."""
    city = small_city()
    for one, name in ((city.current, "holder"), (city.units, "pool"), (a_plan(city), "task")):
        assert not getattr(copied(one), name).flags.writeable


def a_plan(city: City) -> Plan:
    """Return a plan without rows."""
    none = np.zeros(0, np.int64)
    return Plan(none, none, none, none)
