"""Credentials: the parameters by which tools require to be told who is calling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TOKEN = re.compile(r"(?:access|auth|bearer|user|jwt)_?token|jwt", re.IGNORECASE)
USER = re.compile(r"(?:current_?|caller_?)?user_?id", re.IGNORECASE)
BARE = "token"
DEEPEST = 2

Path = tuple[str, ...]


def required_credentials(schemas: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The paths of them in one of the tools, the token's first; empty where none wants a token.

    A bare `token` may be anything, unless every tool wants it.
    """
    required = [list(_required_paths(schema, schema, ())) for schema in schemas]
    is_bare = bool(required) and all(any(each[-1] == BARE for each in one) for one in required)
    for paths in required:
        tokens = [each for each in paths if TOKEN.fullmatch(each[-1])]
        tokens = tokens or [each for each in paths if is_bare and each[-1] == BARE]
        if tokens:
            beside = [p for p in paths if p[:-1] == tokens[0][:-1] and USER.fullmatch(p[-1])]
            return tuple(".".join(path) for path in (tokens[0], *beside))
    return ()


def _required_paths(node: Any, root: Mapping[str, Any], above: Path) -> Iterator[Path]:
    if len(above) >= DEEPEST:
        return
    for shape in _shapes(node, root):
        properties = shape.get("properties", {})
        for name in shape.get("required", ()):
            if name in properties:
                yield (*above, name)
                yield from _required_paths(properties[name], root, (*above, name))


def _shapes(node: Any, root: Mapping[str, Any], left: int = 5) -> Iterator[Mapping[str, Any]]:
    """The node, and what it refers to; of alternatives none is required."""
    if not isinstance(node, Mapping) or not left:
        return
    yield node
    if isinstance(node.get("$ref"), str):
        yield from _shapes(_definition(node["$ref"], root), root, left - 1)
    for each in node.get("allOf", ()):
        yield from _shapes(each, root, left - 1)


def _definition(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for key in reference.removeprefix("#/").split("/"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
