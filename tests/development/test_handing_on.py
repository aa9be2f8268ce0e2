"""What stands before a server hands on what passes, keeps what was said, and refuses pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from chatkit_agent.development import handing_on
from chatkit_agent.development.handing_on import HandingOn, Record
from chatkit_agent.sandbox.serving import BrokenOff, served


@dataclass
class Kept:
    received: list[bytes] = field(default_factory=list)
    ended: list[tuple[int, bytes, bool]] = field(default_factory=list)

    def receive(self, text: bytes) -> None:
        self.received.append(text)

    def end(self, status: int, text: bytes, *, is_whole: bool) -> None:
        self.ended.append((status, text, is_whole))


@dataclass
class Keeping(HandingOn):
    kept: Kept = field(default_factory=Kept, init=False)
    bodies: list[bytes] = field(default_factory=list, init=False)

    def begin(self, request: Request, body: bytes) -> Record:
        self.bodies.append(body)
        return self.kept


async def echo(request: Request) -> Response:
    said = {
        "method": request.method,
        "path": f"{request.url.path}?{request.url.query}",
        "host": request.headers["host"],
        "own": request.headers.get("x-own"),
        "body": (await request.body()).decode(),
    }
    return JSONResponse(said, 201, {"X-Theirs": "yes"})


async def pieces(_: Request) -> Response:
    async def text() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    return StreamingResponse(text(), media_type="text/plain")


async def broken(_: Request) -> Response:
    async def text() -> AsyncIterator[bytes]:
        yield b"one "
        raise BrokenOff

    return StreamingResponse(text())


ROUTES = [
    Route("/pieces", pieces),
    Route("/broken", broken),
    Route("/{path:path}", echo, methods=["GET", "POST", "DELETE"]),
]


@contextmanager
def handing(upstream: str = "/mcp?a=1") -> Iterator[tuple[Keeping, str]]:
    with served(Starlette(routes=ROUTES)) as theirs, Keeping(f"{theirs}{upstream}") as ours:
        yield ours, theirs


def test_it_leads_to_the_same_place_of_the_server() -> None:
    with handing() as (ours, theirs):
        said = httpx.post(f"{ours.url}&b=2", content=b"{}", headers={"X-Own": "mine"})
        assert said.status_code == 201
        assert said.headers["x-theirs"] == "yes"
        assert said.json() == {
            "method": "POST",
            "path": "/mcp?a=1&b=2",
            "host": theirs.removeprefix("http://"),
            "own": "mine",
            "body": "{}",
        }
        other = httpx.delete(ours.url.replace("/mcp?a=1", "/else"))
        assert (other.json()["method"], other.json()["path"]) == ("DELETE", "/else?")
    assert ours.bodies == [b"{}", b""]
    assert ours.kept.ended[0] == (201, said.content, True)


def test_an_answer_in_pieces() -> None:
    with handing("/pieces") as (ours, _):
        assert httpx.get(ours.url).text == "one two"
    assert ours.kept.received[-1] == b"one two"
    assert ours.kept.ended == [(200, b"one two", True)]


def test_an_answer_that_breaks_off() -> None:
    with handing("/broken") as (ours, _), pytest.raises(httpx.RemoteProtocolError):
        httpx.get(ours.url)
    assert ours.kept.ended == [(200, b"one ", False)]


def test_no_more_is_kept_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_on, "LONGEST", 3)
    with handing("/pieces") as (ours, _):
        assert httpx.get(ours.url).text == "one two"
    [(status, text, is_whole)] = ours.kept.ended
    assert (status, text[:4], is_whole) == (200, b"one ", False)


def test_a_server_that_is_away() -> None:
    with served(Starlette()) as gone:
        pass
    with Keeping(f"{gone}/mcp") as ours:
        said = httpx.get(ours.url)
    assert (said.status_code, "does not answer" in said.text) == (502, True)
    assert ours.kept.ended == [(0, b"ConnectError: the server does not answer", False)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Host": "example.com"}, 400),
        ({"Host": "localhost"}, 201),
    ],
)
def test_pages_are_refused(headers: dict[str, str], status: int) -> None:
    with handing() as (ours, _):
        assert httpx.post(ours.url, headers=headers).status_code == status
    assert len(ours.bodies) == (status == 201)
