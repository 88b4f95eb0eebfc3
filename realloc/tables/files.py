"""Files that are whole or not there: written beside their place, then moved into it.

Whether anything can be written there is asked before long work, not after it: :func:`check_place`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from realloc.errors import InputError, Problem, show
from realloc.tables.headers import tables_by_name

Kind = Literal["file", "folder"]
Format = Literal["csv", "xlsx", "parquet"]

#: Endings of files: what is called so is no folder, and only ``.xlsx`` is a whole city.
_ENDINGS = (".csv", ".tsv", ".parquet", ".xls", ".xlsm", ".xlsb", ".ods", ".et")
#: What else looks like the ending of a file: ``x.pdf`` is hardly meant as a folder, ``v1.2`` is.
_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,4}", re.IGNORECASE)


def format_of(target: Path, format: Format | None = None) -> Format:
    """Return the form that a city is written in by the ending of its path, or check the one given.

    A workbook ends in ``.xlsx``; CSV and Parquet are folders, CSV unless Parquet is asked for. A
    name that looks like that of a file is one of a folder only where that is there, or the form is
    given.

    Raises
    ------
    ValueError
        where there is no such form.
    InputError
        ``E-OUT-FORM`` where ending and form contradict, or the ending is that of another file.
    """
    known = get_args(Format)
    if format is not None and format not in known:
        raise ValueError(f"format {format!r}: there are {', '.join(known)}")
    ending = target.suffix.lower()
    found = format or ("xlsx" if ending == ".xlsx" else "csv")
    contradict = (found == "xlsx") != (ending == ".xlsx")
    unsaid = format is None and found != "xlsx" and not target.is_dir()
    if ending in _ENDINGS or contradict or (unsaid and _ENDING.fullmatch(ending)):
        value = target.suffix and show(target.suffix)
        raise InputError([Problem("E-OUT-FORM", "R", file=str(target), value=value, hint=found)])
    return found


def check_place(target: Path, kind: Kind, *, unused: bool = False) -> None:
    """Make sure that a file or a folder can be written; nothing is left there.

    Rights are not asked for but tried: they say little of special file systems, or to root.

    Parameters
    ----------
    unused
        nothing may be there yet, but for an empty folder where one is to be written.

    Raises
    ------
    InputError
        names the path: ``E-OUT-FILE`` where a file stands in the way of a folder, ``E-OUT-FOLDER``
        where a folder stands in that of a file, ``E-OUT-EXISTS`` where it is to be unused and is
        not, ``E-OUT-WRITE`` where nothing can be written.
    """
    try:
        if kind == "file" and target.is_dir():
            raise InputError([Problem("E-OUT-FOLDER", "R", file=str(target))])
        above = target if kind == "folder" else target.parent
        for path in (above, *above.parents):
            if path.exists() and not path.is_dir():
                hint = "" if path == target else str(path)
                raise InputError([Problem("E-OUT-FILE", "R", file=str(target), hint=hint)])
        if unused and (any(target.iterdir()) if target.is_dir() else target.exists()):
            raise InputError([Problem("E-OUT-EXISTS", "R", file=str(target))])
        while not above.exists():
            above = above.parent
        os.rmdir(tempfile.mkdtemp(prefix=".", dir=above))
    except OSError as error:
        raise not_written(target, error) from error


def not_written(target: Path, error: OSError) -> InputError:
    """Return what to raise where a file or folder could not be written."""
    return InputError([Problem("E-OUT-WRITE", "R", file=str(target), hint=error.strerror or "")])


def _settle(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target` that takes its place if the block succeeds."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        _settle(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """As :func:`replaced` for a folder; files of a city that were there before are removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{uuid.uuid4().hex}")
    temporary.mkdir()
    try:
        yield temporary
        files = sorted(temporary.iterdir())
        for file in files:
            _settle(file)
        if not target.exists():
            temporary.rename(target)
            return
        for file in files:
            file.replace(target / file.name)
        _remove_others(target, {file.name for file in files})
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_others(folder: Path, new: set[str]) -> None:
    """Remove the tables of a city that stood here before in another format or language."""
    tables = tables_by_name()
    for file in folder.iterdir():
        is_table = file.suffix in (".csv", ".parquet", ".toml") and file.stem in tables
        if is_table and file.name not in new and file.is_file():
            file.unlink()
