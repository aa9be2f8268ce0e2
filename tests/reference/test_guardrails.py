"""What a guardrail stops is nowhere: not on the page, not in the store, not in the model's mind."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from agents import (
    GuardrailFunctionOutput,
    ToolGuardrailFunctionOutput,
    function_tool,
    input_guardrail,
    output_guardrail,
    tool_input_guardrail,
)

from chatkit_agent.sandbox.model import ToolCall

from .conftest import TARGET
from .people import Person

BLOCKED = "forbidden"


@input_guardrail
async def allowed(context: Any, agent: Any, given: Any) -> GuardrailFunctionOutput:
    await asyncio.sleep(0.5)  # asks a small model, while the answer begins
    return GuardrailFunctionOutput(None, BLOCKED in json.dumps(given))


@output_guardrail
async def harmless(context: Any, agent: Any, output: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(None, "4711" in str(output))


@tool_input_guardrail
def never(data: Any) -> ToolGuardrailFunctionOutput:
    return ToolGuardrailFunctionOutput.raise_exception()


@function_tool(tool_input_guardrails=[never])
def drop_everything() -> str:
    return "dropped"


@pytest.fixture
def guarded(services: ModuleType, served_chat: Callable[..., Any], toolbox: Any) -> Iterator[str]:
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer

    class Guarded(core):  # type: ignore[misc, valid-type]
        def make_agent(self, servers: Any) -> Any:
            agent = super().make_agent(servers)
            agent.input_guardrails = [allowed]
            agent.output_guardrails = [harmless]
            agent.tools = [drop_everything]
            return agent

    with served_chat(Guarded) as url:
        yield url


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.parametrize(
    ("question", "replies", "says"),
    [
        ("A forbidden question", ["one two three " * 9], "requests of this kind"),
        ("Say it", ["It is 4711 " * 3], "withheld"),
        ("Do it", [ToolCall("add_task", {"title": "4711"}), "It is 4711"], "withheld"),
    ],
)
def test_what_is_stopped_stays_nowhere(
    guarded: str,
    make_person: Callable[..., Person],
    offline_model: Any,
    configured: Callable[..., None],
    question: str,
    replies: list[Any],
    says: str,
    api: str,
) -> None:
    configured(MODEL_API=api)
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([*replies, "Fine."])
    alice = make_person(guarded)
    said = alice.say(question)
    (error,) = said.of("error")
    assert says in error["message"]
    assert error["allow_retry"] is False
    added = {event["item"]["id"] for event in said.of("thread.item.added")}
    assert {event["item_id"] for event in said.of("thread.item.removed")} == added
    assert [item["type"] for item in alice.items(said.thread)] == ["user_message"]
    offline_model.script(["Fine."])
    assert alice.say("Next question", said.thread).text == "Fine."
    told = offline_model.requests[-1].text
    assert not [word for word in ("one two", "It is 4711", BLOCKED) if word in told]
    if len(replies) > 1:  # what was done is known, what it answered is not
        assert "add_task" in told
        assert "added 4711" not in told


def test_a_call_that_a_guardrail_stops_is_told_in_its_own_words(
    guarded: str, make_person: Callable[..., Person], offline_model: Any
) -> None:
    offline_model.script([ToolCall("drop_everything")])
    (error,) = make_person(guarded).say("Drop it").of("error")
    assert "tool was not allowed" in error["message"]
    assert error["allow_retry"] is False
