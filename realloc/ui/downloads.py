"""Files that the app hands out, made when they are asked for."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from realloc import law, tables
from realloc.evaluation import Evaluation
from realloc.instance import City, Plan
from realloc.messages.words import MEASURE, say
from realloc.reporting.comparison import Comparison
from realloc.reporting.figures import write_at, write_leaf, write_unit
from realloc.reporting.names import (
    name_place,
    write_category,
    write_ground,
    write_holder,
    write_holder_id,
    write_task,
)
from realloc.reporting.violations import tabulate_violations
from realloc.reporting.workload import Columns
from realloc.tables.text import escape

#: Divisors of the units that figures are shown in (hours, per cent).
_SHOWN = {"hours": 60, "percent": 10}


def write_plan_rows(city: City, plan: Plan, lang: str) -> Columns:
    """Return every item of a plan with ids and names, one row each; keys are ``column.…`` words."""
    tasks, places, date = city.tasks, city.places, str(city.settings["date"])
    columns: Columns = {key: [] for key in (
        "task", "name", "category", "lead", "place_code", "place", "detector_id", "detector",
        "handler_id", "handler", "basis",
    )}  # fmt: skip
    rows = zip(*(c.tolist() for c in (plan.task, plan.place, plan.detector, plan.handler)),
               strict=True)  # fmt: skip
    for t, p, d, h in rows:
        for key, value in (
            ("task", tasks.id[t]), ("name", write_task(city, t, lang)),
            ("category", write_category(city, t, lang)), ("lead", city.functions[tasks.lead[t]]),
            ("place_code", places.code[p]), ("place", name_place(city, p)),
            ("detector_id", write_holder_id(city, d, lang)),
            ("detector", write_holder(city, d, lang)),
            ("handler_id", write_holder_id(city, h, lang)),
            ("handler", write_holder(city, h, lang)),
            ("basis", write_ground(law.cite(tasks.legal_basis[t], date), lang)),
        ):  # fmt: skip
            columns[key].append(value)
    return columns


def write_switch_rows(city: City, plan: Plan, lang: str) -> Columns:
    """Return what a plan switches on: admissions, contracts and joint schemes."""
    columns: Columns = {key: [] for key in ("kind", "id", "name", "place_code", "place")}
    rows = [
        *(("admission", city.tasks.id[t], write_task(city, t, lang), p)
          for t, p in sorted(plan.admissions)),
        *(("contract", city.contracts.id[k], city.contracts.name[k], None)
          for k in sorted(plan.contracts)),
        *(("scheme", city.schemes.id[s], city.schemes.name[s], p)
          for s, p in sorted(plan.schemes)),
    ]  # fmt: skip
    for kind, code, title, p in rows:
        place = ("", "") if p is None else (city.places.code[p], name_place(city, p))
        for key, value in zip(
            columns, (say(f"switch.{kind}", lang), code, title, *place), strict=True
        ):
            columns[key].append(value)
    return columns


def to_csv(columns: Mapping[str, Sequence[Any]], lang: str) -> bytes:
    """Return columns as CSV that Excel and WPS open right, with headers in words."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([say(f"column.{key}", lang) for key in columns])
    for row in zip(*columns.values(), strict=True):
        writer.writerow([escape(v) if isinstance(v, str) else v for v in row])
    return out.getvalue().encode("utf-8-sig")


def to_workbook(sheets: Mapping[str, Mapping[str, Sequence[Any]]], lang: str) -> bytes:
    """Return tables as a workbook; keys of sheets and columns become words.

    A text is never a formula, a link or a number.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1})
        number, share = (book.add_format({"num_format": f}) for f in ("#,##0.##", "0.0%"))
        for name, columns in sheets.items():
            sheet = book.add_worksheet(say(f"sheet.{name}", lang))
            sheet.freeze_panes(1, 0)
            for c, (key, values) in enumerate(columns.items()):
                sheet.write_string(0, c, say(f"column.{key}", lang), head)
                for r, value in enumerate(values, start=1):
                    if value is None:
                        continue
                    if isinstance(value, str):
                        sheet.write_string(r, c, value)
                    else:
                        sheet.write_number(r, c, value, share if "rate" in key else number)
                sheet.set_column(c, c, _width(say(f"column.{key}", lang), values))
            sheet.autofilter(0, 0, max(1, _size(columns)), max(0, len(columns) - 1))
    return out.getvalue()


def _size(columns: Mapping[str, Sequence[Any]]) -> int:
    return max((len(values) for values in columns.values()), default=0)


def _width(head: str, values: Iterable[Any]) -> float:
    """Return a width that shows most values: a Chinese character is two wide."""
    wide = (sum(2 if ord(s) > 0x2E7F else 1 for s in str(v)) for v in [head, *list(values)[:200]])
    return min(60, max(wide) + 2)


def write_criteria_rows(comparison: Comparison, heads: Sequence[str], lang: str) -> Columns:
    """Return K1 to K9 by part with differences from the first: plain numbers, where there are."""
    columns: Columns = {"number": [], "criterion": [], "measure": []}
    for head in heads:
        columns[head] = []
    columns["difference"] = []
    for row in comparison.rows:
        divisor = _SHOWN.get(MEASURE[row.criterion], 1)
        values = [round(v / divisor, 1) if divisor > 1 else v for v in row.values]
        shown = [write_at(row, k, lang) if k in row.undefined else v for k, v in enumerate(values)]
        words = write_leaf(row, lang)
        columns["number"].append(row.number)
        columns["criterion"].append(f"  {words}" if row.part else words)
        columns["measure"].append(write_unit(row.criterion, lang))
        for head, value in zip(heads, shown, strict=True):
            columns[head].append(value)
        columns["difference"].append(None if row.undefined else round(values[-1] - values[0], 1))
    return columns


def write_violation_rows(city: City, found: Mapping[str, Evaluation], lang: str) -> Columns:
    """Return the rules that allocations break, one by one; each goes by its ``column.…`` word."""
    columns: Columns = {"allocation": []}
    for head, one in found.items():
        columns["allocation"] += [say(f"column.{head}", lang)] * len(one.violations)
        for key, values in tabulate_violations(city, one.violations, lang).items():
            columns.setdefault(key, []).extend(values)
    return columns


def write_load_rows(columns: Columns, lang: str) -> Columns:
    """Return a table of loads for people: minutes become hours, kinds become words."""
    shown = {}
    for key, values in columns.items():
        if key.startswith(("load", "capacity")):
            shown[key] = [round(v / 60, 1) for v in values]
        elif key == "kind":
            shown[key] = [say(f"holder.{v}", lang) for v in values]
        else:
            shown[key] = values
    return shown


def pack_certificate(city_folder: Path, out: Path, lang: str) -> bytes:
    """Return a zip of the city and its plan with the certificate, to be checked anywhere."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, folder in (("city", city_folder), ("plan", out)):
            for path in sorted(folder.iterdir()):
                if not path.name.startswith("."):
                    package.write(path, f"{name}/{path.name}")
        package.writestr("README.txt", say("text.certificate_readme", lang))
    return packed.getvalue()


def write_city(city: City | None, lang: str) -> bytes:
    """Return a workbook of a city with drop-downs and help, or an empty one to fill in."""
    with tempfile.TemporaryDirectory(prefix="realloc-") as folder:
        path = Path(folder) / "city.xlsx"
        tables.template(path, "en" if lang == "en" else "zh", city)
        return path.read_bytes()


def lazily(make: Callable[[], bytes]) -> Callable[[], io.BytesIO]:
    """Return what a download button asks for when it is pressed."""
    return lambda: io.BytesIO(make())
