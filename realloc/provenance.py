"""How a result came about, as its record keeps it: city, code, machine and options.

Nothing of it can be checked, but the digest of the city.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from realloc.instance import City

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent
#: What a plan depends on besides our own code.
_LIBRARIES = ("numpy", "scipy", "numba", "highspy", "ortools", "pulp")


def record(city: City, options: dict[str, Any]) -> dict[str, Any]:
    """Return the digests of a city, the options given, and what solves here.

    ``digest`` is that of the city, ``digest_of_data`` that without its policy.

    ``source`` is a SHA-256 of the modules of this package; ``commit`` and ``lock`` (a SHA-256 of
    the lock file) are None where it does not run from a checkout.
    """
    return {
        "digest": city.digest(),
        "digest_of_data": city.digest(policy=False),
        "realloc": _version("realloc"),
        "source": _source(),
        "commit": _commit(),
        "lock": _sha256([_CHECKOUT / "requirements.lock"]),
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "options": options,
    }


@cache
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def _source() -> str | None:
    return _sha256(sorted(_PACKAGE.rglob("*.py")))


def _sha256(files: list[Path]) -> str | None:
    digest = hashlib.sha256()
    for path in files:
        try:
            data = path.read_bytes()
        except OSError:
            return None
        digest.update(f"{path.relative_to(_CHECKOUT).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


@cache
def _commit() -> str | None:
    if not (_CHECKOUT / ".git").exists():
        return None
    try:
        command = ["git", "-C", str(_CHECKOUT), "rev-parse", "HEAD"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
