"""The command line: check, template, solve, verify, compare, generate, app.

Exit codes: 0 done, 1 the answer is no (infeasible, not verified), 2 bad input, 3 stopped at a limit
with nothing found, 130 cancelled; 70 where something unexpected happened. Where nobody reads the
answer the code is the same, 141 where there is none yet.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.text import Text

from realloc import __version__
from realloc.cli.options import (
    NATIONAL,
    AsJson,
    CityPath,
    Format,
    Lang,
    Language,
    Overwrite,
    PlanFolder,
    Tier,
    as_path,
    known_city,
    known_engine,
    number,
    one_of,
    write_wrong,
)
from realloc.cli.process import (
    check_solver,
    engine_failing,
    exit_code,
    in_thread,
    watching,
    writing,
)
from realloc.errors import InputError, Problem, Problems
from realloc.messages.words import choose_language, say
from realloc.reporting.answer import (
    BAD_INPUT,
    CANCELLED,
    DONE,
    NO,
    UNREAD,
    answered,
    answering,
    open_streams,
    write_json,
    write_problems,
)

if TYPE_CHECKING:
    from realloc.evaluation import Notice, Violation
    from realloc.instance import City, Plan

#: As in :mod:`realloc.engines`, which takes long to import.
_MOST_THREADS = 1024
#: Threads of a solve, unless told: one plan search runs beside the bound, so two pay.
_PROCESSORS = min(os.cpu_count() or 1, _MOST_THREADS)

app = typer.Typer(
    help="基层治理事项分工:谁来做、凭什么、比现状好多少、离最好还差多少。\n\n"
    "Who should hold which grassroots task in which place, with proof.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"realloc {__version__}")
        raise typer.Exit


@app.callback()
def _realloc(
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_say_version, help="版本 / version")] = False,
) -> None:  # fmt: skip
    ...


@app.command()
def check(city: CityPath, as_json: AsJson = False, lang: Lang = None) -> None:
    """检查输入:列出全部问题、现状违规与提示 / Name all problems of an input, what today breaks, what to know."""
    with answering(_language(lang), as_json) as answer:
        from realloc import tables
        from realloc.authority import Authority
        from realloc.conflict import find_stuck
        from realloc.evaluation import evaluate
        from realloc.reporting.console import (
            lay_out_each_violation,
            lay_out_notices,
            lay_out_problems,
            lay_out_stuck,
        )
        from realloc.reporting.figures import name_ids
        from realloc.reporting.notices import list_notices
        from realloc.reporting.violations import write_violations

        loaded, problems = tables.check(city)
        notices: list[Notice] = []
        violations: tuple[Violation, ...] = ()
        stuck: list[dict[str, Any]] = []
        if loaded is not None:
            candidates = Authority(loaded).candidates()
            today = evaluate(loaded, loaded.current)
            notices, violations = list_notices(loaded, candidates, today), today.violations
            stuck = [item.to_json() for item in find_stuck(loaded, candidates)]
        answer.code = BAD_INPUT if problems.errors else DONE
        answer.give(
            {**write_problems(problems), "stuck": stuck,
             "violations": write_violations(loaded, violations) if loaded else [],
             "notices": [n.to_json() for n in notices]},
            lambda lang: (
                lay_out_problems(problems, lang) if problems.total
                else Text() if stuck else Text(say("text.clean", lang, path=city))
            ),
            lambda lang: (
                lay_out_stuck(stuck, str(city), lang, name_ids(loaded)) if loaded and stuck
                else Text()
            ),
            lambda lang: (
                lay_out_each_violation(loaded, violations, lang) if loaded and violations
                else Text()
            ),
            lambda lang: lay_out_notices(notices, lang) if notices else Text(),
        )  # fmt: skip


@app.command()
def template(
    out: Annotated[Path, typer.Option("-o", "--out", parser=as_path, metavar="FILE", help="写入的工作簿 / workbook to write")],
    city: Annotated[Path | None, typer.Option("--from", parser=as_path, metavar="CITY", help="填入这座城市 / filled with this city")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:  # fmt: skip
    """写出带下拉框与说明的工作簿 / Write a workbook with drop-downs and help."""
    with answering(_language(lang), as_json) as answer:
        from realloc import tables

        tables.check_place(out, "file", unused=not overwrite)
        tables.format_of(out, "xlsx")
        filled = None if city is None else tables.read(city)
        with writing(out):
            tables.template(out, _written(answer.lang), filled)
        answer.give({"path": str(out)})
        answer.tell("text.saved", path=out)


@app.command()
def solve(
    city: CityPath,
    out: Annotated[Path | None, typer.Option("-o", "--out", parser=as_path, metavar="OUT", help="写入方案的文件夹 / folder of the plan")] = None,
    engine: Annotated[str, typer.Option(callback=known_engine, metavar="NAME", help="求解引擎,auto 即 highs / engine: auto (which is highs), highs, cpsat, pulp, pulp:SOLVER")] = "auto",
    time_limit: Annotated[float, typer.Option(parser=number(float, 0), metavar="SECONDS", help="时限(秒) / seconds")] = 60.0,
    gap: Annotated[float, typer.Option(parser=number(float, 0, 1), metavar="0..1", help="差距达到即停 / stop at this gap")] = 0.0,
    threads: Annotated[
        int | None, typer.Option(parser=number(int, 1, _MOST_THREADS), metavar="N", help="线程数 / threads", show_default="处理器数 / processors")
    ] = None,
    seed: Annotated[int, typer.Option(parser=number(int, 0), metavar="N", help="随机种子 / seed")] = 0,
    scope: Annotated[Tier | None, typer.Option(parser=one_of(Tier), metavar="community|street|district|city", help="覆盖所有事项的统一口径 / scope of all tasks")] = None,
    start: Annotated[Path | None, typer.Option(parser=as_path, metavar="OUT", help="从已有方案出发 / start from a plan")] = None,
    reproducible: Annotated[bool, typer.Option("--reproducible", help="按工作量而非时钟计时,单线程,同样输入得同样方案(highs、cpsat) / by work instead of the clock: one thread, the same plan every time (highs, cpsat)")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:  # fmt: skip
    """求解:每个事项在每个地区由谁承担 / Solve: who holds each task in each place."""
    if reproducible and ((threads or 1) > 1 or engine.startswith("pulp")):
        raise typer.BadParameter(
            "须为单线程,且不能用 pulp / only one thread, and not pulp",
            param_hint="--reproducible",
        )
    with answering(_language(lang), as_json) as answer:
        from realloc import archive, solver, tables
        from realloc.reporting.console import lay_out_result
        from realloc.reporting.figures import name_ids

        if out is not None:
            tables.check_place(out, "folder")
        check_solver(engine, answer)
        began = time.perf_counter()
        loaded, warnings = tables.check(city)
        if loaded is None:
            raise InputError(warnings)
        if warnings:
            answer.warn(warnings)
        first = None if start is None else _start_from(start, loaded)
        if scope is not None:
            loaded = loaded.replace(settings={"policy.scope": scope.value})
        seconds = time.perf_counter() - began

        with watching(answer) as (cancel, progress), engine_failing(answer):
            found = in_thread(
                lambda: solver.solve(
                    loaded, engine=engine, time_limit=time_limit, gap=gap,
                    threads=threads or (1 if reproducible else _PROCESSORS), seed=seed,
                    start=first, reproducible=reproducible, progress=progress, cancel=cancel,
                )
            )  # fmt: skip
        found.seconds["load"] = seconds
        answer.code = exit_code(found, cancel)
        problems, lost = Problems(), {}
        undecided = found.plan is None and answer.code != NO
        before = out is not None and archive.has_plan(out)
        keeps = undecided and before
        try:
            if out is not None and not keeps:
                with writing(out):
                    found.save(out)
        except InputError as error:  # what was found is not lost with it
            problems = error.problems
            lost = {"error": {"code": "not_saved"}, **write_problems(problems)}
            answer.code = BAD_INPUT
        told = {"warnings": write_problems(warnings)["problems"]}
        answer.give({**found.to_json(), **told, **lost},
                    lambda lang: lay_out_result(found, lang, name_ids(loaded)))  # fmt: skip
        if problems:
            answer.warn(problems)
        elif out is not None:
            word = "text.kept" if keeps else "text.replaced" if before else "text.saved"
            answer.tell(word, path=out)


@app.command()
def verify(city: CityPath, out: PlanFolder, as_json: AsJson = False, lang: Lang = None) -> None:
    """不用求解器复核方案与下界 / Check a plan and its bound again, without a solver."""
    with answering(_language(lang), as_json) as answer:
        from realloc import solver, tables
        from realloc.reporting.console import lay_out_verification

        loaded = tables.read(city)
        _must_exist(out)
        verification = solver.verify(loaded, out)
        answer.code = DONE if verification.valid else NO
        answer.give(verification.to_json(), lambda lang: lay_out_verification(verification, lang))


@app.command()
def compare(
    city: CityPath,
    outs: Annotated[list[Path], typer.Argument(parser=as_path, metavar="OUT", help="方案文件夹 / folders of plans")],
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:  # fmt: skip
    """现状与各方案并排,逐项给出差别 / Today and plans side by side, K1 to K9 with differences."""
    with answering(_language(lang), as_json) as answer:
        from realloc import tables
        from realloc.evaluation import evaluate
        from realloc.reporting.comparison import compare_evaluations
        from realloc.reporting.console import lay_out_comparison

        loaded = tables.read(city)
        heads = ["", *(out.name or str(out) for out in outs)]
        plans = [_read_plan(out, loaded) for out in outs]
        found = [evaluate(city, plan) for city, plan in [(loaded, loaded.current), *plans]]
        comparison = compare_evaluations(found, heads)
        today, *others = comparison.to_json()
        data = {
            "today": today,
            "plans": [{"path": str(o), **p} for o, p in zip(outs, others, strict=True)],
        }
        answer.give(data, lambda lang: lay_out_comparison(comparison, lang))


@app.command()
def generate(
    name: Annotated[str, typer.Argument(metavar="NAME", callback=known_city, help="reference, district, xiamen, shenzhen, shanghai, national")],
    out: Annotated[Path, typer.Option("-o", "--out", parser=as_path, metavar="CITY", help="写入的文件夹或工作簿 / folder or workbook")],
    seed: Annotated[int, typer.Option(parser=number(int, 0), metavar="N", help="随机种子 / seed")] = 1,
    form: Annotated[Format | None, typer.Option("--format", parser=one_of(Format), metavar="csv|xlsx|parquet", help="文件形式,默认随扩展名 / form of the files, by default that of the path")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    lang: Annotated[Language | None, typer.Option("--lang", parser=one_of(Language), metavar="zh|en", help="表头语言,默认英文 / language of headers, by default English")] = None,
) -> None:  # fmt: skip
    """生成样例城市:真实层级,合成工作量 / Generate a sample city: real places, synthetic work."""
    with answering(_language(lang), as_json) as answer:
        from realloc import generator, tables

        headers = "en" if lang is None else _written(lang.value)
        asked = None if form is None else form.value
        if name == NATIONAL:  # a folder that holds each city in the form asked for
            tables.format_of(out, "csv")
            tables.check_place(out, "folder", unused=not overwrite)
            found = asked or "csv"
            ending = ".xlsx" if found == "xlsx" else ""
            cities = ((out / f"{c}{ending}", city) for c, city in generator.generate_national(seed))
        else:
            found = tables.format_of(out, asked)
            kind = "file" if found == "xlsx" else "folder"
            tables.check_place(out, kind, unused=not overwrite)
            cities = iter([(out, generator.generate(name, seed))])
        written = {"cities": 0, "communities": 0, "tasks": 0, "units": 0}
        digest = ""
        for path, city in cities:
            with writing(path):
                tables.write(city, path, found, headers)
            digest = city.digest()
            written["cities"] += 1
            written["communities"] += city.n_communities
            written["tasks"] += len(city.tasks.id)
            written["units"] += len(city.units.id)
        one = {"digest": digest} if written["cities"] == 1 else {}
        answer.give({"path": str(out), "name": name, "seed": seed, **written, **one})
        answer.tell("text.saved", path=out)


@app.command("app")
def run_app(
    port: Annotated[int, typer.Option(parser=number(int, 1, 65535), metavar="PORT", help="端口 / port")] = 8501,
    lang: Lang = None,
) -> None:
    """打开网页界面 / Open the app in a browser."""
    language = _language(lang)
    problem = ""
    # beside the package in a checkout; in the package where that was built and installed
    folders = (Path(__file__).parents[2], Path(__file__).parents[1] / "web")
    script = next((f / "app.py" for f in folders if (f / ".streamlit/config.toml").is_file()), None)
    if script is None:
        problem = "text.no_app"
    elif importlib.util.find_spec("streamlit") is None:
        problem = "text.no_streamlit"
    if problem or script is None:
        typer.echo(say(problem, language), err=True)
        raise SystemExit(BAD_INPUT)
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    environment = {**os.environ, "REALLOC_LANG": language}
    if os.name == "posix":  # the server takes this process's place, and its signals with it
        os.chdir(script.parent)
        os.execve(sys.executable, command, environment)
    raise SystemExit(subprocess.call(command, cwd=script.parent, env=environment))


# -- what the verbs share ------------------------------------------------------------------------


def _language(lang: Language | None) -> str:
    return choose_language() if lang is None else lang.value


def _written(lang: str) -> Literal["zh", "en"]:
    return "zh" if lang == "zh" else "en"


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise InputError([Problem("E-FILE-MISSING", "R", file=path.name)])


def _read_plan(folder: Path, city: City) -> tuple[City, Plan]:
    """Return the plan of a folder, and the city with its scope; InputError without a plan.

    It may have been solved under another policy: K1 to K9 depend on none, and rules that the policy
    of this city sets are those by which it is judged.
    """
    from realloc import archive

    _must_exist(folder)
    saved = archive.load(folder, city, any_policy=True)
    scope = archive.scope_of(saved.claims)
    if scope not in (None, city.settings["policy.scope"]):
        city = city.replace(settings={"policy.scope": scope})
    return city, _need_plan(saved.plan, folder)


def _start_from(folder: Path, city: City) -> Plan:
    """Return the plan of a folder as one of a city that may have changed since."""
    from realloc import archive

    _must_exist(folder)
    return _need_plan(archive.load_plan(folder, city), folder)


def _need_plan(plan: Plan | None, folder: Path) -> Plan:
    if plan is None:
        raise InputError([Problem("E-RESULT-PLAN", "R", file=str(folder))])
    return plan


def main() -> None:
    """Run the command line."""
    open_streams()
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        # a wrong option: the words are on standard error, a program gets its object all the same
        if "--json" in sys.argv:
            detail = error.format_message()
            print(write_json({"error": {"code": "bad_option", "detail": detail}}))
        _refuse(error)
        raise SystemExit(BAD_INPUT) from error
    except typer.Abort as error:  # an interrupt before a verb began
        raise SystemExit(CANCELLED) from error
    except SystemExit as end:
        # help that nobody read is no "no"
        if not answered() and end.code == NO and isinstance(end.__context__, OSError):
            raise SystemExit(UNREAD) from end
        raise
    raise SystemExit(code or DONE)


def _refuse(error: typer.TyperException) -> None:
    """Say what is wrong with the words that were given, and how they go."""
    words = sys.argv[1:]
    if not words:  # the error is the help
        typer.echo(error.format_message(), err=True)
        return
    told = [after for word, after in pairwise(words) if word == "--lang"]
    told += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    lang = next((word for word in told if word in set(Language)), choose_language())
    context = getattr(error, "ctx", None)
    if context is not None:
        typer.echo(f"{context.get_usage()}\n{context.command_path} --help", err=True)
    typer.echo(write_wrong(error, lang), err=True)
