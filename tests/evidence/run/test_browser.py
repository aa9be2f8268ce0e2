"""The browser of this machine, led over its own pipe."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import psutil
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from chatkit_agent.evidence.run.browser import (
    NAMED_BY,
    Browser,
    BrowserFailed,
    browsing,
    find_browser,
)
from chatkit_agent.evidence.run.page_visit import PageVisit
from chatkit_agent.evidence.run.staging import Stage
from chatkit_agent.evidence.run.visiting import FIELD, _with_question
from chatkit_agent.sandbox.serving import served

EXECUTABLE = find_browser()
pytestmark = pytest.mark.skipif(
    EXECUTABLE is None, reason="no Chromium is here; on Debian: apt-get install chromium"
)
PAGE = """<!doctype html><title>A page</title><link rel="icon" href="data:,">
<input autofocus><img src="http://elsewhere.example/pixel.png"><script>
addEventListener("keydown", ({ key }) => { document.title = key; });
const shown = (who) => { document.body.dataset.who = JSON.stringify(who); };
fetch("/who").then((answer) => answer.json()).then(shown);
</script>"""

PANEL = """<!doctype html><link rel="icon" href="data:,"><chatkit-panel></chatkit-panel><script>
const panel = document.querySelector("chatkit-panel").attachShadow({ mode: "open" });
panel.innerHTML = "<textarea part=input></textarea>";
panel.addEventListener("keydown", async ({ key }) => {
  if (key !== "Enter") return;
  const answer = document.createElement("p");
  answer.className = "assistant_message";
  for (const word of ["one", "two", "three"]) {
    answer.append(word);
    panel.append(answer);
    await new Promise((done) => setTimeout(done));
  }
});
</script>"""


async def panel(_request: Request) -> Response:
    return HTMLResponse(PANEL)


async def page(_request: Request) -> Response:
    return HTMLResponse(PAGE)


async def who(request: Request) -> Response:
    return JSONResponse([request.headers.get("x-who"), request.cookies.get("who")])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    routes = [Route("/", page), Route("/who", who), Route("/panel", panel)]
    with served(Starlette(routes=routes)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert EXECUTABLE is not None
    with browsing(EXECUTABLE) as opened:
        yield opened


def test_a_page_is_typed_into_and_looked_at(browser: Browser, url: str) -> None:
    visit = browser.open(url, width=400, height=300)
    visit.until("document.title === 'A page'")
    visit.evaluate("document.querySelector('input').focus()")
    visit.type("héllo")
    assert visit.evaluate("document.querySelector('input').value") == "héllo"
    visit.press_enter()
    visit.until("document.title === 'Enter'")
    assert visit.evaluate("innerWidth") == 400
    with pytest.raises(BrowserFailed, match="did not happen"):
        visit.until("false", 0.2)


def test_each_person_has_cookies_of_their_own(browser: Browser, url: str) -> None:
    alice = browser.open(url, cookies={"who": "alice"}, headers={"X-Who": "Alice"})
    assert alice.until("document.body?.dataset.who") == '["Alice","alice"]'
    bob = browser.open(url)
    assert bob.until("document.body?.dataset.who") == "[null,null]"


def test_what_a_page_asks_elsewhere_is_seen_and_goes_nowhere(browser: Browser, url: str) -> None:
    visit = browser.open(url)
    visit.until("document.body?.dataset.who && document.images[0].complete")
    assert "http://elsewhere.example/pixel.png" in visit.requests
    assert not visit.evaluate("document.images[0].naturalWidth")
    assert any("elsewhere" in each or "Failed to load" in each for each in visit.said)


def test_a_request_can_be_answered_before_it_is_sent(browser: Browser, url: str) -> None:
    def answer(paused: dict[str, object]) -> tuple[str, dict[str, object]]:
        request = paused["request"]
        assert isinstance(request, dict)
        if request["url"].endswith("/who"):
            return "Fetch.fulfillRequest", {"responseCode": 200, "body": "WyJtYWRlIl0="}
        return "Fetch.continueRequest", {}

    visit = browser.open(url, answer=answer)
    assert visit.until("document.body?.dataset.who") == '["made"]'


def test_an_answer_that_is_over_before_anybody_looks_was_seen_to_grow(
    browser: Browser, url: str
) -> None:
    stage = cast(Stage, SimpleNamespace(calls=tuple, marked=str))
    visit = browser.open(f"{url}/panel")
    visit.until(f"{FIELD}?.offsetHeight")
    seen = _with_question(stage, visit, PageVisit("/panel"))
    assert seen.pieces == 3


def test_nothing_stays_of_it_whatever_happens(url: str) -> None:
    assert EXECUTABLE is not None
    of_it: list[psutil.Process] = []

    def break_off() -> None:
        with browsing(EXECUTABLE) as opened:
            opened.open(url)
            of_it.extend(psutil.Process(opened.process.pid).children(recursive=True))
            raise ValueError("the check broke")

    with pytest.raises(ValueError, match="the check broke"):
        break_off()
    assert of_it
    until = time.monotonic() + 5
    while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in of_it):
        assert time.monotonic() < until, of_it
        time.sleep(0.1)


def test_what_does_not_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMED_BY, shutil.which("true") or "")
    found = find_browser()
    assert found == Path(shutil.which("true") or "")
    with pytest.raises(BrowserFailed), browsing(found) as opened:
        opened.open("about:blank")


def test_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMED_BY, "none")
    assert find_browser() is None
