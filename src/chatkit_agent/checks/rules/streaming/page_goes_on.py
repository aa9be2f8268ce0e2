"""An answer goes on when the page is loaded again in the middle of it."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import Run


@check("CK517", needs=RUN, symptoms=("cut_off",))
def page_goes_on(run: Run) -> Iterator[Finding]:
    """An answer goes on when the page is loaded again in the middle of it, and is seen there to
    its end.
    """
    page = run.conversation.page if run.conversation else None
    if page is None:
        yield inconclusive("an answer outlives a reload", run.unseen or "the page was not seen.")
    elif page.goes_on is None:
        yield inconclusive(
            "an answer outlives a reload", page.problem or page.unseen or "it was not asked."
        )
    elif not page.goes_on:
        yield Finding(
            what="An answer is gone, or stands still, when the page is loaded again.",
            where=f"GET {page.path}",
            evidence="The page was loaded in the middle of an answer, and its end did not come. "
            f"There was: {page.after_reload}",
            fix="Let the header `X-ChatKit-Resume` pass in both directions, and keep the thread "
            "in the page's address as `page.js` does.",
        )
