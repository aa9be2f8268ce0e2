"""The chat's settings, each with what it is for, and what is wrong where one is."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsError

from ..chatkit_runtime.checked_values import Key, Seconds, Url, Urls, listed
from ..chatkit_runtime.tool_servers import ToolServer
from ..chatkit_store.config import ENV_PREFIX, ENVIRONMENT

PLACEHOLDERS = ("app_name", "user_id", "user_name", "today")
BRACES = (
    f"it may have {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}. "
    "Write other braces twice, as {{ and }}"
)


class ConfigurationError(ValueError):
    """The chat cannot work as it is configured. The message names what to set."""


def check_prompt(prompt: str) -> str:
    """Raises ConfigurationError where a placeholder is one that nothing fills."""
    try:
        for _, name, form, conversion in Formatter().parse(prompt):
            if name is not None and (name not in PLACEHOLDERS or form or conversion):
                found = f"{{{name}}}" if name.isidentifier() else "other braces"
                raise ConfigurationError(f"the system prompt has {found}; {BRACES}")
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(f"the system prompt cannot be read: {error}; {BRACES}") from error
    return prompt


class ChatSettings(BaseSettings):
    """The model, its tools, and how much of each."""

    model_config = ENVIRONMENT

    openai_api_key: Key | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: Url | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    model: str = "gpt-5.6-luna"
    model_api: Literal["responses", "chat_completions"] = "responses"
    temperature: float | None = Field(default=None, ge=0, le=2)
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
    store: bool | None = None
    """`false` where the provider may not keep answers, or cannot find them again."""
    tracing: bool = False
    """Upload traces of conversations to OpenAI."""

    mcp_server_url: Urls = Field(
        default="", validation_alias=AliasChoices(f"{ENV_PREFIX}MCP_SERVER_URL", "MCP_SERVER_URL")
    )
    """Your own server, or several with commas between them: they get the person's token."""
    mcp_servers: list[ToolServer] = []
    """More servers, as a JSON list of what `ToolServer` has."""
    mcp_caller_arguments: str = ""
    """Arguments that always stand for the caller, such as `user_id` or `add_task.user_id`."""
    mcp_connect_seconds: Seconds = 8
    mcp_call_seconds: Seconds = 60
    mcp_tool_seconds: dict[str, Seconds] = {}
    """Other limits for some tools, such as {"export": 300}."""
    mcp_tools: str = ""
    """The names of the only tools to be used, with commas between them; all, where it is empty."""

    allowed_origins: str = ""
    """Origins of other sites' pages that may use the chat with cookies, with commas between."""
    keepalive_seconds: float = Field(default=0, ge=0, allow_inf_nan=False)
    """Send a comment into a silent stream this often; 0 sends none."""

    @property
    def tool_servers(self) -> list[ToolServer]:
        own = [ToolServer(url=url, trust="own") for url in listed(self.mcp_server_url)]
        return [*own, *self.mcp_servers]

    @property
    def origins(self) -> list[str]:
        return [origin.rstrip("/") for origin in listed(self.allowed_origins)]

    @property
    def tool_names(self) -> list[str]:
        return listed(self.mcp_tools)

    def missing(self) -> list[str]:
        """The names of the settings without which no answer can be given."""
        return [] if self.openai_api_key else ["OPENAI_API_KEY"]


def lacking(kind: Any) -> list[str]:
    """The names of the settings of this kind that have to be set, or set right."""
    try:
        missing: list[str] = kind().missing()
    except ValidationError as error:
        return [_wrong(one["loc"], one["msg"]) for one in error.errors()]
    except SettingsError as error:
        # Its message names the field and where it was read, and never the value.
        field = next((name for name in kind.model_fields if f'"{name}"' in str(error)), "a setting")
        return [_wrong((field,), "it has to be JSON")]
    except (OSError, UnicodeError) as error:
        return [f"the `.env` file right (it cannot be read: {type(error).__name__})"]
    return missing


def _wrong(place: tuple[int | str, ...], problem: str) -> str:
    name, *inner = map(str, place or ("the settings",))
    name = name if name.isupper() or " " in name else ENV_PREFIX + name.upper()
    where = f"{'.'.join(inner)}: " if inner else ""
    return f"{name} right ({where}{problem.removeprefix('Value error, ')})"
