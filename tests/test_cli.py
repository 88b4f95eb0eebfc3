"""The command line: one JSON object, exit codes, languages, and no traceback whatever happens."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from corpus.identifiers import make_I15_too_little_capacity
from rich.cells import cell_len
from rich.console import Console

import realloc
from realloc import cli, solve
from realloc.cli import process
from realloc.engines import MOST_THREADS, Progress
from realloc.engines.pulp.solvers import solvers_at_hand
from realloc.errors import InputError, Problem
from realloc.evaluation import evaluate
from realloc.messages.words import choose_language, say
from realloc.reporting.answer import answering, write_json
from realloc.reporting.comparison import compare_evaluations
from realloc.reporting.console import lay_out_comparison
from realloc.reporting.figures import write_conflict, write_share, write_value
from realloc.reporting.progress import ProgressLine
from realloc.schema import CRITERIA
from realloc.tables import check, check_place, read

INSTANCES = Path(__file__).parents[1] / "instances"
REFERENCE, DISTRICT = INSTANCES / "reference", INSTANCES / "district"

KEYS = {
    "status", "engine", "objective", "bound", "gap", "captured", "lawful_share", "criteria",
    "violations", "notices", "items", "choices", "seconds", "peak_rss_mb", "certificate",
}  # fmt: skip


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "realloc", *map(str, arguments)]


def _run(
    *arguments: object, code: int | None = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a verb, expecting an exit code (None: any); no run may show a traceback."""
    done = subprocess.run(
        _command(*arguments), capture_output=True, text=True, encoding="utf-8", timeout=120,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert code in (None, done.returncode), f"{done.stdout[:2000]}\n{done.stderr[:2000]}"
    return done


def _ask(*arguments: object, code: int | None = 0) -> dict[str, Any]:
    """Run a verb with --json; standard output must hold one JSON object and nothing else."""
    answer = json.loads(_run(*arguments, "--json", code=code).stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(scope="module")
def city() -> Path:
    """The reference community as a folder of CSV files."""
    return REFERENCE


@pytest.fixture(scope="module")
def solved(city, tmp_path_factory) -> tuple[Path, dict]:
    """A plan of that city, and what ``solve --json`` said of it."""
    out = tmp_path_factory.mktemp("plan") / "方案"
    return out, _ask("solve", city, "--time-limit", 8, "-o", out)


def _copy(city: Path, to: Path, **tables: str) -> Path:
    """Copy a city with some of its tables replaced by other text."""
    to.mkdir()
    for path in city.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    for name, text in tables.items():
        (to / f"{name}.csv").write_text(text, encoding="utf-8")
    return to


# -- solve, verify, compare ---------------------------------------------------------------------


def test_solve_says_everything_that_is_promised(solved):
    """The object of ``solve --json`` has all keys, K1 to K9 of both, and times of all phases."""
    _, answer = solved
    assert set(answer) >= KEYS
    assert answer["status"] in {"optimal", "feasible"}
    for side in ("today", "plan"):
        assert set(answer["criteria"][side]) >= set(CRITERIA)
    assert set(answer["seconds"]) >= {"load", "build", "prepare", "solve", "verify"}
    assert answer["certificate"]["valid"] is True
    assert answer["certificate"]["bound"] == answer["bound"] <= answer["objective"]


def test_solve_writes_the_plan(solved):
    """OUT holds the numbers, the plan, the switches and the certificate."""
    out, _ = solved
    names = {path.name for path in out.iterdir()}
    assert names >= {"result.json", "plan.csv", "switches.csv", "certificate.json"}


def test_every_stage_is_told_and_verified(city, tmp_path):
    """A lexicographic run and its check tell gap and shares of each stage; its plan is compared.

    The city given to compare it has another policy, on which K1 to K9 do not depend.
    """
    policy = (city / "city.toml").read_text(encoding="utf-8")
    other = _copy(city, tmp_path / "city")
    text = policy.replace('objective = "weighted"', 'objective = "lexicographic"').replace(
        'order = ["inspections", "community_load", "overload", "public_cost"]',
        'order = ["overload", "inspections"]',
    )
    (other / "city.toml").write_text(text, encoding="utf-8")
    solving = _run("solve", other, "-o", tmp_path / "out", "--time-limit", 6, "--lang", "en")
    checking = _run("verify", other, tmp_path / "out", "--lang", "en").stdout
    stages = _ask("verify", other, tmp_path / "out")["stages"]
    assert [stage["name"] for stage in stages] == ["overload", "inspections"]
    for stage in stages:
        for said in (solving.stdout, checking):
            row = next(line for line in said.splitlines() if say(f"criterion.{stage['name']}", "en")
                       in line and f"{stage['value']:,d}" in line)  # fmt: skip
            assert write_share(stage["gap"]) in row
    (plan,) = _ask("compare", city, tmp_path / "out")["plans"]
    criteria = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))["criteria"]["plan"]
    assert plan["criteria"] == {name: criteria[name] for name in plan["criteria"]}
    assert _ask("verify", city, tmp_path / "out", code=1)["reasons"] == ["digest"]


def test_a_saved_plan_is_verified(city, solved):
    """``verify`` says yes to what ``solve`` wrote, with the bound that was claimed."""
    out, answer = solved
    verification = _ask("verify", city, out)
    assert verification["valid"] is True
    assert verification["bound"] == answer["bound"]


def test_a_changed_plan_is_not_verified(city, solved, tmp_path):
    """A plan with a row taken out is refused with exit code 1 and the rule named."""
    out, _ = solved
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in out.iterdir():
        (changed / path.name).write_bytes(path.read_bytes())
    plan = changed / "plan.csv"
    plan.write_text("".join(plan.read_text(encoding="utf-8").splitlines(True)[:-1]), "utf-8")
    verification = _ask("verify", city, changed, code=1)
    assert verification["valid"] is False
    assert "C1" in json.dumps(verification["reasons"])


def test_a_plan_solved_under_another_scope_is_compared_under_it(city, tmp_path):
    """What a solve with ``--scope`` found keeps every rule when it is compared."""
    out = tmp_path / "out"
    _ask("solve", city, "--scope", "district", "--time-limit", 20, "-o", out)
    assert _ask("verify", city, out)["valid"]
    assert "with scope district for" in _run("verify", city, out, "--lang", "en").stdout
    (plan,) = _ask("compare", city, out)["plans"]
    assert plan["violations"] == {}


def test_a_changed_city_can_start_from_the_plan_it_had(city, solved, tmp_path):
    """A plan is read by ids where the city has changed since, and what is gone is left out."""
    out, _ = solved
    changed = _copy(city, tmp_path / "changed")
    settings = (changed / "city.toml").read_text(encoding="utf-8")
    assert "2026" in settings
    (changed / "city.toml").write_text(settings.replace("2026", "2027"), encoding="utf-8")
    answer = _ask("solve", changed, "--start", out, "--time-limit", 5)
    assert answer["provenance"]["options"]["start"] in ("used", "repaired", "adapted")


def test_a_plan_of_another_city_is_said_to_be_one(solved):
    """To check it ends with no, to start from it or to compare it is bad input, said in words."""
    out, _ = solved
    assert _ask("verify", DISTRICT, out, code=1)["reasons"] == ["digest"]
    for verb in (("solve", DISTRICT, "--start", out), ("compare", DISTRICT, out)):
        (problem,) = _ask(*verb, code=2)["problems"]
        assert (problem["code"], problem["file"]) == ("E-RESULT-CITY", str(out))
    assert "另一座城市" in _run("verify", DISTRICT, out, "--lang", "zh", code=1).stdout
    assert "E-RESULT-CITY" in _run("compare", DISTRICT, out, "--lang", "en", code=2).stderr


def test_a_plan_may_be_used_at_another_scope(city, solved):
    """With another scope it is the same city: a plan is read, though it may not fit."""
    out, _ = solved
    again = _ask("solve", city, "--start", out, "--scope", "city", "--time-limit", 0, code=None)
    assert "problems" not in again
    assert again["items"] > 0


def test_compare_takes_differences_from_today(city, solved):
    """Each plan's difference is its criterion less today's; a plan equals itself."""
    out, answer = solved
    table = _ask("compare", city, out, out)
    first, second = table["plans"]
    assert first["criteria"] == second["criteria"]
    assert first["criteria"] == {k: answer["criteria"]["plan"][k] for k in first["criteria"]}
    for name in CRITERIA:
        difference = first["criteria"][name] - table["today"]["criteria"][name]
        assert first["difference"][name] == difference
        parts = [v for k, v in first["difference"].items() if k.startswith(f"{name}.")]
        assert len(parts) == len(CRITERIA[name])
        assert not parts or sum(parts) == difference


def test_solve_starts_from_a_plan(city, solved):
    """A run that starts from a plan ends no worse than it, even in a moment."""
    out, answer = solved
    again = _ask("solve", city, "--start", out, "--time-limit", 3, "--seed", 1)
    assert again["objective"] <= answer["objective"]


def test_scope_overrides_that_of_all_tasks():
    """A scope given on the command line decides how many items there are."""
    fine, coarse = (
        _ask("solve", DISTRICT, "--scope", tier, "--time-limit", 0, code=None)["items"]
        for tier in ("community", "city")
    )
    assert fine > coarse


def test_without_a_plan_today_is_told_all_the_same():
    """A solve without time ends with code 3, and still shows what today costs."""
    shown = _run("solve", DISTRICT, "--time-limit", 0, "--lang", "en", code=3).stdout
    assert "stopped at the limit" in shown
    assert "community load" in shown


def test_contradicting_pins_are_a_proved_no(city, tmp_path):
    """Two pins that cannot both hold are accepted by ``check`` and answered no by ``solve``."""
    task = (city / "tasks.csv").read_text(encoding="utf-8-sig").splitlines()[1].split(",")[0]
    pins = f"task,leg,holder,rule\n{task},handle,street,keep\n{task},handle,community,keep\n"
    pinned = _copy(city, tmp_path / "pinned", pins=pins)
    stuck = _ask("check", pinned)["stuck"]
    assert stuck
    assert all(
        (s["task"], s["pins"]) == (task, [["community", "keep"], ["street", "keep"]]) for s in stuck
    )
    shown = _run("check", pinned, "--lang", "zh").stdout
    assert "没有问题" not in shown
    assert "求解必然无可行方案" in shown
    assert "要求由 街道办 承担" in "".join(shown.split("\n"))
    assert task in shown
    answer = _ask("solve", pinned, "--time-limit", 5, "-o", tmp_path / "no", code=1)
    assert answer["status"] == "infeasible"
    assert _ask("verify", pinned, tmp_path / "no")["status"] == "infeasible"
    assert "确无" in _run("verify", pinned, tmp_path / "no", "--lang", "zh").stdout


def test_a_solve_that_finds_nothing_leaves_the_plan_that_is_there(city, solved, tmp_path):
    """What lies in OUT is not lost to a run without a plan, and it is said that it stayed."""
    out = tmp_path / "kept"
    shutil.copytree(solved[0], out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    run = _run("solve", city, "--time-limit", 0, "-o", out, "--lang", "zh", code=3)
    assert "原有的方案未动" in "".join(run.stderr.split())
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    run = _run("solve", city, "--time-limit", 4, "-o", out, "--lang", "zh")
    assert "替换了其中原有的方案" in "".join(run.stderr.split())


def test_a_result_without_a_plan_is_named_as_such(city, tmp_path):
    """Comparing what found nothing says that there is no plan, not that a file is missing."""
    _run("solve", city, "--time-limit", 0, "-o", tmp_path / "none", code=3)
    (problem,) = _ask("compare", city, tmp_path / "none", code=2)["problems"]
    assert problem["code"] == "E-RESULT-PLAN"


def test_a_solve_tells_what_is_odd_about_its_input(city, tmp_path):
    """Warnings of the tables are told where the city is solved, too, for people and programs."""
    bare = _copy(city, tmp_path / "bare")
    (bare / "current.csv").unlink()
    told = _ask("solve", bare, "--time-limit", 0, code=3)["warnings"]
    assert [w["code"] for w in told] == ["W-CURRENT-NONE"]
    assert "W-CURRENT-NONE" in _run("solve", bare, "--time-limit", 0, code=3).stderr
    assert _ask("solve", city, "--time-limit", 0, code=3)["warnings"] == []


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_comparison_fits_the_terminal(twins, width):
    """However narrow a terminal is, names and numbers of all criteria can be read whole."""
    found = solve(twins, time_limit=10).plan
    assert found is not None
    plan = evaluate(twins, found)
    compared = compare_evaluations([evaluate(twins, twins.current), plan, plan], ["", "a", "b"])
    out = io.StringIO()
    Console(file=out, width=width).print(lay_out_comparison(compared, "zh"))
    shown = out.getvalue()
    assert max(cell_len(line) for line in shown.splitlines()) <= width
    assert "…" not in shown
    for words in ("社区负担", "迎检次数", "公共成本", "填报次数"):
        assert words in shown
    assert write_value("public_cost", plan.criteria["public_cost"]) in shown


def test_the_time_goes_on_between_steps():
    """On a terminal the line of a solve shows the time that has passed, not that of a step."""
    shown = io.StringIO()
    with ProgressLine(Console(file=shown, force_terminal=True, width=120), "en") as line:
        line(Progress(1.0, 10, 5, "bound"))
        time.sleep(1.5)
    assert re.search(r"2\.[2-9] s", shown.getvalue())


def test_an_item_decided_below_its_scope_is_told(city, tmp_path):
    """A pin of one place below an item's is told by ``check``."""
    community = (city / "places.csv").read_text(encoding="utf-8-sig").splitlines()[-1].split(",")[0]
    task = (city / "tasks.csv").read_text(encoding="utf-8-sig").splitlines()[1].split(",")[0]
    pins = f"task,leg,place,holder,rule\n{task},handle,{community},street,keep\n"
    pinned = _copy(city, tmp_path / "pinned", pins=pins)
    told = [n for n in _ask("check", pinned)["notices"] if n["code"].startswith("split")]
    assert [(n["code"], n["subject"]["task"]) for n in told] == [("split_pin", task)]
    assert "按下一级分别分工" in "".join(_run("check", pinned, "--lang", "zh").stdout.split())
    assert not [n for n in _ask("check", city)["notices"] if n["code"].startswith("split")]


def test_too_little_capacity_is_a_proved_no_with_numbers(tmp_path):
    """A file in which the one department that may do a task lacks the time is accepted by
    ``check``; ``solve`` proves that no plan is left, and tells what is needed and allowed."""
    short = make_I15_too_little_capacity(tmp_path)
    assert _ask("check", short)["problems"] == []
    out = tmp_path / "no"
    answer = _ask("solve", short, "--time-limit", 20, "-o", out, code=1)
    assert answer["status"] == "infeasible"
    (shortage,) = (s for s in answer["conflict"]["shortages"] if s["family"] == "C9")
    assert shortage["units"] == ["D2"]
    # handling 3,200 minutes in both communities at 1.15, and 900 of coordination; 1,000 are there
    assert shortage["needed"] - shortage["allowed"] == 2 * 3680 + 900 - 1000
    verification = _ask("verify", short, out)
    assert (verification["valid"], verification["status"]) == (True, "infeasible")
    for lang, told in (
        ("zh", "{} 小时,任何方案至少需要 {} 小时;不足的主体:D2"),
        ("en", "{} hours allowed together, every plan needs at least {}; short: D2"),
    ):
        hours = (write_value("community_load", shortage[key]) for key in ("allowed", "needed"))
        text = _run("solve", short, "--time-limit", 20, "--lang", lang, code=1).stdout
        assert told.format(*hours) in " ".join(text.split())


def test_what_contradicts_is_told_in_words():
    """Who is pinned, the task and the place are named in the language, beside their ids."""
    item = {"task": "T02", "place": "350203", "pins": [["street", "keep"], ["community", "forbid"]]}
    conflict = {"items": [item], "shortages": [], "families": []}
    named = {"task": {"T02": "高龄津贴"}, "place": {"350203": "思明区"}}
    (said,) = write_conflict(conflict, "zh", named)
    assert "T02 高龄津贴 @ 350203 思明区" in said
    assert "要求由 街道办 承担" in said
    assert "不许 社区 承担" in said
    (said,) = write_conflict(conflict, "en")
    assert "keeps it with the street office" in said
    short = {"family": "C9", "limits": 1, "units": ["D2"], "places": [],
             "needed": 600, "allowed": 60}  # fmt: skip
    conflict = {"items": [], "shortages": [short], "families": []}
    (said,) = write_conflict(conflict, "zh", {**named, "unit": {"D2": "城管局"}})
    assert said.endswith("允许 1 小时,任何方案至少需要 10 小时;不足的主体:D2 城管局")
    floor = {**short, "family": "C12", "units": [], "places": ["350203"]}
    (said,) = write_conflict({**conflict, "shortages": [floor]}, "zh", named)
    assert said.endswith("最多提供 1 小时;要求过高的社区:350203 思明区")
    several = {"items": [item], "shortages": [], "families": ["C5", "C12"]}
    assert "C5" in write_conflict(several, "zh", named)[-1]


def test_an_interrupt_keeps_the_best_plan(tmp_path):
    """After an interrupt a solve stops soon, writes what it has, and ends with code 130."""
    out = tmp_path / "out"
    command = _command("solve", DISTRICT, "--time-limit", 100, "-o", out, "--lang", "en")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:  # until progress tells of a first plan
        if re.search(r"value [\d,]+", line):
            break
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert time.monotonic() - began < 30
    assert "Traceback" not in stderr
    assert "today" in stdout.lower()
    assert _ask("compare", DISTRICT, out)["plans"][0]["violations"] == {}


def test_an_interrupt_of_a_program_is_answered_in_json(tmp_path):
    """With --json an interrupt still leaves one object, whatever was found until then."""
    command = _command("solve", DISTRICT, "--time-limit", 100, "--json")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert isinstance(json.loads(stdout), dict)


@pytest.mark.parametrize("engine", ["pulp:", "pulp:NO_SUCH_CMD", "pulp: "])
def test_a_missing_solver_is_refused_before_anything_is_read(engine, tmp_path):
    """A solver that is not there is a bad choice, told at once with those that are."""
    at_hand = solvers_at_hand()
    assert at_hand
    answer = _ask("solve", tmp_path / "nowhere", "--engine", engine, code=2)
    assert answer["error"]["code"] == "engine"
    assert ", ".join(at_hand) in answer["error"]["detail"]
    for lang, said in (("zh", "求解器"), ("en", "solvers")):
        shown = _run("solve", tmp_path / "nowhere", "--engine", engine, "--lang", lang, code=2)
        assert said in shown.stderr
        assert at_hand[0] in shown.stderr


def test_a_solver_that_is_there_may_be_named():
    """A solver that PuLP finds is accepted by name, and so is PuLP's own choice."""
    for engine in ("pulp", f"pulp:{solvers_at_hand()[0]}"):
        assert "error" not in _ask(
            "solve", REFERENCE, "--engine", engine, "--time-limit", 0, code=3
        )


# -- where to write ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("solve", DISTRICT, "--time-limit", "100", "-o", "{file}"), "E-OUT-FILE"),
        (("solve", DISTRICT, "--time-limit", "100", "-o", "{file}/sub"), "E-OUT-FILE"),
        (("solve", DISTRICT, "--time-limit", "100", "-o", f"{{folder}}/{'x' * 300}"),
         "E-OUT-WRITE"),
        (("template", "-o", "{folder}"), "E-OUT-FOLDER"),
        (("template", "-o", "{file}/city.xlsx"), "E-OUT-FILE"),
        (("generate", "reference", "-o", "{file}"), "E-OUT-FILE"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_written_is_named_before_the_work(words, code, tmp_path):
    """An output in the way of which something stands is bad input at once, and named."""
    (tmp_path / "file").touch()
    at = {"file": tmp_path / "file", "folder": tmp_path}
    began = time.monotonic()
    (problem,) = _ask(*(str(w).format(**at) for w in words), code=2)["problems"]
    assert problem["code"] == code
    assert problem["file"] == str(Path(str(words[-1]).format(**at)))
    assert time.monotonic() - began < 30
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system without files")
@pytest.mark.parametrize(
    "words",
    [
        ("solve", DISTRICT, "--time-limit", "100", "-o", "/proc/plan"),
        ("template", "-o", "/proc/city.xlsx"),
        ("generate", "reference", "-o", "/proc/city"),
    ],
)
def test_rights_are_tried_and_not_asked_for(words):
    """A folder in which nobody can make anything is told in both languages, with the path."""
    assert _ask(*words, code=2)["problems"][0]["code"] == "E-OUT-WRITE"
    for lang, said in (("zh", "无法写入"), ("en", "cannot be written")):
        shown = _run(*words, "--lang", lang, code=2).stderr
        assert said in shown
        assert str(words[-1]) in shown


def test_a_place_that_can_be_written_is_left_as_it_was(tmp_path):
    """To try whether something can be written leaves nothing behind."""
    for kind in ("file", "folder"):
        check_place(tmp_path / "a" / "b", kind)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("as_json", [True, False])
def test_what_was_found_is_shown_though_it_cannot_be_saved(as_json, capfd, tmp_path, monkeypatch):
    """A disk that fills up during the solve costs the files, not the answer; the code is 2."""

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("realloc.archive.write", full)
    with pytest.raises(SystemExit) as end:
        cli.solve(REFERENCE, tmp_path / "plan", time_limit=8, as_json=as_json,
                  lang=cli.Language.en)  # fmt: skip
    out, err = capfd.readouterr()
    assert end.value.code == 2
    if as_json:
        answer = json.loads(out)
        assert answer["criteria"]["plan"]
        assert answer["error"] == {"code": "not_saved"}
        assert answer["problems"][0]["file"] == str(tmp_path / "plan")
        return
    assert "community load" in out
    assert "E-OUT-WRITE" in err
    assert "No space left" in err
    assert "written to" not in err


def test_a_disk_that_fills_up_is_told_of_every_writer(capfd, tmp_path, monkeypatch):
    """A city or a template that could not be written whole is no unexpected error."""

    def full(*arguments, **named):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(Path, "write_text", full)
    for call in (
        lambda: cli.template(tmp_path / "t.xlsx", as_json=True),
        lambda: cli.generate("reference", tmp_path / "city", as_json=True),
        lambda: cli.generate("reference", tmp_path / "c", form=cli.Format.parquet, as_json=True),
    ):
        with pytest.raises(SystemExit) as end:
            call()
        assert end.value.code == 2
        assert json.loads(capfd.readouterr().out)["problems"][0]["code"] == "E-OUT-WRITE"
    assert list(tmp_path.iterdir()) == []


# -- check, template, generate -----------------------------------------------------------------


def test_a_good_city_has_no_problems(city):
    """A generated city is read without a problem."""
    answer = _ask("check", city)
    assert answer["problems"] == []
    assert isinstance(answer["notices"], list)


def test_check_lists_what_today_breaks():
    """A program gets every violation with its amount, unit and words; people some of each rule."""
    city = read(REFERENCE)
    today = evaluate(city, city.current)
    rows = _ask("check", REFERENCE)["violations"]
    assert [(r["family"], r["subject"], r["amount"]) for r in rows] == [
        (v.family, dict(v.subject), v.amount) for v in today.violations
    ]
    assert {r["unit"] for r in rows} == {"communities", "tasks", "yuan"}
    assert all(set(r["text"]) == {"zh", "en"} for r in rows)
    for lang, more in (("zh", "另有 169 条"), ("en", "169 more")):
        shown = _run("check", REFERENCE, "--lang", lang).stdout
        assert len(rows) - 20 == 169
        assert more in shown
        assert all(f"│ {family} " in shown for family in today.families())


def test_bad_input_is_named_by_cell(city, tmp_path):
    """Bad cells end every verb with code 2, each named by sheet and cell."""
    bad = _copy(city, tmp_path / "bad")
    path = bad / "units.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    staff = lines[0].split(",").index("staff")
    cells = lines[1].split(",")
    cells[staff] = "-3"
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
    for verb in (("check", bad), ("solve", bad)):
        problems = _ask(*verb, code=2)["problems"]
        assert [(p["sheet"], p["row"]) for p in problems] == [("units", 2)]
    shown = _run("check", bad, "--lang", "en", code=2)
    assert "units" in shown.stdout + shown.stderr


def test_problems_are_told_in_both_languages(city, tmp_path):
    """A program gets text, what would be right and advice of each problem in both languages."""
    bad = _copy(city, tmp_path / "bad", admission="task,leg,place,status\nT99,handle,X,admitted\n")
    for verb in ("check", "solve"):
        for problem in _ask(verb, bad, code=2)["problems"]:
            for part in ("text", "right", "advice"):
                assert set(problem[part]) == {"zh", "en"}
                assert re.search("[\u4e00-\u9fff]", problem[part]["zh"]), problem
                assert not re.search("[\u4e00-\u9fff]", problem[part]["en"]), problem


def test_a_missing_table_is_named(tmp_path):
    """The line of a table that is missing says which, in either language."""
    (tmp_path / "city.toml").write_text('name = "x"\ndate = 2026-01-01\n', encoding="utf-8")
    for lang, said in (("zh", "缺少必需的表“地区”"), ("en", "the table places is missing")):
        shown = _run("check", tmp_path, "--lang", lang, code=2).stdout
        assert said in shown.replace("\n", ""), shown


def test_a_place_is_shown_once(city, tmp_path):
    """What is wrong with a whole file shows its name once, what is in a sheet file and cell."""
    shown = _run("check", tmp_path / "nowhere", "--lang", "en", code=2).stdout
    assert shown.count("nowhere") == 1
    stray = _copy(city, tmp_path / "stray", unts="id\n1\n")
    shown = _run("check", stray, "--lang", "en").stdout
    assert "unts.csv" in shown
    (problem,) = _ask("check", stray)["problems"]
    assert (problem["code"], problem["file"], problem["sheet"]) == (
        "W-SHEET-UNKNOWN", "unts.csv", "unts")  # fmt: skip


def test_one_problem_is_not_called_several(tmp_path):
    """Numbers stand beside words that fit any number."""
    shown = _run("check", tmp_path / "nowhere", "--lang", "en", code=2).stdout
    assert "errors: 1, warnings: 0" in shown
    assert "1 errors" not in shown


@pytest.mark.parametrize("verb", ["check", "solve", "verify", "compare"])
def test_a_missing_city_is_bad_input(verb, tmp_path):
    """A city that is not there is bad input for every verb, never a crash."""
    rest = [tmp_path] if verb in {"verify", "compare"} else []
    assert _ask(verb, tmp_path / "nowhere", *rest, code=2)["problems"]


def test_a_missing_plan_is_bad_input(city, tmp_path):
    """So is a folder without a plan."""
    assert _ask("verify", city, tmp_path / "nowhere", code=2)["problems"]
    assert _ask("compare", city, tmp_path, code=2)["problems"]


@pytest.mark.parametrize(
    "words",
    [
        ("check", ""), ("solve", "", "-o", "x"), ("solve", REFERENCE, "-o", ""),
        ("solve", REFERENCE, "--start", ""), ("template", "-o", " "),
        ("template", "-o", "x.xlsx", "--from", ""), ("verify", REFERENCE, ""),
        ("compare", REFERENCE, ""), ("generate", "reference", "-o", ""),
    ],
)  # fmt: skip
def test_a_blank_path_is_not_the_current_folder(words, tmp_path):
    """A variable that is not set in a script costs nothing: no file is read or written."""
    done = subprocess.run(
        _command(*words), capture_output=True, text=True, encoding="utf-8", cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(INSTANCES.parent)}, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "路径是空的" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_city_is_the_same_in_every_form(form, city, tmp_path):
    """One name and seed give one city, whatever files it is written to."""
    path = tmp_path / ("city.xlsx" if form == "xlsx" else "city")
    made = _ask("generate", "reference", "--seed", 3, "-o", path, "--format", form)
    _ask("generate", "reference", "--seed", 3, "-o", tmp_path / "other")
    assert path.is_file() == (form == "xlsx")
    assert {f.suffix for f in (path.iterdir() if path.is_dir() else [path])} <= {
        f".{form}", ".toml",
    }  # fmt: skip
    city, problems = check(path)
    assert city is not None
    assert list(problems) == []
    assert city.digest() == read(tmp_path / "other").digest() == made["digest"]


def test_the_form_is_that_of_the_ending(tmp_path):
    """A path that ends in .xlsx is a workbook without a word about the form, others are folders."""
    made = _ask("generate", "reference", "-o", tmp_path / "y.xlsx")
    assert (tmp_path / "y.xlsx").is_file()
    assert read(tmp_path / "y.xlsx").digest() == made["digest"]
    _ask("generate", "reference", "-o", tmp_path / "v1.2")
    assert read(tmp_path / "v1.2").digest() == made["digest"]


@pytest.mark.parametrize(
    "words",
    [
        ("generate", "reference", "-o", "x.csv", "--format", "xlsx"),
        ("generate", "reference", "-o", "x", "--format", "xlsx"),
        ("generate", "reference", "-o", "x.xlsx", "--format", "csv"),
        ("generate", "reference", "-o", "x.XLSX", "--format", "parquet"),
        ("generate", "reference", "-o", "x.parquet"),
        ("generate", "reference", "-o", "x.pdf"),
        ("generate", "national", "-o", "x.xlsx"),
        ("template", "-o", "x.csv"),
        ("template", "-o", "x"),
    ],
)
def test_an_ending_that_contradicts_the_form_is_refused(words, tmp_path):
    """Nothing is written that nobody could read back: the path and the form are named."""
    at = words.index("-o") + 1
    path = tmp_path / words[at]
    (problem,) = _ask(*words[:at], path, *words[at + 1 :], code=2)["problems"]
    assert (problem["code"], problem["file"]) == ("E-OUT-FORM", str(path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "there"),
    [
        (("template",), "city.xlsx"),
        (("generate", "reference"), "city.xlsx"),
        (("generate", "reference"), "city/places.csv"),
        (("generate", "national"), "city/notes.txt"),
    ],
)
def test_what_somebody_filled_in_is_not_replaced_unasked(words, there, tmp_path):
    """A workbook or folder that has something in it stays as it is, unless told otherwise."""
    mine = tmp_path / there
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    path = tmp_path / Path(there).parts[0]
    (problem,) = _ask(*words, "-o", path, code=2)["problems"]
    assert (problem["code"], problem["file"]) == ("E-OUT-EXISTS", str(path))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [mine]
    assert mine.read_text() == "mine"
    if "national" not in words:  # which takes minutes
        _ask(*words, "-o", path, "--overwrite")
        assert mine.read_bytes() != b"mine"


def test_an_unknown_city_name_is_bad_input(tmp_path):
    """``generate`` of an unknown name is a bad option, and names the known ones."""
    assert "reference" in _run("generate", "atlantis", "-o", tmp_path / "a", code=2).stderr


def test_the_template_can_be_written(tmp_path):
    """``template`` writes a workbook."""
    path = tmp_path / "模板.xlsx"
    _run("template", "-o", path)
    assert path.stat().st_size > 5000


# -- languages, options, errors ------------------------------------------------------------------


def test_both_languages(city, solved):
    """A comparison is in the language asked for, whatever the terminal's."""
    out, _ = solved
    assert "社区负担" in _run("compare", city, out, "--lang", "zh", LC_ALL="en_US.UTF-8").stdout
    assert "community load" in _run("compare", city, out, "--lang", "en").stdout


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
    ],
)
def test_language_of_the_terminal(environment, language):
    """English where the locale says so, else Chinese; LC_ALL prevails over LANG."""
    assert choose_language(environment) == language


def test_help_names_every_verb():
    """``--help`` lists the verbs on standard output."""
    text = _run("--help").stdout
    for verb in ("check", "template", "solve", "verify", "compare", "generate", "app"):
        assert f"\n  {verb} " in text


def _run_unread(*arguments: object) -> int:
    """Run a verb whose output and remarks nobody reads; return its exit code."""
    read, write = os.pipe()
    os.close(read)
    try:
        return subprocess.run(_command(*arguments), stdout=write, stderr=write, timeout=120,
                              check=False).returncode  # fmt: skip
    finally:
        os.close(write)


@pytest.mark.skipif(os.name != "posix", reason="needs pipes that break")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_the_exit_code_stands_though_nobody_reads(options, city, solved, tmp_path):
    """A closed pipe is no answer: each verb ends with the code that it would have ended with."""
    out, _ = solved
    assert _run_unread("verify", city, out, *options) == 0
    assert _run_unread("verify", DISTRICT, out, *options) == 1
    assert _run_unread("check", tmp_path / "nowhere", *options) == 2
    assert _run_unread("solve", city, "--time-limit", 0, *options) == 3
    assert _run_unread("solve", city, "--time-limit", 8, "-o", tmp_path / "out", *options) == 0
    assert (tmp_path / "out" / "result.json").is_file()


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("options", ["", "--json"])
def test_the_exit_code_stands_though_the_output_is_closed(closed, options, city, solved, tmp_path):
    """Without a standard output each verb does its work, and shows no traceback."""
    out, _ = solved
    verbs = {
        f"check {city}": 0, f"check {tmp_path / 'nowhere'}": 2, f"verify {city} {out}": 0,
        f"compare {city} {out}": 0, f"template -o {tmp_path / 't.xlsx'}": 0,
    }  # fmt: skip
    for words, code in verbs.items():
        command = " ".join([*_command(), words, options, closed])
        done = subprocess.run(command, shell=True, timeout=120, check=False,
                              capture_output=True, text=True)  # fmt: skip
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), (words, done.stderr)
    assert (tmp_path / "t.xlsx").is_file()


@pytest.mark.skipif(os.name != "posix", reason="needs pipes that break")
def test_help_that_nobody_reads_is_no_answer():
    """Where there is no answer yet, the code is that of a closed pipe, and never that of a no."""
    assert _run_unread("--help") == 141


@pytest.mark.parametrize("arguments", [
    ["solve"], ["solve", "x", "--gap", "2"], ["no-such-verb"],
    ["solve", "x", "--reproducible", "--threads", "2"],
    ["solve", "x", "--reproducible", "--engine", "pulp"],
])  # fmt: skip
def test_bad_options_are_bad_input(arguments):
    """A wrong option ends with code 2; a program gets an object all the same."""
    error = _ask(*arguments, code=2)["error"]
    assert error["code"] == "bad_option"
    assert any(word in error["detail"] for word in ("CITY", "--gap", "no-such-verb", "--repro"))


def test_no_word_at_all_is_answered_with_the_help():
    """Whoever types the name alone sees the verbs, and no complaint."""
    done = _run(code=2)
    assert "compare" in done.stderr
    assert "有误" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (["solve"], "缺少 'CITY'", "Missing argument 'CITY'"),
        (["solve", "x", "--engin", "y"], "没有选项 --engin(是否为 --engine", "No such option"),
        (["solve", "x", "--gap", "2"], "'--gap' 的值不对:应为有限数 0 至 1",
         "a finite number from 0 to 1"),
        (["solve", "x", "--gap", "nan"], "应为有限数 0 至 1", "a finite number from 0 to 1"),
        (["solve", "x", "--time-limit", "inf"], "应为有限数,不小于 0",
         "a finite number of 0 or more"),
        (["solve", "x", "--time-limit", "1e999"], "应为有限数,不小于 0",
         "a finite number of 0 or more"),
        (["solve", "x", "--threads", "1.5"], "应为整数 1 至 1024", "a whole number from 1 to 1024"),
        (["solve", "x", "--threads", "9" * 400], "应为整数 1 至 1024", "from 1 to 1024"),
        (["solve", "x", "--threads", f"{MOST_THREADS + 1}"], f"应为整数 1 至 {MOST_THREADS}",
         f"from 1 to {MOST_THREADS}"),
        (["solve", "x", "--seed", "-" + "9" * 400], "应为整数,不小于 0", "of 0 or more"),
        (["solve", "x", "--seed"], "选项 --seed 用法有误", "--seed"),
        (["solve", "x", "--scope", "town"], "'--scope' 的值不对:community | street", "street"),
        (["solve", "x", "--engine", "foo"], "'--engine' 的值不对:auto | highs", "pulp:SOLVER"),
        (["slove"], "命令写法有误:没有命令 slove(是否为 solve?)", "solve"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_option_is_said_in_the_language(arguments, zh, en, capfd):
    """Chinese by default and where asked for, English where asked for."""
    verb, *rest = arguments
    for lang, said in (("zh", zh), ("en", en)):
        for words in ([verb, "--lang", lang, *rest], [verb, f"--lang={lang}", *rest]):
            assert said in _wrong(words, capfd)


def test_what_is_wrong_is_said_in_one_language(capfd):
    """English words have no Chinese beside them, and Chinese ones no English sentence."""
    for words in (["--time-limit", "-1"], ["--gap", "2"], ["--seed"]):
        english = _wrong(["solve", "--lang", "en", "x", *words], capfd).splitlines()[-1]
        assert not re.search("[\u4e00-\u9fff]", english)
        chinese = _wrong(["solve", "--lang", "zh", "x", *words], capfd).splitlines()[-1]
        assert not re.search("[a-z]+ [a-z]+ [a-z]+", chinese)


def _wrong(words, capfd) -> str:
    """Return what the command line says of wrong words."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr(sys, "argv", ["realloc", *words])
        cli.main()
    assert end.value.code == 2
    return capfd.readouterr().err


def test_the_version_is_told():
    """One line, and no verb needed."""
    assert _run("--version").stdout == f"realloc {realloc.__version__}\n"


def test_what_libraries_print_does_not_reach_standard_output(capfd):
    """While a verb answers, bytes written to descriptor 1 are dropped; its answer is not."""
    with pytest.raises(SystemExit) as end, answering("zh", as_json=True) as answer:
        os.write(1, b"banner of a solver\n")
        print("chatter of a library")
        answer.give({"a": 1})
        answer.give({"a": 2})
    assert end.value.code == 0
    assert capfd.readouterr().out == '{"a": 1}\n'
    os.write(1, b"after\n")
    assert capfd.readouterr().out == "after\n"


def test_an_unexpected_error_shows_an_id_and_keeps_the_details(capfd, tmp_path, monkeypatch):
    """Nobody sees a traceback: an id on standard error, the details in a log file."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(SystemExit) as end, answering("en", as_json=True):
        raise RuntimeError("secret detail")
    out, err = capfd.readouterr()
    error = json.loads(out)["error"]
    assert end.value.code == 70
    assert error["id"] in err
    assert "secret detail" not in err + out
    assert "secret detail" in Path(error["log"]).read_text(encoding="utf-8")


def test_data_is_shown_literally(capfd):
    """Names that look like markup or links are printed as they are."""
    with pytest.raises(SystemExit), answering("en", as_json=False):
        raise InputError([Problem("E-REF-UNKNOWN", "E", sheet="[red]x[/red]", cell="A1")])
    assert "[red]x[/red]" in capfd.readouterr().err


def test_an_interrupt_is_no_error(capfd):
    """An interrupt outside a solve ends with code 130."""
    with pytest.raises(SystemExit) as end, answering("en", as_json=True):
        raise KeyboardInterrupt
    assert end.value.code == 130
    assert json.loads(capfd.readouterr().out) == {"error": {"code": "cancelled"}}


@pytest.mark.parametrize(
    ("status", "plan", "cancelled", "code"),
    [
        ("error", None, False, 70),
        ("optimal", object(), False, 0),
        ("feasible", object(), False, 0),
        ("infeasible", None, False, 1),
        ("infeasible_claimed", None, False, 1),
        ("no_solution_limit", None, False, 3),
        ("cancelled", None, False, 130),
        ("feasible", object(), True, 130),
    ],
)
def test_exit_codes(status, plan, cancelled, code):
    """The exit code follows from what a solve ends with; an interrupt prevails."""
    found = SimpleNamespace(status=SimpleNamespace(value=status), plan=plan)
    cancel = SimpleNamespace(is_set=lambda: cancelled)
    assert process.exit_code(found, cancel) == code  # pyright: ignore[reportArgumentType]


def test_json_has_no_infinities():
    """Infinities and not-a-number, which JSON lacks, become null."""
    data = {"a": float("inf"), "b": [float("nan"), 1.5]}
    assert json.loads(write_json(data)) == {"a": None, "b": [None, 1.5]}
