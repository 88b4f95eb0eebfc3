"""Every family C1 to C15: a plan just inside, one just outside, and that with the family left out.

Evaluation and formulation are asked both, each without the other; a family that could not fail
would be feasible outside, a family that did nothing would be infeasible without itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
from cities import random_city
from literal import edit, grow, judge, plan, with_schemes
from points import count_points

from realloc.authority import Authority
from realloc.engines import Run
from realloc.engines import lp as highs
from realloc.evaluation import Evaluator, evaluate
from realloc.formulation import Formulation, formulate, stage_weights
from realloc.instance import City, Plan
from realloc.linear import linear
from realloc.program import UNLIMITED, Point, cost_of, levels_counted, measure
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


# -- a table: inside, outside, left out ------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A plan of a city."""

    city: City
    plan: Plan


@dataclass(frozen=True)
class Cases:
    """A family: a plan just inside, one just outside, and what that breaks without the family.

    For C2, C3, C7 and C14, which candidates keep, and for C4 leaving a family out lets arrangements
    in; for C11 it lets switches in, for C1 it takes the rows of the items away; else its resources.
    """

    inside: Case
    outside: Case
    left_out: Callable[[Case], set[str]]


def _case(city: City, text: str = TODAY, **switches: list) -> Case:
    return Case(city, plan(city, text, **switches))


def _without(family: str) -> Callable[[Case], set[str]]:
    return lambda case: broken_in_program(case.city, case.plan, frozenset({family}))


def broken_in_rows(case: Case, *, items: bool) -> set[str]:
    """Return whether rows and columns hold a plan, those of items (C1) or without them.

    Choices and switches are as the plan has them, whatever other columns are.
    """
    f = formulated(case.city)
    lp, c = linear(f.program), f.candidates
    lower = lp.lower.copy()
    lower[: f.program.choices] = 0
    rows = zip(case.plan.task, case.plan.place, case.plan.detector, case.plan.handler, strict=True)
    for task, place, detector, handler in rows:
        item = np.flatnonzero((c.task == task) & (c.place == place))
        mine = (c.item_of() == item) & (c.detector == detector) & (c.handler == handler)
        lower[np.flatnonzero(mine)] = 1
    upper = lp.upper.copy()
    upper[: f.program.choices] = lower[: f.program.choices]
    ends = lp.row_lower.copy(), lp.row_upper.copy()
    if not items:
        ends[0][: f.program.items], ends[1][: f.program.items] = -UNLIMITED, UNLIMITED
    lp = replace(lp, lower=lower, upper=upper, row_lower=ends[0], row_upper=ends[1])
    found = highs.solve(lp, Run(), seconds=10, whole=True)
    return {REFUSED} if found.values is None else set()


def _c1(twins: City) -> Cases:
    """An item without a row."""
    less = TODAY.replace("meet J community community", "")
    return Cases(_case(twins), _case(twins, less), partial(broken_in_rows, items=False))


def _c2(twins: City) -> Cases:
    """A street office handles a penalty with a delegation, until its last day."""
    text = TODAY.replace("fine J community polD", "fine J community street")
    row = "id delegator task unit valid_until \n d police fine off "
    cities = [grow(twins, "delegations", row + until) for until in ("2026-07-01", "2026-06-30")]
    return Cases(_case(cities[0], text), _case(cities[1], text), _without("C2"))


def _c3(twins: City) -> Cases:
    """A contract holds an item of two communities; it serves both, or one of them."""
    city = without_floors(twins)
    both, one = (edit(city, "contracts", "k", places=places) for places in (("A", "B"), ("A",)))
    return Cases(_case(both, K_CARE, contracts=["k"]), _case(one, K_CARE, contracts=["k"]),
                 _without("C3"))  # fmt: skip


def _c4(twins: City) -> Cases:
    """Fines are detected by communities until the last day of their admission."""
    cities = []
    for until in ("2026-07-01", "2026-06-30"):
        rows = {name: list(values) for name, values in twins.tables["admission"].items()}
        rows["valid_until"][rows["task"].index("fine")] = until
        cities.append(twins.replace(tables={"admission": rows}))
    return Cases(_case(cities[0]), _case(cities[1]), _without("C4"))


def _c5(twins: City) -> Cases:
    """A holds 900 and 200 admitted minutes."""
    row = "place at_most_minutes \n J "
    return Cases(_case(grow(twins, "quotas", row + "1100")),
                 _case(grow(twins, "quotas", row + "1099")), _without("C5"))  # fmt: skip


def _c6(twins: City) -> Cases:
    """900 and 450 admitted minutes of care at 30 yuan an hour are 675 yuan of its lead."""
    row = "payer purpose yuan \n civilD transfer "
    return Cases(_case(grow(twins, "budgets", row + "675")),
                 _case(grow(twins, "budgets", row + "674")), _without("C6"))  # fmt: skip


def _c7(twins: City) -> Cases:
    """The least grade is 3."""
    cities = [edit(without_floors(twins), "contracts", "k", grade=grade) for grade in (3, 2)]
    inside_, outside_ = (_case(city, K_CARE, contracts=["k"]) for city in cities)
    return Cases(inside_, outside_, _without("C7"))


def _c8(twins: City) -> Cases:
    """Under the contract are 1,140 minutes in A and 571 in B."""
    cities = [edit(without_floors(twins), "contracts", "k", most=most) for most in (1711, 1710)]
    inside_, outside_ = (_case(city, K_CARE, contracts=["k"]) for city in cities)
    return Cases(inside_, outside_, _without("C8"))


def _c9(twins: City) -> Cases:
    """A soft pool has one minute, or none, for any load. (A hard one breaks C10, too.)"""
    return Cases(_case(edit(twins, "units", "comB", committed=9_999)),
                 _case(edit(twins, "units", "comB", committed=10_000)), _without("C9"))  # fmt: skip


def _c10(twins: City) -> Cases:
    """359 minutes of police fall on one month, a twelfth of the year's capacity."""
    june = edit(twins, "tasks", "fine", duration="temporary", months=(5, 1))
    cities = [edit(june, "units", "polD", committed=10_000 + over - 12 * 359) for over in (0, 1)]
    return Cases(_case(cities[0]), _case(cities[1]), _without("C10"))


def _c11(twins: City) -> Cases:
    """A scheme of districts is switched on in the district, or in its street."""
    city = with_schemes(twins, "district", "decide")
    return Cases(_case(city, schemes=[("j", "D")]), _case(city, schemes=[("j", "J")]),
                 _without("C11"))  # fmt: skip


def _c12(twins: City) -> Cases:
    """A holds 1,200 minutes of service and 600 of self-governance."""
    cities = [edit(twins, "places", "A", service_floor=floor) for floor in (1800, 1801)]
    return Cases(_case(cities[0]), _case(cities[1]), _without("C12"))


def _c13(twins: City) -> Cases:
    """Of two minutes of fines communities detect one, as today, or one more than today."""
    city = grow(twins, "workload", "task place minutes \n fine S 2")
    city = city.replace(settings={"policy.nobody_worse": 1})
    rows = {name: list(values) for name, values in city.tables["current"].items()}
    rows["detector"][rows["task"].index("fine")] = "street"
    return Cases(_case(city), _case(city.replace(tables={"current": rows})), _without("C13"))


def _c14(twins: City) -> Cases:
    """Of two communities that both hold care one is pinned to A's station, or both are."""
    row = "task leg place holder rule \n care handle A staA keep \n care handle B {} keep"
    text = TODAY.replace("care J", "care A") + TODAY.splitlines()[1].replace("care J", "care B")
    cities = [grow(twins, "pins", row.format(holder)) for holder in ("staB", "staA")]
    return Cases(_case(cities[0], text), _case(cities[1], text), _without("C14"))


def _c15(twins: City) -> Cases:
    """Handling care moves with 900 minutes in A and 450 in B."""
    text = TODAY.replace("care J community community", "care J community civilD")
    row = "id subject at_most_minutes \n l change "
    return Cases(_case(grow(twins, "limits", row + "1350"), text),
                 _case(grow(twins, "limits", row + "1349"), text), _without("C15"))  # fmt: skip


#: Family -> its three cases on the twins; `test_registry` sees that none is missing.
CASES: dict[str, Callable[[City], Cases]] = {
    "C1": _c1, "C2": _c2, "C3": _c3, "C4": _c4, "C5": _c5, "C6": _c6, "C7": _c7, "C8": _c8,
    "C9": _c9, "C10": _c10, "C11": _c11, "C12": _c12, "C13": _c13, "C14": _c14, "C15": _c15,
}  # fmt: skip


@pytest.mark.parametrize("family", CASES)
def test_inside_outside_and_left_out(twins: City, family: str):
    """Inside breaks nothing, outside breaks this family alone, and nothing once it is left out."""
    cases = CASES[family](twins)
    for case, families in ((cases.inside, set()), (cases.outside, {family})):
        assert set(evaluate(case.city, case.plan).families()) == families
        broken = broken_in_program(case.city, case.plan)
        assert broken == families or (families and broken == {REFUSED})
    assert cases.left_out(cases.outside) == set()


# -- more of them, by hand -------------------------------------------------------------------------


def test_c1_rows_of_items(twins: City):
    """C1: no row, two rows, or a row below the item have no point, and no place in rows of items.

    Without those rows both no arrangement and two of them are feasible.
    """
    cases = _c1(twins)
    twice = _case(twins, TODAY + "care J street street")
    for case in (cases.outside, twice):
        assert "C1" in evaluate(case.city, case.plan).families()
        assert broken_in_program(case.city, case.plan) == {REFUSED}
        assert broken_in_rows(case, items=True) == {REFUSED}
        assert broken_in_rows(case, items=False) == set()
    assert broken_in_rows(cases.inside, items=True) == set()
    less = TODAY.replace("meet J community community", "meet A community community")
    for p in (plan(twins, less), plan(twins, TODAY + "meet J community community")):
        assert set(evaluate(twins, p).families()) == {"C1"}
        assert broken_in_program(twins, p) == {REFUSED}


def test_c4_switches(twins: City):
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


def test_c7_purchase_gates(twins: City):
    """C7: a contract holds its own categories, and what may be purchased."""
    city = without_floors(twins)
    inside(city, K_CARE, contracts=["k"])
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
    """C9: a hard pool holds its load, in every month a twelfth of it."""
    load = 230 + 115 + 7 + 7  # penalties in A and B, guidance in both
    january = 20 + 10 + 1 + 1
    inside(edit(twins, "units", "polD", committed=10_000 - 12 * january), TODAY)
    outside({"C9", "C10"}, edit(twins, "units", "polD", committed=10_001 - load), TODAY)


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
    for spot in (("j", "J"), ("j", "S"), ("u", "D")):
        outside({"C11"}, city, TODAY, schemes=[spot])
    outside({"C11"}, with_schemes(twins, "district", "yes"), TODAY, schemes=[("j", "D")])


def test_c11_left_out_costs_nothing(twins: City):
    """With C11 or without, A and B receive the larger of 3 and 5, and 1."""
    city = with_schemes(twins, "district", "decide")
    p = plan(city, TODAY, schemes=[("j", "D")])
    visits = {"inspections.community": 1}
    for without in (NONE, frozenset({"C11"})):
        f = formulate(city, objectives=[visits], without=without)
        assert measure(f.program, f.encode(p)).value == 2 * (5 + 1)
    assert evaluate(city, p).parts["inspections.community"] == 12


def test_c13_nobody_worse(twins: City):
    """C13: without the toggle a community may take a minute more than it holds today."""
    case = _c13(twins).outside
    inside(case.city.replace(settings={"policy.nobody_worse": 0}), TODAY)


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
    """Names by which diagnosis speaks are families of the schema, or K7 and K4 of their own."""
    for seed in range(20):
        program = formulated(random_city(seed, 4)).program
        assert {*program.family, *program.switch_family} <= {*FAMILIES, "K7"}
        assert set(program.round_family) <= {*FAMILIES, "K4"}


def test_without_takes_families_of_candidates(twins: City):
    """Left out, the rules of holders let more arrangements in, never fewer."""
    count = len(Authority(twins).candidates().detector)
    for family in ("C2", "C3", "C4", "C7"):
        assert len(Authority(twins, frozenset({family})).candidates().detector) >= count
