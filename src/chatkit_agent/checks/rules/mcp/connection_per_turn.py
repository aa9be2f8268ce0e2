"""Each turn has a connection to the tools of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import within_node

OWN = re.compile(r"user|token|context|caller|session", re.IGNORECASE)


@check(
    "CK201",
    "Each turn has a connection to the tools of its own",
    needs=SOURCE,
    severity="warning",
    symptoms=("mixed_up", "slow", "token_missing"),
)
def connection_per_turn(chat: Anatomy) -> Iterator[Finding]:
    """Each turn has a connection to the tools of its own. A shared one has one token, and one
    person's slow tool holds up everybody else's.
    """
    for call in chat.openings:
        place = _shared(chat, call)
        if place:
            yield Finding(
                what="Everybody's tools go over one connection: it has one token, whoever asks, "
                "and one person's slow tool holds up everybody else's.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"`{call.method}` is made {place}.",
                fix="Make a connection for each turn, with the headers of the person who asks, "
                "and close it when the turn ends.",
                cause="shared connection",
            )


def _shared(chat: Anatomy, call: Call) -> str | None:
    function = call.scope.function
    if call.method == "MCPServerStdio":
        return None
    if function is None:
        return "when its module is imported"
    name = function.name.rpartition(".")[2]
    if name == "__init__":
        return None if _is_made_in_turns(chat, call) else "once for all, in `__init__`"
    callers = [each.scope.name.rpartition(".")[2] for each in chat.called_by.get(function, ())]
    if callers and all(each == "__init__" for each in callers):
        return f"once for all, by `{name}` in `__init__`"
    if isinstance(function.node, cst.FunctionDef):
        marks = [cst.Module([]).code_for_node(each.decorator) for each in function.node.decorators]
        if any("cache" in mark for mark in marks):
            return "once for all, in a function whose result is cached"
    if name in ("lifespan", "startup"):
        return "once for all, in the lifespan"
    kept = _kept(chat, call, function)
    return f"once for all, and kept in `{kept}`" if kept else None


def _is_made_in_turns(chat: Anatomy, call: Call) -> bool:
    """Whether the object that has the connection is one that each turn makes anew."""
    made = (
        each
        for each in chat.code.calls
        if chat.code.scope_of(chat.code.resolve(each.scope, each.written)) is call.scope.owner
    )
    return any(chat.answering(each) for each in made)


def _kept(chat: Anatomy, call: Call, function: Scope) -> str | None:
    """`SERVERS[url] = ...`, where the module has that dict, and nothing of a person is its key."""
    made = {each.target for each in syntax.assignments(function.node) if each.value is call.node}
    for each in within_node(function.node, cst.Assign):
        if call.node not in within_node(each.value, cst.Call) and (
            syntax.dotted(each.value) not in made
        ):
            continue
        for target in (each.target for each in each.targets):
            name = syntax.dotted(target.value if isinstance(target, cst.Subscript) else target)
            if name in _of_module(chat, function, target) and not OWN.search(syntax.code(target)):
                return name
    for inner in within_node(function.node, cst.Call):
        holder = syntax.dotted(inner.func) or ""
        if holder.endswith(".setdefault") and any(arg.value is call.node for arg in inner.args):
            name = holder.removesuffix(".setdefault")
            key = syntax.code(inner.args[0])
            if _is_constant(chat, function, name) and not OWN.search(key):
                return name
    return None


def _of_module(chat: Anatomy, function: Scope, target: cst.CSTNode) -> set[str]:
    """The names that are the module's where a function writes to them."""
    if isinstance(target, cst.Subscript):
        name = syntax.dotted(target.value)
        return {name} if name and _is_constant(chat, function, name) else set()
    globals_ = within_node(function.node, cst.Global)
    return {item.name.value for each in globals_ for item in each.names}


def _is_constant(chat: Anatomy, function: Scope, name: str) -> bool:
    own = {each.target for each in syntax.assignments(function.node)}
    held = chat.code.sources.definition(chat.code.resolve(function, name))
    return name not in own and isinstance(held, syntax.Assignment)
