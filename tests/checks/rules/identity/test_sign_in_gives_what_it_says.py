"""A text or a dict in the place of a user is told; what only running tells is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.sign_in_gives_what_it_says import (
    sign_in_gives_what_it_says,
)
from tests.checks.rules.conftest import Findings

SOURCE = """\
import jwt
from fastapi import Request
class User:
    id: str
async def get_current_user(request: Request) -> User:
    claims = jwt.decode(request.headers["Authorization"], KEY, ["HS256"])
    found = User()
    # returns a User
    return {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        "claims",
        'claims["sub"]',
        '"alice"',
        '{"id": 1}',
        'f"{claims}"',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(sign_in_gives_what_it_says, {"app/auth.py": SOURCE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/auth.py:")


@pytest.mark.parametrize(
    "line",
    [
        "found",
        "User()",
        'await load(claims["sub"])',
        "request.state.user",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(sign_in_gives_what_it_says, {"app/auth.py": SOURCE.replace("{line}", line)})
