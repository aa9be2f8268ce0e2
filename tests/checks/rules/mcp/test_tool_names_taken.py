"""Names of tools that the model's provider refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks.rules.mcp.tool_names_taken import tool_names_taken
from chatkit_agent.evidence.static import Evidence, Service
from tests.checks.rules.conftest import Tried

LONG = "look_up_" * 9


def having(evidence: Evidence, *names: str) -> Evidence:
    tools = Service("tools", "SHOP_MCP_URL", ".env:3", None, refused_names=names)
    return replace(evidence, services=(tools,))


@pytest.mark.parametrize("name", ["github.create_issue", "files/read", "get info", LONG])
def test_a_name_that_reaches_the_model(tried: Tried, name: str) -> None:
    (finding,) = tool_names_taken(having(tried(refused_names=(name,)), name))
    assert f"`{name[:80]}`" in finding.evidence
    assert finding.where == "`SHOP_MCP_URL`, .env:3"
    assert "stream_error" in finding.explains


def test_quiet_where_the_chat_offers_them_under_other_names(tried: Tried) -> None:
    assert not list(tool_names_taken(having(tried(), "github.create_issue")))
    assert not list(tool_names_taken(tried()))
