"""What a plan changes: every moved leg once, with a reason in words of both languages."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import openpyxl
import pytest
from cities import random_city, random_plan

import realloc as ra
from realloc.authority import Authority
from realloc.engines import Progress
from realloc.evaluation import evaluate
from realloc.evaluation.facts import Facts
from realloc.evaluation.legality import (
    ill_governed,
    not_admitted,
    outside_jurisdiction,
    purchase_gates,
    unauthorized,
)
from realloc.instance import HOLD_CANCELLED, HOLD_COMMUNITY
from realloc.messages.words import WORDS
from realloc.reporting.comparison import compare_evaluations
from realloc.rules.words import words
from realloc.tables import read
from realloc.ui import changes, downloads, measures


@pytest.fixture(scope="module")
def result():
    """A plan of the reference city."""
    return ra.solve(ra.generate("reference", 1), time_limit=40, gap=0.3)


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
        table = changes.tabulate(result.city, [change], "en")
        assert table["hours"] == [float(hours.replace(",", ""))]
        assert f"takes {hours} hours" in table["reason"][0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reasons_are_words(result, listed, lang):
    """Each change has one line of reason, without codes, in the language that was asked for."""
    table = changes.tabulate(result.city, listed, lang)
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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_plan_as_a_table_has_every_item(result, lang):
    """The plan in words has a row per item, under headers in words, safe for spreadsheets."""
    rows = downloads.write_plan_rows(result.city, result.plan, lang)
    assert len(rows["task"]) == len(result.plan.task)
    head, *lines = downloads.to_csv({**rows, "name": ["=1+1"] * len(rows["task"])},
                                    lang).decode("utf-8-sig").splitlines()  # fmt: skip
    assert len(lines) == len(rows["task"])
    assert ("事项编号" in head) == (lang == "zh")
    assert all(",=1+1" not in line for line in lines)
    cancelled = [h for h in result.plan.handler.tolist() if h == HOLD_CANCELLED]
    # ids are those that the tables of today and of pins take in the language
    word = words()["holders"]["cancelled"] if lang == "zh" else "cancelled"
    assert rows["handler_id"].count(word) == len(cancelled)


def test_the_comparison_as_a_workbook_has_the_numbers(result):
    """The workbook has K1 to K9 of today and the plan as numbers, hours where they are hours."""
    comparison = compare_evaluations([result.today, result.evaluation], ["", ""])
    loads = measures.community_loads(result.city, result.today, result.evaluation)
    data = downloads.to_workbook({
        "criteria": downloads.write_criteria_rows(comparison, ["today", "plan"], "zh"),
        "communities": downloads.write_load_rows(loads, "zh"),
    }, "zh")  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(data))
    rows = {str(row[1]).strip(): row for row in book["指标"].iter_rows(min_row=2, values_only=True)}
    k1 = rows["社区负担"]
    assert k1[3] == pytest.approx(result.today.criteria["community_load"] / 60, abs=0.1)
    assert k1[4] == pytest.approx(result.evaluation.criteria["community_load"] / 60, abs=0.1)
    assert rows["迎检次数"][4] == result.evaluation.criteria["inspections"]
    head, first = book["社区负荷"].iter_rows(values_only=True)
    assert first[head.index("现状负荷率")] == pytest.approx(loads["rate0"][0])


def test_the_package_of_a_certificate_verifies(result, tmp_path):
    """City and plan come out of the package as they went in, and verify."""
    result.save(tmp_path / "out")
    ra.write(result.city, tmp_path / "city")
    packed = downloads.pack_certificate(tmp_path / "city", tmp_path / "out", "zh")
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        package.extractall(tmp_path / "package")
    found = ra.verify(read(tmp_path / "package" / "city"), tmp_path / "package" / "plan")
    assert found.valid, found.reasons


def test_drawings_of_a_plan_can_be_drawn(result):
    """Every drawing becomes a picture with ink in it, by the same language as in the browser."""
    import vl_convert

    from realloc.ui import charts

    city, today, plan = result.city, result.today, result.evaluation
    holder = result.plan.expand(city).holder
    drawings = [
        charts.draw_way_down(measures.way_down(city, today), "zh"),
        charts.draw_loads(measures.community_loads(city, today), "zh"),
        charts.draw_two_loads(measures.community_loads(city, today, plan), "en"),
        charts.draw_handed_up(measures.pool_loads(city, (0, 1), today, plan), "zh"),
        charts.draw_sankey(measures.flows(city, city.current.holder, holder), "zh"),
    ]
    for drawing in drawings:
        svg = vl_convert.vegalite_to_svg(drawing.to_dict())
        assert svg.count("<path") > 3
        assert "NaN" not in svg


Text = tuple[str, float, float, float, float]


def texts_of(drawing: Any, width: int = 640) -> tuple[list[Text], float]:
    """Return the texts of a drawing that is fitted into a width, with their boxes, and its edge.

    All are measured from where the axis begins.
    """
    import vl_convert

    spec = {**drawing.to_dict(), "width": width, "autosize": {"type": "fit", "contains": "padding"}}
    scene = vl_convert.vegalite_to_scenegraph(spec)["scenegraph"]
    found: list[Text] = []

    def walk(mark: dict[str, Any], left: float, top: float) -> None:
        for item in mark.get("items", []):
            x, y = left + item.get("x", 0), top + item.get("y", 0)
            if mark.get("marktype") == "group":
                for child in item["items"]:
                    walk(child, x, y)
            elif mark.get("marktype") == "text" and item.get("text"):
                text, size = str(item["text"]), item.get("fontSize", 11)
                wide = size * sum(1 if ch > "\u2e7f" else 0.55 for ch in text)
                start = {"right": wide, "center": wide / 2}.get(item.get("align", ""), 0)
                x += item.get("dx", 0) - start
                found.append((text, x, y - size / 2, x + wide, y + size / 2))

    walk(scene, 0, 0)
    return found, scene["items"][0]["width"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [420, 520])
def test_numbers_of_the_way_down_are_not_cut(lang, width):
    """The numbers behind the bars end before the edge, also of millions in a narrow column."""
    from realloc.ui import charts

    columns = {"level": ["all", "below", "community"], "leg": ["detect"] * 3,
               "minutes": [2_429_866 * 60, 2_303_799 * 60, 2_159_635 * 60]}  # fmt: skip
    texts, edge = texts_of(charts.draw_way_down(columns, lang), width)
    ends = [right for text, _, _, right, _ in texts if "%" in text]
    assert len(ends) == 3
    assert max(ends) <= edge


@pytest.mark.parametrize("count", [1, 3, 15])
def test_names_of_units_do_not_lie_over_one_another(count):
    """Each unit that gains has a row of its own, and what it gains stands within the drawing."""
    from realloc.ui import charts

    columns = {"unit": [f"unit{k}" for k in range(count)], "load0": [0] * count,
               "load1": [60_000 * (k + 1) for k in range(count)], "rate0": [0.0] * count,
               "rate1": [0.5] * count, "limit": [1.8] * count}  # fmt: skip
    texts, edge = texts_of(charts.draw_handed_up(columns, "zh"))
    rows = sorted((top, low) for text, _, top, _, low in texts if text.startswith("unit"))
    gains = [right for text, _, _, right, _ in texts if text.startswith("+")]
    assert len(rows) == len(gains) == count
    assert all(low + 6 <= top for (_, low), (top, _) in itertools.pairwise(rows))
    assert max(gains) <= edge
    assert any(text == "180%" for text, *_ in texts)  # the limit is in the picture


def test_the_axis_of_a_constant_curve_has_round_numbers():
    """Where value and bound are one number, the axis has several others and few of its digits."""
    from realloc.ui import charts

    for value in (14_914_030, 53_229_274_632):
        drawing = charts.draw_progress([Progress(1.0, value, value, "search")], "zh")
        texts, _ = texts_of(drawing)
        numbers = [text for text, left, *_ in texts if text[-1].isdigit() and left < 0]
        assert len(numbers) >= 3
        assert max(map(len, numbers)) <= 5


def test_ribbons_of_a_sankey_keep_their_width():
    """A ribbon is everywhere as wide as the work that it stands for; ribbons do not overlap."""
    from realloc.ui import charts

    columns = {"source": ["community", "community", "department"],
               "target": ["department", "community", "department"],
               "minutes": [600, 300, 60]}  # fmt: skip
    drawing: Any = charts.draw_sankey(columns, "en")
    frame = drawing.layer[0].data
    widths = dict(zip(frame["flow"], np.array(frame["y"]) - np.array(frame["y2"]), strict=True))
    assert sorted(widths.values()) == pytest.approx([60, 300, 600])
    ends = frame.filter(frame["x"] == frame["x"].max()).sort("y", descending=True)
    assert (np.array(ends["y2"])[:-1] >= np.array(ends["y"])[1:] - 1e-6).all()
