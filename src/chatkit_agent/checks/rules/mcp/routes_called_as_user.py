"""A route that is a tool is called as the person who asks, and tells nothing of anybody else."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import MarkedCall, Run

WHAT = "routes are called as the user"
FIX = "Send with the call what signs the person in, as the chat's own request has it."


@check("CK218", needs=RUN)
def routes_called_as_user(run: Run) -> Iterator[Finding]:
    """Only where the chat was added with `--tools routes`: the sandbox gives the application one
    more route, behind the application's own sign-in, that answers with a random mark of whoever is
    signed in. Alice and Bob have the assistant call it.
    """
    if run.auth == "none":
        yield not_applicable("With `--auth none` no route is called as anybody.")
    elif run.marked_calls is None or isinstance(run.marked_calls, str):
        yield inconclusive(WHAT, run.marked_calls or run.unseen or "nothing was asked.")
    else:
        for call in run.marked_calls:
            for what in _problems(call):
                told = call.turn.reply.told
                yield Finding(what=what, where=f"POST {run.path}", evidence=told, fix=FIX)


def _problems(call: MarkedCall) -> Iterator[str]:
    if not call.is_offered:
        yield "The application's routes are no tools of the assistant's."
    elif not call.is_own:
        yield "A route was not called as the person who asked."
    if call.is_foreign:
        yield "What a route says to one person reached another."
