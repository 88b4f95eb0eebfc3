"""A solve in a process of its own: progress, stop and keep the best, and ends in codes."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from realloc import tables, worker
from realloc.engines import Progress
from realloc.generator import generate
from realloc.instance import City
from realloc.result import load
from realloc.solver import verify
from realloc.worker import DONE, FAILED, KILLED, RUNNING, STOPPING, Job, Request


@pytest.fixture(scope="module")
def reference() -> City:
    """The reference city: one community with every task."""
    return generate("reference", 1)


@pytest.fixture(scope="module")
def district() -> City:
    """A district: large enough that no run ends by itself within a test."""
    return generate("district", 1)


@pytest.fixture
def started(tmp_path):
    """Start jobs that do not outlive the test."""
    jobs: list[Job] = []

    def start(city: City, **options) -> Job:
        jobs.append(Job.start(city, Request(**options), tmp_path / f"job{len(jobs)}"))
        return jobs[-1]

    yield start
    for job in jobs:
        job.kill()


def until(true, seconds: float = 60.0) -> bool:
    """Wait until something is true, at most so long; return whether it is."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(true())


def test_a_job_solves_reports_and_verifies(started, reference):
    """A short run ends as done, with steps, a result that holds, and its verification."""
    job = started(reference, time_limit=60.0, gap=0.5)
    assert job.state == RUNNING
    assert job.wait(90) == DONE, (job.folder / "worker.log").read_text()
    steps = job.steps()
    assert steps[-1].stage == "verify"
    assert all(step.value is None or isinstance(step.value, int) for step in steps)
    assert [s.seconds for s in steps] == sorted(s.seconds for s in steps)
    saved = load(job.folder / "out", reference)
    assert saved.plan is not None
    assert saved.claims["seconds"]["load"] > 0
    assert saved.claims["provenance"]["digest"] == reference.digest()
    assert job.verification == verify(reference, job.folder / "out").to_json()
    assert job.verification is not None and job.verification["valid"]


def test_stop_keeps_the_best_plan(started, district):
    """A run of an hour that is told to stop ends soon, with the best plan it had, verified."""
    job = started(district, time_limit=3600.0)
    assert until(lambda: any(s.value is not None for s in job.steps()))
    best = min(s.value for s in job.steps() if s.value is not None)
    job.stop()
    assert job.state == STOPPING
    assert job.wait(60) == DONE, (job.folder / "worker.log").read_text()
    saved = load(job.folder / "out", district)
    assert saved.plan is not None
    assert saved.claims["objective"] <= best
    assert job.verification is not None and job.verification["valid"]


def test_a_killed_process_is_told_from_a_failed_one(started, district):
    """A process that was killed left no word: the job is killed, by the signal's name."""
    job = started(district, time_limit=3600.0)
    assert until(lambda: job.stage)
    job.process.send_signal(signal.SIGKILL)
    assert job.wait(10) == KILLED
    assert (job.end.code, job.end.detail) == ("SIGKILL", "")
    assert not job.has_result


def test_a_kill_that_was_asked_for_is_told_from_others(started, reference):
    """Whoever ends a job at once is not told that it was killed for lack of memory."""
    job = started(reference, time_limit=3600.0)
    job.kill()
    assert not job.alive
    assert (job.end.state, job.end.detail) == (KILLED, "asked")


def test_an_engine_that_cannot_be_used_fails_in_a_code(started, reference):
    """An unknown solver of PuLP ends the job as failed, by the code of engines."""
    job = started(reference, engine="pulp:NO_SUCH_SOLVER", time_limit=1.0)
    assert job.wait(60) == FAILED
    assert job.end.code == "engine"
    assert "NO_SUCH_SOLVER" in job.end.detail


def test_an_unexpected_error_is_kept_in_the_log(tmp_path, monkeypatch, capfd):
    """An error that nobody foresaw ends the job as failed; its details go to the log alone."""

    def break_down(folder, cancel):
        raise RuntimeError("a detail")

    monkeypatch.setattr(worker, "_solve", break_down)
    end = worker.run(tmp_path)
    assert (end.state, end.code, end.detail) == (FAILED, "unexpected", "RuntimeError")
    assert json.loads((tmp_path / "end.json").read_text())["code"] == "unexpected"
    assert "a detail" in capfd.readouterr().err


def test_bad_input_fails_in_a_code(tmp_path):
    """A folder without a city ends the job as failed, by the code of inputs."""
    assert worker.run(tmp_path).code == "input"


def test_a_half_written_line_is_left_for_later(tmp_path):
    """A step is read once its line is whole, and once only."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    job = Job(tmp_path, process)
    assert job.steps() == []
    path = tmp_path / "progress.jsonl"
    whole = '{"seconds": 1.0, "value": 5, "bound": null, "stage": "search"}\n'
    path.write_text(whole + whole[:20])
    assert job.steps() == [Progress(1.0, 5, None, "search")]
    path.write_text(whole + whole.replace("1.0", "2.0"))
    assert [step.seconds for step in job.steps()] == [1.0, 2.0]


def test_what_follows_a_run_is_told_at_its_last_step(monkeypatch):
    """The end has value and bound of the last step, also if it came too soon to be a line."""
    monkeypatch.setattr("realloc.worker.time.monotonic", lambda: 1.0)
    lines = io.StringIO()
    report = worker._Reporter(lines)  # noqa: SLF001
    report(Progress(1.0, 100, 50, "search"))
    report(Progress(1.1, 100, 100, "search"))
    report.phase("verify")
    told = [Progress(**json.loads(line)) for line in lines.getvalue().splitlines()]
    assert told == [Progress(1.0, 100, 50, "search"), Progress(1.1, 100, 100, "verify")]


@pytest.mark.parametrize(
    ("value", "bound", "gap"), [(None, 3, None), (4, None, None), (4, 3, 0.25), (0, 0, 0.0)]
)
def test_gap_of_a_step(value, bound, gap):
    """The gap is there when value and bound are."""
    assert Progress(0.0, value, bound, "").gap == gap


def test_the_worker_ends_with_its_parent(tmp_path, district):
    """A worker whose parent has gone stops by itself and keeps its best."""
    folder = tmp_path / "job"
    tables.write(district, tmp_path / "city")
    code = (
        "import sys; from pathlib import Path; from realloc import tables; "
        "from realloc.worker import Job, Request; "
        "job = Job.start(tables.read(sys.argv[1]), Request(time_limit=3600), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "city"), str(folder)]
    subprocess.run(command, check=True, timeout=60, cwd=Path(__file__).parents[1])
    assert until(lambda: (folder / "end.json").exists(), 60)
    assert json.loads((folder / "end.json").read_text())["state"] == DONE
