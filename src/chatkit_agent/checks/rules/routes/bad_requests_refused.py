"""A malformed request and an unknown thread get 400 and 404, and no 500."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.endings import none_given
from chatkit_agent.project.source.flows import names_read
from chatkit_agent.project.source.in_front import exception_handlers, middlewares
from chatkit_agent.project.source.meaning import run_by, status_answered
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.told_errors import kinds_caught
from chatkit_agent.project.source.walking import within_node

# Pydantic's is a ValueError.
VALIDATION = "ValidationError"
KINDS = {VALIDATION: (VALIDATION, "ValueError"), "NotFoundError": ("NotFoundError",)}
VALIDATES = ("validate_json", "validate_python", "model_validate", "model_validate_json")
PACKAGES = ("pydantic", "pydantic_core", "chatkit", "builtins")
WIDE = {"Exception", "BaseException"}
NAMES: tuple[type[cst.Name | cst.Attribute], ...] = (cst.Name, cst.Attribute)
ANSWERS = ("HTTPException", "JSONResponse", "Response", "PlainTextResponse")

LOADING = ("load_thread", "load_item")
HOPS = 4


@check("CK609", needs=PROJECT, severity="warning", symptoms=("server_error",))
def bad_requests_refused(evidence: Evidence) -> Iterator[Finding]:
    """`process` raises pydantic's `ValidationError` and ChatKit's `NotFoundError` for them: the
    last only where the store does, and gives no None for what it does not have.
    """
    chat = evidence.chat
    for store, name in ((each, name) for each in chat.stores for name in LOADING):
        method = chat.code.methods(store).get(name)
        given = none_given(chat.code, method) if method is not None else None
        if method is not None and given is not None:
            yield Finding(
                what="Whoever asks for a conversation that is gone gets 500, or an answer that "
                "breaks off: the store gives None for it.",
                where=chat.code.where(method, given),
                evidence=f"`{method.name}` may return None, of which ChatKit reads attributes.",
                fix="Raise ChatKit's `NotFoundError` there, and answer it with 404.",
                cause="none loaded",
            )
    for call in chat.handlers:
        missing = [kind for kind in KINDS if not _is_handled(chat, call, kind)]
        if missing:
            yield Finding(
                what="Malformed requests and unknown threads are answered with 500, which the "
                "official client takes for a passing failure and repeats.",
                where=call.where,
                evidence=f"ChatKit raises {' and '.join(f'`{each}`' for each in missing)} for "
                "them, and nothing here handles that.",
                fix="Answer 400 to pydantic's `ValidationError` and 404 to ChatKit's "
                "`NotFoundError`.",
                cause="bad requests",
            )


def _is_handled(chat: Anatomy, call: Call, kind: str) -> bool:
    """On the way from the route to ChatKit, or by what stands in front of every route."""
    if call.method != "process":
        if any(not _is_refused(chat, each) for each in _readings(chat) if kind == VALIDATION):
            return False
        # Who takes the SDK's work apart may refuse at any place, and by a table of their own.
        return any(_names(chat, each, each.node, kind) for each in chat.code.functions)
    if any(_handles(chat, scope, each, kind) for scope, each in _around(chat, call)):
        return True
    if any(_refuses_before(chat, *each, kind) for each in _before(chat, call)):
        return True
    return _is_handled_in_front(chat, kind)


def _readings(chat: Anatomy) -> Iterator[Call]:
    """Where a route itself reads the request."""
    for endpoint in chat.endpoints:
        yield from (each for each in chat.code.inside(endpoint) if each.method in VALIDATES)


def _is_refused(chat: Anatomy, validating: Call) -> bool:
    around = _around(chat, validating)
    return any(_handles(chat, *each, VALIDATION) for each in around) or _is_handled_in_front(
        chat, VALIDATION
    )


def _is_handled_in_front(chat: Anatomy, kind: str) -> bool:
    return any(
        _names(chat, scope, node, kind)
        or (handler is not None and _asks_for(chat, handler, handler.node, kind))
        for scope, node, handler in exception_handlers(chat.code)
        if scope.function is None or chat.is_referred_to(scope.function)
    )


Handler = tuple[Scope, cst.ExceptHandler]


def _around(chat: Anatomy, handing: Call) -> Iterator[Handler]:
    """The handlers that an exception of ChatKit passes on its way out."""
    waiting, seen = [handing], set[Scope]()
    for call in waiting:
        function = call.scope.function
        if function is None:
            continue
        for block in within_node(function.node, cst.Try):
            if call.node in syntax.walk(block.body):
                yield from ((function, each) for each in block.handlers)
        for helper in (*_wrappers(chat, function, call), *chat.code.decorating(function)):
            yield from _all_in(helper)
        if function not in seen:
            seen.add(function)
            waiting += chat.code.called_by.get(function, ())
    for scope in (*middlewares(chat.code), *(e for e in chat.endpoints if e not in seen)):
        yield from _all_in(scope)


def _before(chat: Anatomy, handing: Call) -> Iterator[Handler]:
    """The handlers around a look at the very body that is handed on, there or in a helper."""
    function = handing.scope.function
    if function is None:
        return
    body = set(names_read(handing.given[0]))
    for block in within_node(function.node, cst.Try):
        if body & set(names_read(block.body)):
            yield from ((function, each) for each in block.handlers)
    made = [each.value for each in syntax.assignments(function.node) if each.target in body]
    for call in chat.code.inside(function):
        is_of_body = any(body & set(names_read(each)) for each in call.given) or any(
            call.node in syntax.walk(value) for value in made
        )
        for helper in run_by(call) if is_of_body and call is not handing else ():
            yield from _all_in(helper)


def _refuses_before(chat: Anatomy, scope: Scope, handler: cst.ExceptHandler, kind: str) -> bool:
    """A handler of that very exception which refuses the request."""
    if handler.type is None or not _names(chat, scope, handler.type, kind):
        return False
    return any(c.method in ANSWERS and _refuses(c) for c in chat.code.calls_in(handler.body))


def _all_in(scope: Scope) -> Iterator[Handler]:
    return ((scope, each) for each in within_node(scope.node, cst.ExceptHandler))


def _wrappers(chat: Anatomy, function: Scope, call: Call) -> Iterator[Scope]:
    """The context managers around a call, and the helpers that it is handed to."""
    found: list[cst.CSTNode] = []
    for block in within_node(function.node, cst.With):
        if call.node in syntax.walk(block.body):
            found += [item.item for item in block.items]
    for other in chat.code.inside(function):
        if any(call.node in syntax.walk(arg.value) for arg in other.node.args):
            found.append(other.node)
    for each in found:
        other_call = chat.code.call_of(each)
        yield from run_by(other_call) if other_call else ()


def _handles(chat: Anatomy, scope: Scope, handler: cst.ExceptHandler, kind: str) -> bool:
    if handler.type is not None and _names(chat, scope, handler.type, kind):
        return True
    is_wide = bool(WIDE & kinds_caught(chat.code, scope, handler.type))
    refusing = (c for c in chat.code.calls_in(handler.body) if c.method in ANSWERS)
    return (is_wide and any(_refuses(each) for each in refusing)) or _asks_for(
        chat, scope, handler.body, kind
    )


def _refuses(call: Call) -> bool:
    return 400 <= (status_answered(call) or 0) < 500


def _asks_for(chat: Anatomy, scope: Scope, body: cst.CSTNode, kind: str) -> bool:
    """`isinstance(error, NotFoundError)`, or a case of a `match`"""
    tests: list[cst.CSTNode] = [each.cls for each in within_node(body, cst.MatchClass)]
    for each in within_node(body, cst.Call):
        if syntax.dotted(each.func) in ("isinstance", "issubclass"):
            tests += [arg.value for arg in each.args[1:]]
    tests += [e.comparator for c in within_node(body, cst.Comparison) for e in c.comparisons]
    return any(_names(chat, scope, each, kind) for each in tests)


def _names(chat: Anatomy, scope: Scope, node: cst.CSTNode, kind: str, hops: int = HOPS) -> bool:
    """Whether it names that very exception, or one that it is of; others have names like it."""
    return any(_is_kind(chat, scope, each, kind, hops) for each in within_node(node, *NAMES))


def _is_kind(
    chat: Anatomy, scope: Scope, node: cst.Name | cst.Attribute, kind: str, hops: int
) -> bool:
    written = syntax.dotted(node)
    symbol = chat.code.resolve(scope, written)
    if symbol is not None and (name := symbol.package_name):
        return symbol.last_name in KINDS[kind] and name.partition(".")[0] in PACKAGES
    held = chat.code.value(scope, node)
    if isinstance(held, cst.Tuple | cst.List):
        return hops > 0 and _names(chat, scope, held, kind, hops - 1)
    return symbol is None and written in KINDS[kind]
