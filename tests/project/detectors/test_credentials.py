"""Where the application's clients carry what signs them in, whatever the code that reads it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.detectors.credentials import find_credentials
from chatkit_agent.project.facts import App, Credential, SignIn
from chatkit_agent.project.source.sources import Sources
from tests.project.detectors.conftest import MakeSources

HEAD = """
import jwt
from typing import Annotated, Optional
from fastapi import Cookie, Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.security import (
    APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPBasic, HTTPBearer, OAuth2PasswordBearer
)
from fastapi.security.utils import get_authorization_scheme_param

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="token")


class User:
    id: str


"""
TAIL = """

@app.get("/me")
def me(user: User = Depends(get_current_user)): ...
"""
LOGIN = Credential("header", "Authorization", "Bearer", sign_in=SignIn("/login"))
BEARER = Credential("header", "Authorization", "Bearer")
CASES: Mapping[str, tuple[str, tuple[Credential, ...]]] = {
    "bearer": ("def get_current_user(token: str = Depends(bearer)) -> User: ...", (BEARER,)),
    "an object whose base takes it": (
        "class Guard(HTTPBearer):\n"
        "    async def __call__(self, request: Request) -> User:\n"
        "        return load(await super().__call__(request))\n"
        "get_current_user = Guard()",
        (BEARER,),
    ),
    "cookie parameter": (
        "def get_current_user(session: str = Cookie()) -> User: ...",
        (Credential("cookie", "session"),),
    ),
    "cookie alias in Annotated": (
        'def get_current_user(t: Annotated[str, Cookie(alias="__Host-token")]) -> User: ...',
        (Credential("cookie", "__Host-token"),),
    ),
    "what may stand in an address comes last": (
        'query = APIKeyQuery(name="key")\nheader = APIKeyHeader(name="X-Key")\n'
        "def get_current_user(q = Depends(query), h = Depends(header)) -> User: ...",
        (Credential("header", "X-Key"), Credential("query", "key")),
    ),
    "APIKeyCookie by a constant": (
        'NAME = "sid"\ncookie = APIKeyCookie(name=NAME)\n'
        "def get_current_user(sid: str = Depends(cookie)) -> User: ...",
        (Credential("cookie", "sid"),),
    ),
    "request.cookies": (
        "def get_current_user(request: Request) -> User:\n"
        '    t = request.cookies.get("access_token")\n    return User()',
        (Credential("cookie", "access_token"),),
    ),
    "a cookie that says Bearer": (
        'def get_current_user(request: Request) -> User:\n    t = request.cookies["access_token"]\n'
        "    scheme, token = get_authorization_scheme_param(t)\n    return User()",
        (Credential("cookie", "access_token", "Bearer"),),
    ),
    "a cookie parameter that says Bearer": (
        "def get_current_user(access_token: str = Cookie(None)) -> User:\n"
        '    scheme, _, token = access_token.partition(" ")\n'
        '    if scheme.lower() != "bearer": raise HTTPException(401)\n    return User()',
        (Credential("cookie", "access_token", "Bearer"),),
    ),
    "a key that says Token": (
        'key = APIKeyHeader(name="X-Auth")\n'
        "def get_current_user(value: str = Depends(key)) -> User:\n"
        '    if not value.startswith("Token "): raise HTTPException(401)\n'
        '    return jwt.decode(value[len("Token "):], "k", ["HS256"])',
        (Credential("header", "X-Auth", "Token"),),
    ),
    "a header that says JWT": (
        "def get_current_user(x_token: str = Header()) -> User:\n"
        '    return jwt.decode(x_token.removeprefix("JWT "), "k", ["HS256"])',
        (Credential("header", "x-token", "JWT"),),
    ),
    "an Authorization of their own": (
        "def get_current_user(request: Request) -> User:\n"
        '    word, token = request.headers["Authorization"].split(" ")\n'
        '    if word.lower() != "token": raise HTTPException(401)\n    return User()',
        (Credential("header", "Authorization", "token"),),
    ),
    "a cookie of several words": (
        "def get_current_user(session: str = Cookie()) -> User:\n"
        '    who = session.split("|")[0]\n    raise HTTPException(401, "No such " + who)',
        (Credential("cookie", "session"),),
    ),
    "through a helper": (
        'def user_token(request: Request):\n    return request.cookies.get("jwt")\n\n'
        "def get_current_user(request: Request) -> User:\n    t = user_token(request)\n"
        "    return User()",
        (Credential("cookie", "jwt"),),
    ),
    "a bearer subclass that reads a cookie": (
        "class WithCookie(OAuth2PasswordBearer):\n"
        "    async def __call__(self, request: Request) -> Optional[str]:\n"
        '        a = request.cookies.get("access_token")\n'
        "        scheme, param = get_authorization_scheme_param(a)\n        return param\n\n"
        'scheme = WithCookie(tokenUrl="t")\n'
        "def get_current_user(token: str = Depends(scheme)) -> User: ...",
        (Credential("cookie", "access_token", "Bearer"),),
    ),
    "header or cookie": (
        "soft = OAuth2PasswordBearer(tokenUrl='t', auto_error=False)\n"
        "def get_current_user(h=Depends(soft), access_token: str = Cookie(None)) -> User: ...",
        (BEARER, Credential("cookie", "access_token")),
    ),
    "a header of their own": (
        "def get_current_user(x_token: str = Header()) -> User: ...",
        (Credential("header", "x-token"),),
    ),
    "an API key": (
        'key = APIKeyHeader(name="X-API-Key")\n'
        "def get_current_user(key: str = Depends(key)) -> User: ...",
        (Credential("header", "X-API-Key"),),
    ),
    "the query": (
        "def get_current_user(token: str = Query()) -> User: ...",
        (Credential("query", "token"),),
    ),
    "a session": (
        'def get_current_user(request: Request) -> User:\n    u = request.session["user"]\n'
        "    return User()",
        (Credential("session", "session"),),
    ),
    "a session whose cookie has a name": (
        'ID = "sid"\napp.add_middleware(SessionMiddleware, secret_key=k, session_cookie=ID)\n'
        'def get_current_user(request: Request) -> User:\n    u = request.session.get("user")\n'
        "    return User()",
        (Credential("session", "sid"),),
    ),
    "a password": (
        "basic = HTTPBasic()\ndef get_current_user(c=Depends(basic)) -> User: ...",
        (Credential("basic", "Authorization"),),
    ),
    "a middleware": (
        '@app.middleware("http")\nasync def who(request: Request, call_next):\n'
        '    request.state.user = jwt.decode(request.cookies.get("auth"), "k", ["HS256"])\n'
        "    return await call_next(request)\n\n"
        "def get_current_user(request: Request) -> User:\n    u = request.state.user\n"
        "    return User()",
        (Credential("cookie", "auth"),),
    ),
    "a class with a call": (
        "class Signed:\n    def __call__(self, session: str = Cookie()) -> User: ...\n\n"
        "get_current_user = Signed()",
        (Credential("cookie", "session"),),
    ),
}


def credentials(sources: Sources) -> tuple[Credential, ...]:
    app = App("app:app", "module", "app.py", "", "app.py", None, "app")
    found = find_credentials(sources, find_auth(sources, app, "app:get_current_user"), ())
    return found.dependencies[0].credentials


@pytest.mark.parametrize("case", CASES)
def test_where_the_credential_is(sources: MakeSources, case: str) -> None:
    code, expected = CASES[case]
    assert credentials(sources({"app.py": HEAD + code + TAIL})) == expected


@pytest.mark.parametrize(
    ("transport", "expected"),
    [
        ('CookieTransport(cookie_name="sid", cookie_max_age=3600)', Credential("cookie", "sid")),
        ("CookieTransport(cookie_max_age=3600)", Credential("cookie", "fastapiusersauth")),
        ('BearerTransport(tokenUrl="login")', BEARER),
    ],
)
def test_fastapi_users_by_its_transport(
    sources: MakeSources, transport: str, expected: Credential
) -> None:
    code = f"""
from fastapi_users import FastAPIUsers
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, CookieTransport
backend = AuthenticationBackend(name="jwt", transport={transport}, get_strategy=None)
users = FastAPIUsers[User, int](None, [backend])
get_current_user = users.current_user(active=True)
"""
    assert credentials(sources({"app.py": HEAD + code + TAIL})) == (expected,)


def test_fastapi_users_of_classes_that_derive_from_theirs(sources: MakeSources) -> None:
    code = """
from market import shop
from fastapi_users import FastAPIUsers
from fastapi_users.authentication import AuthenticationBackend, CookieTransport
class OwnTransport(CookieTransport): ...
def make_backend(name: str):
    transport = OwnTransport(cookie_name="sid")
    return AuthenticationBackend(name="jwt", transport=transport, get_strategy=None)
class Users(FastAPIUsers[UP, ID]): ...
users = Users[shop.people.Person, int](None, [make_backend("sid")])
get_current_user = users.current_user(active=True)
"""
    files = dict.fromkeys(("market/__init__.py", "market/shop/__init__.py"), "")
    files |= {"app.py": HEAD + code + TAIL, "market/shop/people.py": "class Person:\n    id: int\n"}
    made = sources(files)
    assert credentials(made) == (Credential("cookie", "sid"),)
    assert find_auth(made, None).dependencies[0].user_id == "user.id"


@pytest.mark.parametrize(
    ("given", "later", "expected"),
    [
        ("", "", (LOGIN,)),
        (", use_cookie=True", "", (LOGIN, Credential("cookie", "access-token"))),
        (', use_cookie=True, use_header=False, cookie_name="a"', "", (Credential("cookie", "a"),)),
        (
            ", use_cookie=True, use_header=False",
            'get_current_user.cookie_name = "b"\n',
            (Credential("cookie", "b"),),
        ),
    ],
)
def test_fastapi_login(
    sources: MakeSources, given: str, later: str, expected: tuple[Credential, ...]
) -> None:
    code = (
        "from fastapi_login import LoginManager\n"
        f'get_current_user = LoginManager(SECRET, "/login"{given})\n{later}'
        "@get_current_user.user_loader()\ndef load(name: str) -> User | None: ...\n"
    )
    assert set(credentials(sources({"app.py": HEAD + code + TAIL}))) == set(expected)
