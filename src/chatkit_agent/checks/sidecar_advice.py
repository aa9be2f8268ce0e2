"""Whether what failed may be the application's doing, so that a chat beside it helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatkit_agent.options.options import RequestedOptions

MODE_CHANGED = (
    "The mode is not the one that was shown first: inside the application the chat could not be "
    "checked and everything was taken back, so now it is a service beside it (--mode in-process "
    "forbids that)."
)
OF_THE_CHAT = frozenset(
    {
        "destructive_tools_approved",
        "outages_survived",
        "page_goes_on",
        "page_stays_at_home",
        "retry_repeats_nothing",
        "token_hidden_from_answers",
        "token_hidden_from_model",
        "tool_steps_shown",
        "turns_exclusive",
    }
)
"""Checks that the chat decides alone once it can be reached: beside it they would end the same."""


class _Finding(Protocol):
    @property
    def what(self) -> str: ...
    @property
    def evidence(self) -> str: ...
    @property
    def severity(self) -> str: ...


class _Check(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def findings(self) -> Sequence[_Finding]: ...


def may_be_beside(requested: RequestedOptions) -> bool:
    """Whether nobody asked for the mode, or for what only the application's own process has."""
    asks_its_own_sign_in = requested.auth == "existing" or bool(requested.current_user)
    return requested.mode == "auto" and not requested.edits and not asks_its_own_sign_in


def is_of_the_host(checks: Sequence[_Check]) -> bool:
    """Whether a check failed that the application around the chat has a part in."""
    return any(each.outcome == "failed" and each.name not in OF_THE_CHAT for each in checks)


def why_beside(checks: Sequence[_Check]) -> str:
    """What decided: the first error of a check that failed, and no warning that came before it."""
    failed = [each for each in checks if each.outcome == "failed"]
    found = [finding for each in failed for finding in each.findings]
    errors = [each for each in found if each.severity == "error"]
    decided = next(iter((*errors, *found)), None)
    told = f"{decided.what} {decided.evidence}".strip() if decided else "no check says why."
    return f"Inside the application it could not be checked: {told}"
