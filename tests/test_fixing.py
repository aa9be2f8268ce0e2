"""What edits can fix is shown, confirmed, made, looked at again, and taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.frontends.cli import main
from chatkit_agent.plan.plan import make_plan, plan_fixed_chat
from chatkit_agent.project.read import read_project

MAIN = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
from fastapi import FastAPI
app = FastAPI()
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        async with MCPServerStreamableHttp(params=P, max_retry_attempts=3) as tools:
            yield tools
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(MAIN)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_shown_made_and_taken_back(project: Path) -> None:
    found = run("doctor", project)
    assert found.exit_code == 1
    assert "`stop_retrying_tools`, with --fix" in " ".join(found.stdout.split())
    fixed = run("doctor", project, "--fix", "--yes")
    assert "+        async with MCPServerStreamableHttp" in fixed.stdout
    assert "max_retry_attempts=0" in (project / "main.py").read_text()
    assert run("undo", project, "--yes").exit_code == 0
    assert (project / "main.py").read_text() == MAIN
    assert sorted(path.name for path in project.iterdir()) == ["main.py"]


def test_one_json_document(project: Path) -> None:
    document = json.loads(run("doctor", project, "--fix", "--yes", "--json").stdout)
    assert document["schema"] == "chatkit-agent/doctor/2"
    assert document["fixes"]["applied"]
    assert document["fixes"]["edits"] == ["stop_retrying_tools", "give_tools_time"]
    assert [each["edit"] for each in document["findings"] if each["edit"]] == []


def test_nothing_is_written_without_a_yes(project: Path) -> None:
    refused = run("doctor", project, "--fix")
    assert refused.exit_code == 3
    assert (project / "main.py").read_text() == MAIN


def test_a_chat_by_hand_stays_one(project: Path) -> None:
    run("doctor", project, "--fix", "--yes")
    found = read_project(project)
    assert not found.chat.applied
    assert make_plan(found).manual_steps


def test_undo_takes_back_the_fix_and_then_the_chat(tmp_path: Path) -> None:
    own = "from fastapi import FastAPI\n\napp = FastAPI()\n"
    (tmp_path / "main.py").write_text(own)
    apply(make_plan(read_project(tmp_path)))
    settings = tmp_path / "config.py"
    settings.write_text(
        "from pydantic_settings import BaseSettings\n\n\n"
        'class Own(BaseSettings):\n    model_config = {"env_file": ".env"}\n'
    )
    later = settings.read_bytes()
    apply(plan_fixed_chat(read_project(tmp_path), ["allow_extra_settings"]))
    assert settings.read_bytes() != later
    undo(tmp_path)
    assert settings.read_bytes() == later
    assert (tmp_path / "main.py").read_text() != own
    undo(tmp_path)
    assert (tmp_path / "main.py").read_text() == own
