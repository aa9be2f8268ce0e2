"""The log has no exception that no other check explains."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations, Raised
from chatkit_agent.evidence.static.matching import own_frame
from chatkit_agent.findings import Finding

OUTER = ("StreamError", "HTTPException", "CancelledError", "KeyboardInterrupt", "ExceptionGroup")


def no_exception_left(observations: Observations) -> Iterator[Finding]:
    """One finding for each kind, at the project's own line where there is one."""
    log = observations.log
    if log is None:
        return
    seen: dict[str, list[Raised]] = {}
    for each in log.raised:
        if each.name not in OUTER:
            seen.setdefault(each.kind, []).append(each)
    for kind, raised in seen.items():
        first = raised[0]
        own = own_frame(observations, first)
        at = f" in `{own.function}`, {own.file}:{own.line}" if own else ""
        times = f" ({len(raised)} times)" if len(raised) > 1 else ""
        yield Finding(
            what=f"The application logged `{kind}`{at}.",
            where=log.where(first.line),
            evidence=f"`{first.text[:240]}`{times}",
            fix="Look at the line that is named: it is the last one of the project's own."
            if own
            else "Look at the traceback there: no line of the project is in it.",
            explains=("stream_error", "server_error", "silent"),
            is_sign=True,
        )
