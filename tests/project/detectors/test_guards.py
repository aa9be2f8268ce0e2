"""What refuses or redirects a request before the chat gets it is named in the plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.detectors.guards import find_guards
from chatkit_agent.project.read import read_project
from tests.project.detectors.conftest import MakeSources

HEAD = "from fastapi import FastAPI, Request\nfrom fastapi.responses import JSONResponse\n"
APP = "app = FastAPI()\n"
OWN = '@app.middleware("http")\nasync def check(request: Request, call_next):\n    '


@pytest.mark.parametrize(
    ("code", "name", "says"),
    [
        ("app.add_middleware(HTTPSRedirectMiddleware)", "HTTPSRedirectMiddleware", "X-Forwarded"),
        (
            'app.add_middleware(TrustedHostMiddleware, allowed_hosts=["shop.example.com"])',
            "TrustedHostMiddleware",
            "`shop.example.com` only",
        ),
        ("app.add_middleware(CSRFMiddleware, secret='x')", "CSRFMiddleware", "CSRF token"),
        (
            "from starlette_csrf import CSRFMiddleware as Guard\n"
            "app = FastAPI(middleware=[Middleware(cls=Guard, secret='x')])",
            "CSRFMiddleware",
            "CSRF token",
        ),
        (
            "app.add_middleware(allowed_hosts=['a.example'], "
            "middleware_class=TrustedHostMiddleware)",
            "TrustedHostMiddleware",
            "`a.example` only",
        ),
        (
            "app = TrustedHostMiddleware(app, ['a.example'])",
            "TrustedHostMiddleware",
            "`a.example` only",
        ),
        (
            "class Guard:\n    async def __call__(self, scope, receive, send):\n"
            "        await send({'type': 'http.response.start', 'status': 429})",
            "__call__",
            "dozens of requests",
        ),
        ("app = asgi_csrf(app, signing_secret='x')", "asgi_csrf", "CSRF token"),
        ("app.add_middleware(SlowAPIMiddleware)", "SlowAPIMiddleware", "how often"),
        (
            OWN + 'if request.cookies.get("csrftoken") != request.headers.get("x-csrftoken"):\n'
            "        return JSONResponse({}, 403)\n    return await call_next(request)",
            "check",
            "exempt the chat's route",
        ),
        (OWN + "return JSONResponse({}, status_code=429)", "check", "dozens of requests"),
        (OWN + "return JSONResponse({}, 403)", "check", "with 403: see"),
        (OWN + "return Response(status_code=status.HTTP_413_CONTENT_TOO_LARGE)", "check", "413"),
        (OWN + "return JSONResponse(status_code=HTTPStatus(503), content={})", "check", "503"),
        (OWN + "return Response('no', HTTPStatus.UNAUTHORIZED)", "check", "with 401: see"),
        (
            OWN + "if request.url.scheme != 'https':\n"
            "        return RedirectResponse(request.url.replace(scheme='https'), 308)",
            "check",
            "X-Forwarded",
        ),
        (
            "class Guard:\n    async def __call__(self, scope, receive, send):\n"
            "        await send({'type': 'http.response.start', 'status': 401})",
            "__call__",
            "with 401: see",
        ),
    ],
)
def test_a_guard_is_named(sources: MakeSources, code: str, name: str, says: str) -> None:
    (found,) = find_guards(sources({"main.py": HEAD + APP + code + "\n"}), None)
    assert found.name == name
    assert says in found.effect


SUB = "sub = FastAPI()\napp.mount('/sub', sub)\n"


@pytest.mark.parametrize(
    "code",
    [
        "sub.add_middleware(HTTPSRedirectMiddleware)",
        OWN.replace("app.", "sub.") + "return JSONResponse({}, status_code=429)",
    ],
)
def test_a_guard_of_a_mounted_application_is_none_of_the_chats(code: str, tmp_path: Path) -> None:
    for text, guards in ((code, 0), (code.replace("sub.", "app."), 1)):
        (tmp_path / "main.py").write_text(HEAD + APP + SUB + text + "\n")
        plan = make_plan(read_project(tmp_path, app="main:app"), RequestedOptions())
        assert len([each for each in plan.notes if "`main.py` " in each]) == guards


@pytest.mark.parametrize(
    "code",
    [
        "try:\n        return await call_next(request)\n"
        "    except Exception:\n        return JSONResponse({}, 500)",
        "response = await call_next(request)\n    log(403, 'ms')\n    return response",
        "response = await call_next(request)\n    return response  # 403",
        "response = await call_next(request)\n    response.headers['x-took'] = '503'\n"
        "    return response",
    ],
)
def test_what_answers_nothing_itself_is_none(code: str, sources: MakeSources) -> None:
    assert find_guards(sources({"main.py": f"{HEAD}{APP}{OWN}{code}\n"}), None) == ()


def test_the_plan_says_it(tmp_path: Path) -> None:
    code = f"{HEAD}{APP}app.add_middleware(HTTPSRedirectMiddleware)\n"
    (tmp_path / "main.py").write_text(code)
    plan = make_plan(read_project(tmp_path), RequestedOptions())
    assert any(note.startswith("`HTTPSRedirectMiddleware` in `main.py`") for note in plan.notes)
