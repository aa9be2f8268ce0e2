"""The algorithm of a token is fixed by who verifies it, and not by who wrote it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding, Severity
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scopes import within_node
from chatkit_agent.project.source.verifying import Decode, decodes


@check(
    "CK103",
    "The algorithm of a token is fixed by who verifies it, and not by who wrote it",
    needs=SOURCE,
    symptoms=("mixed_up", "leaks"),
)
def algorithms_fixed(chat: Anatomy) -> Iterator[Finding]:
    """The algorithm of a token is fixed by who verifies it, and not by who wrote it. Taken from
    the token's own header, left out with python-jose, or a list with a secret's and a public
    key's: then a public key, which everybody has, may be taken for a secret.
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
        elif given is not None and (mixed := _mixed(given)):
            evidence = f"A secret and a public key do as the same key: `{mixed}`."
            yield _finding(each, evidence, "warning")


def _is_from_token(decode: Decode, given: cst.BaseExpression) -> bool:
    """`algorithms=[header["alg"]]`, where `header` is the token's own."""
    if "get_unverified_header" in syntax.code(given):
        return True
    for name in within_node(given, cst.Name):
        value = decode.held(name)
        inner = [decode.held(each) for each in within_node(value, cst.Name)]
        if any("get_unverified_header" in syntax.code(each) for each in (value, *inner)):
            return True
    return False


def _mixed(given: cst.BaseExpression) -> str | None:
    elements = given.elements if isinstance(given, cst.List | cst.Tuple | cst.Set) else ()
    names = [name for each in elements if (name := syntax.text(each.value))]
    kinds = {name.startswith("HS") for name in names}
    return ", ".join(names) if len(kinds) > 1 else None


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
