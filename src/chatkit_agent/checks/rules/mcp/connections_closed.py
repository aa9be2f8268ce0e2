"""A connection to the tools that a turn opens is closed when the turn ends."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import last_name, within_node

CLOSING = {"cleanup", "aclose", "close", "disconnect", "__aexit__", "shutdown"}
KEEPING = {"enter_async_context", "push_async_callback", "push_async_exit", "callback"}


@check("CK215", needs=SOURCE, severity="warning", symptoms=("slow", "silent"))
def connections_closed(chat: Anatomy) -> Iterator[Finding]:
    """`await server.connect()` in each turn without `cleanup()` in a `finally` leaves a connection,
    and a task, behind for each question, until the server or the process has none left.
    `async with` closes it.
    """
    yield from _never_opened(chat)
    for call in chat.openings:
        if not chat.answering(call):
            continue
        for opened, function in _connection_of(chat, call):
            if _is_closed(chat, function):
                continue
            yield Finding(
                what="Each turn leaves a connection to the tools' server open.",
                where=opened.where,
                evidence=f"`{opened.written}()` is called in each turn, and nothing closes it in a "
                "`finally`.",
                fix="Open it with `async with`, or call `await server.cleanup()` in `finally`.",
                cause="connections left",
            )


def _never_opened(chat: Anatomy) -> Iterator[Finding]:
    """An agent is given servers, and nothing in the chat opens any."""
    opening = {"connect", "enter_async_context", "__aenter__", "MCPServerManager"}
    entered = [
        item.item
        for scope in chat.code.functions
        if scope.owner not in chat.stores
        for block in within_node(scope.node, cst.With)
        for item in (block.items if block.asynchronous else ())
    ]
    kinds = {*(call.method for call in chat.openings), *(e.name for e in chat.tool_servers)}
    given = [call for call in chat.agents if call.argument("mcp_servers") is not None]
    # A method of the project is another's, such as a database's; what it calls is here as well.
    is_opened = any(
        call.method in opening and chat.code.called(call) is None
        for call in chat.code.calls
        if not call.package_name or chat.code.is_from(call.symbol, "agents", *opening)
    )
    for item in entered:
        call = chat.code.call_of(item)
        is_other = call is not None and not call.package_name and chat.code.called(call) is None
        is_opened = is_opened or call is None or is_other or call.method in kinds
        called = chat.code.called(call) if call else None
        near = reaches(chat.code, [called]) if called else ()
        is_opened = is_opened or any(e.method in kinds for n in near for e in chat.code.inside(n))
    if chat.openings and given and not is_opened:
        yield Finding(
            what="Every turn ends with a UserError: the tools' server was never connected.",
            where=given[0].where,
            evidence="The agent is given `mcp_servers`, and nothing calls `connect()`.",
            fix="Open the server with `async with` around the run.",
            severity="error",
            cause="never connected",
            explains=("stream_error",),
        )


def _connection_of(chat: Anatomy, call: Call) -> Iterator[tuple[Call, Scope]]:
    """Where what is made is connected: in the same function, or by whoever calls it."""
    maker = call.scope.function
    callers = [each.scope.function for each in chat.code.called_by.get(maker, ())] if maker else []
    for function in dict.fromkeys([maker, *callers]):
        opened = _connects(chat, function) if function is not None else None
        if opened is not None and function is not None:
            yield opened, function
            return


def _connects(chat: Anatomy, function: Scope) -> Call | None:
    found = (each for each in chat.code.inside(function) if each.method == "connect")
    return next((each for each in found if each.receiver not in ("self", "super()")), None)


def _is_closed(chat: Anatomy, function: Scope) -> bool:
    callers = [each.scope.function for each in chat.code.called_by.get(function, ())]
    near = reaches(chat.code, [function, *(each for each in callers if each)], hops=1)
    for scope in near:
        for block in within_node(scope.node, cst.Try):
            parts = [block.finalbody] if block.finalbody else []
            names = {last_name(each.func) for part in parts for each in within_node(part, cst.Call)}
            if names & CLOSING or any(_closes(chat, name) for name in names):
                return True
        called = {each.method for each in chat.code.inside(scope)}
        if called & KEEPING:
            return True
    return False


def _closes(chat: Anatomy, name: str) -> bool:
    """A helper of the project that closes what it is given."""
    helpers = (each for each in chat.code.functions if each.last_name == name)
    return any(inner.method in CLOSING for each in helpers for inner in chat.code.inside(each))
