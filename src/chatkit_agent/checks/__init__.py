"""The checks, in the order in which a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chatkit_agent.checks.answer_streams import answer_streams
from chatkit_agent.checks.app_boots import app_boots
from chatkit_agent.checks.application_untouched import application_untouched
from chatkit_agent.checks.conversation_survives_restart import conversation_survives_restart
from chatkit_agent.checks.route_mounted import route_mounted
from chatkit_agent.checks.routes_kept import routes_kept
from chatkit_agent.checks.strangers_refused import strangers_refused
from chatkit_agent.checks.token_hidden_from_model import token_hidden_from_model
from chatkit_agent.checks.tool_called_as_user import tool_called_as_user
from chatkit_agent.checks.users_isolated import users_isolated
from chatkit_agent.evidence import Evidence
from chatkit_agent.findings import Finding

Check = Callable[[Evidence], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    app_boots,
    routes_kept,
    application_untouched,
    route_mounted,
    answer_streams,
    tool_called_as_user,
    token_hidden_from_model,
    conversation_survives_restart,
    users_isolated,
    strangers_refused,
)

BESIDE = frozenset({application_untouched})
"""Those that are about a chat beside the application only."""


def checks_for(evidence: Evidence) -> tuple[Check, ...]:
    is_beside = evidence.mounting == "sidecar"
    return tuple(check for check in CHECKS if is_beside or check not in BESIDE)
