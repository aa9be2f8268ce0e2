"""Versions that were seen to fail are found as pinned and as locked; safe ranges are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.versions_fit import versions_fit
from tests.checks.rules.conftest import Findings

REQUIREMENTS = "fastapi\n{}\n"
SHOP = '[project]\nname = "shop"\ndependencies = ["{}"]\n'
LOCK = '[[package]]\nname = "{}"\nversion = "{}"\n'


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("openai-chatkit", "openai-chatkit"),
        ("openai-chatkit==0.0.1", "openai-chatkit"),
        ("mcp==1.20.0", "mcp"),
        ("openai-agents==0.9.1", "openai-agents"),
    ],
)
def test_found(findings: Findings, line: str, package: str) -> None:
    (finding,) = findings(versions_fit, {"requirements.txt": REQUIREMENTS.format(line)})
    assert finding.where == "requirements.txt:2"
    assert finding.cause == f"version:{package}"


def test_found_in_a_lock(findings: Findings) -> None:
    both = LOCK.format("mcp", "2.1.0") + LOCK.format("openai-agents", "0.19.0")
    (finding,) = findings(versions_fit, {"uv.lock": both, "pyproject.toml": SHOP.format("fastapi")})
    assert finding.where == "uv.lock"


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "openai-chatkit>=1.6.5,<1.7\nopenai-agents>=0.20\nmcp>=1.21.2\n"},
        {
            "pyproject.toml": SHOP.format("openai-chatkit"),
            "uv.lock": LOCK.format("openai-chatkit", "1.6.5"),
        },
        {"requirements.txt": "openai-chatkit==0.0.2\n"},
        {"requirements.txt": "openai-agents==0.9.1\nopenai==1.60.0\n"},
        {"requirements.txt": "fastapi\n"},
    ],
)
def test_quiet(findings: Findings, files: dict[str, str]) -> None:
    assert not findings(versions_fit, files)


CHAT = "fastapi\nopenai-chatkit>=1.6.5,<1.7\nopenai-agents>=0.20,<0.25\n{}\n"


@pytest.mark.parametrize("line", ["pydantic<2", "pydantic==1.10.13", "openai<2", "openai==1.52.0"])
def test_found_where_the_sdks_ask_for_more(findings: Findings, line: str) -> None:
    (finding,) = findings(versions_fit, {"requirements.txt": CHAT.format(line)})
    assert finding.where == "requirements.txt:4"
    assert "cannot be installed" in finding.what


@pytest.mark.parametrize(
    "line", ["pydantic", "pydantic>=2,<3", "pydantic~=2.0", "openai<4", "openai==2.*", "openai>=1"]
)
def test_quiet_where_they_get_it(findings: Findings, line: str) -> None:
    assert not findings(versions_fit, {"requirements.txt": CHAT.format(line)})


DEPLOYED = {"requirements.txt": "fastapi\nopenai-chatkit>=1.6.5,<1.7\n"}


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("Dockerfile", "FROM python:3.9-slim\n", 1),
        (
            "deploy/api.Dockerfile",
            "# the API\nFROM --platform=linux/amd64 python:3.8\nCMD uvicorn main:app",
            2,
        ),
        (
            "Dockerfile",
            "FROM python:3.12 AS build\nFROM public.ecr.aws/docker/library/python:3.9\n",
            2,
        ),
        ("runtime.txt", "python-3.9.18\n", 1),
    ],
)
def test_found_where_python_is_too_old(findings: Findings, path: str, text: str, line: int) -> None:
    (finding,) = findings(versions_fit, DEPLOYED | {path: text})
    assert finding.where == f"{path}:{line}"
    assert "does_not_start" in finding.explains


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "FROM python:3.10-slim\n"),
        ("Dockerfile", "FROM python:3\nFROM node:3.9\n"),
        ("Dockerfile", "ARG V=3.9\nFROM python:${V}\n# FROM python:3.8\n"),
        ("runtime.txt", "python-3.13.1\n"),
        ("docs/python.md", "FROM python:3.8\n"),
        ("jobs/Dockerfile", "FROM python:3.8\n"),
    ],
)
def test_quiet_where_python_is_new_enough(findings: Findings, path: str, text: str) -> None:
    assert not findings(versions_fit, DEPLOYED | {path: text})


def test_quiet_where_no_chat_is_declared(findings: Findings) -> None:
    files = {"requirements.txt": "fastapi\n", "Dockerfile": "FROM python:3.9\n"}
    assert not findings(versions_fit, files)
