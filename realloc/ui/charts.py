"""Drawings in Vega-Lite, from tables of numbers. They load nothing from anywhere.

Colors are of the palette of Okabe and Ito (2008), told apart by colour-blind readers; nothing is
said by color alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

# Altair looks for pandas among the modules that are loaded; where another thread is loading it just
# then, it finds half of it and fails. This waits until it is whole.
import pandas  # noqa: F401
import polars as pl

from realloc.engines import Progress
from realloc.messages.words import name, say
from realloc.reporting.workload import HOLDERS, Columns

BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#8A8F98",
)  # fmt: skip

#: Color of each kind of holder.
KIND_COLOR = {
    "department": BLUE, "street_office": SKY, "community": ORANGE, "contractor": GREEN,
    "cancelled": GREY, "nobody": PURPLE,
}  # fmt: skip

#: What the drawings are, for whoever shows them.
Chart = alt.Chart | alt.LayerChart | alt.FacetChart

#: Color of letters on a light ground; whoever shows a drawing on a dark one says another.
INK = "#1C2733"

_MINUTES = 60
#: In what large values of the objective are written: 亿 or billions, 万 or millions.
_LARGE = {"zh": 10**8, "en": 10**9}
_SIZABLE = {"zh": 10**4, "en": 10**6}
#: Up to so many communities each has its name on the axis.
_NAMED = 40
_LONG = 14
#: Pixels of a row of units, of what stands above and below them, and most of a letter of labels.
_ROW, _FRAME, _LETTER = 26, 130, 7.5


def _frame(columns: Mapping[str, Sequence[Any]]) -> pl.DataFrame:
    return pl.DataFrame(columns, strict=False)


def _room(labels: Sequence[str], upper: float) -> alt.Scale:
    """Return a scale from 0 that leaves room for labels to the right of what is drawn.

    Characters are twice as wide as letters. How wide the drawing is, only the browser knows.
    """
    wide = max((sum(2 if ch > "\u2e7f" else 1 for ch in text) for text in labels), default=0)
    most = alt.ExprRef(expr=f"max(20, width - {wide * _LETTER + 12:.0f})")
    return alt.Scale(domain=[0, upper], range=[0, most])


def scale_of(value: float, lang: str) -> tuple[int, str]:
    """Return by what a value of the objective is divided to be read, and the word for it."""
    if abs(value) >= _LARGE[lang]:
        return _LARGE[lang], say("number.large", lang)
    if abs(value) >= 10**6:
        return _SIZABLE[lang], say("number.sizable", lang)
    return 1, ""


def draw_way_down(columns: Columns, lang: str, ink: str = INK) -> Chart:
    """Draw how much work reaches each level, detecting and handling side by side."""
    frame = _frame({
        "level": [say(f"level.{level}", lang) for level in columns["level"]],
        "leg": [say(f"leg.{leg}", lang) for leg in columns["leg"]],
        "order": [0 if leg == "detect" else 1 for leg in columns["leg"]],
        "hours": [minutes / _MINUTES for minutes in columns["minutes"]],
    })  # fmt: skip
    levels = list(dict.fromkeys(frame["level"].to_list()))
    legs = [say(f"leg.{leg}", lang) for leg in ("detect", "handle")]
    total = frame.group_by("level", maintain_order=True).agg(pl.col("hours").sum())
    whole = max(total["hours"][0], 1.0)
    total = total.with_columns(
        label=pl.Series(
            [f"{h:,.0f} {say('unit.hours', lang)} · {h / whole:.0%}" for h in total["hours"]]
        )
    )
    y = alt.Y("level:N", sort=levels, title=None, axis=alt.Axis(labelLimit=240, labelFontSize=13,
              ticks=False, domain=False, labelOverlap=False, labelPadding=8))  # fmt: skip
    bars = alt.Chart(frame).mark_bar(height=alt.RelativeBandSize(0.62), cornerRadius=2).encode(
        y=y,
        x=alt.X("hours:Q", title=None, axis=None, scale=_room(total["label"].to_list(), whole)),
        color=alt.Color("leg:N", title=None, scale=alt.Scale(domain=legs, range=[SKY, BLUE]),
                        legend=alt.Legend(orient="top")),
        order="order:Q",
        tooltip=[alt.Tooltip("level:N", title=say("column.level", lang)),
                 alt.Tooltip("leg:N", title=say("word.leg", lang)),
                 alt.Tooltip("hours:Q", title=say("unit.hours", lang), format=",.0f")],
    )  # fmt: skip
    labels = alt.Chart(total).mark_text(align="left", dx=6, fontSize=13, color=ink).encode(
        y=y, x="hours:Q", text="label:N"
    )  # fmt: skip
    return (bars + labels).properties(height=210)


def draw_loads(columns: Columns, lang: str) -> Chart:
    """Draw load ÷ capacity of every community, heaviest first, against the line of 100 %."""
    over, within = say("load.over", lang), say("load.within", lang)
    frame = _loads(columns, 1).with_columns(
        state=pl.when(pl.col("rate0") > 1).then(pl.lit(over)).otherwise(pl.lit(within))
    )
    order = frame["key"].to_list()
    bars = alt.Chart(frame).mark_bar(**_bar(frame.height)).encode(
        x=_community_axis(frame, order, lang),
        y=_rate_axis("rate0:Q", lang),
        color=alt.Color("state:N", title=None, legend=alt.Legend(orient="top"),
                        scale=alt.Scale(domain=[over, within], range=[VERMILLION, BLUE])),
        tooltip=_load_tooltip(lang, 1),
    )  # fmt: skip
    return (bars + _line()).properties(height=280)


def draw_two_loads(columns: Columns, lang: str) -> Chart:
    """Draw load ÷ capacity of every community: today as a mark, the plan as a bar."""
    today, plan = say("column.today", lang), say("column.plan", lang)
    frame = _loads(columns, 2)
    order = frame["key"].to_list()
    axis = _community_axis(frame, order, lang)
    series = alt.Color("series:N", title=None, legend=alt.Legend(orient="top"),
                       scale=alt.Scale(domain=[today, plan], range=[ORANGE, BLUE]))  # fmt: skip
    tooltip = _load_tooltip(lang, 2)
    bars = alt.Chart(frame.with_columns(series=pl.lit(plan))).mark_bar(
        **_bar(frame.height)
    ).encode(x=axis, y=_rate_axis("rate1:Q", lang), color=series, tooltip=tooltip)  # fmt: skip
    marks = alt.Chart(frame.with_columns(series=pl.lit(today))).mark_point(
        filled=True, opacity=1, size=60 if frame.height <= _NAMED else 18
    ).encode(x=axis, y=_rate_axis("rate0:Q", lang), color=series, tooltip=tooltip)  # fmt: skip
    return (bars + marks + _line()).properties(height=300)


def _loads(columns: Columns, count: int) -> pl.DataFrame:
    """Return communities with capacity, heaviest today first, each with a key of its own."""
    frame = _frame(columns).with_row_index("row").filter(pl.col("rate0").is_not_null())
    frame = frame.sort("rate0", "row", descending=[True, False])
    return frame.with_columns(
        key=pl.format("{}·{}", "community", "row"),
        capacity=pl.col("capacity") / _MINUTES,
        **{f"load{k}": pl.col(f"load{k}") / _MINUTES for k in range(count)},
    )


def _bar(count: int) -> dict[str, Any]:
    return {"width": 60} if count <= 3 else {"width": alt.RelativeBandSize(0.75)}


def _community_axis(frame: pl.DataFrame, order: list[str], lang: str) -> alt.X:
    if frame.height > _NAMED:
        title = say("axis.communities", lang, count=f"{frame.height:,d}")
        return alt.X("key:N", sort=order, title=title,
                     axis=alt.Axis(labels=False, ticks=False))  # fmt: skip
    return alt.X("key:N", sort=order, title=None, axis=alt.Axis(
        labelExpr="split(datum.label, '·')[0]", labelAngle=-40 if frame.height > 6 else 0,
        labelOverlap=False, labelLimit=140))  # fmt: skip


def _rate_axis(field: str, lang: str) -> alt.Y:
    return alt.Y(field, title=say("axis.rate", lang), axis=alt.Axis(format=".0%"))


def _line(axis: str = "y") -> alt.Chart:
    """Return the line of 100 % of capacity."""
    return alt.Chart(pl.DataFrame({axis: [1.0]})).mark_rule(
        color=GREY, strokeDash=[5, 4], strokeWidth=1.5
    ).encode(**{axis: f"{axis}:Q"})  # fmt: skip


def _load_tooltip(lang: str, count: int) -> list[alt.Tooltip]:
    heads = [say("column.today", lang), say("column.plan", lang)] if count > 1 else [""]
    tips = [
        alt.Tooltip("community:N", title=say("column.community", lang)),
        alt.Tooltip("street:N", title=say("column.street", lang)),
        alt.Tooltip("capacity:Q", title=say("column.capacity", lang), format=",.0f"),
    ]
    for k, head in enumerate(heads):
        tips.append(alt.Tooltip(f"load{k}:Q", format=",.0f",
                                title=f"{head} {say('column.load', lang)}".strip()))  # fmt: skip
        tips.append(alt.Tooltip(f"rate{k}:Q", format=".1%",
                                title=f"{head} {say('column.rate', lang)}".strip()))  # fmt: skip
    return tips


def draw_handed_up(columns: Columns, lang: str, ink: str = INK, most: int = 15) -> Chart:
    """Draw the units that gain most: load ÷ capacity today, in the plan, and the way between.

    A stroke marks how far overtime lets each go beyond its capacity.
    """
    today, plan = say("column.today", lang), say("column.plan", lang)
    frame = _frame(columns).with_columns(gained=(pl.col("load1") - pl.col("load0")) / _MINUTES)
    frame = frame.filter(pl.col("rate0").is_not_null() & (pl.col("gained") > 0))
    frame = frame.sort("gained", descending=True).head(most)
    frame = frame.with_columns(
        key=pl.col("unit").str.slice(0, _LONG)
        + pl.when(pl.col("unit").str.len_chars() > _LONG).then(pl.lit("…")).otherwise(pl.lit("")),
        label=pl.Series([f"+{h:,.0f}" for h in frame["gained"]], dtype=pl.String),
        hours0=pl.col("load0") / _MINUTES,
        hours1=pl.col("load1") / _MINUTES,
    )
    y = alt.Y("key:N", sort=frame["key"].to_list(), title=None,
              axis=alt.Axis(labelLimit=260, labelOverlap=False, grid=False))  # fmt: skip
    tooltip = [
        alt.Tooltip("unit:N", title=say("word.holder", lang)),
        alt.Tooltip("hours0:Q", title=today, format=",.0f"),
        alt.Tooltip("hours1:Q", title=plan, format=",.0f"),
        alt.Tooltip("gained:Q", title=say("column.difference", lang), format="+,.0f"),
        alt.Tooltip("rate1:Q", title=say("column.rate", lang), format=".1%"),
        alt.Tooltip("limit:Q", title=say("column.limit", lang), format=".1%"),
    ]
    ends = [frame[key] for key in ("rate0", "rate1", "limit")]
    scale = _room(frame["label"].to_list(), max(1.0, *(rate for end in ends for rate in end)))
    base = alt.Chart(frame)
    between = base.mark_rule(color=GREY, strokeWidth=3, opacity=0.6).encode(
        y=y, x=alt.X("rate0:Q", title=say("axis.rate", lang), scale=scale,
                     axis=alt.Axis(format=".0%", tickCount=6)),
        x2="rate1:Q",
    )  # fmt: skip
    points = base.transform_fold(["rate0", "rate1"], as_=["when", "rate"]).transform_calculate(
        series=f"datum.when == 'rate0' ? '{today}' : '{plan}'"
    ).mark_circle(size=110, opacity=1).encode(
        y=y, x="rate:Q", tooltip=tooltip,
        color=alt.Color("series:N", title=None, legend=alt.Legend(orient="top"),
                        scale=alt.Scale(domain=[today, plan], range=[ORANGE, BLUE])),
    )  # fmt: skip
    labels = base.mark_text(align="right", fontSize=11, color=ink).encode(
        y=y, x=alt.value("width"), text="label:N"
    )  # fmt: skip
    limits = base.mark_tick(color=VERMILLION, thickness=2, size=16).encode(
        y=y, x="limit:Q", tooltip=tooltip
    )  # fmt: skip
    drawing = between + _line("x") + limits + points + labels
    return drawing.properties(height=_FRAME + _ROW * frame.height)


def draw_sankey(columns: Columns, lang: str, ink: str = INK) -> Chart:
    """Draw work moving between kinds of holder: today on the left, the plan on the right.

    Ribbons are areas between two smooth curves; widths are hours.
    """
    total = sum(columns["minutes"]) or 1
    space = 0.03 * total
    sides = {side: _stack(columns, side, space) for side in ("source", "target")}
    ribbons: dict[str, list[Any]] = {k: [] for k in ("flow", "x", "y", "y2", "kind", "hours")}
    used = {side: {kind: start for kind, (start, _) in nodes.items()}
            for side, nodes in sides.items()}  # fmt: skip
    rows = sorted(
        zip(columns["source"], columns["target"], columns["minutes"], strict=True),
        key=lambda row: (HOLDERS.index(row[0]), HOLDERS.index(row[1])),
    )
    for source, target, minutes in rows:
        left, right = used["source"][source], used["target"][target]
        used["source"][source] += minutes
        used["target"][target] += minutes
        words = f"{say(f'holder.{source}', lang)} → {say(f'holder.{target}', lang)}"
        for step in range(25):
            x = step / 24
            bend = x * x * (3 - 2 * x)
            y = left + (right - left) * bend
            for key, value in (("flow", words), ("x", 0.02 + 0.96 * x), ("y", -y),
                               ("y2", -y - minutes), ("kind", source),
                               ("hours", minutes / _MINUTES)):  # fmt: skip
                ribbons[key].append(value)
    scale = alt.Scale(domain=list(KIND_COLOR), range=list(KIND_COLOR.values()))
    none = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    height = total + space * max(len(nodes) - 1 for nodes in sides.values())
    x = alt.X("x:Q", axis=none, title=None, scale=alt.Scale(domain=[-0.34, 1.34]))
    y = alt.Y("y:Q", axis=none, title=None, scale=alt.Scale(domain=[-height * 1.02, 0.1 * total]))
    areas = alt.Chart(_frame(ribbons)).mark_area(opacity=0.42).encode(
        x=x, y=y, y2="y2:Q", detail="flow:N",
        color=alt.Color("kind:N", scale=scale, legend=None),
        tooltip=[alt.Tooltip("flow:N", title=say("word.flow", lang)),
                 alt.Tooltip("hours:Q", title=say("unit.hours", lang), format=",.0f")],
    )  # fmt: skip
    nodes = _frame(_nodes(sides, total, lang))
    blocks = alt.Chart(nodes).mark_rect(cornerRadius=1).encode(
        x=x, x2="x2:Q", y=y, y2="y2:Q", color=alt.Color("kind:N", scale=scale, legend=None),
        tooltip=alt.Tooltip("label:N", title=say("word.holder", lang)),
    )  # fmt: skip
    texts = [
        alt.Chart(nodes.filter(pl.col("side") == side)).mark_text(
            align="right" if side == "source" else "left", fontSize=13,
            dx=-8 if side == "source" else 8, color=ink,
        ).encode(x=alt.X("edge:Q"), y="middle:Q", text="label:N")
        for side in sides
    ]  # fmt: skip
    heads = alt.Chart(pl.DataFrame({
        "x": [0.0, 1.0], "y": [0.06 * total] * 2,
        "label": [say("column.today", lang), say("column.plan", lang)],
    })).mark_text(fontSize=14, fontWeight="bold", color=ink).encode(
        x="x:Q", y="y:Q", text="label:N"
    )  # fmt: skip
    return alt.layer(areas, blocks, *texts, heads).properties(height=380)


def _stack(columns: Columns, side: str, space: float) -> dict[str, tuple[float, int]]:
    """Return where each node of a side starts and how much it holds, from the top down."""
    held = dict.fromkeys(HOLDERS, 0)
    for kind, minutes in zip(columns[side], columns["minutes"], strict=True):
        held[kind] += minutes
    nodes: dict[str, tuple[float, int]] = {}
    at = 0.0
    for kind, minutes in held.items():
        if minutes:
            nodes[kind] = (at, minutes)
            at += minutes + space
    return nodes


def _nodes(sides: dict[str, dict[str, tuple[float, int]]], total: int, lang: str) -> Columns:
    columns: Columns = {k: [] for k in ("side", "kind", "x", "x2", "edge", "y", "y2", "middle",
                                        "label")}  # fmt: skip
    for side, nodes in sides.items():
        x, x2 = (0.0, 0.02) if side == "source" else (0.98, 1.0)
        least = 0.035 * total  # labels of thin nodes keep this distance
        last = -least
        for kind, (start, minutes) in nodes.items():
            middle = max(start + minutes / 2, last + least)
            last = middle
            words = name("holder", kind, lang)
            label = f"{words}  {minutes / _MINUTES:,.0f} · {minutes / total:.1%}"
            for key, value in (("side", side), ("kind", kind), ("x", x), ("x2", x2),
                               ("edge", x if side == "source" else x2), ("y", -start),
                               ("y2", -start - minutes), ("middle", -middle),
                               ("label", label)):  # fmt: skip
                columns[key].append(value)
    return columns


def draw_progress(steps: Sequence[Progress], lang: str) -> Chart:
    """Draw value and bound of a run over its seconds: the gap is the space between them."""
    value, bound = say("column.current", lang), say("column.bound", lang)
    rows: dict[str, list[Any]] = {"seconds": [], "series": [], "number": []}
    for step in steps:
        for series, number in ((value, step.value), (bound, step.bound)):
            if number is not None:
                rows["seconds"].append(step.seconds)
                rows["series"].append(series)
                rows["number"].append(float(number))
    frame = pl.DataFrame(rows, schema={"seconds": pl.Float64, "series": pl.String,
                                       "number": pl.Float64})  # fmt: skip
    divisor, word = scale_of(max(rows["number"], default=0.0), lang)
    frame = frame.with_columns(pl.col("number") / divisor)
    digits = ",.2f" if divisor > 1 else ",.0f"
    # of a single value the axis would tell all its digits
    low, high = (f(rows["number"], default=0.0) / divisor for f in (min, max))
    scale = alt.Scale(zero=False)
    if high - low <= 0.001 * high:
        scale = alt.Scale(domain=[0.99 * low, 1.01 * high])
    lines = alt.Chart(frame).mark_line(interpolate="step-after", strokeWidth=2.5).encode(
        x=alt.X("seconds:Q", title=say("axis.seconds", lang)),
        y=alt.Y("number:Q", title=word or None,
                scale=scale, axis=alt.Axis(tickCount=5, titleAngle=0)),
        color=alt.Color("series:N", title=None, legend=alt.Legend(orient="top"),
                        scale=alt.Scale(domain=[value, bound], range=[BLUE, ORANGE])),
        tooltip=[alt.Tooltip("seconds:Q", title=say("axis.seconds", lang), format=",.1f"),
                 alt.Tooltip("series:N", title=" "),
                 alt.Tooltip("number:Q", title=say("number.size", lang), format=digits)],
    )  # fmt: skip
    ends = frame.group_by("series", maintain_order=True).last()
    points = alt.Chart(ends).mark_circle(size=70).encode(
        x="seconds:Q", y="number:Q", color=alt.Color("series:N", legend=None)
    )  # fmt: skip
    return (lines + points).properties(height=260)


def draw_gap(steps: Sequence[Progress], lang: str) -> Chart:
    """Draw the gap of a run over its seconds."""
    rows = [(step.seconds, step.gap) for step in steps]
    frame = pl.DataFrame(
        {"seconds": [s for s, g in rows if g is not None],
         "gap": [g for _, g in rows if g is not None]},
        schema={"seconds": pl.Float64, "gap": pl.Float64},
    )  # fmt: skip
    return alt.Chart(frame).mark_area(
        interpolate="step-after", opacity=0.25, color=BLUE, line={"color": BLUE, "strokeWidth": 2}
    ).encode(
        x=alt.X("seconds:Q", title=say("axis.seconds", lang)),
        y=alt.Y("gap:Q", title=say("column.gap", lang), axis=alt.Axis(format=".1%", tickCount=5)),
        tooltip=[alt.Tooltip("seconds:Q", title=say("axis.seconds", lang), format=",.1f"),
                 alt.Tooltip("gap:Q", title=say("column.gap", lang), format=".2%")],
    ).properties(height=260)  # fmt: skip
