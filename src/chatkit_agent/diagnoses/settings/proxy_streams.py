"""The proxy in front passes an answer on as it is written, and waits for slow ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

PROXY = re.compile(r"\bproxy_pass\b|\breverse_proxy\b")
BUFFERING = re.compile(r"\s*proxy_buffering\s+on\s*;")
IGNORING = re.compile(r"\s*proxy_ignore_headers\b[^;]*X-Accel-Buffering", re.IGNORECASE)
COMPRESSING = re.compile(r"\s*gzip_types\b[^;]*text/event-stream")
WAITING = re.compile(r"\s*(?:proxy_read_timeout\s+|read_timeout\s+)(\d+)(ms|s|m|h)?\s*;?")
UNITS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600}
PATIENCE = 30


def proxy_streams(observations: Observations) -> Iterator[Finding]:
    sources = observations.sources
    for path in sources.tree.paths:
        name = path.rpartition("/")[2].lower()
        if not name.endswith((".conf", ".template", ".nginx")) and "caddyfile" not in name:
            continue
        text = sources.text(path)
        if PROXY.search(text):
            for number, line in enumerate(text.splitlines(), 1):
                yield from _in_line(observations, f"{path}:{number}", line)


def _in_line(observations: Observations, where: str, line: str) -> Iterator[Finding]:
    waits = WAITING.match(line)
    if waits and int(waits[1]) * UNITS[waits[2] or ""] < PATIENCE:
        what = "The proxy cuts an answer off while the model thinks or a tool works."
        yield _finding(what, where, line, "Let it wait 300 s or more for this route.", "proxy cuts")
    elif BUFFERING.match(line) and "X-Accel-Buffering" not in observations.chat.texts:
        what = "The proxy may keep pieces of the answer back until a buffer is full."
        fix = "Write `proxy_buffering off;` for this route, or send `X-Accel-Buffering: no`."
        yield _finding(what, where, line, fix, "proxy buffers")
    elif IGNORING.match(line):
        what = "The proxy ignores the header by which the chat says that it streams."
        fix = "Take `X-Accel-Buffering` out of it, or write `proxy_buffering off;`."
        yield _finding(what, where, line, fix, "proxy buffers")
    elif COMPRESSING.match(line):
        what = "The proxy compresses event streams, and holds them back for that."
        yield _finding(what, where, line, "Take `text/event-stream` out of it.", "proxy buffers")


def _finding(what: str, where: str, line: str, fix: str, cause: str) -> Finding:
    return Finding(
        what=what,
        where=where,
        evidence=f"`{line.strip()}`",
        fix=fix,
        severity="warning",
        cause=cause,
        explains=("cut_off", "stream_error") if cause == "proxy cuts" else ("slow",),
    )
