"""Tables of results for the terminal."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from realloc.messages.words import name, say, write_status
from realloc.reporting.comparison import Comparison, compare_evaluations
from realloc.reporting.figures import (
    Row,
    write_at,
    write_change,
    write_conflict,
    write_leaf,
    write_rule,
    write_share,
    write_stuck,
    write_unit,
)
from realloc.reporting.violations import shorten, tabulate_violations
from realloc.result import failures
from realloc.schema import FAMILIES
from realloc.tables.showing import check_lang

if TYPE_CHECKING:
    from realloc.errors import Problems
    from realloc.evaluation import Notice, Violation
    from realloc.instance import City
    from realloc.result import Result, Share, Stage
    from realloc.solver import Verification

#: Problems, and violations, that are listed at most; all are counted. A problem is of one cell to
#: mend, a violation is one of thousands, of which `--json` and the app have all.
_LISTED, _BROKEN = 50, 20
_EXAMPLES = 3


def lay_out_result(
    result: Result, lang: str, named: Mapping[str, Mapping[str, str]] | None = None
) -> RenderableType:
    """Lay out a solve: what it ends with, today against the plan, and the rules broken.

    Parameters
    ----------
    named
        Names of ``task`` and ``place`` by their ids, for what contradicts; None: ids alone.
    """
    parts: list[RenderableType] = [_lay_out_heading(result, lang)]
    if len(result.stages) > 1:
        parts.append(_lay_out_stages(result.stages, lang))
    if result.conflict is not None:
        parts.append(Text(say("title.conflict", lang), style="bold"))
        parts += [Text(f"  {line}")
                  for line in write_conflict(result.conflict.to_json(), lang, named)]
    measured = [found for found in (result.today, result.evaluation) if found is not None]
    heads = ["", None][: len(measured)]
    parts.append(lay_out_comparison(compare_evaluations(measured, heads), lang))
    parts.append(Text(say("text.disclaimer", lang), style="dim"))
    return Group(*parts)


def lay_out_comparison(comparison: Comparison, lang: str) -> RenderableType:
    """Lay out allocations side by side: K1 to K9 by part with differences, and rules broken."""
    heads = [
        say("word.plan", lang) if head is None else head or say("word.today", lang)
        for head in comparison.heads
    ]
    violations = [found.violations for found in comparison.evaluations]
    return Group(
        _Fitting(
            _lay_out_criteria(comparison.rows, heads, lang),
            _lay_out_criteria(comparison.rows, heads, lang, narrow=True),
        ),
        _lay_out_violations(violations, heads, lang),
    )


@dataclass(frozen=True)
class _Fitting:
    """One of two layouts: the wide one where it fits."""

    wide: Table
    narrow: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        needed = Measurement.get(console, options.update(width=_ENOUGH), self.wide).maximum
        yield self.wide if needed <= options.max_width else self.narrow


#: Wider than any layout.
_ENOUGH = 1000
#: Columns of a narrow screen that the name of a criterion takes at least.
_NAME = 14


def _lay_out_criteria(
    rows: Sequence[Row], heads: Sequence[str], lang: str, *, narrow: bool = False
) -> Table:
    """Lay out criteria by part; `narrow` puts units below names and changes below values."""
    table = Table(title=say("title.comparison", lang), title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column(
        say("word.criterion", lang), overflow="fold", no_wrap=not narrow,
        min_width=_NAME if narrow else None,
    )  # fmt: skip
    if not narrow:
        table.add_column(say("word.unit", lang), no_wrap=True, style="dim")
    for k, head in enumerate(heads):
        table.add_column(Text(head), justify="right", no_wrap=True)
        if k and not narrow:
            table.add_column(say("word.difference", lang), justify="right", no_wrap=True)
    for row in rows:
        cells: list[RenderableType] = []
        for k, value in enumerate(row.values):
            shown = Text(write_at(row, k, lang))
            if k and narrow and value != row.values[0]:
                shown.append("\n").append_text(_lay_out_difference(row, k, " "))
            cells.append(shown)
            if k and not narrow:
                cells.append(_lay_out_difference(row, k))
        words = write_leaf(row, lang)
        title = Text(f"  {words}" if row.part else words, style="" if row.part else "bold")
        unit = "" if row.part else write_unit(row.criterion, lang)
        if narrow and unit:
            title.append(f" {unit}", style="not bold dim")
        table.add_row(row.number, title, *([] if narrow else [unit]), *cells)
    return table


def _lay_out_difference(row: Row, k: int, cut: str = "") -> Text:
    """Lay out a change; with `cut` its share stands in a line of its own, where that begins."""
    first, value = row.values[0], row.values[k]
    words = write_change(row, k)
    if value == first:
        return Text(words, style="dim")
    words = words.replace(cut, "\n", 1) if cut else words
    return Text(words, style="green" if value < first else "yellow")


def _lay_out_violations(
    violations: Sequence[Iterable[Violation]], heads: Sequence[str], lang: str
) -> RenderableType:
    counts = [Counter(v.family for v in some) for some in violations]
    broken = [family for family in FAMILIES if any(c[family] for c in counts)]
    if not broken:
        return Text(f"{say('title.violations', lang)}: {say('word.none', lang)}", style="green")
    table = Table(title=say("title.violations", lang), title_justify="left")
    table.add_column(say("word.rule", lang), no_wrap=True)
    for head in heads:
        table.add_column(Text(head), justify="right", no_wrap=True)
    for family in broken:
        cells = [f"{c[family]:,d}" if c[family] else "·" for c in counts]
        table.add_row(write_rule(family, lang), *cells)
    return table


def lay_out_each_violation(
    city: City, violations: Sequence[Violation], lang: str
) -> RenderableType:
    """List what today breaks: how often by rule, then one by one, at most so many."""
    table = Table(title=say("title.each_violation", lang), title_justify="left")
    columns = shorten(tabulate_violations(city, _some_of_each(violations), lang), lang)
    for key in columns:
        table.add_column(say(f"column.{key}", lang), overflow="fold",
                         justify="right" if key == "amount" else "left")  # fmt: skip
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, cells))
    counts = _lay_out_violations([violations], [say("word.today", lang)], lang)
    return Group(counts, _with_rest(table, len(violations), lang))


def _some_of_each(violations: Sequence[Violation]) -> list[Violation]:
    """Return at most so many violations in their order: no rule is left out for another's many."""
    before: Counter[str] = Counter()
    turns = []
    for k, violation in enumerate(violations):
        turns.append((before[violation.family], k))
        before[violation.family] += 1
    return [violations[k] for k in sorted(k for _, k in sorted(turns)[:_BROKEN])]


def lay_out_stuck(
    stuck: Sequence[Mapping[str, Any]],
    path: str,
    lang: str,
    named: Mapping[str, Mapping[str, str]],
) -> RenderableType:
    """List the items that nobody may hold: no plan can be found while there is one."""
    heading = Text(say("text.stuck", lang, path=path, count=len(stuck)), style="red")
    return Group(heading, *(Text(f"  {line}") for line in write_stuck(stuck, lang, named)))


def lay_out_notices(notices: Sequence[Notice], lang: str) -> RenderableType:
    """Lay out notices by kind: how many of each, and examples."""
    table = Table(title=say("title.notices", lang), title_justify="left")
    table.add_column(say("word.notice", lang), overflow="fold")
    table.add_column(say("word.count", lang), justify="right", no_wrap=True)
    table.add_column(say("word.examples", lang), overflow="fold")
    by_code: dict[str, list[Notice]] = {}
    for notice in notices:
        by_code.setdefault(notice.code, []).append(notice)
    for code, some in by_code.items():
        examples = "; ".join(write_subject(notice.subject, lang) for notice in some[:_EXAMPLES])
        rest = " …" if len(some) > _EXAMPLES else ""
        table.add_row(Text(name("notice", code, lang)), f"{len(some):,d}", Text(examples + rest))
    return table


def write_subject(subject: Mapping[str, Any], lang: str) -> str:
    """Write what a violation or notice is about, by the ids of the data."""
    return say("word.comma", lang).join(
        f"{name('subject', key, lang)} {value}"
        for key, value in subject.items()
        if value not in ("", None)
    )


def lay_out_problems(problems: Problems, lang: str) -> RenderableType:
    """List the problems of an input with their place, what was found and what would be right."""
    from realloc import messages

    title = say("title.problems", lang, errors=problems.total - len(problems.warnings),
                warnings=len(problems.warnings))  # fmt: skip
    table = Table(title=title, title_justify="left")
    table.add_column(say("word.where", lang), overflow="fold")
    table.add_column(say("word.problem", lang), overflow="fold")
    for problem in problems[:_LISTED]:
        style = "yellow" if problem.severity == "W" else "red"
        where = problem.where
        if problem.file and problem.sheet:
            where = f"{problem.file}\n{where}"
        table.add_row(Text(where), Text(messages.describe(problem, lang), style=style))
    return _with_rest(table, problems.total, lang)


def _with_rest(table: Table, total: int, lang: str) -> RenderableType:
    rest = total - table.row_count
    more = Text(say("text.more", lang, count=f"{rest:,d}"))
    return Group(table, more) if rest > 0 else table


def _lay_out_heading(result: Result, lang: str) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()

    def line(key: str, text: str) -> None:
        grid.add_row(say(f"word.{key}", lang), Text(text))

    line("status", write_status(str(result.status), result.gap, lang))
    line("engine", result.engine)
    for note in failures(result.provenance):
        line("failed", note)
    if len(result.stages) == 1:  # those of several stages have a table of their own
        for key, words in zip(_OF_STAGE, _write_stage(result.stages[0], lang), strict=True):
            if words != _NONE:
                line(key, words)
    line("items", f"{result.items:,d}")
    line("choices", f"{result.choices:,d}")
    seconds = (f"{name('phase', key, lang)} {value:.1f}" for key, value in result.seconds.items())
    line("seconds", "  ".join(seconds))
    line("memory", f"{result.peak_rss_mb:,.0f} MB")
    return grid


#: What is told of a stage, and what is written where there is nothing.
_NONE = write_share(None)
_OF_STAGE = ("objective", "bound", "gap", "captured", "lawful_share")


def _write_stage(stage: Stage, lang: str) -> tuple[str, ...]:
    """Write what is told of a stage; of the lawful share what is proved, too."""
    lawful = _write_share_or_reason(stage.lawful, lang)
    if stage.lawful.least is not None:
        lawful += f" (≥ {write_share(stage.lawful.least)})"
    return (
        *(_NONE if n is None else f"{n:,d}" for n in (stage.value, stage.bound)),
        write_share(stage.gap), _write_share_or_reason(stage.captured, lang), lawful,
    )  # fmt: skip


def _write_share_or_reason(share: Share, lang: str) -> str:
    if share.value is not None or not share.reason:
        return write_share(share.value)
    return f"— ({name('reason', share.reason, lang)})"


def _lay_out_stages(stages: Sequence[Stage], lang: str) -> Table:
    table = Table(title=say("title.stages", lang), title_justify="left")
    for key in ("stage", *_OF_STAGE):
        table.add_column(say(f"word.{key}", lang), justify="left" if key == "stage" else "right")
    for stage in stages:
        table.add_row(name("criterion", stage.name, lang), *_write_stage(stage, lang))
    return table


def lay_out_verification(verification: Verification, lang: str) -> RenderableType:
    """Lay out what a check of a saved plan found: valid with its gap, or the rules broken."""
    if not verification.valid:
        reasons = [Text(f"  {_write_reason(reason, lang)}") for reason in verification.reasons]
        return Group(Text(say("text.not_valid", lang), style="red"), *reasons)
    lines: list[RenderableType] = []
    if verification.status == "infeasible":
        lines.append(say("text.valid_no", lang))
    elif len(verification.stages) > 1:
        lines += [say("text.valid_stages", lang), _lay_out_stages(verification.stages, lang)]
    else:
        lines += _write_proved(verification, lang)
    if verification.scope:
        tier = say(f"scope.{verification.scope}", lang).lower()
        lines.append(say("text.valid_scope", lang, tier=tier))
    return Group(*(Text(one, style="green") if isinstance(one, str) else one for one in lines))


def _write_proved(verification: Verification, lang: str) -> list[str]:
    """Write what is proved of a plan with one objective, in a sentence each."""
    words = [say("text.valid", lang, gap=write_share(verification.gap))]
    if verification.captured is not None:
        words.append(say("text.valid_captured", lang, share=write_share(verification.captured)))
    if verification.lawful_at_least is not None:
        share = write_share(verification.lawful_at_least)
        words.append(say("text.valid_lawful", lang, share=share))
    elif verification.lawful_share is not None:
        share = write_share(verification.lawful_share)
        words.append(say("text.valid_lawful_open", lang, share=share))
    return words


def _write_reason(reason: str, lang: str) -> str:
    if reason in FAMILIES:
        return write_rule(reason, lang)
    return name("reason", reason, lang)


def summarize(result: Result, lang: str) -> str:
    """Return :func:`lay_out_result` as plain text, for notebooks and logs.

    Raises
    ------
    ValueError
        if there are no words in the language.
    """
    check_lang(lang)
    return render(lay_out_result(result, lang))


def render(shown: RenderableType) -> str:
    """Return a layout as plain text of at most 100 columns."""
    out = io.StringIO()
    Console(file=out, width=100, color_system=None, legacy_windows=False).print(shown)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
