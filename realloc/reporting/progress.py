"""Progress of a solve on a terminal: value, bound and gap, live; plain lines where it is none."""

from __future__ import annotations

import math
import time
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from realloc.messages.words import name, say
from realloc.reporting.figures import write_share

#: Seconds between two lines where the output is not a terminal.
_QUIET = 5.0


class Step(Protocol):
    """What a solve tells while it runs."""

    @property
    def seconds(self) -> float: ...
    @property
    def value(self) -> float | None: ...
    @property
    def bound(self) -> float | None: ...
    @property
    def stage(self) -> str: ...
    @property
    def gap(self) -> float | None: ...


class ProgressLine:
    """One line that follows a solve; use it as a context and call it with every step."""

    def __init__(self, console: Console, lang: str) -> None:
        self._console = console
        self._lang = lang
        self._live: Live | None = None
        self._step: Step | None = None
        self._last = -math.inf
        self._stage = ""

    def __enter__(self) -> ProgressLine:
        if self._console.is_terminal:
            self._live = Live(
                console=self._console, refresh_per_second=4, transient=True,
                get_renderable=self._show,
            )  # fmt: skip
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self._live is not None:
            self._live.stop()

    def __call__(self, step: Step) -> None:
        """Show a step; safe to call from another thread."""
        now = time.monotonic()
        if self._live is not None:
            self._step, self._last = step, now
            return
        if step.stage != self._stage or now - self._last >= _QUIET:
            self._stage, self._last = step.stage, now
            self._console.print(Text(self._describe(step, step.seconds)), soft_wrap=True)

    def _show(self) -> Text:
        """Return the last step with the time that has passed by now: a still clock looks hung."""
        step = self._step
        if step is None:
            return Text()
        return Text(self._describe(step, step.seconds + time.monotonic() - self._last))

    def _describe(self, step: Step, seconds: float) -> str:
        return "  ".join((
            f"{seconds:6.1f} s",
            name("stage", step.stage, self._lang),
            f"{say('word.value', self._lang)} {_number(step.value)}",
            f"{say('word.bound', self._lang)} {_number(step.bound)}",
            f"{say('word.gap', self._lang)} {write_share(step.gap)}",
        ))  # fmt: skip


def _number(value: float | None) -> str:
    return "—" if value is None or not math.isfinite(value) else f"{value:,.0f}"
