"""A client of a running chat, over HTTP as a browser would: it asks, listens, and hangs up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from chatkit_agent.evidence.run import Frame, Person, Reply, Span, ToolCall, Turn

REPLY_SECONDS = 60.0

Calls = Callable[[], tuple[ToolCall, ...]]


@dataclass(frozen=True)
class Chat:
    """The chat's address, and the tool calls that its MCP server has received so far."""

    url: str
    calls: Calls
    header: str = "Authorization"
    scheme: str = "Bearer"
    spans: Callable[[], tuple[Span, ...]] = tuple
    """What the model and the tools have done so far, by the monotonic clock."""

    def turn(self, person: Person, question: str, thread: str | None = None) -> Turn:
        return self.turn_of(person, question, *asked(question, thread))

    def turn_of(self, person: Person, question: str, kind: str, params: Mapping[str, Any]) -> Turn:
        """Any operation that a turn answers."""
        before, began = len(self.calls()), time.monotonic()
        reply = self.ask(person, kind, **params)
        calls = self.calls()[before:]
        return Turn(person, question, reply, calls, tuple(_since_then(self.spans(), began)))

    def ask(self, person: Person, kind: str, **params: Any) -> Reply:
        return self.send(kind, params, self.carrying(person))

    def send(self, kind: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        return self.post(_operation(kind, params), headers)

    def post(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send any body; whatever goes wrong is part of the reply."""
        with self._answered("POST", self.url, body, headers) as reply:
            return reply

    def carrying(self, person: Person) -> dict[str, str]:
        """The header that says who is asking."""
        return {self.header: f"{self.scheme} {person.token}".lstrip()}

    def health(self) -> Reply:
        with self._answered("GET", f"{self.url}/health", b"", {}) as reply:
            return reply

    @contextmanager
    def listening(
        self, person: Person, question: str, thread: str | None, pieces: int
    ) -> Iterator[Reply]:
        """An answer as far as so many pieces of its text; leaving the block hangs up."""
        body = _operation(*asked(question, thread))
        with self._answered("POST", self.url, body, self.carrying(person), pieces) as reply:
            yield reply

    @contextmanager
    def _answered(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        pieces: int | None = None,
    ) -> Iterator[Reply]:
        began = time.monotonic()
        # Applications that check the host know this machine by its name.
        host = {"Host": f"localhost:{httpx.URL(self.url).port}", "Content-Type": "application/json"}
        with ExitStack() as stack:
            try:
                client = stack.enter_context(httpx.Client(trust_env=False, timeout=REPLY_SECONDS))
                asking = client.stream(method, url, content=body, headers={**host, **headers})
                response = stack.enter_context(asking)
                # The connection lasts as long as somebody holds on to the frames.
                frames = stack.enter_context(closing(_frames(response, began)))
                reply = _reply(response, frames, began, pieces)
            except httpx.HTTPError as error:
                why = f"{type(error).__name__}: {error}"
                reply = Reply(None, error=why, ended=_since(began))
            yield reply


def asked(question: str, thread: str | None) -> tuple[str, dict[str, Any]]:
    """The operation that asks this, in a thread that is there or in a new one."""
    if thread is None:
        return "threads.create", {"input": message(question)}
    return "threads.add_user_message", {"input": message(question), "thread_id": thread}


def message(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"content": content, "attachments": [], "inference_options": {}}


def _operation(kind: str, params: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": kind, "params": params, "metadata": {}}).encode()


def _reply(
    response: httpx.Response, heard: Iterator[Frame], began: float, pieces: int | None
) -> Reply:
    if "text/event-stream" not in response.headers.get("content-type", ""):
        body = response.read().decode(errors="replace")
        return Reply(response.status_code, body, ended=_since(began))
    frames: list[Frame] = []
    error = None
    try:
        for frame in heard:
            frames.append(frame)
            if pieces is not None and sum(bool(each.delta) for each in frames) >= pieces:
                break
    except (httpx.HTTPError, ValueError) as cut:
        error = f"the stream was cut: {type(cut).__name__}: {cut}"
    return Reply(response.status_code, "", tuple(frames), _since(began), error)


def _frames(response: httpx.Response, began: float) -> Generator[Frame, None, None]:
    for line in response.iter_lines():
        if _since(began) > REPLY_SECONDS:
            raise ValueError(f"it had not ended after {REPLY_SECONDS:.0f} seconds")
        if line.startswith("data:"):
            event = json.loads(line.removeprefix("data:"))
            if not isinstance(event, dict):
                raise ValueError("a frame is no object")
            yield Frame(_since(began), event)


def _since_then(spans: tuple[Span, ...], began: float) -> Iterator[Span]:
    for span in spans:
        if span.begin >= began:
            yield replace(span, begin=span.begin - began, end=span.end - began)


def _since(began: float) -> float:
    return time.monotonic() - began
