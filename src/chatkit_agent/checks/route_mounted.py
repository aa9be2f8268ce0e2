"""The chat's route is mounted, and requests reach it."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Evidence
from chatkit_agent.findings import Finding, unproved


def route_mounted(evidence: Evidence) -> Iterator[Finding]:
    if evidence.conversation is None:
        yield unproved("the route is mounted", f"{evidence.unseen}")
        return
    reply = evidence.conversation.alice.reply
    if reply.status not in (404, 405, 307, 308):
        return
    boot = evidence.alone or evidence.after
    if ("POST", evidence.path) in boot.routes:
        what = f"POST {evidence.path} is there, but something before it takes the requests."
        fix = "Include the chat's router before a catch-all route, a mount or a redirect."
    else:
        what = f"There is no route POST {evidence.path}."
        fix = "Run `chatkit-agent add`, or include the router in the application by hand."
    yield Finding(what=what, where=f"POST {evidence.path}", evidence=reply.summary, fix=fix)
