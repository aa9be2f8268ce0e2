"""The size of a request is limited."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.in_front import added_middlewares, middlewares
from chatkit_agent.project.source.meaning import reaches, status_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call, Code
from chatkit_agent.project.source.side_files import is_side_file
from chatkit_agent.project.source.walking import literals, within_node

# Of what a package offers there is nothing but its name.
LIMITING = re.compile(
    r"limit|max_?(?:body|size|length|request|content|bytes|upload)", re.IGNORECASE
)
READING = ("body", "json", "stream", "form")


@check("CK610", "The size of a request is limited", needs=PROJECT, severity="info")
def body_limited(evidence: Evidence) -> Iterator[Finding]:
    """The size of a request is limited, by the application or, as it may be, by a proxy in
    front. An info.
    """
    chat = evidence.chat
    code = Code(evidence.sources, (*chat.code.files, *_others(evidence)))
    if any(_limits(code, each) for each in middlewares(code)) or any(
        code.sources.definition(code.resolve(call.scope, name)) is None
        and (LIMITING.search(name) or any(map(LIMITING.search, call.keywords)))
        for call, name in added_middlewares(code)
    ):
        return
    for endpoint in chat.endpoints:
        near = reaches(chat.code, [endpoint, *_dependencies(chat, endpoint)])
        if any(_limits(chat.code, each) for each in near):
            continue
        reading = (call for each in near for call in chat.code.inside(each) if _reads(chat, call))
        for call in list(reading)[:1]:
            yield Finding(
                what="A request of any size is read into memory as a whole.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"`{call.written}()` is called, and no limit is set here.",
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


def _limits(code: Code, scope: Scope) -> bool:
    """Whether it refuses with 413, or compares how long a request is with something."""
    calls = code.inside(scope)
    if any(_is_too_large(code, each) for each in calls):
        return True
    if any(
        isinstance(each, cst.Integer) and each.value == "413" for each in syntax.walk(scope.node)
    ):
        return True
    if any(_is_unseen(code, each) for each in calls):
        return True
    lengths: set[cst.CSTNode] = {
        node for node, text in literals(scope.node) if text.lower() == "content-length"
    }
    lengths |= {each.node for each in calls if each.method in READING}
    read = Flow(code, scope, nodes=lengths)
    compared = within_node(scope.node, cst.Comparison)
    return bool(lengths) and any(read.holds(each) and _is_of_size(each) for each in compared)


def _is_of_size(node: cst.Comparison) -> bool:
    """`size > MOST`, and not `body == b""`"""
    order = (cst.GreaterThan, cst.GreaterThanEqual, cst.LessThan, cst.LessThanEqual)
    return any(isinstance(each.operator, order) for each in node.comparisons)


def _is_too_large(code: Code, call: Call) -> bool:
    return any(status_of(code, call.scope, each) == 413 for each in call.given)


def _is_unseen(code: Code, call: Call) -> bool:
    """A function that only running tells, by its name or what it is given: `check(MAX_BYTES)`"""
    if code.called(call) is not None or call.symbol is not None:
        return False
    names = (syntax.dotted(each) or "" for each in call.given)
    return any(
        re.search(r"max_?(?:body|bytes|size|request)", name, re.IGNORECASE) for name in names
    )
