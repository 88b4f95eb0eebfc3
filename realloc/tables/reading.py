"""Reading a city: all its tables, all that is wrong with them at once, nothing half-read."""

from __future__ import annotations

from pathlib import Path

from realloc import law
from realloc.errors import InputError, Problems
from realloc.instance import City, Columns, build
from realloc.rules import check_rows
from realloc.rules.bounds import EXACT, too_large
from realloc.schema import LEGS, SCHEMA
from realloc.tables.columns import Loaded, load
from realloc.tables.settings import label, read_settings
from realloc.tables.sheet import Findings, Sheet
from realloc.tables.showing import Lang
from realloc.tables.source import gather
from realloc.tables.worksheets import sheet_name

MAX_ROWS = 1_000_000


def read(path: str | Path, *, max_bytes: int | None = None, max_rows: int = MAX_ROWS) -> City:
    """Read a city from a folder of CSV or Parquet files with ``city.toml``, or from a workbook.

    Parameters
    ----------
    path
        Folder, or ``.xlsx`` file.
    max_bytes
        Largest size accepted of a workbook, or of all files of a folder; None: any.
    max_rows
        Most rows accepted of a table.

    Raises
    ------
    realloc.errors.InputError
        If anything is wrong with the input; its `problems` name all of it.
    """
    city, problems = check(path, max_bytes=max_bytes, max_rows=max_rows)
    if city is None:
        raise InputError(problems)
    return city


def check(
    path: str | Path, *, max_bytes: int | None = None, max_rows: int = MAX_ROWS
) -> tuple[City | None, Problems]:
    """Read a city and everything that is to be said about its files; see :func:`read`.

    Returns
    -------
    tuple
        The city, or None if there is any error; and the problems, warnings included, errors first.
    """
    findings = Findings()
    sheets = gather(Path(path), findings, max_bytes)
    if sheets is None:
        return None, findings.problems()
    file = "" if Path(path).is_dir() else Path(path).name
    lang = _language(sheets)
    _check_missing(sheets, Path(path), findings)
    settings, places = read_settings(sheets.get("city"), findings)
    loaded: dict[str, Loaded] = {}
    for name, table in SCHEMA.items():
        sheet = sheets.get(name)
        # A sheet without rows was refused before, unless it is an empty sheet of a workbook.
        if sheet is not None and (sheet.rows or sheet.kind == "xlsx"):
            rows = load(table, sheet, findings, max_rows)
            if rows is not None:
                loaded[name] = rows
    check_rows(loaded, findings, _refused(sheets, loaded))
    heavy = too_large(settings, loaded)
    if heavy:
        where = places.get(heavy[0], {"sheet": sheets.get("city"),
                                      "column": label(heavy[0], sheets.get("city"))})
        findings.add("E-WEIGHTS", **where, value=f"{heavy[1]:.3e}", expected=f"< {EXACT}")
    if findings.failed:
        return None, findings.problems()
    date = str(settings["date"])
    if date < (effective := law.versions()[law.version_at(date)]["effective"]):
        findings.add("W-LAW-EARLY", **places["date"], value=date, hint=effective)
    tables: dict[str, Columns] = {name: rows.columns for name, rows in loaded.items()}
    if "admission" not in tables:
        tables["admission"] = default_admission(tables)
        findings.add("W-TABLE-DEFAULT", file=file, sheet_name=sheet_name("admission", lang), )
    elif not loaded["admission"].numbers:
        findings.add("W-TABLE-EMPTY", loaded["admission"].sheet)
    if "current" not in loaded:
        findings.add("W-CURRENT-NONE", file=file, sheet_name=sheet_name("current", lang))
    elif not loaded["current"].numbers:
        findings.add("W-CURRENT-NONE", loaded["current"].sheet)
    return build(settings, tables), findings.problems()


def _language(sheets: dict[str, Sheet]) -> Lang:
    """Return the language in which the tables of a city are named."""
    return "en" if all(sheet.name.isascii() for sheet in sheets.values()) else "zh"


def _refused(sheets: dict[str, Sheet], loaded: dict[str, Loaded]) -> set[str]:
    """Return the tables that are there but could not be read; an empty sheet is no such table."""
    return {
        name
        for name, sheet in sheets.items()
        if name in SCHEMA and name not in loaded and (sheet.rows or sheet.kind != "xlsx")
    }


def _check_missing(sheets: dict[str, Sheet], path: Path, findings: Findings) -> None:
    """Report the required tables that are not there, each by the name that the others suggest."""
    found = sorted(sheet.name for sheet in sheets.values())
    lang = _language(sheets)
    ending = "parquet" if any(s.kind == "parquet" for s in sheets.values()) else "csv"
    required = ["city", *(name for name, table in SCHEMA.items() if table.required)]
    for name in required:
        if name in sheets:
            continue
        file, sheet = path.name, sheet_name(name, lang)
        if path.is_dir():
            sheet = name if name == "city" else sheet
            file = f"{sheet}.{'toml' if name == 'city' else ending}"
        findings.add("E-SHEET-MISSING", file=file, sheet_name=sheet, reject=True,
                     expected=f"table {name}", hint=", ".join(found))  # fmt: skip


def default_admission(tables: dict[str, Columns]) -> Columns:
    """Return the admission of a city that keeps no catalogue: all that may be admitted can be.

    Every leg of every admissible task is a candidate in the whole city; what the law gives to
    communities has to be in the table.
    """
    places = tables["places"]
    root = next(c for c, t in zip(places["code"], places["tier"], strict=True) if t == "city")
    tasks = tables["tasks"]
    admissible = tasks.get("admissible") or [1] * len(tasks["id"])
    chosen = [t for t, a in zip(tasks["id"], admissible, strict=True) if a != 0]
    size = len(chosen) * len(LEGS)
    return {
        "task": [t for t in chosen for _ in LEGS],
        "leg": list(LEGS) * len(chosen),
        "place": [root] * size,
        "status": ["candidate"] * size,
    }
