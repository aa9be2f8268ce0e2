"""The health of the running chat names nothing that is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chatkit_agent.checks.check import WIRE, Finding, check
from chatkit_agent.evidence.static import Evidence, Probe

LISTS = ("degraded", "missing", "unavailable", "failing")


@check("CK615", needs=WIRE, symptoms=("token_missing", "silent", "stream_error"))
def nothing_degraded(evidence: Evidence) -> Iterator[Finding]:
    """The chat goes on without its tools, and its health says so under `degraded` while it answers
    200. Every name that stands there is told.
    """
    probe = evidence.running.probe("health") if evidence.running else None
    if probe is None or probe.status is None:
        return
    body = _body(probe)
    for key in LISTS:
        names = body.get(key)
        for name in names if isinstance(names, list) else ():
            yield _finding(probe, key, str(name))


def _body(probe: Probe) -> dict[str, Any]:
    try:
        found = json.loads(probe.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _finding(probe: Probe, key: str, name: str) -> Finding:
    is_tools = "MCP" in name.upper() or "tool" in name.lower()
    what = "its tools" if is_tools else "what its health names"
    return Finding(
        what=f"The chat runs without {what}: `{name[:120]}` is away.",
        where=probe.request,
        evidence=f"It answered {probe.status}, with `{name[:120]}` under `{key}`.",
        fix="Start the MCP server, or correct its URL and what it asks for; the log of the "
        "application says why it is away (--log), and --boot asks it."
        if is_tools
        else "Look into the log of the application (--log): it says why that is away.",
        cause="tools away" if is_tools else f"away:{name}",
    )
