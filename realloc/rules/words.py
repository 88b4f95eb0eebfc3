"""Words and signs that files carry besides those of the schema, read from ``words.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

#: Characters without width that cling to copied text (ZWJ is left alone: emoji need it).
INVISIBLE = "\u200b\u2060\ufeff\u00ad"
_SPACES = re.compile(r"\s+")


@cache
def words() -> dict[str, Any]:
    """Return the content of ``words.toml``."""
    path = Path(__file__).with_name("words.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def fold(text: str) -> str:
    """Return the form in which ids and words are compared: NFKC, no case, no outer space."""
    if text.isascii() and text.isprintable():  # most ids: the same, ten times as fast
        return " ".join(text.lower().split())
    text = unicodedata.normalize("NFKC", text).casefold()
    for char in INVISIBLE:
        text = text.replace(char, "")
    return _SPACES.sub(" ", text).strip()


def squeeze(text: str) -> str:
    """Return the form in which headers are compared: as :func:`fold`, and no blanks or dashes."""
    return re.sub(r"[\s_\-.]+", "", fold(text))


def is_blank(raw: Any) -> bool:
    """Return whether a cell has no content."""
    return raw is None or (isinstance(raw, str) and (not raw or raw.isspace()))


def says_nothing(text: str) -> bool:
    """Return whether a text is a word for what a blank cell says."""
    known = words()
    return fold(text.strip()) in {*known["placeholders"], *map(fold, known["nothing"])}
