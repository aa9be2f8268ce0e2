"""What the instructions say of the person comes from the token, and not from the request."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node


@check(
    "CK108",
    "What the instructions say of the person comes from the token, and not from the request",
    needs=SOURCE,
    severity="warning",
    symptoms=("leaks", "mixed_up"),
)
def claims_not_from_client(chat: Anatomy) -> Iterator[Finding]:
    """What the instructions say of the person comes from the token, and not from the request's
    own metadata.
    """
    taken = next(_taken(chat), None)
    if taken is None:
        return
    for responder in chat.responders:
        filled = _filled(chat, responder)
        if filled:
            yield Finding(
                what="Any client can write into the system prompt: it is filled with metadata "
                "that the request brings.",
                where=chat.code.where(*taken),
                evidence=f"`{syntax.code(taken[1])[:100]}` takes it from the body, and "
                f"`{responder.name}` fills the prompt with {', '.join(f'`{n}`' for n in filled)}.",
                fix="Fill the prompt from verified claims and from your own database.",
                cause="client metadata",
            )
            return


def _taken(chat: Anatomy) -> Iterator[tuple[Scope, cst.CSTNode]]:
    for endpoint in chat.endpoints:
        for call in chat.code.inside(endpoint):
            is_metadata = call.text("key", 0) == "metadata"
            if call.method == "get" and is_metadata and "json" in syntax.code(endpoint.node):
                yield endpoint, call.node


def _filled(chat: Anatomy, responder: Scope) -> list[str]:
    """The names that hold `context.metadata` and that a prompt is formatted with."""
    held = {
        each.target
        for each in syntax.assignments(responder.node)
        if "context.metadata" in syntax.code(each.value)
    }
    used = {
        name.value
        for call in chat.code.inside(responder)
        if call.method == "format"
        for name in within_node(call.node, cst.Name)
    }
    return sorted(held & used)
