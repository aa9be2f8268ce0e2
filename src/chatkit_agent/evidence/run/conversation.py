"""What Alice and Bob say to the chat: all that it promises, before a restart and after it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from chatkit_agent.errors import CannotBoot
from chatkit_agent.evidence.run import (
    AfterRestart,
    Approval,
    Boot,
    Conversation,
    Interruption,
    Person,
    Repetition,
    Reply,
    SecondUser,
    Turn,
)
from chatkit_agent.evidence.run.booting import Running, Start, running
from chatkit_agent.evidence.run.client import Closed
from chatkit_agent.evidence.run.intruders import look_for_thread, send_malformed
from chatkit_agent.evidence.run.outages import let_fail
from chatkit_agent.evidence.run.staging import Stage
from chatkit_agent.evidence.run.visiting import page_problem, visit
from chatkit_agent.sandbox.connection import connect
from chatkit_agent.sandbox.model import ModelRequest

Step = Callable[[], Any]


def begin(stage: Stage, url: str) -> Conversation:
    """Alice's first turns; where the very first makes no thread, there is nothing more to see."""
    stage.progress("Asking the first question")
    try:
        begun = Conversation(alice=_ask(stage, url, stage.alice, "water the ferns"))
    except Closed as problem:
        return Conversation(Turn(stage.alice, "", Reply(None), ()), closed=str(problem))
    stage.model.behave(seconds_per_word=0)
    thread = begun.alice.reply.thread
    if thread is None:
        return begun
    stage.progress("Stopping an answer, retrying another, sending what no client would")
    begun = replace(begun, health=stage.chat(url).health())
    steps: dict[str, Step] = {
        "interruption": lambda: interrupt(stage, url) if begun.alice.reply.streamed else None,
        "repetition": lambda: repeat(stage, url),
        "approval": lambda: approve(stage, url) if stage.asks_first and not stage.is_live else None,
        "malformed": lambda: send_malformed(stage.chat(url), stage.alice, thread),
    }
    return _with_page(stage, url, _further(begun, steps))


def _with_page(stage: Stage, url: str, begun: Conversation) -> Conversation:
    """With what the page shows of all this, where there is a page and a browser."""
    why_not = page_problem(stage)
    if begun.closed or why_not:
        return replace(begun, no_page=why_not)
    stage.progress("Opening the page in a browser, and loading it again in the middle of an answer")
    return replace(begun, page=visit(stage, url))


def _further(begun: Conversation, steps: Mapping[str, Step]) -> Conversation:
    """The conversation with what each step saw, as far as something lets requests through."""
    for name, step in steps.items():
        try:
            begun = replace(begun, **{name: step()})
        except Closed as problem:  # noqa: PERF203
            return replace(begun, closed=str(problem))
    return begun


def go_on(stage: Stage, start: Start, begun: Conversation) -> Conversation:
    """The rest, with the application started again, and everything that was kept of it all."""
    thread, ended = begun.alice.reply.thread, begun
    if thread is not None and not begun.closed:
        stage.progress("Starting the application again and looking for the conversation")
        with running(start) as app:
            ended = _after_restart(stage, app, begun, thread)
    return replace(
        ended,
        prompts=tuple(request.text for request in stage.model.requests),
        stored="\n".join(stored_rows(each, stage.schema) for each in stage.databases),
    )


def _after_restart(stage: Stage, app: Running, begun: Conversation, thread: str) -> Conversation:
    url = app.url or ""
    stage.progress("Looking for it as somebody else")
    steps: dict[str, Step] = {"restart": lambda: _look_again(stage, app.boot, url, thread)}
    if stage.options.auth != "none":
        steps["second_user"] = lambda: _second_user(stage, url, thread)
    if not stage.is_live:
        stage.progress("Letting the model, the database and the tools fail")
        steps["outages"] = lambda: let_fail(stage, url)
    return _further(begun, steps)


def _look_again(stage: Stage, boot: Boot, url: str, thread: str) -> AfterRestart:
    chat, alice = stage.chat(url), stage.alice
    return AfterRestart(
        boot=boot,
        thread=chat.ask(alice, "threads.get_by_id", thread_id=thread),
        items=stage.items(url, thread),
        later=chat.turn(alice, "And what did I ask you before?", thread),
    )


def _second_user(stage: Stage, url: str, thread: str) -> SecondUser:
    own = _ask(stage, url, stage.bob, "call the plumber")
    return look_for_thread(stage.chat(url), stage.bob, stage.alice, thread, own)


def _ask(stage: Stage, url: str, person: Person, task: str) -> Turn:
    # Nothing may be changed by tools that are not ours.
    question = (
        f"Say hello, and use no tool: {task}" if stage.is_live else f"Please add a task: {task}"
    )
    return stage.chat(url).turn(person, stage.marked(question))


def repeat(stage: Stage, url: str) -> Repetition | None:
    """Alice asks in a new thread, and presses Retry."""
    chat, alice = stage.chat(url), stage.alice
    live = "Say goodbye, and use no tool:"
    asked = chat.turn(alice, stage.marked(live if stage.is_live else "Please add a task: cat food"))
    thread, question = asked.reply.thread, _question(asked.reply)
    if thread is None or question is None:
        return None
    params = {"thread_id": thread, "item_id": question}
    again = chat.turn_of(alice, asked.question, "threads.retry_after_item", params)
    return Repetition(asked, again, stage.items(url, thread))


def _question(reply: Reply) -> str | None:
    """The id under which the question was kept."""
    items = (item for item in reply.items if item.get("type") == "user_message")
    return next((str(item["id"]) for item in items if item.get("id")), None)


PIECES = 4
SECONDS_TO_HANG_UP = 5.0


def interrupt(stage: Stage, url: str) -> Interruption | None:
    """Alice stops an answer that would not end by itself, and goes on talking."""
    if stage.is_live:
        return _interrupt(stage, url, "Count from one to two hundred in words, one on each line.")
    stage.model.script([stage.marked("I think") + " is a good question, and the answer is long."])
    stage.model.behave(hold_after=PIECES, times=1)
    seen = _interrupt(stage, url, stage.marked("How are you?"))
    stage.model.release()
    return seen


def _interrupt(stage: Stage, url: str, question: str) -> Interruption | None:
    chat, alice, meanwhile = stage.chat(url), stage.alice, None
    with chat.listening(alice, question, None, PIECES) as reply:
        request = stage.model.requests[-1] if stage.model.requests else None
        thread = reply.thread
        if thread is None:
            return None
        if not stage.is_live:
            meanwhile = chat.turn(alice, stage.marked("And meanwhile?"), thread)
    later = chat.turn(alice, stage.marked("Go on."), thread)
    hung_up = None if stage.is_live else request is not None and _hangs_up(request)
    stopped = Turn(alice, question, reply, ())
    return Interruption(stopped, meanwhile, later, hung_up, stage.items(url, thread))


def _hangs_up(request: ModelRequest) -> bool:
    deadline = time.monotonic() + SECONDS_TO_HANG_UP
    while not request.hung_up and time.monotonic() < deadline:
        time.sleep(0.02)
    return request.hung_up


def approve(stage: Stage, url: str) -> Approval:
    """Alice has a task deleted, which waits for her, and presses every button that says yes."""
    chat, alice = stage.chat(url), stage.alice
    asked = chat.turn(alice, f"Please delete the task {stage.task_of_alice()}")
    pressed = _confirmation(asked.reply)
    if pressed is None:
        return Approval(asked, None, None)
    approved, twice = (
        chat.turn_of(alice, "Approve", "threads.custom_action", pressed) for _ in range(2)
    )
    return Approval(asked, approved, twice)


def _confirmation(reply: Reply) -> dict[str, Any] | None:
    """What the browser sends when the confirming button of the card is pressed."""
    for item in reply.items:
        if item.get("type") == "widget" and item.get("id"):
            for action in _actions(item.get("widget")):
                return {"thread_id": reply.thread, "item_id": item["id"], "action": action}
    return None


def _actions(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, Mapping):
        button = node.get("confirm")
        action = button.get("action") if isinstance(button, Mapping) else None
        if isinstance(action, Mapping) and action.get("type"):
            yield {"type": action["type"], "payload": action.get("payload")}
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _actions(inner)


TABLES = """
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname not in ('pg_catalog', 'information_schema')
    and ($1::text is null or schemaname = $1)
"""


def stored_rows(database: str, schema: str | None = None) -> str:
    """
    Every row of every table, or of those in one schema.

    Raises:
        CannotBoot: the database is away.
    """
    try:
        return asyncio.run(_rows(database, schema))
    except OSError as error:
        raise CannotBoot(
            f"The PostgreSQL of the checks answered no more ({error}), so they stopped. Run "
            "`chatkit-agent verify` to make them again."
        ) from error


async def _rows(database: str, schema: str | None) -> str:
    connection = await connect(database)
    try:
        tables = await connection.fetch(TABLES, schema)
        rows = [
            await connection.fetch(f"select t::text as row from {table['name']} t")  # noqa: S608
            for table in tables
        ]
    finally:
        await connection.close()
    return "\n".join(row["row"] for found in rows for row in found)
