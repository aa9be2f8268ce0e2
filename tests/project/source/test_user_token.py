"""The router is told where the token is, where it is not in the usual place."""

from __future__ import annotations

import pytest

from chatkit_agent.project.facts import Credential, UserDependency
from chatkit_agent.project.source.user_token import user_token

BEARER = Credential("header", "Authorization", "Bearer")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((), ""),
        ((BEARER,), ""),
        ((Credential("session", "session"),), ""),
        ((Credential("cookie", "sid"),), 'request.cookies.get("sid")'),
        ((Credential("query", "token"),), 'request.query_params.get("token")'),
        (
            (Credential("cookie", "sid"), BEARER),
            'request.cookies.get("sid") or bearer_token(request)',
        ),
    ],
)
def test_the_token_as_the_router_is_told_of_it(
    found: tuple[Credential, ...], expected: str
) -> None:
    user = UserDependency("user", "app.py", "app", "function", "user.id", "", found)
    assert user_token(user) == expected
