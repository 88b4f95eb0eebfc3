"""The statutory matrix and what a city may override in it."""

import numpy as np
import pytest
from small import small_city

from realloc import law
from realloc.generator import generate
from realloc.schema import KINDS, LEGS, POWER_TYPES, RULES


def city(date="2026-06-01", authority=None):
    return small_city().replace(settings={"date": date}, tables={"authority": authority or {}})


def rule(rules, power, kind, leg):
    return RULES[rules[POWER_TYPES.index(power), KINDS.index(kind), LEGS.index(leg)]]


def override(*entries):
    names = ("power_type", "kind", "leg", "rule", "basis", "valid_from", "valid_until")
    columns = zip(*entries, strict=True)
    return {name: list(values) for name, values in zip(names, columns, strict=True)}


PENALTY = ("penalty", "street_office", "handle")


def test_every_entry_is_stated_once_with_a_ground():
    """The file names each of the 11 x 4 x 2 entries exactly once, and each has a ground."""
    keys = [(r["power_type"], r["kind"], r["leg"]) for r in law.rows()]
    assert len(keys) == len(set(keys)) == 88
    assert all(r["basis"] and r["rule"] in RULES for r in law.rows())


def test_closed_powers_never_reach_communities_or_contractors():
    """Neither communities nor contractors may handle a closed power; inspections not at all."""
    rules = law.statute()
    for power in law.CLOSED:
        assert rule(rules, power, "community", "handle") == "forbidden"
        assert rule(rules, power, "contractor", "handle") == "forbidden"
        assert rule(rules, power, "street_office", "handle") == "if_delegated"
    assert rule(rules, "inspection", "community", "detect") == "forbidden"
    assert rule(rules, "inspection", "contractor", "detect") == "forbidden"


def test_closed_powers_are_those_forbidden_to_communities():
    """CLOSED is exactly the power types whose handling the matrix forbids to communities."""
    forbidden = law.statute()[:, KINDS.index("community"), LEGS.index("handle")]
    closed = {POWER_TYPES[p] for p in np.flatnonzero(forbidden == RULES.index("forbidden"))}
    assert closed == set(law.CLOSED)


def test_departments_may_hold_everything():
    """A department is allowed both legs of every power type."""
    assert (law.statute()[:, KINDS.index("department")] == RULES.index("allowed")).all()


def test_matrix_of_a_silent_city_is_the_statute():
    """Without authority rows a city has the statutory matrix."""
    assert (law.matrix(city()) == law.statute()).all()


def test_valid_row_overrides_and_brings_its_ground():
    """A valid row changes its entry and no other, and its ground is the one told."""
    own = city(authority=override((*PENALTY, "allowed", "本省决定", "2026-01-01", "2026-12-31")))
    rules = law.matrix(own)
    assert rule(rules, *PENALTY) == "allowed"
    assert (rules != law.statute()).sum() == 1
    at = (POWER_TYPES.index("penalty"), KINDS.index("street_office"), LEGS.index("handle"))
    assert law.grounds(own)[at] == "本省决定"
    assert "行政处罚法" in law.grounds(city())[at]


@pytest.mark.parametrize(
    ("date", "expected"),
    [("2025-12-31", "if_delegated"), ("2026-01-01", "allowed"),
     ("2026-12-31", "allowed"), ("2027-01-01", "if_delegated")],
)  # fmt: skip
def test_a_row_counts_on_its_first_and_last_day(date, expected):
    """Both ends of a row's validity belong to it."""
    own = city(date, override((*PENALTY, "allowed", "", "2026-01-01", "2026-12-31")))
    assert rule(law.matrix(own), *PENALTY) == expected


def test_the_later_row_wins_whatever_the_order():
    """Of two valid rows the one with the later valid_from rules; blank dates are open."""
    old = (*PENALTY, "forbidden", "旧", "", "")
    new = (*PENALTY, "allowed", "新", "2026-02-01", "")
    for entries in ((old, new), (new, old)):
        assert rule(law.matrix(city(authority=override(*entries))), *PENALTY) == "allowed"
    assert rule(law.matrix(city("2026-01-15", override(new, old))), *PENALTY) == "forbidden"


def test_versions_have_dates_and_the_statute_cannot_be_changed():
    """A version is chosen by date, unknown ones raise, and the shared array is read only."""
    assert law.versions()["2026"]["effective"] == "2026-01-01"
    assert law.version_at("2026-05-01") == law.version_at("1999-01-01") == "2026"
    with pytest.raises(KeyError):
        law.statute("1989")
    with pytest.raises(ValueError, match="read-only"):
        law.statute()[0, 0, 0] = 1


OLD = "城市居民委员会组织法(2018)"
#: Parentheses as a Chinese keyboard gives them.
WIDE = {ord("("): "\uff08", ord(")"): "\uff09"}


@pytest.mark.parametrize(("date", "since"), [
    ("2025-12-31", ""), ("2026-01-01", "2026-01-01"), ("2026-07-01", "2026-01-01"),
])  # fmt: skip
def test_a_superseded_text_is_flagged_from_its_day_on(date: str, since: str):
    """A citation of it carries that day, wherever it stands in a ground, and no other does."""
    for ground, flagged in (
        (f"{OLD}§1", [0]),
        (f"{OLD}§1; {OLD}§15(节选)", [0, 2]),
        (f"行政处罚法§24;{OLD.translate(WIDE)}§3", [2]),
        ("《城市居民委员会组织法》(2018)第三条", [0]),
        ("城市居民委员会组织法§3;民发〔2015〕136号§1", []),
        ("", []),
    ):
        cited = law.cite(ground, date)
        assert "".join(piece.text for piece in cited) == ground
        told = {i: piece.superseded for i, piece in enumerate(cited) if piece.superseded}
        assert told == (dict.fromkeys(flagged, since) if since else {})


def test_no_ground_of_the_stored_law_is_told_as_if_it_were_in_force():
    """Every superseded text is flagged from its day on, wherever a ground cites it: among those of
    rules, rows of the matrix and tasks."""
    assert law.superseded() == {
        OLD: "2026-01-01", "传染病防治法(2013)": "2025-09-01",
        "疫苗流通和预防接种管理条例(2016)": "2019-12-01",
    }  # fmt: skip
    grounds = [*law.rule_grounds().values(), *(row["basis"] for row in law.rows()),
               *generate("reference").tasks.legal_basis]  # fmt: skip
    old = [ground for ground in grounds if any(text in ground for text in law.superseded())]
    assert len(old) == 6  # of a rule and five tasks
    for ground in grounds:
        flagged = any(piece.superseded for piece in law.cite(ground, "2026-01-01"))
        assert flagged == (ground in old)
