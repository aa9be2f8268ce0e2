"""A header that anybody can set is no sign-in; a verified token beside it is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.identity.caller_verified import caller_verified
from chatkit_agent.evidence.static import Evidence

TRUSTING = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI, Header, Request
from app.server import Server
app = FastAPI()
server = Server()
@app.post("/chatkit")
async def chatkit(request: Request{parameter}):
    {line}
    return await server.process(await request.body(), {{"user": user}})
"""


@pytest.mark.parametrize(
    ("parameter", "line", "number"),
    [
        ("", 'user = request.headers.get("X-User-ID")', 8),
        ("", 'user = request.headers["x-user-id"]', 8),
        (", x_user_id: str = Header(...)", "user = x_user_id", 7),
        (', user: str = Header(alias="X-User-Id")', "pass", 7),
    ],
)
def test_found(observed: Callable[..., Evidence], parameter: str, line: str, number: int) -> None:
    main = TRUSTING.format(parameter=parameter, line=line)
    (finding,) = caller_verified.over(observed({"app/main.py": main}))
    assert finding.where == f"app/main.py:{number}"
    assert finding.severity == "error"


@pytest.mark.parametrize(
    ("parameter", "line"),
    [
        ("", 'user = jwt.decode(request.headers["Authorization"], KEY)["sub"]'),
        (", user: str = Depends(get_current_user)", 'locale = request.headers.get("X-Locale")'),
        (", user=Depends(get_current_user)", 'other = request.headers.get("X-User-ID")'),
    ],
)
def test_quiet(observed: Callable[..., Evidence], parameter: str, line: str) -> None:
    main = TRUSTING.format(parameter=parameter, line=line)
    assert not list(caller_verified.over(observed({"app/main.py": main})))


SIGN_IN = """\
import jwt
from fastapi import Header
async def get_current_user(x_user_id: str | None = Header(None), token: str = Header()):
    if {asked}:
        {does}
    return jwt.decode(token, KEY, ["HS256"])["sub"]
"""


@pytest.mark.parametrize(
    "asked", ["x_user_id", "x_user_id is not None", "request.headers.get('X-User-ID')"]
)
def test_a_header_that_goes_before_the_token_is_found(
    observed: Callable[..., Evidence], asked: str
) -> None:
    auth = SIGN_IN.format(asked=asked, does="return {'id': x_user_id}")
    found = list(caller_verified.over(observed({"app/auth.py": auth})))
    assert found
    assert all("goes before the token" in each.what for each in found)


@pytest.mark.parametrize(
    ("asked", "does"),
    [
        ("x_user_id != sub", "raise ValueError"),
        ("settings.debug and x_user_id", "return x_user_id"),
    ],
)
def test_quiet_where_more_is_asked(
    observed: Callable[..., Evidence], asked: str, does: str
) -> None:
    auth = SIGN_IN.format(asked=asked, does=does)
    assert not list(caller_verified.over(observed({"app/auth.py": auth})))


TURNS = """\
class Turns:
    def __init__(self, server):
        self.server = server

    async def answer(self, body, context):
        return await self.server.process(body, context)
"""


def test_the_route_is_found_that_hands_the_request_to_a_helper(
    observed: Callable[..., Evidence],
) -> None:
    main = TRUSTING.format(parameter=", x_user_id: str = Header()", line="user = x_user_id")
    main = main.replace("server.process(", "Turns(server).answer(")
    turns = f"from chatkit.server import ChatKitServer\n{TURNS}"
    found = caller_verified.over(
        observed({"app/main.py": f"from app.turns import Turns\n{main}", "app/turns.py": turns})
    )
    assert [each.where for each in found] == ["app/main.py:8"]


def test_quiet_with_a_sign_in(observed: Callable[..., Evidence]) -> None:
    assert not list(caller_verified.over(observed()))


AUTH = """\
{imported}
from fastapi import Request
from fastapi.security import HTTPBearer
KEYLESS = {{"verify_signature": False}}
{code}
"""
FUNCTION = """\
async def get_current_user(request: Request) -> str:
    token = request.headers["Authorization"]
    {lines}
"""
BEARER = """\
class Bearer(HTTPBearer):
    async def __call__(self, request: Request):
        return self.claims(request.headers["Authorization"])
    def claims(self, token):
        return jwt.decode(token, options=KEYLESS)
get_current_user = Bearer()
"""


@pytest.mark.parametrize(
    ("imported", "code"),
    [
        ("import jwt", FUNCTION.format(lines="return jwt.decode(token, options=KEYLESS)")),
        (
            "from jwt import decode",
            FUNCTION.format(lines='return decode(token, KEY, algorithms=["none"])'),
        ),
        ("from jose import jwt", FUNCTION.format(lines="return jwt.get_unverified_claims(token)")),
        ("import jwt", BEARER),
        (
            "import jwt",
            FUNCTION.format(
                lines="try:\n        return jwt.decode(token, KEY)\n"
                "    except jwt.PyJWTError:\n        return jwt.decode(token, options=KEYLESS)"
            ),
        ),
    ],
)
def test_a_signature_that_nobody_looks_at(
    observed: Callable[..., Evidence], imported: str, code: str
) -> None:
    auth = AUTH.format(imported=imported, code=code)
    (finding,) = caller_verified.over(observed({"app/auth.py": auth}))
    assert "signature" in finding.what


def test_quiet_where_it_only_chooses_the_key(observed: Callable[..., Evidence]) -> None:
    lines = (
        "peek = jwt.decode(token, options=KEYLESS)\n    return jwt.decode(token, K[peek['iss']])"
    )
    auth = AUTH.format(imported="import jwt", code=FUNCTION.format(lines=lines))
    assert not list(caller_verified.over(observed({"app/auth.py": auth})))


def test_the_routers_own_dependency(observed: Callable[..., Evidence]) -> None:
    main = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter, Depends, Request
from app.auth import Bearer
from app.server import Server
router = APIRouter(prefix="/api", dependencies=[Depends(Bearer())])
server = Server()
@router.post("/chatkit")
async def chatkit(request: Request):
    return await server.process(await request.body(), {"user": request.state.user})
"""
    auth = AUTH.format(imported="import jwt", code=BEARER)
    (finding,) = caller_verified.over(observed({"app/main.py": main, "app/auth.py": auth}))
    assert finding.where == "app/auth.py:9"


@pytest.mark.parametrize(
    "line",
    [
        'user = (await request.json()).get("metadata", {}).get("user_id")',
        'user = request.query_params.get("userId")',
        'user = (await request.json()).get("user_id") or caller',
    ],
)
def test_found_where_the_client_says_who_it_is(
    observed: Callable[..., Evidence], line: str
) -> None:
    main = TRUSTING.format(parameter=", caller: str = Depends(get_current_user)", line=line)
    (finding,) = caller_verified.over(observed({"app/main.py": main}))
    assert finding.where == "app/main.py:8"


@pytest.mark.parametrize(
    "line",
    [
        'user, other = caller, body.get("metadata", {}).get("user_id")',
        'user = session.get("user_id")',
        'user = claims.get("metadata").get("user_id")',
        'user = jwt.decode(token, KEY)["user_metadata"].get("user_id")',
        'user = (await userinfo(token)).json().get("user_id")',
        'user = body.get("user_id")\n    assert user == caller',
    ],
)
def test_quiet_where_it_does_not_count(observed: Callable[..., Evidence], line: str) -> None:
    main = TRUSTING.format(parameter=", caller: str = Depends(get_current_user)", line=line)
    assert not list(caller_verified.over(observed({"app/main.py": main})))


def test_found_in_what_the_route_calls(observed: Callable[..., Evidence]) -> None:
    main = """\
from fastapi import Depends, FastAPI
from app.server import Server
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request, caller=Depends(get_current_user)):
    return await answered(await request.json(), caller)
async def answered(body, caller):
    if found := (body["params"].get("metadata") or {}).get("user_id"):
        caller = found
    return await Server().process(body, {"user": caller, "user_id": found})
"""
    (finding,) = caller_verified.over(observed({"app/main.py": main}))
    assert finding.where == "app/main.py:8"


LOOKED_UP = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI, HTTPException, Query, Request
from app.server import Server
from app.users import get_user, opened
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request: Request{parameter}):
    {line}
    return await Server().process(await request.body(), {{"user_id": user}})
"""
USERS = """\
import jwt
def get_user(name):
    return USERS.get(name)  # verified by jwt.decode
def opened(request):
    return jwt.decode(request.headers["Authorization"], KEY, ["HS256"])["sub"]
"""


@pytest.mark.parametrize(
    ("parameter", "line"),
    [
        ("", 'user = get_user(request.headers["X-User-ID"])'),
        ("", 'name = request.headers.get("X-User-Id")\n    user = get_user(name)'),
        (", user: str", "pass"),
        (", user_id: str = Query()", "user = user_id"),
        ("", 'user = request.query_params["user_id"]'),
    ],
)
def test_what_a_function_is_called_proves_nothing(
    observed: Callable[..., Evidence], parameter: str, line: str
) -> None:
    main = LOOKED_UP.format(parameter=parameter, line=line)
    (finding,) = caller_verified.over(observed({"app/main.py": main, "app/users.py": USERS}))
    assert finding.cause == "spoofed"


@pytest.mark.parametrize(
    ("parameter", "line"),
    [
        ("", "user = opened(request)"),
        ("", 'opened(request); user = request.headers["X-User-ID"]'),
        (", locale: str", "user = opened(request)"),
    ],
)
def test_what_a_function_does_proves_it(
    observed: Callable[..., Evidence], parameter: str, line: str
) -> None:
    main = LOOKED_UP.format(parameter=parameter, line=line)
    assert not list(caller_verified.over(observed({"app/main.py": main, "app/users.py": USERS})))
