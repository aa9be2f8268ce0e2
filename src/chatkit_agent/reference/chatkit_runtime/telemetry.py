"""Telemetry: OpenTelemetry spans of each turn, model call and tool call, with nothing personal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from agents import Agent, AgentHooks, ModelResponse, RunContextWrapper, Tool
from agents.tool_context import ToolContext
from chatkit import types as ck
from chatkit.agents import AgentContext
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from ..chatkit_store import Caller
from .mcp import UserMCPServer
from .redaction import TOOL_FAILED
from .tool_results import text_of
from .turn import TurnServer

Context = AgentContext[Caller]
TRACER = trace.get_tracer("chatkit")


class Telemetry(TurnServer):
    """Does nothing but take the time where no OpenTelemetry SDK is set up."""

    _spans: Spans | None = None

    async def stream(self, request: ck.StreamingReq) -> AsyncIterator[bytes]:
        attributes = {
            "chatkit.operation": request.type,
            "chatkit.request": self.context.request_id,
        }
        # The whole turn runs in a task of its own, which is why its span may be the current one.
        with TRACER.start_as_current_span("chatkit.turn", attributes=attributes) as span:
            try:
                async for event in super().stream(request):
                    yield event
            finally:
                self._end(span)

    def make_agent(self, servers: Sequence[UserMCPServer]) -> Agent[Context]:
        agent = super().make_agent(servers)
        agent.hooks = self._spans = Spans(self.settings.model)
        return agent

    def _end(self, span: Span) -> None:
        outcome = self.report.get("outcome", "done")
        span.set_attributes(
            {"chatkit.outcome": outcome, "chatkit.tools": len(self.report["tools"])}
        )
        if "first_text_ms" in self.report:
            span.set_attribute("chatkit.first_text_ms", self.report["first_text_ms"])
        if outcome not in {"done", "stopped"}:
            span.set_status(Status(StatusCode.ERROR, outcome))
        if self._spans is not None:
            self._spans.end()


class Spans(AgentHooks[Context]):
    """Names of models and tools, counts and times; never what was said, asked or answered."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._open: dict[str, Span] = {}

    async def on_llm_start(
        self, context: RunContextWrapper[Context], agent: Agent[Context], *_: Any
    ) -> None:
        attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": self._model}
        name = f"chat {self._model}"
        self._open["model"] = TRACER.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

    async def on_llm_end(
        self, context: RunContextWrapper[Context], agent: Agent[Context], response: ModelResponse
    ) -> None:
        span = self._open.pop("model")
        span.set_attribute("gen_ai.usage.input_tokens", response.usage.input_tokens)
        span.set_attribute("gen_ai.usage.output_tokens", response.usage.output_tokens)
        span.end()

    async def on_tool_start(
        self, context: RunContextWrapper[Context], agent: Agent[Context], tool: Tool
    ) -> None:
        if isinstance(context, ToolContext):
            attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool.name}
            span = TRACER.start_span(f"execute_tool {tool.name}", attributes=attributes)
            self._open[context.tool_call_id] = span

    async def on_tool_end(
        self,
        context: RunContextWrapper[Context],
        agent: Agent[Context],
        tool: Tool,
        result: object,
    ) -> None:
        if isinstance(context, ToolContext):
            span = self._open.pop(context.tool_call_id)
            if text_of(result).startswith(TOOL_FAILED):
                span.set_status(Status(StatusCode.ERROR))
            span.end()

    def end(self) -> None:
        """What was open when the turn was stopped, or broke."""
        for span in self._open.values():
            span.set_status(Status(StatusCode.ERROR, "interrupted"))
            span.end()
        self._open.clear()
