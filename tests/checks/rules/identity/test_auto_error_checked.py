"""A scheme that lets nobody through as None is fine where that is looked at."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.auto_error_checked import auto_error_checked
from tests.checks.rules.conftest import Findings

SOURCE = """\
import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPBearer
OFF = False
bearer = HTTPBearer({given})
async def get_current_user(credentials=Depends(bearer)) -> str:
    {does}
"""
GIVEN = "auto_error=False"


@pytest.mark.parametrize(
    ("given", "does"),
    [
        ("auto_error=False", "return 'somebody'"),
        ("auto_error=OFF", "return getattr(credentials, 'credentials', 'guest')  # if none: 401"),
    ],
)
def test_found(findings: Findings, given: str, does: str) -> None:
    source = SOURCE.replace("{given}", given).replace("{does}", does)
    (finding,) = findings(auto_error_checked, {"app/auth.py": source})
    assert finding.cause == "spoofed"


@pytest.mark.parametrize(
    ("given", "does"),
    [
        ("", "return 'somebody'"),
        ("auto_error=True", "return 'somebody'"),
        ("auto_error=False", "if credentials is None: raise HTTPException(401)\n    return 'x'"),
        ("", "return jwt.decode(credentials.credentials, KEY, ['HS256'])['sub']"),
        (
            "auto_error=False",
            "try:\n        return jwt.decode(credentials.credentials, KEY, ['HS256'])['sub']\n"
            "    except AttributeError:\n        raise HTTPException(401)",
        ),
        ("auto_error=False", "return check(credentials) if credentials else None"),
    ],
)
def test_quiet(findings: Findings, given: str, does: str) -> None:
    source = SOURCE.replace("{given}", given).replace("{does}", does)
    assert not findings(auto_error_checked, {"app/auth.py": source})


def test_a_part_of_none_is_read(findings: Findings) -> None:
    does = "return jwt.decode(credentials.credentials, KEY, ['HS256'])['sub']"
    source = SOURCE.replace("{given}", GIVEN).replace("{does}", does)
    (finding,) = findings(auto_error_checked, {"app/auth.py": source})
    assert (finding.cause, finding.severity) == ("none read", "warning")
    assert "500" in finding.what
