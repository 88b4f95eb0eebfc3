"""帮助 / Help: how to go about it, what the words mean, how to check a plan without the app."""

from __future__ import annotations

import polars as pl
import streamlit as st

from realloc.messages.words import name
from realloc.reporting.figures import write_codes, write_unit
from realloc.schema import CRITERIA, FAMILIES
from realloc.ui.state import language, t
from realloc.ui.widgets import show_title


def show() -> None:
    """Show the page."""
    show_title("help", needs_city=False)
    lang = language()
    st.markdown(t("help.steps"))
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.subheader(t("help.proof_title"))
        st.markdown(t("help.proof_text"))
    with right, st.container(border=True, height="stretch"):
        st.subheader(t("help.check_title"))
        st.markdown(t("help.check_text"))
        st.code("realloc verify city plan", language="bash")
    numbers = [f"K{k}" for k in range(1, len(CRITERIA) + 1)]
    st.subheader(t("help.criteria_title", codes=write_codes(numbers, lang)))
    st.table(pl.DataFrame({
        "K": numbers,
        t("column.criterion"): [name("criterion", c, lang) for c in CRITERIA],
        t("column.measure"): [write_unit(c, lang) for c in CRITERIA],
        t("word.meaning"): [t(f"help.{c}") for c in CRITERIA],
    }), hide_index=True, border="horizontal")  # fmt: skip
    st.subheader(t("help.rules_title", codes=write_codes(FAMILIES, lang)))
    st.table(pl.DataFrame({
        "C": list(FAMILIES),
        t("column.rule"): [name("rule", c, lang) for c in FAMILIES],
        t("word.meaning"): [t(f"meaning.{c}") for c in FAMILIES],
    }), hide_index=True, border="horizontal")  # fmt: skip
    st.caption(t("text.disclaimer"))
