"""What a model is asked and what it replies, whichever API carries it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_TOOLS = 128
NOT_AT_THE_TOP = {"oneOf", "anyOf", "allOf", "enum", "not"}


class BadRequest(Exception):
    """OpenAI would refuse this request."""


@dataclass(frozen=True)
class Tool:
    """`parameters` is the JSON schema of the arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> Tool:
        """A tool as a request declares it, in either of OpenAI's APIs."""
        description, parameters = declared.get("description"), declared.get("parameters")
        return cls(declared["name"], description or "", parameters or {})


@dataclass(frozen=True)
class ToolResult:
    tool: str
    text: str


@dataclass(frozen=True)
class Turn:
    """What matters of a request: the last thing that the user said, and what happened since.

    `choice` is `auto`, `none`, `required` or the name of a tool.
    """

    message: str
    instructions: str
    tools: tuple[Tool, ...]
    results: tuple[ToolResult, ...]
    choice: str = "auto"
    is_first: bool = True
    """Nothing was answered before in this conversation."""


@dataclass(frozen=True)
class ToolCall:
    """`arguments` as text is sent as it is, so that it may be broken JSON."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    text: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One server-sent event. `is_token` marks the ones that carry the answer itself."""

    text: str
    is_token: bool = False


def reply(said: str | ToolCall | Reply) -> Reply:
    """The short forms of a reply, made whole."""
    if isinstance(said, str):
        return Reply(said)
    return Reply(calls=(said,)) if isinstance(said, ToolCall) else said


def check_pairs(calls: Mapping[str, str], results: list[str]) -> None:
    """Refuse what OpenAI refuses: a call without its result, or a result without its call.

    Raises:
        BadRequest: with OpenAI's wording.
    """
    for call in results:
        if call not in calls:
            raise BadRequest(f"No tool call found for function call output with call_id {call}.")
    for call in calls:
        if call not in results:
            raise BadRequest(f"No tool output found for function call {call}.")


def check_tools(tools: Sequence[Tool]) -> None:
    """Refuse the names, numbers and schemas of tools that OpenAI refuses.

    Raises:
        BadRequest: with OpenAI's wording.
    """
    if len(tools) > MOST_TOOLS:
        raise BadRequest(
            f"Invalid 'tools': array too long. Expected an array with maximum length {MOST_TOOLS}, "
            f"but got an array with length {len(tools)} instead."
        )
    for at, tool in enumerate(tools):
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool.name):
            raise BadRequest(
                f"Invalid 'tools[{at}].name': expected a string of at most 64 characters that "
                "matches the pattern '^[a-zA-Z0-9_-]+$'."
            )
        if tool.name in [other.name for other in tools[:at]]:
            raise BadRequest(f"Invalid 'tools': there are two functions called '{tool.name}'.")
        schema = tool.parameters
        if schema and (schema.get("type") != "object" or NOT_AT_THE_TOP & set(schema)):
            raise BadRequest(
                f"Invalid schema for function '{tool.name}': schema must have type 'object' and "
                "not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
            )


def text_of(content: Any) -> str:
    """The text in a message's content: plain, or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part for part in content if isinstance(part, dict)]
    return "\n".join(str(part["text"]) for part in parts if "text" in part)


def words(text: str) -> list[str]:
    """The pieces in which a text is streamed; joined, they are the text."""
    return re.findall(r"\s*\S+|\s+$", text)


def arguments_text(call: ToolCall) -> str:
    """A call's arguments as they travel: JSON, or whatever the script says."""
    return call.arguments if isinstance(call.arguments, str) else json.dumps(dict(call.arguments))
