"""Intruders: who has no valid token, wants another's thread, or sends what no client would."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from chatkit_agent.evidence.run import (
    CURSOR,
    LARGE,
    LONG,
    LONG_ID,
    Attempt,
    Person,
    SecondUser,
    Turn,
)
from chatkit_agent.evidence.run.client import Chat, Sent, message
from chatkit_agent.evidence.run.signing import Signer


def look_for_thread(chat: Chat, bob: Person, alice: Person, thread: str, own: Turn) -> SecondUser:
    """Bob tries everything with Alice's thread; the worst comes last."""
    tries: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("read the thread", "threads.get_by_id", {}),
        ("read its messages", "items.list", {}),
        ("write into it", "threads.add_user_message", {"input": message("let me in")}),
        ("rename it", "threads.update", {"title": "mine now"}),
        ("delete it", "threads.delete", {}),
    )
    listed = chat.ask(bob, "threads.list", limit=100)
    attempts = tuple(
        Attempt(what, chat.ask(bob, kind, thread_id=thread, **params))
        for what, kind, params in tries
    )
    return SecondUser(own, listed, attempts, chat.ask(alice, "items.list", thread_id=thread))


def unauthenticated_attempts(
    chat: Chat, alice: Person, signer: Signer | None
) -> tuple[Attempt, ...]:
    """What somebody without a valid token gets; `signer` signs the tokens where they are ours."""
    forged = {} if signer is None else signer.forged(alice)
    garbage = chat.with_token("garbage")
    claimed = replace(garbage, headers={**garbage.headers, "X-User-ID": alice.id})
    attempts = {
        "no token": Sent(),
        "a token of garbage": garbage,
        "another user's id in `X-User-ID`": claimed,
        **{what: chat.with_token(token) for what, token in forged.items()},
    }
    return tuple(
        Attempt(what, chat.send("threads.list", {"limit": 5}, sent))
        for what, sent in attempts.items()
    )


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
