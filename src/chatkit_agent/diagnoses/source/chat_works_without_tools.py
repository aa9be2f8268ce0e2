"""A tool server that is away does not take the chat with it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.scopes import Call, within_node


def chat_works_without_tools(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in chat.connections:
        entered = _entered(call) if chat.answering(call) else None
        if entered is not None:
            yield _finding(chat, call, entered)
    for call in _unguarded(chat):
        yield _told(chat.code.where(call.scope, call.node), "Nothing catches what it raises.")


def _unguarded(chat: Anatomy) -> Iterator[Call]:
    """`await server.connect()`, where whatever it raises ends the turn."""
    made = {(call.scope.function, _name(call)) for call in chat.connections}
    for call in chat.code.calls:
        function = call.scope.function
        if call.method != "connect" or function is None or (function, call.receiver) not in made:
            continue
        blocks = within_node(function.node, cst.Try)
        guarded = any(
            call.node in within_node(block.body, cst.Call) for block in blocks if block.handlers
        )
        if not guarded:
            yield call


def _name(call: Call) -> str | None:
    found = (each for each in syntax.assignments(call.scope.node) if each.value is call.node)
    return next((each.target for each in found), None)


def _entered(call: Call) -> cst.With | None:
    """The `async with` of a connection, where the run of the agent is in its block."""
    function = call.scope.function
    for block in within_node(function.node, cst.With) if function else ():
        opens = any(call.node in within_node(item, cst.Call) for item in block.items)
        runs = (syntax.dotted(each.func) or "" for each in within_node(block.body, cst.Call))
        if opens and any(name.endswith(("run_streamed", ".run")) for name in runs):
            return block
    return None


def _finding(chat: Anatomy, call: Call, entered: cst.With) -> Finding:
    never = _never_matching(call, entered)
    evidence = "The agent runs inside the block that opens it."
    where = chat.code.where(call.scope, call.node)
    return _told(where, f"{evidence} {never}" if never else evidence)


def _told(where: str, evidence: str) -> Finding:
    return Finding(
        what="Without its tool server the chat does not answer at all: the connection is opened "
        "before the turn, and a failure ends it.",
        where=where,
        evidence=evidence,
        fix="Open connections with `MCPServerManager`, which leaves out those that fail, within a "
        "few seconds, and tell the model that its tools are away.",
        severity="warning",
        cause="tools away",
        explains=("stream_error", "silent"),
    )


def _never_matching(call: Call, entered: cst.With) -> str | None:
    function = call.scope.function
    for block in within_node(function.node, cst.Try) if function else ():
        if entered in within_node(block.body, cst.With):
            kinds = (syntax.dotted(each.type) for each in block.handlers if each.type)
            if "ConnectionError" in kinds:
                return "`except ConnectionError` never matches: the SDK raises other errors."
    return None
