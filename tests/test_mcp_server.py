"""A coding agent's session: official clients of both versions, over both transports."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatkit_agent.client_roots import within
from chatkit_agent.evidence.cache import cached, fill, install, run_uv
from chatkit_agent.material import material
from chatkit_agent.tools import TOOLS

HERE = Path(__file__).parent
CONVERSE = HERE / "mcp_clients" / "converse.py"
COMMAND = str(Path(sys.executable).with_name("chatkit-agent"))
OLDER_CLIENT = "mcp>=1.21.2,<2"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(HERE / "projects" / "module_level", tmp_path / "shop"))
    (root / "way_out").symlink_to("/")
    return root


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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [COMMAND, "mcp", "--http", "--port", str(port), "--root", str(root)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/mcp"
        for _ in range(600):
            try:
                httpx.get(url, timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and "way_out" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("way", ["stdio", "http"])
@pytest.mark.parametrize("client", [1, 2])
def test_an_agent_integrates_and_is_told_what_is_wrong(
    way: str, client: int, project: Path, older_python: Path
) -> None:
    python = older_python if client == 1 else sys.executable
    before = files(project)
    if way == "stdio":
        seen = converse(python, project, "stdio", COMMAND, "mcp")
    else:
        with served(project) as url:
            seen = converse(python, project, "http", url)
    assert seen["client"] == client
    assert [tool["name"] for tool in seen["tools"]] == [tool.name for tool in TOOLS]
    assert seen["inspected"]["document"]["app"]["ref"] == "app.main:app"
    assert seen["applied"]["document"]["applied"] is True
    assert "app/main.py" in seen["undone"]["document"]["restored"]
    assert files(project) == before
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


def test_documents_and_hints_are_what_the_tools_say(project: Path) -> None:
    seen = converse(sys.executable, project, "stdio", COMMAND, "mcp")
    for described, tool in zip(seen["tools"], TOOLS, strict=True):
        assert described["annotations"]["readOnlyHint"] is not tool.writes
        assert described["annotations"]["destructiveHint"] is tool.writes
        assert described["inputSchema"]["additionalProperties"] is False
        assert described["outputSchema"]["properties"]["schema"]
    planned = seen["planned"]["document"]
    assert json.loads(seen["planned"]["text"]) == planned
    assert "create" in {change["action"] for change in planned["changes"]}
    assert "new file mode" not in planned["diff"]
    assert "+app.include_router(" in planned["diff"]
    assert seen["resources"] == [each.uri for each in material()]
    assert seen["resource"] == material()[0].text


def test_long_work_tells_how_far_it_is(project: Path) -> None:
    """A plan is applied and proved; the client hears each step of it."""
    script = CONVERSE.read_text().replace("prove=False", "prove=True")
    proving = project.parent / "proving.py"
    proving.write_text(script)
    done = subprocess.run(
        [sys.executable, proving, project, "stdio", COMMAND, "mcp"],
        capture_output=True,
        text=True,
        check=True,
        timeout=400,
    )
    seen = json.loads(done.stdout)
    proofs = seen["applied"]["document"]["verification"]
    assert proofs["ok"] is True, proofs
    assert "Booting the application with the chat" in seen["heard"]


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
