"""Agent tools: the functions of a project whose answers a model reads."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope

MADE = {"function_tool": ("func", 0), "FunctionTool": ("on_invoke_tool", 3)}
"""What makes a tool of a function, and where it is given that."""


def tools_of(chat: Anatomy) -> Iterator[Scope]:
    """`@function_tool`, `function_tool(f)` and `FunctionTool(..., on_invoke_tool=f)`"""
    handed = set()
    for call in chat.code.calls_of("agents", *MADE):
        keyword, place = MADE[call.symbol.name.rpartition(".")[2] if call.symbol else ""]
        given = syntax.dotted(call.argument(keyword, place))
        inner = chat.code.scope_of(chat.code.resolve(call.scope, given))
        handed |= {inner} if inner else set()
    for scope in chat.code.functions:
        if scope in handed or _is_marked(chat, scope):
            yield scope


def _is_marked(chat: Anatomy, scope: Scope) -> bool:
    symbols = (chat.code.resolve(scope, name) for name in syntax.decorators(scope.node))
    return any(chat.code.is_from(each, "agents", "function_tool") for each in symbols)
