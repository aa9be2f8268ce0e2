"""A plan: what was chosen, what is new, and what is edited with its lines."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.output.documents import PlanDocument
from chatkit_agent.output.documents.plan import BlockedPart
from chatkit_agent.output.terminal.layout import TAB
from chatkit_agent.output.terminal.plan import plan
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from tests.output.terminal.conftest import text

PROJECTS = Path(__file__).parents[2] / "projects"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> PlanDocument:
    root = shutil.copytree(PROJECTS / "oauth_user", tmp_path_factory.mktemp("plan") / "shop")
    return PlanDocument.of(make_plan(read_project(root), RequestedOptions()))


def shown(document: PlanDocument, *, full: bool = False, **options: Any) -> str:
    chosen = document.options.model_copy(update=options)
    return text(plan(document.model_copy(update={"options": chosen}), full=full), width=160)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "in the application's own process"),
        (
            {"mode": "sidecar", "obstacle": "its Python is old"},
            "a service of its own beside the application: its Python is old",
        ),
        ({"auth": "none"}, "none (only for a laptop)"),
        ({}, "your own get_current_user in app/auth.py"),
        ({"user": None, "auth": "jwt"}, "a verified JWT of the chat's own"),
        ({"page": "none"}, "page          none"),
        ({}, "GET /chat"),
        ({"mcp_url": "http://x.test/mcp"}, "the MCP server at http://x.test/mcp"),
        ({}, "of the server in MCP_SERVER_URL; your own routes instead with --tools routes"),
        ({"mode": "sidecar"}, "of the server in MCP_SERVER_URL\n"),
        ({"tools": "none"}, "tools         none"),
        ({"tools": "routes"}, "your own routes, called as who asks"),
        ({"home": ""}, "code goes to  ."),
        ({"features": ("summary", "retention")}, "modules       summary, retention"),
    ],
)
def test_what_was_chosen(document: PlanDocument, options: dict[str, Any], line: str) -> None:
    assert line in "".join(f"{each.rstrip()}\n" for each in shown(document, **options).splitlines())


def test_the_whole_diff_where_it_is_asked_for(document: PlanDocument) -> None:
    short, full = shown(document), shown(document, full=True)
    assert "chatkit-agent plan --diff" in short
    assert "chatkit-agent plan --diff" not in full
    assert document.diff.replace("\t", TAB) in full
    assert "edit  app/main.py" in short
    assert "+app.include_router" in short


@pytest.mark.parametrize(
    ("more", "line", "is_there"),
    [
        ({"notes": ("Careful.",)}, "note: Careful.", True),
        ({"changes": (), "diff": ""}, "Nothing to change: the chat is already here.", True),
        (
            {
                "changes": (),
                "diff": "",
                "manual_steps": (BlockedPart(edit="mount", reason="Two apps.", snippet="x = 1"),),
            },
            "Nothing to change",
            False,
        ),
        (
            {"manual_steps": (BlockedPart(edit="mount", reason="Two apps.", snippet="x = 1"),)},
            "By hand, mount: Two apps.\n  x = 1",
            True,
        ),
        ({"environment": ()}, "Environment", False),
    ],
)
def test_what_is_left_to_do(
    document: PlanDocument, more: dict[str, Any], line: str, is_there: bool
) -> None:
    shown_lines = text(plan(document.model_copy(update=more), full=False), width=160).splitlines()
    assert (line in "\n".join(each.rstrip() for each in shown_lines)) is is_there
