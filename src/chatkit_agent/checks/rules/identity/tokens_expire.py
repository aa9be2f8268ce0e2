"""A token that has expired is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.verifying import Decode, decodes, held

OWN_LOOK = re.compile(r"\[[\"']exp[\"']\]|get\([\"']exp[\"']|\.exp\b")
VALIDATING = re.compile(r"\.validate(?:_\w+)?\(|ClaimsRegistry")
REQUIRE = 'Require it: `options={"require": ["exp", "sub"]}`.'
OTHER = re.compile(r"reset|confirm|invit|state|link|share|download|email", re.IGNORECASE)


@check("CK102", "A token that has expired is refused", needs=SOURCE, symptoms=("leaks", "mixed_up"))
def tokens_expire(chat: Anatomy) -> Iterator[Finding]:
    """A token that has expired is refused. `verify_exp: False` takes one that was stolen for
    ever. So do tokens that are signed without `exp` and not asked for it, and libraries
    (authlib, joserfc) that look at claims only when they are told to `validate` them.
    """
    for each in decodes(chat.code, chat.sign_ins):
        text = chat.code.sources.text(each.call.scope.file)
        # Whoever reads the claim may look at it by themselves, with a leeway of their own.
        if OWN_LOOK.search(text):
            continue
        name = each.call.written
        if each.is_off("verify_exp"):
            yield _finding(each.where, f"`{name}` is told not to look at `exp`.", REQUIRE)
        elif each.library in ("authlib", "joserfc") and not VALIDATING.search(text):
            evidence = f"`{name}` looks at the signature only, and nothing validates the claims."
            fix = "Call `claims.validate()` on what it returns, and make `exp` essential."
            yield _finding(each.where, evidence, fix)
        elif "exp" not in each.required and (signed := _endless(chat, each)) is not None:
            evidence = f"`{signed.written}` signs tokens without `exp`, and `{name}` takes them: "
            evidence += chat.code.where(signed.scope, signed.node)
            yield _finding(each.where, evidence, f"Sign tokens with `exp`. {REQUIRE}")


def _endless(chat: Anatomy, decode: Decode) -> Call | None:
    """Where the same file signs the tokens of people, and never says when they end."""
    for call in chat.code.calls:
        if call.method != "encode" or call.scope.file != decode.call.scope.file:
            continue
        symbol = chat.code.resolve(call.scope, call.written)
        is_jwt = symbol is not None and symbol.path is None and "jwt" in symbol.name
        function = call.scope.function
        if is_jwt and function and not OTHER.search(function.name):
            said = syntax.code(function.node).replace("except", "")
            # What a caller hands over may say it.
            payload = call.argument("payload", 0) or call.argument("claims")
            if "exp" not in said and payload and _is_whole(held(chat.code, call.scope, payload)):
                return call
    return None


def _is_whole(payload: cst.BaseExpression) -> bool:
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
