"""A request of many megabytes is refused."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import WIRE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence


@check("CK613", "A request of many megabytes is refused", needs=WIRE, severity="info")
def large_bodies_refused(evidence: Evidence) -> Iterator[Finding]:
    """A request of many megabytes is refused. A remark."""
    running = evidence.running
    probe = running.probe("large body") if running else None
    if probe and probe.status is not None and probe.status < 400:
        yield Finding(
            what="A request of any size is read into memory as a whole.",
            where=probe.request,
            evidence=f"It was answered with {probe.status}.",
            fix="Count the bytes of `request.stream()` and answer 413 above 1 MB, or let the proxy "
            "in front limit the body.",
            cause="body size",
        )
