"""What a visitor has chosen, kept over page changes: language, city, runs and which one is shown.

The address of the page names city and runs, by digest and by id, so that a reload finds them again
in the store of the server. Nothing here outlives the server: the folder of runs goes with it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import tempfile
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st

from realloc import generator, result, tables
from realloc.authority import Authority, Candidates
from realloc.conflict import Stuck, find_stuck
from realloc.errors import Problems
from realloc.evaluation import Evaluation, Notice, evaluate
from realloc.instance import City, Plan
from realloc.messages.words import LANGUAGES, choose_language, say
from realloc.reporting.changes import Change, list_changes
from realloc.reporting.notices import list_notices
from realloc.ui.charts import INK
from realloc.worker import Job, Request

T = TypeVar("T")

#: Sample cities, smallest first; read from the project's folder, or generated where there is none.
SAMPLES = ("reference", "district", "xiamen")
_FOLDER = Path(__file__).parents[2] / "instances"
_SEED = 1

#: How many cities and runs the server remembers.
_KEPT = 24


@dataclass(frozen=True, eq=False)
class Chosen:
    """A city that a visitor looks at, and what reading it said.

    Attributes
    ----------
    city, digest
        the city and its digest.
    origin
        name of the sample, or blank for an upload.
    problems
        warnings of its files.
    """

    city: City
    digest: str
    origin: str
    problems: Problems

    @property
    def name(self) -> str:
        """Name of the city."""
        return str(self.city.settings["name"])

    @cached_property
    def today(self) -> Evaluation:
        """Today's allocation, measured and tested."""
        return evaluate(self.city, self.city.current)

    @property
    def has_today(self) -> bool:
        """Whether anything is known of today's allocation, with which a plan can be compared."""
        return bool(self.city.tables["current"]["task"])

    @cached_property
    def stuck(self) -> tuple[Stuck, ...]:
        """Items that nobody may hold; solving proves a no where there is one."""
        return find_stuck(self.city, self._candidates)

    @cached_property
    def notices(self) -> list[Notice]:
        """What to know of the city as it is today."""
        return list_notices(self.city, self._candidates, self.today)

    @cached_property
    def _candidates(self) -> Candidates:
        return Authority(self.city).candidates()


@dataclass(eq=False)
class Run:
    """A solve of a city that a visitor started.

    Attributes
    ----------
    id
        names it in the address of the page.
    chosen
        the city as solved: with the policy of this run.
    home
        the city that it was made from.
    job, request
        its process and how it solves.
    """

    id: str
    chosen: Chosen
    home: Chosen
    job: Job
    request: Request
    started: float = field(default_factory=time.time)

    @cached_property
    def saved(self) -> result.Saved:
        """The result as read from its folder; only once it is there."""
        return result.load(self.job.folder / "out", self.chosen.city)

    @property
    def plan(self) -> Plan | None:
        """The plan, None while there is none or where none was found."""
        return self.saved.plan if self.job.has_result else None

    @cached_property
    def evaluation(self) -> Evaluation:
        """The plan, measured and tested anew."""
        if self.plan is None:
            raise LookupError("a run without a plan")
        return evaluate(self.chosen.city, self.plan)

    @cached_property
    def changes(self) -> list[Change]:
        """What the plan changes, with reasons."""
        if self.plan is None:
            raise LookupError("a run without a plan")
        return list_changes(self.chosen.city, self.plan, self.chosen.today, self.evaluation)


class _Kept(Generic[T]):
    """Remembers what was used last, up to a number; what it forgets is handed to `forget`.

    What is `busy` is forgotten only where everything is. Visitors use it side by side.
    """

    def __init__(
        self,
        forget: Callable[[T], None] = lambda item: None,
        busy: Callable[[T], bool] = lambda item: False,
    ) -> None:
        self._items: OrderedDict[str, T] = OrderedDict()
        self._forget = forget
        self._busy = busy
        self._lock = threading.Lock()

    def put(self, key: str, value: T) -> T:
        with self._lock:
            self._items[key] = value
            self._items.move_to_end(key)
            gone = [self._pop() for _ in range(len(self._items) - _KEPT)]
        for item in gone:  # which takes its time
            self._forget(item)
        return value

    def get(self, key: str) -> T | None:
        with self._lock, contextlib.suppress(KeyError):
            self._items.move_to_end(key)
        return self._items.get(key)

    def _pop(self) -> T:
        idle = (key for key, item in self._items.items() if not self._busy(item))
        return self._items.pop(next(idle, next(iter(self._items))))


class _Store:
    """What the server remembers of all visitors; ids cannot be guessed."""

    def __init__(self) -> None:
        self.cities: _Kept[Chosen] = _Kept()
        self.runs: _Kept[Run] = _Kept(_discard, lambda run: run.job.alive)
        self.folder = Path(tempfile.mkdtemp(prefix="realloc-runs-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)


def _discard(run: Run) -> None:
    """End a run that nobody has looked at for long, and free its folder."""
    run.job.kill()
    shutil.rmtree(run.job.folder, ignore_errors=True)


@st.cache_resource(show_spinner=False)
def _store() -> _Store:
    return _Store()


# -- language ------------------------------------------------------------------------------------


def language() -> str:
    """Return the language of the visitor: zh or en."""
    return st.session_state.get("lang") or default_language()


def default_language() -> str:
    """Return the language to begin with: the one the app was started in."""
    asked = os.environ.get("REALLOC_LANG", "")
    return asked if asked in LANGUAGES else choose_language({})


def t(key: str, **facts: Any) -> str:
    """Return the words of a key in the visitor's language."""
    return say(key, language(), **facts)


def plain(text: object) -> str:
    """Return a text of the data for Markdown so that it is shown as it is.

    A name that looks like a picture would otherwise make the browser ask some address for it.
    """
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=])", r"\\\1", str(text))


def ink() -> str:
    """Return the color of letters in drawings, for the visitor's theme."""
    return "#E6EBF0" if st.context.theme.type == "dark" else INK


# -- city ------------------------------------------------------------------------------------------


def read_sample(name: str) -> Chosen:
    """Read a sample city, once per server."""
    kept = _store().cities.get(f"sample:{name}")
    if kept is not None:
        return kept
    folder = _FOLDER / name
    if folder.is_dir():
        city, problems = tables.check(folder)
    else:
        city, problems = generator.generate(name, _SEED), Problems()
    if city is None:
        raise LookupError(f"sample {name}")
    return _store().cities.put(f"sample:{name}", Chosen(city, city.digest(), name, problems))


def choose(chosen: Chosen) -> Chosen:
    """Make a city the one that the visitor looks at."""
    known = _store().cities.get(chosen.digest) or chosen
    _store().cities.put(known.digest, known)
    st.session_state["city"] = known
    return known


def choose_upload(city: City, problems: Problems) -> Chosen:
    """Make an uploaded city the one that the visitor looks at."""
    return choose(Chosen(city, city.digest(), "", problems))


def chosen() -> Chosen | None:
    """Return the city that the visitor looks at; None before one is chosen."""
    return st.session_state.get("city")


# -- runs ------------------------------------------------------------------------------------------


def start_run(request: Request, policy: dict[str, Any]) -> Run:
    """Solve the visitor's city under a policy, in a process of its own."""
    home: Chosen = st.session_state["city"]
    city = home.city.replace(settings=policy)
    digest = city.digest()
    solved = home
    if digest != home.digest:
        solved = Chosen(city, digest, home.origin, home.problems)
    run_id = uuid.uuid4().hex
    job = Job.start(solved.city, request, _store().folder / run_id)
    run = Run(run_id, solved, home, job, request)
    _store().runs.put(run.id, run)
    st.session_state["runs"] = [*runs(), run]
    st.session_state["shown"] = run.id
    return run


def runs() -> list[Run]:
    """Return the visitor's runs, in the order of their start."""
    return st.session_state.get("runs", [])


def runs_of_city() -> list[Run]:
    """Return the runs of the city that the visitor looks at."""
    city = chosen()
    return [] if city is None else [run for run in runs() if run.home.digest == city.digest]


def current_run() -> Run | None:
    """Return the run of this city that the visitor started last, or chose to see."""
    mine = runs_of_city()
    shown = st.session_state.get("shown")
    run = next((run for run in mine if run.id == shown), mine[-1] if mine else None)
    if run is not None:
        look_at(run)
    return run


def look_at(run: Run) -> None:
    """Let the server keep a run for longer than those that were looked at before it."""
    _store().runs.get(run.id)


def title_of(run: Run) -> str:
    """Return how a run is called: its number in its city, when it began, and another policy."""
    number = [r.id for r in runs_of_city()].index(run.id) + 1
    at = time.strftime("%H:%M", time.localtime(run.started))
    title = t("run.title", number=number, time=at, seconds=f"{run.request.time_limit:,.0f}")
    return " · ".join([title, *other_policy(run)])


def other_policy(run: Run) -> list[str]:
    """Return in words how the policy of a run differs from that of its city."""
    city = chosen()
    if city is None:
        return []
    own, used = city.city.settings, run.chosen.city.settings

    def differs(name: str) -> bool:
        return own[f"policy.{name}"] != used[f"policy.{name}"]

    policy, told = run.chosen.city.policy, []
    if differs("objective"):
        told.append(t(f"objective.{policy.objective}"))
    if differs("scope"):
        scope = used["policy.scope"] or "own"
        told.append(f"{t('option.scope')} {t(f'scope.{scope}')}")
    for name, label, on in (
        ("nobody_worse", "option.nobody_worse", policy.nobody_worse),
        ("community_capacity", "option.hard", policy.community_hard),
    ):
        if differs(name):
            told.append(t(label) if on else t("run.without", what=t(label)))
    return told


# -- over a reload -----------------------------------------------------------------------------


def recall() -> bool:
    """Find what the page's address names: city and runs at first, a run to look at at any time.

    Returns
    -------
    bool
        whether the city of the address is there no more, and none was chosen instead.
    """
    if not st.session_state.get("recalled"):
        st.session_state["recalled"] = True
        ids = st.query_params.get("runs", "").split(".")
        found = [run for run in map(_store().runs.get, ids) if run is not None]
        if found:
            st.session_state["runs"] = found
        digest = st.query_params.get("city", "")
        homes = {run.home.digest: run.home for run in found}
        city = homes.get(digest) or _store().cities.get(digest)
        st.session_state["lost"] = bool(digest) and city is None
        if city is not None:
            st.session_state["city"] = city
    _follow_link()
    return st.session_state.get("lost", False) and chosen() is None


def _follow_link() -> None:
    """Look at the run that a link asked for, if one did."""
    wanted = st.query_params.get("show")
    for run in runs():
        if run.id == wanted:
            choose(run.home)
            st.session_state["shown"] = wanted
    if wanted and "lang" in st.session_state:  # so that the address keeps it, once
        st.session_state["lang"] = st.session_state["lang"]


def remember() -> None:
    """Name city and runs in the page's address."""
    st.query_params.pop("show", None)  # was done
    city = chosen()
    for key, value in _name(city).items():
        if st.query_params.get(key) != value:
            st.query_params[key] = value


def address_of(run: Run) -> dict[str, str]:
    """Return what an address says for :func:`recall` to make a run the one to look at."""
    facts = {**_name(run.home), "show": run.id}
    if "lang" in st.query_params:
        facts["lang"] = st.query_params["lang"]
    return facts


def _name(city: Chosen | None) -> dict[str, str]:
    """Return what an address says of a city and of runs: those that go on and the last four."""
    mine = runs()
    ids = [run.id for run in mine if run in mine[-4:] or run.job.alive]
    facts = {"city": "" if city is None else city.digest, "runs": ".".join(ids)}
    return {key: value for key, value in facts.items() if value}
