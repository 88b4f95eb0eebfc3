"""Opening a workbook's zip file without trusting it.

Nothing is unpacked to disk. Sizes are checked before anything is read, and reads are bounded.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath

_ENTRIES = 5_000
_PART = 1 << 29
_TOTAL = 1 << 30
_PIECE = 1 << 20
#: Above this ratio nothing is a table: rows of empty formatted cells reach about 40.
_RATIO = 300
_RATIO_FROM = 1 << 20

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK"

#: What reading a damaged package or part may raise, an unknown encoding included.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, ArithmeticError,
    NotImplementedError, RuntimeError, OSError,
)  # fmt: skip


class Refused(Exception):
    """A file was refused; `code` says why."""

    def __init__(self, code: str, hint: str = "", value: str = ""):
        super().__init__(code)
        self.code, self.hint, self.value = code, hint, value


def kind_of(head: bytes) -> str:
    """Return what a file is by its first bytes: zip, ole, html, parquet, pickle, text or binary."""
    if head.startswith(ZIP):
        return "zip"
    if head.startswith(OLE):
        return "ole"
    if head.startswith(b"PAR1"):
        return "parquet"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<body", b"<head")):
        return "html"
    if start.startswith(b"<?xml") and (b"<html" in start or b"spreadsheet" in start):
        return "html"
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05":
        return "pickle"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    return "binary" if b"\0" in head else "text"


def ole_kind(data: bytes) -> str:
    """Return ``E-FILE-ENCRYPTED`` for an encrypted workbook, ``E-FILE-XLS`` for an old one."""
    encrypted = "EncryptedPackage".encode("utf-16-le") in data
    return "E-FILE-ENCRYPTED" if encrypted else "E-FILE-XLS"


def open_package(path: Path) -> zipfile.ZipFile:
    """Open a zip file and check its directory.

    Raises
    ------
    Refused
        If it is damaged, encrypted, a bomb, or has a path that leads out of it.
    """
    try:
        package = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise Refused("E-FILE-CORRUPT") from error
    try:
        check_directory(package.infolist(), path.stat().st_size)
    except Refused:
        package.close()
        raise
    return package


def check_directory(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Check the directory of a zip file of `size` bytes; raises :class:`Refused`."""
    if len(entries) > _ENTRIES:
        raise Refused("E-FILE-BOMB", f"{len(entries)} > {_ENTRIES}")
    total = 0
    spans: list[tuple[int, int]] = []
    names: set[str] = set()
    for entry in entries:
        name = entry.orig_filename.replace("\\", "/")
        if name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name or "\0" in name:
            raise Refused("E-FILE-PATH", value=name)
        if entry.flag_bits & 0x1:
            raise Refused("E-FILE-ENCRYPTED", value=name)
        if name in names:
            raise Refused("E-FILE-CORRUPT", value=name)
        names.add(name)
        total += entry.file_size
        bloated = entry.file_size > _RATIO_FROM and entry.file_size > _RATIO * entry.compress_size
        if bloated or entry.file_size > _PART or total > _TOTAL:
            raise Refused("E-FILE-BOMB", f"{entry.compress_size} > {entry.file_size}", name)
        spans.append((entry.header_offset, entry.header_offset + 30 + entry.compress_size))
    spans.sort()
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise Refused("E-FILE-BOMB", "overlap")
    if spans and spans[-1][1] > size:
        raise Refused("E-FILE-CORRUPT")


def read_part(package: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part of a package piece by piece; raises :class:`Refused` if missing or damaged."""
    try:
        with package.open(name) as part:
            while piece := part.read(_PIECE):
                yield piece
    except DAMAGED as error:
        raise Refused("E-FILE-CORRUPT", name) from error
