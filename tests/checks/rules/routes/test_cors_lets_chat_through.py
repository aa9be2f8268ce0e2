"""A list that lacks what the client sends is found; a star, or what is computed, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.cors_lets_chat_through import cors_lets_chat_through
from tests.checks.rules.conftest import Findings

MAIN = """\
import chatkit
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
HEADERS = ["content-type"]
app.add_middleware(CORSMiddleware, {given})
"""
ALL = '"Authorization", "chatkit-frame-instance-id"'


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ('allow_methods=["*"], allow_headers=["Authorization"]', "`chatkit-frame-instance-id`"),
        ('allow_methods=["*"], allow_headers=HEADERS', "`authorization` and `chatkit-frame"),
        ('allow_methods=["POST"]', "`authorization` and `chatkit-frame"),
        (f'allow_methods=["GET"], allow_headers=[{ALL}]', "`POST`"),
        (f"allow_headers=[{ALL}]", "`POST`"),
        (
            'allow_methods=["*"], allow_headers=["*"], allow_origins=["https://a.example/"]',
            "`https://a.example/`",
        ),
    ],
)
def test_found(findings: Findings, given: str, missing: str) -> None:
    (finding,) = findings(cors_lets_chat_through, {"app/main.py": MAIN.format(given=given)})
    assert missing in finding.what
    assert finding.where == "app/main.py:6"


@pytest.mark.parametrize(
    "given",
    [
        'allow_methods=["*"], allow_headers=["*"]',
        f'allow_methods=("GET", "POST"), allow_headers=("Content-Type", {ALL})',
        "allow_methods=settings.methods, allow_headers=settings.headers",
        "**OPTIONS",
        'allow_methods=["*"], allow_headers=["*"], allow_origins=["https://a.example:8443", "*"]',
    ],
)
def test_quiet(findings: Findings, given: str) -> None:
    assert not findings(cors_lets_chat_through, {"app/main.py": MAIN.format(given=given)})


SPELLED = """\
import chatkit
import fastapi.middleware.cors as cors
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware as Cors
from app import origins
from app.origins import ALL, FEW, add, settings
class Ours(Cors): ...
METHODS = "GET,POST"
# allow_headers=["*"]
"""
ORIGINS = """\
from fastapi.middleware.cors import CORSMiddleware
from pydantic_settings import BaseSettings
FEW = ["content-type"]
ALL = [*FEW, "authorization", "chatkit-frame-instance-id"]
class Settings(BaseSettings):
    headers: list[str] = ["content-type"]
settings = Settings()
def add(app, headers):
    app.add_middleware(CORSMiddleware, allow_methods=["*"], allow_headers=headers)
"""
REFUSED = {
    "a constant of another module": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=FEW)",
    "by the module": "app.add_middleware(cors.CORSMiddleware, allow_methods=['*'], "
    "allow_headers=origins.FEW)",
    "by keyword": "app.add_middleware(middleware_class=Cors, allow_methods=['*'], allow_headers=FEW)",
    "a list of middlewares": "app = FastAPI(middleware=[Middleware(Cors, allow_methods=['*'])])",
    "around the application": "app = Cors(app, allow_methods=['*'], allow_headers=FEW)",
    "a class of its own": "app.add_middleware(Ours, allow_methods=['*'], allow_headers=FEW)",
    "a helper of another module": "add(FastAPI(), FEW)",
    "settings": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=settings.headers)",
    "a text": "app.add_middleware(Cors, allow_methods=METHODS.split(','), "
    "allow_headers='content-type,x-a'.split(','))",
    "put together": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=[*FEW, 'x-a'])",
}
LET_THROUGH = {
    "put together": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=ALL)",
    "added": "app.add_middleware(Cors, allow_methods=['GET'] + ['POST'], allow_headers=FEW + ALL)",
    "a text": "app.add_middleware(Cors, allow_methods=[m.strip() for m in METHODS.split(',')], "
    "allow_headers=ALL)",
    "unknown": "app.add_middleware(Cors, allow_methods=['*'], allow_headers=[*read(), 'x-a'])",
    "another middleware": "app.add_middleware(Other, allow_methods=['GET'])",
    "a helper of another module": "add(FastAPI(), ALL)",
}


def spelled(body: str) -> dict[str, str]:
    return {"app/main.py": f"{SPELLED}{body}\n", "app/origins.py": ORIGINS}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(cors_lets_chat_through, spelled(REFUSED[name]))) == 1


@pytest.mark.parametrize("name", LET_THROUGH)
def test_let_through_in_whatever_way(findings: Findings, name: str) -> None:
    files = spelled(LET_THROUGH[name])
    if "add(" not in LET_THROUGH[name]:
        files["app/origins.py"] = ORIGINS.partition("def add")[0] + "def add(): ...\n"
    assert not findings(cors_lets_chat_through, files)


AUTH = """\
from typing import Annotated
import jwt
from fastapi import Cookie, Depends, Header, Request
from fastapi import Cookie as Biscuit
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer
from app.origins import cookie_of, scheme
bearer, key = HTTPBearer(), APIKeyHeader(name="x-key")
async def get_current_user({given}) -> str:
    # request.headers["Authorization"]
    return verified({read})
"""
FRONT = """\
from fastapi import Depends, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from app.auth import get_current_user
from app.server import Server
YES, NO = True, False
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_methods=["*"], allow_headers=["*"], {cors})
server = Server()
@app.post("/chatkit")
async def chatkit(request: Request, user: str = Depends(get_current_user)):
    return await server.process(await request.body(), {{"user": user}})
"""
OF_AUTH = """
from fastapi.security import APIKeyCookie
scheme = APIKeyCookie(name="session")
def cookie_of(request):
    return request.cookies.get("session")
"""
COOKIES = [
    ("request: Request", "request.cookies['session']"),
    ("request: Request", "request.cookies.get('session')"),
    ("http: Request", "http.cookies['session']"),
    ("request: Request", "cookie_of(request)"),
    ("request: Request", "request.session['user']"),
    ("session: str = Cookie()", "session"),
    ("session: str = Biscuit(None)", "session"),
    ("session: Annotated[str, Cookie()]", "session"),
    ("session: str = Depends(scheme)", "session"),
    ("session: Annotated[str, Depends(scheme)]", "session"),
]
OTHERS = [
    ("request: Request", "request.headers['Authorization']"),
    ("request: Request", "request.cookies.get('session') or request.headers['Authorization']"),
    ("authorization: str = Header()", "authorization"),
    ("session: str = Cookie(None), x_key: str = Header(None)", "session or x_key"),
    ("token = Depends(bearer)", "token"),
    ("value: str = Depends(key)", "value"),
    ("request: Request, token = Depends(bearer)", "request.cookies.get('a') or token"),
    ("request: Request", "request.query_params['token'] or request.cookies['session']"),
    ("request: Request", "jar.cookies['session']"),
    ("", "None"),
]
KEPT_OUT = [
    "allow_origins=['https://a.example']",
    "allow_origins=['https://a.example'], allow_credentials=False",
    "allow_origins=['*']",
    "allow_origin_regex='https://.*[.]example', allow_credentials=NO",
    "allow_origins=settings.origins",
]
LET_IN = [
    "allow_origins=['https://a.example'], allow_credentials=True",
    "allow_origins=['https://a.example'], allow_credentials=YES",
    "allow_origins=['https://a.example'], allow_credentials=settings.shared",
    "allow_origins=[]",
    "allow_origins=['https://a.example'], **OPTIONS",
]


def signed_in(sign_in: tuple[str, str], cors: str) -> dict[str, str]:
    auth = AUTH.format(given=sign_in[0], read=sign_in[1])
    return {"app/main.py": FRONT.format(cors=cors), "app/auth.py": auth, "app/origins.py": OF_AUTH}


@pytest.mark.parametrize("sign_in", COOKIES)
def test_a_cookie_that_no_browser_sends(findings: Findings, sign_in: tuple[str, str]) -> None:
    (found,) = findings(cors_lets_chat_through, signed_in(sign_in, KEPT_OUT[0]))
    assert (found.severity, found.cause) == ("warning", "cors:allow_credentials")


@pytest.mark.parametrize("cors", KEPT_OUT)
def test_cookies_are_kept_out(findings: Findings, cors: str) -> None:
    assert len(findings(cors_lets_chat_through, signed_in(COOKIES[0], cors))) == 1


@pytest.mark.parametrize("sign_in", OTHERS)
def test_something_else_signs_in(findings: Findings, sign_in: tuple[str, str]) -> None:
    assert not findings(cors_lets_chat_through, signed_in(sign_in, KEPT_OUT[0]))


@pytest.mark.parametrize("cors", LET_IN)
def test_cookies_are_let_in(findings: Findings, cors: str) -> None:
    assert not findings(cors_lets_chat_through, signed_in(COOKIES[0], cors))


ORDER = """\
import chatkit
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware as Cors
from app.signing import LetsOptions, SignIn
app = FastAPI()
{lines}
"""
SIGNING = """\
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse
UNKNOWN = 401
class SignIn(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if not request.headers.get("authorization"):
            return JSONResponse({}, status_code=UNKNOWN)
        return await call_next(request)
class LetsOptions(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.method != "OPTIONS" and not request.headers.get("authorization"):
            return JSONResponse({}, status_code=401)
        return await call_next(request)
"""
CORS = 'app.add_middleware(Cors, allow_origins=["https://a.example"], allow_methods=["*"], allow_headers=["*"])'
MARKED = """\
@app.middleware("http")
async def sign_in(request, call_next):
    return JSONResponse({}, 401) if not known(request) else await call_next(request)
"""


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (f"{CORS}\napp.add_middleware(SignIn)", 1),
        (f"{CORS}\napp.add_middleware(middleware_class=SignIn)", 1),
        (f"{CORS}\n{MARKED}", 1),
        (f"app.add_middleware(SignIn)\n{CORS}", 0),
        (f"{MARKED}{CORS}", 0),
        (f"{CORS}\napp.add_middleware(LetsOptions)", 0),
        (f"{CORS}\n# app.add_middleware(SignIn)", 0),
    ],
)
def test_a_sign_in_before_what_answers_options(findings: Findings, lines: str, count: int) -> None:
    files = {"app/main.py": ORDER.replace("{lines}", lines), "app/signing.py": SIGNING}
    assert [each.cause for each in findings(cors_lets_chat_through, files)] == [
        "cors:order"
    ] * count
