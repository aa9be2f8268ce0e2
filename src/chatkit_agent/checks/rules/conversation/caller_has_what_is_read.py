"""What the chat reads of its own objects, such as who is asking, is there."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.checks.rules.identity.sign_in_gives_what_it_says import kind_given
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.attributes import attributes_of
from chatkit_agent.project.source.dependencies import injected_scope
from chatkit_agent.project.source.injection import targets_of
from chatkit_agent.project.source.meaning import entries_of, is_written_down
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Symbol
from chatkit_agent.project.source.values import module_at
from chatkit_agent.project.source.walking import annotation_of, last_name, within_node

# A class with other bases may have more than is written in the project.
NOTHING_ELSE = ("object",)
KINDS = {"dict": dict, "str": str, "int": int, "list": list}
NAMES = ("context", "ctx", "request_context")


@check("CK010", needs=SOURCE, symptoms=("stream_error", "server_error"))
def caller_has_what_is_read(chat: Anatomy) -> Iterator[Finding]:
    """`context.name` of a class of the project that has no `name`, or of a dict: the turn ends
    with an AttributeError, and `context["name"]` of a dict that nobody gives one with a KeyError.
    Silent on classes that a library has a part in, or that get names later.
    """
    written = {
        each.target.attr.value
        for scope in chat.code.scopes
        for each in within_node(scope.node, cst.AssignTarget)
        if isinstance(each.target, cst.Attribute)
    }
    for scope in chat.code.functions:
        names = _names_of_parameters(chat, scope)
        for name, known in names.items():
            for each in within_node(scope.node, cst.Attribute):
                read = each.attr.value
                is_it = syntax.dotted(each.value) == name
                if is_it and read not in known | written and not read.startswith("__"):
                    yield _finding(chat, scope, each, read, known)
        for part in within_node(scope.node, cst.Subscript):
            known = names.get(syntax.dotted(part.value) or "", {"__getitem__"})
            if "__getitem__" not in known and (key := chat.code.text(scope, syntax.key(part))):
                yield _finding(chat, scope, part, key, known, "TypeError: it is no dict")
    yield from _of_plain_values(chat)
    if (keys := _keys_given(chat)) is not None:
        for scope in chat.code.functions:
            for item in within_node(scope.node, cst.Subscript):
                key = chat.code.text(scope, syntax.key(item))
                if key and key not in keys and _is_context(chat, scope, item.value):
                    yield _finding(chat, scope, item, key, keys)


def _of_plain_values(chat: Anatomy) -> Iterator[Finding]:
    """`user.id` of a dict or a text, and `user["id"]` of a dict that never has that key."""
    for scope in chat.code.functions:
        plain = plain_parameters(chat, scope)
        for each in within_node(scope.node, cst.Attribute):
            name = syntax.dotted(each.value) or ""
            is_dict = _is_context(chat, scope, each.value) and _is_context_dict(chat, scope)
            kind, keys = plain.get(name) or ("dict" if is_dict else "", None)
            if kind and each.attr.value not in dir(KINDS[kind]):
                why = f"AttributeError: it is a {kind}"
                yield _finding(chat, scope, each, each.attr.value, keys or set(), why)
        for item in within_node(scope.node, cst.Subscript):
            _, known = plain.get(syntax.dotted(item.value) or "", ("", None))
            key = chat.code.text(scope, syntax.key(item)) if known is not None else None
            if known is not None and key is not None and key not in known:
                yield _finding(chat, scope, item, key, known)


def _is_context_dict(chat: Anatomy, scope: Scope) -> bool:
    """Whether all requests are handed on with a dict, and nothing here says otherwise."""
    given = [(call.scope, call.argument("context", 1)) for call in chat.handlers]
    param = scope.param("context")
    said = annotation_of(param) if param else None
    if said is not None and _kind_said(said) != "dict":
        return False
    return bool(given) and all(_kind_of(chat, *each) == "dict" for each in given)


def _kind_of(chat: Anatomy, scope: Scope, node: cst.BaseExpression | None) -> str:
    plain = plain_parameters(chat, scope.function) if scope.function else {}
    named = plain.get(syntax.dotted(node) or "")
    return named[0] if named else kind_given(chat, scope, node)


def plain_parameters(chat: Anatomy, scope: Scope) -> dict[str, tuple[str, set[str] | None]]:
    """The parameters that are a dict or a text, by what is said of them or what FastAPI calls for
    them; of a dict with the keys that it has, where all are written down.
    """
    found: dict[str, tuple[str, set[str] | None]] = {}
    changed = {each.target for each in syntax.assignments(scope.node)}
    asked = _names_asked(scope)
    for param in scope.params:
        name, said = param.name.value, annotation_of(param)
        makers = [
            (maker, each)
            for target in targets_of(chat.code.sources, scope.file, param)
            for maker in [
                injected_scope(chat.code, module_at(chat.code, target.file), target.value)
            ]
            for each in (syntax.returned(maker.node) if maker else ())
            if maker
        ]
        kinds = {kind_given(chat, *each) for each in makers} or {""}
        kind = _kind_said(said) if said is not None else kinds.pop() if len(kinds) == 1 else ""
        if kind in KINDS and name not in changed | asked:
            is_known = bool(makers) and all(is_written_down(chat.code, *each) for each in makers)
            keys = {key for each in makers for key in entries_of(chat.code, *each)}
            found[name] = (kind, keys if is_known and kind == "dict" else None)
    for each in syntax.assignments(scope.node):
        own = found.get(syntax.dotted(each.value) or "")
        if own and len(syntax.assigned_to(scope.node, each.target)) == 1:
            found.setdefault(each.target, own)
    return found


def _kind_said(said: cst.BaseExpression) -> str:
    """`dict` of `dict`, `dict[str, Any]`, `Dict | None` and `Annotated[dict, Depends(...)]`."""
    kind = syntax.required(said)
    if isinstance(kind, cst.Subscript) and last_name(kind.value) == "Annotated":
        kind = syntax.key(kind) or kind
    return last_name(kind.value if isinstance(kind, cst.Subscript) else kind).lower()


def _names_asked(scope: Scope) -> set[str]:
    """The names of what is looked at before it is read."""
    return {
        syntax.dotted(call.args[0].value) or ""
        for call in within_node(scope.node, cst.Call)
        if call.args and syntax.dotted(call.func) in ("hasattr", "getattr", "isinstance")
    }


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
    asked = _names_asked(scope)
    found = {}
    for param in scope.params:
        name, annotation = param.name.value, annotation_of(param)
        is_of_turn = name in NAMES and scope.owner in (*chat.servers, *chat.stores)
        if name in rebound | asked or (annotation is None and not is_of_turn):
            continue
        kind = chat.code.resolve(scope, syntax.dotted(annotation))
        if annotation is None and (told := chat.code.kind(scope, name)):
            kind = Symbol(told.file, told.name)
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
    ends: str = "",
) -> Finding:
    """`ends` is told where not only the name is wrong, but the way to read it."""
    near = get_close_matches(read, known, 1, 0.6)
    is_field = isinstance(node, cst.Attribute)
    error, _, why = (ends or ("AttributeError" if is_field else "KeyError")).partition(": ")
    owner = syntax.code(node.value)
    fix = "Read what it has, or hand requests on with it."
    if is_field:
        fix = "Read what it has, or add the field to the class."
    if ends:
        fix = f'Write `{owner}["{read}"]`.' if why.endswith("dict") else f"Use `{owner}` itself."
        fix = f"Write `{owner}.{read}`." if not is_field else fix
    return Finding(
        what=f"The chat reads what is not there, and ends with a{'n' * is_field} {error}.",
        where=chat.code.where(scope, node),
        evidence=f"`{syntax.code(node)}`: {why or f'{owner} has no `{read}`'}"
        + (f", but `{near[0]}`." if near and near[0] != read else "."),
        fix=fix,
        cause=f"attribute:{chat.code.where(scope, node)}",
    )
