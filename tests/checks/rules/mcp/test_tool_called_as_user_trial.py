"""A tool call without the person's token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks.rules.mcp.tool_called_as_user import tools_get_token
from chatkit_agent.evidence.static import Evidence, Service
from tests.checks.rules.conftest import Tried


def test_quiet(tried: Tried, observed: Tried) -> None:
    assert not list(tools_get_token(tried()))
    assert not list(tools_get_token.over(observed()))


def test_found(tried: Tried) -> None:
    (finding,) = tools_get_token(tried(without_token=("list_tasks", "list_tasks")))
    assert finding.evidence.startswith("`list_tasks` came without it")
    assert "token_missing" in finding.explains


def test_refused_without_it(tried: Tried) -> None:
    (finding,) = tools_get_token(tried(came_with="no `Authorization` header"))
    assert finding.evidence.endswith("they had no `Authorization` header.")
    assert not list(tools_get_token(tried(came_with="no header", reached_tools=False)))


@pytest.mark.parametrize(
    ("credentials", "left"), [((), ("access_token",)), (("params.access_token",), ())]
)
def test_quiet_where_nobody_wants_it_or_the_chat_writes_it_in(
    tried: Tried, credentials: tuple[str, ...], left: tuple[str, ...]
) -> None:
    assert not list(tools_get_token(asking(tried(left_to_model=left), credentials)))


def test_an_argument_that_is_left_to_the_model(tried: Tried) -> None:
    seen = asking(tried(left_to_model=("access_token",)), ("params.access_token",))
    (finding,) = tools_get_token(seen)
    assert "want the token as an argument" in finding.what
    assert "`params.access_token`" in finding.evidence
    assert finding.where == "`SHOP_MCP_URL`, .env:3"


def asking(evidence: Evidence, credentials: tuple[str, ...]) -> Evidence:
    tools = Service("tools", "SHOP_MCP_URL", ".env:3", None, credentials)
    return replace(evidence, services=(tools,))
