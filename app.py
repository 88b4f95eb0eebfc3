"""The app's router: language, pages, and nothing else. `realloc app` starts it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from realloc.ui import compare, data, help, overview, solve
from realloc.ui.state import chosen, default_language, plain, recall, remember, t
from realloc.ui.widgets import SIDEBAR, show_running

ICON = Path(overview.__file__).with_name("icon.png")

PAGES = (
    (overview, "overview", ":material/dashboard:"),
    (data, "data", ":material/table_view:"),
    (solve, "solve", ":material/play_circle:"),
    (compare, "compare", ":material/compare_arrows:"),
    (help, "help", ":material/help:"),
)

st.set_page_config(page_title="realloc · 基层治理事项分工", page_icon=str(ICON), layout="wide",
                   initial_sidebar_state=SIDEBAR)  # fmt: skip
st.logo(str(ICON), size="large")
lost = recall()
with st.sidebar:
    st.segmented_control(
        "语言 / Language", ["zh", "en"], default=default_language(), key="lang", required=True,
        format_func={"zh": "中文", "en": "English"}.__getitem__, bind="query-params",
    )  # fmt: skip
pages = {
    key: st.Page(module.show, title=t(f"page.{key}"), url_path=key, icon=icon,
                 default=key == "overview")
    for module, key, icon in PAGES
}  # fmt: skip
st.session_state["pages"] = pages
page = st.navigation(list(pages.values()))
with st.sidebar:
    city = chosen()
    st.caption(t("sidebar.no_city") if city is None else t("sidebar.city", name=plain(city.name)))
    show_running()
if lost:
    st.warning(t("text.lost"), icon=":material/link_off:")
page.run()
remember()
