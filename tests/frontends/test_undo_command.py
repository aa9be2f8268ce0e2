"""`undo` shows what goes and what stays, and asks; `add` says what is written when it is ended."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatkit_agent import api
from chatkit_agent.errors import CannotBoot
from chatkit_agent.frontends.cli import main

PROJECTS = Path(__file__).parents[1] / "projects"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
    assert run("add", root, "--yes", "--no-verify").exit_code == 0
    return root


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_without_a_terminal_undo_says_what_to_pass(project: Path) -> None:
    refused = run("undo", project)
    assert refused.exit_code == 3
    assert "--yes" in refused.output
    assert "  remove " in refused.output
    assert (project / "app/services/chat_agent.py").is_file()


def test_a_dry_run_says_what_goes_and_what_stays(project: Path) -> None:
    (project / ".env").write_text("OPENAI_API_KEY=sk-secret\nSECRET_KEY=of the application\n")
    shown = run("undo", project, "--dry-run").output
    assert "app/services/chat_agent.py" in shown
    lines = shown.splitlines()
    assert any(line.startswith("     DROP SCHEMA") for line in lines)
    assert "still sets OPENAI_API_KEY." in " ".join(shown.split())
    assert "sk-secret" not in shown
    assert "openai-chatkit" in shown
    assert (project / "app/services/chat_agent.py").is_file()


def test_the_document_says_what_stays(project: Path) -> None:
    agent = project / "app/services/chat_agent.py"
    agent.write_text(agent.read_text() + "\nMINE = 1\n")
    document = json.loads(run("undo", project, "--yes", "--json").stdout)
    assert document["undone"] is True
    assert document["kept"] == ["app/services/chat_agent.py"]
    assert any("DROP SCHEMA" in each for each in document["stays"])
    again = run("undo", project, "--yes")
    assert again.exit_code == 3
    assert "app/services/chat_agent.py" in again.output


def test_a_use_is_refused_and_forced(project: Path) -> None:
    (project / "app/jobs.py").write_text("from app.services.chat_agent import SYSTEM_PROMPT\n")
    refused = run("undo", project, "--yes")
    assert refused.exit_code == 3
    assert "app/jobs.py line 1" in refused.output
    assert run("undo", project, "--yes", "--force").exit_code == 0


def test_options_are_changed_in_place(project: Path) -> None:
    changed = run("update", project, "--yes", "--mcp-url", "https://tools.example.com/mcp")
    assert changed.exit_code == 0, changed.output
    assert "Set MCP_SERVER_URL, such as https://tools.example.com/mcp" in changed.output
    assert "tools.example.com" in (project / ".env.example").read_text()


def test_another_add_says_that_there_is_nothing_to_change(project: Path) -> None:
    assert "Nothing to change" in run("add", project, "--yes", "--no-verify").output


def test_an_unreachable_index_leaves_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise CannotBoot("The package index could not be reached.")

    monkeypatch.setattr(api, "verify_integration", refused)
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
    said = " ".join(run("add", root, "--yes").output.split())
    assert "The files are written and stay" in said
    assert "chatkit-agent verify" in said
    assert (root / "app/services/chat_agent.py").is_file()


ENDLESS = """
import sys, time
from chatkit_agent import api
from chatkit_agent.frontends.cli import main
def endless(*_, **__):
    print("checking", flush=True)
    time.sleep(60)
api.verify_integration = endless
main(["add", sys.argv[1], "--yes"])
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_add_that_is_ended_says_what_is_written(tmp_path: Path, sent: int) -> None:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
    command = [sys.executable, "-c", ENDLESS, str(root)]
    with subprocess.Popen(command, stdout=-1, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout
        while started.stdout.readline() != "checking\n":
            assert started.poll() is None
        time.sleep(0.2)
        started.send_signal(sent)
        _, said = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "are written and stay" in " ".join(said.split())
    assert "chatkit-agent undo" in said
    assert (root / "app/services/chat_agent.py").is_file()
