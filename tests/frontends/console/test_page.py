"""The console in a real browser: a question, its panes, another person, nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .running import dev, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium is here; on Debian: apt-get install chromium"
    ),
    pytest.mark.skipif(
        importlib.util.find_spec("playwright") is None,
        reason="no Playwright is here: pip install playwright",
    ),
]


@contextmanager
def browser_page() -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 820})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def test_a_person_sees_what_passes(shop: Path) -> None:
    with dev(shop, "--fresh") as running, browser_page() as page:
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
        page.goto(running.console)
        field = page.locator("chatkit-panel textarea[part=input]")
        field.fill("Add a task: buy milk")
        field.press("Enter")
        page.get_by_text("Added #1 buy milk").first.wait_for()
        line = page.locator("details.wire", has_text="threads.create").locator("summary").first
        line.focus()
        line.press("Enter")
        page.locator("details.event", has_text="thread.created").wait_for()
        page.get_by_role("tab", name="Wire").focus()
        for pane, text in (("model", "add_task"), ("tool", "Alice"), ("stored", "user_message")):
            page.keyboard.press("ArrowRight")
            if pane == "stored":
                page.keyboard.press("ArrowRight")  # past the checks
            page.locator(f"details.{pane}", has_text=text).first.wait_for()
        page.get_by_role("button", name="Bob").click()
        until(lambda: page.locator("chatkit-panel .assistant_message").count() == 0, 60)
        divider = page.get_by_role("separator", name="Width of the chat")
        before = divider.get_attribute("aria-valuenow")
        divider.press("ArrowRight")
        wider = divider.get_attribute("aria-valuenow")
        assert wider != before
        page.reload()
        page.get_by_role("tab", name="Rows", selected=True).wait_for()
        assert divider.get_attribute("aria-valuenow") == wider
        away = (f"{running.console}/", "data:", "blob:")
        assert [url for url in asked if not url.startswith(away)] == []
        assert said == []
