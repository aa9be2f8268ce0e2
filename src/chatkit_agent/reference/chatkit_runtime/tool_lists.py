"""What a server lists and answers, less what is malformed: the library refuses all for that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal

from mcp.types import Tool
from pydantic import BaseModel, Field, ValidationError

from .tool_results import forgive_result

LONGEST_NAME = 64
DEEPEST = 50
TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
MAPS = {"properties", "patternProperties", "$defs", "definitions"}
LISTS = {"anyOf", "oneOf", "allOf", "prefixItems"}
VALUES = {"enum", "const", "default", "examples"}
TEXTS = {"$schema", "$ref", "description", "format"}
NUMBERS = {"minimum", "maximum"}
COUNTS = {"minLength", "maxLength", "minItems", "maxItems"}


class Arguments(BaseModel):
    type: Literal["object"]


class Named(BaseModel):
    """What the library asks of each tool, beside what a `Tool` does."""

    name: Annotated[str, Field(min_length=1)]
    arguments: Annotated[Arguments, Field(alias="inputSchema")]


class WellFormedTools:
    """The messages of a server, as the library streams them; tells of each tool that it drops."""

    def __init__(self, messages: Any, tell: Callable[[str], None]) -> None:
        self._messages = messages
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)

    async def __aenter__(self) -> WellFormedTools:
        await self._messages.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._messages.__aexit__(*error)

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for each in self._messages:
            message = getattr(each, "message", None)
            result = getattr(getattr(message, "root", message), "result", None)
            if isinstance(result, dict):
                if "tools" in result:
                    self._forgive_list(result)
                if {"content", "structuredContent", "isError"} & result.keys():
                    forgive_result(result)
            yield each

    def _forgive_list(self, result: dict[str, Any]) -> None:
        tools = result["tools"] or []  # some languages write an empty list as null
        if isinstance(tools, list):
            result["tools"] = [tool for tool in tools if self._is_well_formed(tool)]
        if not result.get("nextCursor"):
            result.pop("nextCursor", None)  # one that is empty leads to the first page again

    def _is_well_formed(self, tool: Any) -> bool:
        try:
            if isinstance(tool, dict):
                _forgive(tool)
            Named.model_validate(tool)
            Tool.model_validate(tool)
        except ValidationError as error:
            name = str(tool.get("name", "")) if isinstance(tool, dict) else ""
            shown = "".join(filter(str.isprintable, name))[:LONGEST_NAME] or "without a name"
            first = error.errors(include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "it"
            self._tell(f"{shown} ({place}: {first['msg']})")
            return False
        return True


def _forgive(tool: dict[str, Any]) -> None:
    # By this the library would refuse the result of a call that was carried out.
    tool.pop("outputSchema", None)
    if isinstance(schema := tool.get("inputSchema"), dict):
        tool["inputSchema"] = {"type": "object", **well_formed(schema)}


def well_formed(schema: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """The schema without words that say nothing as they stand: the server checks what is sent."""
    found = {word: _value(word, value, depth) for word, value in schema.items()}
    return {word: value for word, value in found.items() if value is not None}


def _value(word: str, value: Any, depth: int) -> Any:
    if word in VALUES:
        return None if word == "enum" and not isinstance(value, list) else value
    if word == "type":
        kinds = value if isinstance(value, list) else [value]
        return value if kinds and all(isinstance(e, str) and e in TYPES for e in kinds) else None
    if word in MAPS:
        named = value.items() if isinstance(value, dict) else ()
        return {name: _node(inner, depth) for name, inner in named}
    if word in LISTS and not isinstance(value, list):
        return None
    if word == "required":
        names = value if isinstance(value, list) else ()
        return [name for name in names if isinstance(name, str)]
    if word in TEXTS:
        return value if isinstance(value, str) else None
    if word in NUMBERS | COUNTS:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return value if is_number and (word in NUMBERS or value >= 0) else None
    if isinstance(value, list):
        return [_node(each, depth) for each in value]
    return _node(value, depth) if isinstance(value, dict) else value


def _node(value: Any, depth: int) -> dict[str, Any]:
    fits = isinstance(value, dict) and depth < DEEPEST
    return well_formed(value, depth + 1) if fits else {}
