"""Pages in a real Chromium of which a test knows everything: what they asked for, and what went wrong behind them."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

WAIT_MS = 120_000
PROBED = re.compile(r"/(accuracy|freshness|cost|examples|lab|ask)/_stcore/(health|host-config)$")
"""Streamlit looks for its server below the page's own path first, and Chromium logs the 404."""


class Watched:
    """A page, and everything that went on behind it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda web_socket: self.requests.append(web_socket.url))
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}"))

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the script has run and the page stands."""
        expect(self.page.locator("h1")).to_be_visible(timeout=WAIT_MS)
        running = self.page.locator("[data-testid=stApp][data-test-script-state=running]")
        expect(running).to_have_count(0, timeout=WAIT_MS)
        expect(self.page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=WAIT_MS)

    def of_address(self, name: str) -> str | None:
        return parse_qs(urlsplit(self.page.url).query).get(name, [None])[0]

    @property
    def left(self) -> list[str]:
        """Requests that left this machine."""
        here = ("127.0.0.1", "localhost", "")
        return [url for url in self.requests if (urlsplit(url).hostname or "") not in here]

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not PROBED.search(message.location["url"]):
            self.errors.append(message.text)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    asked = os.environ.get("CHROME_PATH")
    found = asked or next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    if found is None:
        if os.environ.get("RAGVSFT_REQUIRE_BROWSER") == "1":
            pytest.fail("RAGVSFT_REQUIRE_BROWSER=1, and no Chromium was found; CHROME_PATH names one")
        pytest.skip("no Chromium was found; CHROME_PATH names one")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=60_000)  # a machine at work on other things is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def watch(browser: Browser, dashboard) -> Iterator[Callable[..., Watched]]:
    """Opens watched pages; whatever a test looks at, nothing may leave this machine and no error be logged."""
    opened: list[Watched] = []

    def watched(url: str = dashboard.url, **context: Any) -> Watched:
        page = browser.new_context(**({"viewport": {"width": 1360, "height": 1000}} | context)).new_page()
        opened.append(Watched(page, url))
        return opened[-1]

    yield watched
    for one in opened:
        one.page.context.close()
    assert [(one.left, one.errors) for one in opened] == [([], [])] * len(opened)
