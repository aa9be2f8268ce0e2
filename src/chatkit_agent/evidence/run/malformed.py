"""Malformed requests: what Alice gets who is signed in and sends what no client would."""

from __future__ import annotations

import json
from typing import Any

from chatkit_agent.evidence.run import CURSOR, LARGE, LONG, LONG_ID, Attempt, Person
from chatkit_agent.evidence.run.client import Chat, message

NOWHERE = "thr_that_is_not_there"
ELEVEN_MEBIBYTES = 11 * 1024 * 1024


def send_malformed(chat: Chat, alice: Person, thread: str) -> tuple[Attempt, ...]:
    """Bodies that are no request, and requests that ask for what is not there."""
    bodies = {
        "an empty body": b"",
        "no JSON": b"{type: threads.list",
        "`null`": b"null",
        "a list": b"[]",
        "an empty object": b"{}",
        "bytes that are no text": b'{"type": "\xff\xfe"}',
        **{what: json.dumps(body).encode() for what, body in _requests(thread).items()},
    }
    return tuple(
        Attempt(what, chat.through(chat.post(body, chat.carrying(alice)), chat.carrying(alice)))
        for what, body in bodies.items()
    )


def _requests(thread: str) -> dict[str, dict[str, Any]]:
    known, unknown = {"thread_id": thread}, {"thread_id": NOWHERE}
    said = {"input": message("Is anybody there?")}
    return {
        "an unknown operation": _of("threads.explode", {}),
        "an operation without its parameters": _of("threads.add_user_message", {}),
        "parameters of the wrong type": _of("threads.list", {"limit": "many", "order": 7}),
        "a message that is a number": _of("threads.create", {"input": 7}),
        "an unknown thread": _of("threads.get_by_id", unknown),
        LONG: _of("threads.get_by_id", {"thread_id": "t" * LONG_ID}),
        "a message to an unknown thread": _of("threads.add_user_message", {**unknown, **said}),
        "an unknown thread to rename": _of("threads.update", {**unknown, "title": "x"}),
        "a retry of an unknown message": _of(
            "threads.retry_after_item", {**known, "item_id": "msg_that_is_not_there"}
        ),
        CURSOR: _of("items.list", {**known, "after": "no_such_item"}),
        LARGE: {**_of("threads.list", {"limit": 1}), "metadata": {"more": "x" * ELEVEN_MEBIBYTES}},
    }


def _of(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "params": params, "metadata": {}}
