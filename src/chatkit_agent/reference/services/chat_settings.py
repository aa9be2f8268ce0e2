"""The chat's settings, each with what it is for, and what is wrong where one is."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings

from ..chatkit_store.config import ENV_PREFIX, ENVIRONMENT

PLACEHOLDERS = ("app_name", "user_id", "user_name", "today")


class ConfigurationError(ValueError):
    """The chat cannot work as it is configured. The message names what to set."""


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
    """The model, its tools, and how much of each."""

    model_config = ENVIRONMENT

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    model: str = "gpt-5.6-luna"
    model_api: Literal["responses", "chat_completions"] = "responses"
    temperature: float | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    max_output_tokens: int | None = Field(default=None, ge=16)
    system_prompt: Annotated[str, AfterValidator(check_prompt)] = ""
    """Instead of the one in `chat_agent.py`."""
    history_items: int = Field(default=20, ge=1, le=100)
    """How many of the latest items of a conversation the model sees."""
    history_chars: int = Field(default=100_000, ge=1000)
    """How long these may be together; the question itself is always there."""
    max_turns: int = Field(default=10, ge=1)
    """How often the model may think and call tools for one answer."""
    turns_per_user: int = Field(default=5, ge=1)
    """How many answers one person may have written at once, on all machines together."""
    tracing: bool = False
    """Upload traces of conversations to OpenAI."""

    mcp_server_url: str = Field(
        default="", validation_alias=AliasChoices(f"{ENV_PREFIX}MCP_SERVER_URL", "MCP_SERVER_URL")
    )
    """One URL, or several with commas between them."""
    mcp_connect_seconds: float = Field(default=8, gt=0)
    mcp_call_seconds: float = Field(default=60, gt=0)
    mcp_tool_seconds: dict[str, float] = {}
    """Other limits for some tools, such as {"export": 300}."""
    mcp_tools: str = ""
    """The names of the only tools to be used, with commas between them; all, where it is empty."""

    keepalive_seconds: float = Field(default=0, ge=0)
    """Send a comment into a silent stream this often; 0 sends none."""

    @property
    def mcp_urls(self) -> list[str]:
        return _listed(self.mcp_server_url)

    @property
    def tool_names(self) -> list[str]:
        return _listed(self.mcp_tools)

    def missing(self) -> list[str]:
        """The names of the settings without which no answer can be given."""
        return [] if self.openai_api_key else ["OPENAI_API_KEY"]


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def lacking(kind: Any) -> list[str]:
    """The names of the settings of this kind that have to be set, or set right."""
    try:
        missing: list[str] = kind().missing()
    except ValidationError as error:
        return [_wrong(str(one["loc"][0]), one["msg"]) for one in error.errors()]
    return missing


def _wrong(name: str, problem: str) -> str:
    return f"{name if name.isupper() else ENV_PREFIX + name.upper()} right ({problem})"
