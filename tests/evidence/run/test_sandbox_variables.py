"""Whose variables lead where: to the sandbox's servers and people, under every usual name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.evidence.run.sandbox_variables import (
    borrowed_variables,
    identity_variables,
    sandbox_variables,
)
from chatkit_agent.evidence.run.signing import Signer
from chatkit_agent.options.options import AuthMode, Options
from chatkit_agent.project.facts import App

APP = App("main:app", "module", "main.py", "", "main.py", None, "app")
SIGNER = Signer("of-this-run")
TOOLS = "http://127.0.0.1:4000/mcp"


def options(auth: AuthMode) -> Options:
    return Options(
        APP, "shop", auth, None, "auto", "SHOP_CHATKIT_", "c", "/chatkit", None, ".", "x", ()
    )


def test_a_chat_has_the_sandboxs_database_model_and_tools() -> None:
    found = sandbox_variables(options("existing"), "db", "http://model", "key", TOOLS, None)
    assert found == {
        "SHOP_CHATKIT_DATABASE_URL": "db",
        "SHOP_CHATKIT_TRACING": "false",
        "SHOP_CHATKIT_MCP_SERVER_URL": TOOLS,
        "MCP_SERVER_URL": TOOLS,
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": "http://model",
    }


def test_its_own_sign_in_knows_this_runs_people_and_nobody_elses() -> None:
    """Keys and issuers of the owner's would let others in, or these not."""
    found = identity_variables(options("jwt"), SIGNER)
    assert (found["SHOP_CHATKIT_JWT_SECRET"], found["SHOP_CHATKIT_AUTH"]) == ("of-this-run", "jwt")
    for name in ("JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "JWT_ALGORITHM"):
        assert found[f"SHOP_CHATKIT_{name}"] == ""


def test_without_a_sign_in_there_is_none() -> None:
    assert identity_variables(options("none"), None) == {"SHOP_CHATKIT_AUTH": "none"}
    assert identity_variables(replace(options("existing"), env_prefix="X_"), None) == {}


@pytest.mark.parametrize(
    ("name", "now", "then"),
    [
        ("MCP_SERVER_URL", "https://mcp.example/mcp", "http://127.0.0.1:4000/mcp"),
        ("SHOP_MCP_URL", "https://mcp.example/sse/v1", "http://127.0.0.1:4000/sse/v1"),
        ("MCP_URI", "", "http://127.0.0.1:4000/mcp"),
        ("MCP_ENDPOINT", "https://mcp.example", "http://127.0.0.1:4000/mcp"),
        ("MCP_SERVER", "http://mcp.example/x", "http://127.0.0.1:4000/x"),
        ("OPENAI_API_KEY", "sk-theirs", "key"),
        ("AZURE_OPENAI_API_KEY", "theirs", "key"),
        ("LLM_API_KEY", "theirs", "key"),
        ("JWT_SECRET", "theirs", "of-this-run"),
        ("AUTH_JWT_SECRET", "theirs", "of-this-run"),
        ("SECRET_KEY", "theirs", "of-this-run"),
        ("SESSION_SECRET", "theirs", "of-this-run"),
        ("JWT_SECRET_KEY", "theirs", "of-this-run"),
        ("STRIPE_SECRET_KEY", "theirs", None),
        ("DATABASE_URL", "theirs", None),
        ("MCP_URL_PREFIX", "theirs", None),
        ("JWT_ALGORITHM", "HS256", None),
    ],
)
def test_others_names_for_theirs(name: str, now: str, then: str | None) -> None:
    found = borrowed_variables({name: now}, "key", TOOLS, SIGNER)
    assert found == ({name: then} if then else {})


def test_a_secret_stays_where_nobody_signs() -> None:
    assert borrowed_variables({"JWT_SECRET": "theirs"}, "key", TOOLS, None) == {}
