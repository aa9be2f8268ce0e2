"""A malformed request and an unknown thread get 400 and 404, and no 500."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import names_used, reaches
from chatkit_agent.project.source.references import without_imports
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import within_node

KINDS = ("ValidationError", "NotFoundError")


@check(
    "CK609",
    "A malformed request and an unknown thread get 400 and 404, and no 500",
    needs=PROJECT,
    severity="warning",
    symptoms=("server_error",),
)
def bad_requests_refused(evidence: Evidence) -> Iterator[Finding]:
    """A malformed request and an unknown thread get 400 and 404, and no 500: `process` raises
    pydantic's `ValidationError` and ChatKit's `NotFoundError` for them.
    """
    chat = evidence.chat
    for call in chat.handlers:
        missing = [kind for kind in KINDS if not _is_handled(evidence, chat, call, kind)]
        if missing:
            yield Finding(
                what="Malformed requests and unknown threads are answered with 500, which the "
                "official client takes for a passing failure and repeats.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"ChatKit raises {' and '.join(f'`{each}`' for each in missing)} for "
                "them, and nothing here handles that.",
                fix="Answer 400 to pydantic's `ValidationError` and 404 to ChatKit's "
                "`NotFoundError`.",
                cause="bad requests",
            )


def _is_handled(evidence: Evidence, chat: Anatomy, call: Call, kind: str) -> bool:
    """By a handler in the route's file, or by one of the whole application."""
    if call.method != "process":
        # Who takes the SDK's work apart may refuse at any place, and by a table of their own.
        own = (without_imports(chat.code.sources.code(file)) for file in chat.code.files)
        return any(kind in text for text in own)
    app = evidence.project.app
    routes = {each.file for each in chat.endpoints}
    files = {call.scope.file, *routes, *({app.file, app.built_in} if app else ())}
    for module in chat.code.modules:
        if module.file not in files:
            continue
        for handler in within_node(module.node, cst.ExceptHandler):
            if handler.type is not None and _names(handler.type, kind):
                return True
    return _is_handled_around(chat, call, kind) or _is_registered(chat, kind)


def _is_handled_around(chat: Anatomy, call: Call, kind: str) -> bool:
    """By a helper that the route calls: a decorator or a context manager of the project."""
    own = call.scope.function
    if own is None:
        return False
    marks = own.node.decorators if isinstance(own.node, cst.FunctionDef) else ()
    named = names_used(own.node, *(each.decorator for each in marks))
    helpers = [each for each in chat.code.functions if each.name in named]
    return any(
        handler.type is not None and _names(handler.type, kind)
        for each in reaches(chat.code, [own, *helpers])
        for handler in within_node(each.node, cst.ExceptHandler)
    )


def _is_registered(chat: Anatomy, kind: str) -> bool:
    registering = (each for each in chat.code.calls if "exception_handler" in each.written)
    tables = (each for each in chat.code.calls if each.argument("exception_handlers") is not None)
    return any(_names(each.node, kind) for each in (*registering, *tables))


def _names(node: cst.CSTNode, kind: str) -> bool:
    """Others have names that end so, such as `RequestValidationError`."""
    return kind in names_used(node)
