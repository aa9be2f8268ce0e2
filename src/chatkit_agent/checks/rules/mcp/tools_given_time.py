"""Tools have more than the five seconds that the SDK gives them by itself."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source.anatomy import Anatomy


@check(
    "CK204",
    "Tools have more than the five seconds that the SDK gives them by itself",
    needs=SOURCE,
    severity="warning",
    symptoms=("cut_off", "stream_error", "silent"),
)
def tools_given_time(chat: Anatomy) -> Iterator[Finding]:
    """Tools have more than the five seconds that the SDK gives them by itself: `timeout` is
    that of HTTP, and the session has a limit of its own, `client_session_timeout_seconds`.
    """
    for call in chat.connections:
        if call.argument("client_session_timeout_seconds") is None and not call.spreads:
            yield Finding(
                what="A tool that takes longer than 5 seconds fails, although the HTTP time-out "
                "may be longer: the session has a limit of its own.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"`{call.method}` is made without `client_session_timeout_seconds`, which "
                "is 5 then.",
                fix="Set `client_session_timeout_seconds=60`, or what your slowest tool needs.",
                edit="give_tools_time",
                cause="tools time",
            )
