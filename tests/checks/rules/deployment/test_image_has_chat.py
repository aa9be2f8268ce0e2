"""An image that installs a list without the chat's libraries is found."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.deployment.image_has_chat import image_has_chat
from tests.checks.rules.conftest import Findings

FILES = {
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi", "openai-chatkit", '
    '"openai-agents"]\n',
    "Dockerfile": "FROM python:3.12\nRUN pip install -r requirements.txt\n",
}


@pytest.mark.parametrize("lines", ["fastapi\n", "fastapi\nopenai-agents\n", "openai-chatkit-x\n"])
def test_found(findings: Findings, lines: str) -> None:
    (finding,) = findings(image_has_chat, FILES | {"requirements.txt": lines})
    assert finding.where == "Dockerfile:2"
    assert "openai-chatkit" in finding.evidence


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "openai_chatkit==1.6.5\nopenai-agents\n"},
        {"requirements.txt": "fastapi\n", "Dockerfile": "RUN pip install .\n"},
        {"requirements.txt": "fastapi\n", "pyproject.toml": '[project]\nname = "shop"\n'},
    ],
)
def test_quiet(findings: Findings, files: dict[str, str]) -> None:
    assert not findings(image_has_chat, FILES | files)


@pytest.mark.parametrize(
    ("copied", "count"), [("app", 0), (".", 0), ("app/main.py app/auth.py app/__init__.py", 1)]
)
def test_files_that_are_not_copied(findings: Findings, copied: str, count: int) -> None:
    dockerfile = f"FROM python:3.12\nCOPY {copied} /srv/app/\nCMD uvicorn app.main:app\n"
    found = findings(image_has_chat, {"Dockerfile": dockerfile})
    assert [each.where for each in found] == ["Dockerfile:2"] * count
    assert all("app/server.py" in each.evidence for each in found)
