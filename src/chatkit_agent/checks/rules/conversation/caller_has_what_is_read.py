"""What the chat reads of its own objects, such as who is asking, is there."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.attributes import attributes_of
from chatkit_agent.project.source.meaning import entries_of, is_written_down
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import annotation_of, within_node

# A class with other bases may have more than is written in the project.
NOTHING_ELSE = ("object",)
NAMES = ("context", "ctx", "request_context")


@check("CK010", needs=SOURCE, symptoms=("stream_error", "server_error"))
def caller_has_what_is_read(chat: Anatomy) -> Iterator[Finding]:
    """`context.name` of a class of the project that has no `name`: the turn ends with an
    AttributeError, and `context["name"]` of a dict that nobody gives one with a KeyError. Silent
    on classes that a library has a part in, or that get names later.
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
                    yield _finding(chat, scope, each, read, known)
    if (keys := _keys_given(chat)) is not None:
        for scope in chat.code.functions:
            for item in within_node(scope.node, cst.Subscript):
                key = chat.code.text(scope, syntax.key(item))
                if key and key not in keys and _is_context(chat, scope, item.value):
                    yield _finding(chat, scope, item, key, keys)


def _keys_given(chat: Anatomy) -> set[str] | None:
    """The keys of the dicts that requests are handed on with; None where more may come."""
    keys: set[str] = set()
    for call in chat.handlers:
        given = entries_of(chat.code, call.scope, call.given[1])
        if not is_written_down(chat.code, call.scope, call.given[1]):
            return None
        keys |= set(given)
    for scope in chat.code.functions:
        for each in within_node(scope.node, cst.AssignTarget):
            if isinstance(each.target, cst.Subscript):
                keys.add(chat.code.text(scope, syntax.key(each.target)) or "")
    later = (each for each in chat.code.calls if each.method in ("setdefault", "update"))
    is_filled = any(each.receiver.rpartition(".")[2] in NAMES for each in later)
    return keys if chat.handlers and not is_filled else None


def _is_context(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> bool:
    """`context` of a method of the server or the store, and `ctx.context.request_context`."""
    name = syntax.dotted(node) or ""
    is_of_turn = scope.owner in (*chat.servers, *chat.stores) and name in scope.parameters[-1:]
    return name.endswith(".request_context") or (is_of_turn and name in NAMES)


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


def _finding(
    chat: Anatomy,
    scope: Scope,
    node: cst.Attribute | cst.Subscript,
    read: str,
    known: set[str],
) -> Finding:
    near = get_close_matches(read, known, 1, 0.6)
    is_field = isinstance(node, cst.Attribute)
    ends, owner = ("n AttributeError", "its class") if is_field else (" KeyError", "the context")
    return Finding(
        what=f"The chat reads what is not there, and ends with a{ends}.",
        where=chat.code.where(scope, node),
        evidence=f"`{syntax.code(node)}`: {owner} has no `{read}`"
        + (f", but `{near[0]}`." if near else "."),
        fix="Read what it has, or add the field to the class."
        if is_field
        else "Read what it has, or hand requests on with it.",
        cause=f"attribute:{chat.code.where(scope, node)}",
    )
