"""Tools have more than the five seconds that the SDK gives them by itself."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding


def tools_given_time(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for call in chat.connections:
        if call.argument("client_session_timeout_seconds") is None and not call.spreads:
            yield Finding(
                what="A tool that takes longer than 5 seconds fails, although the HTTP time-out "
                "may be longer: the session has a limit of its own.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"`{call.method}` is made without `client_session_timeout_seconds`, which "
                "is 5 then.",
                fix="Set `client_session_timeout_seconds=60`, or what your slowest tool needs.",
                severity="warning",
                edit="give_tools_time",
                cause="tools time",
                explains=("cut_off", "stream_error", "silent"),
            )
