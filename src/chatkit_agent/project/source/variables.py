"""Variables: where code asks the environment for one, however that is imported or named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import held_in_module, valued
from chatkit_agent.project.source.walking import called_name, within_node

ASKING = ("os.getenv", "os.environ.get", "os.environ.pop")


@dataclass(frozen=True)
class Variable:
    """A variable that is asked for, and what is taken where it is not set."""

    name: str
    scope: Scope
    node: cst.BaseExpression
    default: cst.BaseExpression | None
    is_demanded: bool
    """`os.environ["NAME"]`, which raises where it is not set."""


def variable_of(code: Code, scope: Scope, node: cst.CSTNode | None) -> Variable | None:
    """The variable that an expression itself asks for."""
    if isinstance(node, cst.Call) and code.package_name(scope, called_name(node.func)) in ASKING:
        name = code.text(scope, syntax.argument(node, "key", 0))
        return (
            Variable(name, scope, node, syntax.argument(node, "default", 1), False)
            if name
            else None
        )
    of_item = called_name(node.value) if isinstance(node, cst.Subscript) else None
    if isinstance(node, cst.Subscript) and code.package_name(scope, of_item) == "os.environ":
        name = code.text(scope, syntax.key(node))
        return Variable(name, scope, node, None, True) if name else None
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
        asked = variable_of(code, scope, node.left)
        return replace(asked, default=node.right) if asked else None
    return None


def variables(code: Code, *scopes: Scope) -> Iterator[Variable]:
    """Those that are asked for in some scopes, or in all modules; what is set there is none."""
    for scope in scopes or code.modules:
        written = {
            part
            for each in within_node(scope.node, cst.AssignTarget, cst.Del)
            for part in within_node(each, cst.Subscript)
        }
        for node in within_node(scope.node, cst.Call, cst.Subscript):
            call = code.call_of(node)
            found = variable_of(code, call.scope if call else scope, node)
            if found is not None and node not in written:
                yield found


def variable_behind(code: Code, scope: Scope, node: cst.BaseExpression) -> Variable | None:
    """The variable that an expression asks for, or that a name was given."""
    if (found := variable_of(code, scope, node)) is not None:
        return found
    name = syntax.dotted(node)
    for each in scope.around() if name else ():
        own = [one.value for one in syntax.assignments(each.node) if one.target == name]
        if own:
            return variable_of(code, each, own[0]) if len(own) == 1 else None
    held = held_in_module(code, scope, name)
    return variable_of(code, *(held or valued(code, scope, node)))
