"""Who could do the work of a generated city: units, delegations and contracts.

All of it is synthetic; functions and their names are those of the inventory. Staff is set by
:mod:`realloc.generator.sizing`, once it is known what today's and a lawful allocation need.
"""

from __future__ import annotations

import numpy as np

from realloc.generator.hierarchy import ELASTICITY, REFERENCE_POPULATION, Row, read

#: Share of communities whose residents' committee has staff of its own, and with a service centre.
APART, CENTRE = 0.2, 0.08
#: Yuan per hour of staff by kind of unit, lowest and highest.
PRICES = {"city": (80, 95), "district": (70, 85), "street": (58, 70), "station": (42, 52),
          "residents_committee": (28, 36), "service_centre": (40, 50)}  # fmt: skip
OVERTIME = (0, 20, 30, 50)  # per mille


def _price(rng: np.random.Generator, kind: str) -> int:
    low, high = PRICES[kind]
    return int(rng.integers(low, high + 1))


def units(rng: np.random.Generator, places: list[Row]) -> list[Row]:
    """Return a department per function in the city and in each district, streets, communities.

    A station and a residents' committee share one pool in most communities. Staff is 0.
    """
    rows: list[Row] = []
    for place in places:
        code, name, tier = place["code"], place["name"], place["tier"]
        if tier in ("city", "district"):
            for f in read("functions.csv"):
                rows.append({
                    "id": f"{code}-{f['code']}", "name": f"{name}{f['function']}",
                    "kind": "department", "place": code, "function": f["function"],
                    "yuan_per_hour": _price(rng, tier), "vertical": int(f["vertical"]),
                    "overtime_share": int(rng.choice(OVERTIME)),
                })  # fmt: skip
        elif tier == "street":
            rows.append({
                "id": f"{code}-JD", "name": f"{name}办事处", "kind": "street_office",
                "place": code, "yuan_per_hour": _price(rng, "street"),
                "overtime_share": int(rng.choice(OVERTIME)),
            })  # fmt: skip
        else:
            rows += _community(rng, code, name.removesuffix("居委会").removesuffix("居民委员会"))
    return [{"form": "organ", "pool": "", "staff": 0, "committed": 0, **row} for row in rows]


def _community(rng: np.random.Generator, code: str, name: str) -> list[Row]:
    apart = rng.random() < APART
    own = {"kind": "community", "place": code}
    rows = [
        {"id": f"{code}-GZZ", "name": f"{name}工作站", "form": "station", "pool": f"P-{code}"},
        {"id": f"{code}-JWH", "name": f"{name}居民委员会", "form": "residents_committee",
         "pool": f"P-{code}-JWH" if apart else f"P-{code}"},
    ]  # fmt: skip
    if rng.random() < CENTRE:
        rows.append({"id": f"{code}-DQ", "name": f"{name}党群服务中心", "form": "service_centre",
                     "pool": f"P-{code}"})  # fmt: skip
    return [{**own, **row, "yuan_per_hour": _price(rng, row["form"])} for row in rows]


def delegations(rng: np.random.Generator, places: list[Row]) -> list[Row]:
    """Return decisions that give streets powers, each by chance.

    A street has a provincial penalty decision with probability 0.6, which is expired with 0.15;
    with one it has powers of inspection with 0.4 and task T08-05 with 0.35. It has confirmation
    with 0.3, whatever else it has.
    """
    rows: list[Row] = []

    def grant(street: str, basis: str, until: str, **what: str) -> None:
        rows.append({
            "id": f"A-{street}-{len(rows) + 1}", "delegator": "省级人民政府(示例)",
            "unit": f"{street}-JD", "basis": basis, "valid_from": "2023-07-01",
            "valid_until": until, **what,
        })  # fmt: skip

    for street in (row["code"] for row in places if row["tier"] == "street"):
        if rng.random() < 0.6:
            until = str(rng.choice(("", "2028-06-30", "2025-06-30"), p=(0.5, 0.35, 0.15)))
            grant(street, "行政处罚法§24", until, power_type="penalty")
            if rng.random() < 0.4:
                grant(street, "国办发〔2024〕54号", until, power_type="inspection")
            if rng.random() < 0.35:
                grant(street, "行政许可法§24", "2027-12-31", task="T08-05")
        if rng.random() < 0.3:
            grant(street, "民发〔2020〕20号", "", power_type="confirmation")
    return rows


def reference_communities(places: list[Row]) -> dict[str, float]:
    """Return how many reference communities each street is worth by the population rule."""
    weight: dict[str, float] = {}
    for row in places:
        if row["tier"] == "community":
            size = (row["population"] / REFERENCE_POPULATION) ** ELASTICITY
            weight[row["parent"]] = weight.get(row["parent"], 0.0) + size
    return weight


def _purchasable() -> dict[str, float]:
    """Return minutes of a reference community that may be purchased, per category."""
    minutes: dict[str, float] = {}
    for task in read("tasks.csv"):
        if task["outsourceable"] == "1":
            category = task["category_zh"]
            hours = float(task["hours_per_year_community"])
            minutes[category] = minutes.get(category, 0.0) + 60 * hours
    return minutes


def contracts(rng: np.random.Generator, places: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return contractors (as units) and contracts: narrow categories, few streets, dear if skilled.

    Departments of a district buy for one to three neighboring streets, street offices for
    themselves; three to six contracts serve a street. A contract's most minutes are a part of what
    its categories hold there, so no contractor can take a category over.
    """
    weight, minutes = reference_communities(places), _purchasable()
    function = {row["function"]: row["code"] for row in read("functions.csv")}
    contractors: list[Row] = []
    rows: list[Row] = []
    for district in sorted(row["code"] for row in places if row["tier"] == "district"):
        streets = sorted(r["code"] for r in places if r["parent"] == district)
        offers = read("offers.csv")
        firms: dict[str, Row] = {}
        slots = [(k, streets[i : i + k]) for i in range(0, len(streets), 2)
                 for k in rng.integers(1, 4, size=10).tolist()]  # fmt: skip
        slots += [(0, [street]) for street in streets for _ in range(int(rng.integers(1, 4)))]
        sold: dict[str, int] = {}
        for bought_for, served in slots:
            offer = offers[int(rng.integers(len(offers)))]
            if not offer["buyer"]:
                bought_for = 0
            if not bought_for:
                served = served[:1]
            key = f"{offer['name']}{sold.get(offer['name'], 0) // 3 + 1}"
            sold[offer["name"]] = sold.get(offer["name"], 0) + 1
            if key not in firms:
                firms[key] = {
                    "id": f"C-{district}-{len(firms) + 1:02d}", "name": f"{key}号承接机构",
                    "kind": "contractor", "form": offer["form"], "place": district, "pool": "",
                    "yuan_per_hour": int(offer["yuan_per_hour"]) * 8 // 10,
                    "overtime_share": int(rng.choice(OVERTIME)), "grade": int(rng.choice(
                        (2, 3, 4, 5), p=(0.1, 0.35, 0.35, 0.2))), "staff": 0, "committed": 0,
                }  # fmt: skip
            firm = firms[key]
            share = rng.uniform(0.25, 0.5)
            there = sum(weight[s] for s in served)
            there *= sum(minutes[c] for c in offer["categories"].split(";"))
            most = int(there * share / 600 + 1) * 600
            grade_price = 1 + 0.05 * (firm["grade"] - 3)
            number = len(rows) + 1
            rows.append({
                "id": f"K-{district}-{number:03d}",
                "name": f"{offer['name']}项目",
                "contractor": firm["id"],
                "buyer": f"{district}-{function[offer['buyer']]}" if bought_for
                else f"{served[0]}-JD",
                "places": tuple(served),
                "categories": tuple(offer["categories"].split(";")),
                "grade": firm["grade"],
                "yuan_per_hour": round(
                    float(offer["yuan_per_hour"]) * grade_price * rng.uniform(0.92, 1.08)),
                "least": int(most * rng.uniform(0.2, 0.5)) // 60 * 60,
                "most": most,
            })  # fmt: skip
        contractors += firms.values()
    _share(rng, rows)
    for firm in contractors:
        firm.pop("grade")
    return contractors, rows


def _share(rng: np.random.Generator, rows: list[Row]) -> None:
    """Limit concentration for buyers and contractors that have several contracts."""
    for side in ("buyer", "contractor"):
        count: dict[str, int] = {}
        for row in rows:
            count[row[side]] = count.get(row[side], 0) + 1
        for row in rows:
            binding = count[row[side]] >= 3 and rng.random() < 0.4
            row[f"share_of_{side}"] = int(rng.choice((500, 600, 700))) if binding else 1000
