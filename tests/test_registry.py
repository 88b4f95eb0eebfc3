"""No rule or criterion is half there: evaluation, formulation, words and tests exist for all."""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from pathlib import Path
from string import Formatter

import pytest
import test_formulation
from literal import twins as build_twins

from realloc import authority, evaluation, formulation
from realloc.messages.words import LANGUAGES, WORDS
from realloc.schema import CRITERIA, FAMILIES, SCHEMA

NUMBERS = {f"K{k}": name for k, name in enumerate(CRITERIA, start=1)}
EVERY = [*FAMILIES, *NUMBERS]
HERE = Path(__file__).parent
ROOT = HERE.parent

#: Columns that are told and written, and that no rule or criterion reads.
TOLD_ONLY = {
    "places.households", "tasks.duration", "tasks.legal_basis_status", "delegations.delegator",
    "workload.minutes_min", "workload.minutes_max",
}  # fmt: skip


def _rules_of(node: ast.FunctionDef) -> set[str]:
    """Return the rules that a test function states, by its name or by its marks."""
    found = set()
    name = re.match(r"test_([ck]\d+)_", node.name)
    if name:
        found.add(name[1].upper())
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rule":
            found |= {str(a.value) for a in mark.args if isinstance(a, ast.Constant)}
    return found


def _stated_by_tests(sources: list[Path]) -> dict[str, list[str]]:
    stated = defaultdict(list)
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for rule in _rules_of(node):
                    stated[rule].append(f"{path.name}::{node.name}")
    return dict(stated)


def test_the_model_has_a_row_for_every_rule_and_criterion():
    """Codes and names of `docs/model.md` are those of the schema, in their order."""
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    rules = re.findall(r"^\| \*\*(C\d+)\*\* (.+?) \|", page, re.M)
    assert [(code, name.replace(" ", "_")) for code, name in rules] == list(FAMILIES.items())
    assert re.findall(r"^\| (K\d+) \| (\w+) \|", page, re.M) == list(NUMBERS.items())


def test_every_column_is_read():
    """Some module of the model names each column (whatever its table), or it is told only."""
    package = Path(formulation.__file__).parents[1]
    files = [package / name for name in ("instance.py", "authority.py")]
    files += [f for name in ("law", "evaluation", "formulation")
              for f in (package / name).rglob("*.py")]  # fmt: skip
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    unread = {f"{name}.{column.name}" for name, table in SCHEMA.items() for column in table.columns
              if f'"{column.name}"' not in source}  # fmt: skip
    assert unread == TOLD_ONLY


def test_evaluation_has_every_rule_and_criterion():
    """`evaluation` measures all criteria and tests all rules, by functions named after them."""
    assert list(evaluation.RULES) == list(FAMILIES)
    assert list(evaluation.MEASURES) == [*CRITERIA, "cancelled"]
    for code, rule in evaluation.RULES.items():
        assert rule.__name__ == f"violations_{code.lower()}_{FAMILIES[code]}"
    for code, name in NUMBERS.items():
        assert evaluation.MEASURES[name].__name__ == f"{code.lower()}_{name}"


def test_formulation_has_every_rule_and_criterion():
    """`formulation` states all of them; those left to candidates are tested by `authority`."""
    assert set(formulation.STATED) == set(EVERY)
    for code, stated in formulation.STATED.items():
        if stated is authority.Authority:
            assert f'"{code}"' in inspect.getsource(authority)
        else:
            assert callable(stated)


def test_evaluation_and_formulation_share_no_function():
    """The two statements of a rule are two functions, or the tests between them would be void."""
    evaluated = {*evaluation.RULES.values(), *evaluation.MEASURES.values()}
    assert not evaluated & set(formulation.STATED.values())


@pytest.mark.parametrize("code", EVERY)
def test_words_of_both_languages(code):
    """Every rule and criterion has a name in Chinese and in English."""
    key = f"rule.{code}" if code in FAMILIES else f"criterion.{NUMBERS[code]}"
    assert len({text for text in WORDS[key] if text.strip()}) == len(LANGUAGES)


@pytest.mark.parametrize("code", EVERY)
def test_every_rule_has_a_test(code):
    """Some test carries the rule in its name (``test_c5_…``) or as a mark."""
    assert _stated_by_tests(sorted(HERE.rglob("test_*.py"))).get(code)


def test_every_family_has_three_cases():
    """`test_formulation.CASES` has a plan inside, one outside, and the way without each family."""
    assert list(test_formulation.CASES) == list(FAMILIES)
    for family, make in test_formulation.CASES.items():
        cases = make(build_twins())
        assert test_formulation.broken_in_program(cases.inside.city, cases.inside.plan) == set()
        assert set(evaluation.evaluate(cases.outside.city, cases.outside.plan).families()) == {
            family
        }
        assert cases.left_out(cases.inside) == cases.left_out(cases.outside) == set()


def test_marks_are_found_by_name_and_by_mark(tmp_path):
    """The search sees both forms and nothing else (so that the test above can fail)."""
    path = tmp_path / "test_sample.py"
    path.write_text(
        'def test_c5_inside(): ...\n@pytest.mark.rule("K2", "C9")\ndef test_other(): ...\n'
        "def test_c16x(): ...\ndef helper_c7_(): ...\n"
    )
    assert set(_stated_by_tests([path])) == {"C5", "K2", "C9"}


@pytest.mark.parametrize("key", WORDS)
def test_words_have_the_same_placeholders(key):
    """The texts of a key take the same facts in both languages, and neither is blank."""
    fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in WORDS[key]]
    assert len(fields) == len(LANGUAGES)
    assert fields[0] == fields[1]
    assert all(text.strip() for text in WORDS[key])
