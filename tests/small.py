"""A small good city that uses every table and every column once."""

# ruff: noqa: E501 - one row, one line

from __future__ import annotations

from typing import Any

from realloc.instance import City

SETTINGS: dict[str, Any] = {
    "name": "小城", "date": "2026-06-01", "elasticity": 800, "policy.objective": "weighted",
    "weights.change": 2,
}  # fmt: skip


def _columns(names: str, *rows: tuple[Any, ...]) -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(names.split())}


TABLES: dict[str, dict[str, list[Any]]] = {
    "places": _columns(
        "code name parent tier population households kind service_floor",
        ("P0", "小城", "", "city", 0, 0, "", None),
        ("P1", "东区", "P0", "district", 0, 0, "", None),
        ("P11", "中山街道", "P1", "street", 0, 0, "", None),
        ("P111", "和平社区", "P11", "community", 6000, 2100, "老旧小区", 12000),
        ("P112", "团结社区", "P11", "community", 8000, 2800, "城中村", None),
    ),
    "units": _columns(
        "id name kind form place function pool staff committed overtime_share yuan_per_hour vertical",
        ("D1", "市民政局", "department", "organ", "P0", "民政局", "", 40, 1_000_000, 100, 80, 0),
        ("D2", "东区应急局", "department", "organ", "P1", "应急管理局", "", 12, 0, 100, 70, 1),
        ("S1", "中山街道办", "street_office", "organ", "P11", "", "", 30, 0, 50, 60, 0),
        ("C1", "和平工作站", "community", "station", "P111", "", "和平", 12, 0, 0, 45, 0),
        ("C1J", "和平居委会", "community", "residents_committee", "P111", "", "和平", 3, 0, 0, 30, 0),
        ("C2", "团结工作站", "community", "station", "P112", "", "", 14, 0, 0, 45, 0),
        ("V1", "阳光社工", "contractor", "social_org", "P0", "", "", 9, 0, 0, 55, 0),
    ),
    "tasks": _columns(
        "id category category_en name name_en duration months social_work power_type governance "
        "lead minutes detect_share scope outsourceable admissible handling_floor cancellable veto "
        "legal_basis legal_basis_status",
        ("T1", "民生服务", "Services", "高龄津贴", "Old-age allowance", "long_term", (0, 12), 1,
         "payment", "government", "民政局", 7200, 300, "street", 1, 1, "community", 0, 0,
         "老年人权益保障法§33", "memory"),
        ("T2", "公共安全", "Safety", "防汛巡查", "Flood patrol", "temporary", (4, 6), 0, "inspection",
         "government", "应急管理局", 9000, 600, "district", 0, 1, "department", 0, 1,
         "防洪法§7", "verified_text"),
        ("T3", "居民自治", "Self-governance", "居民议事", "Residents' meeting", "long_term", (0, 12), 0,
         "other", "self_governance", "民政局", 3000, 0, "community", 0, 1, "community", 0, 0, "",
         "none_found"),
        ("T4", "民生服务", "Services", "台账填报", "Ledgers", "long_term", (0, 12), 0, "service",
         "co_governance", "民政局", 1200, 500, "street", 1, 0, "community", 1, 0, "", "none_found"),
    ),
    "forms": _columns(
        "id name task leg issuer times minutes scheme approval valid_until",
        ("F1", "津贴月报", "T1", "handle", "民政局", 12, 60, "S1U", "统制〔2026〕1号", "2026-12-31"),
        ("F2", "台账年报", "T4", "detect", "民政局", 1, 240, "", "", ""),
    ),
    "inspections": _columns(
        "id name task leg inspector purpose veto visits minutes months scheme",
        ("I1", "防汛检查", "T2", "detect", "应急管理局", "inspection", 1, 3, 180, (4, 3), "S2J"),
        ("I2", "民政考核", "T1", "handle", "民政局", "assessment", 0, 1, 300, None, ""),
    ),
    "schemes": _columns(
        "id name kind tier adopted coordination",
        ("S1U", "民生一表通", "unified_form", "district", "decide", 600),
        ("S2J", "安全综合查一次", "joint_visit", "street", "yes", 900),
    ),
    "authority": _columns(
        "power_type kind leg rule basis valid_from valid_until",
        ("payment", "community", "handle", "if_admitted", "准入目录", "2026-01-01", "2030-12-31"),
        ("service", "contractor", "handle", "if_purchased", "", "", ""),
    ),
    "delegations": _columns(
        "id delegator task power_type unit basis valid_from valid_until",
        ("G1", "东区政府", "T2", "", "S1", "东府〔2026〕2号", "2026-01-01", "2028-01-01"),
        ("G2", "东区政府", "", "inspection", "S1", "东府〔2026〕3号", "", ""),
    ),
    "admission": _columns(
        "task leg place status basis valid_until yuan_per_hour",
        ("T1", "detect", "P0", "admitted", "目录", "2028-12-31", 40),
        ("T1", "handle", "P1", "candidate", "", "", 45),
        ("T2", "detect", "P0", "statutory", "防洪法§7", "", 0),
        ("T4", "detect", "P0", "candidate", "", "", 0),
    ),
    "quotas": _columns("place at_most_tasks at_most_minutes", ("P0", 60, None), ("P1", None, 500_000)),
    "contracts": _columns(
        "id name contractor buyer places categories grade yuan_per_hour least most share_of_buyer "
        "share_of_contractor",
        ("K1", "社工服务", "V1", "D1", ("P11", "P112"), ("民生服务",), 4, 65, 3000, 90_000, 600, 900),
    ),
    "budgets": _columns("payer purpose yuan", ("D1", "purchase", 200_000), ("D1", "transfer", 90_000)),
    "limits": _columns(
        "id subject place unit at_most_minutes at_most_items",
        ("L1", "change", "P0", "", 900_000, 100),
        ("L2", "department", "", "D2", 40_000, None),
    ),
    "pins": _columns(
        "task leg place holder rule",
        ("T1", "handle", "P0", "cancelled", "forbid"),
        ("T2", "handle", "P1", "D2", "keep"),
        ("T4", "detect", "", "street", "keep"),
    ),
    "workload": _columns(
        "task place minutes_min minutes minutes_max",
        ("T1", "P111", 5000, 6500, 9000),
        ("T2", "P1", None, 8000, None),
    ),
    "current": _columns(
        "task place detector handler",
        ("T1", "P0", "community", "community"),
        ("T1", "P112", "C2", "K1"),
        ("T2", "P0", "community", "D2"),
        ("T3", "P0", "", "community"),
        ("T4", "P0", "community", "street"),
    ),
}  # fmt: skip


def small_city() -> City:
    """Return the city: two communities in one street, four tasks, seven units."""
    return City.of(SETTINGS, TABLES)
