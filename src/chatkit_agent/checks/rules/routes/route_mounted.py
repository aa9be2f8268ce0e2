"""The chat's route is mounted, and requests reach it."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, check
from chatkit_agent.checks.finding import Finding, unproved
from chatkit_agent.evidence.run import Run


@check("CK606", "The chat's route is mounted, and requests reach it", needs=RUN)
def route_mounted(run: Run) -> Iterator[Finding]:
    """The chat's route is mounted, and requests reach it. A catch-all route, a mounted front
    end or a middleware in front of it are found by asking.
    """
    if run.conversation is None:
        yield unproved("the route is mounted", f"{run.unseen}")
        return
    reply = run.conversation.alice.reply
    if reply.status not in (404, 405, 307, 308):
        return
    boot = run.alone or run.after
    if ("POST", run.path) in boot.routes:
        what = f"POST {run.path} is there, but something before it takes the requests."
        fix = "Include the chat's router before a catch-all route, a mount or a redirect."
    else:
        what = f"There is no route POST {run.path}."
        fix = "Run `chatkit-agent add`, or include the router in the application by hand."
    yield Finding(what=what, where=f"POST {run.path}", evidence=reply.summary, fix=fix)
