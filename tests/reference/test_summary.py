"""Of what is too old to be read again, the model still knows the gist."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from agents import (
    GuardrailFunctionOutput,
    RunContextWrapper,
    StopAtTools,
    function_tool,
    input_guardrail,
)
from chatkit.agents import ClientToolCall

from chatkit_agent.sandbox.replies import decide
from chatkit_agent.sandbox.turns import Reply, ToolCall, Turn

from .conftest import TARGET

GIST = "Alice counts her boats."


class Secretary:
    """Decides as usual, but sums up when it is asked to, and may fail at that."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.fails = False

    def __call__(self, turn: Turn) -> Reply:
        if "summary" not in turn.instructions:
            return Reply(f"Noted: {turn.message}") if not turn.tools else decide(turn)
        self.given.append(turn.message)
        if self.fails:
            # A tool that was never offered, which the SDK takes for a broken model.
            return Reply(calls=(ToolCall("no_such_tool", {}),))
        return Reply(f"{GIST} ({len(self.given)})")


@pytest.fixture
def secretary(offline_model: Any) -> Secretary:
    offline_model.decides = Secretary()
    decides: Secretary = offline_model.decides
    return decides


@pytest.fixture
def summary(optional: Callable[[str], ModuleType]) -> ModuleType:
    return optional("summary")


@pytest.fixture
def chat_url(
    summary: ModuleType, configured: Callable[..., None], served_chat: Callable[..., Any]
) -> Iterator[str]:
    configured(HISTORY_ITEMS="6")
    with served_chat(summary.Summary) as url:
        yield url


def asked(offline_model: Any) -> list[dict[str, Any]]:
    """What the model was given for the latest answer."""
    answers = [
        one.body for one in offline_model.requests if "summary" not in one.body["instructions"]
    ]
    given: list[dict[str, Any]] = answers[-1]["input"]
    return given


def talk(person: Any, questions: int, thread: str | None = None) -> str:
    for number in range(questions):
        thread = person.say(f"boat {number}", thread).thread
    assert thread is not None
    return thread


def test_nothing_is_forgotten_and_nothing_is_read_twice(
    person: Callable[..., Any], offline_model: Any, secretary: Secretary
) -> None:
    alice = person()
    thread = None
    for number in range(12):
        thread = alice.say(f"boat {number}.", thread).thread
        history = asked(offline_model)
        text = json.dumps(history)
        known = "".join(
            secretary.given[: int(text.split(f"{GIST} (")[1][0])] if GIST in text else ""
        )
        for each in range(number + 1):
            assert (f"boat {each}." in known) != (f"boat {each}." in text), (number, each)
        assert len(history) <= 6 + 2 + 1
    assert len(secretary.given) > 1
    assert f"{GIST} (1)" in secretary.given[1]
    assert history[0]["role"] == "assistant"
    assert GIST not in str(alice.items(thread))


def test_a_short_conversation_needs_none(person: Callable[..., Any], secretary: Secretary) -> None:
    talk(person(), 3)
    assert not secretary.given


def test_a_retry_of_what_was_summed_up_forgets_the_summary(
    person: Callable[..., Any], offline_model: Any, secretary: Secretary
) -> None:
    alice = person()
    thread = talk(alice, 6)
    assert secretary.given
    first = alice.items(thread)[0]["id"]
    with alice.stream("threads.retry_after_item", thread_id=thread, item_id=first) as events:
        list(events)
    assert [item["role"] for item in asked(offline_model)] == ["user"]
    alice.say("and now?", thread)
    assert GIST not in str(asked(offline_model))


def test_without_the_module_the_conversation_goes_on(
    person: Callable[..., Any],
    make_person: Callable[..., Any],
    services: ModuleType,
    served_chat: Callable[..., Any],
    secretary: Secretary,
) -> None:
    thread = talk(person(), 5)
    assert secretary.given
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer
    with served_chat(core) as url:
        assert make_person(url).say("still there?", thread).text == "Noted: still there?"


def test_an_answer_does_not_fail_with_its_summary(
    person: Callable[..., Any],
    offline_model: Any,
    secretary: Secretary,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secretary.fails = True
    alice = person()
    thread = talk(alice, 5)
    assert alice.say("still there?", thread).text == "Noted: still there?"
    assert "no summary was made" in caplog.text
    assert "boat 0" in str(asked(offline_model))


def test_a_stop_does_not_wait_for_a_summary(
    person: Callable[..., Any],
    offline_model: Any,
    secretary: Secretary,
    summary: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(summary, "WAIT_SECONDS", 60)
    alice = person()
    thread = talk(alice, 3)
    requests = len(offline_model.requests)
    offline_model.behave(first_token_delay=60)
    with alice.saying("stop me", thread):
        until = time.monotonic() + 10
        while len(offline_model.requests) < requests + 2:
            assert time.monotonic() < until, "the answer and its summary did not begin"
            time.sleep(0.05)
    offline_model.behave()
    assert alice.say("go on", thread).text == "Noted: go on"


@input_guardrail
async def harmless(context: Any, agent: Any, given: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(None, "forbidden" in str(given[-1]))


def test_what_a_guardrail_has_withheld_is_not_summed_up(
    summary: ModuleType,
    configured: Callable[..., None],
    served_chat: Callable[..., Any],
    make_person: Callable[..., Any],
    secretary: Secretary,
) -> None:
    class Guarded(summary.Summary):  # type: ignore[misc, name-defined]
        def make_agent(self, servers: Any) -> Any:
            agent = super().make_agent(servers)
            agent.input_guardrails = [harmless]
            return agent

    configured(HISTORY_ITEMS="4")
    with served_chat(Guarded) as url:
        alice = make_person(url)
        thread = talk(alice, 1)
        assert alice.say("a forbidden boat", thread).of("error")
        talk(alice, 1, thread)
    assert "boat 0" in secretary.given[0]
    assert "forbidden" not in secretary.given[0]


@function_tool
async def read_page(context: RunContextWrapper[Any]) -> str:
    context.context.client_tool_call = ClientToolCall(name="read_page", arguments={})
    return "The page was asked."


def test_what_the_page_answers_is_taken_though_a_summary_came_last(
    summary: ModuleType,
    configured: Callable[..., None],
    served_chat: Callable[..., Any],
    make_person: Callable[..., Any],
    offline_model: Any,
) -> None:
    class WithPage(summary.Summary):  # type: ignore[misc, name-defined]
        def make_agent(self, servers: Any) -> Any:
            agent = super().make_agent(servers)
            agent.tools = [read_page]
            agent.tool_use_behavior = StopAtTools(stop_at_tool_names=["read_page"])
            return agent

    call = Reply(calls=(ToolCall("read_page", {}),))
    replies = iter([Reply("One."), call, Reply("It says 4711.")])
    offline_model.decides = lambda turn: Reply(GIST) if not turn.tools else next(replies)
    configured(HISTORY_ITEMS="2")
    with served_chat(WithPage) as url:
        alice = make_person(url)
        thread = alice.say("First").thread
        offline_model.behave(first_token_delay=1, times=1)
        assert not alice.say("Read it", thread).of("error")
        taken = alice.ask("threads.add_client_tool_output", thread_id=thread, result="nr. 4711")
        assert "It says 4711." in taken.text
