"""Files that belong together are read together, whoever writes or stops meanwhile."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from realloc import messages, storage
from realloc.errors import InputError
from realloc.storage import read_together, replace_together, where_is

NAMES = ("a.txt", "b.txt", "c.txt")
OLD, NEW = {"a.txt": "old", "b.txt": "old"}, {"a.txt": "new", "c.txt": "new"}
PENDING = ".realloc-result"


def texts(out: Path) -> dict[str, str]:
    """Return what is read of a folder, of the files that are there."""
    found = read_together(out, NAMES)
    return {name: data.decode() for name, data in found.items() if isinstance(data, bytes)}


def visible(out: Path) -> dict[str, str]:
    """Return what stands in a folder for everybody to see."""
    return {path.name: path.read_text() for path in out.iterdir() if path.is_file()}


def interrupted(out: Path, monkeypatch: pytest.MonkeyPatch, after: int = 0) -> None:
    """Replace OLD by NEW, and stop after so many files are in their place."""
    replace_together(out, OLD, NAMES)
    for name in OLD:  # clocks of file systems are coarse
        os.utime(out / name, (1e9, 1e9))
    copy, left = storage.shutil.copyfile, after

    def stops(source: Path, target: Path) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        copy(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(storage.shutil, "copyfile", stops)
        with pytest.raises(KeyboardInterrupt):
            replace_together(out, NEW, NAMES)
    assert (out / PENDING).is_dir()


@pytest.mark.parametrize("after", [0, 1])
def test_a_save_that_was_interrupted_is_finished_by_the_next_reading(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What is read is what stands in the folder afterwards, and nothing else is left there."""
    interrupted(tmp_path, monkeypatch, after)
    assert where_is(tmp_path, "a.txt").read_text() == "new"
    assert texts(tmp_path) == NEW
    assert visible(tmp_path) == NEW
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_file_that_was_changed_after_an_interrupted_save_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It is named with what can be done, and both ways out work."""
    interrupted(tmp_path, monkeypatch)
    (tmp_path / "b.txt").write_text("mine")
    with pytest.raises(InputError) as caught:
        read_together(tmp_path, NAMES)
    assert [(p.code, p.file) for p in caught.value.problems] == [("E-RESULT-CHANGED", "b.txt")]
    assert (tmp_path / "b.txt").read_text() == "mine"
    for lang in ("zh", "en"):
        assert PENDING in messages.line(caught.value.problems[0], lang)
    (tmp_path / "b.txt").unlink()
    assert texts(tmp_path) == NEW


def test_files_of_one_save_never_hide_those_that_everybody_sees(tmp_path: Path):
    """A folder of whole files beside others that were changed does not stand for them."""
    replace_together(tmp_path, NEW, NAMES)
    (tmp_path / PENDING).mkdir()
    for name, text in NEW.items():
        (tmp_path / PENDING / name).write_text(text)
    (tmp_path / "a.txt").write_text("tampered")
    os.utime(tmp_path / "a.txt", (4e9, 4e9))
    with pytest.raises(InputError) as caught:
        read_together(tmp_path, NAMES)
    assert [(p.code, p.file) for p in caught.value.problems] == [("E-RESULT-CHANGED", "a.txt")]
    os.utime(tmp_path / "a.txt", (1e9, 1e9))
    assert texts(tmp_path) == visible(tmp_path) == NEW


def test_a_save_takes_the_place_of_one_that_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The newest files stand there, whatever was left."""
    interrupted(tmp_path, monkeypatch)
    (tmp_path / "b.txt").write_text("mine")
    replace_together(tmp_path, OLD, NAMES)
    assert texts(tmp_path) == visible(tmp_path) == OLD


def test_what_cannot_be_finished_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where nothing can be written an interrupted save is told, not passed over."""
    interrupted(tmp_path, monkeypatch)

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage.shutil, "copyfile", full)
        with pytest.raises(InputError) as caught:
            read_together(tmp_path, NAMES)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file) == ("E-RESULT-PENDING", str(tmp_path))
    assert texts(tmp_path) == NEW


@pytest.mark.parametrize(
    "act", [read_together, lambda out, names: replace_together(out, OLD, names)]
)
def test_whoever_finds_a_folder_in_use_waits_and_says_so_at_last(
    act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """One goes on as soon as the other has done; one that never ends is told."""
    replace_together(tmp_path, OLD, NAMES)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    began = time.monotonic()
    other = threading.Timer(0.3, os.close, [descriptor])
    other.start()
    act(tmp_path, NAMES)
    assert time.monotonic() - began >= 0.3
    monkeypatch.setattr(storage, "_PATIENCE", 0.05)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(InputError) as caught:
            act(tmp_path, NAMES)
    finally:
        os.close(descriptor)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file) == ("E-RESULT-BUSY", str(tmp_path))


def test_a_file_system_without_locks_does_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where a folder cannot be locked it is read and written all the same."""

    def none(descriptor: int, how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(storage.fcntl, "flock", none)
    replace_together(tmp_path, NEW, NAMES)
    assert texts(tmp_path) == NEW


def test_files_of_no_folder_are_missing(tmp_path: Path):
    """A folder that is not there, or is a file, gives why each file could not be read."""
    found = read_together(tmp_path / "none", NAMES)
    assert all(isinstance(data, FileNotFoundError) for data in found.values())
    (tmp_path / "file").write_text("")
    found = read_together(tmp_path / "file", NAMES)
    assert all(isinstance(data, OSError) for data in found.values())
