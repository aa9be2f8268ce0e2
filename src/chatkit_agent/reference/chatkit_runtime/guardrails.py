"""Guardrails: nothing stays of what they stop, break at or never see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from inspect import isawaitable, iscoroutinefunction
from typing import Any, TypeGuard

from agents import (
    Agent,
    FunctionTool,
    Handoff,
    InputGuardrailTripwireTriggered,
    OutputGuardrailTripwireTriggered,
    RunResultStreaming,
    handoff,
)
from anyio import to_thread
from chatkit import types as ck

from .message_ids import Answer
from .tool_log import Context, safely


class GuardrailBroke(Exception):
    """It raised instead of deciding, so what it was asked about is not let through."""


class GuardrailSilent(GuardrailBroke):
    """It did not decide in time."""


GUARDRAILS = {
    *("input_guardrails", "output_guardrails", "tool_input_guardrails", "tool_output_guardrails")
}
WITHHELD = (InputGuardrailTripwireTriggered, OutputGuardrailTripwireTriggered, GuardrailBroke)


class Guardrails:
    """Those of one answer: its last message is stored once they have let it through."""

    def __init__(self, agent: Agent[Context]) -> None:
        self._on_question = len(agent.input_guardrails)
        self._result: RunResultStreaming | None = None
        self._kept_back: list[ck.ThreadItemDoneEvent] = []

    def follow(self, result: RunResultStreaming) -> None:
        self._result = result

    @property
    def let_question_through(self) -> bool:
        decided = self._result.input_guardrail_results if self._result else []
        passed = [each for each in decided if not each.output.tripwire_triggered]
        return len(passed) >= self._on_question

    @property
    def may_stop_answer(self) -> bool:
        checks_answer = self._result and self._result.current_agent.output_guardrails
        return bool(checks_answer) or not self.let_question_through

    def let_through(self, event: ck.ThreadStreamEvent) -> Sequence[ck.ThreadStreamEvent]:
        """What may be stored now: a message that another item follows is not the last one."""
        is_next = isinstance(event, ck.ThreadItemAddedEvent) and self.let_question_through
        before = self.kept_back() if is_next else []
        if _ends_message(event) and self.may_stop_answer:
            self._kept_back.append(event)
            return before
        return [*before, event]

    def kept_back(self) -> list[ck.ThreadItemDoneEvent]:
        """What was kept back, for once; after the end of a run it is let through."""
        events, self._kept_back = self._kept_back, []
        return events

    def left_of(self, answer: Answer, error: Exception) -> list[ck.ThreadStreamEvent]:
        """What becomes of an answer that ends with this."""
        if isinstance(error, GuardrailBroke):
            return answer.removed()
        if isinstance(error, WITHHELD):
            return []  # the SDK has removed it
        if not self.may_stop_answer:
            return answer.cut()
        left = [*(each.item.id for each in self.kept_back()), *answer.unfinished]
        return [ck.ThreadItemRemovedEvent(item_id=each) for each in left]


@dataclass(frozen=True)
class InTime:
    """What a guardrail decides by; it has so long."""

    decides: Any
    name: str
    seconds: float

    async def __call__(self, *given: Any) -> Any:
        try:
            return await asyncio.wait_for(self._decide(*given), self.seconds)
        except asyncio.TimeoutError as error:
            raise GuardrailSilent(self.name) from error
        except Exception as error:
            raise GuardrailBroke(f"{self.name}: {type(error).__name__}: {error}") from error

    async def _decide(self, *given: Any) -> Any:
        if iscoroutinefunction(self.decides):
            return await self.decides(*given)
        # One that blocks would hold up everybody, and could not be given up.
        output = await to_thread.run_sync(self.decides, *given, abandon_on_cancel=True)
        return await output if isawaitable(output) else output


def in_time(agent: Agent[Any], seconds: float) -> Agent[Any]:
    """A copy whose guardrails have so long to decide; so have those of whom it hands over to, and
    those of tools, also where a tool is an agent."""
    checked = copy(agent)
    checked.tools = [safely(tool) for tool in agent.tools]
    for each in _all_with_guardrails(checked):
        for name in GUARDRAILS & vars(each).keys():
            given = getattr(each, name) or ()
            setattr(each, name, [_deciding(guardrail, seconds) for guardrail in given])
    checked.handoffs = [_handing_over(each, seconds) for each in agent.handoffs]
    return checked


def _all_with_guardrails(agent: Agent[Any]) -> Iterable[Any]:
    found: dict[int, Any] = {}
    rest: list[Any] = [agent]
    while rest:
        each = rest.pop()
        if id(each) not in found:
            found[id(each)] = each
            rest += [*each.tools, *each.mcp_servers] if isinstance(each, Agent) else ()
            # A tool runs the agent that it was made of, never a copy, and says nowhere which.
            rest += filter(None, [isinstance(each, FunctionTool) and each._agent_instance])
    return found.values()


def _deciding(guardrail: Any, seconds: float) -> Any:
    decides, name = guardrail.guardrail_function, guardrail.get_name()
    if isinstance(decides, InTime):  # a server of tools, or an agent that is one, is used again
        return guardrail
    return replace(guardrail, guardrail_function=InTime(decides, name, seconds), name=name)


def _handing_over(target: Agent[Any] | Handoff[Any, Any], seconds: float) -> Handoff[Any, Any]:
    given = copy(target) if isinstance(target, Handoff) else handoff(target)
    hand_over = given.on_invoke_handoff

    async def invoke(*asked: Any) -> Agent[Any]:
        return in_time(await hand_over(*asked), seconds)

    given.on_invoke_handoff = invoke
    return given


def _ends_message(event: ck.ThreadStreamEvent) -> TypeGuard[ck.ThreadItemDoneEvent]:
    return isinstance(event, ck.ThreadItemDoneEvent) and isinstance(
        event.item, ck.AssistantMessageItem
    )
