"""Parts: the nodes of some code in the order of the source, without its layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache, lru_cache

import libcst as cst

LAYOUT = re.compile(
    r"whitespace|lines?$|lines_after|header|footer|trailing|[lr](?:par|bracket|brace)$|semi|comma"
    r"|^dot|colon|^equal$|operator|indent"
)


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all code in it, in the order of the source, however deep; no layout or comment."""
    nodes, start, end = _LAID_OUT.get(id(node)) or _lay_out(node)
    return iter(nodes[start:end])


# By the id of a node, which its own list keeps alive: a list, and where in it the node begins and
# ends. What is in a function is a part of what is in its module, and many ask for either.
_LAID_OUT: dict[int, tuple[list[cst.CSTNode], int, int]] = {}
MOST_LAID_OUT = 1 << 17


def _lay_out(root: cst.CSTNode) -> tuple[list[cst.CSTNode], int, int]:
    if len(_LAID_OUT) > MOST_LAID_OUT:
        _LAID_OUT.clear()
    nodes: list[cst.CSTNode] = []
    begun: list[tuple[int, int]] = []
    waiting: list[cst.CSTNode | None] = [root]
    while waiting:
        current = waiting.pop()
        if current is None:
            key, start = begun.pop()
            _LAID_OUT[key] = (nodes, start, len(nodes))
            continue
        begun.append((id(current), len(nodes)))
        nodes.append(current)
        waiting.append(None)
        waiting.extend(reversed(parts_of(current)))
    return nodes, 0, len(nodes)


@lru_cache(maxsize=1 << 17)
def parts_of(node: cst.CSTNode) -> list[cst.CSTNode]:
    """What a node is made of but for its layout, in the order of the source."""
    found: list[cst.CSTNode] = []
    for name in _code_fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, tuple | list):
            found.extend(value)
        elif _is_node(value.__class__):
            found.append(value)
    return found


@cache
def _is_node(kind: type[object]) -> bool:
    """Asked once for each type, since it takes longer than all that else is done with a node."""
    return issubclass(kind, cst.CSTNode)


@cache
def _code_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a kind of node that hold code, in the order of the source.

    `CSTNode.children` makes a copy of the node to find that out, each time. The order is that in
    which its constructor is called there.
    """
    names = {each.name for each in fields(kind)}
    constants = kind._visit_and_replace_children.__code__.co_consts
    listed = (each for each in constants if isinstance(each, tuple))
    ordered = next((each for each in listed if {*each} >= names), names)
    return tuple(name for name in ordered if not LAYOUT.search(name))
