"""The evaluation against numbers worked out by hand, on the twin communities of `literal.twins`.

=================================== =======================================
model                               tests
=================================== =======================================
section 2, what an allocation uses  ``test_use_…``
section 3, criteria K1 to K9        ``test_k1_…`` to ``test_k9_…``
section 4, rules and notices        ``tests/test_evaluation_rules.py``
random cities                       ``test_random_…``
=================================== =======================================

Minutes of the twins, A + B (detect / handle): care 300/900 + 150/450, fine 200/200 + 100/100,
meet –/600 + –/300.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cities import random_city, random_plan
from literal import CARE, TODAY, edit, grow, judge, loads, with_duties, with_schemes

from realloc.evaluation import Evaluator, evaluate
from realloc.instance import City, Plan
from realloc.schema import FAMILIES, leaves
from realloc.solver import solve
from realloc.stages import weigh

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


def test_use_of_rounds_not_adopted(twins: City):
    """Without the scheme, communities receive the sum: 3 + 5 + 1 visits each."""
    found = judge(with_schemes(twins, "district", "decide"), TODAY)
    assert found.community_visits.tolist() == [9, 9]
    assert found.community_forms.tolist() == [6, 6]
    assert found.community_load[0].tolist() == [200 + 60 + 50 + 7 + 38, 100 + 60 + 50 + 7 + 38]


def test_use_of_rounds_over_the_year(twins: City):
    """What belongs to a scheme is prepared over twelve months, adopted or not."""
    city = edit(with_schemes(twins, "district", "no"), "tasks", "meet", months=(5, 1),
                duration="temporary")  # fmt: skip
    city = edit(city, "inspections", "v1", months=(5, 1))
    found = judge(city, "care A street community \n meet A - community")
    # in A: care 900 and relayed nothing: 75 a month; meet 600 in June
    # duties 60 + 50 + 20 a year: 5, and 50 = 12 × 4 + 2, 20 = 12 × 1 + 8
    months = [75 + 5 + 4 + 1] * 12
    months = [m + (k < 2) + (k < 8) + 600 * (k == 5) for k, m in enumerate(months)]
    assert found.load_month[city.pools.index("A")].tolist() == months


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


@pytest.mark.parametrize(("given", "error", "said"), [
    (lambda city: solve(city, time_limit=1), TypeError, r"result\.plan, not Result"),
    (lambda city: city, TypeError, r"city\.current or .*not City"),
    (lambda city: grow(city, "places", "code name parent tier \n C x S community").current,
     ValueError, "another city: 3 tasks in 3 communities, .* 3 tasks in 2"),
    (lambda city: replace(city.current, holder=city.current.holder + 99), IndexError, "holder 9"),
])  # fmt: skip
def test_what_cannot_be_measured_is_told(twins: City, given: Any, error: Any, said: str):
    """Whoever gives a result, a city or an allocation of another city is told what is needed."""
    with pytest.raises(error, match=said):
        evaluate(twins, given(twins))


def test_a_city_is_needed(twins: City):
    """Whoever gives its folder is told to read it."""
    with pytest.raises(TypeError, match=r"realloc\.read returns, not str"):
        evaluate("instances/reference", twins.current)  # pyright: ignore[reportArgumentType]


def test_k5_worst_load(twins: City):
    """The largest load per capacity, rounded up; pools without capacity are left out."""
    assert evaluate(twins, twins.current).parts["worst_load"] == 200  # 2,000 of 10,000
    city = edit(twins, "units", "staA", committed=10_000)  # no capacity left in A
    assert evaluate(city, city.current).parts["worst_load"] == 70  # 700 of 10,000 in B
    city = edit(edit(city, "units", "staB", committed=1), "units", "polD", committed=9900)
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
    assert weigh(city.policy.weights, found) == 2 * 1200 + 3 * 600 + 5 * 1200


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
    other = replace(
        rows,
        task=rows.task[order],
        place=rows.place[order],
        detector=rows.detector[order],
        handler=rows.handler[order],
    )
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
