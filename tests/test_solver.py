"""Solving: what is known at the end is called by its name, and every number of it is proved."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from cities import random_city
from literal import edit, grow
from points import count_points, measure_all, points_of

from realloc import certificate, solver
from realloc.engines import Claim, EngineError, Program, Progress, Run, prepare
from realloc.engines import Status as Claimed
from realloc.evaluation import Evaluator, evaluate
from realloc.formulation import formulate
from realloc.generator import generate
from realloc.instance import City
from realloc.linear import linear
from realloc.program import Point
from realloc.reporting.comparison import compare
from realloc.result import Result, Status, load
from realloc.solver import solve, verify
from realloc.stages import objectives_of, weigh


@pytest.fixture(scope="module", autouse=True)
def warm(twins: City) -> None:
    """Load solvers and compiled code, which the first solve of a process waits for."""
    solve(twins, time_limit=5)


def engine_that(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Program, Run], Claim]) -> None:
    """Let every engine give this answer."""
    monkeypatch.setattr(solver, "engine", lambda name: answer)


# -- ends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "status"),
    [
        (Claimed.TIMEOUT_KILLED, Status.NO_SOLUTION_LIMIT),
        (Claimed.NO_SOLUTION_LIMIT, Status.NO_SOLUTION_LIMIT),
        (Claimed.INTERRUPTED, Status.CANCELLED),
        (Claimed.INFEASIBLE_CLAIMED, Status.INFEASIBLE_CLAIMED),
        (Claimed.CRASH, Status.ERROR),
        (Claimed.OOM_KILLED, Status.ERROR),
        (Claimed.BAD_OUTPUT, Status.ERROR),
        (Claimed.UNBOUNDED, Status.ERROR),
    ],
)
def test_ends_without_a_plan(
    claimed: Claimed, status: Status, twins: City, monkeypatch: pytest.MonkeyPatch
):
    """An end without a plan and without a proof is called by what it is."""
    engine_that(monkeypatch, lambda program, run: Claim(claimed, None, None, None, "none"))
    found = solve(twins, time_limit=5)
    assert (found.status, found.plan, found.nearest) == (status, None, None)


def test_a_false_infeasible_is_only_claimed(twins: City, monkeypatch: pytest.MonkeyPatch):
    """A city that has a plan is never called infeasible, whatever an engine says."""
    end = Claimed.INFEASIBLE_CLAIMED
    engine_that(monkeypatch, lambda program, run: Claim(end, None, None, None, "a liar"))
    assert solve(twins, time_limit=5).status is Status.INFEASIBLE_CLAIMED


@pytest.mark.parametrize("ends", [None, Claimed.NO_SOLUTION_LIMIT])
def test_a_second_engine_is_asked_whether_there_is_no_plan(
    ends: Claimed | None, twins: City, monkeypatch: pytest.MonkeyPatch
):
    """A plan of the second refutes the first; where it cannot tell, none was found."""
    real = solver.engine("cpsat")

    def first(program: Program, run: Run) -> Claim:
        return Claim(Claimed.INFEASIBLE_CLAIMED, None, None, None, "a liar")

    def second(program: Program, run: Run) -> Claim:
        return real(program, run) if ends is None else Claim(ends, None, None, None, "slow")

    monkeypatch.setattr(solver, "engine", lambda name: first if name == "highs" else second)
    found = solve(twins, time_limit=5)
    assert found.status is (Status.OPTIMAL if ends is None else Status.NO_SOLUTION_LIMIT)
    assert (found.plan is None) == (ends is not None)
    assert ends is None or "slow" in found.provenance["claims"][0]["note"]


def test_bounds_are_worked_out_once(twins: City, monkeypatch: pytest.MonkeyPatch):
    """A proof is checked once: for the plan, and for both stages of the nearest plan."""
    checked: list[Any] = []
    bound = certificate.bound

    def counting(lp: Any, proof: Any) -> certificate.Bound:
        checked.append(proof)
        return bound(lp, proof)

    monkeypatch.setattr(certificate, "bound", counting)
    found = solve(twins, time_limit=10)
    assert found.status is Status.OPTIMAL
    assert len({id(proof) for proof in checked}) == len(checked)


def test_time_is_kept():
    """A limit holds for both searches together."""
    began = time.monotonic()
    found = solve(random_city(5, 4), time_limit=0.0)
    assert time.monotonic() - began < 5
    assert found.plan is None or found.evaluation is not None


def test_cancelled_before_it_begins(twins: City):
    """A run that is cancelled ends at once, with what it has."""
    cancel = threading.Event()
    cancel.set()
    began = time.monotonic()
    found = solve(twins, time_limit=60, cancel=cancel)
    assert time.monotonic() - began < 5
    assert found.status in (Status.CANCELLED, Status.FEASIBLE)


def test_what_was_stopped_is_not_called_missing(tmp_path: Path):
    """A run that is stopped with a plan says that it did not work out the nearest lawful plan."""
    cancel = threading.Event()

    def look(step: Progress) -> None:
        if step.value is not None and step.bound is not None:
            cancel.set()

    city = generate("reference", 1)
    found = solve(city, time_limit=60, cancel=cancel, progress=look)
    assert found.plan is not None
    assert (found.lawful_share, found.lawful_reason) == (None, "stopped_early")
    found.save(tmp_path)
    assert verify(city, tmp_path).valid


def test_an_engine_without_time_for_a_proof_gets_one(
    twins: City, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """An engine that uses up its limit and proves nothing leaves a plan with a proved bound."""
    plan = solve(twins, time_limit=10).plan

    def slow(program: Program, run: Run) -> Claim:
        run.cancel.wait(run.left())
        return Claim(Claimed.FEASIBLE_LIMIT, run.start, None, None, "slow")

    engine_that(monkeypatch, slow)
    began = time.monotonic()
    found = solve(twins, time_limit=2, start=plan)
    assert time.monotonic() - began < 4
    assert found.bound is not None and found.gap is not None
    found.save(tmp_path)
    assert verify(twins, tmp_path).valid


# -- the lawful plan nearest to today --------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_the_nearest_lawful_plan_is_that_of_a_walk_through_all(seed: int):
    """K8 of the nearest plan and its value are the least there are, by trying every plan."""
    city = random_city(seed, 3)
    found = solve(city, time_limit=20)
    if found.plan is None:
        assert found.nearest is None
        return
    assert found.nearest is not None
    today = Evaluator(city).today.load
    weights = next(iter(objectives_of(city).values()))
    form = formulate(city, today=today, objectives=[weights, {"change": 1}])
    points = points_of(form.program, 4000, 1, seed)
    measures = measure_all(form.program, list(form.objectives), points)
    change, value = measures.values[-1], measures.values[0]
    lawful = np.flatnonzero(measures.feasible)
    nearest = found.nearest
    assert nearest.bound is None or nearest.bound <= change[lawful].min(initial=nearest.change)
    assert nearest.base_bound is None or all(
        value[k] >= nearest.base_bound for k in lawful if change[k] <= nearest.change
    )
    lawful_base = found.stages[0].lawful.base
    evaluation = Evaluator(city).evaluate(nearest.plan)
    assert evaluation.lawful
    assert (lawful_base, nearest.change) == (weigh(weights, evaluation), evaluation.parts["change"])
    if len(points) <= 4000 and nearest.bound == nearest.change:
        assert nearest.change == change[lawful].min(initial=nearest.change)


def test_shares_by_hand(twins: City):
    """Shares are what their definition says, from the values of the result."""
    found = solve(twins, time_limit=10)
    stage = found.stages[0]
    assert found.nearest is not None
    assert stage.value is not None and stage.bound is not None
    weights = dict(twins.policy.weights)
    today = weigh(weights, found.today)
    base = weigh(weights, Evaluator(twins).evaluate(found.nearest.plan))
    assert stage.captured.value == (today - stage.value) / (today - stage.bound)
    assert stage.lawful.base == base
    if base > stage.bound:
        assert stage.lawful.value == (base - stage.value) / (base - stage.bound)
        assert stage.lawful.value is not None and stage.lawful.least is not None
        assert stage.lawful.least <= stage.lawful.value


def test_without_highs_the_engine_of_the_run_looks_for_the_nearest_plan(
    twins: City, monkeypatch: pytest.MonkeyPatch
):
    """Where HiGHS is missing the nearest plan is looked for by what there is."""
    real = solver.engine

    def engine(name: str) -> Callable[[Program, Run], Claim]:
        if name == "highs":
            raise ImportError("HiGHS is missing")
        return real(name)

    monkeypatch.setattr(solver, "engine", engine)
    found = solve(twins, engine="cpsat", time_limit=20)
    assert found.nearest is not None
    assert found.nearest.change == found.nearest.bound


def test_a_stage_may_find_a_better_plan_for_one_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Proofs of later stages hold at the values that they were made for, and verify there."""
    highs = solver.engine("highs")

    def stops_at_start(program: Program, run: Run) -> Claim:
        if program.caps:
            return highs(program, run)
        return Claim(Claimed.FEASIBLE_LIMIT, run.start, None, None, "none", "stopped")

    engine_that(monkeypatch, stops_at_start)
    better = 0
    for seed in range(120):
        city = random_city(seed)
        if city.policy.objective == "weighted":
            continue
        objectives = [*objectives_of(city).values()]
        form = formulate(city, today=evaluate(city, city.current).load, objectives=objectives)
        points = points_of(form.program, 300, seed)
        measures = measure_all(form.program, form.objectives[:1], points)
        lawful = np.flatnonzero(measures.feasible)
        if not len(lawful):
            continue
        worst = points[int(lawful[np.argmax(measures.values[0][lawful])])]
        found = solve(city, time_limit=5, start=form.decode(worst))
        found.save(tmp_path / str(seed))
        check = verify(city, tmp_path / str(seed))
        assert check.valid, (seed, check.reasons)
        first, second = found.stages[:2]
        better += first.value is not None and second.held[0] > first.value
    assert better


# -- a proved no -----------------------------------------------------------------------------------


def contradiction(city: City) -> City:
    """A pin asks for what the law forbids: an item without an arrangement."""
    return grow(city, "pins", "task leg place holder rule\nfine handle J community keep")


def shortage(city: City) -> City:
    """No department and no street office has any staff."""
    for unit, kind in zip(city.units.id, city.tables["units"]["kind"], strict=True):
        if kind != "community":
            city = edit(city, "units", unit, staff=0, overtime_share=0)
    return city


def tangle(city: City) -> City:
    """A city in which every item could be held, but not all of them: it takes prices to see it."""
    for seed in range(400):
        city = random_city(seed, 3)
        program = formulate(city, today=Evaluator(city).today.load).program
        lp = linear(program)
        closed = lp.upper[: program.choices] == 0
        if (np.diff(program.item) == 0).any() or count_points(program) > 3000:
            continue
        if np.logical_and.reduceat(closed, program.item[:-1]).any():
            continue
        measures = measure_all(program, [program.cost], points_of(program, 3000, 0))
        if not measures.feasible.any():
            return city
    raise AssertionError("no such city")


@pytest.mark.parametrize("no", [contradiction, shortage, tangle])
def test_a_proved_no_is_checked_and_accepted(
    no: Callable[[City], City], twins: City, tmp_path: Path
):
    """A saved "infeasible" verifies by its proof, and only for its own city."""
    city = no(twins)
    found = solve(city, time_limit=20)
    assert found.status is Status.INFEASIBLE
    found.save(tmp_path)
    assert not (tmp_path / "plan.csv").exists()
    check = verify(city, tmp_path)
    assert (check.valid, check.reasons, check.status) == (True, (), "infeasible")
    check = verify(twins, tmp_path)
    assert not check.valid
    assert check.reasons[0] == "digest"


def _rewrite(folder: Path, name: str, change: Callable[[Any], None]) -> None:
    data = json.loads((folder / name).read_text(encoding="utf-8"))
    change(data)
    (folder / name).write_text(json.dumps(data), encoding="utf-8")


def _weaker(data: Any) -> None:
    leaf = data["stages"][0]
    while "column" in leaf:
        leaf = leaf["low"]
    leaf["price"] = [0 for _ in leaf["price"]]


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("certificate.json", lambda d: d["stages"].clear(), "certificate"),
        ("certificate.json", lambda d: d["stages"].__setitem__(0, None), "status"),
        ("result.json", lambda d: d.update(status="optimal"), "no_plan"),
        ("result.json", lambda d: d.update(status="infeasible_claimed"), "no_plan"),
        ("result.json", lambda d: d.update(objective=1), "objective"),
        ("result.json", lambda d: d.update(bound=1), "bound"),
        ("result.json", lambda d: d.update(gap=0.0), "gap"),
        ("result.json", lambda d: d.update(captured=1.0), "shares"),
        ("result.json", lambda d: d["criteria"]["today"].update(change=7), "criteria"),
        ("result.json", lambda d: d["criteria"].update(plan={}), "criteria"),
        ("result.json", lambda d: d["provenance"].update(digest="0"), "digest"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("no", [contradiction, tangle])
def test_a_tampered_no_is_refused(
    no: Callable[[City], City], name: str, change: Callable[[Any], None], reason: str,
    twins: City, tmp_path: Path,
):  # fmt: skip
    """Whatever is changed in a proved no, it is refused and said why."""
    city = no(twins)
    solve(city, time_limit=20).save(tmp_path)
    _rewrite(tmp_path, name, change)
    check = verify(city, tmp_path)
    assert not check.valid
    assert reason in check.reasons


def test_a_no_without_its_prices_is_refused(twins: City, tmp_path: Path):
    """Prices that prove nothing do not prove a no."""
    city = tangle(twins)
    solve(city, time_limit=20).save(tmp_path)
    _rewrite(tmp_path, "certificate.json", _weaker)
    assert verify(city, tmp_path).reasons == ("status",)


def test_a_no_of_a_city_that_has_a_plan_is_refused(twins: City, tmp_path: Path):
    """A result stripped of its plan and called infeasible does not verify."""
    found: Result = solve(twins, time_limit=10)
    found.save(tmp_path)
    for file in tmp_path.glob("*.csv"):
        file.unlink()
    assert verify(twins, tmp_path).reasons == ("no_plan",)
    _rewrite(tmp_path, "result.json", lambda d: d.update(status="infeasible"))
    assert "status" in verify(twins, tmp_path).reasons


@pytest.mark.parametrize(
    ("city", "options", "error", "said"),
    [
        ("instances/reference", {}, TypeError, "City is needed"),
        (None, {"time_limit": -1}, ValueError, "time_limit"),
        (None, {"time_limit": float("nan")}, ValueError, "time_limit"),
        (None, {"time_limit": float("inf")}, ValueError, "time_limit inf.*finite"),
        (None, {"time_limit": "60"}, ValueError, "time_limit '60'"),
        (None, {"time_limit": None}, ValueError, "time_limit None"),
        (None, {"gap": 2}, ValueError, "gap"),
        (None, {"gap": float("nan")}, ValueError, "gap nan"),
        (None, {"gap": True}, ValueError, "gap True"),
        (None, {"time_limit": np.float32("inf")}, ValueError, "time_limit.*finite"),
        (None, {"time_limit": 10**400}, ValueError, "time_limit 1000.*finite"),
        (None, {"threads": 0}, ValueError, "threads"),
        (None, {"threads": 1025}, ValueError, "threads 1025.*1024"),
        (None, {"threads": 1.5}, ValueError, "threads 1.5.*whole"),
        (None, {"threads": None}, ValueError, "threads None"),
        (None, {"seed": -1}, ValueError, "seed"),
        (None, {"seed": 0.5}, ValueError, "seed 0.5.*whole"),
        (None, {"start": "plan.csv"}, TypeError, "start"),
        (None, {"engine": "no_such"}, ValueError, "no_such.*highs"),
        (None, {"engine": None}, TypeError, "auto.*NoneType"),
    ],
)
def test_what_no_solve_can_use_is_refused(
    city: str | None, options: dict[str, Any], error: type[Exception], said: str, twins: City,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    """A wrong argument is named in words, and before anything is measured."""
    monkeypatch.setattr("realloc.solver.evaluate", None)
    with pytest.raises(error, match=said):
        solve(twins if city is None else city, **options)  # pyright: ignore[reportArgumentType]


def test_numbers_of_numpy_are_numbers(twins: City, tmp_path: Path):
    """Whoever takes an option from an array gets a result that can be saved and read."""
    found = solve(twins, time_limit=np.float32(5), gap=np.float64(0), threads=np.int64(1),  # pyright: ignore[reportArgumentType]
                  seed=np.int32(3))  # pyright: ignore[reportArgumentType]  # fmt: skip
    found.save(tmp_path)
    assert load(tmp_path, twins).claims["provenance"]["options"]["seed"] == 3


def test_a_result_is_a_start_and_today_is_none(twins: City):
    """The plan of a result is one to start from; today's allocation is no plan."""
    found = solve(twins, time_limit=5)
    assert solve(twins, start=found, time_limit=5).objective == found.objective
    with pytest.raises(TypeError, match="Allocation"):
        solve(twins, start=twins.current)  # pyright: ignore[reportArgumentType]
    none = solve(contradiction(twins), time_limit=5)
    with pytest.raises(ValueError, match="without a plan"):
        solve(twins, start=none)


def test_a_result_has_its_criteria_and_certificate(twins: City):
    """Criteria are those of its plan, wholes and parts; the certificate has a proof per stage."""
    found = solve(twins, time_limit=5)
    assert found.plan is not None
    measured = evaluate(twins, found.plan)
    assert found.criteria == {**measured.criteria, **measured.parts}
    assert found.certificate.stages == tuple(s.proof for s in found.stages)
    assert solve(contradiction(twins), time_limit=5).criteria is None


def test_a_comparison_heads_its_columns(twins: City):
    """Today and the plan have their words, several plans their numbers; a language is zh or en."""
    found = solve(twins, time_limit=5)
    lines = str(compare(twins.current, found)).splitlines()
    assert any("现状" in line and "方案" in line for line in lines)
    assert compare(found, twins.current).heads == (None, "")
    assert compare(twins.current, found, found).heads == ("", "1", "2")
    for summary in (found.summary, compare(twins.current, found).summary):
        with pytest.raises(ValueError, match=r"'fr'.*en, zh"):
            summary(lang="fr")


def test_a_plan_without_a_bound_has_no_proved_gap(twins: City):
    """Where no time was left for a bound, no word says that the gap is proved, nor that there is
    no plan."""
    found = solve(twins, time_limit=0, start=solve(twins, time_limit=20).plan)
    assert found.plan is not None
    assert (found.bound, found.captured_reason) == (None, "no_bound")
    assert "已证明" not in found.summary("zh")


# -- what it begins with, and an engine that fails -------------------------------------------------


@pytest.fixture(scope="module")
def reference() -> City:
    """The reference city: 125 tasks, one community."""
    return generate("reference")


@pytest.mark.parametrize("engine", ["highs", "cpsat", "pulp"])
def test_a_plan_that_breaks_rules_is_repaired_before_it_is_a_start(engine: str, reference: City):
    """Whatever the engine, a start that is no lawful plan leaves it no worse off than none."""
    form = formulate(reference, today=evaluate(reference, reference.current).load)
    first = form.decode(Point(form.program.item[:-1], np.zeros(form.program.switches, bool)))
    assert not evaluate(reference, first).lawful
    found = solve(reference, engine=engine, time_limit=4, start=first)
    assert found.plan is not None
    assert found.provenance["options"]["start"] == "repaired"
    assert verify_folder(found)


def verify_folder(result: Result) -> bool:
    """Save and check a result."""
    with TemporaryDirectory() as folder:
        result.save(folder)
        return verify(result.city, folder).valid


def test_the_record_tells_what_became_of_a_start(twins: City):
    """A plan that is used is told from one of other items, and from none."""
    found = solve(twins, time_limit=5)
    assert found.provenance["options"]["start"] == ""
    assert found.plan is not None
    again = solve(twins, time_limit=5, start=found)
    assert again.provenance["options"]["start"] == "used"
    fewer = replace(found.plan, task=found.plan.task[1:], place=found.plan.place[1:],
                    detector=found.plan.detector[1:], handler=found.plan.handler[1:])  # fmt: skip
    told = solve(twins, time_limit=5, start=fewer).provenance["options"]["start"]
    assert told in ("adapted", "repaired")
    nothing = replace(fewer, task=fewer.task[:0], place=fewer.place[:0],
                      detector=fewer.detector[:0], handler=fewer.handler[:0])  # fmt: skip
    assert solve(twins, time_limit=5, start=nothing).provenance["options"]["start"] == "unfit"


def test_a_result_of_a_neighbouring_city_is_a_start_by_ids(twins: City):
    """One task or contract more moves positions: the same holders are found by their ids."""
    found = solve(twins, time_limit=5)
    other = grow(twins, "contracts", "id contractor buyer places yuan_per_hour \n a org off J 90")
    other = grow(other, "tasks", """
        id  category name power_type lead  minutes
        aid aid      x    service    civil 60
    """)
    assert found.plan is not None
    moved = found.plan.moved(twins, other)
    words = [[c.tasks.id[t], c.holder_word(d), c.holder_word(h)] for c, p in (
        (twins, found.plan), (other, moved)
    ) for t, d, h in zip(p.task, p.detector, p.handler, strict=True)]  # fmt: skip
    assert words[: len(words) // 2] == words[len(words) // 2 :]
    again = solve(other, time_limit=5, start=found)
    assert again.provenance["options"]["start"] in ("adapted", "repaired")
    same = solve(twins.replace(settings={"relay": 11}), time_limit=5, start=found)
    assert same.provenance["options"]["start"] == "used"


def test_an_engine_that_fails_leaves_the_plan_that_it_began_with(
    twins: City, monkeypatch: pytest.MonkeyPatch
):
    """What fails is an engine, not the run: the constructed plan is kept with a proved bound."""

    def fails(program: Program, run: Run) -> Claim:
        raise EngineError("ended without a status")

    engine_that(monkeypatch, fails)
    found = solve(twins, time_limit=5, engine="cpsat")
    assert found.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert found.bound is not None
    assert [c["status"] for c in found.provenance["claims"]] == ["crash"]
    assert "ended without a status" in found.provenance["claims"][0]["note"]
    assert verify_folder(found)


def test_what_highs_found_before_it_fails_is_kept_and_the_failure_told(
    reference: City, monkeypatch: pytest.MonkeyPatch
):
    """The best plan told is the one returned, with its bound, and the summary says what failed."""

    def fails(self: object) -> Claim:
        raise EngineError("ended without a status")

    monkeypatch.setattr("realloc.engines.highs._Solve._whole", fails)
    told: list[Progress] = []
    # by work, not by the clock: annealing finds something within less than a second or nothing
    found = solve(reference, time_limit=8, seed=2, reproducible=True, progress=told.append)
    first = [one.value for one in told if one.value is not None]
    # what comes later is of the search for the nearest plan
    assert found.objective in first
    assert found.objective < first[0]
    assert found.bound is not None
    assert "ended without a status" in found.summary("zh")
    assert "引擎中途出错" in found.summary("zh")


@pytest.mark.parametrize("engine", ["cpsat", "pulp"])
def test_a_stopped_engine_without_prices_has_a_bound(engine: str, reference: City):
    """A run that is stopped has gap and captured share, whatever the engine."""
    cancel = threading.Event()
    timer = threading.Timer(6.0, cancel.set)
    timer.start()
    found = solve(reference, engine=engine, time_limit=40, cancel=cancel)
    timer.cancel()
    assert cancel.is_set()
    assert found.bound is not None
    assert found.captured is not None
    assert found.gap is not None
    assert found.gap < 0.1
    assert verify_folder(found)


@pytest.mark.parametrize("engine", ["highs", "cpsat", "pulp"])
def test_the_first_plan_is_told_before_an_engine_runs(
    engine: str, reference: City, monkeypatch: pytest.MonkeyPatch
):
    """Whoever waits sees the constructed plan at once, also where the relaxation takes long."""
    told: list[Progress] = []

    def late(program: Program, run: Run) -> Claim:
        assert [(one.stage, one.value is None) for one in told] == [
            ("prepare", True), ("start", False),
        ]  # fmt: skip
        return Claim(Claimed.FEASIBLE_LIMIT, run.start, None, None, engine)

    engine_that(monkeypatch, late)
    found = solve(reference, engine=engine, time_limit=5, progress=told.append)
    assert told[1].value == found.objective


def test_compiling_takes_nothing_of_the_time_limit(
    reference: City, monkeypatch: pytest.MonkeyPatch
):
    """What has to be compiled first is told, has a time of its own, and the limit stays whole."""
    told: list[Progress] = []

    def slow() -> None:
        assert [one.stage for one in told] == ["prepare"]
        time.sleep(2.0)

    monkeypatch.setattr(prepare, "prepare", slow)
    found = solve(reference, time_limit=2.0, progress=told.append)
    assert found.seconds["prepare"] >= 2.0
    assert 1.0 < found.seconds["solve"] + found.seconds["nearest"] < 4.0
    assert told[1].seconds < 1.0
