"""Words of a language for codes and facts: the only place, with reports and pages, that has any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from realloc.errors import Problem
from realloc.messages import problems as catalogue
from realloc.rules import words as vocabulary
from realloc.schema import (
    CRITERIA,
    KIND_ZH,
    KINDS,
    SCHEMA,
    SETTINGS,
    TIER_ZH,
    TIERS,
    Column,
    write_criterion,
)

LANGUAGES = ("zh", "en")
_INDEX = {lang: i for i, lang in enumerate(LANGUAGES)}
_CELLS = 5


def text(key: str, lang: str = "zh", **facts: object) -> str:
    """Return the text of a problem's code in a language.

    Parameters
    ----------
    key
        Code of a problem, such as ``E-NUM-NEG``.
    lang
        ``zh`` or ``en``.
    facts
        What the text's placeholders stand for.

    Raises
    ------
    KeyError
        If there is no such code or language, or a fact that the text needs is missing.
    """
    return catalogue.TEXTS[key][_index(lang)].format(**facts)


@dataclass(frozen=True)
class Explanation:
    """A problem in words: what is wrong, what would be right, and what to do; or blank."""

    text: str
    expected: str
    advice: str


def explain(problem: Problem, lang: str = "zh") -> Explanation:
    """Return a problem in words, part by part; its place, column and value are its own."""
    i = _index(lang)
    expected = _expected(problem, i)
    template = catalogue.TEXTS[problem.code][i]
    facts = {"value": _sign(problem.value, i), "expected": expected, "column": problem.column,
             "hint": _hint(problem, i), "name": _table_name(problem, i)}  # fmt: skip
    advice = []
    is_case = (problem.code, problem.hint) in catalogue.ADVICE_FOR
    if facts["hint"] and not is_case and "{hint}" not in template:
        advice.append(_say_hint(problem, facts, i))
    todo = _advice(problem)
    if todo:
        advice.append(todo[i].format(where=_home(problem, i)))
    if problem.related:
        cells = ", ".join(problem.related[:_CELLS])
        more = len(problem.related) - _CELLS
        cells += f" … (+{more})" if more > 0 else ""
        advice.append(catalogue.RELATED[i].format(cells=cells))
    return Explanation(template.format(**facts), expected, _join(advice, i))


def describe(problem: Problem, lang: str = "zh") -> str:
    """Return what is wrong, in one line without the place: code, column, value, advice."""
    i = _index(lang)
    said = explain(problem, lang)
    parts = [said.text]
    if said.expected and "{expected}" not in catalogue.TEXTS[problem.code][i]:
        parts.append(catalogue.SHOULD[i].format(expected=said.expected))
    if said.advice:
        parts.append(said.advice)
    column = f" ({problem.column})" if problem.column else ""
    # a value that the text says is not said twice
    apart = problem.value and "{value}" not in catalogue.TEXTS[problem.code][i]
    value = f": {problem.value}" if apart else ""
    return f"{problem.code}{column}{value} — {_join(parts, i)}"


def _join(parts: Sequence[str], i: int) -> str:
    """Put sentences in a row; one that asks has its own stop."""
    stop, (*before, last) = catalogue.STOP[i], parts or [""]
    return "".join(p + (stop[1:] if p.endswith("?") else stop) for p in before) + last


def line(problem: Problem, lang: str = "zh") -> str:
    """Return a problem as one line: its place, then as :func:`describe`."""
    where = problem.where
    if problem.file and problem.cell and not problem.file.startswith(problem.sheet):
        where = f"{problem.file} {where}"
    return f"{where}  {describe(problem, lang)}"


def _index(lang: str) -> int:
    return _INDEX[lang]


@cache
def _columns() -> dict[tuple[str, str], Column]:
    """Return the column of every sheet and header, in either language; settings by their names."""
    found: dict[tuple[str, str], Column] = {}
    for table in SCHEMA.values():
        for sheet in (table.name, table.zh):
            for column in table.columns:
                found[sheet, column.name] = found[sheet, column.zh] = column
    return found


@cache
def _names() -> dict[str, str]:
    """Return the Chinese of every table, tier, and kind of unit and scheme."""
    scheme = SCHEMA["schemes"].column("kind")
    pairs = (TIERS, TIER_ZH), (KINDS, KIND_ZH), (scheme.words, scheme.words_zh)
    return {table.name: table.zh for table in SCHEMA.values()} | {
        word: zh for pair in pairs for word, zh in zip(*pair, strict=True)
    }


@cache
def _choices() -> dict[str, dict[str, str]]:
    """Return the Chinese of the words of every list to choose from, by the list as problems say it.

    A list is known whatever the file calls its column: a header may be misspelt and understood.
    """
    found: dict[str, dict[str, str]] = {}
    for column in [*SETTINGS.values(), *(c for t in SCHEMA.values() for c in t.columns)]:
        pairs = {w: zh for w, zh in zip(column.words, column.words_zh, strict=True) if w}
        found[" | ".join(pairs)] = pairs
    return found


#: Problems whose words to choose from are columns of their table.
_OF_COLUMNS = ("E-EXACTLY-ONE", "W-LIMIT-EMPTY")
_ORDER = " | ".join(CRITERIA)


@cache
def _settings() -> dict[str, Column]:
    """Return the settings by their names in both languages."""
    return SETTINGS | {column.zh: column for column in SETTINGS.values()}


def _chinese(word: str, problem: Problem) -> str:
    """Return the Chinese of a word that a problem offers, as its own cell takes it; or blank."""
    column = _columns().get((problem.sheet, problem.column)) or _settings().get(problem.column)
    listed = _choices().get(problem.expected, {})
    if problem.expected == _ORDER:
        name, _, part = word.partition(".")
        return write_criterion(word) if name in CRITERIA and part in ("", *CRITERIA[name]) else ""
    if word in listed:
        return listed[word]
    if column is not None and word in column.words:
        return column.words_zh[column.words.index(word)]
    if problem.code in _OF_COLUMNS and (problem.sheet, word) in _columns():
        return _columns()[problem.sheet, word].zh
    return _names().get(word, "")


def _word(word: str, problem: Problem) -> str:
    """Return a word to choose from with the Chinese that its own cell takes."""
    zh = _chinese(word, problem)
    return f"{zh} {word}" if zh else word


def _sign(value: str, i: int) -> str:
    """Return a value as a text says it: a sign by its name."""
    bare = value[1:-1] if value[:1] == value[-1:] == "'" else value
    return catalogue.SIGNS[bare][i] if bare in catalogue.SIGNS else value


def _hint(problem: Problem, i: int) -> str:
    """Return the hint of a problem in a language."""
    hint = problem.hint
    if i or not hint:
        return hint
    if problem.expected == "flag":
        return {"0": "否", "1": "是"}.get(hint, hint)
    if problem.code in ("E-REF-UNKNOWN", "E-REF-NAME", "W-REF-NORM"):
        # all else is an id, whatever it looks like
        return vocabulary.words()["holders"].get(hint, hint)
    if problem.code in ("E-FILE-MISSING", "E-OUT-WRITE", "E-RESULT-PENDING") and hint.isascii():
        # of what the system says in English only what has words is said
        return hint if (problem.code, hint) in catalogue.HINTED or "/" in hint else ""
    if problem.code.startswith(_OF_FILES):
        return hint  # what stands in the file
    return _chinese(hint, problem) or hint


#: Problems whose hints are headers, names of sheets or paths, as they stand or have to stand.
_OF_FILES = ("E-FILE", "E-OUT", "E-RESULT", "E-HEADER", "W-HEADER", "E-SHEET-AMBIGUOUS")


def _say_hint(problem: Problem, facts: Mapping[str, str], i: int) -> str:
    """Return the sentence of a hint, by the hint itself where that is a word of the program."""
    first, _, rest = problem.hint.partition(" ")
    key = problem.code, problem.hint if (problem.code, problem.hint) in catalogue.HINTED else first
    if key in catalogue.HINTED:
        return catalogue.HINTED[key][i].format(rest=rest)
    number, bar, header = problem.hint.partition(" | ")
    if bar and problem.code == "E-NUM-UNIT":
        return catalogue.HINTED[problem.code, "|"][i].format(number=number, header=header)
    return catalogue.HINTS.get(problem.code, catalogue.PLAIN_HINT)[i].format(**facts)


def _advice(problem: Problem) -> tuple[str, str] | None:
    """Return what to do, which may depend on what was expected or on the hint."""
    for word in (problem.hint, problem.expected.partition(" ")[0]):
        if (problem.code, word) in catalogue.ADVICE_FOR:
            return catalogue.ADVICE_FOR[problem.code, word]
    return catalogue.ADVICE.get(problem.code)


def _home(problem: Problem, i: int) -> str:
    """Return where the ids or names stand that a reference may be."""
    kind, _, target = problem.expected.partition(" ")
    if kind == "function":
        homes = [("units", "function")]
    elif kind == "holder":
        homes = [("units", "id"), ("contracts", "id")]
    elif target in SCHEMA:
        homes = [(target, SCHEMA[target].key[0])]
    else:
        return catalogue.ITS_TABLE[i]
    tables = [(SCHEMA[table], SCHEMA[table].column(name)) for table, name in homes]
    return catalogue.OR[i].join(
        catalogue.HOME[i].format(table=table.name if i else table.zh,
                                 column=column.name if i else column.zh)
        for table, column in tables
    )  # fmt: skip


def _table_name(problem: Problem, i: int) -> str:
    """Return the sheet of a table that is missing, in its language."""
    table = problem.expected.removeprefix("table ")
    if i or problem.code != "E-SHEET-MISSING":
        return problem.sheet or table
    return SCHEMA[table].zh if table in SCHEMA else catalogue.CITY_ZH


def _expected(problem: Problem, i: int) -> str:
    """Return in words what would have been right; see :class:`realloc.errors.Problem`."""
    expected = problem.expected
    if not expected:
        return catalogue.RIGHT.get(problem.code, ("", ""))[i]
    if expected in catalogue.SIGNS:
        return catalogue.SIGNS[expected][i]
    first, _, rest = expected.partition(" ")
    if first not in catalogue.EXPECTED or rest.startswith("|"):
        listed = expected.split(" | ")
        return " | ".join(_word(w, problem) if i == 0 else w for w in listed)
    low, dots, high = rest.partition("..")
    key = ""
    if first in ("ref", "refs") and rest in SCHEMA:
        column = SCHEMA[rest].column(SCHEMA[rest].key[0])
        key = catalogue.KEY[i].format(column=column.name if i else column.zh)
    if first == "key":
        found = [_columns().get((problem.sheet, word)) for word in rest.split()]
        named = [c.name if i else c.zh for c in found if c is not None]
        rest = catalogue.AND[i].join(named or rest.split())
    elif first == "column":
        table, _, name = rest.partition(".")
        rest = f"{_columns()[table, name].zh} {name}" if i == 0 else name
    elif first == "table":
        zh = SCHEMA[rest].zh if rest in SCHEMA else catalogue.CITY_ZH
        rest = f"{zh} {rest}" if i == 0 else f"{rest} ({zh})"
    elif dots:
        limits = {"low": _grouped(low), "high": _grouped(high)}
        rest = (catalogue.RANGE if low else catalogue.AT_MOST)[i].format(**limits)
    elif first in ("<", ">="):
        rest = _grouped(rest)
    elif i == 0:
        rest = _names().get(rest, rest)
    return catalogue.EXPECTED[first][i].format(rest=rest, key=key)


#: From here on the digits of a number are grouped.
_LONG = 6


def _grouped(number: str) -> str:
    """Return a number with its thousands grouped where it is too long to be read at a glance."""
    return f"{int(number):,}" if number.isdigit() and len(number) >= _LONG else number
