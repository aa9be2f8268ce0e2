"""Requests that nothing refuses are found; refusals in the route or for all routes are fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.bad_requests_refused import bad_requests_refused
from tests.checks.rules.conftest import Findings

MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    try:
        return await server.process(await request.body(), 1)
    except {kinds}:
        raise
"""


@pytest.mark.parametrize(
    ("kinds", "missing"),
    [
        ("Exception", "`ValidationError` and `NotFoundError`"),
        ("NotFoundError", "raises `ValidationError` for"),
    ],
)
def test_found(findings: Findings, kinds: str, missing: str) -> None:
    main = MAIN.format(kinds=kinds)
    (finding,) = findings(bad_requests_refused, {"app/main.py": main})
    assert finding.where == "app/main.py:7"
    assert missing in finding.evidence


def test_quiet(findings: Findings) -> None:
    main = MAIN.format(kinds="(ValidationError, NotFoundError)")
    assert not findings(bad_requests_refused, {"app/main.py": main})


def test_quiet_with_handlers_of_the_application(findings: Findings) -> None:
    main = (
        "from fastapi import FastAPI\nfrom app import routes\napp = FastAPI()\n"
        "app.add_exception_handler(NotFoundError, missing)\n"
        "app.add_exception_handler(ValidationError, bad)\n"
    )
    routes = MAIN.format(kinds="OSError").replace("FastAPI", "APIRouter")
    assert not findings(bad_requests_refused, {"app/main.py": main, "app/routes.py": routes})


def test_found_beside_errors_with_a_longer_name(findings: Findings) -> None:
    main = MAIN.format(kinds="(RequestValidationError, TaskNotFoundError)")
    (finding,) = findings(bad_requests_refused, {"app/main.py": main})
    assert "`ValidationError` and `NotFoundError`" in finding.evidence


@pytest.mark.parametrize(("made", "count"), [("{'type': 'x'}", 0), ("await read()", 1)])
def test_a_request_that_the_application_makes(findings: Findings, made: str, count: int) -> None:
    main = MAIN.format(kinds="OSError").replace("await request.body()", "json.dumps(own)")
    main = main.replace("    try:", f"    own = {made}\n    try:")
    assert len(findings(bad_requests_refused, {"app/main.py": main})) == count


SPELLED = """\
import contextlib
import pydantic
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError as Unknown
from fastapi import FastAPI, HTTPException
from pydantic import ValidationError as Malformed
from app import errors
from app.errors import BAD, answering, refusing
app = FastAPI()
WRONG = (Malformed, Unknown)
@app.post("/chatkit")
{mark}async def chatkit(request):
    # except (ValidationError, NotFoundError)
{body}
@app.get("/notes")
async def notes(request):
    try:
        return await read()
    except {elsewhere}:
        raise HTTPException(404)
"""
ERRORS = """\
import contextlib
import functools
from chatkit.store import NotFoundError
from fastapi import HTTPException
from pydantic import ValidationError
BAD = (ValidationError, NotFoundError)
class NotFound(Exception): ...
@contextlib.contextmanager
def refusing():
    try:
        yield
    except BAD as error:
        raise HTTPException(400) from error
def answering(function):
    @functools.wraps(function)
    async def inner(request):
        try:
            return await function(request)
        except (ValidationError, NotFoundError):
            raise HTTPException(400)
    return inner
def parsed(body):
    try:
        return REQUEST.validate_json(body)
    except ValidationError as error:
        raise HTTPException(422) from error
async def refused(request, error):
    return JSONResponse({}, 400)
def register(app):
    for kind in BAD:
        app.add_exception_handler(kind, refused)
def by_table(app):
    for kind, handler in {ValidationError: refused, NotFoundError: refused}.items():
        app.add_exception_handler(kind, handler)
"""
CALL = "await server.process(await request.body(), {})"


def caught(kinds: str, then: str = "raise HTTPException(400)", given: str = "") -> str:
    call = CALL.replace("await request.body()", given or "await request.body()")
    return f"try:\n    return {call}\nexcept {kinds}:\n    {then}"


HANDLED = {
    "aliases": caught("(Malformed, Unknown)"),
    "by their module": caught("(pydantic.ValidationError, Unknown)"),
    "a constant": caught("WRONG"),
    "a constant of another module": caught("BAD"),
    "by the module of the constant": caught("errors.BAD"),
    "what it is of": caught("(ValueError, Unknown)"),
    "everything, as a refusal": caught("Exception"),
    "everything, with a question": caught(
        "Exception as e", "raise HTTPException(400 if isinstance(e, WRONG) else 500)"
    ),
    "looked at before": "try:\n    REQUEST.validate_json(body)\nexcept Malformed:\n"
    "    raise HTTPException(400)\n" + caught("Unknown", given="body"),
    "looked at before by a helper": "body = errors.parsed(await request.body())\n"
    + caught("Unknown", given="body"),
    "looked at by a helper": "errors.parsed(body)\n" + caught("Unknown", given="body"),
    "a context manager of another module": f"with refusing():\n    return {CALL}",
}
LOST = {
    "nothing": f"return {CALL}",
    "everything, as a failure": caught("Exception", "raise HTTPException(500)"),
    "other ones of the name": caught("(errors.NotFound, OSError)"),
    "something else before": "try:\n    limit = int(request.headers['x'])\n"
    f"except ValueError:\n    limit = 1\nreturn {CALL}",
    "another route": f"return {CALL}",
    "in a text": f"log.info('ValidationError, NotFoundError')\nreturn {CALL}",
}


def spelled(body: str, more: str = "", mark: str = "", elsewhere: str = "WRONG") -> dict[str, str]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    main = SPELLED.replace("{body}\n", lines).replace("{mark}", mark)
    main = main.replace("{elsewhere}", elsewhere) + more
    return {"app/main.py": main, "app/errors.py": ERRORS}


@pytest.mark.parametrize("name", HANDLED)
def test_handled_in_whatever_way(findings: Findings, name: str) -> None:
    assert not findings(bad_requests_refused, spelled(HANDLED[name]))


@pytest.mark.parametrize("name", LOST)
def test_lost_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(bad_requests_refused, spelled(LOST[name]))) == 1


@pytest.mark.parametrize(
    ("more", "mark"),
    [
        ("", "@answering\n"),
        ("errors.register(app)\n", ""),
        ("errors.by_table(app)\n", ""),
        (
            '@app.middleware("http")\nasync def guard(request, call_next):\n    try:\n'
            "        return await call_next(request)\n    except WRONG:\n"
            "        return JSONResponse({}, 400)\n",
            "",
        ),
        (
            "from starlette.middleware.base import BaseHTTPMiddleware as Base\nclass Guard(Base):\n"
            "    async def dispatch(self, request, call_next):\n        try:\n"
            "            return await call_next(request)\n        except WRONG:\n"
            "            return JSONResponse({}, 400)\napp.add_middleware(Guard)\n",
            "",
        ),
    ],
)
def test_handled_around_the_route(findings: Findings, more: str, mark: str) -> None:
    files = spelled(f"return {CALL}", more, mark, elsewhere="OSError")
    assert not findings(bad_requests_refused, files)


LOOKED_AT = """\
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from fastapi import FastAPI, HTTPException, Request
from pydantic import ValidationError
from app.server import Server
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request: Request):
    body = await request.body()
    try:
        REQUEST.validate_json({looked_at})
    except ValidationError as error:
        raise HTTPException(400) from error
    try:
        return await Server().process(body, {{}})
    except NotFoundError as error:
        raise HTTPException(404) from error
"""


@pytest.mark.parametrize(("looked_at", "is_found"), [("body", False), ("other", True)])
def test_a_body_that_was_looked_at_before(
    findings: Findings, looked_at: str, is_found: bool
) -> None:
    main = LOOKED_AT.format(looked_at=looked_at)
    assert len(findings(bad_requests_refused, {"app/main.py": main})) == is_found


APART = """\
from chatkit import types as ck
from chatkit.store import NotFoundError
from fastapi import FastAPI, HTTPException
from pydantic import TypeAdapter, ValidationError
app = FastAPI()
REQUEST = TypeAdapter(ck.ChatKitReq)
{top}
async def turn(request):
    async for frame in server._process_streaming(request, 1):
        yield frame
@app.post("/chatkit")
async def chatkit(request):
    {read}
    try:
        return [frame async for frame in turn(asked)]
    except NotFoundError:
        raise HTTPException(404)
    except ValueError:
        raise HTTPException(400)
"""
READ = "asked = REQUEST.validate_json(await request.body())"
REFUSED = f"try: {READ}\n    except ValidationError: raise HTTPException(400)"
FOR_ALL = "@app.exception_handler(ValidationError)\nasync def bad(request, error): ..."


@pytest.mark.parametrize(
    ("read", "top", "is_found"), [(READ, "", True), (REFUSED, "", False), (READ, FOR_ALL, False)]
)
def test_a_request_that_the_route_reads_itself(
    findings: Findings, read: str, top: str, is_found: bool
) -> None:
    main = APART.format(read=read, top=top)
    assert bool(findings(bad_requests_refused, {"app/main.py": main})) == is_found


def test_names_of_exceptions_that_hold_themselves(findings: Findings) -> None:
    main = MAIN.format(kinds="KINDS").replace(
        "app = FastAPI()", "KINDS = (OSError, KINDS)\napp = FastAPI()"
    )
    assert "KINDS = " in main
    assert len(findings(bad_requests_refused, {"app/main.py": main})) == 1


EMPTY = """\
from chatkit.store import NotFoundError, Store
class Kept(Store[dict]):
    async def load_thread(self, thread_id, context):
        row = await self.find(thread_id)
        {line}
"""


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("return row.thread if row else None", 1),
        ("if row:\n            return row.thread", 1),
        (
            "if row is None:\n            raise NotFoundError(thread_id)\n        return row.thread",
            0,
        ),
        ("return row.thread  # None", 0),
    ],
)
def test_a_store_that_gives_none(findings: Findings, line: str, count: int) -> None:
    files = {"app/store.py": EMPTY.format(line=line)}
    causes = [each.cause for each in findings(bad_requests_refused, files)]
    assert causes.count("none loaded") == count
