"""A coding agent's session: official clients of both versions, over both transports."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatkit_agent.frontends.mcp import within
from chatkit_agent.frontends.tools import TOOLS
from chatkit_agent.options.uv_process import cached, fill, install, run_uv
from chatkit_agent.plugin.resources import invocations, resources

HERE = Path(__file__).parents[1]
CONVERSE = HERE / "mcp_clients" / "converse.py"
COMMAND = str(Path(sys.executable).with_name("chatkit-agent"))
OLDER_CLIENT = "mcp>=1.21.2,<2"


def shop(folder: Path) -> Path:
    root = Path(shutil.copytree(HERE / "projects" / "module_level", folder / "shop"))
    (root / "way_out").symlink_to("/")
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shop(tmp_path)


@pytest.fixture(scope="module")
def older_python() -> Path:
    """An environment with the client of the first major version, made once."""
    folder = cached("tests", "older-client", sys.version.encode(), OLDER_CLIENT.encode())
    if not folder.is_dir():
        fill(folder, _with_older_client)
    return folder / "bin" / "python"


def _with_older_client(folder: Path) -> None:
    run_uv("venv", "-q", "--relocatable", "--clear", "--python", sys.executable, str(folder))
    install("--python", str(folder), OLDER_CLIENT)


def converse(python: Path | str, root: Path, *way: str) -> dict[str, Any]:
    done = subprocess.run(
        [str(python), str(CONVERSE), str(root), *way],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert isinstance(seen, dict)
    return seen


@contextmanager
def served(root: Path) -> Iterator[str]:
    command = [COMMAND, "mcp", "--http", "--port", "0", "--root", str(root)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        assert said.startswith("MCP server at "), said + process.stderr.read()
        yield said.removeprefix("MCP server at ").strip()
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and "way_out" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A session of the newer client over stdio, with the checks."""
    root = shop(tmp_path_factory.mktemp("newest"))
    before = files(root)
    seen = converse(sys.executable, root, "stdio", COMMAND, "mcp")
    assert files(root) == before
    return seen


@pytest.mark.parametrize(("way", "client"), [("stdio", 2), ("stdio", 1), ("http", 2), ("http", 1)])
def test_an_agent_integrates_and_is_told_what_is_wrong(
    way: str, client: int, tmp_path: Path, older_python: Path, newest: dict[str, Any]
) -> None:
    python = older_python if client == 1 else sys.executable
    root = shop(tmp_path)
    before = files(root)
    if (way, client) == ("stdio", 2):
        seen = newest
    elif way == "stdio":
        seen = converse(python, root, "stdio", COMMAND, "mcp")
    else:
        with served(root) as url:
            seen = converse(python, root, "http", url)
    assert seen["client"] == client
    assert [tool["name"] for tool in seen["tools"]] == [tool.name for tool in TOOLS]
    assert seen["inspected"]["document"]["app"]["ref"] == "app.main:app"
    assert seen["applied"]["document"]["applied"] is True
    assert "app/main.py" in seen["undone"]["document"]["restored"]
    assert files(root) == before
    _wrong_calls_are_explained(seen)


def _wrong_calls_are_explained(seen: dict[str, Any]) -> None:
    explained = {
        "outside": r"`/` is outside of what may be touched here: .*--root",
        "linked": r"`way_out` is outside of what may be touched here",
        "unplanned": r"no plan '0123456789ab' .* Call plan_integration first",
        "huge": r"`path`: String should have at most 4096 characters",
        "unknown": r"`folder`: Extra inputs are not permitted. It takes: path, app\.",
        "no such tool": r"no tool 'inspect'. There are: inspect_project, plan_integration",
    }
    for what, pattern in explained.items():
        assert seen[what]["failed"] is True
        assert re.search(pattern, seen[what]["text"]), seen[what]["text"]
        assert len(seen[what]["text"]) < 1000


def test_documents_and_hints_are_what_the_tools_say(newest: dict[str, Any]) -> None:
    seen = newest
    for described, tool in zip(seen["tools"], TOOLS, strict=True):
        is_read = described["name"] in {"inspect_project", "plan_integration", "get_guide"}
        is_closed = described["name"] in {
            "inspect_project",
            "apply_fixes",
            "undo_integration",
            "update_integration",
        }
        assert described["annotations"]["readOnlyHint"] is is_read
        assert described["annotations"]["openWorldHint"] is not is_closed
        assert described["annotations"]["destructiveHint"] is tool.writes
        assert described["inputSchema"]["additionalProperties"] is False
        assert described["outputSchema"]["properties"]["schema"]
    planned = seen["planned"]["document"]
    assert json.loads(seen["planned"]["text"]) == planned
    assert "create" in {change["action"] for change in planned["changes"]}
    assert "new file mode" not in planned["diff"]
    assert "+app.include_router(" in planned["diff"]
    assert seen["resources"] == [each.uri for each in resources()]
    assert seen["resource"] == resources()[0].text
    assert "chatkit-agent://skills/mcp-agent-auth/SKILL.md" in seen["resources"]


def test_the_five_invocations_are_prompts(newest: dict[str, Any]) -> None:
    seen = newest
    assert seen["prompts"] == [
        "Add chat functionality to my FastAPI app",
        "Integrate ChatKit with MCP server",
        "Set up conversation persistence",
        "Pass auth tokens to MCP tools",
        "Debug ChatKit streaming errors",
    ]
    assert seen["prompt"].startswith("Integrate ChatKit with MCP server. Ours is at port 9.")
    assert "inspect_project for `api`" in seen["prompt"]
    for each in invocations():
        assert "{" not in each.text(".", "").replace("{user", "")


def test_long_work_tells_how_far_it_is(newest: dict[str, Any]) -> None:
    checks = newest["applied"]["document"]["verification"]
    assert checks["ok"] is True, checks
    assert "Booting the application with the chat" in newest["heard"]


def test_a_browser_elsewhere_cannot_reach_it(project: Path) -> None:
    with served(project) as url:
        headers = {"Host": "evil.example", "Origin": "http://evil.example"}
        refused = httpx.post(url, json={}, headers=headers, timeout=30)
        assert refused.status_code in (403, 421)


def test_roots_of_both_sides_narrow_each_other(tmp_path: Path) -> None:
    work, shop, other = tmp_path / "work", tmp_path / "work" / "shop", tmp_path / "other"
    assert within([], [shop]) == (shop,)
    assert within([work], [shop, other]) == (shop,)
    assert within([shop], [work]) == (shop,)
    assert within([work], [other]) == ()


def test_a_port_that_is_taken_is_told(project: Path) -> None:
    with served(project) as url:
        port = httpx.URL(url).port
        command = [COMMAND, "mcp", "--http", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 2
        assert f"Port {port} cannot be used" in done.stderr
