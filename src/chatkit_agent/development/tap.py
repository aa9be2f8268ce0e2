"""A tap before the project's own MCP server: it hands on what passes, and records each call."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import Self

from chatkit_agent.sandbox.mcp_server import Call
from chatkit_agent.sandbox.serving import served

METHODS = ["GET", "POST", "DELETE"]
NOT_HANDED_ON = {
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "host",
    "keep-alive",
    "transfer-encoding",
}
LONGEST = 200_000
BROWSER = {"origin", "sec-fetch-site"}
REFUSED = "This address is for the application that `chatkit-agent dev` runs, not for pages."
AWAY = "The MCP server does not answer. Start it; `chatkit-agent dev` only hands on."


@dataclass
class Tap:
    """`with Tap(url) as tap:` serves `tap.url`, which leads to the server at `upstream`."""

    upstream: str
    url: str = field(default="", init=False)
    calls: list[Call] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._running = ExitStack()

    def __enter__(self) -> Self:
        base = self._running.enter_context(served(self.app()))
        parts = urlsplit(self.upstream)
        self.url = base + parts.path + (f"?{parts.query}" if parts.query else "")
        return self

    def __exit__(self, *exception: object) -> None:
        self._running.close()

    def app(self) -> Starlette:
        guards = [
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            Middleware(NoPages),
        ]
        routes = [Route("/{path:path}", self._hand_on, methods=METHODS)]
        return Starlette(routes=routes, middleware=guards)

    async def _hand_on(self, request: Request) -> Response:
        body = await request.body()
        calls = dict(self._called(body, request.headers))
        parts = urlsplit(self.upstream)
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{parts.scheme}://{parts.netloc}{request.url.path}{query}"
        client = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=10))
        sent = client.build_request(
            request.method, url, headers=_handed_on(request.headers), content=body
        )
        try:
            answer = await client.send(sent, stream=True)
        except httpx.TransportError as error:
            await client.aclose()
            _end(calls.values(), f"{type(error).__name__}: the server does not answer")
            return PlainTextResponse(AWAY, 502)
        passing = self._passing(client, answer, calls)
        return StreamingResponse(passing, answer.status_code, _handed_on(answer.headers))

    def _called(self, body: bytes, headers: Mapping[str, str]) -> Iterator[tuple[Any, Call]]:
        for message in _messages(body):
            if message.get("method") == "tools/call":
                params = message.get("params") or {}
                arguments = params.get("arguments") or {}
                call = Call(str(params.get("name")), arguments, headers.get("authorization"))
                self.calls.append(call)
                yield message.get("id"), call

    async def _passing(
        self, client: httpx.AsyncClient, answer: httpx.Response, calls: dict[Any, Call]
    ) -> AsyncIterator[bytes]:
        kept = b""
        try:
            async for chunk in answer.aiter_bytes():
                if calls and len(kept) < LONGEST:
                    kept += chunk
                    _read(kept, calls)
                yield chunk
        finally:
            status = answer.status_code
            said = "" if status < 400 else f"{status} {kept[:300].decode(errors='replace')}"
            _end(calls.values(), said or "The server ended its answer without a result")
            await answer.aclose()
            await client.aclose()


class NoPages:
    """Refuses what comes from a browser, in which any site could call the developer's tools."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and BROWSER & set(Request(scope).headers):
            await PlainTextResponse(REFUSED, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _read(text: bytes, calls: Mapping[Any, Call]) -> None:
    for message in (*_events(text), *_messages(text)):
        call = calls.get(message.get("id"))
        if call is None or call.ended is not None:
            continue
        result, error = message.get("result"), message.get("error")
        if isinstance(result, dict):
            call.result, call.failed = _words(result), bool(result.get("isError"))
        elif isinstance(error, dict):
            call.result, call.failed = str(error.get("message")), True
        else:
            continue
        call.ended = time.monotonic()


def _words(result: Mapping[str, Any]) -> str:
    parts = [part for part in result.get("content") or () if isinstance(part, dict)]
    return "\n".join(str(part.get("text", f"[{part.get('type')}]")) for part in parts)


def _end(calls: Any, why: str) -> None:
    for call in calls:
        if call.ended is None:
            call.result, call.failed, call.ended = why, True, time.monotonic()


def _events(text: bytes) -> Iterator[dict[str, Any]]:
    for line in text.replace(b"\r\n", b"\n").split(b"\n"):
        if line.startswith(b"data:"):
            yield from _messages(line[5:])


def _messages(text: bytes) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        return
    yield from (
        each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)
    )


def _handed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in NOT_HANDED_ON}
