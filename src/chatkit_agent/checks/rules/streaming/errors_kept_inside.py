"""What an exception says does not reach the client of the route."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import names_used
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

REFUSAL = re.compile(r"^4\d\d$|\bHTTP_4\d\d_\w+$|\bHTTPStatus\.(?:BAD_REQUEST|NOT_FOUND|CONFLICT)$")
TALKING = ("psycopg", "asyncpg", "sqlalchemy", "httpx")
HARMLESS = {"ImportError", "ModuleNotFoundError"}
"""They name a module, and nothing of a person or of the database."""


ANSWERS = ("HTTPException", "JSONResponse", "Response", "PlainTextResponse")


@check(
    "CK509",
    "What an exception says does not reach the client of the route",
    needs=SOURCE,
    severity="warning",
    symptoms=("leaks",),
)
def errors_kept_inside(chat: Anatomy) -> Iterator[Finding]:
    """What an exception says does not reach the client of the route: it may hold SQL,
    somebody's words, or a password.
    """
    for endpoint in chat.endpoints:
        for handler in within_node(endpoint.node, cst.ExceptHandler):
            if (shown := _shown(chat, handler)) is not None:
                yield _finding(chat, endpoint, shown)
    for scope in chat.code.functions:
        yield from _handled(chat, scope)
        if scope.owner in chat.servers:
            for handler in within_node(scope.node, cst.ExceptHandler):
                if (event := _told(chat, handler)) is not None:
                    yield _finding(chat, scope, event)


def _handled(chat: Anatomy, scope: Scope) -> Iterator[Finding]:
    """`@app.exception_handler(OperationalError)`, which answers with the exception."""
    node = scope.node
    if not isinstance(node, cst.FunctionDef) or len(node.params.params) != 2:
        return
    if not any(_is_open(chat, scope, each.decorator) for each in node.decorators):
        return
    name = node.params.params[1].name.value
    if (shown := _answer(chat, node.body, name)) is not None:
        yield _finding(chat, scope, shown)


def _is_open(chat: Anatomy, scope: Scope, mark: cst.BaseExpression) -> bool:
    """Whether it handles any exception, or one of a library that puts secrets into words."""
    if not isinstance(mark, cst.Call) or not (syntax.dotted(mark.func) or "").endswith(
        ".exception_handler"
    ):
        return False
    handled = syntax.dotted(syntax.argument(mark, "exc_class_or_status_code", 0))
    symbol = chat.code.resolve(scope, handled)
    return handled == "Exception" or bool(
        symbol and any(chat.code.is_from(symbol, each, handled or "") for each in TALKING)
    )


def _shown(chat: Anatomy, handler: cst.ExceptHandler) -> cst.Call | None:
    """The answer that is made of the exception which is caught, other than a 4xx."""
    name = syntax.dotted(handler.name.name) if handler.name else None
    if syntax.dotted(handler.type) in HARMLESS:
        return None
    return _answer(chat, handler.body, name)


def _answer(chat: Anatomy, body: cst.CSTNode, name: str | None) -> cst.Call | None:
    for call in chat.code.calls_in(body):
        if call.method in ANSWERS:
            status = call.value("status_code", int(call.method != "HTTPException"))
            is_refusal = REFUSAL.search(syntax.code(status)) if status else None
            if name in names_used(call.node) and not is_refusal:
                return call.node
    return None


def _told(chat: Anatomy, handler: cst.ExceptHandler) -> cst.Call | None:
    """An error event that is made of any exception, whoever raised it."""
    name = syntax.dotted(handler.name.name) if handler.name else None
    if syntax.dotted(handler.type) not in ("Exception", "BaseException"):
        return None
    for call in chat.code.calls_in(handler.body):
        is_event = call.method in ("ErrorEvent", "CustomStreamError")
        if is_event and name in names_used(*call.node.args):
            return call.node
    return None


def _finding(chat: Anatomy, endpoint: Scope, shown: cst.Call) -> Finding:
    return Finding(
        what="The text of any exception is sent to the client: it may hold SQL, the words of "
        "somebody else, or a password in a URL.",
        where=chat.code.where(endpoint, shown),
        evidence=f"`{syntax.code(shown)[:160]}`",
        fix="Log the exception, and answer with a sentence of your own.",
        cause="errors shown",
    )
