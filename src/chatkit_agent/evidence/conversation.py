"""What two people and some strangers say to a running chat, over HTTP as a browser would."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from chatkit_agent.evidence import Attempt, Frame, Neighbour, Person, Reply, ToolCall, Turn
from chatkit_agent.evidence.signing import Signer

REPLY_SECONDS = 60.0

Calls = Callable[[], tuple[ToolCall, ...]]


@dataclass(frozen=True)
class Chat:
    """The chat's address, and the tool calls that its MCP server has received so far."""

    url: str
    calls: Calls
    header: str = "Authorization"
    scheme: str = "Bearer"

    def turn(self, person: Person, question: str, thread: str | None = None) -> Turn:
        message = {"content": [{"type": "input_text", "text": question}], "attachments": []}
        params: dict[str, Any] = {"input": {**message, "inference_options": {}}}
        kind = "threads.create"
        if thread is not None:
            kind, params["thread_id"] = "threads.add_user_message", thread
        before = len(self.calls())
        reply = self.ask(person, kind, **params)
        return Turn(person, question, reply, self.calls()[before:])

    def ask(self, person: Person, kind: str, **params: Any) -> Reply:
        carried = f"{self.scheme} {person.token}".lstrip()
        return self.send(kind, params, {self.header: carried})

    def send(self, kind: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        """Post one operation; whatever goes wrong is part of the reply."""
        began = time.monotonic()
        body = {"type": kind, "params": params, "metadata": {}}
        # Applications that check the host know this machine by its name.
        named = {"Host": f"localhost:{httpx.URL(self.url).port}", **headers}
        try:
            with (
                httpx.Client(trust_env=False, timeout=REPLY_SECONDS) as client,
                client.stream("POST", self.url, json=body, headers=named) as response,
            ):
                return _reply(response, began)
        except httpx.HTTPError as error:
            return Reply(None, error=f"{type(error).__name__}: {error}", ended=_since(began))


def _reply(response: httpx.Response, began: float) -> Reply:
    if "text/event-stream" not in response.headers.get("content-type", ""):
        body = response.read().decode(errors="replace")
        return Reply(response.status_code, body, ended=_since(began))
    frames: list[Frame] = []
    error = None
    try:
        frames.extend(_frames(response, began))
    except (httpx.HTTPError, ValueError) as cut:
        error = f"the stream was cut: {type(cut).__name__}: {cut}"
    return Reply(response.status_code, "", tuple(frames), _since(began), error)


def _frames(response: httpx.Response, began: float) -> Iterator[Frame]:
    for line in response.iter_lines():
        if _since(began) > REPLY_SECONDS:
            raise ValueError(f"it had not ended after {REPLY_SECONDS:.0f} seconds")
        if line.startswith("data:"):
            event = json.loads(line.removeprefix("data:"))
            if not isinstance(event, dict):
                raise ValueError("a frame is no object")
            yield Frame(_since(began), event)


def _since(began: float) -> float:
    return time.monotonic() - began


def look_for_thread(chat: Chat, bob: Person, alice: Person, thread: str, own: Turn) -> Neighbour:
    """Bob tries everything with Alice's thread; the worst comes last."""
    message = {"content": [{"type": "input_text", "text": "let me in"}], "attachments": []}
    tries: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("read the thread", "threads.get_by_id", {}),
        ("read its messages", "items.list", {}),
        (
            "write into it",
            "threads.add_user_message",
            {"input": {**message, "inference_options": {}}},
        ),
        ("rename it", "threads.update", {"title": "mine now"}),
        ("delete it", "threads.delete", {}),
    )
    listed = chat.ask(bob, "threads.list", limit=100)
    attempts = tuple(
        Attempt(what, chat.ask(bob, kind, thread_id=thread, **params))
        for what, kind, params in tries
    )
    return Neighbour(own, listed, attempts, chat.ask(alice, "items.list", thread_id=thread))


def strangers_attempts(chat: Chat, alice: Person, signer: Signer | None) -> tuple[Attempt, ...]:
    """What somebody without a valid token gets; `signer` signs the tokens where they are ours."""
    forged = {} if signer is None else signer.forged(alice)
    headers: dict[str, dict[str, str]] = {
        "no token": {},
        "a token of garbage": {"Authorization": "Bearer garbage"},
        "another user's id in `X-User-ID`": {
            "Authorization": "Bearer garbage",
            "X-User-ID": alice.id,
        },
        **{what: {"Authorization": f"Bearer {token}"} for what, token in forged.items()},
    }
    return tuple(
        Attempt(what, chat.send("threads.list", {"limit": 5}, sent))
        for what, sent in headers.items()
    )
