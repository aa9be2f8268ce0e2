"""Logs: the exceptions in what an application wrote, and its lines without credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatkit_agent.evidence.static import Frame, Log, Raised

HIDDEN = "[hidden]"
SECRETS = re.compile(
    r"(?P<url>://[^/\s:@]*:)[^\s/@]+(?=@)"
    r"|(?P<before>\b[Bb]earer\s+|(?i:(?:password|passwd|secret|api[_-]?key|access_token"
    r"|refresh_token|id_token)[\"']?\s*[=:]\s*[\"']?))[^\s\"'@,;&)}]+"
    r"|\bsk-[\w*-]{3,}|\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*"
)
PREFIX = re.compile(r"^(?:[ \t]*[|+][-+]*)+ ?")
FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
RAISED = re.compile(
    r"^(?:[ \t]*[|+][-+]*)* ?(?P<kind>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Timeout|Group"
    r"|Exceeded|Interrupt|Exit|NotFound|Unavailable|Disconnected|Stop\w*|Closed\w*|Warning"
    r"|Denied|Failed|Violation|Schema\w*|Column\w*|Table\w*|Refused|Protocol|Busy|Triggered)\w*)"
    r"(?::[ ]?(?P<message>.*))?$"
)
CHAINED = re.compile(
    r"The above exception was the direct cause of|During handling of the above exception"
)
ENDED = re.compile(r"Exception in ASGI application|\bthe (?:turn|chat) failed\b")
SERVING = re.compile(r"starlette/routing\.py$|chatkit/server\.py$")
TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
FIELD = re.compile(r"[\w.\[\]-]+(?: -> [\w.]+)*")
MORE = re.compile(r"(?:DETAIL|HINT|CONTEXT):")
MOST_BYTES = 20_000_000


def without_secrets(text: str) -> str:
    """The text with everything masked that looks like a credential."""
    return SECRETS.sub(lambda found: f"{found['url'] or found['before'] or ''}{HIDDEN}", text)


def read_log(name: str, content: bytes) -> Log:
    """The end of a log, as far as it is looked at."""
    text = content[-MOST_BYTES:].decode(errors="replace")
    lines = tuple(without_secrets(line) for line in text.splitlines())
    return Log(name, lines, tuple(_exceptions(lines)))


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
