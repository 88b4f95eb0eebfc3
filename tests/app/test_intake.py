"""Uploads become a city or a list of problems, whatever they are."""

from __future__ import annotations

import io
import zipfile

import pytest

from realloc import tables
from realloc.generator import generate
from realloc.ui.intake import MAX_UPLOAD, Upload, take


@pytest.fixture(scope="module")
def city():
    """The reference city."""
    return generate("reference", 1)


@pytest.fixture(scope="module")
def files(city, tmp_path_factory) -> list[Upload]:
    """Its tables as uploads, with Chinese names."""
    folder = tmp_path_factory.mktemp("city")
    tables.write(city, folder / "csv", "csv", "zh")
    return [Upload(path.name, path.read_bytes()) for path in sorted((folder / "csv").iterdir())]


class OldEntry(zipfile.ZipInfo):
    """An entry whose name is GBK without saying so, as Chinese Windows packs it."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800


def pack(
    files: list[Upload], folder: str = "", entry: type[zipfile.ZipInfo] = zipfile.ZipInfo
) -> Upload:
    """Pack uploads into a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for file in files:
            package.writestr(entry(folder + file.name), file.data, zipfile.ZIP_DEFLATED)
    return Upload("城市.zip", packed.getvalue())


def codes(uploads: list[Upload]) -> set[str]:
    """Return the codes of the problems of an upload that is refused."""
    found, problems = take(uploads)
    assert found is None
    return {problem.code for problem in problems.errors}


def test_tables_one_by_one(city, files):
    """All CSV files and the settings at once are the city that they were written from."""
    found, problems = take(files)
    assert found is not None
    assert found.digest() == city.digest()
    assert not problems.errors


@pytest.mark.parametrize("folder", ["", "厦门/2026/"])
@pytest.mark.parametrize("entry", [zipfile.ZipInfo, OldEntry])
def test_a_zip_of_tables(city, files, folder, entry):
    """A zip is read whatever folder the tables are in, and with names as Windows packs them."""
    found, _ = take([pack(files, folder, entry)])
    assert found is not None
    assert found.digest() == city.digest()


def test_a_workbook_and_a_zip_of_it(city, tmp_path):
    """A workbook is read, alone or packed; files of the system beside it are passed over."""
    path = tmp_path / "城市.xlsx"
    tables.write(city, path, "xlsx", "zh")
    book = Upload("C:\\planner\\城市.xlsx", path.read_bytes())
    extra = [Upload("__MACOSX/._城市.xlsx", b"x"), Upload(".DS_Store", b"x")]
    for uploads in ([book], [pack([Upload("城市.xlsx", book.data), *extra])]):
        found, _ = take(uploads)
        assert found is not None
        assert found.digest() == city.digest()


def test_paths_that_lead_out_are_refused(files):
    """A zip with a path out of its folder is refused and writes nothing."""
    assert codes([pack([Upload("../../city.csv", b"x"), *files])]) == {"E-FILE-PATH"}


def test_two_files_of_one_name_are_refused(files):
    """Two tables of one name in two folders are refused: nobody knows which is meant."""
    again = [Upload(f"b/{file.name}", file.data) for file in files]
    assert codes([pack([*files, *again])]) == {"E-FILE-MANY"}


def test_of_two_workbooks_none_is_taken(city, files, tmp_path):
    """Two workbooks, or a workbook among tables, are refused by their names: which is meant?"""
    tables.write(city, tmp_path / "a.xlsx", "xlsx", "zh")
    book = (tmp_path / "a.xlsx").read_bytes()
    one, other = Upload("a.xlsx", book), Upload("b.xlsx", book)
    for uploads in ([one, other], [one, one], [*files, one]):
        found, problems = take(uploads)
        assert found is None
        assert [p.code for p in problems] == ["E-FILE-MANY"]
        assert ".xlsx" in problems[0].value


def test_a_bomb_is_refused():
    """A zip that unpacks to an abnormal size is refused before it is unpacked."""
    assert codes([pack([Upload("tasks.csv", b"0" * (1 << 28))])]) == {"E-FILE-BOMB"}


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        (Upload("城市.xlsx", b""), "E-FILE-EMPTY"),
        (Upload("城市.xlsx", b"<html><table></table></html>"), "E-FILE-HTML"),
        (Upload("城市.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), "E-FILE-XLS"),
        (Upload("城市.zip", b"PK\x03\x04 and no more"), "E-FILE-CORRUPT"),
        (Upload("城市.zip", pack([Upload("readme.txt", b"x")]).data), "E-FILE-TYPE"),
        (Upload("a.csv", bytes(MAX_UPLOAD + 1)), "E-FILE-SIZE"),
        (Upload("..", b"x"), "E-FILE-TYPE"),
        (Upload("", b"x"), "E-FILE-TYPE"),
    ],
)
def test_what_is_no_city_is_told_in_a_code(upload, code):
    """Files that are no city are refused with the code of what they are."""
    assert code in codes([upload])


def test_nothing_is_no_city():
    """An empty upload is refused, not an error."""
    assert codes([]) == {"E-FILE-TYPE"}
