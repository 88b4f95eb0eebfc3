"""Every problem has its words in both languages, and they say the same facts."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest

from realloc import messages
from realloc.engines import Doing
from realloc.errors import Problem
from realloc.messages import problems as catalogue
from realloc.messages.words import WORDS
from realloc.schema import (
    CRITERIA,
    CRITERIA_ZH,
    PARTS_ZH,
    SCHEMA,
    SETTINGS,
    WEIGHED,
    Table,
    leaves,
)
from realloc.stages import REASONS
from realloc.tables.cells import grammar
from realloc.tables.numbers import Parsed

#: The settings, as a table of their own.
CITY = Table("city", "城市", tuple(SETTINGS.values()), ())
CODES = re.compile(r"\"([EW]-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*)\"")


def placeholders(text: str) -> set[str]:
    """Return the names that a text needs."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_code_has_words_and_every_word_a_code() -> None:
    """The codes that any module can give are exactly those that the catalogue has texts for."""
    words = Path(messages.__file__).parent
    found = {
        code
        for file in words.parent.rglob("*.py")
        if words not in file.parents
        for code in CODES.findall(file.read_text("utf-8"))
    }
    assert found == set(catalogue.TEXTS)
    assert set(catalogue.HINTS) <= set(catalogue.TEXTS)


def test_every_sentence_and_title_is_used() -> None:
    """A sentence or a title that nobody says is not kept."""
    package = Path(messages.__file__).parents[1]
    files = [package.parent / "app.py", *package.rglob("*.py")]
    code = "".join(file.read_text("utf-8") for file in files if file.parent.name != "messages")
    said = [key for key in WORDS if key.startswith(("text.", "title."))]
    assert [key for key in said if f'"{key}"' not in code] == []


def test_what_a_run_does_and_why_there_is_no_share_have_words() -> None:
    """The words that engines and stages tell are those that people are told, and no others."""
    stages = {key.partition(".")[2] for key in WORDS if key.startswith("stage.")}
    assert stages - {"beginning"} == set(get_args(Doing))  # before the first of them is told
    assert {f"reason.{reason}" for reason in REASONS} <= set(WORDS)


def test_every_problem_says_what_to_do() -> None:
    """Whoever is refused is told how to mend it, and whoever is warned whether to do anything."""
    assert set(catalogue.ADVICE) == set(catalogue.TEXTS)


#: Of these a whole file or table is wrong: what would be right is what to do.
WHOLE = ("E-FILE", "E-OUT", "E-RESULT", "E-TABLE", "E-ENC", "E-CSV", "E-TOML", "E-TEXT", "E-TUPLE")


def test_every_error_says_what_would_be_right() -> None:
    """Where a problem of a cell is made without what is expected, its code says it for all."""
    package = Path(messages.__file__).parents[1]
    silent: set[str] = set()
    for file in package.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            code = call.args[0].value if isinstance(call.args[0], ast.Constant) else ""
            if not isinstance(code, str) or not CODES.fullmatch(f'"{code}"') or code[0] != "E":
                continue
            said = len(call.args) > 1 if ast.unparse(call.func) in ("Issue", "_one", "wrong") else (
                "expected" in {keyword.arg for keyword in call.keywords})  # fmt: skip
            # the grammar of numbers gives what it expects to all that it calls wrong
            if not said and ast.unparse(call.func) not in ("wrong", "no"):
                silent.add(code)
    told = {code for code in silent if messages.explain(Problem(code, "E"), "zh").expected}
    assert {code for code in silent - told if not code.startswith(WHOLE)} == set()


def test_what_is_said_in_special_cases_is_of_known_codes() -> None:
    """Advice, hints and expectations for a case are those of a code that there is."""
    of_cases = {code for code, _ in [*catalogue.ADVICE_FOR, *catalogue.HINTED]}
    assert of_cases | set(catalogue.RIGHT) <= set(catalogue.TEXTS)


@pytest.mark.parametrize(
    "texts",
    [catalogue.TEXTS, catalogue.ADVICE, catalogue.ADVICE_FOR, catalogue.HINTS, catalogue.HINTED,
     catalogue.EXPECTED, catalogue.RIGHT, catalogue.SIGNS],
)  # fmt: skip
def test_both_languages_say_the_same(texts: dict[Any, tuple[str, str]]) -> None:
    """The Chinese and the English text of a key have the same placeholders; Chinese is Chinese."""
    for key, (zh, en) in texts.items():
        assert placeholders(zh) == placeholders(en), key
        assert re.search("[\u4e00-\u9fff]", zh), key
        assert not re.search("[\u4e00-\u9fff]", en), key


def test_every_kind_of_column_is_explained() -> None:
    """What a column of each kind expects has words."""
    kinds = {c.kind for t in SCHEMA.values() for c in t.columns} | {
        c.kind for c in SETTINGS.values()
    }
    assert kinds <= set(catalogue.EXPECTED)


NEGATIVE = Problem("E-NUM-NEG", "E", "city.xlsx", "tasks", "C17", 17, "hours", "'-5'",
                   expected="minutes 0..10000")  # fmt: skip


def test_line_names_place_value_and_remedy() -> None:
    """One line says where, what was found and what would be right, in either language."""
    assert messages.line(NEGATIVE, "en") == (
        "city.xlsx tasks!C17  E-NUM-NEG (hours): '-5' — must not be negative; "
        "expected: whole minutes from 0 to 10000; type 0 or more"
    )
    zh = messages.line(NEGATIVE, "zh")
    assert zh == (
        "city.xlsx tasks!C17  E-NUM-NEG (hours): '-5' — "
        "不能为负数;应为:整数分钟 0 至 10000;请改为 0 或正数"
    )


def test_nothing_expected_nothing_said() -> None:
    """A problem without an expectation, a hint or other cells has its text and advice."""
    empty = Problem("E-TABLE-EMPTY", "R", "a.xlsx", "tasks")
    assert messages.line(empty, "zh") == "tasks  E-TABLE-EMPTY — 表中没有数据;请从第 2 行起逐行填写"
    assert messages.describe(empty, "en") == (
        "E-TABLE-EMPTY — the table has no rows; fill it in from row 2 on"
    )


def test_choices_are_given_in_chinese_as_well() -> None:
    """Words to choose from are shown with their Chinese; tables by their Chinese name."""
    choice = Problem("E-ENUM", "E", sheet="事项", cell="A1", column="权力类型",
                     expected="licensing | penalty")  # fmt: skip
    assert "许可 licensing | 处罚 penalty" in messages.describe(choice, "zh")
    assert "licensing | penalty" in messages.describe(choice, "en")
    unknown = Problem("E-REF-UNKNOWN", "E", expected="ref tasks", hint="T05-02", related=("a!A1",))
    assert "事项表中的编号" in messages.describe(unknown, "zh")
    assert "最接近的是 T05-02" in messages.describe(unknown, "zh")
    assert messages.describe(unknown, "zh").endswith("另见 a!A1")
    kind = Problem("E-HIER-TIER", "E", hint="street")
    assert "上级的层级为 街道" in messages.describe(kind, "zh")
    scheme = Problem("E-SCHEME-KIND", "E", sheet="检查", column="联合方案", hint="unified_form",
                     expected="joint_visit")  # fmt: skip
    assert "应为:联合检查 joint_visit;所填方案是 一表通" in messages.describe(scheme, "zh")


@pytest.mark.parametrize("spelling", ["{}", "{} "], ids=["as it stands", "misspelt"])
@pytest.mark.parametrize("table", [*SCHEMA.values(), CITY], ids=lambda table: table.name)
def test_words_that_a_message_offers_are_those_that_its_cell_takes(
    table: Table, spelling: str
) -> None:
    """Whoever types a word from "expected", Chinese or English, is understood without a warning,
    whether the header is right or was only understood."""
    for column in table.columns:
        if column.kind != "enum":
            continue
        read = grammar(column, "csv")
        (refused,) = read("~").issues
        problem = Problem("E-ENUM", "E", sheet=table.zh, column=spelling.format(column.zh),
                          expected=refused.expected)  # fmt: skip
        for offer in messages.explain(problem, "zh").expected.split(" | "):
            zh, _, en = offer.partition(" ")
            for word in (zh, en):
                assert read(word) == Parsed(en, ()), (column.name, word)


def test_criteria_are_called_alike_everywhere() -> None:
    """What settings take for a criterion or a part is what results call it."""
    for family, names in (("criterion", CRITERIA_ZH), ("part", PARTS_ZH)):
        for code, zh in names.items():
            assert WORDS[f"{family}.{code}"][0] == zh
    assert {name.partition(".")[0] for name in leaves()} == set(CRITERIA_ZH) == set(WEIGHED)
    assert {part for parts in CRITERIA.values() for part in parts} <= set(PARTS_ZH)


def test_a_missing_column_or_table_is_named_as_in_the_template() -> None:
    """What is missing is called by the header or sheet that it needs, not by a kind of value."""
    column = Problem("E-HEADER-MISSING", "E", sheet="事项", column="minutes",
                     expected="column tasks.minutes")  # fmt: skip
    assert "缺少必填的 标准社区年分钟 minutes 列" in messages.describe(column, "zh")
    assert "the column minutes is required" in messages.describe(column, "en")
    for name, zh in (("city", "城市"), ("tasks", "事项")):
        table = Problem("E-SHEET-MISSING", "R", sheet=name, expected=f"table {name}")
        assert f"应为:{zh} {name} 表" in messages.describe(table, "zh")
        assert f"the table {name} ({zh})" in messages.describe(table, "en")


def test_text_needs_a_known_code_and_its_facts() -> None:
    """A code without text, a language without words and a missing fact are errors of the caller."""
    assert messages.text("E-TABLE-ROWS", "en", value=7) == "too many rows: 7"
    with pytest.raises(KeyError):
        messages.text("E-NO-SUCH", "zh")
    with pytest.raises(KeyError):
        messages.text("E-TABLE-ROWS", "zh")
    with pytest.raises(KeyError, match="fr"):
        messages.text("E-NUM", "fr")


def test_no_sentence_ends_twice() -> None:
    """A hint that asks is followed by the advice without a second stop."""
    problem = Problem("E-ENUM", "E", sheet="units", cell="C2", column="kind", value="部门",
                      hint="department")  # fmt: skip
    for lang, stop in (("zh", "?;"), ("en", "?; ")):
        said = messages.describe(problem, lang)
        assert "?" in said
        assert stop not in said
