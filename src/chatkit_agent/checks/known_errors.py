"""Known errors: patterns of errors in a log, each told once with where it stands and how often."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatkit_agent.checks.finding import Finding, Severity
from chatkit_agent.evidence.static import Evidence, Frame, Log, Raised
from chatkit_agent.evidence.symptoms import Symptom


@dataclass(frozen=True)
class Known:
    """An error that is known by its text, and what it means. Groups of the text fill `{...}`."""

    pattern: str
    what: str
    fix: str
    cause: str
    explains: tuple[Symptom, ...]
    severity: Severity = "error"
    command: str | None = None
    raised_in: str = ""
    """A part of the path of a file that the exception has to come through."""


def known_errors(log: Log, known: Sequence[Known]) -> Iterator[Finding]:
    """A finding for each known error that stands in the log, in the order of `known`.

    The exceptions are looked at first, then the lines, which may be all that was logged of one.
    What explains a line is the first that knows it.
    """
    told: set[int] = set()
    for each in known:
        search = re.compile(each.pattern, re.IGNORECASE).search
        places = [
            (one.line, one.text)
            for one in log.raised
            if search(one.text) and any(each.raised_in in frame.file for frame in one.frames)
        ]
        if not places and not each.raised_in:
            places = [(n, line) for n, line in enumerate(log.lines, 1) if search(line)]
        places = [place for place in places if place[0] not in told]
        told |= {line for line, _ in places}
        if places:
            found = search(places[0][1])
            named = {
                key: value or "" for key, value in (found.groupdict() if found else {}).items()
            }
            yield _finding(log, each, places, named)


def own_frame(evidence: Evidence, raised: Raised) -> Frame | None:
    """The innermost line of the project, by the path's end."""
    paths = evidence.sources.python
    for frame in reversed(raised.frames):
        file = frame.file.replace("\\", "/")
        if "site-packages" in file:
            continue
        for path in paths:
            if file.endswith(f"/{path}") or file == path:
                return Frame(path, frame.line, frame.function)
    return None


def _finding(
    log: Log, known: Known, places: list[tuple[int, str]], named: dict[str, str]
) -> Finding:
    line, text = places[0]
    times = f" ({len(places)} times)" if len(places) > 1 else ""
    return Finding(
        what=_filled(known.what, named),
        where=log.where(line),
        evidence=f"`{_short(text)}`{times}",
        fix=_filled(known.fix, named),
        severity=known.severity,
        command=known.command,
        cause=_filled(known.cause, named),
        explains=known.explains,
    )


def _filled(text: str, named: dict[str, str]) -> str:
    for key, value in named.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def _short(text: str, most: int = 240) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."
