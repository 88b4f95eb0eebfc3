"""对比 / Compare: today against the plan, what moves and why, and the files to take away."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from realloc.instance import DEPARTMENT, STREET_OFFICE
from realloc.reporting import workload
from realloc.reporting.changes import tabulate_changes
from realloc.reporting.comparison import Comparison, compare_evaluations
from realloc.reporting.figures import write_value
from realloc.ui import charts, downloads
from realloc.ui.overview import choose_place, show_load_table
from realloc.ui.state import Run, current_run, ink, language, look_at, runs_of_city, t, title_of
from realloc.ui.widgets import (
    ask_words,
    choose_some,
    find_words,
    show_criteria,
    show_empty,
    show_headlines,
    show_proof,
    show_texts,
    show_title,
    show_violations,
    warn_of_today,
)

#: Rows of the table of changes that are sent to the browser.
_ROWS = 10_000
#: Its columns, and their widths where each row has one line: they fit into a window of 1280 pixels.
WIDTHS = {"name": 128, "place": 80, "leg": 68, "before": 110, "after": 110, "hours": 84,
           "reason": 330}  # fmt: skip


def show() -> None:
    """Show the page."""
    if not show_title("compare"):
        return
    run = choose_run()
    if run is None or run.plan is None:
        show_empty(_without_plan(run), "solve")
        return
    look_at(run)
    today, plan = run.chosen.today, run.evaluation
    # differences from an allocation of which nothing is known mean nothing
    before = [today] if run.chosen.has_today else []
    heads = [t("column.today")] * len(before) + [t("column.plan")]
    warn_of_today(run.chosen)
    show_proof(run)
    st.subheader(t("title.headlines" if before else "column.plan"))
    show_headlines([*before, plan])
    # no tabs: these are known by their words, so that the first is open in the other language
    part = st.segmented_control(
        t("page.compare"), ["loads", "flow", "items", "table", "files"], default="loads",
        format_func=lambda v: t(f"tab.{v}"), key="compare-part", required=True, width="stretch",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    match part:
        case "flow":
            show_flow(run)
        case "items":
            show_items(run)
        case "table":
            show_criteria(compare_evaluations([*before, plan], [""] * len(heads)), heads)
            st.markdown(f"**{t('headline.broken')}**")
            show_violations([*before, plan], heads)
        case "files":
            show_files(run, compare_evaluations([today, plan], ["", ""]))
        case _:
            show_loads(run)
    st.caption(t("text.disclaimer"))


def _without_plan(run: Run | None) -> str:
    """Return the key of the words for why there is no plan to compare."""
    if run is None:
        return "empty.plan"
    if run.job.alive:
        return "empty.running"
    return f"end.no_plan.{run.saved.claims['status']}" if run.job.has_result else "empty.plan"


def choose_run() -> Run | None:
    """Offer the runs of this city that have a plan, where there are several."""
    mine = [run for run in runs_of_city() if run.plan is not None]
    if len(mine) < 2:
        return mine[0] if mine else current_run()
    shown = current_run()
    by_id = {run.id: run for run in mine}
    picked = st.selectbox(
        t("title.runs"), list(by_id), format_func=lambda i: title_of(by_id[i]), width=420,
        index=list(by_id).index(shown.id) if shown is not None and shown.id in by_id else 0,
    )  # fmt: skip
    st.session_state["shown"] = picked
    return by_id.get(picked)


def show_loads(run: Run) -> None:
    """Show what communities carry before and after, and what departments and streets take up."""
    city, lang = run.chosen.city, language()
    today, plan = run.chosen.today, run.evaluation
    heads = [t("column.today"), t("column.plan")]
    columns = workload.community_loads(city, today, plan)
    with st.container(horizontal=True, vertical_alignment="bottom",
                      horizontal_alignment="distribute"):  # fmt: skip
        st.markdown(f"**{t('title.two_loads')}**", width="content")
        columns = choose_place(columns, "compare-place")
    over = [workload.count_overloaded(columns, k) for k in (0, 1)]
    st.caption(t("text.two_loads", before=f"{over[0]:,d}", after=f"{over[1]:,d}",
                 count=f"{len(columns['rate0']):,d}"))  # fmt: skip
    st.altair_chart(charts.draw_two_loads(columns, lang), key="two-loads",
                    alt=t("title.two_loads"))  # fmt: skip
    with st.expander(t("title.table"), icon=":material/table:"):
        show_load_table(columns, heads)
    st.divider()
    st.markdown(f"**{t('title.handed_up')}**")
    pools = workload.pool_loads(city, (DEPARTMENT, STREET_OFFICE), today, plan)
    gained = {kind: sum(
        max(0, b - a) for k, a, b in zip(pools["kind"], pools["load0"], pools["load1"], strict=True)
        if k == kind) / 60 for kind in ("department", "street_office")}  # fmt: skip
    st.caption(t("text.handed_up", department=f"{gained['department']:,.0f}",
                 street=f"{gained['street_office']:,.0f}"))  # fmt: skip
    if sum(gained.values()) > 0:
        st.altair_chart(charts.draw_handed_up(pools, lang, ink()), key="handed-up",
                        alt=t("title.handed_up"))  # fmt: skip
    with st.expander(t("title.table"), icon=":material/table:"):
        show_pool_table(pools, heads)


def show_pool_table(columns: workload.Columns, heads: list[str]) -> None:
    """Show departments and street offices as a table, most gained first."""
    table: dict[str, list[Any]] = {
        t("word.holder"): columns["unit"],
        t("column.kind"): [t(f"holder.{kind}") for kind in columns["kind"]],
        t("column.place"): columns["place"],
        t("column.capacity"): [round(v / 60) for v in columns["capacity"]],
        t("column.limit"): columns["limit"],
    }
    for k, head in enumerate(heads):
        table[f"{head} {t('column.load')}"] = [round(v / 60) for v in columns[f"load{k}"]]
        table[f"{head} {t('column.rate')}"] = columns[f"rate{k}"]
    table[t("column.difference")] = [
        round((b - a) / 60) for a, b in zip(columns["load0"], columns["load1"], strict=True)
    ]
    frame = pl.DataFrame(table, strict=False).sort(t("column.difference"), descending=True)
    number = st.column_config.NumberColumn(format="localized")
    rate = st.column_config.NumberColumn(format="percent")
    st.dataframe(frame, hide_index=True, column_config={
        c: rate if t("column.rate") in c or c == t("column.limit") else number
        for c, kind in frame.schema.items() if kind.is_numeric()
    })  # fmt: skip


def show_flow(run: Run) -> None:
    """Show work moving between kinds of holder."""
    city = run.chosen.city
    plan = run.plan
    if plan is None:
        return
    st.caption(t("text.flow"))
    legs = {"both": (0, 1), "detect": (0,), "handle": (1,)}
    picked = st.segmented_control(
        t("word.leg"), list(legs), default="both", required=True, key="flow-leg",
        format_func=lambda v: t(f"leg.{v}"), label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    columns = workload.flows(city, city.current.holder, plan.expand(city).holder,
                             legs[picked or "both"])  # fmt: skip
    st.altair_chart(charts.draw_sankey(columns, language(), ink()), key="sankey",
                    alt=t("text.flow"))  # fmt: skip
    moved = sum(m for s, e, m in zip(*columns.values(), strict=True) if s != e)
    st.caption(t("text.moved", hours=f"{moved / 60:,.0f}",
                 share=f"{moved / max(1, sum(columns['minutes'])):.1%}"))  # fmt: skip
    with st.expander(t("title.way_down"), icon=":material/filter_alt:"):
        left, right = st.columns(2)
        for column, head, found in ((left, "today", run.chosen.today),
                                    (right, "plan", run.evaluation)):  # fmt: skip
            column.markdown(f"**{t(f'column.{head}')}**")
            levels = workload.way_down(city, found)
            column.altair_chart(charts.draw_way_down(levels, language(), ink()),
                                key=f"way-down-{head}", alt=t("title.way_down"))  # fmt: skip


def show_items(run: Run) -> None:
    """Show what changes hands, with filters and the reason of each."""
    table = tabulate_changes(run.chosen.city, run.changes, language())
    for key in ("before_kind", "after_kind"):  # as codes, which are the same in each language
        table[key] = [getattr(change, key) for change in run.changes]
    table["minutes"] = [change.minutes for change in run.changes]
    frame = pl.DataFrame(table, strict=False)
    chosen = {}
    options = {key: sorted({v for v in table[key] if v}) for key in (
        "lead", "district", "street", "before_kind", "after_kind")}  # fmt: skip
    options = {key: values for key, values in options.items() if len(values) > 1}
    with st.grid(len(options) + 1, min_column_width=140, gap="small"):
        for key, values in options.items():
            said = {v: t(f"holder.{v}") if key.endswith("_kind") else v for v in values}
            chosen[key] = choose_some(t(f"column.{key}"), said, f"filter-{key}",
                                      placeholder=t("word.everything"))  # fmt: skip
        words = ask_words("filter-words")
    for key, values in chosen.items():
        if values:
            # what is decided above the street holds in every street
            keep = [*values, ""] if key == "street" else values
            frame = frame.filter(pl.col(key).is_in(keep))
    keys = ("task", "name", "category", "before", "after", "place", "reason")
    frame = find_words(frame, keys, words)
    wrap = st.toggle(t("do.wrap"), True, key="wrap", persist_state="session")
    st.caption(t("text.items", shown=f"{frame.height:,d}", count=f"{len(table['task']):,d}",
                 # of minutes: hours of rows are rounded, and would not add up to K8
                 hours=write_value("change", int(frame["minutes"].sum()))))  # fmt: skip
    if not frame.height:
        st.info(t("empty.items" if table["task"] else "empty.changes"), icon=":material/info:")
        return
    # one column less, so that the reason has room
    rows = frame.head(_ROWS).with_columns(name=pl.concat_str("task", "name", separator=" "))
    if wrap:
        show_texts(rows.select(list(WIDTHS)), {key: t(f"column.{key}") for key in WIDTHS},
                   alt=t("tab.items"))  # fmt: skip
        return
    shown = [*WIDTHS, "lead", "category"]
    columns = st.column_config
    st.dataframe(
        rows.select(shown), hide_index=True, height=580, key="items", alt=t("tab.items"),
        column_config={
            **{key: columns.TextColumn(t(f"column.{key}"), width=WIDTHS.get(key))
               for key in shown},
            "hours": columns.NumberColumn(t("column.hours"), format="localized",
                                          width=WIDTHS["hours"]),
        },
    )  # fmt: skip


def show_files(run: Run, comparison: Comparison) -> None:
    """Hand out the plan, the comparison and the certificate."""
    city, lang, plan = run.chosen.city, language(), run.plan
    if plan is None:
        return
    name = run.chosen.name

    def plan_csv() -> bytes:
        return downloads.to_csv(downloads.write_plan_rows(city, plan, lang), lang)

    def plan_workbook() -> bytes:
        return downloads.to_workbook({
            "plan": downloads.write_plan_rows(city, plan, lang),
            "switches": downloads.write_switch_rows(city, plan, lang),
        }, lang)  # fmt: skip

    def comparison_workbook() -> bytes:
        today, found = run.chosen.today, run.evaluation
        kinds = (DEPARTMENT, STREET_OFFICE)
        return downloads.to_workbook({
            "criteria": downloads.write_criteria_rows(comparison, ["today", "plan"], lang),
            "communities": downloads.write_load_rows(
                workload.community_loads(city, today, found), lang),
            "handed_up": downloads.write_load_rows(
                workload.pool_loads(city, kinds, today, found), lang),
            "changes": tabulate_changes(city, run.changes, lang),
            "violations": downloads.write_violation_rows(
                city, {"today": today, "plan": found}, lang),
        }, lang)  # fmt: skip

    def certificate() -> bytes:
        return downloads.pack_certificate(run.job.folder / "city", run.job.folder / "out", lang)

    with st.grid(2, gap="medium"):
        for key, make, ending in (
            ("plan_csv", plan_csv, "csv"), ("plan_xlsx", plan_workbook, "xlsx"),
            ("comparison", comparison_workbook, "xlsx"), ("certificate", certificate, "zip"),
        ):  # fmt: skip
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{t(f'file.{key}')}**")
                st.caption(t(f"about.{key}"))
                st.download_button(
                    t("do.download"), downloads.lazily(make), key=f"download-{key}",
                    file_name=f"{name} {t(f'file.{key}')}.{ending}", on_click="ignore",
                    icon=":material/download:",
                )  # fmt: skip
