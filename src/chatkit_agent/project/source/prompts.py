"""Prompts: what models are told as orders, and the tools whose answers they read."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import entries_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import called_name, within_node

ORDERING = ("system", "developer")
TAKING = ("clone", "replace", "create", "stream", "parse")

Prompt = tuple[Scope, cst.BaseExpression]


def prompts(chat: Anatomy) -> Iterator[Prompt]:
    """What models are told, and where; for a function that makes it, what that returns."""
    agents = set(chat.agents)
    for call in chat.code.calls:
        given = call.argument("instructions")
        if given is not None and (call in agents or call.method in TAKING):
            yield from _results(chat, call.scope, given)
        if call.method == "SystemMessage" and (content := call.argument("content", 0)):
            yield call.scope, content  # of LangChain
        if call.text("role") in ORDERING and (content := call.argument("content")):
            yield call.scope, content
    for scope in chat.code.scopes:
        for line in syntax.statements(scope.node):
            if isinstance(line, cst.Assign | cst.AugAssign):
                targets = line.targets if isinstance(line, cst.Assign) else [line]
                names = [syntax.dotted(each.target) or "" for each in targets]
                if any(name.endswith(".instructions") for name in names):
                    yield from _results(chat, scope, line.value)
    # The innermost scope that a message stands in comes last.
    written = {each: one for one in chat.code.scopes for each in within_node(one.node, cst.Dict)}
    for message, scope in written.items():
        entries = entries_of(chat.code, scope, message)
        if chat.code.text(scope, entries.get("role")) in ORDERING and "content" in entries:
            yield scope, entries["content"]


def _results(chat: Anatomy, scope: Scope, given: cst.BaseExpression) -> Iterator[Prompt]:
    if isinstance(given, cst.Lambda):
        yield scope, given.body
        return
    made = chat.code.called(Call(chat.code, scope, cst.Call(given), called_name(given)))
    if made is None:
        yield scope, given
    else:
        yield from ((made, each) for each in syntax.returned(made.node))


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
