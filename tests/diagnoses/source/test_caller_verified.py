"""A header that anybody can set is no sign-in; a verified token beside it is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.caller_verified import caller_verified
from chatkit_agent.observations import Observations

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
def test_found(
    observed: Callable[..., Observations], parameter: str, line: str, number: int
) -> None:
    main = TRUSTING.format(parameter=parameter, line=line)
    (finding,) = caller_verified(observed({"app/main.py": main}))
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
def test_quiet(observed: Callable[..., Observations], parameter: str, line: str) -> None:
    main = TRUSTING.format(parameter=parameter, line=line)
    assert not list(caller_verified(observed({"app/main.py": main})))


def test_quiet_with_a_sign_in(observed: Callable[..., Observations]) -> None:
    assert not list(caller_verified(observed()))
