"""Files of a folder that take the place of others all together, whenever that is interrupted.

They are written apart, are whole at once by the name of a folder, and are then copied to their
place. What a process left there that was killed meanwhile is put in its place by the next one that
reads or writes here. Only one does so at a time, where the file system has locks.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from realloc.errors import InputError, Problem
from realloc.tables.files import replaced

#: Folder of files that are whole, but not yet in their place.
_PENDING = ".realloc-result"
#: Beginning of the names of folders in which files are written, or that are to be removed.
_BESIDE = ".realloc-part-"
#: Seconds to wait for others, and between two looks.
_PATIENCE, _LOOK = 30.0, 0.001

#: What each file holds, or why it could not be read.
Contents = dict[str, bytes | OSError]


def replace_together(out: Path, files: Mapping[str, str], names: Sequence[str]) -> None:
    """Let files take the place of those that stand in a folder.

    Parameters
    ----------
    files
        text of each file.
    names
        of all files that belong together, in the order in which they are put in their place; those
        that are not among `files` are removed.

    Raises
    ------
    InputError
        if others keep the folder (``E-RESULT-BUSY``).
    """
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        _finish(out, names)
        for left in out.glob(f"{_BESIDE}*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        beside = out / f"{_BESIDE}{uuid.uuid4().hex}"
        beside.mkdir()
        try:
            for name, text in files.items():
                with replaced(beside / name) as file:
                    file.write_text(text, encoding="utf-8", newline="")
            beside.rename(out / _PENDING)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        _finish(out, names)


def read_together(out: Path, names: Sequence[str]) -> Contents:
    """Return what the files of a folder hold, all of them written together.

    Raises
    ------
    InputError
        if others keep the folder (``E-RESULT-BUSY``); if a save was interrupted, and a file was
        changed since (``E-RESULT-CHANGED``) or it cannot be finished (``E-RESULT-PENDING``).
    """
    with _alone(out):
        open_files = _differing(out, names)
        written = max((_when(path) for path in (out / _PENDING).glob("*")), default=0)
        changed = [name for name in open_files if _when(out / name) > written]
        if changed:
            raise InputError(
                [Problem("E-RESULT-CHANGED", "R", file=name, hint=_PENDING) for name in changed]
            )
        try:
            _finish(out, names)
        except OSError as error:
            if open_files:
                hint = error.strerror or ""
                raise InputError(
                    [Problem("E-RESULT-PENDING", "R", file=str(out), hint=hint)]
                ) from error
        return {name: _read(out / name) for name in names}


def where_is(out: Path, name: str) -> Path:
    """Return where a file of a folder stands, if it is there at all."""
    pending = out / _PENDING
    return (pending if pending.is_dir() else out) / name


def _differing(out: Path, names: Sequence[str]) -> list[str]:
    """Return what is still to be put in its place, or to be removed."""
    pending = out / _PENDING
    if not pending.is_dir():
        return []
    return [name for name in names if not _alike(_read(pending / name), _read(out / name))]


def _alike(one: bytes | OSError, other: bytes | OSError) -> bool:
    if isinstance(one, OSError) or isinstance(other, OSError):
        return isinstance(one, FileNotFoundError) and isinstance(other, FileNotFoundError)
    return one == other


def _finish(out: Path, names: Sequence[str]) -> None:
    """Put files that are whole, but not yet in their place, there."""
    pending = out / _PENDING
    if not pending.is_dir():
        return
    for name in names:
        if (pending / name).exists():
            with replaced(out / name) as file:
                shutil.copyfile(pending / name, file)
        else:
            (out / name).unlink(missing_ok=True)
    done = pending.rename(out / f"{_BESIDE}{uuid.uuid4().hex}")
    shutil.rmtree(done)


def _read(path: Path) -> bytes | OSError:
    try:
        return path.read_bytes()
    except OSError as error:
        return error


def _when(path: Path) -> int:
    """Return when a file was written, in nanoseconds; 0 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep a folder to oneself; one that cannot be opened or locked is left to all."""
    try:
        descriptor = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # reading or writing says why
        yield
        return
    try:
        _lock(descriptor, out)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, out: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise InputError([Problem("E-RESULT-BUSY", "R", file=str(out))]) from error
            time.sleep(_LOOK)
        except OSError:  # a file system without locks
            return None
