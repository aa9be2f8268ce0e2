"""A chat beside an application that cannot have it: checked whole, with its tokens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.update import update
from chatkit_agent.checks.diagnosis import diagnose
from chatkit_agent.checks.verification import Report, verify
from chatkit_agent.errors import CannotBoot
from chatkit_agent.evidence.run.signing import Signer
from chatkit_agent.options.interpreters import make_anew
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.resolver import Resolution, resolve
from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parent / "projects"
SECRET = "a secret of this test session, long enough for anybody"
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
ENVIRONMENT["PYTHONDONTWRITEBYTECODE"] = "1"


def copied(sample: str, folder: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(PROJECTS / sample, folder / sample, ignore=ignored))


def added(root: Path) -> Plan:
    plan = make_plan(read_project(root))
    apply(plan)
    return plan


def files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def findings(report: Report) -> list[str]:
    return [f"{each.what} {each.evidence}" for check in report.checks for each in check.findings]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pydantic 1 with python-jose, in an environment of its own, and a chat beside it.

    The name in its `pyproject.toml` is one that uv refuses, also from the folders below.
    """
    root = copied("jose_pydantic1", tmp_path_factory.mktemp("members"))
    added(root)
    return root


@pytest.fixture(scope="module")
def their_python(members: Path) -> Path:
    return make_anew(read_project(members)).path


def test_all_checks_pass_with_the_applications_own_sign_in(
    members: Path, their_python: Path, tmp_path: Path
) -> None:
    variables = tmp_path / "theirs.env"
    variables.write_text("SECRET_KEY=another\n")
    before = files(members)
    report = verify(members, python=their_python, env_file=variables)
    assert findings(report) == []
    assert "application_untouched" in [check.name for check in report.checks]
    assert any("The application itself ran on" in note for note in report.notes)
    assert files(members) == before


def test_each_believes_the_tokens_of_the_other(members: Path, their_python: Path) -> None:
    (members / ".env").write_text(f"SECRET_KEY={SECRET}\n")
    theirs = ran(
        their_python,
        members,
        "from members.auth import create_access_token; print(create_access_token({'user_id': 7}))",
    )
    assert believed_beside(members, theirs) == "7"
    ours = Signer(SECRET, user="user_id").token("8")
    code = f"from members.auth import get_current_user; print(get_current_user({ours!r}))"
    assert ran(their_python, members, code) == "{'id': '8'}"
    (members / ".env").unlink()


def ran(python: Path, folder: Path, code: str) -> str:
    done = subprocess.run(
        [python, "-c", code],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def believed_beside(root: Path, token: str) -> str:
    """Whom the sidecar takes the bearer of a token for."""
    code = (
        "import asyncio; from starlette.requests import Request\n"
        "from chat.services.current_user import VerifiedUser\n"
        "from chat.sign_in import ApplicationTokens\n"
        f"headers = [(b'authorization', b'Bearer {token}')]\n"
        "request = Request({'type': 'http', 'headers': headers})\n"
        "print(asyncio.run(VerifiedUser(ApplicationTokens)(request, None)).user_id)\n"
    )
    return ran(Path(sys.executable), root / "chatkit-sidecar", code)


def own_tests(folder: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    return done.stdout


def test_where_the_chat_is_not_installed_its_tests_are_passed_over(members: Path) -> None:
    """As where the application's own tests are collected from the top of the project."""
    test = (members / "chatkit-sidecar/tests/test_chatkit.py").read_text()
    names = compile(test, "test_chatkit.py", "exec").co_names
    assert names.index("importorskip") < names.index("TestClient")


def test_the_doctor_looks_at_the_chat_beside_the_application(members: Path) -> None:
    diagnosis = diagnose(members)
    assert diagnosis.findings == ()
    assert len(diagnosis.passed) > 10


def test_undo_gives_back_what_was_there(members: Path) -> None:
    assert not make_plan(read_project(members)).changes
    assert update(members).changed == ()
    undo(members)
    assert files(members) == files(PROJECTS / "jose_pydantic1")
    assert not (members / "chatkit-sidecar").exists()
    added(members)


def test_old_pins_without_a_sign_in(tmp_path: Path) -> None:
    root = copied("old_pins", tmp_path)
    plan = added(root)
    assert (plan.options.mode, plan.options.auth) == ("sidecar", "jwt")
    assert "`fastapi==0.70.1` in `pyproject.toml`" in plan.notes[0]
    passed = own_tests(root / "chatkit-sidecar")
    assert "3 passed" in passed, passed


def test_the_resolver_decides_where_it_can_be_asked() -> None:
    project = read_project(PROJECTS / "module_level")
    assert make_plan(project).options.mode == "in-process"
    assert make_plan(project, resolution=Resolution(None)).options.mode == "in-process"
    against = Resolution(False, "`anyio==3.0.0` in `pyproject.toml`; the chat needs `anyio>=4.9`")
    plan = make_plan(project, resolution=against)
    assert (plan.options.mode, plan.manual_steps) == ("sidecar", ())
    assert against.obstacle in plan.notes[0]
    inside = make_plan(project, RequestedOptions(mode="in-process"), against)
    assert inside.options.mode == "in-process"
    assert "--mode sidecar" in inside.manual_steps[-1].snippet


def test_what_is_read_agrees_with_the_resolver() -> None:
    project = read_project(PROJECTS / "old_pins")
    answer = resolve(project)
    if answer.ok is None:
        pytest.skip(f"the resolver could not be asked: {answer.reason}")
    assert answer.ok is False
    assert make_plan(project).options.mode == "sidecar"


def test_a_sidecar_that_is_not_there_is_inconclusive() -> None:
    with pytest.raises(CannotBoot, match="chatkit-agent add"):
        verify(PROJECTS / "old_pins")
