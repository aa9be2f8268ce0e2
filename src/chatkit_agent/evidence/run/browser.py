"""A real browser without a window, led over its own pipe: Chromium, where the machine has one."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatkit_agent.sandbox.ending import folder_of_run

Json = dict[str, Any]
Answer = Callable[[Json], tuple[str, Json]]
"""What becomes of a request that is paused: a command of `Fetch`, and its parameters."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NAMED_BY = "CHATKIT_AGENT_BROWSER"
HOW_TO_GET_ONE = (
    "Install Chromium or Chrome (on Debian: apt-get install chromium), or name one in "
    f"{NAMED_BY}; then run this again."
)
# Every name leads to this machine: what a page asks of another host is seen, and goes nowhere.
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * 127.0.0.1",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--hide-scrollbars",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
    "--mute-audio",
    "--password-store=basic",
)
# Chromium reads commands from descriptor 3 and writes what happens to 4.
LAUNCHER = """
import os, sys
reads, writes = (os.dup(int(each)) for each in sys.argv[1:3])
spare = [os.dup(reads), os.dup(reads)]
reads, writes = os.dup(reads), os.dup(writes)
os.dup2(reads, 3), os.dup2(writes, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
SECONDS_TO_ANSWER = 30.0
SECONDS_TO_END = 5.0


class BrowserFailed(Exception):
    """The browser did not start, ended, or did not do in time what it was asked."""


def find_browser() -> Path | None:
    """The browser that a variable names, or the first that is installed; `none` is none."""
    if os.name == "nt":  # it cannot be given a pipe there
        return None
    if named := os.environ.get(NAMED_BY):
        return None if named == "none" else Path(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    on_mac = (each for each in ON_MAC if Path(each).is_file())
    path = found or next(on_mac, None)
    return Path(path) if path else None


class BrowserGone(BrowserFailed):
    """The browser itself did not start, ended, or does not answer: the page has no part in it."""


@contextmanager
def browsing(executable: Path) -> Iterator[Browser]:
    """
    Raises:
        BrowserFailed: it does not start.
    """
    with folder_of_run() as folder:
        process, sends, hears = _spawn(executable, folder)
        try:
            yield Browser(process, sends, hears)
        finally:
            os.close(sends)
            os.close(hears)
            _end(process)


def _spawn(executable: Path, folder: Path) -> tuple[subprocess.Popen[bytes], int, int]:
    reads, sends = os.pipe()
    hears, writes = os.pipe()
    # Root has no sandbox of Chromium's; it opens nothing but the pages of this machine.
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    command = [sys.executable, "-c", LAUNCHER, str(reads), str(writes), str(executable)]
    try:
        process = subprocess.Popen(  # noqa: S603 - the browser of this machine
            [*command, *flags, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(reads, writes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    finally:
        os.close(reads)
        os.close(writes)
    return process, sends, hears


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_END)  # it ends by itself when its pipe is closed
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass
class Browser:
    """One process; each person who opens a page has cookies and storage of their own."""

    process: subprocess.Popen[bytes] = field(repr=False)
    _sends: int
    _hears: int
    _number: int = 0
    _rest: bytes = b""
    _answers: dict[int, Json] = field(default_factory=dict)
    _pages: dict[str, Page] = field(default_factory=dict)

    def open(
        self,
        url: str,
        *,
        width: int = 1100,
        height: int = 760,
        dark: bool = False,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        answer: Answer | None = None,
    ) -> Page:
        """A page of a new person. `answer` says what becomes of each request before it is sent."""
        context = self.command("Target.createBrowserContext")["browserContextId"]
        made = {"url": "about:blank", "browserContextId": context}
        target = self.command("Target.createTarget", made)["targetId"]
        attached = {"targetId": target, "flatten": True}
        session = self.command("Target.attachToTarget", attached)["sessionId"]
        page = self._pages[session] = Page(self, session, target, answer)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.command(f"{domain}.enable")
        page.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.command("Emulation.setEmulatedMedia", {"features": [scheme]})
        if headers:
            page.command("Network.setExtraHTTPHeaders", {"headers": dict(headers)})
        for name, value in (cookies or {}).items():
            page.command("Network.setCookie", {"name": name, "value": value, "url": url})
        if answer:
            page.command("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        page.go(url)
        return page

    def command(self, method: str, params: Json | None = None, session: str = "") -> Json:
        """
        Raises:
            BrowserFailed: it refuses, or does not answer in time.
        """
        number = self.send(method, params, session)
        until = time.monotonic() + SECONDS_TO_ANSWER
        while number not in self._answers:
            if time.monotonic() > until:
                raise BrowserGone(f"The browser did not answer to {method}.")
            self.listen(0.2)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserFailed(f"{method}: {answer['error'].get('message')}")
        result: Json = answer["result"]
        return result

    def send(self, method: str, params: Json | None = None, session: str = "") -> int:
        """Without waiting for what it answers; the number of the command."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": params or {}}
        message = command | ({"sessionId": session} if session else {})
        text = json.dumps(message).encode() + b"\0"
        try:
            while text:
                text = text[os.write(self._sends, text) :]
        except OSError as error:
            raise BrowserGone("The browser has ended.") from error
        return self._number

    def listen(self, seconds: float) -> None:
        """Hear what happens, for at most so long."""
        if not select.select([self._hears], [], [], seconds)[0]:
            return
        heard = os.read(self._hears, 1 << 20)
        if not heard:
            raise BrowserGone("The browser ended, or did not start.")
        *messages, self._rest = (self._rest + heard).split(b"\0")
        for message in messages:
            self._hear(json.loads(message))

    @property
    def said(self) -> Iterator[str]:
        """What went wrong in any tab."""
        for page in self._pages.values():
            yield from page.said

    def _hear(self, message: Json) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
        elif page := self._pages.get(message.get("sessionId", "")):
            page.hear(message["method"], message["params"])


@dataclass
class Page:
    """One tab. `requests` are the addresses that it asked for, `said` what went wrong in it."""

    browser: Browser = field(repr=False)
    session: str
    target: str
    answer: Answer | None = field(default=None, repr=False)
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def command(self, method: str, params: Json | None = None) -> Json:
        return self.browser.command(method, params, self.session)

    def hear(self, method: str, params: Json) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(params["url"])
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.said.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.said.append(params["entry"]["text"])
        elif method == "Fetch.requestPaused" and self.answer:
            command, more = self.answer(params)
            wanted = {"requestId": params["requestId"], **more}
            self.browser.send(command, wanted, self.session)

    def go(self, url: str) -> None:
        """
        Raises:
            BrowserFailed: nothing answers there.
        """
        if problem := self.command("Page.navigate", {"url": url}).get("errorText"):
            raise BrowserFailed(f"{url} did not open: {problem}")

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", size)

    def reload(self) -> None:
        self.evaluate("globalThis.isLeft = true")
        self.command("Page.reload")
        self.until("!globalThis.isLeft && document.readyState !== 'loading'")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of the page, as JSON; None while it has none."""
        wanted = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        found = self.command("Runtime.evaluate", wanted)
        return None if "exceptionDetails" in found else found["result"].get("value")

    def until(self, expression: str, seconds: float = 15.0, every: float = 0.05) -> Any:
        """The first value of an expression that is true.

        Raises:
            BrowserFailed: there was none in this time.
        """
        until = time.monotonic() + seconds
        while True:
            try:
                if found := self.evaluate(expression):
                    return found
            except BrowserGone:
                raise
            except BrowserFailed:
                pass  # between two documents there is nothing to ask
            if time.monotonic() > until:
                raise BrowserFailed(f"It did not happen in {seconds:.0f} seconds: {expression}")
            self.wait(every)

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.browser.listen(left)

    def type(self, text: str) -> None:
        """Into what has the focus."""
        self.command("Input.insertText", {"text": text})

    def press_enter(self) -> None:
        pressed = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        self.command("Input.dispatchKeyEvent", {"type": "keyDown", "text": "\r", **pressed})
        self.command("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})
