"""The step of a tool ends as the tool does, whatever happened to the workflow that it stands in."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from agents import RunContextWrapper, StopAtTools, function_tool
from chatkit.agents import ClientToolCall
from chatkit.widgets import Card, Text

from chatkit_agent.sandbox.model import ToolCall

from .conftest import TARGET
from .people import Person, Said, eventually
from .providers import calls, chat_calls, chat_says, completed, frame, provider, says

Chat = Callable[..., Any]


@pytest.fixture
def chat_of(served_chat: Chat, configured: Callable[..., None]) -> Chat:
    """Serves a chat whose agent has these functions, and stops after those of these names."""

    def serve(*functions: Any, last: tuple[str, ...] = ()) -> Any:
        turn = importlib.import_module(f"{TARGET}.chatkit_runtime.turn")

        class WithTools(turn.TurnServer):  # type: ignore[misc,name-defined]
            def make_agent(self, servers: Any) -> Any:
                agent = super().make_agent(servers)
                agent.tools = list(functions)
                agent.tool_use_behavior = StopAtTools(stop_at_tool_names=list(last))
                return agent

        return served_chat(WithTools)

    return serve


@function_tool
async def show_card(context: RunContextWrapper[Any], text: str) -> str:
    await context.context.stream_widget(Card(children=[Text(value=text)]))
    return f"shown {text}"


@function_tool
async def explode() -> str:
    raise ConnectionError("postgresql://app:hunter2@db is away")


@function_tool
async def look_up(context: RunContextWrapper[Any], text: str) -> str:
    return f"found {text}"


@function_tool
async def read_page(context: RunContextWrapper[Any]) -> str:
    context.context.client_tool_call = ClientToolCall(name="read_page", arguments={"a": 1})
    return "asked"


def steps(items: list[dict[str, Any]]) -> list[list[str]]:
    found = [item["workflow"]["tasks"] for item in items if item["type"] == "workflow"]
    return [[task["status_indicator"] for task in tasks] for tasks in found]


def last_seen(said: Said) -> dict[str, list[str]]:
    """The steps of each workflow as a client shows them after all events."""
    tasks: dict[str, list[dict[str, Any]]] = {}
    for event in said.events:
        item, update = event.get("item", {}), event.get("update", {})
        if item.get("type") == "workflow":
            tasks[item["id"]] = item["workflow"]["tasks"]
        elif update.get("type") == "workflow.task.updated":
            tasks[event["item_id"]][update["task_index"]] = update["task"]
        elif update.get("type") == "workflow.task.added":
            tasks[event["item_id"]].append(update["task"])
    return {name: [task["status_indicator"] for task in each] for name, each in tasks.items()}


@pytest.mark.parametrize(
    "script",
    [
        [ToolCall("show_card", {"text": "a"}), "Done."],
        [ToolCall("show_card", {"text": "a"}), ToolCall("look_up", {"text": "b"}), "Done."],
        [ToolCall("look_up", {"text": "b"}), ToolCall("show_card", {"text": "a"}), "Done."],
        [ToolCall("show_card", {"text": "a"}), ToolCall("show_card", {"text": "b"}), "Done."],
    ],
)
def test_a_step_ends_though_its_workflow_was_closed(
    chat_of: Chat, make_person: Callable[..., Person], offline_model: Any, script: list[Any]
) -> None:
    offline_model.script(script)
    with chat_of(show_card, look_up) as url:
        alice = make_person(url)
        said = alice.say("Show it")
        assert not said.of("error")
        stored = alice.items(said.thread)
    assert {state for each in steps(stored) for state in each} == {"complete"}
    assert sum(map(len, steps(stored))) == len(script) - 1
    assert {state for each in last_seen(said).values() for state in each} == {"complete"}


def test_a_function_that_raises_has_failed_and_keeps_what_it_raised(
    chat_of: Chat, make_person: Callable[..., Person], offline_model: Any
) -> None:
    offline_model.script([ToolCall("explode"), "It failed."])
    with chat_of(explode) as url:
        said = make_person(url).say("Explode")
    assert "(failed)" in str(said.of("thread.item.done"))
    told = offline_model.requests[-1].text
    assert "hunter2" not in told
    assert "check before you repeat it" in told


def test_the_steps_of_an_answer_that_fails_are_kept_and_do_not_go_on(
    chat_of: Chat, make_person: Callable[..., Person], configured: Callable[..., None]
) -> None:
    failing = (500, {"error": {"message": "overloaded"}})
    with provider(calls("look_up", '{"text": "b"}'), failing) as model:
        configured(OPENAI_BASE_URL=model.url)
        with chat_of(look_up) as url:
            alice = make_person(url)
            said = alice.say("Look it up")
            assert said.of("error")
            assert steps(alice.items(said.thread)) == [["complete"]]
    assert list(last_seen(said).values()) == [["complete"]]


def test_stop_ends_the_step_of_a_closed_workflow(
    chat_of: Chat, make_person: Callable[..., Person], offline_model: Any
) -> None:
    @function_tool
    async def show_and_wait(context: RunContextWrapper[Any]) -> str:
        await context.context.stream_widget(Card(children=[Text(value="wait")]))
        await asyncio.sleep(60)
        return "late"

    offline_model.script([ToolCall("show_and_wait")])
    with chat_of(show_and_wait) as url:
        alice = make_person(url)
        with alice.saying("Wait") as events:
            thread = next(events)["thread"]["id"]
            for event in events:
                if event.get("item", {}).get("type") == "widget":
                    break
        eventually(lambda: steps(alice.items(thread)) == [["none"]])


def told(body: dict[str, Any]) -> list[tuple[str, str]]:
    """The calls of the history on either API, with their results."""
    said = body.get("messages") or body["input"]
    made = [e for e in said if e.get("type") == "function_call"]
    made += [call["function"] for e in said for call in e.get("tool_calls") or ()]
    results = [
        e for e in said if e.get("type") == "function_call_output" or e.get("role") == "tool"
    ]
    return [
        (call["name"], json.dumps(result.get("output", result.get("content"))))
        for call, result in zip(made, results, strict=True)
    ]


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.parametrize("order", ["alone", "first", "second"])
def test_a_client_tool_is_told_once(
    chat_of: Chat,
    make_person: Callable[..., Person],
    configured: Callable[..., None],
    api: str,
    order: str,
) -> None:
    call, say = (calls, says) if api == "responses" else (chat_calls, chat_says)
    before = [call("look_up", '{"text": "b"}', "call_2")] if order == "second" else []
    script = [*before, call("read_page"), say("It says 4711."), say("Again.")]
    with provider(*script) as model:
        configured(OPENAI_BASE_URL=model.url, MODEL_API=api)
        with chat_of(read_page, look_up, last=("read_page",)) as url:
            alice = make_person(url)
            begun = alice.say("Read it")
            assert not begun.of("error")
            with alice.stream(
                "threads.add_client_tool_output", thread_id=begun.thread, result="nr. 4711"
            ) as events:
                said = Said(list(events), begun.thread)
            assert (said.text, said.of("error")) == ("It says 4711.", [])
            assert alice.say("And?", begun.thread).text == "Again."
            for states in steps(alice.items(begun.thread)):
                assert set(states) == {"complete"}
    for body in model.bodies[-2:]:
        page = [result for name, result in told(body) if name == "read_page"]
        assert len(page) == 1
        assert "nr. 4711" in page[0]
        assert len(told(body)) == len(before) + 1


def test_what_a_page_answers_with_has_a_limit(
    chat_of: Chat,
    make_person: Callable[..., Person],
    configured: Callable[..., None],
    offline_model: Any,
) -> None:
    configured(MCP_RESULT_CHARS="1000")
    offline_model.script([ToolCall("read_page"), "Well."])
    with chat_of(read_page, last=("read_page",)) as url:
        alice = make_person(url)
        begun = alice.say("Read it")
        with alice.stream(
            "threads.add_client_tool_output", thread_id=begun.thread, result="a" * 500_000
        ) as events:
            assert Said(list(events), begun.thread).text == "Well."
    ((_, result),) = told(offline_model.requests[-1].body)
    assert "this result has 500002 characters, and 1000 are here" in result
    assert len(result) < 1200


def test_a_client_tool_that_nobody_answered_has_no_result(
    chat_of: Chat, make_person: Callable[..., Person], offline_model: Any
) -> None:
    offline_model.script([ToolCall("read_page"), "Well."])
    with chat_of(read_page, last=("read_page",)) as url:
        alice = make_person(url)
        begun = alice.say("Read it")
        assert alice.say("Never mind", begun.thread).text == "Well."
    ((name, result),) = told(offline_model.requests[-1].body)
    assert name == "read_page"
    assert "No result came back" in result


def test_a_call_without_an_id_of_its_item_does_not_end_the_turn(
    chat_of: Chat, make_person: Callable[..., Person], configured: Callable[..., None]
) -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "look_up", "status": "completed"}
    done = {**call, "arguments": '{"text": "b"}'}
    nameless = [
        calls("look_up")[0],
        frame("response.output_item.added", output_index=0, item={**done, "arguments": ""}),
        frame("response.output_item.done", output_index=0, item=done),
        completed(done),
    ]
    with provider(nameless, says("Found.")) as model:
        configured(OPENAI_BASE_URL=model.url)
        with chat_of(look_up) as url:
            said = make_person(url).say("Look it up")
    assert (said.text, said.of("error")) == ("Found.", [])
