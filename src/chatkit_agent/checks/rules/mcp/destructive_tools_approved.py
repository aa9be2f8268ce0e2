"""A tool that destroys something asks the person first, and runs once."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import Approval, Run

WHAT = "a destructive tool asks first"
FIX = "Keep the call back until the person has answered, and take it out of the store to make it."


@check("CK214", needs=RUN)
def destructive_tools_approved(run: Run) -> Iterator[Finding]:
    """Only where the chat was added with `approvals`: the probe MCP server has a tool that it marks
    as destructive; it may not be called before the button is pressed, and once only when it is
    pressed twice.
    """
    seen = run.conversation.approval if run.conversation else None
    if run.auth == "none":
        yield not_applicable("With `--auth none` no tool is called as anybody.")
    elif seen is None:
        yield inconclusive(WHAT, run.unseen or "the first question made no thread.")
    else:
        for what, found in _problems(seen):
            yield Finding(what=what, where=f"POST {run.path}", evidence=found, fix=FIX)


def _problems(seen: Approval) -> Iterator[tuple[str, str]]:
    asked, approved, twice = seen.asked, seen.approved, seen.twice
    if asked.calls:
        yield "A destructive tool ran before anybody was asked.", f"Called: {asked.calls[0].tool}"
    if approved is None:
        yield (
            "Nobody was asked before a destructive tool.",
            asked.reply.told,
        )
        return
    if len(approved.calls) != 1:
        what = f"An approved call was made {len(approved.calls)} times instead of once."
        yield what, approved.reply.told
    if twice is not None and twice.calls:
        yield "The same approval made its call again.", f"Called again: {twice.calls[0].tool}"
