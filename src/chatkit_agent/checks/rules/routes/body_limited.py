"""The size of a request is limited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.in_front import added_middlewares, middlewares
from chatkit_agent.project.source.meaning import number_of, reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call, Code
from chatkit_agent.project.source.side_files import is_side_file
from chatkit_agent.project.source.walking import literals, within_node

# Of what a package offers there is nothing but its name.
LIMITING = re.compile(
    r"limit|max_?(?:body|size|length|request|content|bytes|upload)", re.IGNORECASE
)
TOO_LARGE = re.compile(r"(?:REQUEST_ENTITY|CONTENT|PAYLOAD)_TOO_LARGE$|HTTP_413_\w+$")
WITHOUT_LENGTH = re.compile(r"LENGTH_REQUIRED$|HTTP_411_\w+$")
LENGTH = ("content-length",)
READING = ("body", "json", "stream", "form")


@check("CK610", "The size of a request is limited", needs=PROJECT, severity="info")
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
    fronts = [each for each in middlewares(code) if _limits(code, each)]
    if fronts:
        yield from _left_to_client(code, fronts)
        return
    for endpoint in chat.endpoints:
        near = reaches(chat.code, [endpoint, *_dependencies(chat, endpoint)])
        limiting = [each for each in near if _limits(chat.code, each)]
        if limiting:
            yield from _left_to_client(chat.code, limiting)
            continue
        reading = (call for each in near for call in chat.code.inside(each) if _reads(chat, call))
        for call in list(reading)[:1]:
            told = f"`{call.written}()` is called, and no limit is set here."
            yield _finding(chat.code.where(call.scope, call.node), told)


def _left_to_client(code: Code, limiting: list[Scope]) -> Iterator[Finding]:
    """Where a limit trusts what the client says of its length, and does without."""
    asked = [(each, node) for each in limiting for node in _lengths_asked(code, each)]
    if asked and not any(_counts(code, each) for each in limiting):
        scope, node = asked[0]
        told = "Only `Content-Length` is looked at, which a body in chunks does not have."
        yield _finding(code.where(scope, node), told)


def _lengths_asked(code: Code, scope: Scope) -> Iterator[cst.CSTNode]:
    """`headers.get("content-length")`, which gives nothing where there is none."""
    for call in code.inside(scope):
        if call.method == "get" and (call.text("key", 0) or "").lower() in LENGTH:
            yield call.node


def _counts(code: Code, scope: Scope) -> bool:
    """Whether it counts what came, or refuses what has no length."""
    if any(_is_too_large(code, each, WITHOUT_LENGTH, 411) for each in code.inside(scope)):
        return True
    if any(each.value == "411" for each in within_node(scope.node, cst.Integer)):
        return True
    return _refuses_without(code, scope) or _measures(code, scope)


def _refuses_without(code: Code, scope: Scope) -> bool:
    """`if size is None: raise ...`, and `if not size: ...`"""
    asked = Flow(code, scope, nodes=set(_lengths_asked(code, scope)))
    return any(
        _is_missing(each.test)
        and asked.holds(each.test)
        and any(within_node(each.body, cst.Raise, cst.Return))
        for each in within_node(scope.node, cst.If)
    )


def _is_missing(test: cst.BaseExpression) -> bool:
    if isinstance(test, cst.UnaryOperation):
        return isinstance(test.operator, cst.Not)
    compared = test.comparisons[0] if isinstance(test, cst.Comparison) else None
    is_none = compared is not None and isinstance(compared.operator, cst.Is)
    return is_none and compared is not None and syntax.dotted(compared.comparator) == "None"


def _measures(code: Code, scope: Scope) -> bool:
    """`if len(body) > MOST`, and what adds such up."""
    sized: set[cst.CSTNode] = {
        each.node for each in code.inside(scope) if each.written == "len" or each.method in READING
    }
    came = Flow(code, scope, nodes=sized)
    tests = within_node(scope.node, cst.Comparison)
    return bool(sized) and any(came.holds(each) and _is_of_size(came, each) for each in tests)


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
    for each in syntax.parameters(function.node) if _is_function(function.node) else ():
        if each.name.value == call.receiver:
            kind = syntax.dotted(each.annotation.annotation) if each.annotation else None
            symbol = chat.code.resolve(function, kind)
            is_request = symbol is None or symbol.name.rpartition(".")[2] == "Request"
            return is_request if kind else "req" in call.receiver.lower()
    return False


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
    return bool(lengths) and any(read.holds(each) and _is_of_size(read, each) for each in compared)


def _is_of_size(read: Flow, node: cst.Comparison) -> bool:
    """`size > MOST`, and not `body == b""`"""
    order = (cst.GreaterThan, cst.GreaterThanEqual, cst.LessThan, cst.LessThanEqual)
    return any(isinstance(each.operator, order) for each in node.comparisons)


def _is_too_large(
    code: Code, call: Call, named: re.Pattern[str] = TOO_LARGE, status: int = 413
) -> bool:
    for each in call.given:
        written = syntax.dotted(code.value(call.scope, each)) or ""
        if named.search(written) or number_of(code, call.scope, each) == status:
            return True
    return False


def _is_unseen(code: Code, call: Call) -> bool:
    """A function that only running tells, by its name or what it is given: `check(MAX_BYTES)`"""
    if code.called(call) is not None or call.symbol is not None:
        return False
    names = (syntax.dotted(each) or "" for each in call.given)
    return any(
        re.search(r"max_?(?:body|bytes|size|request)", name, re.IGNORECASE) for name in names
    )


def _is_function(node: cst.CSTNode) -> TypeGuard[cst.FunctionDef]:
    return isinstance(node, cst.FunctionDef)
