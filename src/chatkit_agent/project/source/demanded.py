"""Demanded variables: those without which code raises, when it is imported or called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.loading import loaded_with
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Code
from chatkit_agent.project.source.variables import variable_behind, variable_of
from chatkit_agent.project.source.walking import within_node

LATER = (cst.Lambda, cst.IfExp, cst.BooleanOperation, cst.GeneratorExp, cst.CompFor)


@dataclass(frozen=True)
class Demanded:
    """A variable, where the code asks for it, and what it does where it is not set."""

    name: str
    where: str
    raised: str
    takes_empty: bool
    """Whether one that is set to nothing will do."""


def demanded(chat: Anatomy, main: str) -> Iterator[Demanded]:
    """In what is done in any case: when `main` is imported, and when the chat is asked."""
    code = chat.code
    loaded = loaded_with(code.sources, main)
    asked = {*chat.sign_ins, *(each for each in code.functions if each.owner in _parts(chat))}
    for scope in code.scopes:
        is_run = scope in asked if scope.function else scope.file in loaded
        lines = scope.node.body
        for line in (lines.body if isinstance(lines, cst.BaseSuite) else lines) if is_run else ():
            yield from _in_line(code, scope, line)


def _parts(chat: Anatomy) -> tuple[Scope, ...]:
    return (*chat.servers, *chat.stores)


def _in_line(code: Code, scope: Scope, line: cst.CSTNode) -> Iterator[Demanded]:
    if isinstance(line, cst.With):
        for each in line.body.body:
            yield from _in_line(code, scope, each)
    elif isinstance(line, cst.SimpleStatementLine):
        for each in line.body:
            yield from _items_in(code, scope, each)
    elif isinstance(line, cst.If) and not syntax.is_main_guard(line):
        yield from _refusals(code, scope, line)


def _items_in(code: Code, scope: Scope, node: cst.BaseSmallStatement) -> Iterator[Demanded]:
    """`os.environ["NAME"]`, where it is read."""
    if isinstance(node, cst.Del):
        return
    value = node.value if isinstance(node, cst.Assign | cst.AnnAssign) else node
    later = {
        inner
        for each in (within_node(value, *LATER) if value else ())
        for inner in within_node(each, cst.Subscript)
    }
    for each in within_node(value, cst.Subscript) if value else ():
        asked = variable_of(code, scope, each)
        if asked is not None and each not in later:
            raised = f"KeyError: '{asked.name}'"
            yield Demanded(asked.name, code.where(scope, each), raised, True)


def _refusals(code: Code, scope: Scope, block: cst.If) -> Iterator[Demanded]:
    """`if not NAME: raise ...`, where `NAME = os.getenv("NAME")`."""
    lines: Sequence[cst.CSTNode] = block.body.body
    raised = [
        one
        for line in lines
        if isinstance(line, cst.SimpleStatementLine)
        for one in line.body
        if isinstance(one, cst.Raise) and one.exc
    ]
    for one in raised[:1]:
        for value in _absent(block.test):
            name = _variable(code, scope, value)
            if name:
                said = syntax.code(one)[:80]
                yield Demanded(name, code.where(scope, one), said, False)


def _absent(test: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """`a` and `b` of `not a or b is None` and `not (a and b)`: each alone makes it true."""
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.Or):
        yield from _absent(test.left)
        yield from _absent(test.right)
    elif isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        yield from _all_of(test.expression)
    elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.operator, cst.Is) and syntax.dotted(target.comparator) == "None":
            yield test.left


def _all_of(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if not isinstance(value, cst.BooleanOperation):
        yield value
    elif isinstance(value.operator, cst.And):
        yield from _all_of(value.left)
        yield from _all_of(value.right)


def _variable(code: Code, scope: Scope, value: cst.BaseExpression) -> str | None:
    """The variable that is read there, or where the name was assigned, without a default."""
    asked = variable_behind(code, scope, value)
    if asked is None or asked.is_demanded:
        return None
    default = code.value(asked.scope, asked.default)
    is_bare = default is None or syntax.text(default) == "" or syntax.dotted(default) == "None"
    return asked.name if is_bare else None
