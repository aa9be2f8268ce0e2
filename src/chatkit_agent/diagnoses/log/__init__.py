"""What is read from the application's log."""

from __future__ import annotations

from chatkit_agent.diagnoses.log.database_answers import database_answers
from chatkit_agent.diagnoses.log.imports_work import imports_work
from chatkit_agent.diagnoses.log.migrations_run import migrations_run
from chatkit_agent.diagnoses.log.model_answers import model_answers
from chatkit_agent.diagnoses.log.no_exception_left import no_exception_left
from chatkit_agent.diagnoses.log.one_loop_used import one_loop_used
from chatkit_agent.diagnoses.log.requests_reach_chat import requests_reach_chat
from chatkit_agent.diagnoses.log.settings_accepted import settings_accepted
from chatkit_agent.diagnoses.log.tools_answer import tools_answer
from chatkit_agent.evidence.static import Check

LOG: tuple[Check, ...] = (
    imports_work,
    settings_accepted,
    database_answers,
    migrations_run,
    model_answers,
    tools_answer,
    one_loop_used,
    requests_reach_chat,
    no_exception_left,
)
