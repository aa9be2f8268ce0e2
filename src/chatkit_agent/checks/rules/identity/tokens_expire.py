"""A token that has expired is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import names_used, reaches
from chatkit_agent.project.source.verifying import Decode, decodes
from chatkit_agent.project.source.walking import within_node

SHOWING = re.compile(r"log|print|debug|info|warn|^(?:int|float|str|dict|min|max)$|fromtimestamp")
VALIDATING = {"validate", "validate_exp", "ClaimsRegistry", "JWTClaimsRegistry"}
REQUIRE = 'Require it: `options={"require": ["exp", "sub"]}`.'
OTHER = re.compile(r"reset|confirm|invit|state|link|share|download|email", re.IGNORECASE)


@check("CK102", needs=SOURCE, symptoms=("leaks", "mixed_up"))
def tokens_expire(chat: Anatomy) -> Iterator[Finding]:
    """`verify_exp: False` takes one that was stolen for ever. So do tokens that are signed without
    `exp` and not asked for it, and libraries (authlib, joserfc) that look at claims only when they
    are told to `validate` them.
    """
    for each in decodes(chat.code, chat.sign_ins):
        # Whoever compares the claim looks at it by themselves, with a leeway of their own.
        if _looks_itself(chat, each):
            continue
        name = each.call.written
        if each.is_off("verify_exp"):
            yield _finding(each.where, f"`{name}` is told not to look at `exp`.", REQUIRE)
        elif each.library in ("authlib", "joserfc") and not _validates(chat, each):
            evidence = f"`{name}` looks at the signature only, and nothing validates the claims."
            fix = "Call `claims.validate()` on what it returns, and make `exp` essential."
            yield _finding(each.where, evidence, fix)
        elif "exp" not in each.required and (signed := _endless(chat, each)) is not None:
            evidence = f"`{signed.written}` signs tokens without `exp`, and `{name}` takes them: "
            evidence += signed.where
            yield _finding(each.where, evidence, f"Sign tokens with `exp`. {REQUIRE}")


def _around(chat: Anatomy, decode: Decode) -> list[cst.CSTNode]:
    """The function that reads a token, those that call it, and those that these call."""
    own = decode.call.scope.function
    if own is None:
        return [decode.call.scope.node]
    callers = [call.scope.function for call in chat.code.called_by.get(own, ())]
    start = [own, *(each for each in callers if each)]
    return [each.node for each in reaches(chat.code, start, hops=1)]


def _looks_itself(chat: Anatomy, decode: Decode) -> bool:
    """Whether what the token says under `exp` is compared, there or in what is given the claims."""
    for node in _around(chat, decode):
        held = {each.target for each in _assignments(node) if _reads_exp(each.value)}
        for test in within_node(node, cst.Comparison):
            if _reads_exp(test) or held & names_used(test):
                return True
        if any(_checks(each) for each in within_node(node, cst.Call)):
            return True
    return False


def _assignments(node: cst.CSTNode) -> list[syntax.Assignment]:
    return list(syntax.assignments(node)) if isinstance(node, cst.FunctionDef) else []


def _reads_exp(node: cst.CSTNode) -> bool:
    """`claims["exp"]`, `claims.get("exp")` and `claims.exp`, but no test whether it is there."""
    for each in within_node(node, cst.Subscript, cst.Attribute, cst.Call):
        if isinstance(each, cst.Attribute) and each.attr.value == "exp":
            return True
        if isinstance(each, cst.Subscript) and syntax.text(syntax.key(each)) == "exp":
            return True
        if isinstance(each, cst.Call) and _is_get(each, "exp"):
            return True
    return False


def _is_get(call: cst.Call, key: str) -> bool:
    is_get = (syntax.dotted(call.func) or "").endswith("get")
    return is_get and syntax.text(syntax.argument(call, "key", 0)) == key


def _checks(call: cst.Call) -> bool:
    """`check_time(claims["exp"])`, whatever that does; not what only shows or turns it."""
    name = (syntax.dotted(call.func) or "").lower()
    is_shown = SHOWING.search(name) is not None or _is_get(call, "exp")
    return not is_shown and any(_reads_exp(arg.value) for arg in call.args)


def _validates(chat: Anatomy, decode: Decode) -> bool:
    return bool(VALIDATING & names_used(*_around(chat, decode)))


def _endless(chat: Anatomy, decode: Decode) -> Call | None:
    """Where the same file signs the tokens of people, and never says when they end."""
    for call in chat.code.calls:
        if call.method != "encode" or call.scope.file != decode.call.scope.file:
            continue
        function = call.scope.function
        if "jwt" in call.package_name and function and not OTHER.search(function.name):
            said = syntax.code(function.node).replace("except", "")
            # What a caller hands over may say it.
            payload = call.argument("payload", 0) or call.argument("claims")
            if "exp" not in said and payload and _is_whole(chat.code.value(call.scope, payload)):
                return call
    return None


def _is_whole(payload: cst.BaseExpression | None) -> bool:
    elements = payload.elements if isinstance(payload, cst.Dict) else ()
    return bool(elements) and all(isinstance(each, cst.DictElement) for each in elements)


def _finding(where: str, evidence: str, fix: str) -> Finding:
    return Finding(
        what="A token that was once valid is valid for ever, also one that was stolen.",
        where=where,
        evidence=evidence,
        fix=fix,
        cause="tokens for ever",
    )
