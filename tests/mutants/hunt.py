"""Look for a fault in the package that is imported: exits with 1 and a word once one is found.

Some random cities first, all comparisons in turn on each; then the tests by hand, then more
cities. Run by :mod:`tests.mutants.run` on a copy of the package with a fault in it; on the package
itself it must find nothing.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
CITIES, FEW = 300, 40
BY_HAND = (
    "test_instance.py", "test_evaluation.py", "test_evaluation_rules.py", "test_formulation.py",
    "test_formulation_charges.py", "test_sparse.py", "test_program.py", "test_linear.py",
    "test_reduction.py", "test_certificate.py", "test_cuts.py", "test_authority.py", "test_law.py",
)  # fmt: skip


def comparisons() -> Iterator[tuple[str, Callable[[int], bool], int]]:
    """Yield name, comparison of one seed (True: all is well), and on every how manieth seed."""
    import test_agreement
    import test_authority
    import test_certificate
    import test_optimum
    from cities import random_city

    from realloc.certificate import bound
    from realloc.engines import Run
    from realloc.prover import prove

    def agreement(seed: int) -> bool:
        found, _ = test_agreement.disagreements(test_agreement.tiny_city(seed), 60, 60)
        return not found

    def wild(seed: int) -> bool:
        city = test_agreement.tiny_city(seed)
        return not test_agreement.misjudged(city, seed, 30, Counter())

    def candidates(seed: int) -> bool:
        return not test_authority.differences(random_city(seed, 2), ask=3)[0]

    def optimum(seed: int) -> bool:
        *_, f, best = test_optimum.solved_city(seed)
        return not test_optimum.wrong("highs", f, best, seed)

    def bounds(seed: int) -> bool:
        ((_, lp, best),) = test_certificate.feasible_lps(seed, seed + 1, seed + 1)
        adversary = test_certificate.Adversary(lp, seed)
        leaves = [adversary.leaf() for _ in range(6)]
        proofs = [*leaves, adversary.tree(3, {}), prove(lp, best, Run(seconds=20))]
        return all(p is None or test_certificate.honest(bound(lp, p), best) for p in proofs)

    yield "agreement", agreement, 1
    yield "wild plans", wild, 1
    yield "candidates", candidates, 3
    yield "bounds", bounds, 3
    yield "optimum", optimum, 5


def hunt(seeds: range) -> str:
    """Return where a fault shows, blank if nowhere."""
    found = list(comparisons())
    for seed in seeds:
        for name, compare, every in found:
            if seed % every:
                continue
            try:
                well = compare(seed)
            except Exception as error:
                return f"{name} {seed}: {type(error).__name__}"
            if not well:
                return f"{name} {seed}"
    return ""


def by_hand() -> str:
    """Return the file whose tests by hand show a fault, blank if none does."""
    import pytest

    class Watch:
        failed = ""

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                self.failed = self.failed or report.nodeid

    watch = Watch()
    # cities by the thousand are walked through by `hunt`
    rest = "not no_prices and not lawful_pairs"
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-k", rest]
    with redirect_stdout(StringIO()):
        code = pytest.main([*arguments, *(str(HERE / name) for name in BY_HAND)], plugins=[watch])
    return watch.failed or ("" if code == 0 else f"pytest ended with {code}")


def main() -> int:
    """Hunt; the word found is the last line of the output."""
    sys.path[:0] = [str(HERE)]
    cities = int(sys.argv[1]) if len(sys.argv) > 1 else CITIES
    few = min(FEW, cities)
    found = hunt(range(few)) or by_hand() or hunt(range(few, cities))
    print(found or "nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
