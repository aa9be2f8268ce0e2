"""The model is given the newest items of a thread, in the order in which they were said."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import number_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import within_node

MANY = 200
TURNING = {"reversed", "reverse", "sorted", "sort"}


@check(
    "CK009",
    "The model is given the newest items of a thread, oldest first",
    needs=SOURCE,
    severity="warning",
    symptoms=("forgets",),
)
def newest_items_given(chat: Anatomy) -> Iterator[Finding]:
    """`load_thread_items(..., limit, "asc")` gives the first items that were ever said: in a
    longer conversation the model does not hear the question. With `"desc"` the newest come first,
    and have to be turned round before the model reads them. Silent where pages are followed.
    """
    for call in _loads(chat):
        order = call.text("order", 3)
        limit = number_of(chat.code, call.scope, call.value("limit", 2))
        function = call.scope.function or call.scope
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
        owner = call.scope.owner
        is_turn = call.scope.function in chat.turning or owner in chat.servers
        is_load = call.method == "load_thread_items" and owner not in chat.stores
        if is_load and is_turn and call.scope.function and _reads(call.scope.function):
            yield call


def _reads(function: Scope) -> bool:
    """Whether what is loaded becomes the input of the model, and not the look at one item."""
    names = {each.value for each in within_node(function.node, cst.Name)}
    return bool(
        names & {"to_agent_input", "simple_to_agent_input", "run_streamed", "run", "Runner"}
    )


def _pages(function: Scope, call: Call) -> bool:
    """Whether the pages behind are asked for as well."""
    names = {each.value for each in within_node(function.node, cst.Name)}
    after = syntax.dotted(call.argument("after", 1))
    is_looped = any(
        call.node in within_node(each, cst.Call)
        for each in within_node(function.node, cst.While, cst.For)
    )
    return is_looped or "has_more" in names or after not in (None, "None")


def _turns(chat: Anatomy, call: Call) -> bool:
    function = call.scope.function or call.scope
    callers = [each.scope.function for each in chat.called_by.get(function, ())]
    near = [function, *(each for each in callers if each)]
    for scope in near:
        names = {each.value for each in within_node(scope.node, cst.Name)}
        steps = within_node(scope.node, cst.Slice)
        if names & TURNING or any(
            each.step is not None and syntax.code(each.step) == "-1" for each in steps
        ):
            return True
    return False


def _finding(chat: Anatomy, call: Call, what: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what=what,
        where=chat.code.where(call.scope, call.node),
        evidence=evidence,
        fix=fix,
        cause="history order",
    )
