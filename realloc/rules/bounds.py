"""Whether the objective stays exact: the sum of all weights times bounds is below 2^53."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realloc.rules.rows import Rows
from realloc.schema import CRITERIA, SETTINGS

EXACT = 2**53


def plausible_bounds(settings: Mapping[str, Any], loaded: Mapping[str, Rows]) -> dict[str, float]:
    """Return an upper bound of each criterion, from the tables alone (minutes, visits, yuan …)."""

    def setting(name: str) -> float:
        return float(settings.get(name, SETTINGS[name].default) or 0)

    def column(table: str, name: str) -> list[float]:
        return [float(v or 0) for v in loaded[table].get(name)] if table in loaded else []

    def total(table: str, first: str, second: str) -> float:
        pairs = zip(column(table, first), column(table, second), strict=True)
        return sum(a * b for a, b in pairs)

    tiers = loaded["places"].get("tier") if "places" in loaded else []
    communities = max(1, sum(t == "community" for t in tiers))
    n_tasks = len(column("tasks", "minutes"))
    share = setting("elasticity") / 1000
    reference = setting("reference_population") or 1
    scale = sum((p / reference) ** share for p, t in zip(column("places", "population"), tiers,
                strict=True) if t == "community")  # fmt: skip
    base = sum(column("tasks", "minutes")) * scale
    within = _communities_within(loaded["places"]) if "places" in loaded else {}
    places = loaded["workload"].get("place") if "workload" in loaded else []
    measured = zip(places, column("workload", "minutes"), strict=True)
    base += sum(m * within.get(place, 0) for place, m in measured)
    # Minutes are whole in every cell: of each leg, of its effort, its supervision and its cost.
    cells = n_tasks * communities
    base += 2 * cells
    effort = max(setting(n) for n in SETTINGS if n.startswith("effort."))
    times = (
        [t if t is not None else 1 for t in loaded["forms"].get("times")]
        if "forms" in loaded
        else []
    )
    visits = [v if v is not None else 1 for v in loaded["inspections"].get("visits")] if (
        "inspections" in loaded) else []  # fmt: skip
    # A duty has at most one receiver per community: each receiver holds it in one at least.
    preparing = sum(t * m for t, m in zip(times, column("forms", "minutes"), strict=True))
    preparing += sum(t * m for t, m in zip(visits, column("inspections", "minutes"), strict=True))
    handing_on = n_tasks * (2 * setting("relay") + setting("guidance"))
    functions = n_tasks + len(times) + len(visits)
    joining = sum(column("schemes", "coordination")) * functions * len(tiers)
    load = base * effort / 1000 * (1 + setting("supervision") / 1000)
    load += communities * (preparing + handing_on) + joining + 4 * cells
    dearest = max([*column("units", "yuan_per_hour"), *column("contracts", "yuan_per_hour"), 0])
    bounds = {
        "community_load": load, "inspections": sum(visits) * communities, "overload": load,
        "principals": float(cells), "worst_load": 1000 * load / _least_capacity(settings, loaded),
        "public_cost": load / 60 * dearest + 4 * cells, "pushed_up": load,
        "change": base, "forms": sum(times) * communities, "cancelled": base,
    }  # fmt: skip
    assert set(bounds) == {*CRITERIA, "cancelled"}
    return bounds


def _least_capacity(settings: Mapping[str, Any], loaded: Mapping[str, Rows]) -> int:
    """Return the least minutes of capacity of a pool of communities that has any, else 1."""
    if "units" not in loaded:
        return 1
    year = settings.get("minutes_per_staff", SETTINGS["minutes_per_staff"].default) or 0
    free: dict[tuple[str, str], int] = {}
    columns = (loaded["units"].get(n) for n in ("id", "kind", "pool", "staff", "committed"))
    for unit, kind, pool, staff, committed in zip(*columns, strict=True):
        if kind == "community":
            own = ("pool", pool) if pool else ("unit", unit)
            free[own] = free.get(own, 0) + (staff or 0) * year - (committed or 0)
    return min((minutes for minutes in free.values() if minutes > 0), default=1)


def _communities_within(places: Rows) -> dict[str, int]:
    """Return how many communities each place has, itself included."""
    codes, parents, tiers = (places.get(name) for name in ("code", "parent", "tier"))
    parent_of = dict(zip(codes, parents, strict=True))
    within: dict[str, int] = {}
    for code, tier in zip(codes, tiers, strict=True):
        above: set[str] = set()
        at = code if tier == "community" else None
        while at and at not in above:
            above.add(at)
            within[at] = within.get(at, 0) + 1
            at = parent_of.get(at)
    return within


def too_large(
    settings: Mapping[str, Any], loaded: Mapping[str, Rows]
) -> tuple[str, float] | None:
    """Return the weight that does most to push the objective beyond 2^53, and the sum reached.

    None if the objective stays exact in every engine. Parts of one criterion share its bound. What
    has no weight counts as if it had 1: it is measured, and may be a stage of its own.
    """
    bounds = plausible_bounds(settings, loaded)
    terms: dict[str, float] = {}
    for name, parts in {**CRITERIA, "cancelled": ()}.items():
        leaves = [f"weights.{name}.{part}" for part in parts] or [f"weights.{name}"]
        weights = {leaf: settings.get(leaf, SETTINGS[leaf].default) or 0 for leaf in leaves}
        heaviest = max(weights, key=lambda leaf: weights[leaf])
        terms[heaviest] = max(1, weights[heaviest]) * bounds[name]
    reached = sum(terms.values())
    # rows of the highest load ÷ capacity hold loads in thousandths
    if max(reached, 1000 * bounds["community_load"]) < EXACT:
        return None
    return max(terms, key=lambda leaf: terms[leaf]), reached
