"""What an evaluation says: criteria, violations and notices, as plain data without prose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realloc.evaluation.use import Use
from realloc.instance import Fixed, Ints
from realloc.schema import FAMILIES

Subject = Mapping[str, Any]


@dataclass(frozen=True)
class Violation:
    """One rule broken at one place of the data.

    Attributes
    ----------
    family, name
        such as ``C5``, and its name in :data:`realloc.schema.FAMILIES`.
    subject
        what it is about, by id or code: ``reason`` (which part of the rule, where it has parts),
        ``task``, ``leg``, ``place``, ``holder``, ``unit``, ``pool``, ``contract``, ``payer``,
        ``scheme``, ``limit``, ``month`` (1 to 12).
    amount
        by how much: minutes, yuan, tasks or items beyond the limit; for rules without a measure
        the number of communities (C1 to C4, C7, C14) or 1.
    """

    family: str
    name: str
    subject: Subject
    amount: int

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**vars(self), "subject": dict(self.subject)}


@dataclass(frozen=True)
class Notice:
    """Something that a planner must know and that no rule forbids (C16)."""

    code: str
    subject: Subject
    amount: int

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**vars(self), "subject": dict(self.subject)}


@dataclass(frozen=True, eq=False)
class Evaluation(Fixed):
    """An allocation measured and tested.

    Attributes
    ----------
    parts
        value of each reported part, keyed as :func:`realloc.schema.leaves`.
    criteria
        value of each whole criterion (K1 to K9 by name) and ``cancelled``.
    violations, notices
        broken rules in the order of their families, and the notices of C16.
    load, capacity, overtime
        minutes a year of each staff pool, in the order of ``city.pools``.
    load_month
        minutes of each pool in each month, shape (pools, 12).
    community_load
        minutes on each community's units by class, shape (3, communities).
    community_visits, community_forms
        visits received and forms filled in by each community.
    principals
        functions that hand work to each community (K4).
    contract_effort, contract_yuan
        minutes and yuan of each contract.
    use
        everything else of section 2, charge by charge.
    """

    parts: dict[str, int]
    criteria: dict[str, int]
    violations: tuple[Violation, ...]
    notices: tuple[Notice, ...]
    load: Ints
    load_month: Ints
    capacity: Ints
    overtime: Ints
    community_load: Ints
    community_visits: Ints
    community_forms: Ints
    principals: Ints
    contract_effort: Ints
    contract_yuan: Ints
    use: Use

    @property
    def lawful(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    def families(self) -> dict[str, int]:
        """Return how many violations each broken family has."""
        count: dict[str, int] = {}
        for violation in self.violations:
            count[violation.family] = count.get(violation.family, 0) + 1
        return count


def violation(family: str, amount: int, **subject: Any) -> Violation:
    """Return a violation of a family, named as in the schema."""
    return Violation(family, FAMILIES[family], subject, int(amount))


