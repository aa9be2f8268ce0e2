"""An exception in an answer of 500 is found; in a refusal, or in a log, it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.streaming.errors_kept_inside import errors_kept_inside

Findings = Callable[..., list[Finding]]
MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI, HTTPException
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    try:
        return await server.process(await request.body(), {{}})
    except Exception as e:
        {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        'raise HTTPException(status_code=500, detail=f"Error: {e}")',
        'return JSONResponse({"error": str(e)}, status_code=500)',
        "raise HTTPException(500, str(e)) from e",
        "raise HTTPException(status.HTTP_500_INTERNAL_SERVER_ERROR, str(e)) from e",
    ],
)
def test_found(findings: Findings, line: str) -> None:
    main = MAIN.replace("{line}", line).replace("{{}}", "{}")
    (finding,) = findings(errors_kept_inside, {"app/main.py": main})
    assert finding.where == "app/main.py:9"


@pytest.mark.parametrize(
    "line",
    [
        'raise HTTPException(status_code=500, detail="It failed.") from e',
        "raise HTTPException(400, str(e))",
        "raise HTTPException(status.HTTP_404_NOT_FOUND, detail=str(e))",
        "return JSONResponse({'error': str(e)}, status_code=HTTPStatus.BAD_REQUEST)",
        'logger.exception("failed: %s", e)',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    main = MAIN.replace("{line}", line).replace("{{}}", "{}")
    assert not findings(errors_kept_inside, {"app/main.py": main})


SERVER = """\
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def stream(self, asked):
        return self._process_streaming(asked, self.context)
"""
ROUTE = """\
from chatkit import types
from fastapi import FastAPI
from app.server import Server
app = FastAPI()
async def serve(request):
    return await Server(store).stream(await request.json())
@app.post("/chatkit")
async def chatkit(request):
    try:
        return await serve(request)
    except Exception as e:
        {line}
"""


def test_found_where_the_server_has_its_own_way(findings: Findings) -> None:
    main = ROUTE.format(line='return JSONResponse({"error": str(e)}, 500)')
    files = {"app/server.py": SERVER, "app/main.py": main}
    (finding,) = findings(errors_kept_inside, files)
    assert finding.where == "app/main.py:12"


def test_quiet_where_the_server_has_its_own_way(findings: Findings) -> None:
    files = {"app/server.py": SERVER, "app/main.py": ROUTE.format(line="return refusal(e)")}
    assert not findings(errors_kept_inside, files)


def test_quiet_where_a_module_is_missing(findings: Findings) -> None:
    line = "raise HTTPException(500, str(e)) from e"
    main = MAIN.replace("{line}", line).replace("{{}}", "{}").replace("Exception as", "{} as")
    assert findings(errors_kept_inside, {"app/main.py": main.replace("{} as", "OSError as")})
    assert not findings(
        errors_kept_inside, {"app/main.py": main.replace("{} as", "ImportError as")}
    )


HANDLER = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI, Response
from psycopg import OperationalError
from app.errors import Busy
app = FastAPI()
@app.exception_handler({handled})
async def away(request, error):
    log.error("away: %s", error)
    return Response({told}, 503)
"""


@pytest.mark.parametrize(
    ("handled", "told", "count"),
    [
        ("OperationalError", 'f"database: {error}"', 1),
        ("Exception", "str(error)", 1),
        ("OperationalError", '"try again"', 0),
        ("Busy", "str(error)", 0),
    ],
)
def test_a_handler_of_exceptions(findings: Findings, handled: str, told: str, count: int) -> None:
    files = {"app/main.py": HANDLER.format(handled=handled, told=told)}
    assert len(findings(errors_kept_inside, files)) == count
