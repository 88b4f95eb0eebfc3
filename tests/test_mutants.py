"""The seeded faults of `make mutants` still fit the code, and some of them are found at once."""

from __future__ import annotations

from collections import Counter

import pytest
from mutants.faults import (
    AUTHORITY,
    CERTIFICATE,
    EVALUATION,
    FAULTS,
    FORMULATION,
    INSTANCE,
    PROGRAM,
    Fault,
)
from mutants.run import hunt, stale


def test_every_fault_has_its_place():
    """What a fault replaces stands once in its file, and names tell faults apart."""
    assert stale() == []
    assert max(Counter(f.name for f in FAULTS).values()) == 1
    assert all(f.old != f.new for f in FAULTS)


def test_a_fault_whose_place_is_gone_is_told():
    """A fault that no longer fits would be no fault, and is listed."""
    gone = Fault("gone", "program.py", "no such line", "")
    twice = Fault("twice", "program.py", "import", "")
    assert stale([gone, twice]) == ["program.py: gone", "program.py: twice"]


def test_there_are_enough_faults():
    """At least 15 in what is written, in what is checked and in what both read, 10 in bounds."""
    assert len(FORMULATION) >= 15
    assert len(EVALUATION) + len(AUTHORITY) >= 15
    assert len(INSTANCE) >= 15
    assert len(CERTIFICATE) >= 10


@pytest.mark.parametrize(
    "fault", [g[0] for g in (FORMULATION, EVALUATION, AUTHORITY[3:], CERTIFICATE[1:], PROGRAM[2:])],
    ids=lambda fault: fault.name,
)  # fmt: skip
def test_some_faults_are_found_on_a_few_cities(fault: Fault):
    """One fault of each kind shows on the first random cities."""
    found = hunt(fault, 15).found
    assert found.split()[0] in {"agreement", "candidates", "bounds", "optimum"}, found
