"""A chat that could not be set up at the start is set up later, or ends the start."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.told_errors import kinds_caught
from chatkit_agent.project.source.walking import decorating, within_node

STARTING = {"asynccontextmanager", "on_event"}
SETTING_UP = re.compile(r"chatkit|chat_?store|chat_?server", re.IGNORECASE)
WIDE = {"Exception", "BaseException"}
LEAVING = ("sys.exit", "os._exit", "os.abort", "os.kill", "exit", "quit")


@check("CK712", needs=SOURCE, severity="warning", symptoms=("unavailable",))
def failed_start_told(chat: Anatomy) -> Iterator[Finding]:
    """A lifespan that logs any exception and goes on leaves the chat at 503 until a restart."""
    blocks = [
        (scope, each)
        for scope in chat.code.functions
        for each in (within_node(scope.node, cst.Try) if _is_startup(scope) else ())
    ]
    for module in chat.code.modules:
        parts = syntax.statements(module.node)
        blocks += [(module, each) for each in parts if isinstance(each, cst.Try)]
    for scope, block in blocks:
        handler = _wide_handler(chat, scope, block)
        if handler is not None and _makes_chat(chat, block):
            yield _finding(chat, scope, handler)


def _makes_chat(chat: Anatomy, block: cst.Try) -> bool:
    """Whether a server or a store is made or opened, here or in what is called."""
    calls = [*chat.code.calls_in(block.body)]
    own = [each for call in calls if (each := chat.code.called(call)) is not None]
    calls += [call for each in reaches(chat.code, own) for call in chat.code.inside(each)]
    parts = (*chat.servers, *chat.stores)
    for call in calls:
        kind = chat.code.kind(call.scope, call.receiver) if call.receiver else None
        if chat.code.scope_of(call.symbol) in parts or kind in parts:
            return True
    given = {syntax.dotted(each.target) or "" for each in within_node(block.body, cst.AssignTarget)}
    unknown = {call.written for call in calls if chat.code.scope_of(call.symbol) is None}
    return bool(calls) and any(map(SETTING_UP.search, (*given, *unknown)))


def _is_startup(scope: Scope) -> bool:
    if not isinstance(scope.node, cst.FunctionDef):
        return False
    marks = " ".join(map(syntax.code, decorating(scope.node)))
    named = scope.node.name.value.lower() in ("startup", "on_startup")
    return named or any(word in marks for word in STARTING)


def _wide_handler(chat: Anatomy, scope: Scope, block: cst.Try) -> cst.ExceptHandler | None:
    """A handler that takes everything and goes on."""
    for handler in block.handlers:
        if WIDE & kinds_caught(chat.code, scope, handler.type) and not _ends(chat, handler):
            return handler
    return None


def _ends(chat: Anatomy, handler: cst.ExceptHandler) -> bool:
    """Whether it raises or leaves, by itself or by what it calls."""
    calls = [*chat.code.calls_in(handler.body)]
    own = [each for call in calls if (each := chat.code.called(call)) is not None]
    bodies = [handler.body, *(each.node for each in reaches(chat.code, own))]
    is_raised = any(any(within_node(each, cst.Raise)) for each in bodies)
    return is_raised or any(call.name in LEAVING for call in calls)


def _finding(chat: Anatomy, scope: Scope, handler: cst.ExceptHandler) -> Finding:
    return Finding(
        what="When the database is away for the moment in which the application starts, the chat "
        "answers 503 until somebody restarts it, and nothing but a line in the log says so.",
        where=chat.code.where(scope, handler),
        evidence=f"`{scope.name or scope.file}` goes on after any exception while it sets the chat "
        "up.",
        fix="Open the store on first use and try again on the next, answer 503 with Retry-After "
        "meanwhile, and let health tell.",
        cause="start swallowed",
    )
