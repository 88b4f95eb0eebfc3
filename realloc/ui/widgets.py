"""Parts that several pages show."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from realloc.errors import Problems
from realloc.evaluation import Evaluation, Notice
from realloc.messages import explain
from realloc.messages.words import name, write_status
from realloc.reporting.comparison import Comparison, compare_evaluations
from realloc.reporting.figures import (
    Row,
    write_at,
    write_change,
    write_codes,
    write_leaf,
    write_rule,
    write_share,
    write_unit,
)
from realloc.result import failures
from realloc.schema import FAMILIES
from realloc.ui import charts
from realloc.ui.state import (
    Chosen,
    Run,
    address_of,
    chosen,
    language,
    other_policy,
    plain,
    runs,
    runs_of_city,
    t,
)

#: Figures of the first row: criterion leaves, and whether less is better.
HEADLINES = (
    "community_load", "overload.community", "inspections.community", "forms.community",
    "principals", "worst_load", "public_cost",
)  # fmt: skip


#: Width of the sidebar, in pixels: its words are short, and tables need the room.
SIDEBAR = 208

#: Columns of problems; the file only where there are several.
PROBLEM_COLUMNS = ("severity", "file", "sheet", "cell", "header", "value", "problem", "expected",
                   "advice", "code")  # fmt: skip
#: Most problems that are listed at once.
_LISTED = 200

#: Rows of a page of a table that wraps its texts, and its height.
_PAGE, _HEIGHT = 100, 580


def show_title(key: str, *, needs_city: bool = True) -> bool:
    """Show the title of a page and the city it is about; return whether the page can go on."""
    st.title(t(f"page.{key}"))
    st.caption(t(f"lead.{key}"))
    if needs_city and chosen() is None:
        show_empty("empty.city", "data")
        return False
    return True


def warn_of_today(city: Chosen) -> None:
    """Say that nothing is known of today's allocation, where this is so."""
    if not city.has_today:
        st.warning(t("text.no_today"), icon=":material/warning:")


def show_empty(key: str, page: str) -> None:
    """Say why there is nothing yet, and lead to the page where to go next."""
    with st.container(border=True):
        st.markdown(t(key))
        link_to(page, primary=True)


def link_to(page: str, *, primary: bool = False) -> None:
    """Show a link to a page."""
    label = t("go.to", page=t(f"page.{page}"))
    _show_link(page, f":primary[**{label}**]" if primary else label, ":material/arrow_forward:")


def _show_link(page: str, label: str, icon: str, facts: Mapping[str, str] | None = None) -> None:
    """Show a link to a page, with facts for its address; nothing where pages are not known.

    A link, as the browser then follows nothing more of the page it leaves. A button that switches
    pages lets fragments of the old page run on: one that ran too late left the window blank.
    """
    target = st.session_state.get("pages", {}).get(page)
    if target is not None:
        st.page_link(target, label=label, icon=icon, query_params=facts)


def show_running() -> None:
    """Lead to the runs of other cities that go on, from every page."""
    going = [run for run in runs() if run.job.alive]
    if going:
        _follow(going)


@st.fragment(run_every=1.0)
def _follow(going: list[Run]) -> None:
    """Show runs while they go on; show the page anew when one has ended."""
    if not all(run.job.alive for run in going):
        st.rerun()
    here = runs_of_city()
    for run in going:
        if run not in here:
            label = t("sidebar.running", time=write_seconds(time.time() - run.started))
            _show_link("solve", label, ":material/progress_activity:", address_of(run))
            st.caption(plain(run.chosen.name))  # apart, as a link does not wrap


def choose_one(
    label: str, words: Mapping[str, str], key: str, default: str = "", **how: Any
) -> str:
    """Offer codes by their words in a list, and return the code.

    The browser keeps the words of a list, so that each language has one; what was chosen goes over.
    """
    codes, kept = list(words), st.session_state.get(key, default)
    picked = st.selectbox(
        label, codes, codes.index(kept) if kept in words else 0,
        format_func=lambda code: words.get(code, code), key=f"{key}-{language()}", **how,
    )  # fmt: skip
    st.session_state[key] = picked
    return picked


def choose_some(label: str, words: Mapping[str, str], key: str, **how: Any) -> list[str]:
    """Offer codes by their words as a filter, and return those that were chosen.

    As in :func:`choose_one`, each language has a list of its own.
    """
    kept = [code for code in st.session_state.get(key, ()) if code in words]
    picked = st.multiselect(
        label, list(words), kept, format_func=lambda code: words.get(code, code),
        key=f"{key}-{language()}", **how,
    )  # fmt: skip
    st.session_state[key] = picked
    return picked


def ask_words(key: str) -> str:
    """Offer to search a table by words."""
    return st.text_input(t("do.search"), key=key, placeholder=t("text.search"),
                         persist_state="session")  # fmt: skip


def find_words(frame: pl.DataFrame, keys: Iterable[str], words: str) -> pl.DataFrame:
    """Return the rows of which one of some texts has the words, in small or large letters."""
    return frame.filter(pl.any_horizontal(
        pl.col(*keys).str.to_lowercase().str.contains(words.lower(), literal=True)
    ))  # fmt: skip


def show_headlines(found: Sequence[Evaluation]) -> None:
    """Show the figures that matter most: the last evaluation, with its change from the first."""
    comparison = compare_evaluations(found, [""] * len(found))
    rows = {row.leaf: row for row in comparison.rows}
    with st.grid(4, min_column_width=150, gap="small"):
        for leaf in HEADLINES:
            show_headline(rows[leaf])
        first, last = len(found[0].violations), len(found[-1].violations)
        delta: dict[str, Any] = {}
        if len(found) > 1:
            change = f"{last - first:+,d}" if last != first else 0
            delta = {"delta": change, "delta_color": "inverse"}
        st.metric(t("headline.broken"), f"{last:,d}", border=True, height="stretch",
                  help=t("help.broken", codes=write_codes(FAMILIES, language())),
                  **delta)  # fmt: skip


def show_headline(row: Row) -> None:
    """Show one figure as a card: less is better throughout."""
    last = len(row.values) - 1
    delta: dict[str, Any] = {}
    if last:
        changed = row.values[last] != row.values[0]
        delta = {"delta": write_change(row, last) if changed else 0, "delta_color": "inverse"}
    st.metric(t(f"headline.{row.leaf}"), write_at(row, last, language()), border=True,
              height="stretch", help=t(f"help.{row.criterion}"), **delta)  # fmt: skip


def show_criteria(comparison: Comparison, heads: Sequence[str]) -> None:
    """Show K1 to K9 by part, with differences from the first where there are several."""
    lang = language()
    criterion, difference, unit = (
        t(f"column.{key}") for key in ("criterion", "difference", "measure"))  # fmt: skip
    table: dict[str, list[str]] = {key: [] for key in ("K", criterion, *heads)}
    several = len(heads) > 1
    if several:
        table[difference] = []
    table[unit] = []
    for row in comparison.rows:
        words = write_leaf(row, lang)
        table["K"].append(row.number)
        table[criterion].append(f"\u2003{words}" if row.part else words)
        for k, head in enumerate(heads):
            table[head].append(write_at(row, k, lang))
        if several:
            table[difference].append(write_change(row, len(heads) - 1))
        table[unit].append(write_unit(row.criterion, lang))
    right = {head: st.column_config.TextColumn(head, alignment="right") for head in heads}
    if several:
        right[difference] = st.column_config.TextColumn(alignment="right")
    st.dataframe(pl.DataFrame(table), hide_index=True, height="content", column_config=right,
                 key=f"criteria-{len(heads)}", alt=t("title.criteria"))  # fmt: skip


def show_violations(
    found: Sequence[Evaluation], heads: Sequence[str], *, meaning: bool = True
) -> None:
    """Show how many rules of each family are broken, and what they mean."""
    lang = language()
    counts = [one.families() for one in found]
    broken = [family for family in FAMILIES if any(family in c for c in counts)]
    if not broken:
        st.success(t("text.no_violations"), icon=":material/check_circle:")
        return
    table: dict[str, list[Any]] = {
        t("column.rule"): [write_rule(f, lang) for f in broken],
    }
    for head, count in zip(heads, counts, strict=True):
        table[head] = [count.get(family, 0) for family in broken]
    if meaning:
        table[t("word.meaning")] = [t(f"meaning.{family}") for family in broken]
    st.dataframe(pl.DataFrame(table), hide_index=True, height="content", column_config={
        t("word.meaning"): st.column_config.TextColumn(width="large"),
        **{head: st.column_config.NumberColumn(format="localized") for head in heads},
    })  # fmt: skip


def show_notices(notices: Sequence[Notice]) -> None:
    """Show notices by kind, with how many there are of each."""
    lang = language()
    counts: dict[str, int] = {}
    for notice in notices:
        counts[notice.code] = counts.get(notice.code, 0) + 1
    if not counts:
        st.caption(t("word.none"))
        return
    table = {t("column.notice"): [name("notice", code, lang) for code in counts],
             t("column.count"): list(counts.values())}  # fmt: skip
    st.dataframe(pl.DataFrame(table), hide_index=True, height="content")


def show_problems(problems: Problems) -> None:
    """Show problems of an input at their cells: what was found, what was expected, what to do."""
    lang = language()
    files = {problem.file for problem in problems}
    if len(files) == 1 and files != {""}:  # named once, so that the advice is in view
        st.caption(f"{t('column.file')}: {plain(*files)}")
    shown = problems[:_LISTED]
    keys = [key for key in PROBLEM_COLUMNS if key != "file" or len(files) > 1]
    table: dict[str, list[str]] = {t(f"column.{key}"): [] for key in keys}
    for problem in shown:
        said = explain(problem, lang)
        cells = {
            "severity": t(f"severity.{problem.severity}"), "file": problem.file,
            "sheet": problem.sheet, "cell": problem.cell or f"{problem.row or ''}",
            "header": problem.column, "value": problem.value, "problem": said.text,
            "expected": said.expected, "advice": said.advice, "code": problem.code,
        }  # fmt: skip
        for column, key in zip(table.values(), keys, strict=True):
            column.append(plain(cells[key]))
    # no grid: that cuts long texts, and gives all rows the height of the longest
    st.table(pl.DataFrame(table), hide_index=True)
    if problems.total > len(shown):
        st.caption(t("text.more", count=problems.total - len(shown)))


def show_texts(rows: pl.DataFrame, heads: Mapping[str, str], alt: str) -> None:
    """Show rows in full, page by page: every text is wrapped, rows are as tall as their own.

    The grid has one height for all rows, and of Latin words it wraps none once it has drawn
    Chinese: it measures how many letters may fit by the mean of all that it drew.
    """
    pages = -(-rows.height // _PAGE)
    # a new number of pages is another pager: it begins at the first
    page = st.pagination(pages, key=f"page-{pages}") if pages > 1 else 1
    shown = rows.slice((page - 1) * _PAGE, _PAGE)
    st.table(
        pl.DataFrame({
            head: [plain(f"{v:,}" if isinstance(v, int | float) else v) for v in shown[key]]
            for key, head in heads.items()
        }),
        hide_index=True, alt=alt, height=_HEIGHT if shown.height > _PAGE // 10 else "content",
    )  # fmt: skip


def show_proof(run: Run) -> None:
    """Show what a result claims and what a check of it found, as the command line does."""
    claims, lang = run.saved.claims, language()
    status = str(claims.get("status", ""))
    verification = run.job.verification
    with st.container(horizontal=True, vertical_alignment="center"):
        good = status in ("optimal", "feasible")
        st.badge(write_status(status, claims.get("gap"), lang), color="green" if good else "orange",
                 icon=":material/verified:" if good else ":material/help:")  # fmt: skip
        if verification is None:
            st.badge(t("proof.not_checked"), color="gray", icon=":material/pending:")
        elif verification["valid"]:
            st.badge(t("proof.valid"), color="green", icon=":material/fact_check:")
        else:
            st.badge(t("proof.not_valid"), color="red", icon=":material/error:")
    differs = other_policy(run)
    if differs:
        st.caption(t("run.policy", words=" · ".join(differs)))
    stages = claims.get("stages", [])
    if len(stages) > 1:
        show_stages(stages)
    else:
        show_tiles(claims)
    if verification is not None and not verification["valid"]:
        for reason in verification["reasons"]:
            family = "rule" if reason in FAMILIES else "reason"
            st.error(name(family, reason, lang))
    for note in failures(claims.get("provenance", {})):
        st.warning(f"{t('word.failed')}: {plain(note)}", icon=":material/warning:")
    for key, reason in _REASONS.items():
        for words in dict.fromkeys(stage[reason] for stage in stages if stage[reason]):
            st.caption(t("proof.why_none", share=t(f"word.{key}"),
                         reason=name("reason", words, lang)))  # fmt: skip
    objective, bound = claims.get("objective"), claims.get("bound")
    st.caption(t(
        "proof.numbers", items=f"{claims.get('items', 0):,d}",
        choices=f"{claims.get('choices', 0):,d}", engine=claims.get("engine", ""),
        value="—" if objective is None else f"{objective:,d}",
        bound="—" if bound is None else f"{bound:,d}",
    ))  # fmt: skip


#: Shares, and where it stands why there is none.
_REASONS = {"captured": "captured_reason", "lawful_share": "lawful_reason"}


def _write_shares(told: Mapping[str, Any]) -> dict[str, str]:
    """Write gap and shares of a stage or a result; of the lawful share what is proved."""
    share, least = told.get("lawful_share"), told.get("lawful_at_least")
    lawful = write_share(share) if least is None else f"≥ {write_share(least)}"
    if share is not None and least is None:
        lawful = t("proof.unproved", share=lawful)
    gap, captured = (write_share(told.get(key)) for key in ("gap", "captured"))
    return {"gap": gap, "captured": captured, "lawful_share": lawful}


def show_tiles(claims: Mapping[str, Any]) -> None:
    """Show gap, shares and value of a run with one objective."""
    with st.grid(4, min_column_width=190, gap="small"):
        for key, words in _write_shares(claims).items():
            st.metric(t(f"column.{key}"), words, border=True, height="stretch",
                      help=t(f"help.{key}"))  # fmt: skip
        objective = claims.get("objective")
        st.metric(t("column.objective"), write_large(objective, language()), border=True,
                  height="stretch", help=t("help.objective"))  # fmt: skip


def show_stages(stages: Sequence[dict[str, Any]]) -> None:
    """Show the stages of a lexicographic run: each has a value, a bound and shares of its own."""
    lang = language()
    columns = ("objective", "bound", "gap", "captured", "lawful_share")
    table: dict[str, list[str]] = {key: [] for key in (
        t("column.criterion"), *(t(f"column.{key}") for key in columns))}  # fmt: skip
    for stage in stages:
        numbers = (f"{n:,d}" if n is not None else "—" for n in (stage["value"], stage["bound"]))
        row = (name("criterion", stage["name"], lang), *numbers, *_write_shares(stage).values())
        for column, value in zip(table.values(), row, strict=True):
            column.append(value)
    st.dataframe(pl.DataFrame(table), hide_index=True, height="content", alt=t("title.stages"))


def write_large(value: int | None, lang: str) -> str:
    """Write a value of the objective: in 亿 or 万, in billions or millions where it is large."""
    if value is None:
        return "—"
    divisor, word = charts.scale_of(value, lang)
    return f"{value / divisor:,.2f} {word}" if divisor > 1 else f"{value:,d}"


def write_seconds(seconds: float) -> str:
    """Write a time as minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

