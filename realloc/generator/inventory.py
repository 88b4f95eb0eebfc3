"""The inventory of a generated city: tasks, forms, inspections, schemes, admission, workload.

Names, hours, leads, power types, grounds, numbers of forms and visits are those of ``tasks.csv``
(125 tasks in 26 categories, the totals of Chen 2017); what it lacks is filled in here, and
``instances/README.md`` states every default.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from realloc.generator.hierarchy import ELASTICITY, REFERENCE_POPULATION, Row, read
from realloc.law import CLOSED, cite

#: Tasks decided for a whole district or city; all others per street, as the official lists are.
SCOPES = {
    "T07-03": "district", "T18-05": "district", "T20-05": "district", "T25-02": "district",
    "T25-01": "city", "T26-03": "city",
}  # fmt: skip
#: Surveys, ledgers and campaign work without a statutory ground that may be cancelled.
CANCELLABLE = ("T12-04", "T17-05", "T24-03", "T25-04")
#: Date of a generated city, on which its grounds are cited.
DATE = "2026-07-01"
#: Minutes of one form (24 h) and of preparing one visit (32 h).
FORM_MINUTES, VISIT_MINUTES = 1440, 1920
#: Yuan per hour that follow a task, lowest and highest of the city's catalogue; what a row of a
#: district adds.
TRANSFER_RATES, DISTRICT_RAISE = (30, 56), 2
#: Legs whose detect share is at least this large also carry part of the forms and visits.
DETECT_HEAVY = 0.7

_OTHER_ISSUERS = ("统计局", "政务服务和数据管理局", "政法委", "组织部", "社会工作部")
_OTHER_INSPECTORS = ("文明办", "政法委", "应急管理局", "组织部", "消防救援支队", "卫生健康局")
_VARIATION = (0.5, 0.75, 1.0, 1.25, 1.5)


def window(text: str) -> tuple[int, int] | None:
    """Return (first month from 0, number of months) of ``05-10``; may wrap; None if blank."""
    if not text:
        return None
    first, last = (int(part) - 1 for part in text.split("-"))
    return first, (last - first) % 12 + 1


def tasks() -> list[Row]:
    """Return the 125 tasks as rows of the table ``tasks``; nothing is drawn."""
    rows = []
    for row in read("tasks.csv"):
        old = any(piece.superseded for piece in cite(row["legal_basis"], DATE))
        rows.append({
            "id": row["id"],
            "category": row["category_zh"],
            "category_en": row["category_en"],
            "name": row["name_zh"],
            "name_en": row["name_en"],
            "duration": row["duration"],
            "months": window(row["temporary_window"]),
            "social_work": int(row["social_work"]),
            "power_type": row["power_type"],
            "governance": row["governance"],
            "lead": row["lead_department_zh"],
            "minutes": 60 * int(row["hours_per_year_community"]),
            "detect_share": round(1000 * float(row["detect_share"])),
            "scope": SCOPES.get(row["id"], "street"),
            "outsourceable": int(row["outsourceable"]),
            "admissible": int(row["admissible"]),
            "handling_floor": row["handling_floor"],
            "cancellable": int(row["id"] in CANCELLABLE),
            "veto": int(row["veto"]),
            "legal_basis": row["legal_basis"],
            "legal_basis_status": "memory" if old else row["legal_basis_status"],
        })  # fmt: skip
    return rows


def schemes(rng: np.random.Generator, *, undecided: bool) -> list[Row]:
    """Return the joint schemes; with `undecided` none is adopted yet (those left to decide are)."""
    rows = []
    for row in read("schemes.csv"):
        adopted = "decide" if undecided and row["adopted"] == "yes" else row["adopted"]
        rows.append({
            "id": row["id"], "name": row["name"], "kind": row["kind"], "tier": row["tier"],
            "adopted": adopted,
            "coordination": int(row["coordination"]) * int(rng.choice((8, 10, 12))) // 10,
        })  # fmt: skip
    return rows


def _scheme(rng: np.random.Generator, kind: str, category: str) -> str:
    """Return the scheme of this kind that a duty of a category belongs to, or none."""
    for row in read_schemes(kind):
        if category in row["categories"].split(";") and rng.random() * 1000 < int(row["share"]):
            return row["id"]
    return ""


def read_schemes(kind: str) -> list[Row]:
    """Return the stored schemes of a kind, with categories and share of duties that belong."""
    return [row for row in read("schemes.csv") if row["kind"] == kind]


def _leg(rng: np.random.Generator, row: Row, chance: float) -> str:
    share = float(row["detect_share"])
    if share == 1 or (share >= DETECT_HEAVY and rng.random() < chance):
        return "detect"
    return "handle"


def forms(rng: np.random.Generator, *, varied: bool) -> list[Row]:
    """Return one row per form (127), filled in once a year; `varied`: minutes differ."""
    rows = []
    for task in read("tasks.csv"):
        lead = task["lead_department_zh"]
        for i in range(1, int(task["surveys_per_year"]) + 1):
            factor = float(rng.choice(_VARIATION)) if varied else 1.0
            approved = rng.random() < 0.7
            other = rng.random() < 0.2
            rows.append({
                "id": f"F-{task['id']}-{i}",
                "name": f"{task['name_zh']}报表{i}",
                "task": task["id"],
                "leg": _leg(rng, task, 0.6),
                "issuer": str(rng.choice(_OTHER_ISSUERS)) if other else lead,
                "times": 1,
                "minutes": int(FORM_MINUTES * factor),
                "scheme": _scheme(rng, "unified_form", task["category_zh"]),
                "approval": f"示例备字第{len(rows) + 1:03d}号" if approved else "",
                "valid_until": str(rng.choice(("2025-12-31", "2026-12-31", "2027-12-31")))
                if approved else "",
            })  # fmt: skip
    return rows


def inspections(rng: np.random.Generator, *, varied: bool) -> list[Row]:
    """Return the inspections, 121 visits in all; another function shares many of them."""
    rows = []
    for task in read("tasks.csv"):
        visits = int(task["inspections_per_year"])
        lead = task["lead_department_zh"]
        parts = [(lead, visits)]
        if visits >= 2 and rng.random() < 0.6:
            parts = [(lead, visits - 1), (str(rng.choice(_OTHER_INSPECTORS)), 1)]
        elif rng.random() < 0.15:
            parts = [(str(rng.choice(_OTHER_INSPECTORS)), visits)]
        for i, (inspector, n) in enumerate(parts if visits else [], start=1):
            season = None
            if task["duration"] == "long_term" and rng.random() < 0.5:
                season = (int(rng.integers(12)), int(rng.choice((3, 4, 6))))
            rows.append({
                "id": f"I-{task['id']}-{i}",
                "name": f"{task['name_zh']}检查{i}",
                "task": task["id"],
                "leg": _leg(rng, task, 0.3),
                "inspector": inspector,
                "purpose": "assessment" if rng.random() < 0.25 else "inspection",
                "veto": int(task["veto"]),
                "visits": n,
                "minutes": int(VISIT_MINUTES * (float(rng.choice(_VARIATION)) if varied else 1)),
                "months": season,
                "scheme": _scheme(rng, "joint_visit", task["category_zh"]),
            })  # fmt: skip
    return rows


def admission(rng: np.random.Generator, places: list[Row]) -> list[Row]:
    """Return the catalogue: city rows for every leg a community may be given, some district rows.

    Statutory: detecting and reporting where a ground was found. Admitted: handling with a ground.
    Candidate: what the admission committee must decide, i.e. no ground was found, or the ground
    is about a closed power. Barred: some of those. Inspections and the handle leg of closed powers
    or inadmissible tasks have no row at all. Districts differ in a few rows.
    """
    city = next(row["code"] for row in places if row["tier"] == "city")
    districts = [row["code"] for row in places if row["tier"] == "district"]
    rows: list[Row] = []
    for task in read("tasks.csv"):
        if task["power_type"] == "inspection" or task["governance"] == "self_governance":
            continue
        ground, closed = task["legal_basis"], task["power_type"] in CLOSED
        rate = int(rng.integers(TRANSFER_RATES[0], TRANSFER_RATES[1] + 1))
        share = float(task["detect_share"])
        if share > 0:
            status = "statutory" if ground and not closed else "candidate"
            if task["power_type"] in ("coercion", "adjudication"):
                status = "barred"
            rows.append(_ruling(task, "detect", city, status, rate))
        if share < 1 and task["admissible"] == "1":
            status = "admitted" if ground and rng.random() < 0.85 else "candidate"
            if not ground and task["governance"] != "party_led" and rng.random() < 0.12:
                status = "barred"
            rows.append(_ruling(task, "handle", city, status, rate))
    differing = [r for r in rows if r["status"] in ("admitted", "candidate")
                 and r["leg"] == "handle" and r["task"] not in PINNED]  # fmt: skip
    for district in districts:
        for i in rng.choice(len(differing), size=3, replace=False).tolist():
            row = differing[i]
            other = "candidate" if row["status"] == "admitted" else "admitted"
            status = str(rng.choice(("barred", other)))
            expired = "2025-12-31" if rng.random() < 0.3 else "2028-12-31"
            rate = 0 if status == "barred" else row["yuan_per_hour"] + DISTRICT_RAISE
            rows.append({**row, "place": district, "status": status, "valid_until": expired,
                         "basis": "区级准入目录(示例)", "yuan_per_hour": rate})  # fmt: skip
    return rows


#: Tasks whose handler a pin names (see ``sizing.pins``).
PINNED = ("T24-01", "T18-05", "T01-04")


def _ruling(task: Row, leg: str, place: str, status: str, rate: int) -> Row:
    catalogue = {"admitted": "市级准入目录(示例)", "candidate": "待准入联席会议审议"}
    return {
        "task": task["id"], "leg": leg, "place": place, "status": status,
        "basis": task["legal_basis"] if status == "statutory" else catalogue.get(status, ""),
        "valid_until": "2028-12-31" if status == "admitted" else "",
        "yuan_per_hour": rate if status in ("admitted", "candidate") else 0,
    }  # fmt: skip


def workload(rng: np.random.Generator, places: list[Row]) -> list[Row]:
    """Return measured minutes that override the population rule, for a few tasks of some streets.

    A street's row holds for each of its communities.
    """
    people: dict[str, list[int]] = {}
    for row in places:
        if row["tier"] == "community":
            people.setdefault(row["parent"], []).append(row["population"])
    inventory: list[dict[str, Any]] = [t for t in tasks() if t["scope"] == "street"]
    rows = []
    for street in sorted(people):
        if rng.random() >= 0.5:
            continue
        factor = (float(np.mean(people[street])) / REFERENCE_POPULATION) ** ELASTICITY
        for i in rng.choice(len(inventory), size=3, replace=False).tolist():
            likely = int(inventory[i]["minutes"] * factor * rng.uniform(0.7, 1.5) / 60) * 60
            rows.append({
                "task": inventory[i]["id"], "place": street, "minutes": likely,
                "minutes_min": likely * 8 // 10, "minutes_max": likely * 13 // 10,
            })  # fmt: skip
    return rows
