"""数据 / Data: choose a sample or upload a city, see its problems at their cells, look around."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from realloc.errors import Problems
from realloc.reporting.figures import name_ids, write_stuck
from realloc.schema import SCHEMA, SETTINGS
from realloc.tables.showing import shown, shown_columns
from realloc.ui import downloads, intake
from realloc.ui.state import (
    SAMPLES,
    Chosen,
    choose,
    choose_upload,
    chosen,
    language,
    plain,
    read_sample,
    t,
)
from realloc.ui.widgets import link_to, show_problems, show_texts, show_title

#: Rows of a table that are sent to the browser.
_ROWS = 5_000


def show() -> None:
    """Show the page."""
    show_title("data", needs_city=False)
    sample, upload = st.columns(2, gap="medium")
    with sample, st.container(border=True, height="stretch"):
        show_samples()
    with upload, st.container(border=True, height="stretch"):
        show_upload()
    show_findings()
    city = chosen()
    if city is None:
        st.info(t("empty.city"), icon=":material/info:")
        return
    show_city(city)


def show_samples() -> None:
    """Offer the sample cities."""
    st.subheader(t("title.samples"))
    st.caption(t("welcome.samples"))
    city = chosen()
    for name in SAMPLES:
        here = city is not None and city.origin == name
        if st.button(t(f"sample.{name}"), key=f"sample-{name}", width="stretch",
                     icon=":material/check:" if here else ":material/location_city:",
                     type="primary" if here else "secondary"):  # fmt: skip
            choose(read_sample(name))
            st.session_state.pop("upload_problems", None)
            st.rerun()


def show_upload() -> None:
    """Take a city of one's own; give the workbook to begin with."""
    st.subheader(t("title.upload"))
    st.caption(t("text.upload"))
    # a new key is an empty box: what was checked is not taken again with its correction
    number = st.session_state.setdefault("upload_number", 0)
    files = st.file_uploader(
        t("title.upload"), type=[e.lstrip(".") for e in intake.ENDINGS], key=f"uploads-{number}",
        accept_multiple_files=True, label_visibility="collapsed",
        max_upload_size=intake.MAX_UPLOAD // 2**20,
    )  # fmt: skip
    with st.container(horizontal=True):
        if st.button(t("do.check"), key="check", type="primary", disabled=not files,
                     icon=":material/fact_check:"):  # fmt: skip
            take([intake.Upload(file.name, file.getvalue()) for file in files])
        lang = language()
        st.download_button(
            t("do.template"), downloads.lazily(lambda: downloads.write_city(None, lang)),
            file_name=t("file.template"), icon=":material/download:", key="template",
            on_click="ignore",
        )  # fmt: skip


def take(uploads: list[intake.Upload]) -> None:
    """Read what was uploaded; a city without errors becomes the one to look at."""
    with st.spinner(t("text.checking")):
        city, problems = intake.take(uploads)
    st.session_state["upload_problems"] = problems
    st.session_state["upload_number"] += 1
    if city is not None:
        choose_upload(city, problems)
    st.rerun()


def show_findings() -> None:
    """Show what was found in the upload: errors keep it out, warnings do not."""
    problems: Problems | None = st.session_state.get("upload_problems")
    if problems is None:
        return
    errors, warnings = len(problems.errors), len(problems.warnings)
    if errors:
        st.error(t("upload.refused", errors=f"{errors:,d}", warnings=f"{warnings:,d}"),
                 icon=":material/error:")  # fmt: skip
    elif warnings:
        st.warning(t("upload.warned", warnings=f"{warnings:,d}"), icon=":material/warning:")
    else:
        st.success(t("upload.clean"), icon=":material/check_circle:")
    if problems:
        show_problems(problems)
    city = chosen()
    if errors and city is not None:
        st.info(t("upload.kept", name=plain(city.name)), icon=":material/info:")


def show_city(city: Chosen) -> None:
    """Show the tables of the city, and hand it out as a workbook."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center",
                          horizontal_alignment="distribute"):  # fmt: skip
            st.subheader(plain(city.name), width="content")
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                lang = language()
                st.download_button(
                    t("do.workbook"),
                    downloads.lazily(lambda: downloads.write_city(city.city, lang)),
                    file_name=f"{city.name}.xlsx", icon=":material/download:", key="workbook",
                    on_click="ignore",
                )  # fmt: skip
                link_to("overview")
        if city.stuck:
            st.warning(t("data.no_arrangement", count=len(city.stuck)), icon=":material/warning:")
            stuck = [item.to_json() for item in city.stuck]
            for line in write_stuck(stuck, language(), name_ids(city.city)):
                st.markdown(f"- {plain(line)}")
        st.caption(t("data.digest", digest=city.digest[:12]))
        show_tables(city)


def show_tables(city: Chosen) -> None:
    """Show one table of the city at a time."""
    lang = language()
    names = ["city", *(
        name for name in SCHEMA if len(next(iter(city.city.tables[name].values()), []))
    )]  # fmt: skip

    def label(name: str) -> str:
        if name == "city":
            return f"{t('data.settings')} ({len(SETTINGS):,d})"
        table, rows = SCHEMA[name], len(next(iter(city.city.tables[name].values())))
        return f"{table.zh if lang == 'zh' else name} ({rows:,d})"

    # its words tell of the city and the language: what was chosen goes over to other words
    kept = st.session_state.get("table", "tasks")
    picked = st.pills(t("title.tables"), names, format_func=label,
                      default=kept if kept in names else "tasks",
                      key=f"table-{lang}-{city.digest}", required=True)  # fmt: skip
    st.session_state["table"] = picked
    if picked == "city":
        show_settings(city, label(picked))
        return
    table = SCHEMA[picked] if picked in SCHEMA else SCHEMA["tasks"]
    columns: dict[str, list[Any]] = shown_columns(
        city.city, table, "zh" if lang == "zh" else "en"
    )
    frame = pl.DataFrame(columns, strict=False)
    filled = [c for c in frame.columns if frame[c].null_count() < frame.height]
    st.dataframe(frame.select(filled).head(_ROWS), hide_index=True, height=360,
                 key=f"rows-{table.name}", alt=label(table.name),
                 placeholder="")  # blank cells; they would read "None"  # fmt: skip
    if frame.height > _ROWS:
        st.caption(t("text.more", count=frame.height - _ROWS))


def show_settings(city: Chosen, alt: str) -> None:
    """Show the settings of the city: values, what they are by default and what they mean."""
    lang = "zh" if language() == "zh" else "en"
    rows: dict[str, list[str]] = {
        t(f"column.{key}"): [] for key in ("setting", "value", "default")
    }
    rows[t("word.meaning")] = []
    for name, column in SETTINGS.items():
        own, default = (shown(column, value, lang)
                        for value in (city.city.settings[name], column.default))  # fmt: skip
        texts = (column.zh if lang == "zh" else name, own, default,
                 column.help_zh if lang == "zh" else column.help_en)  # fmt: skip
        for cells, text in zip(rows.values(), texts, strict=True):
            words = f"{text:,d}" if isinstance(text, int) else text
            # a list without spaces would be one line
            cells.append("" if words is None else f"{words}".replace(";", "; "))
    show_texts(pl.DataFrame(rows), {head: head for head in rows}, alt)
