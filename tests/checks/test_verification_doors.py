"""Applications with something in front of the chat, booted: what it is, and what is claimed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checking import add, checked, failed, findings, told

SIGN_IN = """
import os
import jwt
from fastapi import Cookie, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

app = FastAPI()
bearer = HTTPBearer()


def get_current_user(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> dict:
    try:
        claims = jwt.decode(credentials.credentials, os.environ["JWT_SECRET"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "bad token")
    return {"id": claims["sub"]}


@app.get("/me")
def me(user: dict = Depends(get_current_user)) -> dict:
    return user
"""
PROXIED = """
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["*.shop.example.com"])
app.add_middleware(HTTPSRedirectMiddleware)
"""
# As those that keep programs out, and ask each request for TLS without a redirect.
OF_BROWSERS = """
@app.middleware("http")
async def browsers(request: Request, call_next):
    is_page = request.headers.get("sec-fetch-site") in ("same-origin", "none")
    if not is_page or "python" in request.headers["user-agent"] or request.url.scheme != "https":
        return JSONResponse({"detail": "forbidden"}, 403)
    return await call_next(request)
"""
CSRF = """
@app.middleware("http")
async def csrf(request: Request, call_next):
    if request.method == "POST":
        sent = request.cookies.get("csrftoken")
        if not sent or sent != request.headers.get("x-csrftoken"):
            return JSONResponse({"detail": "CSRF token verification failed"}, 403)
    return await call_next(request)
"""
CLOSED = """
@app.middleware("http")
async def csrf(request: Request, call_next):
    if request.method == "POST":
        return JSONResponse({"detail": "CSRF token missing"}, 403)
    return await call_next(request)
"""
UNKNOWN_KEY = CLOSED.replace("csrf(", "gateway(").replace(
    '"CSRF token missing"}, 403', '"no key"}, 403'
)
LIMITED = """
SEEN = {{}}

@app.middleware("http")
async def limit(request: Request, call_next):
    who = {who}
    SEEN[who] = SEEN.get(who, 0) + 1
    if SEEN[who] > {most}:
        return JSONResponse({{"detail": "Too many requests"}}, {status}, {{"Retry-After": "60"}})
    return await call_next(request)
"""
BY_ADDRESS = LIMITED.format(
    who='request.headers.get("x-forwarded-for") or request.client.host', most=12, status=429
)
FOR_ALL = LIMITED.format(who='"everybody"', most=12, status=429)
# As slowapi's `default_limits` for each user, and as a dependency of the whole application.
BY_PERSON = 'request.headers.get("authorization")'
OF_THE_APPLICATION = """
SEEN = {}

def limited(user: dict = Depends(get_current_user)) -> None:
    SEEN[user["id"]] = SEEN.get(user["id"], 0) + 1
    if SEEN[user["id"]] > 7:
        raise HTTPException(429, "Too many requests")


app = FastAPI(dependencies=[Depends(limited)])


@app.get("/me")
"""
COOKIE = SIGN_IN.replace(
    "credentials: HTTPAuthorizationCredentials = Depends(bearer)", "session: str = Cookie(None)"
).replace("credentials.credentials", "session")


def project(root: Path, code: str) -> Path:
    root.mkdir(exist_ok=True)
    (root / "main.py").write_text(code)
    (root / "requirements.txt").write_text("fastapi\npyjwt\nuvicorn\n")
    return add(root)


def test_behind_a_proxy_everything_is_seen(tmp_path: Path) -> None:
    report = checked(project(tmp_path / "shop", SIGN_IN + OF_BROWSERS + PROXIED))
    assert findings(report) == []
    assert report.outcome == "passed"
    assert any("as by a proxy" in note for note in report.notes)
    assert any("as by a browser" in note for note in report.notes)
    assert any("`get_current_user` itself" in note for note in report.notes)


def test_a_token_against_csrf_has_to_be_sent_by_the_page(tmp_path: Path) -> None:
    report = checked(project(tmp_path / "shop", SIGN_IN + CSRF))
    assert failed(report) == ["route_mounted"]
    assert "a token against CSRF" in told(report, "route_mounted")
    assert report.outcome == "inconclusive"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (CLOSED, "its CSRF protection refuses them"),
        (UNKNOWN_KEY, 'for routes that are not there (403 {"detail":"no key"}). Its middlewares'),
    ],
)
def test_what_nothing_opens_is_named_and_nobody_is_accused(
    code: str, why: str, tmp_path: Path
) -> None:
    report = checked(project(tmp_path / "shop", SIGN_IN + code))
    assert report.outcome == "inconclusive"
    assert why in told(report, "route_mounted")
    assert {each.severity for each in findings(report)} == {"inconclusive"}


def test_a_rate_limit_of_addresses_is_told_and_passed(tmp_path: Path) -> None:
    report = checked(project(tmp_path / "shop", SIGN_IN + BY_ADDRESS))
    assert report.outcome == "passed"
    assert any("rate limit refused requests with 429" in note for note in report.notes)


def test_a_rate_limit_for_all_is_named_and_nobody_is_accused(tmp_path: Path) -> None:
    report = checked(project(tmp_path / "shop", SIGN_IN + FOR_ALL))
    assert report.outcome == "inconclusive"
    assert "its rate limit refuses them" in told(report, "users_isolated")
    assert {each.severity for each in findings(report)} == {"inconclusive"}


@pytest.mark.parametrize(
    ("most", "status", "why"),
    [
        (4, 429, "its rate limit refuses them"),
        (10, 503, "something in front of the chat answers"),
        (16, 429, "its rate limit refuses them"),
    ],
)
def test_a_rate_limit_of_each_person_is_named_wherever_it_is_met(
    most: int, status: int, why: str, tmp_path: Path
) -> None:
    limit = LIMITED.format(who=BY_PERSON, most=most, status=status)
    report = checked(project(tmp_path / "shop", SIGN_IN + limit))
    assert report.outcome == "inconclusive"
    assert {each.severity for each in findings(report)} == {"inconclusive"}
    assert why in told(report, "outages_survived")


def test_a_limit_that_the_whole_application_depends_on_is_named(tmp_path: Path) -> None:
    code = SIGN_IN.replace("app = FastAPI()\n", "").replace('@app.get("/me")', OF_THE_APPLICATION)
    report = checked(project(tmp_path / "shop", code))
    assert report.outcome == "inconclusive"
    assert {each.severity for each in findings(report)} == {"inconclusive"}
    assert "who sends no token is refused: 401" in told(report, "health_told")
    assert "its rate limit refuses them" in told(report, "users_isolated")


def test_a_cookie_reaches_the_tools_as_the_applications_clients_send_it(tmp_path: Path) -> None:
    root = project(tmp_path / "shop", COOKIE)
    assert 'token=lambda request: request.cookies.get("session")' in (root / "main.py").read_text()
    report = checked(root)
    assert findings(report) == []


UNKNOWN = """
from fastapi import Depends, FastAPI, HTTPException, Request

app = FastAPI()
KNOWN: dict[str, str] = {}


def get_current_user(request: Request) -> str:
    if "shop.open" not in request.scope:
        raise HTTPException(401)
    user_id = KNOWN[{read}]
    return user_id


@app.get("/me")
def me(user: str = Depends(get_current_user)) -> str:
    return user
"""


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ('request.session["user_id"]', "a session of the server"),
        ('request.headers["X-Shop-Token"]', "was not seen to read a token"),
    ],
)
def test_a_stand_in_says_nothing_of_the_token(tmp_path: Path, read: str, why: str) -> None:
    report = checked(project(tmp_path / "shop", UNKNOWN.replace("{read}", read)))
    assert report.outcome == "inconclusive"
    assert why in told(report, "tool_called_as_user")
