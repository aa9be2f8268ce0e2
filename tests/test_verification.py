"""The whole proof on real projects, and for each check a planted fault that makes it speak."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from chatkit_agent.changes import apply
from chatkit_agent.checks import CHECKS
from chatkit_agent.choices import Request
from chatkit_agent.plan import make_plan
from chatkit_agent.project import read_project
from chatkit_agent.verification import Report, verify

PROJECTS = Path(__file__).parent / "projects"
Fault = Callable[[Path], None]


def copied(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / name, tmp_path / "shop"))


def add(root: Path, **asked: str) -> Path:
    apply(make_plan(read_project(root), Request(**asked)))  # type: ignore[arg-type]
    return root


def proved(root: Path, env_file: Path | None = None) -> Report:
    return verify(root, python=Path(sys.executable), env_file=env_file)


def failed(report: Report) -> list[str]:
    return [check.name for check in report.checks if not check.ok]


def told(report: Report, name: str) -> str:
    (check,) = [check for check in report.checks if check.name == name]
    return " ".join(f"{finding.what} {finding.evidence}" for finding in check.findings)


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_everything_is_proved_and_nothing_is_touched(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path))
    before = files(root)
    report = proved(root)
    assert [check.name for check in report.checks] == [check.__name__ for check in CHECKS]
    assert [finding for check in report.checks for finding in check.findings] == []
    assert report.ok
    assert files(root) == before


def test_the_applications_own_sign_in_is_kept(tmp_path: Path) -> None:
    report = proved(add(copied("oauth_user", tmp_path)))
    assert [finding for check in report.checks for finding in check.findings] == []
    assert any("stand-in" in note for note in report.notes)


def test_a_token_among_the_arguments(tmp_path: Path) -> None:
    report = proved(add(copied("factory_only", tmp_path), token="argument"))
    assert [finding for check in report.checks for finding in check.findings] == []


def test_an_application_that_never_booted_is_told_and_the_chat_proved_alone(
    tmp_path: Path,
) -> None:
    root = copied("module_level", tmp_path)
    main = root / "app" / "main.py"
    main.write_text("import os\nDATABASE = os.environ['NOTES_DATABASE']\n" + main.read_text())
    report = proved(add(root))
    assert report.ok
    assert "KeyError: 'NOTES_DATABASE'" in told(report, "app_boots")
    assert "app/main.py:2" in told(report, "app_boots")
    assert "could not be proved" in told(report, "routes_kept")
    assert any("mounted alone" in note for note in report.notes)


def test_a_project_without_a_chat(tmp_path: Path) -> None:
    report = proved(copied("module_level", tmp_path))
    assert not report.ok
    assert told(report, "route_mounted").startswith("There is no route POST /chatkit.")


def collect_responses(root: Path) -> None:
    append(
        root / "app" / "main.py",
        """
        from fastapi import Response

        @app.middleware("http")
        async def collected(request, call_next):
            response = await call_next(request)
            body = b"".join([part async for part in response.body_iterator])
            return Response(body, response.status_code, dict(response.headers))
        """,
    )


def keep_nothing(root: Path) -> None:
    config = root / "app" / "chatkit_store" / "config.py"
    each_start_its_own = 'SCHEMA = "s" + __import__("secrets").token_hex(4)'
    text, count = re.subn(r'^SCHEMA = ".*"', each_start_its_own, config.read_text(), flags=re.M)
    assert count == 1
    config.write_text(text)


def trust_a_header(root: Path) -> None:
    append(
        root / "app" / "services" / "current_user.py",
        """
        _verified = TokenVerifier.caller

        async def _trusting(self, request):
            if "x-user-id" in request.headers:
                return RequestContext(user_id=request.headers["x-user-id"], token=None)
            return await _verified(self, request)

        TokenVerifier.caller = _trusting
        """,
    )


def share_everything(root: Path) -> None:
    append(
        root / "app" / "services" / "current_user.py",
        """
        import dataclasses

        _verified = TokenVerifier.caller

        async def _everyone(self, request):
            return dataclasses.replace(await _verified(self, request), user_id="everyone")

        TokenVerifier.caller = _everyone
        """,
    )


def call_tools_as_a_service(root: Path) -> None:
    append(
        root / "app" / "services" / "mcp_auth.py",
        """
        import dataclasses

        _init = UserMCPServer.__init__

        def _as_a_service(self, url, settings, context):
            _init(self, url, settings, dataclasses.replace(context, token="of-the-service"))

        UserMCPServer.__init__ = _as_a_service
        """,
    )


def tell_the_model(root: Path) -> None:
    append(
        root / "app" / "services" / "chat_agent.py",
        """
        _written = instructions

        def instructions(settings, context):
            return _written(settings, context) + f" access_token={context.token}"
        """,
    )


def log_requests(root: Path) -> None:
    append(
        root / "app" / "main.py",
        """
        @app.middleware("http")
        async def logged(request, call_next):
            print(dict(request.headers), flush=True)
            return await call_next(request)
        """,
    )


def lose_a_route(root: Path) -> None:
    append(
        root / "app" / "services" / "__init__.py",
        """
        from fastapi import FastAPI

        _include = FastAPI.include_router

        def _only_ours(self, router, **options):
            if router.tags == ["chatkit"]:
                _include(self, router, **options)

        FastAPI.include_router = _only_ours
        """,
    )


def take_all_requests(root: Path) -> None:
    append(
        root / "app" / "main.py",
        """
        from starlette.responses import PlainTextResponse

        async def not_here(scope, receive, send):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)

        app.mount("/", not_here)
        app.router.routes.insert(0, app.router.routes.pop())
        """,
    )


def append(path: Path, code: str) -> None:
    path.write_text(path.read_text() + textwrap.dedent(code))


@pytest.mark.parametrize(
    ("fault", "check", "says"),
    [
        (collect_responses, "answer_streams", "all at once"),
        (keep_nothing, "conversation_survives_restart", "404"),
        (trust_a_header, "strangers_refused", "`X-User-ID` was let in"),
        (share_everything, "users_isolated", "could read the thread"),
        (call_tools_as_a_service, "tool_called_as_user", "something else"),
        (tell_the_model, "token_hidden_from_model", "The model received"),
        (log_requests, "token_hidden_from_model", "was logged"),
        (lose_a_route, "routes_kept", "is gone"),
    ],
)
def test_a_planted_fault_makes_its_check_speak(
    tmp_path: Path, fault: Fault, check: str, says: str
) -> None:
    root = add(copied("module_level", tmp_path))
    fault(root)
    report = proved(root)
    assert says in told(report, check)
    others = {name for name in failed(report) if "could not be proved" not in told(report, name)}
    assert others == {check}


def test_a_shadowed_route_is_told_apart_from_a_missing_one(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path))
    take_all_requests(root)
    report = proved(root)
    assert "something before it" in told(report, "route_mounted")
    assert not report.ok


def test_an_application_that_was_broken_by_the_chat(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path))
    (root / "app" / "services" / "chat_agent.py").write_text("def")
    report = proved(root)
    assert "no longer does" in told(report, "app_boots")
    assert failed(report) == [check.__name__ for check in CHECKS]
