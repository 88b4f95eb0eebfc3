"""What a planner must know of a city and that no rule forbids."""

from __future__ import annotations

from realloc.authority import Candidates
from realloc.evaluation import Evaluation, Notice
from realloc.instance import City


def list_notices(city: City, candidates: Candidates, today: Evaluation) -> list[Notice]:
    """Return the items that are decided below their scope, and why; then C16 of today.

    An item is split where today's allocation or a pin names a place below it, or where no
    arrangement is lawful in all of it (design: items); the amount is its number of communities.
    """
    places = city.places
    splits = [
        Notice(
            f"split_{reason}",
            {"task": city.tasks.id[t], "place": places.code[p]},
            int(places.last[p] - places.first[p]),
        )
        for t, p, reason in candidates.splits
    ]
    return [*splits, *today.notices]
