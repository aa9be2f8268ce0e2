"""The page's `fetch` sends what the chat's client gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.checks.rules.tokens.page_sends_token import FETCHES
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.front_end import Page, Value

# `(input, init) =>` and `function ask(input, init) {`, with types or without.
SIGNATURE = re.compile(
    r"\s*(?:async\s+)?(?:function\b\s*\w*\s*)?\(\s*[A-Za-z_$][\w$]*\s*(?::[^,()]*)?"
    r"(?:,\s*(?P<init>[A-Za-z_$][\w$]*)\s*\??\s*(?::[^,()=]*)?(?:=\s*\{\s*\})?)?,?\s*\)"
    r"\s*(?::[^={]*)?(?:=>|\{)"
)
# In the place of the client's own, among them the type of what is sent.
OTHER_HEADERS = re.compile(r"\bheaders\s*:\s*\{(?P<own>[^{}]*)\}")


@check("CK623", needs=PROJECT, symptoms=("server_error", "silent"))
def page_hands_requests_on(evidence: Evidence) -> Iterator[Finding]:
    """One that leaves out its second argument sends no body; one that puts headers of its own in
    the place of the client's loses the type of the body, without which the delivered chat refuses
    it.
    """
    for page in evidence.front_end.chats:
        for api in page.apis():
            given = api.get("fetch")
            told = _problem(evidence, page, given) if given is not None else ""
            if given is not None and told:
                yield Finding(
                    what="What people write never arrives: the page's `fetch` does not send what "
                    "the chat's client gives it.",
                    where=page.where(given.place),
                    evidence=told,
                    fix="Write `fetch: (input, init) => fetch(input, { ...init, ... })`, and add "
                    "to a copy of `new Headers(init?.headers)`.",
                    cause="page's fetch",
                )


def _problem(evidence: Evidence, page: Page, given: Value) -> str:
    body = evidence.front_end.function(page, given.code)
    signature = SIGNATURE.match(body) if body is not None else None
    if body is None or signature is None or not FETCHES.search(body):
        return ""
    init, rest = signature["init"], body[signature.end() :]
    name = rf"(?<![\w$]){re.escape(init or '')}(?![\w$])"
    if init is None or not re.search(name, rest):
        return "It looks at the address only, so the method, the headers and the body are lost."
    if not re.search(rf"{name}(?!\s*\??\.)|{name}\s*\??\.\s*body\b", rest):
        return "It takes parts of what it is given and leaves the body out."
    other = OTHER_HEADERS.search(rest) if evidence.project.chat.applied else None
    is_whole = other is None or "..." in other["own"] or "content-type" in other["own"].lower()
    return "" if is_whole else "Its `headers` take the place of the client's own."
