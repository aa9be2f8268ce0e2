"""The environment of the application: the person's own, their env file's, and the sandbox's."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.run.sandbox_variables import borrowed_variables, sandbox_variables
from chatkit_agent.evidence.run.signing import Signer
from chatkit_agent.options.options import Options, RequestedOptions, choose
from chatkit_agent.project.read import Project, read_project

SHOP = Path(__file__).parents[2] / "projects" / "module_level"


@pytest.fixture
def project() -> Project:
    return read_project(SHOP)


def sandboxed(options: Options, secret: str | None) -> dict[str, str]:
    signer = None if secret is None else Signer(secret)
    database, tools = "postgresql:///chat", "http://mcp"
    return sandbox_variables(options, database, "http://model", "sk-1", tools, signer)


def test_the_secret_of_the_tokens_is_ours_alone(project: Project) -> None:
    options = choose(project, RequestedOptions(auth="jwt", env_prefix="SHOP"))
    variables = sandboxed(options, "s" * 40)
    assert variables["SHOP_CHATKIT_JWT_SECRET"] == "s" * 40
    assert variables["SHOP_CHATKIT_JWKS_URL"] == ""
    assert variables["SHOP_CHATKIT_AUTH"] == "jwt"
    assert variables["OPENAI_API_KEY"] == "sk-1"


def test_tools_and_keys_are_borrowed_and_databases_lent() -> None:
    others = {
        "NOTES_MCP_URL": "http://x/tools",
        "OPENAI_KEY": "",
        "NOTES_STORE": "postgresql://a/b",
    }
    found = borrowed_variables(others, "sk-1", "http://mcp/mcp", None)
    assert found == {"NOTES_MCP_URL": "http://mcp/tools", "OPENAI_KEY": "sk-1"}


def test_nobody_signs_in_only_where_that_was_chosen(project: Project) -> None:
    options = choose(project, RequestedOptions(auth="none", env_prefix="SHOP"))
    assert sandboxed(options, None)["SHOP_CHATKIT_AUTH"] == "none"
