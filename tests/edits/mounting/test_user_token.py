"""The router is told where the token is, where it is not in the usual place."""

from __future__ import annotations

import pytest

from chatkit_agent.edits.mounting.user_token import helpers, user_token
from chatkit_agent.project.facts import OF_KEY, Credential, UserDependency

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


def test_of_a_key_in_two_places_it_is_asked_that_there_is_one() -> None:
    read = (Credential("header", "X-Key"), Credential("query", "key"))
    user = UserDependency("key", "app.py", "app", "function", OF_KEY, "", read)
    both = 'request.headers.get("X-Key"), request.query_params.get("key")'
    assert user_token(user) == f"one_key({both})"
    assert list(helpers(user)) == [OF_KEY, "one_key"]
