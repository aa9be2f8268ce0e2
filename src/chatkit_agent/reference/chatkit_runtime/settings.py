"""The settings of a turn, and what is wrong where one is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from string import Formatter
from typing import Literal, TypeVar, cast

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import SettingsError

from ..chatkit_store import Settings
from ..chatkit_store.settings import A_DAY
from .checked_values import MOST, Names, Origins, Seconds, Urls, listed
from .tool_servers import ToolServer

S = TypeVar("S", bound=Settings)


class ConfigurationError(ValueError):
    """The chat cannot work as it is configured. The message names what to set."""


class TurnSettings(Settings):
    """How much of everything one answer may have, and where its tools are."""

    model: str = ""
    models: Names = ()
    """Other models that a person may pick, with commas between them."""
    tool_choices: Names = ()
    """Tools that a person may pick for a message, with commas between them."""
    reasoning_summary: Literal["auto", "concise", "detailed"] | None = None
    """Show what a model thinks, where it can think and the provider tells."""
    titles: Literal["message", "model"] = "message"
    """`model`: a second, short call of the model makes the title of a conversation."""
    model_seconds: Seconds = 180
    """How long the model may be silent, or a guardrail undecided, before the answer is given up."""
    tracing: bool = False
    """Upload traces of conversations to OpenAI."""
    history_items: int = Field(default=20, ge=1, le=100)
    """How many of the latest items of a conversation the model sees."""
    history_chars: int = Field(default=100_000, ge=1000)
    """How long these may be together; the question itself is always there."""
    max_turns: int = Field(default=10, ge=1, le=MOST)
    """How often the model may think and call tools for one answer."""
    turns_per_user: int = Field(default=5, ge=1, le=MOST)
    """How many answers one person may have written at once, on all machines together."""
    turns_per_process: int = Field(default=300, ge=1, le=MOST)
    """How many answers a process writes at once; who comes then is told to try again."""
    store: bool | None = None
    """`false` where the provider may not keep answers, or cannot find them again."""
    allowed_origins: Origins = ""
    """Origins of other sites' pages that may use the chat with cookies, with commas between."""
    ignored_fields: Names = ()
    """Fields of requests, such as `params.input.mood`, that are ignored instead of refused; `*`
    is all that the SDK does not know."""
    keepalive_seconds: float = Field(default=0, ge=0, le=A_DAY)
    """Send a comment into a silent stream this often; 0 sends none."""

    mcp_server_url: Urls = ""
    """Your own server, or several with commas between them: they get the person's token."""
    mcp_servers: list[ToolServer] = []
    """More servers, as a JSON list of what `ToolServer` has."""
    mcp_caller_arguments: Names = ()
    """Arguments that always stand for the caller, such as `user_id` or `add_task.user_id`."""
    mcp_warm_seconds: float = Field(default=60, ge=0, le=A_DAY)
    """How long a person's connection stays open after an answer, for the next; 0 closes it."""
    mcp_warm_most: int = Field(default=200, ge=1, le=MOST)
    """How many of these one process keeps."""
    mcp_connect_seconds: Seconds = 8
    mcp_call_seconds: Seconds = 60
    mcp_tool_seconds: dict[str, Seconds] = {}
    """Other limits for some tools, such as {"export": 300}."""
    mcp_result_chars: int = Field(default=100_000, ge=1000)
    """How much of one result the model is given; it is told where there is more."""
    mcp_tools: Names = ()
    """The names of the only tools to be used, with commas between them; all, where it is empty."""

    @field_validator("mcp_servers")
    @classmethod
    def _have_names_of_their_own(cls, servers: list[ToolServer]) -> list[ToolServer]:
        # By it, a call that waits for its person finds its server again.
        names = [each.name for each in servers if each.name]
        if len(names) > len(set(names)):
            raise ValueError("each server needs a `name` of its own")
        return servers

    @property
    def tool_servers(self) -> list[ToolServer]:
        own = [ToolServer(url=url, trust="own") for url in listed(self.mcp_server_url)]
        return [*own, *self.mcp_servers]

    @property
    def origins(self) -> list[str]:
        return [origin.rstrip("/") for origin in listed(self.allowed_origins)]


@cache
def beside(kind: type[S], other: type[Settings]) -> type[S]:
    """Settings of a feature, read from where others are read."""
    body = {"model_config": other.model_config, "__module__": kind.__module__}
    return cast("type[S]", type(kind.__name__, (kind,), body))


def check_prompt(prompt: str, placeholders: Sequence[str]) -> str:
    """Raises ConfigurationError where a placeholder is one that nothing fills."""
    known = ", ".join(f"{{{name}}}" for name in placeholders)
    braces = f"it may have {known}. Write other braces twice, as {{{{ and }}}}"
    try:
        parts = list(Formatter().parse(prompt))
    except ValueError as error:
        raise ConfigurationError(f"the system prompt cannot be read: {error}; {braces}") from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in placeholders or form or conversion):
            found = f"{{{name}}}" if name.isidentifier() else "other braces"
            raise ConfigurationError(f"the system prompt has {found}; {braces}")
    return prompt


def prompt_problems(prompt: str, placeholders: Sequence[str], place: str) -> list[str]:
    """What has to be set right in a prompt that stands in the code."""
    try:
        check_prompt(prompt, placeholders)
    except ConfigurationError as error:
        return [f"SYSTEM_PROMPT in {place} right ({error})"]
    return []


def lacking(kind: type[Settings]) -> list[str]:
    """The names of the settings of this kind that have to be set, or set right."""
    try:
        return kind().missing()
    except ValidationError as error:
        return [_wrong(kind, one["loc"], one["msg"]) for one in error.errors()]
    except SettingsError as error:
        # Its message names the field and where it was read, and never the value.
        field = next((name for name in kind.model_fields if f'"{name}"' in str(error)), "a setting")
        return [_wrong(kind, (field,), "it has to be JSON")]
    except (OSError, UnicodeError) as error:
        return [f"the `.env` file right (it cannot be read: {type(error).__name__})"]


def _wrong(kind: type[Settings], place: tuple[int | str, ...], problem: str) -> str:
    name, *inner = map(str, place or ("the settings",))
    name = name if name.isupper() or " " in name else kind.variable(name.upper())
    aliases = (field.validation_alias for field in kind.model_fields.values())
    both = [each.choices for each in aliases if isinstance(each, AliasChoices)]
    name = " or ".join(next((map(str, each) for each in both if name in each), [name]))
    where = f"{'.'.join(inner)}: " if inner else ""
    return f"{name} right ({where}{problem.removeprefix('Value error, ')})"
