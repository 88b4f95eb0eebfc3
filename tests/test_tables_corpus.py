"""Every bad file of the corpus gets its code, its sheet and its cell, and never a traceback.

Outcomes: R file refused, E error in a cell, W accepted with a warning, A accepted silently. What is
accepted is the same city as its clean twin.
"""

from __future__ import annotations

import datetime
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import badfiles as bad
import openpyxl
import pytest
import xlsxwriter
from corpus import CASES, Case, files, identifiers
from corpus.case import cell_of
from small import small_city

from realloc import cli, messages, tables
from realloc.errors import Problems
from realloc.instance import City
from realloc.messages import problems as catalogue
from realloc.reporting.answer import BAD_INPUT, DONE
from realloc.tables import check, write


def _file_of(path: Path, sheet: str) -> str:
    """Return the name of the file that is to blame for a sheet."""
    if not os.path.isdir(path) or not sheet:
        return path.name
    return "city.toml" if sheet == "city" else f"{sheet}.csv"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_file(case: Case, tmp_path: Path) -> None:
    """The file gets its outcome, code, file, sheet and cell; what is accepted equals its clean
    twin."""
    path = case.make(tmp_path)
    city, problems = check(path, **(case.options or {}))
    if case.outcome == "A":
        assert list(problems) == []
    else:
        found = [
            p for p in problems
            if p.code == case.code and p.sheet == case.sheet and p.cell == (case.cell or p.cell)
            and (not case.row or p.row == case.row)
        ]  # fmt: skip
        assert found, [str(p) for p in problems]
        assert found[0].severity == case.outcome
        assert found[0].file == _file_of(path, case.sheet)
        assert case.hint in found[0].hint
        if case.related:
            assert found[0].related == case.related
        assert len(found[0].value) <= 80
    if case.outcome in "AW":
        assert city is not None
        assert city.digest() == case.twin(small_city()).digest()
        assert {p.code for p in problems} <= {case.code}
    else:
        assert city is None
        # Nothing else is made up: an error has at most what follows from it beside it.
        assert {p.code for p in problems} == {case.code, *case.beside}
        assert problems.total <= 12
    for problem in problems:
        for lang in messages.LANGUAGES:
            assert "\n" not in messages.line(problem, lang)
            messages.line(problem, lang).encode()


def _told(text: str) -> list[dict[str, Any]]:
    """Return the problems of what ``check --json`` wrote: one object and nothing else."""
    answer = json.loads(text)
    assert answer["total"] == sum(answer["counts"].values())
    return answer["problems"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_command_line_tells_a_bad_file(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`realloc check` ends with 2 for what is refused, else with 0, and tells the same as JSON."""
    path = case.make(tmp_path)
    found: list[Problems] = []

    def limited(path: Path) -> tuple[City | None, Problems]:
        # what a file may have at most is no option of the command line
        city, problems = check(path, **(case.options or {}))
        found.append(problems)
        return city, problems

    monkeypatch.setattr(tables, "check", limited)
    monkeypatch.setattr(sys, "argv", ["realloc", "check", str(path), "--json"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    out, err = capfd.readouterr()
    assert end.value.code == (BAD_INPUT if case.outcome in "RE" else DONE), out + err
    assert err == ""
    (problems,) = found
    told = _told(out)
    assert [{**said, **p.to_dict()} for said, p in zip(told, problems, strict=True)] == told


#: One of each outcome, and two whose reading goes deepest into other packages.
_PROCESSES = (
    "F14_nested_entities", "F18_pickle", "I01_duplicate", "I03_trailing_space",
    "I15_too_little_capacity",
)  # fmt: skip


@pytest.mark.parametrize("case", [c for c in CASES if c.id in _PROCESSES], ids=lambda case: case.id)
def test_a_process_tells_a_bad_file(case: Case, tmp_path: Path) -> None:
    """A process of its own ends with the same code and without a traceback."""
    command = [sys.executable, "-m", "realloc", "check", str(case.make(tmp_path)), "--json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == (BAD_INPUT if case.outcome in "RE" else DONE)
    assert done.stderr == ""
    codes = {case.code, *case.beside} - {""}
    assert {p["code"] for p in _told(done.stdout)} == codes


def test_canaries_are_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle is not loaded, an external entity not read, a path in a zip not written."""
    monkeypatch.chdir(tmp_path)
    inside = tmp_path / "in"
    inside.mkdir()
    check(files.make_F18_pickle(inside))
    before = sorted(p.name for p in tmp_path.rglob("*"))
    check(files.make_F16_path_in_zip(inside))
    _, problems = check(files.make_F15_external_entity(inside))
    host = Path("/etc/hostname")
    if host.exists():
        assert host.read_text().strip() not in repr([p.to_dict() for p in problems])
    assert not (tmp_path / "canary").exists()
    assert sorted(p.name for p in tmp_path.rglob("*")) == sorted([*before, "city.xlsx"])


def test_thousands_of_errors_are_all_counted(tmp_path: Path) -> None:
    """Of 5,000 errors and one more kind 1,000 are shown, all are counted and none hides another."""
    path = bad.folder(tmp_path)
    rows = bad.rows_of(path, "workload")[:1]
    rows += [[f"X{i}", "P1", "", "-5", ""] for i in range(5000)]
    bad.put_rows(path, "workload", rows)
    bad.set_csv(path, "current", "handler", "nobody")
    city, problems = check(path)
    assert city is None
    assert problems.counts == {"E-NUM-NEG": 5000, "E-REF-UNKNOWN": 5001}
    assert problems.total == 10_001
    assert len(problems) == 1000


#: Rows of the corpus that are no case of one bad value, and the tests that show them.
SHOWN = {"I26": test_thousands_of_errors_are_all_counted}


def test_corpus_has_every_row() -> None:
    """Every row of the corpus that is about input has a case, or a test of its own."""
    rows = {case.id.split("_")[0] for case in CASES} | set(SHOWN)
    notices = {"I14", "I16", "I17"}  # of `check` and `solve`: the input is good
    wanted = {f"{letter}{i:02d}" for letter, last in (("F", 30), ("C", 22), ("N", 28), ("I", 26))
              for i in range(1, last + 1)}  # fmt: skip
    assert wanted - rows == notices


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet"])
def test_hostile_texts_come_back_from_every_export(format: Any, tmp_path: Path) -> None:
    """I20, I22, I24: markup, signs beyond 16 bits and composed ones are the same when read back."""
    for k, text in enumerate(text for texts in identifiers.HOSTILE.values() for text in texts):
        city = cell_of("tasks", "name", text)(small_city())
        path = tmp_path / (f"{k}.xlsx" if format == "xlsx" else f"{k}")
        write(city, path, format)
        again, problems = check(path)
        assert list(problems) == []
        assert again is not None
        assert again.tables["tasks"]["name"] == city.tables["tasks"]["name"]
        assert again.digest() == city.digest()


def test_every_error_at_once(tmp_path: Path) -> None:
    """Errors of settings, headers, cells, references and rules are reported in one go."""
    path = bad.folder(tmp_path)
    with (path / "city.toml").open("a") as settings:
        settings.write("\n[weihgts]\nchange = 1\n")
    bad.set_csv(path, "places", "population", "约3000", row=5)
    bad.set_csv(path, "units", "place", "P11", row=6)
    bad.set_csv(path, "tasks", "lead", "教育局")
    bad.set_csv(path, "forms", "id", "formId", row=1)
    city, problems = check(path)
    assert city is None
    assert {p.code for p in problems.errors} == {
        "E-SETTING-UNKNOWN", "E-NUM-UNIT", "E-UNIT-PLACE", "E-REF-UNKNOWN", "E-HEADER-UNKNOWN",
        "E-HEADER-MISSING",
    }  # fmt: skip


#: Of these a whole file or table is wrong: what would be right is what to do.
_WHOLE = ("E-FILE", "E-SHEET", "E-TABLE", "E-ENC", "E-CSV", "E-TOML", "E-TEXT-CHAR")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_file_is_explained(case: Case, tmp_path: Path) -> None:
    """Whatever a bad file is told has words for what is expected, what to do and its hint, and in
    Chinese no bare bracket and nothing of Python."""
    _, problems = check(case.make(tmp_path), **(case.options or {}))
    for problem in problems:
        for lang in ("zh", "en"):
            said = messages.explain(problem, lang)
            assert said.text
            assert said.advice
            if problem.severity != "W" and not problem.code.startswith(_WHOLE):
                assert said.expected, problem
        if problem.hint and (problem.code, problem.hint) not in catalogue.ADVICE_FOR:
            assert problem.code in catalogue.HINTS, problem
        assert not problem.value.startswith(("b'", "(", "datetime", "[")), problem


def _broken(data: bytes, draw: random.Random) -> bytes:
    """Flip, cut or repeat some bytes."""
    raw = bytearray(data)
    match draw.randrange(3):
        case 0:
            for _ in range(draw.randint(1, 20)):
                raw[draw.randrange(len(raw))] = draw.randrange(256)
        case 1:
            del raw[draw.randrange(len(raw)) :]
        case _:
            at = draw.randrange(len(raw))
            raw[at:at] = raw[at : at + draw.randint(1, 200)]
    return bytes(raw)


def _fuzz(path: Path, targets: list[Path], times: int, seed: int) -> None:
    good = small_city().digest()
    draw = random.Random(seed)
    for _ in range(times):
        target = draw.choice(targets)
        original = target.read_bytes()
        try:
            target.write_bytes(_broken(original, draw))
            city, problems = check(path)
            assert (city is None) == bool(problems.errors)
            if city is not None:
                city.digest()
        finally:
            target.write_bytes(original)
    city, _ = check(path)
    assert city is not None
    assert city.digest() == good


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet"])
def test_broken_bytes_never_crash(format: Any, tmp_path: Path) -> None:
    """Whatever bytes are flipped, cut or repeated, there is a city or an error, no traceback."""
    path = tmp_path / ("city.xlsx" if format == "xlsx" else "city")
    write(small_city(), path, format)
    targets = [path] if format == "xlsx" else sorted(path.iterdir())
    _fuzz(path, targets, times=60, seed=7)


def test_broken_parts_never_crash(tmp_path: Path) -> None:
    """The XML inside a workbook may be broken anyhow: a city or an error, no traceback."""
    path = bad.workbook(tmp_path)
    draw = random.Random(3)
    original = path.read_bytes()
    parts = sorted(bad.parts_of(path))
    for _ in range(60):
        name = draw.choice(parts)
        bad.repack(path, lambda parts, n=name: parts.update({n: _broken(parts[n], draw)}))
        city, problems = check(path)
        assert (city is None) == bool(problems.errors)
        path.write_bytes(original)


def test_a_workbook_of_another_writer_reads_alike(tmp_path: Path) -> None:
    """Cells as openpyxl (shared strings) and xlsxwriter in constant memory (inline) write them."""
    first = bad.workbook(tmp_path)
    book: Any = openpyxl.load_workbook(first)
    second = tmp_path / "inline.xlsx"
    with xlsxwriter.Workbook(str(second), {"constant_memory": True, "in_memory": False}) as copy:
        shape = copy.add_format({"num_format": "yyyy-mm-dd"})
        for sheet in book.worksheets:
            other = copy.add_worksheet(sheet.title)
            for row in sheet.iter_rows():
                for cell in row:
                    at = (cell.row - 1, cell.column - 1)
                    if isinstance(cell.value, datetime.datetime):
                        other.write_datetime(*at, cell.value, shape)
                    elif cell.value is not None:
                        other.write(*at, cell.value)
    book.save(first)
    for path in (first, second):
        city, problems = check(path)
        assert list(problems) == []
        assert city is not None
        assert city.digest() == small_city().digest()
