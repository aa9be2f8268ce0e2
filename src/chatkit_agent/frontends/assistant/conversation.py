"""Conversation: a task goes to the model, its tools run, a person approves what writes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import openai
from agents import (
    Agent,
    MaxTurnsExceeded,
    Model,
    ModelResponse,
    ModelSettings,
    RunConfig,
    RunContextWrapper,
    RunHooks,
    Runner,
    RunResultStreaming,
    RunState,
    ToolCallItem,
)

from chatkit_agent.frontends.assistant.limits import Limits
from chatkit_agent.frontends.assistant.toolbox import Call, Toolbox

NAME = "ChatKit Integration Agent"
Ended = Literal["done", "max_turns", "max_tokens", "failed"]
NOT_APPROVED = (
    "The person did not approve this, so nothing was done. Do not try it again; say what they can "
    "do instead."
)

SILENT = "The model said and did nothing. Ask in other words, or choose another with --model."


class TooManyTokens(Exception):
    """The limit of tokens is reached."""


class Listener(Protocol):
    """Who sees what is going on, and decides."""

    def said(self, text: str) -> None: ...
    def called(self, name: str, arguments: str) -> None: ...
    def approves(self, name: str, arguments: str) -> bool: ...


@dataclass
class Used:
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class Answered:
    """What came of one task: the last words, the calls and the refusals, and what it took."""

    text: str
    calls: tuple[Call, ...]
    denied: tuple[str, ...]
    used: Used
    ended: Ended
    problem: str | None = None


class _Counter(RunHooks[None]):
    """Counts what is used, and ends the run at the limit."""

    def __init__(self, used: Used, most: int) -> None:
        self._used = used
        self._most = most

    async def on_llm_start(self, *_: Any) -> None:
        if self._used.tokens >= self._most:
            raise TooManyTokens

    async def on_llm_end(
        self, _: RunContextWrapper[None], __: Agent[None], response: ModelResponse
    ) -> None:
        self._used.requests += 1
        self._used.input_tokens += response.usage.input_tokens
        self._used.output_tokens += response.usage.output_tokens


@dataclass
class Conversation:
    """Tasks one after the other: the model remembers what was said and done before."""

    toolbox: Toolbox
    listener: Listener
    limits: Limits
    items: list[Any] = field(default_factory=list)

    async def ask(self, model: Model, task: str, instructions: str) -> Answered:
        """Work on a task to its end. Secrets in the words of a person are hidden as well."""
        # What it logs of a failure is told to the person, with what to do.
        logging.getLogger("openai.agents").setLevel(logging.CRITICAL)
        secrets = self.toolbox.secrets
        agent = Agent(
            name=NAME,
            instructions=secrets.masked(instructions),
            model=model,
            tools=self.toolbox.tools(),
            # Chat Completions count nothing unless they are asked to.
            model_settings=ModelSettings(include_usage=True),
        )
        began = len(self.toolbox.calls)
        work = _Work(self, agent, began)
        asked = [*self.items, {"role": "user", "content": secrets.masked(task)}]
        return await work.done(asked)


class _Work:
    """One task while it is worked on."""

    def __init__(self, conversation: Conversation, agent: Agent[None], began: int) -> None:
        self._of = conversation
        self._agent = agent
        self._began = began
        self._used = Used()
        self._denied: list[str] = []
        self._text = ""

    async def done(self, asked: list[Any]) -> Answered:
        try:
            result = await self._stream_of(asked)
            while result.interruptions:
                result = await self._stream_of(self._with_decisions(result))
            self._of.items = result.to_input_list()
            text = str(result.final_output or "")
            if not text.strip() and len(self._of.toolbox.calls) == self._began:
                return self._answer("failed", problem=SILENT)
            return self._answer("done", text)
        except MaxTurnsExceeded:
            return self._answer("max_turns", problem=self._limit("turns", self._of.limits.turns))
        except TooManyTokens:
            most = self._of.limits.tokens
            return self._answer("max_tokens", problem=self._limit("tokens", most))
        except Exception as error:  # whatever a provider sends that nobody expected
            problem = self._of.toolbox.secrets.masked(why_failed(error))
            return self._answer("failed", problem=problem)

    async def _stream_of(self, given: list[Any] | RunState[None]) -> RunResultStreaming:
        result = Runner.run_streamed(
            self._agent,
            given,
            max_turns=self._of.limits.turns,
            hooks=_Counter(self._used, self._of.limits.tokens),
            run_config=RunConfig(
                tracing_disabled=True,
                trace_include_sensitive_data=False,
                tool_not_found_behavior="return_error_to_model",
            ),
        )
        async for event in result.stream_events():
            if event.type == "raw_response_event":
                if event.data.type == "response.output_text.delta":
                    self._of.listener.said(event.data.delta)
            elif event.type == "run_item_stream_event" and isinstance(event.item, ToolCallItem):
                raw = event.item.raw_item
                self._of.listener.called(
                    str(getattr(raw, "name", "")), str(getattr(raw, "arguments", ""))
                )
        return result

    def _with_decisions(self, result: RunResultStreaming) -> RunState[None]:
        state = result.to_state()
        for item in result.interruptions:
            if self._of.listener.approves(item.name or "", item.arguments or "{}"):
                state.approve(item)
            else:
                self._denied.append(item.name or "")
                state.reject(item, rejection_message=NOT_APPROVED)
        return state

    def _answer(self, ended: Ended, text: str = "", problem: str | None = None) -> Answered:
        calls = tuple(self._of.toolbox.calls[self._began :])
        return Answered(text, calls, tuple(self._denied), self._used, ended, problem)

    def _limit(self, what: str, most: int) -> str:
        return (
            f"It was ended at the limit of {most} {what}; nothing more is done. "
            f"Raise it with --max-{what}, or ask for less at once."
        )


TOO_LONG = ("context_length", "maximum context", "context window", "too many tokens", "too long")
BY_STATUS = {
    401: "The key in OPENAI_API_KEY is not valid there. Set another, or OPENAI_BASE_URL with it.",
    403: "This key may not use that model. Choose another with --model, or another key.",
    404: "There is no such model, or nothing at that address. See --model and OPENAI_BASE_URL.",
    429: "Its limit is reached, or the account has no credit. Wait, or choose another --model.",
}
LONG = (
    "The conversation is longer than this model can read. Begin anew with --new, or ask for less."
)
AWAY = "Check the network, and OPENAI_BASE_URL where it is set."


def why_failed(error: Exception) -> str:
    """What happened, and what to do next; the message of a provider is quoted as its own."""
    if isinstance(error, openai.APIStatusError):
        said = _line(error.message)
        return f"The model's provider answered {error.status_code}: {said}\n{_advice(error)}"
    if isinstance(error, openai.APIConnectionError):
        return f"The model's provider cannot be reached: {_line(error.message)}\n{AWAY}"
    return f"The model could not be asked: {type(error).__name__}: {_line(str(error))}"


def _advice(error: openai.APIStatusError) -> str:
    if any(words in error.message.lower() for words in TOO_LONG):
        return LONG
    unknown = "Try again in a moment." if error.status_code >= 500 else "See --model."
    return BY_STATUS.get(error.status_code, unknown)


def _line(text: str) -> str:
    """What somebody else wrote, on one line and not without an end."""
    return " ".join(text.split())[:300]
