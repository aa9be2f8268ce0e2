"""No sign-in and one constant user are told; whatever reads who it is, is fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.somebody_signs_in import somebody_signs_in
from tests.checks.rules.conftest import Findings

SOURCE = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI, Request
from app.server import Server
app = FastAPI()
server = Server()
def who(request):
    return request.headers["Authorization"]
@app.post("/chatkit")
async def chatkit(request: Request):
    # the user signs in with a token
    return await server.process(await request.body(), {line})
"""


@pytest.mark.parametrize(
    "line",
    [
        '{"user_id": "demo"}',
        "{}",
        "None",
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(somebody_signs_in, {"app/main.py": SOURCE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/main.py:")


@pytest.mark.parametrize(
    "line",
    [
        '{"user": request.headers["X-User"]}',
        '{"user": who(request)}',
        '{"user": request.state.user}',
        '{"user": request.cookies.get("sid")}',
        '{"user": request.session["id"]}',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(somebody_signs_in, {"app/main.py": SOURCE.replace("{line}", line)})


def test_quiet_with_a_middleware_that_asks(findings: Findings) -> None:
    main = (
        SOURCE.replace("{line}", "{}")
        + """
@app.middleware("http")
async def signed_in(request, call_next):
    request.state.user = check(request.headers["Authorization"])
    return await call_next(request)
"""
    )
    assert not findings(somebody_signs_in, {"app/main.py": main})


def test_quiet_with_a_dependency(findings: Findings) -> None:
    assert not findings(somebody_signs_in, {})


CONSTANT = """\
from dataclasses import dataclass
from chatkit.server import StreamingResult
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from app.server import Server
NAME = "demo"
class Settings:
    demo_user: str = "demo"
settings = Settings()
@dataclass
class Context:
    user_id: str = "demo"
    locale: str = ""
def get_user(request: Request):
    return NAME
def with_key(x_api_key: str = Header()):
    if x_api_key != KEY:
        raise HTTPException(401)
    return NAME
app = FastAPI()
@app.post("/chatkit")
async def chatkit({params}):
    # The user signs in with a token in the Authorization header.
    return await Server().process(await request.body(), {context})
"""


@pytest.mark.parametrize(
    ("params", "context", "is_found"),
    [
        ("request: Request", "{'user_id': NAME}", True),
        ("request: Request", "{'user': {'id': settings.demo_user}}", True),
        ("request: Request", "Context()", True),
        ("request: Request", "Context(locale=request.headers['Accept-Language'])", True),
        ("request: Request", "Context(get_user(request))", True),
        ("request: Request, user=Depends(get_user)", "{'user': user}", True),
        ("request: Request, user=Depends(with_key)", "{'user': user}", False),
        ("request: Request", "Context(request.state.account)", False),
        ("request: Request", "{'user_id': request.session.get('uid', NAME)}", False),
    ],
)
def test_a_constant_is_nobody(
    findings: Findings, params: str, context: str, is_found: bool
) -> None:
    main = CONSTANT.replace("{params}", params).replace("{context}", context)
    assert len(findings(somebody_signs_in, {"app/main.py": main})) == is_found


DEPENDING = """\
from chatkit.server import StreamingResult
from fastapi import Depends, FastAPI, Request
from app.server import Server
from elsewhere import signed_in
app = FastAPI()
server = Server()
def get_db():
    yield Session()
def whoami(request: Request):
    return known(request.headers.get("Authorization"))
@app.post("/chatkit")
async def chatkit(request: Request, given=Depends({on})):
    return await server.process(await request.body(), {{"agent": {read}}})
"""


@pytest.mark.parametrize(
    ("on", "read", "number"),
    [
        ("get_db", "given", 1),
        ("get_db", "request.headers.get('user-agent')", 1),
        ("get_db", "request.headers['accept-language']", 1),
        ("whoami", "given", 0),
        ("signed_in", "given", 0),
        ("get_db", "request.headers['x-user']", 0),
        ("get_db", "who(request.headers)", 0),
    ],
)
def test_a_dependency_is_looked_at(findings: Findings, on: str, read: str, number: int) -> None:
    main = DEPENDING.format(on=on, read=read)
    assert len(findings(somebody_signs_in, {"app/main.py": main})) == number
