"""An algorithm that the token chooses is found, with each library; one that is fixed is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.algorithms_fixed import algorithms_fixed
from tests.checks.rules.conftest import Findings

AUTH = """\
{imported}
from fastapi import Request
MIXED = ["RS256", "HS256"]
async def get_current_user(request: Request) -> str:
    return read(request.headers["Authorization"])
def read(token):
    header = jwt.get_unverified_header(token)
    return {decode}["sub"]
"""
PYJWT, JOSE = "import jwt", "from jose import jwt"


@pytest.mark.parametrize(
    ("imported", "decode", "severity"),
    [
        (PYJWT, 'jwt.decode(token, KEY, algorithms=[header["alg"]])', "error"),
        (PYJWT, 'jwt.decode(token, KEY, [jwt.get_unverified_header(token)["alg"]])', "error"),
        (PYJWT, "jwt.decode(token, KEY, algorithms=MIXED)", "warning"),
        (JOSE, "jwt.decode(token, KEY)", "error"),
        (JOSE, "jwt.decode(token, KEY, algorithms=None)", "error"),
        (JOSE, 'jwt.decode(token, KEY, algorithms=["HS256", "ES256"])', "warning"),
    ],
)
def test_found(findings: Findings, imported: str, decode: str, severity: str) -> None:
    auth = AUTH.format(imported=imported, decode=decode)
    (finding,) = findings(algorithms_fixed, {"app/auth.py": auth})
    assert (finding.where, finding.severity) == ("app/auth.py:8", severity)


@pytest.mark.parametrize(
    ("imported", "decode"),
    [
        (PYJWT, 'jwt.decode(token, KEY, algorithms=["RS256", "ES256"])'),
        (PYJWT, "jwt.decode(token, KEY, algorithms=settings.algorithms)"),
        (PYJWT, 'jwt.decode(token, keys[header["kid"]], algorithms=["RS256"])'),
        (JOSE, "jwt.decode(token, KEY, ALGORITHM)"),
        (JOSE, 'jwt.decode(token, KEY, options={"verify_signature": False})'),
    ],
)
def test_quiet(findings: Findings, imported: str, decode: str) -> None:
    auth = AUTH.format(imported=imported, decode=decode)
    assert not findings(algorithms_fixed, {"app/auth.py": auth})
