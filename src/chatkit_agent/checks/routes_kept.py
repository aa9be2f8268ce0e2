"""Every route that the application had is still there."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Evidence
from chatkit_agent.findings import Finding, unproved

WHAT = "every route is still there"


def routes_kept(evidence: Evidence) -> Iterator[Finding]:
    before, after = evidence.before, evidence.after
    if before is None:
        why = "there is no record of what the project was without the chat."
        yield unproved(WHAT, why, "warning")
    elif not before.ok:
        yield unproved(WHAT, f"without the chat it did not boot {before.error}", "warning")
    elif not after.ok:
        yield unproved(WHAT, f"the application did not boot {after.error}")
    else:
        for method, path in sorted(before.routes - after.routes):
            yield _lost(method, path, "its routing table")
        yield from _documented(evidence)


def _documented(evidence: Evidence) -> Iterator[Finding]:
    before, after = evidence.before, evidence.after
    if before is None or before.openapi is None:
        return
    if after.openapi is None:
        yield Finding(
            what="The OpenAPI document can no longer be made.",
            where="`app.openapi()`",
            evidence=str(after.openapi_error),
            fix="Run `chatkit-agent undo`, and report this error.",
        )
        return
    for method, path in sorted(before.openapi - after.openapi - (before.routes - after.routes)):
        yield _lost(method, path, "its OpenAPI document")


def _lost(method: str, path: str, seen_in: str) -> Finding:
    return Finding(
        what=f"The route {method} {path} is gone.",
        where=f"{method} {path}",
        evidence=f"Before the chat was added it was in {seen_in}; now it is not.",
        fix="Run `chatkit-agent undo` to get it back, and report what took its place.",
    )
