"""The wire: each request to the chat and each event of its answer, with when it came."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

KEPT = 200
LONGEST = 200_000
"""Characters of an answer that is no stream; the rest is counted and not kept."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One server-sent event; `at` is in seconds since its request."""

    at: float
    size: int
    data: Any


@dataclass
class Exchange:
    """One request and its answer."""

    number: int
    method: str
    path: str
    body: Any
    size: int
    person: str
    began: float = field(default_factory=time.monotonic)
    status: int | None = None
    is_stream: bool = False
    headers_at: float | None = None
    first_byte: float | None = None
    first_text: float | None = None
    ended: float | None = None
    failure: str = ""
    received: int = 0
    answer: str = ""
    events: list[Event] = field(default_factory=list)
    rest: bytes = field(default=b"", repr=False)

    def since(self) -> float:
        return time.monotonic() - self.began

    def answered(self, status: int, content_type: str) -> None:
        self.status, self.headers_at = status, self.since()
        self.is_stream = content_type.startswith("text/event-stream")

    def receive(self, chunk: bytes) -> None:
        if self.first_byte is None:
            self.first_byte = self.since()
        self.received += len(chunk)
        if self.is_stream:
            self._take_events(chunk)
        elif len(self.answer) < LONGEST:
            self.answer += chunk.decode(errors="replace")[: LONGEST - len(self.answer)]

    def end(self, failure: str = "") -> None:
        self.ended, self.failure = self.since(), failure

    def _take_events(self, chunk: bytes) -> None:
        *frames, self.rest = (self.rest + chunk).replace(b"\r\n", b"\n").split(b"\n\n")
        for frame in frames:
            lines = [line[5:].strip() for line in frame.split(b"\n") if line.startswith(b"data:")]
            if lines:
                self._add(Event(self.since(), len(frame) + 2, _json_of(b"\n".join(lines))))

    def _add(self, event: Event) -> None:
        self.events.append(event)
        if self.first_text is None and _is_text(event.data):
            self.first_text = event.at

    def shown(self, origin: float, events_after: int = 0) -> Json:
        return {
            "number": self.number,
            "at": round(self.began - origin, 4),
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "person": self.person,
            "sent": self.size,
            "status": self.status,
            "stream": self.is_stream,
            "received": self.received,
            "headers_ms": _ms(self.headers_at),
            "first_byte_ms": _ms(self.first_byte),
            "first_text_ms": _ms(self.first_text),
            "ms": _ms(self.ended),
            "failure": self.failure,
            "answer": _json_of(self.answer.encode()) if self.ended is not None else None,
            "events": [
                {"ms": _ms(event.at), "size": event.size, "data": event.data}
                for event in self.events[events_after:]
            ],
        }


@dataclass
class Wire:
    """The latest exchanges."""

    origin: float = field(default_factory=time.monotonic)
    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=KEPT))
    count: int = 0

    def begin(self, method: str, path: str, body: bytes, person: str) -> Exchange:
        self.count += 1
        exchange = Exchange(self.count, method, path, _json_of(body), len(body), person)
        self.exchanges.append(exchange)
        return exchange

    def trace(self) -> list[Json]:
        """All of it in order, as `doctor --trace` reads it."""
        entries = sorted(
            (entry for each in self.exchanges for entry in _entries(each)), key=lambda one: one[0]
        )
        start = entries[0][0] if entries else 0.0
        return [{"at": round(at - start, 4), **entry} for at, entry in entries]

    def conversation(self, thread: str) -> list[Json]:
        """The requests that went on in a thread, with their events and between which times."""
        steps = (each for each in self.exchanges if each.status == 200 and each.ended is not None)
        return [
            {
                "request": each.body,
                "events": [event.data for event in each.events] or [_json_of(each.answer.encode())],
                "began": each.began,
                "ended": each.began + each.ended,
            }
            for each in steps
            if isinstance(each.body, dict) and each.ended is not None and _is_step(each, thread)
        ]


STEPS = {
    "threads.create",
    "threads.add_user_message",
    "threads.retry_after_item",
    "threads.custom_action",
    "threads.sync_custom_action",
    "threads.add_client_tool_output",
    "threads.add_structured_input",
}


def _is_step(exchange: Exchange, thread: str) -> bool:
    if exchange.body.get("type") not in STEPS:
        return False
    made = (_member(event.data, "thread") for event in exchange.events)
    known = (_member(exchange.body, "params").get("thread_id"), *(each.get("id") for each in made))
    return thread in known


def _entries(exchange: Exchange) -> list[tuple[float, Json]]:
    body = exchange.body
    request = body if isinstance(body, dict) else {"method": exchange.method, "path": exchange.path}
    found: list[tuple[float, Json]] = [(exchange.began, {"direction": "sent", "request": request})]
    if exchange.status is not None:
        at = exchange.began + (exchange.headers_at or 0)
        found.append((at, {"direction": "received", "status": exchange.status}))
    for event in exchange.events:
        entry = {"direction": "received", "event": event.data}
        found.append((exchange.began + event.at, entry))
    return found


def _is_text(data: Any) -> bool:
    return str(_member(data, "update").get("type")).endswith("text_delta")


def _member(data: Any, name: str) -> Json:
    """An object in another; an empty one where a chat or its client sends something else."""
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _json_of(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # A file that is uploaded, for instance: its size says enough.
        return None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
