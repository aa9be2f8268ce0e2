"""The system prompt holds nothing that a person or a client wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import within_node

HISTORY = re.compile(r"history|conversation|messages|transcript|user_(?:input|message|text|query)")
SAID = re.compile(r"\bload_thread_items\(|\bto_agent_input\(|\bsimple_to_agent_input\(")
PROMPT = re.compile(r"prompt|instructions|template", re.IGNORECASE)


@check(
    "CK003",
    "The system prompt holds nothing that a person or a client wrote",
    needs=SOURCE,
    severity="warning",
    symptoms=("leaks", "slow"),
)
def instructions_of_ours(chat: Anatomy) -> Iterator[Finding]:
    """The system prompt holds nothing that a person or a client wrote. A history in it is taken
    by the model for the owner's orders.
    """
    for call in chat.code.calls:
        if call.method == "format" and PROMPT.search(call.receiver):
            for name, value in call.keywords.items():
                if HISTORY.search(name) and _is_used(chat, call):
                    written = f"{name}={syntax.code(value)}"
                    yield _finding(chat, call.scope, value, written)
                    break
    for call in chat.agents:
        given = call.value("instructions")
        is_filled = isinstance(given, cst.Call) and "format" in syntax.code(given.func)
        for part in within_node(given, cst.Name) if given is not None and not is_filled else ():
            if HISTORY.search(part.value) or _is_of_thread(chat, call.scope, part.value):
                yield _finding(chat, call.scope, part, part.value)
                break


def _is_of_thread(chat: Anatomy, scope: Scope, name: str) -> bool:
    """Whether a name holds what was said in the thread, here or where this function is called."""
    function = scope.function
    if function is None or not isinstance(function.node, cst.FunctionDef):
        return False
    values = [e.value for e in syntax.assignments(function.node) if e.target == name]
    if values:
        return any(SAID.search(syntax.code(each)) for each in values)
    params = [each.name.value for each in function.node.params.params]
    if function in chat.responders or name not in params:
        return False
    place = params.index(name) - int(function.owner is not None)
    for call in chat.called_by.get(function, ()):
        given = call.argument(name, place)
        if isinstance(given, cst.Name) and call.scope.function is not function:
            around = call.scope.function.node if call.scope.function else call.scope.node
            held_there = [e.value for e in syntax.assignments(around) if e.target == given.value]
            if any(SAID.search(syntax.code(each)) for each in held_there):
                return True
    return False


def _is_used(chat: Anatomy, call: Call) -> bool:
    """Whether the function is called from somewhere: old ones stay in many a project."""
    function = call.scope.function
    return function is None or chat.is_referred_to(function)


def _finding(chat: Anatomy, scope: Scope, node: cst.CSTNode, written: str) -> Finding:
    return Finding(
        what="What people write becomes part of the system prompt, where the model takes it for "
        "your own orders; and each message is sent several times.",
        where=chat.code.where(scope, node),
        evidence=f"The instructions are filled with `{written}`.",
        fix="Give the history as input items (`simple_to_agent_input`), and keep the instructions "
        "to what you wrote yourself.",
        cause="history in prompt",
    )
