"""The notebook of the report runs from its first cell to its last, and shows what it says."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs" / "report.ipynb"

#: What each cell has to show: words that come from the city and its result.
SHOWN = {
    "read": ["125"],
    "solve": ["差距", "%"],
    "nearest": ["%"],
    "criteria": [*(f"K{k}" for k in range(1, 10)), "community load", "社区负担"],
    "rules": ["C"],
    "communities": ["方案 / plan, %"],
    "up": ["增减 / added, h"],
    "moved": ["社区", "街道办"],
    "changes": ["改动 / changes", "reason"],
    "verify": ["valid=True"],
}
#: What each picture has to draw: kind of mark, and a word on it.
PICTURES = {
    "criteria-picture": ("bar", "K1 社区负担"),
    "communities-picture": ("point", "现状 / today"),
    "up-picture": ("bar", "added, hours a year"),
    "moved-picture": ("rect mark", "承接组织"),
}


def read() -> Any:
    """Return the notebook as stored."""
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def cells() -> dict[str, Any]:
    """The cells of the notebook after a run, by their names."""
    notebook = read()
    place = {"metadata": {"path": str(NOTEBOOK.parent)}}
    environment = {**os.environ, "PYTHONPATH": str(NOTEBOOK.parents[1]), "PYTHONUTF8": "1"}
    NotebookClient(notebook, timeout=120, resources=place).execute(env=environment)
    return {cell.id: cell for cell in notebook.cells}


def shown(cell: Any) -> str:
    """Return all that a cell shows as text."""
    parts = [output.get("text", "") for output in cell.outputs]
    parts += [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(parts)


@pytest.mark.parametrize("name", SHOWN)
def test_tables_show_what_they_should(name: str, cells: dict[str, Any]):
    """Each table has the words and the numbers that it is there for."""
    text = shown(cells[name])
    assert [word for word in SHOWN[name] if word not in text] == []


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_have_marks(name: str, cells: dict[str, Any]):
    """Each picture is one drawing with its words and at least two marks, none of them nowhere."""
    drawings = [output.get("data", {}).get("image/svg+xml") for output in cells[name].outputs]
    assert len(drawings) == 1
    marks, word = PICTURES[name]
    assert len(re.findall(f'aria-roledescription="{marks}"', drawings[0])) >= 2
    assert word in drawings[0]
    assert "NaN" not in drawings[0]


def test_the_stored_notebook_has_no_output_and_no_path():
    """What is stored is source alone: no outputs, no counts, no address, no place on a machine."""
    for cell in read().cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
        assert not re.search(r"https?://|/home/|/tmp/|[A-Z]:\\", cell.source)
    assert "outputs" in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"][1]


def test_every_heading_is_in_both_languages():
    """Chinese first, English beside it."""
    for cell in read().cells:
        if cell.cell_type == "markdown":
            heading = cell.source.splitlines()[0]
            assert re.match(r"#+ .*[\u4e00-\u9fff].* / [A-Z]", heading), heading
