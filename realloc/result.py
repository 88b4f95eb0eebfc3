"""What a solve returns, and the folder that it is kept in.

A result says only what was checked: value and criteria come from :mod:`realloc.evaluation`, the
bound from :mod:`realloc.certificate`. What an engine claimed stands apart, in the provenance.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from realloc import proof as paper
from realloc.errors import InputError, Problem
from realloc.evaluation import Evaluation
from realloc.instance import City, Plan
from realloc.proof import NotAProof, Proof
from realloc.schema import TIERS
from realloc.tables.files import replaced


class Status(StrEnum):
    """What is known after a solve. Only ``optimal`` and ``infeasible`` are proved words."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    INFEASIBLE_CLAIMED = "infeasible_claimed"
    NO_SOLUTION_LIMIT = "no_solution_limit"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True)
class Share:
    """A share with its reason where there is none: today is not above the bound, or unknown."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Stage:
    """One objective of a run: the only one, or one of a lexicographic order.

    Attributes
    ----------
    name
        ``weighted`` or the criterion.
    value, bound
        value of the plan and proved bound, None where there is none.
    gap
        (value - bound) ÷ max(1, |value|).
    captured, lawful
        captured and lawful share.
    proof
        the prices that prove the bound.
    """

    name: str
    value: int | None
    bound: int | None
    gap: float | None
    captured: Share
    lawful: Share
    proof: Proof | None


@dataclass(frozen=True, eq=False)
class Result:
    """A plan with its proof, today's allocation measured beside it, and where it came from."""

    status: Status
    engine: str
    plan: Plan | None
    today: Evaluation
    evaluation: Evaluation | None
    stages: tuple[Stage, ...]
    items: int
    choices: int
    seconds: dict[str, float]
    peak_rss_mb: float
    provenance: dict[str, Any]
    city: City

    @property
    def _last(self) -> Stage | None:
        return self.stages[-1] if self.stages else None

    @property
    def objective(self) -> int | None:
        """Value of the plan (of the last stage of a lexicographic run)."""
        return self._last.value if self._last else None

    @property
    def bound(self) -> int | None:
        """Proved bound of the last stage."""
        return self._last.bound if self._last else None

    @property
    def gap(self) -> float | None:
        """Proved gap of the last stage."""
        return self._last.gap if self._last else None

    @property
    def captured(self) -> float | None:
        """(today - plan) ÷ (today - bound)."""
        return self._last.captured.value if self._last else None

    @property
    def captured_reason(self) -> str:
        """Why there is no captured share."""
        return self._last.captured.reason if self._last else "no_plan"

    @property
    def lawful_share(self) -> float | None:
        """The same with the lawful plan nearest to today as the base."""
        return self._last.lawful.value if self._last else None

    @property
    def lawful_reason(self) -> str:
        """Why there is no lawful share."""
        return self._last.lawful.reason if self._last else "no_plan"

    def summary(self, lang: str = "zh") -> str:
        """Return the result as text in a language, zh or en."""
        from importlib import import_module

        return import_module("realloc.reporting.console").summarize(self, lang)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain data: what ``solve --json`` prints."""
        found = self.evaluation
        return {
            "status": self.status.value,
            "engine": self.engine,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "captured": self.captured,
            "captured_reason": self.captured_reason,
            "lawful_share": self.lawful_share,
            "lawful_reason": self.lawful_reason,
            "criteria": {
                "today": {**self.today.criteria, **self.today.parts},
                "plan": {**found.criteria, **found.parts} if found else None,
            },
            "violations": [_finding(v) for v in found.violations] if found else [],
            "violations_today": self.today.families(),
            "notices": [
                {"code": n.code, "subject": dict(n.subject), "amount": n.amount}
                for n in (found or self.today).notices
            ],
            "items": self.items,
            "choices": self.choices,
            "seconds": self.seconds,
            "peak_rss_mb": self.peak_rss_mb,
            "certificate": {"valid": self.bound is not None, "bound": self.bound},
            "stages": [
                {
                    "name": s.name, "value": s.value, "bound": s.bound, "gap": s.gap,
                    "captured": s.captured.value, "lawful_share": s.lawful.value,
                }
                for s in self.stages
            ],
            "provenance": self.provenance,
        }  # fmt: skip

    def save(self, folder: str | Path) -> None:
        """Write ``result.json``, ``plan.csv``, ``switches.csv`` and ``certificate.json``.

        Each file is whole or not there: it is written beside and then renamed.
        """
        out = Path(folder)
        certificate = [s.proof and paper.to_json(s.proof) for s in self.stages]
        _write(out / "certificate.json", json.dumps({"stages": certificate}))
        if self.plan is not None:
            _write_csv(out / "plan.csv", _plan_rows(self.city, self.plan))
            _write_csv(out / "switches.csv", _switch_rows(self.city, self.plan))
        _write(out / "result.json", json.dumps(self.to_json(), ensure_ascii=False, indent=1))


@dataclass(frozen=True, eq=False)
class Saved:
    """A result as read from its folder: claims, to be checked.

    Attributes
    ----------
    claims
        ``result.json``.
    plan
        the plan, None where there is none.
    proofs
        the proof of every stage.
    """

    claims: dict[str, Any]
    plan: Plan | None
    proofs: tuple[Proof | None, ...]


def load(folder: str | Path, city: City) -> Saved:
    """Read a result's folder.

    Raises
    ------
    InputError
        if a file is missing or is not what :meth:`Result.save` writes; names file and row.
    """
    out = Path(folder)
    claims = _read_json(out / "result.json")
    _check_shape(claims)
    certificate = _read_json(out / "certificate.json")
    try:
        proofs = tuple(None if p is None else paper.from_json(p) for p in certificate["stages"])
    except (KeyError, TypeError, NotAProof) as error:
        raise _bad("certificate.json", 0, "", str(error)) from error
    plan = _read_plan(out, city) if (out / "plan.csv").exists() else None
    return Saved(claims, plan, proofs)


def _finding(v: Any) -> dict[str, Any]:
    return {"family": v.family, "name": v.name, "subject": dict(v.subject), "amount": v.amount}


def _plan_rows(city: City, plan: Plan) -> list[list[str]]:
    rows = [["task", "place", "detector", "handler"]]
    columns = (plan.task, plan.place, plan.detector, plan.handler)
    for t, p, d, h in zip(*(c.tolist() for c in columns), strict=True):
        rows.append(
            [city.tasks.id[t], city.places.code[p], city.holder_word(d), city.holder_word(h)]
        )
    return rows


def _switch_rows(city: City, plan: Plan) -> list[list[str]]:
    rows = [["kind", "id", "place"]]
    rows += [
        ["admission", city.tasks.id[t], city.places.code[p]] for t, p in sorted(plan.admissions)
    ]
    rows += [["contract", city.contracts.id[k], ""] for k in sorted(plan.contracts)]
    rows += [["scheme", city.schemes.id[s], city.places.code[p]] for s, p in sorted(plan.schemes)]
    return rows


def _write(path: Path, text: str) -> None:
    with replaced(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


def _write_csv(path: Path, rows: list[list[str]]) -> None:
    with replaced(path) as beside, open(beside, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError([Problem("E-FILE-MISSING", "R", file=path.name)]) from error
    except (OSError, ValueError, RecursionError) as error:
        raise _bad(path.name, 0, "", type(error).__name__) from error
    if not isinstance(data, dict):
        raise _bad(path.name, 0, "", type(data).__name__)
    return data


def _check_shape(claims: dict[str, Any]) -> None:
    """Refuse claims that are not laid out as :meth:`Result.to_json` does.

    Raises
    ------
    InputError
        names the entry.
    """
    stages = claims.get("stages", [])
    provenance = claims.get("provenance", {})
    options = provenance.get("options", {}) if isinstance(provenance, dict) else {}
    for entry, right in {
        "criteria": isinstance(claims.get("criteria", {}), dict),
        "stages": isinstance(stages, list) and all(isinstance(s, dict) for s in stages),
        "provenance": isinstance(provenance, dict),
        "options": isinstance(options, dict),
        "scope": not isinstance(options, dict) or options.get("scope") in (None, "", *TIERS),
    }.items():
        if not right:
            raise _bad("result.json", 0, entry, "")


def _bad(file: str, row: int, column: str, value: str) -> InputError:
    problem = Problem(
        "E-FILE-CORRUPT", "R", file=file, row=row, column=column, value=value[:80]
    )
    return InputError([problem])


def _rows(path: Path, names: list[str]) -> list[tuple[int, list[str]]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise _bad(path.name, 0, "", type(error).__name__) from error
    if not rows or rows[0] != names:
        raise _bad(path.name, 1, "", ",".join(rows[0]) if rows else "")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise _bad(path.name, number, "", ",".join(row))
    return list(enumerate(rows[1:], start=2))


def _read_plan(out: Path, city: City) -> Plan:
    columns: list[list[int]] = [[], [], [], []]
    look_up = (city.task_of, city.place_of, city.holder_codes, city.holder_codes)
    names = ["task", "place", "detector", "handler"]
    for number, row in _rows(out / "plan.csv", names):
        for k, word in enumerate(row):
            if word not in look_up[k]:
                raise _bad("plan.csv", number, names[k], word)
            columns[k].append(look_up[k][word])
    contract = {k: i for i, k in enumerate(city.contracts.id)}
    scheme = {s: i for i, s in enumerate(city.schemes.id)}
    on: dict[str, set[Any]] = {"admission": set(), "contract": set(), "scheme": set()}
    for number, (kind, word, place) in _rows(out / "switches.csv", ["kind", "id", "place"]):
        names_of = {"admission": city.task_of, "contract": contract, "scheme": scheme}.get(kind)
        if names_of is None or word not in names_of:
            raise _bad("switches.csv", number, "id", word)
        if kind != "contract" and place not in city.place_of:
            raise _bad("switches.csv", number, "place", place)
        on[kind].add(
            names_of[word] if kind == "contract" else (names_of[word], city.place_of[place])
        )
    task, place, detector, handler = (np.array(c, dtype=np.int64) for c in columns)
    return Plan(
        task, place, detector, handler,
        frozenset(on["admission"]), frozenset(on["contract"]), frozenset(on["scheme"]),
    )  # fmt: skip
