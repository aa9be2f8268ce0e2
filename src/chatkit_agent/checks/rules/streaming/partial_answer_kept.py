"""Stop, a closed tab and a failing provider end the run, and what was said is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.walking import within_node

KEEPING = re.compile(r"handle_stream_cancelled|save|store|add|keep|persist|insert|upsert|write")
# By itself, or by what is called when the turn ends.
ENDING = (".cancel", "TaskGroup", "aclosing(", "callback(")


@check(
    "CK506",
    "Stop, a closed tab and a failing provider end the run, and what was said is kept",
    needs=SOURCE,
    severity="warning",
    symptoms=("cut_off", "forgets"),
)
def partial_answer_kept(chat: Anatomy) -> Iterator[Finding]:
    """Stop, a closed tab and a failing provider end the run, and what was said is kept. Where
    the run is started in the response itself and nothing cancels its result, the model runs on
    to its end, and what was shown is lost.
    """
    yield from _dropped(chat)
    for call in chat.runs:
        function = call.scope.function
        if call.method != "run_streamed" or function is None or not chat.answering(call):
            continue
        is_ended = any(word in syntax.code(function.node) for word in ENDING)
        if not is_ended and any(within_node(function.node, cst.Yield)):
            yield Finding(
                what="When the person presses Stop or closes the tab, the model runs on to its end "
                "and what was shown is lost; so it is when the provider breaks off.",
                where=chat.code.where(call.scope, call.node),
                evidence="The run is started in the response itself, and nothing cancels its "
                "result when the response ends.",
                fix="Run the turn in a task that feeds a queue, cancel it and its result "
                "(`result.cancel()`) when the response ends, and save what was said by then.",
                cause="partial answer",
                explains=("cut_off", "forgets", "slow"),
            )


def _dropped(chat: Anatomy) -> Iterator[Finding]:
    """`handle_stream_cancelled` in the place of the SDK's, which saves what is there."""
    for server in chat.servers:
        method = chat.code.methods(server).get("handle_stream_cancelled")
        if method is not None and not any(
            KEEPING.search(call.method) for call in chat.code.inside(method)
        ):
            yield Finding(
                what="When the person presses Stop or closes the tab, what was shown is lost.",
                where=chat.code.where(method),
                evidence=f"`{method.name}` takes the place of the SDK's, and saves nothing.",
                fix="Call `await super().handle_stream_cancelled(...)` in it, or save the items.",
                cause="partial answer",
            )
