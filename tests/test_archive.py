"""A folder holds one whole result, whatever stood there before and whenever a save is stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cities import random_city

from realloc import archive, messages
from realloc.errors import InputError
from realloc.instance import City
from realloc.result import Result, Status, load
from realloc.solver import solve, verify

RESULT = {"certificate.json", "nearest.csv", "nearest_switches.csv", "plan.csv", "result.json",
          "switches.csv"}  # fmt: skip


@pytest.fixture(scope="module")
def two() -> tuple[Result, Result]:
    """Two results of one city whose plans differ."""
    for seed in range(100):
        city = random_city(seed, 3)
        best = solve(city, time_limit=10)
        if best.plan is None or best.nearest is None:
            continue
        weights = {f"weights.{leaf}": 0 for leaf in city.policy.weights} | {"weights.change": 1}
        policy = {**weights, "policy.objective": "weighted"}
        other = solve(city.replace(settings=policy), time_limit=10)
        if other.plan is not None and rows(city, other) != rows(city, best):
            return best, replace(best, plan=other.plan, nearest=other.nearest)
    raise AssertionError("no such city")


def rows(city: City, result: Result) -> list[list[str]]:
    """Return the rows of a result's plan."""
    assert result.plan is not None
    return archive._plan_rows(city, result.plan)  # noqa: SLF001


def names(folder: Path) -> set[str]:
    """Return the names of all that is in a folder."""
    return {path.name for path in folder.iterdir()}


def test_a_result_is_read_as_it_was_written(two: tuple[Result, Result], tmp_path: Path):
    """Plans, switches, proofs and numbers come back."""
    best = two[0]
    best.save(tmp_path)
    saved = load(tmp_path, best.city)
    assert names(tmp_path) == RESULT
    assert saved.plan is not None and saved.nearest is not None
    assert best.plan is not None and best.nearest is not None
    for mine, theirs in ((saved.plan, best.plan), (saved.nearest, best.nearest.plan)):
        for column in ("task", "place", "detector", "handler"):
            assert (getattr(mine, column) == getattr(theirs, column)).all()
        assert (mine.admissions, mine.contracts, mine.schemes) == (
            theirs.admissions, theirs.contracts, theirs.schemes,
        )  # fmt: skip
    assert saved.claims["objective"] == best.objective
    assert [p is None for p in saved.certificate.stages] == [s.proof is None for s in best.stages]


def test_no_file_of_an_older_result_is_left(two: tuple[Result, Result], tmp_path: Path):
    """A result without a plan takes the place of one with a plan; files of others stay."""
    best = two[0]
    best.save(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "table.csv").write_text("mine, too")
    none = replace(best, plan=None, evaluation=None, nearest=None, status=Status.CANCELLED)
    none.save(tmp_path)
    assert names(tmp_path) == {"certificate.json", "result.json", "notes.txt", "table.csv"}
    assert load(tmp_path, best.city).plan is None
    best.save(tmp_path)
    assert names(tmp_path) == RESULT | {"notes.txt", "table.csv"}
    assert verify(best.city, tmp_path).valid


@pytest.mark.parametrize("after", range(1, 40))
def test_a_save_that_is_stopped_leaves_one_result_or_the_other(
    after: int, two: tuple[Result, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """However far a save comes, what is read is whole: the older result or the newer one."""
    old, new = two
    old.save(tmp_path)
    calls = 0

    def stopping(call):
        def wrapped(*arguments, **named):
            nonlocal calls
            calls += 1
            if calls >= after:
                raise KeyboardInterrupt
            return call(*arguments, **named)

        return wrapped

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "write_text", "mkdir"):
            patch.setattr(Path, name, stopping(getattr(Path, name)))
        try:
            new.save(tmp_path)
            done = True
        except KeyboardInterrupt:
            done = False
    saved = load(tmp_path, old.city)
    assert saved.plan is not None
    found = archive._plan_rows(old.city, saved.plan)  # noqa: SLF001
    assert found in (rows(old.city, old), rows(old.city, new))
    assert not done or found == rows(old.city, new)
    right = old if found == rows(old.city, old) else new
    assert saved.claims["nearest"] == right.to_json()["nearest"]
    old.save(tmp_path)
    assert names(tmp_path) >= RESULT
    assert not [name for name in names(tmp_path) if name.startswith(".realloc")]
    assert verify(old.city, tmp_path).valid


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals")
def test_a_save_that_is_killed_leaves_a_whole_result(tmp_path: Path):
    """A process killed outright while it saves leaves a result that verifies."""
    code = textwrap.dedent("""
        import sys
        sys.path[:0] = sys.argv[2:]
        from cities import random_city
        from realloc.solver import solve
        result = next(r for r in (solve(random_city(s, 3), time_limit=10) for s in range(5, 99))
                      if r.plan is not None)
        result.save(sys.argv[1])
        print(result.city.digest(), flush=True)
        while True:
            result.save(sys.argv[1])
    """)
    here = Path(__file__).parent
    command = [sys.executable, "-c", code, str(tmp_path), str(here), str(here.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        digest = child.stdout.readline().strip()
        city = next(c for c in (random_city(s, 3) for s in range(5, 99)) if c.digest() == digest)
        child.kill()
    assert verify(city, tmp_path).valid


def test_a_result_is_read_whole_beside_saves(two: tuple[Result, Result], tmp_path: Path):
    """What is read while others save is one result or the other, never a part or a mixture."""
    best, other = two
    none = replace(best, plan=None, evaluation=None, nearest=None, status=Status.CANCELLED)
    right = set()
    for result in (none, other, best):
        result.save(tmp_path)
        right.add(content(tmp_path, best.city))
    assert len(right) == 3

    def save() -> None:
        for result in (none, other, best) * 15:
            result.save(tmp_path)
            time.sleep(0.01)  # whoever waits for the folder looks again meanwhile

    saver = threading.Thread(target=save)
    saver.start()
    found = set()
    try:
        while saver.is_alive():
            found.add(content(tmp_path, best.city))
    finally:
        saver.join()
    assert found == right


def content(folder: Path, city: City) -> tuple[str, ...]:
    """Return what tells the result that is read from a folder from others."""
    saved = load(folder, city)
    claims, proofs = saved.claims, saved.certificate.to_json()
    plans = [p and archive._plan_rows(city, p) for p in (saved.plan, saved.nearest)]  # noqa: SLF001
    return tuple(json.dumps(part) for part in (claims, proofs, *plans))


def test_what_a_spreadsheet_takes_for_a_formula_is_kept_as_text(tmp_path: Path):
    """An id that begins like a formula is written with a quote before it, and read without."""
    city, odd = random_city(10, 3), "=1+1"
    first = city.tables["tasks"]["id"][0]
    tables = {
        name: {
            column: [odd if value == first else value for value in values]
            for column, values in table.items()
        }
        for name, table in city.tables.items()
    }
    result = solve(city.replace(tables=tables), time_limit=10)
    result.save(tmp_path)
    text = (tmp_path / "plan.csv").read_text(encoding="utf-8-sig")
    assert f"\n'{odd}," in text.replace("\r", "") and f"\n{odd}," not in text.replace("\r", "")
    assert verify(result.city, tmp_path).valid


@pytest.mark.parametrize(
    ("file", "line", "code", "column"),
    [
        ("switches.csv", "contract,{contract},nonsense", "E-REF-UNKNOWN", "place"),
        ("switches.csv", "contract,nonsense,", "E-REF-UNKNOWN", "id"),
        ("switches.csv", "contracts,{contract},", "E-REF-UNKNOWN", "kind"),
    ],
)
def test_a_row_that_says_more_than_it_may_is_refused(
    file: str, line: str, code: str, column: str, tmp_path: Path
):
    """A contract is signed for no place of its own; what stands there all the same is told."""
    city = next(c for c in map(random_city, range(99), [3] * 99) if len(c.contracts.id))
    solve(city, time_limit=10).save(tmp_path)
    path = tmp_path / file
    line = line.format(contract=city.contracts.id[0])
    path.write_text(f"kind,id,place\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(tmp_path, city)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file, problem.column) == (code, file, column)


def test_entries_that_no_certificate_has_are_refused(
    two: tuple[Result, Result], tmp_path: Path
):  # fmt: skip
    """What is beside the proofs, or in one of them, is not passed over."""
    best = two[0]
    best.save(tmp_path)
    path = tmp_path / "certificate.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    proof = next(p for p in data["stages"] if p)
    for place in (data, proof):
        place["more"] = 1
        path.write_text(json.dumps(data), encoding="utf-8")
        with pytest.raises(InputError) as caught:
            load(tmp_path, best.city)
        assert [p.code for p in caught.value.problems] == ["E-RESULT-PROOF"]
        del place["more"]


@pytest.mark.parametrize("name", sorted(RESULT))
def test_a_file_that_is_missing_is_named(
    name: str, two: tuple[Result, Result], tmp_path: Path
):  # fmt: skip
    """One file less is told by its name, and is not called damaged."""
    best = two[0]
    best.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError) as caught:
        load(tmp_path, best.city)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file) == ("E-FILE-MISSING", name)


def test_a_result_of_another_city_is_told_before_its_plan_is_read(
    two: tuple[Result, Result], tmp_path: Path
):
    """Ids of another city are not looked up: it is said that the city is another one."""
    best = two[0]
    best.save(tmp_path)
    (tmp_path / "plan.csv").write_text("task,place,detector,handler\nno,such,ids,here\n")
    other = best.city.replace(settings={"date": "2026-12-31"})
    with pytest.raises(archive.AnotherCity) as caught:
        load(tmp_path, other)
    assert [p.code for p in caught.value.problems] == ["E-RESULT-CITY"]
    assert verify(other, tmp_path).reasons == ("digest",)
    with pytest.raises(InputError) as caught:
        load(tmp_path, best.city)
    (problem,) = caught.value.problems
    found = (problem.code, problem.file, problem.row, problem.column, problem.value)
    assert found == ("E-REF-UNKNOWN", "plan.csv", 2, "task", "'no'")


@pytest.mark.parametrize(
    ("name", "content", "code", "row"),
    [
        ("plan.csv", "task,place\n事项,1\n".encode("gb18030"), "E-RESULT-ENC", 2),
        ("plan.csv", b"task,place\n", "E-RESULT-SHAPE", 1),
        ("plan.csv", b"task,place,detector,handler\n1\n", "E-RESULT-SHAPE", 2),
        ("result.json", b"{\n1", "E-RESULT-SHAPE", 2),
        ("result.json", b"{}", "E-RESULT-SHAPE", 0),
        ("result.json", b'{"format": true}', "E-RESULT-SHAPE", 0),
        ("result.json", b'{"format": 0}', "E-RESULT-FORMAT", 0),
        ("result.json", b'{"format": 1, "provenance": []}', "E-RESULT-SHAPE", 0),
        ("result.json", b"[" * 100_000, "E-RESULT-SHAPE", 0),
        ("certificate.json", b"\xff", "E-RESULT-ENC", 1),
        ("certificate.json", b'{"stages": [{"scale": 1}]}', "E-RESULT-PROOF", 0),
        ("certificate.json", b"{}", "E-RESULT-PROOF", 0),
    ],
)
def test_a_file_that_is_no_result_is_told_in_words(
    name: str, content: bytes, code: str, row: int, two: tuple[Result, Result], tmp_path: Path
):
    """Each kind of damage has words of its own; nobody reads the name of a class or a bare key."""
    best = two[0]
    best.save(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        load(tmp_path, best.city)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file, problem.row) == (code, name, row)
    for lang in ("zh", "en"):
        said = messages.line(problem, lang)
        assert "Error" not in said
        assert said.startswith(name)


def test_a_folder_without_a_result_is_bad_input(twins: City, tmp_path: Path):
    """The missing file is named."""
    with pytest.raises(InputError, match=r"result\.json"):
        load(tmp_path, twins)
