"""Every route that the application had is still there."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import Run

WHAT = "every route is still there"


@check("CK608", needs=RUN)
def routes_kept(run: Run) -> Iterator[Finding]:
    """The project as it was before the chat is rebuilt from the record of what was applied, booted
    as well, and compared, through the OpenAPI document and the routes themselves.
    """
    before, after = run.before, run.after
    if before is None:
        yield not_applicable("No manifest says what the project was before the chat.")
    elif not before.ok:
        yield inconclusive(WHAT, f"without the chat it did not boot {before.error}")
    elif not after.ok:
        yield inconclusive(WHAT, f"the application did not boot {after.error}")
    else:
        for method, path in sorted(before.routes - after.routes):
            yield _lost_route(method, path, "its routing table")
        yield from _lost_from_document(run)


def _lost_from_document(run: Run) -> Iterator[Finding]:
    before, after = run.before, run.after
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
        yield _lost_route(method, path, "its OpenAPI document")


def _lost_route(method: str, path: str, seen_in: str) -> Finding:
    return Finding(
        what=f"The route {method} {path} is gone.",
        where=f"{method} {path}",
        evidence=f"Before the chat was added it was in {seen_in}; now it is not.",
        fix="Run `chatkit-agent undo` to get it back, and report what took its place.",
    )
