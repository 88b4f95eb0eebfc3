"""A saved result is believed only as far as it can be checked: honest ones pass, others do not."""

from __future__ import annotations

import csv
import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cities import random_city
from points import measure_all, points_of

from realloc.certificate import bound
from realloc.engines import Run
from realloc.engines import lp as highs
from realloc.errors import InputError
from realloc.evaluation import Evaluator
from realloc.formulation import formulate
from realloc.instance import City, Plan
from realloc.linear import linear
from realloc.proof import Proof
from realloc.reporting.console import lay_out_verification, render
from realloc.result import Result, Status, load
from realloc.solver import solve, verify
from realloc.stages import tell, weigh
from realloc.tables import read, write
from realloc.verification import NOT_CHECKED

CHUNKS, EACH = 10, 112


# -- honest results --------------------------------------------------------------------------------


def honest_results(seeds: Iterator[int]) -> Iterator[Result]:
    """Solve cities; of each yield the result, then some of its other lawful plans as results."""
    for seed in seeds:
        city = random_city(seed, (2, 3, 4)[seed % 3])
        solved = solve(city, time_limit=20)
        if solved.plan is None:
            continue
        yield solved
        if city.policy.objective == "weighted":
            yield from _other_plans(solved, seed)


def _other_plans(solved: Result, seed: int) -> Iterator[Result]:
    city, evaluator = solved.city, Evaluator(solved.city)
    form = formulate(city, today=evaluator.today.load)
    points = points_of(form.program, 3000, 300, seed)
    lawful = np.flatnonzero(measure_all(form.program, [], points).feasible)
    lp = linear(form.program)
    prices = highs.solve(lp, Run(), seconds=10, whole=False).price
    proofs: list[Proof | None] = [s.proof for s in solved.stages]
    proofs += [None if prices is None else highs.leaf(lp, prices), None]
    for k in np.random.default_rng(seed).permutation(lawful)[:6].tolist():
        plan = form.decode(form.tidy(points[k]))
        evaluation = evaluator.evaluate(plan)
        value, proof = weigh(city.policy.weights, evaluation), proofs[k % len(proofs)]
        low = None if proof is None else bound(lp, proof).value
        near, weights = solved.nearest, dict(city.policy.weights)
        nearest = near and evaluator.evaluate(near.plan)
        stage = tell("weighted", weights, evaluation, solved.today, nearest, low, proof,
                     near and near.base_bound)  # fmt: skip
        status = Status.OPTIMAL if low == value else Status.FEASIBLE
        yield replace(
            solved, status=status, plan=plan, evaluation=evaluation, stages=(stage,)
        )  # fmt: skip


# -- what is done to them --------------------------------------------------------------------------


class Folder:
    """A saved result to be tampered with."""

    def __init__(self, path: Path, city: City, draw: random.Random) -> None:
        self.path = path
        self.city = city
        self.draw = draw
        self.result = self._json("result.json")
        self.certificate = self._json("certificate.json")
        self.plan = self._rows("plan.csv")
        self.switches = self._rows("switches.csv")
        has = (path / "nearest.csv").exists()
        self.nearest = self._rows("nearest.csv") if has else []
        self.twice = ""

    def _json(self, name: str) -> Any:
        return json.loads((self.path / name).read_text(encoding="utf-8"))

    def _rows(self, name: str) -> list[list[str]]:
        with open(self.path / name, encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))

    def write(self) -> None:
        """Write what was changed."""
        for name, data in (("result.json", self.result), ("certificate.json", self.certificate)):
            text = json.dumps(data)
            if name == "result.json":
                text = text.replace("{", "{" + self.twice, 1)
            (self.path / name).write_text(text, encoding="utf-8")
        for name, rows in (
            ("plan.csv", self.plan), ("switches.csv", self.switches), ("nearest.csv", self.nearest)
        ):  # fmt: skip
            if not rows:
                continue
            with open(self.path / name, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)

    def leaves(self) -> list[dict[str, Any]]:
        """Return all leaves of all proofs."""
        found, stack = [], [p for p in self.certificate["stages"] if p]
        while stack:
            node = stack.pop()
            parts = ("low", "high", "inside", "outside", "tree", "leaf", "rest")
            below = [node[part] for part in parts if part in node]
            stack += below
            if not below:
                found.append(node)
        return found

    def told_by_evaluation(self) -> set[str]:
        """Return what must be named when plan or switches are no longer those of the result."""
        self.write()
        found = Evaluator(self.city).evaluate(load(self.path, self.city).plan)  # type: ignore
        told = self.result["criteria"]["plan"]
        named = set(found.families())
        return named | ({"criteria"} if {**found.criteria, **found.parts} != told else set())


def another_holder(f: Folder) -> set[str]:
    """Give one leg to somebody else."""
    row, leg = f.draw.choice(f.plan[1:]), f.draw.choice((2, 3))
    row[leg] = f.draw.choice([w for w in f.city.holder_codes if w != row[leg]])
    return f.told_by_evaluation()


def a_row_less(f: Folder) -> set[str]:
    """Lose an item."""
    f.plan.pop(f.draw.randrange(1, len(f.plan)))
    return {"C1"}


def a_row_twice(f: Folder) -> set[str]:
    """Decide an item twice."""
    f.plan.append(list(f.draw.choice(f.plan[1:])))
    return {"C1"}


def a_row_split(f: Folder) -> set[str]:
    """Decide for each part of a place what is to be decided for the whole."""
    rows = [row for row in f.plan[1:] if f.city.places.tier[f.city.place_of[row[1]]] > 0]
    if not rows:
        return set()
    row = f.draw.choice(rows)
    below = np.flatnonzero(f.city.places.parent == f.city.place_of[row[1]]).tolist()
    f.plan.remove(row)
    f.plan += [[row[0], f.city.places.code[p], *row[2:]] for p in below]
    return {"C1"}


def rows_merged(f: Folder) -> set[str]:
    """Write as one what was decided apart, or alone in its place."""
    row = f.draw.choice(f.plan[1:])
    above = f.city.places.parent[f.city.place_of[row[1]]]
    if above < 0:
        return set()
    first, last = f.city.places.first, f.city.places.last
    within = [other for other in f.plan[1:] if other[0] == row[0]
              and first[above] <= first[f.city.place_of[other[1]]] < last[above]]  # fmt: skip
    f.plan = [other for other in f.plan if other not in within]
    f.plan.append([row[0], f.city.places.code[above], *row[2:]])
    return {"C1"}


def an_idle_leg(f: Folder) -> set[str]:
    """Name somebody else for a leg that does not exist."""
    first, last, exists = f.city.places.first, f.city.places.last, f.city.exists
    rows = []
    for row in f.plan[1:]:
        p = f.city.place_of[row[1]]
        cells = exists[:, f.city.task_of[row[0]], first[p] : last[p]]
        rows += [(row, 2 + leg) for leg in (0, 1) if not cells[leg].any()]
    if not rows:
        return set()
    row, leg = f.draw.choice(rows)
    row[leg] = f.draw.choice([w for w in f.city.holder_codes if w and w != row[leg]])
    return {"C1"}


def an_admission_invented(f: Folder) -> set[str]:
    """Admit what no row of the catalogue offers."""
    table = f.city.tables["admission"]
    rows = {
        (t, f.city.place_of[p]) for t, p in zip(table["task"], table["place"], strict=True)
    }
    pairs = [["admission", t, p] for t in f.city.tasks.id for p in f.city.places.code
             if (t, f.city.place_of[p]) not in rows]  # fmt: skip
    f.switches.append(f.draw.choice(pairs))
    return {"C4"}


def an_admission_for_nobody(f: Folder) -> set[str]:
    """Admit what the catalogue offers and nobody takes, or sign a contract that nobody uses."""
    on = {(kind, word, place) for kind, word, place in f.switches[1:]}
    table = f.city.tables["admission"]
    rows = zip(*(table[k] for k in ("task", "place", "status")), strict=True)
    off = [["admission", t, p or f.city.places.code[0]] for t, p, word in rows
           if word == "candidate"]  # fmt: skip
    off += [["contract", k, ""] for k in f.city.contracts.id]
    off = [row for row in off if tuple(row) not in on]
    if not off:
        return set()
    f.switches.append(f.draw.choice(off))
    named = f.told_by_evaluation()  # a contract has a least lot; a row may not be valid any more
    return named or {"switches"}


def a_switch_flipped(f: Folder) -> set[str]:
    """Turn a switch off, or on what was off."""
    if len(f.switches) > 1 and f.draw.random() < 0.7:
        f.switches.pop(f.draw.randrange(1, len(f.switches)))
    else:
        off = [["contract", k, ""] for k in f.city.contracts.id]
        off += [["scheme", s, p] for s in f.city.schemes.id for p in f.city.places.code]
        off = [row for row in off if row not in f.switches]
        if not off:
            return set()
        f.switches.append(f.draw.choice(off))
    return f.told_by_evaluation()


def value_off_by_one(f: Folder) -> set[str]:
    """Claim one unit less, or more."""
    by = f.draw.choice((-1, 1))
    f.result["objective"] += by
    f.result["stages"][-1]["value"] += by
    return {"objective"}


def criterion_off_by_one(f: Folder) -> set[str]:
    """Claim one visit, minute or yuan less, of the plan or of today."""
    values = f.result["criteria"][f.draw.choice(("plan", "today"))]
    values[f.draw.choice(list(values))] += f.draw.choice((-1, 1))
    return {"criteria"}


def better_bound(f: Folder) -> set[str]:
    """Claim a bound that the prices do not prove, up to "optimal"."""
    value, low = f.result["objective"], f.result["bound"]
    better = value if low is None or low == value else f.draw.randrange(low + 1, value + 1)
    if low == value:
        better = value + 1
    f.result["bound"] = f.result["stages"][-1]["bound"] = better
    f.result["gap"] = f.result["stages"][-1]["gap"] = (value - better) / max(1, abs(value))
    return {"bound"}


def raised_prices(f: Folder) -> set[str]:
    """Edit prices so that the claimed bound, the value itself or above, would seem proved."""
    if not f.leaves():
        return set()
    for leaf in f.leaves():
        if leaf["price"]:
            k = f.draw.randrange(len(leaf["price"]))
            leaf["price"][k] += f.draw.choice((-1, 1)) * f.draw.randrange(1, 50) * leaf["scale"]
    named = better_bound(f)
    f.write()
    proved = load(f.path, f.city).certificate.stages[-1]
    form = formulate(f.city, today=Evaluator(f.city).today.load)
    if proved is None or f.city.policy.objective != "weighted":
        return named
    # prices that happen to prove the bound are right, however they came about
    return set() if bound(linear(form.program), proved).value == f.result["bound"] else named


def another_gap(f: Folder) -> set[str]:
    """Claim a smaller gap."""
    if f.result["gap"] is None:
        return set()
    f.result["gap"] = f.result["gap"] / 2 - 1e-9
    return {"gap"}


def another_share(f: Folder) -> set[str]:
    """Claim to have captured more than was, of today's or of the nearest lawful plan's excess."""
    entry = f.draw.choice(("captured", "lawful_share"))
    share = f.result[entry]
    f.result[entry] = f.result["stages"][-1][entry] = 1.0 if share is None else share + 0.125
    return {"shares"}


def another_nearest(f: Folder) -> set[str]:
    """Measure the lawful share from another plan, or from one said to be nearer to today."""
    if not f.nearest:
        return set()
    by = f.draw.choice(("change", "change_bound", "base_bound", "plan"))
    if by != "plan":
        f.result["nearest"][by] = (f.result["nearest"][by] or 0) + f.draw.choice((-1, 1))
        return {"shares"}
    row, leg = f.draw.choice(f.nearest[1:]), f.draw.choice((2, 3))
    row[leg] = f.draw.choice([w for w in f.city.holder_codes if w != row[leg]])
    f.write()
    nearest = load(f.path, f.city).nearest
    found = Evaluator(f.city).evaluate(nearest)  # type: ignore
    same = not found.violations and found.parts["change"] == f.result["nearest"]["change"]
    return set() if same else {"shares"}


def another_status(f: Folder) -> set[str]:
    """Claim more than is proved, or something else."""
    f.result["status"] = f.draw.choice([w.value for w in Status if w != f.result["status"]])
    return {"status"}


def rows_that_do_not_exist(f: Folder) -> set[str]:
    """Price a row beyond the program, or one row twice."""
    leaves = f.leaves()
    if not leaves:
        return set()
    leaf = f.draw.choice(leaves)
    twice = leaf["row"] and f.draw.random() < 0.5
    leaf["row"].append(leaf["row"][0] if twice else 10**6)
    leaf["price"].append(1)
    return {"certificate"}


def a_stage_less(f: Folder) -> set[str]:
    """Lose the proof of a stage, or add one."""
    f.certificate["stages"] = f.certificate["stages"][1:] or [None, None]
    return {"certificate"}


def held_below_the_plan(f: Folder) -> set[str]:
    """Prove a bound for plans better in an earlier stage than the plan is."""
    held, stages = f.certificate["held"], f.certificate["stages"]
    later = [k for k in range(1, len(stages)) if stages[k] is not None]
    if later:
        k = f.draw.choice(later)
        held[k][f.draw.randrange(k)] -= 10**9
        return {"certificate"}
    if f.certificate["change"] is None or f.certificate["nearest"][1] is None:
        return set()
    f.certificate["change"] = f.result["nearest"]["change"] - 1
    return {"certificate"}


def another_digest(f: Folder) -> set[str]:
    """Be about another city."""
    f.result["provenance"]["digest"] = "0" * 64
    return {"digest"}


def another_certificate(f: Folder) -> set[str]:
    """Say of the certificate that it proves more than it does, or nothing."""
    said = f.result["certificate"]
    if f.draw.random() < 0.5:
        said["valid"] = not said["valid"]
    else:
        said["bound"] = (said["bound"] or 0) + 1
    return {"bound"}


def a_violation_hidden(f: Folder) -> set[str]:
    """Count a violation of today's less, or a whole rule; or accuse the plan of one."""
    today = f.result["violations_today"]
    if not today or f.draw.random() < 0.3:
        f.result["violations"].append({"family": "C9", "name": "capacity", "subject": {},
                                       "amount": 1})  # fmt: skip
        return {"violations"}
    family = f.draw.choice(list(today))
    today[family] -= 1
    if not today[family] or f.draw.random() < 0.5:
        del today[family]
    return {"violations"}


def a_notice_changed(f: Folder) -> set[str]:
    """Keep quiet about a veto or an assessment, or invent one."""
    notices = f.result["notices"]
    if notices and f.draw.random() < 0.7:
        notices.pop(f.draw.randrange(len(notices)))
    else:
        notices.append({"code": "veto_task", "subject": {"task": "T"}, "amount": 1})
    return {"notices"}


def another_size(f: Folder) -> set[str]:
    """Have decided about more items, or had fewer choices."""
    f.result[f.draw.choice(("items", "choices"))] += f.draw.choice((-1, 1))
    return {"size"}


def another_reason(f: Folder) -> set[str]:
    """Give another reason why there is no share."""
    entry = f.draw.choice(("captured_reason", "lawful_reason"))
    f.result[entry] = "no_plan" if f.result[entry] != "no_plan" else ""
    return {"shares"}


def an_entry_twice(f: Folder) -> set[str]:
    """Claim one thing first and another after it, for whoever reads the first."""
    f.twice = '"objective": 1, "gap": 0.0, "status": "optimal", '
    return {"E-RESULT-SHAPE"}


def an_entry_more(f: Folder) -> set[str]:
    """Claim what no result claims, of the whole or of a stage, or put it beside the proofs."""
    where = f.draw.choice((f.result, f.result["stages"][-1], f.certificate))
    where["lawful"] = True
    return {"E-RESULT-PROOF" if where is f.certificate else "unknown"}


TAMPERING: tuple[Callable[[Folder], set[str]], ...] = (
    another_holder, a_row_less, a_row_twice, a_row_split, rows_merged, an_idle_leg,
    an_admission_invented, an_admission_for_nobody, a_switch_flipped, value_off_by_one,
    criterion_off_by_one, better_bound, raised_prices, another_gap, another_share,
    another_nearest, another_status, rows_that_do_not_exist, a_stage_less, another_digest,
    held_below_the_plan, another_certificate, a_violation_hidden, a_notice_changed, another_size,
    another_reason, an_entry_more, an_entry_twice,
)  # fmt: skip


def tampered(
    honest: Path, bad: Path, city: City, kind: int, draw: random.Random
) -> set[str] | None:
    """Tamper with a copy of a result; return what must be named, None if nothing came of it."""
    for _ in range(20):
        shutil.copytree(honest, bad, dirs_exist_ok=True)
        folder = Folder(bad, city, draw)
        named = TAMPERING[kind](folder)
        if named:
            folder.write()
            return named
    return None


def judged(city: City, folder: Path) -> set[str]:
    """Return why a result is refused, by its check or when it is read."""
    try:
        found = verify(city, folder)
    except InputError as error:
        return {problem.code for problem in error.problems}
    assert not found.valid
    return set(found.reasons)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_honest_results_are_accepted_and_tampered_ones_are_not(chunk: int, tmp_path: Path):
    """1,000 results verify; 1,000 tampered ones do not, and what was done to them is named."""
    done: Counter[str] = Counter()
    honest = 0
    draw = random.Random(chunk)
    kinds = [k % len(TAMPERING) for k in range(EACH)]
    seeds = iter(range(chunk * 100_000, (chunk + 1) * 100_000))
    for number, result in enumerate(honest_results(seeds)):
        if honest >= EACH and not kinds:
            break
        good, bad = tmp_path / f"{number}", tmp_path / f"{number}x"
        result.save(good)
        found = verify(result.city, good)
        assert found.valid, (number, found.reasons)
        assert (found.bound, found.gap) == (result.bound, result.gap)
        honest += 1
        for kind in kinds[:2]:
            named = tampered(good, bad, result.city, kind, draw)
            if named is None:
                continue
            assert judged(result.city, bad) >= named, (number, TAMPERING[kind].__name__, named)
            done[TAMPERING[kind].__name__] += 1
            kinds.remove(kind)
    assert honest >= EACH
    assert sum(done.values()) == EACH
    assert min(done[kind.__name__] for kind in TAMPERING) >= 4
    assert EACH * CHUNKS >= 1000


def test_a_result_of_another_city_is_refused(tmp_path: Path):
    """A result says for which city it holds: one minute, one person or one date more is another."""
    city = random_city(3, 3)
    result = next(honest_results(iter(range(3, 100))))
    city = result.city
    result.save(tmp_path)
    tasks = {name: list(values) for name, values in city.tables["tasks"].items()}
    tasks["minutes"][0] += 1
    units = {name: list(values) for name, values in city.tables["units"].items()}
    units["staff"][0] += 1
    for other in (
        city.replace(tables={"tasks": tasks}), city.replace(tables={"units": units}),
        city.replace(settings={"date": "2026-07-02"}),
    ):  # fmt: skip
        assert "digest" in verify(other, tmp_path).reasons


@pytest.fixture(scope="module")
def yes_and_no() -> list[Result]:
    """A result with a plan, and one that proves that there is none."""
    found: dict[bool, Result] = {}
    for seed in range(200):
        result = solve(random_city(seed, 3), time_limit=10)
        if result.plan is not None or result.status is Status.INFEASIBLE:
            found.setdefault(result.plan is None, result)
        if len(found) == 2:
            return list(found.values())
    raise AssertionError("no such cities")


def test_every_entry_is_worked_out_again(yes_and_no: list[Result], tmp_path: Path):
    """No entry of a result may be another one or left out, but those that say how it came about."""
    for number, result in enumerate(yes_and_no):
        folder = tmp_path / f"{number}"
        result.save(folder)
        assert verify(result.city, folder).valid
        path = folder / "result.json"
        told = json.loads(path.read_text(encoding="utf-8"))
        assert set(NOT_CHECKED) < set(told)
        for entry in set(told) - set(NOT_CHECKED):
            less = {key: value for key, value in told.items() if key != entry}
            for odd in (less, {**told, entry: {"a": 1}}, {**told, entry: [{"a": 1}]}):
                path.write_text(json.dumps(odd), encoding="utf-8")
                try:
                    assert not verify(result.city, folder).valid, (entry, odd.get(entry))
                except InputError:
                    continue


def test_true_is_not_one(yes_and_no: list[Result], tmp_path: Path):
    """Values count as they are written: true for 1, or 1.0, is another claim."""
    result = yes_and_no[0]
    result.save(tmp_path)
    path = tmp_path / "result.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**told, "items": float(told["items"])}), encoding="utf-8")
    assert verify(result.city, tmp_path).reasons == ("size",)


# -- the plan from which the lawful share is measured ----------------------------------------------


def _with_nearest(result: Result, plan: Plan, *, proofs: bool) -> Result:
    """Return a result that tells of another nearest plan, and all that follows from it."""
    near = result.nearest
    assert near is not None and result.evaluation is not None
    found = Evaluator(result.city).evaluate(plan)
    near = replace(near, plan=plan, change=found.parts["change"])
    if not proofs:
        near = replace(near, bound=None, base_bound=None, proofs=(None, None), held=0)
    (stage,) = result.stages
    weights = dict(result.city.policy.weights)
    stage = tell(stage.name, weights, result.evaluation, result.today, found, stage.bound,
                 stage.proof, near.base_bound)  # fmt: skip
    return replace(result, nearest=near, stages=(stage,))


def _change(result: Result) -> int:
    assert result.evaluation is not None
    return result.evaluation.parts["change"]


@pytest.fixture(scope="module")
def measured() -> list[tuple[Result, Plan]]:
    """Results with a nearest plan, each with another lawful plan that changes more than its own."""
    found = []
    for seed in range(100):
        city = random_city(seed, 3)
        solved = solve(city, time_limit=10)
        if solved.nearest is None or city.policy.objective != "weighted":
            continue
        for other in _other_plans(solved, seed):
            if _change(other) > _change(solved) and other.plan is not None:
                found.append((solved, other.plan))
                break
        if len(found) == 5:
            return found
    raise AssertionError("no such cities")


@pytest.mark.parametrize("proofs", [True, False])
def test_a_plan_farther_from_today_than_the_result_is_not_the_nearest(
    proofs: bool, measured: list[tuple[Result, Plan]], tmp_path: Path
):
    """The lawful share is not measured from a plan that changes more than the result itself."""
    for number, (result, plan) in enumerate(measured):
        honest, forged = tmp_path / f"{number}", tmp_path / f"{number}x"
        result.save(honest)
        assert verify(result.city, honest).valid
        _with_nearest(result, plan, proofs=proofs).save(forged)
        assert "shares" in judged(result.city, forged)


def test_a_lawful_share_without_proof_is_told_as_such(
    measured: list[tuple[Result, Plan]], tmp_path: Path
):
    """What is proved of the share is told where its proofs are there, else that nothing is."""
    for number, (result, _) in enumerate(measured):
        if result.lawful_at_least is None:
            continue
        assert result.nearest is not None
        honest, bare = tmp_path / f"{number}", tmp_path / f"{number}x"
        result.save(honest)
        _with_nearest(result, result.nearest.plan, proofs=False).save(bare)
        found, less = verify(result.city, honest), verify(result.city, bare)
        assert found.valid
        told = found.captured, found.lawful_share, found.lawful_at_least
        assert told == (result.captured, result.lawful_share, result.lawful_at_least)
        if less.valid:  # else it changes as much as the result: that it is nearest has to be proved
            assert (less.lawful_share, less.lawful_at_least) == (result.lawful_share, None)
            said = render(lay_out_verification(less, "en"))
            assert "not proved to be nearest" in said
            assert "not proved" not in render(lay_out_verification(found, "en"))
            break
    else:
        raise AssertionError("no such result")


def test_a_nearest_plan_of_a_result_without_a_plan_is_refused(
    yes_and_no: list[Result], tmp_path: Path
):
    """There is no share of what does not exist; a plan kept beside it is told."""
    no = yes_and_no[1]
    no.save(tmp_path)
    assert verify(no.city, tmp_path).valid
    (tmp_path / "nearest.csv").write_text("task,place,detector,handler\n", encoding="utf-8")
    (tmp_path / "nearest_switches.csv").write_text("kind,id,place\n", encoding="utf-8")
    assert verify(no.city, tmp_path).reasons == ("shares",)


# -- files that are no result ----------------------------------------------------------------------

ODD = (None, True, -1, 2.5, 10**400, "", "x", [], [None], {}, {"a": 1}, float("inf"))


def _spots(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _spots(value, (*at, key))


def _put(data: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    changed = deepcopy(data)
    spot = changed
    for key in at[:-1]:
        spot = spot[key]
    spot[at[-1]] = value
    return changed


@pytest.mark.parametrize("name", ["result.json", "certificate.json"])
def test_odd_values_are_refused_and_never_crash(name: str, tmp_path: Path):
    """Any value of the wrong kind anywhere is bad input, or makes the result invalid, or is idle.

    What is idle are values that say nothing about plan and bound, such as seconds.
    """
    result = next(honest_results(iter(range(5, 100))))
    result.save(tmp_path)
    data = json.loads((tmp_path / name).read_text(encoding="utf-8"))
    draw = random.Random(name)
    spots = list(_spots(data))
    for at in draw.sample(spots, min(60, len(spots))):
        for odd in draw.sample(ODD, 3):
            (tmp_path / name).write_text(json.dumps(_put(data, at, odd)), encoding="utf-8")
            try:
                found = verify(result.city, tmp_path)
            except InputError:
                continue
            assert not found.valid or at[:1] not in {("status",), ("objective",), ("bound",)}, at


def test_numbers_beyond_any_are_refused_and_never_crash(
    yes_and_no: list[Result], measured: list[tuple[Result, Plan]], tmp_path: Path
):
    """A number that 64 bits do not hold, wherever one stands in a certificate, is no proof."""
    lexicographic = next(
        r for r in (solve(random_city(s, 3), time_limit=10) for s in range(100))
        if r.plan is not None and len(r.stages) > 1 and r.nearest is not None
    )  # fmt: skip
    kinds: set[str] = set()
    for number, result in enumerate([*yes_and_no, lexicographic, *(r for r, _ in measured)]):
        folder = tmp_path / f"{number}"
        result.save(folder)
        path = folder / "certificate.json"
        data = json.loads(path.read_text(encoding="utf-8"))
        for at in _spots(data):
            kind = "/".join(str(key) for key in at if isinstance(key, str))
            value = data
            for key in at:
                value = value[key]
            if kind in kinds or not isinstance(value, int) or isinstance(value, bool):
                continue
            kinds.add(kind)
            for odd in (10**30, -(10**30), 1 << 80, 1 << 63, -(1 << 63) - 1, 1 << 60):
                path.write_text(json.dumps(_put(data, at, odd)), encoding="utf-8")
                try:
                    found = verify(result.city, folder)
                except InputError:
                    continue
                # prices may be any: what they prove is worked out, and is what is claimed
                assert not found.valid or kind.endswith(("price", "scale", "below")), (kind, odd)
    assert {"change", "held"} <= kinds
    assert any(kind.endswith("shrink") for kind in kinds)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe\x00", b"null", b"1", b"[" * 100_000])
@pytest.mark.parametrize(
    "name", ["result.json", "certificate.json", "plan.csv", "switches.csv", "nearest.csv"]
)
def test_files_that_are_no_result_are_bad_input(name: str, text: bytes, tmp_path: Path):
    """Broken files are told by name, whatever is in them."""
    result = next(honest_results(iter(range(5, 100))))
    result.save(tmp_path)
    (tmp_path / name).write_bytes(text)
    with pytest.raises(InputError):
        verify(result.city, tmp_path)


def test_a_check_needs_no_solver(twins: City, tmp_path: Path):
    """Where no solver is installed, and no compiler, a result is checked all the same."""
    write(twins, tmp_path / "city")
    city = read(tmp_path / "city")
    solve(city, time_limit=10).save(tmp_path / "out")
    code = (
        "import sys\n"
        "for name in ('highspy', 'ortools', 'pulp', 'numba'):\n"
        "    sys.modules[name] = None\n"
        "from realloc.cli import main\n"
        "main()\n"
    )
    for folder, right in ((tmp_path / "out", 0), (_spoilt(tmp_path), 1)):
        command = [sys.executable, "-c", code, "verify", tmp_path / "city", folder, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == right, done.stderr
        assert json.loads(done.stdout)["valid"] == (right == 0)


def _spoilt(folder: Path) -> Path:
    """Return a copy of a result with a value one unit off."""
    shutil.copytree(folder / "out", folder / "bad")
    path = folder / "bad" / "result.json"
    data = json.loads(path.read_text("utf-8"))
    data["objective"] += 1
    path.write_text(json.dumps(data), "utf-8")
    return folder / "bad"
