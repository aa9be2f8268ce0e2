"""The page opens in a browser, signs in, and shows the answer and what its tools did."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import Run

COMPARE = "Compare `chatkit_page/` with what was delivered: `chatkit-agent update` tells."


@check("CK618", needs=RUN, symptoms=("invisible", "silent"))
def page_opens(run: Run) -> Iterator[Finding]:
    """A real Chromium without a window asks a question on it, and watches the answer grow."""
    page = run.conversation.page if run.conversation else None
    if page is None:
        yield inconclusive("the page works in a browser", run.unseen or "it was not looked at.")
        return
    where = f"GET {page.path}"
    if page.unseen and page.pieces is None:
        yield inconclusive("the page works in a browser", page.unseen)
        return
    if page.pieces is None:
        yield Finding(
            what="The page does not answer in a browser.",
            where=where,
            evidence=page.problem,
            fix="Open it yourself, with the browser's console beside it. Where it says that "
            "nobody is signed in: fill in `getToken()` in `chatkit_page/page.js`.",
        )
        return
    if not page.pieces:
        yield Finding(
            what="An answer that was given is not on the page.",
            where=where,
            evidence=page.problem or "No text of it was seen.",
            fix=COMPARE,
        )
    elif page.pieces == 1:
        yield Finding(
            what="On the page the answer appears all at once instead of streaming.",
            where=where,
            evidence="Its text was seen to grow once.",
            fix="Look for a middleware that collects responses, and let `text/event-stream` pass.",
            severity="warning",
        )
    if page.has_step is False:
        yield Finding(
            what="What a tool did is not on the page.",
            where=where,
            evidence="The answer is there, and no step above it.",
            fix=COMPARE,
        )
