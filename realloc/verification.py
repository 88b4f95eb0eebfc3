"""Checks of a saved result against its city: no solver is needed, and nothing in it is believed.

The program is written again from the city; bounds, and that there is no plan, follow from prices in
whole numbers (:mod:`realloc.certificate`), all else from :mod:`realloc.evaluation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from realloc import certificate
from realloc.certificate import Bound
from realloc.evaluation import Evaluation, evaluate
from realloc.formulation import Formulation, formulate
from realloc.instance import City
from realloc.linear import linear
from realloc.proof import NotAProof, Proof
from realloc.result import Saved, Stage, load
from realloc.stages import by_change, capped, objectives_of, tell


@dataclass(frozen=True)
class Verification:
    """What a check of a saved result found.

    Attributes
    ----------
    valid
        everything claimed holds.
    reasons
        what does not: families of rules (``C9`` …), or ``digest``, ``objective``, ``criteria``,
        ``bound``, ``gap``, ``shares``, ``status``, ``certificate``, ``no_plan`` (nothing is claimed
        that could be checked).
    bound, gap
        proved by the certificate, of the last stage.
    status
        what is proved: ``optimal``, ``feasible``, ``infeasible``, or nothing.
    """

    valid: bool
    reasons: tuple[str, ...]
    bound: int | None
    gap: float | None
    status: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "reasons": list(self.reasons)}


def verify(city: City, folder: str | Path) -> Verification:
    """Check a saved result against the city: plan, value, criteria, bound, gap, shares and status.

    A result without a plan is checked if it says that there is none: then the proof of that is.

    Raises
    ------
    InputError
        if the folder cannot be read.
    """
    saved = load(folder, city)
    options = saved.claims.get("provenance", {}).get("options", {})
    city = city.replace(
        settings={"policy.scope": options.get("scope") or city.settings["policy.scope"]}
    )
    return _Check(city, saved).result()


class _Check:
    """One check: gathers what does not hold."""

    def __init__(self, city: City, saved: Saved) -> None:
        self.saved = saved
        self.claims = saved.claims
        self.reasons: list[str] = []
        self.today = evaluate(city, city.current)
        self.objectives = objectives_of(city)
        self.form: Formulation = formulate(
            city, today=self.today.load, objectives=[*self.objectives.values(), {"change": 1}]
        )
        if self.claims.get("provenance", {}).get("digest") != city.digest():
            self.reasons.append("digest")

    def result(self) -> Verification:
        """Check everything."""
        if self.saved.plan is None:
            return self._no_plan()
        found = evaluate(self.form.city, self.saved.plan)
        self.reasons += sorted({v.family for v in found.violations})
        self._criteria(found)
        stages = self._stages(found, *self._nearest())
        last = stages[-1] if stages else None
        self._same("objective", "objective", last and last.value)
        self._same("bound", "bound", last and last.bound)
        self._same("gap", "gap", last and last.gap)
        self._same("captured", "shares", last and last.captured.value)
        self._same("lawful_share", "shares", last and last.lawful.value)
        self._same("lawful_at_least", "shares", last and last.lawful.least)
        proved = bool(stages) and all(stage.value == stage.bound for stage in stages)
        status = "optimal" if proved else "feasible"
        if self.claims.get("status") not in (status, "feasible"):
            self.reasons.append("status")
        return self._end(status, last and last.bound, last and last.gap)

    def _no_plan(self) -> Verification:
        """Check a result that says that there is no plan at all."""
        if self.claims.get("status") != "infeasible":
            self.reasons.append("no_plan")
            return self._end("", None, None)
        self._criteria(None)
        for entry in ("objective", "bound", "gap"):
            self._same(entry, entry, None)
        for entry in ("captured", "lawful_share", "lawful_at_least"):
            self._same(entry, "shares", None)
        proofs, told = self.saved.certificate.stages, self.claims.get("stages", [])
        if len(proofs) != 1 or len(told) != 1:
            self.reasons.append("certificate")
        elif not self._bound(0, (), (), proofs[0]).infeasible:
            self.reasons.append("status")
        return self._end("infeasible", None, None)

    def _end(self, status: str, bound: int | None, gap: float | None) -> Verification:
        reasons = tuple(dict.fromkeys(self.reasons))
        return Verification(not reasons, reasons, bound, gap, "" if reasons else status)

    # -- parts -------------------------------------------------------------------------------------

    def _same(self, entry: str, reason: str, right: float | None) -> None:
        if self.claims.get(entry) != right:
            self.reasons.append(reason)

    def _criteria(self, plan: Evaluation | None) -> None:
        told = self.claims.get("criteria", {})
        for name, found in (("plan", plan), ("today", self.today)):
            right = None if found is None else {**found.criteria, **found.parts}
            if told.get(name) != right:
                self.reasons.append("criteria")

    def _bound(
        self, stage: int, values: Sequence[int], held: Sequence[int], proof: Proof | None,
        *, nearest: bool = False,
    ) -> Bound:  # fmt: skip
        """Return what a proof proves of a stage, or of one in the order of the nearest plan.

        It holds for the plan if the stages before may cost there as much as they do, or more.
        """
        if proof is None:
            return Bound(None, infeasible=False)
        if len(held) != stage or any(h < v for h, v in zip(held, values, strict=False)):
            self.reasons.append("certificate")
            return Bound(None, infeasible=False)
        costs = self.form.objectives
        program = capped(self.form.program, by_change(costs) if nearest else costs, stage, held)
        try:
            return certificate.bound(linear(program), proof)
        except NotAProof:
            self.reasons.append("certificate")
            return Bound(None, infeasible=False)

    def _nearest(self) -> tuple[Evaluation | None, int | None]:
        """Check the lawful plan nearest to today, by which the lawful share is measured."""
        nearest, told = self.saved.nearest, self.claims.get("nearest")
        if nearest is None or told is None:
            if nearest is not None or told is not None:
                self.reasons.append("shares")
            return None, None
        found = evaluate(self.form.city, nearest)
        change = found.parts["change"]
        proofs = self.saved.certificate
        held = () if proofs.change is None else (proofs.change,)
        least, base = (
            self._bound(k, (change,), held[:k], proof, nearest=True).value
            for k, proof in enumerate(proofs.nearest)
        )
        right = {"change": change, "change_bound": least, "base_bound": base}
        if found.violations or told != right:
            self.reasons.append("shares")
        return found, base

    def _stages(
        self, plan: Evaluation, nearest: Evaluation | None, base: int | None
    ) -> list[Stage]:
        """Return the stages as they are; note where they are told otherwise."""
        stages: list[Stage] = []
        told, certificate = self.claims.get("stages", []), self.saved.certificate
        proofs, held = certificate.stages, certificate.held
        if not len(proofs) == len(held) == len(told) == len(self.objectives):
            self.reasons.append("certificate")
            return stages
        for k, (name, weights) in enumerate(self.objectives.items()):
            values = [stage.value for stage in stages if stage.value is not None]
            bound = self._bound(k, values, held[k], proofs[k]).value
            stages.append(
                tell(name, weights, plan, self.today, nearest, bound, proofs[k],
                     None if k else base, held[k])
            )  # fmt: skip
            right = stages[-1].to_json()
            for reason, entries in _NAMED.items():
                if any(told[k].get(entry) != right[entry] for entry in entries):
                    self.reasons.append(reason)
        return stages


#: What is wrong where an entry of a stage is.
_NAMED = {
    "objective": ("name", "value"),
    "bound": ("bound", "gap"),
    "shares": ("captured", "captured_base", "lawful_share", "lawful_base", "lawful_at_least"),
}
