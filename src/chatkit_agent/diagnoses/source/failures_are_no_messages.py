"""A failure is told as an error event, and is no message of the assistant."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.scopes import Scope, within_node


def failures_are_no_messages(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for responder in chat.responders:
        for handler in within_node(responder.node, cst.ExceptHandler):
            said = _said(handler)
            if said is not None:
                yield _finding(chat, responder, handler, said)


def _said(handler: cst.ExceptHandler) -> cst.Yield | None:
    """The item that a handler says as the assistant."""
    names = {each.value for each in within_node(handler.body, cst.Name)}
    if "AssistantMessageItem" not in names:
        return None
    for each in within_node(handler.body, cst.Yield):
        if "ThreadItemDoneEvent" in {name.value for name in within_node(each, cst.Name)}:
            return each
    return None


def _finding(
    chat: Anatomy, responder: Scope, handler: cst.ExceptHandler, said: cst.Yield
) -> Finding:
    kind = syntax.code(handler.type) if handler.type else "everything"
    return Finding(
        what="Every failure looks like an answer: the apology is stored, given back to the model "
        "as its own words, and hides what went wrong from the person and from the client.",
        where=chat.code.where(responder, said),
        evidence=f"The handler of `{kind}` yields an `AssistantMessageItem`.",
        fix="Raise `CustomStreamError(message, allow_retry=True)`, or yield an `ErrorEvent`.",
        severity="warning",
        cause="apology",
        explains=("silent", "stream_error"),
    )
