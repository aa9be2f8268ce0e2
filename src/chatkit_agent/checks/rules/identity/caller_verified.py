"""The caller is known from a token that is verified, or from the application's own sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.authenticating import compares_credential, verifies_token
from chatkit_agent.project.source.expressions import Origin
from chatkit_agent.project.source.meaning import names_used, says
from chatkit_agent.project.source.origins import callers
from chatkit_agent.project.source.values import is_literal
from chatkit_agent.project.source.verifying import decodes
from chatkit_agent.project.source.walking import sides_of, within_node

CLAIMED = re.compile(
    r"user(?!-?agent)|account|member|customer|person|principal|subject|identity|owner|employee"
    r"|login|e-?mail|^uid$|^u?id$",
    re.IGNORECASE,
)
WHAT = "Anybody can read and write anybody's conversations: "
FIX = (
    "Take the user from the application's own sign-in (`Depends(get_current_user)`), or from the "
    "`sub` of a verified token, and from nothing else in the request."
)
PLACES = {
    "header": "a header that every client can set",
    "cookie": "a cookie that every client can write",
    "query": "the address that the client asks",
    "path": "the address that the client asks",
    "body": "what the client writes into its request",
}


@check("CK101", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def caller_verified(chat: Anatomy) -> Iterator[Finding]:
    """A header such as `X-User-ID`, a parameter, a cookie or a token whose signature nobody looks
    at can be written by anybody, so whoever trusts it gives everybody's conversations away.
    """
    told = set()
    for found in callers(chat):
        for origin in (*found, *(_open_tokens(chat) if _is_unknown(found) else ())):
            finding = _finding_of(chat, origin)
            if finding is not None and finding.where not in told:
                told.add(finding.where)
                yield finding


def _finding_of(chat: Anatomy, origin: Origin) -> Finding | None:
    if origin.kind == "unverified":
        what = "the signature of a token is not looked at, so everybody can write one."
        return _finding(chat, origin, what, "Verify the signature, and require `exp` and `sub`.")
    if origin.kind != "client" or origin.is_secret or origin.is_of_proxy:
        return None
    is_said = CLAIMED.search(origin.key) is not None
    if (origin.is_looked_up or origin.place == "cookie") and not is_said:
        return None
    if _is_compared(origin):
        return None
    if origin.place == "header" and _verifies(chat, origin):
        if not origin.is_preferred and not _goes_first(origin):
            return None
        return _finding(chat, origin, "a header goes before the token.", FIX)
    return _finding(chat, origin, f"who is calling is taken from {PLACES[origin.place]}.", FIX)


def _is_unknown(found: tuple[Origin, ...]) -> bool:
    return all(each.kind == "unknown" for each in found)


def _open_tokens(chat: Anatomy) -> Iterator[Origin]:
    """Tokens that are read on the way, whose claims reach the chat in a way that is not seen."""
    read = list(decodes(chat.code, chat.sign_ins))
    if all(each.is_open for each in read):
        yield from (Origin("unverified", each.call.scope, each.call.node) for each in read)


def _verifies(chat: Anatomy, origin: Origin) -> bool:
    own = origin.scope.function
    is_shared = own is not None and compares_credential(own)
    return is_shared or any(verifies_token(chat, each, [origin.node]) for each in chat.sign_ins)


def _finding(chat: Anatomy, origin: Origin, what: str, fix: str) -> Finding:
    named = f", by `{origin.key}`" if origin.key else ""
    return Finding(
        what=f"{WHAT}{what}",
        where=chat.code.where(origin.scope, origin.node),
        evidence=f"`{syntax.code(origin.node)[:160]}` becomes the user of the request{named}.",
        fix=fix,
        cause="spoofed",
    )


def _names(origin: Origin) -> set[str]:
    """What holds the value in the function that reads it."""
    if isinstance(origin.node, cst.Param):
        return {origin.node.name.value}
    held = syntax.assignments(origin.scope.node)
    return {each.target for each in held if origin.node in syntax.walk(each.value)}


def _is_compared(origin: Origin) -> bool:
    """`if user != caller: raise`, but no look whether it is there, or is a name that is known."""
    names = _names(origin)
    for each in within_node(origin.scope.node, cst.Comparison):
        sides = sides_of(each)
        is_equal = all(
            isinstance(one.operator, cst.Equal | cst.NotEqual) for one in each.comparisons
        )
        of_it = [side for side in sides if _is_of(side, origin, names)]
        if is_equal and of_it and not any(is_literal(side) for side in sides):
            return True
    return False


def _is_of(node: cst.CSTNode, origin: Origin, names: set[str]) -> bool:
    """Whether the value is read there, or is there under one of its names."""
    return origin.node in syntax.walk(node) or not names.isdisjoint(names_used(node))


def _goes_first(origin: Origin) -> bool:
    """`if header: return header`, where nothing else is asked."""
    names = _names(origin)
    for block in within_node(origin.scope.node, cst.If):
        asked = block.test
        if isinstance(asked, cst.Comparison) and syntax.code(asked).endswith("is not None"):
            asked = asked.left
        is_it = syntax.dotted(asked) in names or origin.node in syntax.walk(asked)
        is_it = is_it or says(asked, origin.key.lower())
        given = list(within_node(block.body, cst.Return))
        if is_it and not isinstance(asked, cst.BooleanOperation) and given:
            return any(_is_of(each, origin, names) for each in given)
    return False
