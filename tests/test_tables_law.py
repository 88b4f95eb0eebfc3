"""No plan gives anybody a leg that the tables deny: a third reading, straight from the rows.

:class:`Law` reads nothing but the tables of a city and the rows of the statutory matrix, as
dictionaries, and shares no line with `authority` or `evaluation`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from cities import random_city

import realloc as ra
from realloc.authority import Authority
from realloc.instance import City, Plan
from realloc.solver import solve

Row = dict[str, Any]
CLOSED = {"licensing", "penalty", "coercion", "levy", "adjudication", "inspection"}
TIER = {"community": 0, "street_office": 1, "district": 2, "city": 3}
FLOOR = {"community": 0, "street": 1, "department": 2}
SAMPLES = ("reference", "district", "xiamen")


class Law:
    """What the rows of a city's tables say about one leg in one community, by ids.

    Attributes
    ----------
    exists
        (task, community, leg): whether it has minutes, forms or visits.
    denials
        (task, community, leg, holder): what denies it; candidates for admission pass.
    admitted
        (task, community, leg): the nearest valid row of ``admission``.
    units
        (kind, community): the units of a kind that serve it.
    path
        a place and all places above it.
    """

    def __init__(self, city: City) -> None:
        self.tables = {
            name: [dict(zip(columns, values, strict=True))
                   for values in zip(*columns.values(), strict=True)]
            for name, columns in city.tables.items()
        }  # fmt: skip
        self.settings = city.settings
        self.date = city.settings["date"]
        self.place = {row["code"]: row for row in self.tables["places"]}
        self.unit = {row["id"]: row for row in self.tables["units"]}
        self.task = {row["id"]: row for row in self.tables["tasks"]}
        self.contract = {row["id"]: row for row in self.tables["contracts"]}
        self.matrix = self._matrix()
        self.duties = {
            (row["task"], row["leg"])
            for name, times in (("forms", "times"), ("inspections", "visits"))
            for row in self.tables[name] if row[times] > 0
        }  # fmt: skip
        self.delegated = [row for row in self.tables["delegations"] if self._valid(row)]
        self.admission = [
            row for row in self.tables["admission"]
            if not row["valid_until"] or row["valid_until"] >= self.date
        ]  # fmt: skip
        self.path = {code: list(self._upwards(code)) for code in self.place}
        self.denials = cache(self._denials)
        self.exists = cache(self._exists)
        self.admitted = cache(self._admitted)
        self.units = cache(self._units)

    def _valid(self, row: Row) -> bool:
        begun = not row["valid_from"] or row["valid_from"] <= self.date
        return begun and (not row["valid_until"] or row["valid_until"] >= self.date)

    def _matrix(self) -> dict[tuple[str, str, str], str]:
        folder = files("realloc.law")

        def read(name: str) -> list[Row]:
            return list(csv.DictReader((folder / name).read_text(encoding="utf-8").splitlines()))

        versions = sorted(read("versions.csv"), key=lambda row: row["effective"])
        in_force = [v for v in versions if v["effective"] <= self.date] or versions[:1]
        rows = read(in_force[-1]["authority"])
        own = [row for row in self.tables["authority"] if self._valid(row)]
        rows += sorted(own, key=lambda row: row["valid_from"])
        return {(row["power_type"], row["kind"], row["leg"]): row["rule"] for row in rows}

    def _upwards(self, code: str) -> Iterator[str]:
        while code:
            yield code
            code = self.place[code]["parent"]

    def communities(self, code: str) -> list[str]:
        """Return the communities of a place."""
        return [c for c, row in self.place.items()
                if row["tier"] == "community" and code in self.path[c]]  # fmt: skip

    def _exists(self, task: str, community: str, leg: str) -> bool:
        return (task, leg) in self.duties or self._minutes(task, community, leg) > 0

    def _minutes(self, task: str, community: str, leg: str) -> int:
        people = self.place[community]["population"] / self.settings["reference_population"]
        factor = people ** (self.settings["elasticity"] / 1000)
        base = math.floor(self.task[task]["minutes"] * factor + 0.5)
        rows = [row for row in self.tables["workload"] if row["task"] == task]
        for code in reversed(self.path[community]):  # the nearest place comes last
            base = next((row["minutes"] for row in rows if row["place"] == code), base)
        detect = (2 * base * self.task[task]["detect_share"] + 1000) // 2000
        return detect if leg == "detect" else base - detect

    def _units(self, kind: str, community: str) -> list[Row]:
        above = self.path[community]
        return [row for row in self.unit.values() if row["kind"] == kind and row["place"] in above]

    def _is_delegated(self, task: Row, names: set[str]) -> bool:
        return any(
            row["unit"] in names
            and (row["task"] == task["id"] or row["power_type"] == task["power_type"])
            for row in self.delegated
        )

    def _admitted(self, task: str, community: str, leg: str) -> Row:
        rows = [row for row in self.admission if (row["task"], row["leg"]) == (task, leg)]
        for code in self.path[community]:
            for row in rows:
                if row["place"] == code:
                    return row
        return {"status": "", "place": ""}

    def _denials(self, task: str, community: str, leg: str, holder: str) -> list[str]:
        return list(self._denied(self.task[task], community, leg, holder))

    def _denied(self, task: Row, community: str, leg: str, holder: str) -> Iterator[str]:
        self_governed = task["governance"] == "self_governance"
        ruling = self.admitted(task["id"], community, leg)
        statutory = self_governed or ruling["status"] == "statutory"
        decisive = leg == "handle" or not self.exists(task["id"], community, "handle")
        if self_governed and decisive and holder != "community":
            yield "self_governance"
        if holder == "cancelled":
            rows = [self.admitted(task["id"], community, one)["status"]
                    for one in ("detect", "handle")]  # fmt: skip
            if not task["cancellable"] or task["legal_basis"] or "statutory" in rows:
                yield "not_cancellable"
            if self_governed:
                yield "self_governance"
            return
        kind, tier, names = self._who(community, holder)
        if not names:
            yield "nobody"
            return
        rule = self.matrix.get((task["power_type"], kind, leg), "forbidden")
        if not (
            rule == "allowed"
            or (rule == "if_delegated" and self._is_delegated(task, names))
            or (rule == "if_admitted" and kind == "community")
            or (rule == "if_purchased" and kind == "contractor")
        ):
            yield f"matrix: {rule}"
        if leg == "handle" and tier < self._floor(task, community):
            yield "floor"
        if kind == "department":
            unit = self.unit[holder]
            if unit["function"] != task["lead"] or unit["place"] not in self.path[community]:
                yield "not the lead"
        if kind == "community":
            if not statutory and ruling["status"] not in ("admitted", "candidate"):
                yield "not admitted"
            if leg == "handle" and not task["admissible"] and not statutory:
                yield "not admissible"
        if kind == "contractor":
            yield from self._not_purchased(task, community, leg, self.contract[holder])

    def _who(self, community: str, holder: str) -> tuple[str, int, set[str]]:
        """Return kind, tier and the units that a holder stands for in a community."""
        if holder in ("street", "community"):
            kind = "street_office" if holder == "street" else "community"
            return kind, TIER[kind], {row["id"] for row in self.units(kind, community)}
        contract = self.contract.get(holder)
        if not contract and self.unit[holder]["kind"] == "contractor":
            return "contractor", 0, set()  # nobody works without a contract
        unit = self.unit[contract["buyer"] if contract else holder]
        tier = TIER[unit["kind"] if unit["kind"] in TIER else self.place[unit["place"]]["tier"]]
        if contract:
            return "contractor", tier, {contract["contractor"]}
        return unit["kind"], tier, {holder}

    def _floor(self, task: Row, community: str) -> int:
        vertical = any(
            row["vertical"] and row["function"] == task["lead"]
            for row in self.units("department", community)
        )
        offices = {row["id"] for row in self.units("street_office", community)}
        undelegated = (
            task["handling_floor"] == "street"
            and task["power_type"] in CLOSED
            and not self._is_delegated(task, offices)
        )
        return 2 if vertical or undelegated else FLOOR[task["handling_floor"]]

    def _not_purchased(self, task: Row, community: str, leg: str, contract: Row) -> Iterator[str]:
        if not task["outsourceable"]:
            yield "not outsourceable"
        if contract["categories"] and task["category"] not in contract["categories"]:
            yield "category"
        if contract["grade"] < self.settings["least_grade"]:
            yield "grade"
        if leg == "handle" and task["power_type"] in CLOSED:
            yield "closed power"
        if leg == "handle" and task["governance"] == "party_led":
            yield "party led"
        above = set(self.path[community])
        if self.unit[contract["buyer"]]["place"] not in above:
            yield "outside the buyer's place"
        if not above & set(contract["places"]):
            yield "outside the contract's places"


def denied_candidates(city: City) -> list[tuple[str, ...]]:
    """Return every leg of every candidate arrangement that the rows deny."""
    law, c = Law(city), Authority(city).candidates()
    found = []
    inside = {code: law.communities(code) for code in law.place}
    for i, (t, p) in enumerate(zip(c.task.tolist(), c.place.tolist(), strict=True)):
        task, place = city.tasks.id[t], city.places.code[p]
        for k in range(c.item[i], c.item[i + 1]):
            words = (city.holder_word(int(c.detector[k])), city.holder_word(int(c.handler[k])))
            for community in inside[place]:
                found += _denied_legs(law, task, community, words)
    return found


def _denied_legs(
    law: Law, task: str, community: str, words: tuple[str, str]
) -> Iterator[tuple[str, ...]]:
    for leg, word in zip(("detect", "handle"), words, strict=True):
        if law.exists(task, community, leg):
            for reason in law.denials(task, community, leg, word):
                yield task, community, leg, word, reason


def denied_in_plan(city: City, plan: Plan) -> list[tuple[str, ...]]:
    """Return every leg of a plan that the rows deny, or that needs a switch that is off."""
    law, found = Law(city), []
    on = {(city.tasks.id[t], city.places.code[p]) for t, p in plan.admissions}
    bought = {city.contracts.id[k] for k in plan.contracts}
    rows = zip(*(x.tolist() for x in (plan.task, plan.place, plan.detector, plan.handler)),
               strict=True)  # fmt: skip
    for t, p, d, h in rows:
        task, words = city.tasks.id[t], (city.holder_word(d), city.holder_word(h))
        for community in law.communities(city.places.code[p]):
            found += _denied_legs(law, task, community, words)
            for leg, word in zip(("detect", "handle"), words, strict=True):
                if not law.exists(task, community, leg):
                    continue
                row = law.admitted(task, community, leg)
                own = law.task[task]["governance"] == "self_governance"
                if word == "community" and row["status"] == "candidate" and not own:
                    found += [] if (task, row["place"]) in on else [(task, community, leg, "off")]
                if word in law.contract and word not in bought:
                    found.append((task, community, leg, word, "off"))
    return found


@pytest.mark.parametrize("chunk", range(10))
def test_no_candidate_of_a_random_city_is_denied_by_the_tables(chunk: int):
    """On 2,000 random cities nobody may be given what matrix, delegations, floor … deny."""
    for seed in range(chunk, 2000, 10):
        assert denied_candidates(random_city(seed)) == [], seed


@pytest.mark.parametrize("chunk", range(4))
def test_no_solved_plan_of_a_random_city_is_denied_by_the_tables(chunk: int):
    """Nor does a solved plan give it, and its admissions and contracts are switched on."""
    solved = 0
    for seed in range(chunk, 200, 4):
        result = solve(random_city(seed), time_limit=20)
        if result.plan is not None:
            solved += 1
            assert denied_in_plan(result.city, result.plan) == [], seed
    assert solved


def _instance(name: str, scope: str = "") -> City:
    city = ra.read(Path(__file__).parents[1] / "instances" / name)
    return city.replace(settings={"policy.scope": scope}) if scope else city


@pytest.mark.parametrize("scope", ["", "street"])
@pytest.mark.parametrize("name", SAMPLES)
def test_no_candidate_of_a_sample_city_is_denied_by_the_tables(name: str, scope: str):
    """The same on the stored cities: no plan of them at all can give a denied leg."""
    assert denied_candidates(_instance(name, scope)) == []


@pytest.mark.parametrize("name", SAMPLES[:1])
def test_no_solved_plan_of_a_sample_city_is_denied_by_the_tables(name: str):
    """The same for a solved plan of the reference community."""
    result = solve(_instance(name), time_limit=10)
    assert result.plan is not None
    assert denied_in_plan(result.city, result.plan) == []


@pytest.mark.nightly
@pytest.mark.parametrize("scope", ["", "street"])
@pytest.mark.parametrize("name", SAMPLES[1:])
def test_no_solved_plan_of_a_large_sample_city_is_denied_by_the_tables(name: str, scope: str):
    """The same for solved plans of the district and the city."""
    result = solve(_instance(name, scope), time_limit=120)
    assert result.plan is not None
    assert denied_in_plan(result.city, result.plan) == []


def test_this_reading_denies_what_breaks_the_law():
    """The rows deny: the reading of this page finds what todays of random cities break."""
    reasons: set[str] = set()
    for seed in range(150):
        city = random_city(seed)
        law, today = Law(city), city.current.holder
        for t, task in enumerate(city.tasks.id):
            for c, p in enumerate(city.communities.tolist()):
                words = [city.holder_word(int(today[leg, t, c])) for leg in (0, 1)]
                community = city.places.code[p]
                for leg, word in zip(("detect", "handle"), words, strict=True):
                    if word and law.exists(task, community, leg):
                        reasons |= set(law.denials(task, community, leg, word))
    assert reasons >= {
        "self_governance", "not_cancellable", "nobody", "matrix: forbidden", "matrix: if_delegated",
        "floor", "not the lead", "not admitted", "not admissible", "not outsourceable", "category",
        "grade", "closed power", "party led", "outside the buyer's place",
        "outside the contract's places",
    }  # fmt: skip
