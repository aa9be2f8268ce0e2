"""Authenticating: whether code verifies who is calling, by its calls and not by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.injection import injected_function, targets
from chatkit_agent.project.source.meaning import names_used
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.tokens import speaks_of_token
from chatkit_agent.project.source.values import is_literal
from chatkit_agent.project.source.verifying import LIBRARIES
from chatkit_agent.project.source.walking import compares_by, literals, sides_of, within_node

# What others' functions that verify are called; of the project's own the body is looked at.
BY_NAME = re.compile(
    r"\b(?:jwt|jose|jws|pyjwt)\.|\bdecode\b|verif|introspect|current_user|authenticate|validate_token"
    r"|get_user|require_user|check_token|userinfo|session",
    re.IGNORECASE,
)
OF_DATABASE = re.compile(
    r"session(?:local|maker|factory)?(?:\(\))?(?:\.(?:execute|scalars?|get|add|commit|exec|query|\w*merge))?$",
    re.IGNORECASE,
)
CREDENTIAL = re.compile(
    r"token|authorization|cookies?$|credentials?|bearer|api_?key|secret|session_?(?:id|key)?$|jwt",
    re.IGNORECASE,
)
# What takes a header apart, shows it or turns it, and says nothing of whether it is right.
READING = {"get_authorization_scheme_param", "len", "str", "bool", "Header", "Cookie", "Depends"}
READING |= {"Security", "debug", "info", "warning", "error", "exception", "print", "HTTPException"}
REFUSING = re.compile(r"unauthori|forbidden|HTTP_?40[13]|not_?signed|refus|denied", re.IGNORECASE)


def verifies_token(
    chat: Anatomy, scope: Scope, claims: Sequence[cst.CSTNode] = (), hops: int = 4
) -> bool:
    """Whether a function, what it calls, or what FastAPI calls before it looks at a credential.

    `claims` are what anybody can say of themselves: to look that up proves nothing.
    """
    tainted = _names_of(scope, claims)
    for call in chat.code.inside(scope):
        if not _is_of_claim(call, claims, tainted) and _authenticates(chat, call, hops):
            return True
    return any(is_authenticated(chat, target, hops) for target in _dependencies(chat, scope))


def _names_of(scope: Scope, claims: Sequence[cst.CSTNode]) -> set[str]:
    """The names that hold a claim."""
    held = (
        each.target
        for each in syntax.assignments(scope.node)
        if any(claim is part for claim in claims for part in syntax.walk(each.value))
    )
    return set(held)


def _is_of_claim(call: Call, claims: Sequence[cst.CSTNode], tainted: set[str]) -> bool:
    """`get_user(request.headers["X-User-ID"])`: it is given the claim, and no credential."""
    parts = [part for arg in call.node.args for part in syntax.walk(arg.value)]
    has_claim = any(claim is part for claim in claims for part in parts)
    has_claim = has_claim or bool(tainted & names_used(*(arg.value for arg in call.node.args)))
    return has_claim and not any(_is_credential(arg.value) for arg in call.node.args)


def _is_credential(node: cst.CSTNode) -> bool:
    said = {text.lower() for _, text in literals(node)}
    return speaks_of_token(node) or "authorization" in said or syntax.dotted(node) == "request"


def _authenticates(chat: Anatomy, call: Call, hops: int) -> bool:
    if name := call.package_name:
        if name.partition(".")[0] in LIBRARIES:
            return "decode" in name or "verif" in name.lower()
        return _is_named(call.written)
    own = chat.code.called(call)
    if own is not None and own is not call.scope.function:
        return _proves_itself(chat, own, hops)
    return _is_named(call.written)


def _is_named(name: str) -> bool:
    return BY_NAME.search(name) is not None and OF_DATABASE.search(name) is None


def _proves_itself(chat: Anatomy, own: Scope, hops: int) -> bool:
    return hops > 0 and (_knows_credential(chat, own) or verifies_token(chat, own, hops=hops - 1))


def refuses(own: Scope) -> bool:
    """It reads a credential and refuses who has none that it knows: an opaque session or a key."""
    if not isinstance(own.node, cst.FunctionDef):
        return False
    raises = list(within_node(own.node, cst.Raise))
    aside = {part for each in raises for part in syntax.walk(each)}
    said = [text for node, text in literals(own.node) if node not in aside]
    names = [each.value for each in within_node(own.node, cst.Name) if each not in aside]
    read = [each for each in (*names, *said) if CREDENTIAL.search(each)]
    raised = [syntax.code(each) for each in raises]
    is_refusal = any(REFUSING.search(each) or re.search(r"\b40[13]\b", each) for each in raised)
    return bool(read) and is_refusal


def _knows_credential(chat: Anatomy, own: Scope) -> bool:
    """It refuses whoever has no credential that it knows, and does not only ask for any."""
    return refuses(own) and (compares_credential(own) or _looks_up(chat, own))


def _looks_up(chat: Anatomy, own: Scope) -> bool:
    """`SESSIONS.get(token)`, `sessions[token]`: somebody else is asked about a credential."""
    for call in chat.code.inside(own):
        is_made = chat.code.class_of(call.symbol) is not None
        is_asked = not is_made and call.method not in READING
        if is_asked and any(_has_credential(arg.value) for arg in call.node.args):
            return True
    items = within_node(own.node, cst.Subscript)
    return any(_has_credential(key) for each in items for key in syntax.subscripts(each))


def _has_credential(node: cst.CSTNode) -> bool:
    """A name for one, or what is read of the request by such a key."""
    inner = (each for each in within_node(node, cst.Call, cst.Subscript))
    said = (text for each in inner for _, text in literals(each))
    return any(CREDENTIAL.search(each) for each in (*names_used(node), *said))


def compares_credential(own: Scope) -> bool:
    """`if request.headers["X-Key"] != KEY: raise`, and not only a look whether it is there."""
    for test in within_node(own.node, cst.Comparison):
        sides = sides_of(test)
        if not compares_by(test, cst.Is, cst.IsNot) and not any(is_literal(each) for each in sides):
            words = [*names_used(*sides), *(text for side in sides for _, text in literals(side))]
            if any(CREDENTIAL.search(each) for each in words):
                return refuses(own)
    return any(
        (syntax.dotted(each.func) or "").endswith("compare_digest")
        for each in within_node(own.node, cst.Call)
    )


def _dependencies(chat: Anatomy, scope: Scope) -> Iterator[tuple[str, cst.BaseExpression]]:
    if isinstance(scope.node, cst.FunctionDef):
        for each in targets(chat.code.sources, scope.file, scope.node):
            yield each.file, each.value


def is_authenticated(chat: Anatomy, target: tuple[str, cst.BaseExpression], hops: int = 4) -> bool:
    """Whether a dependency, given by its file and its expression, looks at a credential."""
    file, value = target
    sources = chat.code.sources
    given = injected_function(sources, sources.resolve(file, syntax.dotted(value)))
    if given is None:
        return _is_named(syntax.code(value))
    own = next((each for each in chat.code.functions if each.node is given[1]), None)
    if own is None:
        # A session that is yielded is one of the database.
        return _is_named(syntax.code(value)) and not any(within_node(given[1].body, cst.Yield))
    return _proves_itself(chat, own, hops)
