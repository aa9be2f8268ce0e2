"""The proxy in front passes an answer on as it is written, and waits for slow ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence

PROXY = re.compile(r"\bproxy_pass\b|\breverse_proxy\b")
BUFFERING = re.compile(r"\s*(?:proxy_buffering\s+on\s*;|\S*proxy-buffering\S*:\s*[\"']?on\b)")
IGNORING = re.compile(r"\s*proxy_ignore_headers\b[^;]*X-Accel-Buffering", re.IGNORECASE)
COMPRESSING = re.compile(r"\s*gzip_types\b[^;]*text/event-stream")
LENGTH = r"[\"']?(\d+)(ms|s|m|h)?\b"
WAITING = re.compile(rf"\s*(?:proxy_read_timeout|read_timeout)\s+{LENGTH}")
HAPROXY = re.compile(rf"\s*timeout\s+server\s+{LENGTH}")
UNITS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600}
LEAST_TIMEOUT = 30
KEEPING_ALIVE = re.compile(
    r"EventSourceResponse|ServerSentEvent\(comment|[\"']:\s*(?:ping|keep|heart|\\n)", re.IGNORECASE
)

CONFIGURED = re.compile(r"\.(?:conf|template|nginx|cfg|ya?ml|tf|toml)$|caddyfile", re.IGNORECASE)
ELSEWHERE = (
    # What an ingress, a load balancer or a mesh is told in files that are not its own.
    re.compile(rf".*nginx\.(?:ingress\.kubernetes|org)\S*/proxy-read-timeout:\s*{LENGTH}"),
    re.compile(rf".*\bidle_timeout\.timeout_seconds\s*=\s*{LENGTH}"),
    re.compile(rf".*\brespondingTimeouts\.writeTimeout[=:\s]+{LENGTH}", re.IGNORECASE),
)
BALANCER = re.compile(r'resource\s+"aws_(?:lb|alb)"')
IDLE = re.compile(rf"\s*idle_timeout\s*=\s*{LENGTH}")


@check("CK810", needs=PROJECT, severity="warning", symptoms=("cut_off", "slow"))
def proxy_streams(evidence: Evidence) -> Iterator[Finding]:
    """Read are the files of nginx, Caddy and HAProxy, and what an ingress, Traefik or an AWS load
    balancer is told. Time-outs are left alone where the chat itself breaks its silence.
    """
    sources = evidence.sources
    for path in sources.tree.paths if evidence.has_chat else ():
        if not CONFIGURED.search(path):
            continue
        text = sources.text(path)
        waiting = list(_wait_patterns(path, text))
        is_own = not path.endswith((".yml", ".yaml", ".tf", ".toml", ".cfg")) and PROXY.search(text)
        for number, line in enumerate(text.splitlines(), 1) if waiting or is_own else ():
            where = f"{path}:{number}"
            cuts = next((found for each in waiting if (found := each.match(line))), None)
            if cuts and _seconds(cuts) < LEAST_TIMEOUT and not _keeps_alive(evidence):
                what = "The proxy cuts an answer off while the model thinks or a tool works."
                fix = "Let it wait 300 s or more for this route."
                yield _finding(what, where, line, fix, "proxy cuts")
            else:
                yield from _in_line(evidence, where, line)


def _wait_patterns(path: str, text: str) -> Iterator[re.Pattern[str]]:
    """What says in a file how long a proxy waits for the next piece of an answer."""
    if path.endswith(".cfg"):
        is_haproxy = re.search(r"(?m)^\s*(?:backend|listen|defaults)\b", text)
        yield from (HAPROXY,) if is_haproxy else ()
    elif path.endswith(".tf"):
        yield from (IDLE,) if BALANCER.search(text) else ()
    elif path.endswith((".yml", ".yaml", ".toml")):
        yield from (each for each in ELSEWHERE if any(map(each.match, text.splitlines())))
    elif PROXY.search(text):
        yield WAITING


def _seconds(found: re.Match[str]) -> float:
    # HAProxy counts in milliseconds where no unit is given.
    usual = "ms" if found.re is HAPROXY else ""
    seconds = int(found[1]) * UNITS[found[2] or usual]
    # A limit of 0 is none.
    return seconds or LEAST_TIMEOUT


def _keeps_alive(evidence: Evidence) -> bool:
    """Whether something is sent while the model is silent; the delivered chat is told to."""
    if evidence.project.chat.applied:
        told = (each for each in evidence.settings if each.name.endswith("KEEPALIVE_SECONDS"))
        return any(each.value.strip("0. ") and not each.is_example for each in told)
    return KEEPING_ALIVE.search(evidence.chat.texts) is not None


def _in_line(evidence: Evidence, where: str, line: str) -> Iterator[Finding]:
    if BUFFERING.match(line) and "X-Accel-Buffering" not in evidence.chat.texts:
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
        explains=("cut_off", "stream_error") if cause == "proxy cuts" else ("slow",),
        what=what,
        where=where,
        evidence=f"`{line.strip()}`",
        fix=fix,
        cause=cause,
    )
