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
_NOTHING = dict.fromkeys(map(ord, INVISIBLE))
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
    return _SPACES.sub(" ", normal(text).casefold())


def visible(text: str) -> str:
    """Return a text without the characters that have no width."""
    return text if text.isascii() else text.translate(_NOTHING)


def normal(text: str) -> str:
    """Return a text as it reads: NFKC, nothing invisible, no outer space."""
    return visible(unicodedata.normalize("NFKC", text)).strip()


def has_marks(text: str) -> bool:
    """Return whether a text has a sign such as ² or ①, which NFKC makes a digit like any other."""
    return not text.isascii() and any(
        char.isnumeric() and not char.isdecimal()
        and any(c.isascii() and c.isdigit() for c in unicodedata.normalize("NFKC", char))
        for char in text
    )  # fmt: skip


def squeeze(text: str) -> str:
    """Return the form in which headers are compared: as :func:`fold`, and no blanks or dashes."""
    return re.sub(r"[\s_\-.]+", "", fold(text))


def is_blank(raw: Any) -> bool:
    """Return whether a cell has no content that anybody sees."""
    if not isinstance(raw, str):
        return raw is None
    first = raw.strip()[:1]
    return not first or (not first.isprintable() and not visible(raw).strip())


def says_nothing(text: str) -> bool:
    """Return whether a text is a word, or are signs alone, for what a blank cell says."""
    known = words()
    word = fold(text)
    signs = not any(map(str.isalnum, word)) and word not in known["flags"]
    return signs or word in {*known["placeholders"], *map(fold, known["nothing"])}
