"""Notes on the sign-in: one that was not recognised is told, with the ways on."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.read import read_project

HEAD = """
import os
import jwt
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer
app = FastAPI()
scheme = OAuth2PasswordBearer(tokenUrl="token")
"""
DECODE = 'jwt.decode(token, {key}, algorithms=["HS256"])["sub"]'
GATES = {
    "a bearer secret": (
        "def verify_bearer(given = Depends(HTTPBearer())) -> None:\n"
        "    if given.credentials != os.environ['SECRET']:\n        raise HTTPException(401)\n"
        "router = APIRouter(dependencies=[Depends(verify_bearer)])\n",
        "`verify_bearer` in `main.py` asks for a credential (HTTPBearer)",
    ),
    "an API key in a header": (
        "def verify_key(x_api_key: str = Header(...)) -> None:\n"
        "    if x_api_key != os.environ['SECRET']:\n        raise HTTPException(403)\n"
        "router = APIRouter(dependencies=[Depends(verify_key)])\n",
        "`verify_key` in `main.py` asks for a header",
    ),
    "a guard that is made where it is asked for": (
        "class JWTBearer(HTTPBearer):\n    async def __call__(self, request: Request): ...\n"
        "@app.get('/me')\ndef me(user = Depends(JWTBearer())): ...\n",
        "`JWTBearer` in `main.py` asks for a credential (HTTPBearer)",
    ),
    "a function that makes one": (
        "def require_user(role = None):\n    def inner(token = Depends(scheme)): ...\n"
        "    return inner\n@app.get('/me')\ndef me(user = Depends(require_user())): ...\n",
        "`require_user` in `main.py` asks for a credential (OAuth2PasswordBearer)",
    ),
    "a middleware": (
        "@app.middleware('http')\nasync def auth(request: Request, call_next):\n"
        "    request.state.user = await lookup(request.headers['Authorization'])\n"
        "    return await call_next(request)\n",
        "the middleware `auth` in `main.py` reads the header `Authorization` of each request",
    ),
    "a middleware that is added by its name": (
        "async def auth(request: Request, call_next):\n"
        "    request.state.user = await lookup(request.cookies['sid'])\n"
        "    return await call_next(request)\napp.middleware('http')(auth)\n",
        "the middleware `auth` in `main.py` reads the cookie `sid` of each request",
    ),
    "what a library makes": (
        "from fastapi_plugin.fast_api_client import Auth0FastAPI\nauth0 = Auth0FastAPI()\n"
        "@app.get('/me')\ndef me(claims = Depends(auth0.require_auth())): ...\n",
        "`auth0.require_auth` in `main.py` asks for what `fastapi_plugin` verifies",
    ),
}


def planned(root: Path, text: str, asked: RequestedOptions | None = None) -> Plan:
    (root / "main.py").write_text(HEAD + text)
    (root / "requirements.txt").write_text("fastapi\nuvicorn\npyjwt\n")
    return make_plan(read_project(root), asked)


@pytest.mark.parametrize("gate", GATES)
def test_what_was_not_recognised_is_told_with_the_ways_on(gate: str, tmp_path: Path) -> None:
    text, told = GATES[gate]
    plan = planned(tmp_path, text)
    (note,) = [each for each in plan.notes if "sign-in was not recognised" in each]
    assert told in note
    assert "--current-user MODULE:NAME" in note
    assert "--auth none" in note
    assert plan.options.auth == "jwt"


@pytest.mark.parametrize(
    "text",
    [
        "@app.get('/')\ndef index(): ...\n",
        "def get_session(): ...\n@app.get('/')\ndef index(db = Depends(get_session)): ...\n",
        "def page_token(page_token: int = 0): ...\n"
        "@app.get('/')\ndef index(page = Depends(page_token)): ...\n",
        "@app.middleware('http')\nasync def timed(request: Request, call_next):\n"
        "    request.state.id = request.headers.get('X-Request-ID')\n"
        "    return await call_next(request)\n",
    ],
    ids=["nothing", "a database session", "a page", "a request's id"],
)
def test_what_lets_nobody_in_is_no_sign_in(text: str, tmp_path: Path) -> None:
    assert not any("sign-in" in note for note in planned(tmp_path, text).notes)


MIDDLEWARE = (
    "@app.middleware('http')\nasync def auth(request: Request, call_next):\n"
    "    token = request.headers['Authorization'].removeprefix('Bearer ')\n"
    f"    request.state.user = {DECODE}\n    return await call_next(request)\n"
)


def test_the_chat_uses_the_applications_own_variable(tmp_path: Path) -> None:
    plan = planned(tmp_path, MIDDLEWARE.format(key='os.environ["OUR_KEY"]'))
    assert (plan.options.auth, plan.options.user) == ("existing", None)
    assert plan.options.verifies_tokens
    (note,) = [each for each in plan.notes if "application's own tokens" in each]
    assert "`OUR_KEY`" in note
    assert "the middleware `auth`" in note
    assert "--current-user MODULE:NAME" in note
    required = [each.name for each in plan.environment if each.required]
    assert "OUR_KEY" in required
    assert not any(name.endswith("JWT_SECRET") for name in required)


def test_a_secret_in_the_code_and_the_chats_have_to_be_equal(tmp_path: Path) -> None:
    plan = planned(tmp_path, MIDDLEWARE.format(key='"written down here"'))
    assert plan.options.auth == "jwt"
    (note,) = [each for each in plan.notes if "one value" in each]
    assert "JWT_SECRET" in note
    assert "written down here" not in "".join(plan.notes)


def test_a_second_verifier_that_was_asked_for(tmp_path: Path) -> None:
    text = (
        "def get_current_user(token: str = Depends(scheme)) -> str:\n"
        f"    return {DECODE.format(key='os.environ[OURS]')}\n"
        "@app.get('/me')\ndef me(user = Depends(get_current_user)): ...\n"
    )
    text = text.replace("OURS", '"OUR_KEY"')
    plan = planned(tmp_path, text, RequestedOptions(auth="jwt"))
    told = " ".join(plan.notes)
    assert "`get_current_user` in `main.py`" in told
    assert "--auth existing" in told
    assert "`OUR_KEY`" in told
    assert "one value" in told
    assert not any("sign-in" in each for each in planned(tmp_path, text).notes)
