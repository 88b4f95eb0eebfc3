"""Words of a language for codes and facts: the only place, with reports and pages, that has any."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from realloc.errors import Problem
from realloc.messages import problems as catalogue
from realloc.schema import KIND_ZH, KINDS, SCHEMA, SETTINGS, TIER_ZH, TIERS, Column

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
    hint = problem.hint if i else _names().get(problem.hint, problem.hint)
    facts = {"value": problem.value, "expected": expected, "hint": hint,
             "column": problem.column}  # fmt: skip
    advice = []
    if problem.hint and "{hint}" not in template:
        advice.append(catalogue.HINTS.get(problem.code, catalogue.PLAIN_HINT)[i].format(**facts))
    if problem.code in catalogue.ADVICE:
        advice.append(catalogue.ADVICE[problem.code][i])
    if problem.related:
        cells = ", ".join(problem.related[:_CELLS])
        more = len(problem.related) - _CELLS
        cells += f" … (+{more})" if more > 0 else ""
        advice.append(catalogue.RELATED[i].format(cells=cells))
    return Explanation(template.format(**facts), expected, catalogue.STOP[i].join(advice))


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
    value = f": {problem.value}" if problem.value else ""
    return f"{problem.code}{column}{value} — {catalogue.STOP[i].join(parts)}"


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
    words = (TIERS, TIER_ZH), (KINDS, KIND_ZH), (scheme.words, scheme.words_zh)
    return {table.name: table.zh for table in SCHEMA.values()} | {
        word: zh for pair in words for word, zh in zip(*pair, strict=True)
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


def _word(word: str, problem: Problem) -> str:
    """Return a word to choose from with the Chinese that its own cell takes."""
    column = _columns().get((problem.sheet, problem.column)) or SETTINGS.get(problem.column)
    listed = _choices().get(problem.expected, {})
    if word in listed:
        zh = listed[word]
    elif column is not None and word in column.words:
        zh = column.words_zh[column.words.index(word)]
    elif (problem.sheet, word) in _columns():
        zh = _columns()[problem.sheet, word].zh
    else:
        zh = _names().get(word, "")
    return f"{zh} {word}" if zh else word


def _expected(problem: Problem, i: int) -> str:
    """Return in words what would have been right; see :class:`realloc.errors.Problem`."""
    expected = problem.expected
    if not expected:
        return ""
    first, _, rest = expected.partition(" ")
    if first not in catalogue.EXPECTED or rest.startswith("|"):
        words = expected.split(" | ")
        return " | ".join(_word(w, problem) if i == 0 else w for w in words)
    low, dots, high = rest.partition("..")
    if first == "column":
        table, _, name = rest.partition(".")
        rest = f"{_columns()[table, name].zh} {name}" if i == 0 else name
    elif first == "table":
        zh = SCHEMA[rest].zh if rest in SCHEMA else catalogue.CITY_ZH
        rest = f"{zh} {rest}" if i == 0 else f"{rest} ({zh})"
    elif dots:
        rest = (catalogue.RANGE if low else catalogue.AT_MOST)[i].format(low=low, high=high)
    elif i == 0:
        rest = _names().get(rest, rest)
    return catalogue.EXPECTED[first][i].format(rest=rest)
