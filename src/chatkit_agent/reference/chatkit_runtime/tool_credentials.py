"""Tools that take the caller's credentials: the model does not see where, and calls have them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from typing import Any

from mcp.types import CallToolResult, Tool

from ..chatkit_store import Caller
from .checked_values import listed
from .mcp import MOST_KEPT, UserMCPServer, as_json
from .message_order import value_of
from .redaction import REDACTED
from .tool_schemas import definition

# Names of parameters, without case and separators, that stand for the caller.
TOKEN_NAMES = {"accesstoken", "authtoken", "bearertoken", "usertoken", "jwt", "jwttoken"}
CALLER_NAMES = {"currentuserid"}
# These name anybody, such as whom a task is for, unless the tool asks for the caller's token too.
USER_NAMES = {"userid", "callerid"}
Schema = Mapping[str, Any]


class HiddenCredentials(UserMCPServer):
    """A server whose tools get the user's own credentials, whatever the model sends."""

    async def list_own_tools(self) -> list[Tool]:
        found = [self._without_caller(tool) for tool in await super().list_own_tools()]
        self._callers = {tool.name: caller for tool, caller in found}
        return [tool for tool, _ in found]

    async def call_own_tool(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        return await super().call_own_tool(name, self._with_caller(name, arguments, self.context))

    def sent(self, own_name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = without_tokens(
            self._with_caller(own_name, arguments, replace(self.context, token=REDACTED))
        )
        return shown

    def _with_caller(self, name: str, arguments: Any, context: Caller) -> dict[str, Any]:
        caller = self._callers.get(name)
        filled: dict[str, Any] = caller.fill(arguments, context) if caller else arguments
        return filled

    def _without_caller(self, tool: Tool) -> tuple[Tool, CallerArguments]:
        if self.server.shows != "user":
            return _without_caller(as_json(tool), None)
        pairs = [each.rpartition(".") for each in listed(self.settings.mcp_caller_arguments)]
        always = frozenset(_plain(name) for of, _, name in pairs if of in ("", tool.name))
        return _without_caller(as_json(tool), always)


@lru_cache(maxsize=MOST_KEPT)
def _without_caller(tool_json: str, always: frozenset[str] | None) -> tuple[Tool, CallerArguments]:
    """The tool without the caller's arguments, and where they go if it gets them at all."""
    whole, told = Tool.model_validate_json(tool_json), Tool.model_validate_json(tool_json)
    caller = CallerArguments({} if always is None else _schema_of(whole), always or ())
    caller.hide(_schema_of(told))
    return told, caller


def without_tokens(value: Any) -> Any:
    if isinstance(value, list):
        return [without_tokens(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {k: without_tokens(each) for k, each in value.items() if each != REDACTED}


class CallerArguments:
    """The places in a tool's arguments that stand for whoever calls it, by the tool's schema."""

    def __init__(self, schema: Schema, always: Collection[str] = ()) -> None:
        self._root = schema
        self._always = TOKEN_NAMES | CALLER_NAMES | set(always)

    def among(self, properties: Schema) -> set[str]:
        """Those that stand for the caller, of what one object has."""
        has_token = any(_plain(name) in TOKEN_NAMES for name in properties)
        return {
            name
            for name, node in properties.items()
            if (plain := _plain(name)) in self._always
            or (has_token and plain in USER_NAMES and not self._is_a_choice(node))
        }

    def _is_a_choice(self, node: Any) -> bool:
        """Several people, or one of those that the tool lists: not just anybody who calls."""
        words = {word for shape in self._shapes(node) for word in shape}
        return bool({"array", "object"} & self._kinds(node) or {"enum", "const"} & words)

    def hide(self, node: Any) -> None:
        """Takes them out of the schema, in place, wherever an object declares them."""
        if isinstance(node, list):
            for inner in node:
                self.hide(inner)
        if not isinstance(node, dict):
            return
        properties = node.get("properties")
        if isinstance(properties, dict):
            ours = self.among(properties)
            for name in ours:
                del properties[name]
            if isinstance(node.get("required"), list):
                node["required"] = [each for each in node["required"] if str(each) not in ours]
        for inner in node.values():
            self.hide(inner)

    def fill(self, value: Any, context: Caller) -> Any:
        """The value with the caller wherever the schema has one, whatever the model sent."""
        return self._with_caller(value, self._root, context)

    def _with_caller(self, value: Any, node: Any, context: Caller) -> Any:
        if isinstance(value, str):  # servers read the JSON of what should have been an object
            read = value_of(value)
            filled = read if isinstance(read, str) else self._with_caller(read, node, context)
            return value if filled == read else filled
        for shape in self._shapes(node):
            if isinstance(value, list):
                value = [
                    self._with_caller(each, inner, context)
                    for each, inner in zip(value, _items(shape), strict=False)
                ]
            elif isinstance(value, Mapping):
                value = self._with_own(value, shape, context)
        return value

    def _with_own(self, value: Mapping[str, Any], shape: Schema, context: Caller) -> dict[str, Any]:
        properties = shape.get("properties") or {}
        ours = self.among(properties)
        spelled = set(map(_plain, ours))  # some servers do not tell userID from user_id
        filled = {k: v for k, v in value.items() if k in properties or _plain(k) not in spelled}
        for name, inner in properties.items():
            if name in ours:
                filled[name] = self._own(name, inner, context)
            elif name in value or self._is_left_out(name, inner, shape):
                filled[name] = self._with_caller(value.get(name, {}), inner, context)
        for name in filled.keys() - properties.keys():
            for inner in _further(shape):
                filled[name] = self._with_caller(filled[name], inner, context)
        return filled

    def _shapes(self, node: Any, within: tuple[str, ...] = ()) -> Iterator[Schema]:
        """What a value may be: the node itself, what it refers to, and its alternatives."""
        if not isinstance(node, Mapping):
            return
        yield node
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in within:
            yield from self._shapes(definition(reference, self._root), (*within, reference))
        for word in ("anyOf", "oneOf", "allOf"):
            for branch in node.get(word) or ():
                yield from self._shapes(branch, within)
        for word in ("then", "else"):
            yield from self._shapes(node.get(word), within)

    def _is_left_out(self, name: str, inner: Any, shape: Schema) -> bool:
        """Whether the model saw nothing to put in there, because all of it is ours."""
        if not (shape is self._root or name in (shape.get("required") or ())):
            return False
        objects = [each for each in self._shapes(inner) if each.get("properties")]
        return any(
            (ours := self.among(each["properties"])) and ours.issuperset(each.get("required") or ())
            for each in objects
        )

    def _kinds(self, node: Any) -> set[Any]:
        types = (shape.get("type") for shape in self._shapes(node))
        return {kind for each in types for kind in (each if isinstance(each, list) else [each])}

    def _own(self, name: str, node: Any, context: Caller) -> object:
        if _plain(name) in TOKEN_NAMES:
            return context.token or ""
        kinds = self._kinds(node)
        is_number = {"integer", "number"} & kinds and "string" not in kinds
        user_id = context.user_id
        return int(user_id) if is_number and user_id.isdecimal() else user_id


def _items(shape: Schema) -> Iterator[Any]:
    """The schema of each item of a list, without end."""
    items = shape.get("items")
    yield from shape.get("prefixItems") or (items if isinstance(items, list) else ())
    yield from repeat(shape.get("additionalItems") if isinstance(items, list) else items)


def _further(shape: Schema) -> list[Any]:
    """The schemas of what an object has beside the properties that are named."""
    return [shape.get("additionalProperties"), *(shape.get("patternProperties") or {}).values()]


def _schema_of(tool: Tool) -> dict[str, Any]:
    """mcp 2 calls it `input_schema`, mcp 1 `inputSchema`."""
    schema: dict[str, Any] = getattr(tool, "input_schema", None) or getattr(tool, "inputSchema", {})
    return schema


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
