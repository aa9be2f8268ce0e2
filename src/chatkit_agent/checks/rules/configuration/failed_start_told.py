"""A chat that could not be set up at the start is set up later, or ends the start."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

STARTING = {"asynccontextmanager", "on_event"}
SETTING_UP = re.compile(r"chatkit|chat_?store|chat_?server", re.IGNORECASE)
WIDE = {None, "Exception", "BaseException"}


@check(
    "CK712",
    "A chat that could not be set up at the start is set up later, or ends the start",
    needs=SOURCE,
    severity="warning",
    symptoms=("unavailable",),
)
def failed_start_told(chat: Anatomy) -> Iterator[Finding]:
    """A chat that could not be set up at the start is set up later, or ends the start. A
    lifespan that logs any exception and goes on leaves the chat at 503 until a restart.
    """
    for scope in chat.code.functions:
        for block in within_node(scope.node, cst.Try) if _is_startup(scope) else ():
            handler = _swallowing(block)
            if handler is not None and _makes_chat(chat, scope, block):
                yield _finding(chat, scope, handler)
    for module in chat.code.modules:
        for block in _at_import(module):
            handler = _swallowing(block)
            if handler is not None and _makes_chat(chat, module, block):
                yield _finding(chat, module, handler)


def _at_import(module: Scope) -> Iterator[cst.Try]:
    yield from (each for each in syntax.statements(module.node) if isinstance(each, cst.Try))


def _makes_chat(chat: Anatomy, around: Scope, block: cst.Try) -> bool:
    parts = set(within_node(block.body, cst.Call))
    made = (
        chat.code.scope_of(chat.code.resolve(around, call.written))
        for call in chat.code.inside(around)
        if call.node in parts
    )
    is_known = any(each in (*chat.servers, *chat.stores) for each in made if each)
    return is_known or bool((parts or around.function) and SETTING_UP.search(_done(block)))


def _done(block: cst.Try) -> str:
    """Modules may have such names too, whatever is imported from them."""
    said = syntax.code(block.body)
    for each in within_node(block.body, cst.Import, cst.ImportFrom):
        said = said.replace(syntax.code(each), "")
    return said


def _is_startup(scope: Scope) -> bool:
    if not isinstance(scope.node, cst.FunctionDef):
        return False
    marks = " ".join(syntax.code(each.decorator) for each in scope.node.decorators)
    named = scope.node.name.value.lower() in ("startup", "on_startup")
    return named or any(word in marks for word in STARTING)


def _swallowing(block: cst.Try) -> cst.ExceptHandler | None:
    """A handler that takes everything and goes on."""
    for handler in block.handlers:
        kind = syntax.dotted(handler.type) if handler.type else None
        goes_on = not any(within_node(handler.body, cst.Raise))
        if kind in WIDE and goes_on and (handler.type is None or kind):
            return handler
    return None


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
