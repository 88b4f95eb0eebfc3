"""The examples of the README run as they are printed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from realloc.messages.words import say
from realloc.schema import CRITERIA

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str, text: str = README) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def _commands(block: str) -> list[list[str]]:
    """Return the commands of a console block: its lines that start with ``$``."""
    lines = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return [shlex.split(line) for line in lines if line != "source .venv/bin/activate"]


@pytest.fixture
def folder(tmp_path):
    """A folder with the sample cities in it, so that examples write nothing into the project."""
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    return tmp_path


def _run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "LANG": "C.UTF-8"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8",
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("block", _blocks("console"))
def test_console_examples_run(block, folder):
    """The commands of a block run one after the other, and each succeeds."""
    assert _commands(block)
    for program, *arguments in _commands(block):
        assert program == "realloc"
        _run([sys.executable, "-m", "realloc", *arguments], folder)


@pytest.mark.parametrize("block", _blocks("python"))
def test_python_examples_run(block, folder):
    """A Python block runs as a script of its own."""
    _run([sys.executable, "-c", block], folder)


def test_both_kinds_of_example_are_there():
    """The README shows the command line and Python (the tests above do not pass for nothing)."""
    assert len(_blocks("console")) >= 2
    assert len(_blocks("python")) >= 2


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", [str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page):
    """Every relative link of a page, pictures included, leads to a file of the project."""
    path = ROOT / page
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_make_targets_named_in_the_pages_exist():
    """Every ``make …`` that a page asks for is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z/ ]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    known = {word for line in targets for word in line.split()}
    for page in ("README.md", "CONTRIBUTING.md", "docs/adding-a-rule.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:^ {4}|`)make ([a-z/]+)", text, flags=re.MULTILINE)) <= known


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_demo_prints_today_against_the_plan(lang, tmp_path):
    """``make demo`` prints K1 to K9 of today and the plan, gap and shares, as the locale says."""
    locale = {"zh": "zh_CN.UTF-8", "en": "en_US.UTF-8"}[lang]
    environment = {name: value for name, value in os.environ.items() if name[:4] != "MAKE"}
    done = subprocess.run(
        ["make", "--silent", "demo", f"PY={sys.executable}", "READY=", "TIME_LIMIT=8",
         "INSTANCE=instances/reference",
         f"OUT={tmp_path / 'demo'}"],
        cwd=ROOT, env={**environment, "PYTHONUTF8": "1", "LC_ALL": locale}, check=True,
        capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    words = [f"word.{key}" for key in ("gap", "captured", "lawful_share", "today", "plan")]
    for key in [*words, *(f"criterion.{name}" for name in CRITERIA)]:
        assert say(key, lang) in done.stdout, key
    told = re.findall(r"(\d+\.\d\d)%", done.stdout)
    assert len(told) >= 3
    assert (tmp_path / "demo" / "plan.csv").exists()
