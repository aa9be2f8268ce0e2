"""Visits the chat's page in a real browser, as Alice and then as Bob."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from chatkit_agent.evidence.run import Person
from chatkit_agent.evidence.run.browser import (
    HOW_TO_GET_ONE,
    Answer,
    Browser,
    BrowserFailed,
    BrowserGone,
    Page,
    browsing,
    find_browser,
)
from chatkit_agent.evidence.run.client import Sent
from chatkit_agent.evidence.run.page_visit import PageVisit
from chatkit_agent.evidence.run.staging import SECONDS_PER_WORD, Stage

PANEL = "document.querySelector('chatkit-panel').shadowRoot"
FORM = "document.querySelector('#sign-in:not([hidden])')"
FIELD = f"{PANEL}.querySelector('textarea[part=input]')"
ANSWERS = f"[...{PANEL}.querySelectorAll('.assistant_message')].map((one) => one.innerText)"
ALL = f"(document.body.innerText + ' ' + {PANEL}.textContent)"
IDLE = f"!{PANEL}.querySelector('.send.stop')"
FAILURE = f"{PANEL}.querySelector('.failure')?.innerText"
# The page itself keeps how long its answer was: who asks it from outside may come too late.
WATCH = f"""{{
  const seen = (window.lengthsSeen = new Set());
  const look = () => seen.add(({ANSWERS}.at(-1) ?? "").length);
  new MutationObserver(look).observe({PANEL}, {{
    childList: true,
    subtree: true,
    characterData: true,
  }});
}}"""
GROWN = "[...window.lengthsSeen].filter(Boolean).length"
SIGN_IN = re.compile(r'^const SIGN_IN = "(.+)";$', re.MULTILINE)
SIGN_IN_TOKEN = re.compile(r'^const SIGN_IN_TOKEN = "(.+)";$', re.MULTILINE)
# What a browser says of a request that was refused, as the first one is where people sign in.
REFUSED = re.compile(r"Failed to load resource")
TOO_MANY = re.compile(r"status of 429")
LIMITED = (
    "the application's rate limit refuses with 429 what the page asks: a page asks from one "
    "address, and as one person"
)
PIECES = 4
OF_ALICE = ("feed the cat", "This answer has", "And how are you")
NO_BROWSER = f"The page was not looked at: no Chromium is here. {HOW_TO_GET_ONE}"
NOT_LET_IN = {
    "csrf": "The page was not looked at: the application asks each request for a token against "
    "CSRF, and the sandbox's browser has none.",
    "origin": "The page was not looked at: the application takes requests from pages of other "
    "origins only.",
}
NO_PAGE = "There is no page to look at."
USUAL_PATH = "/chat"


@dataclass(frozen=True)
class Form:
    """The page's own form: where it signs in, and the field of the answer that is the token."""

    path: str
    token: str

    def answered(self, token: str) -> dict[str, Any]:
        body = json.dumps({self.token: token, "token_type": "bearer"})
        kind = {"name": "Content-Type", "value": "application/json"}
        coded = b64encode(body.encode()).decode()
        return {"responseCode": 200, "body": coded, "responseHeaders": [kind]}


def form_in(page: str, address: str) -> Form | None:
    """That of the text of `page.js`, which is served beneath `address`."""
    found, field = SIGN_IN.search(page), SIGN_IN_TOKEN.search(page)
    if found is None:
        return None
    path = urlsplit(urljoin(f"{address}/static/", found[1])).path
    return Form(path, field[1] if field else "access_token")


@dataclass
class Visitor:
    """One person in front of the page, and how they are known there."""

    stage: Stage
    person: Person
    url: str
    form: Form | None
    by: str = field(default="", init=False)

    @property
    def sent(self) -> Sent:
        return self.stage.chat(self.url).carrying(self.person)

    def answer(self, paused: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The form's request is answered with this person's token; others may get it on the way."""
        request, sent = paused["request"], self.sent
        url = urlsplit(request["url"])
        if self.form and url.path == self.form.path and request["method"] == "POST":
            self.by = "its own form"
            return "Fetch.fulfillRequest", self.form.answered(self.person.token)
        if self.form or not url.path.startswith(self.stage.options.path) or sent.cookies:
            return "Fetch.continueRequest", {}
        given = {name.lower() for name in request["headers"]}
        missing = {name: text for name, text in sent.headers.items() if name.lower() not in given}
        if not missing and not sent.query:
            return "Fetch.continueRequest", {}
        self.by = self.by or "what the sandbox added to its requests"
        headers = {**request["headers"], **missing}
        listed = [{"name": name, "value": text} for name, text in headers.items()]
        query = "&".join(f"{name}={text}" for name, text in sent.query.items())
        added = f"{request['url']}{'&' if url.query else '?'}{query}" if query else request["url"]
        return "Fetch.continueRequest", {"url": added, "headers": listed}

    def open(self, browser: Browser, address: str) -> Page:
        cookies = {**self.stage.manner.cookies, **self.sent.cookies}
        own = ("host", "origin", "referer", "sec-fetch-")
        manner = self.stage.manner.headers.items()
        headers = {name: text for name, text in manner if not name.lower().startswith(own)}
        self.by = "a cookie" if self.sent.cookies else ""
        answer: Answer = self.answer
        page = browser.open(address, headers=headers, cookies=cookies, answer=answer)
        self.enter(page)
        return page

    def enter(self, page: Page) -> None:
        """Until there is something to write into, signing in where the page asks for that."""
        page.until(f"{FORM} || {FIELD}?.offsetHeight", 40)
        page.wait(0.3)
        if page.evaluate(f"!!{FORM}"):
            for name, text in (("username", self.person.id), ("password", "of this run")):
                page.evaluate(f"{FORM}.querySelector('[name={name}]').focus()")
                page.type(text)
            page.press_enter()
            page.until(f"!{FORM} && {FIELD}?.offsetHeight")


def page_problem(stage: Stage) -> str:
    """Why there is nothing to look at; empty where there is something."""
    if not page_file(stage).is_file() or stage.is_live:
        return NO_PAGE
    for kind, told in NOT_LET_IN.items():
        if kind in stage.manner.met:
            return told
    return "" if find_browser() else NO_BROWSER


def page_file(stage: Stage) -> Any:
    return stage.start.copy / stage.options.home / "chatkit_page" / "page.js"


def visit(stage: Stage, url: str) -> PageVisit:
    """What is seen there. The sandbox's model is told what to say."""
    executable = find_browser()
    assert executable is not None
    path = stage.options.page_path or USUAL_PATH
    address = _address(stage, url) + path
    form = form_in(page_file(stage).read_text(encoding="utf-8"), address)
    seen = PageVisit(path, unseen=_not_opened(stage, url, path))
    if seen.unseen:
        return seen
    page: Page | None = None
    browser: Browser | None = None
    try:
        with browsing(executable) as browser:
            alice = Visitor(stage, stage.alice, url, form)
            with _slow_model(stage):
                page = alice.open(browser, address)
                seen = replace(seen, signed_in=alice.by)
                seen = _with_question(stage, page, seen)
                seen = _loaded_again(stage, alice, page, seen)
            seen = _of_browser(seen, page, address)
            if stage.options.auth != "none":
                bob = Visitor(stage, stage.bob, url, form)
                page = bob.open(browser, address)
                seen = replace(seen, seen_by_other=_leaks(page))
                seen = _of_browser(seen, page, address)
    except BrowserGone as problem:
        return replace(seen, unseen=str(problem))
    except BrowserFailed as problem:
        seen = replace(seen, problem=str(problem)[:300])
    is_whole = not seen.problem and seen.goes_on
    return seen if is_whole or not _was_limited(browser) else PageVisit(path, unseen=LIMITED)


def _was_limited(browser: Browser | None) -> bool:
    return any(TOO_MANY.search(each) for each in browser.said) if browser else False


def _not_opened(stage: Stage, url: str, path: str) -> str:
    """Why a browser that comes with nothing but its cookies is not shown the page."""
    chat = stage.chat(url)
    cookies = Sent(cookies=chat.carrying(stage.alice).cookies)
    reply = chat.get(urljoin(url, path), cookies)
    if reply.status not in (401, 403, 429):
        return ""
    return (
        f"the application answers a browser that opens the page with {reply.summary[:160]}. What "
        "it asks of every request, a browser that follows a link does not send"
    )


@contextmanager
def _slow_model(stage: Stage) -> Iterator[None]:
    stage.model.behave(seconds_per_word=SECONDS_PER_WORD)
    try:
        yield
    finally:
        stage.model.release()
        stage.model.script([])
        stage.model.behave(seconds_per_word=0)


def _address(stage: Stage, url: str) -> str:
    host = stage.manner.headers.get("Host", "localhost").partition(":")[0]
    return f"http://{host}:{urlsplit(url).port}"


def _with_question(stage: Stage, page: Page, seen: PageVisit) -> PageVisit:
    before = len(stage.calls())
    page.evaluate(WATCH)
    _say(page, stage.marked("Please add a task: feed the cat"))
    with _page_told(page):
        page.until(f"{ANSWERS}.length > 0 || {FAILURE}", 30)
        page.until(IDLE, 60)
        if failure := page.evaluate(FAILURE):
            raise BrowserFailed(f"the page shows: {failure}")
    is_shown = bool(page.evaluate(f"!!{PANEL}.querySelector('.step, .workflow')"))
    has_step = is_shown if len(stage.calls()) > before else None
    return replace(seen, pieces=page.evaluate(GROWN), has_step=has_step)


def _loaded_again(stage: Stage, alice: Visitor, page: Page, seen: PageVisit) -> PageVisit:
    """Loads the page again in the middle of an answer, which ends only after that."""
    first, last = stage.marked("This answer has a middle"), stage.marked("and this is its end")
    stage.model.script([f"{first} in which somebody leaves and comes back {last}"])
    stage.model.behave(hold_after=PIECES + 2, times=1)
    _say(page, stage.marked("And how are you?"))
    page.until(f"{ANSWERS}.some((one) => one.includes('This answer has'))", 20)
    page.reload()
    alice.enter(page)
    try:
        page.until(f"{ANSWERS}.some((one) => one.includes('This answer has'))")
        stage.model.release()
        page.until(f"{ANSWERS}.some((one) => one.includes({last!r}))")
    except BrowserFailed:
        return replace(seen, goes_on=False, after_reload=_words(page))
    return replace(seen, goes_on=True)


def _leaks(page: Page) -> tuple[str, ...]:
    page.wait(1)
    shown = str(page.evaluate(ALL))
    return tuple(each for each in OF_ALICE if each in shown)


def _say(page: Page, text: str) -> None:
    page.evaluate(f"{FIELD}.focus()")
    page.type(text)
    page.press_enter()


@contextmanager
def _page_told(page: Page) -> Iterator[None]:
    """With the words on the page, where it does not do what it should."""
    try:
        yield
    except BrowserFailed as problem:
        raise BrowserFailed(f"{problem} On the page: {_words(page)}") from None


def _words(page: Page) -> str:
    return " ".join(str(page.evaluate(ALL) or "").split())[-300:]


def _of_browser(seen: PageVisit, page: Page, address: str) -> PageVisit:
    origin = "{0.scheme}://{0.netloc}/".format(urlsplit(address))
    own = (origin, "data:", "blob:", "about:")
    away = (each for each in page.requests if not each.startswith(own))
    said = (each for each in page.said if not REFUSED.search(each))
    return replace(
        seen,
        away=tuple(dict.fromkeys((*seen.away, *away))),
        said=tuple(dict.fromkeys((*seen.said, *said))),
    )
