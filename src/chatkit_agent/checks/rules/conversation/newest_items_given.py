"""The model is given the newest items of a thread, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.flows import Flow, followed
from chatkit_agent.project.source.meaning import number_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

MANY = 200
TURNING = {"reversed", "reverse", "sorted", "sort", "appendleft", "extendleft", "insert"}
READING = {"to_agent_input", "simple_to_agent_input", "run_streamed", "run"}


@check("CK009", needs=SOURCE, severity="warning", symptoms=("forgets",))
def newest_items_given(chat: Anatomy) -> Iterator[Finding]:
    """`load_thread_items(..., limit, "asc")` gives the first items that were ever said: in a
    longer conversation the model does not hear the question. With `"desc"` the newest come first,
    and have to be turned round before the model reads them. Silent where pages are followed.
    """
    for call in _loads(chat):
        order = call.text("order", 3)
        limit = number_of(chat.code, call.scope, call.value("limit", 2))
        function = call.scope.function or call.scope
        if limit == 1:
            continue
        if order == "asc" and limit is not None and limit < MANY and not _pages(function, call):
            yield _finding(
                chat,
                call,
                "The model is given the oldest messages only: in a longer conversation it does "
                "not even hear the question.",
                f"The first {limit:.0f} items are loaded, from the oldest on.",
                'Load them with `order="desc"` and turn them round: `list(reversed(page.data))`.',
            )
        elif order == "desc" and not _turns(chat, call):
            yield _finding(
                chat,
                call,
                "The model reads the conversation backwards, the newest message first.",
                'The items are loaded with `order="desc"`, and nothing turns them round.',
                "Give the model `list(reversed(page.data))`.",
            )


def _loads(chat: Anatomy) -> Iterator[Call]:
    """Where a turn loads what the model is to read."""
    for call in chat.code.calls:
        function, owner = call.scope.function, call.scope.owner
        is_turn = function in chat.turning or owner in chat.servers
        is_load = call.method == "load_thread_items" and owner not in chat.stores
        if is_load and is_turn and any(_is_read(each) for each in _flows(chat, call)):
            yield call


def _is_read(flow: Flow) -> bool:
    return any(call.method in READING and _is_given(call, flow) for call in flow.calls)


def _flows(chat: Anatomy, call: Call) -> Iterable[Flow]:
    """What the page becomes, where it is loaded and wherever it is handed on."""
    function = call.scope.function or call.scope
    return followed(Flow(chat.code, function, nodes={call.node}), chat.code.called_by)


def _is_given(call: Call, flow: Flow) -> bool:
    return any(flow.holds(each) for each in call.given)


def _pages(function: Scope, call: Call) -> bool:
    """Whether the pages behind are asked for as well."""
    after = call.value("after", 1)
    loops = within_node(function.node, cst.While, cst.For)
    is_looped = any(call.node in within_node(each, cst.Call) for each in loops)
    is_asked = any(
        each.attr.value == "has_more" for each in within_node(function.node, cst.Attribute)
    )
    return is_looped or is_asked or (after is not None and syntax.dotted(after) != "None")


def _turns(chat: Anatomy, call: Call) -> bool:
    """Whether the items are turned round, anywhere on their way."""
    return any(_is_turned(flow) for flow in _flows(chat, call))


def _is_turned(flow: Flow) -> bool:
    for each in within_node(flow.scope.node, cst.Subscript):
        steps = [part.slice.step for part in each.slice if isinstance(part.slice, cst.Slice)]
        if flow.holds(each.value) and any(step is not None for step in steps):
            return True
    for call in flow.calls:
        func = call.node.func
        is_of_it = isinstance(func, cst.Attribute) and flow.holds(func.value)
        if call.method in TURNING and (is_of_it or _is_given(call, flow)):
            return True
    return False


def _finding(chat: Anatomy, call: Call, what: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what=what,
        where=call.where,
        evidence=evidence,
        fix=fix,
        cause="history order",
    )
