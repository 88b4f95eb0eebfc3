"""Real and drawn hierarchies of places, and who lives there.

Codes and names are those of the statistical division codes of 2023 (residents' committees under
streets only). Population, households and kind of community are synthetic.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from realloc.instance import Columns

Row = dict[str, Any]

#: Residents of the reference community, to which the inventory's hours refer.
REFERENCE_POPULATION = 6000
#: How work grows with residents.
ELASTICITY = 0.8
#: Spread of community sizes around it (log scale) and the sizes at which it is cut.
SPREAD, SMALLEST, LARGEST = 0.35, 3000, 12_000
PEOPLE_PER_HOUSEHOLD = 2.7
KINDS = ("商品房", "老旧小区", "城中村", "村改居", "园区")
KIND_SHARES = (0.40, 0.30, 0.12, 0.13, 0.05)

#: The district of the sample city ``district``: Siming in Xiamen.
SAMPLE_DISTRICT = "350203"


def read(name: str) -> list[Row]:
    """Return the rows of a stored table, ``name`` relative to the data folder (CSV or CSV.gz)."""
    raw = files("realloc").joinpath("data", *name.split("/")).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def columns(rows: list[Row]) -> Columns:
    """Turn rows into columns; what a row lacks is None, i.e. the default."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


@cache
def _national() -> dict[str, list[Row]]:
    cities: dict[str, list[Row]] = {}
    for row in read("places/national.csv.gz"):
        cities.setdefault(row["code"][:4], []).append(row)
    return cities


def national() -> Iterator[tuple[str, list[Row]]]:
    """Yield code and places of every city of the country, in the order of the codes."""
    for code in sorted(_national()):
        yield code, [dict(row) for row in _national()[code]]


def stored(name: str) -> list[Row]:
    """Return the places of a sample city: district, xiamen, shenzhen, shanghai.

    Raises
    ------
    KeyError
        if there is no such city.
    """
    if name == "district":
        keep = ("3502", SAMPLE_DISTRICT)
        return [
            row
            for row in read("places/xiamen.csv")
            if row["code"] in keep or row["code"].startswith(SAMPLE_DISTRICT)
        ]
    if name not in ("xiamen", "shenzhen", "shanghai"):
        raise KeyError(name)
    return read(f"places/{name}.csv")


def drawn(districts: int, streets: int, communities: int) -> list[Row]:
    """Return an invented city with equally many streets per district, communities per street."""
    rows = [{"code": "99", "name": "示例市", "parent": "", "tier": "city"}]
    for d in range(1, districts + 1):
        district = f"99{d:02d}"
        rows.append({"code": district, "name": f"第{d}区", "parent": "99", "tier": "district"})
        for s in range(1, streets + 1):
            street = f"{district}{s:03d}"
            name = f"第{d}区第{s}街道"
            rows.append({"code": street, "name": name, "parent": district, "tier": "street"})
            for c in range(1, communities + 1):
                rows.append({"code": f"{street}{c:03d}", "name": f"{name}第{c}社区",
                             "parent": street, "tier": "community"})  # fmt: skip
    return rows


def populate(rows: list[Row], rng: np.random.Generator) -> list[Row]:
    """Give every community residents, households and a kind; sums for the places above.

    Residents are lognormal around the reference, cut at SMALLEST and LARGEST.
    """
    by_code = {row["code"]: row for row in rows}
    for row in rows:
        row.update(population=0, households=0, kind="")
    for row in rows:
        if row["tier"] != "community":
            continue
        people = REFERENCE_POPULATION * np.exp(rng.normal(0.0, SPREAD))
        people = int(round(min(max(people, SMALLEST), LARGEST), -1))
        row["kind"] = str(rng.choice(KINDS, p=KIND_SHARES))
        at: Row | None = row
        while at is not None:
            at["population"] += people
            at["households"] += int(people / PEOPLE_PER_HOUSEHOLD)
            at = by_code.get(at["parent"])
    return rows


def reference() -> list[Row]:
    """Return the reference community in one street, with district and city above it."""
    rows = drawn(1, 1, 1)
    for row in rows:
        row.update(population=REFERENCE_POPULATION, kind="",
                   households=int(REFERENCE_POPULATION / PEOPLE_PER_HOUSEHOLD))  # fmt: skip
    rows[-1].update(name="标准社区", kind=KINDS[0])
    return rows
