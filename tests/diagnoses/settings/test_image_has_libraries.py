"""An image that installs a list without the chat's libraries is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.settings.image_has_libraries import image_has_libraries
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
FILES = {
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi", "openai-chatkit", '
    '"openai-agents"]\n',
    "Dockerfile": "FROM python:3.12\nRUN pip install -r requirements.txt\n",
}


@pytest.mark.parametrize("lines", ["fastapi\n", "fastapi\nopenai-agents\n", "openai-chatkit-x\n"])
def test_found(findings: Findings, lines: str) -> None:
    (finding,) = findings(image_has_libraries, FILES | {"requirements.txt": lines})
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
    assert not findings(image_has_libraries, FILES | files)
