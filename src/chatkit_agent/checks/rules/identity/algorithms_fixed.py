"""The algorithm of a token is fixed by who verifies it, and not by who wrote it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, Severity, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import texts_of
from chatkit_agent.project.source.verifying import Decode, decodes
from chatkit_agent.project.source.walking import within_node

OWN_HEADER = "get_unverified_header"


@check("CK103", needs=SOURCE, symptoms=("mixed_up", "leaks"))
def algorithms_fixed(chat: Anatomy) -> Iterator[Finding]:
    """Taken from the token's own header, left out with python-jose, or a list with a secret's and a
    public key's: then a public key, which everybody has, may be taken for a secret.
    """
    for each in decodes(chat.code, chat.sign_ins):
        # Whoever verifies nothing is told so by another check.
        if each.is_off("verify_signature"):
            continue
        given = each.argument("algorithms", 2)
        if each.library == "jose" and (given is None or syntax.dotted(given) == "None"):
            yield _finding(each, "python-jose takes any algorithm where `algorithms` is not given.")
        elif given is not None and _is_from_token(each, given):
            yield _finding(each, f"The token itself says which: `{syntax.code(given)}`.")
        elif given is not None and (mixed := _both_kinds(each, given)):
            evidence = f"A secret and a public key do as the same key: `{mixed}`."
            yield _finding(each, evidence, "warning")


def _is_from_token(decode: Decode, given: cst.BaseExpression) -> bool:
    """`algorithms=[header["alg"]]`, where `header` is the token's own."""
    code, scope = decode.code, decode.call.scope
    calls = [code.call_of(each) for each in within_node(given, cst.Call)]
    held = (code.value(scope, each) for each in within_node(given, cst.Name))
    inner = [each for each in held if each is not None and each is not given]
    if any(each is not None and each.method == OWN_HEADER for each in calls):
        return True
    return any(_is_from_token(decode, each) for each in inner if not isinstance(each, cst.Name))


def _both_kinds(decode: Decode, given: cst.BaseExpression) -> str | None:
    names = texts_of(decode.code, decode.call.scope, given) or []
    kinds = {name.startswith("hs") for name in names}
    return ", ".join(names).upper() if len(kinds) > 1 else None


def _finding(decode: Decode, evidence: str, severity: Severity = "error") -> Finding:
    return Finding(
        what="Whoever writes a token chooses how it is verified: with the public key, which "
        "everybody has, taken for a secret, anybody may sign one.",
        where=decode.where,
        evidence=evidence,
        fix="Name the one algorithm that your tokens have: "
        '`algorithms=["RS256"]` with a public key, `algorithms=["HS256"]` with a secret.',
        severity=severity,
        cause="algorithm",
    )
