"""In front: the application's middlewares and handlers of exceptions, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import called_name, decorating, entries_in, within_node

ADDING = ("add_middleware", "Middleware")
CONTEXTS = {"contextlib.contextmanager", "contextlib.asynccontextmanager"}


def middlewares(code: Code) -> Iterator[Scope]:
    """The functions that every request passes: decorated ones, and those of classes."""
    given = [(call.scope, name) for call, name in added_middlewares(code)]
    given += [  # `app.middleware("http")(log)`
        (call.scope, syntax.dotted(call.given[0]) or "")
        for call in code.calls
        if call.written.endswith("middleware()") and call.given
    ]
    added = {each for scope, name in given if (each := code.scope_of(code.resolve(scope, name)))}
    for scope in code.functions:
        marks = (each.rpartition(".")[2] for each in syntax.decorators(scope.node))
        if "middleware" in marks or scope in added or scope.owner in added:
            yield scope


def added_middlewares(code: Code) -> Iterator[tuple[Call, str]]:
    """`app.add_middleware(Limit, ...)` and `Middleware(Limit)`, with what is added."""
    for call in code.calls:
        given = call.argument("middleware_class", 0) or call.argument("cls", 0)
        for each in (given, call.argument("dispatch")) if call.method in ADDING else ():
            for one in _members_of(code, call.scope, each) if each is not None else ():
                if name := syntax.dotted(one):
                    yield call, name


def decorated_by(code: Code, function: Scope) -> set[str]:
    """What decorates a function, by its full name where that is known."""
    written = {called_name(each).removesuffix("()") for each in decorating(function.node)}
    names = ((each, code.resolve(function, each)) for each in written)
    return {found.name if found else each for each, found in names}


def is_context_manager(code: Code, function: Scope) -> bool:
    """`@asynccontextmanager`, whose block is that of whoever enters it."""
    return bool(CONTEXTS & decorated_by(code, function))


def starts_application(code: Code, function: Scope) -> bool:
    """Whether it is run once, when the application starts."""
    given = ((each.scope, syntax.dotted(each.argument("lifespan"))) for each in code.calls)
    is_given = any(code.scope_of(code.resolve(*each)) is function for each in given if each[1])
    marks = syntax.decorators(function.node)
    return is_given or any(each.endswith((".on_event", ".lifespan")) for each in marks)


def exception_handlers(code: Code) -> Iterator[tuple[Scope, cst.BaseExpression, Scope | None]]:
    """Which exceptions have a handler of the application, and the function that handles them."""
    for call in code.calls:
        if call.method in ("exception_handler", "add_exception_handler"):
            kind = call.argument("exc_class_or_status_code", 0)
            name = syntax.dotted(call.argument("handler", 1))
            own = code.scope_of(code.resolve(call.scope, name))
            marked = (f for f in code.functions if call.node in decorating(f.node))
            for each in _members_of(code, call.scope, kind) if kind is not None else ():
                yield call.scope, each, own or next(marked, None)
        for member in entries_in(call.value("exception_handlers")):
            name = syntax.dotted(member.value)
            yield call.scope, member.key, code.scope_of(code.resolve(call.scope, name))


def _members_of(code: Code, scope: Scope, kind: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """`kind` itself, or the keys and members that a loop gives it."""
    loops = [
        each
        for each in within_node(scope.node, cst.For)
        if any(n.value == syntax.dotted(kind) for n in within_node(each.target, cst.Name))
    ]
    if not loops:
        yield kind
    for loop in loops:
        given: cst.BaseExpression = loop.iter
        if isinstance(given, cst.Call) and isinstance(given.func, cst.Attribute):
            given = given.func.value
        held = code.value(scope, given)
        if isinstance(held, cst.Dict):
            yield from (each.key for each in entries_in(held))
        elif isinstance(held, cst.List | cst.Tuple):
            yield from (each.value for each in held.elements)
