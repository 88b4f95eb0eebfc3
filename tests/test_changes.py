"""What a plan changes: every moved leg once, with a reason in words of both languages."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from cities import random_city, random_plan

import realloc as ra
from realloc.authority import Authority
from realloc.evaluation import evaluate
from realloc.evaluation.facts import Facts
from realloc.evaluation.legality import (
    ill_governed,
    not_admitted,
    outside_jurisdiction,
    purchase_gates,
    unauthorized,
)
from realloc.instance import HANDLE, HOLD_COMMUNITY, HOLD_STREET
from realloc.messages.words import WORDS
from realloc.reporting import changes


@pytest.fixture(scope="module")
def listed(result):
    """Its changes."""
    return changes.list_changes(result.city, result.plan, result.today, result.evaluation)


def test_the_changes_are_k8(result, listed):
    """The base minutes of all changes are K8; no leg is listed twice or left out."""
    assert sum(c.minutes for c in listed) == result.evaluation.criteria["change"]
    moved = result.city.exists & (result.plan.expand(result.city).holder
                                  != result.city.current.holder)  # fmt: skip
    assert sum(c.communities for c in listed) == moved.sum()
    assert all(c.before != c.after for c in listed)


def test_every_unlawful_holder_is_named_as_such(result, listed):
    """A leg that leaves a holder who may not hold it says so, and by which rule."""
    allowed = Authority(result.city).community_may_hold()
    for change in listed:
        if change.before == HOLD_COMMUNITY:
            codes = [reason.code for reason in change.reasons]
            lawful = allowed[change.leg, change.task].all()
            assert ("unlawful" in codes) == (not lawful)
            assert "relief" in codes
    assert any(c.reasons[0].code == "unlawful" for c in listed)


def test_only_those_are_called_unlawful_in_whom_evaluation_finds_it():
    """Today's holders of any kind, foreign ones too: of a leg that moves from a holder "unlawful"
    is said where evaluation finds the holder at fault in one of these very communities."""
    seen = set()
    for seed in range(150):
        city = random_city(seed)
        plan = random_plan(city, seed)
        today, found = evaluate(city, city.current), evaluate(city, plan)
        at_fault = _at_fault(city, today)
        for change in changes.list_changes(city, plan, today, found):
            cells = slice(city.places.first[change.place], city.places.last[change.place])
            leg, task = change.leg, change.task
            mine = city.exists[leg, task, cells]
            mine = mine & (city.current.holder[leg, task, cells] == change.before)
            mine &= found.use.held.holder[leg, task, cells] == change.after
            wrong = bool((at_fault[leg, task, cells] & mine).any())
            told = [dict(r.facts)["rule"] for r in change.reasons if r.code == "unlawful"]
            assert bool(told) == wrong, (seed, change)
            seen |= set(told)
    assert {"matrix", "foreign_unit", "not_the_lead"} <= seen


def _at_fault(city, today):
    """Legs whose holder breaks C2, C3, C4 or C7 by itself today, (legs, tasks, communities)."""
    facts, held = Facts(city), today.use.held
    bad = np.zeros_like(city.exists)
    for rule in (unauthorized, ill_governed, outside_jurisdiction, not_admitted, purchase_gates):
        for found in rule(facts, held).values():
            bad |= found
    return bad & city.exists


def test_relief_is_what_communities_lose(result, listed):
    """The hours that reasons promise to communities are those that leave them."""
    city, today = result.city, result.today
    promised = sum(dict(r.facts)["minutes"] for c in listed for r in c.reasons
                   if r.code == "relief")  # fmt: skip
    left = today.use.held.own & ~result.evaluation.use.held.own
    assert promised == today.use.held.effort[left].sum()
    assert city.settings["effort.community"] == 1000


def test_that_it_may_be_is_no_reason_alone():
    """Work that goes down to a community has another reason, too; most work comes first."""
    found = ra.solve(ra.generate("district", 1), time_limit=30, gap=0.3)
    assert found.plan is not None and found.evaluation is not None
    listed = changes.list_changes(found.city, found.plan, found.today, found.evaluation)
    codes = [{reason.code for reason in change.reasons} for change in listed]
    assert any("admitted" in found for found in codes)
    assert not any(found <= {"admitted", "statutory"} for found in codes)
    minutes = [change.minutes for change in listed]
    assert minutes == sorted(minutes, reverse=True)


def test_hours_are_rounded_once(result, listed):
    """Hours are in the reason what they are in their column; whole ones without a decimal."""
    for minutes, hours in ((118_110, "1,968.5"), (118_080, "1,968"), (111, "1.9"), (115, "1.9")):
        relief = changes.Reason("relief", (("minutes", minutes),))
        change = replace(listed[0], minutes=minutes, reasons=(relief,))
        table = changes.tabulate_changes(result.city, [change], "en")
        assert table["hours"] == [float(hours.replace(",", ""))]
        assert f"takes {hours} hours" in table["reason"][0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reasons_are_words(result, listed, lang):
    """Each change has one line of reason, without codes, in the language that was asked for."""
    table = changes.tabulate_changes(result.city, listed, lang)
    assert len(table["reason"]) == len(listed)
    for reason in table["reason"]:
        assert reason
        assert "{" not in reason
        assert "\n" not in reason
        assert not re.search("[a-z]_[a-z]", reason)
        assert " 0 次" not in reason
        if lang == "zh":
            assert re.search("[\u4e00-\u9fff]", reason)


def test_every_refusal_has_words():
    """Every rule that can refuse a holder has words."""
    from inspect import getsource

    from realloc import authority

    rules = set(re.findall(r'(?:Rule|Refusal)\("C\d+", "(\w+)"', getsource(authority)))
    assert len(rules) > 10
    assert {f"refusal.{rule}" for rule in rules - {"none"}} <= set(WORDS)


def test_reasons_of_legs_that_no_rule_moves(twins):
    """A lawful leg that leaves a department is told by what it saves, or as making room."""
    codes = set()
    plan = ra.solve(twins, time_limit=20).plan
    assert plan is not None
    today, found = evaluate(twins, twins.current), evaluate(twins, plan)
    for change in changes.list_changes(twins, plan, today, found):
        codes |= {reason.code for reason in change.reasons}
    assert codes <= {key.partition(".")[2] for key in WORDS if key.startswith("why.")}


@pytest.mark.parametrize(("lang", "told"), [
    ("zh", "(城市居民委员会组织法(2018)§3(2026-01-01起已修订,待核))"),
    ("en", " (城市居民委员会组织法(2018)§3 (revised from 2026-01-01 on, to be checked))"),
])  # fmt: skip
def test_a_reason_says_that_the_law_was_revised(twins, lang, told):
    """Self-governance that the street handles today moves on a ground whose text was revised; the
    day before the revision the same ground is told without a word of it."""
    street = {"task": ["meet"], "place": ["J"], "detector": [""], "handler": ["street"]}
    for date, ending in (("2026-01-01", told), ("2025-12-31", told.split("§3")[0] + "§3)")):
        city = twins.replace(settings={"date": date}, tables={"current": street})
        refused = Authority(city).leg_refusals(
            HANDLE, city.task_of["meet"], np.arange(2), HOLD_STREET
        )
        facts = (("rule", refused[0].rule), ("ground", refused[0].citations))
        line = changes.write_reason((changes.Reason("unlawful", facts),), lang)
        assert line.endswith(ending)
