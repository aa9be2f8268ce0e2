"""The router of the chat is included in an application."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope


@check(
    "CK603",
    "The router of the chat is included in an application",
    needs=PROJECT,
    symptoms=("not_found",),
)
def router_included(evidence: Evidence) -> Iterator[Finding]:
    """The router of the chat is included in an application; otherwise its route answers 404."""
    chat = evidence.chat
    for endpoint in chat.endpoints:
        name = _router_of(endpoint)
        if name and _is_router(chat, endpoint, name) and not _is_included(chat, endpoint, name):
            yield _finding(chat.code.where(endpoint), f"Nothing includes `{name}`.", None)
    made = next((s for s in chat.code.functions if s.name == "create_chatkit_router"), None)
    called = chat.code.sources.holding(b"create_chatkit_router(")
    if made and evidence.project.chat.applied and set(called) <= {made.file}:
        shown = "Nothing calls `create_chatkit_router`."
        yield _finding(chat.code.where(made), shown, "mount_router")


def _router_of(endpoint: Scope) -> str | None:
    """`router` of `@router.post("/chatkit")`."""
    if not isinstance(endpoint.node, cst.FunctionDef):
        return None
    for each in endpoint.node.decorators:
        name = syntax.dotted(each.decorator.func) if isinstance(each.decorator, cst.Call) else None
        if name and name.rpartition(".")[2] in ("post", "api_route", "route"):
            return name.rpartition(".")[0]
    return None


def _is_router(chat: Anatomy, endpoint: Scope, name: str) -> bool:
    held = chat.code.sources.definition(chat.code.resolve(endpoint, name))
    made = held.value if isinstance(held, syntax.Assignment) else None
    call = chat.code.call_of(made)
    return call is not None and call.method == "APIRouter"


def _is_included(chat: Anatomy, endpoint: Scope, name: str) -> bool:
    """Whether an `include_router` anywhere names it, or its module by whatever name."""
    sources = chat.code.sources
    wanted = chat.code.resolve(endpoint, name)
    for file in sources.holding(b"include_router", b".routes"):
        for node in syntax.walk(sources.module(file)):
            if not isinstance(node, cst.Call):
                continue
            if (syntax.dotted(node.func) or "").endswith("include_router"):
                given = syntax.argument(node, "router", 0)
                found = sources.resolve(file, syntax.dotted(given)) if given else None
                if found is None or found == wanted:
                    return True
    return False


def _finding(where: str, evidence: str, edit: str | None) -> Finding:
    return Finding(
        what="The chat's route answers 404: its router is included in no application.",
        where=where,
        evidence=evidence,
        fix="Add `app.include_router(...)` after the other routers, before any catch-all route.",
        edit=edit,
        cause="router",
    )
