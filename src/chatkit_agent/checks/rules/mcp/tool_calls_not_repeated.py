"""A tool call that was sent is not sent again by itself."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import number_of


@check("CK203", needs=SOURCE, symptoms=("repeats",))
def tool_calls_not_repeated(chat: Anatomy) -> Iterator[Finding]:
    """With `max_retry_attempts` above 0 a slow tool that writes was seen to write four times while
    the person was told that it failed.
    """
    for call in chat.connections:
        many = number_of(chat.code, call.scope, call.value("max_retry_attempts"))
        if many:
            times = "any number of" if many < 0 else f"{many:g}"
            yield Finding(
                what="A tool that writes can run several times for one request, because a call "
                "that timed out or was cancelled is sent again although it may have been carried "
                "out.",
                where=chat.code.where(call.scope, call.argument("max_retry_attempts")),
                evidence=f"`{call.method}` makes {times} more attempts.",
                fix="Set `max_retry_attempts=0`, and give slow tools time with "
                "`client_session_timeout_seconds=60`.",
                edit="stop_retrying_tools",
                cause="tools repeated",
            )
