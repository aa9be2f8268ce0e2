"""The functions of the chat are given what they take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import within_node


@check("CK718", needs=SOURCE, symptoms=("does_not_start", "server_error", "stream_error"))
def calls_fit(chat: Anatomy) -> Iterator[Finding]:
    """A call of a function of the project with a name that it does not have, with too much, or
    without what it needs ends with a TypeError. Silent where a decorator or `*` decides.
    """
    for called, calls in chat.code.called_by.items():
        node = called.node
        if not isinstance(node, cst.FunctionDef) or node.decorators or called.owner is not None:
            continue
        if len(re.findall(rf"\bdef {called.last_name}\(", chat.code.sources.code(called.file))) > 1:
            continue
        for call in calls:
            if node.asynchronous is not None and not call.node.args:
                continue  # where a function is meant, another rule says it better
            problem = _problem(call, called, node.params)
            if problem and not _is_bound_nearer(call):
                yield Finding(
                    what="A call of the project's own function raises a TypeError.",
                    where=chat.code.where(call.scope, call.node),
                    evidence=f"`{syntax.code(call.node.func)}(...)`: {problem}.",
                    fix=f"Call it as {chat.code.where(called)} defines it.",
                    cause=f"call:{chat.code.where(call.scope, call.node)}",
                )


def _is_bound_nearer(call: Call) -> bool:
    """Whether a parameter, a local name or a loop has the name of what seems to be called."""
    head = call.written.partition(".")[0]
    for scope in call.scope.around():
        parts: list[cst.CSTNode] = [each.target for each in within_node(scope.node, cst.CompFor)]
        if isinstance(scope.node, cst.FunctionDef):
            parts += [each.name for each in within_node(scope.node, cst.Param)]
            parts += [each.target for each in within_node(scope.node, cst.AssignTarget)]
            parts += [each.target for each in within_node(scope.node, cst.For)]
            parts += [each.target for each in within_node(scope.node, cst.NamedExpr)]
            parts += [each.name for each in within_node(scope.node, cst.AsName)]
        if any(name.value == head for part in parts for name in within_node(part, cst.Name)):
            return True
    return False


def _problem(call: Call, called: Scope, params: cst.Parameters) -> str:
    if call.spreads or any(each.star for each in call.node.args):
        return ""
    takes_any = isinstance(params.star_arg, cst.Param), params.star_kwarg is not None
    placed = [each.name.value for each in (*params.posonly_params, *params.params)]
    only_named = [each.name.value for each in params.kwonly_params]
    named = [each.keyword.value for each in call.node.args if each.keyword]
    by_place = len(call.node.args) - len(named)
    known = [*(each.name.value for each in params.params), *only_named]
    for name in named:
        if name not in known and not takes_any[1]:
            near = get_close_matches(name, known, 1, 0.5)
            return f"it takes no `{name}`" + (f", but `{near[0]}`" if near else "")
    if by_place > len(placed) and not takes_any[0]:
        return f"it takes {len(placed)} arguments by place, and is given {by_place}"
    needed = [
        each.name.value
        for each in (*params.posonly_params, *params.params, *params.kwonly_params)
        if each.default is None
    ]
    given = {*placed[:by_place], *named}
    lacking = [name for name in needed if name not in given]
    return f"it is not given `{lacking[0]}`" if lacking else ""
