"""The app on a port of its own, and a real browser that looks at it and keeps what it asked for."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 1360, 900

_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
          "--disable-background-networking", "--font-render-hinting=none")  # fmt: skip


@contextmanager
def serving(log: Path) -> Iterator[str]:
    """Start the app as `realloc app` does, yield its address, and end it.

    Raises
    ------
    TimeoutError
        if it does not answer within a minute; the log says why.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "realloc", "app", "--port", str(port), "--lang", "zh"]
    with log.open("wb") as file:
        server = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file,
                                  env={**os.environ, "PYTHONUTF8": "1",
                                       "STREAMLIT_SERVER_HEADLESS": "true"},
                                  start_new_session=True)  # fmt: skip
    try:
        _wait_for(address, server)
        yield address
    finally:
        # the group is this server's own: it was started in a session of its own
        with suppress(ProcessLookupError):
            os.killpg(server.pid, 15)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, 9)
            server.wait(10)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        with (
            suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise TimeoutError("the app did not start")


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start Chromium.

    Raises
    ------
    RuntimeError
        if there is none: `make test` installs it.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise RuntimeError("chromium is not installed: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One visitor: a page, everything that it asked for, and ways to say what to press."""

    def __init__(self, browser: Browser, address: str, *, scheme: str = "light") -> None:
        self.address = address
        self.context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN", accept_downloads=True,
            color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce",
        )  # fmt: skip
        self.requests: list[str] = []
        self.look_at(self.context.new_page())

    def look_at(self, page: Page) -> None:
        """Go on with a page of the browser, and keep what it asks for."""
        self.page = page
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.set_default_timeout(20_000)

    def open(self, path: str = "") -> None:
        """Open a page of the app and wait until it stands."""
        self.page.goto(f"{self.address}/{path}")
        self.settle()

    def go(self, title: str) -> None:
        """Go to a page by the menu."""
        self.page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()
        self.page.get_by_role("heading", name=title, level=1).wait_for()
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and what it drew is there."""
        self.page.wait_for_timeout(100)  # what was pressed reaches the server first
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        self.page.locator("[data-testid=stSkeleton]").first.wait_for(state="detached")

    def fill(self, label: str, value: str) -> None:
        """Write a number or a text into a field and leave it."""
        field = self.page.locator(f"input[aria-label='{label}']")
        field.fill(value)
        field.press("Enter")
        self.settle()

    def press(self, label: str) -> None:
        """Press the button with this label."""
        self.page.get_by_role("button", name=label).first.click()

    def follow(self, label: str) -> None:
        """Follow the link with this label."""
        self._link(label).click()

    def follow_apart(self, label: str) -> Visit:
        """Follow the link with this label in a new tab, and return the visit there."""
        with self.context.expect_page() as opened:
            self._link(label).click(button="middle")
        tab = copy(self)
        tab.look_at(opened.value)
        return tab

    def _link(self, label: str) -> Locator:
        return self.page.get_by_role("link", name=label).first

    def text(self, words: str) -> Locator:
        """Return what shows these words."""
        return self.page.get_by_text(words).first

    def sees(self, words: str, seconds: float = 20.0) -> bool:
        """Wait for words at most so long; return whether they are there, print what is if not."""
        with suppress(Exception):
            self.text(words).wait_for(timeout=seconds * 1000)
            return True
        print(f"{words} is not on {self.page.url}:\n{self.page.locator('body').inner_text()}")
        return False

    def drawn(self, alt: str, seconds: float = 20.0) -> None:
        """Wait until the drawing that is described so has marks."""
        drawing = self.page.locator(f"[data-testid=stVegaLiteChart][aria-label^='{alt}'] svg path")
        drawing.first.wait_for(timeout=seconds * 1000, state="attached")

    def cells(self) -> set[str]:
        """Return what the cells of the tables show."""
        cells = self.page.locator("[data-testid=stTable] td")
        cells.first.wait_for(state="attached")
        return set(cells.all_inner_texts())

    def cut(self) -> list[str]:
        """Return the texts of tables, and of their parts, that are wider than there is room."""
        return self.page.locator("[data-testid=stTable], [data-testid=stTable] *").evaluate_all(
            "all => all.filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)"
            ".map(e => e.innerText)"
        )  # fmt: skip

    def outside(self) -> list[str]:
        """Return what was asked of any other address."""
        host = self.address.partition("://")[2]
        return [
            url for url in self.requests
            if not url.startswith(("data:", "blob:", "about:"))
            and url.partition("://")[2].partition("/")[0] != host
        ]  # fmt: skip
