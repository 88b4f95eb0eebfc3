"""Takes the pictures of the app: `make screenshots`.

A district is solved in the app itself, by a browser that presses what a planner would press.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import openpyxl

from realloc import tables
from tests.browser import Visit, browsing, serving

OUT = Path(__file__).with_name("screenshots")
SECONDS = 60


def take(visit: Visit, name: str, height: int = 1000) -> None:
    """Take a picture of the page as it stands, of a height that shows what it is about."""
    visit.page.set_viewport_size({"width": 1360, "height": height})
    visit.settle()
    visit.page.mouse.move(1, 1)
    visit.page.wait_for_timeout(1200)  # drawings follow the size a moment later
    path = OUT / f"{name}.png"
    visit.page.screenshot(path=path)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def break_city(folder: Path) -> Path:
    """Write a workbook with a few mistakes of the kind that people make."""
    path = folder / "城市.xlsx"
    city, _ = tables.check(Path(__file__).parents[1] / "instances" / "reference")
    if city is None:
        raise LookupError("instances/reference")
    tables.write(city, path, "xlsx", "zh")
    book = openpyxl.load_workbook(path)
    sheet = book["事项"]
    header = [cell.value for cell in sheet[1]]
    for row, column, value in (
        (4, "标准社区年分钟", -5), (7, "统一口径", "街办"), (9, "发现环节占比", "约三成"),
        (12, "标准社区年分钟", "一百小时"),
    ):  # fmt: skip
        sheet.cell(row, header.index(column) + 1, value)
    sheet = book["报表"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(5, header.index("事项编号") + 1, "T02-99")
    book.save(path)
    return path


def visit_all(visit: Visit, folder: Path) -> None:
    """Go through all pages as a planner would, and take a picture of each."""
    visit.open()
    take(visit, "welcome", 760)
    visit.press("思明区")
    visit.drawn("各社区负荷")
    take(visit, "overview", 1240)
    visit.go("数据")
    visit.page.locator("input[type=file]").set_input_files(str(break_city(folder)))
    visit.sees("城市.xlsx")
    visit.press("检查并载入")
    visit.sees("未载入")
    take(visit, "data", 1000)
    visit.go("求解")
    visit.fill("时限(秒)", str(SECONDS))
    visit.press("开始求解")
    visit.drawn("当前值与下界", SECONDS)
    gap = visit.page.locator("[data-testid=stMetric]").filter(has_text="差距")
    gap.get_by_text("%").wait_for(timeout=1000 * SECONDS)
    visit.page.wait_for_timeout(600 * SECONDS)
    take(visit, "solve", 860)
    visit.sees("求解结果", 3 * SECONDS)
    visit.go("对比")
    visit.drawn("各社区负荷:现状与方案")
    take(visit, "compare", 1130)
    for tab, name, height in (("工作流向", "flow", 1240), ("变动清单", "changes", 1300)):
        visit.page.get_by_role("radio", name=tab).click()
        take(visit, name, height)
    visit.go("帮助")
    take(visit, "help", 1100)
    visit.page.get_by_text("English", exact=True).click()
    visit.go("Compare")
    take(visit, "compare-en", 1640)


def main() -> None:
    """Take all pictures."""
    OUT.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "server.log") as address,
        browsing() as browser,
    ):
        visit_all(Visit(browser, address), Path(folder))


if __name__ == "__main__":
    main()
