"""A body that is read as a whole is told as an info, unless something counts its bytes."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.body_limited import body_limited
from tests.checks.rules.conftest import Findings

MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    {line}
    return await server.process(await request.body(), 1)
"""


def test_found(findings: Findings) -> None:
    (finding,) = findings(body_limited, {"app/main.py": MAIN.format(line="pass")})
    assert (finding.where, finding.severity) == ("app/main.py:7", "info")


@pytest.mark.parametrize(
    "line",
    [
        'size = int(request.headers["content-length"]); assert size < 9',
        "refuse(413)",
        "check(MAX_BODY_BYTES)",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(body_limited, {"app/main.py": MAIN.format(line=line)})


SPELLED = """\
from chatkit.server import StreamingResult
from fastapi import Depends, FastAPI, HTTPException, Request, status
from http import HTTPStatus
from app import limits
from app.limits import TOO_LARGE, limited, read, refuse, trusting
app = FastAPI()
MOST = 1_000_000
@app.post("/chatkit"{more})
async def chatkit(asked: Request):
    # content-length, 413, MAX_BODY
{body}
    return await server.process(data, 1)
"""
LIMITS = """\
from fastapi import HTTPException, Request
from starlette.middleware.base import BaseHTTPMiddleware
TOO_LARGE = 413
MOST = 1_000_000
def refuse():
    raise HTTPException(TOO_LARGE)
async def read(request: Request):
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST:
            raise ValueError
    return data
async def limited(request: Request):
    if int(request.headers["Content-Length"]) > MOST:
        raise HTTPException(400)
async def trusting(request: Request):
    if int(request.headers.get("Content-Length", 0)) > MOST:
        raise HTTPException(400)
class Trusting(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        size = request.headers.get("content-length")
        if size and int(size) > MOST:
            return Response(status_code=413)
        return await call_next(request)
class Counting:
    async def __call__(self, scope, receive, send):
        size = Headers(scope=scope).get("content-length")
        if size and int(size) > MOST:
            return await refused(413)
        came = 0
        async def counted():
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > MOST:
                raise ValueError
            return message
        await self.app(scope, counted, send)
class Small(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if int(request.headers["content-length"]) > MOST:
            return Response(status_code=413)
        return await call_next(request)
"""
BOUNDED = {
    "a constant": "data = await asked.body()\nif len(data) > MOST:\n"
    "    raise HTTPException(TOO_LARGE)",
    "the name of a status": "data = await asked.body()\nif wrong(data):\n"
    "    raise HTTPException(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)",
    "by HTTPStatus": "data = await asked.body()\nif wrong(data):\n"
    "    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)",
    "a size": "size, data = 0, b''\nasync for part in asked.stream():\n    size += len(part)\n"
    "    if size >= MOST:\n        raise ValueError\n    data += part",
    "a helper of another module": "data = await read(asked)",
    "a helper by its module": "data = await limits.read(asked)",
    "a helper that refuses": "data = await asked.body()\nif wrong(data):\n    refuse()",
}
ANY = {
    "the body": "data = await asked.body()",
    "a comparison with nothing": "data = await asked.body()\nif data == b'':\n    return None",
    "a log of the length": "log.info(asked.headers['content-length'])\ndata = await asked.body()",
    "a limit of something else": "data = await asked.body()\nif len(asked.cookies) > MOST:\n    return",
    "a text": "log.info('limited to MAX_BODY bytes, or 413')\ndata = await asked.body()",
}


def spelled(body: str, more: str = "") -> dict[str, str]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    main = SPELLED.replace("{body}\n", lines).replace("{more}", more)
    return {"app/main.py": main, "app/limits.py": LIMITS}


@pytest.mark.parametrize("name", BOUNDED)
def test_a_limit_in_whatever_way(findings: Findings, name: str) -> None:
    assert not findings(body_limited, spelled(BOUNDED[name]))


@pytest.mark.parametrize("name", ANY)
def test_no_limit(findings: Findings, name: str) -> None:
    assert len(findings(body_limited, spelled(ANY[name]))) == 1


@pytest.mark.parametrize(
    "more",
    [
        "app.add_middleware(limits.Small)\n",
        "from asgi_limits import ContentSizeLimit\napp.add_middleware(ContentSizeLimit)\n",
        "for each in (limits.Small,):\n    app.add_middleware(each)\n",
        "from starlette.middleware import Middleware\nMIDDLEWARE = [Middleware(limits.Small)]\n",
    ],
)
def test_a_limit_in_front(findings: Findings, more: str) -> None:
    files = spelled("data = await asked.body()")
    assert not findings(body_limited, {**files, "app/main.py": files["app/main.py"] + more})


def test_a_limit_that_the_route_depends_on(findings: Findings) -> None:
    files = spelled("data = await asked.body()", ", dependencies=[Depends(limited)]")
    assert not findings(body_limited, files)


LEFT_TO_THE_CLIENT = {
    "straight": "if int(asked.headers.get('content-length', 0)) > MOST:\n    refuse()\n"
    "data = await asked.body()",
    "a name": "size = asked.headers.get('Content-Length')\nif size and int(size) > MOST:\n"
    "    raise HTTPException(TOO_LARGE)\ndata = await asked.body()",
    "a constant": "NAME = 'content-length'\nif int(asked.headers.get(NAME) or 0) > MOST:\n"
    "    raise HTTPException(413)\ndata = await asked.body()",
    "a keyword": "if int(asked.headers.get(key='content-length', default=0)) > MOST:\n"
    "    raise HTTPException(status_code=413)\ndata = await asked.body()",
    "a helper of another module": "await trusting(asked)\ndata = await asked.body()",
    "a comment": "await trusting(asked)  # and len(data) > MOST\ndata = await asked.body()",
}
COUNTED = {
    "afterwards": "await trusting(asked)\ndata = await asked.body()\nif len(data) > MOST:\n"
    "    refuse()",
    "as it comes": "await trusting(asked)\ndata = await read(asked)",
    "required": "size = asked.headers.get('content-length')\nif size is None:\n"
    "    raise HTTPException(411)\nif int(size) > MOST:\n    refuse()\n"
    "data = await asked.body()",
    "required by another status": "size = asked.headers.get('content-length')\nif not size:\n"
    "    raise HTTPException(400)\nif int(size) > MOST:\n    refuse()\ndata = await asked.body()",
    "required by a name": "size = asked.headers.get('content-length')\nif unknown(size):\n"
    "    raise HTTPException(status.HTTP_411_LENGTH_REQUIRED)\nif int(size) > MOST:\n"
    "    refuse()\ndata = await asked.body()",
    "a header that has to be there": "await limited(asked)\ndata = await asked.body()",
}


@pytest.mark.parametrize("name", LEFT_TO_THE_CLIENT)
def test_a_limit_that_only_the_client_sets(findings: Findings, name: str) -> None:
    (found,) = findings(body_limited, spelled(LEFT_TO_THE_CLIENT[name]))
    assert "Content-Length" in found.evidence


@pytest.mark.parametrize("name", COUNTED)
def test_a_limit_that_counts(findings: Findings, name: str) -> None:
    assert not findings(body_limited, spelled(COUNTED[name]))


@pytest.mark.parametrize(("kind", "number"), [("Trusting", 1), ("Counting", 0), ("Small", 0)])
def test_a_limit_in_front_that_only_the_client_sets(
    findings: Findings, kind: str, number: int
) -> None:
    files = spelled("data = await asked.body()")
    main = f"{files['app/main.py']}app.add_middleware(limits.{kind})\n"
    assert len(findings(body_limited, {**files, "app/main.py": main})) == number
