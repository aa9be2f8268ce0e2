"""Only who checks to be someone is someone."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import jwt
import pytest
from fastapi.testclient import TestClient
from taskflow.settings import Settings

SignIn = Callable[[str], dict[str, str]]


def bearer(claims: dict[str, object], secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"}


def later(minutes: int) -> datetime:
    return datetime.now(timezone.utc) + timedelta(minutes=minutes)


def test_who_signs_in_is_known(api: TestClient, sign_in: SignIn) -> None:
    assert api.get("/me", headers=sign_in("alice")).json()["username"] == "alice"


@pytest.mark.parametrize(
    ("username", "password"), [("alice", "wrong"), ("nobody", "alice-likes-lists")]
)
def test_a_wrong_name_or_password_is_refused(api: TestClient, username: str, password: str) -> None:
    answer = api.post("/token", data={"username": username, "password": password})
    assert answer.status_code == 401
    assert answer.json() == {"detail": "The name or the password is wrong."}


def test_nobody_and_forged_or_expired_tokens_are_refused(
    api: TestClient, sign_in: SignIn, settings: Settings
) -> None:
    secret = settings.jwt_secret.get_secret_value()
    sub = api.get("/me", headers=sign_in("alice")).json()["id"]
    assert api.get("/me", headers=bearer({"sub": sub, "exp": later(5)}, secret)).is_success
    for headers in (
        {},
        {"Authorization": "Bearer garbage"},
        bearer({"sub": sub, "exp": later(5)}, "another secret, also longer than 32 bytes"),
        bearer({"sub": sub, "exp": later(-5)}, secret),
        bearer({"sub": sub}, secret),
        bearer({"exp": later(5)}, secret),
        bearer({"sub": "not an id", "exp": later(5)}, secret),
        bearer({"sub": str(uuid4()), "exp": later(5)}, secret),
    ):
        assert api.get("/me", headers=headers).status_code == 401
