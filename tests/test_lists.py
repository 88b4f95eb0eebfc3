"""`docs/lists.md` has a list for every arrangement that a plan may have."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "lists.md").read_text(encoding="utf-8")

#: Shapes of an arrangement, detector and handler (docs/model.md, C2).
SHAPES = [
    *((one, one) for one in ("department", "street", "community", "contract", "cancelled")),
    ("community", "street"), ("community", "contract"), ("community", "department"),
    ("street", "contract"), ("street", "department"),
    ("contract", "community"), ("contract", "street"), ("contract", "department"),
]  # fmt: skip
TODAY = ("department", "street", "community", "contract", "nobody")
BELOW = ("street", "community")


def _rows() -> list[list[str]]:
    """Return number, holders in the plan, today and list of every row, as the page has them."""
    rows = re.findall(r"^\| \d+ \|.+\|$", PAGE, re.M)
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return [[number, *(cell.partition(" / ")[2] for cell in rest[:4])] for number, *rest in cells]


def _words(cell: str) -> list[str]:
    return re.split(r", | or ", cell)


def _lists(plan: tuple[str, str], today: tuple[str, str], *, own: bool) -> list[str]:
    """Return the rows that an item enters; `own`: a task of self-governance."""
    held = {
        "any": True, "any, a task of self-governance": own, "any, another task": not own,
        "street or community detects": today[0] in BELOW,
        "street or community handles": today[1] in BELOW,
        "department, contract or nobody has each leg": not {*today} & {*BELOW},
    }  # fmt: skip
    return [
        number
        for number, detects, handles, before, _ in _rows()
        if all(cell == "any" or holder in _words(cell)
               for cell, holder in ((detects, plan[0]), (handles, plan[1])))
        and held[before]
    ]  # fmt: skip


@pytest.mark.parametrize("plan", SHAPES, ids="-".join)
def test_every_arrangement_enters_a_list(plan: tuple[str, str]):
    """Whatever today is, the page says which list an item belongs to, or that it is in none."""
    for *today, own in product(TODAY, TODAY, (False, True)):
        assert _lists(plan, (today[0], today[1]), own=own), (plan, today)


@pytest.mark.parametrize(("plan", "today", "own", "rows"), [
    (("contract", "community"), ("community", "community"), False, "5 8"),
    (("contract", "community"), ("community", "community"), True, "5 7"),
    (("contract", "street"), ("street", "street"), False, "1 5"),
    (("contract", "department"), ("street", "street"), False, "4 5"),
    (("department", "department"), ("contract", "contract"), False, "10"),
    (("department", "department"), ("nobody", "nobody"), False, "10"),
    (("department", "department"), ("street", "contract"), False, "3"),
    (("department", "department"), ("street", "street"), False, "3 4"),
    (("community", "department"), ("community", "community"), False, "2 4"),
    (("cancelled", "cancelled"), ("street", "street"), False, "9"),
])  # fmt: skip
def test_lists_by_hand(plan: tuple[str, str], today: tuple[str, str], own: bool, rows: str):
    """What its handler does, and what is bought or taken back, each have a list."""
    assert _lists(plan, today, own=own) == rows.split()


def test_lists_of_one_item_never_say_that_there_is_none():
    """"None" stands alone."""
    for plan, *today in product(SHAPES, TODAY, TODAY):
        rows = _lists(plan, (today[0], today[1]), own=False)
        assert rows == ["10"] or "10" not in rows
