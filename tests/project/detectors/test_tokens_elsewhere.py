"""Tokens that come in another header or a cookie, and keys behind functions and libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.facts import Named, Tokens
from chatkit_agent.project.read import read_project

HEAD = (
    "import os\nimport jwt\nfrom fastapi import Cookie, Depends, FastAPI, Header, HTTPException\n"
)
BEARER = "from fastapi.security import OAuth2PasswordBearer\nscheme = OAuth2PasswordBearer('t')\n"
APP = "app = FastAPI()\n"
ROUTE = "\n\n@app.get('/me')\ndef me(user: str = Depends(current_user)) -> str:\n    return user\n"


def tokens(root: Path, code: str) -> Tokens:
    (root / "main.py").write_text(code)
    (root / "requirements.txt").write_text("fastapi\nuvicorn\npyjwt\n")
    found = read_project(root).tokens
    assert found is not None
    return found


def test_a_class_method_reads_a_header_of_their_own(tmp_path: Path) -> None:
    code = f"""{HEAD}{APP}
class Control:
    @classmethod
    async def is_authed(cls, token: str = Header(...)):
        data = jwt.decode(token, os.environ["SECRET_KEY"], algorithms=["HS256"])
        return data.get("user_id")


DependAuth = Depends(Control.is_authed)


@app.get("/me")
async def me(user=DependAuth) -> int:
    return user
"""
    found = tokens(tmp_path, code)
    assert (found.header, found.scheme, found.key_variable) == (
        "token",
        Named(default=""),
        "SECRET_KEY",
    )


def test_a_cookie_brings_it(tmp_path: Path) -> None:
    code = f"""{HEAD}{APP}
def current_user(session: str = Cookie()) -> str:
    return jwt.decode(session, os.environ["KEY"], algorithms=["HS256"])["sub"]
{ROUTE}"""
    assert tokens(tmp_path, code).cookie == "session"


def test_the_key_behind_a_function(tmp_path: Path) -> None:
    code = f"""{HEAD}{BEARER}{APP}
JWT_SECRET = os.environ.get("JWT_SECRET", "")


def _secret() -> str:
    if not JWT_SECRET:
        raise HTTPException(500)
    return JWT_SECRET


def current_user(token: str = Depends(scheme)) -> str:
    return jwt.decode(token, _secret(), algorithms=["HS256"])["sub"]
{ROUTE}"""
    assert tokens(tmp_path, code).key_variable == "JWT_SECRET"


def test_the_key_that_an_object_is_made_with(tmp_path: Path) -> None:
    code = f"""{HEAD}{APP}
class Verifier:
    def __init__(self, algorithm: str, key: str) -> None:
        self.key = key

    def __call__(self, authorization: str = Header()) -> str:
        token = authorization.removeprefix("Bearer ")
        return jwt.decode(token, self.key, algorithms=["HS256"])["sub"]


current_user = Verifier("HS256", key=os.environ["JWT_SECRET"])
{ROUTE}"""
    assert tokens(tmp_path, code).key_variable == "JWT_SECRET"


@pytest.mark.parametrize(
    "reads",
    [
        'held = get_auth_data()\n    key = held["secret_key"]',
        'key = get_auth_data()["secret_key"]',
        'held = {"secret_key": KEY}\n    key = held["secret_key"]',
    ],
)
def test_the_key_in_a_dict_that_a_function_gives(tmp_path: Path, reads: str) -> None:
    code = f"""{HEAD}{BEARER}{APP}
KEY = os.environ["JWT_SECRET"]


def get_auth_data():
    data = {{"secret_key": KEY, "algorithm": "HS256"}}
    return data


def current_user(token: str = Depends(scheme)) -> str:
    {reads}
    return jwt.decode(token, key, algorithms=["HS256"])["sub"]
{ROUTE}"""
    assert tokens(tmp_path, code).key_variable == "JWT_SECRET"


def test_the_sample_of_poetry_2_has_its_key_in_such_a_dict() -> None:
    project = read_project(Path(__file__).parents[2] / "projects" / "poetry_project")
    assert [each.name for each in project.auth.dependencies] == ["get_current_user"]
    assert project.tokens is not None
    assert (project.tokens.key_variable, project.tokens.cookie) == ("BOARD_SECRET", "board_token")


def test_the_tokens_of_fastapi_users(tmp_path: Path) -> None:
    code = """
import os
from fastapi import Depends, FastAPI
from fastapi_users import FastAPIUsers
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy

SECRET = os.environ["ACCESS_SECRET"]
app = FastAPI()


def get_jwt_strategy() -> JWTStrategy:
    return JWTStrategy(secret=SECRET, lifetime_seconds=3600)


backend = AuthenticationBackend("jwt", BearerTransport(tokenUrl="login"), get_jwt_strategy)
"""
    found = tokens(tmp_path, code)
    assert (found.key_variable, found.user, found.header) == (
        "ACCESS_SECRET",
        "sub",
        "Authorization",
    )
    assert (found.audience, found.cookie) == (Named(default="fastapi-users:auth"), "")


@pytest.mark.parametrize(
    ("given", "variable", "algorithm"),
    [
        ("SECRET, 60, ['shop'], 'HS512'", "ACCESS_SECRET", "HS512"),
        (
            "secret=SECRET, lifetime_seconds=60, token_audience=('shop',), algorithm='RS256', "
            "public_key=os.environ['PUBLIC_KEY']",
            "PUBLIC_KEY",
            "RS256",
        ),
    ],
)
def test_a_strategy_of_their_own_audience_and_key(
    tmp_path: Path, given: str, variable: str, algorithm: str
) -> None:
    code = f"""{APP}
import os
from fastapi_users.authentication import JWTStrategy
SECRET = os.environ["ACCESS_SECRET"]


def get_jwt_strategy() -> JWTStrategy:
    return JWTStrategy({given})
"""
    found = tokens(tmp_path, code)
    assert (found.key_variable, found.algorithm.default) == (variable, algorithm)
    assert found.audience == Named(default="shop")


@pytest.mark.parametrize(
    ("body", "made", "variable"),
    [
        ("    def get_user_id(self, token): ...", "SECRET, 60", "ACCESS_SECRET"),
        (
            "    def __init__(self):\n        super().__init__(secret=SECRET, lifetime_seconds=60)",
            "",
            "ACCESS_SECRET",
        ),
        ("    async def read_token(self, token, user_manager): ...", "SECRET, 60", None),
    ],
)
def test_a_strategy_that_derives_from_theirs(
    tmp_path: Path, body: str, made: str, variable: str | None
) -> None:
    code = f"""{APP}
import os
from fastapi_users.authentication import JWTStrategy
SECRET = os.environ["ACCESS_SECRET"]
class OwnStrategy(JWTStrategy[User, int]):
{body}


def get_strategy() -> OwnStrategy:
    return OwnStrategy({made})
"""
    (tmp_path / "main.py").write_text(code)
    found = read_project(tmp_path).tokens
    assert (found and found.key_variable) == variable


def test_two_secrets_are_told_to_be_equal(tmp_path: Path) -> None:
    code = f"""{HEAD}{BEARER}{APP}
def current_user(token: str = Depends(scheme)) -> str:
    return jwt.decode(token, os.environ["SECRET_KEY"], algorithms=["HS256"])["sub"]
{ROUTE}"""
    tokens(tmp_path, code)
    plan = make_plan(read_project(tmp_path), RequestedOptions(auth="jwt", env_prefix="SHOP"))
    (note,) = [each for each in plan.notes if "SECRET_KEY" in each]
    assert "`SHOP_CHATKIT_JWT_SECRET`" in note


def test_the_claims_that_a_middleware_puts_into_the_state(tmp_path: Path) -> None:
    code = f"""{HEAD}from fastapi import Request
{APP}
@app.middleware("http")
async def auth(request: Request, call_next):
    token = request.headers["Authorization"].split()[1]
    payload = jwt.decode(token, os.environ["OUR_SECRET"], algorithms=["HS256"])
    if payload.get("exp"):
        request.state.user = payload
    return await call_next(request)


@app.get("/me")
async def me(request: Request) -> str:
    return request.state.user.get("id")
"""
    found = tokens(tmp_path, code)
    assert (found.key_variable, found.user) == ("OUR_SECRET", "id")


def test_the_tokens_of_fastapi_login(tmp_path: Path) -> None:
    code = """
import os
from fastapi import Depends, FastAPI
from fastapi_login import LoginManager

app = FastAPI()
manager = LoginManager(os.environ["ACCESS_SECRET"], "/login")
"""
    found = tokens(tmp_path, code)
    assert (found.key_variable, found.user, found.audience) == ("ACCESS_SECRET", "sub", None)
