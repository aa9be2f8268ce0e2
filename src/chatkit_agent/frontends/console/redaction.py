"""No token leaves the console: one gate, through which everything that it shows has to pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from urllib.parse import unquote

CREDENTIALS = (
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "x-auth-token",
    "x-access-token",
)
# A shorter one would be found in words that are none.
SHORTEST = 8


class Redaction:
    """Knows the tokens that passed, and replaces them wherever they come up."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def remember(self, headers: Mapping[str, str], named: str = "") -> None:
        """The tokens of a request: in the usual headers, and in the one that the app names."""
        for name, value in headers.items():
            lowered = name.lower()
            if lowered == "cookie":
                self._remember_cookies(value)
            elif lowered in CREDENTIALS or lowered == named.lower():
                self._add(value.partition(" ")[2].strip() or value)

    def clean(self, text: str) -> str:
        """The text, which may be JSON, with the fingerprints of tokens in their place."""
        for token, mark in self._tokens.items():
            text = text.replace(token, mark)
        return text

    def _remember_cookies(self, header: str) -> None:
        """Each value, however odd those beside it are, at which a parser would give up."""
        for cookie in header.split(";"):
            name, mark, value = cookie.partition("=")
            bare = (value if mark else name).strip().strip('"')
            self._add(bare)
            self._add(unquote(bare))

    def _add(self, token: str) -> None:
        if len(token) < SHORTEST:
            return
        mark = f"[token {hashlib.sha256(token.encode(errors='surrogatepass')).hexdigest()[:8]}]"
        # As it stands in text, and as it does in JSON.
        for form in (token, json.dumps(token)[1:-1], json.dumps(token, ensure_ascii=False)[1:-1]):
            self._tokens[form] = mark
        # The longest first: one may be a part of another.
        self._tokens = dict(sorted(self._tokens.items(), key=lambda each: -len(each[0])))
