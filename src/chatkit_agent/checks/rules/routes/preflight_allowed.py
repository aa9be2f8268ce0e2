"""A browser on another origin may send the chat's requests."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import WIRE, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.cors import HEADERS

NEEDED = (*(each.lower() for each in HEADERS), "content-type")


@check("CK602", needs=WIRE, symptoms=("cors", "token_missing", "silent"))
def preflight_allowed(evidence: Evidence) -> Iterator[Finding]:
    """A preflight is sent with the headers that the client sends."""
    running = evidence.running
    probe = running.probe("preflight") if running else None
    if probe is None or probe.status is None:
        return
    refusal = probe.body.lower()
    if probe.status == 400 and "disallowed cors" in refusal and "headers" in refusal:
        yield _finding(probe.request, f"400: `{probe.body[:120]}`")
        return
    allowed = probe.headers.get("access-control-allow-headers", "").lower()
    if probe.status < 300 and allowed and allowed != "*":
        missing = [name for name in NEEDED if name not in allowed]
        if missing:
            yield _finding(probe.request, f"It allows `{allowed}`, and not {', '.join(missing)}.")


def _finding(where: str, evidence: str) -> Finding:
    return Finding(
        what="Browsers do not send the chat's requests from another origin: CORS does not allow a "
        "header that its client sends.",
        where=where,
        evidence=evidence,
        fix="Allow `Authorization`, `Content-Type` and `chatkit-frame-instance-id`.",
        cause="cors:allow_headers",
    )
