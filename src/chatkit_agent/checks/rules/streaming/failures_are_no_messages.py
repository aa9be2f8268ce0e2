"""A failure is told as an error event, and is no message of the assistant."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import names_meant
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import literals, within_node

APOLOGY = re.compile(
    r"sorry|apolog|trouble|unavailable|try again|went wrong|fail|unable|could(?: not|n.t)|error",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(r"\blog|\bprint$|\bErrorEvent$|\bCustomStreamError$")
ITEM = "AssistantMessageItem"
SENDING = ("put", "put_nowait", "add_thread_item", "save_item")


@check(
    "CK508",
    "A failure is told as an error event, and is no message of the assistant",
    needs=SOURCE,
    severity="warning",
    symptoms=("silent", "stream_error"),
)
def failures_are_no_messages(chat: Anatomy) -> Iterator[Finding]:
    """A failure is told as an error event, and is no message of the assistant. An apology that
    is sent as a message is stored, is given back to the model, and hides what went wrong. So
    does one that a function makes, or that goes to a queue or the store.
    """
    for scope in chat.code.functions:
        if scope.owner in chat.servers:
            for handler in within_node(scope.node, cst.ExceptHandler):
                said = _said(chat, scope, handler)
                if said is not None:
                    yield _finding(chat, scope, handler, said)


def _said(chat: Anatomy, scope: Scope, handler: cst.ExceptHandler) -> cst.CSTNode | None:
    """What a handler says as the assistant: an item as it is, or one that a function makes."""
    if ITEM in names_meant(chat.code, scope, handler.body):
        for each in within_node(handler.body, cst.Yield):
            if "ThreadItemDoneEvent" in names_meant(chat.code, scope, each):
                return each
    for call in chat.code.calls_in(handler.body):
        made = chat.code.called(call)
        parts = [(scope, handler.body), *([(made, made.node)] if made else [])]
        is_item = any(ITEM in names_meant(chat.code, *each) for each in parts)
        is_sent = made is not None or call.method in SENDING
        if is_item and is_sent and any(_apologises(part) for _, part in parts):
            return call.node
    return None


def _apologises(node: cst.CSTNode) -> bool:
    """Whether a text in it says that something went wrong, and is no log's or error event's."""
    elsewhere = {
        text
        for call in within_node(node, cst.Call)
        if ELSEWHERE.search(syntax.dotted(call.func) or "")
        for text, _ in literals(call)
    }
    return any(APOLOGY.search(said) for text, said in literals(node) if text not in elsewhere)


def _finding(
    chat: Anatomy, responder: Scope, handler: cst.ExceptHandler, said: cst.CSTNode
) -> Finding:
    kind = syntax.code(handler.type) if handler.type else "everything"
    return Finding(
        what="Every failure looks like an answer: the apology is stored, given back to the model "
        "as its own words, and hides what went wrong from the person and from the client.",
        where=chat.code.where(responder, said),
        evidence=f"The handler of `{kind}` makes an `AssistantMessageItem` of it.",
        fix="Raise `CustomStreamError(message, allow_retry=True)`, or yield an `ErrorEvent`.",
        cause="apology",
    )
