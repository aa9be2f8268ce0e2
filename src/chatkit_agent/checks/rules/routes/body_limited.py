"""The size of a request is limited."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax

LIMITING = re.compile(
    r"content-length|max_?(?:body|size|length|request|bytes)|\b413\b|limit_upload|body_?limit"
    r"|limitupload|too_large|REQUEST_ENTITY_TOO_LARGE",
    re.IGNORECASE,
)


@check("CK610", "The size of a request is limited", needs=PROJECT, severity="info")
def body_limited(evidence: Evidence) -> Iterator[Finding]:
    """The size of a request is limited, by the application or, as it may be, by a proxy in
    front. A remark.
    """
    chat, app = evidence.chat, evidence.project.app
    fronts = [chat.code.sources.text(file) for file in ({app.file, app.built_in} if app else ())]
    for endpoint in chat.endpoints:
        own = syntax.code(endpoint.node)
        if any(LIMITING.search(text) for text in (own, *fronts)):
            continue
        for call in chat.code.inside(endpoint):
            if call.method in ("body", "json", "stream") and "request" in call.receiver.lower():
                yield Finding(
                    what="A request of any size is read into memory as a whole.",
                    where=chat.code.where(call.scope, call.node),
                    evidence=f"`{call.written}()` is called, and no limit is set here.",
                    fix="Count the bytes of `request.stream()` and answer 413 above 1 MB, or let "
                    "the proxy in front limit the body.",
                    cause="body size",
                )
                break
