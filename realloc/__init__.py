"""Who should hold which grassroots task in which place, with proof.

>>> import realloc as ra
>>> city = ra.read("instances/reference")
>>> result = ra.solve(city, time_limit=60)
>>> print(result.summary(lang="zh"))

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

#: Public name: the module that holds it, and its name there.
_PUBLIC = {
    "City": ("realloc.instance", "City"),
    "Plan": ("realloc.instance", "Plan"),
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'realloc' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
