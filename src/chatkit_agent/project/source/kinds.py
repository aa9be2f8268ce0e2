"""Kinds: of which class of the project an object is, by what makes it and by its annotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import called_name, last_name, within_node

HOPS = 5


class Classes(Protocol):
    """What is asked of the code around."""

    @property
    def sources(self) -> Sources: ...
    def resolve(self, scope: Scope, name: str | None) -> Symbol | None: ...
    def scope_of(self, symbol: Symbol | None) -> Scope | None: ...
    def subclasses_of(self, package: str, *names: str) -> tuple[Scope, ...]: ...


class Values(Classes, Protocol):
    def value(self, scope: Scope, node: cst.BaseExpression | None) -> cst.BaseExpression | None: ...


def lineage(code: Classes, owner: Scope | None) -> tuple[Scope, ...]:
    """A class, and those of the project that it derives from, the nearest first."""
    found = [owner] if owner is not None else []
    for each in found:
        bases = (code.scope_of(code.resolve(each, name)) for name in syntax.bases(each.node))
        found += [base for base in bases if base is not None and base not in found]
    return tuple(each for each in found if isinstance(each.node, cst.ClassDef))


def kind_of(code: Classes, scope: Scope, written: str, hops: int = HOPS) -> Scope | None:
    """The class of the project that `self.store` or `make_lock()` is of, where that is told."""
    if hops <= 0 or not written:
        return None
    if written in ("self", "cls"):
        return scope.owner
    if written == "super()":
        return next(iter(lineage(code, scope.owner)[1:]), None)
    if written.endswith("()"):
        return _made_by(code, scope, written.removesuffix("()"), hops)
    head, _, last = written.rpartition(".")
    if not head:
        return _of_name(code, scope, written, hops)
    owner = kind_of(code, scope, head, hops - 1)
    return _of_attribute(code, owner, last, hops) if owner else _of_module(code, scope, written)


def _made_by(code: Classes, scope: Scope, written: str, hops: int) -> Scope | None:
    """`Store()`, or what a function says that it returns."""
    if hops <= 0:  # it may return what it calls itself
        return None
    made = code.scope_of(code.resolve(scope, written))
    head, _, name = written.rpartition(".")
    if made is None and head:
        for kind in lineage(code, kind_of(code, scope, head, hops - 1)):
            function = syntax.function_named(kind.node, name)
            made = made or (Scope(kind.file, function, kind) if function else None)
    if made is None or isinstance(made.node, cst.ClassDef):
        return made
    if not isinstance(made.node, cst.FunctionDef):
        return None
    if made.node.returns is not None:
        return _class_of(code, made, made.node.returns.annotation)
    given = (_of_value(code, made, each, hops - 1) for each in syntax.returned(made.node))
    return next((each for each in given if each), None)


def _of_name(code: Classes, scope: Scope, name: str, hops: int) -> Scope | None:
    for each in scope.around():
        if not isinstance(each.node, cst.FunctionDef):
            continue
        param = each.param(name)
        if param is not None and param.annotation is not None:
            return _class_of(code, each, param.annotation.annotation)
        if param is not None and name == "context" and (given := _of_context(code, each.owner)):
            return given
        values = [one.value for one in syntax.assignments(each.node) if one.target == name]
        values += [item.item for item in _with_items(each.node, name)]
        found = (_of_value(code, each, value, hops - 1) for value in values)
        if values:
            return next((one for one in found if one), None)
    return _of_module(code, scope, name)


def _of_context(code: Classes, owner: Scope | None) -> Scope | None:
    """`Caller` of `ChatKitServer[Caller]` and `Store[Caller]`, whose methods get one each time."""
    bases = owner.node.bases if owner is not None and isinstance(owner.node, cst.ClassDef) else ()
    for base in (each.value for each in bases):
        if isinstance(base, cst.Subscript) and last_name(base.value) in ("ChatKitServer", "Store"):
            given = syntax.key(base)
            return _class_of(code, owner, given) if owner and given is not None else None
    return None


def _of_module(code: Classes, scope: Scope, written: str) -> Scope | None:
    symbol = code.resolve(scope, written)
    kind = code.sources.kind_of(symbol)
    return code.scope_of(kind) if kind != symbol else None


def _with_items(node: cst.CSTNode, name: str) -> Iterator[cst.WithItem]:
    """`with make() as name`"""
    for item in within_node(node, cst.WithItem):
        if item.asname is not None and syntax.dotted(item.asname.name) == name:
            yield item


def _of_value(code: Classes, scope: Scope, value: cst.BaseExpression, hops: int) -> Scope | None:
    if isinstance(value, cst.Await):
        return _of_value(code, scope, value.expression, hops)
    if isinstance(value, cst.BooleanOperation):
        sides = (_of_value(code, scope, each, hops) for each in (value.left, value.right))
        return next((each for each in sides if each), None)
    if isinstance(value, cst.Call):
        return _made_by(code, scope, called_name(value.func), hops)
    written = syntax.dotted(value)
    return kind_of(code, scope, written, hops) if written else None


def _of_attribute(code: Classes, owner: Scope, name: str, hops: int) -> Scope | None:
    for kind in lineage(code, owner):
        for each in syntax.annotated(kind.node):
            if syntax.dotted(each.target) == name:
                return _class_of(code, kind, each.annotation.annotation)
        values = [(kind, e.value) for e in syntax.assignments(kind.node) if e.target == name]
        for method in syntax.functions(kind.node):
            if method.name.value == name and "property" in syntax.decorators(method):
                return _made_by(code, kind, f"self.{name}", hops)
            inner = Scope(kind.file, method, kind)
            for one in syntax.assignments(method):
                values += [(inner, one.value)] if one.target == f"self.{name}" else []
        found = (_of_value(code, *each, hops - 1) for each in values)
        if kept := next((each for each in found if each), None):
            return kept
    return _store(code, owner) if name == "store" else None


def _store(code: Classes, owner: Scope) -> Scope | None:
    """What ChatKit's server keeps for the class that derives from it."""
    stores = code.subclasses_of("chatkit", "Store")
    is_server = owner in code.subclasses_of("chatkit", "ChatKitServer")
    return stores[-1] if is_server and stores else None


def _class_of(code: Classes, scope: Scope, annotation: cst.BaseExpression) -> Scope | None:
    """`Store` of `Store`, `"Store"`, `Store | None`, `Annotated[Store, ...]`."""
    text = syntax.text(annotation)
    if text is not None:
        try:
            annotation = cst.parse_expression(text)
        except cst.ParserSyntaxError:
            return None
    inner = _bare_type(annotation)
    inner = inner.value if isinstance(inner, cst.Subscript) else inner
    found = code.scope_of(code.resolve(scope, syntax.dotted(inner)))
    return found if found and isinstance(found.node, cst.ClassDef) else None


def package_kind(code: Values, scope: Scope, node: cst.CSTNode, hops: int = HOPS) -> Symbol | None:
    """What of an installed package an object is made by: `openai.OpenAI` of `self.client.files`."""
    if hops <= 0 or not isinstance(node, cst.BaseExpression):
        return None
    value = code.value(scope, node)
    if isinstance(value, cst.Call):
        return _package_call(code, scope, value, hops)
    if isinstance(value, cst.Name):
        for each in scope.around():
            for item in _with_items(each.node, value.value):
                return package_kind(code, each, item.item, hops - 1)
            param = each.param(value.value)
            if param is not None and param.annotation is not None:
                kind = syntax.dotted(_bare_type(param.annotation.annotation))
                return _of_package(code.resolve(each, kind))
    return (
        package_kind(code, scope, value.value, hops - 1)
        if isinstance(value, cst.Attribute)
        else None
    )


def _bare_type(annotation: cst.BaseExpression) -> cst.BaseExpression:
    """`Session` of `Session | None` and `Annotated[Session, Depends(...)]`."""
    kind = syntax.required(annotation)
    if isinstance(kind, cst.Subscript):
        is_marked = last_name(kind.value) == "Annotated"
        return (syntax.key(kind) if is_marked else None) or kind
    return kind


def _package_call(code: Values, scope: Scope, call: cst.Call, hops: int) -> Symbol | None:
    symbol = code.resolve(scope, called_name(call.func))
    if found := _of_package(symbol):
        return found
    made = code.scope_of(symbol)
    if made is not None and isinstance(made.node, cst.FunctionDef):
        given = (package_kind(code, made, each, hops - 1) for each in syntax.returned(made.node))
        return next((each for each in given if each), None)
    inner = call.func.value if isinstance(call.func, cst.Attribute) else call.func
    return package_kind(code, scope, inner, hops - 1) if made is None else None


def _of_package(symbol: Symbol | None) -> Symbol | None:
    return symbol if symbol is not None and symbol.path is None else None
