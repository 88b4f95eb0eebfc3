"""Allocations side by side: today, a plan, or several plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from realloc.evaluation import Evaluation, evaluate
from realloc.instance import Allocation, City, Plan
from realloc.reporting.figures import Row, compare_parts
from realloc.result import Result


@dataclass(frozen=True, eq=False)
class Comparison:
    """Allocations of one city measured alike; differences are taken from the first.

    Attributes
    ----------
    heads
        names of the allocations; blank stands for today, None for the only plan.
    evaluations
        what each costs and which rules it breaks.
    rows
        K1 to K9 by part, each whole before its parts.
    """

    heads: tuple[str | None, ...]
    evaluations: tuple[Evaluation, ...]
    rows: tuple[Row, ...]

    def summary(self, lang: str = "zh") -> str:
        """Return the comparison as text in a language, zh or en."""
        from realloc.reporting.console import lay_out_comparison, render
        from realloc.tables.showing import check_lang

        check_lang(lang)
        return render(lay_out_comparison(self, lang))

    def to_json(self) -> list[dict[str, Any]]:
        """Return criteria, parts, violations and differences of each allocation as plain data."""
        return [
            {
                "criteria": found.criteria,
                "parts": found.parts,
                "violations": found.families(),
                "difference": {row.leaf: row.values[k] - row.values[0] for row in self.rows},
            }
            for k, found in enumerate(self.evaluations)
        ]

    __str__ = summary


def compare_evaluations(
    evaluations: Sequence[Evaluation], heads: Sequence[str | None]
) -> Comparison:
    """Line up evaluations of one city under these names."""
    rows = compare_parts([found.parts for found in evaluations])
    return Comparison(tuple(heads), tuple(evaluations), tuple(rows))


def compare(
    first: Allocation | Plan | Result,
    *others: Allocation | Plan | Result,
    city: City | None = None,
) -> Comparison:
    """Compare allocations of one city: today with a result, or any others.

    Parameters
    ----------
    first
        the one that the others are compared with, such as ``city.current``.
    others
        results, plans or allocations.
    city
        the city; not needed if one of the others is a result.

    Raises
    ------
    TypeError
        if something is given that is no allocation, such as a city.
    ValueError
        if the city cannot be told, a result has no plan, or one is of another city. Plans name by
        position: one whose numbers the city has, too, is measured as one of it, and breaks C1.
    """
    everything = (first, *others)
    if any(isinstance(a, City) for a in everything):
        raise TypeError("give allocations: city.current for today, and city=… for the city")
    for given in everything:
        if not isinstance(given, (Allocation, Plan, Result)):
            raise TypeError("give results, plans or allocations such as city.current, "
                            f"not {type(given).__name__}")  # fmt: skip
    if city is not None and not isinstance(city, City):
        raise TypeError(f"city is a City, not {type(city).__name__}")
    if city is None:
        city = next((c for c in (getattr(a, "city", None) for a in everything) if c), None)
    if city is None:
        raise ValueError("city is needed where no result is compared")
    evaluations = [_evaluate(city, allocation) for allocation in everything]
    is_today = [getattr(a, "today", None) is True for a in everything]
    only = is_today.count(False) == 1
    heads = [
        "" if today else None if only else f"{k}" for k, today in enumerate(is_today)
    ]  # fmt: skip
    return compare_evaluations(evaluations, heads)


def _evaluate(city: City, allocation: Allocation | Plan | Result) -> Evaluation:
    if isinstance(allocation, (Allocation, Plan)):
        try:
            return evaluate(city, allocation)
        except IndexError as error:  # of positions that the city does not have
            raise ValueError(f"a plan of another city cannot be compared: {error}") from error
    if allocation.evaluation is None:
        raise ValueError("a result without a plan cannot be compared")
    if allocation.city.digest(policy=False) != city.digest(policy=False):
        raise ValueError("results of different cities cannot be compared; give the plan of one")
    # K1 to K9 depend on no policy; whether capacity is hard and nobody may be worse off does
    scope = {"policy.scope": allocation.city.settings["policy.scope"]}
    if {**city.settings, **scope} == dict(allocation.city.settings):
        return allocation.evaluation
    assert allocation.plan is not None
    return evaluate(city.replace(settings=scope), allocation.plan)
