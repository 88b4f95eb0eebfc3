"""Words of a language for codes and facts: the only place, with reports and pages, that has any."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from realloc.errors import Problem
from realloc.messages import problems as catalogue
from realloc.schema import SCHEMA, SETTINGS

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
    expected = _expected(problem.expected, i)
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
def _names() -> dict[str, str]:
    """Return the Chinese of every table and enum word."""
    names = {table.name: table.zh for table in SCHEMA.values()}
    for column in [*SETTINGS.values(), *(c for t in SCHEMA.values() for c in t.columns)]:
        for word, zh in zip(column.words, column.words_zh, strict=True):
            if word:
                names.setdefault(word, zh)
    return names


def _expected(expected: str, i: int) -> str:
    """Return in words what would have been right; see :class:`realloc.errors.Problem`."""
    if not expected:
        return ""
    first, _, rest = expected.partition(" ")
    if first not in catalogue.EXPECTED or rest.startswith("|"):
        words = expected.split(" | ")
        if i == 0:
            words = [f"{_names()[w]} {w}" if w in _names() else w for w in words]
        return " | ".join(words)
    low, dots, high = rest.partition("..")
    if dots:
        rest = (catalogue.RANGE if low else catalogue.AT_MOST)[i].format(low=low, high=high)
    elif i == 0:
        rest = _names().get(rest, rest)
    return catalogue.EXPECTED[first][i].format(rest=rest)
