"""Tokens that a sign-in verifies: where they come from, and what it gives of them."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.detectors.credentials import find_credentials
from chatkit_agent.project.facts import App

from .conftest import MakeSources
from .signing_in import HEAD, ROUTE

APP = App("app:app", "module", "app.py", "", "app.py", None, "app")
VERIFIED = """
import jwt
from fastapi import Query
def get_current_user({parameter}){returns}:
    try:
        claims = jwt.decode({token}, KEY, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401)
    return {value}
"""
GIVEN = "token = Depends(scheme)", "token"
USER = "User(claims['sub'], 1)"


@pytest.mark.parametrize(
    ("parameter", "token", "value", "user_id", "credential"),
    [
        (*GIVEN, "claims['sub']", "user", "the header `Authorization`"),
        (*GIVEN, "claims.get('uid')", "user", "the header `Authorization`"),
        ("token: str", "token", USER, "user.id", "the query `token`"),
        ("token: str = Query(...)", "token", USER, "user.id", "the query `token`"),
        (
            "access_token: Annotated[str, Query()]",
            "access_token",
            USER,
            "user.id",
            "the query `access_token`",
        ),
        ("t: str = Query(alias='token')", "t", USER, "user.id", "the query `token`"),
        (
            "t: Annotated[str, Query(alias='access-token')]",
            "t",
            USER,
            "user.id",
            "the query `access-token`",
        ),
        ("t: str = Query(alias='page')", "t", USER, None, ""),
        ("number: str", "number", USER, None, ""),
        (*GIVEN, "claims['role']", None, ""),
        (*GIVEN, "claims['sub'], claims['org']", None, ""),
    ],
)
def test_a_token_that_is_verified(
    sources: MakeSources,
    parameter: str,
    token: str,
    value: str,
    user_id: str | None,
    credential: str,
) -> None:
    text = VERIFIED.format(parameter=parameter, token=token, value=value, returns="")
    made = sources({"app.py": f"{HEAD}app = FastAPI()\n{text}{ROUTE}"})
    best = find_credentials(made, find_auth(made, APP), ()).best
    assert (best and best.user_id) == user_id
    assert [str(each) for each in best.credentials if best] == [credential] if best else not user_id


def test_the_word_before_a_token(sources: MakeSources) -> None:
    text = """
def get_current_user(authorization: str = Header()) -> User:
    scheme, _, raw = authorization.partition(" ")
    if scheme.lower() != "token":
        raise HTTPException(401)
    return load(decode(raw))
"""
    made = sources({"app.py": f"{HEAD}app = FastAPI()\n{text}{ROUTE}"})
    best = find_credentials(made, find_auth(made, APP), ()).best
    assert best is not None
    assert [each.scheme for each in best.credentials] == ["token"]
