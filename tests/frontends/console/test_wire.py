"""What passes on the wire is kept in order, timed, and told by its threads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatkit_agent.frontends.console import wire
from chatkit_agent.frontends.console.wire import Exchange, Wire

CREATED = {"type": "thread.created", "thread": {"id": "thr_1"}}
DELTA = {"type": "thread.item.updated", "update": {"type": "x.text_delta", "delta": "Hi"}}
ODD = (None, 7, "text", ["x"], {"thread": "thr_1"}, {"thread": None}, {"update": ["x.text_delta"]})


def sent(kept: Wire, body: object) -> Exchange:
    return kept.begin("POST", "/chatkit", json.dumps(body).encode(), "Alice")


def streamed(kept: Wire, body: object, *events: object) -> Exchange:
    exchange = sent(kept, body)
    exchange.answered(200, "text/event-stream; charset=utf-8")
    for each in events:
        exchange.receive(f"data: {json.dumps(each)}\n\n".encode())
    exchange.end()
    return exchange


@pytest.mark.parametrize(
    ("chunks", "found"),
    [
        ([b'data: {"a": 1}\n\n'], [{"a": 1}]),
        ([b'data: {"a"', b': 1}\n\ndata: {"b": 2}\n', b"\n"], [{"a": 1}, {"b": 2}]),
        ([b'event: x\r\ndata: {"a": 1}\r', b"\n\r\n"], [{"a": 1}]),
        ([b'data: {"a":\ndata: 1}\n\n'], [{"a": 1}]),
        ([b": ping\n\n", b"retry: 5\n\n"], []),
        ([b"data: [DONE]\n\n"], [None]),
        ([b"data: " + b"[" * 100_000 + b"\n\n"], [None]),
        ([b'data: {"a": 1}'], []),
    ],
)
def test_events_of_a_stream(chunks: list[bytes], found: list[object]) -> None:
    exchange = sent(Wire(), {})
    exchange.answered(200, "text/event-stream")
    for chunk in chunks:
        exchange.receive(chunk)
    assert [each.data for each in exchange.events] == found
    assert exchange.received == sum(map(len, chunks))


@pytest.mark.parametrize("event", ODD)
def test_the_first_text_is_that_of_a_delta(event: object) -> None:
    exchange = streamed(Wire(), {}, event)
    assert exchange.first_text is None
    exchange = streamed(Wire(), {}, event, DELTA)
    assert exchange.first_text == exchange.events[1].at


def test_an_answer_that_is_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LONGEST", 10)
    exchange = sent(Wire(), {})
    exchange.answered(200, "application/json")
    for chunk in (b'{"a": ', b"[1, 2, 3, 4]}"):
        exchange.receive(chunk)
    assert (exchange.answer, exchange.received, exchange.events) == ('{"a": [1, ', 19, [])
    assert exchange.shown(0)["answer"] is None


def test_what_is_shown() -> None:
    kept = Wire()
    shown = streamed(kept, {"type": "threads.create"}, CREATED, DELTA).shown(kept.origin, 1)
    assert [each["data"] for each in shown["events"]] == [DELTA]
    assert (shown["number"], shown["person"], shown["status"]) == (1, "Alice", 200)
    assert shown["first_byte_ms"] <= shown["first_text_ms"] <= shown["ms"]
    waiting = sent(kept, {}).shown(kept.origin)
    assert (waiting["number"], waiting["ms"], waiting["answer"]) == (2, None, None)


def test_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Wire()
    for _ in range(wire.KEPT + 2):
        sent(kept, {})
    assert [kept.exchanges[0].number, kept.exchanges[-1].number] == [3, wire.KEPT + 2]


def test_a_trace_is_in_order() -> None:
    kept = Wire()
    first = sent(kept, {"type": "threads.create"})
    other = kept.begin("GET", "/chatkit/files/1", b"", "Bob")
    other.answered(404, "")
    first.answered(200, "text/event-stream")
    first.receive(f"data: {json.dumps(CREATED)}\n\n".encode())
    entries = kept.trace()
    assert [each["at"] for each in entries] == sorted(each["at"] for each in entries)
    assert [{**each, "at": 0} for each in entries] == [
        {"at": 0, "direction": "sent", "request": {"type": "threads.create"}},
        {"at": 0, "direction": "sent", "request": {"method": "GET", "path": "/chatkit/files/1"}},
        {"at": 0, "direction": "received", "status": 404},
        {"at": 0, "direction": "received", "status": 200},
        {"at": 0, "direction": "received", "event": CREATED},
    ]
    assert Wire().trace() == []


def create(**more: Any) -> dict[str, Any]:
    return {"type": "threads.create", "params": {}, **more}


@pytest.mark.parametrize(
    ("body", "events", "is_step"),
    [
        (create(), (CREATED,), True),
        (create(), (*ODD, CREATED), True),
        (create(), ODD, False),
        (create(), ({"type": "thread.created", "thread": {"id": "thr_2"}},), False),
        (create(type="threads.add_user_message", params={"thread_id": "thr_1"}), (), True),
        (create(type="threads.add_user_message", params={"thread_id": "thr_2"}), (), False),
        (create(type="threads.add_user_message", params="thr_1"), (), False),
        (create(type="threads.list", params={"thread_id": "thr_1"}), (CREATED,), False),
        (["threads.create"], (CREATED,), False),
    ],
)
def test_the_steps_of_a_conversation(body: object, events: tuple[Any, ...], is_step: bool) -> None:
    kept = Wire()
    exchange = streamed(kept, body, *events)
    found = kept.conversation("thr_1")
    assert len(found) == is_step
    if found:
        assert (found[0]["request"], found[0]["events"]) == (body, [*events] or [None])
        assert (found[0]["began"], found[0]["ended"]) == (
            exchange.began,
            exchange.began + (exchange.ended or 0),
        )


@pytest.mark.parametrize(("status", "ends"), [(500, True), (200, False)])
def test_no_step_that_failed_or_goes_on(status: int, ends: bool) -> None:
    kept = Wire()
    exchange = sent(kept, create(type="threads.add_user_message", params={"thread_id": "thr_1"}))
    exchange.answered(status, "text/event-stream")
    if ends:
        exchange.end()
    assert kept.conversation("thr_1") == []
