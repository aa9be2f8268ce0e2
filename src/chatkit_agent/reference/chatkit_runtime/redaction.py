"""Texts without tokens, and without what looks like a credential."""

from __future__ import annotations

import re

REDACTED = "[hidden]"
TOOL_FAILED = "The tool failed."
SECRETS = re.compile(
    r"(?i)(?P<before>://[^/\s:@]+:|\bbearer\s+|\b(?:password|passwd|secret|api_?key|token)\W{1,6})"
    r"[^\s\"'@,;&)]+"
)


def whole(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON cannot carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def redacted(text: str, *secrets: str | None) -> str:
    """A whole text without these."""
    text = whole(text)
    for secret in secrets:
        text = text.replace(secret, REDACTED) if secret and len(secret) >= 8 else text
    return text


def without_secrets(text: str, *secrets: str | None) -> str:
    """An error's text as people may see it: without what looks like a credential."""
    return SECRETS.sub(rf"\g<before>{REDACTED}", redacted(text, *secrets))[:500]
