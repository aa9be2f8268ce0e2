"""The size of a request is limited."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.body_limits import (
    READING,
    counts_body,
    lengths_asked,
    limits_body,
)
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.in_front import added_middlewares, middlewares
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope

# Of what a package offers there is nothing but its name.
LIMITING = re.compile(
    r"limit|max_?(?:body|size|length|request|content|bytes|upload)", re.IGNORECASE
)


@check("CK610", needs=PROJECT, severity="info")
def body_limited(evidence: Evidence) -> Iterator[Finding]:
    """The size of a request is limited, by the application or, as it may be, by a proxy in
    front. A limit that looks at `Content-Length` alone is the client's own: it may leave it out. An
    info.
    """
    chat = evidence.chat
    code = Code(evidence.sources, (*chat.code.files, *_others(evidence)))
    if any(
        code.sources.definition(code.resolve(call.scope, name)) is None
        and (LIMITING.search(name) or any(map(LIMITING.search, call.keywords)))
        for call, name in added_middlewares(code)
    ):
        return
    fronts = [each for each in middlewares(code) if limits_body(code, each)]
    if fronts:
        yield from _left_to_client(code, fronts)
        return
    for endpoint in chat.endpoints:
        near = reaches(chat.code, [endpoint, *_dependencies(chat, endpoint)])
        limiting = [each for each in near if limits_body(chat.code, each)]
        if limiting:
            yield from _left_to_client(chat.code, limiting)
            continue
        reading = (call for each in near for call in chat.code.inside(each) if _reads(chat, call))
        for call in list(reading)[:1]:
            told = f"`{call.written}()` is called, and no limit is set here."
            yield _finding(call.where, told)


def _left_to_client(code: Code, limiting: list[Scope]) -> Iterator[Finding]:
    """Where a limit trusts what the client says of its length, and does without."""
    asked = [(each, node) for each in limiting for node in lengths_asked(code, each)]
    if asked and not any(counts_body(code, each) for each in limiting):
        scope, node = asked[0]
        told = "Only `Content-Length` is looked at, which a body in chunks does not have."
        yield _finding(code.where(scope, node), told)


def _finding(where: str, evidence: str) -> Finding:
    return Finding(
        what="A request of any size is read into memory as a whole.",
        where=where,
        evidence=evidence,
        fix="Count the bytes of `request.stream()` and answer 413 above 1 MB, or let "
        "the proxy in front limit the body.",
        cause="body size",
    )


def _dependencies(chat: Anatomy, endpoint: Scope) -> Iterator[Scope]:
    """What FastAPI calls before the routes of a chat."""
    return (each for each in chat.injected if each not in chat.endpoints or each is endpoint)


def _others(evidence: Evidence) -> Iterator[str]:
    """The application's own files, where the chat's do not have them."""
    known = set(evidence.chat.code.files)
    for file in evidence.sources.holding(b"iddleware"):
        if file not in known and not is_side_file(file):
            yield file


def _reads(chat: Anatomy, call: Call) -> bool:
    """`request.body()`, where the request is what FastAPI or a caller gives."""
    function = call.scope.function
    if call.method not in READING or function is None:
        return False
    given = function.param(call.receiver)
    if given is None:
        return False
    kind = syntax.dotted(given.annotation.annotation) if given.annotation else None
    symbol = chat.code.resolve(function, kind)
    is_request = symbol is None or symbol.last_name == "Request"
    return is_request if kind else "req" in call.receiver.lower()
