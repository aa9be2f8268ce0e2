"""Times that are stored and sent have a zone."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations


def times_have_zone(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    naive = [
        call
        for call in chat.code.calls
        if call.scope.file in chat.files
        and call.written in ("datetime.now", "datetime.utcnow", "datetime.datetime.now")
        and not call.node.args
    ]
    if naive:
        places = [chat.code.where(call.scope, call.node) for call in naive]
        yield Finding(
            what="Times have no zone, so a browser takes them for its own: messages seem to be "
            "hours old, or of the future.",
            where=places[0],
            evidence=f"`{naive[0].written}()`, in {len(places)} place{'s' * (len(places) > 1)}.",
            fix="Write `datetime.now(timezone.utc)`.",
            severity="info",
            cause="naive times",
            more=tuple(f"{place}: the same" for place in places[1:]),
        )
