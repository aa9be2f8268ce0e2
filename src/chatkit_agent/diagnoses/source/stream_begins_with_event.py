"""A streamed answer begins only when its first event is there."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.scopes import Scope


def stream_begins_with_event(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for endpoint in chat.endpoints:
        results = _results(chat, endpoint)
        for call in chat.code.inside(endpoint):
            streamed = syntax.dotted(call.argument("content", 0))
            if call.method == "StreamingResponse" and streamed in results:
                yield Finding(
                    what="A message into an unknown thread is answered with 200 and a stream that "
                    "breaks off: the status is sent before anything was looked up.",
                    where=chat.code.where(call.scope, call.node),
                    evidence=f"`{streamed}` is handed to `StreamingResponse` as it is.",
                    fix="Await the first event before the response is made, and answer 404 or 503 "
                    "where that fails.",
                    severity="warning",
                    cause="stream start",
                    explains=("cut_off", "silent"),
                )


def _results(chat: Anatomy, endpoint: Scope) -> set[str]:
    """The names that hold what `process` returned."""
    calls = {call.node for call in chat.handlers}
    return {
        each.target
        for each in syntax.assignments(endpoint.node)
        if any(node in calls for node in syntax.walk(each.value))
    }
