"""What a solve returns.

A result says only what was checked: value and criteria come from :mod:`realloc.evaluation`, the
bound from :mod:`realloc.certificate`. What an engine claimed stands apart, in the provenance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from realloc import archive
from realloc.archive import Saved, load
from realloc.conflict import Conflict
from realloc.evaluation import Evaluation
from realloc.instance import City, Plan
from realloc.proof import Proof

__all__ = ["Nearest", "Result", "Saved", "Share", "Stage", "Status", "load"]


#: Why there is no share where there is no plan; for the other reasons see :mod:`realloc.stages`.
NO_PLAN = "no_plan"


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
    """A share (base - plan) ÷ (base - bound) of what can be improved, or why there is none.

    Attributes
    ----------
    value
        the share, None where there is none.
    reason
        why there is none.
    base
        value of today's allocation, or of the nearest lawful plan.
    least
        of a lawful share: what is proved of it, whether or not the nearest plan is proved to be so.
    """

    value: float | None
    reason: str = ""
    base: int | None = None
    least: float | None = None


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
    proof, held
        the prices that prove the bound, of the program in which the stages before cost no more than
        `held`: the values of the plan, or more, as a later stage may find a better one.
    """

    name: str
    value: int | None
    bound: int | None
    gap: float | None
    captured: Share
    lawful: Share
    proof: Proof | None
    held: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, without its proof."""
        return {
            "name": self.name, "value": self.value, "bound": self.bound, "gap": self.gap,
            "captured": self.captured.value, "captured_reason": self.captured.reason,
            "captured_base": self.captured.base,
            "lawful_share": self.lawful.value, "lawful_reason": self.lawful.reason,
            "lawful_base": self.lawful.base, "lawful_at_least": self.lawful.least,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Nearest:
    """The lawful plan nearest to today that was found, from which the lawful share is measured.

    Attributes
    ----------
    plan
        the plan.
    change, bound
        K8 of the plan, and proved bound: no lawful plan changes less. None where nothing is proved.
    base_bound
        proved bound of the (first) objective: no lawful plan that changes no more costs less.
    proofs, held
        the prices that prove both; the change, `change` or more, up to which the second is proved.
    """

    plan: Plan
    change: int
    bound: int | None
    base_bound: int | None
    proofs: tuple[Proof | None, Proof | None]
    held: int


#: Claims of an engine that failed, whatever it had found before.
_FAILED = ("crash", "oom_killed", "bad_output", "model_error")


def failures(provenance: Mapping[str, Any]) -> list[str]:
    """Return what failed engines said, of the record of a result."""
    claims = provenance.get("claims", ())
    return [str(c.get("note") or c["status"]) for c in claims if c.get("status") in _FAILED]


@dataclass(frozen=True, eq=False, repr=False)
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
    nearest: Nearest | None = None
    conflict: Conflict | None = None

    @property
    def _last(self) -> Stage | None:
        return self.stages[-1] if self.stages else None

    @property
    def criteria(self) -> dict[str, int] | None:
        """K1 to K9 of the plan, wholes and parts by name; None without a plan."""
        found = self.evaluation
        return {**found.criteria, **found.parts} if found else None

    @property
    def certificate(self) -> archive.Certificate:
        """What proves the bounds: of each stage, and of the lawful plan nearest to today."""
        near = self.nearest
        return archive.Certificate(
            tuple(s.proof for s in self.stages), tuple(s.held for s in self.stages),
            (None, None) if near is None else near.proofs, near and near.held,
        )  # fmt: skip

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
        return self._last.captured.reason if self._last else NO_PLAN

    @property
    def lawful_share(self) -> float | None:
        """The same with the lawful plan nearest to today as the base."""
        return self._last.lawful.value if self._last else None

    @property
    def lawful_reason(self) -> str:
        """Why there is no lawful share."""
        return self._last.lawful.reason if self._last else NO_PLAN

    @property
    def lawful_at_least(self) -> float | None:
        """What is proved of the lawful share, of the nearest plan that there is."""
        return self._last.lawful.least if self._last else None

    def __repr__(self) -> str:
        known = f"objective {self.objective}, bound {self.bound}, gap {self.gap}"
        return f"Result({self.status.value}, {known})"

    def summary(self, lang: str = "zh") -> str:
        """Return the result as text in a language, zh or en."""
        from importlib import import_module

        return import_module("realloc.reporting.console").summarize(self, lang)

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain data: what ``solve --json`` prints."""
        found = self.evaluation
        return {
            "format": archive.FORMAT,
            "status": self.status.value,
            "engine": self.engine,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "captured": self.captured,
            "captured_reason": self.captured_reason,
            "lawful_share": self.lawful_share,
            "lawful_reason": self.lawful_reason,
            "lawful_at_least": self.lawful_at_least,
            "criteria": {
                "today": {**self.today.criteria, **self.today.parts},
                "plan": self.criteria,
            },
            "violations": [v.to_json() for v in found.violations] if found else [],
            "violations_today": self.today.families(),
            "notices": [n.to_json() for n in (found or self.today).notices],
            "items": self.items,
            "choices": self.choices,
            "seconds": self.seconds,
            "peak_rss_mb": self.peak_rss_mb,
            "certificate": {"valid": self.bound is not None, "bound": self.bound},
            "stages": [s.to_json() for s in self.stages],
            "nearest": self.nearest and {
                "change": self.nearest.change, "change_bound": self.nearest.bound,
                "base_bound": self.nearest.base_bound,
            },
            "conflict": self.conflict and self.conflict.to_json(),
            "provenance": self.provenance,
        }  # fmt: skip

    def save(self, folder: str | Path) -> None:
        """Write ``result.json``, ``certificate.json``, and the plans that there are.

        ``plan.csv`` and ``switches.csv`` are the plan, ``nearest.csv`` and
        ``nearest_switches.csv`` the lawful plan nearest to today. A result that stood there before
        is replaced as a whole, other files stay: whenever this is interrupted, :func:`load` reads
        the one result or the other.
        """
        near = self.nearest
        archive.write(
            Path(folder), self.city, self.to_json(), self.plan, near and near.plan,
            self.certificate,
        )  # fmt: skip
