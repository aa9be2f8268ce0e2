"""A request of many megabytes is refused."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding


def large_bodies_refused(observations: Observations) -> Iterator[Finding]:
    running = observations.running
    probe = running.probe("large body") if running else None
    if probe and probe.status is not None and probe.status < 400:
        yield Finding(
            what="A request of any size is read into memory as a whole.",
            where=probe.request,
            evidence=f"It was answered with {probe.status}.",
            fix="Count the bytes of `request.stream()` and answer 413 above 1 MB, or let the proxy "
            "in front limit the body.",
            severity="info",
            cause="body size",
        )
