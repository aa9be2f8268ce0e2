"""Every rule of `verify` and `doctor`, by topic."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.configuration import CONFIGURATION
from chatkit_agent.checks.rules.conversation import CONVERSATION
from chatkit_agent.checks.rules.deployment import DEPLOYMENT
from chatkit_agent.checks.rules.identity import IDENTITY
from chatkit_agent.checks.rules.logs import LOGS
from chatkit_agent.checks.rules.mcp import MCP
from chatkit_agent.checks.rules.routes import ROUTES
from chatkit_agent.checks.rules.storage import STORAGE
from chatkit_agent.checks.rules.streaming import STREAMING
from chatkit_agent.checks.rules.tokens import TOKENS

CHECKS: tuple[Check[Any], ...] = (
    *IDENTITY,
    *ROUTES,
    *CONFIGURATION,
    *CONVERSATION,
    *TOKENS,
    *STREAMING,
    *MCP,
    *STORAGE,
    *DEPLOYMENT,
    *LOGS,
)
