"""The rules on identity, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.identity.agent_sessions_apart import agent_sessions_apart
from chatkit_agent.checks.rules.identity.algorithms_fixed import algorithms_fixed
from chatkit_agent.checks.rules.identity.auto_error_checked import auto_error_checked
from chatkit_agent.checks.rules.identity.caller_verified import caller_verified
from chatkit_agent.checks.rules.identity.claims_not_from_client import claims_not_from_client
from chatkit_agent.checks.rules.identity.leeway_small import leeway_small
from chatkit_agent.checks.rules.identity.page_keeps_people_apart import page_keeps_people_apart
from chatkit_agent.checks.rules.identity.secret_long_enough import secret_long_enough
from chatkit_agent.checks.rules.identity.secret_out_of_source import secret_out_of_source
from chatkit_agent.checks.rules.identity.sign_in_callable import sign_in_callable
from chatkit_agent.checks.rules.identity.sign_in_gives_what_it_says import (
    sign_in_gives_what_it_says,
)
from chatkit_agent.checks.rules.identity.somebody_signs_in import somebody_signs_in
from chatkit_agent.checks.rules.identity.subject_required import subject_required
from chatkit_agent.checks.rules.identity.threads_of_their_users import threads_of_their_users
from chatkit_agent.checks.rules.identity.tokens_expire import tokens_expire
from chatkit_agent.checks.rules.identity.tokens_for_us import tokens_for_us
from chatkit_agent.checks.rules.identity.turns_kept_apart import turns_kept_apart
from chatkit_agent.checks.rules.identity.unauthenticated_refused import unauthenticated_refused
from chatkit_agent.checks.rules.identity.users_isolated import users_isolated
from chatkit_agent.checks.rules.identity.users_told_apart import users_told_apart

IDENTITY: tuple[Check[Any], ...] = (
    caller_verified,
    tokens_expire,
    algorithms_fixed,
    tokens_for_us,
    subject_required,
    users_told_apart,
    agent_sessions_apart,
    turns_kept_apart,
    threads_of_their_users,
    claims_not_from_client,
    unauthenticated_refused,
    users_isolated,
    secret_long_enough,
    secret_out_of_source,
    leeway_small,
    auto_error_checked,
    somebody_signs_in,
    sign_in_callable,
    sign_in_gives_what_it_says,
    page_keeps_people_apart,
)
