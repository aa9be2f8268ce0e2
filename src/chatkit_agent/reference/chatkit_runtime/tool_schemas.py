"""A tool's schema as every provider takes it; the arguments stay those that the server wants."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from .tool_names import with_mark

LONGEST_TEXT = 1024
DEEPEST = 10
LARGEST = 2000
MOST_VALUES = 100
KEPT = (
    *("type", "description", "default", "format", "minimum", "maximum"),
    *("minLength", "maxLength", "minItems", "maxItems"),
)
KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
OPEN = "Further names are allowed."
Schema = dict[str, Any]


def fitted_schema(schema: Mapping[str, Any]) -> Schema:
    """An object with properties at the top, and nothing in it that refers elsewhere.

    What it does not say any more, the server still checks.
    """
    return Fitting(schema).whole()


def plain_key(name: str) -> str:
    """A name of a property as the strictest providers take it."""
    if KEY.fullmatch(name):
        return name
    return with_mark(re.sub(r"[^a-zA-Z0-9_.-]", "_", name), name)


def own_names(schema: Any, value: Any) -> Any:
    """The value by the names that the schema has, and not by those that the model was told."""
    told = {plain_key(name): name for name in _names(schema)}
    return _with_names(value, {fit: name for fit, name in told.items() if fit != name})


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from _names(inner)


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_with_names(each, names) for each in value]
    if not names or not isinstance(value, dict):
        return value
    return {names.get(name, name): _with_names(each, names) for name, each in value.items()}


def short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


class Fitting:
    """One schema on its way: what it refers to is put in its place, once and not for ever."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._left = LARGEST

    def whole(self) -> Schema:
        top = self._fit(self._root, ())
        branches = [branch for branch in top.pop("anyOf", []) if "properties" in branch]
        properties = dict(top.get("properties", {}))
        for branch in branches:
            for name, inner in branch["properties"].items():
                properties[name] = _either(properties.get(name, inner), inner)
        shared = set.intersection(*(set(each.get("required", [])) for each in branches or [{}]))
        required = [name for name in properties if name in {*top.get("required", []), *shared}]
        top = {name: top[name] for name in ("description",) if name in top}
        found = {"type": "object", **top, "properties": properties}
        return {**found, "required": required} if required else found

    def _fit(self, node: Any, path: tuple[str, ...]) -> Schema:
        self._left -= 1
        node, path = self._follow(node, path)
        if len(path) > DEEPEST or self._left < 0:
            return _stub(node)
        node = self._join(node, path)
        found = {name: node[name] for name in KEPT if name in node}
        self._add_values(node, found)
        kinds = found.get("type") if isinstance(found.get("type"), list) else [found.get("type")]
        if "object" in (kinds or ()) or "properties" in node:
            found["properties"] = self._properties(node, path)
            required = node.get("required")
            needed = set(map(plain_key, required)) if isinstance(required, list) else set()
            names = [name for name in found["properties"] if name in needed]
            found |= {"required": names} if names else {}
        if "array" in (kinds or ()) or "items" in node:
            items = node.get("items")
            found["items"] = self._fit({} if isinstance(items, list) else items, (*path, ""))
        branches = [*_nodes(node.get("anyOf")), *_nodes(node.get("oneOf"))]
        if branches:
            found["anyOf"] = [self._fit(each, (*path, "")) for each in branches]
        return found

    def _follow(self, node: Any, path: tuple[str, ...]) -> tuple[Schema, tuple[str, ...]]:
        """The node with what it refers to; a reference to what it is within leads no further."""
        node = node if isinstance(node, dict) else {}
        while isinstance(reference := node.get("$ref"), str):
            beside = {name: value for name, value in node.items() if name != "$ref"}
            found = definition(reference, self._root)
            if reference in path or not isinstance(found, dict):
                return {**beside, **_stub(found)}, path
            node, path = {**found, **beside}, (*path, reference)
        return node, path

    def _join(self, node: Schema, path: tuple[str, ...]) -> Schema:
        """With all of `allOf` in the node itself."""
        parts = [self._follow(each, path)[0] for each in _nodes(node.get("allOf"))]
        for part in parts:
            inner = self._join(part, (*path, "")) if len(path) < DEEPEST else part
            properties = {**(inner.get("properties") or {}), **(node.get("properties") or {})}
            required = [*(node.get("required") or []), *(inner.get("required") or [])]
            node = {**inner, **node}
            node |= {"properties": properties} if properties else {}
            node |= {"required": required} if required else {}
        return node

    def _properties(self, node: Schema, path: tuple[str, ...]) -> Schema:
        properties = node.get("properties")
        named = properties.items() if isinstance(properties, dict) else ()
        return {plain_key(name): self._fit(inner, (*path, "")) for name, inner in named}

    def _add_values(self, node: Schema, found: Schema) -> None:
        """The values that there are, and in words what the schema cannot say any more."""
        words = [str(node["description"])] if node.get("description") else []
        if isinstance(node.get("additionalProperties"), dict) or node.get("patternProperties"):
            words.append(OPEN)
        values = [node["const"]] if "const" in node else node.get("enum")
        if isinstance(values, list) and values:
            if len(values) <= MOST_VALUES and len(json.dumps(values)) <= 4 * LONGEST_TEXT:
                found["enum"] = values
            else:
                words.append(f"One of {len(values)}, such as {', '.join(map(str, values[:9]))}.")
        if words:
            found["description"] = short(" ".join(words))


def _stub(node: Any) -> Schema:
    is_object = isinstance(node, dict) and (node.get("type") == "object" or "properties" in node)
    return {"type": "object", "properties": {}} if is_object else {}


def _either(one: Schema, other: Schema) -> Schema:
    if one == other:
        return one
    if set(one) == set(other) == {"enum"} or (set(one) == {"type", "enum"} == set(other)):
        return {**one, "enum": [*one["enum"], *(v for v in other["enum"] if v not in one["enum"])]}
    return {"anyOf": [*one.get("anyOf", [one]), other]}


def definition(reference: str, root: Any) -> Any:
    """What a reference leads to: its parts may be escaped, and places in a list."""
    node = root if reference.startswith("#") else None
    for part in filter(None, unquote(reference.removeprefix("#")).split("/")):
        key = part.replace("~1", "/").replace("~0", "~")
        named = {str(at): each for at, each in enumerate(node)} if isinstance(node, list) else node
        node = named.get(key) if isinstance(named, Mapping) else None
    return node


def _nodes(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
