"""What a guardrail stops is nowhere: not on the page, not in the store, not in the model's mind."""

from __future__ import annotations

import asyncio
import importlib
import json
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from threading import Event
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    RunContextWrapper,
    ToolGuardrailFunctionOutput,
    function_tool,
    input_guardrail,
    output_guardrail,
    tool_input_guardrail,
    tool_output_guardrail,
)

from chatkit_agent.sandbox.model import ToolCall

from .conftest import TARGET
from .people import LONG, Person, words_of

BLOCKED = "forbidden"
BREAKS = "unlucky"
STUCK = "bottomless"


async def ask_small_model(text: str) -> None:
    if BREAKS in text:
        raise ConnectionError("the small model is away")
    if STUCK in text:
        await asyncio.Event().wait()


@input_guardrail
async def allowed(context: Any, agent: Any, given: Any) -> GuardrailFunctionOutput:
    await asyncio.sleep(0.5)  # asks a small model, while the answer begins
    await ask_small_model(given if isinstance(given, str) else str(given[-1]))
    return GuardrailFunctionOutput(None, BLOCKED in json.dumps(given))


@output_guardrail
async def harmless(context: Any, agent: Any, output: Any) -> GuardrailFunctionOutput:
    await ask_small_model(str(output))
    if "slow" in str(output):
        await asyncio.sleep(1.5)
    return GuardrailFunctionOutput(None, "4711" in str(output))


@tool_input_guardrail
def never(data: Any) -> ToolGuardrailFunctionOutput:
    return ToolGuardrailFunctionOutput.raise_exception()


@function_tool(tool_input_guardrails=[never])
def drop_everything() -> str:
    return "dropped"


@tool_input_guardrail
async def fit_to_run(data: Any) -> ToolGuardrailFunctionOutput:
    await ask_small_model(data.context.tool_arguments)
    return ToolGuardrailFunctionOutput.allow()


@tool_output_guardrail
def fit_to_tell(data: Any) -> Any:
    async def decide() -> ToolGuardrailFunctionOutput:
        await ask_small_model(str(data.output))
        return ToolGuardrailFunctionOutput.allow()

    return decide()


@function_tool(tool_input_guardrails=[fit_to_run], tool_output_guardrails=[fit_to_tell])
def spell(letters: list[str]) -> str:
    return "".join(letters)


@pytest.fixture
def guarded(services: ModuleType, served_chat: Callable[..., Any], toolbox: Any) -> Iterator[str]:
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer

    class Guarded(core):  # type: ignore[misc, valid-type]
        def make_agent(self, servers: Any) -> Any:
            agent = super().make_agent(servers)
            agent.input_guardrails = [allowed]
            agent.output_guardrails = [harmless]
            agent.tools = [drop_everything, spell]
            second = Agent(name="Second", model=self.model, output_guardrails=[harmless])
            agent.handoffs = [second]
            return agent

    with served_chat(Guarded) as url:
        yield url


STOPPED = [
    ("A forbidden question", ["one two three " * 9], "requests of this kind"),
    ("Say it", ["It is 4711 " * 3], "withheld"),
    ("Do it", [ToolCall("add_task", {"title": "4711"}), "It is 4711"], "withheld"),
]
BROKEN = [
    ("An unlucky question", ["one two three " * 9], "could not be checked"),
    ("Do it", [ToolCall("add_task", {"title": "4711"}), "It is 4711 unlucky"], "not be checked"),
]


@pytest.mark.parametrize(
    ("question", "replies", "says", "api"),
    [
        *((*each, "responses") for each in [*STOPPED, *BROKEN]),
        *((*each, "chat_completions") for each in STOPPED),
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
    caplog: Any,
) -> None:
    configured(MODEL_API=api)
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([*replies, "Fine."])
    alice = make_person(guarded)
    said = alice.say(question)
    (error,) = said.of("error")
    assert says in error["message"]
    assert error["allow_retry"] is ("checked" in says)
    assert ("ConnectionError: the small model is away" in caplog.text) is ("checked" in says)
    added = {event["item"]["id"] for event in said.of("thread.item.added")}
    assert {event["item_id"] for event in said.of("thread.item.removed")} == added
    assert [item["type"] for item in alice.items(said.thread)] == ["user_message"]
    title = alice.ask("threads.get_by_id", thread_id=said.thread).json().get("title")
    assert (title is None) is (BLOCKED in question or BREAKS in question)
    offline_model.script(["Fine."])
    assert alice.say("Next question", said.thread).text == "Fine."
    told = offline_model.requests[-1].text
    assert not [word for word in ("one two", "It is 4711", BLOCKED, BREAKS) if word in told]
    if len(replies) > 1:  # what was done is known, what it answered is not
        assert "add_task" in told
        assert "added 4711" not in told


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        ("A forbidden question", LONG, 2),  # its guardrail has not decided
        ("Say it", f"It is 4711 {LONG}", 20),
        ("Say it", "It is 4711, slow", 4),  # it is said, and being checked
    ],
)
def test_what_was_stopped_before_a_guardrail_decided_stays_nowhere(
    guarded: str,
    make_person: Callable[..., Person],
    offline_model: Any,
    question: str,
    answer: str,
    words: int,
) -> None:
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([answer, "Fine."])
    alice = make_person(guarded)
    with alice.saying(question) as events:
        thread = words_of(events, words)["thread"]["id"]
    alice.http.close()
    time.sleep(0.2)
    alice = make_person(guarded)
    assert alice.say("Next question", thread).text == "Fine."
    assert [item["type"] for item in alice.items(thread)][1:] == [
        "user_message",
        "assistant_message",
    ]
    told = offline_model.requests[-1].text
    assert not [word for word in ("word0", "It is 4711", BLOCKED) if word in told]


def test_a_question_that_no_guardrail_saw_is_not_told_later(
    guarded: str, make_person: Callable[..., Person], offline_model: Any
) -> None:
    offline_model.behave(status=400, times=1)
    offline_model.script(["Fine."])
    alice = make_person(guarded)
    said = alice.say("A forbidden question")
    assert said.of("error")
    assert alice.say("Next question", said.thread).text == "Fine."
    assert BLOCKED not in offline_model.requests[-1].text


def test_a_question_that_is_stopped_before_its_guardrail_began_is_not_told_later(
    guarded: str,
    make_person: Callable[..., Person],
    offline_model: Any,
    configured: Callable[..., None],
    broken_server: Callable[[str], str],
) -> None:
    configured(MCP_SERVER_URL=broken_server("tarpit"), MCP_CONNECT_SECONDS="1")
    offline_model.script(["Fine."])
    alice = make_person(guarded)
    with alice.saying("A forbidden question") as events:
        thread = next(events)["thread"]["id"]
    alice.http.close()
    alice = make_person(guarded)
    assert alice.say("Next question", thread).text == "Fine."
    assert BLOCKED not in offline_model.requests[-1].text


def test_no_model_makes_a_title_of_what_is_stopped(
    guarded: str,
    make_person: Callable[..., Person],
    offline_model: Any,
    configured: Callable[..., None],
) -> None:
    configured(TITLES="model")
    alice = make_person(guarded)
    said = alice.say("A forbidden question")
    assert "Write a title" not in "".join(one.text for one in offline_model.requests)
    offline_model.script(["Fine.", "A fine title"])
    alice.say("Next question", said.thread)
    thread = alice.ask("threads.get_by_id", thread_id=said.thread).json()
    assert thread["title"] == "A fine title"


@pytest.mark.parametrize(
    ("text", "says", "kept"), [("It is 4711", "withheld", 1), ("It is fine", "connection", 2)]
)
def test_an_answer_that_broke_off_is_checked_as_far_as_it_came(
    guarded: str,
    make_person: Callable[..., Person],
    offline_model: Any,
    text: str,
    says: str,
    kept: int,
) -> None:
    offline_model.behave(break_after=3)
    offline_model.script([f"{text} and more"])
    alice = make_person(guarded)
    said = alice.say("Say it")
    assert says in said.of("error")[0]["message"]
    assert len(alice.items(said.thread)) == kept


@pytest.mark.parametrize(
    ("question", "replies"),
    [
        (f"A {STUCK} question", ["Fine."]),
        ("Say it", [f"It is {STUCK}"]),
        ("Ask somebody", [ToolCall("transfer_to_second"), f"It is {STUCK}"]),
    ],
)
def test_a_guardrail_that_never_decides_lets_nothing_through_and_ends(
    guarded: str,
    make_person: Callable[..., Person],
    offline_model: Any,
    configured: Callable[..., None],
    question: str,
    replies: list[Any],
) -> None:
    configured(MODEL_SECONDS="1.5")
    offline_model.script(replies)
    alice = make_person(guarded)
    said = alice.say(question)
    assert "took too long" in said.of("error")[0]["message"]
    assert "assistant_message" not in [item["type"] for item in alice.items(said.thread)]


def test_a_call_that_a_guardrail_stops_is_told_in_its_own_words(
    guarded: str, make_person: Callable[..., Person], offline_model: Any
) -> None:
    offline_model.script([ToolCall("drop_everything")])
    (error,) = make_person(guarded).say("Drop it").of("error")
    assert "tool was not allowed" in error["message"]
    assert error["allow_retry"] is False


@pytest.mark.parametrize(
    ("letters", "says"),
    [
        ([STUCK], "took too long"),
        ([*STUCK], "took too long"),
        ([BREAKS], "could not be checked"),
        ([*BREAKS], "could not be checked"),
    ],
)
def test_a_guardrail_of_a_tool_decides_in_time_or_lets_nothing_through(
    guarded: str,
    make_person: Callable[..., Person],
    offline_model: Any,
    configured: Callable[..., None],
    letters: list[str],
    says: str,
) -> None:
    configured(MODEL_SECONDS="1.5")
    offline_model.script([ToolCall("spell", {"letters": letters}), "Fine."])
    alice = make_person(guarded)
    said = alice.say("Spell it")
    (error,) = said.of("error")
    assert says in error["message"]
    assert error["allow_retry"]
    steps = [each for each in alice.items(said.thread) if each["type"] == "workflow"]
    assert not any(task["status_indicator"] == "loading" for task in tasks_of(steps))
    alice.say("Next question", said.thread)
    told = json.dumps(offline_model.requests[-1].body["input"])
    assert STUCK not in told
    assert BREAKS not in told


def tasks_of(workflows: list[Any]) -> list[Any]:
    return [task for each in workflows for task in each["workflow"]["tasks"]]


@pytest.mark.anyio
async def test_guardrails_of_a_server_of_tools_have_their_time_once() -> None:
    module = importlib.import_module(f"{TARGET}.chatkit_runtime.guardrails")
    server = SimpleNamespace(tool_input_guardrails=None, tool_output_guardrails=[fit_to_tell])
    agent = Agent(name="A", mcp_servers=[server])
    for seconds in (0.2, 60):  # a server that is warm comes again
        module.in_time(agent, seconds)
    with pytest.raises(module.GuardrailSilent):
        await server.tool_output_guardrails[0].run(SimpleNamespace(output=STUCK))


@pytest.mark.anyio
async def test_a_guardrail_that_blocks_holds_up_nobody_and_is_given_up() -> None:
    module = importlib.import_module(f"{TARGET}.chatkit_runtime.guardrails")
    caller, released, callers = ContextVar("caller", default=""), Event(), []

    @input_guardrail
    def blocks(context: Any, agent: Any, given: Any) -> GuardrailFunctionOutput:
        callers.append(caller.get())
        if STUCK in given:
            released.wait(5)
        return GuardrailFunctionOutput(None, BLOCKED in given)

    @input_guardrail
    def hands_on(context: Any, agent: Any, given: Any) -> Any:
        return allowed.guardrail_function(context, agent, given)

    chat = RunContextWrapper(None)
    agent = module.in_time(Agent(name="A", input_guardrails=[blocks, hands_on]), 0.7)
    caller.set("alice")
    for each in agent.input_guardrails:
        assert (await each.run(agent, BLOCKED, chat)).output.tripwire_triggered
        assert not (await each.run(agent, "Hello", chat)).output.tripwire_triggered
    began = time.monotonic()
    stuck = asyncio.create_task(agent.input_guardrails[0].run(agent, STUCK, chat))
    await asyncio.sleep(0.1)
    assert time.monotonic() - began < 0.6
    with pytest.raises(module.GuardrailSilent):
        await stuck
    released.set()
    assert callers == ["alice"] * 3
