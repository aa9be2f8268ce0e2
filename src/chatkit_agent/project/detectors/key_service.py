"""Key service: the variable with which the address begins that an application gets keys from."""

from __future__ import annotations

import re

import libcst as cst

from chatkit_agent.project.facts import Named
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.environment import Environment
from chatkit_agent.project.source.side_files import is_side_file

KEYS = re.compile(r"jwks|\.well-known|/certs\b|/keys\b|public[-_]?keys?", re.IGNORECASE)


def find_key_service(environment: Environment, verifying: str) -> Named | None:
    """What `f"{settings.sso_url}/api/auth/jwks"` begins with, first in the file that verifies.

    None where the address begins with `https://`: nobody else can answer there.
    """
    files = environment.sources.holding(b"jwks", b".well-known", b"/certs", b"/keys")
    for file in sorted(files, key=lambda each: each != verifying):
        if is_side_file(file):
            continue
        for node in syntax.walk(environment.sources.module(file)):
            if isinstance(node, cst.FormattedString | cst.BinaryOperation):
                first = _first(node) if KEYS.search(syntax.code(node)) else None
                found = _behind(environment, file, first) if first is not None else None
                if found and found.variable:
                    return found
    return None


def _first(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The expression with which a text begins."""
    if isinstance(node, cst.BinaryOperation):
        return _first(node.left) if isinstance(node.operator, cst.Add) else None
    if isinstance(node, cst.FormattedString):
        part = next(iter(node.parts), None)
        return part.expression if isinstance(part, cst.FormattedStringExpression) else None
    return node


def _behind(environment: Environment, file: str, value: cst.BaseExpression) -> Named | None:
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        bare = value.func.attr.value in ("rstrip", "removesuffix")
        value = value.func.value if bare else value
    name = syntax.dotted(value) or ""
    if name.startswith("self."):
        return environment.of_field(name.rpartition(".")[2])
    return environment.behind(file, value)
