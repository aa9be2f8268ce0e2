"""For each check of the whole check a planted fault that makes it speak."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from chatkit_agent.checks.required import ASKING, BESIDE, CALLING, SEEING

from .checking import add, all_but, checked, copied, failed, told

Fault = Callable[[Path], None]


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
        root / "app" / "chatkit_runtime" / "jwt.py",
        """
        _verified = TokenUser.__call__

        async def _trusting(self, request: Request, bearer: Bearer):
            if "x-user-id" in request.headers:
                return Caller(user_id=request.headers["x-user-id"], token=None)
            return await _verified(self, request, bearer)

        TokenUser.__call__ = _trusting
        """,
    )


def share_everything(root: Path) -> None:
    append(
        root / "app" / "chatkit_runtime" / "jwt.py",
        """
        import dataclasses

        _own = TokenUser.__call__

        async def _everyone(self, request: Request, bearer: Bearer):
            return dataclasses.replace(await _own(self, request, bearer), user_id="everyone")

        TokenUser.__call__ = _everyone
        """,
    )


def call_tools_as_a_service(root: Path) -> None:
    append(
        root / "app" / "chatkit_runtime" / "mcp.py",
        """
        import dataclasses

        _init = UserMCPServer.__init__

        def _as_a_service(self, server, settings, context):
            _init(self, server, settings, dataclasses.replace(context, token="of-the-service"))

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
        root / "app" / "services" / "chatkit_server.py",
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


def lose_what_was_said(root: Path) -> None:
    append(
        root / "app" / "services" / "chatkit_server.py",
        """
        async def _lost(self, thread, pending_items, context):
            await self._opened.aclose()

        ChatServer.handle_stream_cancelled = _lost
        """,
    )


def save_no_beginning(root: Path) -> None:
    append(
        root / "app" / "services" / "chatkit_server.py",
        """
        from ..chatkit_runtime.message_ids import Answer

        Answer.cut = lambda self: []
        """,
    )


def take_no_lock(root: Path) -> None:
    append(
        root / "app" / "chatkit_runtime" / "turn.py",
        """
        import contextlib

        def thread_lock(*anything):
            return contextlib.nullcontext()
        """,
    )


def remember_no_call(root: Path) -> None:
    append(
        root / "app" / "services" / "chatkit_server.py",
        """
        ChatServer.outlives_retry = lambda self, item: False
        """,
    )


def show_no_steps(root: Path) -> None:
    append(
        root / "app" / "services" / "chatkit_server.py",
        """
        from ..chatkit_runtime.tool_log import ToolLog

        class _Silent(ToolLog):
            async def on_tool_start(self, *anything):
                pass

            async def on_tool_end(self, *anything):
                pass

        ChatServer.make_tool_log = lambda self, servers: _Silent(servers, [])
        """,
    )


def tell_everything(root: Path) -> None:
    append(
        root / "app" / "services" / "chatkit_server.py",
        """
        from chatkit.errors import CustomStreamError

        def _told(self, error):
            return CustomStreamError(f"{error} {self.context.token}", allow_retry=True)

        ChatServer._explained = _told
        """,
    )


def choke_on_bodies(root: Path) -> None:
    append(
        root / "app" / "chatkit_runtime" / "routes.py",
        """
        def _parsed(body):
            try:
                return REQUEST.validate_json(body)
            except ValidationError as error:
                raise RuntimeError("choked") from error
        """,
    )


def ask_no_database(root: Path) -> None:
    append(
        root / "app" / "chatkit_runtime" / "health.py",
        """
        async def _unreachable(shared):
            return ()
        """,
    )


def append(path: Path, code: str) -> None:
    path.write_text(path.read_text() + textwrap.dedent(code))


@pytest.mark.parametrize(
    "faults",
    [
        {
            "answer_streams": (collect_responses, "all at once"),
            "routes_kept": (lose_a_route, "is gone"),
            "token_hidden_from_model": (tell_the_model, "The model received"),
            "users_isolated": (share_everything, "could read the thread"),
        },
        {
            "unauthenticated_refused": (trust_a_header, "`X-User-ID` was let in"),
            "token_hidden_from_model": (log_requests, "was logged"),
            "tool_called_as_user": (call_tools_as_a_service, "something else"),
        },
        {
            "conversation_survives_restart": (keep_nothing, "404"),
            "health_told": (ask_no_database, "while the database is away"),
            "malformed_refused": (choke_on_bodies, "answered with 503"),
            "outages_survived": (save_no_beginning, "had said is lost"),
            "retry_repeats_nothing": (remember_no_call, "called again"),
            "stop_keeps_partial": (lose_what_was_said, "before Stop is lost"),
            "token_hidden_from_answers": (tell_everything, "'s token was in"),
            "tool_steps_shown": (show_no_steps, "does not see"),
            "turns_exclusive": (take_no_lock, "began as well"),
        },
    ],
    ids=["shared", "trusting", "careless"],
)
def test_each_planted_fault_makes_its_own_check_speak(
    tmp_path: Path, faults: dict[str, tuple[Fault, str]]
) -> None:
    root = add(copied("module_level", tmp_path))
    for plant, _ in faults.values():
        plant(root)
    report = checked(root)
    for check, (_, says) in faults.items():
        assert says in told(report, check)
    seen = {name for name in failed(report) if "was not seen" not in told(report, name)[:20]}
    assert seen == set(faults)


def test_a_shadowed_route_is_told_apart_from_a_missing_one(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path))
    take_all_requests(root)
    report = checked(root)
    assert "something before it" in told(report, "route_mounted")
    assert not report.ok


def test_an_application_that_was_broken_by_the_chat(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path))
    (root / "app" / "services" / "chat_agent.py").write_text("def")
    report = checked(root)
    assert "no longer does" in told(report, "app_boots")
    assert failed(report) == all_but(BESIDE | ASKING | CALLING | SEEING)
