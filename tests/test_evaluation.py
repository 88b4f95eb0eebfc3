"""The evaluation against numbers worked out by hand, on the twin communities of `cities.twins`.

=================================== =======================================
model                               tests
=================================== =======================================
section 2, what an allocation uses  ``test_use_…``
section 3, criteria K1 to K9        ``test_k1_…`` to ``test_k9_…``
section 4, rules C1 to C15          ``test_c1_…`` to ``test_c15_…``
notices C16                         ``test_notices…``
random cities                       ``test_random_…``
=================================== =======================================

Minutes of the twins, A + B (detect / handle): care 300/900 + 150/450, fine 200/200 + 100/100,
meet –/600 + –/300.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from cities import edit, grow, plan, random_city, random_plan

from realloc.evaluation import Evaluation, Evaluator, evaluate, objective
from realloc.instance import City, Plan
from realloc.schema import FAMILIES, leaves

TODAY = """
    care J community community
    fine J community polD
    meet J - community
"""
CARE = "fine J community polD \n meet J - community \n care"


def judge(city: City, text: str, **switches: Any) -> Evaluation:
    """Evaluate a literal plan."""
    return evaluate(city, plan(city, text, **switches))


def loads(city: City, evaluation: Evaluation) -> dict[str, int]:
    """Load of each pool that has any; a unit's own pool goes by the unit's name."""
    pools = zip(city.pools, evaluation.load.tolist(), strict=True)
    return {name.lstrip("@"): load for name, load in pools if load}


def broken(evaluation: Evaluation, family: str) -> list[tuple[str, int]]:
    """Reason (or "") and amount of each violation of one family."""
    return [
        (v.subject.get("reason", ""), v.amount) for v in evaluation.violations if v.family == family
    ]


# -- section 2 ---------------------------------------------------------------------------------


def test_use_of_today(twins: City):
    """Today's loads: work, relay through the street, and guidance of non-statutory legs."""
    today = evaluate(twins, twins.current)
    assert loads(twins, today) == {
        "A": 1200 + 200 + 600,  # care, detecting fines, meetings: one pool
        "staB": 600 + 100,
        "comB": 300,  # self-governance falls on the committee
        "polD": 230 + 115 + 2 * 7,  # 200 and 100 at 1.15, and guidance of two communities
        "civilD": 2 * 7,  # care is admitted to the community for handling
        "off": 2 * 3 * 10,  # care and meet: between community and civilD; fine: to polD
    }
    assert today.lawful
    assert today.notices == ()


def test_use_of_a_contract(twins: City):
    """A contract's work falls on its contractor at its price, supervision on its buyer."""
    found = judge(twins, CARE + " J k k", contracts=["k"])
    # 300, 900, 150, 450 at 0.95, half up: 285, 855, 143 (142.5), 428 (427.5)
    assert loads(twins, found)["org"] == found.contract_effort[0] == 285 + 855 + 143 + 428
    # at 90 an hour, 1.5 a minute: 427.5, 1282.5, 214.5, 642, each half up
    assert found.contract_yuan[0] == 428 + 1283 + 215 + 642
    # a tenth of each: 28.5, 85.5, 14.3, 42.8, each half up; relay of fine and meet remains
    assert loads(twins, found)["off"] == 29 + 86 + 14 + 43 + 2 * 2 * 10


@pytest.mark.parametrize(
    ("detector", "handler", "street", "district"),
    [
        ("community", "community", 10, 0),  # the lead's district department hands it down
        ("community", "street", 0, 0),
        ("community", "civilD", 10, 0),
        ("community", "civilS", 10, 10),
        ("street", "civilS", 0, 10),
        ("civilD", "civilS", 0, 0),
        ("k", "community", 10, 0),  # bought by the street office: tier 1, nothing between
        ("k", "civilS", 0, 10),
        ("q", "community", 10, 0),  # bought by civilD: the street once, for both reasons
        ("community", "q", 10, 0),
    ],
)
def test_use_of_relay(twins: City, detector: str, handler: str, street: int, district: int):
    """Relay burdens each tier strictly between two holders, or lead and community, once."""
    city = grow(twins, "contracts", "id contractor buyer places yuan_per_hour \n q org civilD D 90")
    found = judge(city, f"care A {detector} {handler}")
    relay = [c for c in found.use.charges if c.line == "relay"]
    minutes = Counter()
    for charge in relay:
        for unit, amount in zip(charge.unit.tolist(), charge.minutes.tolist(), strict=True):
            minutes[city.units.id[unit]] += amount
    assert (minutes["off"], minutes["civilD"]) == (street, district)
    assert minutes.total() == street + district


def test_use_of_relay_without_a_district_department(twins: City):
    """Where only the city has the lead, tier 2 is relayed by nobody."""
    units = {k: list(v) for k, v in twins.tables["units"].items()}
    gone = units["id"].index("civilD")
    city = twins.replace(tables={"units": {k: v[:gone] + v[gone + 1 :] for k, v in units.items()}})
    found = judge(city, "care A community community")
    assert loads(city, found) == {"A": 1200, "off": 10, "civilS": 7}  # guided by the city


def test_use_over_months(twins: City):
    """Minutes are spread over the window in its own order, the first ones getting one more."""
    city = edit(twins, "tasks", "meet", duration="temporary", months=(10, 4), minutes=126)
    found = judge(city, "meet A - community")
    # 126 over November to February: 31 each and two more; relay 10: 3 3 2 2
    pool, office = city.pools.index("A"), city.pools.index("@off")
    assert found.load_month[pool].tolist() == [31, 31, 0, 0, 0, 0, 0, 0, 0, 0, 32, 32]
    assert found.load_month[office].tolist() == [2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3]


def with_duties(city: City) -> City:
    """Add 3 visits of 20 minutes by police and 4 forms of 5 minutes for civil to handling care."""
    city = grow(city, "contracts", """
        id contractor buyer  places yuan_per_hour
        q  org        civilD D      90
        r  org        civilS S      90
    """)
    city = grow(city, "inspections", """
        id task leg    inspector visits minutes
        v  care handle police    3      20
    """)
    return grow(city, "forms", """
        id task leg    issuer times minutes
        f  care handle civil  4     5
    """)


@pytest.mark.parametrize(
    ("in_a", "in_b", "visits", "forms"),
    [
        # (communities, street offices, others)
        ("community", "community", (6, 0, 0), (8, 0, 0)),
        ("community", "street", (3, 3, 0), (4, 4, 0)),
        ("street", "street", (0, 3, 0), (0, 4, 0)),  # one street office
        ("k", "street", (0, 3, 0), (0, 4, 0)),  # k is bought by that street office
        ("k", "k", (0, 3, 0), (0, 4, 0)),
        ("civilD", "civilD", (0, 0, 3), (0, 0, 0)),  # civil issues the form itself
        ("civilD", "civilS", (0, 0, 6), (0, 0, 0)),
        ("q", "q", (0, 0, 3), (0, 0, 0)),  # the buyer, once per street
        ("q", "civilD", (0, 0, 6), (0, 0, 0)),  # a receiver of its own
        ("q", "r", (0, 0, 6), (0, 0, 0)),
        ("staB", "org", (3, 0, 3), (4, 0, 4)),  # holders of today's kind only: each unit once
        ("cancelled", "cancelled", (0, 0, 0), (0, 0, 0)),
    ],
)
def test_use_of_duties(twins: City, in_a: str, in_b: str, visits: tuple, forms: tuple):
    """Forms and visits follow the holder of their leg; nobody is asked by its own function."""
    found = judge(with_duties(twins), f"care A {in_a} {in_a} \n care B {in_b} {in_b}")
    assert tuple(found.use.visits) == visits
    assert tuple(found.use.forms) == forms
    duties = [c for c in found.use.charges if c.line == "duties"]
    minutes = 20 * sum(visits) + 5 * sum(forms)
    assert sum(int(c.minutes.sum()) for c in duties) == minutes


def test_use_of_duties_in_another_street(twins: City):
    """A buyer other than the cell's own street office receives once in each street."""
    city = grow(with_duties(twins), "places", """
        code name parent tier      population
        J2   街   D      street    0
        C    丙   J2     community 6000
    """)
    found = judge(city, "care J q q \n care C q q")
    assert tuple(found.use.visits) == (0, 0, 6)
    found = judge(city, "care J civilD civilD \n care C civilD civilD")
    assert tuple(found.use.visits) == (0, 0, 3)


def test_use_of_duties_has_its_own_window(twins: City):
    """Preparation falls in the months of the inspection, forms in those of their task."""
    city = edit(with_duties(twins), "inspections", "v", months=(2, 3))
    found = judge(city, "care A street community")
    work = judge(twins, "care A street community")
    more = found.load_month[city.pools.index("A")] - work.load_month[twins.pools.index("A")]
    # 60 minutes over March to May; 20 over the year: 1 each, January to August one more
    assert more.tolist() == [2, 2, 22, 22, 22, 2, 2, 2, 1, 1, 1, 1]


def with_schemes(city: City, tier: str, adopted: str) -> City:
    """Two joint visits and one unified form that ask the holders of care and meet."""
    city = grow(city, "schemes", f"""
        id kind         tier   adopted   coordination
        j  joint_visit  {tier} {adopted} 50
        u  unified_form {tier} no        70
    """)
    city = grow(city, "inspections", """
        id task leg    inspector visits minutes scheme
        v1 care handle police    3      20      j
        v2 meet handle civil     5      10      j
        v3 care detect police    1      7       -
    """)
    return grow(city, "forms", """
        id task leg    issuer times minutes scheme
        f1 care handle civil  4     5       u
        f2 care detect police 2     9       u
    """)


def test_use_of_rounds_not_adopted(twins: City):
    """Without the scheme, communities receive the sum: 3 + 5 + 1 visits each."""
    found = judge(with_schemes(twins, "district", "decide"), TODAY)
    assert found.community_visits.tolist() == [9, 9]
    assert found.community_forms.tolist() == [6, 6]
    assert found.community_load[0].tolist() == [200 + 60 + 50 + 7 + 38, 100 + 60 + 50 + 7 + 38]


def test_use_of_rounds_adopted(twins: City):
    """In an adopted scheme a community receives the largest and prepares the largest."""
    found = judge(with_schemes(twins, "district", "decide"), TODAY, schemes=[("j", "D")])
    # visits max(3, 5) + 1; preparation max(60, 50) + 7; forms stay a sum
    assert found.community_visits.tolist() == [6, 6]
    assert found.community_load[0].tolist() == [200 + 60 + 7 + 38, 100 + 60 + 7 + 38]
    # 50 minutes of each member function once, police and civil, on the district's departments
    before = judge(with_schemes(twins, "district", "decide"), TODAY)
    city = with_schemes(twins, "district", "decide")
    after, base = loads(city, found), loads(city, before)
    assert {p: after[p] - base[p] for p in ("polD", "civilD")} == {"polD": 50, "civilD": 50}
    # preparation 50 minutes less in A, on the station; in B on the station, too
    assert {p: after[p] - base[p] for p in ("A", "staB", "comB")} == {
        "A": -50, "staB": -50, "comB": 0,
    }  # fmt: skip
    # yuan: 2 × 50 less at 1 a minute, 2 × 50 more at 3
    assert found.parts["public_cost"] - before.parts["public_cost"] == 200


def test_use_of_rounds_by_place(twins: City):
    """A scheme of community tier holds where it is switched on, for that community only."""
    found = judge(with_schemes(twins, "community", "decide"), TODAY, schemes=[("j", "B")])
    assert found.community_visits.tolist() == [9, 6]
    assert found.parts["inspections.community"] == 15
    always = judge(with_schemes(twins, "community", "yes"), TODAY)
    assert always.community_visits.tolist() == [6, 6]
    city = with_schemes(twins, "community", "yes")
    today = evaluate(city, city.current)
    assert today.community_visits.tolist() == [6, 6]


def test_use_of_rounds_in_offices(twins: City):
    """Street offices join at their own place and above; departments always keep the sum."""
    city = with_schemes(twins, "street", "decide")
    found = judge(city, "care J street street", schemes=[("j", "J")])
    assert tuple(found.use.visits) == (0, 3 + 1, 0)
    city = grow(city, "inspections", """
        id task leg    inspector visits minutes scheme
        v4 care handle police    2      50      j
    """)
    # visits max(3, 2), preparation max(60, 100) over the year; v3 apart
    found = judge(city, "care J street street", schemes=[("j", "J")])
    assert tuple(found.use.visits) == (0, 3 + 1, 0)
    duties = [c for c in found.use.charges if c.line == "duties"]
    assert sum(int(c.minutes.sum()) for c in duties) == 100 + 7 + 20 + 18
    # below a street there is no scheme for the office; a department receives the sum
    found = judge(with_schemes(twins, "community", "yes"), "care J street street")
    assert tuple(found.use.visits) == (0, 4, 0)
    found = judge(city, "care J civilD civilD", schemes=[("j", "J")])
    assert tuple(found.use.visits) == (0, 0, 3 + 1 + 2)


# -- section 3 ---------------------------------------------------------------------------------


def test_k1_community_load(twins: City):
    """Community minutes by class; all preparation is administrative."""
    today = evaluate(twins, twins.current)
    assert today.community_load.tolist() == [[200, 100], [1200, 600], [600, 300]]
    assert today.parts["community_load.administrative"] == 300
    assert today.parts["community_load.service"] == 1800
    assert today.parts["community_load.self_governance"] == 900
    assert today.criteria["community_load"] == 3000
    found = judge(with_duties(twins), TODAY)
    assert found.parts["community_load.administrative"] == 300 + 2 * (60 + 20)


def test_k2_inspections(twins: City):
    """Visits by kind of receiver sum to the criterion."""
    found = judge(with_duties(twins), "care A community community \n care B street street")
    assert found.parts["inspections.community"] == 3
    assert found.parts["inspections.street_office"] == 3
    assert found.criteria["inspections"] == 6


def test_k3_overload(twins: City):
    """Minutes above capacity by kind; committed minutes take capacity away."""
    city = edit(twins, "units", "staA", committed=8500)  # pool A: 20 + 0 staff … 1,500 left
    city = edit(city, "units", "polD", committed=9800)  # 200 left
    city = edit(city, "units", "off", committed=9950)  # 50 left
    today = evaluate(city, city.current)
    assert today.parts["overload.community"] == 2000 - 1500
    assert today.parts["overload.department"] == 359 - 200
    assert today.parts["overload.street_office"] == 60 - 50
    assert today.parts["overload.contractor"] == 0
    city = edit(twins, "units", "org", staff=0)
    found = judge(city, CARE + " J k k", contracts=["k"])
    assert found.parts["overload.contractor"] == 1711
    assert found.criteria["overload"] == 1711


def test_k4_principals(twins: City):
    """Each function counts once per community that holds a leg of its tasks."""
    assert evaluate(twins, twins.current).parts["principals"] == 4  # civil, police in A and B
    found = judge(twins, CARE + " A street street \n care B community street")
    assert found.principals.tolist() == [1, 2]  # meet is self-governance: no principal
    both = edit(twins, "tasks", "fine", lead="civil")
    assert evaluate(both, both.current).principals.tolist() == [1, 1]


def test_k5_worst_load(twins: City):
    """The largest load per capacity, rounded up; pools without capacity are left out."""
    assert evaluate(twins, twins.current).parts["worst_load"] == 200  # 2,000 of 10,000
    city = edit(twins, "units", "staA", committed=10_000)  # no capacity left in A
    assert evaluate(city, city.current).parts["worst_load"] == 70  # 700 of 10,000 in B
    city = edit(city, "units", "staB", committed=1)
    assert evaluate(city, city.current).parts["worst_load"] == 71  # 700,000 ÷ 9,999 rounded up


def test_k6_public_cost(twins: City):
    """Every minute costs the rate of the unit that spends it."""
    # communities 3,000 at 1; polD 359 at 3; civilD 14 at 3; street office 60 at 2
    assert evaluate(twins, twins.current).parts["public_cost"] == 3000 + 1077 + 42 + 120
    city = edit(twins, "units", "staA", yuan_per_hour=50)
    # care 300, 900 and fine 200 in A at 50/60: 250, 750, 166.67 → 167
    assert evaluate(city, city.current).parts["public_cost"] == 4239 - 1400 + 250 + 750 + 167
    # under contract: 428 + 1283 + 215 + 642; supervision 29 + 86 + 14 + 43 at 2;
    # fine 300 + 690 + 345, guidance 42, relay 40; meet 900, relay 40
    found = judge(twins, CARE + " J k k", contracts=["k"])
    assert found.parts["public_cost"] == 2568 + 344 + 1335 + 42 + 40 + 900 + 40


def test_k7_pushed_up(twins: City):
    """What departments and street offices gain against today; relief elsewhere is no offset."""
    found = judge(twins, CARE + " J civilD civilD")
    # 300, 900, 150, 450 at 1.15: 345, 1035, 173 (172.5), 518 (517.5); guidance of 14 falls away
    assert found.parts["pushed_up.department"] == 345 + 1035 + 173 + 518 - 14
    assert found.parts["pushed_up.street_office"] == 0  # relay falls from 60 to 40
    assert evaluate(twins, twins.current).criteria["pushed_up"] == 0


def test_k8_change(twins: City):
    """Base minutes of the legs that change hands; a unit's own name is no change."""
    assert judge(twins, TODAY).parts["change"] == 0
    found = judge(twins, CARE + " A community street \n care B community community")
    assert found.parts["change"] == 900
    named = "fine J community polD \n care A staA comA \n care B staB staB \n meet A - comA"
    assert judge(twins, named + "\n meet B - comB").parts["change"] == 0


def test_k9_forms(twins: City):
    """Forms by kind of receiver sum to the criterion."""
    found = judge(with_duties(twins), "care A community community \n care B k k")
    assert found.parts["forms.community"] == 4
    assert found.parts["forms.street_office"] == 4
    assert found.parts["forms.other"] == 0
    assert found.criteria["forms"] == 8


def test_cancelled_minutes(twins: City):
    """Base minutes of cancelled legs, which nobody works on."""
    found = judge(twins, "care A cancelled cancelled \n care B street street")
    assert found.parts["cancelled"] == 1200
    assert loads(twins, found) == {"off": 158 + 473}  # 157.5 and 472.5 at 1.05


def test_objective_weighs_every_part(twins: City):
    """The objective is the sum of weight × part."""
    weights = {f"weights.{leaf}": 0 for leaf in leaves()}
    some = {"weights.change": 2, "weights.community_load.service": 3, "weights.cancelled": 5}
    city = twins.replace(settings={**weights, **some})
    found = judge(city, CARE + " A cancelled cancelled \n care B community community")
    assert objective(city, found) == 2 * 1200 + 3 * 600 + 5 * 1200


# -- section 4 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "violations"),
    [
        (TODAY, []),
        (CARE + " A community community", [("not_named", 1), ("nobody", 1), ("nobody", 1)]),
        (TODAY + "\n care A community community", [("named_twice", 1)]),
        (CARE + " J community -", [("nobody", 2)]),
        (CARE + " J community cancelled", [("half_cancelled", 2)]),
        (CARE + " J cancelled cancelled", []),
        # meet has one leg: what is written for the other is not read
        (TODAY.replace("J - community", "J cancelled community"), []),
        (TODAY.replace("J - community", "J community -"), [("nobody", 2)]),
    ],
)
def test_c1_full_inventory(twins: City, text: str, violations: list):
    """Every cell is named once, each existing leg is held, cancelled both legs or none."""
    assert broken(judge(twins, text), "C1") == violations


def test_c1_needs_nothing_where_no_leg_exists(twins: City):
    """A task without minutes, forms and visits in a community needs no row there."""
    city = grow(twins, "workload", "task place minutes \n care B 0")
    assert judge(city, CARE + " A community community").lawful
    city = grow(city, "forms", "id task issuer times minutes \n f care civil 1 0")
    found = judge(city, CARE + " A community community")
    assert broken(found, "C1") == [("not_named", 1), ("nobody", 1)]  # the handle leg of B


SHAPES = {
    "community": {"community", "street", "k", "civilD", "civilS"},
    "street": {"street", "k", "civilD", "civilS"},
    "k": {"k", "community", "street", "civilD", "civilS"},
    "civilD": {"civilD", "civilS"},
    "civilS": {"civilS"},
}


@pytest.mark.parametrize("detector", SHAPES)
@pytest.mark.parametrize("handler", SHAPES)
def test_c2_shape(twins: City, detector: str, handler: str):
    """One holder has both legs, or work is handed upwards."""
    reasons = broken(judge(twins, f"care A {detector} {handler}"), "C2")
    assert reasons == ([] if handler in SHAPES[detector] else [("shape", 1)])


@pytest.mark.parametrize(
    ("row", "allowed"),
    [
        ("", False),
        ("d x fine - off - -", True),
        ("d x - penalty off - -", True),
        ("d x - licensing off - -", False),
        ("d x care - off - -", False),
        ("d x fine - staA - -", False),
        ("d x fine - off 2026-07-01 2026-07-01", True),
        ("d x fine - off 2026-07-02 -", False),
        ("d x fine - off - 2026-06-30", False),
    ],
)
def test_c2_delegation(twins: City, row: str, allowed: bool):
    """A street office penalizes only by a delegation to it that is valid on the city's date."""
    header = "id delegator task power_type unit valid_from valid_until"
    city = grow(twins, "delegations", f"{header}\n{row}") if row else twins
    reasons = broken(judge(city, "fine J community street"), "C2")
    assert reasons == ([] if allowed else [("if_delegated", 2)])


@pytest.mark.parametrize(
    ("kind", "leg", "rule", "holder", "allowed"),
    [
        ("community", "handle", "allowed", "community", True),
        ("community", "handle", "if_delegated", "community", False),
        ("community", "handle", "forbidden", "community", False),
        ("community", "detect", "forbidden", "community", False),
        ("street_office", "handle", "if_admitted", "street", False),
        ("street_office", "handle", "if_purchased", "street", False),
        ("contractor", "detect", "if_admitted", "k", False),
        ("contractor", "handle", "allowed", "k", True),
        ("contractor", "handle", "if_delegated", "k", False),
        ("department", "handle", "forbidden", "civilD", False),
        ("department", "handle", "forbidden", "street", True),
    ],
)
def test_c2_matrix(twins: City, kind: str, leg: str, rule: str, holder: str, allowed: bool):
    """The city's own valid rows prevail, and each condition suits one kind of holder."""
    city = grow(twins, "authority", f"power_type kind leg rule\n service {kind} {leg} {rule}")
    reasons = broken(judge(city, f"care A {holder} {holder}"), "C2")
    assert reasons == ([] if allowed else [(rule, 1)])
    late = edit(city, "authority", "service", valid_from="2026-07-02")
    assert broken(judge(late, f"care A {holder} {holder}"), "C2") == []


@pytest.mark.parametrize("unit", ["staA", "comA", "org", "staB"])
def test_c2_delegation_to_communities_and_contractors(twins: City, unit: str):
    """A delegation to one of a community's units is the community's, one to a contractor counts."""
    rules = "power_type kind leg rule\n service community handle if_delegated\n"
    city = grow(twins, "authority", rules + " service contractor handle if_delegated")
    city = grow(city, "delegations", f"id delegator task unit \n d x care {unit}")
    community = broken(judge(city, "care A community community"), "C2")
    assert (community == []) == (unit in ("staA", "comA"))
    assert (broken(judge(city, "care A k k"), "C2") == []) == (unit == "org")


@pytest.mark.parametrize(
    ("floor", "holder", "allowed"),
    [
        ("community", "community", True),
        ("street", "community", False),
        ("street", "street", True),
        ("street", "k", True),  # bought by the street office
        ("department", "street", False),
        ("department", "k", False),
        ("department", "q", True),  # bought by a district department
        ("department", "civilD", True),
    ],
)
def test_c2_floor(twins: City, floor: str, holder: str, allowed: bool):
    """Nobody below the floor handles; a contract stands at the tier of its buyer."""
    city = grow(twins, "contracts", "id contractor buyer places yuan_per_hour \n q org civilD D 90")
    city = edit(city, "tasks", "care", handling_floor=floor)
    reasons = broken(judge(city, f"care A {holder} {holder}"), "C2")
    assert reasons == ([] if allowed else [("floor", 1)])
    # only the handler is bound
    assert broken(judge(city, "care A community civilD"), "C2") == []


def test_c2_floor_of_closed_powers(twins: City):
    """A floor of street for a closed power needs a delegation, else it is the department's."""
    city = edit(twins, "tasks", "fine", handling_floor="street")
    rule = "power_type kind leg rule\n penalty street_office handle allowed"
    city = grow(city, "authority", rule)
    assert broken(judge(city, "fine A street street"), "C2") == [("floor", 1)]
    city = grow(city, "delegations", "id delegator task unit \n d x fine off")
    assert broken(judge(city, "fine A street street"), "C2") == []


@pytest.mark.parametrize("department", ["civilD", "civilS"])
def test_c2_floor_of_vertical_departments(twins: City, department: str):
    """A vertical department of the lead, district or city, keeps handling off the street."""
    city = edit(twins, "units", department, vertical=1)
    city = grow(city, "delegations", "id delegator task unit \n d x care off")
    assert broken(judge(city, "care A street street"), "C2") == [("floor", 1)]
    assert broken(judge(city, "care A street civilD"), "C2") == []
    assert broken(judge(city, "fine A community polD"), "C2") == []  # another function


def test_c2_self_governance(twins: City):
    """Self-governance is handled by the community and never cancelled; others may detect."""
    assert broken(judge(twins, "meet J - street"), "C2") == [("self_governance", 2)]
    cancelled = judge(edit(twins, "tasks", "meet", cancellable=1), "meet A - cancelled")
    assert ("self_governance", 1) in broken(cancelled, "C2")
    detected = edit(twins, "tasks", "meet", detect_share=500)
    assert broken(judge(detected, "meet A k community"), "C2") == []
    assert broken(judge(detected, "meet A community street"), "C2") == [("self_governance", 1)]
    only = edit(twins, "tasks", "meet", detect_share=1000)  # the leg that exists is the community's
    assert broken(judge(only, "meet A community -"), "C2") == []
    assert broken(judge(only, "meet A street -"), "C2") == [("self_governance", 1)]


def test_c2_party_led(twins: City):
    """A contract may detect for a party-led task, never handle it."""
    city = edit(twins, "tasks", "care", governance="party_led")
    assert broken(judge(city, "care A k k"), "C2") == [("party_led", 1)]
    assert broken(judge(city, "care A k street"), "C2") == []


@pytest.mark.parametrize(
    ("values", "statutory", "allowed"),
    [
        ({"cancellable": 1}, "", True),
        ({"cancellable": 0}, "", False),
        ({"cancellable": 1, "legal_basis": "§1"}, "", False),
        ({"cancellable": 1}, "2026-07-01", False),
        ({"cancellable": 1}, "2026-06-30", True),  # no longer valid
    ],
)
def test_c2_cancelling(twins: City, values: dict, statutory: str, allowed: bool):
    """Only cancellable tasks without ground and without a valid statutory row are cancelled."""
    rows = f"care detect S statutory {statutory}" if statutory else "care detect S admitted -"
    city = twins.replace(tables={"admission": {}})
    city = grow(city, "admission", "task leg place status valid_until\n" + rows)
    city = edit(city, "tasks", "care", **values)
    reasons = broken(judge(city, "care A cancelled cancelled"), "C2")
    assert reasons == ([] if allowed else [("not_cancellable", 1)] * 2)


@pytest.mark.parametrize(
    ("cells", "holder", "reason"),
    [
        ("care A", "civilD", None),
        ("care A", "civilS", None),
        ("care A", "polD", "other_function"),
        ("care A", "civilE", "not_served"),
        ("care A", "street", None),
        ("care A", "off", None),  # its own cells
        ("care A", "off2", "foreign_unit"),
        ("care A", "staA", None),
        ("care A", "comA", None),
        ("care A", "staB", "foreign_unit"),
        ("care A", "org", "no_contract"),
        ("care A", "k", None),
        ("care C", "k", "contract_place"),  # not in its places
        ("care C", "w", "contract_place"),  # in its places, beyond its buyer's
        ("care A", "w", None),
        ("care C", "community", "no_unit"),
        ("care C", "street", None),
        ("care C", "off2", None),
        ("care C", "civilE", None),
    ],
)
def test_c3_jurisdiction(twins: City, cells: str, holder: str, reason: str | None):
    """Everybody stays within function and territory; contractors work through contracts only."""
    city = grow(twins, "places", """
        code name parent tier      population
        E    区   S      district  0
        J2   街   E      street    0
        C    丙   J2     community 6000
    """)
    city = grow(city, "units", """
        id     name kind          place function staff
        civilE 二区 department    E     civil    1
        off2   二街 street_office J2    -        1
    """)
    city = grow(city, "contracts", "id contractor buyer places yuan_per_hour \n w org off S 90")
    reasons = broken(judge(city, f"{cells} {holder} {holder}"), "C3")
    assert reasons == ([(reason, 1)] * 2 if reason else [])


@pytest.mark.parametrize(
    ("rows", "admissible", "switch", "violations"),
    [
        ("care handle S admitted -", 1, None, []),
        ("care handle S statutory -", 0, None, []),
        ("care handle S admitted -", 0, None, [("not_admissible", 2)]),
        ("care handle S barred -", 1, None, [("not_admitted", 2)]),
        ("care handle S admitted 2026-06-30", 1, None, [("not_admitted", 2)]),
        ("care handle S candidate -", 1, None, [("candidate_off", 2)]),
        ("care handle S candidate -", 1, "S", []),
        ("care handle S candidate -", 1, "J", [("candidate_off", 2)]),  # not the ruling row
        ("care handle S admitted -\n care handle B barred -", 1, None, [("not_admitted", 1)]),
        ("care handle S barred -\n care handle J admitted -", 1, None, []),  # the nearest rules
    ],
)
def test_c4_admission(twins: City, rows: str, admissible: int, switch: str, violations: list):
    """A community holds what is statutory, admitted, or a candidate switched on."""
    city = twins.replace(tables={"admission": {}})
    rows = "task leg place status valid_until\n care detect S statutory -\n" + rows
    city = edit(grow(city, "admission", rows), "tasks", "care", admissible=admissible)
    switches = [("care", switch)] if switch else []
    found = judge(city, "care J community community", admissions=switches)
    assert broken(found, "C4") == violations
    # today candidates in use count as on, and detecting fines has no row here
    today = [v for v in violations if v[0] != "candidate_off"] + [("not_admitted", 2)]
    assert Counter(broken(evaluate(city, city.current), "C4")) == Counter(today)


def test_c5_quotas(twins: City):
    """Every quota over a community bounds its non-statutory tasks and minutes."""
    # non-statutory in A: care handle 900, fine detect 200; in B: 450 and 100
    for tasks, minutes, violations in [
        (2, 1100, []),
        (1, 1100, [("tasks", 1), ("tasks", 1)]),
        (2, 1099, [("minutes", 1)]),
        (2, 549, [("minutes", 551), ("minutes", 1)]),
    ]:
        rows = f"place at_most_tasks at_most_minutes\n J {tasks} {minutes}"
        found = judge(grow(twins, "quotas", rows), TODAY)
        assert broken(found, "C5") == violations
    rows = "place at_most_tasks at_most_minutes\n A 0 -\n S - 1000"
    found = judge(grow(twins, "quotas", rows), TODAY)
    assert broken(found, "C5") == [("tasks", 2), ("minutes", 100)]


def test_c6_funding(twins: City):
    """What follows non-statutory legs to communities fits the counterpart's transfer budget."""
    # civilD: care handle 900 + 450 at 30 an hour: 450 + 225; polD: fine detect 200 + 100 at 60
    for payer, yuan, violations in [
        ("civilD", 675, []), ("civilD", 674, [("", 1)]), ("polD", 299, [("", 1)]),
        ("civilS", 0, []),
    ]:  # fmt: skip
        city = grow(twins, "budgets", f"payer purpose yuan\n {payer} transfer {yuan}")
        assert broken(judge(city, TODAY), "C6") == violations
    city = grow(twins, "budgets", "payer purpose yuan\n civilD purchase 0")
    assert broken(judge(city, TODAY), "C6") == []


@pytest.mark.parametrize(
    ("task", "contract", "text", "violations"),
    [
        ({}, {}, "care A k k", []),
        ({"outsourceable": 0}, {}, "care A k street", [("not_outsourceable", 1)]),
        ({}, {"categories": ("order", "self")}, "care A k street", [("category", 1)]),
        ({}, {"categories": ()}, "care A k k", []),
        ({}, {"grade": 2}, "care A community k", [("grade", 1)]),
        ({"power_type": "penalty"}, {}, "care A k k", [("closed_power", 1)]),
        ({"power_type": "penalty"}, {}, "care A k civilD", []),
    ],
)
def test_c7_purchase_gates(twins: City, task: dict, contract: dict, text: str, violations: list):
    """Contracts hold outsourceable tasks of their categories, well graded, no closed power."""
    rule = "power_type kind leg rule\n penalty contractor handle allowed"  # whatever it says
    city = grow(edit(twins, "tasks", "care", **task), "authority", rule)
    city = edit(city, "contracts", "k", **contract)
    assert broken(judge(city, text, contracts=["k"]), "C7") == violations


@pytest.mark.parametrize(
    ("values", "violations"),
    [
        ({"least": 1140, "most": 1140}, []),  # 300 and 900 at 0.95
        ({"least": 1141}, [("least", 1)]),
        ({"most": 1139}, [("most", 1)]),
    ],
)
def test_c8_contracts(twins: City, values: dict, violations: list):
    """Between least and most once switched on; used only when switched on."""
    city = edit(twins, "contracts", "k", **values)
    text = "care A k k \n care B street street"
    assert broken(judge(city, text, contracts=["k"]), "C8") == violations
    assert broken(judge(city, text), "C8") == [("switched_off", 1)]
    unused = judge(city, TODAY, contracts=["k"])
    assert broken(unused, "C8") == ([("least", values["least"])] if "least" in values else [])
    city = edit(city, "current", "care", detector="k", handler="k")
    today = [v for v in broken(evaluate(city, city.current), "C8") if v[0] == "switched_off"]
    assert today == []  # used contracts count as on


def test_c8_shares_and_budget(twins: City):
    """No contract beyond its share of its buyer's or contractor's minutes; purchase budgets."""
    rows = "id contractor buyer places yuan_per_hour share_of_buyer share_of_contractor\n"
    city = grow(twins, "contracts", rows + " k2 org off J 90 1000 333")
    text = "care A k k \n care B k2 k2"
    # k 1,140, k2 143 + 428 = 571: k2 has 571 ÷ 1,711 = 333.7 ‰ of both
    switches = {"contracts": ["k", "k2"]}
    # 1000 × 571 − 333 × 1,711 = 1,237: two minutes when rounded up
    assert broken(judge(city, text, **switches), "C8") == [("share_of_contractor", 2)]
    city = edit(city, "contracts", "k2", share_of_contractor=334)
    assert broken(judge(city, text, **switches), "C8") == []
    city = edit(city, "contracts", "k", share_of_buyer=600)
    # 1,140,000 − 600 × 1,711 = 113,400
    assert broken(judge(city, text, **switches), "C8") == [("share_of_buyer", 114)]
    # yuan 428 + 1283 + 215 + 642
    for yuan, violations in [(2568, []), (2567, [("budget", 1)])]:
        paid = grow(twins, "budgets", f"payer purpose yuan\n off purchase {yuan}")
        assert broken(judge(paid, "care J k k", contracts=["k"]), "C8") == violations


def test_c9_capacity(twins: City):
    """Hard pools stay within capacity and overtime; soft communities may exceed capacity."""
    for committed, share, violations in [
        (9641, 0, []),  # polD carries 359
        (9642, 0, [("over", 1)]),
        (9741, 10, []),  # overtime 1 % of 10,000 gross minutes
        (10_000, 30, [("over", 59)]),  # no capacity, overtime 300
    ]:
        city = edit(twins, "units", "polD", committed=committed, overtime_share=share)
        assert broken(judge(city, TODAY), "C9") == violations
    city = edit(twins, "units", "staB", committed=9301)  # 699 left, 700 carried
    assert broken(judge(city, TODAY), "C9") == []
    hard = city.replace(settings={"policy.community_capacity": "hard"})
    assert broken(judge(hard, TODAY), "C9") == [("over", 1)]
    city = edit(twins, "units", "staB", committed=10_000)
    assert broken(judge(city, TODAY), "C9") == [("without", 700)]
    city = edit(twins, "units", "org", staff=0)
    assert broken(judge(city, "care J k k", contracts=["k"]), "C9") == [("over", 1711)]


def test_c10_peak_months(twins: City):
    """Each month of a hard pool stays within a twelfth of capacity and overtime."""
    city = edit(twins, "tasks", "fine", duration="temporary", months=(11, 2))
    # polD in December: 230 ÷ 2 + ⌈115 ÷ 2⌉ + 2 × ⌈7 ÷ 2⌉ = 115 + 58 + 8, in January 115 + 57 + 6
    for committed, violations in [
        (10_000 - 12 * 181, []),
        (10_000 - 12 * 181 + 1, [("", 1)]),
        (10_000 - 12 * 177, [("", 1), ("", 4)]),
    ]:
        found = judge(edit(city, "units", "polD", committed=committed), TODAY)
        assert broken(found, "C10") == violations
    found = judge(edit(city, "units", "polD", committed=10_000 - 12 * 180), TODAY)
    (peak,) = [v for v in found.violations if v.family == "C10"]
    assert peak.subject == {"month": 12, "pool": "@polD", "kind": "department"}
    full = edit(twins, "units", "staB", committed=9300)  # 700 a year: 59 in some months
    assert broken(judge(full, TODAY), "C10") == []
    hard = full.replace(settings={"policy.community_capacity": "hard"})
    # care 150 and 450, fine 100: 12.5, 37.5 and 8.3 a month: 13 + 38 + 9 = 60 in January to April
    # (100 = 12 × 8 + 4), 13 + 38 + 8 = 59 in May and June, 12 + 37 + 8 = 57 from July; limit 58
    assert broken(judge(hard, TODAY), "C10") == [("", 2)] * 4 + [("", 1)] * 2


@pytest.mark.parametrize(
    ("adopted", "place", "violations"),
    [
        ("decide", "D", []),
        ("decide", "J", [("tier", 1)]),
        ("yes", "D", [("decided", 1)]),
        ("no", "D", [("decided", 1)]),
    ],
)
def test_c11_rounds(twins: City, adopted: str, place: str, violations: list):
    """A scheme is switched on only where it is left to decide, at its own tier."""
    city = with_schemes(twins, "district", adopted)
    found = judge(city, TODAY, schemes=[("j", place)])
    assert broken(found, "C11") == violations
    received = 6 if adopted == "yes" or (adopted, place) == ("decide", "D") else 9
    assert found.community_visits.tolist() == [received] * 2


def test_c12_service_floor(twins: City):
    """Communities keep their stated floor, or half of what they lawfully hold today."""
    # A holds care 1,200 and meet 600 today: floor 900; B 600 and 300: floor 450
    assert broken(judge(twins, CARE + " J street street"), "C12") == [("", 300), ("", 150)]
    assert broken(judge(twins, CARE + " J community street"), "C12") == []  # 900 and 450
    stated = edit(twins, "places", "A", service_floor=601)
    found = judge(stated, CARE + " A street street \n care B community street")
    assert broken(found, "C12") == [("", 1)]
    # handling care is beneath its floor of street: only detecting 300 + meet 600 count
    floor = edit(twins, "tasks", "care", handling_floor="street")
    found = judge(floor, CARE + " J street street")
    assert broken(found, "C12") == []  # 450 and 225 are below 600 and 300
    barred = edit(twins, "admission", "care", status="barred")  # the detect leg's row
    found = judge(barred, TODAY.replace("J - community", "J - street").replace(
        "J community community", "J street street"))  # fmt: skip
    assert broken(found, "C12") == [("", (900 + 600) // 2), ("", (450 + 300) // 2)]
    candidate = edit(barred, "admission", "care", status="candidate")
    found = judge(candidate, CARE + " J street street")
    assert broken(found, "C12") == [("", 300), ("", 150)]


def test_c13_nobody_worse(twins: City):
    """With the toggle no community pool carries a minute more than today."""
    city = twins.replace(settings={"policy.nobody_worse": 1})
    assert broken(judge(city, TODAY), "C13") == []
    text = "fine J community community \n meet J - community \n care J community community"
    # handling fines: 100 more in B, 200 in A
    assert broken(judge(city, text), "C13") == [("", 100), ("", 200)]  # pools by name: staB, A
    assert broken(judge(twins, text), "C13") == []


@pytest.mark.parametrize(
    ("row", "violations"),
    [
        ("care handle - community keep", []),
        ("care handle - street keep", [("keep", 2)]),
        ("care handle A street keep", [("keep", 1)]),
        ("care handle A staA keep", []),  # a unit in its own cells
        ("care handle J staA keep", [("keep", 1)]),
        ("care detect B community forbid", [("forbid", 1)]),
        ("care detect B staB forbid", [("forbid", 1)]),
        ("care detect B street forbid", []),
        ("fine handle S polD forbid", [("forbid", 2)]),
        ("meet detect S street keep", []),  # the leg does not exist
        ("care handle - cancelled keep", [("keep", 2)]),
    ],
)
def test_c14_pins(twins: City, row: str, violations: list):
    """A pinned leg is with its holder in every cell of the place where it exists, or is not."""
    city = grow(twins, "pins", "task leg place holder rule\n" + row)
    assert broken(judge(city, TODAY), "C14") == violations


@pytest.mark.parametrize(
    ("row", "minutes", "items"),
    [
        ("change - -", 900 + 600, 2),  # handling in A, both legs in B
        ("change A -", 900, 1),
        ("change - off", 900, 1),
        ("change - civilD", 600, 1),
        ("street_office - -", 900, 1),
        ("street_office B -", 0, 0),
        ("department - -", 600, 1),
        ("department - civilS", 0, 0),
        ("community - -", 0, 0),
        ("contractor - -", 0, 0),
        ("cancelled - -", 300, 1),  # meet in B
        ("cancelled A -", 0, 0),
    ],
)
def test_c15_limits(twins: City, row: str, minutes: int, items: int):
    """Base minutes and rows that change, are cancelled or newly go somewhere stay limited."""
    text = """
        care A community street
        care B civilD    civilD
        fine J community polD
        meet A - community
        meet B - cancelled
    """
    if row.startswith("change"):  # cancelling is a change, too: left out of these rows
        text = text.replace("meet B - cancelled", "meet B - community")
    header = "id subject place unit at_most_minutes at_most_items\n l "
    city = grow(twins, "limits", f"{header}{row} {minutes} {items}")
    assert broken(judge(city, text), "C15") == []
    if minutes:
        city = grow(twins, "limits", f"{header}{row} {minutes - 1} {items - 1}")
        assert broken(judge(city, text), "C15") == [("minutes", 1), ("items", 1)]


def test_c15_limits_by_contractor_and_community(twins: City):
    """A limit on a contractor counts its contracts, one on a community unit its own cells."""
    header = "id subject place unit at_most_minutes\n l "
    city = grow(twins, "limits", header + "contractor - org 1499")
    found = judge(city, "care J k k", contracts=["k"])
    assert broken(found, "C15") == [("minutes", 301)]  # all of care: 1,200 + 600 (uncapped 1,499)
    city = grow(twins, "limits", header + "community - staB 99")
    found = judge(city, "fine J community community")
    assert broken(found, "C15") == [("minutes", 1)]  # handling fines in B only


def test_notices(twins: City):
    """C16: vetoes, assessments that communities receive, and expired forms are notices."""
    city = edit(twins, "tasks", "fine", veto=1)
    city = grow(city, "inspections", """
        id task leg    inspector purpose    veto visits
        v1 care handle police    assessment 1    1
        v2 fine handle civil     assessment 0    1
        v3 care detect police    inspection 0    1
    """)
    city = grow(city, "forms", """
        id task issuer times valid_until
        f1 care civil  4     2026-06-30
        f2 care civil  4     2026-07-01
    """)
    found = judge(city, TODAY)
    assert found.lawful
    notices = [(n.code, next(iter(n.subject.values())), n.amount) for n in found.notices]
    assert notices == [
        ("veto_task", "fine", 1),
        ("veto_inspection", "v1", 2),
        ("assessment", "v1", 2),  # v2 goes to polD
        ("expired_form", "f1", 4),
    ]


# -- random cities -----------------------------------------------------------------------------


def test_random_cities_use_every_rule():
    """Every family is broken by some plan and kept by another, every part is above zero."""
    broken_by, kept_by, seen, lawful = set(), set(), set(), 0
    for seed in range(300):
        city = random_city(seed)
        evaluator = Evaluator(city)
        for k in range(6):
            found = evaluator.evaluate(random_plan(city, k, wild=0.1 if k < 2 else 0))
            families = found.families()
            broken_by |= families.keys()
            kept_by |= FAMILIES.keys() - families.keys()
            seen |= {leaf for leaf, value in found.parts.items() if value}
            lawful += found.lawful
    assert broken_by == set(FAMILIES)
    assert kept_by == set(FAMILIES)
    assert seen == set(leaves())
    assert lawful > 0


@pytest.mark.parametrize("seed", range(40))
def test_random_evaluations_add_up(seed: int):
    """Parts sum to criteria, months to years, communities to totals, charges to loads."""
    city = random_city(seed)
    for allocation in (city.current, random_plan(city, seed)):
        found = evaluate(city, allocation)
        assert list(found.parts) == leaves()
        for name, value in found.criteria.items():
            parts = [v for leaf, v in found.parts.items() if leaf.split(".")[0] == name]
            assert sum(parts) == value
        assert (found.load_month.sum(axis=1) == found.load).all()
        assert found.criteria["community_load"] == found.community_load.sum()
        assert found.parts["inspections.community"] >= found.community_visits.sum()
        assert found.load.sum() == sum(int(c.minutes.sum()) for c in found.use.charges)
        assert evaluate(city, allocation).parts == found.parts


@pytest.mark.parametrize("seed", range(40))
def test_random_evaluations_do_not_depend_on_order(seed: int):
    """The order of rows in tables and plans changes nothing."""
    city, rng = random_city(seed), np.random.default_rng(seed)
    tables = {}
    for name, columns in city.tables.items():
        order = rng.permutation(len(next(iter(columns.values()))))
        tables[name] = {c: [values[i] for i in order] for c, values in columns.items()}
    shuffled = City.of(city.settings, tables)
    rows = random_plan(city, seed, wild=0)
    order = rng.permutation(len(rows.task))
    columns = (column[order] for column in (rows.task, rows.place, rows.detector, rows.handler))
    other = Plan(*columns, rows.admissions, rows.contracts, rows.schemes)
    one, two = evaluate(city, rows), evaluate(shuffled, other)
    assert one.parts == two.parts
    assert one.violations == two.violations


@pytest.mark.parametrize("seed", range(20))
def test_random_evaluations_of_today_as_a_plan(seed: int):
    """Today written as a plan costs what today costs, if no scheme or switch differs."""
    city = random_city(seed)
    current = city.current
    cells = [(t, c) for t in range(len(city.tasks.id)) for c in range(city.n_communities)]
    rows = Plan(
        task=np.array([t for t, _ in cells]),
        place=np.array([city.communities[c] for _, c in cells]),
        detector=np.array([current.holder[0, t, c] for t, c in cells]),
        handler=np.array([current.holder[1, t, c] for t, c in cells]),
    )
    assert evaluate(city, rows).parts == evaluate(city, current).parts
