"""One request to the application itself, in its own process, with what the person's own carried."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Scope

from .error_responses import traceback_of
from .request_guard import TOOL_CALL

logger = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000
MARK = TOOL_CALL.encode()
# What says how the chat's own request was sent, and not who sent it.
OF_THE_MESSAGE = {
    *(b"accept", b"accept-encoding", b"connection", b"content-encoding", b"content-length"),
    *(b"content-type", b"expect", b"keep-alive", b"range", b"te", b"trailer"),
    *(b"transfer-encoding", b"upgrade", b"x-chatkit-resume", MARK),
}
# Nothing else keeps a route that goes on after its answer, with what it does in the background.
GOING_ON: set[asyncio.Task[None]] = set()


@dataclass
class Answer:
    status: int = 0
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    is_whole: bool = False
    is_cut: bool = False

    def add(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = Headers(raw=list(message.get("headers", ())))
        elif message["type"] == "http.response.body" and not self.is_cut:
            self.body += message.get("body", b"")
            self.is_whole = not message.get("more_body", False)
            self.is_cut = len(self.body) > LARGEST_BODY


def scope_like(
    request: Request, method: str, path: str, query: Sequence[tuple[str, Any]], has_body: bool
) -> Scope:
    """What the server would say of such a request: who asks is who asked the chat."""
    own = request.scope
    root = own.get("root_path", "")
    path = root + path if root and own["path"].startswith(root) else path
    headers = [(name, value) for name, value in own["headers"] if name not in OF_THE_MESSAGE]
    headers += [(b"accept", b"application/json"), (MARK, b"1")]
    headers += [(b"content-type", b"application/json")] if has_body else []
    kept = ("type", "asgi", "http_version", "scheme", "server", "client", "root_path")
    return {
        **{name: own[name] for name in kept if name in own},
        "method": method,
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": urlencode(query, doseq=True).encode(),
        "headers": headers,
        # What the lifespan gave to each request; middlewares write theirs anew.
        "state": dict(own.get("state", {})),
    }


async def call(request: Request, scope: Scope, body: Any) -> Answer:
    """Whatever the application answers; nothing that it points to is followed."""
    answer, ended = Answer(), asyncio.Event()
    sent = b"" if body is None else json.dumps(body).encode()
    messages = [{"type": "http.request", "body": sent, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answer.add(message)
        if answer.is_whole or answer.is_cut:
            ended.set()

    task = asyncio.create_task(_serve(request.app, scope, receive, send))
    GOING_ON.add(task)
    task.add_done_callback(GOING_ON.discard)
    task.add_done_callback(lambda _: ended.set())
    try:
        await ended.wait()
    finally:
        if not answer.is_whole and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=5)
    return answer if answer.status else Answer(500)


async def _serve(app: Any, scope: Scope, receive: Any, send: Any) -> None:
    try:
        await app(scope, receive, send)
    except Exception as error:  # as a server does: it was answered, if at all, with a 500
        logger.error("a route that the assistant called failed\n%s", traceback_of(error))


def filled(path: str, values: Mapping[str, Any]) -> str:
    """The path with these in it. ValueError where one would lead to another route."""

    def value(name: re.Match[str]) -> str:
        text = written(values.get(name[1], ""))
        if text in {"", ".", ".."} or "/" in text or "\\" in text:
            raise ValueError(f"`{name[1]}` has to be the name or number of one thing")
        return text

    return re.sub(r"\{(\w+)\}", value, path)


def written(value: Any) -> str:
    """A value as it stands in an address."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (bool, dict, list)) else str(value)
