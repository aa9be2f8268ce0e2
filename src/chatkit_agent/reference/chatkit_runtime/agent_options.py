"""An agent as one request wants it: the picked tool, the person's language, thoughts that show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agents import Agent
from openai.types.shared import Reasoning

from .guardrails import in_time
from .mcp import UserMCPServer
from .settings import TurnSettings

NOT_THERE = "The tool that you picked cannot be used right now."
LANGUAGE = "\nThe language of the person's browser is {}."


def as_asked(
    agent: Agent[Any], settings: TurnSettings, locale: str | None, tool: str | None
) -> Agent[Any]:
    # A copy: who made it may have it for other requests as well.
    asked = in_time(agent, settings.model_seconds)
    changes: dict[str, Any] = {}
    if tool:
        changes["tool_choice"] = tool
    if settings.reasoning_summary:
        reasoning = agent.model_settings.reasoning or Reasoning()
        shown = {"summary": settings.reasoning_summary}
        changes["reasoning"] = reasoning.model_copy(update=shown)
    if changes:
        asked.model_settings = replace(agent.model_settings, **changes)
    if locale and isinstance(agent.instructions, str):
        asked.instructions = agent.instructions + LANGUAGE.format(locale)
    return asked


def offered_name(tool: str, agent: Agent[Any], servers: Sequence[UserMCPServer]) -> str | None:
    """What the model knows a tool by, if it has it."""
    if tool in {each.name for each in agent.tools}:
        return tool
    names = (server.offered_name(tool) for server in servers)
    return next((name for name in names if name), None)
