"""From a city to a program, and from a point of the program back to a plan.

This package and ``docs/model.md`` state the mathematics; nothing else does, but
:mod:`realloc.evaluation`, which says every rule a second time in plain arithmetic and shares no
line with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from realloc.authority import Authority, Candidates
from realloc.formulation.builder import Builder
from realloc.formulation.cells import expand
from realloc.formulation.criteria import (
    k3_overload,
    k4_principals,
    k5_worst_load,
    k7_pushed_up,
    k8_change,
)
from realloc.formulation.rules import (
    c4_admission,
    c5_quotas,
    c6_funding,
    c8_contracts,
    c9_capacity,
    c10_peak_months,
    c11_rounds,
    c12_service_floor,
    c13_nobody_worse,
    c15_limits,
)
from realloc.formulation.work import (
    adoption,
    coordination,
    duties,
    guidance,
    legs,
    relay,
    supervision,
)
from realloc.instance import DETECT, HANDLE, City, Ints, Plan
from realloc.program import Cost, Point, Program
from realloc.reduction import fold
from realloc.schema import CRITERIA


@dataclass(frozen=True, eq=False)
class Formulation:
    """A city's program with the way back.

    Attributes
    ----------
    program
        minimizes the first objective.
    objectives
        all objectives asked for, over the same program.
    candidates
        items and arrangements: choice j of the program is arrangement j.
    admissions, schemes
        (task, place) and (scheme, place) of the switches of C4 and C11; those of the contracts
        stand between them, in this order of switches: admissions, contracts, schemes.
    spent
        of every resource, what is spent whatever is chosen: the program's limits are without it.
    """

    city: City
    program: Program
    objectives: tuple[Cost, ...]
    candidates: Candidates
    admissions: tuple[tuple[int, int], ...]
    schemes: tuple[tuple[int, int], ...]
    spent: Ints

    @property
    def _first(self) -> tuple[int, int]:
        return len(self.admissions), len(self.admissions) + len(self.city.contracts.id)

    def decode(self, point: Point) -> Plan:
        """Return the plan that a point stands for."""
        contract, scheme = self._first
        on = point.switch
        return Plan(
            task=self.candidates.task,
            place=self.candidates.place,
            detector=self.candidates.detector[point.choice],
            handler=self.candidates.handler[point.choice],
            admissions=frozenset(
                p for p, s in zip(self.admissions, on[:contract], strict=True) if s
            ),
            contracts=frozenset(np.flatnonzero(on[contract:scheme]).tolist()),
            schemes=frozenset(p for p, s in zip(self.schemes, on[scheme:], strict=True) if s),
        )

    def encode(self, plan: Plan) -> Point:
        """Return the point that stands for a plan of this city's items.

        Raises
        ------
        LookupError
            if a row is no item or no candidate arrangement, or an item has no row or two, or a
            switch does not exist.
        """
        c = self.candidates
        item_at = {
            key: i for i, key in enumerate(zip(c.task.tolist(), c.place.tolist(), strict=True))
        }
        choice = np.full(len(c.task), -1, np.int64)
        for task, place, detector, handler in plan.expand(self.city).rows or ():
            i = item_at[task, place]
            mine = slice(c.item[i], c.item[i + 1])
            same = (c.detector[mine] == detector) & (c.handler[mine] == handler)
            if choice[i] >= 0 or not same.any():
                raise LookupError((task, place, detector, handler))
            choice[i] = c.item[i] + int(np.argmax(same))
        if (choice < 0).any():
            i = int(np.argmin(choice))
            raise LookupError((int(c.task[i]), int(c.place[i])))
        switch = np.zeros(self.program.switches, dtype=bool)
        contract, scheme = self._first
        for names, base, on in (
            (self.admissions, 0, plan.admissions),
            (self.schemes, scheme, plan.schemes),
        ):
            at = {name: base + k for k, name in enumerate(names)}
            for name in on:
                switch[at[name]] = True
        for k in plan.contracts:
            if not 0 <= k < scheme - contract:
                raise LookupError(k)
            switch[contract + k] = True
        return Point(choice, switch)

    def adapt(self, plan: Plan) -> tuple[Point, int]:
        """Return the point nearest to a plan of other items, and how many items it decides.

        An item is decided as the plan has it in its first community, if that is a candidate of it,
        else by its first; switches are those of the plan, and those that are needed.

        Raises
        ------
        LookupError
            if an item has no candidate.
        """
        c, places = self.candidates, self.city.places
        if (np.diff(c.item) == 0).any():
            raise LookupError("an item has no candidate")
        holder, exists = plan.expand(self.city).holder, self.city.exists
        choice, decided = c.item[:-1].copy(), 0
        for i, (t, p) in enumerate(zip(c.task.tolist(), c.place.tolist(), strict=True)):
            cells, mine = slice(places.first[p], places.last[p]), slice(c.item[i], c.item[i + 1])
            same = np.ones(mine.stop - mine.start, dtype=bool)
            for leg, named in ((DETECT, c.detector), (HANDLE, c.handler)):
                there = np.flatnonzero(exists[leg, t, cells])
                if len(there):
                    same &= named[mine] == holder[leg, t, cells][there[0]]
            if same.any():
                choice[i] += int(np.argmax(same))
                decided += 1
        switch = np.zeros(self.program.switches, dtype=bool)
        switch[self.program.need.take(choice).index] = True
        contract, scheme = self._first
        for names, base, on in (
            (self.admissions, 0, plan.admissions),
            (tuple(range(scheme - contract)), contract, plan.contracts),
            (self.schemes, scheme, plan.schemes),
        ):
            switch[[base + k for k, name in enumerate(names) if name in on]] = True
        return Point(choice, switch), decided

    def tidy(self, point: Point) -> Point:
        """Switch off admissions and contracts that no choice needs.

        They cost nothing and help nobody, but lists of what is newly admitted or bought name them.
        """
        switch = point.switch.copy()
        needed = np.zeros(len(switch), dtype=bool)
        needed[self.program.need.take(point.choice).index] = True
        _, first_scheme = self._first
        switch[:first_scheme] &= needed[:first_scheme]
        return Point(point.choice, switch)


def stage_weights(city: City, criterion: str) -> dict[str, int]:
    """Return the weights of one stage of a lexicographic policy: a criterion's own parts.

    Its parts keep the policy's weights; where the policy weighs none of them, all count one.
    """
    parts = CRITERIA.get(criterion, ())
    names = [f"{criterion}.{part}" for part in parts] or [criterion]
    weights = {name: city.policy.weights[name] for name in names if city.policy.weights.get(name)}
    return weights or dict.fromkeys(names, 1)


def formulate(
    city: City,
    *,
    today: Ints | None = None,
    objectives: Sequence[Mapping[str, int]] = (),
    without: frozenset[str] = frozenset(),
) -> Formulation:
    """Write a city as a program.

    Parameters
    ----------
    city
        the city.
    today
        (pools,) minutes of today's allocation; needed by K7 and C13 only.
    objectives
        weights of parts, one mapping per objective; default: the policy's weights.
    without
        families left out, to show what a rule costs and that its test can fail.

    Raises
    ------
    ValueError
        if `today` is missing though needed.
    """
    authority = Authority(city, without)
    candidates = authority.candidates()
    cells = expand(city, candidates)
    b = Builder(city, cells.choices, objectives or [city.policy.weights])
    admissions = c4_admission(b, cells) if "C4" not in without else []
    c8_contracts(b, cells, limited="C8" not in without)
    first_scheme = len(admissions) + len(city.contracts.id)
    decided = c11_rounds(b, limited="C11" not in without)
    for work in (legs, relay, guidance, supervision):
        work(b, cells)
    coordination(b, decided, first_scheme)
    duties(b, cells, adoption(city, decided, first_scheme))
    k4_principals(b, cells)
    k8_change(b, cells)
    pools = c9_capacity(b, limited="C9" not in without)
    k3_overload(b, pools)
    k5_worst_load(b, pools)
    k7_pushed_up(b, today)
    for family, rule in (
        ("C5", lambda: c5_quotas(b, cells)),
        ("C6", lambda: c6_funding(b, cells)),
        ("C10", lambda: c10_peak_months(b)),
        ("C12", lambda: c12_service_floor(b, cells, authority)),
        ("C13", lambda: c13_nobody_worse(b, today)),
        ("C15", lambda: c15_limits(b, cells)),
    ):
        if family not in without:
            rule()
    program, costs = b.program(candidates.item)
    program, costs = fold(program, costs)
    return Formulation(city, program, costs, candidates, tuple(admissions), tuple(decided),
                       b.spent())  # fmt: skip
