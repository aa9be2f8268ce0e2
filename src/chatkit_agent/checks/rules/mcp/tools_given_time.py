"""Tools have more than the five seconds that the SDK gives them by itself."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import number_of

LIMIT = "client_session_timeout_seconds"
SHORTEST = 5


@check("CK204", needs=SOURCE, severity="warning", symptoms=("cut_off", "stream_error", "silent"))
def tools_given_time(chat: Anatomy) -> Iterator[Finding]:
    """`timeout` is that of HTTP, and the session has a limit of its own,
    `client_session_timeout_seconds`.
    """
    for call in chat.connections:
        given = call.value(LIMIT)
        seconds = number_of(chat.code, call.scope, given)
        is_left_out = given is None and not call.spreads
        if is_left_out or (seconds is not None and 0 < seconds <= SHORTEST):
            told = "5 then" if is_left_out else f"{seconds:g}"
            yield Finding(
                what="A tool that takes longer than some seconds fails, although the HTTP time-out "
                "may be longer: the session has a limit of its own.",
                where=call.where,
                evidence=f"`{call.method}` is made without `{LIMIT}`, which is {told}."
                if is_left_out
                else f"`{LIMIT}` is {told}.",
                fix="Set `client_session_timeout_seconds=60`, or what your slowest tool needs.",
                edit="give_tools_time",
                cause="tools time",
            )
