"""The log has no exception that no other check explains."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known_errors import own_frame
from chatkit_agent.checks.rules.logs.model_answers import KNOWN
from chatkit_agent.evidence.static import Evidence, Log, Raised

FAILED = re.compile(r"\b(?:the turn failed|the chat failed): (\w+)")
TOLD = [re.compile(each.pattern, re.IGNORECASE) for each in KNOWN]
OUTER = ("StreamError", "HTTPException", "CancelledError", "KeyboardInterrupt", "ExceptionGroup")


@check("CK909", needs=LOG, symptoms=("stream_error", "server_error", "silent"))
def no_exception_left(evidence: Evidence) -> Iterator[Finding]:
    """Each kind is told once, with the last line of the project's own in its traceback."""
    log = evidence.log
    if log is None:
        return
    seen: dict[str, list[Raised]] = {}
    for each in log.raised:
        if each.name not in OUTER:
            seen.setdefault(each.kind, []).append(each)
    yield from _turns_failed(log)
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


def _turns_failed(log: Log) -> Iterator[Finding]:
    """What a delivered chat logs in a line of a turn, and nothing here knows."""
    seen: dict[str, list[int]] = {}
    for number, line in enumerate(log.lines, 1):
        found = FAILED.search(line)
        if found and not any(known.search(line) for known in TOLD):
            seen.setdefault(found[1], []).append(number)
    for kind, lines in seen.items():
        times = f" ({len(lines)} times)" if len(lines) > 1 else ""
        yield Finding(
            what=f"A turn failed with `{kind}`; what causes it is not known here.",
            where=log.where(lines[0]),
            evidence=f"`{' '.join(log.lines[lines[0] - 1].split())[:240]}`{times}",
            fix="Read what stands behind the kind, and look for what was logged just before.",
            is_sign=True,
        )
