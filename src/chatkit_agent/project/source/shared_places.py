"""Shared places: what outlives a call, such as a global name or an attribute of the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.kinds import lineage
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import called_name, entries_in, within_node

READING = ("get", "pop")
Written = tuple[cst.CSTNode, cst.BaseExpression, cst.BaseExpression]


@dataclass(frozen=True)
class Place:
    """`CURRENT`, `self.user`, `app.state.user` or `STATE["user"]`."""

    holder: Scope | Place | str
    """A class of the project, another place, a module, or the application's own state."""
    name: str

    @property
    def kind(self) -> Scope | None:
        """The class whose objects have it, or have what it is in."""
        if isinstance(self.holder, Place):
            return self.holder.kind
        return self.holder if isinstance(self.holder, Scope) else None

    def may_be(self, node: cst.CSTNode) -> bool:
        """Whether an expression has its name."""
        if isinstance(node, cst.Name):
            return node.value == self.name
        if isinstance(node, cst.Attribute):
            return node.attr.value == self.name
        return isinstance(node, cst.Subscript | cst.Call)


def written_in(scope: Scope) -> Iterator[Written]:
    """What a function puts somewhere: the statement, the target and the value."""
    for each in within_node(scope.node, cst.Assign, cst.AnnAssign, cst.Call):
        if isinstance(each, cst.Assign):
            for one in each.targets:
                yield from ((each, *pair) for pair in _pairs(one.target, each.value))
        elif isinstance(each, cst.AnnAssign):
            if each.value is not None:
                yield each, each.target, each.value
        elif isinstance(each, cst.Call):
            yield from _written_by(each)


def targets_in(target: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """`a` and `b` of `a, b = ...`"""
    return (each for each, _ in _pairs(target, target))


def _pairs(
    target: cst.BaseExpression, value: cst.BaseExpression
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """`a, b = 1, 2` and `a, b = both()`"""
    if not isinstance(target, cst.Tuple | cst.List):
        yield target, value
        return
    written = value.elements if isinstance(value, cst.Tuple | cst.List) else ()
    parts = [each.value for each in written]
    for place, each in enumerate(target.elements):
        is_known = len(parts) == len(target.elements)
        yield from _pairs(each.value, parts[place] if is_known else value)


def _written_by(call: cst.Call) -> Iterator[Written]:
    """`setattr(server, "user", user)` and `STATE.update(user=user)`"""
    values = [arg.value for arg in call.args]
    if syntax.dotted(call.func) == "setattr" and len(values) == 3:
        name = syntax.text(values[1])
        if name is not None and name.isidentifier():
            yield call, cst.Attribute(values[0], cst.Name(name)), values[2]
    elif isinstance(call.func, cst.Attribute) and call.func.attr.value == "update":
        for key, value in _entries(call):
            yield call, _item(call.func.value, key), value


def _entries(call: cst.Call) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    for arg in call.args:
        if arg.keyword is not None:
            yield cst.SimpleString(repr(arg.keyword.value)), arg.value
        elif isinstance(arg.value, cst.Dict):
            yield from ((each.key, each.value) for each in entries_in(arg.value))


def _item(held: cst.BaseExpression, key: cst.BaseExpression) -> cst.Subscript:
    return cst.Subscript(held, [cst.SubscriptElement(cst.Index(key))])


def place_of(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> Place | None:
    """The place that an expression reads or writes; None where it ends with the call."""
    if isinstance(node, cst.Call):
        node = _read_by(node) or node
    if isinstance(node, cst.Name):
        return _of_module(chat, scope, node.value)
    if isinstance(node, cst.Subscript):
        text = chat.code.text(scope, syntax.key(node))
        held = place_of(chat, scope, node.value) if text is not None else None
        return Place(held, text) if held and text is not None else None
    return _of_attribute(chat, scope, node) if isinstance(node, cst.Attribute) else None


def _read_by(call: cst.Call) -> cst.BaseExpression | None:
    """`STATE["user"]` of `STATE.get("user")`, and `server.user` of `getattr(server, "user")`"""
    values = [arg.value for arg in call.args]
    if syntax.dotted(call.func) == "getattr" and len(values) > 1:
        name = syntax.text(values[1])
        is_name = name is not None and name.isidentifier()
        return cst.Attribute(values[0], cst.Name(name)) if is_name and name else None
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in READING and values:
        return _item(call.func.value, values[0])
    return None


def _of_module(chat: Anatomy, scope: Scope, name: str) -> Place | None:
    """A name of a module that no function around binds for itself."""
    named = set[str]()
    for each in scope.around():
        if not isinstance(each.node, cst.FunctionDef):
            continue
        named |= {n.name.value for g in within_node(each.node, cst.Global) for n in g.names}
        is_own = bool(syntax.assigned_to(each.node, name)) or each.param(name) is not None
        if is_own and name not in named:
            return None
    # A function that writes to a global name has no other meaning for it.
    symbol = chat.code.resolve([*scope.around()][-1] if name in named else scope, name)
    is_value = chat.code.sources.assigned(symbol) is not None
    if symbol is None or symbol.path is None or not is_value or "." in symbol.name:
        return None
    return Place(symbol.path, symbol.name)


def _of_attribute(chat: Anatomy, scope: Scope, node: cst.Attribute) -> Place | None:
    written, name = syntax.dotted(node.value) or "", node.attr.value
    held = syntax.dotted(chat.code.value(scope, node.value)) or written
    if held.endswith("app.state") or _is_state(chat, scope, node.value):
        return Place("app.state", name)
    kind = chat.code.class_of(chat.code.resolve(scope, written))
    if kind is None:
        kind = chat.code.kind(scope, called_name(node.value)) or _kind_in_state(chat, held)
    if kind is not None and isinstance(kind.node, cst.ClassDef):
        return Place(lineage(chat.code, kind)[-1], name)
    symbol = chat.code.resolve(scope, f"{written}.{name}") if written else None
    if symbol is not None and symbol.path is not None and "." not in symbol.name:
        return Place(symbol.path, symbol.name)
    base = _of_module(chat, scope, written) if written.isidentifier() else None
    return Place(base, name) if base is not None else None


def _kind_in_state(chat: Anatomy, written: str) -> Scope | None:
    """The class of `request.app.state.server`, by what the application puts there."""
    head, _, name = written.rpartition(".")
    for scope in chat.code.scopes if head.endswith("app.state") else ():
        for each in syntax.assignments(scope.node):
            if each.target.endswith(f".state.{name}"):
                call = chat.code.call_of(chat.code.value(scope, each.value))
                if call is not None and (found := chat.code.class_of(call.symbol)) is not None:
                    return found
    return None


def _is_state(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> bool:
    """`api.state`, where `api = FastAPI()`"""
    if not isinstance(node, cst.Attribute) or node.attr.value != "state":
        return False
    made = chat.code.call_of(chat.code.value(scope, node.value))
    return made is not None and made.method in ("FastAPI", "Starlette")
