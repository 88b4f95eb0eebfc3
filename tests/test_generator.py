"""Generated cities: the figures of the literature, real hierarchies, and a lawful plan in each."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realloc import cli, generator, tables
from realloc.authority import Authority
from realloc.evaluation import evaluate
from realloc.generator.burden import burden
from realloc.generator.hierarchy import KINDS
from realloc.generator.inventory import DETECT_HEAVY, read_schemes, window
from realloc.instance import HANDLE, HOLD_COMMUNITY, HOLD_STREET, City
from realloc.law import CLOSED
from realloc.schema import TIERS

HOUR = 60
INSTANCES = Path(__file__).parents[1] / "instances"
SMALL = ("reference", "district")


@pytest.fixture(scope="module")
def reference() -> City:
    """The reference community in one street."""
    return generator.generate("reference", seed=1)


@pytest.fixture(scope="module")
def district() -> City:
    """Siming in Xiamen."""
    return generator.generate("district", seed=1)


def count(city: City) -> dict[str, int]:
    tiers = city.tables["places"]["tier"]
    return {tier: tiers.count(tier) for tier in TIERS}


def test_the_default_seed_is_that_of_the_stored_city():
    """Whoever names no seed gets the city that is stored, as from the command line."""
    assert generator.generate("district").digest() == tables.read(INSTANCES / "district").digest()
    cli_default = inspect.signature(cli.generate).parameters["seed"].default
    for function in (generator.generate, generator.generate_national):
        assert inspect.signature(function).parameters["seed"].default == cli_default


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_reference_inventory_has_the_figures_of_the_literature(seed):
    """26 categories, 125 tasks, 109 and 16, 68 social work, 127 forms, 121 visits (Chen 2017)."""
    city = generator.generate("reference", seed)
    tasks = city.tables["tasks"]
    assert len(set(tasks["category"])) == 26
    assert len(tasks["id"]) == 125
    assert tasks["duration"].count("long_term") == 109
    assert tasks["duration"].count("temporary") == 16
    assert sum(tasks["social_work"]) == 68
    assert city.tables["forms"]["times"] == (1,) * 127
    assert sum(city.tables["inspections"]["visits"]) == 121
    assert 10 <= city.settings["reference_staff"] <= 20


def test_reference_community_receives_every_visit_and_form(reference):
    """Today all 121 visits and 127 forms are the community's, and nobody else's."""
    parts = evaluate(reference, reference.current).parts
    assert parts["inspections.community"] == 121
    assert parts["forms.community"] == 127
    assert parts["inspections.street_office"] == parts["inspections.other"] == 0
    assert parts["forms.street_office"] == parts["forms.other"] == 0


def test_reference_community_is_overloaded_by_forms_and_visits(reference):
    """24,100 h of work plus 6,920 h of overhead on 27,000 h of capacity: 115 %."""
    today = evaluate(reference, reference.current)
    assert reference.base.sum() == 24_100 * HOUR
    assert today.criteria["community_load"] == 31_020 * HOUR
    pool = reference.units.pool[reference.community_unit[0, 0]]
    assert today.load[pool] == 31_020 * HOUR
    assert today.capacity[pool] == 27_000 * HOUR


def test_reference_overhead_per_form_and_visit(reference):
    """A form takes 24 h and a visit 32 h of preparation, each of them."""
    assert set(reference.tables["forms"]["minutes"]) == {24 * HOUR}
    assert set(reference.tables["inspections"]["minutes"]) == {32 * HOUR}


def test_inventory_shares_of_inadmissible_and_veto_tasks(reference):
    """37 tasks may not be handled by communities; 24 are veto items with 42 visits."""
    tasks, visits = reference.tables["tasks"], reference.tables["inspections"]
    assert tasks["admissible"].count(0) == 37
    assert sum(tasks["veto"]) == 24
    assert sum(n for n, veto in zip(visits["visits"], visits["veto"], strict=True) if veto) == 42


@pytest.mark.parametrize(
    ("name", "districts", "streets", "communities"),
    [
        ("reference", 1, 1, 1),
        ("district", 1, 10, 99),
        ("xiamen", 6, 37, 372),
        ("shenzhen", 9, 74, 783),
        ("shanghai", 15, 107, 2540),
    ],
)
def test_places_of_named_cities(name, districts, streets, communities):
    """The stored hierarchies have the counts of the division codes, streets only."""
    city = generator.generate(name, seed=0)
    assert count(city) == {
        "city": 1, "district": districts, "street": streets, "community": communities,
    }  # fmt: skip


def test_national_hierarchy():
    """327 cities with 77,389 communities under 8,703 streets and 1,783 districts."""
    cities = list(generator.hierarchy.national())
    tiers = [row["tier"] for _, places in cities for row in places]
    assert len(cities) == len({code for code, _ in cities}) == 327
    assert tiers.count("community") == 77_389
    assert tiers.count("street") == 8_703
    assert tiers.count("district") == 1_783


def test_national_city_is_the_named_city():
    """Cities of the country come one at a time, each as if it were generated alone."""
    codes = [code for code, _ in islice(generator.generate_national(seed=3), 2)]
    assert codes == sorted(codes)
    xiamen = next(places for code, places in generator.hierarchy.national() if code == "3502")
    named = generator.hierarchy.stored("xiamen")
    assert [row["code"] for row in xiamen] == [row["code"] for row in named]


@pytest.mark.parametrize("name", SMALL)
def test_same_seed_same_city(name):
    """One name and seed give one digest; another seed gives another."""
    first = generator.generate(name, seed=5).digest()
    assert generator.generate(name, seed=5).digest() == first
    assert generator.generate(name, seed=6).digest() != first


def test_unknown_city_is_refused():
    """A name that is none of the sample cities is told those that there are."""
    with pytest.raises(ValueError, match=r"atlantis.*reference, district, xiamen"):
        generator.generate("atlantis")


@pytest.mark.parametrize("name", [*SMALL, "xiamen"])
def test_tables_have_no_problem(name, tmp_path):
    """Every generated table is read back without error or warning, to the same digest."""
    city = generator.generate(name, seed=1)
    tables.write(city, tmp_path / name)
    again, problems = tables.check(tmp_path / name)
    assert list(problems) == []
    assert again is not None
    assert again.digest() == city.digest()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SMALL)
def test_a_lawful_plan_exists(name, seed):
    """The plan that the generator writes down breaks no rule, by evaluation alone."""
    city, plan = generator.generate_with_plan(name, seed)
    measured = evaluate(city, plan)
    assert measured.violations == ()


def test_lawful_plans_name_items():
    """Each row of the plan is an item, and its arrangement one of the item's candidates."""
    city, plan = generator.generate_with_plan("district", seed=1)
    candidates = Authority(city).candidates()
    rows = list(zip(plan.task.tolist(), plan.place.tolist(), strict=True))
    items = list(zip(candidates.task.tolist(), candidates.place.tolist(), strict=True))
    assert sorted(rows) == sorted(items)
    where = {item: i for i, item in enumerate(items)}
    for row, detector, handler in zip(rows, plan.detector, plan.handler, strict=True):
        mine = slice(candidates.item[where[row]], candidates.item[where[row] + 1])
        pairs = zip(candidates.detector[mine], candidates.handler[mine], strict=True)
        assert (detector, handler) in set(pairs)


def test_no_item_is_split(district):
    """Neither today's rows nor pins nor the law reach below a task's scope."""
    assert Authority(district).candidates().splits == ()


def test_an_item_has_several_arrangements(district):
    """On average eight or more arrangements are lawful, and every item has at least one."""
    size = np.diff(Authority(district).candidates().item)
    assert size.min() >= 1
    assert 8 <= size.mean() <= 25


def test_today_presses_work_down(district):
    """Most handle legs are at communities, which are overloaded, against the law in part."""
    held = (district.current.holder[HANDLE] == HOLD_COMMUNITY) & district.exists[HANDLE]
    share = held.sum() / district.exists[HANDLE].sum()
    assert 0.8 <= share <= 0.9
    today = evaluate(district, district.current)
    community = district.units.pool[district.community_unit.ravel()]
    pools = np.unique(community)
    assert 1.08 <= today.load[pools].sum() / today.capacity[pools].sum() <= 1.22
    assert {"C2", "C4"} <= set(today.families())


def test_communities_are_unequally_loaded(district):
    """Over both pools of a community today fills between 85 and 155 % of its capacity."""
    today = evaluate(district, district.current)
    pools = district.units.pool[district.community_unit]
    both = np.where(pools[0] == pools[1], -1, pools[1])
    load = today.load[pools[0]] + np.where(both >= 0, today.load[both], 0)
    capacity = today.capacity[pools[0]] + np.where(both >= 0, today.capacity[both], 0)
    assert (load > 0.85 * capacity).all()
    assert (load < 1.55 * capacity).all()
    assert np.std(load / capacity) > 0.05


def test_spare_time_is_too_little_for_all(district):
    """Others' spare time, idle months included, is less than what communities might hand over."""
    today = evaluate(district, district.current)
    kind = np.zeros(len(district.pools), dtype=np.int64)
    kind[district.units.pool] = district.units.kind
    room = (today.capacity + today.overtime - today.load)[kind != 2]
    assert 0.45 <= room.clip(0).sum() / today.criteria["community_load"] <= 0.7


@pytest.mark.parametrize("name", SMALL)
def test_burden_agrees_with_evaluation(name):
    """The estimate that sizes staff equals the evaluation for communities, never below it else."""
    city, plan = generator.generate_with_plan(name, seed=2)
    for allocation in (city.current, plan.expand(city)):
        estimate, truth = burden(city, allocation.holder), evaluate(city, allocation)
        pools = np.unique(city.units.pool[city.community_unit.ravel()])
        assert (estimate.year[pools] == truth.load[pools]).all()
        others = np.setdiff1d(np.arange(len(city.pools)), pools)
        assert (estimate.year[others] >= truth.load[others]).all()
        assert (estimate.month[others] >= truth.load_month[others]).all()


def test_inspections_never_reach_communities(district):
    """The 11 inspection rows have no admission row at all."""
    power = dict(zip(district.tables["tasks"]["id"], district.tables["tasks"]["power_type"],
                     strict=True))  # fmt: skip
    inspections = {task for task, kind in power.items() if kind == "inspection"}
    assert len(inspections) == 11
    assert inspections.isdisjoint(district.tables["admission"]["task"])


def test_closed_powers_are_never_admitted(district):
    """No row admits a community to handle a closed power or an inadmissible task."""
    tasks = district.tables["tasks"]
    closed = {t for t, p in zip(tasks["id"], tasks["power_type"], strict=True) if p in CLOSED}
    barred = {t for t, a in zip(tasks["id"], tasks["admissible"], strict=True) if not a}
    admission = district.tables["admission"]
    handled = {t for t, leg in zip(admission["task"], admission["leg"], strict=True)
               if leg == "handle"}  # fmt: skip
    assert handled
    assert handled.isdisjoint(closed | barred)


def test_statutory_legs_are_detect_legs_with_a_ground(district):
    """A statutory row is a detect leg of a task whose ground was found, never a closed power."""
    tasks = district.tables["tasks"]
    ground = dict(zip(tasks["id"], tasks["legal_basis"], strict=True))
    power = dict(zip(tasks["id"], tasks["power_type"], strict=True))
    admission = district.tables["admission"]
    rows = zip(admission["task"], admission["leg"], admission["status"], strict=True)
    statutory = [(t, leg) for t, leg, status in rows if status == "statutory"]
    assert statutory
    assert all(leg == "detect" and ground[t] and power[t] not in CLOSED for t, leg in statutory)


def test_every_function_has_departments(district):
    """Each of the 32 lead functions has a city and a district department."""
    assert len(set(district.tables["tasks"]["lead"])) == 32
    leads = np.unique(district.tasks.lead)
    assert (district.departments[:, leads] >= 0).all()


def test_offers_are_narrow(district):
    """A contract has one to four categories and one to three streets, a price and a grade."""
    contracts = district.tables["contracts"]
    assert all(1 <= len(c) <= 4 for c in contracts["categories"])
    assert all(1 <= len(p) <= 3 for p in contracts["places"])
    assert set(contracts["grade"]) <= {2, 3, 4, 5}
    assert all(0 < a < b for a, b in zip(contracts["least"], contracts["most"], strict=True))


def test_schemes_merge_visits_and_forms(district):
    """Eight schemes, some adopted, some left to decide, each with several members."""
    schemes = district.tables["schemes"]
    assert sorted(schemes["kind"]) == ["joint_visit"] * 5 + ["unified_form"] * 3
    assert set(schemes["adopted"]) == {"no", "yes", "decide"}
    members = district.tables["inspections"]["scheme"] + district.tables["forms"]["scheme"]
    assert all(members.count(s) >= 3 for s in schemes["id"])


def test_drawn_hierarchy():
    """Invented places have the shape asked for, each below one of the tier above."""
    places = generator.hierarchy.drawn(2, 3, 4)
    assert Counter(row["tier"] for row in places) == {
        "city": 1, "district": 2, "street": 6, "community": 24,
    }  # fmt: skip
    tier = {row["code"]: TIERS.index(row["tier"]) for row in places}
    assert all(tier[row["parent"]] == tier[row["code"]] + 1 for row in places if row["parent"])


@pytest.mark.parametrize(
    ("text", "expected"), [("05-10", (4, 6)), ("12-03", (11, 4)), ("01-02", (0, 2)), ("", None)]
)
def test_windows_may_wrap(text, expected):
    """A window is its first month from 0 and its length; it may cross the turn of the year."""
    assert window(text) == expected


@pytest.mark.parametrize("name", [*SMALL, "xiamen"])
def test_stored_cities_are_what_the_generator_writes(name):
    """The stored folders are those of seed 1, so that nobody edits or forgets them."""
    assert tables.read(INSTANCES / name).digest() == generator.generate(name, seed=1).digest()


@pytest.mark.parametrize("name", [*SMALL, "xiamen"])
def test_readme_of_a_stored_city_tells_its_figures(name):
    """Numbers of rows and today's criteria in its README are those of the city."""
    city = tables.read(INSTANCES / name)
    text = (INSTANCES / name / "README.md").read_text(encoding="utf-8")
    told = {
        key: int(number.replace(",", ""))
        for key, number in re.findall(r"^\| `([\w.]+)` \| ([\d,]+) \|$", text, re.MULTILINE)
    }
    true = dict(evaluate(city, city.current).criteria)
    for table, columns in city.tables.items():
        true[f"{table}.csv"] = len(next(iter(columns.values())))
    filled = {f"{table}.csv" for table in city.tables if true[f"{table}.csv"]}
    assert set(told) == filled | {"community_load", "inspections", "forms", "principals"}
    assert told == {key: true[key] for key in told}


def _of(rows: list[Any], holds: Callable[[Any], Any]) -> str:
    return f"{sum(bool(holds(row)) for row in rows):,} / {len(rows):,}"


def _rows(city: City, name: str) -> list[dict[str, Any]]:
    """Return a table row by row."""
    columns = city.tables[name]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _range(values: list[int]) -> str:
    return f"{min(values)} – {max(values)}"


def _drawn(city: City) -> dict[str, str]:
    """Return what came of the chances that `instances/README.md` states, by the English words."""
    return {**_drawn_places(city), **_drawn_duties(city), **_drawn_money(city)}


def _drawn_places(city: City) -> dict[str, str]:
    delegations, units = _rows(city, "delegations"), _rows(city, "units")
    streets, communities = ([p for p in _rows(city, "places") if p["tier"] == tier]
                            for tier in ("street", "community"))  # fmt: skip

    def granted(key: str, value: str) -> Callable[[Any], bool]:
        offices = {row["unit"] for row in delegations if row[key] == value}
        return lambda street: f"{street['code']}-JD" in offices

    decided = granted("power_type", "penalty")
    pools = {c["code"]: {u["pool"] for u in units
                         if u["kind"] == "community" and u["place"] == c["code"]}
             for c in communities}  # fmt: skip
    centres = {u["place"] for u in units if u["form"] == "service_centre"}
    measured = set(city.tables["workload"]["place"])
    quotas = {q["place"] for q in _rows(city, "quotas") if q["at_most_minutes"] is not None}
    with_decision = [street for street in streets if decided(street)]
    return {
        "streets with a penalty decision": _of(streets, decided),
        "of these decisions, expired": _of(
            [d for d in delegations if d["power_type"] == "penalty"], partial(_is_expired, city)),
        "of these streets, with inspection powers": _of(
            with_decision, granted("power_type", "inspection")),
        "of these streets, with T08-05": _of(with_decision, granted("task", "T08-05")),
        "streets with confirmation": _of(streets, granted("power_type", "confirmation")),
        "streets with measured workload": _of(streets, lambda p: p["code"] in measured),
        "streets with a quota of minutes": _of(streets, lambda p: p["code"] in quotas),
        "communities with a committee's own pool": _of(
            communities, lambda c: len(pools[c["code"]]) > 1),
        "communities with a service centre": _of(communities, lambda c: c["code"] in centres),
        "communities with a stated floor": _of(
            communities, lambda c: c["service_floor"] is not None),
        "kinds of communities, as in the page above": " / ".join(
            str([c["kind"] for c in communities].count(KINDS[k])) for k in (0, 1, 3, 2, 4)),
    }  # fmt: skip


def _is_expired(city: City, row: Any) -> bool:
    return bool(row["valid_until"]) and row["valid_until"] < city.settings["date"]


def _drawn_duties(city: City) -> dict[str, str]:
    forms, inspections = _rows(city, "forms"), _rows(city, "inspections")
    tasks = {task["id"]: task for task in _rows(city, "tasks")}
    visits = Counter[str]()
    for row in inspections:
        visits[row["task"]] += row["visits"]
    parts = Counter(row["task"] for row in inspections)
    other = {row["task"] for row in inspections if row["inspector"] != tasks[row["task"]]["lead"]}
    told: dict[str, str] = {}
    for name, rows, kind in (("forms", forms, "unified_form"),
                             ("inspections", inspections, "joint_visit")):  # fmt: skip
        heavy = [row for row in rows
                 if 1000 * DETECT_HEAVY <= tasks[row["task"]]["detect_share"] < 1000]  # fmt: skip
        merged = {c for row in read_schemes(kind) for c in row["categories"].split(";")}
        of_these = [row for row in rows if tasks[row["task"]]["category"] in merged]
        told[f"{name} of mostly detected tasks, of the detect leg"] = _of(
            heavy, lambda row: row["leg"] == "detect")
        told[f"{name} of merged categories, in a scheme"] = _of(of_these, lambda row: row["scheme"])
    return {
        "forms issued by another function": _of(
            forms, lambda row: row["issuer"] != tasks[row["task"]]["lead"]),
        "forms with an approval": _of(forms, lambda row: row["approval"]),
        "of these, expired": _of(
            [row for row in forms if row["approval"]], partial(_is_expired, city)),
        "tasks of two or more visits, one by another function": _of(
            [t for t in visits if visits[t] > 1], lambda t: parts[t] > 1),
        "tasks of undivided visits, all by another function": _of(
            [t for t in visits if parts[t] == 1], lambda t: t in other),
        "inspections that are assessments": _of(
            inspections, lambda row: row["purpose"] == "assessment"),
        "inspections of long-term tasks, with a window": _of(
            [row for row in inspections if tasks[row["task"]]["duration"] == "long_term"],
            lambda row: row["months"] is not None),
        **told,
    }  # fmt: skip


def _drawn_money(city: City) -> dict[str, str]:
    admission, contracts = _rows(city, "admission"), _rows(city, "contracts")
    tasks = {task["id"]: task for task in _rows(city, "tasks")}
    district = {p["code"] for p in _rows(city, "places") if p["tier"] == "district"}
    handled = [row for row in admission if row["leg"] == "handle" and row["place"] not in district]
    own = [row for row in admission if row["place"] in district]
    buyers = sorted({row["buyer"] for row in contracts})
    paid = {row["payer"] for row in _rows(city, "budgets") if row["purpose"] == "purchase"}
    sides = {side: Counter(row[side] for row in contracts) for side in ("buyer", "contractor")}
    limits = [row[f"share_of_{side}"] for side, count in sides.items() for row in contracts
              if count[row[side]] >= 3]  # fmt: skip
    today = evaluate(city, city.current)
    holder = city.current.holder[HANDLE][city.exists[HANDLE]]
    contract = holder >= len(city.units.id)
    used = {city.contracts.id[k] for k in np.unique(holder[contract]) - len(city.units.id)}
    pools = [np.unique(pair) for pair in city.units.pool[city.community_unit].T]
    return {
        "handle legs with a ground, admitted": _of(
            [row for row in handled if tasks[row["task"]]["legal_basis"]],
            lambda row: row["status"] == "admitted"),
        "without one, party work aside, barred": _of(
            [row for row in handled if not tasks[row["task"]]["legal_basis"]
             and tasks[row["task"]]["governance"] != "party_led"],
            lambda row: row["status"] == "barred"),
        "rows of districts, expired": _of(own, partial(_is_expired, city)),
        "yuan per hour that follow": _range(
            [row["yuan_per_hour"] for row in admission if row["yuan_per_hour"]]),
        "share limits of buyers and contractors with three or more": _of(
            limits, lambda share: share < 1000),
        "buyers with a budget of purchase": _of(buyers, lambda buyer: buyer in paid),
        "contracts in use": _of(contracts, lambda row: row["id"] in used),
        "handle legs at communities, streets, departments, contracts, %": " / ".join(
            f"{100 * np.mean(here):.1f}" for here in (
                holder == HOLD_COMMUNITY, holder == HOLD_STREET, (holder >= 0) & ~contract,
                contract)),
        "communities' load of capacity, lowest to highest, %": _range(
            [round(100 * today.load[p].sum() / today.capacity[p].sum()) for p in pools]),
    }  # fmt: skip


@pytest.mark.parametrize("name", [*SMALL, "xiamen"])
def test_readme_of_a_stored_city_tells_what_was_drawn(name):
    """What came of the chances that the page of all cities states is told as the data have it."""
    text = (INSTANCES / name / "README.md").read_text(encoding="utf-8")
    (drawn,) = re.findall(r"^\| 抽取的结果 .*\n\|---\|---\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    told = dict(re.findall(r"^\|.*? / (.*?) \| (.*) \|$", drawn, re.MULTILINE))
    assert told == _drawn(tables.read(INSTANCES / name))
