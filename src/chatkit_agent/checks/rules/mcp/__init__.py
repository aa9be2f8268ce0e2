"""The rules on mcp, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.mcp.chat_works_without_tools import chat_works_without_tools
from chatkit_agent.checks.rules.mcp.connection_per_turn import connection_per_turn
from chatkit_agent.checks.rules.mcp.connections_closed import connections_closed
from chatkit_agent.checks.rules.mcp.destructive_tools_approved import destructive_tools_approved
from chatkit_agent.checks.rules.mcp.headers_set_before_connecting import (
    headers_set_before_connecting,
)
from chatkit_agent.checks.rules.mcp.invented_tools_survived import invented_tools_survived
from chatkit_agent.checks.rules.mcp.routes_called_as_user import routes_called_as_user
from chatkit_agent.checks.rules.mcp.session_manager_runs import session_manager_runs
from chatkit_agent.checks.rules.mcp.tls_context_shared import tls_context_shared
from chatkit_agent.checks.rules.mcp.tool_called_as_user import tool_called_as_user
from chatkit_agent.checks.rules.mcp.tool_calls_not_repeated import tool_calls_not_repeated
from chatkit_agent.checks.rules.mcp.tool_errors_worded import tool_errors_worded
from chatkit_agent.checks.rules.mcp.tool_names_known import tool_names_known
from chatkit_agent.checks.rules.mcp.tool_names_taken import tool_names_taken
from chatkit_agent.checks.rules.mcp.tool_results_remembered import tool_results_remembered
from chatkit_agent.checks.rules.mcp.tools_called_by_client import tools_called_by_client
from chatkit_agent.checks.rules.mcp.tools_given_time import tools_given_time
from chatkit_agent.checks.rules.mcp.transport_fits import transport_fits

MCP: tuple[Check[Any], ...] = (
    connection_per_turn,
    headers_set_before_connecting,
    tool_calls_not_repeated,
    tools_given_time,
    tls_context_shared,
    transport_fits,
    chat_works_without_tools,
    tools_called_by_client,
    tool_errors_worded,
    tool_results_remembered,
    invented_tools_survived,
    tool_called_as_user,
    destructive_tools_approved,
    connections_closed,
    session_manager_runs,
    tool_names_known,
    routes_called_as_user,
    tool_names_taken,
)
