"""What planners type by mistake into a Chinese workbook, and what they are told in Chinese."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import badfiles as bad
import openpyxl
import pytest
from small import small_city

from realloc import messages
from realloc.errors import Problem, Problems
from realloc.instance import City
from realloc.tables import check, write

Edit = Callable[[Any], None]
DATE = "yyyy-mm-dd"


def cell(sheet: str, header: str, value: Any, row: int = 2, shape: str = "General") -> Edit:
    """Return the edit that sets the cell under a header (in sheet 城市: beside a setting)."""

    def edit(book: Any) -> None:
        page = book[sheet]
        if sheet == "城市":
            at = next(r[1] for r in page.iter_rows() if r[0].value == header)
        else:
            at = page.cell(row, [c.value for c in page[1]].index(header) + 1)
        at.value = value
        at.number_format = shape

    return edit


def head(sheet: str, header: str, new: str) -> Edit:
    """Return the edit that renames a header, or the key of a setting."""

    def edit(book: Any) -> None:
        page = book[sheet]
        cells = [r[0] for r in page.iter_rows()] if sheet == "城市" else page[1]
        next(c for c in cells if c.value == header).value = new

    return edit


def slip(tmp_path: Path, *edits: Edit) -> tuple[City | None, Problems]:
    """Check the small city as a Chinese workbook with some edits."""
    path = tmp_path / "市.xlsx"
    write(small_city(), path, "xlsx", "zh")
    book: Any = openpyxl.load_workbook(path)
    for edit in edits:
        edit(book)
    book.save(path)
    return check(path)


def told(problem: Problem) -> str:
    """Return what a problem says in Chinese."""
    return messages.describe(problem, "zh")


# -- dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [DATE, "General"])
@pytest.mark.parametrize(
    ("sheet", "header"), [("城市", "基准日期"), ("授权委托", "失效日期"), ("授权委托", "生效日期")]
)
def test_a_year_is_no_day_of_1905(sheet: str, header: str, shape: str, tmp_path: Path) -> None:
    """A bare year in a cell of dates, which a workbook shows as a day of 1905, is refused, and the
    whole date is shown that may have been meant."""
    city, problems = slip(tmp_path, cell(sheet, header, 2026, shape=shape))
    assert city is None
    (problem,) = problems.errors
    date = "2026-12-31" if header == "失效日期" else "2026-01-01"  # what ends lasts for the year
    assert (problem.code, problem.column, problem.hint) == ("E-DATE", header, date)
    assert f"如 {date}" in told(problem)


def test_a_year_in_the_other_calendar_is_refused_too(tmp_path: Path) -> None:
    """In a workbook whose days count from 1904 a bare year would be a day of 1909."""

    def since_1904(book: Any) -> None:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        book.epoch = CALENDAR_MAC_1904

    _, problems = slip(tmp_path, since_1904, cell("城市", "基准日期", 2026, shape=DATE))
    assert [(p.code, p.hint) for p in problems.errors] == [("E-DATE", "2026-01-01")]


@pytest.mark.parametrize(
    ("header", "day", "refused"),
    [("失效日期", datetime.date(1989, 12, 31), True),
     ("失效日期", datetime.date(2027, 1, 1), False),
     ("生效日期", datetime.date(1989, 12, 31), False),
     ("生效日期", datetime.date(1949, 9, 30), True)],
)  # fmt: skip
def test_no_date_is_older_than_it_can_be(
    header: str, day: datetime.date, refused: bool, tmp_path: Path
) -> None:
    """A number shown as a date before 1990 is refused; what a law gives may have begun before."""
    _, problems = slip(tmp_path, cell("授权委托", header, day, shape=DATE))
    assert [p.code for p in problems.errors] == (["E-DATE"] if refused else [])


@pytest.mark.parametrize("word", ["长期", "永久有效", "无"])
def test_without_an_end_the_cell_stays_blank(word: str, tmp_path: Path) -> None:
    """Whoever writes that there is no end is told to leave the cell blank."""
    _, problems = slip(tmp_path, cell("授权委托", "失效日期", word))
    assert "留空" in told(problems[0])
    assert "blank" not in told(problems[0])


# -- minutes and hours -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "hint"),
    [("工作量(分钟)", "标准社区年分钟"), ("标准社区 年分钟(小时)", ""),
     ("年工作小时数", "标准社区年小时"),
     ("标准社区年分种", "标准社区年分钟")],
)  # fmt: skip
def test_a_header_is_never_led_to_another_unit(header: str, hint: str, tmp_path: Path) -> None:
    """A header that says minutes is not taken for one of hours, nor the other way round: whoever
    followed would have sixty times the work."""
    _, problems = slip(tmp_path, head("事项", "标准社区年分钟", header))
    found = [p.hint for p in problems if p.code == "E-HEADER-UNKNOWN"]
    assert found == [hint]


def test_an_english_header_keeps_its_unit(tmp_path: Path) -> None:
    """English headers too."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "tasks", "minutes", "work_hours", row=1)
    found = [p.hint for p in check(path)[1] if p.code == "E-HEADER-UNKNOWN"]
    assert found == ["hours"]


@pytest.mark.parametrize("header", ["标准社区年工时", "工时"])
def test_a_header_without_a_unit_is_said(header: str, tmp_path: Path) -> None:
    """Working time without a unit is read as hours, with a warning that names both headers."""
    city, problems = slip(tmp_path, head("事项", "标准社区年分钟", header))
    assert city is not None
    (problem,) = problems
    assert (problem.code, problem.value) == ("W-HEADER-UNIT", repr(header))
    assert "按小时读取" in told(problem)
    assert "标准社区年小时" in told(problem)
    assert "标准社区年分钟" in told(problem)


@pytest.mark.parametrize("header", ["标准社区年小时", "标准社区年工时(小时)", "标准社区年分钟"])
def test_a_header_with_a_unit_is_silent(header: str, tmp_path: Path) -> None:
    """A header that says its unit is nothing to warn of."""
    assert list(slip(tmp_path, head("事项", "标准社区年分钟", header))[1]) == []


@pytest.mark.parametrize(
    ("rename", "value", "number", "header"),
    [("标准社区年分钟", "120小时", "7200", "标准社区年小时"),
     ("标准社区年小时", "90分钟", "1.5", "标准社区年分钟")],
)  # fmt: skip
def test_a_number_in_the_other_unit_is_worked_out(
    rename: str, value: str, number: str, header: str, tmp_path: Path
) -> None:
    """Hours in a column of minutes are shown as minutes, with the header that would take hours."""
    _, problems = slip(
        tmp_path, cell("事项", "标准社区年分钟", value), head("事项", "标准社区年分钟", rename)
    )
    (problem,) = problems.errors
    assert (problem.code, problem.hint) == ("E-NUM-UNIT", f"{number} | {header}")
    assert f"换算后是 {number};或把表头改为“{header}”" in told(problem)


# -- numbers ---------------------------------------------------------------------------------------


def test_advice_for_no_number_is_not_refused_next(tmp_path: Path) -> None:
    """A word for none in a required cell is not told to be left blank; in an optional one it is."""
    _, problems = slip(
        tmp_path, cell("事项", "标准社区年分钟", "无"), cell("承担主体", "在岗人数", "无")
    )
    staff, minutes = problems.errors
    assert "留空" in told(staff)
    assert "留空" not in told(minutes)
    assert "必填" in told(minutes)
    assert "required" not in told(minutes)
    assert told(minutes).count("'无'") == 1


@pytest.mark.parametrize(
    ("sheet", "header", "advice"),
    [("事项", "标准社区年分钟", "常规"), ("事项", "月份", "文本"), ("地区", "地区代码", "文本")],
)
def test_what_became_a_date_is_typed_again(
    sheet: str, header: str, advice: str, tmp_path: Path
) -> None:
    """A number that was made a date is typed again as a number, an id or months as text."""
    day = datetime.datetime(2024, 3, 5)
    _, problems = slip(tmp_path, cell(sheet, header, day, shape=DATE))
    problem = next(p for p in problems if p.code == "E-NUM-DATE")
    assert advice in told(problem)
    assert problem.value == "2024-03-05"
    assert problem.expected


@pytest.mark.parametrize(
    ("header", "given", "shown"),
    [("每年次数", "1次/月", ""), ("每年次数", "12次/年", "12"),
     ("小时成本元", "8000元/月", ""), ("小时成本元", "60元", "60"),
     ("每次分钟", "30分钟/次", "30"), ("每次分钟", "2小时/天", "")],
)  # fmt: skip
def test_an_amount_of_a_month_is_no_example(
    header: str, given: str, shown: str, tmp_path: Path
) -> None:
    """Once a month is not answered with 1, for the columns want what falls in a year."""
    sheet = "承担主体" if header == "小时成本元" else "报表"
    _, problems = slip(tmp_path, cell(sheet, header, given))
    (problem,) = problems.errors
    assert (problem.code, problem.hint) == ("E-NUM-UNIT", shown)


def test_a_percentage_is_shown_as_a_share(tmp_path: Path) -> None:
    """30 in a share may be 30 %; the range is said once."""
    _, problems = slip(tmp_path, cell("事项", "发现环节占比", 30))
    (problem,) = problems.errors
    assert (problem.code, problem.hint) == ("E-NUM-RANGE", "0.3")
    assert told(problem).count("0 至 1") == 1
    assert "写成 0.3" in told(problem)


@pytest.mark.parametrize(
    ("rename", "shown"), [("标准社区年分钟", "10,000,000,000"), ("标准社区年小时", "166,666,666")]
)
def test_limits_can_be_read(rename: str, shown: str, tmp_path: Path) -> None:
    """Limits are written in full, with their thousands apart."""
    _, problems = slip(
        tmp_path, cell("事项", "标准社区年分钟", -5), head("事项", "标准社区年分钟", rename)
    )
    assert f" 0 至 {shown}" in told(problems.errors[0])


# -- settings --------------------------------------------------------------------------------------


def test_a_misspelt_setting_is_shown_at_its_own_cell(tmp_path: Path) -> None:
    """What is wrong with the name of a setting is shown at the name, with the nearest name."""
    _, problems = slip(tmp_path, head("城市", "人均年工时分钟", "人均工时"))
    (problem,) = problems
    assert (problem.code, problem.cell, problem.value, problem.hint) == (
        "E-SETTING-UNKNOWN", "A4", "'人均工时'", "人均年工时分钟"
    )  # fmt: skip


def test_a_setting_given_twice_is_shown_at_its_own_cell(tmp_path: Path) -> None:
    """The second name of two is pointed at, by the name that stands there."""
    _, problems = slip(tmp_path, head("城市", "标准社区人口", "人均年工时分钟"))
    (problem,) = problems
    assert (problem.code, problem.cell, problem.column) == ("E-SETTING-DUP", "A5", "人均年工时分钟")
    assert problem.related == ("城市!A4",)


@pytest.mark.parametrize(
    ("key", "value"),
    [("基准日期", None), ("城市名称", None), ("市级部门工时系数", "多"), ("人口弹性", 80),
     ("目标方式", "最好"), ("权重 社区负担·行政事务", "高"), ("权重 最重社区负荷率", 10**10)],
)  # fmt: skip
def test_problems_of_settings_are_named_as_they_stand(
    key: str, value: Any, tmp_path: Path
) -> None:
    """In a Chinese workbook a setting is called by the name beside it."""
    _, problems = slip(tmp_path, cell("城市", key, value))
    assert [p.column for p in problems] == [key]
    assert not re.search(r"\([a-z_.]+\)", told(problems[0]))


def test_a_weight_that_is_too_large_is_named_as_it_stands(tmp_path: Path) -> None:
    """Of weights that leave the exact numbers the one that does most is called by its name."""
    key = "权重 上移工作·职能部门"
    _, problems = slip(tmp_path, cell("城市", "标准社区人口", 1), cell("城市", key, 10**9))
    assert [(p.code, p.column) for p in problems] == [("E-WEIGHTS", key)]
    assert not re.search(r"\([a-z_.]+\)", told(problems[0]))


def test_criteria_are_named_in_chinese(tmp_path: Path) -> None:
    """An order of criteria may be in Chinese or in English, and is offered in Chinese."""
    city, problems = slip(tmp_path, cell("城市", "逐级次序", "社区负担·行政事务;迎检次数;change"))
    assert list(problems) == []
    assert city is not None
    assert city.settings["policy.order"] == (
        "community_load.administrative", "inspections", "change"
    )  # fmt: skip
    _, problems = slip(tmp_path, cell("城市", "逐级次序", "迎检"))
    assert problems[0].hint == "迎检次数"
    assert "社区负担 community_load | 迎检次数 inspections" in told(problems[0])
    assert "检查 inspections" not in told(problems[0])


# -- ids, names, holders ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "name", "id_"),
    [("事项编号", "高龄津贴", "T1"), ("地区代码", "和平社区", "P111"),
     ("现处置主体", "民政局", "D1"),
     ("现处置主体", "阳光社工", "V1")],
)  # fmt: skip
def test_a_name_in_the_place_of_an_id_is_answered_with_the_id(
    header: str, name: str, id_: str, tmp_path: Path
) -> None:
    """Whoever types a name that is in the table is told its id, and where the ids are."""
    _, problems = slip(tmp_path, cell("现状分工", header, name))
    (problem,) = problems.errors
    assert (problem.code, problem.hint) == ("E-REF-NAME", id_)
    assert f"编号是 {id_}" in told(problem)
    assert "列" in told(problem)


@pytest.mark.parametrize(
    ("sheet", "header", "typed", "hint"),
    [("事项", "主管部门", "D1", "民政局"), ("现状分工", "现处置主体", "民政", "D1"),
     ("购买合同", "大类", "民生", "民生服务")],
)  # fmt: skip
def test_what_is_like_a_name_is_offered(
    sheet: str, header: str, typed: str, hint: str, tmp_path: Path
) -> None:
    """An id for a function is answered with its function, part of a name with the id of it."""
    _, problems = slip(tmp_path, cell(sheet, header, typed))
    assert [p.hint for p in problems] == [hint]
    assert problems[0].code.endswith("-UNKNOWN")
    assert f"最接近的是 {hint}" in told(problems[0])


@pytest.mark.parametrize(
    ("word", "means"), [("街道办", "street"), ("街道办事处", "street"), ("居委会", "community")]
)
def test_holders_may_be_called_as_elsewhere(word: str, means: str, tmp_path: Path) -> None:
    """The words of the other tables for street and community are understood, with a warning."""
    city, problems = slip(tmp_path, cell("现状分工", "现处置主体", word))
    assert [p.code for p in problems] == ["W-REF-NORM"]
    assert city is not None
    assert city.tables["current"]["handler"][0] == means
    assert means not in told(problems[0])


def test_a_list_with_commas_is_shown_with_semicolons(tmp_path: Path) -> None:
    """Known ids with a comma between them are offered as the list that was meant."""
    _, problems = slip(tmp_path, cell("购买合同", "服务地区", "P11,P112"))
    (problem,) = problems.errors
    assert (problem.code, problem.hint) == ("E-REF-UNKNOWN", "P11;P112")


def test_what_may_refer_to_a_damaged_id_is_shown_that_cell(tmp_path: Path) -> None:
    """Who names an id that could not be read is not led to its neighbour, but to the cell."""
    _, problems = slip(tmp_path, cell("事项", "事项编号", None))
    first, *others = problems.errors
    assert first.code == "E-REQUIRED"
    assert {p.code for p in others} == {"E-REF-UNKNOWN"}
    assert all((p.value, p.hint) == ("'T1'", "") for p in others)
    assert all("事项!A2" in told(p) for p in others)


def test_a_repeated_row_is_told_what_makes_it_one(tmp_path: Path) -> None:
    """The columns that together may stand once are named by their headers."""
    edits = [cell("现状分工", "地区代码", "P0", row=3), cell("现状分工", "事项编号", "T1", row=3)]
    _, problems = slip(tmp_path, *edits)
    (problem,) = problems.errors
    assert problem.code == "E-KEY-DUP"
    assert "事项编号、地区代码的每个组合一行" in told(problem)


def test_a_tick_is_yes(tmp_path: Path) -> None:
    """Signs that forms are ticked with are taken for yes and no."""
    ticked, problems = slip(tmp_path, cell("检查", "一票否决", "√"))
    assert ticked is not None
    assert not problems
    assert ticked.inspections.veto[0]


@pytest.mark.parametrize("word", ["发现", "处置"])
def test_legs_may_be_called_in_short(word: str, tmp_path: Path) -> None:
    """The words by which every page calls the legs are taken in cells as well, silently."""
    city, problems = slip(tmp_path, cell("检查", "环节", word, row=2))
    assert city is not None
    assert not problems
    assert city.inspections.leg[0] == ["发现", "处置"].index(word)


def test_ids_are_said_to_be_in_a_table_and_column() -> None:
    """What a reference may be names table and column of the ids."""
    unknown = Problem("E-REF-UNKNOWN", "E", expected="ref units")
    assert "请改为“承担主体”表“主体编号”列中已有的" in told(unknown)
    assert "column id" in messages.describe(unknown, "en")
    lead = Problem("E-REF-UNKNOWN", "E", expected="function units")
    assert "“承担主体”表“职能”列" in told(lead)


def test_a_header_offered_is_one_of_the_file() -> None:
    """A header is offered as it has to stand, not as the name of a table that is spelt like it."""
    problem = Problem("E-HEADER-UNKNOWN", "E", sheet="contracts", column="place", hint="places")
    assert "“places”" in told(problem)


def test_kinds_are_not_taken_for_columns(tmp_path: Path) -> None:
    """A contractor that is none is said to need a unit of kind 承接组织."""
    _, problems = slip(tmp_path, cell("购买合同", "承接主体", "D1"))
    assert "承接组织 contractor" in told(problems[0])
    assert "所填主体的类别为 职能部门" in told(problems[0])


@pytest.mark.parametrize("column", ["code", "parent"])
def test_an_id_that_a_spreadsheet_cut_is_known(column: str, tmp_path: Path) -> None:
    """3.50203E+11 is a number that has lost its digits, and no id."""
    path = bad.folder(tmp_path)
    bad.set_csv(path, "places", column, "3.50203E+11", row=5)
    found = [p for p in check(path)[1].errors if p.column == column]
    assert [p.code for p in found] == ["E-ID-PRECISION"]


# -- what follows from something else --------------------------------------------------------------


def test_what_follows_from_a_wrong_parent_is_not_said(tmp_path: Path) -> None:
    """A community that hangs nowhere is not said to be without work as well."""
    _, problems = slip(tmp_path, cell("地区", "上级代码", "P9", row=5))
    assert [p.code for p in problems] == ["E-REF-UNKNOWN"]


def test_what_follows_from_a_wrong_number_is_not_said(tmp_path: Path) -> None:
    """Residents that cannot be read are not said to be missing as well."""
    _, problems = slip(tmp_path, cell("地区", "人口", "很多", row=5))
    assert [p.code for p in problems] == ["E-NUM"]


def test_what_follows_from_a_shifted_row_is_not_said(tmp_path: Path) -> None:
    """A category whose task could not be read is not said to be unknown."""
    path = bad.folder(tmp_path)
    rows = bad.rows_of(path, "tasks")
    category = rows[0].index("category")
    names, contract = bad.rows_of(path, "contracts")
    wanted = contract[names.index("categories")]
    for row in rows[1:]:
        if row[category] in wanted.split(";"):
            row.insert(1, "x")
    bad.put_rows(path, "tasks", rows)
    assert set(check(path)[1].counts) == {"E-ROW-LONG"}


def test_what_follows_from_a_unit_that_sits_nowhere_is_not_said(tmp_path: Path) -> None:
    """A community is not said to be bare where the place of a unit is unknown."""
    _, problems = slip(tmp_path, cell("承担主体", "所属地区", "P999", row=4))
    assert [p.code for p in problems] == ["E-REF-UNKNOWN"]


def test_what_follows_from_a_wrong_tier_is_not_said(tmp_path: Path) -> None:
    """Units are not judged by the tier of a place where that tier is wrong."""
    _, problems = slip(tmp_path, cell("地区", "层级", "市", row=5))
    assert {p.code for p in problems} == {"E-HIER-TIER"}


def test_a_blank_cell_of_hours_needs_hours(tmp_path: Path) -> None:
    """What is missing under a header of hours is said to be hours."""
    _, problems = slip(
        tmp_path, cell("事项", "标准社区年分钟", None),
        head("事项", "标准社区年分钟", "标准社区年小时"),
    )  # fmt: skip
    assert [(p.code, p.expected) for p in problems] == [("E-REQUIRED", "hours")]


def test_two_units_of_one_form_are_said(tmp_path: Path) -> None:
    """Two community units of one form in a community are accepted and named: they may be one."""
    rows = bad.rows_of(bad.folder(tmp_path), "units")
    twin = next(row for row in rows if row[0] == "C2")
    path = bad.folder(tmp_path)
    bad.put_rows(path, "units", [*rows, ["C9", *twin[1:]]])
    city, problems = check(path)
    assert city is not None
    assert [(p.code, p.related) for p in problems] == [("W-UNIT-TWIN", ("units!E4",))]


def test_months_without_effect_are_shown(tmp_path: Path) -> None:
    """The months that a long-term task ignores are shown."""
    _, problems = slip(tmp_path, cell("事项", "月份", "05-10"))
    assert [(p.code, p.value) for p in problems] == [("W-MONTHS-IGNORED", "'05-10'")]


# -- words -----------------------------------------------------------------------------------------


def test_a_stray_cell_is_told_where_the_table_ends(tmp_path: Path) -> None:
    """What is expected of a cell outside is that it be inside, up to the last header."""

    def stray(book: Any) -> None:
        book["事项"]["Z3"] = "x"

    _, problems = slip(tmp_path, stray)
    assert "表头止于 U 列" in told(problems[0])


def test_a_sheet_of_the_program_is_no_table(tmp_path: Path) -> None:
    """Sheet1 is not said to be like a table of the city."""

    def more(book: Any) -> None:
        book.create_sheet("Sheet1")["A1"] = "x"

    _, problems = slip(tmp_path, more)
    assert [(p.code, p.hint) for p in problems] == [("W-SHEET-UNKNOWN", "")]


@pytest.mark.parametrize("table", ["准入", "现状分工"])
def test_a_table_that_is_not_there_has_the_name_of_its_sheet(table: str, tmp_path: Path) -> None:
    """Beside Chinese sheets one that is missing is called by its Chinese name."""
    _, problems = slip(tmp_path, lambda book: book.remove(book[table]))
    assert [p.sheet for p in problems] == [table]


@pytest.mark.parametrize(
    ("data", "code"),
    [("id;name\n", "W-CSV-DELIM"), ("id\tname\n", "W-CSV-DELIM"),
     ('id,name\n"x,y\n', "E-CSV-QUOTE")],
)  # fmt: skip
def test_chinese_messages_have_no_words_of_the_program(
    data: str, code: str, tmp_path: Path
) -> None:
    """Separators and quotes are told in Chinese, without escapes or sentences of a library."""
    path = bad.folder(tmp_path)
    header, *rows = bad.rows_of(path, "contracts")
    separator = ";" if ";" in data else "\t" if "\t" in data else ","
    bad.put_rows(path, "contracts", [header, *rows], separator)
    if code == "E-CSV-QUOTE":
        bad.put_bytes(path, "contracts", data.encode())
    said = [told(p) for p in check(path)[1] if p.code == code]
    assert said
    assert not re.search(r"\\t|unexpected|应为:,", said[0])


def test_bytes_and_settings_without_sense_are_told_in_chinese(tmp_path: Path) -> None:
    """Bytes are shown as such, and a wrong line of settings without an English sentence."""
    path = bad.folder(tmp_path)
    lines = bad.text_of(path, "tasks").encode().splitlines()
    lines[2] = lines[2].decode().encode("gbk")
    bad.put_bytes(path, "tasks", b"\n".join(lines))
    (path / "city.toml").write_text("name = \n", encoding="utf-8")
    said = {p.code: told(p) for p in check(path)[1]}
    assert "个字节起" in said["E-ENC"]
    assert "b'" not in said["E-ENC"]
    assert "Invalid" not in said["E-TOML"]


# -- words for nothing, and settings in another unit -----------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "header", "word", "code"),
    [
        ("承担主体", "人员池", "独立人员池", "E-BLANK-WORD"),
        ("承担主体", "人员池", "无", "E-BLANK-WORD"),
        ("授权委托", "事项编号", "无", "E-REF-UNKNOWN"),
        ("授权委托", "失效日期", "一直有效", "E-DATE"),
        ("购买合同", "大类", "全部", "E-BLANK-WORD"),
        ("城市", "口径覆盖", "按各事项的统一口径", "E-ENUM"),
    ],
)
def test_a_word_for_nothing_is_to_be_left_blank(
    sheet: str, header: str, word: str, code: str, tmp_path: Path
) -> None:
    """The words of the template for a blank, typed into a cell, are to be left out."""
    city, problems = slip(tmp_path, cell(sheet, header, word))
    assert city is None
    assert [p.code for p in problems.errors if p.column == header] == [code]
    (problem,) = (p for p in problems.errors if p.column == header)
    assert "留空" in told(problem)


def test_hours_a_year_given_for_minutes_are_pointed_out(tmp_path: Path) -> None:
    """1,800 minutes a year get a warning; 1,800 hours are answered in minutes."""
    city, problems = slip(tmp_path, cell("城市", "人均年工时分钟", 1800))
    assert city is not None
    (problem,) = (p for p in problems.warnings if p.code == "W-YEAR-SHORT")
    assert "108000" in told(problem).replace(",", "")
    _, problems = slip(tmp_path, cell("城市", "人均年工时分钟", "1800小时"))
    assert "108000" in told(problems.errors[0]).replace(",", "")


@pytest.mark.parametrize("given", [1.2, "120%"])
def test_a_factor_is_answered_in_thousandths(given: Any, tmp_path: Path) -> None:
    """1.2 is 1,200 per mille, and not to be rounded to 1."""
    _, problems = slip(tmp_path, cell("城市", "市级部门工时系数", given))
    assert "1200" in told(problems.errors[0]).replace(",", "")
