"""Tools that take the caller's credentials: the model does not see where, and calls have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from mcp.types import CallToolResult, Tool

from ..chatkit_store import RequestContext
from ..services.chat_settings import ChatSettings
from .mcp import UserMCPServer

# Names of parameters, without case and separators, that stand for the caller.
TOKEN_NAMES = {"accesstoken", "authtoken", "bearertoken", "usertoken", "jwt", "jwttoken"}
USER_NAMES = {"userid", "currentuserid", "callerid"}


class HiddenCredentials(UserMCPServer):
    """A server whose tools get the user's own credentials, whatever the model sends."""

    def __init__(self, url: str, settings: ChatSettings, context: RequestContext) -> None:
        super().__init__(url, settings, context)
        self._schemas: dict[str, dict[str, Any]] = {}

    async def list_tools(self, *args: Any, **kwargs: Any) -> list[Tool]:
        # Copies: the SDK checks calls against its own, and not every version hands out copies.
        tools = [tool.model_copy(deep=True) for tool in await super().list_tools(*args, **kwargs)]
        for tool in tools:
            schema = _schema_of(tool)
            self._schemas[tool.name] = deepcopy(schema)
            remove_credentials(schema)
        return tools

    async def call_tool(
        self, tool_name: str, arguments: dict[str, Any] | None, meta: dict[str, Any] | None = None
    ) -> CallToolResult:
        schema = self._schemas.get(tool_name, {})
        filled = fill_credentials(arguments or {}, schema, schema, self._context)
        return await super().call_tool(tool_name, filled, meta)


def _schema_of(tool: Tool) -> dict[str, Any]:
    """mcp 2 calls it `input_schema`, mcp 1 `inputSchema`."""
    schema: dict[str, Any] = getattr(tool, "input_schema", None) or getattr(tool, "inputSchema", {})
    return schema


def remove_credentials(node: Any) -> None:
    """Takes them out of the schema, in place, wherever an object declares them."""
    if isinstance(node, list):
        for inner in node:
            remove_credentials(inner)
    if not isinstance(node, dict):
        return
    properties = node.get("properties")
    if isinstance(properties, dict):
        for name in [name for name in properties if _is_credential(name)]:
            del properties[name]
        if isinstance(node.get("required"), list):
            node["required"] = [name for name in node["required"] if not _is_credential(name)]
    for inner in node.values():
        remove_credentials(inner)


def fill_credentials(
    value: Any, node: Any, root: Mapping[str, Any], context: RequestContext
) -> Any:
    """The value with our own credentials wherever the schema has them, whatever the model sent."""
    for shape in _shapes(node, root):
        if isinstance(value, list):
            value = [fill_credentials(each, shape.get("items"), root, context) for each in value]
        elif isinstance(value, Mapping):
            value = dict(value)
            for name, inner in shape.get("properties", {}).items():
                if _is_credential(name):
                    value[name] = _own(name, inner, root, context)
                elif name in value or _is_left_out(name, inner, shape, root):
                    value[name] = fill_credentials(value.get(name, {}), inner, root, context)
    return value


def _shapes(node: Any, root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a value may be: the node itself, what it refers to, and its alternatives."""
    if not isinstance(node, Mapping):
        return
    yield node
    if isinstance(node.get("$ref"), str):
        yield from _shapes(_resolved(node["$ref"], root), root)
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in node.get(word, ()):
            yield from _shapes(branch, root)


def _resolved(reference: str, root: Mapping[str, Any]) -> Any:
    node: Any = root
    for key in reference.removeprefix("#/").split("/"):
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _is_left_out(name: str, inner: Any, shape: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Whether the model saw nothing to put in there, because all of it is ours."""
    if not (shape is root or name in shape.get("required", ())):
        return False
    objects = [each for each in _shapes(inner, root) if "properties" in each]
    return any(
        any(map(_is_credential, each["properties"]))
        and all(map(_is_credential, each.get("required", ())))
        for each in objects
    )


def _own(name: str, node: Any, root: Mapping[str, Any], context: RequestContext) -> object:
    if _plain(name) in TOKEN_NAMES:
        return context.token or ""
    kinds = {shape.get("type") for shape in _shapes(node, root)}
    is_number = "integer" in kinds and "string" not in kinds
    return int(context.user_id) if is_number and context.user_id.isdecimal() else context.user_id


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _is_credential(name: str) -> bool:
    return _plain(name) in TOKEN_NAMES | USER_NAMES
