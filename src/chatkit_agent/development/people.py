"""Who asks: two people whose tokens are made here, some who signed in, or one who needs none."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from chatkit_agent.evidence.run.signing import HOUR, USUAL, Signer, signer_for, value_of
from chatkit_agent.options.options import Options
from chatkit_agent.options.page_constants import carried
from chatkit_agent.project.facts import SignIn, Tokens
from chatkit_agent.project.read import Project

NAMES = ("Alice", "Bob")
RENEWED = HOUR - 600
Kind = Literal["two", "one", "own"]


@dataclass
class People:
    """`kind`: two can be switched between; one needs no token; or people sign in by themselves."""

    kind: Kind
    header: str = "Authorization"
    before: str = "Bearer "
    """What stands before the token there."""
    signer: Signer | None = field(default=None, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What makes the application believe them."""
    sign_in: SignIn | None = None
    """The application's own route that takes a name and a password and gives a token."""
    made: dict[str, tuple[float, str]] = field(default_factory=dict, init=False, repr=False)
    kept: dict[str, str] = field(default_factory=dict, init=False, repr=False)
    """Tokens of those who signed in there, by their names."""

    @property
    def names(self) -> tuple[str, ...]:
        return (*(NAMES if self.signer else ()), *self.kept)

    def keep(self, name: str, token: str) -> None:
        self.kept[name] = token

    def are_unknown(self) -> None:
        """The application does not know those whose tokens were made here: people sign in."""
        self.kind, self.signer = "own", None

    def token(self, name: str) -> str:
        if name in self.kept:
            return self.kept[name]
        assert self.signer is not None
        made, token = self.made.get(name, (float("-inf"), ""))
        if time.monotonic() - made > RENEWED:
            token = self.signer.token(name.lower())
            self.made[name] = (time.monotonic(), token)
        return token

    def headers(self, name: str) -> dict[str, str]:
        """What a request of this person carries; nothing for somebody who is none of them."""
        if name not in self.names:
            return {}
        return {self.header: f"{self.before}{self.token(name)}"}

    def owner(self, mark: str) -> str | None:
        """Whose token has this fingerprint."""
        known = {**{name: token for name, (_, token) in self.made.items()}, **self.kept}
        found = (name for name, token in known.items() if fingerprint(token) == mark)
        return next(found, None)


def fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()[:8]


def people_of(project: Project, options: Options, own: Mapping[str, str]) -> People:
    if options.auth == "none":
        name = f"{options.env_prefix}AUTH"
        return People("one", variables={} if own.get(name) else {name: "none"})
    if options.auth == "jwt":
        return _of_chat(options.env_prefix, own)
    sent = carried(project, options)
    sign_in = sent.sign_in and replace(sent.sign_in, path=f"/{sent.sign_in.path.lstrip('/')}")
    tokens = project.tokens
    algorithm = value_of(tokens.algorithm, own) if tokens else None
    is_shared = algorithm is None or algorithm.startswith("HS")
    if tokens is None or not tokens.key_variable or tokens.is_jwks or not is_shared:
        before = f"{sent.scheme} ".lstrip() if sent.place == "header" else "Bearer "
        header = sent.name if sent.place == "header" else "Authorization"
        return People("own", header, before, sign_in=sign_in)
    return replace(_of_application(tokens, tokens.key_variable, own), sign_in=sign_in)


def _of_chat(prefix: str, own: Mapping[str, str]) -> People:
    """Those whose tokens the chat verifies itself."""
    given = {name: own.get(f"{prefix}{name}", "") for name in ("JWKS_URL", "JWT_SECRET")}
    algorithm = own.get(f"{prefix}JWT_ALGORITHM") or USUAL
    if given["JWKS_URL"] or not algorithm.startswith("HS"):
        return People("own")
    secret = given["JWT_SECRET"] or secrets.token_urlsafe(64)
    named = {"iss": own.get(f"{prefix}JWT_ISSUER"), "aud": own.get(f"{prefix}JWT_AUDIENCE")}
    claims = {name: text for name, text in named.items() if text}
    variables = {} if given["JWT_SECRET"] else {f"{prefix}JWT_SECRET": secret}
    return People("two", signer=Signer(secret, algorithm, claims=claims), variables=variables)


def _of_application(tokens: Tokens, variable: str, own: Mapping[str, str]) -> People:
    secret = own.get(variable) or secrets.token_urlsafe(64)
    signer = replace(signer_for(tokens, own), secret=secret)
    variables = {} if own.get(variable) else {variable: secret}
    if tokens.cookie:
        return People("two", "Cookie", f"{tokens.cookie}=", signer, variables)
    scheme = value_of(tokens.scheme, own)
    before = f"{'Bearer' if scheme is None else scheme} ".lstrip()
    return People("two", tokens.header, before, signer, variables)
