"""The record of how a result came about says which city, code, libraries and options it was."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from small import small_city

from realloc.provenance import record

ROOT = Path(__file__).parents[1]


def _record_of(folder: Path) -> dict[str, object]:
    """Return what the package that stands in a folder records."""
    code = (
        "import json; from small import small_city; from realloc.provenance import record\n"
        "print(json.dumps(record(small_city(), {})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": f"{folder}:{ROOT / 'tests'}", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return json.loads(done.stdout)


def test_a_record_names_city_versions_and_options():
    """Digest of the city, versions of what solves, and the options as given."""
    city = small_city()
    found = record(city, {"seed": 7})
    assert found["digest"] == city.digest()
    assert found["options"] == {"seed": 7}
    assert found["libraries"]["highspy"] == version("highspy")
    assert None not in found["libraries"].values()


def test_another_line_of_code_is_another_source(tmp_path: Path):
    """The digest of the modules is that of their content, wherever they stand."""
    shutil.copytree(ROOT / "realloc", tmp_path / "realloc")
    here, there = record(small_city(), {}), _record_of(tmp_path)
    assert here["source"] == there["source"]
    assert (there["commit"], there["lock"]) == (None, None)
    with (tmp_path / "realloc" / "worker.py").open("a") as file:
        file.write("\n")
    assert _record_of(tmp_path)["source"] != here["source"]


def test_a_checkout_names_its_commit_and_its_lock_file(tmp_path: Path):
    """Where the package stands in a repository, the commit is the one that is checked out."""
    shutil.copytree(ROOT / "realloc", tmp_path / "realloc")
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@localhost"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    found = _record_of(tmp_path)
    assert found["commit"] == commit.stdout.strip()
    assert len(str(found["lock"])) == 64
