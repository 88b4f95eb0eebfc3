"""Measurements hold what they say: proved gaps, medians over seeds, and failures in plain sight."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.__main__ import main, tabulate


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], list[dict], str, int]:
    """Runs, steps, table and exit code of two engines and one that does not exist."""
    out = tmp_path_factory.mktemp("bench")
    engines = ["highs", "cpsat", "pulp:NO_SUCH_SOLVER"]
    code = main(["--cases", "reference", "--engines", *engines, "--limit", "5", "-o", str(out)])
    runs, steps = (
        list(csv.DictReader((out / name).open(encoding="utf-8")))
        for name in ("runs.csv", "steps.csv")
    )
    return runs, steps, (out / "table.md").read_text(encoding="utf-8"), code


def test_every_run_has_a_row(measured):
    """Engines are measured side by side, and what fails is told and ends in 1."""
    runs, _, table, code = measured
    assert [run["engine"] for run in runs] == ["highs", "cpsat", "pulp:NO_SUCH_SOLVER"]
    assert [run["status"].split(":")[0] for run in runs][2] == "failed"
    assert "0 of 1" in table.splitlines()[4]
    assert code == 1


def test_numbers_agree(measured):
    """The gap is that of value and proved bound; the whole run takes no less than its parts."""
    for run in measured[0]:
        if not run.get("value"):
            continue
        value, bound = int(run["value"]), int(run["bound"])
        assert float(run["gap"]) == pytest.approx((value - bound) / abs(value))
        parts = ("load", "build", "prepare", "solve", "nearest", "verify")
        assert sum(float(run[f"{part}_seconds"]) for part in parts) <= float(run["whole_seconds"])
        assert 0 < float(run["first_seconds"]) <= float(run["whole_seconds"])
        assert 50 < float(run["peak_mb"]) < 2000


def test_steps_run_one_way(measured):
    """Time goes on, values fall and bounds rise."""
    for engine in ("highs", "cpsat"):
        steps = [step for step in measured[1] if step["engine"] == engine]
        for column, sign in (("seconds", 1), ("value", -1), ("bound", 1)):
            numbers = [sign * float(step[column]) for step in steps if step[column]]
            assert numbers == sorted(numbers)


def test_medians_count_runs_without_a_plan_as_worst():
    """A run without a plan is worse than any other, and where most have none there is no median."""
    rows = [
        {"case": "a", "engine": "e", "seed": k, "limit": 1.0, "value": value, "whole_seconds": 2.0}
        for k, value in enumerate((5, 7, None))
    ]
    line = tabulate(rows).splitlines()[-1]
    assert "| 7 |" in line and "2 of 3" in line
    rows[0]["value"] = None
    assert "| 7 |" not in tabulate(rows).splitlines()[-1]
