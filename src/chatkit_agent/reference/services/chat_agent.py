"""What the assistant is: its system prompt, its model, and the agent of one turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from agents import (
    Agent,
    Model,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    set_tracing_export_api_key,
)
from openai import AsyncOpenAI
from openai.types.shared import Reasoning

from ..chatkit_runtime.mcp import UserMCPServer, explain_failure
from ..chatkit_runtime.model_input import kept_by_provider
from ..chatkit_runtime.provider import ProviderClient
from ..chatkit_runtime.settings import prompt_problems
from ..chatkit_runtime.tool_log import Context
from ..chatkit_store.config import APP_NAME
from ..chatkit_store.context import RequestContext
from .chat_settings import PLACEHOLDERS, ChatSettings

# The names in braces are filled in by `instructions` below.
SYSTEM_PROMPT = """\
You are the assistant of {app_name}. You are talking with {user_name}. Today is {today}.
Use your tools to look things up and to act for this user. Never invent what a tool can tell you.
Say in one sentence what you did. When a tool fails, say so plainly and suggest what to do next.
"""
TOOLS_AWAY = "Your tools cannot be reached at the moment. Say so if they would be needed."


def instructions(settings: ChatSettings, context: RequestContext) -> str:
    """The system prompt. Configuration and verified claims get in, never a client's text."""
    prompt = settings.system_prompt or SYSTEM_PROMPT
    return prompt.format(
        app_name=APP_NAME,
        user_id=context.user_id,
        user_name=" ".join(str(context.claims.get("name") or "the signed-in user").split())[:80],
        today=datetime.now(timezone.utc).strftime("%A, %d %B %Y"),
    )


def wrong_prompt() -> list[str]:
    return prompt_problems(SYSTEM_PROMPT, PLACEHOLDERS, __name__)


def make_client(settings: ChatSettings) -> AsyncOpenAI:
    # Given explicitly: the SDK itself looks into the environment only, not into `.env`.
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    if settings.tracing:
        set_tracing_export_api_key(key)
    return ProviderClient(api_key=key, base_url=settings.openai_base_url)


def make_model(settings: ChatSettings, client: AsyncOpenAI) -> Model:
    if settings.model_api == "chat_completions":
        return OpenAIChatCompletionsModel(settings.model, client)
    return OpenAIResponsesModel(settings.model, client)


def make_agent(
    settings: ChatSettings,
    model: Model,
    context: RequestContext,
    servers: Sequence[UserMCPServer],
) -> Agent[Context]:
    parts = [instructions(settings, context)]
    if any(each not in [one.server for one in servers] for each in settings.tool_servers):
        parts.append(TOOLS_AWAY)
    effort = settings.reasoning_effort
    return Agent(
        name=APP_NAME,
        instructions="\n".join(parts),
        model=model,
        model_settings=ModelSettings(
            temperature=settings.temperature,
            max_tokens=settings.max_output_tokens,
            reasoning=Reasoning(effort=effort) if effort else None,
            # Whether the provider keeps answers; conversations are in the database either way.
            **kept_by_provider(settings.model_api, settings.model, settings.store),
        ),
        mcp_servers=list(servers),
        mcp_config={"failure_error_function": explain_failure},
    )
