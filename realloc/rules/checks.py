"""Rules between cells: the tree of places, units and their places, contracts, dates, limits.

What today's allocation does is not judged here: it may break every rule of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realloc.rules.findings import Findings
from realloc.rules.rows import Rows
from realloc.rules.values import is_all_year, write_months
from realloc.rules.words import fold, says_nothing
from realloc.schema import KINDS, SCHEMA, TIERS

#: Tiers at which each kind of unit may sit; a contractor may sit anywhere.
PLACE_TIERS = {
    "department": ("district", "city"),
    "street_office": ("street",),
    "community": ("community",),
}

#: Most cells that one problem names besides its own.
_LISTED = 1000


def check(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """Report what is wrong between the cells of the tables; references were resolved before."""
    for name, rule in _RULES:
        if name in loaded:
            rule(loaded, findings)
    for name, rows in loaded.items():
        for low, high, code in _ORDERED.get(name, ()):
            _check_order(rows, low, high, code, findings)


def _check_order(rows: Rows, low: str, high: str, code: str, findings: Findings) -> None:
    for i, a, b in rows.rows(low, high):
        if a is not None and b is not None and a > b:
            if high in rows.hours:
                b = rows.hours[high][i]
            if low in rows.hours:
                a = rows.hours[low][i]
            # of cells in different units neither is the measure of the other
            same = (low in rows.hours) == (high in rows.hours)
            findings.add(code, **rows.at(i, high), value=b, expected=f">= {a}" if same else "",
                         related=(rows.cell(i, low),))  # fmt: skip


#: Who buys; and who pays for what: the money that follows a task is its lead's.
_BUYERS = ("department", "street_office")
_PAYERS = {"transfer": ("department",), "purchase": _BUYERS}

_DATES = ("valid_from", "valid_until", "E-DATE-ORDER")
_ORDERED = {
    "authority": (_DATES,),
    "delegations": (_DATES,),
    "contracts": (("least", "most", "E-RANGE-ORDER"),),
    "workload": (
        ("minutes_min", "minutes", "E-RANGE-ORDER"),
        ("minutes", "minutes_max", "E-RANGE-ORDER"),
    ),
}


def _tree(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """One root, which is the city; every parent of a higher tier; no cycles."""
    rows = loaded["places"]
    codes, parents, tiers = rows.get("code"), rows.get("parent"), rows.get("tier")
    row_of = {code: i for i, code in reversed(list(enumerate(codes))) if code}
    up = [row_of.get(parent) if parent else None for parent in parents]
    _cycles(rows, up, findings)
    roots = [
        i
        for i, parent in enumerate(parents)
        if parent is None and codes[i] and ("parent", i) not in rows.wrong
    ]
    if not roots and codes and not findings.counts["E-HIER-CYCLE"]:
        findings.add("E-HIER-ROOTS", **rows.at(0, "parent"), expected="ref places", hint="0")
    main = next((i for i in roots if tiers[i] == "city"), roots[0] if roots else None)
    doubtful: set[int] = set()
    for i in roots:
        if i == main:
            if tiers[i] not in (None, "city"):
                findings.add("E-HIER-TIER", **rows.at(i, "tier"), value=rows.word(i, "tier"),
                             expected="city")  # fmt: skip
                doubtful.add(i)
        else:
            findings.add("E-HIER-ROOTS", **rows.at(i, "parent"), expected="ref places",
                         hint=str(len(roots)), related=(rows.cell(main or 0, "code"),))  # fmt: skip
    for i, parent in enumerate(up):
        if parent is None or parent == i or tiers[i] is None or tiers[parent] is None:
            continue
        if TIERS.index(tiers[parent]) <= TIERS.index(tiers[i]):
            above = TIERS[TIERS.index(tiers[i]) + 1 :]
            findings.add("E-HIER-TIER", **rows.at(i, "tier"), value=rows.word(i, "tier"),
                         expected=" | ".join(above) or "city", hint=tiers[parent],
                         related=(rows.cell(parent, "tier"),))  # fmt: skip
            doubtful |= {i, parent}
    # What sits at a tier that is wrong is not judged by it.
    rows.wrong.update(("tier", i) for i in doubtful)


def _cycles(rows: Rows, up: list[int | None], findings: Findings) -> None:
    codes = rows.get("code")
    state = [0] * len(up)  # 0 not seen, 1 on the present path, 2 done
    for start in range(len(up)):
        path: list[int] = []
        at: int | None = start
        while at is not None and state[at] == 0:
            state[at] = 1
            path.append(at)
            at = up[at]
        if at is not None and state[at] == 1:
            cycle = path[path.index(at) :]
            names = [str(codes[i]) for i in [*cycle, cycle[0]]]
            if len(names) > 12:
                names = [*names[:6], "…", *names[-5:]]
            findings.add("E-HIER-CYCLE", **rows.at(cycle[0], "parent"),
                         value=codes[cycle[1 % len(cycle)]], expected="ref places",
                         hint=" > ".join(names),
                         related=tuple(rows.cell(i, "parent") for i in cycle[1:51]))  # fmt: skip
        for i in path:
            state[i] = 2


def _units(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """Kinds sit at their tiers; departments have a function; one office for each purpose."""
    rows = loaded["units"]
    tier_of = _tiers(loaded)
    holders: dict[tuple[Any, ...], int] = {}
    pools: dict[str, tuple[str, int]] = {}
    names, spelt = rows.get("pool"), {}
    for i, pool in rows.rows("pool"):
        if pool and (first := spelt.setdefault(fold(pool), pool)) != pool:
            findings.add("W-REF-NORM", **rows.at(i, "pool"), value=pool, hint=first)
            names[i] = first
    twins: dict[tuple[str, str], int] = {}
    for i, kind, place, form, pool in rows.rows("kind", "place", "form", "pool"):
        if pool and says_nothing(pool):  # two that say so would share their staff
            findings.add("E-BLANK-WORD", **rows.at(i, "pool"), value=pool, expected="text")
        if kind == "community" and place and form:
            first = twins.setdefault((place, form), i)
            if first != i:
                findings.add("W-UNIT-TWIN", **rows.at(i, "place"), value=place,
                             related=(rows.cell(first, "place"),))  # fmt: skip
    for i, kind, place, function, pool in rows.rows("kind", "place", "function", "pool"):
        tiers = PLACE_TIERS.get(kind)
        tier = tier_of.get(place)
        if tiers and tier and tier not in tiers:
            findings.add("E-UNIT-PLACE", **rows.at(i, "place"), value=place, hint=tier,
                         expected=" | ".join(tiers), related=(rows.cell(i, "kind"),))  # fmt: skip
        if kind == "department" and not function and ("function", i) not in rows.wrong:
            findings.add("E-REQUIRED", **rows.at(i, "function"), expected="function")
        key = None
        if place and kind == "street_office":
            key = (kind, place)
        elif place and kind == "department" and function:
            key = (kind, place, function)
        if key and holders.setdefault(key, i) != i:
            findings.add("E-UNIT-DUP", **rows.at(i, "place"), value=place, hint=kind,
                         related=(rows.cell(holders[key], "place"),))  # fmt: skip
        if pool and kind:
            first, row = pools.setdefault(pool, (kind, i))
            if first != kind:
                findings.add("E-POOL-KIND", **rows.at(i, "pool"), value=pool, expected=first,
                             hint=kind, related=(rows.cell(row, "pool"),))  # fmt: skip


def _tiers(loaded: Mapping[str, Rows]) -> dict[str, str]:
    if "places" not in loaded:
        return {}
    rows = loaded["places"]
    return {
        code: tier
        for i, code, tier in rows.rows("code", "tier")
        if code and tier and ("tier", i) not in rows.wrong
    }


def _tasks(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """A temporary task has a window; a ground says something, for it decides what may be done."""
    rows = loaded["tasks"]
    for i, ground in rows.rows("legal_basis"):
        if ground and (says_nothing(ground) or ground.isnumeric()):
            findings.add("E-BLANK-WORD", **rows.at(i, "legal_basis"), value=ground, expected="text")
    months = rows.get("months")
    for i, duration, window in rows.rows("duration", "months"):
        if duration == "temporary" and window is None and ("months", i) not in rows.wrong:
            findings.add("E-REQUIRED", **rows.at(i, "months"), expected="months",
                         related=(rows.cell(i, "duration"),))  # fmt: skip
        elif duration != "temporary" and window is not None and not is_all_year(window):
            findings.add("W-MONTHS-IGNORED", **rows.at(i, "months"), value=write_months(window))
            months[i] = None


def _delegations(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """A delegation is of one task or of one power type."""
    rows = loaded["delegations"]
    for i, task, power in rows.rows("task", "power_type"):
        known = not rows.wrong & {("task", i), ("power_type", i)}
        if known and bool(task) == bool(power):
            findings.add("E-EXACTLY-ONE", **rows.at(i, "task"), value=task,
                         expected="task | power_type",
                         related=(rows.cell(i, "power_type"),))  # fmt: skip


def _unit_kinds(
    name: str, column: str, allowed: Mapping[str, tuple[str, ...]], by: str = ""
) -> Any:
    """Return the rule that a unit is of a kind allowed, by the word in another column if named."""

    def rule(loaded: Mapping[str, Rows], findings: Findings) -> None:
        if "units" not in loaded:
            return
        rows = loaded[name]
        kinds = {u: kind for _, u, kind in loaded["units"].rows("id", "kind")}
        for i, unit, word in rows.rows(column, by or column):
            kind, expected = kinds.get(unit), allowed.get(word if by else "", ())
            if unit and kind and expected and kind not in expected:
                findings.add("E-UNIT-KIND", **rows.at(i, column), value=unit, hint=kind,
                             expected=" | ".join(expected),
                             related=(rows.cell(i, by),) if by else ())  # fmt: skip

    return rule


def _limits(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """What is cancelled goes to nobody, so no limit of it is of a unit."""
    rows = loaded["limits"]
    for i, subject, unit in rows.rows("subject", "unit"):
        if subject == "cancelled" and unit:
            findings.add("E-LIMIT-UNIT", **rows.at(i, "unit"), value=unit,
                         related=(rows.cell(i, "subject"),))  # fmt: skip


def _scheme_kinds(name: str, kind: str) -> Any:
    def rule(loaded: Mapping[str, Rows], findings: Findings) -> None:
        if "schemes" not in loaded:
            return
        rows, schemes = loaded[name], loaded["schemes"]
        row_of = {scheme: i for i, scheme in schemes.rows("id")}
        kinds = schemes.get("kind")
        for i, scheme in rows.rows("scheme"):
            other = row_of.get(scheme) if scheme else None
            if other is not None and kinds[other] not in (None, kind):
                findings.add("E-SCHEME-KIND", **rows.at(i, "scheme"), value=scheme, expected=kind,
                             hint=kinds[other], related=(schemes.cell(other, "kind"),))  # fmt: skip

    return rule


def _no_limit(name: str, *columns: str) -> Any:
    def rule(loaded: Mapping[str, Rows], findings: Findings) -> None:
        rows = loaded[name]
        for i, *values in rows.rows(*columns):
            if all(
                v is None and (c, i) not in rows.wrong for c, v in zip(columns, values, strict=True)
            ):
                findings.add("W-LIMIT-EMPTY", **rows.at(i, columns[0]),
                             expected=" | ".join(columns))  # fmt: skip

    return rule


def _empty_places(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """Warn of places to which no work falls: no residents, nobody named, no communities."""
    rows = loaded["places"]
    if any(column in ("code", "parent", "tier") for column, _ in rows.wrong) or any(
        findings.counts[code] for code in ("E-HIER-CYCLE", "E-HIER-ROOTS", "E-HIER-TIER")
    ):
        return  # what is empty in a tree that is wrong is no news
    codes, parents, tiers = rows.get("code"), rows.get("parent"), rows.get("tier")
    parent_of = dict(zip(codes, parents, strict=True))
    if "current" in loaded and any(column == "place" for column, _ in loaded["current"].wrong):
        named: set[str] = set()
    else:
        named = set(loaded["current"].get("place")) if "current" in loaded else set()
    peopled: set[str] = set()
    for i, code, tier, population in rows.rows("code", "tier", "population"):
        if not code or tier != "community":
            continue
        above, at = [], code
        while at and at not in above:
            above.append(at)
            at = parent_of.get(at)
        peopled.update(above)
        if not population and ("population", i) not in rows.wrong:
            findings.add("W-PLACE-EMPTY", **rows.at(i, "population"), hint="population")
        if named and not named.intersection(above):
            findings.add("W-PLACE-EMPTY", **rows.at(i, "code"), value=code, hint="current")
    for i, code in enumerate(codes):
        if code and tiers[i] not in (None, "community") and code not in peopled:
            findings.add("W-PLACE-EMPTY", **rows.at(i, "code"), value=code, hint="communities")


def _blank_staff(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """Warn where no unit of a kind has its staff filled in: all of them would have no time."""
    rows = loaded["units"]
    for kind in KINDS:
        staff = {i: n for i, k, n in rows.rows("kind", "staff") if k == kind}
        if staff and all(n is None and ("staff", i) not in rows.wrong for i, n in staff.items()):
            findings.add("W-STAFF-BLANK", **rows.at(min(staff), "staff"), hint=kind)


def _bare_communities(loaded: Mapping[str, Rows], findings: Findings) -> None:
    """Warn of communities without a unit, all in one: a city may have hundreds of them."""
    rows, units = loaded["places"], loaded.get("units")
    if units is None or any(column in ("kind", "place") for column, _ in units.wrong):
        return
    if None in units.get("kind") or None in units.get("place"):
        return  # a cell that cannot be read may be the unit that is looked for
    housed = {place for _, kind, place in units.rows("kind", "place") if kind == "community"}
    bare = [
        i for i, code, tier in rows.rows("code", "tier")
        if code and tier == "community" and code not in housed
    ]  # fmt: skip
    if bare:
        findings.add("W-COMMUNITY-BARE", **rows.at(bare[0], "code"),
                     value=rows.get("code")[bare[0]], hint=str(len(bare)),
                     related=tuple(rows.cell(i, "code") for i in bare[1:_LISTED]))  # fmt: skip


_RULES = (
    ("places", _tree),
    ("places", _empty_places),
    ("places", _bare_communities),
    ("units", _units),
    ("units", _blank_staff),
    ("tasks", _tasks),
    ("forms", _scheme_kinds("forms", "unified_form")),
    ("inspections", _scheme_kinds("inspections", "joint_visit")),
    ("delegations", _delegations),
    ("quotas", _no_limit("quotas", "at_most_tasks", "at_most_minutes")),
    ("contracts", _unit_kinds("contracts", "contractor", {"": ("contractor",)})),
    ("contracts", _unit_kinds("contracts", "buyer", {"": _BUYERS})),
    ("budgets", _unit_kinds("budgets", "payer", _PAYERS, "purpose")),
    ("limits", _no_limit("limits", "at_most_minutes", "at_most_items")),
    ("limits", _unit_kinds("limits", "unit", {kind: (kind,) for kind in KINDS}, "subject")),
    ("limits", _limits),
)

assert {name for name, _ in _RULES} | set(_ORDERED) <= set(SCHEMA)
