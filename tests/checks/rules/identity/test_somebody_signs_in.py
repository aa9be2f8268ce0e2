"""No sign-in and one constant user are told; whatever reads who it is, is fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.identity.somebody_signs_in import somebody_signs_in

Findings = Callable[..., list[Finding]]

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
