"""``python -m benchmarks``: run all cases with all engines and seeds, and write the tables.

One run at a time, engines of one case side by side, so that whatever else the machine does meets
them alike. Gaps are those that the certificate proves, never an engine's own. A run that fails is a
row like any other.
"""

from __future__ import annotations

import argparse
import csv
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
KEY = ("case", "engine", "seed")
#: Columns of the table: heading, entry, how it is written.
COLUMNS = (
    ("whole run, s", "whole_seconds", "{:.1f}"), ("first plan, s", "first_seconds", "{:.1f}"),
    ("value", "value", "{:,.0f}"), ("proved bound", "bound", "{:,.0f}"),
    ("proved gap", "gap", "{:.3%}"), ("captured", "captured", "{:.2%}"),
    ("peak, MB", "peak_mb", "{:,.0f}"),
)  # fmt: skip
#: Seconds beyond its limit after which a run is killed.
GRACE = 120.0


def measure(case: str, engine: str, seed: int, limit: float) -> Row:
    """Run one case with one engine in a process of its own."""
    row: Row = {"case": case, "engine": engine, "seed": seed, "limit": limit}
    command = [sys.executable, "-m", "benchmarks.run", case, engine, str(seed), str(limit)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit + GRACE, check=True,
            env=environment,
        )  # fmt: skip
        return row | json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return row | {"status": "killed", "steps": []}
    except (subprocess.CalledProcessError, ValueError, IndexError) as error:
        text = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        return row | {"status": f"failed: {text[-1][:120] if text else ''}", "steps": []}


def tabulate(rows: Sequence[Row]) -> str:
    """Return one line per case and engine: the median over seeds, in Markdown."""
    heads = ["case", "engine", "limit, s", "runs with a plan", *(head for head, *_ in COLUMNS)]
    lines = [heads, ["---"] * 2 + ["---:"] * (len(heads) - 2)]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["case"], row["engine"]), []).append(row)
    for (case, engine), some in groups.items():
        planned = sum(row.get("value") is not None for row in some)
        cells = [Path(case).name, engine, f"{some[0]['limit']:g}", f"{planned} of {len(some)}"]
        for _, entry, form in COLUMNS:
            cells.append(_median((row.get(entry) for row in some), len(some), form))
        lines.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _median(values: Iterable[float | None], runs: int, form: str) -> str:
    """Write the median; a run without a value counts as worse than all others."""
    known = sorted(v for v in values if v is not None)
    if 2 * len(known) <= runs:
        return "—"
    worst = [float("inf")] * (runs - len(known))
    middle = statistics.median([*known, *worst])
    return form.format(middle) if middle != float("inf") else "—"


def describe(rows: Sequence[Row]) -> str:
    """Return what was used: system, processors and versions."""
    solvers = sorted({row["solver"] for row in rows if row.get("solver")})
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "polars")]
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    return f"{system}; Python {platform.python_version()}; {', '.join([*versions, *solvers])}"


def write(rows: Sequence[Row], out: Path) -> str:
    """Write ``runs.csv``, ``steps.csv`` (value and bound over time) and ``table.md``."""
    out.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for row in rows for name in row if name != "steps"))
    steps = [{k: row[k] for k in KEY} | step for row in rows for step in row["steps"]]
    _write_csv(out / "runs.csv", names, rows)
    _write_csv(out / "steps.csv", [*KEY, "seconds", "value", "bound", "at"], steps)
    text = f"{tabulate(rows)}\n\n{describe(rows)}\n"
    (out / "table.md").write_text(text, encoding="utf-8")
    return text


def _write_csv(path: Path, names: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; progress goes to standard error, the table to standard output."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    cases = ["reference", "district", "xiamen"]
    parser.add_argument("--cases", nargs="+", default=cases, metavar="CITY[:SCOPE]")
    parser.add_argument("--engines", nargs="+", default=["highs", "cpsat", "pulp"])
    parser.add_argument("--seeds", type=int, default=1, help="seeds 0 … N-1")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds of each run")
    parser.add_argument("--rivals", type=float, default=1.0, metavar="TIMES",
                        help="times the limit for all engines but the first")  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, default=Path("out/bench"))
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    for case in options.cases:
        for seed in range(options.seeds):
            for k, engine in enumerate(options.engines):
                limit = options.limit * (options.rivals if k else 1.0)
                rows.append(measure(case, engine, seed, limit))
                gap = rows[-1].get("gap")
                told = "—" if gap is None else f"{gap:.3%}"
                print(case, engine, seed, rows[-1]["status"], told, file=sys.stderr, flush=True)
                write(rows, options.out)
    print(write(rows, options.out))
    return 1 if any(row["status"].startswith("failed") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
