"""The page keeps the person's token out of the address that it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.front_end import Page

NAME = r"(?:access_?token|auth_?token|id_?token|session_?token|token|jwt|bearer|auth|authorization)"
IN_QUERY = re.compile(rf"[?&]{NAME}=(?:\$\{{|[\"'`]\s*\+|\{{\{{)", re.IGNORECASE)
SET = re.compile(
    rf"(?:searchParams|params|query|search)\w*\.(?:set|append)\(\s*[\"']{NAME}[\"']"
    rf"|new URLSearchParams\(\s*\{{[^}}]*\b{NAME}\b",
    re.IGNORECASE,
)


@check("CK312", needs=PROJECT, symptoms=("leaks",))
def token_out_of_address(evidence: Evidence) -> Iterator[Finding]:
    """Proxies and servers write addresses to their logs, and browsers to their history."""
    for page in evidence.front_end.chats:
        for api in page.apis():
            for name in ("url", "fetch"):
                if name in api and (shown := _token_text(evidence, page, api[name].code)):
                    yield Finding(
                        what="The person's token is part of the address of each request, and so "
                        "of the logs of every proxy and server on the way.",
                        where=page.where(api[name].place),
                        evidence=f"`{shown}`",
                        fix="Send it in the `Authorization` header, by the `fetch` of `api`.",
                        cause="token in address",
                    )


def _token_text(evidence: Evidence, page: Page, code: str) -> str:
    front = evidence.front_end
    behind = front.function(page, code) or ""
    name = re.fullmatch(r"(?:\w+\.)?([A-Za-z_$][\w$]*)", code)
    held = (front.held(page, name[1]) or "") if name else ""
    for text in (code, held, behind):
        found = IN_QUERY.search(text) or SET.search(text)
        if found:
            return " ".join(found[0].split())[:80]
    return ""
