"""Drawings have ink where the numbers say, and nothing lies over anything else."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from realloc.engines import Progress
from realloc.reporting import workload
from realloc.ui import charts

Text = tuple[str, float, float, float, float]


def texts_of(drawing: Any, width: int = 640) -> tuple[list[Text], float]:
    """Return the texts of a drawing that is fitted into a width, with their boxes, and its edge.

    All are measured from where the axis begins.
    """
    import vl_convert

    spec = {**drawing.to_dict(), "width": width, "autosize": {"type": "fit", "contains": "padding"}}
    scene = vl_convert.vegalite_to_scenegraph(spec)["scenegraph"]
    found: list[Text] = []

    def walk(mark: dict[str, Any], left: float, top: float) -> None:
        for item in mark.get("items", []):
            x, y = left + item.get("x", 0), top + item.get("y", 0)
            if mark.get("marktype") == "group":
                for child in item["items"]:
                    walk(child, x, y)
            elif mark.get("marktype") == "text" and item.get("text"):
                text, size = str(item["text"]), item.get("fontSize", 11)
                wide = size * sum(1 if ch > "\u2e7f" else 0.55 for ch in text)
                start = {"right": wide, "center": wide / 2}.get(item.get("align", ""), 0)
                x += item.get("dx", 0) - start
                found.append((text, x, y - size / 2, x + wide, y + size / 2))

    walk(scene, 0, 0)
    return found, scene["items"][0]["width"]


def test_drawings_of_a_plan_can_be_drawn(result):
    """Every drawing becomes a picture with ink in it, by the same language as in the browser."""
    import vl_convert

    city, today, plan = result.city, result.today, result.evaluation
    holder = result.plan.expand(city).holder
    drawings = [
        charts.draw_way_down(workload.way_down(city, today), "zh"),
        charts.draw_loads(workload.community_loads(city, today), "zh"),
        charts.draw_two_loads(workload.community_loads(city, today, plan), "en"),
        charts.draw_handed_up(workload.pool_loads(city, (0, 1), today, plan), "zh"),
        charts.draw_sankey(workload.flows(city, city.current.holder, holder), "zh"),
    ]
    for drawing in drawings:
        svg = vl_convert.vegalite_to_svg(drawing.to_dict())
        assert svg.count("<path") > 3
        assert "NaN" not in svg


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [420, 520])
def test_numbers_of_the_way_down_are_not_cut(lang, width):
    """The numbers behind the bars end before the edge, also of millions in a narrow column."""

    columns = {"level": ["all", "below", "community"], "leg": ["detect"] * 3,
               "minutes": [2_429_866 * 60, 2_303_799 * 60, 2_159_635 * 60]}  # fmt: skip
    texts, edge = texts_of(charts.draw_way_down(columns, lang), width)
    ends = [right for text, _, _, right, _ in texts if "%" in text]
    assert len(ends) == 3
    assert max(ends) <= edge


@pytest.mark.parametrize("count", [1, 3, 15])
def test_names_of_units_do_not_lie_over_one_another(count):
    """Each unit that gains has a row of its own, and what it gains stands within the drawing."""

    columns = {"unit": [f"unit{k}" for k in range(count)], "load0": [0] * count,
               "load1": [60_000 * (k + 1) for k in range(count)], "rate0": [0.0] * count,
               "rate1": [0.5] * count, "limit": [1.8] * count}  # fmt: skip
    texts, edge = texts_of(charts.draw_handed_up(columns, "zh"))
    rows = sorted((top, low) for text, _, top, _, low in texts if text.startswith("unit"))
    gains = [right for text, _, _, right, _ in texts if text.startswith("+")]
    assert len(rows) == len(gains) == count
    assert all(low + 6 <= top for (_, low), (top, _) in itertools.pairwise(rows))
    assert max(gains) <= edge
    assert any(text == "180%" for text, *_ in texts)  # the limit is in the picture


def test_the_axis_of_a_constant_curve_has_round_numbers():
    """Where value and bound are one number, the axis has several others and few of its digits."""

    for value in (14_914_030, 53_229_274_632):
        drawing = charts.draw_progress([Progress(1.0, value, value, "search")], "zh")
        texts, _ = texts_of(drawing)
        numbers = [text for text, left, *_ in texts if text[-1].isdigit() and left < 0]
        assert len(numbers) >= 3
        assert max(map(len, numbers)) <= 5


def test_ribbons_of_a_sankey_keep_their_width():
    """A ribbon is everywhere as wide as the work that it stands for; ribbons do not overlap."""

    columns = {"source": ["community", "community", "department"],
               "target": ["department", "community", "department"],
               "minutes": [600, 300, 60]}  # fmt: skip
    drawing: Any = charts.draw_sankey(columns, "en")
    frame = drawing.layer[0].data
    widths = dict(zip(frame["flow"], np.array(frame["y"]) - np.array(frame["y2"]), strict=True))
    assert sorted(widths.values()) == pytest.approx([60, 300, 600])
    ends = frame.filter(frame["x"] == frame["x"].max()).sort("y", descending=True)
    assert (np.array(ends["y2"])[:-1] >= np.array(ends["y"])[1:] - 1e-6).all()
