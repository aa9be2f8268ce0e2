"""The example runs: its API and its MCP server as processes, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks.verification import verify
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "taskflow"
NOT_IN_A_CLONE = shutil.ignore_patterns(".env", ".venv", "__pycache__", "*.egg-info")


@dataclass(frozen=True)
class Taskflow:
    api: str
    mcp: str

    def sign_in(self, username: str) -> dict[str, str]:
        form = {"username": username, "password": f"{username}-likes-lists"}
        answer = httpx.post(f"{self.api}/token", data=form).raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def titles(self, headers: Mapping[str, str]) -> list[str]:
        answer = httpx.get(f"{self.api}/tasks", headers=headers).raise_for_status()
        return [task["title"] for task in answer.json()]

    def call(self, headers: Mapping[str, str], tool: str, **arguments: Any) -> str:
        return asyncio.run(self._call(headers, tool, arguments))

    async def _call(self, headers: Mapping[str, str], tool: str, arguments: Any) -> str:
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(self.mcp, http_client=http)) as client,
        ):
            result = await client.call_tool(tool, arguments)
            said: Any = result.content[0]
            return f"{'error: ' if result.is_error else ''}{said.text}"


@contextmanager
def uvicorn(app: str, log: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The URL of an application that runs in a process of its own."""
    command = [sys.executable, "-m", "uvicorn", app, "--port", "0", "--no-access-log"]
    variables = {**os.environ, **environment}
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=EXAMPLE, env=variables, stdout=out, stderr=out) as process,
    ):
        try:
            yield _wait_for_url(process, log)
        finally:
            process.terminate()


def _wait_for_url(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(300):
        if found := re.search(r"running on (http://\S+)", log.read_text()):
            return found[1]
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"It did not start:\n{log.read_text()}")


@pytest.fixture
def taskflow(database_url: str, tmp_path: Path) -> Iterator[Taskflow]:
    environment = {"DATABASE_URL": database_url, "JWT_SECRET": "s" * 40}
    subprocess.run(
        [sys.executable, "-m", "taskflow.setup"],
        cwd=EXAMPLE,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    with ExitStack() as running:
        api = running.enter_context(uvicorn("taskflow.main:app", tmp_path / "api.log", environment))
        its_api = {"TASKFLOW_API_URL": api}
        mcp = running.enter_context(
            uvicorn("taskflow_mcp.server:app", tmp_path / "mcp.log", its_api)
        )
        yield Taskflow(api, f"{mcp}/mcp")


def test_tasks_added_both_ways_belong_to_their_user(taskflow: Taskflow) -> None:
    alice, bob = taskflow.sign_in("alice"), taskflow.sign_in("bob")
    title = {"title": "over the API"}
    httpx.post(f"{taskflow.api}/tasks", json=title, headers=alice).raise_for_status()
    assert taskflow.call(alice, "add_task", title="over MCP") == "Added #2 over MCP"
    assert taskflow.titles(alice) == ["over the API", "over MCP"]
    assert taskflow.call(alice, "list_tasks") == "#1 over the API\n#2 over MCP"
    assert taskflow.titles(bob) == []
    assert taskflow.call(bob, "list_tasks") == "There are no tasks."
    refused = taskflow.call(bob, "delete_task", task_id=1)
    assert refused == "error: Error executing tool delete_task: You have no task 1."
    assert taskflow.call(alice, "complete_task", task_id=1) == "Completed #1 over the API (done)"
    assert taskflow.call(alice, "list_tasks", done=False) == "#2 over MCP"
    assert taskflow.call(alice, "delete_task", task_id=2) == "Deleted task 2."


def test_the_tools_say_what_is_wrong(taskflow: Taskflow) -> None:
    forged = {"Authorization": "Bearer garbage"}
    assert "Sign in again" in taskflow.call(forged, "list_tasks")
    assert "Nobody is signed in" in taskflow.call({}, "list_tasks")
    alice = taskflow.sign_in("alice")
    assert "title: String should have at least 1" in taskflow.call(alice, "add_task", title=" ")


def test_its_own_tests_pass(database_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=EXAMPLE,
        env={**os.environ, "TEST_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_starts_before_its_database(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": f"postgresql://x@/x?host={tmp_path}", "JWT_SECRET": "s" * 40}
    with uvicorn("taskflow.main:app", tmp_path / "api.log", environment) as api:
        assert httpx.get(f"{api}/health").json() == {"status": "ok"}


def test_a_foreign_variable_in_its_env_file_would_stop_it(tmp_path: Path) -> None:
    """This is what makes the example worth adding a chat to: the settings have to be widened."""
    env_file = f"DATABASE_URL=postgresql://x@/x\nJWT_SECRET={'s' * 40}\n"
    (tmp_path / ".env").write_text(env_file)
    command = [sys.executable, "-c", "from taskflow.settings import get_settings; get_settings()"]
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    (tmp_path / ".env").write_text(f"{env_file}OPENAI_API_KEY=x\n")
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Extra inputs are not permitted" in done.stderr


def test_a_fresh_clone_without_an_env_file_meets_every_check(tmp_path: Path) -> None:
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "taskflow", ignore=NOT_IN_A_CLONE))
    apply(make_plan(read_project(root), RequestedOptions()))
    report = verify(root, python=Path(sys.executable))
    assert [each.name for each in report.checks if each.outcome != "passed"] == []
    assert {each.name: each.source for each in report.isolation.variables} == {
        "DATABASE_URL": ".env.example",
        "JWT_SECRET": None,
    }
    assert any("`JWT_SECRET` (made up)" in note for note in report.notes)
    assert not (root / ".env").exists()
