"""The secret that signs people's tokens is long enough not to be guessed."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence, Setting
from chatkit_agent.project.source.verifying import decodes

ENOUGH = 32
"""Bytes, as many as SHA-256 gives."""


@check("CK112", needs=PROJECT, severity="warning", symptoms=("mixed_up", "leaks"))
def secret_long_enough(evidence: Evidence) -> Iterator[Finding]:
    """Its bytes in the environment file are counted, and never shown."""
    for name in _names(evidence):
        for each in () if name in evidence.environ else evidence.set_in_files(name):
            size = len(each.value.strip("\"' ").encode())
            if 0 < size < ENOUGH:
                yield _finding(each, size)


def _names(evidence: Evidence) -> Iterator[str]:
    """The variables with the secret of a sign-in that the chat uses."""
    ours = [name for name in evidence.required if name.endswith("JWT_SECRET")]
    tokens, chat = evidence.project.tokens, evidence.chat
    files = {each.call.scope.file for each in decodes(chat.code, chat.sign_ins)}
    if tokens and tokens.key_variable and not tokens.is_jwks and tokens.file in files:
        is_secret = (tokens.algorithm.default or "").startswith("HS")
        ours += [tokens.key_variable] if is_secret else []
    yield from dict.fromkeys(ours)


def _finding(setting: Setting, size: int) -> Finding:
    return Finding(
        what="The secret that signs people's tokens is so short that it can be found by trying: "
        "whoever has one token can then sign any other.",
        where=setting.where,
        evidence=f"`{setting.name}` has {size} bytes; {ENOUGH} is what HS256 asks for.",
        fix="Make a long one: `python -c 'import secrets; print(secrets.token_urlsafe(48))'`.",
        cause=f"secret:{setting.name}",
    )
