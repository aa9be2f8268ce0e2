"""A turn with tools: each is called once and as the person, and is remembered afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chatkit_agent.sandbox.model import ToolCall


def test_a_slow_tool_is_called_once(
    person: Callable[..., Any],
    toolbox: Any,
    offline_model: Any,
    configured: Callable[..., None],
) -> None:
    configured(MCP_CALL_SECONDS="1")
    toolbox.delay = 4
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "It took too long."])
    said = person().say("Add milk")
    assert said.text == "It took too long."
    assert toolbox.done == ["milk"]
    assert "may or may not have taken effect" in str(offline_model.requests[-1].body)


def test_the_next_turn_knows_what_tools_did(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "Done.", "Yes."])
    alice = person()
    said = alice.say("Add milk")
    task = said.of("thread.item.done")[1]["item"]["workflow"]["tasks"][0]
    assert task["title"] == "Add a task"
    assert task["content"] == "title: milk"
    assert task["status_indicator"] == "complete"
    alice.say("Did you", said.thread)
    outputs = [
        item["output"]
        for item in offline_model.requests[-1].body["input"]
        if item.get("type") == "function_call_output"
    ]
    assert outputs == ["added milk"]
    # People see the workflow, not the record for the model.
    assert [item["type"] for item in alice.items(said.thread)] == [
        "user_message",
        "workflow",
        "assistant_message",
        "user_message",
        "assistant_message",
    ]


def test_a_retry_knows_what_tools_did_before(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "First.", "Again."])
    alice = person()
    said = alice.say("Add milk")
    question = alice.items(said.thread)[0]["id"]
    with alice.stream(
        "threads.retry_after_item", thread_id=said.thread, item_id=question
    ) as events:
        list(events)
    history = offline_model.requests[-1].body["input"]
    assert [item.get("type") for item in history][-2:] == ["function_call", "function_call_output"]
    texts = [item["type"] for item in alice.items(said.thread)]
    assert texts == ["user_message", "assistant_message"]
    assert toolbox.done == ["milk"]


def test_a_tool_that_does_not_exist_does_not_end_the_turn(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    offline_model.script([ToolCall("imagined", {}), "I was wrong."])
    assert person().say("Imagine").text == "I was wrong."


def test_too_many_steps_are_said_to_be_too_many(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(MAX_TURNS="2")
    offline_model.script([ToolCall("show_token")] * 5)
    (error,) = person().say("Go on").of("error")
    assert "too many steps" in error["message"]


@pytest.mark.parametrize("trouble", ["down", "refuses", "html", "tarpit"])
def test_without_tools_the_chat_goes_on_and_says_so(
    person: Callable[..., Any],
    offline_model: Any,
    configured: Callable[..., None],
    broken_server: Callable[[str], str],
    trouble: str,
) -> None:
    configured(MCP_SERVER_URL=broken_server(trouble), MCP_CONNECT_SECONDS="1")
    offline_model.script(["Without tools."])
    alice = person()
    said = alice.say("Hello")
    assert said.text == "Without tools."
    (notice,) = said.of("notice")
    assert "tools" in notice["message"]
    assert "cannot be reached" in offline_model.requests[-1].body["instructions"]
    assert [item["type"] for item in alice.items(said.thread)] == [
        "user_message",
        "assistant_message",
    ]


def test_many_users_at_once_keep_their_own_tokens(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    people = [person(f"user-{number}") for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        said = list(pool.map(lambda one: one.say("Add a task: milk"), people))
    assert all("added" in one.text for one in said)
    assert sorted(toolbox.headers) == sorted(f"Bearer {one.token}" for one in people)


def test_a_server_that_cannot_name_its_tools_is_away(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    toolbox.refuses = b'"tools/list"'
    said = person().say("Hello")
    assert said.text
    assert "tools" in said.of("notice")[0]["message"]


def test_a_server_that_dies_in_a_call_does_not_end_the_turn(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(MCP_CALL_SECONDS="3")
    toolbox.refuses = b'"tools/call"'
    call = ToolCall("add_task", {"title": "milk"})
    offline_model.script([call, call, "It failed."])
    alice = person()
    said = alice.say("Add milk")
    assert said.text == "It failed."
    assert toolbox.done == []
    assert "The tool failed." in offline_model.requests[-1].text
    assert "It failed." in str(alice.items(said.thread))


def test_a_long_history_is_cut_between_calls_and_not_in_one(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(HISTORY_CHARS="2000", HISTORY_ITEMS="100")
    alice = person()
    thread = None
    for number in range(4):
        call = ToolCall("add_task", {"title": f"{number}" * 300})
        offline_model.script([call, "Done."])
        thread = alice.say(f"Add {number}", thread).thread
    alice.say("x" * 5000, thread)
    history = offline_model.requests[-1].body["input"]
    assert [item.get("role") for item in history] == ["user"]
    assert len(history[0]["content"][0]["text"]) == 5000
    alice.say("And now", alice.say("New").thread)
    offline_model.script([ToolCall("add_task", {"title": "9" * 1400}), "Done."])
    alice.say("Add 9", thread)
    history = offline_model.requests[-1].body["input"]
    calls = [item["call_id"] for item in history if item.get("type") == "function_call"]
    results = [item["call_id"] for item in history if item.get("type") == "function_call_output"]
    assert len(calls) == 1
    assert calls == results


def test_a_retry_after_many_calls_still_has_the_question(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(HISTORY_ITEMS="2")
    calls = [ToolCall("add_task", {"title": f"{number}"}) for number in range(4)]
    offline_model.script([*calls, "First.", "Again."])
    alice = person()
    said = alice.say("Add four")
    question = alice.items(said.thread)[0]["id"]
    with alice.stream(
        "threads.retry_after_item", thread_id=said.thread, item_id=question
    ) as events:
        list(events)
    history = offline_model.requests[-1].body["input"]
    assert history[0]["role"] == "user"
    assert len([item for item in history if item.get("type") == "function_call"]) == 4
