"""Imports run one way, and words of a language stay at the edge."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

import realloc

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "realloc"

#: Layers from the lowest; a module may import those of lower layers and of its own.
LAYERS = (
    ("schema",), ("errors",), ("rules",), ("kinds",), ("instance",), ("law",), ("tables",),
    ("authority",), ("generator",),
    ("evaluation",), ("sparse",), ("program",), ("reduction",), ("linear",), ("proof",), ("cuts",),
    ("formulation",), ("engines",), ("certificate",), ("prover",), ("conflict",),
    ("provenance",), ("storage",), ("archive",), ("result",), ("stages",), ("verification",),
    ("solver",), ("diagnosis", "explanation", "study"), ("messages",), ("reporting",), ("worker",),
    ("ui",), ("cli",), ("__main__",),
)  # fmt: skip
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

#: Arrows that point downwards and are forbidden all the same.
FORBIDDEN = {
    "evaluation": {"formulation", "program", "engines", "authority", "generator", "tables"},
    "formulation": {"evaluation", "engines", "generator", "tables"},
    "linear": {"schema", "instance", "law", "tables", "authority", "generator", "evaluation"},
    "reduction": {"schema", "instance", "law", "tables", "authority", "generator", "evaluation"},
    "program": {"schema", "instance", "law", "tables", "authority", "generator", "evaluation"},
    "proof": {"schema", "instance", "law", "tables", "authority", "generator", "evaluation"},
    "engines": {"schema", "instance", "law", "tables", "authority", "generator", "evaluation",
                "formulation"},
    "certificate": {"formulation", "engines", "evaluation", "instance", "tables"},
    "verification": {"engines", "prover"},
    "cli": {"ui"},
    "__main__": {"ui"},
}  # fmt: skip

#: Arrows against the order, each with its reason.
ALLOWED = {
    ("result", "reporting"),  # a result's summary() hands itself to those who have words
}

#: Modules that may hold words in a language. `schema` and `generator` hold headers and names, which
#: are data; all else below `messages` speaks in codes.
WORDED = {"schema", "generator", "messages", "reporting", "cli", "worker", "ui"}

CJK = re.compile("[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")


def _sources() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def _module(path: Path) -> str:
    """Return the part of the architecture to which a file belongs: ``engines`` of engines/x.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _code(path: Path) -> str:
    """Return the Python of a file; of a notebook that of its cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = (cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    return "\n".join("".join(cell["source"]) for cell in cells)


def _imports(path: Path) -> set[str]:
    """Return the modules of the package that a file or notebook imports, lazily or not."""
    found: set[str] = set()
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(_code(path))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{stem}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [str(a.value) for a in node.args if isinstance(a, ast.Constant)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "realloc":
                found.add(parts[1] if len(parts) > 1 else "")
    return found - {"__version__"}


def _strings(path: Path) -> list[tuple[int, str]]:
    """Return (line, text) of every string of a file that is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and id(node) not in documentation
    ]  # fmt: skip


def test_every_module_has_a_layer():
    """No module of the package stands outside the architecture."""
    assert {_module(path) for path in _sources()} <= set(RANK)


@pytest.mark.parametrize("path", _sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards(path):
    """A module imports only lower layers, never the package's front, and no forbidden arrow."""
    here = _module(path)
    imported = _imports(path) - {here}
    assert "" not in imported, "import the module, not the package"
    upwards = {m for m in imported if RANK[m] >= RANK[here]}
    assert {(here, m) for m in upwards} <= ALLOWED
    assert imported & FORBIDDEN.get(here, set()) == set()


def test_nothing_but_the_app_imports_its_pages():
    """Tables and reasons are had without the app: by the notebook, the benchmarks, the verbs."""
    notebook = ROOT / "docs" / "report.ipynb"
    others = [notebook, *(ROOT / "docs").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py"),
              *(path for path in _sources() if _module(path) != "ui")]  # fmt: skip
    assert "reporting" in _imports(notebook)
    assert "ui" in _imports(ROOT / "app.py")
    assert [path for path in others if "ui" in _imports(path)] == []


def test_the_front_has_every_module_that_it_names():
    """The types that `realloc/__init__.py` names for checkers are those that it loads lazily."""
    lazy = {module.split(".")[1] for module in realloc._MODULES.values()}  # noqa: SLF001
    assert _imports(PACKAGE / "__init__.py") == lazy
    assert {*realloc._MODULES, "__version__"} == set(realloc.__all__)  # noqa: SLF001


@pytest.mark.parametrize(
    "path",
    [p for p in _sources() if _module(p) not in WORDED],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_core_speaks_in_codes(path):
    """No string of a core module is in Chinese; its words are in `messages`."""
    assert [(line, text) for line, text in _strings(path) if CJK.search(text)] == []


def test_the_reader_of_imports_sees_every_form(tmp_path):
    """Plain, from, relative and lazy imports are all read (so that the tests above can fail)."""
    folder = ROOT / "realloc" / "engines"
    source = (
        "import realloc.law\nfrom realloc import errors\nfrom realloc.tables import read\n"
        "from .. import program\nfrom ..instance import City\n"
        "def f():\n    import realloc.solver as s\n"
        "import_module('realloc.study').frontier\n"
    )

    class Source:
        suffix = ".py"

        def read_text(self, encoding: str) -> str:
            return source

        def relative_to(self, root: Path) -> Path:
            return (folder / "sample.py").relative_to(root)

    found = _imports(Source())  # pyright: ignore[reportArgumentType]
    assert found == {"law", "errors", "tables", "program", "instance", "solver", "study"}


def test_the_reader_of_strings_skips_documentation_only(tmp_path):
    """A docstring may be in Chinese, any other string is seen."""
    path = tmp_path / "sample.py"
    source = '"""社区"""\nx = "街道"\ndef f():\n    "区"\n    return f"{x}市"\n'
    path.write_text(source, encoding="utf-8")
    assert [text for _, text in _strings(path) if CJK.search(text)] == ["街道", "市"]
