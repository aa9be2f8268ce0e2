"""Tokens: which names in source stand for a person's token, and what merely speaks of one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.walking import within_node

TOKEN = re.compile(
    r"^(?:(?:access|auth|bearer|user|jwt|id|refresh|raw)_?)?token$|^bearer$|^jwt$|^auth_header$"
    r"|^authorization(?:_header)?$|^auth$",
    re.IGNORECASE,
)
OF_A_PERSON = re.compile(r"(?:context|ctx|user|caller|principal)$", re.IGNORECASE)
# What these give is no token any more.
HARMLESS = {"bool", "len", "type", "hash", "sha256", "hashed", "mask", "masked", "redact", "any"}


def tokens_in(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The names and attributes in an expression that give a whole token."""
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, cst.Call):
            called = (syntax.dotted(current.func) or "").rpartition(".")[2].lower()
            if called in HARMLESS or "mask" in called or "redact" in called:
                continue
            waiting += [arg.value for arg in current.args]
            waiting.append(current.func)
        elif isinstance(current, cst.Comparison):
            continue
        elif isinstance(current, cst.Subscript):
            key = syntax.text(next(iter(syntax.subscripts(current)), None)) or ""
            if TOKEN.match(key) and OF_A_PERSON.search(syntax.code(current.value)):
                yield current
        elif isinstance(current, cst.Attribute):
            if TOKEN.match(current.attr.value):
                yield current
            else:
                waiting.append(current.value)
        elif isinstance(current, cst.Name):
            if TOKEN.match(current.value) and current.value.lower() not in ("auth", "jwt"):
                yield current
        elif isinstance(current, cst.IfExp):
            waiting += [current.body, current.orelse]
        else:
            waiting += syntax.parts_of(current)


def has_token(node: cst.CSTNode) -> bool:
    return any(tokens_in(node))


def speaks_of_token(node: cst.CSTNode) -> bool:
    """Whether any name in it is that of a token, in whatever way it is used."""
    names = (each.value for each in within_node(node, cst.Name))
    return any(TOKEN.match(name) for name in names)
