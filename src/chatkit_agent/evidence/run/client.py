"""A client of a running chat, over HTTP as a browser would: it asks, listens, and hangs up."""

from __future__ import annotations

import json
import secrets
import ssl
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import httpx

from chatkit_agent.evidence.run import Frame, Person, Reply, Span, ToolCall, Turn
from chatkit_agent.evidence.run.door import Manner, explained, is_same_answer, obstacle
from chatkit_agent.project.facts import Credential

REPLY_SECONDS = 60.0

Calls = Callable[[], tuple[ToolCall, ...]]


USUAL = (Credential("header", "Authorization", "Bearer"),)
PERSON = "X-Sandbox-Person"
"""Says who asks where nothing of the application's own could."""
MOST_ADDRESSES = 3
SMALL = 10_000
NO_METHOD = "PROPFIND"
"""One that no route of an application has."""


class Closed(Exception):
    """Something in front of the chat keeps requests out; its text says what."""


@dataclass(frozen=True)
class Sent:
    """What one request has of its own: headers, cookies, and a query."""

    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chat:
    """The chat's address, and the tool calls that its MCP server has received so far."""

    url: str
    calls: Calls
    carried: tuple[Credential, ...] = USUAL
    """Where a request carries who asks; the first is used."""
    manner: Manner = field(default_factory=Manner)
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
        sent = self.carrying(person)
        return self.through(self.send(kind, params, sent), sent)

    def through(self, reply: Reply, sent: Sent) -> Reply:
        """A reply of the chat itself.

        Raises:
            Closed: something in front of it answered.
        """
        kind = obstacle(reply)
        if kind is not None and (kind != "rate" or self._is_limited(sent)):
            raise Closed(explained(kind, reply))
        return reply

    def _is_limited(self, sent: Sent) -> bool:
        """Whether all that this person asks gets 429, and not only a message to this thread."""
        return self.send("threads.list", {"limit": 1}, sent).status == 429

    def send(self, kind: str, params: Mapping[str, Any], sent: Sent) -> Reply:
        return self.post(operation(kind, params), sent)

    def post(self, body: bytes, sent: Sent) -> Reply:
        """Send any body; whatever goes wrong is part of the reply."""
        with self._answer("POST", self.url, body, sent) as reply:
            return reply

    def carrying(self, person: Person) -> Sent:
        """What says who is asking, where the application's own clients have it."""
        has_token = any(each.is_token for each in self.carried)
        return self.with_token(person.token) if has_token else Sent({PERSON: person.token})

    def with_token(self, token: str) -> Sent:
        found = next((each for each in self.carried if each.is_token), None)
        if found is None:
            return Sent()
        value = f"{found.scheme} {token}".lstrip()
        if found.place == "query":
            return Sent(query={found.name: value})
        return (
            Sent(cookies={found.name: value})
            if found.place == "cookie"
            else Sent({found.name: value})
        )

    def health(self) -> Reply:
        return self.get(f"{self.url}/health")

    def get(self, url: str, sent: Sent = Sent()) -> Reply:
        with self._answer("GET", url, b"", sent) as reply:
            return reply

    @contextmanager
    def listening(
        self, person: Person, question: str, thread: str | None, pieces: int
    ) -> Iterator[Reply]:
        """An answer as far as so many pieces of its text; leaving the block hangs up."""
        body, sent = operation(*asked(question, thread)), self.carrying(person)
        with self._answer("POST", self.url, body, sent, pieces) as reply:
            yield self.through(reply, sent)

    def _headers(self, sent: Sent) -> dict[str, str]:
        cookies = {**self.manner.cookies, **sent.cookies}
        joined = "; ".join(_cookie(*each) for each in cookies.items())
        return {
            # Applications that check the host know this machine by its name.
            "Host": f"localhost:{httpx.URL(self.url).port}",
            "Content-Type": "application/json",
            **self.manner.headers,
            **sent.headers,
            **({"Cookie": joined} if joined else {}),
        }

    @contextmanager
    def _answer(
        self,
        method: str,
        url: str,
        body: bytes,
        sent: Sent,
        pieces: int | None = None,
    ) -> Iterator[Reply]:
        headers, url = self._headers(sent), str(httpx.URL(url).copy_merge_params(sent.query))
        made = httpx.Client(verify=_tls(), trust_env=False, timeout=REPLY_SECONDS)
        with made as client, ExitStack() as stack:
            for address in (None, *(_address() for _ in range(MOST_ADDRESSES))):
                # As from somebody else's address, where one has asked too often.
                headers |= {"X-Forwarded-For": address} if address else {}
                asking = exchange(client, method, url, body, headers, pieces)
                reply = stack.enter_context(asking)
                if reply.status != 429:
                    break
            asked = (client, method, url, body, headers)
            yield replace(
                reply, limited=address is not None, is_from_front=_is_from_front(reply, *asked)
            )


def _is_from_front(
    reply: Reply, client: httpx.Client, method: str, url: str, body: bytes, headers: dict[str, str]
) -> bool:
    """Whether a route that is not there answers the same."""
    refused = reply.status in (401, 403) or (reply.status or 0) >= 500
    # A limit for all bodies is a good one where it keeps out large ones alone.
    if not refused and not (reply.status == 413 and len(body) < SMALL):
        return False
    elsewhere = httpx.URL(url).copy_with(path=f"/not-there-{secrets.token_hex(8)}")
    # A catch-all route wants the same sign-in as the chat's, but takes no such method.
    asked = NO_METHOD if reply.status == 401 else method
    with exchange(client, asked, str(elsewhere), body, headers) as other:
        return is_same_answer(reply, other)


@cache
def _tls() -> ssl.SSLContext:
    # One for all clients: each reads the certificates of all authorities again.
    return httpx.create_ssl_context()


@contextmanager
def exchange(
    client: httpx.Client,
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    pieces: int | None = None,
) -> Iterator[Reply]:
    """One request and its answer; the connection lasts as long as somebody holds on to it."""
    began = time.monotonic()
    with ExitStack() as stack:
        try:
            asking = client.stream(method, url, content=body, headers=headers)
            response = stack.enter_context(asking)
            frames = stack.enter_context(closing(_frames(response, began)))
            reply = _reply(response, frames, began, pieces)
        except httpx.HTTPError as error:
            why = f"{type(error).__name__}: {error}"
            reply = Reply(None, error=why, ended=_since(began))
        yield reply


def _address() -> str:
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"


def _cookie(name: str, value: str) -> str:
    return f'{name}="{value}"' if " " in value else f"{name}={value}"


def asked(question: str, thread: str | None) -> tuple[str, dict[str, Any]]:
    """The operation that asks this, in a thread that is there or in a new one."""
    if thread is None:
        return "threads.create", {"input": message(question)}
    return "threads.add_user_message", {"input": message(question), "thread_id": thread}


def message(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"content": content, "attachments": [], "inference_options": {}}


def operation(kind: str, params: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": kind, "params": params, "metadata": {}}).encode()


def _reply(
    response: httpx.Response, heard: Iterator[Frame], began: float, pieces: int | None
) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if "text/event-stream" not in response.headers.get("content-type", ""):
        body = response.read().decode(errors="replace")
        return Reply(
            response.status_code,
            body,
            ended=_since(began),
            location=response.headers.get("location", ""),
            # Of a name that is set for several paths, the last.
            cookies={each.name: each.value or "" for each in response.cookies.jar},
            headers=headers,
        )
    frames: list[Frame] = []
    error = None
    try:
        for frame in heard:
            frames.append(frame)
            if pieces is not None and sum(bool(each.delta) for each in frames) >= pieces:
                break
    except (httpx.HTTPError, ValueError, RecursionError) as cut:
        error = f"the stream was cut: {type(cut).__name__}: {cut}"
    return Reply(response.status_code, "", tuple(frames), _since(began), error, headers=headers)


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
