"""Why a token is refused is told apart by what PyJWT and python-jose really say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.diagnosis import judge
from chatkit_agent.checks.rules.logs.database_answers import database_answers
from chatkit_agent.checks.rules.logs.tokens_verified import tokens_verified
from chatkit_agent.evidence.static import Evidence

KEYS = (
    'jwt.exceptions.PyJWKClientConnectionError: Fail to fetch data from the url, err: "<urlopen '
    'error [Errno -2] Name or service not known>"'
)
ERRORS = {
    "token keys": KEYS,
    "token other keys": 'jwt.exceptions.PyJWKClientError: Unable to find a signing key that matches: "k1"',
    "token audience": "jwt.exceptions.InvalidAudienceError: Audience doesn't match",
    "token issuer": "jwt.exceptions.InvalidIssuerError: Invalid issuer",
    "token algorithm": "jwt.exceptions.InvalidAlgorithmError: The specified alg value is not allowed",
    "token key": "jwt.exceptions.InvalidKeyError: Could not parse the provided public key.",
    "token form": "jwt.exceptions.DecodeError: Not enough segments",
    "token clock": "jwt.exceptions.ImmatureSignatureError: The token is not yet valid (iat)",
    "token signature": "jose.exceptions.JWTError: Signature verification failed.",
    "token expired": "jose.exceptions.ExpiredSignatureError: Signature has expired.",
}


@pytest.mark.parametrize(("cause", "error"), ERRORS.items())
def test_found(logged: Callable[[str], Evidence], cause: str, error: str) -> None:
    trace = f'Traceback (most recent call last):\n  File "/srv/app/auth.py", line 3, in f\n{error}'
    (finding,) = tokens_verified(logged(trace))
    assert (finding.cause, finding.where) == (cause, "app.log:3")


@pytest.mark.parametrize(("cause", "error"), ERRORS.items())
def test_it_is_all_that_is_told(logged: Callable[[str], Evidence], cause: str, error: str) -> None:
    trace = f'Traceback (most recent call last):\n  File "/srv/app/auth.py", line 3, in f\n{error}'
    assert [each.finding.cause for each in judge(logged(trace)).findings] == [cause]


def test_the_host_of_the_keys_is_not_the_databases(logged: Callable[[str], Evidence]) -> None:
    assert not list(database_answers(logged(KEYS)))


@pytest.mark.parametrize("line", ["INFO: 401 Unauthorized", "the audience is large", "alg: RS256"])
def test_quiet(logged: Callable[[str], Evidence], line: str) -> None:
    assert not list(tokens_verified(logged(line)))
