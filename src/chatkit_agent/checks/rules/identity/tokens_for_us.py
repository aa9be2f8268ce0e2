"""A token that somebody else issued, or that is for somebody else, is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, Severity, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.meaning import names_used, reaches, texts_of
from chatkit_agent.project.source.verifying import Decode, decodes
from chatkit_agent.project.source.walking import within_node

CLAIMS = {"audience": "aud", "issuer": "iss"}
PREFIX = (
    r"(?:\w+_)?(?:jwt|token|auth|auth0|oidc|oauth|idp|clerk|cognito|keycloak|azure|entra|okta)_"
)
LOOKS_BY_DEFAULT = ("jwt", "jose")
"""These refuse a token that is for anybody where no audience is given."""


@check("CK104", needs=PROJECT, symptoms=("mixed_up", "leaks"))
def tokens_for_us(evidence: Evidence) -> Iterator[Finding]:
    """Told where an issuer or audience is among the settings and no decoder is given it; that
    `verify_aud` is off is an info. Whoever signs their own tokens is left alone.
    """
    chat = evidence.chat
    for each in decodes(chat.code, chat.sign_ins):
        if each.is_off("verify_signature") or _signs_itself(chat, each):
            continue
        open_to = [claim for claim in CLAIMS if _is_open(chat, each, claim)]
        for claim in open_to:
            known = next(_idle_settings(evidence, claim), None)
            if known:
                shown = f"`{known}` is set, and nothing gives it to `{each.call.written}`."
                yield _finding(each, claim, shown, "warning")
                break
        else:
            if "audience" in open_to and each.is_off("verify_aud"):
                shown = f"`{each.call.written}` is told not to look at `aud`."
                yield _finding(each, "audience", shown, "info")


def _is_open(chat: Anatomy, decode: Decode, argument: str) -> bool:
    """Whether nothing looks at that claim, neither the decoder nor the code around it."""
    claim = CLAIMS[argument]
    if decode.call.spreads or _is_looked_at(chat, decode, argument):
        return False
    is_off = decode.is_off(f"verify_{claim}")
    looks_anyway = claim == "aud" and decode.library in LOOKS_BY_DEFAULT and not is_off
    return is_off or not (looks_anyway or decode.argument(argument) is not None)


def _is_looked_at(chat: Anatomy, decode: Decode, argument: str) -> bool:
    """Whether what reads a token, what calls that, or what these call looks at the claim."""
    own = decode.call.scope.function or decode.call.scope
    callers = [each.scope.function for each in chat.code.called_by.get(own, ())]
    checks = re.compile(rf"(?:check|verify|valid)\w*_?{argument}", re.IGNORECASE)
    for scope in reaches(chat.code, [own, *(each for each in callers if each)]):
        keys = [syntax.key(each) for each in within_node(scope.node, cst.Subscript)]
        keys += [call.argument("key", 0) for call in chat.code.inside(scope)]
        names = {chat.code.text(scope, each) for each in keys if each is not None}
        if names & {CLAIMS[argument], "azp", "client_id"}:
            return True
        if any(map(checks.search, names_used(scope.node) - {f"verify_{CLAIMS[argument]}"})):
            return True
    return False


def _signs_itself(chat: Anatomy, decode: Decode) -> bool:
    """Who signs its own tokens with a secret of its own is the only one that issues them."""
    signing = (call for call in chat.code.calls_of(decode.library, "encode"))
    given = texts_of(chat.code, decode.call.scope, decode.call.argument("algorithms", 2)) or ()
    return any(signing) or any(each.startswith("hs") for each in given)


def _idle_settings(evidence: Evidence, argument: str) -> Iterator[str]:
    """A setting or a constant for it that stands nowhere but where it is defined."""
    sources = evidence.sources
    defined = re.compile(rf"(?im)^[ \t]*({PREFIX}{argument})[ \t]*(?::[^=\n]+)?(?:=|$)")
    for file in sources.mentioning(rb"(?i)" + argument.encode()):
        if is_side_file(file):
            continue
        for found in defined.finditer(sources.code(file)):
            word = re.compile(rf"(?i)\b{found[1]}\b")
            mentioned = sources.mentioning(word.pattern.encode())
            files = (each for each in mentioned if not is_side_file(each))
            if sum(len(word.findall(sources.code(each))) for each in files) == 1:
                yield found[1]


def _finding(decode: Decode, argument: str, evidence: str, severity: Severity) -> Finding:
    whose = "is for another application" if argument == "audience" else "somebody else issued"
    return Finding(
        what=f"A token that {whose} is taken as well, where the same keys signed it.",
        where=decode.where,
        evidence=evidence,
        fix='Give the decoder both: `audience="...", issuer="..."`.',
        severity=severity,
        cause="foreign tokens",
    )
