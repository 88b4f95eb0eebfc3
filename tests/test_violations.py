"""Broken rules as people read them say what the evaluation found: all of it, where and how much."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from cities import random_city, random_plan
from literal import TODAY, edit, grow, judge
from test_formulation import CASES

import realloc as ra
from realloc.evaluation import Violation, evaluate
from realloc.instance import City
from realloc.messages.words import WORDS
from realloc.reporting.console import lay_out_each_violation, render
from realloc.reporting.violations import (
    shorten,
    tabulate_violations,
    write_cause,
    write_violations,
)
from realloc.schema import FAMILIES

INSTANCES = Path(__file__).parents[1] / "instances"


#: What amounts are told in, by rule and reason, else by rule.
TOLD_IN = {
    **dict.fromkeys(("C1", "C2", "C3", "C4", "C7", "C14"), "communities"),
    "C4.no_candidate": "switches", "C5.tasks": "tasks", "C5.minutes": "hours", "C6": "yuan",
    "C8.least": "hours", "C8.most": "hours", "C8.share_of_buyer": "hours",
    "C8.share_of_contractor": "hours", "C8.budget": "yuan", "C8.switched_off": "switches",
    **dict.fromkeys(("C9", "C10", "C12", "C13", "C15.minutes"), "hours"),
    "C11": "switches", "C15.items": "items",
}  # fmt: skip


def above(city: City, code: str) -> dict[str, str]:
    """Return the names of a place and those above it by tier, out of the table of places."""
    rows, found = city.tables["places"], {}
    while code:
        at = rows["code"].index(code)
        found[rows["tier"][at]] = rows["name"][at] or code
        code = rows["parent"][at]
    return found


def check_rows(city: City, violations: Sequence[Violation]) -> None:
    """Assert that each violation has its row, with its own task, place, leg and amount."""
    rows = tabulate_violations(city, violations, "en")
    for k, v in enumerate(violations):
        row = {key: values[k] for key, values in rows.items()}
        assert row["rule"].split()[0] == v.family
        assert row["task"] == v.subject.get("task", "")
        assert row["leg"] == v.subject.get("leg", "")
        assert row["place_code"] == v.subject.get("place", row["place_code"]) in city.place_of
        key = f"{v.family}.{v.subject.get('reason')}"
        told_in = TOLD_IN[key if key in TOLD_IN else v.family]
        hours = told_in == "hours"
        assert row["amount"] == (math.ceil(v.amount / 6) / 10 if hours else v.amount) > 0
        assert row["measure"] == told_in
        names = above(city, row["place_code"])
        assert (row["district"], row["street"]) == (
            names.get("district", ""), names.get("street", "")
        )  # fmt: skip
        if "contract" in v.subject and "place" not in v.subject:
            contracts = city.tables["contracts"]
            buyer = contracts["buyer"][contracts["id"].index(v.subject["contract"])]
            units = city.tables["units"]
            assert row["place_code"] == units["place"][units["id"].index(buyer)]
        if {"holder", "pool", "payer", "contract"} & set(v.subject):
            assert row["holder"]


@pytest.mark.parametrize("family", CASES)
def test_each_rule_is_listed_with_place_and_amount(twins: City, family: str):
    """Of the plan just outside a rule the rows are the violations of that rule, and inside none."""
    cases = CASES[family](twins)
    found = evaluate(cases.outside.city, cases.outside.plan).violations
    assert {v.family for v in found} == {family}
    check_rows(cases.outside.city, found)
    inside = evaluate(cases.inside.city, cases.inside.plan).violations
    assert tabulate_violations(cases.inside.city, inside, "zh")["rule"] == []


def test_whatever_breaks_a_rule_has_words():
    """Of 154 cities, today and a plan at random: every violation has its row, and a reason in both
    languages without a code in it; between them they use every reason that there are words for."""
    seen: set[str] = set()
    for seed in (*range(150), 458, 698, 951, 1010):  # the last have places without communities
        city = random_city(seed)
        for allocation in (city.current, random_plan(city, seed)):
            found = evaluate(city, allocation).violations
            check_rows(city, found)
            for v in found:
                zh, en = (write_cause(city, v, lang) for lang in ("zh", "en"))
                assert re.search("[\u4e00-\u9fff]", zh)
                assert not re.search("[{}]|[a-z]_[a-z]", zh + en)
                seen.add(f"broken.{v.family}.{v.subject.get('reason', '')}".removesuffix("."))
    assert {key.split(".")[1] for key in seen} == set(FAMILIES)
    assert {key for key in WORDS if key.startswith("broken.C")} <= seen


def test_a_violation_by_hand(twins: City):
    """Names, ids and numbers of a quota, a budget, a pool, a pin and a limit are those of the
    tables: care takes 1,200 minutes in A, of which 900 are admitted, and 600 in B."""
    city = grow(twins, "quotas", "place at_most_minutes \n J 1090")
    city = grow(city, "budgets", "payer purpose yuan \n civilD transfer 600")
    city = grow(city, "pins", "task leg place holder rule \n fine handle J polD forbid")
    city = edit(city, "units", "polD", staff=0)
    rows = tabulate_violations(city, judge(city, TODAY).violations, "zh")
    told = dict(zip((rule.split()[0] for rule in rows["rule"]), zip(*rows.values(), strict=True),
                    strict=True))  # fmt: skip
    at = ("区", "街")
    assert told["C5"] == (
        "C5 准入限额", "准入工作时间超过“街”的限额", "", "", "", *at, "A", "甲", "", "", 0.2,
        "小时",
    )  # 1,100 - 1,090 minutes  # fmt: skip
    assert told["C6"] == (
        "C6 费随事转", "随转经费超过预算", "", "", "", "区", "", "D", "区", "civilD", "区民", 75,
        "元",
    )  # half a yuan a minute: (900 + 450) / 2 - 600  # fmt: skip
    assert told["C9"][-4:-2] == ("polD", "公安")
    assert told["C14"] == (
        "C14 锁定", "“锁定”表不许其承担", "fine", "处罚", "处置", *at, "J", "街", "polD", "公安", 2,
        "个社区",
    )  # fmt: skip


def test_a_pair_of_holders_is_named_in_its_order(twins: City):
    """Who hands work downwards is named before who is handed it."""
    found = [v for v in judge(twins, "care J street civilD \n fine J polD community").violations
             if v.subject.get("reason") == "shape"]  # fmt: skip
    rows = tabulate_violations(twins, found, "zh")
    assert (rows["holder_id"], rows["holder"]) == (["polD → 社区"], ["公安 → 社区"])
    short = shorten(rows, "zh")
    assert (short["name"], short["place"]) == (["fine 处罚"], ["J 街"])
    assert short["amount"] == ["2 个社区"]
    rows = tabulate_violations(twins, found, "en")
    assert shorten(rows, "en")["amount"] == ["communities: 2"]


def test_no_time_that_is_over_is_rounded_away(twins: City):
    """A quota that is broken by one minute is broken by a tenth of an hour, and not by nothing."""
    city = grow(twins, "quotas", "place at_most_minutes \n J 1099")
    (v,) = judge(city, TODAY).violations
    assert v.amount == 1
    assert tabulate_violations(city, [v], "en")["amount"] == [0.1]
    (plain,) = write_violations(city, [v])
    assert (plain["amount"], plain["unit"], plain["subject"]["place"]) == (1, "minutes", "A")


@pytest.mark.parametrize("name", ["reference", "xiamen"])
def test_rows_are_as_many_as_the_counts(name: str):
    """Of a sample city every rule has as many rows as violations are counted of it."""
    city = ra.read(INSTANCES / name)
    today = ra.evaluate(city, city.current)
    check_rows(city, today.violations)
    rows = ra.tabulate_violations(city, today.violations, "zh")
    assert Counter(rule.split()[0] for rule in rows["rule"]) == today.families()
    assert Counter(v["family"] for v in write_violations(city, today.violations)) == (
        today.families()
    )  # fmt: skip


def test_no_rule_is_left_out_of_a_list_that_is_cut():
    """Twenty of thousands are listed, some of every rule; all are counted, and the rest is told."""
    city = ra.read(INSTANCES / "xiamen")
    today = ra.evaluate(city, city.current)
    for lang, more in (("zh", "另有 {:,d} 条"), ("en", "not shown: {:,d} more")):
        text = render(lay_out_each_violation(city, today.violations, lang))
        for family, count in today.families().items():
            assert re.search(rf"{family} .*\b{count:,d} ", text)
            listed = len(re.findall(rf"│ {family}\b", text)) - 1
            assert min(count, 3) <= listed <= count
        assert more.format(len(today.violations) - 20) in text
