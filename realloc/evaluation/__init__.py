"""The model in plain arithmetic: what any allocation costs and which rules it breaks.

This is the executable specification. It reads a city and an allocation, today's included, and
knows neither program nor solver, so a result is checked by code that had no part in finding it.
It follows docs/model.md section by section:

========= =============================== ================================
section   content                         module
========= =============================== ================================
1         sets and data                   :mod:`realloc.evaluation.facts`
2         what an allocation uses         :mod:`realloc.evaluation.use`
3         criteria K1 to K9               :mod:`realloc.evaluation.criteria`
4         C2 to C4, C7, C14: who may hold :mod:`realloc.evaluation.legality`
4, 5      C1 and the items it asks for    :mod:`realloc.evaluation.inventory`
4         C5, C6, C8 to C13, C15: limits  :mod:`realloc.evaluation.limits`
4         notices C16                     :mod:`realloc.evaluation.notices`
========= =============================== ================================

Everything is whole numbers, exact, and depends on nothing but its arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache

from realloc.evaluation.criteria import MEASURES, principals
from realloc.evaluation.facts import Facts
from realloc.evaluation.findings import Evaluation, Notice, Violation
from realloc.evaluation.inventory import violations_c1_full_inventory
from realloc.evaluation.legality import (
    violations_c2_authority,
    violations_c3_jurisdiction,
    violations_c4_admission,
    violations_c7_purchase_gates,
    violations_c14_pins,
)
from realloc.evaluation.limits import (
    violations_c5_quotas,
    violations_c6_funding,
    violations_c8_contracts,
    violations_c9_capacity,
    violations_c10_peak_months,
    violations_c11_rounds,
    violations_c12_service_floor,
    violations_c13_nobody_worse,
    violations_c15_limits,
)
from realloc.evaluation.notices import notices_c16
from realloc.evaluation.use import Use, use
from realloc.instance import Allocation, City, Plan

#: Every rule by family, in the order of the model.
RULES: dict[str, Callable[[Facts, Use, Use], list[Violation]]] = {
    "C1": violations_c1_full_inventory,
    "C2": violations_c2_authority,
    "C3": violations_c3_jurisdiction,
    "C4": violations_c4_admission,
    "C5": violations_c5_quotas,
    "C6": violations_c6_funding,
    "C7": violations_c7_purchase_gates,
    "C8": violations_c8_contracts,
    "C9": violations_c9_capacity,
    "C10": violations_c10_peak_months,
    "C11": violations_c11_rounds,
    "C12": violations_c12_service_floor,
    "C13": violations_c13_nobody_worse,
    "C14": violations_c14_pins,
    "C15": violations_c15_limits,
}


class Evaluator:
    """Evaluates many allocations of one city; what only the city decides is worked out once."""

    def __init__(self, city: City):
        self.city = city
        self.facts = Facts(city)

    @cached_property
    def today(self) -> Use:
        """What today's allocation uses."""
        return use(self.facts, self.city.current)

    def evaluate(self, allocation: Allocation | Plan) -> Evaluation:
        """Measure and test an allocation; a plan is written out for every cell first."""
        facts, today = self.facts, self.today
        if isinstance(allocation, Plan):
            allocation = allocation.expand(self.city)
        used = today if allocation is self.city.current else use(facts, allocation)
        parts: dict[str, int] = {}
        criteria: dict[str, int] = {}
        for name, measure in MEASURES.items():
            values = measure(facts, used, today)
            criteria[name] = sum(values.values())
            parts |= {f"{name}.{part}" if part else name: v for part, v in values.items()}
        violations = [v for rule in RULES.values() for v in rule(facts, used, today)]
        return Evaluation(
            parts=parts,
            criteria=criteria,
            violations=tuple(violations),
            notices=tuple(notices_c16(facts, used)),
            load=used.load,
            load_month=used.load_month,
            capacity=facts.capacity,
            overtime=facts.overtime,
            community_load=used.community_load,
            community_visits=used.community_visits,
            community_forms=used.community_forms,
            principals=principals(facts, used),
            contract_effort=used.contract_effort,
            contract_yuan=used.contract_yuan,
            use=used,
        )


@lru_cache(maxsize=4)
def evaluator(city: City) -> Evaluator:
    """Return the evaluator of a city, kept for the cities seen last."""
    return Evaluator(city)


def evaluate(city: City, allocation: Allocation | Plan) -> Evaluation:
    """Measure an allocation by K1 to K9 and test it against every rule.

    Parameters
    ----------
    city
        the city; :attr:`City.current` is its present allocation.
    allocation
        an allocation, or a plan, which is expanded to one.

    Raises
    ------
    TypeError
        if they are something else, such as a result, whose plan is to be given.
    ValueError
        if the allocation is of a city of another size.
    IndexError
        if it names by position what the city does not have.
    """
    if not isinstance(city, City):
        raise TypeError(f"a City is needed, as realloc.read returns, not {type(city).__name__}")
    if not isinstance(allocation, (Allocation, Plan)):
        raise TypeError("an Allocation or a Plan is needed, such as city.current or result.plan, "
                        f"not {type(allocation).__name__}")  # fmt: skip
    if isinstance(allocation, Allocation) and allocation is not city.current:
        allocation.check(city)
    return evaluator(city).evaluate(allocation)


__all__ = [
    "MEASURES",
    "RULES",
    "Evaluation",
    "Evaluator",
    "Notice",
    "Violation",
    "evaluate",
    "evaluator",
]
