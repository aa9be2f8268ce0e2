"""The doctor starts a real application in the sandbox: a healthy one, and some that are ill."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks.diagnosis import Diagnosis, diagnose
from chatkit_agent.evidence.static.gathering import Looking
from chatkit_agent.evidence.static.trying import instead_of_token
from chatkit_agent.options.options import RequestedOptions, TokenMode
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.sandbox.mcp_server import ProbeServer

PROJECTS = Path(__file__).parents[2] / "projects"
HANDMADE = Path(__file__).parents[3] / "bench" / "faults" / "handmade"
BOOT = Looking(boot=True, python=Path(sys.executable))
SAVE_AT_THE_END_ONLY = """
from .lifecycle import Lifecycle
from .turn import TurnServer

async def _nothing(self, answer):
    pass

TurnServer._save = _nothing
Lifecycle._drain_on_signals = lambda self: None
"""
LOSE_THE_TOKEN = """
import dataclasses

_init = UserMCPServer.__init__

def _without(self, url, settings, context):
    _init(self, url, settings, dataclasses.replace(context, token="of-the-service"))

UserMCPServer.__init__ = _without
"""
SEND_OTHER = """
_usual_client = _http_client

def _http_client(headers=None, timeout=None, auth=None):
    token = (headers or {}).get("Authorization", "").removeprefix("Bearer ")
    return _usual_client({"X-Token": token}, timeout, auth)
"""
NAMES_AS_THEY_ARE = """
from . import mcp
mcp.offered_names = list
"""
OPEN_LATER = """
_before = app.router.lifespan_context

@asynccontextmanager
async def _opened(app):
    Shop()
    async with _before(app) as state:
        yield state

app.router.lifespan_context = _opened
"""
FAIL_IN_EACH_TURN = """
def instructions(settings, context):
    raise LookupError("the plan of this person")
"""


LOOK_TOKENS_UP = """

async def get_caller(request: Request) -> Caller:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    known = {"a-key-of-ann": "ann"}
    if token not in known:
        raise HTTPException(401, "Sign in first.", {"WWW-Authenticate": "Bearer"})
    return Caller(known[token], token)
"""


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("added") / "shop"
    shutil.copytree(PROJECTS / "module_level", root)
    apply(make_plan(read_project(root), RequestedOptions()))
    return root


def changed(root: Path, tmp_path: Path, file: str, code: str) -> Path:
    copy = Path(shutil.copytree(root, tmp_path / "shop"))
    path = copy / file
    path.write_text(path.read_text() + code)
    return copy


def first(diagnosis: Diagnosis) -> str:
    return f"{diagnosis.findings[0].finding.what} {diagnosis.findings[0].finding.evidence}"


def test_a_healthy_chat_is_quiet(added: Path) -> None:
    diagnosis = diagnose(added, BOOT)
    assert [each.finding for each in diagnosis.findings] == []
    assert {"app_boots", "answer_streams", "tool_called_as_user"} <= set(diagnosis.passed)
    assert "answers_outlive_process" in diagnosis.passed
    assert any("in the sandbox" in each for each in diagnosis.looked_at)


def test_tools_without_the_persons_token(added: Path, tmp_path: Path) -> None:
    ill = changed(added, tmp_path, "app/chatkit_runtime/mcp.py", LOSE_THE_TOKEN)
    diagnosis = diagnose(ill, BOOT)
    assert "without the token" in first(diagnosis)
    assert "token_missing" in diagnosis.symptoms


@pytest.mark.parametrize("sign_in", ["", LOOK_TOKENS_UP])
def test_a_chat_by_hand_that_hands_its_callers_token_on(tmp_path: Path, sign_in: str) -> None:
    root = changed(HANDMADE, tmp_path, "notes/signin.py", sign_in)
    (root / ".env").write_text((root / "sample.env").read_text())
    diagnosis = diagnose(root, BOOT)
    assert "tool_called_as_user" in diagnosis.passed
    assert "answer_streams" in diagnosis.passed


@pytest.mark.parametrize(
    ("sent", "refused", "seen"),
    [
        ({}, 1, "no `Authorization` header"),
        ({"x-token": "alice"}, 1, "the token in `x-token` and not in `Authorization`"),
        ({"authorization": "Basic abc"}, 1, "something else in `Authorization`"),
        ({"authorization": "Bearer alice"}, 1, ""),
        ({}, 0, ""),
    ],
)
def test_what_requests_had_instead_of_the_token(
    sent: dict[str, str], refused: int, seen: str
) -> None:
    assert instead_of_token("alice", [sent], refused) == seen


def test_what_refused_requests_had_is_told(added: Path, tmp_path: Path) -> None:
    root = changed(added, tmp_path, "app/chatkit_runtime/mcp.py", SEND_OTHER)
    diagnosis = diagnose(root, BOOT)
    assert "the token in `x-token`" in first(diagnosis)
    # What the log says of it names no line and no variable, so it stays by itself.
    names = [each.check.name for each in diagnosis.findings]
    assert names == ["tool_called_as_user", "tools_answer"]
    assert "HTTP 401" in diagnosis.findings[1].finding.evidence


def test_the_exception_behind_a_silent_answer(added: Path, tmp_path: Path) -> None:
    ill = changed(added, tmp_path, "app/services/chat_agent.py", FAIL_IN_EACH_TURN)
    found = diagnose(ill, BOOT).findings
    told = " ".join(f"{each.finding.what} {each.finding.evidence}" for each in found)
    assert "LookupError: the plan of this person" in told
    assert "app/services/chat_agent.py" in told
    # What the person was told names neither its line nor a variable, so it stays by itself.
    names = [each.check.name for each in found]
    assert names == ["no_exception_left", "answer_streams", "answer_streams"]
    assert all("Something went wrong" in each.finding.evidence for each in found[1:])


def test_answers_that_end_with_their_process(added: Path, tmp_path: Path) -> None:
    ill = changed(added, tmp_path, "app/chatkit_runtime/routes.py", SAVE_AT_THE_END_ONLY)
    (found,) = diagnose(ill, BOOT).findings
    assert found.check.name == "answers_outlive_process"
    assert "went on until it was killed" in found.finding.evidence
    assert any("SIGKILL" in each for each in found.finding.more)


def test_an_application_that_does_not_start(added: Path, tmp_path: Path) -> None:
    ill = changed(added, tmp_path, "app/main.py", "\nimport no_such_library\n")
    diagnosis = diagnose(ill, BOOT)
    assert "no_such_library" in first(diagnosis)
    assert len(diagnosis.findings) == 1


STRICT = (
    "\nfrom pydantic_settings import BaseSettings\n\nclass Shop(BaseSettings):\n    till: int\n"
    "\nfrom contextlib import asynccontextmanager\n"
)


def test_a_start_that_the_log_explains_is_one_finding(added: Path, tmp_path: Path) -> None:
    # A variable of git's, which is never lent.
    strict = STRICT.replace("till: int", "git_dir: str")
    ill = changed(added, tmp_path, "app/main.py", f"{strict}{OPEN_LATER}")
    (found,) = diagnose(ill, BOOT).findings
    assert found.check.name == "settings_accepted"
    assert "It failed when it was started" in str(found.finding.more)


def test_a_variable_that_is_set_nowhere_is_lent_and_named(added: Path, tmp_path: Path) -> None:
    ill = changed(added, tmp_path, "app/main.py", f"{STRICT}{OPEN_LATER}")
    diagnosis = diagnose(ill, BOOT)
    assert diagnosis.findings == ()
    assert any("`TILL` (made up)" in note for note in diagnosis.notes)
    told = diagnose(ill, replace(BOOT, symptom="it does not start")).findings
    found = next(each.finding for each in told if each.check.name == "app_boots")
    assert "`TILL` (made up)" in found.evidence
    assert found.severity == "error"


@pytest.mark.parametrize(("token", "is_found"), [("header", True), ("auto", False)])
def test_tools_that_want_the_token_as_an_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: TokenMode, is_found: bool
) -> None:
    root = tmp_path / "shop"
    shutil.copytree(PROJECTS / "module_level", root)
    apply(make_plan(read_project(root), RequestedOptions(token=token)))
    with ProbeServer(credentials="nested") as tools:
        monkeypatch.setenv("MCP_SERVER_URL", tools.url)
        asking = replace(BOOT, own_services=("MCP_SERVER_URL",))
        found = diagnose(root, asking).findings
    assert [each.check.name for each in found] == ["tool_called_as_user"] * is_found
    assert not tools.calls


@pytest.mark.parametrize("hands_on", [True, False])
def test_tools_whose_names_are_refused(
    added: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hands_on: bool
) -> None:
    code = NAMES_AS_THEY_ARE if hands_on else ""
    root = changed(added, tmp_path, "app/chatkit_runtime/routes.py", code)
    with ProbeServer(more=("github.create_issue", "find")) as tools:
        monkeypatch.setenv("MCP_SERVER_URL", tools.url)
        asking = replace(BOOT, own_services=("MCP_SERVER_URL",), token="alice")
        found = diagnose(root, asking).findings
    if not hands_on:
        assert not found
        return
    assert found[0].finding.what == "A tool has a name that the provider does not take."
    (more,) = found[0].finding.more
    assert more.startswith("`MCP_SERVER_URL`, the environment: The model is offered `github.create")
