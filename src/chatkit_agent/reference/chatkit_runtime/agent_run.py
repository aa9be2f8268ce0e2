"""How the agent of a turn is run: begun, tried again where that may help, and ended in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any

from agents import Agent, ModelSettings, RunHooks, Runner, RunResultStreaming
from agents.retry import ModelRetrySettings, RetryDecision, RetryPolicyContext, retry_policies
from chatkit import types as ck

from .event_queue import EventQueue
from .model_input import run_config
from .settings import TurnSettings
from .tool_log import Context

TRIES = 2
LONGEST_WAIT = 60
TOLD_EVERY = 5
THINKING = "Thinking"
WAITING = "The model's provider asks to wait {} s"
TOO_LONG = "The model's provider asks to wait {} min before the next request."
NOT_SOON = "The model's provider asks to wait a day or longer before the next request."
A_DAY = 24 * 3600
MAY_PASS = retry_policies.any(
    retry_policies.provider_suggested(),
    retry_policies.network_error(),
    retry_policies.http_status((408, 409, 429, 500, 502, 503, 504)),
)


def begin(
    agent: Agent[Context],
    items: list[Any],
    chat: Context,
    hooks: RunHooks[Context],
    settings: TurnSettings,
) -> RunResultStreaming:
    backoff = {"initial_delay": 0.5, "max_delay": 8}
    retry = ModelRetrySettings(max_retries=TRIES, backoff=backoff, policy=retry_policy(chat))
    config = run_config(settings)
    model_settings = ModelSettings(retry=agent.model_settings.retry or retry)
    config.model_settings = model_settings.resolve(config.model_settings)
    config.tool_not_found_behavior = "return_error_to_model"
    return Runner.run_streamed(
        agent,
        items,
        context=chat,
        max_turns=settings.max_turns,
        hooks=hooks,
        run_config=config,
    )


def retry_policy(chat: Context) -> Callable[[RetryPolicyContext], Awaitable[RetryDecision]]:
    """Tries again what may pass; the person sees for how long the provider asks to wait."""

    async def policy(failed: RetryPolicyContext) -> RetryDecision:
        decided: Any = await MAY_PASS(failed)  # type: ignore[misc]
        left = failed.normalized.retry_after
        if not decided.retry or left is None:
            return RetryDecision(retry=decided.retry)
        if left > LONGEST_WAIT:
            text = TOO_LONG.format(ceil(left / 60)) if left < A_DAY else NOT_SOON
            await chat.stream(ck.NoticeEvent(level="warning", message=text))
            return RetryDecision(retry=False)
        while left > 0:
            await chat.stream(ck.ProgressUpdateEvent(text=WAITING.format(ceil(left))))
            await asyncio.sleep(min(left, TOLD_EVERY))
            left -= TOLD_EVERY
        await chat.stream(ck.ProgressUpdateEvent(text=THINKING))
        return RetryDecision(retry=True, delay=0)

    return policy


async def end(
    result: RunResultStreaming, events: EventQueue[ck.ThreadStreamEvent], chat: Context
) -> None:
    """Stops the run if it still goes on, and waits until its tools are called off."""
    result.cancel()
    _, slow = await asyncio.wait({events.task}, timeout=5)
    for task in slow:
        task.cancel()
    # When a run fails, the SDK leaves a task behind that waits for one more event.
    await chat.stream(ck.ProgressUpdateEvent(text=""))
