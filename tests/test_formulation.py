"""Every family C1 to C15: a plan just inside, one just outside, and that with the family left out.

Evaluation and formulation are asked both, each without the other; a family that could not fail
would be feasible outside, a family that did nothing would be infeasible without itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cities import random_city
from literal import edit, grow, judge, plan, with_schemes
from points import count_points

from realloc.authority import Authority
from realloc.evaluation import Evaluator, evaluate
from realloc.formulation import Formulation, formulate, stage_weights
from realloc.instance import City, Plan
from realloc.program import Point, cost_of, levels_counted, measure
from realloc.schema import FAMILIES, leaves

TODAY = """
    care J community community
    fine J community polD
    meet J community community
"""
NONE: frozenset[str] = frozenset()
REFUSED = "refused"  # no item, no candidate arrangement or no switch stands for it
K_CARE = "fine J community polD \n meet J community community \n care J k k"


def formulated(city: City, without: frozenset[str] = NONE) -> Formulation:
    """Formulate a city with today's loads."""
    return formulate(city, today=Evaluator(city).today.load, without=without)


def broken_in_program(city: City, p: Plan, without: frozenset[str] = NONE) -> set[str]:
    """Return the families that a plan breaks in the program of a city."""
    f = formulated(city, without)
    try:
        point = f.encode(p)
    except LookupError:
        return {REFUSED}
    m = measure(f.program, point)
    program = f.program
    off = [s for s in program.need.take(point.choice).index.tolist() if not point.switch[s]]
    assert len(off) == m.missing
    return {
        *(program.family[r] for r in np.flatnonzero(m.excess)),
        *(program.switch_family[s] for s in off),
    }


def inside(city: City, text: str, **switches: list) -> None:
    """Both say that a plan breaks nothing."""
    p = plan(city, text, **switches)
    assert evaluate(city, p).families() == {}
    assert broken_in_program(city, p) == set()


def outside(families: set[str], city: City, text: str, **switches: list) -> None:
    """Both say that a plan breaks these families; without them it is feasible."""
    p = plan(city, text, **switches)
    assert set(evaluate(city, p).families()) == families
    assert broken_in_program(city, p) in (families, {REFUSED})
    bare = replace(p, admissions=NONE) if "C4" in families else p  # without C4 nothing is switched
    assert broken_in_program(city, bare, without=frozenset(families)) == set()


def without_floors(city: City) -> City:
    """Let communities give up all service."""
    return edit(edit(city, "places", "A", service_floor=0), "places", "B", service_floor=0)


def test_the_city_of_these_tests_is_lawful(twins: City):
    """Today's allocation as a plan breaks nothing, so that every case below breaks one rule."""
    inside(twins, TODAY)


def test_c1_full_inventory(twins: City):
    """C1: an item without a row, or with two rows; without the task there is nothing to name."""
    less = TODAY.replace("meet J community community", "")
    for text in (less, less + "meet A community community", TODAY + less):
        p = plan(twins, text)
        assert set(evaluate(twins, p).families()) >= {"C1"}
        assert broken_in_program(twins, p) == {REFUSED}
    tables = {
        name: {column: [v for v, t in zip(values, rows[key], strict=True) if t != "meet"]
               for column, values in rows.items()}
        for name, key in (("tasks", "id"), ("current", "task"))
        for rows in (twins.tables[name],)
    }  # fmt: skip
    inside(twins.replace(tables=tables), less)


def test_c2_authority(twins: City):
    """C2: a street office handles a penalty only with a delegation."""
    text = TODAY.replace("fine J community polD", "fine J community street")
    outside({"C2"}, twins, text)
    delegated = grow(
        twins,
        "delegations",
        """
        id delegator task unit
        d  police    fine off
    """,
    )
    inside(delegated, text)


def test_c3_jurisdiction(twins: City):
    """C3: a contract that serves one of two communities cannot hold an item of both."""
    city = without_floors(twins)
    inside(city, K_CARE, contracts=["k"])
    outside({"C3"}, edit(city, "contracts", "k", places=("A",)), K_CARE, contracts=["k"])


def test_c4_admission(twins: City):
    """C4: a candidate task needs its switch; what no row admits cannot go to a community."""
    rows = {name: list(values) for name, values in twins.tables["admission"].items()}
    rows["status"] = ["candidate" if s == "admitted" else s for s in rows["status"]]
    city = twins.replace(tables={"admission": rows})
    inside(city, TODAY, admissions=[("care", "S"), ("fine", "S")])
    outside({"C4"}, city, TODAY, admissions=[("care", "S")])
    rows["status"] = ["barred" if s == "candidate" else s for s in rows["status"]]
    outside({"C4"}, twins.replace(tables={"admission": rows}), TODAY)


@pytest.mark.parametrize("quota", ["at_most_tasks 2 1", "at_most_minutes 1100 1099"])
def test_c5_quotas(twins: City, quota: str):
    """C5: A holds two admitted tasks, of 900 and 200 minutes."""
    column, enough, short = quota.split()
    inside(grow(twins, "quotas", f"place {column} \n J {enough}"), TODAY)
    outside({"C5"}, grow(twins, "quotas", f"place {column} \n J {short}"), TODAY)


def test_c6_funding(twins: City):
    """C6: 900 and 450 admitted minutes of care at 30 yuan an hour are 675 yuan of its lead."""
    inside(grow(twins, "budgets", "payer purpose yuan \n civilD transfer 675"), TODAY)
    outside({"C6"}, grow(twins, "budgets", "payer purpose yuan \n civilD transfer 674"), TODAY)


def test_c7_purchase_gates(twins: City):
    """C7: a contract holds its own categories, of the least grade, and what may be purchased."""
    city = without_floors(twins)
    inside(edit(city, "contracts", "k", grade=3), K_CARE, contracts=["k"])
    outside({"C7"}, edit(city, "contracts", "k", grade=2), K_CARE, contracts=["k"])
    outside({"C7"}, edit(city, "contracts", "k", categories=("order",)), K_CARE, contracts=["k"])
    outside({"C7"}, edit(city, "tasks", "care", outsourceable=0), K_CARE, contracts=["k"])


@pytest.mark.parametrize("limit", ["least 1711 1712", "most 1711 1710"])
def test_c8_contracts(twins: City, limit: str):
    """C8: under the contract are 0.95 × 1,200 minutes in A and half of that, rounded, in B."""
    column, enough, short = limit.split()
    city = without_floors(twins)
    inside(edit(city, "contracts", "k", **{column: int(enough)}), K_CARE, contracts=["k"])
    outside({"C8"}, edit(city, "contracts", "k", **{column: int(short)}), K_CARE, contracts=["k"])


def test_c8_switches_shares_and_budgets(twins: City):
    """C8: a contract in use is switched on, keeps its share and what its buyer may spend."""
    city = grow(without_floors(twins), "contracts", """
        id contractor buyer places yuan_per_hour
        q  org        off   J      90
    """)  # fmt: skip
    p = plan(city, K_CARE)
    assert set(evaluate(city, p).families()) == {"C8"} == broken_in_program(city, p)
    both = K_CARE.replace("care J k k", "care J q k")  # a contract hands on to no other
    assert "C2" in judge(city, both, contracts=["k", "q"]).families()
    text = "fine J community polD \n meet J community community \n care A k k \n care B q q"
    city = edit(city, "tasks", "care", scope="community")
    effort = judge(city, text, contracts=["k", "q"]).contract_effort.tolist()
    assert effort == [1140, 571]
    share = -(-1000 * effort[0] // sum(effort))
    for column in ("share_of_buyer", "share_of_contractor"):
        inside(edit(city, "contracts", "k", **{column: share}), text, contracts=["k", "q"])
        outside({"C8"}, edit(city, "contracts", "k", **{column: share - 1}), text,
                contracts=["k", "q"])  # fmt: skip
    yuan = judge(city, text, contracts=["k", "q"]).contract_yuan.sum()
    row = "payer purpose yuan \n off purchase {}"
    inside(grow(city, "budgets", row.format(yuan)), text, contracts=["k", "q"])
    outside({"C8"}, grow(city, "budgets", row.format(yuan - 1)), text, contracts=["k", "q"])


def test_c9_capacity(twins: City):
    """C9: a soft pool needs some capacity for any load; a hard one holds its load."""
    inside(edit(twins, "units", "comB", committed=9_999), TODAY)
    outside({"C9"}, edit(twins, "units", "comB", committed=10_000), TODAY)
    load = 230 + 115 + 7 + 7  # penalties in A and B, guidance in both
    january = 20 + 10 + 1 + 1
    inside(edit(twins, "units", "polD", committed=10_000 - 12 * january), TODAY)
    outside({"C9", "C10"}, edit(twins, "units", "polD", committed=10_001 - load), TODAY)


def test_c10_peak_months(twins: City):
    """C10: 359 minutes of police fall on one month, a twelfth of the year's capacity."""
    june = edit(twins, "tasks", "fine", duration="temporary", months=(5, 1))
    inside(edit(june, "units", "polD", committed=10_000 - 12 * 359), TODAY)
    outside({"C10"}, edit(june, "units", "polD", committed=10_001 - 12 * 359), TODAY)


def test_c10_peak_months_of_windows_that_wrap(twins: City):
    """C10: fines from November to February and a raid in January meet in January, 90 + 173."""
    city = edit(twins, "tasks", "fine", duration="temporary", months=(10, 4))
    city = grow(city, "tasks", """
        id   category name power_type lead   minutes duration  months
        raid order    查   other      police 100     temporary 01-01
    """)  # fmt: skip
    text = TODAY + "raid J polD polD"
    january = (57 + 29 + 2 + 2) + (115 + 58)
    inside(edit(city, "units", "polD", committed=10_000 - 12 * january), text)
    outside({"C10"}, edit(city, "units", "polD", committed=10_001 - 12 * january), text)


def test_c11_rounds(twins: City):
    """C11: a scheme is switched on at a place of its tier only, and only where left to decide."""
    city = with_schemes(twins, "district", "decide")
    inside(city, TODAY, schemes=[("j", "D")])
    for spot in (("j", "J"), ("u", "D")):
        p = plan(city, TODAY, schemes=[spot])
        assert set(evaluate(city, p).families()) == {"C11"}
        assert broken_in_program(city, p) == {REFUSED}


def test_c11_left_out_costs_nothing(twins: City):
    """Without C11 nobody receives visits; with it A and B receive the larger of 3 and 5, and 1."""
    city = with_schemes(twins, "district", "decide")
    p = plan(city, TODAY, schemes=[("j", "D")])
    visits = {"inspections.community": 1}
    for without, value in ((NONE, 2 * (5 + 1)), (frozenset({"C11"}), 0)):
        f = formulate(city, objectives=[visits], without=without)
        assert measure(f.program, f.encode(p)).value == value
    assert evaluate(city, p).parts["inspections.community"] == 12


def test_c12_service_floor(twins: City):
    """C12: A holds 1,200 minutes of service and 600 of self-governance."""
    inside(edit(twins, "places", "A", service_floor=1800), TODAY)
    outside({"C12"}, edit(twins, "places", "A", service_floor=1801), TODAY)


def test_c13_nobody_worse(twins: City):
    """C13: with the toggle a community may keep what it holds today, and not take one minute more.

    Of two minutes of fines the community detects one.
    """
    city = grow(twins, "workload", "task place minutes \n fine S 2")
    city = city.replace(settings={"policy.nobody_worse": 1})
    inside(city, TODAY)
    rows = {name: list(values) for name, values in city.tables["current"].items()}
    rows["detector"][rows["task"].index("fine")] = "street"
    city = city.replace(tables={"current": rows})
    outside({"C13"}, city, TODAY)
    inside(city.replace(settings={"policy.nobody_worse": 0}), TODAY)


def test_c14_pins(twins: City):
    """C14: what is pinned to a holder stays there, what is forbidden goes elsewhere."""
    row = "task leg place holder rule \n"
    inside(grow(twins, "pins", row + "care detect J community keep"), TODAY)
    inside(grow(twins, "pins", row + "care detect J street forbid"), TODAY)
    outside({"C14"}, grow(twins, "pins", row + "care detect J street keep"), TODAY)
    outside({"C14"}, grow(twins, "pins", row + "care detect J community forbid"), TODAY)


@pytest.mark.parametrize("limit", ["at_most_minutes 1350 1349", "at_most_items 1 0"])
def test_c15_limits(twins: City, limit: str):
    """C15: handling care moves with 900 minutes in A and 450 in B, one item."""
    column, enough, short = limit.split()
    text = TODAY.replace("care J community community", "care J community civilD")
    for subject in ("change", "department"):
        row = f"id subject place {column} \n l {subject} J "
        inside(grow(twins, "limits", row + enough), text)
        outside({"C15"}, grow(twins, "limits", row + short), text)


def test_c15_limits_of_cancelling(twins: City):
    """C15: cancelling care cancels 1,800 minutes."""
    city = without_floors(edit(twins, "tasks", "care", cancellable=1))
    rows = {name: list(values) for name, values in city.tables["admission"].items()}
    rows["status"] = ["admitted"] * 3
    city = city.replace(tables={"admission": rows})
    text = TODAY.replace("care J community community", "care J cancelled cancelled")
    row = "id subject at_most_minutes \n l cancelled "
    inside(grow(city, "limits", row + "1800"), text)
    outside({"C15"}, grow(city, "limits", row + "1799"), text)


# -- the way there and back ----------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "care A community community \n" + TODAY,  # care is decided per street
    TODAY.replace("fine J community polD", "fine J community civilD"),
])  # fmt: skip
def test_encode_refuses_what_no_point_stands_for(twins: City, text: str):
    """A row that is no item, or no candidate of one, has no point."""
    with pytest.raises(LookupError):
        formulated(twins).encode(plan(twins, text))


@pytest.mark.parametrize("switches", [
    {"admissions": [("care", "S")]}, {"schemes": [("j", "J")]},
])  # fmt: skip
def test_encode_refuses_switches_that_do_not_exist(twins: City, switches: dict):
    """A switch for what is already admitted, or at another tier, has no point."""
    city = with_schemes(twins, "district", "decide")
    with pytest.raises(LookupError):
        formulated(city).encode(plan(city, TODAY, **switches))


def test_encode_refuses_a_contract_that_does_not_exist(twins: City):
    """A contract beyond the table has no switch."""
    p = plan(twins, TODAY)
    beyond = Plan(p.task, p.place, p.detector, p.handler, contracts=frozenset({1}))
    with pytest.raises(LookupError):
        formulated(twins).encode(beyond)


def test_todays_loads_are_asked_for_where_they_matter(twins: City):
    """K7 and C13 compare with today: without its loads there is no program."""
    with pytest.raises(ValueError, match="today"):
        formulate(twins, objectives=[{"pushed_up.department": 1}])
    with pytest.raises(ValueError, match="today"):
        formulate(twins.replace(settings={"policy.nobody_worse": 1}))


def test_stages_of_a_lexicographic_policy(twins: City):
    """A stage weighs the parts of its criterion as the policy does, or alike if it weighs none."""
    assert stage_weights(twins, "inspections") == {
        "inspections.community": 600_000, "inspections.street_office": 300_000,
    }  # fmt: skip
    assert stage_weights(twins, "forms") == {
        "forms.community": 1, "forms.street_office": 1, "forms.other": 1,
    }  # fmt: skip
    assert stage_weights(twins, "principals") == {"principals": 60_000}


@pytest.mark.parametrize("seed", range(12))
def test_leaving_a_family_out_never_forbids(seed: int):
    """What is feasible stays feasible, at the same cost, when a limit family is left out."""
    city = random_city(seed, 3)
    while not count_points(formulated(city).program):  # an item that nobody may hold
        seed += 1000
        city = random_city(seed, 3)
    full = formulated(city)
    rng = np.random.default_rng(seed)
    for family in ("C5", "C6", "C8", "C9", "C10", "C12", "C13", "C15"):
        relaxed = formulated(city, frozenset({family}))
        for _ in range(3):
            choice = rng.integers(full.program.item[:-1], full.program.item[1:])
            point = Point(choice, np.ones(full.program.switches, dtype=bool))
            a, b = measure(full.program, point), measure(relaxed.program, point)
            assert b.violation <= a.violation
            assert a.value == b.value


def test_every_part_is_an_objective_of_its_own(twins: City):
    """Objectives over one program: the weighted sum of the parts is the weighted objective."""
    weights = twins.policy.weights
    objectives = [weights, *({leaf: 1} for leaf in leaves())]
    f = formulate(twins, today=Evaluator(twins).today.load, objectives=objectives)
    point = f.encode(plan(twins, TODAY))
    m = measure(f.program, point)
    levels, times = levels_counted(f.program, point)
    values = [cost_of(f.program, c, point, m.use, levels[times > 0]) for c in f.objectives]
    assert values[0] == sum(weights[k] * v for k, v in zip(leaves(), values[1:], strict=True))
    assert values[0] == m.value > 0


def test_families_of_resources_and_switches_are_those_of_the_model():
    """Names by which diagnosis speaks are families of the schema, or K7 with its own base."""
    for seed in range(20):
        program = formulated(random_city(seed, 4)).program
        assert {*program.family, *program.switch_family} <= {*FAMILIES, "K7"}
        assert set(program.round_family) <= {"C11", "K4"}


def test_without_takes_families_of_candidates(twins: City):
    """Left out, the rules of holders let more arrangements in, never fewer."""
    count = len(Authority(twins).candidates().detector)
    for family in ("C2", "C3", "C4", "C7"):
        assert len(Authority(twins, frozenset({family})).candidates().detector) >= count
