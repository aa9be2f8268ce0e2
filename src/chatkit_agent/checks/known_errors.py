"""Known errors: patterns of errors in a log, each told once with where it stands and how often."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chatkit_agent.checks.check import Finding, Severity
from chatkit_agent.evidence.static import Evidence, Frame, Log, Raised
from chatkit_agent.evidence.symptoms import Symptom

CLIENT = re.compile(
    r"(?:/(?:asyncpg|mcp/(?:client|shared))|(?:site|dist)-packages/chatkit)/[\w/]+(?=\.py$)"
)
UNNAMED = re.compile(r":? ?``")
"""What is left where a text does not say the name."""
IN_REQUEST: tuple[Symptom, ...] = ("stream_error", "server_error", "silent")
"""What a person sees of an exception that ends a request, whatever it is."""
IN_TURN: tuple[Symptom, ...] = ("stream_error", "silent")
"""What a person sees of a turn that fails."""
LONGEST = 240
"""Characters that are shown of a line."""


@dataclass(frozen=True)
class Known:
    """An error that is known by its text, and what it means. Groups of the text fill `{...}`.

    The text of an exception that comes through ChatKit or a client of a database or of tools begins
    with the file of that, such as `/mcp/client/sse: `.
    """

    pattern: str
    what: str
    fix: str
    cause: str
    explains: tuple[Symptom, ...] = ()
    """Those of all that it is looked for with, where it has none of its own."""
    severity: Severity = "error"
    command: str | None = None


@dataclass(frozen=True)
class Place:
    line: int
    text: str
    found: re.Match[str]
    chain: tuple[int, ...] = ()
    in_request: bool = False


def known_errors(
    log: Log, known: Sequence[Known], symptoms: tuple[Symptom, ...] = IN_TURN
) -> Iterator[Finding]:
    """A finding for each known error that stands in the log, in the order of `known`.

    The exceptions are looked at first, then the lines, which may be all that was logged of one.
    What explains a line, or an exception that others were raised from, is the first that knows it.
    """
    told: set[int] = set()
    chains = _chains(log)
    for each in known:
        places = [one for one in _places(log, each) if not told & {one.line, *one.chain}]
        for one in places:
            told |= {one.line, *chains.get(one.line, ())}
        if places:
            named = {key: value or "" for key, value in places[0].found.groupdict().items()}
            others = (n for n in chains.get(places[0].line, ()) if n != places[0].line)
            behind = tuple(f"{log.where(n)}: `{_short(log.lines[n - 1])}`" for n in others)
            explains = each.explains or symptoms
            yield replace(_finding(log, each, places, named, explains), more=behind)


def _places(log: Log, known: Known) -> list[Place]:
    search = re.compile(known.pattern, re.IGNORECASE).search
    raised = [
        Place(one.line, one.text, found, one.chain, one.in_request)
        for one in log.raised
        if (found := search(_text(one)))
    ]
    lines = ((n, line, search(line)) for n, line in enumerate(log.lines, 1))
    return raised or [Place(n, line, found) for n, line, found in lines if found]


def _text(raised: Raised) -> str:
    files = [found[0] for frame in raised.frames if (found := CLIENT.search(frame.file))]
    return f"{files[-1]}: {raised.text}" if files else raised.text


def _chains(log: Log) -> dict[int, tuple[int, ...]]:
    """For the line of each exception the lines of all that belong to it."""
    found: dict[int, tuple[int, ...]] = {}
    for one in log.raised:
        whole = (*one.chain, one.line)
        found |= dict.fromkeys(whole, whole)
    return found


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
    log: Log,
    known: Known,
    places: list[Place],
    named: dict[str, str],
    explains: tuple[Symptom, ...],
) -> Finding:
    line, text = places[0].line, places[0].text
    times = f" ({len(places)} times)" if len(places) > 1 else ""
    seen = IN_REQUEST if any(each.in_request for each in places) else ()
    return Finding(
        what=_with_names(known.what, named),
        where=log.where(line),
        evidence=f"`{_short(text)}`{times}",
        fix=_with_names(known.fix, named),
        severity=known.severity,
        command=known.command,
        cause=_with_names(known.cause, named),
        explains=tuple(dict.fromkeys((*explains, *seen))),
    )


def _with_names(text: str, named: dict[str, str]) -> str:
    for key, value in named.items():
        text = text.replace(f"{{{key}}}", value)
    return UNNAMED.sub("", text)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 3]}..."
