"""Taint: which values come from whoever asks, through names, helpers and what joins texts."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import is_literal
from chatkit_agent.project.source.walking import last_name, within_node

HOPS = 8
OF_SDK = {"self", "cls", "order", "limit"}
"""What the SDK gives a store itself, from a closed list or as a number."""
NUMBERS = {"int", "float", "bool", "date", "datetime", "UUID", "Literal", "Enum"}
CLEAN = {*NUMBERS, "len", "hash", "isinstance", "range", "quote_ident", "Identifier", "Literal"}
JOINING = {"format", "join", "replace", "strip", "lower", "upper", "encode", "removeprefix"}
JOINED = (".format", ".join")
TEXTS = cst.FormattedString | cst.BinaryOperation | cst.IfExp | cst.List | cst.Tuple
CHECKING = {"match", "fullmatch", "isidentifier", "isalnum", "isdigit", "isalpha", "UUID"}


def is_tainted(
    chat: Anatomy, scope: Scope, node: cst.BaseExpression | None, hops: int = HOPS
) -> bool:
    """Whether an expression may hold what the client of the chat chose."""
    if node is None or hops <= 0:
        return False
    if isinstance(node, cst.Name):
        return _is_name_tainted(chat, scope, node.value, hops - 1)
    if isinstance(node, cst.Call):
        return _is_call_tainted(chat, scope, node, hops - 1)
    return any(is_tainted(chat, scope, each, hops - 1) for each in _parts(node))


def tainted_part(
    chat: Anatomy, scope: Scope, node: cst.BaseExpression
) -> cst.BaseExpression | None:
    """The first part of a text that is put together which may hold what the client chose."""
    is_made = isinstance(node, cst.Call) and (syntax.dotted(node.func) or ".format").endswith(
        JOINED
    )
    if isinstance(node, cst.Call) and is_made:
        parts = [arg.value for arg in node.args]
    elif isinstance(node, TEXTS):
        parts = list(_parts(node))
    else:
        return node if is_tainted(chat, scope, node) else None
    found = (tainted_part(chat, scope, each) for each in parts)
    return next((each for each in found if each is not None), None)


def _parts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Of which parts an expression is made; what is only looked at is none."""
    if isinstance(node, cst.Attribute | cst.Subscript | cst.NamedExpr | cst.StarredElement):
        yield node.value
    elif isinstance(node, cst.Await):
        yield node.expression
    elif isinstance(node, cst.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, cst.BinaryOperation):
        is_repeated = isinstance(node.operator, cst.Multiply)
        yield from (node.left,) if is_repeated else (node.left, node.right)
    elif isinstance(node, cst.BooleanOperation):
        yield from (node.left, node.right)
    elif isinstance(node, cst.FormattedString):
        fields = within_node(node, cst.FormattedStringExpression)
        yield from (each.expression for each in fields)
    elif isinstance(node, cst.List | cst.Tuple | cst.Set):
        yield from (each.value for each in node.elements)
    elif isinstance(node, cst.GeneratorExp | cst.ListComp | cst.SetComp):
        yield node.elt


def _is_call_tainted(chat: Anatomy, scope: Scope, node: cst.Call, hops: int) -> bool:
    name = last_name(node.func)
    func = node.func
    values = [arg.value for arg in node.args]
    if isinstance(func, cst.Attribute):
        if is_tainted(chat, scope, func.value, hops):
            return True
        name = func.attr.value
    call = chat.code.call_of(node)
    called = chat.code.called(call) if call else None
    if name in CLEAN or (called is not None and _gives_literals(called)):
        return False
    is_open = called is not None or not isinstance(func, cst.Attribute) or name in JOINING
    return is_open and any(is_tainted(chat, scope, each, hops) for each in values)


def _gives_literals(called: Scope) -> bool:
    given = syntax.returns(called.node) if isinstance(called.node, cst.FunctionDef) else ()
    plain = [each for each in given if each is not None]
    sides = [
        side for e in plain for side in ((e.body, e.orelse) if isinstance(e, cst.IfExp) else (e,))
    ]
    return bool(sides) and all(_is_fixed(each) for each in sides)


def _is_fixed(node: cst.BaseExpression) -> bool:
    return is_literal(node) and not isinstance(node, cst.FormattedString)


def _is_name_tainted(chat: Anatomy, scope: Scope, name: str, hops: int) -> bool:
    for each in scope.around():
        function = each.node
        if not isinstance(function, cst.FunctionDef):
            continue
        own = [one.value for one in syntax.assignments(function) if one.target == name]
        own += [i.item for i in within_node(function, cst.WithItem) if _binds(i.asname, name)]
        own += list(_looped_over(function, name))
        params = [one for one in syntax.parameters(function) if one.name.value == name]
        if not own and not params:
            continue
        if _is_checked(function, name):
            return False
        return any(is_tainted(chat, each, value, hops) for value in own) or any(
            _is_given(chat, each, one, hops) for one in params
        )
    return False


def _binds(asname: cst.AsName | None, name: str) -> bool:
    return asname is not None and syntax.dotted(asname.name) == name


def _looped_over(function: cst.FunctionDef, name: str) -> Iterator[cst.BaseExpression]:
    """What `for name in ...` goes through; the first of `enumerate` is a number."""
    loops: list[cst.For | cst.CompFor] = [*within_node(function, cst.For)]
    for loop in (*loops, *within_node(function, cst.CompFor)):
        names = [each.value for each in within_node(loop.target, cst.Name)]
        made = syntax.dotted(loop.iter.func) if isinstance(loop.iter, cst.Call) else None
        if name in names and not (made == "enumerate" and name == names[0]):
            yield loop.iter


def _is_checked(function: cst.FunctionDef, name: str) -> bool:
    """Whether it is compared with a list of what is allowed, or with a pattern."""
    for each in within_node(function, cst.Comparison):
        is_in = any(isinstance(one.operator, cst.In | cst.NotIn) for one in each.comparisons)
        if is_in and syntax.dotted(each.left) == name:
            return True
    for call in within_node(function, cst.Call):
        tested = [syntax.dotted(arg.value) for arg in call.args]
        if isinstance(call.func, cst.Attribute):
            tested.append(syntax.dotted(call.func.value))
        method = last_name(call.func)
        if method in CHECKING and name in tested:
            return True
    return False


def _is_given(chat: Anatomy, scope: Scope, param: cst.Param, hops: int) -> bool:
    """Whether whoever asks, or a call that hands it on, gives a parameter."""
    name = param.name.value
    said = set()
    if param.annotation is not None:
        said = {each.value for each in within_node(param.annotation, cst.Name)}
    if name in OF_SDK or said & NUMBERS:
        return False
    if _is_asked(chat, scope):
        return True
    for call in chat.called_by.get(scope, ()):
        given = _argument_for(call.node, scope, name)
        if call.scope.function is not scope and is_tainted(chat, call.scope, given, hops):
            return True
    return False


def _is_asked(chat: Anatomy, scope: Scope) -> bool:
    """Whether the SDK or FastAPI calls it with what a client sent."""
    last = scope.name.rpartition(".")[2]
    is_method = scope.owner is not None and scope.outer is scope.owner
    of_store = scope.owner in chat.stores and last in STORE_METHODS
    return (is_method and of_store) or scope in (*chat.endpoints, *chat.responders)


STORE_METHODS = {
    *("load_thread", "save_thread", "load_thread_items", "load_threads", "add_thread_item"),
    *("save_item", "load_item", "delete_thread", "delete_thread_item"),
    *("save_attachment", "load_attachment", "delete_attachment"),
}


def _argument_for(call: cst.Call, scope: Scope, name: str) -> cst.BaseExpression | None:
    assert isinstance(scope.node, cst.FunctionDef)
    names = [each.name.value for each in syntax.parameters(scope.node)]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    return syntax.argument(call, name, names.index(name) if name in names else None)
