"""Requests that another site's page has sent, and bodies that come slowly or not at all."""

from __future__ import annotations

import asyncio
import importlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import Cookie, Depends, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware

from chatkit_agent.sandbox.serving import served

from .conftest import TARGET
from .people import Person, message
from .test_routes import Session, session

EVIL = "https://evil.example"
LIST = {"type": "threads.list", "params": {}}
TALK = {"type": "threads.create", "params": {"input": message("Hello")}}


async def by_cookie(who: Annotated[str | None, Cookie()] = None) -> str:
    if who is None:
        raise HTTPException(401)
    return who


@pytest.fixture
def app(services: ModuleType) -> FastAPI:
    app = FastAPI()
    app.include_router(services.create_chatkit_router(current_user=by_cookie))
    return app


def sent(url: str, body: Any, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = json.dumps(body).encode()
    http = httpx.post(f"{url}/chatkit", content=content, headers=named, trust_env=False)
    return http.status_code


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/plain; charset=json",
        "text/plain;application/json",
        "multipart/form-data; boundary=json",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "text/json, application/json",
        "",
        None,
    ],
)
@pytest.mark.parametrize("auth", ["cookie", "none"])
def test_what_any_page_can_send_runs_no_turn(
    app: FastAPI,
    services: ModuleType,
    configured: Callable[..., None],
    offline_model: Any,
    verified_user: Any,
    kind: str | None,
    auth: str,
) -> None:
    if auth == "none":
        configured(AUTH="none")
        app = FastAPI()
        app.include_router(services.create_chatkit_router(current_user=verified_user))
    headers = {} if kind is None else {"Content_Type": kind}
    with served(app) as url:
        assert sent(url, TALK, Cookie="who=alice", Origin=EVIL, **headers) == 415
        assert sent(url, TALK, Cookie="who=alice", Sec_Fetch_Site="cross-site", **headers) == 415
    assert offline_model.requests == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Content_Type": "application/json; charset=utf-8"}, 200),
        ({"Content_Type": "Application/JSON"}, 200),
        ({"Origin": EVIL}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": EVIL, "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": "http://sub.here", "Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": EVIL, "Authorization": "Bearer forged"}, 403),
        ({"Origin": "http://here.evil.example"}, 403),
        ({"Origin": "http://here"}, 200),
        ({"Origin": "http://here", "Host": "here:80"}, 200),
        ({"Origin": "https://here", "Host": "here:443"}, 200),
        ({"Origin": "https://here", "Host": "here:80"}, 403),
        ({"Origin": "http://here:8080"}, 403),
        ({"Origin": EVIL, "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": "https://app.example", "Sec_Fetch_Site": "cross-site"}, 200),
        ({"Origin": "https://listed.example", "Sec_Fetch_Site": "cross-site"}, 200),
        ({"Origin": "https://evil.listed.example"}, 403),
        ({"Origin": "https://one.pages.example"}, 200),
    ],
)
def test_cookies_are_believed_from_the_applications_own_pages(
    app: FastAPI, configured: Callable[..., None], headers: dict[str, str], status: int
) -> None:
    configured(ALLOWED_ORIGINS="https://other.example, https://app.example/")
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://listed.example", "*"],
        allow_origin_regex=r"https://\w+\.pages\.example",
        allow_credentials=True,
    )
    headers = {"Content_Type": "application/json", "Host": "here", **headers}
    with served(app) as url:
        assert sent(url, LIST, Cookie="who=alice", **headers) == status


def test_a_host_that_a_proxy_changed_is_told(app: FastAPI, configured: Callable[..., None]) -> None:
    configured()
    headers = {"Cookie": "who=alice", "Origin": "http://app.example:8080", "Host": "app.example"}
    with served(app) as url:
        refused = httpx.post(f"{url}/chatkit", json=LIST, headers=headers)
    told = refused.json()["error"]["message"]
    assert "A page of http://app.example:8080 may not use" in told
    assert "asked as app.example." in told
    assert "ALLOWED_ORIGINS" in told


def test_who_shows_a_token_may_come_from_anywhere(
    chat_url: str, configured: Callable[..., None]
) -> None:
    token = f"Bearer {Person('alice').token}"
    headers = {"Content_Type": "application/json", "Origin": EVIL, "Sec_Fetch_Site": "cross-site"}
    assert sent(chat_url, LIST, Authorization=token, Cookie="a=b", **headers) == 200


def test_where_nobody_signs_in_no_other_page_gets_in(
    services: ModuleType, configured: Callable[..., None], verified_user: Any
) -> None:
    configured(AUTH="none", JWT_SECRET=None)
    app = FastAPI()
    app.include_router(services.create_chatkit_router(current_user=verified_user))
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["*"])
    with served(app) as url:
        here = {"Content_Type": "application/json"}
        assert sent(url, LIST, **here) == 200
        assert sent(url, LIST, Origin=url, Sec_Fetch_Site="same-origin", **here) == 200
        assert sent(url, LIST, Origin=EVIL, **here) == 403
        assert sent(url, LIST, Sec_Fetch_Site="cross-site", **here) == 403


@pytest.fixture
def slow_app(services: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both its routes need one of two sessions; a body has a second to arrive."""
    guard = importlib.import_module(f"{TARGET}.chatkit_runtime.request_guard")
    monkeypatch.setattr(guard, "BODY_SECONDS", 1)

    async def user(held: Annotated[Session, Depends(session)]) -> str:
        return "alice"

    app = FastAPI(dependencies=[Depends(session)])
    app.include_router(services.create_chatkit_router(current_user=user))

    @app.get("/orders")
    async def orders(held: Annotated[Session, Depends(session)]) -> str:
        return "two"

    with served(app) as url:
        yield url


def begin(url: str, body: bytes = b'{"type": ', length: int = 900) -> socket.socket:
    there = urlsplit(url)
    assert there.hostname
    caller = socket.create_connection((there.hostname, there.port or 80))
    head = f"POST /chatkit HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n"
    caller.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
    return caller


def test_slow_bodies_hold_nothing_and_end(
    slow_app: str, configured: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    callers = [begin(slow_app) for _ in range(5)]
    time.sleep(0.3)
    began = time.monotonic()
    assert httpx.get(f"{slow_app}/orders", trust_env=False).json() == "two"
    assert time.monotonic() - began < 2
    while Session.free < 2 and time.monotonic() - began < 2:
        time.sleep(0.01)  # a session goes back after its answer
    assert Session.free == 2
    for caller in callers:
        caller.settimeout(20)
        assert caller.recv(15).startswith(b"HTTP/1.1 408")
        caller.close()
    with begin(slow_app, length=10**9) as huge:
        assert huge.recv(15).startswith(b"HTTP/1.1 413")
    for caller in [begin(slow_app) for _ in range(5)]:
        caller.close()  # whoever leaves is no error of ours
    time.sleep(0.5)
    assert Session.free == 2
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []
    assert "Traceback" not in caplog.text


@pytest.mark.anyio
async def test_a_body_that_trickles_has_its_time_too(services: ModuleType) -> None:
    guard = importlib.import_module(f"{TARGET}.chatkit_runtime.request_guard")

    async def trickle() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    guard.BODY_SECONDS, usual = 0.3, guard.BODY_SECONDS
    try:
        with pytest.raises(guard.Refused) as refused:
            await guard.read_body({"type": "http", "headers": []}, trickle, 10**6)
    finally:
        guard.BODY_SECONDS = usual
    assert refused.value.status == 408
