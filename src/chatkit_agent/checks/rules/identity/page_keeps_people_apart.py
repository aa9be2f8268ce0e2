"""Another person who opens the page sees nothing of the first."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import Run


@check("CK117", needs=RUN, symptoms=("mixed_up",))
def page_keeps_people_apart(run: Run) -> Iterator[Finding]:
    """Another person who opens the page sees nothing of the first: no conversation in the
    history, and no word of it anywhere.
    """
    if run.auth == "none":
        yield not_applicable("With `--auth none` everybody is the same user.")
        return
    page = run.conversation.page if run.conversation else None
    if page is None:
        yield inconclusive("the page keeps people apart", run.unseen or "it was not looked at.")
    elif page.seen_by_other is None:
        yield inconclusive(
            "the page keeps people apart", page.problem or page.unseen or "nobody else came."
        )
    elif page.seen_by_other:
        yield Finding(
            what="Another person's page shows what the first one wrote.",
            where=f"GET {page.path}",
            evidence=", ".join(f'"{each}"' for each in page.seen_by_other),
            fix="Name the user, from the verified token, in every query; let no cache or proxy "
            "answer one person's request with another's.",
        )
