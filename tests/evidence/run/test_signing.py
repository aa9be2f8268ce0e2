"""Tokens of a run are such as the application gives out, and its secret is the run's own."""

from __future__ import annotations

import json
from dataclasses import replace

import jwt
import pytest

from chatkit_agent.evidence.run.signing import (
    Signer,
    sign_in,
    signer_for,
    signer_with_key,
    variables_for,
)
from chatkit_agent.project.facts import Named, Tokens

TOKENS = Tokens("app/auth.py", "SECRET", "SECRET_KEY", False, Named(default="HS512"), "sub", "seen")


def claims_of(signer: Signer) -> dict[str, object]:
    token = sign_in("alice", signer).token
    options = {"verify_aud": False, "verify_sub": False}
    found: dict[str, object] = jwt.decode(
        token, signer.secret, algorithms=[signer.algorithm], options=options
    )
    return found


def test_the_applications_variable_holds_the_secret_of_the_run() -> None:
    signer = signer_for(TOKENS, {"SECRET_KEY": "theirs"})
    assert signer.algorithm == "HS512"
    assert variables_for(TOKENS, signer, "SHOP_") == {
        "SECRET_KEY": signer.secret,
        "SHOP_JWT_SECRET": "",
    }


def test_what_the_variables_say_goes_before_what_the_code_says() -> None:
    tokens = replace(
        TOKENS, algorithm=Named("ALGORITHM", "HS256"), issuer=Named("ISSUER"), audience=Named("AUD")
    )
    signer = signer_for(tokens, {"ALGORITHM": "HS384", "ISSUER": "shop"})
    assert (signer.algorithm, signer.claims) == ("HS384", {"iss": "shop"})
    assert "SECRET_KEY" in variables_for(tokens, signer, "SHOP_")


@pytest.mark.parametrize(
    "tokens",
    [
        replace(TOKENS, key_variable=None),
        replace(TOKENS, is_jwks=True, algorithm=Named(default="RS256")),
        replace(TOKENS, algorithm=Named(default="RS256")),
    ],
)
def test_a_key_that_is_not_a_shared_secret_gives_way_to_one(tokens: Tokens) -> None:
    signer = signer_for(tokens, {})
    variables = variables_for(tokens, signer, "SHOP_")
    assert variables["SHOP_JWT_SECRET"] == signer.secret
    assert variables["SHOP_JWT_ALGORITHM"] == signer.algorithm
    assert variables.get("SECRET_KEY", "") == ""
    assert signer.algorithm.startswith("HS")


def test_the_claim_may_be_within_another() -> None:
    user = claims_of(Signer("s" * 64, user="user.email"))["user"]
    assert isinstance(user, dict)
    assert user["email"].startswith("alice-")
    subject = claims_of(Signer("s" * 64, user="sub.id"))["sub"]
    assert json.loads(str(subject))["id"].startswith("alice-")


@pytest.mark.parametrize("algorithm", ["RS256", "PS512", "ES256", "EdDSA", "none", "HS256"])
def test_a_key_that_is_published_verifies_what_this_run_signs(algorithm: str) -> None:
    tokens = replace(TOKENS, is_jwks=True, algorithm=Named(default=algorithm))
    signer = signer_with_key(replace(tokens, issuer=Named(default="shop")), {})
    person = sign_in("alice", signer)
    used = algorithm if algorithm not in ("none", "HS256") else "RS256"
    (key,) = jwt.PyJWKSet.from_dict(signer.keys).keys
    claims = jwt.decode(person.token, key, algorithms=[used], issuer="shop")
    assert claims["sub"] == person.id
    assert jwt.get_unverified_header(person.token)["kid"] == key.key_id
    assert "d" not in signer.keys["keys"][0]
    forged = signer.forged(person)["a token signed by somebody else"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged, key, algorithms=[used])
