"""A streamed answer begins only when its first event is there."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.scope import Scope


@check("CK503", needs=SOURCE, severity="warning", symptoms=("cut_off", "silent"))
def stream_begins_with_event(chat: Anatomy) -> Iterator[Finding]:
    """Otherwise a message into an unknown thread gets 200 and a stream that breaks off."""
    for endpoint in chat.endpoints:
        for scope, results in _holding(chat, endpoint):
            for call in chat.code.inside(scope):
                streamed = syntax.dotted(call.argument("content", 0))
                if call.method == "StreamingResponse" and streamed in results:
                    yield _finding(chat, call, streamed)


def _finding(chat: Anatomy, call: Call, streamed: str) -> Finding:
    return Finding(
        what="A message into an unknown thread is answered with 200 and a stream that "
        "breaks off: the status is sent before anything was looked up.",
        where=call.where,
        evidence=f"`{streamed}` is handed to `StreamingResponse` as it is.",
        fix="Await the first event before the response is made, and answer 404 or 503 "
        "where that fails.",
        cause="stream start",
    )


def _holding(chat: Anatomy, endpoint: Scope) -> Iterator[tuple[Scope, set[str]]]:
    """The endpoint, and each function that it gives the result to, with the result's names."""
    results = _results(chat, endpoint)
    yield endpoint, results
    for call in chat.code.inside(endpoint):
        called = chat.code.called(call)
        if called is None:
            continue
        names = called.parameters
        names = names[1:] if names[:1] == ("self",) else names
        given = {
            arg.keyword.value if arg.keyword else name
            for arg, name in zip(call.args, names, strict=False)
            if syntax.dotted(arg.value) in results
        }
        if given:
            yield called, given


def _results(chat: Anatomy, endpoint: Scope) -> set[str]:
    """The names that hold what `process` returned."""
    calls = {call.node for call in chat.handlers}
    return {
        each.target
        for each in syntax.assignments(endpoint.node)
        if any(node in calls for node in syntax.walk(each.value))
    }
