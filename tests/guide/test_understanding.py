"""Tasks in words become a playbook and options, and what is made of them is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.guide.playbooks import PLAYBOOKS
from chatkit_agent.guide.understanding import understand
from chatkit_agent.options.options import RequestedOptions

WHOLE = (
    "Add ChatKit server to packages/api with: MCP connection to http://localhost:8001/mcp; "
    "JWT auth token passing; PostgreSQL conversation persistence. "
    "Reference: use rag-agent/ patterns"
)
ROOT = Path(__file__).parent


@pytest.mark.parametrize(
    ("words", "playbook"),
    [
        *((each.invocation, each.name) for each in PLAYBOOKS),
        (WHOLE, "integrate"),
        ("Add a chat to my app with conversation history", "integrate"),
        ("add chatkit with SSE streaming and error handling", "integrate"),
        ("Add conversational AI", "integrate"),
        ("Set up ChatKit with PostgreSQL and MCP", "integrate"),
        ("Set up the ChatKit store with asyncpg", "persistence"),
        ("Connect the tools of http://localhost:8001/mcp", "mcp"),
        ("How do I keep the history in a separate schema?", "persistence"),
        ("JWT from the Authorization header into MCP tool calls", "auth"),
        ("tool calls are missing the auth token", "debug"),
        ("503 at /chatkit", "debug"),
        ("StreamError during a response", "debug"),
        ("ValidationError for extra fields", "debug"),
        ("the chat does not remember anything", "debug"),
        ("Why is the answer not streamed?", "debug"),
        ("serve the chat on port 5000", "integrate"),
    ],
)
def test_words_name_a_playbook(words: str, playbook: str) -> None:
    task = understand(words, ROOT, RequestedOptions())
    assert task.playbook is not None
    assert task.playbook.name == playbook


def test_the_whole_task_is_understood(tmp_path: Path) -> None:
    (tmp_path / "packages/api").mkdir(parents=True)
    task = understand(WHOLE, tmp_path, RequestedOptions())
    assert task.folder == tmp_path / "packages/api"
    assert task.requested == RequestedOptions(mcp_url="http://localhost:8001/mcp", auth="jwt")
    assert task.reference == "rag-agent/"
    assert [(each.what, each.value) for each in task.understood] == [
        ("playbook", "integrate"),
        ("path", "packages/api"),
        ("mcp_url", "http://localhost:8001/mcp"),
        ("auth", "jwt"),
        ("token", "auto"),
        ("persistence", "PostgreSQL"),
        ("reference", "rag-agent/"),
    ]
    assert all(each.words in WHOLE or each.words in WHOLE.lower() for each in task.understood)
    assert "there is no such folder here" in " ".join(task.notes)


def test_the_reference_is_a_folder_inside(tmp_path: Path) -> None:
    (tmp_path / "packages/api").mkdir(parents=True)
    (tmp_path / "rag-agent").mkdir()
    task = understand(WHOLE, tmp_path, RequestedOptions())
    assert task.requested.reference == tmp_path / "rag-agent"
    assert "No code is copied from it" in " ".join(task.notes)
    outside = understand(
        "Add a chat. Reference: use ../ patterns", tmp_path / "packages", RequestedOptions()
    )
    assert outside.requested.reference is None


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Add a chat as a sidecar", {"mode": "sidecar"}),
        ("Add a chat in a separate service", {"mode": "sidecar"}),
        ("Add a chat, without auth", {"auth": "none"}),
        ("Add a chat for our own users", {"auth": "existing"}),
        ("Add a chat that uses get_current_active_user", {"auth": "existing"}),
        ("verify tokens with JWKS", {"auth": "jwt"}),
        ("Pass the token as an argument", {"token": "argument"}),
        ("Pass the access token in the Authorization header", {"token": "header"}),
        ("Put the token into the system prompt", {"token": "prompt"}),
        ("Keep conversations in schema taskflow_chat", {"schema": "taskflow_chat"}),
        ("a separate `taskflow_chat` schema", {"schema": "taskflow_chat"}),
        ("with TASKFLOW_CHATKIT_* variables", {"env_prefix": "TASKFLOW"}),
        ("Add a chat at /api/talk", {"path": "/api/talk"}),
        ("a chat with voice and file uploads", {"features": ("transcription", "attachments")}),
        (
            "Use the MCP server at https://tools.example.com/v1.",
            {"mcp_url": "https://tools.example.com/v1"},
        ),
        ("Add a chat", {}),
        ("see https://example.com/docs", {}),
        ("Keep conversations in the schema of the application", {}),
    ],
)
def test_words_become_options(words: str, asked: dict[str, Any]) -> None:
    assert understand(words, ROOT, RequestedOptions()).requested == RequestedOptions(**asked)


def test_an_option_stands_against_the_words() -> None:
    asked = RequestedOptions(auth="existing", mcp_url="http://localhost:9/mcp")
    assert understand(WHOLE, ROOT, asked).requested == asked


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("Add a chat to packages/web", "There is no folder `packages/web`"),
        (
            "Add a chat like https://example.com/demo",
            "Nothing was made of https://example.com/demo",
        ),
        ("Add a chat with SQLite persistence", "SQLite is not used"),
    ],
)
def test_what_is_not_understood_is_said(words: str, note: str) -> None:
    task = understand(words, ROOT, RequestedOptions())
    assert note in " ".join(task.notes)
    assert task.folder == ROOT


@pytest.mark.parametrize("path", ["../elsewhere", "/etc", "linked", "package"])
def test_no_folder_outside_and_no_package_is_taken(path: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "package").mkdir(parents=True)
    (root / "package/__init__.py").touch()
    (tmp_path / "elsewhere").mkdir()
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    assert understand(f"Add a chat to {path}", root, RequestedOptions()).folder == root
