"""The log has no exception that no other check explains."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import LOG, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.known_errors import own_frame
from chatkit_agent.evidence.static import Evidence, Raised

OUTER = ("StreamError", "HTTPException", "CancelledError", "KeyboardInterrupt", "ExceptionGroup")


@check(
    "CK909",
    "The log has no exception that no other check explains",
    needs=LOG,
    symptoms=("stream_error", "server_error", "silent"),
)
def no_exception_left(evidence: Evidence) -> Iterator[Finding]:
    """The log has no exception that no other check explains. Each kind is told once, with the
    last line of the project's own in its traceback.
    """
    log = evidence.log
    if log is None:
        return
    seen: dict[str, list[Raised]] = {}
    for each in log.raised:
        if each.name not in OUTER:
            seen.setdefault(each.kind, []).append(each)
    for kind, raised in seen.items():
        first = raised[0]
        own = own_frame(evidence, first)
        at = f" in `{own.function}`, {own.file}:{own.line}" if own else ""
        times = f" ({len(raised)} times)" if len(raised) > 1 else ""
        yield Finding(
            what=f"The application logged `{kind}`{at}.",
            where=log.where(first.line),
            evidence=f"`{first.text[:240]}`{times}",
            fix="Look at the line that is named: it is the last one of the project's own."
            if own
            else "Look at the traceback there: no line of the project is in it.",
            is_sign=True,
        )
