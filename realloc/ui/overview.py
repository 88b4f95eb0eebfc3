"""总览 / Overview: what the city carries today."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from realloc.reporting import workload
from realloc.reporting.comparison import compare_evaluations
from realloc.ui import charts
from realloc.ui.state import (
    SAMPLES,
    Chosen,
    choose,
    chosen,
    current_run,
    ink,
    language,
    plain,
    read_sample,
    t,
)
from realloc.ui.widgets import (
    choose_one,
    link_to,
    show_criteria,
    show_headlines,
    show_notices,
    show_title,
    show_violations,
    warn_of_today,
)


def show() -> None:
    """Show the page."""
    city = chosen()
    if city is None:
        show_welcome()
        return
    show_title("overview")
    show_place(city)
    warn_of_today(city)
    run = current_run()
    if run is not None and run.plan is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(t("overview.solved"), icon=":material/task_alt:", width="stretch")
            link_to("compare")
    show_headlines([city.today])
    left, right = st.columns([5, 3], gap="small")
    with left, st.container(border=True, height="stretch"):
        st.subheader(t("title.way_down"))
        st.caption(t("text.way_down"))
        columns = workload.way_down(city.city, city.today)
        st.altair_chart(charts.draw_way_down(columns, language(), ink()), key="way-down",
                        alt=t("title.way_down"))  # fmt: skip
    with right, st.container(border=True, height="stretch"):
        st.subheader(t("title.broken"))
        st.caption(t("text.broken"))
        show_violations([city.today], [t("column.today")], meaning=False)
    show_community_loads(city)
    show_details(city)


def show_welcome() -> None:
    """Say what the app is for and offer a way in: a sample, or a city of one's own."""
    st.title(t("welcome.title"))
    st.markdown(t("welcome.lead"))
    for column, step in zip(st.columns(3, gap="medium"), ("data", "solve", "compare"),
                            strict=True):  # fmt: skip
        with column, st.container(border=True, height="stretch"):
            st.markdown(t(f"welcome.{step}"))
    st.subheader(t("welcome.begin"))
    st.caption(t("welcome.samples"))
    with st.container(horizontal=True):
        for name in SAMPLES:
            if st.button(t(f"sample.{name}"), key=f"sample-{name}", icon=":material/location_city:",
                         type="primary" if name == "district" else "secondary"):  # fmt: skip
                choose(read_sample(name))
                st.rerun()
    st.markdown(t("welcome.own"))
    link_to("data")
    st.caption(t("text.disclaimer"))


def show_place(city: Chosen) -> None:
    """Say in one line which city this is and how large."""
    tiers = city.city.places.tier
    counts = {name: int((tiers == tier).sum()) for tier, name in
              enumerate(("communities", "streets", "districts"))}  # fmt: skip
    st.markdown(t(
        "overview.place", name=plain(city.name), tasks=f"{len(city.city.tasks.id):,d}",
        units=f"{len(city.city.units.id):,d}", **{k: f"{v:,d}" for k, v in counts.items()},
    ))  # fmt: skip


def show_community_loads(city: Chosen) -> None:
    """Show the load of every community against its capacity, with a choice of street."""
    columns = workload.community_loads(city.city, city.today)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom",
                          horizontal_alignment="distribute"):  # fmt: skip
            st.subheader(t("title.loads"), width="content")
            columns = choose_place(columns, "overview-place")
        over = workload.count_overloaded(columns, 0)
        st.caption(t("text.loads", over=f"{over:,d}", count=f"{len(columns['rate0']):,d}"))
        st.altair_chart(charts.draw_loads(columns, language()), key="loads",
                        alt=t("title.loads"))  # fmt: skip
        with st.expander(t("title.table"), icon=":material/table:"):
            show_load_table(columns, [""])


def choose_place(columns: dict[str, list[Any]], key: str) -> dict[str, list[Any]]:
    """Offer the streets of a table of communities; return the rows of the one that is chosen."""
    pairs = dict.fromkeys(zip(columns["district"], columns["street"], strict=True))
    streets = [f"{d} {s}".strip() for d, s in pairs]
    if len(streets) < 2:
        return columns
    words = {"": t("word.everywhere"), **{street: street for street in streets}}
    picked = choose_one(t("column.street"), words, key, width=260, label_visibility="collapsed")
    if not picked:
        return columns
    district, street = list(pairs)[streets.index(picked)]
    frame = pl.DataFrame(columns, strict=False).filter(
        (pl.col("district") == district) & (pl.col("street") == street)
    )
    return frame.to_dict(as_series=False)


def show_load_table(columns: dict[str, list[Any]], heads: list[str]) -> None:
    """Show communities as a table: hours and per cent of capacity."""
    table: dict[str, list[Any]] = {
        t(f"column.{key}"): columns[key] for key in ("district", "street", "community")
    }
    table[t("column.capacity")] = [round(v / 60) for v in columns["capacity"]]
    config: dict[str, Any] = {}
    for k, head in enumerate(heads):
        load, rate, visits = (f"{head} {t(f'column.{key}')}".strip()
                              for key in ("load", "rate", "visits"))  # fmt: skip
        table[load] = [round(v / 60) for v in columns[f"load{k}"]]
        table[rate] = columns[f"rate{k}"]
        table[visits] = columns[f"visits{k}"]
        config[load] = st.column_config.NumberColumn(format="localized")
        config[rate] = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=2)
    config[t("column.capacity")] = st.column_config.NumberColumn(format="localized")
    st.dataframe(pl.DataFrame(table, strict=False), hide_index=True, column_config=config)


def show_details(city: Chosen) -> None:
    """Show all criteria by part, and the notices."""
    part = st.segmented_control(
        t("page.overview"), ["criteria", "notices"], default="criteria", key="overview-part",
        format_func=lambda v: t(f"title.{v}"), required=True, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    if part == "notices":
        show_notices(city.notices)
    else:
        show_criteria(compare_evaluations([city.today], [""]), [t("column.today")])
