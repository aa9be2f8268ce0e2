"""A running application is asked harmless things, over real HTTP, and the token is not kept."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from chatkit_agent.errors import BadOption
from chatkit_agent.evidence.static.probing import probe
from chatkit_agent.sandbox.serving import served

TOKEN = "token-of-alice-7"
ASKED: list[tuple[str, str]] = []


async def chat(request: Request) -> Response:
    body = await request.body()
    try:
        kind = json.loads(body)["type"]
    except (ValueError, TypeError, KeyError):
        return JSONResponse({"error": "bad"}, 400)
    ASKED.append((kind, request.headers.get("authorization", "")))
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return JSONResponse({}, 401)
    if kind != "threads.create":
        return JSONResponse({"token": request.headers["authorization"]})
    created = '{"type":"thread.created","thread":{"title":null,"id":"thr_9"}}'
    events = (f"data: {each}\n\n".encode() for each in (created, "{}"))
    return StreamingResponse(events, media_type="text/event-stream")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    routes = [Route("/talk/chatkit", chat, methods=["POST"])]
    with served(Starlette(routes=routes), 0) as address:
        yield address


def test_without_a_token_nobody_is_signed_in(url: str) -> None:
    running = probe(url, ["/talk/chatkit"], None)
    assert running.url == f"{url}/talk/chatkit"
    assert {each.name for each in running.probes} == {
        "preflight",
        "health",
        "anonymous",
        "spoofed",
    }
    assert [each.status for each in running.probes if each.name == "spoofed"] == [401]


def test_with_a_token_one_turn_is_run_and_its_thread_deleted(url: str) -> None:
    ASKED.clear()
    running = probe(f"{url}/talk/chatkit", [], TOKEN)
    turn = running.probe("turn")
    assert turn is not None
    assert turn.status == 200
    assert len(turn.arrivals) == 2
    assert ASKED[-1] == ("threads.delete", f"Bearer {TOKEN}")
    assert [running.probe(name).status for name in ("no type", "no json")] == [400, 400]  # type: ignore[union-attr]
    assert TOKEN not in repr(running)


def test_nobody_there() -> None:
    running = probe("http://127.0.0.1:9", ["/chatkit"], None)
    assert {each.status for each in running.probes} == {None}


def test_no_url() -> None:
    with pytest.raises(BadOption, match="--url"):
        probe("localhost:8000", [], None)
