"""An agent that another one has as a tool: its guardrails decide in time, as its own."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from agents import Agent, RunContextWrapper

from chatkit_agent.sandbox.model import ToolCall

from . import providers as p
from .conftest import TARGET
from .people import Person
from .test_guardrails import STUCK, allowed, harmless


@pytest.mark.parametrize(
    ("question", "answer"), [(f"A {STUCK} one", "Fine."), ("A fine one", f"It is {STUCK}")]
)
def test_a_guardrail_of_an_agent_that_is_a_tool_decides_in_time(
    services: ModuleType,
    served_chat: Callable[..., Any],
    make_person: Callable[..., Person],
    offline_model: Any,
    configured: Callable[..., None],
    question: str,
    answer: str,
) -> None:
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer

    class Asking(core):  # type: ignore[misc, valid-type]
        def make_agent(self, servers: Any) -> Any:
            agent = super().make_agent(servers)
            guards = {"input_guardrails": [allowed], "output_guardrails": [harmless]}
            poet = Agent(name="Poet", model=self.model, **guards)
            middle = Agent(name="Middle", model=self.model, tools=[poet.as_tool("poet", "Verses")])
            agent.tools = [poet.as_tool("poet", "Writes verses"), middle.as_tool("middle", "Asks")]
            return agent

    configured(MODEL_SECONDS="1.5")
    offline_model.script([ToolCall("poet", {"input": question}), answer, "Sorry."])
    with served_chat(Asking) as url:
        alice = make_person(url)
        began = time.monotonic()
        said = alice.say("Ask the poet")
    assert time.monotonic() - began < 10
    assert (said.text, said.of("error")) == ("Sorry.", [])
    told = json.dumps(offline_model.requests[-1].body["input"])
    assert "The tool failed." in told
    assert "Fine." not in told


def test_an_agent_that_is_a_tool_may_not_be_silent_for_longer_than_any_model(
    services: ModuleType,
    served_chat: Callable[..., Any],
    make_person: Callable[..., Person],
    configured: Callable[..., None],
) -> None:
    core = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer

    class Asking(core):  # type: ignore[misc, valid-type]
        def make_agent(self, servers: Any) -> Any:
            agent = super().make_agent(servers)
            agent.tools = [Agent(name="Poet", model=self.model).as_tool("poet", "Writes verses")]
            return agent

    script = [p.calls("poet", json.dumps({"input": "Hello"})), [p.HANG], p.says("Sorry.")]
    with p.provider(*script) as provider, served_chat(Asking) as url:
        configured(OPENAI_BASE_URL=provider.url, MODEL_SECONDS="1.5")
        said = make_person(url).say("Ask the poet")
    assert (said.text, said.of("error")) == ("Sorry.", [])
    assert "The tool failed." in json.dumps(provider.bodies[-1])


@pytest.mark.anyio
async def test_an_agent_that_is_a_tool_of_a_tool_decides_in_time_too() -> None:
    module = importlib.import_module(f"{TARGET}.chatkit_runtime.guardrails")
    poet = Agent(name="Poet", input_guardrails=[allowed])
    middle = Agent(name="Middle", tools=[poet.as_tool("poet", "Verses")])
    poet.tools = [middle.as_tool("middle", "Asks the poet, who asks it")]
    for _ in range(2):
        module.in_time(Agent(name="A", tools=[middle.as_tool("middle", "Asks")]), 0.7)
    with pytest.raises(module.GuardrailSilent):
        await poet.input_guardrails[0].run(poet, [STUCK], RunContextWrapper(None))
    assert not isinstance(allowed.guardrail_function, module.InTime)
