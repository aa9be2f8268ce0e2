"""A tool server that is away does not take the chat with it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.in_front import is_context_manager
from chatkit_agent.project.source.told_errors import kinds_caught
from chatkit_agent.project.source.walking import called_name, within_node

NARROW = {
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "OSError",
    "IOError",
    "TimeoutError",
    "asyncio.TimeoutError",
    "ValueError",
}
"""None of these is what the SDK raises when a server is away."""


@check("CK207", needs=SOURCE, severity="warning", symptoms=("stream_error", "silent"))
def chat_works_without_tools(chat: Anatomy) -> Iterator[Finding]:
    """Where the connection is opened around the whole turn, it does; and `except ConnectionError`
    never matches what the SDK raises. A connection may be opened by `connect()`, by an exit stack,
    or by a context manager of the project.
    """
    for call in chat.code.calls:
        answers = chat.answering(call) or _is_manager(call)
        entered = _block_of(call) if answers and _connects(chat, call) else None
        if entered is not None:
            yield _finding(chat, call, entered)
    for call in _bare_connects(chat):
        narrow = sorted(kind for block in _tries(call) for kind in _kinds(call, block))
        evidence = _never(narrow) if narrow else "Nothing catches what it raises."
        yield _no_answer(call.where, evidence)


def _is_manager(call: Call) -> bool:
    """Whether it is made in a context manager."""
    function = call.scope.function
    return function is not None and is_context_manager(call.code, function)


def _connects(chat: Anatomy, call: Call) -> bool:
    """Whether a connection is made by a call, or by a function that does nothing else."""
    if call in chat.connections:
        return True
    made = chat.code.called(call)
    if made is None:
        return False
    given = syntax.returned(made.node)
    return any(each.node in given for each in chat.connections)


def _bare_connects(chat: Anatomy) -> Iterator[Call]:
    """`await server.connect()`, where whatever it raises ends the turn."""
    made = {
        (call.scope.function, _name(call))
        for call in chat.code.calls
        if _connects(chat, call) and call.scope.function
    }
    for call in chat.code.calls:
        function = call.scope.function
        opens = call.method == "connect" and (function, call.receiver) in made
        if call.method == "enter_async_context" and function is not None:
            given = call.argument("cm", 0)
            inner = (each for each in chat.code.inside(function) if each.node is given)
            opens = any(_connects(chat, each) for each in inner)
            opens = opens or (function, syntax.dotted(given)) in made
        if opens and not any(_is_wide(call, block) for block in _tries(call)):
            yield call


def _tries(call: Call) -> Iterator[cst.Try]:
    function = call.scope.function
    for block in within_node(function.node, cst.Try) if function else ():
        if block.handlers and call.node in within_node(block.body, cst.Call):
            yield block


def _kinds(call: Call, block: cst.Try) -> Iterator[str]:
    for handler in block.handlers:
        yield from kinds_caught(call.code, call.scope, handler.type)


def _is_wide(call: Call, block: cst.Try) -> bool:
    return any(kind not in NARROW for kind in _kinds(call, block))


def _name(call: Call) -> str | None:
    found = (each for each in syntax.assignments(call.scope.node) if each.value is call.node)
    return next((each.target for each in found), None)


def _block_of(call: Call) -> cst.With | None:
    """The `async with` of a connection, where the run of the agent is in its block."""
    function = call.scope.function
    for block in within_node(function.node, cst.With) if function else ():
        opens = any(_opens(call, item) for item in block.items)
        runs = (called_name(each.func) for each in within_node(block.body, cst.Call))
        if opens and any(name.endswith(("run_streamed", ".run")) for name in runs):
            return block
        hands_on = _is_manager(call) and any(within_node(block.body, cst.Yield))
        if opens and hands_on and not any(_is_wide(call, each) for each in _tries(call)):
            return block
    return None


def _opens(call: Call, item: cst.WithItem) -> bool:
    """Whether it is entered itself; `MCPServerManager([...])` leaves out what fails."""
    inside = within_node(item, cst.Call)
    managers = (each for each in inside if called_name(each.func).endswith("MCPServerManager"))
    managed = {one for each in managers for one in syntax.walk(each)}
    return call.node not in managed and call.node in within_node(item, cst.Call)


def _finding(chat: Anatomy, call: Call, entered: cst.With) -> Finding:
    never = _never_matching(call, entered)
    evidence = "The agent runs inside the block that opens it."
    if _is_manager(call):
        evidence = f"`{call.scope.name}` opens it, and nothing there catches what that raises."
    where = call.where
    return _no_answer(where, f"{evidence} {never}" if never else evidence)


def _no_answer(where: str, evidence: str) -> Finding:
    return Finding(
        what="Without its tool server the chat does not answer at all: the connection is opened "
        "before the turn, and a failure ends it.",
        where=where,
        evidence=evidence,
        fix="Open connections with `MCPServerManager`, which leaves out those that fail, within a "
        "few seconds, and tell the model that its tools are away.",
        cause="tools away",
    )


def _never_matching(call: Call, entered: cst.With) -> str | None:
    function = call.scope.function
    for block in within_node(function.node, cst.Try) if function else ():
        if entered in within_node(block.body, cst.With):
            kinds = [kind for kind in _kinds(call, block) if kind in NARROW]
            if kinds:
                return _never(kinds)
    return None


def _never(kinds: list[str]) -> str:
    return f"`except {kinds[0]}` never matches: the SDK raises other errors."
