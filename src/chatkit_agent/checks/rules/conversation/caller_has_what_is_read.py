"""What the chat reads of its own objects, such as who is asking, is there."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.attributes import attributes_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import annotation_of, within_node

# A class with other bases may have more than is written in the project.
NOTHING_ELSE = ("object",)


@check("CK010", needs=SOURCE, symptoms=("stream_error", "server_error"))
def caller_has_what_is_read(chat: Anatomy) -> Iterator[Finding]:
    """`context.name` of a class of the project that has no `name`: the turn ends with an
    AttributeError. Silent on classes that a library has a part in, or that get names later.
    """
    written = {
        each.target.attr.value
        for scope in chat.code.scopes
        for each in within_node(scope.node, cst.AssignTarget)
        if isinstance(each.target, cst.Attribute)
    }
    for scope in chat.code.functions:
        for name, known in _names_of_parameters(chat, scope).items():
            for each in within_node(scope.node, cst.Attribute):
                read = each.attr.value
                is_it = isinstance(each.value, cst.Name) and each.value.value == name
                if is_it and read not in known | written and not read.startswith("__"):
                    yield _finding(chat, scope, each, known)


def _names_of_parameters(chat: Anatomy, scope: Scope) -> dict[str, set[str]]:
    """The parameters that keep their value, with the names that their class has."""
    rebound = {each.target for each in syntax.assignments(scope.node)}
    asked = {
        syntax.dotted(call.args[0].value)
        for call in within_node(scope.node, cst.Call)
        if call.args and syntax.dotted(call.func) in ("hasattr", "getattr", "isinstance")
    }
    found = {}
    for param in scope.params:
        name, annotation = param.name.value, annotation_of(param)
        if annotation is None or name in rebound | asked:
            continue
        kind = chat.code.resolve(scope, syntax.dotted(annotation))
        known = attributes_of(chat.code.sources, kind, NOTHING_ELSE)
        node = chat.code.sources.definition(kind)
        marks = set(syntax.decorators(node)) if isinstance(node, cst.ClassDef) else set()
        is_plain = all(mark.rpartition(".")[2] == "dataclass" for mark in marks)
        if known is not None and is_plain and not known & {"__getattr__", "__getattribute__"}:
            found[name] = known
    return found


def _finding(chat: Anatomy, scope: Scope, node: cst.Attribute, known: set[str]) -> Finding:
    near = get_close_matches(node.attr.value, known, 1, 0.6)
    return Finding(
        what="The chat reads what is not there, and ends with an AttributeError.",
        where=chat.code.where(scope, node),
        evidence=f"`{syntax.code(node)}`: its class has no `{node.attr.value}`"
        + (f", but `{near[0]}`." if near else "."),
        fix="Read what it has, or add the field to the class.",
        cause=f"attribute:{chat.code.where(scope, node)}",
    )
