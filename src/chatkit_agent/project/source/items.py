"""Items: those that a turn makes for its thread, and where they go."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.flows import Flow, followed

ADDING = "add_thread_item"
EVENTS = {f"chatkit.types.ThreadItem{name}Event" for name in ("Done", "Added")}


def items_made(chat: Anatomy) -> Iterator[Call]:
    """`AssistantMessageItem(...)` and its like, in a function."""
    for call in chat.code.calls:
        name = call.package_name
        if name.startswith("chatkit.types.") and name.endswith("Item") and call.scope.function:
            yield call


def destinations(chat: Anatomy, made: Call) -> Iterator[Call]:
    """The events that an item is sent with, and where it is added to the store, as it is."""
    function = made.scope.function
    begun = [Flow(chat.code, function, nodes={made.node}, is_kept=True)] if function else []
    for flow in (each for one in begun for each in followed(one, chat.code.called_by)):
        for call in flow.calls:
            is_it = call.package_name in EVENTS or call.method == ADDING
            if is_it and any(flow.holds(each) for each in call.given):
                yield call
