"""总览 / Overview: what the city carries today."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from realloc.reporting import workload
from realloc.reporting.comparison import compare_evaluations
from realloc.reporting.figures import write_rule
from realloc.reporting.violations import shorten, tabulate_violations
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
    ask_words,
    choose_one,
    choose_some,
    find_words,
    link_to,
    show_criteria,
    show_headlines,
    show_notices,
    show_texts,
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
    """Show all criteria by part, each rule broken, and the notices."""
    part = st.segmented_control(
        t("page.overview"), ["criteria", "each_violation", "notices"], default="criteria",
        key="overview-part",
        format_func=lambda v: t(f"title.{v}"), required=True, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    if part == "notices":
        show_notices(city.notices)
    elif part == "each_violation":
        show_each_violation(city)
    else:
        show_criteria(compare_evaluations([city.today], [""]), [t("column.today")])


def show_each_violation(city: Chosen) -> None:
    """Show what today breaks one by one, with a filter by rule and a search."""
    violations, counts, lang = city.today.violations, city.today.families(), language()
    if not violations:
        st.success(t("text.no_violations"), icon=":material/check_circle:")
        return
    rules = {rule: f"{write_rule(rule, lang)} ({count:,d})" for rule, count in counts.items()}
    with st.grid(2, min_column_width=240, gap="small"):
        chosen_rules = choose_some(t("column.rule"), rules, "broken-rules",
                                   placeholder=t("word.everything"))  # fmt: skip
        words = ask_words("broken-words")
    some = [v for v in violations if not chosen_rules or v.family in chosen_rules]
    frame = pl.DataFrame(shorten(tabulate_violations(city.city, some, lang), lang))
    frame = find_words(frame, frame.columns, words)
    st.caption(t("text.each_violation", shown=f"{frame.height:,d}", count=f"{len(violations):,d}"))
    if frame.height:
        show_texts(frame, {key: t(f"column.{key}") for key in frame.columns},
                   alt=t("title.each_violation"))  # fmt: skip
    else:
        st.info(t("empty.violations"), icon=":material/info:")
