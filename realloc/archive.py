"""The folder that a result is kept in.

``result.json`` holds what is claimed, ``certificate.json`` the proofs, ``plan.csv`` and
``switches.csv`` the plan, ``nearest.csv`` and ``nearest_switches.csv`` the lawful plan nearest to
today. What is read from it is to be checked (:mod:`realloc.verification`).
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realloc import proof as paper
from realloc.errors import InputError, Problem, show
from realloc.instance import HOLD_NOBODY, City, Plan
from realloc.proof import Proof
from realloc.schema import TIERS
from realloc.storage import Contents, read_together, replace_together, where_is
from realloc.tables.text import escape, unescape

#: Of the layout of these files; another number is refused.
FORMAT = 1
#: Files of rows and of switches: of the plan, and of the lawful plan nearest to today.
_PLANS = (("plan.csv", "switches.csv"), ("nearest.csv", "nearest_switches.csv"))
#: All files of a result; the last one says that it is there.
_FILES = ("certificate.json", *(name for names in _PLANS for name in names), "result.json")
#: Entries of ``certificate.json``.
_PROOFS = {"stages", "held", "nearest", "change"}


class AnotherCity(InputError):
    """A result is of another city, or the city has changed since."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """Proofs of a result, as ``certificate.json`` holds them.

    Attributes
    ----------
    stages, held
        the proof of every stage, and the values which the stages before it do not exceed there.
    nearest
        the proofs that no lawful plan changes less than the nearest, and that none that changes no
        more costs less.
    change
        the change which is not exceeded in the latter, None without a nearest plan.
    """

    stages: tuple[Proof | None, ...]
    held: tuple[tuple[int, ...], ...]
    nearest: tuple[Proof | None, Proof | None]
    change: int | None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "stages": [p and paper.to_json(p) for p in self.stages],
            "held": [list(values) for values in self.held],
            "nearest": [p and paper.to_json(p) for p in self.nearest],
            "change": self.change,
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> Certificate:
        """Read it from plain data.

        Raises
        ------
        KeyError, TypeError, ValueError
            if the data is none.
        """
        if data.keys() != _PROOFS:
            raise ValueError("entries of a certificate")
        stages, nearest = (
            tuple(None if p is None else paper.from_json(p) for p in data[name])
            for name in ("stages", "nearest")
        )
        held = tuple(tuple(map(paper.whole, values)) for values in data["held"])
        least, base = nearest
        change = data["change"]
        return Certificate(
            stages, held, (least, base), None if change is None else paper.whole(change)
        )


@dataclass(frozen=True, eq=False)
class Saved:
    """A result as read from its folder: claims, to be checked.

    Attributes
    ----------
    claims
        ``result.json``.
    plan
        the plan, None where there is none.
    nearest
        the lawful plan nearest to today.
    certificate
        the proofs.
    """

    claims: dict[str, Any]
    plan: Plan | None
    nearest: Plan | None
    certificate: Certificate


def write(folder: Path, city: City, claims: dict[str, Any], plan: Plan | None,
          nearest: Plan | None, certificate: Certificate) -> None:  # fmt: skip
    """Let a result take the place of the one that stands in a folder; other files stay.

    Whenever this is interrupted, and beside it, :func:`load` reads the one result or the other.
    """
    files = {
        "certificate.json": json.dumps(certificate.to_json()),
        "result.json": json.dumps(claims, ensure_ascii=False, indent=1),
    }
    for (rows, switches), one in zip(_PLANS, (plan, nearest), strict=True):
        if one is not None:
            files[rows] = _csv(_plan_rows(city, one))
            files[switches] = _csv(_switch_rows(city, one))
    replace_together(folder, files, _FILES)


def load(folder: str | Path, city: City, *, any_policy: bool = False) -> Saved:
    """Read a result's folder.

    Parameters
    ----------
    any_policy
        whether it may be of the city under another policy: enough to measure its plan.

    Raises
    ------
    AnotherCity
        if the result says that it is not of this city: its ids mean nothing here.
    InputError
        if a file is missing or is not what :func:`write` writes, with file and row, if a save
        was interrupted and what it left was changed since, or if others save here without end.
    """
    files = read_together(Path(folder), _FILES)
    claims = _read_json(files, "result.json")
    _check_shape(claims)
    made = claims.get("provenance", {})
    same = made.get("digest_of_data") == city.digest(policy=False)
    if not same or not (any_policy or made.get("digest") == as_solved(city, claims).digest()):
        raise AnotherCity([Problem("E-RESULT-CITY", "R", file=str(folder))])
    proofs = _read_json(files, "certificate.json")
    try:
        certificate = Certificate.from_json(proofs)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError([Problem("E-RESULT-PROOF", "R", file="certificate.json")]) from error
    plan, nearest = (
        _read_plan(files, city, *names) if any(_is_there(files, name) for name in names) else None
        for names in _PLANS
    )
    return Saved(claims, plan, nearest, certificate)


def load_plan(folder: str | Path, city: City) -> Plan | None:
    """Read the plan of a result by ids, to start from: what this city does not have is left out.

    Returns
    -------
    Plan | None
        the plan; None if the result has none.

    Raises
    ------
    AnotherCity
        if nothing of it is there.
    InputError
        if a file is missing or is not what :func:`write` writes, with file and row, if a save
        was interrupted and what it left was changed since, or if others save here without end.
    """
    files = read_together(Path(folder), _FILES)
    _check_shape(_read_json(files, "result.json"))
    if not any(_is_there(files, name) for name in _PLANS[0]):
        return None
    plan = _read_plan(files, city, *_PLANS[0], known_only=True)
    if not len(plan.task):
        raise AnotherCity([Problem("E-RESULT-CITY", "R", file=str(folder))])
    return plan


def has_plan(folder: str | Path) -> bool:
    """Return whether a folder holds a result with a plan."""
    out = Path(folder)
    return any(where_is(out, name).exists() for name in _PLANS[0])


def as_solved(city: City, claims: dict[str, Any]) -> City:
    """Return the city with the scope that a result was solved with, where one was given."""
    scope = scope_of(claims)
    own = city.settings["policy.scope"]
    return city if scope in (None, "", own) else city.replace(settings={"policy.scope": scope})


def scope_of(claims: dict[str, Any]) -> str | None:
    """Return the scope that a result was solved with, None where it does not say."""
    return claims.get("provenance", {}).get("options", {}).get("scope")


# -- what the files hold ---------------------------------------------------------------------------


def _is_there(files: Contents, name: str) -> bool:
    return not isinstance(files[name], FileNotFoundError)


def _plan_rows(city: City, plan: Plan) -> list[list[str]]:
    rows = [["task", "place", "detector", "handler"]]
    columns = (plan.task, plan.place, plan.detector, plan.handler)
    for t, p, d, h in zip(*(c.tolist() for c in columns), strict=True):
        rows.append(
            [city.tasks.id[t], city.places.code[p], city.holder_word(d), city.holder_word(h)]
        )
    return rows


def _switch_rows(city: City, plan: Plan) -> list[list[str]]:
    rows = [["kind", "id", "place"]]
    rows += [
        ["admission", city.tasks.id[t], city.places.code[p]] for t, p in sorted(plan.admissions)
    ]
    rows += [["contract", city.contracts.id[k], ""] for k in sorted(plan.contracts)]
    rows += [["scheme", city.schemes.id[s], city.places.code[p]] for s, p in sorted(plan.schemes)]
    return rows


def _csv(rows: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(map(escape, row) for row in rows)
    return f"\ufeff{file.getvalue()}"


def _read_json(files: Contents, name: str) -> dict[str, Any]:
    text = _read_text(files, name)
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise _bad(name, error.lineno, "", "") from error
    except (ValueError, RecursionError) as error:  # a number without end, brackets without end
        raise _bad(name, 0, "", "") from error
    if not isinstance(data, dict):
        raise _bad(name, 0, "", text[:200])
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a key that stands twice may be read either way."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _read_text(files: Contents, name: str) -> str:
    data = files[name]
    if isinstance(data, OSError):
        hint = (data.strerror or "") if _is_there(files, name) else ""
        raise InputError([Problem("E-FILE-MISSING", "R", file=name, hint=hint)]) from data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise InputError([Problem("E-RESULT-ENC", "R", file=name, row=row)]) from error


def _check_shape(claims: dict[str, Any]) -> None:
    """Refuse claims of another format, or not laid out as those of a result.

    Raises
    ------
    InputError
        names the entry.
    """
    number = claims.get("format")
    if type(number) is not int:
        raise _bad("result.json", 0, "format", "" if number is None else str(number))
    if number != FORMAT:
        raise _bad("result.json", 0, "format", str(number), "E-RESULT-FORMAT")
    stages = claims.get("stages", [])
    provenance = claims.get("provenance", {})
    options = provenance.get("options", {}) if isinstance(provenance, dict) else {}
    for entry, right in {
        "criteria": isinstance(claims.get("criteria", {}), dict),
        "stages": isinstance(stages, list) and all(isinstance(s, dict) for s in stages),
        "nearest": claims.get("nearest") is None or isinstance(claims["nearest"], dict),
        "provenance": isinstance(provenance, dict),
        "options": isinstance(options, dict),
        "scope": not isinstance(options, dict) or options.get("scope") in (None, "", *TIERS),
    }.items():
        if not right:
            raise _bad("result.json", 0, entry, "")


def _bad(file: str, row: int, column: str, value: str, code: str = "E-RESULT-SHAPE") -> InputError:
    said = show(value) if value else ""
    return InputError([Problem(code, "R", file=file, row=row, column=column, value=said)])


def _unknown(file: str, row: int, column: str, word: str) -> InputError:
    return _bad(file, row, column, word, "E-REF-UNKNOWN")


def _rows(files: Contents, name: str, head: list[str]) -> list[tuple[int, list[str]]]:
    text = _read_text(files, name).removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = list(reader)
    except csv.Error as error:
        raise _bad(name, reader.line_num, "", "") from error
    if not rows or rows[0] != head:
        raise _bad(name, 1, "", ",".join(rows[0]) if rows else "")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            raise _bad(name, number, "", ",".join(row))
    return [(number, [*map(unescape, row)]) for number, row in enumerate(rows[1:], start=2)]


def _read_plan(
    files: Contents, city: City, file: str, switches: str, *, known_only: bool = False
) -> Plan:
    """Read a plan; `known_only` leaves out what the city does not have, as :meth:`Plan.moved`."""
    columns: list[list[int]] = [[], [], [], []]
    look_up = (city.task_of, city.place_of, city.holder_codes, city.holder_codes)
    names = ["task", "place", "detector", "handler"]
    for number, row in _rows(files, file, names):
        codes = [known.get(word) for known, word in zip(look_up, row, strict=True)]
        unknown = [k for k, code in enumerate(codes) if code is None]
        if unknown and not known_only:
            raise _unknown(file, number, names[unknown[0]], row[unknown[0]])
        if unknown and unknown[0] < 2:
            continue  # no such item
        codes = [HOLD_NOBODY if code is None else code for code in codes]
        for column, code in zip(columns, codes, strict=True):
            column.append(code)
    contract = {k: i for i, k in enumerate(city.contracts.id)}
    scheme = {s: i for i, s in enumerate(city.schemes.id)}
    on: dict[str, set[Any]] = {"admission": set(), "contract": set(), "scheme": set()}
    for number, (kind, word, place) in _rows(files, switches, ["kind", "id", "place"]):
        names_of = {"admission": city.task_of, "contract": contract, "scheme": scheme}.get(kind)
        if names_of is None:
            raise _unknown(switches, number, "kind", word)
        elsewhere = place != "" if kind == "contract" else place not in city.place_of
        if known_only and (word not in names_of or elsewhere):
            continue
        if word not in names_of:
            raise _unknown(switches, number, "id", word)
        if elsewhere:
            raise _unknown(switches, number, "place", place)
        one = names_of[word] if kind == "contract" else (names_of[word], city.place_of[place])
        if one in on[kind]:
            raise _bad(switches, number, "id", word, "E-KEY-DUP")
        on[kind].add(one)
    task, place, detector, handler = (np.array(c, dtype=np.int64) for c in columns)
    return Plan(
        task, place, detector, handler,
        frozenset(on["admission"]), frozenset(on["contract"]), frozenset(on["scheme"]),
    )  # fmt: skip
