"""Checks of a saved result against its city: no solver is needed, and nothing in it is believed.

The program is written again from the city; bounds, and that there is no plan, follow from prices in
whole numbers (:mod:`realloc.certificate`), all else from :mod:`realloc.evaluation`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from realloc import certificate
from realloc.archive import AnotherCity, as_solved
from realloc.certificate import Bound
from realloc.conflict import Conflict, find_conflict
from realloc.evaluation import Evaluation, evaluate, evaluator
from realloc.evaluation.legality import switches_of
from realloc.formulation import Formulation, formulate
from realloc.instance import CANDIDATE, City
from realloc.linear import linear
from realloc.program import UNLIMITED
from realloc.proof import NotAProof, Proof
from realloc.result import Nearest, Result, Saved, Stage, Status, load
from realloc.stages import STOPPED, by_change, capped, objectives_of, tell


@dataclass(frozen=True)
class Verification:
    """What a check of a saved result found.

    Attributes
    ----------
    valid
        everything claimed holds.
    reasons
        what does not: families of rules (``C9`` …), or ``digest``, ``objective``, ``criteria``,
        ``bound``, ``gap``, ``shares``, ``status``, ``violations``, ``notices``, ``size`` (items and
        choices), ``switches`` (an admission or contract is on that no row needs), ``conflict``,
        ``certificate``, ``unknown`` (an entry that no result has),
        ``no_plan`` (nothing is claimed that could be checked).
    bound, gap
        proved by the certificate, of the last stage.
    status
        what is proved: ``optimal``, ``feasible``, ``infeasible``, or nothing.
    scope
        the tier by which the result decided all tasks, where the city itself says nothing of it.
    captured, lawful_share, lawful_at_least
        of the last stage: the shares of the plan, the second measured from the nearest lawful plan
        that the result has; the last is what is proved of it, whichever plan is nearest.
    stages
        all stages, with the bounds that are proved; none where it is not valid.
    """

    valid: bool
    reasons: tuple[str, ...]
    bound: int | None
    gap: float | None
    status: str = ""
    scope: str = ""
    captured: float | None = None
    lawful_share: float | None = None
    lawful_at_least: float | None = None
    stages: tuple[Stage, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, without proofs."""
        return {**vars(self), "reasons": list(self.reasons),
                "stages": [stage.to_json() for stage in self.stages]}  # fmt: skip


def verify(city: City, folder: str | Path) -> Verification:
    """Check a saved result against the city: all of it but how it came about.

    What is written of a result is written again of what was worked out, and compared entry by
    entry; :data:`NOT_CHECKED` names what is left.

    A result without a plan is checked if it says that there is none: then the proof of that is.

    Raises
    ------
    InputError
        if the folder cannot be read.
    """
    try:
        saved = load(folder, city)
    except AnotherCity:
        return Verification(False, ("digest",), None, None)
    return _Check(city, saved).result()


class _Check:
    """One check: gathers what does not hold."""

    def __init__(self, given: City, saved: Saved) -> None:
        self.city, self.saved, self.claims = given, saved, saved.claims
        city = as_solved(given, saved.claims)
        self.reasons: list[str] = []
        self.today = evaluate(city, city.current)
        self.objectives = objectives_of(city)
        self.form: Formulation = formulate(
            city, today=self.today.load, objectives=[*self.objectives.values(), {"change": 1}]
        )

    def result(self) -> Verification:
        """Check everything."""
        if self.saved.plan is None:
            if self.saved.nearest is not None:
                self.reasons.append("shares")
            return self._no_plan()
        found = evaluate(self.form.city, self.saved.plan)
        self.reasons += sorted({v.family for v in found.violations})
        if _has_needless(self.form.city, found):
            self.reasons.append("switches")
        nearest, measured = self._nearest(found.parts["change"])
        stages = self._stages(found, measured, nearest and nearest.base_bound)
        proved = bool(stages) and all(stage.value == stage.bound for stage in stages)
        status = Status.OPTIMAL if proved else Status.FEASIBLE
        last = stages[-1] if stages else None
        self._compare(status, found, stages, nearest)
        ended = self._end(status.value, last and last.bound, last and last.gap)
        if last is None or not ended.valid:
            return ended
        return replace(
            ended, stages=tuple(stages), captured=last.captured.value,
            lawful_share=last.lawful.value, lawful_at_least=last.lawful.least,
        )  # fmt: skip

    def _no_plan(self) -> Verification:
        """Check a result that says that there is no plan at all."""
        if self.claims.get("status") != "infeasible":
            self.reasons.append("no_plan")
            return self._end("", None, None)
        proofs, first = self.saved.certificate.stages, next(iter(self.objectives.items()))
        if len(proofs) != 1:
            self.reasons.append("certificate")
        elif proofs[0] is None or not self._bound(0, (), (), proofs[0]).infeasible:
            self.reasons.append("status")
        else:
            stage = tell(*first, None, self.today, None, None, None)
            conflict = find_conflict(self.form, proofs[0])
            self._compare(Status.INFEASIBLE, None, [stage], None, conflict)
        return self._end("infeasible", None, None)

    def _end(self, status: str, bound: int | None, gap: float | None) -> Verification:
        reasons = tuple(dict.fromkeys(self.reasons))
        scope = self.form.city.settings["policy.scope"]
        given = "" if scope == self.city.settings["policy.scope"] else scope
        return Verification(not reasons, reasons, bound, gap, "" if reasons else status, given)

    # -- parts -------------------------------------------------------------------------------------

    def _compare(
        self, status: Status, plan: Evaluation | None, stages: list[Stage],
        nearest: Nearest | None, conflict: Conflict | None = None,
    ) -> None:  # fmt: skip
        """Note every entry of the result that is not what is written of what was worked out."""
        right = Result(
            status=status, engine="", plan=self.saved.plan, today=self.today, evaluation=plan,
            stages=tuple(stages), items=self.form.program.items, choices=self.form.program.choices,
            seconds={}, peak_rss_mb=0.0, provenance={}, city=self.form.city, nearest=nearest,
            conflict=conflict,
        ).to_json()  # fmt: skip
        told = {entry: value for entry, value in self.claims.items() if entry not in NOT_CHECKED}
        stages_told = told.pop("stages", [])
        stages_right = right.pop("stages")
        if len(stages_told) != len(stages_right):
            self.reasons.append("certificate")
        for one, other in zip(stages_told, stages_right, strict=False):
            self._differ(one, other, _OF_STAGE)
        self._differ(told, {e: v for e, v in right.items() if e not in NOT_CHECKED}, _OF_RESULT)

    def _differ(self, told: dict[str, Any], right: dict[str, Any], of: dict[str, str]) -> None:
        for entry in (*right, *(entry for entry in told if entry not in right)):
            same = entry in told and entry in right and _alike(told[entry], right[entry])
            if not same:
                self.reasons.append(of.get(entry, "unknown"))

    def _bound(
        self, stage: int, values: Sequence[int], held: Sequence[int], proof: Proof | None,
        *, nearest: bool = False,
    ) -> Bound:  # fmt: skip
        """Return what a proof proves of a stage, or of one in the order of the nearest plan.

        It holds for the plan if the stages before may cost there as much as they do, or more.
        """
        if proof is None:
            return Bound(None, infeasible=False)
        fits = all(v <= h < UNLIMITED for h, v in zip(held, values, strict=False))
        if len(held) != stage or not fits:
            self.reasons.append("certificate")
            return Bound(None, infeasible=False)
        costs = self.form.objectives
        program = capped(self.form.program, by_change(costs) if nearest else costs, stage, held)
        try:
            return certificate.bound(linear(program), proof)
        except NotAProof:
            self.reasons.append("certificate")
            return Bound(None, infeasible=False)

    def _nearest(self, most: int) -> tuple[Nearest | None, Evaluation | None]:
        """Check the lawful plan nearest to today, by which the lawful share is measured.

        It changes less than the plan itself, `most`, or is proved to be nearest.
        """
        plan = self.saved.nearest
        if plan is None:
            return None, None
        found = evaluate(self.form.city, plan)
        if found.violations:
            self.reasons.append("shares")
        change = found.parts["change"]
        proofs = self.saved.certificate
        held = () if proofs.change is None else (proofs.change,)
        least, base = (
            self._bound(k, (change,), held[:k], proof, nearest=True).value
            for k, proof in enumerate(proofs.nearest)
        )
        if change >= most and change != least:
            self.reasons.append("shares")
        return Nearest(plan, change, least, base, proofs.nearest, proofs.change or 0), found

    def _stages(
        self, plan: Evaluation, nearest: Evaluation | None, base: int | None
    ) -> list[Stage]:
        """Return the stages as they are."""
        stages: list[Stage] = []
        proofs, held = self.saved.certificate.stages, self.saved.certificate.held
        # whether a run was stopped nothing can tell; it matters only where there is no such plan
        stopped = self.claims.get("lawful_reason") == STOPPED
        if not len(proofs) == len(held) == len(self.objectives):
            self.reasons.append("certificate")
            return stages
        for k, (name, weights) in enumerate(self.objectives.items()):
            values = [stage.value for stage in stages if stage.value is not None]
            bound = self._bound(k, values, held[k], proofs[k]).value
            stage = tell(name, weights, plan, self.today, nearest, bound, proofs[k],
                         None if k else base, held[k], stopped=stopped)  # fmt: skip
            # both cannot be right, whatever else was found
            if bound is not None and stage.value is not None and stage.value < bound:
                self.reasons.append("bound")
            stages.append(stage)
        return stages


def _has_needless(city: City, plan: Evaluation) -> bool:
    """Return whether the plan admits a task, or signs a contract, for nobody.

    No rule forbids it, but the catalogue of what is newly admitted and the list of contracts are
    written from the switches.
    """
    held = plan.use.held
    taken = held.own & (city.admission_status == CANDIDATE)
    needed = switches_of(evaluator(city).facts, taken), set(held.contract[held.held].tolist())
    return bool(held.allocation.admissions - needed[0] or held.allocation.contracts - needed[1])


def _alike(told: Any, right: Any) -> bool:
    """Return whether two values are written alike: 1 is not true, nor 1.0."""
    return json.dumps(told, sort_keys=True) == json.dumps(right, sort_keys=True)


#: Entries of a result that say how it came about: nothing can tell whether they are true.
NOT_CHECKED = ("engine", "seconds", "peak_rss_mb", "provenance")

_SHARES = {
    entry: "shares"
    for entry in ("captured", "captured_reason", "captured_base", "lawful_share", "lawful_reason",
                  "lawful_base", "lawful_at_least", "nearest")
}  # fmt: skip

#: What is wrong where an entry of a stage is, and where one of the result is.
_OF_STAGE = {"name": "objective", "value": "objective", "bound": "bound", "gap": "gap", **_SHARES}
_OF_RESULT = {
    "status": "status", "objective": "objective", "bound": "bound", "gap": "gap", **_SHARES,
    "criteria": "criteria", "violations": "violations", "violations_today": "violations",
    "notices": "notices", "items": "size", "choices": "size", "certificate": "bound",
    "conflict": "conflict",
}  # fmt: skip
