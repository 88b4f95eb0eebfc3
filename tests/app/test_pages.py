"""Pages without a browser: what a visitor is told when something went wrong, in both languages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl

import pytest
from corpus.identifiers import HOSTILE
from streamlit.testing.v1 import AppTest

from realloc.engines import Progress
from realloc.errors import Problem, Problems
from realloc.generator import generate
from realloc.messages.words import WORDS, say
from realloc.reporting.figures import write_codes, write_share, write_value
from realloc.schema import CRITERIA, FAMILIES, SETTINGS
from realloc.solver import solve
from realloc.tables.showing import shown
from realloc.ui import compare, state, widgets
from realloc.worker import End, Job, Request

PAGES = [Path(state.__file__).parents[2] / "app.py", *Path(state.__file__).parent.glob("*.py")]


@pytest.fixture(scope="module")
def chosen() -> state.Chosen:
    """The reference city as a visitor has it before them."""
    city = generate("reference", 1)
    return state.Chosen(city, city.digest(), "reference", state.Problems())


def open_page(page: str, lang: str = "zh", **session: Any) -> AppTest:
    """Run one page with a session in which something has happened."""

    def script(page: str) -> None:
        from importlib import import_module

        import_module(f"realloc.ui.{page}").show()

    test = AppTest.from_function(script, args=(page,), default_timeout=60)
    test.session_state["lang"] = lang
    for key, value in session.items():
        test.session_state[key] = value
    test.run()
    assert not test.exception
    return test


def ended(chosen: state.Chosen, tmp_path, end: End | None, code: int = 0) -> dict[str, Any]:
    """Return the session of a visitor whose run has ended so."""
    process = subprocess.Popen([sys.executable, "-c", f"import os; os.kill(os.getpid(), {code})"
                                if code else ""])  # fmt: skip
    process.wait()
    if end is not None:
        (tmp_path / "end.json").write_text(json.dumps(asdict(end)))
    run = state.Run("r", chosen, chosen, Job(tmp_path, process), Request())
    return {"city": chosen, "runs": [run], "shown": "r"}


def said(test: AppTest) -> str:
    """Return everything that a page says in messages."""
    boxes = (*test.error, *test.warning, *test.info, *test.success, *test.markdown, *test.caption)
    return "\n".join(str(box.value) for box in boxes)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("page", ["overview", "data", "solve", "compare", "help"])
def test_pages_open_without_a_city(page, lang):
    """Each page opens before anything is chosen, in each language."""
    test = open_page(page, lang)
    assert test.title
    if page in ("solve", "compare"):
        assert say("empty.city", lang) in said(test)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_has_every_rule_and_criterion(lang):
    """The help page has a row for each, with what it means, and its titles say which they are."""
    test = open_page("help", lang)
    criteria, rules = (table.value for table in test.table)
    numbers = [f"K{k}" for k in range(1, len(CRITERIA) + 1)]
    assert (list(criteria["K"]), list(rules["C"])) == (numbers, list(FAMILIES))
    meaning = say("word.meaning", lang)
    assert list(criteria[meaning]) == [say(f"help.{c}", lang) for c in CRITERIA]
    assert list(rules[meaning]) == [say(f"meaning.{c}", lang) for c in FAMILIES]
    titles = [title.value for title in test.subheader]
    for key, codes in (("help.criteria_title", numbers), ("help.rules_title", FAMILIES)):
        assert say(key, lang, codes=write_codes(codes, lang)) in titles


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_killed_run_is_told_in_words(chosen, tmp_path, lang):
    """A process that was killed is told as such, with the signal, not as a traceback."""
    session = ended(chosen, tmp_path, None, 9)
    solve, compare = (open_page(page, lang, **session) for page in ("solve", "compare"))
    assert say("end.killed", lang, signal="SIGKILL") in said(solve)
    assert say("empty.plan", lang) in said(compare)


def test_a_run_that_a_visitor_ends_at_once_is_no_failure(chosen, tmp_path):
    """Who ends a run is told that it has ended, and nothing of memory."""
    session = ended(chosen, tmp_path, None, 9)
    session["runs"][0].job.killed = True
    told = said(open_page("solve", "zh", **session))
    assert say("end.asked", "zh") in told
    assert say("end.killed", "zh", signal="SIGKILL") not in told


@pytest.mark.parametrize("code", ["input", "engine", "memory", "unexpected"])
def test_every_failure_has_words(chosen, tmp_path, code):
    """Each way in which a job can fail is told in words, with its detail."""
    test = open_page("solve", "zh", **ended(chosen, tmp_path, End("failed", code, "DETAIL")))
    assert say(f"end.{code}", "zh", detail="DETAIL") in said(test)


@pytest.mark.parametrize(
    "status", ["infeasible", "infeasible_claimed", "no_solution_limit", "cancelled", "error"]
)
def test_every_end_without_a_plan_has_words(chosen, tmp_path, status):
    """Each status that a run can end with without a plan says what to do next."""
    session = ended(chosen, tmp_path, End("done"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "result.json").write_text(json.dumps({"status": status}))
    run = session["runs"][0]
    run.__dict__["saved"] = SimpleNamespace(claims={"status": status}, plan=None)
    for page in ("solve", "compare"):
        test = open_page(page, "zh", **session)
        assert say(f"end.no_plan.{status}", "zh") in said(test)


def test_a_proved_no_has_names(chosen, tmp_path):
    """What contradicts is named by task and place, as the page of data and the console do."""
    session = ended(chosen, tmp_path, End("done"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "result.json").touch()
    city = chosen.city
    item = {"task": city.tasks.id[0], "place": city.places.code[0], "pins": []}
    conflict = {"items": [item], "shortages": [], "families": []}
    claims = {"status": "infeasible", "conflict": conflict}
    session["runs"][0].__dict__["saved"] = SimpleNamespace(claims=claims, plan=None)
    solve_page = said(open_page("solve", **session))
    stuck = state.Chosen(city, chosen.digest, "reference", Problems())
    stuck.__dict__["stuck"] = [SimpleNamespace(to_json=lambda: item)]
    data_page = said(open_page("data", city=stuck))
    for words in (solve_page, data_page):
        assert state.plain(f"{city.tasks.id[0]} {city.tasks.name[0]} @") in words
        assert state.plain(f"{city.places.code[0]} {city.places.name[0]}") in words


def test_a_run_starts_with_what_was_chosen(chosen, monkeypatch):
    """The options of the page become the request and the policy, and the city that is solved."""
    started: list[tuple[Request, dict[str, Any]]] = []
    monkeypatch.setattr("realloc.ui.solve.start_run",
                        lambda request, policy: started.append((request, policy)))  # fmt: skip
    test = open_page("solve", city=chosen)
    test.number_input(key="time_limit").set_value(7)
    test.number_input(key="threads").set_value(2)
    test.toggle(key=f"nobody_worse-{chosen.digest[:12]}").set_value(True)
    test.selectbox(key=f"scope-{chosen.digest[:12]}-zh").set_value("district")
    test.button(key="start").click().run()
    assert not test.exception
    (request, policy), *_ = started
    assert request == Request(time_limit=7.0, threads=2)
    assert policy["policy.nobody_worse"] == 1
    assert policy["policy.scope"] == "district"
    assert chosen.city.replace(settings=policy).policy.nobody_worse


def test_options_of_one_city_are_not_those_of_the_next(chosen):
    """What was chosen for a city is gone with it, and each city begins with its own policy."""
    strict = chosen.city.replace(settings={
        "policy.objective": "lexicographic", "policy.scope": "street", "policy.nobody_worse": 1,
        "policy.community_capacity": "hard",
    })  # fmt: skip
    strict = state.Chosen(strict, strict.digest(), "", Problems())

    def options(test: AppTest) -> list[Any]:
        return [test.segmented_control[0].value, test.selectbox[0].value,
                *(toggle.value for toggle in test.toggle)]  # fmt: skip

    test = open_page("solve", city=chosen)
    test.toggle[0].set_value(True)
    test.selectbox[0].set_value("district").run()
    assert options(test) == ["weighted", "district", True, False]
    test.session_state["city"] = strict
    assert options(test.run()) == ["lexicographic", "street", True, True]
    assert "次序:迎检次数 → " in " ".join(caption.value for caption in test.caption)
    test.session_state["city"] = chosen
    assert options(test.run()) == ["weighted", "district", True, False]


@pytest.fixture(scope="module")
def solved(chosen, tmp_path_factory) -> list[state.Run]:
    """Two runs of the reference city: one under its own policy, one under another."""
    runs: list[state.Run] = []
    for settings in ({}, {"policy.nobody_worse": 1, "policy.scope": "street"}):
        city = chosen.city.replace(settings=settings)
        folder = tmp_path_factory.mktemp("run")
        (run,) = ended(state.Chosen(city, city.digest(), "reference", Problems()), folder,
                       End("done"))["runs"]  # fmt: skip
        run.id, run.home = f"r{len(runs)}", chosen
        solve(city, time_limit=30, gap=0.5).save(folder / "out")
        runs.append(run)
    return runs


@pytest.mark.parametrize(("settings", "stages"), [({}, 1), (
    {"policy.objective": "lexicographic", "policy.order": ("overload", "inspections")}, 2)])
def test_what_is_told_of_a_plan_is_proved(chosen, tmp_path, settings, stages):
    """Of the lawful share stands what is proved; several stages have a row each and no tiles."""
    city = chosen.city.replace(settings=settings)
    session = ended(state.Chosen(city, city.digest(), "", Problems()), tmp_path, End("done"))
    result = solve(city, time_limit=10, gap=0.5)
    result.save(tmp_path / "out")
    test = open_page("solve", **session)
    tiles = {card.label: card.value for card in test.metric}
    assert len(result.stages) == stages
    if stages == 1:
        assert result.lawful_at_least is not None
        assert tiles[say("column.lawful_share", "zh")] == f"≥ {write_share(result.lawful_at_least)}"
        return
    assert not tiles
    (table,) = (t.value for t in test.dataframe if say("column.lawful_share", "zh") in t.value)
    assert list(table[say("column.gap", "zh")]) == [write_share(s.gap) for s in result.stages]
    first, second = table[say("column.lawful_share", "zh")]
    assert first == f"≥ {write_share(result.stages[0].lawful.least)}"
    assert second in ("—", say("proof.unproved", "zh",
                               share=write_share(result.stages[1].lawful.value)))  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("page", ["solve", "compare"])
def test_a_result_names_the_policy_that_is_not_its_citys(chosen, solved, page, lang):
    """Proof and title say where the policy of a run differs, and of a city's own say nothing."""
    scope, street, worse = (say(key, lang) for key in (
        "option.scope", "scope.street", "option.nobody_worse"))  # fmt: skip
    what = f"{scope} {street} · {worse}"
    for run in solved:
        alone, both = (open_page(page, lang, city=chosen, runs=runs, shown=run.id)
                       for runs in ([run], solved))  # fmt: skip
        for test in (alone, both):
            assert (what in said(test)) == (run is solved[1])
        if page == "compare":
            own, other = both.selectbox[0].options
            assert (what in own, what in other) == (False, True)


def test_a_switch_of_the_language_keeps_what_was_chosen(chosen, solved):
    """Options, part and filters stay as they are in the other language, and in its words."""
    test = open_page("solve", city=chosen)
    test.selectbox[0].set_value("district").run()
    for lang in ("en", "zh"):
        test.session_state["lang"] = lang
        test.run()
        (scope, *_) = test.selectbox
        assert (scope.value, scope.options[3]) == ("district", say("scope.district", lang))

    test = open_page("compare", city=chosen, runs=solved[:1])
    test.segmented_control(key="compare-part").set_value("items").run()
    test.multiselect(key="filter-after_kind-zh").set_value(["department"])
    test.text_input(key="filter-words").set_value("T").run()
    for lang in ("en", "zh"):
        test.session_state["lang"] = lang
        test.run()
        assert not test.exception
        assert test.segmented_control(key="compare-part").value == "items"
        filters = test.multiselect(key=f"filter-after_kind-{lang}")
        assert filters.value == ["department"]
        assert say("holder.department", lang) in filters.options
        assert test.text_input(key="filter-words").value == "T"


class _Ends:
    """A process that has ended when it is asked for the n-th time."""

    def __init__(self, asked: int) -> None:
        self.left, self.returncode = asked, 0

    def poll(self) -> int | None:
        self.left -= 1
        return None if self.left > 0 else 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_notice_that_a_run_has_ended(chosen, tmp_path, lang):
    """A page that waits for a run is shown anew with its result, without a step of the visitor."""

    def script() -> None:
        from realloc.ui import compare, widgets

        compare.show()
        widgets.show_running()

    process: Any = _Ends(3)  # when the page has been written
    waiting = state.Run("w", chosen, chosen, Job(tmp_path, process), Request())
    test = AppTest.from_function(script, default_timeout=60)
    test.session_state["lang"], test.session_state["city"] = lang, chosen
    test.session_state["runs"] = [waiting]
    test.run()
    assert not test.exception
    assert process.left <= 0
    assert say("empty.running", lang) not in said(test)
    assert say("empty.plan", lang) in said(test)


def test_a_link_to_a_city_that_is_gone_says_so(chosen, store):
    """An old address is not met in silence; once a city is chosen nothing more is said of it."""

    def open_link(city: str) -> AppTest:
        test = AppTest.from_file(str(PAGES[0]), default_timeout=60)
        test.query_params["city"] = city
        test.run()
        assert not test.exception
        return test

    gone = open_link("0" * 64)
    assert say("text.lost", "zh") in said(gone)
    gone.session_state["city"] = chosen
    assert say("text.lost", "zh") not in said(gone.run())
    store.cities.put(chosen.digest, chosen)
    assert say("text.lost", "zh") not in said(open_link(chosen.digest))
    assert say("text.lost", "zh") not in said(open_link(""))


def test_pages_are_left_by_links_alone():
    """Where the server switches pages, a fragment of the old one may blank the window."""
    assert [page.name for page in PAGES if "switch_page" in page.read_text("utf-8")] == []


def test_a_run_of_another_city_is_in_view_and_leads_there(chosen, store, tmp_path):
    """While it goes on each page names it beside the menu; its link shows its city and it.

    So it does in a new tab, too, whatever was started after it and however many cities were seen.
    """
    other = chosen.city.replace(settings={"name": "别处"})
    elsewhere = state.Chosen(other, other.digest(), "", Problems())
    process: Any = _Ends(10**6)
    runs = [store.runs.put(name, state.Run(name, home, home, Job(tmp_path, process), Request()))
            for name, home in zip("rabcde", [elsewhere, *5 * [chosen]], strict=True)]  # fmt: skip

    def open_app(address: dict[str, str], **session: Any) -> AppTest:
        test = AppTest.from_file(str(PAGES[0]), default_timeout=60)
        for key, value in session.items():
            test.session_state[key] = value
        test.query_params.update(address)
        return test

    def links(test: AppTest) -> list[Any]:
        test.run()
        assert not test.exception
        found = [link.proto for link in test.sidebar.get("page_link")]
        return [link for link in found if link.label.startswith(("正在求解", "Solving"))]

    test = open_app({"lang": "English"}, city=chosen, runs=runs)
    (link,) = links(test)
    assert link.label.startswith("Solving 0:0")
    assert "别处" in said(test)
    assert link.page == "solve"
    address = dict(parse_qsl(link.query_string))
    again = open_app(address)
    test.query_params.clear()  # as a browser does where the page stays the same
    test.query_params.update(address)
    for opened in (test, again):
        assert len(links(opened)) == 5  # of the other city now; its own page tells more of its own
        assert opened.session_state["city"] is elsewhere
        assert opened.session_state["shown"] == "r"
        assert [run.id for run in opened.session_state["runs"]] == list("rabcde")
        assert "show" not in opened.query_params  # so that another city can be chosen
        assert opened.query_params["lang"] in ("English", ["English"])
        assert not opened.sidebar.warning  # of a control whose value is set twice
        assert opened.session_state["lang"] == "en"
    process.left = 0
    test.session_state["city"] = chosen
    assert not links(test)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_city_without_todays_allocation_says_so(chosen, solved, tmp_path, lang):
    """Its zeros are explained, and the plan is shown without differences from them."""
    nothing: dict[str, list[Any]] = {key: [] for key in chosen.city.tables["current"]}
    city = chosen.city.replace(tables={"current": nothing})
    bare = state.Chosen(city, city.digest(), "", Problems())
    session = ended(bare, tmp_path, End("done"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "result.json").touch()
    session["runs"][0].__dict__["saved"] = solved[0].saved
    with_plan = {"city": chosen, "runs": solved[:1]}
    for with_today, given in ((False, session), (True, with_plan)):
        overview = open_page("overview", lang, **given)
        compare = open_page("compare", lang, **given, **{"compare-part": "table"})
        for test in (overview, compare):
            assert (say("text.no_today", lang) in said(test)) != with_today
        assert any(card.delta for card in compare.metric) == with_today
        heads = {head for table in compare.dataframe for head in table.value.columns}
        assert (say("column.difference", lang) in heads) == with_today
        assert (say("column.today", lang) in heads) == with_today


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_work_that_changes_hands_is_one_number(chosen, solved, tmp_path, lang):
    """The list of changes adds up the minutes, as K8 does, and not hours that were rounded."""
    session = ended(chosen, tmp_path, End("done"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "result.json").touch()
    minutes = 3  # half of a tenth of an hour
    found = [replace(change, minutes=minutes) for change in solved[0].changes]
    session["runs"][0].__dict__.update(saved=solved[0].saved, changes=found)
    test = open_page("compare", lang, **session, **{"compare-part": "items"})
    hours, count = write_value("change", minutes * len(found)), f"{len(found):,d}"
    assert say("text.items", lang, shown=count, count=count, hours=hours) in said(test)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_violation_of_today_is_found_by_rule_and_by_words(chosen, lang):
    """The list has all of them page by page, those of the rules chosen, those with the words."""
    counts = chosen.today.families()
    total = len(chosen.today.violations)
    test = open_page("overview", lang, city=chosen, **{"overview-part": "each_violation"})
    assert say("text.each_violation", lang, shown=f"{total:,d}", count=f"{total:,d}") in said(test)
    assert len(test.table[0].value) == min(total, 100)
    rules = test.multiselect(key=f"broken-rules-{lang}")
    assert len(rules.options) == len(counts)
    wanted = ["C5", "C6"]
    rules.set_value(wanted).run()
    rule, place = (say(f"column.{key}", lang) for key in ("rule", "place"))
    rows = test.table[0].value
    assert Counter(str(words).split()[0] for words in rows[rule]) == {f: counts[f] for f in wanted}
    test.text_input(key="broken-words").set_value(str(rows[place][0]).split()[0]).run()
    assert 0 < len(test.table[0].value) < len(rows)
    test.text_input(key="broken-words").set_value("nowhere at all").run()
    assert not test.exception
    assert say("empty.violations", lang) in said(test)


def test_every_word_that_a_page_asks_for_is_there():
    """Keys that pages name have words; keys that they make up begin like some that have."""
    source = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    named = set(re.findall(r'\b(?:t|say)\(\s*"([^"]+)"', source))
    begun = set(re.findall(r'f"([a-z_]+\.[a-z_.]*)\{', source))
    assert len(named) > 50
    assert len(begun) > 10
    assert named <= set(WORDS)
    assert [b for b in begun if not any(key.startswith(b) for key in {*WORDS, *SETTINGS})] == []


def test_what_a_run_is_at_has_words():
    """Every stage that an engine reports has words in both languages, and no other has."""
    folder = PAGES[0].parent / "realloc" / "engines"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    offered = re.findall(r'(?:_offer|_raise_bound|_follow)\(.*, "(\w+)"\)', source)
    stages = {*offered, *re.findall(r'\btell\("(\w+)"', source)}
    assert len(stages) > 4
    stages |= {"beginning", "prepare"}  # of the app and the solver, before an engine reports
    assert {f"stage.{stage}" for stage in stages} == {w for w in WORDS if w.startswith("stage.")}


def test_texts_of_the_data_are_no_markup():
    """Every sign that Markdown or Streamlit reads is escaped, letters and Chinese are not."""
    assert state.plain("思明区 a1") == "思明区 a1"
    assert state.plain("![a](b) :red[c] $d$ `e` <f>") == (
        r"\!\[a\]\(b\) \:red\[c\] \$d\$ \`e\` \<f\>"
    )
    assert state.plain("a\\b") == r"a\\b"
    for text in (*HOSTILE["I20"], *HOSTILE["I22"]):
        shown = state.plain(text)
        assert re.sub(r"\\(.)", r"\1", shown) == text
        assert not set(re.sub(r"\\.", "", shown)) & set("<>*_:[]$`")


def test_what_is_remembered_is_bounded():
    """The server forgets what was used longest ago, and frees what it forgets."""
    forgotten: list[int] = []
    kept: state._Kept[int] = state._Kept(forgotten.append)  # noqa: SLF001
    for k in range(100):
        kept.put(str(k), k)
        kept.get("0")
    assert kept.get("0") == 0
    assert kept.get("1") is None
    assert kept.get("99") == 99
    assert forgotten == list(range(1, 77))


@pytest.fixture
def store(monkeypatch) -> state._Store:
    """A server of its own, for the pages of one test."""
    found = state._Store()  # noqa: SLF001
    monkeypatch.setattr(state, "_store", lambda: found)
    return found


def put(store: state._Store, tmp_path: Path, run_id: str, *, alive: bool = False) -> Any:
    """Let a server keep a run of nobody, which has ended or not."""
    folder = tmp_path / run_id
    folder.mkdir()
    job = SimpleNamespace(alive=alive, folder=folder, kill=lambda: setattr(job, "alive", False))
    return store.runs.put(run_id, cast("state.Run", SimpleNamespace(id=run_id, job=job)))


def fill(store: state._Store, tmp_path: Path) -> None:
    """Let a server keep as many runs more as it can without forgetting the last one so far."""
    for k in range(state._KEPT - 1):  # noqa: SLF001
        put(store, tmp_path, f"other{k}-{len(list(tmp_path.iterdir()))}")


def test_a_run_that_goes_on_is_not_ended_for_one_that_has_ended(store, tmp_path):
    """A run with a living process is kept while others have ended, and the oldest goes then."""
    runs = [put(store, tmp_path, f"alive{k}", alive=True) for k in range(3)]
    ended = put(store, tmp_path, "ended")
    runs += [put(store, tmp_path, f"alive{k}", alive=True) for k in range(3, 24)]
    assert all(run.job.alive and run.job.folder.exists() for run in runs)
    assert not ended.job.folder.exists()
    put(store, tmp_path, "one-more", alive=True)
    assert [run.id for run in runs if not run.job.alive] == ["alive0"]
    assert not runs[0].job.folder.exists()


@pytest.mark.parametrize("page", ["overview", "solve", "compare"])
def test_a_run_that_a_page_shows_is_kept(chosen, store, tmp_path, page):
    """The server forgets runs in the order of the last look at them, not of their start."""
    session = ended(chosen, tmp_path, End("failed", "memory"))
    store.runs.put("r", session["runs"][0])
    first = put(store, tmp_path, "first")
    open_page(page, **session)
    fill(store, tmp_path)
    assert store.runs.get("r") is session["runs"][0]
    assert tmp_path.exists()
    assert not first.job.folder.exists()


def test_a_run_that_is_followed_is_kept(chosen, store, tmp_path):
    """The part of the page that follows a run looks at it each time, without the page around."""

    def script() -> None:
        import streamlit as st

        from realloc.ui.solve import follow

        follow(st.session_state["runs"][0])

    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        job = Job(tmp_path, process)
        store.runs.put("r", state.Run("r", chosen, chosen, job, Request()))
        put(store, tmp_path, "later")
        test = AppTest.from_function(script, default_timeout=60)
        test.session_state["runs"] = [store.runs._items["r"]]  # noqa: SLF001
        test.run()
        assert not test.exception
    finally:
        process.kill()
        process.wait()
    assert list(store.runs._items) == ["later", "r"]  # noqa: SLF001


def test_a_run_that_is_picked_is_kept(chosen, store, tmp_path):
    """Of several runs the one that is compared is looked at, as soon as it is picked."""
    result = solve(chosen.city, time_limit=30, gap=0.5)
    runs: list[state.Run] = []
    for run_id in ("a", "b"):
        result.save(tmp_path / run_id / "out")
        (run,) = ended(chosen, tmp_path / run_id, End("done"))["runs"]
        run.id = run_id
        runs.append(store.runs.put(run_id, run))
    test = open_page("compare", city=chosen, runs=runs, shown="b")
    test.selectbox[0].select_index(0).run()
    assert not test.exception
    assert list(store.runs._items) == ["b", "a"]  # noqa: SLF001


def test_curves_end_where_the_run_ended():
    """Value, bound and gap are drawn from the steps, also where one of them is missing."""
    from realloc.ui import charts

    steps = [Progress(0.5, None, 40, "relaxation"), Progress(1.0, 10**9, 9 * 10**8, "search")]
    drawing: Any = charts.draw_progress(steps, "zh")
    frame = drawing.layer[0].data
    assert frame.height == 3
    assert frame["number"].max() == 10.0  # of 10^8
    gaps: Any = charts.draw_gap(steps, "zh")
    assert gaps.data["gap"].to_list() == pytest.approx([0.1])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_file_of_all_problems_is_named_once(lang):
    """Problems of one file name it above the table, those of several in a column of it."""
    one, other = (Problem("E-NUM", "E", file=name, value="x") for name in ("a.csv", "b.csv"))
    for problems, heads in (([one, one], 9), ([one, other], 10)):
        test = open_page("data", lang, upload_problems=Problems(problems))
        (table,) = test.table
        assert len(table.value.columns) == heads
        assert (say("column.file", lang) in table.value.columns) == (heads == 10)
        assert any("a\\.csv" in caption.value for caption in test.caption) == (heads == 9)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refused_upload_says_which_city_is_still_shown(chosen, lang):
    """Between the problems of what was refused and the tables stands whose tables these are."""
    refused = Problems([Problem("E-NUM", "E", file="a.csv", value="x")])
    kept = say("upload.kept", lang, name=state.plain(chosen.name))
    assert kept in said(open_page("data", lang, city=chosen, upload_problems=refused))
    assert kept not in said(open_page("data", lang, city=chosen, upload_problems=Problems()))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_settings_of_the_city_are_shown(chosen, lang):
    """All settings stand among the tables: their values, the default and what they mean."""
    city = chosen.city.replace(settings={"policy.order": ("community_load", "inspections")})
    own = state.Chosen(city, city.digest(), "reference", state.Problems())
    test = open_page("data", lang, city=own, table="city")
    (table,) = test.table
    values = dict(zip(*(table.value.iloc[:, k] for k in (0, 1)), strict=True))
    header, language = ("policy.order", "en") if lang == "en" else ("逐级次序", "zh")
    assert len(values) == len(SETTINGS)
    order = str(shown(SETTINGS["policy.order"], city.policy.order, language)).replace(";", "; ")
    assert values[state.plain(header)] == state.plain(order)


def test_cards_of_communities_say_so():
    """A card of a part that communities have says so: the sum of all is another number."""
    for leaf in widgets.HEADLINES:
        if leaf.endswith(".community"):
            assert say(f"headline.{leaf}", "zh").startswith("社区")
            assert say(f"headline.{leaf}", "en").startswith("Community")


def test_a_place_of_one_is_no_plural(chosen):
    """A line on one district, one street and one community has no number before a plural."""
    assert not re.search(r"\b1 \w+s\b", said(open_page("overview", "en", city=chosen)))


def test_tables_fit_into_a_small_window():
    """Of a window of 1280 pixels sidebar and margins leave room for all columns that matter."""
    room = 1280 - widgets.SIDEBAR - 2 * 80
    assert sum(compare.WIDTHS.values()) <= room


def test_long_texts_are_shown_in_full_page_by_page():
    """A long table is a table that wraps, no grid that cuts: a hundred rows, then the next."""

    def script() -> None:
        import polars as pl

        from realloc.ui.widgets import show_texts

        rows = pl.DataFrame({"n": [1234.5] * 101, "why": ["word " * 60] * 100 + ["*last*"]})
        show_texts(rows, {"why": "Why", "n": "N"}, "alt")

    test = AppTest.from_function(script).run()
    assert test.table[0].value["Why"].to_list() == ["word " * 60] * 100
    test.session_state["page-2"] = 2
    test.run()
    assert test.table[0].value.to_dict("list") == {"Why": [r"\*last\*"], "N": [r"1,234\.5"]}


def test_only_the_first_of_many_problems_are_listed():
    """A table of thousands would stall the browser: how many more there are is said."""
    one = Problem("E-NUM", "E", file="a.csv", value="x")
    test = open_page("data", "zh", upload_problems=Problems([one] * 1000))
    (table,) = test.table
    assert len(table.value) == 200
    assert any("800" in caption.value for caption in test.caption)
