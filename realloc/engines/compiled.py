"""Functions compiled by Numba, kept for the next process where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any], **how: Any) -> Any:
    """Compile a function when it is first called; it runs without the interpreter's lock.

    Numba keeps what it compiles beside the source or in the user's cache. Where it can write to
    neither, every process compiles anew.
    """
    try:
        return njit(cache=True, nogil=True, **how)(function)
    except RuntimeError:  # nowhere to keep it
        return njit(nogil=True, **how)(function)
