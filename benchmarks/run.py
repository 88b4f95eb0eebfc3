"""One run, measured: ``python -m benchmarks.run CASE ENGINE SEED LIMIT`` prints one JSON object.

A case is the folder of a city, or its name below ``instances/``, with ``:TIER`` for another scope.
Time runs from before the city is read; memory is the peak of this process or of any solver that it
started, whichever is larger.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

BEGAN = time.monotonic()
INSTANCES = Path(__file__).parents[1] / "instances"


def run(case: str, engine: str, seed: int, limit: float) -> dict[str, Any]:
    """Read a city, solve it and check the answer; return what was measured."""
    from realloc import solver, tables

    folder, _, scope = case.partition(":")
    path = INSTANCES / folder if (INSTANCES / folder).is_dir() else Path(folder)
    city = tables.read(path)
    if scope:
        city = city.replace(settings={"policy.scope": scope})
    loaded = time.monotonic() - BEGAN
    steps: list[dict[str, Any]] = []

    def report(step: Any) -> None:
        now = time.monotonic() - BEGAN
        steps.append({"seconds": now, "value": step.value, "bound": step.bound, "at": step.stage})

    found = solver.solve(
        city, engine=engine, time_limit=limit, threads=1, seed=seed, progress=report
    )
    ended = loaded + sum(found.seconds[phase] for phase in ("build", "prepare", "solve"))
    return {
        "status": found.status.value,
        "solver": found.provenance["claims"][-1]["solver"],
        "claimed": found.provenance["claims"][-1]["status"],
        "items": found.items,
        "choices": found.choices,
        "whole_seconds": time.monotonic() - BEGAN,
        "load_seconds": loaded,
        **{f"{name}_seconds": took for name, took in found.seconds.items() if name != "load"},
        # an engine that tells nothing on the way has its first plan at its end
        "first_seconds": next(
            (s["seconds"] for s in steps if s["value"] is not None),
            None if found.plan is None else ended,
        ),
        "value": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "captured": found.captured,
        "lawful_share": found.lawful_share,
        "peak_mb": _peak(),
        "steps": steps,
    }


def _peak() -> float:
    unit = 1e3 if sys.platform != "darwin" else 1e6
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(w).ru_maxrss for w in who) / unit


if __name__ == "__main__":
    case_, engine_, seed_, limit_ = sys.argv[1:]
    print(json.dumps(run(case_, engine_, int(seed_), float(limit_))))
