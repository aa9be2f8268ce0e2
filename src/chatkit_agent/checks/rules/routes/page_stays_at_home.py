"""The page asks nothing of other origins, and its browser complains of nothing."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import Run


@check("CK619", needs=RUN, symptoms=("invisible",))
def page_stays_at_home(run: Run) -> Iterator[Finding]:
    """Every request of the page is recorded; names of other hosts lead nowhere meanwhile."""
    page = run.conversation.page if run.conversation else None
    if page is None:
        yield inconclusive("the page asks nothing elsewhere", run.unseen or "it was not looked at.")
        return
    if page.pieces is None and not page.away and not page.said:
        yield inconclusive("the page asks nothing elsewhere", page.problem or page.unseen)
    if page.away:
        yield Finding(
            what="The page asks other origins, which learn of its readers and may be away.",
            where=f"GET {page.path}",
            evidence=", ".join(page.away[:4]),
            fix="Serve what it needs from your own application.",
        )
    if page.said:
        yield Finding(
            what="The browser complains of the page.",
            where=f"GET {page.path}",
            evidence=" | ".join(each[:200] for each in page.said[:3]),
            fix="Correct the file that it names. A policy that refuses what the page needs is "
            "set by a middleware or a proxy of yours.",
            severity="warning",
        )
