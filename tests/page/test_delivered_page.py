"""The page that people receive: who is signed in, and a reload that opens what was open."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.staticfiles import StaticFiles

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.serving import served

from .conftest import STATIC, TARGET, browsing_is_impossible
from .stage import token_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .browsing import Browsing

pytestmark = pytest.mark.skipif(bool(browsing_is_impossible()), reason=browsing_is_impossible())
SIGN_IN = 'const SIGN_IN = "";'


@pytest.fixture
def page_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's files, with the route that signs people in."""
    page = importlib.import_module(f"{TARGET}.chatkit_runtime.page")
    folder = tmp_path / "page"
    for path in STATIC.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(STATIC)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    text = (folder / "page.js").read_text()
    assert text.count(SIGN_IN) == 1
    (folder / "page.js").write_text(text.replace(SIGN_IN, 'const SIGN_IN = "../../token";'))
    monkeypatch.setattr(page, "_files", lambda server: StaticFiles(directory=folder))
    return folder


@pytest.fixture
def address(configured: OfflineModel, page_files: Path) -> Iterator[str]:
    server = importlib.import_module(f"{TARGET}.services.chatkit_server")
    user = importlib.import_module(f"{TARGET}.services.current_user").VerifiedUser()
    app = FastAPI()
    app.include_router(server.create_chatkit_router(current_user=user))

    @app.post("/token")
    async def token(request: Request) -> dict[str, Any]:
        body = (await request.body()).decode()
        if "password=right" not in body:
            raise HTTPException(400, "Incorrect username or password")
        name = re.findall(r"username=(\w+)", body)[0]
        return {"access_token": token_of(name), "token_type": "bearer"}

    @app.post("/login")
    async def login(sent: dict[str, str]) -> dict[str, Any]:
        if sent["password"] != "right":
            raise HTTPException(401, "Wrong email or password")
        return {"token": token_of(sent["email"])}

    with served(app) as url:
        yield url


@pytest.fixture
def opened(browsing: Browsing, address: str) -> Iterator[Callable[[], Page]]:
    made: list[Any] = []
    asked: list[str] = []

    def open_page() -> Page:
        context = browsing.browser.new_context()
        made.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/chat")
        return page

    yield open_page
    for context in made:
        context.close()
    assert [url for url in asked if not url.startswith(f"{address}/")] == []


@pytest.fixture
def by_json(page_files: Path) -> None:
    """The page signs people in by a route that takes JSON."""
    text = (page_files / "page.js").read_text()
    for name, old, new in (
        ("SIGN_IN", "../../token", "../../login"),
        ("SIGN_IN_NAME", "", "email"),
        ("SIGN_IN_TOKEN", "access_token", "token"),
    ):
        line = f'const {name} = "{old}";'
        assert text.count(line) == 1
        text = text.replace(line, f'const {name} = "{new}";')
    (page_files / "page.js").write_text(text)


def sign_in(page: Page, user: str, password: str = "right") -> None:
    page.fill("[name=username]", user)
    page.fill("[name=password]", password)
    page.click("#sign-in button")


def say_hello(page: Page) -> None:
    field = page.locator("chatkit-panel textarea")
    field.fill("Hello there")
    field.press("Enter")
    page.locator("chatkit-panel .assistant_message").wait_for()


def test_people_sign_in_talk_and_find_it_after_a_reload(opened: Callable[[], Page]) -> None:
    page = opened()
    sign_in(page, "alice", "wrong")
    page.get_by_text("Incorrect username or password").wait_for()
    sign_in(page, "alice")
    say_hello(page)
    page.wait_for_url(re.compile(r"#thr_\w+$"))
    thread = page.url.partition("#")[2]
    page.reload()
    sign_in(page, "alice")
    page.locator("chatkit-panel .assistant_message").wait_for()
    assert page.url.endswith(thread)

    other = opened()
    sign_in(other, "bob")
    other.locator("chatkit-panel textarea").wait_for()
    assert other.get_by_text("Hello there").count() == 0
    other.goto(f"{page.url}")
    other.reload()
    sign_in(other, "bob")
    other.locator("chatkit-panel textarea").wait_for()
    other.wait_for_timeout(1000)
    assert other.get_by_text("Hello there").count() == 0


@pytest.mark.usefixtures("by_json")
def test_people_sign_in_where_the_application_takes_json(opened: Callable[[], Page]) -> None:
    page = opened()
    sign_in(page, "alice", "wrong")
    page.get_by_text("Wrong email or password").wait_for()
    sign_in(page, "alice")
    say_hello(page)
