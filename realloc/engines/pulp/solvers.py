"""Which solvers PuLP finds on this machine."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

from realloc.engines import lp as highs


def check_installed(solver: str) -> None:
    """Make sure that PuLP is installed, and that the solver is no version that answers wrongly.

    Raises
    ------
    ImportError
        if not.
    """
    if find_spec("pulp") is None:
        raise ImportError("PuLP is not installed")
    if solver == "HiGHS":
        highs.module()


def is_at_hand(solver: str) -> bool:
    """Return whether PuLP knows a solver by this name and finds it; no other one is started.

    Raises
    ------
    ImportError
        as `check_installed`.
    """
    check_installed(solver)
    import pulp

    if solver not in pulp.listSolvers():
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(pulp.getSolver(solver, msg=False).available())


def solvers_at_hand() -> list[str]:
    """Return the names of the solvers that PuLP finds; those with a licence may look for it."""
    import pulp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pulp.listSolvers(onlyAvailable=True)
