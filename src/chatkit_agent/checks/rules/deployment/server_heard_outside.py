"""The server in a container listens to the outside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence

IMAGE = re.compile(r"(?:^|/)(?:Dockerfile|Containerfile)[^/]*$|\.Dockerfile$")
# The last of these is what the container runs, also over several lines.
COMMAND = re.compile(r"(?m)^(?:CMD|ENTRYPOINT)\s+(?P<said>(?:[^\n\\]|\\.|\\\n)*)")
SERVER = re.compile(r"\b(?P<name>uvicorn|hypercorn|fastapi[\s\"',]+dev)\b")
HOST = re.compile(r"--(?:host|bind)[\s\"',=]+(?P<host>[\w.:\[\]$-]+)|-b[\s\"',]+(?P<bind>[\w.:$]+)")
INWARD = re.compile(r"^(?:127\.|localhost|\[?::1\]?)")
ELSEWHERE = re.compile(r"UVICORN_HOST|--config|--uds|--fd")


@check("CK813", needs=PROJECT, severity="warning", symptoms=("unavailable", "silent"))
def server_heard_outside(evidence: Evidence) -> Iterator[Finding]:
    """`uvicorn` and `fastapi dev` listen on 127.0.0.1 where no host is named, and nobody outside of
    the container reaches that.
    """
    sources = evidence.sources
    for path in filter(IMAGE.search, sources.tree.paths if evidence.has_chat else ()):
        text = sources.text(path)
        commands = list(COMMAND.finditer(text))
        said = commands[-1]["said"] if commands else ""
        server = SERVER.search(said)
        if server is None or ELSEWHERE.search(text) or "gunicorn" in said:
            continue
        host = HOST.search(said)
        named = (host["host"] or host["bind"]) if host else ""
        if not named or INWARD.match(named):
            line = text.count("\n", 0, commands[-1].start()) + 1
            yield _finding(f"{path}:{line}", said, named)


def _finding(where: str, said: str, host: str) -> Finding:
    return Finding(
        what="Nobody outside of the container reaches the application: its server listens on the "
        "loopback address only.",
        where=where,
        evidence=f"`{' '.join(said.split())[:160]}` "
        + (f"names `{host}`." if host else "names no host, so it is 127.0.0.1."),
        fix="Add `--host 0.0.0.0`; the container's published ports decide who gets there.",
        cause="loopback",
    )
