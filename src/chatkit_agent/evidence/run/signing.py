"""Signing: the tokens of a run's people, and forged ones, as the application signs its own."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from chatkit_agent.evidence.run import Person
from chatkit_agent.project.facts import Named, Tokens

HOUR = 3600
KEY_ID = "of-this-run"
USUAL = "HS256"
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
WITH_KEYS = {*CURVES, "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}


@dataclass(frozen=True)
class Signer:
    """A secret of this run alone, and what tokens that are signed with it have to say."""

    secret: str
    algorithm: str = USUAL
    user: str = "sub"
    """The claim that names the user; `user.email` is one within another."""
    claims: Mapping[str, str] = field(default_factory=dict)
    key: Any = field(default=None, repr=False)
    """A private key, where whoever verifies fetches the public one."""

    @property
    def keys(self) -> dict[str, Any]:
        """The public key as a set of keys, as sign-in services publish theirs."""
        public = get_default_algorithms()[self.algorithm].to_jwk(self.key.public_key(), True)
        return {"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": self.algorithm}]}

    def token(self, identity: str | None, lives: int | None = HOUR, **more: Any) -> str:
        """Somebody's token, or nobody's, for so many seconds, or for ever."""
        claims: dict[str, Any] = {**self.claims, "jti": secrets.token_hex(16), **more}
        if lives is not None:
            claims["exp"] = int(time.time()) + lives
        if identity is not None:
            claims |= _claims_of(self.user, identity)
        named = {"kid": KEY_ID} if self.key else None
        return jwt.encode(claims, self.key or self.secret, self.algorithm, named)

    def forged(self, person: Person) -> dict[str, str]:
        """Tokens that only look right, by what is wrong with them."""
        key = _private_key(self.algorithm) if self.key else None
        other = replace(self, secret=secrets.token_urlsafe(48), key=key)
        unsigned = Signer("", "none", self.user, self.claims)
        return {
            "an expired token": self.token(person.id, -HOUR),
            "a token that never expires": self.token(person.id, None),
            "a token that names nobody": self.token(None),
            "a token for getting another one": self.token(person.id, type="refresh"),
            "a token signed by somebody else": other.token(person.id),
            "an unsigned token": unsigned.token(person.id),
        }


def sign_in(name: str, signer: Signer | None) -> Person:
    """A person with an id and a token that nobody has had before."""
    identity = f"{name}-{secrets.token_hex(4)}"
    if signer is None:
        return Person(identity, f"{name}-{secrets.token_urlsafe(32)}")
    return Person(identity, signer.token(identity))


def signer_for(tokens: Tokens | None, variables: Mapping[str, str]) -> Signer:
    """One that signs as the application does, by what its `variables` say."""
    secret = secrets.token_urlsafe(64)
    if tokens is None:
        return Signer(secret)
    named = {"iss": tokens.issuer, "aud": tokens.audience}
    claims = {name: text for name, each in named.items() if (text := value_of(each, variables))}
    algorithm = value_of(tokens.algorithm, variables) or USUAL
    return Signer(secret, algorithm if _is_shared(algorithm) else USUAL, tokens.user, claims)


def signer_with_key(tokens: Tokens, variables: Mapping[str, str]) -> Signer:
    """One whose tokens are verified with a public key that is fetched."""
    named = value_of(tokens.algorithm, variables)
    algorithm = named if named in WITH_KEYS else "RS256"
    return replace(signer_for(tokens, variables), algorithm=algorithm, key=_private_key(algorithm))


def _private_key(algorithm: str) -> Any:
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm])
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def variables_for(tokens: Tokens, signer: Signer, prefix: str) -> dict[str, str]:
    """What makes the application, and the chat beside it, believe this signer.

    Tokens that somebody else signs with a key of their own cannot be had here: the chat then gets
    a secret instead of these keys.
    """
    if (
        tokens.key_variable
        and not tokens.is_jwks
        and signer.algorithm == _algorithm(tokens, signer)
    ):
        return {tokens.key_variable: signer.secret, f"{prefix}JWT_SECRET": ""}
    emptied = {tokens.key_variable: ""} if tokens.key_variable else {}
    own = {f"{prefix}JWT_SECRET": signer.secret, f"{prefix}JWT_ALGORITHM": signer.algorithm}
    return {**emptied, f"{prefix}JWKS_URL": "", **own}


def value_of(named: Named | None, variables: Mapping[str, str]) -> str | None:
    if named is None:
        return None
    return (variables.get(named.variable) if named.variable else None) or named.default


def _algorithm(tokens: Tokens, signer: Signer) -> str:
    """The algorithm that the application is known to use, else what was taken for it."""
    return signer.algorithm if tokens.algorithm.variable else tokens.algorithm.default or USUAL


def _is_shared(algorithm: str) -> bool:
    return algorithm in ("HS256", "HS384", "HS512")


def _claims_of(user: str, identity: str) -> dict[str, Any]:
    first, *inner = user.split(".")
    value: Any = identity
    for name in reversed(inner):
        value = {name: value}
    # The subject is always text, so what is in it is JSON.
    return {first: json.dumps(value) if inner and first == "sub" else value}
