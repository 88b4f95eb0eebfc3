"""Uploads: one workbook, one zip of tables, or several tables become a city or a list of problems.

Names come from a stranger's machine: only their last part is used, and only in a folder of our own.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from realloc import tables
from realloc.errors import Problem, Problems
from realloc.instance import City
from realloc.tables.package import DAMAGED, Refused, check_directory, open_package

#: Largest upload, packed and unpacked, in bytes; the first is what `.streamlit/config.toml` says.
MAX_UPLOAD = 50 * 2**20
MAX_UNPACKED = 200 * 2**20

WORKBOOKS = (".xlsx", ".xlsm")
TABLES = (".csv", ".toml", ".parquet")
#: What the page lets one choose; an old workbook is taken to say what to do with it.
ENDINGS = (*WORKBOOKS, ".zip", *TABLES, ".xls")


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name and its bytes."""

    name: str
    data: bytes

    @property
    def base(self) -> str:
        """The last part of its name, whatever system it comes from."""
        last = self.name.replace("\\", "/").rpartition("/")[2].replace("\0", "")[-120:]
        return last if last.strip(". ") else "upload"

    @property
    def ending(self) -> str:
        """The ending of its name, in lower case."""
        return Path(self.base).suffix.lower()


def take(uploads: Sequence[Upload]) -> tuple[City | None, Problems]:
    """Read a city from uploads: a workbook, a zip, or the tables one by one.

    Returns
    -------
    tuple
        The city, or None if there is any error; and the problems, warnings included.
    """
    with tempfile.TemporaryDirectory(prefix="realloc-upload-") as folder:
        try:
            path = _lay_down(list(uploads), Path(folder))
        except Refused as refused:
            problem = Problem(refused.code, "R", file=uploads[0].base if uploads else "",
                              value=refused.value, hint=refused.hint)  # fmt: skip
            return None, Problems([problem])
        return tables.check(path, max_bytes=MAX_UNPACKED)


def _lay_down(uploads: list[Upload], folder: Path) -> Path:
    """Write uploads into a folder; return what to read, the folder or the one workbook in it."""
    if sum(len(upload.data) for upload in uploads) > MAX_UPLOAD:
        raise Refused("E-FILE-SIZE")
    if len(uploads) == 1 and uploads[0].ending not in (".zip", *TABLES):
        path = folder / uploads[0].base
        path.write_bytes(uploads[0].data)
        return path
    out = folder / "tables"
    out.mkdir()
    for upload in uploads:
        for file in _unpack(upload, folder) if upload.ending == ".zip" else [upload]:
            if file.ending in (*WORKBOOKS, *TABLES) and not file.base.startswith((".", "~")):
                if (out / file.base).exists():  # two of one name: nobody knows which is meant
                    raise Refused("E-FILE-MANY", value=file.base)
                (out / file.base).write_bytes(file.data)
    found = sorted(out.iterdir())
    if not found:
        raise Refused("E-FILE-TYPE")
    books = [path for path in found if path.suffix.lower() in WORKBOOKS]
    if books and len(found) > 1:
        raise Refused("E-FILE-MANY", value=", ".join(path.name for path in found[:5]))
    return books[0] if books else out


def _unpack(upload: Upload, folder: Path) -> list[Upload]:
    """Return the files of a zip, after its directory was found harmless."""
    packed = folder / "upload.zip"
    packed.write_bytes(upload.data)
    with open_package(packed) as package:
        entries = [entry for entry in package.infolist() if not entry.is_dir()]
        check_directory(entries, len(upload.data))
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise Refused("E-FILE-BOMB")
        try:
            return [
                Upload(_name(entry), package.read(entry))
                for entry in entries
                if not entry.filename.startswith("__MACOSX/")
            ]
        except DAMAGED as error:
            raise Refused("E-FILE-CORRUPT", type(error).__name__) from error


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry; Chinese Windows packs names as GBK without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
