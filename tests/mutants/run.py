"""Seed faults into copies of the package, one at a time, and see whether the tests find them.

``python -m tests.mutants`` runs all of :data:`FAULTS` and exits with 1 if one survives, or if the
tests find a fault where none was seeded.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 400  # seconds for one hunt; a fault that makes it last longer shows, too


@dataclass(frozen=True)
class Outcome:
    """What a hunt found: blank where the fault survived."""

    fault: Fault | None
    found: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether a fault was found, or nothing in the package as it is."""
        return bool(self.found) == (self.fault is not None)


def stale(faults: Sequence[Fault] = FAULTS) -> list[str]:
    """Return the faults whose place is no longer there, or there twice."""
    return [
        f"{fault.file}: {fault.name}"
        for fault in faults
        if (ROOT / "realloc" / fault.file).read_text(encoding="utf-8").count(fault.old) != 1
    ]


def hunt(fault: Fault | None, cities: int | None = None) -> Outcome:
    """Copy the package, seed a fault (None: none) and let the tests look for it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "realloc"
        shutil.copytree(ROOT / "realloc", copy, ignore=shutil.ignore_patterns("__pycache__"))
        if fault is not None:
            path = copy / fault.file
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
        command = [sys.executable, "-B", str(Path(__file__).with_name("hunt.py"))]
        command += [] if cities is None else [str(cities)]
        environment = {**os.environ, "PYTHONPATH": folder}
        try:
            ended = subprocess.run(
                command, env=environment, cwd=folder, capture_output=True, text=True, timeout=LIMIT,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Outcome(fault, "ran on and on", time.monotonic() - began)
    found = ""
    if ended.returncode:
        lines = (ended.stdout or ended.stderr).strip().splitlines()
        found = lines[-1] if lines else f"exit {ended.returncode}"
    return Outcome(fault, found, time.monotonic() - began)


def main() -> int:
    """Run the faults (all, or those whose file or name contains a word) and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=main.__doc__)
    parser.add_argument("word", nargs="?", default="", help="only faults with this word")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    gone = stale()
    if gone:
        print("no longer in the code:", *gone, sep="\n  ")
        return 1
    faults = [f for f in FAULTS if chosen.word in f.file or chosen.word in f.name]
    wrong = 0
    began = time.monotonic()
    with ThreadPoolExecutor(chosen.workers) as pool:
        for outcome in pool.map(hunt, [None, *faults]):
            wrong += not outcome.right
            print(_line(outcome), flush=True)
    print(f"{len(faults) + 1 - wrong} of {len(faults) + 1} as it should be, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    return 1 if wrong else 0


def _line(outcome: Outcome) -> str:
    fault = outcome.fault
    where, name = (fault.file, fault.name) if fault else ("", "no fault")
    word = outcome.found or ("SURVIVED" if fault else "nothing found")
    mark = " " if outcome.right else "!"
    return f"{mark} {where:26} {name:48} {outcome.seconds:5.1f} s  {word[:90]}"


if __name__ == "__main__":
    sys.exit(main())
