"""A short secret of the sign-in is found without being shown; a long one, or another's, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.identity.secret_long_enough import secret_long_enough
from tests.checks.rules.conftest import Findings

AUTH = """\
import os
import jwt
from fastapi import Request
async def get_current_user(request: Request) -> str:
    token = request.headers["Authorization"]
    return jwt.decode(token, os.environ["SECRET_KEY"], algorithms=["{algorithm}"])["sub"]
"""


def found(findings: Findings, env: str, algorithm: str = "HS256") -> list[Finding]:
    auth = AUTH.format(algorithm=algorithm)
    return findings(secret_long_enough, {"app/auth.py": auth, ".env": env})


def test_found(findings: Findings) -> None:
    (finding,) = found(findings, 'OTHER=1\nSECRET_KEY="swordfish"\n')
    assert finding.where == ".env:2"
    assert "9 bytes" in finding.evidence
    assert "swordfish" not in str(finding)


@pytest.mark.parametrize(
    "env", ["SECRET_KEY=" + "x" * 32 + "\n", "SECRET_KEY=\n", "API_SECRET_KEY=short\n"]
)
def test_quiet(findings: Findings, env: str) -> None:
    assert not found(findings, env)


def test_quiet_where_it_is_a_public_key(findings: Findings) -> None:
    assert not found(findings, "SECRET_KEY=short\n", "RS256")
