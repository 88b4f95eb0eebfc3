"""Who should hold which grassroots task in which place, with proof.

>>> import realloc as ra
>>> city = ra.read("instances/reference")
>>> result = ra.solve(city, time_limit=60)
>>> print(result.summary(lang="zh"))
>>> print(ra.compare(city.current, result))

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realloc.errors import InputError
    from realloc.evaluation import evaluate
    from realloc.generator import generate
    from realloc.instance import City, Plan
    from realloc.reporting.changes import list_changes, tabulate_changes
    from realloc.reporting.comparison import compare
    from realloc.reporting.violations import tabulate_violations
    from realloc.result import Result
    from realloc.solver import solve, verify
    from realloc.tables import check, read, template, write

__version__ = "0.1.0"

__all__ = [
    "City",
    "InputError",
    "Plan",
    "Result",
    "__version__",
    "check",
    "compare",
    "evaluate",
    "generate",
    "list_changes",
    "read",
    "solve",
    "tabulate_changes",
    "tabulate_violations",
    "template",
    "verify",
    "write",
]

#: Module of every public name.
_MODULES = {
    "City": "realloc.instance",
    "InputError": "realloc.errors",
    "Plan": "realloc.instance",
    "Result": "realloc.result",
    "check": "realloc.tables",
    "compare": "realloc.reporting.comparison",
    "evaluate": "realloc.evaluation",
    "generate": "realloc.generator",
    "list_changes": "realloc.reporting.changes",
    "read": "realloc.tables",
    "solve": "realloc.solver",
    "tabulate_changes": "realloc.reporting.changes",
    "tabulate_violations": "realloc.reporting.violations",
    "template": "realloc.tables",
    "verify": "realloc.solver",
    "write": "realloc.tables",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'realloc' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
