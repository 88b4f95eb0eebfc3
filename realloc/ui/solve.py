"""求解 / Solve: how to solve, live value, bound and gap, and a button that keeps the best."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import streamlit as st

from realloc.engines import ENGINES
from realloc.messages.words import name
from realloc.reporting.figures import name_ids, write_conflict, write_share
from realloc.schema import TIERS
from realloc.ui import charts
from realloc.ui.state import (
    Run,
    chosen,
    current_run,
    language,
    look_at,
    plain,
    start_run,
    t,
)
from realloc.ui.widgets import (
    choose_one,
    link_to,
    show_proof,
    show_title,
    write_large,
    write_seconds,
)
from realloc.worker import FAILED, KILLED, STOPPING, Request

#: Seconds between two looks at a run.
_LOOK = 1.0
#: Threads to begin with: a plan is looked for beside the bound, so two pay.
_THREADS = max(1, min(4, os.cpu_count() or 2))


def show() -> None:
    """Show the page."""
    if not show_title("solve"):
        return
    run = current_run()
    alive = run is not None and run.job.alive
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(border=True):
        st.subheader(t("title.options"))
        show_options(run, disabled=alive)
    with right, st.container(border=True):
        if run is None:
            st.subheader(t("title.run"))
            st.info(t("empty.run"), icon=":material/play_circle:")
        elif alive:
            follow(run)
        else:
            show_end(run)


def show_options(run: Run | None, *, disabled: bool) -> None:
    """Ask how to solve, and start; a page loaded anew begins with the options of its run."""
    city = chosen()
    if city is None:
        return
    keep: dict[str, Any] = {"persist_state": "session", "disabled": disabled}
    request = run.request if run is not None else Request(threads=_THREADS)
    last = run.chosen.city if run is not None else city.city
    policy = last.policy
    own = city.digest[:12]  # a policy is that of its city: what was chosen for another says nothing
    seconds = st.number_input(t("option.time_limit"), 1, 86_400, round(request.time_limit),
                              key="time_limit", help=t("help.time_limit"), **keep)  # fmt: skip
    objective = st.segmented_control(
        t("option.objective"), ["weighted", "lexicographic"], default=policy.objective,
        format_func=lambda v: t(f"objective.{v}"), key=f"objective-{own}", required=True,
        help=t("help.policy_objective"), **keep,
    )  # fmt: skip
    if objective == "lexicographic":
        order = (name("criterion", criterion, language()) for criterion in policy.order)
        st.caption(t("option.order", words=" → ".join(order)))
    scope = choose_one(
        t("option.scope"), {v: t(f"scope.{v or 'own'}") for v in ("", *TIERS)}, f"scope-{own}",
        last.settings["policy.scope"], help=t("help.scope"), disabled=disabled,
    )  # fmt: skip
    nobody_worse = st.toggle(
        t("option.nobody_worse"), policy.nobody_worse, key=f"nobody_worse-{own}",
        help=t("help.nobody_worse"), **keep,
    )  # fmt: skip
    hard = st.toggle(t("option.hard"), policy.community_hard, key=f"hard-{own}",
                     help=t("help.hard"), **keep)  # fmt: skip
    with st.expander(t("title.advanced"), icon=":material/tune:"):
        names = ["auto", *ENGINES]
        engine = st.selectbox(t("word.engine"), names, names.index(request.engine), key="engine",
                              help=t("help.engine"), **keep)  # fmt: skip
        percent = st.number_input(t("option.gap"), 0.0, 100.0, 100 * request.gap, 0.1,
                                  key="gap_percent", help=t("help.gap_option"), **keep)  # fmt: skip
        threads = st.number_input(t("option.threads"), 1, 64, request.threads, key="threads",
                                  help=t("help.threads"), **keep)  # fmt: skip
        seed = st.number_input(t("option.seed"), 0, 10**6, request.seed, key="seed", **keep)
    if st.button(t("do.solve"), key="start", type="primary", icon=":material/play_arrow:",
                 width="stretch", disabled=disabled):  # fmt: skip
        settings: dict[str, Any] = {
            "policy.objective": objective or policy.objective,
            "policy.scope": scope,
            "policy.nobody_worse": int(nobody_worse),
            "policy.community_capacity": "hard" if hard else "soft",
        }
        request = Request(str(engine), float(seconds), percent / 100, int(threads), int(seed))
        start_run(request, settings)
        st.rerun()


@st.fragment(run_every=_LOOK)
def follow(run: Run) -> None:
    """Show a run while it goes on; show the page anew when it has ended."""
    if not run.job.alive:
        st.rerun()
    look_at(run)  # here, as the page around it does not run again
    stopping = run.job.state == STOPPING
    steps = run.job.steps()
    st.subheader(t("title.stopping" if stopping else "title.running"))
    stage = name("stage", steps[-1].stage, language()) if steps else t("stage.beginning")
    if steps and steps[-1].stage == "verify":
        stage = t("phase.verify")
    limit = run.request.time_limit
    seconds = run.job.silence + (steps[-1].seconds if steps else 0.0)
    st.progress(min(1.0, seconds / limit) if limit else 1.0,
                text=f"{stage} · {write_seconds(seconds)} / {write_seconds(limit)}")  # fmt: skip
    show_steps(run, live=True)
    with st.container(horizontal=True):
        if st.button(t("do.stop"), key="stop", type="primary", icon=":material/stop_circle:",
                     disabled=stopping, help=t("help.stop")):  # fmt: skip
            run.job.stop()
            st.rerun(scope="fragment")
        if stopping and st.button(t("do.kill"), key="kill", icon=":material/cancel:",
                                  help=t("help.kill")):  # fmt: skip
            run.job.kill()
            st.rerun()
    st.caption(t("text.goes_on"))


def show_steps(run: Run, *, live: bool) -> None:
    """Show value, bound and gap: the last of them as numbers, all of them as curves."""
    lang = language()
    steps = [step for step in run.job.steps() if step.value is not None or step.bound is not None]
    if live:
        last = steps[-1] if steps else None
        value, bound = (last.value, last.bound) if last else (None, None)
        for column, key, text in zip(
            st.columns(3), ("current", "bound", "gap"),
            (write_large(value, lang), write_large(bound, lang),
             write_share(last.gap if last else None)),
            strict=True,
        ):  # fmt: skip
            column.metric(t(f"column.{key}"), text)
    if not steps:
        st.caption(t("text.no_steps"))
        return
    if live:  # the curves reach until now, even where nothing new came
        steps.append(replace(steps[-1], seconds=steps[-1].seconds + run.job.silence))
    weighted = run.chosen.city.policy.objective == "weighted"
    picked = st.segmented_control(
        t("title.curve"), ["both", "gap"], default="both" if weighted else "gap", required=True,
        format_func=lambda v: t(f"curve.{v}"), key="curve", label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    draw = charts.draw_gap if picked == "gap" else charts.draw_progress
    st.altair_chart(draw(steps, lang), key=f"progress-{picked}",
                    alt=t(f"curve.{picked or 'both'}"))  # fmt: skip


def show_end(run: Run) -> None:
    """Show how a run ended, in words; and where to go from there."""
    st.subheader(t("title.ended"))
    end = run.job.end
    if end.state == KILLED:
        if end.detail:
            st.info(t("end.asked"), icon=":material/cancel:")
        else:
            st.error(t("end.killed", signal=end.code), icon=":material/error:")
        if not run.job.has_result:
            return
        st.warning(t("end.killed_late"), icon=":material/warning:")
    elif end.state == FAILED:
        key = f"end.{end.code}"
        st.error(t(key, detail=plain(end.detail)), icon=":material/error:")
        return
    claims = run.saved.claims
    if run.plan is None:
        st.error(t(f"end.no_plan.{claims.get('status', 'error')}"), icon=":material/error:")
        if claims.get("conflict"):
            named = name_ids(run.chosen.city)
            for line in write_conflict(claims["conflict"], language(), named):
                st.markdown(f"- {plain(line)}")
        return
    show_proof(run)
    seconds = claims.get("seconds", {})
    st.caption("  ·  ".join(
        f"{t(f'phase.{phase}')} {value:,.1f} s" for phase, value in seconds.items()
    ))  # fmt: skip
    show_steps(run, live=False)
    link_to("compare", primary=True)
