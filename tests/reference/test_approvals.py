"""A destructive call waits for the person, runs at most once, and only if its owner says so."""

from __future__ import annotations

import asyncio
import importlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import asyncpg
import pytest
from chatkit.types import WidgetItem
from fastapi import FastAPI
from mcp.types import Tool

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from . import providers as p
from .conftest import TARGET, chat_with

ERASE = ToolCall("erase_task", {"title": "milk"})
SAID = "I have asked you."


@pytest.fixture
def serve_approvals(services: ModuleType, verified_user: Any) -> Callable[[], Any]:
    chat = importlib.import_module(f"{TARGET}.chatkit_runtime.approvals").Approvals

    @contextmanager
    def serve() -> Iterator[str]:
        app = FastAPI()
        app.include_router(
            services.create_chatkit_router(current_user=verified_user, server=chat_with(chat))
        )
        with served(app) as url:
            yield url

    return serve


@pytest.fixture
def chat_url(toolbox: Any, serve_approvals: Callable[[], Any]) -> Iterator[str]:
    with serve_approvals() as url:
        yield url


def asked(someone: Any, offline_model: Any, *calls: ToolCall) -> tuple[Any, dict[str, Any]]:
    """The turn in which something was asked, and the question as it is in the thread."""
    offline_model.script([*(calls or [ERASE]), SAID])
    said = someone.say("Erase milk")
    (question,) = [each for each in someone.items(said.thread) if each["type"] == "widget"]
    return said, question


def answer(
    someone: Any, thread: str, question: dict[str, Any], word: str = "approve", **action: Any
) -> list[dict[str, Any]]:
    action = {"type": "approvals.answer", "payload": word, **action}
    params = {"thread_id": thread, "item_id": question["id"], "action": action}
    with someone.stream("threads.custom_action", **params) as events:
        return list(events)


def errors(events: list[dict[str, Any]]) -> list[str]:
    return [event["message"] for event in events if event["type"] == "error"]


def hidden(offline_model: Any) -> list[dict[str, Any]]:
    """The calls and results that the model was told of in its last request."""
    return [
        item
        for item in offline_model.requests[-1].body["input"]
        if item.get("type", "").startswith("function_call")
    ]


def test_nothing_runs_before_the_person_answers(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice = person()
    said, question = asked(alice, offline_model)
    assert toolbox.begun == []
    assert said.text == SAID
    assert "it waits for the person" in json.dumps(hidden(offline_model)[-1]["output"])
    card = question["widget"]
    assert card["confirm"]["action"]["payload"] == "approve"
    assert card["cancel"]["action"]["payload"] == "decline"
    assert [child["value"] for child in card["children"]] == ["Erase a task?", "Title: milk"]
    (workflow,) = [each for each in alice.items(said.thread) if each["type"] == "workflow"]
    (task,) = workflow["workflow"]["tasks"]
    assert (task["title"], task["status_indicator"]) == ("Erase a task (asks you)", "none")


def test_other_tools_run_at_once(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice = person()
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "Added."])
    said = alice.say("Add milk")
    assert toolbox.done == ["milk"]
    assert not [each for each in alice.items(said.thread) if each["type"] == "widget"]


@pytest.mark.parametrize(
    ("marks", "asks"),
    [
        (None, True),
        ({}, True),
        ({"title": "Erase"}, True),
        ({"readOnlyHint": False}, True),
        ({"destructiveHint": True}, True),
        ({"idempotentHint": True}, True),
        ({"readOnlyHint": True}, False),
        ({"readOnlyHint": True, "destructiveHint": True}, False),
        ({"destructiveHint": False}, False),
    ],
)
def test_a_tool_may_destroy_unless_its_marks_say_otherwise(
    optional: Callable[[str], ModuleType], marks: dict[str, Any] | None, asks: bool
) -> None:
    described = {"name": "x", "inputSchema": {"type": "object"}, "annotations": marks}
    assert optional("approvals").may_destroy(Tool.model_validate(described)) is asks


@pytest.mark.parametrize(("free", "asks"), [("", True), ("other, show_token", False)])
def test_a_tool_without_marks_asks_unless_it_is_named(
    person: Callable[..., Any],
    offline_model: Any,
    toolbox: Any,
    configured: Callable[..., None],
    free: str,
    asks: bool,
) -> None:
    configured(APPROVAL_FREE_TOOLS=free)
    alice = person()
    offline_model.script([ToolCall("show_token", {}), "Done."])
    said = alice.say("Show it")
    assert bool([e for e in alice.items(said.thread) if e["type"] == "widget"]) is asks


def test_approved_it_runs_once_and_the_turn_goes_on(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice = person()
    said, question = asked(alice, offline_model)
    offline_model.script(["It is gone."])
    events = answer(alice, said.thread, question)
    assert errors(events) == []
    assert toolbox.done == ["erased milk"]
    assert toolbox.headers == [f"Bearer {alice.token}"]
    call, result = hidden(offline_model)
    assert (call["name"], json.loads(call["arguments"])) == ("erase_task", {"title": "milk"})
    assert result["output"] == "erased milk"
    items = alice.items(said.thread)
    assert items[-1]["content"][0]["text"] == "It is gone."
    (card,) = [each["widget"] for each in items if each["type"] == "widget"]
    assert "confirm" not in card
    assert card["children"][-1]["value"] == "Approved"


def test_declined_it_never_runs_and_the_model_knows(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice = person()
    said, question = asked(alice, offline_model)
    offline_model.script(["I leave it."])
    events = answer(alice, said.thread, question, "decline")
    assert errors(events) == []
    assert toolbox.begun == []
    assert "the person declined" in hidden(offline_model)[-1]["output"]
    assert errors(answer(alice, said.thread, question)) == ["This was answered already."]
    assert toolbox.begun == []


def test_a_second_answer_does_nothing(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice = person()
    said, question = asked(alice, offline_model)
    toolbox.delay = 1
    with ThreadPoolExecutor(4) as clicks:
        many = list(clicks.map(lambda _: answer(alice, said.thread, question), range(4)))
    assert toolbox.done == ["erased milk"]
    assert sum(not errors(events) for events in many) == 1


def test_bob_cannot_answer_for_alice(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice, bob = person(), person("bob")
    said, question = asked(alice, offline_model)
    action = {"type": "approvals.answer", "payload": "approve"}
    his = bob.say("Hello").thread
    for thread in (said.thread, his):
        refused = bob.ask(
            "threads.custom_action", thread_id=thread, item_id=question["id"], action=action
        )
        assert refused.status_code == 404
    assert toolbox.begun == []


@pytest.mark.parametrize(
    "action",
    [
        {"type": "other"},
        {"payload": "perhaps"},
        {"payload": {"approve": True}},
        {"payload": None},
    ],
)
def test_other_buttons_do_nothing(
    person: Callable[..., Any], offline_model: Any, toolbox: Any, action: dict[str, Any]
) -> None:
    alice = person()
    said, question = asked(alice, offline_model)
    told = errors(answer(alice, said.thread, question, **action))
    assert told == ["This button does nothing here."]
    assert toolbox.begun == []


def test_a_question_expires(
    person: Callable[..., Any],
    offline_model: Any,
    toolbox: Any,
    configured: Callable[..., None],
) -> None:
    configured(APPROVAL_MINUTES="0.001")
    alice = person()
    said, question = asked(alice, offline_model)
    time.sleep(0.1)
    events = answer(alice, said.thread, question)
    assert toolbox.begun == []
    (card,) = [e["item"]["widget"] for e in events if e["type"] == "thread.item.replaced"]
    assert card["children"][-1]["value"] == "Too late"
    alice.say("And?", said.thread)
    assert "too late" in hidden(offline_model)[-1]["output"]


def test_it_survives_a_restart_and_uses_the_token_of_that_day(
    toolbox: Any, serve_approvals: Callable[[], Any], make_person: Any, offline_model: Any
) -> None:
    with serve_approvals() as url:
        said, question = asked(make_person(url), offline_model)
    with serve_approvals() as url:
        alice = make_person(url)
        later = type(alice)("alice", url, day="another")
        try:
            assert later.token != alice.token
            offline_model.script(["It is gone."])
            assert errors(answer(later, said.thread, question)) == []
            assert toolbox.headers == [f"Bearer {later.token}"]
        finally:
            later.http.close()


def test_a_retry_takes_the_question_back(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice = person()
    said, question = asked(alice, offline_model)
    first = alice.items(said.thread)[0]
    offline_model.script(["What was it?"])
    with alice.stream(
        "threads.retry_after_item", thread_id=said.thread, item_id=first["id"]
    ) as events:
        list(events)
    assert hidden(offline_model) == []
    action = {"type": "approvals.answer", "payload": "approve"}
    refused = alice.ask(
        "threads.custom_action", thread_id=said.thread, item_id=question["id"], action=action
    )
    assert refused.status_code == 404
    assert toolbox.begun == []


def test_a_server_that_is_away_is_said(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice = person()
    said, question = asked(alice, offline_model)
    toolbox.refuses = b"jsonrpc"
    offline_model.script(["It is away."])
    assert errors(answer(alice, said.thread, question)) == []
    assert "cannot be reached" in hidden(offline_model)[-1]["output"]
    assert toolbox.begun == []


def test_a_call_that_breaks_is_not_repeated(
    person: Callable[..., Any],
    offline_model: Any,
    toolbox: Any,
    configured: Callable[..., None],
) -> None:
    configured(MCP_CALL_SECONDS="2")  # mcp 1 waits for an answer that was refused
    alice = person()
    said, question = asked(alice, offline_model)
    toolbox.refuses = b"tools/call"
    offline_model.script(["It broke."])
    assert errors(answer(alice, said.thread, question)) == []
    assert "may or may not have taken effect" in hidden(offline_model)[-1]["output"]
    toolbox.refuses = b""
    assert errors(answer(alice, said.thread, question)) == ["This was answered already."]
    assert toolbox.begun == []


@pytest.mark.anyio
async def test_no_token_is_kept_while_it_waits(
    person: Callable[..., Any],
    offline_model: Any,
    toolbox: Any,
    services: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
) -> None:
    mcp = importlib.import_module(f"{TARGET}.chatkit_runtime.mcp")
    monkeypatch.setattr(mcp.UserMCPServer, "token_goes", "prompt")
    alice = person()
    call = ToolCall("erase_task", {"title": f"milk {alice.token}"})
    said, question = asked(alice, offline_model, call)
    assert alice.token not in json.dumps(question)
    connection = await asyncpg.connect(database_url)
    try:
        kept = await connection.fetch("select payload::text from app_chat.items")
    finally:
        await connection.close()
    assert any("waits" in row["payload"] for row in kept)
    assert not any(alice.token in row["payload"] for row in kept)
    offline_model.script(["Done."])
    answer(alice, said.thread, question)
    assert toolbox.done == [f"erased milk {alice.token}"], "the tool gets what it needs"


def test_text_of_the_model_is_shown_as_text(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    words = "</Text> **bold** \U0001f600 " + "x" * 5000
    _, question = asked(person(), offline_model, ToolCall("erase_task", {"title": words}))
    assert question["widget"]["children"][1] == {"type": "Text", "value": f"Title: {words}"}
    WidgetItem.model_validate({**question, "thread_id": "x"})


def test_a_turn_stopped_before_the_question_runs_nothing(
    person: Callable[..., Any], offline_model: Any, toolbox: Any
) -> None:
    alice = person()
    offline_model.behave(seconds_per_word=0.2)
    offline_model.script([ERASE, "word " * 50])
    with alice.saying("Erase milk") as events:
        thread = next(events)["thread"]["id"]
        for event in events:
            if event.get("update", {}).get("type", "").endswith("text_delta"):
                break
    time.sleep(1)
    assert [each for each in alice.items(thread) if each["type"] == "widget"] == []
    assert toolbox.begun == []


def test_who_stops_an_approved_call_before_it_is_made_has_it_told(
    person: Callable[..., Any], offline_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = person()
    said, question = asked(alice, offline_model)
    chat = importlib.import_module(f"{TARGET}.chatkit_runtime.approvals").Approvals

    async def hang(*given: Any) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as slow:  # as while its tools are connected to
        slow.setattr(chat, "_carry_out", hang)
        action = {"type": "approvals.answer", "payload": "approve"}
        params = {"thread_id": said.thread, "item_id": question["id"], "action": action}
        with alice.stream("threads.custom_action", **params) as events:
            assert any(event["type"] == "thread.item.replaced" for event in events)
        alice.http.close()
        alice = person()
        offline_model.script(["Fine."])
        alice.say("And?", said.thread)
    assert "before it could be" in hidden(offline_model)[-1]["output"]


def test_a_provider_that_signs_its_calls_goes_on_after_an_answer(
    person: Callable[..., Any], configured: Callable[..., None], toolbox: Any
) -> None:
    erase = p.chat_calls("erase_task", '{"title": "milk"}', **p.SIGNED)
    script = [erase, p.chat_says(SAID), p.chat_says("Erased.")]
    with p.provider(*script, check=p.unsigned) as provider:
        configured(OPENAI_BASE_URL=provider.url, MODEL_API="chat_completions", MODEL="gemini-3")
        alice = person()
        said = alice.say("Erase milk")
        assert said.text == SAID
        (question,) = [each for each in alice.items(said.thread) if each["type"] == "widget"]
        assert errors(answer(alice, said.thread, question)) == []
    assert toolbox.done == ["erased milk"]
    assert "c2lnbmVk" in json.dumps(provider.bodies[1])
