"""Schemas of tools, short enough to be read by a model in every conversation.

What is taken is checked in full when a tool is called, and what is given out is documented in full
in `docs/commands.md`; here a schema names fields, their kinds and what they are for.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
KEPT = ("type", "enum", "default", "description", "items", "properties", "required", "$ref")
KINDS = ("array", "boolean", "integer", "number", "object", "string")


def input_schema(full: Schema) -> Schema:
    """What a tool takes, without titles, lengths and the null that stands for "not given"."""
    short = _short(full) | {"additionalProperties": False}
    if "$defs" in full:
        short["$defs"] = {name: _short(each) for name, each in full["$defs"].items()}
    return short


def output_schema(full: Schema) -> Schema:
    """What a tool gives out: the fields of the document, and of which kind each is."""
    fields = {name: _kind(each) for name, each in full["properties"].items()}
    return {"type": "object", "properties": fields, "required": list(full.get("required", ()))}


def _short(full: Schema) -> Schema:
    chosen: Schema = next(
        (each for each in full.get("anyOf", ()) if each.get("type") != "null"), {}
    )
    merged = chosen | full
    short = {key: merged[key] for key in KEPT if key in merged}
    if short.get("default", ...) is None:
        del short["default"]
    if "items" in short:
        short["items"] = _short(short["items"])
    if "properties" in short:
        short["properties"] = {name: _short(each) for name, each in short["properties"].items()}
    return short


def _kind(full: Schema) -> Schema:
    kind = full.get("type")
    return {"type": kind} if kind in KINDS else {}
