"""What an exception says does not reach the client of the route."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.in_front import exception_handlers, middlewares
from chatkit_agent.project.source.meaning import reaches, status_answered
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.told_errors import given_names, names_of, says_error
from chatkit_agent.project.source.walking import within_node

TALKING = ("psycopg", "psycopg2", "asyncpg", "sqlalchemy", "httpx")
HARMLESS = ("ImportError", "ModuleNotFoundError")
"""They name a module, and nothing of a person or of the database."""
ANY = ("Exception", "BaseException")
ANSWERS = {"HTTPException", "JSONResponse", "Response", "PlainTextResponse", "ORJSONResponse"}
ANSWERS |= {"HTMLResponse", "UJSONResponse"}
EVENTS = {"ErrorEvent", "CustomStreamError"}
Handled = tuple[Scope, cst.CSTNode, str | None]


@check("CK509", needs=SOURCE, severity="warning", symptoms=("leaks",))
def errors_kept_inside(chat: Anatomy) -> Iterator[Finding]:
    """It may hold SQL, somebody's words, or a password."""
    routes = [*reaches(chat.code, chat.endpoints, hops=2), *middlewares(chat.code)]
    found = [
        (scope, shown)
        for scope, body, name in (*_handlers(chat, routes), *_exception_handlers(chat))
        if (shown := _place_of_error(chat, scope, body, {name} if name else set())) is not None
    ]
    for server in chat.servers:
        own = [each for each in chat.code.functions if each.owner is server]
        for scope, body, name in _handlers(chat, own, every=False):
            shown = _place_of_error(chat, scope, body, {name} if name else set(), EVENTS)
            found += [(scope, shown)] if shown is not None else []
    for scope, shown in {node: (scope, node) for scope, node in found}.values():
        yield Finding(
            what="The text of any exception is sent to the client: it may hold SQL, the words of "
            "somebody else, or a password in a URL.",
            where=chat.code.where(scope, shown),
            evidence=f"`{syntax.code(shown)[:160]}`",
            fix="Log the exception, and answer with a sentence of your own.",
            cause="errors shown",
        )


def _handlers(chat: Anatomy, scopes: list[Scope], every: bool = True) -> Iterator[Handled]:
    """The handlers in some functions, but for those of the project's own exceptions."""
    for scope in scopes:
        for handler in within_node(scope.node, cst.ExceptHandler):
            name = syntax.dotted(handler.name.name) if handler.name else None
            kind = syntax.dotted(handler.type) if handler.type else None
            is_any = handler.type is None or kind in ANY
            is_told = is_any or (every and kind not in HARMLESS)
            if is_told and not _is_own(chat, scope, kind):
                yield scope, handler.body, name


def _is_own(chat: Anatomy, scope: Scope, kind: str | None) -> bool:
    """Whether the project wrote the exception, or it is an answer already."""
    symbol = chat.code.resolve(scope, kind)
    is_answer = symbol is not None and symbol.last_name in ANSWERS | EVENTS
    return is_answer or (symbol is not None and symbol.path is not None)


def _exception_handlers(chat: Anatomy) -> Iterator[Handled]:
    """`@app.exception_handler(OperationalError)`, which answers with the exception."""
    for scope, kind, handler in exception_handlers(chat.code):
        node = handler.node if handler is not None else None
        params = node.params.params if isinstance(node, cst.FunctionDef) else ()
        if node and handler and len(params) == 2 and _is_open(chat, scope, kind):
            yield handler, node, params[1].name.value


def _is_open(chat: Anatomy, scope: Scope, kind: cst.BaseExpression | None) -> bool:
    """Whether it is any exception, or one of a library that puts secrets into words."""
    is_any = syntax.dotted(kind) in ("Exception", "BaseException")
    top = chat.code.package_name(scope, syntax.dotted(kind)).partition(".")[0]
    return is_any or top in TALKING


def _place_of_error(
    chat: Anatomy,
    scope: Scope,
    body: cst.CSTNode,
    names: set[str],
    kinds: set[str] = ANSWERS,
    hops: int = 2,
) -> cst.CSTNode | None:
    """What is sent to the client and holds the words of an exception, but for refusals."""
    code, named = chat.code, names_of(body, names)
    for call in code.calls_in(body):
        says = any(says_error(code, scope, each, named) for each in call.given)
        if call.method in kinds and says and not _refuses(call):
            return call.node
        called = code.called(call)
        if called is not None and says and hops:
            given = given_names(code, scope, call.node, called, named)
            if _place_of_error(chat, called, called.node, given, kinds, hops - 1) is not None:
                return call.node
    if scope in chat.endpoints:
        for each in within_node(body, cst.Return):
            is_plain = isinstance(each.value, cst.Dict | cst.FormattedString | cst.Tuple)
            if is_plain and says_error(code, scope, each.value, named):
                return each.value
    return None


def _refuses(call: Call) -> bool:
    """Whether its status is a 4xx: a refusal has to say what was wrong."""
    return 400 <= (status_answered(call) or 0) < 500
