"""Nothing in a guide is untrue: what it prints is carried out by hand, and the chat is there."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatkit_agent.apply.apply import apply
from chatkit_agent.evidence.run.browser import NAMED_BY
from chatkit_agent.frontends.cli import main
from chatkit_agent.guide import make_guide
from chatkit_agent.guide.troubles import TROUBLES
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.output import terminal
from chatkit_agent.output.documents import GuideDocument
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.model import OfflineModel

PROJECTS = Path(__file__).parents[1] / "projects"
REFERENCE = Path(__file__).parents[2] / "src/chatkit_agent/reference"
BLOCK = re.compile(
    r"(?:^### `(?P<path>[^`\n]+)`\n\n[^\n]*\n\n)?"
    r"^(?P<fence>`{3,})(?P<kind>\w*)\n(?P<text>.*?)\n(?P=fence)\n",
    re.MULTILINE | re.DOTALL,
)
SAMPLES = sorted(each.name for each in PROJECTS.iterdir() if each.name != "two_apps")
SIGNED = """\
import os
from typing import Annotated

import jwt
from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

router = APIRouter(tags=["auth"])
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")
SECRET = os.environ["MEMBERS_SECRET"]


def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> dict:
    try:
        payload = jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return {"id": payload["sub"]}
"""
TASK = (
    "Add ChatKit server with: MCP connection to http://localhost:8001/mcp; JWT auth token "
    "passing; PostgreSQL conversation persistence."
)


def guide_to(root: Path, requested: RequestedOptions, words: str = "") -> GuideDocument:
    """As the operation does, without asking a package index."""
    return GuideDocument.of(make_guide(root, requested, words))


def copied(sample: str, folder: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / sample, folder / sample))


def files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def written(markdown: str) -> list[tuple[str, str, str]]:
    """Place, kind and text of each block of a guide, as a reader sees them."""
    return [
        (found["path"] or "", found["kind"], found["text"] + "\n")
        for found in BLOCK.finditer(markdown)
    ]


def commands(markdown: str) -> list[str]:
    return [text.strip() for path, kind, text in written(markdown) if kind == "sh" and not path]


def carry_out(markdown: str, root: Path) -> None:
    """What a person does who follows the guide."""
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    for path, kind, text in written(markdown):
        if path and kind == "diff":
            subprocess.run(["git", "apply"], input=text.encode(), cwd=root, check=True)
        elif path:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())


@pytest.mark.parametrize("sample", SAMPLES)
def test_by_hand_it_comes_to_the_same_files(sample: str, tmp_path: Path) -> None:
    root = copied(sample, tmp_path)
    plan = make_plan(read_project(root))
    expected = {**files(root), **{change.path: change.after for change in plan.changes}}
    markdown = terminal.guide(guide_to(root, RequestedOptions()), full=True)
    carry_out(markdown, root)
    assert files(root) == expected
    # Where a part has to be done by hand, `add` would refuse, and its snippet is in the guide.
    assert ("chatkit-agent add ." in markdown) == (not plan.manual_steps)
    assert all(each.snippet in markdown for each in plan.manual_steps)


@contextmanager
def started(command: str, root: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    # `exec` in a shell: what is ended is the server itself.
    process = subprocess.Popen(["sh", "-c", f"exec {command}"], cwd=root, env=environment)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def needed(markdown: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \| yes \|", BLOCK.sub("", markdown), re.MULTILINE)


def test_every_command_works_as_printed_and_the_chat_is_checked(
    tmp_path: Path, database_url: str
) -> None:
    root = copied("crlf_tabs", tmp_path)
    markdown = terminal.guide(guide_to(root, RequestedOptions(), TASK), full=True)
    carry_out(markdown, root)
    port = free_port()
    add, install, serve, health, tests, mint, ask, verify = (
        each.replace("localhost:8000", f"localhost:{port}") for each in commands(markdown)
    )
    assert add == "chatkit-agent add . --mcp-url http://localhost:8001/mcp --auth jwt"
    prefix = "CRLF_TABS_CHATKIT_"
    with OfflineModel() as model, ProbeServer() as tools:
        values = {
            f"{prefix}DATABASE_URL": database_url,
            "OPENAI_API_KEY": "sk-offline",
            "MCP_SERVER_URL": tools.url,
            f"{prefix}JWT_SECRET": secrets.token_urlsafe(48),
        }
        assert needed(markdown) == list(values)
        bin_folder = Path(sys.executable).parent
        (root / ".venv").symlink_to(bin_folder.parent)
        environment = {
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "HOME": os.environ["HOME"],
            "PIP_NO_INDEX": "1",
            NAMED_BY: "none",
            "UVICORN_PORT": str(port),
        }

        def shell(script: str, **more: str) -> str:
            ran = subprocess.run(
                ["sh", "-c", script],
                cwd=root,
                env={**environment, **more},
                capture_output=True,
                text=True,
            )
            assert ran.returncode == 0, f"{script}\n{ran.stdout}\n{ran.stderr}"
            return ran.stdout

        assert "already satisfied" in shell(install)
        assert "3 passed" in shell(tests)
        running = {**environment, **values, "OPENAI_BASE_URL": model.url}
        with started(serve, root, running, port):
            assert json.loads(shell(f"curl -sS {health.removeprefix('curl ')}"))["ready"] is True
            answer = shell(f"{mint}\n{ask.replace('curl', 'curl -sS')}", **values)
        assert answer.count("data: ") > 5
        assert "You said: Hello" in "".join(
            event["update"]["delta"]
            for event in map(json.loads, re.findall(r"^data: (.*)$", answer, re.MULTILINE))
            if event.get("update", {}).get("type") == "assistant_message.content_part.text_delta"
        )
    checks = json.loads(shell(f"{verify} --json"))
    assert checks["ok"]
    assert [check["name"] for check in checks["checks"] if not check["ok"]] == []
    kept = next(check for check in checks["checks"] if check["name"] == "routes_kept")
    assert "No manifest says" in json.dumps(kept["findings"])


def test_a_chat_that_is_here_is_shown_as_it_is(tmp_path: Path) -> None:
    root = copied("module_level", tmp_path)
    apply(make_plan(read_project(root)))
    mine = root / "app/chatkit_runtime/mcp.py"
    mine.write_text(mine.read_text() + "\n# mine\n")
    before = files(root)
    guide = guide_to(
        root, RequestedOptions(), "Pass auth tokens to the MCP tools at http://x.test/mcp"
    )
    assert guide.command is None
    shown = {file.path: file for file in guide.steps[0].files}
    assert shown["app/chatkit_runtime/mcp.py"].content == mine.read_text()
    assert {file.action for file in shown.values()} == {"read"}
    assert any("options in the words are not used" in note for note in guide.notes)
    assert files(root) == before


def test_where_something_is_wrong_the_guide_looks_first(tmp_path: Path) -> None:
    guide = guide_to(
        copied("module_level", tmp_path), RequestedOptions(), "Debug ChatKit streaming errors"
    )
    assert guide.playbook == "debug"
    assert [step.title for step in guide.steps] == ["Look at what is there"]
    assert any("No chat was found here" in each for each in guide.situation)
    doctor, *_ = (each.command for each in guide.steps[0].commands)
    assert doctor == "chatkit-agent doctor . --symptom 'Debug ChatKit streaming errors'"
    arguments = shlex.split(doctor.replace(" . ", f" {guide.root} "))
    assert CliRunner().invoke(main, arguments[1:]).exit_code == 4


def test_every_option_is_in_the_command(tmp_path: Path) -> None:
    root = copied("module_level", tmp_path)
    asked = RequestedOptions(
        env_prefix="MY", features=("retention", "approvals"), ci=True, path="/a/b"
    )
    command = guide_to(root, asked).command
    assert command is not None
    ran = CliRunner().invoke(
        main, [*shlex.split(command.replace(" . ", f" {root} "))[1:], "--json", "--dry-run"]
    )
    planned = json.loads(ran.stdout)
    assert planned["plan_id"] == guide_to(root, asked).plan_id


def test_a_reference_without_a_chat_is_told_and_left(tmp_path: Path) -> None:
    root = copied("module_level", tmp_path)
    (root / "rag-agent").mkdir()
    guide = guide_to(root, RequestedOptions(), "Add a chat. Reference: use rag-agent/ patterns")
    assert any("no chat was found there" in note for note in guide.notes)
    assert guide.command == "chatkit-agent add ."


def test_an_own_sign_in_with_tokens_is_used_where_words_say_jwt(tmp_path: Path) -> None:
    root = copied("oauth_user", tmp_path)
    assert not guide_to(root, RequestedOptions()).notes
    guide = guide_to(root, RequestedOptions(), TASK)
    assert guide.command == "chatkit-agent add . --mcp-url http://localhost:8001/mcp"
    assert any("second verifier, with a secret of its own" in note for note in guide.notes)
    assert not [each.name for each in guide.variables if "JWT" in each.name]
    asked = guide_to(root, RequestedOptions(auth="jwt"), TASK)
    assert any("--auth existing" in note for note in asked.notes)


def test_whose_secret_verifies_is_said(tmp_path: Path) -> None:
    """The application's own, by name; and that both need one value where there are two."""
    root = copied("oauth_user", tmp_path)
    (root / "app/auth.py").write_text(SIGNED)
    whole = terminal.guide(guide_to(root, RequestedOptions(), TASK))
    assert "verified with `MEMBERS_SECRET`, in `app/auth.py`" in whole
    assert "no second secret" in whole
    both = terminal.guide(guide_to(root, RequestedOptions(auth="jwt"), TASK))
    assert "verifies its tokens with `MEMBERS_SECRET`" in both
    assert "`OAUTH_USER_CHATKIT_JWT_SECRET`: give both one value" in both


def test_what_troubles_name_is_in_the_delivered_code() -> None:
    """Codes, settings and log lines that the table of troubles quotes."""
    code = "\n".join(path.read_text() for path in REFERENCE.rglob("*.py"))
    names = code + " ".join(set(re.findall(r"[a-z_]+", code))).upper()
    for trouble in TROUBLES:
        text = f"{trouble.symptom} {trouble.cause} {trouble.fix}"
        quoted = re.findall(r"`(?:\{prefix\})?([A-Z_]{4,}|[a-z]+_[a-z_]+|the turn failed)", text)
        for name in quoted:
            plain = name.replace("_", "")
            assert name in names or plain in names, name
