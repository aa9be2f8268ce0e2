"""The router of the chat is included in an application."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.broken_imports import broken_imports
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.routers import includes, made_by
from chatkit_agent.project.source.walking import receiver_of, within_node


@check("CK603", needs=PROJECT, symptoms=("not_found",))
def router_included(evidence: Evidence) -> Iterator[Finding]:
    """The router of the chat is included in an application; otherwise its route answers 404."""
    chat, sources, app = evidence.chat, evidence.sources, evidence.project.app
    if app and any(broken_imports(sources, app.file)):
        return  # what includes it may be what cannot be read or imported
    known = set(chat.code.files)
    others = (each for each in sources.holding(b"router") if each not in known)
    code = Code(sources, (*known, *(each for each in others if not is_side_file(each))))
    for endpoint in chat.endpoints:
        for mark in chat.route_marks(endpoint):
            held = chat.code.value(mark.scope, mark.owner)
            made = code.call_of(held)
            is_router = made is not None and made.method == "APIRouter"
            if made is not None and is_router and not _is_served(code, made):
                shown = f"Nothing includes `{syntax.code(mark.owner)}`."
                yield _finding(chat.code.where(endpoint), shown, None)
    made_here = next((s for s in chat.code.functions if s.name == "create_chatkit_router"), None)
    called = sources.holding(b"create_chatkit_router(")
    if made_here and evidence.project.chat.applied and set(called) <= {made_here.file}:
        shown = "Nothing calls `create_chatkit_router`."
        yield _finding(chat.code.where(made_here), shown, "mount_router")


def _is_served(code: Code, made: Call, hops: int = 4) -> bool:
    """Whether an application gets it, through other routers or not, or that cannot be told."""
    for call in code.calls:
        if call.method == "mount" and code.value(call.scope, call.argument("app", 1)) is made.node:
            return True
        if call.method == "include_router":
            given = made_by(code, call.scope, call.argument("router", 0))
            outer = made_by(code, call.scope, receiver_of(call.node.func))
            is_nested = outer is not None and outer.method == "APIRouter"
            is_it = given is not None and (given.node is made.node or includes(code, call, made))
            if given is None or (is_it and not (is_nested and outer)):
                return True
            if is_it and outer is not None and hops and _is_served(code, outer, hops - 1):
                return True
    return any(
        each.attr.value == "routes" and code.value(scope, each.value) is made.node
        for scope in code.scopes
        for each in within_node(scope.node, cst.Attribute)
    )


def _finding(where: str, evidence: str, edit: str | None) -> Finding:
    return Finding(
        what="The chat's route answers 404: its router is included in no application.",
        where=where,
        evidence=evidence,
        fix="Add `app.include_router(...)` after the other routers, before any catch-all route.",
        edit=edit,
        cause="router",
    )
