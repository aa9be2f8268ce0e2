"""The model is given what was said before."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.walking import within_node

REMEMBERING = {
    "load_thread_items",
    "previous_response_id",
    "conversation_id",
    "session",
    "history",
    "to_input_list",
}


@check(
    "CK001",
    "The model is given what was said before",
    needs=SOURCE,
    severity="warning",
    symptoms=("forgets",),
)
def history_given(chat: Anatomy) -> Iterator[Finding]:
    """The model is given what was said before: the server loads the items of the thread, or
    names an earlier response.
    """
    outside = [each.node for each in chat.code.modules if each.file in chat.files]
    stores = {id(name) for each in chat.stores for name in within_node(each.node, cst.Name)}
    names = {
        name.value
        for node in outside
        for name in within_node(node, cst.Name)
        if id(name) not in stores
    }
    if names & REMEMBERING:
        return
    for call in chat.runs:
        if call.method == "run_streamed" and chat.answering(call):
            yield Finding(
                what="The assistant forgets everything after each answer: only the last message is "
                "given to the model.",
                where=chat.code.where(call.scope, call.node),
                evidence="Nothing in the server loads the items of the thread.",
                fix="Load the latest items with `store.load_thread_items(...)` and give "
                "`simple_to_agent_input(items)` to the runner.",
                cause="no history",
            )
