"""What lets people in without telling who they are, and what lets nobody in."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.unrecognised import find_unrecognised
from chatkit_agent.project.facts import App, Auth, UserDependency

from .conftest import MakeSources

APP = App("main:app", "module", "main.py", "", "main.py", None, "app")
HEAD = """
import os
from fastapi import APIRouter, Cookie, Depends, FastAPI, Header, status, HTTPException, Request
from fastapi.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer
app = FastAPI()
scheme = OAuth2PasswordBearer(tokenUrl="token")
"""
LIFESPAN = "@asynccontextmanager\nasync def lifespan(app):\n"
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
    "whoever a gateway names, by any name": (
        "def who(request: Request):\n    given = request.headers.get('X-Forwarded-User')\n"
        "    if not given:\n        raise HTTPException(401)\n    return given\n"
        "@app.get('/me')\ndef me(user = Depends(who)): ...\n",
        "`who` in `main.py` refuses some with 401, and reads nothing that proves who",
    ),
    "a cookie, by any name": (
        "def who(sid: str = Cookie()):\n    if sid != os.environ['SECRET']:\n"
        "        raise HTTPException(status.HTTP_401_UNAUTHORIZED)\n    return sid\n"
        "@app.get('/me')\ndef me(user = Depends(who)): ...\n",
        "`who` in `main.py` asks for a cookie",
    ),
    "a function that routes call": (
        "async def authenticate(request: Request):\n"
        "    if request.headers['Authorization'] != os.environ['SECRET']:\n"
        "        raise HTTPException(401)\n"
        "@app.get('/me')\nasync def me(request: Request):\n    await authenticate(request)\n",
        "`authenticate` in `main.py` asks for something of the request where routes call it",
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
    "what a middleware has found, beside what a lifespan yields": (
        "async def lifespan(app):\n    yield {'sessions': 1}\n"
        "def get_session_user(request: Request):\n"
        "    return request.state.sessions.find(request.state.user_key)\n"
        "@app.get('/me')\ndef me(user = Depends(get_session_user)): ...\n",
        "`get_session_user` in `main.py` asks for something of the request",
    ),
    "a middleware that is added by its name": (
        "async def auth(request: Request, call_next):\n"
        "    request.state.user = await lookup(request.cookies['sid'])\n"
        "    return await call_next(request)\napp.middleware('http')(auth)\n",
        "the middleware `auth` in `main.py` reads the cookie `sid` of each request",
    ),
    "one that a factory has to itself": (
        "def create_app():\n    app = FastAPI()\n"
        "    async def current_user(token = Depends(scheme)): ...\n"
        "    @app.get('/me')\n    def me(user = Depends(current_user)): ...\n    return app\n",
        "`current_user` in `main.py` asks for a credential (OAuth2PasswordBearer), and stands",
    ),
    "a scheme that a factory makes": (
        "class KeyAuth(APIKeyHeader): ...\n"
        "def create_app():\n    app = FastAPI()\n    require_auth = KeyAuth(os.environ['K'])\n"
        "    @app.get('/me')\n    def me(user = Depends(require_auth)): ...\n    return app\n",
        "`require_auth` in `main.py` asks for a credential (APIKeyHeader), and stands",
    ),
    "an object of a library": (
        "from fastapi_login import LoginManager\nmanager = LoginManager(os.environ['K'], '/in')\n"
        "@app.get('/me')\ndef me(user = Depends(manager)): ...\n",
        "`manager` in `main.py` asks for what `fastapi_login` verifies",
    ),
    "what a library makes": (
        "from fastapi_plugin.fast_api_client import Auth0FastAPI\nauth0 = Auth0FastAPI()\n"
        "@app.get('/me')\ndef me(claims = Depends(auth0.require_auth())): ...\n",
        "`auth0.require_auth` in `main.py` asks for what `fastapi_plugin` verifies",
    ),
}


@pytest.mark.parametrize("gate", GATES)
def test_what_asks_for_a_credential_is_told(gate: str, sources: MakeSources) -> None:
    text, told = GATES[gate]
    found = find_unrecognised(sources({"main.py": HEAD + text}), APP, Auth(), ())
    assert found.not_used[0].startswith(told)


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
        "def check_access(request: Request):\n    if request.client.host in BLOCKED:\n"
        "        raise HTTPException(403)\n"
        "@app.get('/')\ndef index(request: Request):\n    check_access(request)\n",
        LIFESPAN + "    yield {'sessions': 1, 'clients': 2}\n"
        "def get_session(request: Request):\n    yield request.state.sessions\n"
        "@app.get('/')\ndef index(db = Depends(get_session)): ...\n",
        LIFESPAN.replace("lifespan", "started") + "    yield State(client_of_model=1)\n"
        "app = FastAPI(lifespan=started)\n"
        "def get_client(request: Request):\n    return request.state.client_of_model\n"
        "@app.get('/')\ndef index(client = Depends(get_client)): ...\n",
        "def create_app():\n    app = FastAPI()\n    def get_session(): ...\n"
        "    @app.get('/')\n    def index(db = Depends(get_session)): ...\n    return app\n",
        "def get_db_session(request: Request):\n    yield request.state.session\n"
        "@app.get('/')\ndef index(db = Depends(get_db_session)): ...\n",
    ],
    ids=[
        "nothing",
        "a database session",
        "a page",
        "a request's id",
        "an address",
        "what a lifespan yields",
        "what a lifespan of another name yields",
        "a database session inside of a factory",
        "what a middleware has opened",
    ],
)
def test_what_lets_nobody_in_is_no_sign_in(text: str, sources: MakeSources) -> None:
    found = find_unrecognised(sources({"main.py": HEAD + text}), APP, Auth(), ())
    assert found == Auth()


def test_where_one_is_recognised_nothing_else_is_told(sources: MakeSources) -> None:
    user = UserDependency("who", "main.py", "main", "function", "user.id", "")
    text, _ = GATES["a middleware"]
    known = Auth((user,))
    assert find_unrecognised(sources({"main.py": HEAD + text}), APP, known, ()) == known


def test_what_was_told_already_is_not_told_twice(sources: MakeSources) -> None:
    text, _ = GATES["an API key in a header"]
    known = Auth(not_used=("`verify_key` in `main.py` may give no user",))
    assert find_unrecognised(sources({"main.py": HEAD + text}), APP, known, ()) == known


def test_what_is_commented_out_lets_nobody_in(sources: MakeSources) -> None:
    text = GATES["an API key in a header"][0].replace("router =", "# router =")
    assert not find_unrecognised(sources({"main.py": HEAD + text}), APP, Auth(), ()).not_used


def test_what_was_delivered_is_no_sign_in_of_the_application(sources: MakeSources) -> None:
    asking = "def signed_in(given = Depends(HTTPBearer())): ...\n"
    here = sources({"main.py": HEAD, "app/chatkit_runtime/jwt.py": HEAD + asking})
    assert find_unrecognised(here, APP, Auth((), ()), ()).not_used == ()
    here = sources({"main.py": HEAD, "app/jwt.py": HEAD + asking})
    assert find_unrecognised(here, APP, Auth((), ()), ()).not_used
