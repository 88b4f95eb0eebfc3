"""Words that the verbs take: their types, their help, and what is refused."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

Word = TypeVar("Word", bound=enum.StrEnum)
Number = TypeVar("Number", int, float)

#: Between the Chinese and the English of what is wrong with a word.
BOTH = " / "
_NO_COMMAND = re.compile(r"No such command '(?P<word>.*?)'\.(?P<near>.*)", re.DOTALL)

#: A folder with a city for every prefecture, instead of one city.
NATIONAL = "national"


class Language(enum.StrEnum):
    """Languages of the output."""

    zh = "zh"
    en = "en"


class Tier(enum.StrEnum):
    """Tiers at which one decision may hold."""

    community = "community"
    street = "street"
    district = "district"
    city = "city"


class Format(enum.StrEnum):
    """Forms in which a city is written."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


def as_path(text: str) -> Path:
    """Return a path; a blank one, as of a variable that is not set, is not the current folder."""
    if not text.strip():
        raise typer.BadParameter("路径是空的 / the path is blank")
    return Path(text)


def one_of(words: type[Word]) -> Callable[[str], Word]:
    """Return what reads one of some words, or refuses another and names them."""

    def read(text: str) -> Word:
        if text not in set(words):
            raise typer.BadParameter(" | ".join(words))
        return words(text)

    return read


def number(kind: type[Number], least: float, most: float = math.inf) -> Callable[[str], Number]:
    """Return what reads a number within limits, or refuses another and names them."""
    word = ("整数", "a whole number") if kind is int else ("有限数", "a finite number")
    limits = (f" {least:g} 至 {most:g}", f" from {least:g} to {most:g}")
    if most == math.inf:
        limits = (f",不小于 {least:g}", f" of {least:g} or more")

    def read(text: str) -> Number:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most or value == math.inf:
            raise typer.BadParameter(f"应为{word[0]}{limits[0]} / {word[1]}{limits[1]}")
        return value

    return read


CityPath = Annotated[
    Path, typer.Argument(parser=as_path, metavar="CITY", help="城市文件夹或工作簿 / folder or workbook of a city")
]
PlanFolder = Annotated[
    Path, typer.Argument(parser=as_path, metavar="OUT", help="方案文件夹 / folder of a plan")
]  # fmt: skip
AsJson = Annotated[
    bool, typer.Option("--json", help="标准输出只有一个 JSON 对象 / one JSON object and no more")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="替换已有内容 / replace what is there")
]  # fmt: skip
Lang = Annotated[
    Language | None, typer.Option("--lang", parser=one_of(Language), metavar="zh|en", help="语言,默认随终端 / language, by default the terminal's")
]  # fmt: skip


def known_engine(name: str) -> str:
    """Return the name of an engine, or refuse it and name the known ones."""
    from realloc.engines import ENGINES

    known = ("auto", *ENGINES)
    if name not in known and not name.startswith("pulp:"):
        raise typer.BadParameter(" | ".join((*known, "pulp:SOLVER")))
    return name


def known_city(name: str) -> str:
    """Return the name of a sample city, or refuse it and name the known ones."""
    from realloc.generator import NAMES

    if name not in (*NAMES, NATIONAL):
        raise typer.BadParameter(" | ".join((*NAMES, NATIONAL)))
    return name


def write_wrong(error: typer.TyperException, lang: str) -> str:
    """Return what is wrong with the words given; the library that reads them speaks English.

    Words of this package come in both languages, Chinese first and a slash between.
    """
    if lang == "en":
        said, message = error.format_message(), str(getattr(error, "message", ""))
        return said.replace(message, message.rpartition(BOTH)[2]) if message else said
    unknown = _NO_COMMAND.match(str(getattr(error, "message", "")))
    if unknown:
        near = "、".join(re.findall(r"'([^']+)'", unknown["near"]))
        return f"命令写法有误:没有命令 {unknown['word']}" + (f"(是否为 {near}?)" if near else "")
    kind = type(error).__name__
    hint = getattr(error, "param", None)
    given = getattr(error, "param_hint", None) or getattr(error, "option_name", "")
    name = hint.get_error_hint() if hint is not None else given
    near = getattr(error, "possibilities", None)
    template = {
        "NoSuchOption": "没有选项 {name}", "MissingParameter": "缺少 {name}",
        "BadParameter": "{name} 的值不对:{detail}", "BadOptionUsage": "选项 {name} 用法有误:{detail}",
    }.get(kind, "命令写法有误:{detail}")  # fmt: skip
    detail = str(getattr(error, "message", "")).partition(BOTH)[0]
    if detail.endswith("requires an argument."):
        detail = "后面缺少值"
    words = template.format(name=name, detail=detail)
    return f"{words}(是否为 {'、'.join(near)}?)" if near else words
