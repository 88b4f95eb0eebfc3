"""Cities written to files come back the same; the template is one to fill in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import badfiles as bad
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import SETTINGS, TABLES, small_city

from realloc.errors import InputError
from realloc.instance import City
from realloc.rules.values import is_error, write_months
from realloc.rules.words import INVISIBLE
from realloc.schema import SCHEMA
from realloc.tables import check, read, template, write
from realloc.tables.sheet import letters
from realloc.tables.text import escape, unescape

FORMATS = ("csv", "xlsx", "parquet")


def target(tmp_path: Path, format: str) -> Path:
    """Return where a city of a format is written."""
    return tmp_path / ("city.xlsx" if format == "xlsx" else "city")


# -- round trips -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("format", FORMATS)
def test_written_city_is_read_back(format: Any, lang: Any, tmp_path: Path) -> None:
    """A city that uses every column has the same digest after writing and reading, silently."""
    path = target(tmp_path, format)
    write(small_city(), path, format, lang)
    city, problems = check(path)
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


def test_small_city_uses_every_column() -> None:
    """The city of these tests gives every column a value that is not its default somewhere."""
    city = small_city()
    for name, table in SCHEMA.items():
        for column in table.columns:
            values = city.tables[name][column.name]
            assert any(v not in (None, "", column.default) for v in values), (name, column.name)


@pytest.mark.parametrize("format", FORMATS)
def test_city_without_optional_rows_is_read_back(format: Any, tmp_path: Path) -> None:
    """A city with the required tables alone comes back as it is, also without any admission."""
    city = City.of(SETTINGS, {name: TABLES[name] for name in ("places", "units", "tasks")})
    write(city, target(tmp_path, format), format)
    assert read(target(tmp_path, format)).digest() == city.digest()


@pytest.mark.parametrize("lang", ["fr", "", None])
def test_languages_without_words_are_refused(lang: Any, tmp_path: Path) -> None:
    """Whoever asks for one is told which there are, and nothing is written."""
    with pytest.raises(ValueError, match="en, zh"):
        write(small_city(), tmp_path / "city", lang=lang)
    with pytest.raises(ValueError, match="en, zh"):
        template(tmp_path / "city.xlsx", lang)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["ods", "CSV", ""])
def test_formats_that_there_are_not_are_refused(format: Any, tmp_path: Path) -> None:
    """Whoever asks for one is told which there are, and nothing is written."""
    with pytest.raises(ValueError, match="csv, xlsx, parquet"):
        write(small_city(), tmp_path / "city", format)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x.pdf", "x.json", "x.Docx", "x.ods", "x.csv"])
def test_a_name_of_another_file_is_no_folder(name: str, tmp_path: Path) -> None:
    """Nobody gets a folder called ``x.pdf`` who does not say so."""
    with pytest.raises(InputError) as caught:
        write(small_city(), tmp_path / name)
    assert [p.code for p in caught.value.problems] == ["E-OUT-FORM"]
    assert list(tmp_path.iterdir()) == []


def test_folders_may_have_a_dot(tmp_path: Path) -> None:
    """A number or a Chinese word behind it is no ending, and neither is one that is meant."""
    (tmp_path / "there.new").mkdir()
    for name in ("v1.2", "厦门.试算", "there.new"):
        write(small_city(), tmp_path / name)
        assert read(tmp_path / name).digest() == small_city().digest()
    write(small_city(), tmp_path / "x.pdf", "parquet")
    assert read(tmp_path / "x.pdf").digest() == small_city().digest()


#: Any text that a cell may hold: no control characters, nothing invisible, no blanks around it.
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"
                  "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" + INVISIBLE),
    max_size=40,
).map(lambda text: text.strip(" \u00a0\u3000"))  # fmt: skip


ODD_TEXTS = st.one_of(
    TEXTS, st.sampled_from([*"=+-@＝'", "\ta", "\ra", "a\r", "'=", "''=", "_x0041_", "a\nb"])
).filter(lambda text: not text.isspace() and not is_error(text))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(ODD_TEXTS, min_size=4, max_size=4))
@pytest.mark.parametrize("format", FORMATS)
def test_any_text_is_read_back(format: Any, tmp_path: Path, texts: list[str]) -> None:
    """Whatever text is in a cell, formulas, quotes and escapes included, it comes back the same."""
    city = small_city()
    tasks = {**city.tables["tasks"], "name_en": texts}
    city = city.replace(tables={"tasks": tasks})
    path = target(tmp_path, format)
    write(city, path, format)
    assert list(read(path).tables["tasks"]["name_en"]) == texts


@given(st.text(max_size=20))
def test_unescape_undoes_escape(text: str) -> None:
    """A protected text comes back, and no protected text begins like a formula."""
    assert unescape(escape(text)) == text
    assert not escape(text).startswith(("=", "+", "-", "@", "\t", "\r", "\0", "＝"))


def test_csv_has_no_live_formula(tmp_path: Path) -> None:
    """A name that begins like a formula is protected by a quote in CSV and typed text in XLSX."""
    units = {k: list(v) for k, v in small_city().tables["units"].items()}
    units["name"][0] = "=1+1"
    city = small_city().replace(tables={"units": units})
    write(city, tmp_path / "city")
    assert "'=1+1" in (tmp_path / "city" / "units.csv").read_text("utf-8")
    write(city, tmp_path / "city.xlsx", "xlsx")
    book: Any = openpyxl.load_workbook(tmp_path / "city.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_shares_and_months_as_people_write_them(tmp_path: Path) -> None:
    """Shares are decimals, a window is 05-10, the whole year is blank, lists have semicolons."""
    path = bad.folder(tmp_path)
    tasks = bad.rows_of(path, "tasks")
    row = dict(zip(tasks[0], tasks[2], strict=True))
    assert (row["detect_share"], row["months"], row["duration"]) == ("0.6", "05-10", "temporary")
    assert dict(zip(tasks[0], tasks[1], strict=True))["months"] == ""
    contracts = bad.rows_of(path, "contracts")
    assert dict(zip(contracts[0], contracts[1], strict=True))["places"] == "P11;P112"


@pytest.mark.parametrize(("window", "shown"), [
    ((4, 6), "05-10"), ((11, 4), "12-03"), ((6, 1), "07-07"), ((4, 12), "05-04"),
    ((0, 12), "01-12"),
])  # fmt: skip
def test_windows(window: tuple[int, int], shown: str, tmp_path: Path) -> None:
    """A window is written as its first and last month, and read back, also when it wraps."""
    assert write_months(window) == shown
    path = bad.folder(tmp_path)
    bad.set_csv(path, "tasks", "months", shown, row=3)
    assert read(path).tables["tasks"]["months"][1] == window


@pytest.mark.parametrize("words", ["5-10", "5月-10月", "5月至10月", "05—10", " 05-10"])
def test_loose_windows(words: str, tmp_path: Path) -> None:
    """Months may be written in words; that is a warning."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "tasks", "months", words, row=3)
    city, problems = check(path)
    assert city is not None
    assert city.digest() == small_city().digest()
    assert set(problems.counts) <= {"W-MONTHS-NORM"}


def test_chinese_files_open_in_excel(tmp_path: Path) -> None:
    """CSV with Chinese headers has a byte order mark, with English headers it has none."""
    assert (bad.folder(tmp_path / "zh", lang="zh") / "事项.csv").read_bytes()[:3] == b"\xef\xbb\xbf"
    assert (bad.folder(tmp_path / "en") / "tasks.csv").read_bytes()[:2] == b"id"


def test_same_city_same_bytes(tmp_path: Path) -> None:
    """Writing a city twice gives the same files, the workbook included."""
    for format in FORMATS:
        for name in ("a", "b"):
            write(small_city(), target(tmp_path / name, format), format)
    for file in sorted((tmp_path / "a").rglob("*.*")):
        other = tmp_path / "b" / file.relative_to(tmp_path / "a")
        assert file.read_bytes() == other.read_bytes(), file.name


# -- writing ---------------------------------------------------------------------------------------


def test_writing_replaces_a_city_and_nothing_else(tmp_path: Path) -> None:
    """Tables that the new city lacks go, whatever their format; other files in the folder stay."""
    path = tmp_path / "city"
    write(small_city(), path, "parquet", "zh")
    (path / "README.md").write_text("kept")
    (path / "plan.csv").write_text("kept")
    city = City.of(SETTINGS, {name: TABLES[name] for name in ("places", "units", "tasks")})
    write(city, path)
    assert read(path).digest() == city.digest()
    assert {f.name for f in path.iterdir()} == {
        "README.md", "plan.csv", "city.toml",
        "places.csv", "units.csv", "tasks.csv", "admission.csv",
    }  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_failed_writing_leaves_the_old_city(
    format: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing fails half way, what was there is whole and no temporary file is left."""
    path = target(tmp_path, format)
    write(small_city(), path, format)
    city = small_city().replace(tables={"limits": TABLES["limits"]})
    limits, budgets = city.tables["limits"], city.tables["budgets"]
    broken = City(city.settings, {
        **city.tables,
        "limits": {**limits, "at_most_items": [object(), *limits["at_most_items"][1:]]},
        "budgets": {**budgets, "yuan": [1, *budgets["yuan"][1:]]},
    })  # fmt: skip
    with pytest.raises(Exception):  # noqa: B017 - each format has its own
        monkeypatch.setattr("realloc.tables.writing._settle", _fail)
        write(broken, path, format)
    assert read(path).digest() == small_city().digest()
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def _fail(_: Path) -> None:
    raise OSError("disk full")


# -- the template ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_empty_template_lacks_rows_and_nothing_else(lang: Any, tmp_path: Path) -> None:
    """The empty workbook lacks the city's name and date, and rows of the required tables."""
    path = tmp_path / "template.xlsx"
    template(path, lang)
    city, problems = check(path)
    assert city is None
    assert problems.counts == {"E-REQUIRED": 2, "E-TABLE-EMPTY": 3}
    names = [SCHEMA[n].zh if lang == "zh" else n for n in ("places", "units", "tasks")]
    assert [p.sheet for p in problems if p.code == "E-TABLE-EMPTY"] == names
    name, date = ("城市名称", "基准日期") if lang == "zh" else ("name", "date")
    assert [(p.cell, p.column) for p in problems if p.code == "E-REQUIRED"] == [
        ("B2", name), ("B3", date)
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_filled_in_template_is_a_city(lang: Any, tmp_path: Path) -> None:
    """Typing the rows of a city into the empty workbook gives that city."""
    path = tmp_path / "template.xlsx"
    template(path, lang)
    write(small_city(), tmp_path / "city.xlsx", "xlsx", lang)
    filled: Any = openpyxl.load_workbook(path)
    source: Any = openpyxl.load_workbook(tmp_path / "city.xlsx")
    for sheet in source.worksheets:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if cell.value is not None and cell.column <= (
                    2 if sheet.title in ("city", "城市") else 99
                ):
                    filled[sheet.title][cell.coordinate].value = cell.value
    filled.save(path)
    city, problems = check(path)
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_template_of_a_city_is_that_city(lang: Any, tmp_path: Path) -> None:
    """A workbook filled with a city, with guide and drop-downs, reads back as that city."""
    template(tmp_path / "city.xlsx", lang, small_city())
    city, problems = check(tmp_path / "city.xlsx")
    assert list(problems) == []
    assert city is not None
    assert city.digest() == small_city().digest()


def test_template_helps(tmp_path: Path) -> None:
    """Every choice has a drop-down, every header a note, every sheet a frozen header, and the first
    sheet explains every column."""
    template(tmp_path / "template.xlsx", "zh")
    book: Any = openpyxl.load_workbook(tmp_path / "template.xlsx")
    assert book.sheetnames == ["说明", "城市", *(table.zh for table in SCHEMA.values())]
    explained = {(row[0].value, row[1].value) for row in book["说明"].iter_rows()}
    for table in SCHEMA.values():
        sheet = book[table.zh]
        assert sheet.freeze_panes == "A2"
        listed = {
            str(validation.sqref).split(":")[0]
            for validation in sheet.data_validations.dataValidation
            if validation.type == "list"
        }
        for i, column in enumerate(table.columns, 1):
            assert sheet.cell(1, i).value == column.zh
            assert column.help_zh in sheet.cell(1, i).comment.text
            is_listed = column.kind in ("enum", "flag", "ref", "holder", "function")
            is_listed &= (table.name, column.name) != ("units", "function")
            assert (f"{letters(i)}2" in listed) == is_listed
            assert (table.zh, column.zh) in explained


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_template_says_what_blank_cells_become(lang: Any, tmp_path: Path) -> None:
    """Guide and header note give the default of every optional column, and of no required one."""
    template(tmp_path / "template.xlsx", lang)
    book: Any = openpyxl.load_workbook(tmp_path / "template.xlsx")
    said = {(row[0].value, row[1].value): row[7].value for row in book.worksheets[0].iter_rows()}
    for table in SCHEMA.values():
        name = table.zh if lang == "zh" else table.name
        for i, column in enumerate(table.columns, 1):
            default = said[name, column.zh if lang == "zh" else column.name]
            assert bool(default) == (not column.required), (name, column.name)
            note = book[name].cell(1, i).comment.text.splitlines()[-1]
            assert column.required or note.endswith(f" {default}"), (name, column.name)
    zh = lang == "zh"
    units, tasks = ("承担主体", "事项") if zh else ("units", "tasks")
    assert said[units, "在岗人数" if zh else "staff"] == "0"
    assert said[units, "垂直管理" if zh else "vertical"] == ("否" if zh else "0")
    assert said[tasks, "统一口径" if zh else "scope"] == ("街道" if zh else "street")
    assert said["城市" if zh else "city", "人口弹性" if zh else "elasticity"] == "0.8"
    assert said["购买合同" if zh else "contracts", "大类" if zh else "categories"] == (
        "全部" if zh else "all"
    )  # fmt: skip


def _everything_said(book: Any) -> list[str]:
    """Return every text of a workbook: cells, notes, drop-downs with their words."""
    said: list[str] = []
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            said += [str(cell.value) for cell in row if cell.value is not None]
            said += [cell.comment.text for cell in row if cell.comment]
        for choice in sheet.data_validations.dataValidation:
            words = choice.prompt, choice.promptTitle, choice.error, choice.errorTitle
            said += filter(None, words)
    return said


def test_an_english_template_is_english(tmp_path: Path) -> None:
    """Examples and words of drop-downs are English as the rest; a share of nought is 0."""
    template(tmp_path / "template.xlsx", "en")
    said = _everything_said(openpyxl.load_workbook(tmp_path / "template.xlsx"))
    assert [text for text in said if re.search("[\u4e00-\u9fff]", text)] == []
    assert "0.0" not in said
    assert not [text for text in said if text.endswith("default 0.0")]


def test_a_chinese_template_is_chinese(tmp_path: Path) -> None:
    """Settings, weights and the order of criteria have Chinese names, and weights their units."""
    template(tmp_path / "template.xlsx", "zh")
    book: Any = openpyxl.load_workbook(tmp_path / "template.xlsx")
    rows = {row[0].value: (row[1].value, row[2].value) for row in book["城市"].iter_rows(min_row=2)}
    for key, (value, note) in rows.items():
        assert not re.search("[a-z]{3}", f"{key} {value or ''} {note}"), key
    assert "每分钟" in rows["权重 社区负担·行政事务"][1]
    assert "每次" in rows["权重 迎检次数·社区"][1]
    assert "迎检次数" in rows["逐级次序"][0]
    assert "多头派单" in rows["逐级次序"][1]
    assert "每元" in rows["权重 公共成本"][1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_drop_downs_have_words_and_take_what_notes_say(lang: Any, tmp_path: Path) -> None:
    """Each drop-down says what it is for, one with a fixed list also what is wrong, within the
    lengths that Excel allows; a note never asks for a 1 where the list has yes and no."""
    template(tmp_path / "template.xlsx", lang)
    book: Any = openpyxl.load_workbook(tmp_path / "template.xlsx")
    for sheet in book.worksheets:
        for choice in sheet.data_validations.dataValidation:
            assert choice.prompt
            assert choice.promptTitle
            assert len(choice.prompt) <= 255
            assert bool(choice.error) == bool(choice.errorTitle) == bool(choice.showErrorMessage)
    for table in SCHEMA.values():
        for column in table.columns:
            if column.kind == "flag":
                assert not re.search("[01]", column.help_zh), column.name


def test_holders_and_functions_have_a_list(tmp_path: Path) -> None:
    """Holders may be chosen as street, community or cancelled, functions from those of units; what
    is beyond the list may be typed."""
    template(tmp_path / "template.xlsx", "zh")
    book: Any = openpyxl.load_workbook(tmp_path / "template.xlsx")
    lists = {
        (sheet.title, str(choice.sqref).split(":")[0]): choice
        for sheet in book.worksheets
        for choice in sheet.data_validations.dataValidation
    }
    holder = lists["现状分工", bad.address("current", "handler")]
    assert holder.formula1 == '"街道,社区,取消"'
    lead = lists["事项", bad.address("tasks", "lead")]
    assert lead.formula1.startswith(f"'承担主体'!${bad.address('units', 'function')[0]}$2")
    assert not holder.showErrorMessage
    assert not lead.showErrorMessage
