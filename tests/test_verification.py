"""The whole proof on real projects, and for each check a planted fault that makes it speak."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Set
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from chatkit_agent.changes import apply
from chatkit_agent.checks import ASKING, BESIDE, CHECKS, Check
from chatkit_agent.choices import Request
from chatkit_agent.findings import Finding
from chatkit_agent.plan import make_plan
from chatkit_agent.project import read_project
from chatkit_agent.verification import Report, verify

PROJECTS = Path(__file__).parent / "projects"
HANDMADE = Path(__file__).parent.parent / "bench" / "faults" / "handmade"
OUT_OF_THE_SANDBOX = """\
NOTES_CHATKIT_DATABASE_URL=postgresql://127.0.0.1:9/real
NOTES_CHATKIT_JWT_SECRET=their own secret of more than thirty-two bytes
OPENAI_API_KEY=sk-real
OPENAI_BASE_URL=http://127.0.0.1:9/v1
MCP_SERVER_URL=http://127.0.0.1:9/mcp
"""
Fault = Callable[[Path], None]


def copied(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / name, tmp_path / "shop"))


def add(root: Path, **asked: Any) -> Path:
    apply(make_plan(read_project(root), Request(**asked)))
    return root


def proved(root: Path, env_file: Path | None = None) -> Report:
    return verify(root, python=Path(sys.executable), env_file=env_file)


def findings(report: Report) -> list[Finding]:
    found = [finding for check in report.checks for finding in check.findings]
    return [finding for finding in found if finding.severity != "info"]


def names_of(checks: Set[Check]) -> list[str]:
    return [check.__name__ for check in CHECKS if check in checks]


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
    root = add(copied("module_level", tmp_path), extras=("approvals",))
    main = root / "app" / "main.py"
    main.write_text(
        f"from dotenv import load_dotenv\nload_dotenv(override=True)\n{main.read_text()}"
    )
    (root / ".env").write_text(OUT_OF_THE_SANDBOX)
    before = files(root)
    report = proved(root)
    assert [check.name for check in report.checks] == names_of(set(CHECKS) - BESIDE)
    assert findings(report) == []
    assert report.ok
    assert files(root) == before


def test_the_applications_own_sign_in_is_kept(tmp_path: Path) -> None:
    report = proved(add(copied("oauth_user", tmp_path)))
    assert findings(report) == []
    assert any("stand-in" in note for note in report.notes)


def test_what_the_application_asks_of_every_request_is_stood_in_for_and_told(
    tmp_path: Path,
) -> None:
    report = proved(add(copied("gated_everywhere", tmp_path)))
    assert [finding for check in report.checks for finding in check.findings] == []
    (note,) = [note for note in report.notes if "`current_version`" in note]
    assert "stand-in" in note


def test_a_token_among_the_arguments(tmp_path: Path) -> None:
    report = proved(add(copied("factory_only", tmp_path), token="argument"))
    assert findings(report) == []


def test_an_application_that_never_booted_is_told_and_the_chat_proved_alone(
    tmp_path: Path,
) -> None:
    root = copied("module_level", tmp_path)
    main = root / "app" / "main.py"
    main.write_text("import os\nDATABASE = os.environ['NOTES_DATABASE']\n" + main.read_text())
    report = proved(add(root))
    assert report.ok
    assert failed(report) == ["app_boots", "routes_kept"]
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
        _verified = VerifiedUser.__call__

        async def _trusting(self, request: Request, bearer: Bearer):
            if "x-user-id" in request.headers:
                return RequestContext(user_id=request.headers["x-user-id"], token=None)
            return await _verified(self, request, bearer)

        VerifiedUser.__call__ = _trusting
        """,
    )


def share_everything(root: Path) -> None:
    append(
        root / "app" / "services" / "current_user.py",
        """
        import dataclasses

        _own = VerifiedUser.__call__

        async def _everyone(self, request: Request, bearer: Bearer):
            return dataclasses.replace(await _own(self, request, bearer), user_id="everyone")

        VerifiedUser.__call__ = _everyone
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


def lose_what_was_said(root: Path) -> None:
    append(
        root / "app" / "services" / "chat_features.py",
        """
        async def _lost(self, thread, pending_items, context):
            await self._opened.aclose()

        Chat.handle_stream_cancelled = _lost
        """,
    )


def save_no_beginning(root: Path) -> None:
    append(
        root / "app" / "services" / "chat_features.py",
        """
        async def _not_saved(self, *anything):
            pass

        Chat._save = _not_saved
        """,
    )


def take_no_lease(root: Path) -> None:
    append(
        root / "app" / "services" / "chatkit_server.py",
        """
        import contextlib

        def only_turn(store, thread_id, context):
            return contextlib.nullcontext()
        """,
    )


def remember_no_call(root: Path) -> None:
    append(
        root / "app" / "services" / "chat_features.py",
        """
        async def _forgotten(self, asked):
            pass

        Chat._look_back = _forgotten
        """,
    )


def show_no_steps(root: Path) -> None:
    append(
        root / "app" / "services" / "chat_features.py",
        """
        from agents import RunHooks

        Chat.make_memory = lambda self, servers: RunHooks()
        """,
    )


def tell_everything(root: Path) -> None:
    append(
        root / "app" / "services" / "chat_features.py",
        """
        from chatkit.errors import CustomStreamError

        def _told(self, error):
            return CustomStreamError(f"{error} {self._context.token}", allow_retry=True)

        Chat._explained = _told
        """,
    )


def choke_on_bodies(root: Path) -> None:
    append(
        root / "app" / "services" / "chatkit_endpoint.py",
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
        root / "app" / "services" / "shared_chat.py",
        """
        async def _well(self):
            return []

        SharedChat.unreachable = _well
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
            "strangers_refused": (trust_a_header, "`X-User-ID` was let in"),
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
            "turns_exclusive": (take_no_lease, "began as well"),
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
    report = proved(root)
    for check, (_, says) in faults.items():
        assert says in told(report, check)
    seen = {name for name in failed(report) if "could not be proved" not in told(report, name)}
    assert seen == set(faults)


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
    assert failed(report) == names_of(set(CHECKS) - BESIDE - ASKING)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="asks Linux about processes")
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path))
    (tmp_path / "temporary").mkdir()
    code = (
        "import sys; from pathlib import Path; from chatkit_agent.verification import verify\n"
        "say = lambda message: print(message, flush=True)\n"
        "verify(Path(sys.argv[1]), python=Path(sys.executable), progress=say)"
    )
    command = [sys.executable, "-c", code, str(root)]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, env=environment, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if line.startswith("Booting the application with the chat"):
                time.sleep(0.3)
                assert running_in(tmp_path / "temporary")
                run.send_signal(signal.SIGINT)
        run.wait(30)
    assert run.returncode != 0
    assert running_in(tmp_path / "temporary") == []
    assert list((tmp_path / "temporary").iterdir()) == []


def running_in(folder: Path) -> list[str]:
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if Path(os.readlink(link)).is_relative_to(folder):
                found.append(link.parent.name)
    return found


def test_a_chat_that_was_written_by_hand_is_judged_as_well(tmp_path: Path) -> None:
    root = Path(shutil.copytree(HANDMADE, tmp_path / "notes"))
    report = proved(root)
    passed = {check.name for check in report.checks if check.ok}
    assert {
        "answer_streams",
        "tool_called_as_user",
        "conversation_survives_restart",
    } <= passed
    assert "no record" in told(report, "routes_kept")


def published_keys(root: Path) -> None:
    """The sign-in verifies tokens with keys that it fetches."""
    edits = {
        "notes/signin.py": (
            ("get_settings().jwt_secret.get_secret_value()", "key_of(token)"),
            ('algorithms=["HS256"]', 'algorithms=["RS256"], audience="notes", issuer="id.example"'),
            (
                "@dataclass",
                "KEYS = jwt.PyJWKClient(get_settings().jwks_url)\n\n\n"
                "def key_of(token):\n    return KEYS.get_signing_key_from_jwt(token).key\n\n\n"
                "@dataclass",
            ),
            ("except jwt.InvalidTokenError", "except jwt.PyJWTError"),
        ),
        "notes/settings.py": (("jwt_secret: SecretStr", "jwks_url: str"),),
        ".env.example": (
            (
                "NOTES_CHAT_JWT_SECRET=",
                "NOTES_CHAT_JWKS_URL=https://id.example/keys.json\nOTHER=",
            ),
        ),
    }
    for file, pairs in edits.items():
        text = (root / file).read_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (root / file).write_text(text)


def test_a_chat_by_hand_gets_the_keys_that_it_verifies_tokens_with(tmp_path: Path) -> None:
    root = Path(shutil.copytree(HANDMADE, tmp_path / "notes"))
    published_keys(root)
    report = proved(root)
    passed = {check.name for check in report.checks if check.ok}
    assert {"answer_streams", "tool_called_as_user", "turns_exclusive"} <= passed
    assert "somebody else" not in told(report, "strangers_refused")
