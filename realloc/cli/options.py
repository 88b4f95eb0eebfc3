"""Words that the verbs take: their types, their help, and what is refused."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

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


CityPath = Annotated[
    Path, typer.Argument(parser=as_path, metavar="CITY", help="城市文件夹或工作簿 / folder or workbook of a city")
]
PlanFolder = Annotated[
    Path, typer.Argument(parser=as_path, metavar="OUT", help="方案文件夹 / folder of a plan")
]  # fmt: skip
AsJson = Annotated[
    bool, typer.Option("--json", help="标准输出只有一个 JSON 对象 / one JSON object and no more")
]
Lang = Annotated[
    Language | None, typer.Option("--lang", help="语言,默认随终端 / language, by default the terminal's")
]  # fmt: skip


def known_engine(name: str) -> str:
    """Return the name of an engine, or refuse it and name the known ones."""
    from realloc.engines import ENGINES

    known = ("auto", *ENGINES)
    if name not in known and not name.startswith("pulp:"):
        raise typer.BadParameter(" | ".join(known))
    return name


def known_city(name: str) -> str:
    """Return the name of a sample city, or refuse it and name the known ones."""
    from realloc.generator import NAMES

    if name not in (*NAMES, NATIONAL):
        raise typer.BadParameter(" | ".join((*NAMES, NATIONAL)))
    return name
