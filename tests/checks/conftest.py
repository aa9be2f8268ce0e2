"""A body of evidence in which everything is as it should be."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chatkit_agent.evidence.run import (
    CURSOR,
    LARGE,
    AfterRestart,
    Approval,
    Attempt,
    Boot,
    Conversation,
    Environment,
    Frame,
    Interruption,
    Outage,
    Person,
    Repetition,
    Reply,
    Run,
    SecondUser,
    ToolCall,
    Turn,
)
from chatkit_agent.evidence.run.page_visit import PageVisit

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
    step = Frame(0.2, {"type": "thread.item.done", "item": {"id": "wf_1", "type": "workflow"}})
    return Reply(200, "", (made, step, *deltas), ended=0.9)


def turn(person: Person, thread: str, task: str) -> Turn:
    call = ToolCall("add_task", {"title": task}, f"Bearer {person.token}")
    return Turn(person, f"Please add a task: {task}", streamed(thread), (call,))


def page(*texts: str) -> str:
    """Question and answer in turn, each answer after what its tools did."""
    kinds = ("user_message", "assistant_message") * len(texts)
    said = [
        {"type": kind, "content": [{"text": text}]}
        for kind, text in zip(kinds, texts, strict=False)
    ]
    return json.dumps({"data": [said[0], {"type": "workflow"}, *said[1:]]})


def refused(status: int) -> Reply:
    return Reply(status, '{"error": {"message": "not like this"}}')


def interrupted() -> Interruption:
    stopped = Turn(ALICE, "How are you?", streamed("thr_stopped", ("I am",)), ())
    meanwhile = Turn(ALICE, "And meanwhile?", refused(409), ())
    later = Turn(ALICE, "Go on.", streamed("thr_stopped"), ())
    items = page("How are you?", "I am fine", "Go on.", later.reply.answer)
    return Interruption(stopped, meanwhile, later, True, Reply(200, items))


def repeated() -> Repetition:
    asked = turn(ALICE, "thr_again", "feed the cat 31")
    again = Turn(ALICE, asked.question, streamed("thr_again"), ())
    return Repetition(asked, again, Reply(200, page(asked.question, again.reply.answer)))


def approved() -> Approval:
    asked = Turn(ALICE, "Please delete the task 1", streamed("thr_alice"), ())
    call = ToolCall("delete_task", {"task_id": 1}, f"Bearer {ALICE.token}")
    done = Turn(ALICE, "Approve", streamed("thr_alice"), (call,))
    return Approval(asked, done, Turn(ALICE, "Approve", refused(409), ()))


def outages() -> tuple[Outage, ...]:
    told = Reply(200, "", (Frame(0.1, {"type": "error", "message": "The model is away."}),))
    cut = replace(streamed("thr_alice"), frames=(*streamed("thr_alice").frames, *told.frames))
    items = Reply(200, page("Are you there?", cut.answer))
    well, ill = Reply(200, '{"ready": true}'), Reply(503, '{"missing": ["database"]}')
    return (
        Outage("key", told, well, items),
        Outage("cut", cut, well, items),
        Outage("database", refused(503), ill, items),
        Outage("tools", streamed("thr_alice"), well, items),
    )


@pytest.fixture
def healthy() -> Run:
    alice = turn(ALICE, "thr_alice", "water the ferns 17")
    later = Turn(ALICE, "And before that?", streamed("thr_alice"), ())
    items = Reply(200, page(alice.question, alice.reply.answer))
    tries = ("read the thread", "read its messages", "write into it", "rename it", "delete it")
    return Run(
        environment=Environment("/venv/bin/python", "3.11.7", "`.venv`", {"fastapi": "0.115.0"}),
        path="/chatkit",
        auth="jwt",
        token="auto",
        approvals=True,
        sign_in=None,
        global_dependencies=(),
        mounting="app",
        before=Boot(None, ROUTES, ROUTES),
        after=Boot(None, ROUTES | CHAT, ROUTES | CHAT),
        alone=None,
        conversation=Conversation(
            alice=alice,
            restart=AfterRestart(Boot(None, ROUTES | CHAT), Reply(200, "{}"), items, later),
            second_user=SecondUser(
                turn=turn(BOB, "thr_bob", "call the plumber 23"),
                threads=Reply(200, '{"data": [{"id": "thr_bob"}]}'),
                attempts=tuple(Attempt(what, Reply(404, "not found")) for what in tries),
                items_for_alice=items,
            ),
            health=Reply(200, '{"ready": true}'),
            interruption=interrupted(),
            repetition=repeated(),
            approval=approved(),
            malformed=(
                Attempt("an empty body", refused(400)),
                Attempt("an unknown thread", refused(404)),
                Attempt(CURSOR, Reply(200, '{"data": []}')),
                Attempt(LARGE, Reply(None, error="WriteError")),
            ),
            outages=outages(),
            page=PageVisit(
                "/chat",
                signed_in="its own form",
                pieces=9,
                has_step=True,
                goes_on=True,
                seen_by_other=(),
            ),
            prompts=(alice.question, f"{alice.question} {later.question}"),
            stored="alice-1 thr_alice",
        ),
        unauthenticated=(Attempt("no token", Reply(401)), Attempt("garbage", Reply(403))),
        unseen=None,
        log="INFO: started",
        model_key="sk-random",
    )


@pytest.fixture
def dead(healthy: Run) -> Run:
    """The application booted before, and no longer does."""
    return replace(
        healthy,
        after=Boot(error="when it was imported: ImportError: no such name"),
        conversation=None,
        unauthenticated=None,
        unseen="the application no longer boots",
    )
