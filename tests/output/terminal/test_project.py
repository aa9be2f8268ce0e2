"""What is in a project, a line for each thing, and what it would be used for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.output.documents import InspectDocument
from chatkit_agent.output.documents.project import (
    AuthPart,
    ChatPart,
    MCPServerPart,
    NamedPart,
    PackagingPart,
    PythonPart,
    RoutePart,
    SettingsPart,
    TokensPart,
)
from chatkit_agent.output.terminal.project import inspection
from chatkit_agent.project.read import read_project
from tests.output.terminal.conftest import text

PROJECTS = Path(__file__).parents[2] / "projects"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> InspectDocument:
    root = shutil.copytree(PROJECTS / "flat_file", tmp_path_factory.mktemp("read") / "shop")
    return InspectDocument.of(read_project(root))


def settings(file: str) -> SettingsPart:
    return SettingsPart(
        name="Settings", file=file, style="v2", extra=None, env_files=(), forbids_extra=False
    )


def named(variable: str) -> NamedPart:
    return NamedPart(variable=variable, default=None)


TOKENS = TokensPart(
    file="auth.py",
    key="SECRET",
    key_variable=None,
    is_jwks=False,
    algorithm=named("A"),
    user="sub",
    header="Authorization",
    scheme=named("S"),
    issuer=None,
    audience=None,
    evidence="decoded",
)
SERVER = MCPServerPart(file="tools.py", url="http://localhost:1/mcp", warning="")
ROUTES = tuple(RoutePart(label=f"GET /{n}", file="a.py", knows_person=n == 1) for n in range(7))


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"app": None}, "application        not found"),
        ({}, "in main.py, made at module level"),
        (
            {"packaging": PackagingPart(manager="pip", file=None, style="x", declared=())},
            "dependencies       none",
        ),
        ({"python": PythonPart(requires=None, source=None)}, "Python             not declared"),
        ({"settings": (settings("conf.py"),)}, "settings           Settings in conf.py"),
        (
            {"auth": AuthPart(dependencies=(), schemes=(), not_used=("one", "two"))},
            "not used           one; two",
        ),
        ({"tokens": TOKENS}, "verified with SECRET in auth.py, `sub` names the user"),
        (
            {"tokens": TOKENS.model_copy(update={"key_variable": "APP_KEY"})},
            "verified with APP_KEY in auth.py",
        ),
        ({"mcp_servers": (SERVER,)}, "MCP servers        http://localhost:1/mcp in tools.py"),
        ({"mcp_servers": (SERVER,)}, "assistant's with --mcp-url http://localhost:1/mcp"),
        (
            {"mcp_servers": (SERVER.model_copy(update={"warning": "It would break."}),)},
            "tools.py: It would break.",
        ),
        ({"routes": ROUTES}, "GET /0, GET /1, GET /2, GET /3, GET /4, and 2 more"),
        ({"routes": ROUTES}, 'with --tools "routes:GET /1"'),
        ({"routes": ROUTES[2:3]}, "The routes that read are the assistant's tools with --tools"),
        ({"chat": ChatPart(applied=True, signs=())}, "chat               added by chatkit-agent"),
        ({"chat": ChatPart(applied=False, signs=("a server",))}, "chat               a server"),
        ({"shadows": ("agents.py",)}, "hides an SDK: agents.py"),
        ({"shadowed": ("agents.py",)}, "hidden by an SDK: agents.py"),
        ({"unreadable": ("a.py: no Python",)}, "could not be read: a.py: no Python"),
    ],
)
def test_what_is_here(document: InspectDocument, more: dict[str, Any], line: str) -> None:
    assert line in text(inspection(document.model_copy(update=more)), width=160)


def test_an_address_that_several_servers_have_is_proposed_once(document: InspectDocument) -> None:
    other = SERVER.model_copy(update={"file": "other.py", "warning": "It would break."})
    shown = document.model_copy(update={"mcp_servers": (SERVER, other)})
    told = text(inspection(shown), width=160)
    assert told.count("--mcp-url http://localhost:1/mcp") == 1
    assert "other.py: It would break." in told


def test_routes_of_a_chat_that_is_there_are_not_proposed(document: InspectDocument) -> None:
    there = {"routes": ROUTES, "chat": ChatPart(applied=True, signs=())}
    assert "--tools" not in text(inspection(document.model_copy(update=there)), width=160)


def test_several_applications_are_to_be_chosen_from(document: InspectDocument) -> None:
    assert document.app is not None
    two = {"app": None, "candidates": (document.app, document.app)}
    shown = text(inspection(document.model_copy(update=two)), width=160)
    assert "Several applications; choose one with --app:" in shown
    assert shown.count(f"  {document.app.ref} in {document.app.file}: ") == 2
