"""A library that the chat imports and no file declares is found, where FastAPI is declared."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.libraries_declared import libraries_declared
from tests.checks.rules.conftest import CHAT, Findings

STORE = {"app/store.py": "import asyncpg\nfrom chatkit.store import Store\n"}
SHOP = '[project]\nname = "shop"\ndependencies = ["fastapi"]\n'


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ("fastapi\n", ["openai-chatkit", "openai-agents"]),
        ("fastapi\nopenai-agents>=0.20\n", ["openai-chatkit"]),
        ("fastapi\n# openai-chatkit\n", ["openai-chatkit", "openai-agents"]),
        ("fastapi\nopenai-chatkit>=1.6.5,<1.7\n", []),
        ("fastapi\nOpenAI_ChatKit>=1.6.5,<1.7\n", []),
        ("fastapi\n-r chat.txt\n", []),
        ("fastapi\nchatkit-agent-runtime\n", []),
        ("starlette\n", []),
    ],
)
def test_libraries(findings: Findings, declared: str, named: list[str]) -> None:
    more = {"chat.txt": "openai-chatkit>=1.6.5,<1.7\n"} if "-r" in declared else {}
    found = findings(libraries_declared, {**CHAT, "requirements.txt": declared, **more})
    assert [each.cause for each in found] == [f"undeclared:{name}" for name in named]


def test_the_driver_of_the_store(findings: Findings) -> None:
    declared = "fastapi\nopenai-chatkit>=1.6.5,<1.7\n"
    (finding,) = findings(libraries_declared, {**CHAT, **STORE, "requirements.txt": declared})
    assert finding.cause == "undeclared:asyncpg"
    assert finding.where == "requirements.txt:1"


def test_quiet_where_no_dependencies_are_seen(findings: Findings) -> None:
    assert not findings(libraries_declared, CHAT)


def test_found_in_a_project_file(findings: Findings) -> None:
    found = findings(libraries_declared, {**CHAT, "pyproject.toml": SHOP})
    assert {each.where.partition(":")[0] for each in found} == {"pyproject.toml"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements-chat.txt", "openai_chatkit>=1.6.5\n"),
        ("requirements/chat.txt", "openai-chatkit\n"),
        ("Dockerfile", "FROM python:3.12\nRUN pip install OpenAI-ChatKit\n"),
        ("pyproject.toml", '[dependency-groups]\nchat = ["openai-chatkit>=1.6.5"]\n'),
        ("setup.py", "setup(install_requires=['openai-chatkit'])\n"),
        (".github/workflows/deploy.yml", "jobs:\n  x:\n    run: pip install openai-chatkit\n"),
    ],
)
def test_quiet_where_anything_installs_it(findings: Findings, path: str, text: str) -> None:
    assert not findings(libraries_declared, {**CHAT, "requirements.txt": "fastapi\n", path: text})
    named = {**CHAT, "requirements.txt": "fastapi\n", path: f"# {text.splitlines()[-1]}\n"}
    assert findings(libraries_declared, named)
