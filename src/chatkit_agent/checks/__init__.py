"""The checks, in the order in which a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chatkit_agent.checks.answer_streams import answer_streams
from chatkit_agent.checks.app_boots import app_boots
from chatkit_agent.checks.application_untouched import application_untouched
from chatkit_agent.checks.conversation_survives_restart import conversation_survives_restart
from chatkit_agent.checks.destructive_tools_approved import destructive_tools_approved
from chatkit_agent.checks.health_told import health_told
from chatkit_agent.checks.malformed_refused import malformed_refused
from chatkit_agent.checks.outages_survived import outages_survived
from chatkit_agent.checks.retry_repeats_nothing import retry_repeats_nothing
from chatkit_agent.checks.route_mounted import route_mounted
from chatkit_agent.checks.routes_kept import routes_kept
from chatkit_agent.checks.stop_keeps_partial import stop_keeps_partial
from chatkit_agent.checks.strangers_refused import strangers_refused
from chatkit_agent.checks.token_hidden_from_answers import token_hidden_from_answers
from chatkit_agent.checks.token_hidden_from_model import token_hidden_from_model
from chatkit_agent.checks.tool_called_as_user import tool_called_as_user
from chatkit_agent.checks.tool_steps_shown import tool_steps_shown
from chatkit_agent.checks.turns_exclusive import turns_exclusive
from chatkit_agent.checks.users_isolated import users_isolated
from chatkit_agent.evidence.run import Evidence
from chatkit_agent.findings import Finding

Check = Callable[[Evidence], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    app_boots,
    routes_kept,
    application_untouched,
    route_mounted,
    answer_streams,
    stop_keeps_partial,
    retry_repeats_nothing,
    turns_exclusive,
    tool_called_as_user,
    tool_steps_shown,
    destructive_tools_approved,
    token_hidden_from_model,
    token_hidden_from_answers,
    conversation_survives_restart,
    users_isolated,
    strangers_refused,
    malformed_refused,
    health_told,
    outages_survived,
)

BESIDE = frozenset({application_untouched})
"""Those that are about a chat beside the application only."""
ASKING = frozenset({destructive_tools_approved})
"""Those that are about a chat with `approvals` only."""


WATCHING = frozenset(
    {
        destructive_tools_approved,
        outages_survived,
        tool_called_as_user,
        tool_steps_shown,
        turns_exclusive,
    }
)
"""Those that need a model and tools which can be watched, and told what to do."""


def checks_for(evidence: Evidence) -> tuple[Check, ...]:
    left_out: set[Check] = set()
    if evidence.mounting != "sidecar":
        left_out |= BESIDE
    if not evidence.approvals:
        left_out |= ASKING
    if evidence.is_live:
        left_out |= WATCHING
    return tuple(check for check in CHECKS if check not in left_out)
