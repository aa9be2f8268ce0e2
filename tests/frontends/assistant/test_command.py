"""The command `ask`: with a model, without one, and what its exit status says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatkit_agent.frontends.assistant import provider
from chatkit_agent.frontends.assistant.provider import NO_KEY, NO_SDK, Provider, provider_of
from chatkit_agent.frontends.cli import main
from chatkit_agent.sandbox.model import OfflineModel

from .specialist import specialist


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CHATKIT_AGENT_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def ask(project: Path, *words: str, status: int, piped: str = "") -> Result:
    result = CliRunner().invoke(main, ["ask", *words, "--project", str(project)], input=piped)
    assert result.exit_code == status, result.output
    return result


def test_without_a_key_the_guide_answers_and_it_is_said(project: Path) -> None:
    told = ask(project, "Pass auth tokens to MCP tools", status=0)
    assert NO_KEY in told.stderr
    assert "# Pass the user's token to the tools" in told.stdout
    assert "## In this project" in told.stdout
    assert "app.include_router" not in told.stdout, "an answer, and not the whole integration"


def test_without_a_key_what_is_not_known_is_said(project: Path) -> None:
    told = ask(project, "what is the weather", status=0)
    assert "There is no answer to that here" in told.stdout


def test_without_a_key_the_doctor_answers_what_is_wrong(project: Path) -> None:
    told = ask(project, "Debug ChatKit streaming errors", status=4)
    assert NO_KEY in told.stderr
    assert "What to do" in told.stdout
    assert "There is no ChatKit chat" in " ".join(told.stdout.split())


def test_without_a_key_the_document_has_the_same(project: Path) -> None:
    document = json.loads(ask(project, "Add a chat", "--json", status=0).stdout)
    assert document["schema"] == "chatkit-agent/ask/2"
    assert document["model"] is None
    assert document["notes"] == [NO_KEY]
    assert document["guide"]["playbook"] == document["playbook"] == "integrate"


def test_a_task_can_be_piped_and_has_to_be_given(project: Path) -> None:
    assert "Add the chat" in ask(project, status=0, piped="Add a chat\n").stdout
    assert "Give a task" in ask(project, status=2).stderr


def test_with_a_model_in_one_document(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with OfflineModel(decides=specialist) as model:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-offline")
        monkeypatch.setenv("OPENAI_BASE_URL", model.url)
        answered = ask(project, "Add a chat", "--json", "--model", "some-model", status=3)
    document = json.loads(answered.stdout)
    assert document["denied"] == ["apply_plan"], "there is no terminal to ask in"
    assert document["model"] == "some-model"
    assert {request.body["model"] for request in model.requests} == {"some-model"}
    assert {request.path for request in model.requests} == {"/v1/chat/completions"}
    assert "app.include_router" in answered.stderr


@pytest.mark.parametrize(
    ("environment", "model", "expected"),
    [
        ({}, None, (provider.MODEL, "responses", None)),
        ({"OPENAI_BASE_URL": ""}, "own", ("own", "responses", None)),
        ({"CHATKIT_AGENT_MODEL": "theirs"}, None, ("theirs", "responses", None)),
        (
            {"OPENAI_BASE_URL": "http://localhost:11434/v1"},
            "llama",
            ("llama", "chat_completions", "http://localhost:11434/v1"),
        ),
        (
            {"OPENAI_BASE_URL": "https://eu.api.openai.com/v1"},
            "m",
            ("m", "responses", "https://eu.api.openai.com/v1"),
        ),
    ],
)
def test_the_environment_names_the_provider(
    environment: dict[str, str], model: str | None, expected: tuple[str, str, str | None]
) -> None:
    found = provider_of(model, "auto", {"OPENAI_API_KEY": "sk-x", **environment})
    assert isinstance(found, Provider)
    assert (found.model, found.api, found.url) == expected


def test_without_the_sdk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert provider_of(None, "auto", {}) == NO_KEY
    monkeypatch.setattr(provider, "find_spec", lambda _: None)
    assert provider_of(None, "auto", {"OPENAI_API_KEY": "sk-x"}) == NO_SDK
    assert "[assistant]" in NO_SDK


def test_without_a_key_the_sdk_is_not_even_imported(project: Path) -> None:
    """The base installation has no SDK: nothing may need it that does not speak with a model."""
    code = (
        "import sys\nsys.modules['agents'] = None\nsys.modules['openai'] = None\n"
        "from chatkit_agent.frontends.cli import main\n"
        f"main(['ask', '--project', {str(project)!r}, 'Add a chat'])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "# Add the chat" in ran.stdout
