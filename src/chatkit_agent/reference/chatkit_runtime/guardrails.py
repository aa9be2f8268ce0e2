"""Guardrails: nothing stays of what they stop, break at or never see."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from inspect import isawaitable, iscoroutinefunction
from traceback import walk_tb
from typing import Any, TypeGuard, TypeVar

from agents import (
    Agent,
    Handoff,
    InputGuardrail,
    InputGuardrailTripwireTriggered,
    OutputGuardrail,
    OutputGuardrailTripwireTriggered,
    RunResultStreaming,
    handoff,
)
from anyio import to_thread
from chatkit import types as ck

from .error_responses import traceback_of
from .message_ids import Answer
from .redaction import redacted
from .tool_log import Context

logger = logging.getLogger(__name__)

G = TypeVar("G", InputGuardrail[Any], OutputGuardrail[Any])
CHECKS = {InputGuardrail.run.__code__, OutputGuardrail.run.__code__}


class GuardrailBroke(Exception):
    """It raised instead of deciding, so what it was asked about is not let through."""


class GuardrailSilent(GuardrailBroke):
    """It did not decide in time."""


WITHHELD = (InputGuardrailTripwireTriggered, OutputGuardrailTripwireTriggered, GuardrailBroke)


class Guardrails:
    """Those of one answer: its last message is stored once they have let it through."""

    def __init__(self, agent: Agent[Context], token: str | None) -> None:
        self._on_question = len(agent.input_guardrails)
        self._result: RunResultStreaming | None = None
        self._token = token
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

    def reason(self, error: Exception) -> Exception:
        """The error, or that a guardrail broke with it, which the log then has in full."""
        frames = walk_tb(error.__traceback__)
        if isinstance(error, WITHHELD) or not any(frame.f_code in CHECKS for frame, _ in frames):
            return error
        logger.error("a guardrail broke\n%s", redacted(traceback_of(error), self._token))
        return GuardrailBroke(type(error).__name__)

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


def in_time(agent: Agent[Any], seconds: float) -> Agent[Any]:
    """A copy whose guardrails have so long to decide; so have those of whom it hands over to."""
    checked = copy(agent)
    checked.input_guardrails = [_deciding(each, seconds) for each in agent.input_guardrails]
    checked.output_guardrails = [_deciding(each, seconds) for each in agent.output_guardrails]
    checked.handoffs = [_handing_over(each, seconds) for each in agent.handoffs]
    return checked


def _deciding(guardrail: G, seconds: float) -> G:
    decides: Any = guardrail.guardrail_function
    name = guardrail.get_name()

    async def undisturbed(*given: Any) -> Any:
        if iscoroutinefunction(decides):
            return await decides(*given)
        # One that blocks would hold up everybody, and could not be given up.
        output = await to_thread.run_sync(decides, *given, abandon_on_cancel=True)
        return await output if isawaitable(output) else output

    async def decide(*given: Any) -> Any:
        try:
            return await asyncio.wait_for(undisturbed(*given), seconds)
        except asyncio.TimeoutError as error:
            raise GuardrailSilent(name) from error

    return replace(guardrail, guardrail_function=decide, name=name)


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
