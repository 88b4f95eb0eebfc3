"""What a case of the corpus is, and how one is registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realloc.instance import City


@dataclass
class Case:
    """One bad file: how to make it, and what is to be said about it.

    `beside` lists the codes of what follows from the error, such as rows that name a bad id.
    """

    id: str
    make: Callable[[Path], Path]
    outcome: str
    code: str = ""
    sheet: str = ""
    cell: str = ""
    twin: Callable[[City], City] = lambda city: city
    related: tuple[str, ...] = ()
    hint: str = ""
    row: int = 0
    options: dict[str, Any] | None = None
    beside: tuple[str, ...] = ()


CASES: list[Case] = []


def corpus(outcome: str, code: str = "", sheet: str = "", cell: str = "", **more: Any) -> Any:
    """Register the function that makes a bad file under the name after ``make_``."""

    def register(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
        name = make.__name__.removeprefix("make_")
        CASES.append(Case(name, make, outcome, code, sheet, cell, **more))
        return make

    return register


def minutes_of_first_task(minutes: int) -> Callable[[City], City]:
    """Return the change to the city that gives its first task so many minutes."""

    def change(city: City) -> City:
        tasks = dict(city.tables["tasks"])
        return city.replace(
            tables={"tasks": {**tasks, "minutes": [minutes, *tasks["minutes"][1:]]}}
        )

    return change


def cell_of(table: str, column: str, value: Any, row: int = 0) -> Callable[[City], City]:
    """Return the change to the city that sets one cell (rows in the order of the small city)."""

    def change(city: City) -> City:
        columns = {k: list(v) for k, v in city.tables[table].items()}
        columns[column][row] = value
        return city.replace(tables={table: columns})

    return change
