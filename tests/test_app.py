"""The app in a real browser: upload, problems, solve, stop, compare, languages, no outside request.

The server and the browser start once for all of these; a missing browser fails them.
"""

from __future__ import annotations

import csv
import io
import socket
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from browser import ROOT, Visit, browsing, serving
from openpyxl.utils import get_column_letter

import realloc as ra
from realloc import tables
from realloc.ui import intake

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The app on a port of its own."""
    with serving(tmp_path_factory.mktemp("app") / "server.log") as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    """Chromium."""
    with browsing() as browser:
        yield browser


@pytest.fixture
def visit(browser, address):
    """A visitor of the app; whatever it did, it asked no other address for anything."""
    visit = Visit(browser, address)
    yield visit
    outside, seen = visit.outside(), len(visit.requests)
    trouble = visit.page.locator("[data-testid=stException]").count()
    visit.context.close()
    assert seen > 10
    assert outside == []
    assert trouble == 0


@pytest.fixture(scope="module")
def workbook(tmp_path_factory) -> Path:
    """A small city as a workbook with Chinese headers."""
    path = tmp_path_factory.mktemp("city") / "城市.xlsx"
    tables.write(ra.read(ROOT / "instances" / "reference"), path, "xlsx", "zh")
    return path


def upload(visit: Visit, *paths: Path) -> None:
    """Upload files on the page of data and have them checked."""
    visit.page.locator("input[type=file]").set_input_files([str(path) for path in paths])
    visit.text(paths[0].name).wait_for()
    visit.settle()
    visit.press("检查并载入")


def saved(visit: Visit, key: str) -> tuple[str, bytes]:
    """Press a download button; return the file's name and its bytes."""
    with visit.page.expect_download() as waiting:
        visit.page.locator(f".st-key-download-{key} button").click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_empty_pages_say_where_to_go(visit):
    """Without a city the pages lead to the data, and a sample begins everything."""
    visit.open()
    assert visit.sees("基层治理事项分工")
    visit.go("求解")
    assert visit.sees("还没有城市")
    visit.follow("前往“数据”")
    assert visit.sees("样例城市")
    visit.press("标准社区")
    assert visit.sees("当前城市:标准社区")
    visit.go("对比")
    assert visit.sees("还没有方案")


def test_a_workbook_is_solved_compared_and_handed_out(visit, workbook):
    """From an uploaded workbook to a plan: proof, figures, reasons and files, all of one plan."""
    visit.open("data")
    upload(visit, workbook)
    assert visit.sees("已载入")
    visit.go("总览")
    assert visit.sees("工作如何落到社区")
    visit.drawn("各社区负荷")
    visit.page.get_by_role("radio", name="违规清单").click()
    assert visit.sees("条违规")
    assert {"C2 法定权限", "9901001001 标准社区"} <= visit.cells()
    assert not visit.cut()
    visit.go("求解")
    visit.fill("时限(秒)", "60")
    visit.text("更多选项").click()
    visit.fill("差距达到即停(%)", "50")
    visit.press("开始求解")
    assert visit.sees("正在求解")
    assert visit.sees("求解结果", 80)
    assert visit.sees("已独立复核")
    visit.follow("前往“对比”")
    assert visit.sees("主要指标(与现状比)")
    visit.drawn("各社区负荷:现状与方案")
    visit.page.get_by_role("radio", name="工作流向").click()
    visit.drawn("左为现状、右为方案")
    visit.page.get_by_role("radio", name="变动清单").click()
    assert visit.sees("条变动")
    reasons = visit.cells()
    assert not visit.cut()
    visit.page.get_by_role("radio", name="下载").click()

    city = ra.read(workbook)
    name, data = saved(visit, "plan_csv")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert name.endswith(".csv")
    assert {row["事项编号"] for row in rows} == set(city.tasks.id)
    book = openpyxl.load_workbook(io.BytesIO(saved(visit, "comparison")[1]))
    assert book.sheetnames == ["指标", "社区负荷", "部门与街道", "变动清单", "违规"]
    broken = book["违规"].iter_rows(min_row=2, values_only=True)
    counts = Counter((str(row[0]), str(row[1]).split()[0]) for row in broken)
    today = ra.evaluate(city, city.current).families()
    assert counts == {("现状", family): count for family, count in today.items()}
    listed = book["变动清单"].iter_rows(min_row=2, max_row=101, values_only=True)
    assert {str(row[-1]) for row in listed} <= reasons
    assert "分工方案" in openpyxl.load_workbook(io.BytesIO(saved(visit, "plan_xlsx")[1])).sheetnames
    with zipfile.ZipFile(io.BytesIO(saved(visit, "certificate")[1])) as package:
        folder = workbook.parent / "package"
        package.extractall(folder)
    found = ra.verify(ra.read(folder / "city"), folder / "plan")
    assert found.valid, found.reasons


def test_a_bad_workbook_shows_its_problems_at_their_cells(visit, workbook, tmp_path):
    """What is wrong is named by sheet and cell and the city not taken, until it is corrected."""
    book = openpyxl.load_workbook(workbook)
    sheet = book["事项"]
    header = [cell.value for cell in sheet[1]]
    minutes, scope = header.index("标准社区年分钟") + 1, header.index("统一口径") + 1
    sheet.cell(4, minutes, -5)
    sheet.cell(6, scope, "火星")
    bad = tmp_path / "有错.xlsx"
    book.save(bad)
    visit.open("data")
    upload(visit, bad)
    assert visit.sees("未载入:2 处错误")
    assert visit.sees("尚未选择城市")
    words = visit.cells()
    places = {f"{get_column_letter(minutes)}4", f"{get_column_letter(scope)}6"}
    assert places | {"事项", "错误", "不能为负数"} <= words
    assert not visit.cut()
    sheet.cell(4, minutes, 5)
    sheet.cell(6, scope, "街道")
    book.save(bad)  # under the same name, as people do
    upload(visit, bad)
    assert visit.sees("已载入")


def test_names_of_the_data_are_shown_as_they_are(visit, tmp_path):
    """A name that looks like a picture or a link is letters and no more: nothing is asked for."""
    name = "![x](http://127.0.0.2/x.png) :red[y] **z**"
    city = ra.read(ROOT / "instances" / "reference")
    units = dict(city.tables["units"])
    units["name"] = [name] * len(units["name"])
    path = tmp_path / "city.xlsx"
    tables.write(city.replace(settings={"name": name}, tables={"units": units}), path, "xlsx")
    visit.open("data")
    upload(visit, path)
    assert visit.sees(f"当前城市:{name}")
    visit.go("总览")
    assert visit.page.get_by_text(name).count() >= 2
    assert visit.page.locator("[data-testid=stMain] img").count() == 0


def start(visit, sample: str, seconds: int) -> None:
    """Choose a sample city on the page of data, and start a run of it."""
    visit.press(sample)
    assert visit.sees(f"当前城市:{CITIES[sample]}")
    visit.go("求解")
    visit.fill("时限(秒)", str(seconds))
    visit.press("开始求解")


#: Sample cities by the words of their buttons.
CITIES = {"思明区": "厦门市思明区", "标准社区": "标准社区"}


def test_a_run_is_stopped_and_its_best_plan_kept(visit):
    """A run of an hour goes on while other pages are seen, over a reload, and stops when told.

    Its options are still those it was started with.
    """
    visit.open("data")
    start(visit, "思明区", 3600)
    visit.drawn("当前值与下界", 40)
    visit.go("总览")
    assert visit.sees("现状违反的规则")
    visit.page.reload()
    visit.settle()
    visit.go("求解")
    assert visit.sees("正在求解")
    assert visit.page.locator("input[aria-label='时限(秒)']").input_value() == "3600"
    gap = visit.page.locator("[data-testid=stMetric]").filter(has_text="差距")
    gap.get_by_text("%").wait_for(timeout=40_000)  # there is a plan to keep
    visit.press("停止并保留最好方案")
    assert visit.sees("求解结果", 60)
    assert visit.sees("已独立复核")
    visit.go("对比")
    assert visit.sees("主要指标(与现状比)")


def test_a_run_is_seen_from_everywhere_and_its_end_noticed(visit):
    """Another city's pages lead to it, another tab stops it, and the plan waited for appears.

    What is looked at then stays in the other language.
    """
    visit.open("data")
    start(visit, "标准社区", 3600)
    assert visit.sees("停止并保留最好方案")
    visit.go("数据")
    visit.press("思明区")
    assert visit.sees("当前城市:厦门市思明区")
    tab = visit.follow_apart("正在求解")
    assert tab.sees("当前城市:标准社区")
    visit.follow("正在求解")
    assert visit.sees("当前城市:标准社区")
    assert visit.sees("停止并保留最好方案")
    visit.go("对比")
    assert visit.sees("等它结束")
    tab.press("停止并保留最好方案")
    assert visit.sees("主要指标(与现状比)", 60)
    visit.page.get_by_role("radio", name="变动清单").click()
    visit.settle()
    kinds = visit.page.locator(".st-key-filter-after_kind-zh input")
    kinds.fill("职能部门")
    kinds.press("Enter")
    visit.fill("查找", "T")
    shown = visit.text("条变动").inner_text().split()[1]
    visit.page.get_by_text("English", exact=True).click()
    assert visit.sees(f"{shown} of ")
    visit.settle()
    assert visit.page.locator("input[aria-label='Search']").input_value() == "T"
    chosen = visit.page.locator(".st-key-filter-after_kind-en")
    assert "Departments" in chosen.inner_text()


def test_everything_is_there_in_english(visit):
    """The switch of the sidebar turns every page to English, and the choice lasts."""
    visit.open()
    visit.page.get_by_text("English", exact=True).click()
    assert visit.sees("Who should do what in grassroots governance")
    visit.press("Reference community")
    assert visit.sees("How work comes down to communities")
    visit.go("Data")
    visit.text("city (").click()
    assert "policy.order" in visit.cells()
    assert not visit.cut()
    for title in ("Data", "Solve", "Compare", "Help", "Overview"):
        visit.go(title)
        words = visit.page.locator("[data-testid=stMain]").inner_text()
        cjk = {c for c in words if "\u4e00" <= c <= "\u9fff"}
        # names of the city and what stands in its tables are data
        assert cjk <= set("标准社区合成数据厦门市思明"), title
    visit.page.reload()
    visit.settle()
    assert visit.sees("How work comes down to communities")


def test_the_server_is_closed_to_others(address):
    """It listens on one address of this machine, guards its forms, tells no details of errors."""
    port = int(address.rpartition(":")[2])
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=2)
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["enableXsrfProtection"] is True
    assert config["server"]["maxUploadSize"] * 2**20 == intake.MAX_UPLOAD
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
