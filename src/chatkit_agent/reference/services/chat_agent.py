"""What the assistant is: its settings, its system prompt, its model, and what it remembers."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from string import Formatter
from typing import Annotated, Any, Literal

from agents import (
    Agent,
    Model,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    TResponseInputItem,
    set_tracing_export_api_key,
)
from agents.mcp import MCPServerManager
from chatkit.agents import AgentContext, ThreadItemConverter
from chatkit.types import (
    AssistantMessageItem,
    HiddenContextItem,
    UserMessageTagContent,
    WorkflowItem,
)
from dotenv import find_dotenv
from openai import AsyncOpenAI
from openai.types.responses import ResponseInputTextParam
from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..chatkit_store import RequestContext
from ..chatkit_store.config import APP_NAME, ENV_PREFIX, MCP_TOKEN
from .mcp_auth import credentials_prompt, explain_failure

# Yours to change. The names in braces are filled in by `instructions` below.
SYSTEM_PROMPT = """\
You are the assistant of {app_name}. You are talking with {user_name}. Today is {today}.
Use your tools to look things up and to act for this user. Never invent what a tool can tell you.
Say in one sentence what you did. When a tool fails, say so plainly and suggest what to do next.
"""

TOOLS_AWAY = "Your tools cannot be reached at the moment. Say so if they would be needed."


class ConfigurationError(ValueError):
    """The chat cannot work as it is configured. The message names what to set."""


PLACEHOLDERS = ("app_name", "user_id", "user_name", "today")


def check_prompt(prompt: str) -> str:
    """Raises ConfigurationError where a placeholder is one that nothing fills."""
    try:
        named = [name for _, name, _, _ in Formatter().parse(prompt) if name is not None]
    except ValueError as error:
        raise ConfigurationError(f"the system prompt cannot be read: {error}") from error
    for name in named:
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise ConfigurationError(f"the system prompt has {{{name}}}; it may have {known}")
    return prompt


class ChatSettings(BaseSettings):
    """Read from the environment, then from the nearest `.env` above this file or where we run."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_file=(find_dotenv(), ".env"),
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    model: str = "gpt-5.6-luna"
    model_api: Literal["responses", "chat_completions"] = "responses"
    temperature: float | None = None
    system_prompt: Annotated[str, AfterValidator(check_prompt)] = SYSTEM_PROMPT
    history_items: int = Field(default=20, ge=1, le=100)
    """How many of the latest items of a conversation the model sees."""
    max_turns: int = Field(default=10, ge=1)
    """How often the model may think and call tools for one answer."""
    tracing: bool = False
    """Upload traces of conversations to OpenAI."""

    mcp_server_url: str = Field(
        default="", validation_alias=AliasChoices(f"{ENV_PREFIX}MCP_SERVER_URL", "MCP_SERVER_URL")
    )
    """One URL, or several with commas between them."""
    mcp_token: Literal["auto", "header", "argument", "prompt"] = MCP_TOKEN  # type: ignore[assignment]
    mcp_connect_seconds: float = Field(default=8, gt=0)
    mcp_call_seconds: float = Field(default=60, gt=0)

    auth: Literal["jwt", "none"] = "jwt"
    jwt_secret: SecretStr | None = None
    jwks_url: str | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None

    keepalive_seconds: float = Field(default=0, ge=0)
    """Send a comment into a silent stream this often; 0 sends none."""

    @property
    def mcp_urls(self) -> list[str]:
        return [url.strip() for url in self.mcp_server_url.split(",") if url.strip()]

    def missing(self) -> list[str]:
        """The names of the settings without which no answer can be given."""
        return [] if self.openai_api_key else ["OPENAI_API_KEY"]


def instructions(settings: ChatSettings, context: RequestContext) -> str:
    """The system prompt. Configuration and verified claims get in, never a client's text."""
    return settings.system_prompt.format(
        app_name=APP_NAME,
        user_id=context.user_id,
        user_name=_one_line(context.claims.get("name")) or "the signed-in user",
        today=datetime.now(timezone.utc).strftime("%A, %d %B %Y"),
    )


def _one_line(value: object) -> str:
    return " ".join(str(value).split())[:80] if value else ""


def make_client(settings: ChatSettings) -> AsyncOpenAI:
    # Given explicitly: the SDK itself looks into the environment only, not into `.env`.
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    if settings.tracing:
        set_tracing_export_api_key(key)
    return AsyncOpenAI(api_key=key, base_url=settings.openai_base_url)


def make_model(settings: ChatSettings, client: AsyncOpenAI) -> Model:
    if settings.model_api == "chat_completions":
        return OpenAIChatCompletionsModel(settings.model, client)
    return OpenAIResponsesModel(settings.model, client)


def make_agent(
    settings: ChatSettings,
    model: Model,
    context: RequestContext,
    servers: MCPServerManager,
) -> Agent[AgentContext[RequestContext]]:
    parts = [instructions(settings, context)]
    if servers.failed_servers:
        parts.append(TOOLS_AWAY)
    if settings.mcp_token == "prompt":
        parts.append(credentials_prompt(context))
    return Agent(
        name=APP_NAME,
        instructions="\n".join(parts),
        model=model,
        model_settings=ModelSettings(temperature=settings.temperature),
        mcp_servers=servers.active_servers,
        mcp_config={
            "failure_error_function": explain_failure,
            "include_server_in_tool_names": len(servers.all_servers) > 1,
        },
    )


class History(ThreadItemConverter):
    """Stored items as model input."""

    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | None:
        # A plain string: the Chat Completions converter does not know `output_text` parts.
        text = "".join(part.text for part in item.content)
        return {"role": "assistant", "content": text} if text else None

    async def hidden_context_to_input(
        self, item: HiddenContextItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        if not (isinstance(item.content, dict) and "tool" in item.content):
            return await super().hidden_context_to_input(item)
        call = item.content
        return [
            {
                "type": "function_call",
                "call_id": item.id,
                "name": call["tool"],
                "arguments": call["arguments"],
            },
            {
                "type": "function_call_output",
                "call_id": item.id,
                "output": INTERRUPTED if call["result"] is None else call["result"],
            },
        ]

    async def workflow_to_input(self, item: WorkflowItem) -> None:
        """What a workflow shows to people, the model knows from the calls themselves."""

    async def tag_to_message_content(self, tag: UserMessageTagContent) -> ResponseInputTextParam:
        text = f"@{tag.text}: {json.dumps(tag.data)}"
        return {"type": "input_text", "text": text}


INTERRUPTED = (
    "No result came back. It may or may not have taken effect: check before you repeat it."
)
HISTORY = History()
LONGEST = 4000


def arguments_of(text: str) -> dict[str, Any]:
    """A call's arguments, whatever the model wrote."""
    try:
        values = json.loads(text or "{}")
    except ValueError:
        values = text
    return values if isinstance(values, dict) else {"not_an_object": values}


def remembered_call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a hidden item keeps of a call, to be joined by the result: no cut can part the two."""
    text = json.dumps(arguments)
    if len(text) > LONGEST:
        text = json.dumps({"shortened": text[:LONGEST]})
    return {"tool": tool, "arguments": text, "result": None}
