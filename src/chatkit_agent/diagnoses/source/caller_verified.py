"""Who is calling is proved by a token that is verified, or by the application's own sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.injection import targets
from chatkit_agent.reading.scopes import Call, Scope

CLAIMED = re.compile(
    r"x-?(?:chatkit-?)?(?:user|account|member|customer)-?(?:id|name)?", re.IGNORECASE
)
VERIFIED = re.compile(
    r"\b(?:jwt|jose|jws|pyjwt)\.|\bdecode\b|verif|introspect|current_user|authenticate|validate_token"
    r"|get_user|require_user|check_token|userinfo|session",
    re.IGNORECASE,
)


def caller_verified(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for endpoint in chat.endpoints:
        claim = next(_claims(endpoint, chat), None)
        if claim and not _is_verified(chat, endpoint):
            yield _finding(chat, endpoint, *claim)


def _claims(endpoint: Scope, chat: Anatomy) -> Iterator[tuple[cst.CSTNode, str]]:
    """Where a header that anybody can send says who is calling."""
    for call in chat.code.inside(endpoint):
        if call.written.endswith("headers.get"):
            name = syntax.text(call.argument("key", 0)) or ""
            if CLAIMED.fullmatch(name):
                yield call.node, name
        elif call.method == "Header" and (header := _header_of(call, endpoint)):
            yield call.node, header
    for node in syntax.walk(endpoint.node):
        if isinstance(node, cst.Subscript) and (syntax.dotted(node.value) or "").endswith(
            "headers"
        ):
            name = syntax.text(next(iter(syntax.subscripts(node)), None)) or ""
            if CLAIMED.fullmatch(name):
                yield node, name


def _header_of(call: Call, endpoint: Scope) -> str | None:
    """The header that `x_user_id: str = Header(...)` stands for."""
    alias = syntax.text(call.argument("alias"))
    if alias:
        return alias if CLAIMED.fullmatch(alias) else None
    if isinstance(endpoint.node, cst.FunctionDef):
        for param in syntax.parameters(endpoint.node):
            parts = (param.default, param.annotation)
            if any(part is not None and call.node in syntax.walk(part) for part in parts):
                name = param.name.value.replace("_", "-")
                return name if CLAIMED.fullmatch(name) else None
    return None


def _is_verified(chat: Anatomy, endpoint: Scope) -> bool:
    """Whether the function, or what FastAPI calls before it, looks at a token."""
    if any(VERIFIED.search(call.written) for call in chat.code.inside(endpoint)):
        return True
    if isinstance(endpoint.node, cst.FunctionDef):
        found = targets(chat.code.sources, endpoint.file, endpoint.node)
        return any(VERIFIED.search(syntax.code(each.value)) for each in found)
    return False


def _finding(chat: Anatomy, endpoint: Scope, node: cst.CSTNode, header: str) -> Finding:
    return Finding(
        what="Anybody can read and write anybody's conversations: who is calling is taken from a "
        f"header that every client can set, `{header}`, and no token is verified.",
        where=chat.code.where(endpoint, node),
        evidence=f"`{endpoint.name}` takes the user from `{syntax.code(node)}`, and neither it nor "
        "a dependency of it verifies a token.",
        fix="Take the user from the application's own sign-in (`Depends(get_current_user)`), or "
        "from the `sub` of a verified token. Ignore the header.",
        cause="impostor",
        explains=("mixed_up", "leaks"),
    )
