"""Required: the checks that `verify` makes, and which of them are about what was run."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.evidence.run import Run

TOLD: tuple[str, ...] = (
    "app_boots",
    "routes_kept",
    "application_untouched",
    "route_mounted",
    "answer_streams",
    "stop_keeps_partial",
    "retry_repeats_nothing",
    "turns_exclusive",
    "tool_called_as_user",
    "routes_called_as_user",
    "tool_steps_shown",
    "destructive_tools_approved",
    "token_hidden_from_model",
    "token_hidden_from_answers",
    "conversation_survives_restart",
    "users_isolated",
    "unauthenticated_refused",
    "malformed_refused",
    "health_told",
    "outages_survived",
    "page_opens",
    "page_goes_on",
    "page_keeps_people_apart",
    "page_stays_at_home",
)
"""The order of a report: what everything else rests on stands first."""
REQUIRED: tuple[Check[Any], ...] = tuple(
    sorted(
        (each for each in CHECKS if each.need.kind == "run"),
        key=lambda each: TOLD.index(each.name),
    )
)
BESIDE = frozenset({"application_untouched"})
"""Those that are about a chat beside the application only."""
ASKING = frozenset({"destructive_tools_approved"})
"""Those that are about a chat with `approvals` only."""
SEEING = frozenset({"page_goes_on", "page_keeps_people_apart", "page_opens", "page_stays_at_home"})
"""Those that are about the page, and need a browser."""
CALLING = frozenset({"routes_called_as_user"})
"""Those that are about a chat whose tools are the application's routes."""
WATCHING = frozenset(
    {
        "destructive_tools_approved",
        "outages_survived",
        "routes_called_as_user",
        "tool_called_as_user",
        "tool_steps_shown",
        "turns_exclusive",
    }
)
"""Those that need a model and tools which can be watched, and told what to do."""


def checks_for(run: Run) -> tuple[Check[Any], ...]:
    left_out: set[str] = set()
    if run.mounting != "sidecar":
        left_out |= BESIDE
    if not run.approvals:
        left_out |= ASKING
    if run.conversation is None or run.conversation.no_page:
        left_out |= SEEING
    if not run.has_route_tools:
        left_out |= CALLING
    if run.is_live:
        left_out |= WATCHING
    return tuple(each for each in REQUIRED if each.name not in left_out)
