"""How a verb answers: one JSON object or tables on standard output, an exit code, no traceback.

Solver libraries print banners on file descriptor 1, before any option can silence them. While a
verb works, descriptor 1 is therefore the null device, and the answer goes to a copy of the old one.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import tempfile
import traceback
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from realloc.errors import InputError, Problem
from realloc.messages.words import say

if TYPE_CHECKING:
    from realloc.errors import Problems

#: Makes something to print, in a language.
Layout = Callable[[str], RenderableType]

DONE, NO, BAD_INPUT, NOTHING_FOUND, UNEXPECTED, CANCELLED = 0, 1, 2, 3, 70, 130
#: What a shell says of a program that ended because nobody read what it wrote.
UNREAD = 141


_answers: list[Answer] = []


def open_streams() -> None:
    """Give a process whose output or remarks are closed a place for them: the null device.

    Else Python has no stream there, and the next file that is opened takes the descriptor, into
    which libraries then print.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))


def answered() -> bool:
    """Return whether a verb of this process has begun to answer."""
    return bool(_answers)


class _Listened(Console):
    """A console that talks on into nothing where its reader has gone: the work is not for it."""

    def on_broken_pipe(self) -> None:
        """Leave the exit code as it is; rich would end with 1, which is a no."""
        _let_go(self.file)


def _let_go(file: IO[str]) -> None:
    """Let what is still to be written to a closed pipe go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, file.fileno())
    os.close(nowhere)


class Answer:
    """What a verb says: `give` once on standard output, `tell` beside it.

    Attributes
    ----------
    lang
        zh or en.
    as_json
        whether standard output is for one JSON object and nothing else.
    code
        exit code, 0 unless set.
    talk
        console on standard error, for progress and remarks.
    """

    def __init__(self, out: TextIO, lang: str, as_json: bool) -> None:
        self.lang = lang
        self.as_json = as_json
        self.code = DONE
        self.talk = _Listened(file=sys.stderr)
        self._out = out
        self._given = False
        self._console = _Listened(file=out, width=None if out.isatty() else 120)

    def tell(self, key: str, **facts: object) -> None:
        """Print a remark for people on standard error."""
        if not self.as_json:
            self.talk.print(Text(say(key, self.lang, **facts)), soft_wrap=True)

    def give(self, data: dict[str, Any], *layouts: Layout) -> None:
        """Answer: the one JSON object where a program reads, the layouts for people."""
        if not self.as_json:
            for lay_out in layouts:
                self._console.print(lay_out(self.lang))
        elif not self._given:
            self._given = True
            try:
                print(write_json(data), file=self._out, flush=True)
            except BrokenPipeError:
                _let_go(self._out)

    def refuse(self, problems: list[Problem]) -> None:
        """Say that an input is bad, and why."""
        from realloc.errors import Problems

        self.code = BAD_INPUT
        listed = problems if isinstance(problems, Problems) else Problems(problems)
        self.give({"error": {"code": "bad_input"}, **write_problems(listed)})
        self.warn(listed)

    def warn(self, problems: Problems) -> None:
        """List problems for people on standard error."""
        from realloc.reporting.console import lay_out_problems

        if not self.as_json:
            self.talk.print(lay_out_problems(problems, self.lang))

    def refuse_engine(self, detail: str) -> None:
        """Say that an engine cannot be used, and why."""
        self.code = BAD_INPUT
        self.give({"error": {"code": "engine", "detail": detail}})
        self.tell("text.engine", detail=detail)

    def fail(self, error: BaseException) -> None:
        """Say that something unexpected happened: an id here, the details in a file."""
        self.code = UNEXPECTED
        number = uuid.uuid4().hex[:8]
        path = _keep_details(number, error)
        self.give({"error": {"code": "unexpected", "id": number, "log": str(path)}})
        words = say("text.unexpected", self.lang, id=number, path=path)
        self.talk.print(Text(words), style="red", soft_wrap=True)


@contextlib.contextmanager
def answering(lang: str, as_json: bool) -> Iterator[Answer]:
    """Yield an :class:`Answer`; leave with its exit code, whatever happened inside."""
    with _aside() as out:
        answer = Answer(out, lang, as_json)
        _answers.append(answer)
        try:
            try:
                yield answer
            except InputError as error:
                answer.refuse(error.problems)
        except KeyboardInterrupt:
            answer.code = CANCELLED
            answer.give({"error": {"code": "cancelled"}})
        except BrokenPipeError:
            answer.code = UNREAD
        except Exception as error:  # the last resort: nobody sees a traceback
            answer.fail(error)
    raise SystemExit(answer.code)


@contextlib.contextmanager
def _aside() -> Iterator[TextIO]:
    """Yield the real standard output, while descriptor 1 and ``sys.stdout`` lead nowhere."""
    sys.stdout.flush()
    kept = os.dup(1)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            with contextlib.redirect_stdout(nowhere):
                yield out
        finally:
            with contextlib.suppress(BrokenPipeError):
                out.close()
            os.dup2(kept, 1)
            os.close(kept)


def _keep_details(number: str, error: BaseException) -> Path:
    """Write a traceback to the user's log folder, or to the temporary one; return the file."""
    from platformdirs import user_log_path

    details = "".join(traceback.format_exception(error))
    for folder in (user_log_path("realloc", appauthor=False), Path(tempfile.gettempdir())):
        path = folder / f"realloc-{number}.log"
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(details, encoding="utf-8")
            return path
    return Path(os.devnull)


def write_problems(problems: Problems) -> dict[str, Any]:
    """Return problems as plain values, each with what people read of it in both languages.

    ``text`` is what is wrong, ``right`` what would be right and ``advice`` what to do.
    """
    from realloc import messages

    data = problems.to_dict()
    for problem, plain in zip(problems, data["problems"], strict=True):
        said = {lang: messages.explain(problem, lang) for lang in messages.LANGUAGES}
        plain["text"] = {lang: words.text for lang, words in said.items()}
        plain["right"] = {lang: words.expected for lang, words in said.items()}
        plain["advice"] = {lang: words.advice for lang, words in said.items()}
    return data


def write_json(data: Any) -> str:
    """Write JSON that any reader accepts: infinities and not-a-number become null."""
    return json.dumps(_plain(data), ensure_ascii=False, allow_nan=False)


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple, set, frozenset)):
        return [_plain(value) for value in data]
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if hasattr(data, "item"):  # a numpy scalar
        return _plain(data.item())
    if data is None or isinstance(data, (str, int)):
        return data
    return str(data)
