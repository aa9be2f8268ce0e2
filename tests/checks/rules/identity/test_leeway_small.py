"""Seconds are fine, hours are not, however they are written."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.leeway_small import leeway_small
from tests.checks.rules.conftest import Findings

SOURCE = """\
from datetime import timedelta
import jwt
from jwt import decode as read
from fastapi import Request
LEEWAY = 60 * 60 * 24
async def get_current_user(request: Request) -> str:
    # a leeway of a day would be too long
    token = request.headers["Authorization"]
    return {line}["sub"]
"""


@pytest.mark.parametrize(
    "line",
    [
        'jwt.decode(token, KEY, ["HS256"], leeway=86400)',
        'jwt.decode(token, KEY, ["HS256"], leeway=LEEWAY)',
        'jwt.decode(token, KEY, ["HS256"], leeway=timedelta(days=1))',
        'jwt.decode(token, KEY, ["HS256"], leeway=timedelta(0, 7200))',
        'read(token, KEY, algorithms=["HS256"], leeway=24 * 3600)',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(leeway_small, {"app/auth.py": SOURCE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/auth.py:")
    assert f" {120 if '7200' in line else 1440} minutes " in found[0].what


@pytest.mark.parametrize(
    "line",
    [
        'jwt.decode(token, KEY, ["HS256"])',
        'jwt.decode(token, KEY, ["HS256"], leeway=30)',
        'jwt.decode(token, KEY, ["HS256"], leeway=timedelta(seconds=30))',
        'jwt.decode(token, KEY, ["HS256"], leeway=settings.leeway)',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(leeway_small, {"app/auth.py": SOURCE.replace("{line}", line)})
