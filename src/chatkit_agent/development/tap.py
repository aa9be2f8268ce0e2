"""A tap before the project's own MCP server: it hands on what passes, and records each call."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from chatkit_agent.development.handing_on import HandingOn, Record
from chatkit_agent.sandbox.mcp_server import Call

LONGEST = 200_000


@dataclass
class Tap(HandingOn):
    """`with Tap(url) as tap:` serves `tap.url`, which leads to the server at `upstream`."""

    calls: list[Call] = field(default_factory=list, init=False)

    def begin(self, request: Request, body: bytes) -> Record:
        return Calls(dict(self._calls(body, request.headers)))

    def _calls(self, body: bytes, headers: Mapping[str, str]) -> Iterator[tuple[Any, Call]]:
        for message in messages_in(body):
            if message.get("method") == "tools/call":
                params = message.get("params") or {}
                arguments = params.get("arguments") or {}
                call = Call(str(params.get("name")), arguments, headers.get("authorization"))
                self.calls.append(call)
                yield message.get("id"), call


@dataclass(frozen=True)
class Calls:
    """The calls of one request, by the ids of their messages."""

    calls: Mapping[Any, Call]

    def receive(self, text: bytes) -> None:
        if not self.calls or len(text) > LONGEST:
            return
        for message in (*events_in(text), *messages_in(text)):
            call = self.calls.get(message.get("id"))
            if call is not None and call.ended is None:
                _keep_answer(message, call)

    def end(self, status: int, text: bytes, *, is_whole: bool) -> None:
        said = text[:300].decode(errors="replace")
        if status >= 400:
            said = f"{status} {said}"
        elif status:
            said = "The server ended its answer without a result"
        for call in self.calls.values():
            if call.ended is None:
                call.result, call.failed, call.ended = said, True, time.monotonic()


def _keep_answer(message: Mapping[str, Any], call: Call) -> None:
    result, error = message.get("result"), message.get("error")
    if isinstance(result, dict):
        call.result, call.failed = _words(result), bool(result.get("isError"))
    elif isinstance(error, dict):
        call.result, call.failed = str(error.get("message")), True
    else:
        return
    call.ended = time.monotonic()


def _words(result: Mapping[str, Any]) -> str:
    parts = [part for part in result.get("content") or () if isinstance(part, dict)]
    return "\n".join(str(part.get("text", f"[{part.get('type')}]")) for part in parts)


def events_in(text: bytes) -> Iterator[dict[str, Any]]:
    """The objects that server-sent events carry."""
    for line in text.replace(b"\r\n", b"\n").split(b"\n"):
        if line.startswith(b"data:"):
            yield from messages_in(line[5:])


def messages_in(text: bytes) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        return
    yield from (
        each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)
    )
