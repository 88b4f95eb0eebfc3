"""What a planner must know of a city and that no rule forbids."""

from __future__ import annotations

import numpy as np

from realloc.authority import Candidates
from realloc.evaluation import Evaluation, Notice
from realloc.instance import City


def list_notices(city: City, candidates: Candidates, today: Evaluation) -> list[Notice]:
    """Return the items that are decided below their scope, and why; then C16 of today.

    An item is split where today's allocation or a pin names a place below it, or where no
    arrangement is lawful in all of it (design: items); the amount is its number of communities.
    Where nobody may hold any part of it either, as where two pins contradict, there is nothing to
    be decided place by place: :func:`realloc.conflict.find_stuck` has told of those parts.
    """
    places = city.places
    has_some = np.diff(candidates.item) > 0

    def some_below(t: int, p: int) -> bool:
        inside = (places.first[p] <= places.first[candidates.place]) & (
            places.last[candidates.place] <= places.last[p]
        )
        return bool((has_some & inside & (candidates.task == t)).any())

    splits = [
        Notice(
            f"split_{reason}",
            {"task": city.tasks.id[t], "place": places.code[p]},
            int(places.last[p] - places.first[p]),
        )
        for t, p, reason in candidates.splits
        if reason != "unlawful" or some_below(t, p)
    ]
    return [*splits, *today.notices]
