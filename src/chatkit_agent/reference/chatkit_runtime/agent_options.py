"""An agent as one request wants it: the picked tool, the person's language, thoughts that show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agents import Agent
from openai.types.shared import Reasoning

from .mcp import UserMCPServer
from .settings import TurnSettings

NOT_THERE = "The tool that you picked cannot be used right now."
LANGUAGE = "\nThe language of the person's browser is {}."


def as_asked(
    agent: Agent[Any], settings: TurnSettings, locale: str | None, tool: str | None
) -> Agent[Any]:
    changes: dict[str, Any] = {}
    if tool:
        changes["tool_choice"] = tool
    if settings.reasoning_summary:
        reasoning = agent.model_settings.reasoning or Reasoning()
        shown = {"summary": settings.reasoning_summary}
        changes["reasoning"] = reasoning.model_copy(update=shown)
    instructions = agent.instructions
    if locale and isinstance(instructions, str):
        instructions += LANGUAGE.format(locale)
    model_settings = replace(agent.model_settings, **changes)
    return agent.clone(instructions=instructions, model_settings=model_settings)


def offered_name(tool: str, agent: Agent[Any], servers: Sequence[UserMCPServer]) -> str | None:
    """What the model knows a tool by, if it has it."""
    if tool in {each.name for each in agent.tools}:
        return tool
    names = (server.offered_name(tool) for server in servers)
    return next((name for name in names if name), None)
