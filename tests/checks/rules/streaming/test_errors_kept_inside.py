"""An exception in an answer of 500 is found; in a refusal, or in a log, it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.errors_kept_inside import errors_kept_inside
from tests.checks.rules.conftest import Findings

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


SPELLED = """\
import traceback
from chatkit.server import StreamingResult
import httpx
from fastapi import FastAPI, HTTPException as Refusal
from fastapi.responses import JSONResponse as Json
from app import answers
from app.answers import Busy, failed, fail, sentence, report
app = FastAPI()
FAILED, BAD = 500, 400
@app.post("/chatkit")
async def chatkit(request):
    try:
        return await server.process(await request.body(), {})
    except {kind} as problem:
        'Answer with str(problem).'
{body}
"""
ANSWERS = """\
from fastapi import HTTPException
from fastapi.responses import JSONResponse
class Busy(Exception): ...
def failed(error):
    return JSONResponse({"error": str(error)}, status_code=500)
def fail(text):
    raise HTTPException(500, text)
def sentence(error):
    return "It failed."
def report(error):
    return uuid4().hex
def words(error):
    return f"failed: {error}"
"""
SHOWN = {
    "an alias": "raise Refusal(500, str(problem))",
    "by keyword": "raise Refusal(detail=str(problem), status_code=FAILED)",
    "a name": "text = str(problem)\nraise Refusal(500, text)",
    "a name of a name": 'text = repr(problem)\nall_ = f"failed: {text}"\nraise Refusal(500, all_)',
    "by %": 'raise Refusal(500, "failed: %s" % problem)',
    "by format": 'raise Refusal(500, "failed: {}".format(problem))',
    "an argument of it": "raise Refusal(500, problem.args[0])",
    "a trace": "return Json({'error': traceback.format_exc()}, FAILED)",
    "a helper of another module": "return failed(problem)",
    "a helper by its module": "return answers.failed(problem)",
    "a helper that raises": "fail(str(problem))",
    "a helper with its words": "raise Refusal(500, answers.words(problem))",
    "a dict": "return {'error': str(problem)}",
    "two lists deep": "return Json({'errors': [{'message': str(problem)}]}, 500)",
    "without a status": "return Json({'error': str(problem)})",
}
KEPT = {
    "a comment": "# str(problem)\nraise Refusal(500, 'It failed.') from problem",
    "the kind alone": "raise Refusal(500, type(problem).__name__)",
    "the kind by its class": "raise Refusal(500, f'{problem.__class__.__name__}')",
    "a sentence of a helper": "raise Refusal(500, sentence(problem))",
    "an id for the log": "raise Refusal(500, f'Ask for {report(problem)}.')",
    "a log": "log.error('failed: %s', problem)\nraise Refusal(500, 'It failed.')",
    "raised again": "raise RuntimeError(str(problem)) from problem",
    "for developers": "raise Refusal(500, str(problem) if app.debug else 'It failed.')",
    "for developers, by a name": "if app.debug:\n    text = str(problem)\nelse:\n"
    "    text = 'It failed.'\nraise Refusal(500, text)",
    "a refusal": "raise Refusal(BAD, str(problem))",
    "a refusal by keyword": "raise Refusal(detail=str(problem), status_code=422)",
    "its status": "raise Refusal(problem.status_code, 'It failed.')",
}


def spelled(body: str, kind: str = "Exception") -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    main = SPELLED.replace("{body}\n", lines).replace("{kind}", kind)
    return {"app/main.py": main, "app/answers.py": ANSWERS}


@pytest.mark.parametrize("name", SHOWN)
def test_words_that_are_shown_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(errors_kept_inside, spelled(SHOWN[name]))) == 1


@pytest.mark.parametrize("name", KEPT)
def test_words_that_are_kept(findings: Findings, name: str) -> None:
    assert not findings(errors_kept_inside, spelled(KEPT[name]))


@pytest.mark.parametrize(
    ("kind", "count"),
    [("httpx.HTTPError", 1), ("(OSError, ValueError)", 1), ("Busy", 0), ("Refusal", 0)],
)
def test_an_exception_of_the_project_says_what_it_should(
    findings: Findings, kind: str, count: int
) -> None:
    files = spelled("return failed(problem)", kind)
    assert len(findings(errors_kept_inside, files)) == count


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("yield ErrorEvent(message=str(error))", 1),
        ("text = f'failed: {error}'\n            yield ErrorEvent(message=text)", 1),
        ("raise CustomStreamError(str(error), allow_retry=True) from error", 1),
        ("yield self._event(error)", 1),
        ("raise CustomStreamError('It failed.', allow_retry=True) from error", 0),
        ("yield ErrorEvent(message=SENTENCE)", 0),
    ],
)
def test_an_event_of_a_turn(findings: Findings, line: str, count: int) -> None:
    server = (
        "from chatkit.server import ChatKitServer\nfrom chatkit.types import ErrorEvent\n"
        "from chatkit.errors import CustomStreamError\nclass Server(ChatKitServer[dict]):\n"
        "    def _event(self, problem):\n        return ErrorEvent(message=str(problem))\n"
        "    async def respond(self, thread, item, context):\n        try:\n"
        f"            yield item\n        except Exception as error:\n            {line}\n"
    )
    assert len(findings(errors_kept_inside, {"app/server.py": server})) == count


@pytest.mark.parametrize(
    "more",
    [
        '@app.middleware("http")\nasync def guarded(request, call_next):\n    try:\n'
        "        return await call_next(request)\n    except Exception as e:\n"
        "        return Json({'error': str(e)}, 500)\n",
        "async def away(request, e):\n    return Json({'error': str(e)}, 500)\n"
        "app.add_exception_handler(Exception, away)\n",
    ],
)
def test_what_answers_for_every_route(findings: Findings, more: str) -> None:
    files = spelled("raise")
    files["app/main.py"] += more
    assert len(findings(errors_kept_inside, files)) == 1
