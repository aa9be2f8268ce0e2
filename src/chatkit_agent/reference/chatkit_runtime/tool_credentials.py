"""Tools that take the caller's credentials: the model does not see where, and calls have them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from typing import Any

from mcp.types import CallToolResult, Tool

from ..chatkit_store import Caller
from .mcp import MOST_KEPT, UserMCPServer, as_json
from .message_order import value_of
from .redaction import REDACTED
from .tool_schemas import definition

# Names of parameters, without case and separators, that stand for the caller.
TOKEN_NAMES = {"accesstoken", "authtoken", "bearertoken", "usertoken", "jwt", "jwttoken"}
CALLER_NAMES = {"currentuserid"}
# These name anybody, such as whom a task is for, unless the tool asks for the caller's token too.
USER_NAMES = {"userid", "callerid"}
Schema = dict[str, Any]
Shape = tuple[Schema, bool]
"""A schema of a value, and whether that value has a token beside what the schema names."""


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
        pairs = [each.rpartition(".") for each in self.settings.mcp_caller_arguments]
        always = frozenset(_plain(name) for of, _, name in pairs if of in ("", tool.name))
        return _without_caller(as_json(tool), always)


@lru_cache(maxsize=MOST_KEPT)
def _without_caller(tool_json: str, always: frozenset[str] | None) -> tuple[Tool, CallerArguments]:
    """The tool without the caller's arguments, and where they go if it gets them at all."""
    schema, told = json.loads(tool_json).get("inputSchema") or {}, json.loads(tool_json)
    CallerArguments(told.get("inputSchema") or {}, always or ()).hide()
    caller = CallerArguments({} if always is None else schema, always or ())
    return Tool.model_validate(told), caller


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

    def among(self, shape: Schema, *, has_token: bool) -> set[str]:
        """Those that stand for the caller, of what one object has, which may ask for a token."""
        return {
            name
            for name, node in _properties(shape).items()
            if (plain := _plain(name)) in self._always
            or (has_token and plain in USER_NAMES and not self._is_a_choice(node))
        }

    def _is_a_choice(self, node: Any) -> bool:
        """Several people, or one of those that the tool lists: not just anybody who calls."""
        words = {word for shape, _ in self._shapes([node]) for word in shape}
        return bool({"array", "object"} & self._kinds([node]) or {"enum", "const"} & words)

    def hide(self) -> None:
        """Takes them out of the schema, in place, wherever an object declares them."""
        # All are found before one goes: what asks for a token tells whose id is beside it.
        shapes = [each for node in _within(self._root) for each in self._shapes([node])]
        found = [(shape, self.among(shape, has_token=has_token)) for shape, has_token in shapes]
        for shape, ours in found:
            for name in ours & _properties(shape).keys():
                del shape["properties"][name]
            if ours and isinstance(shape.get("required"), list):
                shape["required"] = [each for each in shape["required"] if str(each) not in ours]

    def fill(self, value: Any, context: Caller) -> Any:
        """The value with the caller wherever the schema has one, whatever the model sent."""
        return self._with_caller(value, [self._root], context)

    def _with_caller(self, value: Any, nodes: Sequence[Any], context: Caller) -> Any:
        """`nodes` are the schemas of this one place: looked at together, each depth costs once."""
        if isinstance(value, str):  # servers read the JSON of what should have been an object
            read = value_of(value)
            filled = read if isinstance(read, str) else self._with_caller(read, nodes, context)
            return value if filled == read else filled
        shapes = self._shapes(nodes) if isinstance(value, (list, Mapping)) else []
        if isinstance(value, list):
            items = zip(value, *(_items(shape) for shape, _ in shapes), strict=False)
            return [self._with_caller(each, inner, context) for each, *inner in items]
        return self._with_own(value, shapes, context) if isinstance(value, Mapping) else value

    def _with_own(
        self, value: Mapping[str, Any], shapes: Sequence[Shape], context: Caller
    ) -> dict[str, Any]:
        ours = {name for shape, token in shapes for name in self.among(shape, has_token=token)}
        named = {name: None for shape, _ in shapes for name in _properties(shape)}
        spelled = set(map(_plain, ours))  # some servers do not tell userID from user_id
        filled = {k: v for k, v in value.items() if k in named or _plain(k) not in spelled}
        for name in {**filled, **named}:
            nodes = [node for shape, _ in shapes for node in _nodes_at(name, shape)]
            if name in ours:
                filled[name] = self._own(name, nodes, context)
            elif name in filled or self._is_left_out(name, nodes, shapes):
                filled[name] = self._with_caller(filled.get(name, {}), nodes, context)
        return filled

    def _shapes(self, nodes: Sequence[Any]) -> list[Shape]:
        """What a value may be: each of these nodes, what it refers to, and its alternatives."""
        found: dict[int, Shape] = {}
        rest, seen = [(node, False) for node in nodes], set()
        while rest:
            node, has_token = rest.pop()
            if (id(node), has_token) in seen:
                continue
            seen.add((id(node), has_token))
            joined = self._all_of(node)
            has_token |= any(_plain(n) in TOKEN_NAMES for each in joined for n in _properties(each))
            for shape in joined:
                found[id(shape)] = (shape, has_token or found.get(id(shape), (shape, False))[1])
                rest += [(branch, has_token) for branch in _alternatives(shape)]
        return list(found.values())

    def _all_of(self, node: Any) -> list[Schema]:
        """The node, what it refers to, and all of `allOf`: one value has to fit each of these."""
        found: dict[int, Schema] = {}
        rest = [node]
        while rest:
            each = rest.pop()
            if isinstance(each, dict) and id(each) not in found:
                found[id(each)] = each
                rest += each.get("allOf") or ()
                if isinstance(reference := each.get("$ref"), str):
                    rest.append(definition(reference, self._root))
        return list(found.values())

    def _is_left_out(self, name: str, nodes: Sequence[Any], shapes: Sequence[Shape]) -> bool:
        """Whether the model saw nothing to put in there, because all of it is ours."""
        if not any(
            shape is self._root or name in (shape.get("required") or ())
            for shape, _ in shapes
            if name in _properties(shape)
        ):
            return False
        inner = [(self.among(each, has_token=t), each) for each, t in self._shapes(nodes)]
        return any(ours and ours.issuperset(each.get("required") or ()) for ours, each in inner)

    def _kinds(self, nodes: Sequence[Any]) -> set[Any]:
        types = (shape.get("type") for shape, _ in self._shapes(nodes))
        return {kind for each in types for kind in (each if isinstance(each, list) else [each])}

    def _own(self, name: str, nodes: Sequence[Any], context: Caller) -> object:
        if _plain(name) in TOKEN_NAMES:
            return context.token or ""
        kinds = self._kinds(nodes)
        is_number = {"integer", "number"} & kinds and "string" not in kinds
        user_id = context.user_id
        return int(user_id) if is_number and user_id.isdecimal() else user_id


def _properties(shape: Schema) -> Schema:
    found = shape.get("properties")
    return found if isinstance(found, dict) else {}


def _alternatives(shape: Schema) -> list[Any]:
    branches = [*(shape.get("anyOf") or ()), *(shape.get("oneOf") or ())]
    return [*branches, shape.get("then"), shape.get("else")]


def _within(node: Any) -> Iterator[Any]:
    """The node and all that is in it."""
    yield node
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for each in inner:
        yield from _within(each)


def _nodes_at(name: str, shape: Schema) -> list[Any]:
    """What one shape of an object says of this name: named, or among all that it may have."""
    properties = _properties(shape)
    further = [shape.get("additionalProperties"), *(shape.get("patternProperties") or {}).values()]
    return [properties[name]] if name in properties else further


def _items(shape: Schema) -> Iterator[Any]:
    """The schema of each item of a list, without end."""
    items = shape.get("items")
    yield from shape.get("prefixItems") or (items if isinstance(items, list) else ())
    yield from repeat(shape.get("additionalItems") if isinstance(items, list) else items)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
