"""Logs: the exceptions in what an application wrote, and its lines without credentials."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from chatkit_agent.evidence.static import Frame, Log, Raised

HIDDEN = "[hidden]"
SECRETS = re.compile(
    r"(?P<url>://[^/\s:@]*:)[^\s/@]+(?=@)"
    r"|(?P<before>\b[Bb]earer\s+|(?i:(?:password|passwd|secret|api[_-]?key|access_token"
    r"|refresh_token|id_token)[\"']?\s*[=:]\s*[\"']?))[^\s\"'@,;&)}]+"
    r"|\bsk-[\w*-]{3,}|\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*"
)
PREFIX = re.compile(r"^(?:[ \t]*[|+][-+]*)+ ?")
FRAME = re.compile(
    r"^[\s>│]*(?:File \")?(?P<file>[^\s\"][^\"]*?)(?:\", line |:(?=\d+ in ))(?P<line>\d+)"
    r"(?:,? in (?P<function>[^\s│]+))?[\s│]*$"
)
RAISED = re.compile(
    r"^(?:[ \t]*[|+][-+]*)* ?(?P<kind>(?:[A-Za-z_]\w*\.)+[A-Z]\w*"
    r"|[A-Z]\w*(?:Error|Exception|Timeout|Group|Exceeded|Interrupt|Exit|NotFound|Unavailable|Disconnected|Stop\w*|Closed\w*|Warning"
    r"|Denied|Failed|Violation|Schema\w*|Column\w*|Table\w*|Refused|Protocol|Busy|Triggered)\w*)"
    r"(?::[ ]?(?P<message>.*))?$"
)
CHAINED = re.compile(
    r"The above exception was the direct cause of|During handling of the above exception"
)
ENDED = re.compile(r"Exception in ASGI application|\bthe (?:turn|chat) failed\b")
SERVING = re.compile(r"starlette/routing\.py$|chatkit/server\.py$")
TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
GROUP = re.compile(r"  \+ Exception Group $")
DRAWN = re.compile(r"[\s|+╭─-]*")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MESSAGES = ("log", "message", "msg", "event", "textPayload")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
MOST_PREFIXES = 8
FIELD = re.compile(r"[\w.\[\]-]+(?: -> [\w.]+)*")
MORE = re.compile(r"(?:DETAIL|HINT|CONTEXT):")
MOST_CHARACTERS = 20_000_000


def without_secrets(text: str) -> str:
    """The text with everything masked that looks like a credential."""
    return SECRETS.sub(lambda found: f"{found['url'] or found['before'] or ''}{HIDDEN}", text)


def read_log(name: str, content: bytes) -> Log:
    """The end of a log, as far as it is looked at."""
    encoding = "utf-16" if content.startswith(UTF_16) else "utf-8"
    text = content.decode(encoding, "replace")[-MOST_CHARACTERS:]
    rows = list(_without_prefixes(_rows(text)))
    lines = tuple(without_secrets(line) for _, line in rows)
    numbers = tuple(number for number, _ in rows)
    return Log(name, lines, tuple(_exceptions(lines)), numbers=numbers)


Row = tuple[int, str]
"""The number of a line in the log, and what it says, or a part of that."""


def _rows(text: str) -> Iterator[Row]:
    """The lines; a traceback that a JSON record holds has them of its own."""
    for number, coloured in enumerate(text.splitlines(), 1):
        line = COLOUR.sub("", coloured)
        start = line.find("{")
        record = _record(line[start:]) if start >= 0 and line.endswith("}") else None
        for each in _of_record(line, record) if record else (line,):
            yield number, each


def _record(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _of_record(line: str, record: dict[str, Any]) -> Iterator[str]:
    said = next((each for name in MESSAGES if isinstance(each := record.get(name), str)), "")
    if "\n" not in said.strip() and (FRAME.match(said.rstrip()) or _exception(said.rstrip())):
        yield said.rstrip()
        return
    longer = [each for each in record.values() if isinstance(each, str) and "\n" in each.strip()]
    yield json.dumps({k: v for k, v in record.items() if v not in longer}) if longer else line
    for each in longer:
        yield from each.splitlines()


def _without_prefixes(rows: Iterator[Row]) -> Iterator[Row]:
    """Without what a collector writes before each line of a traceback, whatever its numbers are."""
    prefixes: list[re.Pattern[str]] = []
    for number, line in rows:
        plain = next(
            (line[found.end() :] for each in prefixes if (found := each.match(line))), line
        )
        if header := TRACEBACK.search(plain):
            before = GROUP.sub("", plain[: header.start()])
            if not DRAWN.fullmatch(before):
                shape = re.sub(r"\d+", r"\\d+", re.escape(before))
                prefixes = [*prefixes[1 - MOST_PREFIXES :], re.compile(shape)]
                plain = plain[len(before) :]
        yield number, plain


def _exceptions(lines: Sequence[str]) -> Iterator[Raised]:
    frames: list[Frame] = []
    chain: list[int] = []
    in_traceback = is_chained = False
    ended: re.Match[str] | None = None
    for number, line in enumerate(lines, 1):
        if CHAINED.search(line):
            is_chained = True
        elif TRACEBACK.search(line):
            ended = (
                ended if is_chained else ENDED.search("".join(lines[max(0, number - 2) : number]))
            )
            chain, is_chained = chain if is_chained else [], False
            frames, in_traceback = [], True
        elif in_traceback and (frame := FRAME.match(PREFIX.sub("", line))):
            frames.append(Frame(frame["file"], int(frame["line"]), frame["function"] or ""))
        elif in_traceback and (found := _exception(line)):
            more = _further_lines(lines, number)
            message = " ".join(part for part in (found["message"] or "", more) if part)
            served = any(SERVING.search(frame.file.replace("\\", "/")) for frame in frames)
            yield Raised(
                found["kind"],
                message.strip(),
                number,
                tuple(frames),
                tuple(chain),
                in_request=served or ended is not None,
            )
            chain.append(number)
            frames, in_traceback = [], False


def _exception(line: str) -> re.Match[str] | None:
    plain = PREFIX.sub("", line)
    # Below its header, only the exception itself is not indented.
    return RAISED.match(plain) if plain[:1].strip() else None


def _further_lines(lines: Sequence[str], number: int) -> str:
    """The message's further lines, such as those of pydantic and PostgreSQL."""
    found = []
    names_fields = "validation error" in lines[number - 1]
    for line in lines[number : number + 12]:
        plain = PREFIX.sub("", line)
        is_field = names_fields and FIELD.fullmatch(plain) is not None
        if not (plain[:1].isspace() and plain.strip()) and not MORE.match(plain) and not is_field:
            break
        found.append(plain.strip())
    return " ".join(found)
