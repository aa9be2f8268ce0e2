"""The secret that signs people's tokens is long enough not to be guessed."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations, Setting
from chatkit_agent.findings import Finding
from chatkit_agent.project.source.verifying import decodes

ENOUGH = 32
"""Bytes, as many as SHA-256 gives."""


def secret_long_enough(observations: Observations) -> Iterator[Finding]:
    """Its value is counted, and never shown."""
    for name in _names(observations):
        for each in () if name in observations.environ else observations.set_in_files(name):
            size = len(each.value.strip("\"' ").encode())
            if 0 < size < ENOUGH:
                yield _finding(each, size)


def _names(observations: Observations) -> Iterator[str]:
    """The variables with the secret of a sign-in that the chat uses."""
    ours = [name for name in observations.required if name.endswith("JWT_SECRET")]
    tokens, chat = observations.project.tokens, observations.chat
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
        severity="warning",
        cause=f"secret:{setting.name}",
        explains=("mixed_up", "leaks"),
    )
