"""Who talks to the chat in the tests, and what they are told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import jwt

SECRET = "a secret of this test session, which is long enough for HS512 too"
LONG = " ".join(f"word{number}" for number in range(400))


class Person:
    """Somebody with a token, at one chat."""

    def __init__(self, name: str, url: str = "", token: str | None = None, **claims: Any) -> None:
        claims = {"sub": name, "exp": int(time.time()) + 600, **claims}
        self.name = name
        self.token = token or jwt.encode(claims, SECRET, "HS256")
        self.http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
            trust_env=False,
        )

    def ask(self, operation: str, /, **params: Any) -> httpx.Response:
        return self.http.post("/chatkit", json={"type": operation, "params": params})

    @contextmanager
    def stream(self, operation: str, /, **params: Any) -> Iterator[Iterator[dict[str, Any]]]:
        with self.http.stream(
            "POST", "/chatkit", json={"type": operation, "params": params}
        ) as response:
            assert response.status_code == 200, response.read()
            yield (json.loads(line[6:]) for line in response.iter_lines() if line[:6] == "data: ")

    @contextmanager
    def saying(self, text: str, thread: str | None = None) -> Iterator[Iterator[dict[str, Any]]]:
        kind = "threads.add_user_message" if thread else "threads.create"
        params: dict[str, Any] = {"thread_id": thread} if thread else {}
        with self.stream(kind, input=message(text), **params) as events:
            yield events

    def say(self, text: str, thread: str | None = None) -> Said:
        with self.saying(text, thread) as events:
            return Said(list(events), thread)

    def items(self, thread: str) -> list[dict[str, Any]]:
        page = self.ask("items.list", thread_id=thread, limit=100, order="asc").json()
        assert "data" in page, page
        data: list[dict[str, Any]] = page["data"]
        return data


class Said:
    """The events of one whole turn."""

    def __init__(self, events: list[dict[str, Any]], thread: str | None) -> None:
        self.events = events
        self.thread: str = thread or events[0]["thread"]["id"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def text(self) -> str:
        items = [event["item"] for event in self.of("thread.item.done")]
        return "".join(map(text_of, items))


def text_of(item: dict[str, Any]) -> str:
    if item["type"] != "assistant_message":
        return ""
    return "".join(part["text"] for part in item["content"])


def message(text: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"content": content, "attachments": [], "inference_options": {}, **more}


def words_of(events: Iterator[dict[str, Any]], count: int) -> dict[str, Any]:
    """Reads on until so many words have arrived; gives the first event."""
    first = next(events)
    for event in events:
        if event.get("update", {}).get("type", "").endswith("text_delta"):
            count -= 1
        if count == 0:
            break
    return first


def eventually(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """What the condition gives once it holds."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)
    return found
