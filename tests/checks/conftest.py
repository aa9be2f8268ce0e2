"""A body of evidence in which everything is as it should be."""

from __future__ import annotations

import dataclasses
import json

import pytest

from chatkit_agent.evidence import (
    AfterRestart,
    Attempt,
    Boot,
    Conversation,
    Environment,
    Evidence,
    Frame,
    Neighbour,
    Person,
    Reply,
    ToolCall,
    Turn,
)

ALICE = Person("alice-1", "token-of-alice")
BOB = Person("bob-2", "token-of-bob")
ROUTES = frozenset({("GET", "/items"), ("GET", "/docs")})
CHAT = frozenset({("POST", "/chatkit"), ("GET", "/chatkit/health")})


def streamed(thread: str, words: tuple[str, ...] = ("I added", " the task.")) -> Reply:
    update = "assistant_message.content_part.text_delta"
    deltas = tuple(
        Frame(
            0.4 + number / 5,
            {"type": "thread.item.updated", "update": {"type": update, "delta": word}},
        )
        for number, word in enumerate(words)
    )
    made = Frame(0.1, {"type": "thread.created", "thread": {"id": thread}})
    return Reply(200, "", (made, *deltas), ended=0.9)


def turn(person: Person, thread: str, task: str) -> Turn:
    call = ToolCall("add_task", {"title": task}, f"Bearer {person.token}")
    return Turn(person, f"Please add a task: {task}", streamed(thread), (call,))


def page(*texts: str) -> str:
    return json.dumps({"data": [{"content": [{"text": text}]} for text in texts]})


@pytest.fixture
def healthy() -> Evidence:
    alice = turn(ALICE, "thr_alice", "water the ferns 17")
    later = Turn(ALICE, "And before that?", streamed("thr_alice"), ())
    items = Reply(200, page(alice.question, alice.reply.answer))
    tries = ("read the thread", "read its messages", "write into it", "rename it", "delete it")
    return Evidence(
        environment=Environment("/venv/bin/python", "3.11.7", "`.venv`", {"fastapi": "0.115.0"}),
        path="/chatkit",
        auth="jwt",
        token="auto",
        sign_in=None,
        gates=(),
        mounting="app",
        before=Boot(None, ROUTES, ROUTES),
        after=Boot(None, ROUTES | CHAT, ROUTES | CHAT),
        alone=None,
        conversation=Conversation(
            alice=alice,
            restart=AfterRestart(Boot(None, ROUTES | CHAT), Reply(200, "{}"), items, later),
            neighbour=Neighbour(
                turn=turn(BOB, "thr_bob", "call the plumber 23"),
                threads=Reply(200, '{"data": [{"id": "thr_bob"}]}'),
                attempts=tuple(Attempt(what, Reply(404, "not found")) for what in tries),
                items_for_alice=items,
            ),
            prompts=(alice.question, f"{alice.question} {later.question}"),
            stored="alice-1 thr_alice",
        ),
        strangers=(Attempt("no token", Reply(401)), Attempt("garbage", Reply(403))),
        unseen=None,
        log="INFO: started",
    )


@pytest.fixture
def dead(healthy: Evidence) -> Evidence:
    """The application booted before, and no longer does."""
    return dataclasses.replace(
        healthy,
        after=Boot(error="when it was imported: ImportError: no such name"),
        conversation=None,
        strangers=None,
        unseen="the application no longer boots",
    )
