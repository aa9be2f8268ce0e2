"""The log has no sign that the application runs a second event loop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known_errors import own_frame
from chatkit_agent.evidence.static import Evidence, Log, Raised

NESTED = re.compile(
    r"asyncio\.run\(\) cannot be called from a running event loop"
    r"|This event loop is already running"
    r"|Cannot run the event loop while another loop is running"
)
FOREIGN = re.compile(r"attached to a different loop|is bound to a different event loop")
CLOSED = re.compile(r"Event loop is closed")
# At the end of a process this is said of objects that are cleaned up late, and means nothing.
CLEANING = re.compile(r"__del__|(?<!check_)close|terminate|shutdown|finali|dispose", re.IGNORECASE)


@check(
    "CK907",
    needs=LOG,
    symptoms=("does_not_start", "server_error", "stream_error", "unavailable", "silent"),
)
def one_loop_used(evidence: Evidence) -> Iterator[Finding]:
    """Such a sign is a coroutine that is run where a loop is running already, and a pool of another
    loop. What is only said while a process ends is left out.
    """
    log = evidence.log
    if log is None:
        return
    nested = [each for each in log.raised if NESTED.search(each.text)]
    foreign = [each for each in log.raised if _is_foreign(each)]
    if nested or _line(log, NESTED):
        yield _finding(
            evidence,
            log,
            nested or [Raised("RuntimeError", "", _line(log, NESTED))],
            "A coroutine is run with `asyncio.run`, or a loop's `run_until_complete`, where the "
            "server's event loop is running already.",
            "Await the coroutine: in the lifespan, or in the coroutine that needs it.",
        )
    elif foreign or _line(log, FOREIGN):
        yield _finding(
            evidence,
            log,
            foreign or [Raised("RuntimeError", "", _line(log, FOREIGN))],
            "Something that was made in another event loop, such as a pool that is opened when a "
            "module is imported or in a thread, is used in the server's.",
            "Make it in the lifespan, or on first use in the coroutine that needs it.",
        )


def _is_foreign(raised: Raised) -> bool:
    is_cleaning = any(CLEANING.search(frame.function) for frame in raised.frames)
    is_closed = bool(CLOSED.search(raised.text) and raised.frames) and not is_cleaning
    return bool(FOREIGN.search(raised.text)) or is_closed


def _line(log: Log, pattern: re.Pattern[str]) -> int:
    """Where only a line was logged; 0 where there is none."""
    return next((n for n, line in enumerate(log.lines, 1) if pattern.search(line)), 0)


def _finding(
    evidence: Evidence, log: Log, raised: Sequence[Raised], what: str, fix: str
) -> Finding:
    first = raised[0]
    own = own_frame(evidence, first)
    at = f", in `{own.function}`, {own.file}:{own.line}" if own else ""
    times = f" ({len(raised)} times)" if len(raised) > 1 else ""
    return Finding(
        what=what,
        where=log.where(first.line),
        evidence=f"`{log.lines[first.line - 1].strip()[:240]}`{at}{times}",
        fix=fix,
        cause="event loop",
    )
