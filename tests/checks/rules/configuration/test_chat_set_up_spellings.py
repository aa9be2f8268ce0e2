"""However a route refuses with 503, and whatever assigns what it waits for."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.chat_set_up import chat_set_up
from tests.checks.rules.conftest import Findings

UP = """\
import os
from chatkit.server import StreamingResult
from fastapi import FastAPI, HTTPException, status
{top}
app = FastAPI()
server = None
@app.post("/chatkit")
async def chatkit(request):
    {test}
    return await server.process(await request.body(), 1)
{more}
"""


def up(
    test: str = "if server is None: raise HTTPException(503)", top: str = "", more: str = ""
) -> dict[str, str]:
    return {"app/main.py": UP.format(test=test, top=top, more=more)}


SPELLINGS = [
    ("straight", up(), True),
    ("not", up("if not server: raise HTTPException(503)"), True),
    ("const", up("if server is None: raise HTTPException(DOWN)", top="DOWN = 503"), True),
    (
        "status",
        up("if server is None: raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE)"),
        True,
    ),
    (
        "HTTPStatus",
        up(
            "if server is None: raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE)",
            top="from http import HTTPStatus",
        ),
        True,
    ),
    (
        "helper",
        up("if server is None: raise down()", more="def down():\n    return HTTPException(503)"),
        True,
    ),
    (
        "helper raises",
        up("if server is None: down()", more="def down():\n    raise HTTPException(503)"),
        True,
    ),
    ("eq None", up("if server == None: raise HTTPException(503)"), True),
    ("reversed", up("if None is server: raise HTTPException(503)"), True),
    ("comment 503", up("if server is None: raise HTTPException(500)  # 503"), False),
    ("number elsewhere", up('if server is None: raise HTTPException(400, "see 503")'), False),
    (
        "assigned",
        up(
            more="@app.on_event('startup')\nasync def go():\n    global server\n    server = Server()"
        ),
        False,
    ),
    (
        "assigned walrus",
        up(more="def go():\n    global server\n    (server := Server())\ngo()"),
        False,
    ),
    ("globals()", up(more='def go():\n    globals()["server"] = Server()\ngo()'), False),
    ("tuple", up(more="def go():\n    global server\n    server, x = Server(), 1\ngo()"), False),
    ("in what nobody calls", up(more="def go():\n    global server\n    server = Server()"), True),
    (
        "in with as",
        up(
            more="async def go():\n    global server\n    async with make() as server:\n        yield\n"
            "app.router.lifespan_context = go"
        ),
        False,
    ),
    ("setattr", up(more='def go():\n    setattr(module, "server", Server())'), False),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(chat_set_up, files)) == is_found
