"""A deploy gives running answers the time to end, or they save what was said by then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.meaning import names_used

# What cancels the answers when its time is over, and what kills the process.
CANCELLING = re.compile(
    r"(?:--timeout-graceful-shutdown|timeout_graceful_shutdown|--graceful-timeout"
    r"|^\s*graceful_timeout)[\s=:,\"']+(\d+)\b"
)
KILLING = re.compile(
    r"^\s*(?:-\s+)?[\"']?(?:terminationGracePeriodSeconds|stop_grace_period|TimeoutStopSec"
    r"|stopTimeout|kill_timeout)[\"']?\s*[:=]\s*[\"']?(\d+)(?:s(?:ec)?)?[\"']?\s*,?\s*(?:#.*)?$"
)
DEPLOYED = re.compile(
    r"Dockerfile|Procfile|\.(?:ya?ml|toml|service|sh|json)$|(?:^|/)gunicorn[^/]*\.py$",
    re.IGNORECASE,
)
SERVER = re.compile(r"uvicorn|gunicorn|hypercorn|granian|fastapi")
RUNNING = re.compile(r"(?m)^\s*(?:-\s*)?(?:image|build):")
SAVING = re.compile(
    r"^(?:SIGTERM|add_signal_handler|should_exit|handle_exit|EventSourceResponse)$"
    r"|(?:^|_)(?:drain|checkpoint)(?:s|ed|ing|er)?(?:_|$)",
    re.IGNORECASE,
)
ON_CANCEL = {"CancelledError", "handle_stream_cancelled"}
ENOUGH = 10
"""Seconds: as many as a container has by itself."""

Limit = tuple[str, str, re.Match[str]]


@check("CK811", needs=PROJECT, severity="warning", symptoms=("cut_off", "forgets"))
def answers_given_time_to_end(evidence: Evidence) -> Iterator[Finding]:
    """Less than 10 s in a Dockerfile, Procfile, compose file, unit or pod is told where nothing in
    the chat saves an answer before its end.
    """
    chat = evidence.chat
    used = names_used(*(each.node for each in chat.code.modules))
    if not chat.servers or any(map(SAVING.search, used)):
        return
    limits = list(_limits(evidence))
    if used & ON_CANCEL and any(found.re is CANCELLING for _, _, found in limits):
        # What is cancelled saves itself before the process is killed.
        return
    for where, line, found in limits:
        if int(found[1]) < ENOUGH:
            yield _finding(where, line, int(found[1]))


def _limits(evidence: Evidence) -> Iterator[Limit]:
    sources = evidence.sources
    for path in sources.tree.paths:
        if not DEPLOYED.search(path) or not _is_ours(sources.text(path)):
            continue
        for number, line in enumerate(sources.text(path).splitlines(), 1):
            found = CANCELLING.search(line) or KILLING.match(line)
            if found and not line.lstrip().startswith("#"):
                yield f"{path}:{number}", line, found


def _is_ours(text: str) -> bool:
    """Whether it is about the application's process, and not about one beside it."""
    return len(RUNNING.findall(text)) == 1 or (
        SERVER.search(text) is not None and not RUNNING.search(text)
    )


def _finding(where: str, line: str, seconds: int) -> Finding:
    return Finding(
        what=f"A deploy in the middle of an answer loses it, unless it ends within {seconds} s.",
        where=where,
        evidence=f"`{line.strip()[:160]}`, and nothing in the chat saves an answer before its end.",
        fix="Give it 30 s or more, and save what was said by then every second or so, or when the "
        "server is told to stop.",
        cause="interrupted answer",
    )
