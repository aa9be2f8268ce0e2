"""Health is cheap to ask, and takes no error for a yes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import number_of, reaches, resolves_to
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import decorating, within_node

HEALTH = re.compile(r"/(?:health|healthz|ready|readyz|readiness|live|livez|liveness)/?$")
CONNECTING = (
    *("asyncpg.connect", "asyncpg.create_pool", "psycopg.connect", "psycopg2.connect"),
    *("psycopg.AsyncConnection.connect", "psycopg.Connection.connect", "aiomysql.connect"),
    *("sqlalchemy.create_engine", "sqlalchemy.ext.asyncio.create_async_engine"),
    *("psycopg_pool.ConnectionPool", "psycopg_pool.AsyncConnectionPool"),
)
CLIENTS = ("mcp.ClientSession", "fastmcp.Client")


@check("CK624", needs=SOURCE, severity="info", symptoms=("unavailable", "slow"))
def health_costs_little(chat: Anatomy) -> Iterator[Finding]:
    """Anybody may ask for health, and monitors do so all the time: where each question opens a
    connection to the database or the tools, many of them keep people out. And a service that
    answers with a redirect or 404 is not there, which `status_code < 500` takes for a yes. An info.
    """
    for route in chat.code.functions:
        if not any(map(HEALTH.search, _paths(chat, route))):
            continue
        near = reaches(chat.code, [route], hops=2)
        for call in (each for scope in near for each in chat.code.inside(scope)):
            if _opens(chat, call) and not _is_kept(call):
                yield Finding(
                    what="Whoever asks for health opens a connection, and many who ask keep people "
                    "out.",
                    where=call.where,
                    evidence=f"`{route.name}` calls `{call.written}` each time.",
                    fix="Ask over the pool that the chat has, and let all who ask within a few "
                    "seconds get the same answer.",
                    cause="health opens",
                )
                break
        for scope, node in _guesses(chat, near):
            yield Finding(
                what="Health says that a service is there which answered with a redirect or 404.",
                where=chat.code.where(scope, node),
                evidence=f"`{syntax.code(node)}` is taken for a yes.",
                fix="Take only what the service answers when it is well for a yes.",
                cause="health guesses",
            )


def _paths(chat: Anatomy, scope: Scope) -> Iterator[str]:
    """The paths under which a function answers to GET."""
    for call in map(chat.code.call_of, decorating(scope.node)):
        if call is not None and call.method in ("get", "api_route", "route"):
            yield chat.code.text(scope.outer or scope, call.argument("path", 0)) or ""


def _opens(chat: Anatomy, call: Call) -> bool:
    of_tools = any(call.node is each.node for each in chat.openings)
    return of_tools or resolves_to(chat.code, call.scope, call.written, *CONNECTING, *CLIENTS)


def _is_kept(call: Call) -> bool:
    """Whether it is made where there is none yet, or once: `if pool is None`, `@cache`."""
    function = call.scope.function
    if function is None:
        return True
    marks = syntax.decorators(function.node)
    if any("cache" in each for each in marks):
        return True
    return any(
        call.node in set(syntax.walk(each.body))
        for each in within_node(function.node, cst.If)
        if isinstance(each.test, cst.UnaryOperation | cst.Comparison)
    )


def _guesses(chat: Anatomy, near: tuple[Scope, ...]) -> Iterator[tuple[Scope, cst.Comparison]]:
    """`answer.status_code < 500`"""
    for scope in near:
        for each in within_node(scope.node, cst.Comparison):
            compared = each.comparisons[0]
            is_below = isinstance(compared.operator, cst.LessThan | cst.LessThanEqual)
            name = each.left.attr.value if isinstance(each.left, cst.Attribute) else ""
            most = number_of(chat.code, scope, compared.comparator)
            if is_below and name in ("status_code", "status") and most in (499, 500):
                yield scope, each
