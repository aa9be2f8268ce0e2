"""Fills a tool's arguments from their JSON schema and the words of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|(?<!\w)'([^']+)'(?!\w)|`([^`]+)`")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\w)")
IDENTIFIER = re.compile(
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|\b\w*\d\w*(?:-\w+)*\b"
)
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?")
SECRET = re.compile(r"token|secret|password|credential|api_?key", re.IGNORECASE)


class Missing(Exception):
    """An argument that is needed and of which nothing was said."""


@dataclass
class Words:
    """What was said, consumed from the left so that two numbers go to two arguments."""

    message: str
    instructions: str

    def __post_init__(self) -> None:
        self.quoted: list[str] = [
            next(filter(None, found)) for found in QUOTED.findall(self.message)
        ]
        self.numbers: list[str] = NUMBER.findall(self.message)
        self.identifiers: list[str] = IDENTIFIER.findall(self.message)
        self.dates: list[str] = DATE.findall(self.message)


def fill(schema: Schema, message: str, instructions: str = "") -> dict[str, Any]:
    """The required arguments of `schema`.

    Raises:
        Missing: with the name of the argument of which nothing was said.
    """
    return _object(schema, schema, Words(message, instructions))


def _object(schema: Schema, root: Schema, words: Words) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {
        name: _value(name, properties[name], root, words)
        for name in schema.get("required", ())
        if name in properties
    }


def _value(name: str, schema: Schema, root: Schema, words: Words) -> Any:
    kinds = [_definition(kind, root) for kind in _alternatives(_definition(schema, root))]
    may_be_null = any(kind.get("type") == "null" for kind in kinds)
    kind: Schema = next((kind for kind in kinds if kind.get("type") != "null"), {})
    named = _value_after(name, words)
    if named is not None and (value := _as_kind(named, kind)) is not None:
        return value
    if "default" in schema:
        return schema["default"]
    if may_be_null:
        return None
    return _value_for(name, kind, root, words)


def _definition(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _alternatives(schema: Schema) -> list[Schema]:
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema:
            return list(schema[keyword])
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": kind} for kind in schema["type"]]
    return [schema]


def _value_after(name: str, words: Words) -> str | None:
    """What follows the argument's own name, as in `priority: high` or `task_id=7`."""
    spelling = re.escape(name).replace("_", "[ _-]")
    pattern = rf"\b{spelling}\b[`\"']?\s*(?:=|:)\s*(?:[`\"']([^`\"']+)[`\"']|([^\s,;`\"']+))"
    for said in (words.message, words.instructions):
        if found := re.search(pattern, said, re.IGNORECASE):
            return found[1] or found[2]
    return None


def _as_kind(text: str, kind: Schema) -> Any:
    """`text` as a value of this kind; None where it is not one."""
    if "enum" in kind:
        return next((one for one in kind["enum"] if str(one).lower() == text.lower()), None)
    match kind.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "number" if NUMBER.fullmatch(text):
            return float(text)
        case "boolean" if text.lower() in {"true", "false", "yes", "no"}:
            return text.lower() in {"true", "yes"}
        case "string" | None:
            return text
    return None


def _value_for(name: str, kind: Schema, root: Schema, words: Words) -> Any:
    if "const" in kind:
        return kind["const"]
    if "enum" in kind:
        return _enum(kind["enum"], words)
    match kind.get("type"):
        case "integer":
            return int(float(_next(words.numbers, name)))
        case "number":
            return float(_next(words.numbers, name))
        case "boolean":
            return re.search(r"\b(?:not|no|false|off)\b", words.message) is None
        case "array":
            return _array(kind, root, words)
        case "object":
            return _object(kind, root, words)
    return _string(name, kind, words)


def _next(found: list[str], name: str) -> str:
    if not found:
        raise Missing(name)
    return found.pop(0)


def _enum(values: list[Any], words: Words) -> Any:
    said = words.message.lower()
    return next((one for one in values if _occurs(str(one), said)), values[0])


def _occurs(value: str, said: str) -> bool:
    spelling = re.escape(value.lower()).replace("_", "[ _-]")
    return re.search(rf"\b{spelling}\b", said) is not None


def _array(kind: Schema, root: Schema, words: Words) -> list[Any]:
    items = _definition(kind.get("items", {}), root)
    parts = words.quoted or list(_listed_parts(words.message))
    values = [_as_kind(part, items) for part in parts]
    return [value for value in values if value is not None]


def _listed_parts(message: str) -> Iterator[str]:
    _, colon, rest = message.partition(":")
    if colon:
        yield from (part.strip() for part in rest.split(",") if part.strip())


def _string(name: str, kind: Schema, words: Words) -> str:
    if SECRET.search(name):
        raise Missing(name)
    if str(kind.get("format", "")).startswith("date"):
        return _next(words.dates, name)
    if re.search(r"(?:^|_)(?:id|uuid)$", name) or kind.get("format") == "uuid":
        return _next(words.quoted or words.identifiers, name)
    if words.quoted:
        return str(words.quoted.pop(0))
    said = _after_colon(words.message) or words.message.strip()
    if not said:
        raise Missing(name)
    return said


def _after_colon(message: str) -> str:
    found = re.search(r":\s+(.+)", message, re.DOTALL)
    return found[1].strip() if found else ""
