"""What stands before a server of the person's own: it hands on what passes, and records it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Protocol
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

from chatkit_agent.sandbox.serving import BrokenOff, served

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
LONGEST = 8_000_000
BROWSER = {"origin", "sec-fetch-site"}
REFUSED = "This address is for the application that `chatkit-agent dev` runs, not for pages."
AWAY = "{} does not answer. `chatkit-agent dev` only hands on."


class Record(Protocol):
    """Of one request."""

    def receive(self, text: bytes) -> None:
        """All of the answer so far."""

    def end(self, status: int, text: bytes, *, is_whole: bool) -> None:
        """`status` is 0 where nobody answered, and `text` says why."""


@dataclass
class HandingOn:
    """Inside of `with`, `url` leads to the server at `upstream`."""

    upstream: str
    url: str = field(default="", init=False)

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

    def begin(self, request: Request, body: bytes) -> Record:
        raise NotImplementedError

    async def _hand_on(self, request: Request) -> Response:
        body = await request.body()
        record = self.begin(request, body)
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
            why = f"{type(error).__name__}: the server does not answer"
            record.end(0, why.encode(), is_whole=False)
            return PlainTextResponse(AWAY.format(parts.netloc), 502)
        passing = _passing(client, answer, record)
        return StreamingResponse(passing, answer.status_code, _handed_on(answer.headers))


class NoPages:
    """Refuses what comes from a browser, in which any site could use what is behind."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and BROWSER & set(Request(scope).headers):
            await PlainTextResponse(REFUSED, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _passing(
    client: httpx.AsyncClient, answer: httpx.Response, record: Record
) -> AsyncIterator[bytes]:
    kept, is_whole = b"", False
    try:
        async for chunk in answer.aiter_bytes():
            if len(kept) < LONGEST:
                kept += chunk
                record.receive(kept)
            yield chunk
        is_whole = len(kept) < LONGEST
    except httpx.TransportError as error:
        raise BrokenOff from error
    finally:
        record.end(answer.status_code, kept, is_whole=is_whole)
        await answer.aclose()
        await client.aclose()


def _handed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in NOT_HANDED_ON}
