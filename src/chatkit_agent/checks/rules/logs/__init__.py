"""The rules on logs, by their codes."""

from __future__ import annotations

from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules.logs.database_answers import database_answers
from chatkit_agent.checks.rules.logs.imports_work import imports_work
from chatkit_agent.checks.rules.logs.migrations_run import migrations_run
from chatkit_agent.checks.rules.logs.model_answers import model_answers
from chatkit_agent.checks.rules.logs.no_exception_left import no_exception_left
from chatkit_agent.checks.rules.logs.one_loop_used import one_loop_used
from chatkit_agent.checks.rules.logs.requests_not_cut import requests_not_cut
from chatkit_agent.checks.rules.logs.requests_reach_chat import requests_reach_chat
from chatkit_agent.checks.rules.logs.settings_accepted import settings_accepted
from chatkit_agent.checks.rules.logs.tokens_verified import tokens_verified
from chatkit_agent.checks.rules.logs.tools_answer import tools_answer

LOGS: tuple[Check[Any], ...] = (
    imports_work,
    settings_accepted,
    one_loop_used,
    database_answers,
    migrations_run,
    model_answers,
    tools_answer,
    requests_reach_chat,
    tokens_verified,
    requests_not_cut,
    no_exception_left,
)
