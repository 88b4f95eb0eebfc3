"""PuLP: nothing it starts outlives a run, and whatever becomes of its solver has a name."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from programs import assignment, first_point, market_split, program_of

from realloc.engines import EngineError, Progress, Run, Status, engine
from realloc.engines import lp as highs
from realloc.engines import pulp as adapter
from realloc.engines.pulp import process, solvers
from realloc.engines.pulp.log import Log
from realloc.program import Program, measure
from realloc.sparse import Csr

HARD, SOFT = market_split(soft=False), market_split(soft=True)
HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")


def working_in(folder: Path) -> list[str]:
    """Return the command lines of all processes that work in a folder, even if it is gone."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(place / "cwd").startswith(str(folder)):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def gone(folder: Path, seconds: float = 3.0) -> bool:
    """Return whether nothing works in a folder any more, waiting a little for the last to go."""
    end = time.monotonic() + seconds
    while working_in(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def folders(tmp_path, monkeypatch) -> Path:
    """Where runs make their folders; all that they start works there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def fake(folders, monkeypatch):
    """Put a program of ours where PuLP looks for CBC; it gets the arguments that CBC would."""
    binaries = folders / "bin"
    binaries.mkdir()
    monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")

    def install(body: str) -> None:
        path = binaries / "cbc"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    return install


# -- processes and files ---------------------------------------------------------------------------


def test_cancel_kills_all(folders):
    """A cancelled run leaves no process and no file, not even CBC's."""
    run = Run(seconds=60)
    seen: list[str] = []

    def watch() -> None:
        end = time.monotonic() + 10
        while not any("-solve" in line for line in seen) and time.monotonic() < end:
            seen.extend(working_in(folders))
        run.cancel.set()

    thread = threading.Thread(target=watch)
    thread.start()
    claim = adapter.solve(HARD, run)
    thread.join()
    assert claim.status is Status.INTERRUPTED
    assert any("-solve" in line for line in seen), "CBC never ran"
    assert gone(folders)
    assert list(folders.iterdir()) == []


def test_killed_parent_takes_all_along(folders):
    """When the process that asked is killed outright, PuLP's process and CBC go with it."""
    code = (
        "import sys, tempfile; sys.path[:0] = sys.argv[2:]; tempfile.tempdir = sys.argv[1]\n"
        "from programs import market_split; from realloc.engines import Run, pulp\n"
        "pulp.solve(market_split(soft=False), Run(seconds=60))\n"
    )
    command = [sys.executable, "-c", code, str(folders), str(HERE), str(HERE.parent)]
    parent = subprocess.Popen(command)
    end = time.monotonic() + 20
    while not any("-solve" in line for line in working_in(folders)):
        assert time.monotonic() < end, "CBC never ran"
        time.sleep(0.02)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert gone(folders)


def test_files_go_with_the_run(folders):
    """A run that ends well removes its folder."""
    assert adapter.solve(assignment(6, 2), Run(seconds=20)).status is Status.OPTIMAL_CLAIMED
    assert list(folders.iterdir()) == []


def test_names_are_numbers(folders, monkeypatch):
    """Variables are called x0, x1, … whatever the city calls its own."""
    names: list[str] = []
    end = adapter._end  # noqa: SLF001

    def read(folder: Path) -> object:
        names.extend(path.name for path in folder.iterdir())
        return end(folder)

    monkeypatch.setattr(adapter, "_end", read)
    adapter.solve(assignment(6, 2), Run(seconds=20))
    assert "realloc-pulp.mps" in names
    source = Path(process.__file__).read_text()
    assert 'f"x{j}"' in source
    assert "realloc." not in [line.split()[1][:8] for line in source.splitlines()
                              if line.startswith(("import ", "from "))]  # fmt: skip


def test_process_imports_little():
    """The process for CBC imports no other solver and nothing of this package."""
    code = textwrap.dedent(f"""
        import json, runpy, sys
        process = runpy.run_path({process.__file__!r})
        process["_pulp"]("PULP_CBC_CMD")
        print(json.dumps([m for m in sys.modules if sys.modules[m] is not None]))
    """)
    command = [sys.executable, "-P", "-c", code]
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert set(json.loads(out)) & {"highspy", "ortools", "pyscipopt", "realloc"} == set()


def test_cancel_keeps_what_cbc_has(folders):
    """Interrupted, CBC writes its best solution; it is kept, and called neither best nor none."""
    run = Run(seconds=60)
    timer = threading.Timer(3.0, run.cancel.set)
    timer.start()
    began = time.monotonic()
    claim = adapter.solve(SOFT, run)
    assert 3.0 <= time.monotonic() - began < 3.0 + adapter.LAST + 0.5
    assert claim.status is Status.INTERRUPTED
    assert claim.point is not None
    assert measure(SOFT, claim.point).value < measure(SOFT, first_point(SOFT)).value
    assert gone(folders)


@pytest.mark.parametrize("after", [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.1, 0.2, 0.3])
def test_cancel_while_it_starts(folders, after):
    """A run cancelled while its process starts is cancelled, not crashed, and over at once."""
    run = Run(seconds=60)
    timer = threading.Timer(after, run.cancel.set)
    timer.start()
    claim = adapter.solve(HARD, run)
    assert claim.status is Status.INTERRUPTED, claim.note
    assert gone(folders)
    assert list(folders.iterdir()) == []


def test_death_once_cancelled_is_no_crash(folders, monkeypatch):
    """A process that dies without a word after the user cancelled was cancelled."""
    run = Run(seconds=60)

    def dies(folder: Path, run: Run, *rest: object) -> tuple[str, int, str]:
        run.cancel.set()
        return "", -2, ""

    monkeypatch.setattr(adapter, "_run", dies)
    assert adapter.solve(HARD, run).status is Status.INTERRUPTED


def test_cancel_of_a_solver_that_keeps_nothing(fake, folders):
    """A solver that dies of the interrupt, or does not heed it, leaves the start and says so."""
    for body, note in (("sleep 61.5", "keeps no solution"),
                       ("trap '' INT\nsleep 61.5", "wrote no solution")):  # fmt: skip
        fake(body)
        run = Run(seconds=60, start=first_point(SOFT))
        timer = threading.Timer(1.0, run.cancel.set)
        timer.start()
        began = time.monotonic()
        claim = adapter.solve(SOFT, run, solver="COIN_CMD")
        assert time.monotonic() - began < 1.0 + adapter.LAST + 0.5
        assert claim.status is Status.INTERRUPTED
        assert note in claim.note
        assert claim.point is not None
        assert gone(folders)


def test_cancel_is_no_proof(fake):
    """What a solver calls infeasible or optimal once interrupted is neither."""
    for word in ("Infeasible", "Integer infeasible (no integer solution - continuous used)"):
        fake(f"{OUT}trap 'echo \"{word} - objective value 0.0\" > \"$2\"; exit 0' INT\n"
             "sleep 61.5 & wait; wait")  # fmt: skip
        run = Run(seconds=60)
        threading.Timer(1.0, run.cancel.set).start()
        claim = adapter.solve(HARD, run, solver="COIN_CMD")
        assert claim.status is Status.INTERRUPTED, word
        assert claim.point is None


def test_interrupt_at_an_overrun_limit(fake):
    """A solver that overruns its limit is interrupted, and its plan is one found at the limit."""
    fake(f"{OUT}trap 'echo \"Stopped on iterations (no integer solution - continuous used) - "
         "objective value 0.0\" > \"$2\"; exit 0' INT\nsleep 61.5 & wait; wait")  # fmt: skip
    claim = by_cbc(HARD, seconds=0.5, start=False)
    assert claim.status is Status.NO_SOLUTION_LIMIT


# -- progress --------------------------------------------------------------------------------------


def test_value_and_bound_of_cbc_are_followed():
    """While CBC runs its values and bounds are told, and none is better than those of its end."""
    program, seen = assignment(40, 5), list[Progress]()
    claim = adapter.solve(program, Run(seconds=4, report=seen.append))
    assert claim.point is not None and claim.bound is not None
    while_it_ran = [step for step in seen if step.seconds < 3.5]
    values = {step.value for step in while_it_ran if step.value is not None}
    bounds = {step.bound for step in while_it_ran if step.bound is not None}
    assert values and min(values) >= measure(program, claim.point).value
    assert bounds and max(bounds) <= claim.bound
    assert {step.stage for step in seen} == {"search"}


def test_the_constant_is_part_of_what_is_told():
    """What is told while CBC runs is in the program's own measure, constant included."""
    program = assignment(40, 5)
    dearer = replace(program, cost=replace(program.cost, constant=10**6))
    seen: list[Progress] = []
    claim = adapter.solve(dearer, Run(seconds=3, report=seen.append))
    assert claim.bound is not None
    last = seen[-1]
    assert last.value is not None and 10**6 < last.value < 2 * 10**6
    assert last.bound is not None and 10**6 < last.bound <= claim.bound


def test_others_tell_the_time():
    """A solver whose log is not read still shows every second that it runs."""
    seen: list[Progress] = []
    adapter.solve(SOFT, Run(seconds=4, report=seen.append), solver="HiGHS")
    assert len(seen) >= 2
    assert {(step.value, step.bound) for step in seen} == {(None, None)}
    assert [step.seconds for step in seen] == sorted(step.seconds for step in seen)


@pytest.mark.parametrize("stage", ["start", "search"])
def test_failing_listener(folders, stage):
    """What a listener raises reaches the caller at every stage, and ends the solver."""

    def report(progress: Progress) -> None:
        if progress.stage == stage:
            raise LookupError(stage)

    began = time.monotonic()
    with pytest.raises(LookupError, match=stage):
        adapter.solve(SOFT, Run(seconds=30, start=first_point(SOFT), report=report))
    assert time.monotonic() - began < 5
    assert gone(folders)


def test_log_claims_no_more_than_its_digits(tmp_path):
    """Where CBC prints fewer digits than a number has, values are told up and bounds down."""
    path = tmp_path / "solver.log"
    log = Log(path)
    assert log.look() == (None, None)
    path.write_text("Continuous objective value is 6.0496e+08 - 0.01 seconds\nCbc0012I Integer sol")
    assert log.look() == (None, 604959500.0)
    with path.open("a") as file:
        file.write(
            "ution of 6.6275752e+08 found by heuristic after 7300 iterations and 40 nodes (2 s)\n"
            "Cbc0010I After 9 nodes, 1 on tree, 2543 best solution, best possible 2495.3057 (1 s)\n"
        )
    value, bound = log.look()
    assert value == 2543 and bound == pytest.approx(2495.30565)
    with path.open("a") as file:
        file.write("Cbc0012I Integer solution of 6.6275752e+08 found by heuristic after 1\n")
        none = "1e+50 best solution, best possible -1.8e+308"
        file.write(f"Cbc0010I After 0 nodes, 1 on tree, {none} (0.1 seconds)\n")
    assert log.look() == (662757525, None)
    assert log.look() == (None, None)


# -- solvers ---------------------------------------------------------------------------------------


def test_another_solver():
    """``pulp:HiGHS`` is PuLP with HiGHS, and has the same optimum as CBC."""
    program = assignment(15, 4)
    claim, other = (engine(name)(program, Run(seconds=30)) for name in ("pulp:HiGHS", "pulp"))
    assert claim.status is other.status is Status.OPTIMAL_CLAIMED
    assert claim.point is not None and other.point is not None
    assert measure(program, claim.point).value == measure(program, other.point).value
    assert " HiGHS 1." in claim.solver and " PULP_CBC_CMD 2." in other.solver


def test_highs_that_errs_is_refused_here_too(monkeypatch):
    """The version of HiGHS that answers wrongly is not used through PuLP either."""
    monkeypatch.setattr(highs, "installed_version", lambda: "1.14.0")
    with pytest.raises(ImportError, match=r"1\.14\.0"):
        engine("pulp:HiGHS")(assignment(3, 2), Run(seconds=5))


@pytest.mark.parametrize("solver", ["MIPCL_CMD", "NO_SUCH_SOLVER"])
def test_missing_solver(solver):
    """A solver that is not installed, or that PuLP does not know, is named."""
    with pytest.raises(ImportError, match=solver):
        engine(f"pulp:{solver}")(assignment(3, 2), Run(seconds=10))


def test_missing_pulp(monkeypatch):
    """Without PuLP the engine says so."""
    monkeypatch.setattr(solvers, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="PuLP"):
        adapter.solve(assignment(3, 2), Run(seconds=5))


def test_digits_that_files_do_not_hold():
    """A coefficient of more digits than PuLP writes is refused, not rounded."""
    program = assignment(3, 2)
    wide = replace(program, cost=replace(program.cost, choice=program.cost.choice + 10**12))
    with pytest.raises(EngineError, match="twelve digits"):
        adapter.solve(wide, Run(seconds=5))


def test_no_cost_at_all():
    """A program that costs nothing but its constant is solved like any other."""
    program = assignment(6, 2)
    free = replace(program.cost, choice=np.zeros(12, np.int64), constant=5)
    claim = adapter.solve(replace(program, cost=free), Run(seconds=20))
    assert claim.status is Status.OPTIMAL_CLAIMED
    assert claim.bound == 5


def test_range_rows():
    """A row with two different limits keeps both."""
    use = Csr.of(2, np.array([0, 1]), np.array([0, 0]), np.array([3, 8]))
    for lower, upper, value in ((4, 9, 2), (0, 5, 1), (4, 5, None)):
        program = program_of(
            np.array([0, 2]), np.array([1, 2]), use, np.array([lower]), np.array([upper])
        )
        claim = adapter.solve(program, Run(seconds=20))
        found = None if claim.point is None else measure(program, claim.point).value
        assert found == value


# -- ends ------------------------------------------------------------------------------------------

OUT = 'for last; do :; done\nwhile [ "$1" != -solution ]; do shift; done\n'


def by_cbc(program: Program = SOFT, seconds: float = 10.0, *, start: bool = True):
    """Solve with the CBC on the path."""
    run = Run(seconds=seconds, start=first_point(program) if start else None)
    return adapter.solve(program, run, solver="COIN_CMD")


@pytest.mark.parametrize("body", ["kill -SEGV $$", "kill -ABRT $$", "exit 3", "exit 0"])
def test_solver_that_dies(fake, folders, body):
    """A solver that dies or writes nothing has crashed; the start is kept."""
    fake(body)
    claim = by_cbc()
    assert claim.status is Status.CRASH
    assert claim.point is not None
    assert by_cbc(start=False).point is None
    assert [path.name for path in folders.iterdir()] == ["bin"]


def test_killed_by_the_kernel(fake):
    """A process killed with no word from us ran out of memory, as far as anyone can tell."""
    fake("kill -9 $PPID")
    assert by_cbc().status is Status.OOM_KILLED


def test_solver_that_hangs(fake, folders, monkeypatch):
    """A solver that ignores its limit and every polite signal, and forks, is killed with kin."""
    monkeypatch.setattr(adapter, "GRACE", 0.3)
    fake("trap '' TERM INT HUP\nsleep 61.5 & sleep 61.5 & wait\nsleep 61.5")
    began = time.monotonic()
    claim = by_cbc(seconds=1.0)
    assert time.monotonic() - began < 3
    assert claim.status is Status.TIMEOUT_KILLED
    assert claim.point is not None
    assert gone(folders)


@pytest.mark.parametrize("line", ["", "Hello", "Optimal"])
def test_solver_that_babbles(fake, line):
    """A solution file that PuLP itself cannot read is a crash."""
    fake(f"{OUT}echo '{line}' > \"$2\"")
    assert by_cbc().status is Status.CRASH


def test_unknown_word(fake):
    """A first line that is no end of CBC's is an error, not a guess, though PuLP reads it."""
    fake(f'{OUT}echo "Optimistic - objective value 0" > "$2"')
    with pytest.raises(EngineError, match="Optimistic"):
        by_cbc()


def test_solver_that_lies(fake):
    """An "optimum" of no values, or a lost one, is bad output, and the start is kept."""
    fake(f'{OUT}echo "Optimal - objective value 0.0" > "$2"')
    claim = by_cbc()
    assert claim.status is Status.BAD_OUTPUT
    assert claim.point is not None
    assert measure(SOFT, claim.point).value == measure(SOFT, first_point(SOFT)).value


def test_false_infeasible(fake):
    """Called infeasible while a feasible start is at hand, it is bad output."""
    fake(f'{OUT}echo "Infeasible - objective value 0.0" > "$2"')
    claim = by_cbc()
    assert claim.status is Status.BAD_OUTPUT
    assert claim.point is not None
    assert by_cbc(HARD, start=False).status is Status.INFEASIBLE_CLAIMED


def test_value_above_the_bound(fake):
    """A point worse than the value that CBC gives it is not called optimal."""
    program = replace(assignment(3, 2), upper=np.array([1000, 1000]))
    fake(
        f'{OUT}echo "Optimal - objective value 1.0" > "$2"\n'
        f'for x in 0 2 4; do echo "$x X000000$x 1 0" >> "$2"; done'
    )
    claim = by_cbc(program, start=False)
    assert claim.status is Status.FEASIBLE_LIMIT
    assert claim.note.endswith("within a gap")
    assert claim.point is not None
    assert claim.point.choice.tolist() == [0, 2, 4]


@pytest.mark.nightly
@pytest.mark.parametrize("solver", ["HiGHS", "SCIP_PY"])
def test_pulp_4(tmp_path, solver):
    """The same adapter drives PuLP 4, which needs a later Python; skipped where there is none."""
    later = os.environ.get("LATER_PYTHON") or shutil.which("python3.13") or ""
    place = tmp_path / "venv"
    packages = ["pulp>=4,<5", "numpy", "highspy", "pyscipopt"]
    make = [later, "-m", "venv", str(place)]
    install = [str(place / "bin" / "python"), "-m", "pip", "install", "-q", *packages]
    for command in (make, install):
        if not later or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("no Python 3.13 (name one by LATER_PYTHON), or PuLP 4 cannot be had")
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from programs import known; from realloc.engines import Run, engine\n"
        "from realloc.program import measure\n"
        "for city in known(20):\n"
        f"    claim = engine('pulp:{solver}')(city.program, Run(seconds=20))\n"
        "    value = claim.point and measure(city.program, claim.point).value\n"
        "    assert city.optimum is None or claim.solver.startswith('PuLP 4'), claim\n"
        "    assert value == city.optimum, (city, claim)\n"
    )
    root = HERE.parents[1]
    command = [str(place / "bin" / "python"), "-W", "error::DeprecationWarning", "-c", code,
               str(HERE), str(HERE.parent), str(root)]  # fmt: skip
    subprocess.run(command, check=True)
