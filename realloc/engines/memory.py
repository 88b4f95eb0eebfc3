"""How much memory this process holds and may hold, where the system tells."""

from __future__ import annotations

import os
from pathlib import Path

#: Part of the free memory that a solver may take.
_SHARE = 0.8


def memory_in_use() -> int | None:
    """Return the bytes that this process holds, None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_limit() -> int | None:
    """Return the bytes up to which this process may grow, None where the system does not tell.

    That is what it holds and most of what is free, or most of its own limit if that is less.
    """
    held = memory_in_use()
    if held is None:
        return None
    import resource

    bounds = [held + int(_SHARE * free) for free in (_available(),) if free is not None]
    own = resource.getrlimit(resource.RLIMIT_AS)[0]
    if own != resource.RLIM_INFINITY:
        bounds.append(int(_SHARE * own))
    return min(bounds, default=None)


def _available() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable:"))
        return int(kilobytes) * 1024
    except (OSError, StopIteration, IndexError, ValueError):
        return None
