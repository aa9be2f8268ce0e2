"""What somebody gets who has no valid token, or looks for another user's thread."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chatkit_agent.evidence.run import Attempt, Person, SecondUser, Turn
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
