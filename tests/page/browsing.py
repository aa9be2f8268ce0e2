"""People in front of the page: what they do there, and what their browser asks the network for."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Locator, Page, Request

# Without these, Chromium itself looks for hosts of its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
# What Chromium says of a request that was refused, as tests mean it to be.
REFUSED = re.compile(r"Failed to load resource")


class Browsing:
    """One browser for several tests; each visit is a person of its own in it."""

    def __init__(self, executable: str) -> None:
        self._executable = executable

    def __enter__(self) -> Self:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self.browser = self._playwright.chromium.launch(
            executable_path=self._executable,
            args=FLAGS,
            headless=True,
            # People have scroll bars, which take room.
            ignore_default_args=["--hide-scrollbars"],
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self.browser.close()
        self._playwright.stop()

    def visit(
        self,
        url: str,
        user: str,
        *,
        width: int = 1100,
        height: int = 760,
        dark: bool = False,
        expects_violations: bool = False,
        same_as: Visit | None = None,
        options: dict[str, Any] | None = None,
        **context: Any,
    ) -> Visit:
        made = (
            same_as.page.context
            if same_as
            else self.browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                permissions=["clipboard-read", "clipboard-write", "microphone"],
                **context,
            )
        )
        page = made.new_page()
        page.set_default_timeout(15_000)
        script = f"globalThis.moreOptions = {json.dumps(options or {})}"
        page.add_init_script(script)
        return Visit(page, url, user, expects_violations)


class Visit:
    """One page of one person, whose network and console are recorded."""

    def __init__(self, page: Page, url: str, user: str, expects_violations: bool = False) -> None:
        self.page = page
        self.url = url
        self.requests: list[str] = []
        self.said: list[str] = []
        self._expects_violations = expects_violations
        page.on("request", self._record)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(f"{url}/stage?user={user}")
        self.until(lambda: page.evaluate("globalThis.happened?.length") and self.count("ready"))

    def _record(self, request: Request) -> None:
        self.requests.append(request.url)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not REFUSED.search(message.text):
            self.said.append(message.text)

    def check(self) -> None:
        """Nothing left the application's origin, and nothing broke on the page."""
        away = [
            url for url in self.requests if not url.startswith((f"{self.url}/", "data:", "blob:"))
        ]
        assert not away, away
        assert self._expects_violations or not self.said, self.said

    def close(self) -> None:
        self.page.close()

    @property
    def field(self) -> Locator:
        return self.page.locator("chatkit-panel textarea[part=input]")

    def find(self, selector: str) -> Locator:
        return self.page.locator(f"chatkit-panel {selector}")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def send(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def say(self, text: str) -> None:
        """Sends a message and waits for the end of the answer."""
        ends = self.count("response.end")
        self.send(text)
        self.wait_for_end(ends)

    def wait_for_end(self, ends: int) -> None:
        self.until(lambda: self.count("response.end") > ends)

    def until(self, condition: Callable[[], Any], seconds: float = 15) -> Any:
        """What the condition gives once it holds. (Playwright's own way is against the policy.)"""
        until = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < until, "it did not happen in time"
            self.page.wait_for_timeout(25)
        return found

    def count(self, event: str) -> int:
        return len(self.events(event))

    def events(self, name: str) -> list[Any]:
        # A page that is only just loading has none of them.
        happened = "(globalThis.happened ?? [])"
        script = f"(name) => {happened}.filter(([one]) => one === name).map(([, detail]) => detail)"
        found: list[Any] = self.page.evaluate(script, name)
        return found

    @property
    def answers(self) -> list[str]:
        return self.find(".assistant_message").all_inner_texts()

    @property
    def thread(self) -> str | None:
        found: str | None = self.page.evaluate("panel.session.state.threadId")
        return found


Open = Callable[..., Visit]
