"""The size of a request is limited."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.meaning import names_used, reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import is_side_file
from chatkit_agent.project.source.walking import literals, within_node

LIMITING = re.compile(
    r"content-length|max_?(?:body|size|length|request|bytes)|\b413\b|limit_upload|body_?limit"
    r"|limitupload|too_large|REQUEST_ENTITY_TOO_LARGE",
    re.IGNORECASE,
)


@check("CK610", "The size of a request is limited", needs=PROJECT, severity="info")
def body_limited(evidence: Evidence) -> Iterator[Finding]:
    """The size of a request is limited, by the application or, as it may be, by a proxy in
    front. An info.
    """
    chat = evidence.chat
    if any(_limits(each) for each in _middlewares(evidence)):
        return
    for endpoint in chat.endpoints:
        if any(_limits(each.node) for each in reaches(chat.code, [endpoint])):
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


def _middlewares(evidence: Evidence) -> Iterator[cst.CSTNode]:
    """What stands in front of every route, in whichever file."""
    chat, app = evidence.chat, evidence.project.app
    files = {app.file, app.built_in} if app else set()
    for module in (*chat.code.modules, *_others(evidence)):
        for each in within_node(module.node, cst.Call):
            called = (syntax.dotted(each.func) or "").rpartition(".")[2]
            if called in ("add_middleware", "Middleware"):
                yield each
                yield from _defined(evidence, module, each)
        for function in within_node(module.node, cst.FunctionDef):
            if any("middleware" in names_used(mark.decorator) for mark in function.decorators):
                yield function
        if module.file in files:
            yield from within_node(module.node, cst.ClassDef)


def _others(evidence: Evidence) -> Iterator[Scope]:
    """The application's own files, where the chat's do not have them."""
    known = {each.file for each in evidence.chat.code.modules}
    for file in evidence.sources.holding(b"middleware"):
        if file not in known and not is_side_file(file):
            yield Scope(file, evidence.sources.module(file))


def _defined(evidence: Evidence, module: Scope, call: cst.Call) -> Iterator[cst.CSTNode]:
    """The class of the project that is added."""
    name = syntax.dotted(call.args[0].value) if call.args else None
    symbol = evidence.chat.code.resolve(module, name)
    found = evidence.sources.definition(symbol)
    if isinstance(found, cst.ClassDef):
        yield found


def _limits(node: cst.CSTNode) -> bool:
    """Whether its names, texts or numbers speak of a limit; comments do not count."""
    names = names_used(node)
    said = {text for _, text in literals(node)}
    numbers = {each.value for each in within_node(node, cst.Integer)}
    return any(LIMITING.search(each) for each in (*names, *said)) or "413" in numbers
