"""Files that the app hands out say what the result says."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

import realloc as ra
from realloc import law
from realloc.instance import HOLD_CANCELLED
from realloc.messages.words import say
from realloc.reporting import workload
from realloc.reporting.comparison import compare_evaluations
from realloc.rules.words import words
from realloc.tables import read
from realloc.ui import downloads


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
    loads = workload.community_loads(result.city, result.today, result.evaluation)
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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sheet_of_violations_has_each_of_them(result, lang):
    """Today's and a plan's stand in one sheet, each under its name, with amounts as numbers."""
    city, today = result.city, result.today
    both = {"today": today, "plan": today}
    rows = downloads.write_violation_rows(city, both, lang)
    book = openpyxl.load_workbook(io.BytesIO(downloads.to_workbook({"violations": rows}, lang)))
    sheet = book["违规" if lang == "zh" else "Violations"]
    head, *found = sheet.iter_rows(values_only=True)
    assert head == tuple(say(f"column.{key}", lang) for key in rows)
    for word in both:
        mine = [row for row in found if row[0] == say(f"column.{word}", lang)]
        assert len(mine) == len(today.violations) > 100
        for row, violation in zip(mine, today.violations, strict=True):
            assert row[3] == violation.subject.get("task", "")
            assert row[8] == violation.subject.get("place", row[8])
            assert row[12] == violation.amount  # this city breaks no limit of minutes
    lawful = downloads.write_violation_rows(city, {"plan": result.evaluation}, lang)
    assert set(map(len, lawful.values())) == {0}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_plan_tells_which_grounds_were_revised(result, lang):
    """In the plan's table the grounds of five tasks say so, and all others stand as they are."""
    rows = downloads.write_plan_rows(result.city, result.plan, lang)
    basis = dict(zip(rows["task"], rows["basis"], strict=True))
    assert len(basis) == len(result.city.tasks.id)
    told = dict(zip(result.city.tasks.id, result.city.tasks.legal_basis, strict=True))
    other = {task for task, ground in told.items() if basis[task] != ground}
    assert other == {"T11-05", "T19-04", "T23-01", "T23-02", "T24-05"}
    for task in other:
        (piece,) = law.cite(told[task], "2026-07-01")
        assert piece.superseded in basis[task]
        assert told[task] in basis[task]
