"""No rule or criterion is half there: evaluation, formulation, words and tests exist for all."""

from __future__ import annotations

import ast
import inspect
import random
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest
import test_formulation
from cities import random_city
from literal import twins as build_twins

from realloc import authority, evaluation, formulation
from realloc.authority import Authority
from realloc.errors import InputError
from realloc.formulation import criteria, rules, work
from realloc.instance import City
from realloc.messages.words import LANGUAGES, WORDS
from realloc.program import Program
from realloc.reporting.figures import write_codes
from realloc.schema import CRITERIA, FAMILIES, SCHEMA, SETTINGS, Column
from realloc.stages import objectives_of, relative_gap

NUMBERS = {f"K{k}": name for k, name in enumerate(CRITERIA, start=1)}
EVERY = [*FAMILIES, *NUMBERS]
HERE = Path(__file__).parent
ROOT = HERE.parent

#: Columns and settings that are told, written or checked, and that no rule or criterion reads.
TOLD_ONLY = {
    "name", "places.name", "units.name", "tasks.name", "tasks.name_en", "tasks.category_en",
    "forms.name", "inspections.name", "schemes.name", "contracts.name",
    "authority.basis", "delegations.basis", "admission.basis", "tasks.legal_basis_status",
    "delegations.delegator", "forms.approval", "places.households", "places.kind",
    "schemes.kind", "workload.minutes_min", "workload.minutes_max", "reference_staff",
}  # fmt: skip
#: No other value of one cell is accepted there: a tier must fit the places above and below.
BOUND = {"places.tier"}


#: Where `formulation` states each rule and criterion.
STATED = {
    "C1": Program, "C2": Authority, "C3": Authority, "C4": rules.c4_admission,
    "C5": rules.c5_quotas, "C6": rules.c6_funding, "C7": Authority, "C8": rules.c8_contracts,
    "C9": rules.c9_capacity, "C10": rules.c10_peak_months, "C11": rules.c11_rounds,
    "C12": rules.c12_service_floor, "C13": rules.c13_nobody_worse, "C14": Authority,
    "C15": rules.c15_limits, "K1": criteria.k1_community_load, "K2": criteria.k2_inspections,
    "K3": criteria.k3_overload, "K4": criteria.k4_principals, "K5": criteria.k5_worst_load,
    "K6": criteria.k6_public_cost, "K7": criteria.k7_pushed_up, "K8": criteria.k8_change,
    "K9": criteria.k9_forms,
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


def test_the_gap_is_said_as_it_is_worked_out():
    """Model, glossary and help divide by what the code divides by, which is never nothing."""
    docs = (ROOT / "docs" / name for name in ("model.md", "glossary.md"))
    pages = [path.read_text(encoding="utf-8") for path in docs]
    pages += WORDS["help.gap"]
    for page, value in zip(pages, ("value", "目标值", "目标值", "objective"), strict=True):
        assert f"max(1, |{value}|)" in page.replace("\\|", "|")
    assert (relative_gap(0, -3), relative_gap(4, 3)) == (3, 0.25)


def _plain(value: Any) -> Any:
    """Return arrays and dataclasses as values that can be compared, without the city in them."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if is_dataclass(value):
        return [_plain(getattr(value, f.name)) for f in fields(value) if f.name != "city"]
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def _made_of(city: City) -> Any:
    """Return all that both statements make of a city: today measured and tested, the program."""
    today = evaluation.evaluate(city, city.current)
    objectives = list(objectives_of(city).values())
    return [_plain(today), _plain(formulation.formulate(city, today=today.load,
                                                        objectives=objectives))]  # fmt: skip


def _values(city: City, column: Column) -> list[Any]:
    """Return some values that a column may have in a city."""
    match column.kind:
        case "flag":
            return [0, 1]
        case "enum":
            return list(column.words)
        case "date":
            return ["2000-01-01", "2099-12-31"]
        case "months":
            return [(0, 12), (3, 2)]
        case "ref":
            target = city.tables[column.target]
            return list(target[SCHEMA[column.target].key[0]])
        case "refs":
            return [(code,) for code in city.places.code]
        case "holder":
            return [*city.holder_codes]
        case "function":
            return list(city.functions)
        case "words":
            return [("a",), ("b",), ("change",), ("forms", "change")]
        case "text":
            return ["", "a", "b", "text"]
        case _:
            top = 1000 if column.kind == "share" else column.high
            return [n for n in (0, 1, 2, 50, 999, 100_000) if column.low <= n <= top]


def _other(city: City, name: str, draw: random.Random) -> City:
    """Return the city with another value for a setting, or in one cell of a column, if it can."""
    with suppress(InputError, IndexError):
        if name in SETTINGS:
            return city.replace(settings={name: draw.choice(_values(city, SETTINGS[name]))})
        table, _, column = name.partition(".")
        values = list(city.tables[table][column])
        values[draw.randrange(len(values) or 1)] = draw.choice(
            _values(city, SCHEMA[table].column(column))
        )
        return city.replace(tables={table: {**city.tables[table], column: values}})
    return city


def test_every_column_is_read():
    """Another value of a column or setting makes another program or evaluation of some city, or
    it is told only."""
    columns = {f"{name}.{column.name}" for name, table in SCHEMA.items()
               for column in table.columns if column.kind != "id"}  # fmt: skip
    unread = (columns | set(SETTINGS)) - BOUND
    for seed in range(200):
        # what is told only would be tried for ever
        names = unread if seed < 6 else unread - TOLD_ONLY
        if not names:
            break
        draw, city = random.Random(seed), random_city(seed)
        made = _made_of(city)
        for name in sorted(names):
            other = _other(city, name, draw)
            if other.digest() != city.digest() and _made_of(other) != made:
                unread.remove(name)
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
    assert set(STATED) == set(EVERY)
    called = inspect.getsource(formulation.formulate) + inspect.getsource(work)
    for code, stated in STATED.items():
        if stated is Authority:
            assert f'"{code}"' in inspect.getsource(authority)
        elif stated is not Program:
            assert f"{stated.__name__}(" in called
            assert stated.__name__.startswith(f"{code.lower()}_")


def test_evaluation_and_formulation_share_no_function():
    """The two statements of a rule are two functions, or the tests between them would be void."""
    evaluated = {*evaluation.RULES.values(), *evaluation.MEASURES.values()}
    assert not evaluated & set(STATED.values())


@pytest.mark.parametrize("code", EVERY)
def test_words_of_both_languages(code):
    """Every rule and criterion has a name and a meaning in Chinese and in English."""
    if code in FAMILIES:
        keys = f"rule.{code}", f"meaning.{code}"
    else:
        keys = f"criterion.{NUMBERS[code]}", f"help.{NUMBERS[code]}"
    for key in keys:
        assert len({text for text in WORDS[key] if text.strip()}) == len(LANGUAGES)


@pytest.mark.parametrize("page", ["README.md", "docs/glossary.md"])
def test_pages_name_all_rules_and_criteria(page):
    """Where a page says which rules or criteria there are, these are all of them."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for codes in (FAMILIES, NUMBERS):
        said = re.findall(rf"{next(iter(codes))}–[CK\d–,]+\d", text)
        assert set(said) == {write_codes(codes, "zh")}


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
